"""The board on a real ledger, for tests: people sign in by real links."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import uvicorn
from starlette.testclient import TestClient

from notifier.web.server import config_of
from notifier.web.site import build_application, build_site
from notifier.web.visits import Site
from tests.services import ONE_TEAM, World

HOST = "http://127.0.0.1:8010"


class Board:
    """A world of one team with its board.

    `client(name)` is a browser in which `name` is signed in.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.site: Site = build_site(world.ledger, lambda: world.settings, world.clock)
        self.application = build_application(self.site)

    def stranger(self, *, peer: str = "127.0.0.1", **headers: str) -> TestClient:
        """A browser in which nobody is signed in, at the address `peer`. It follows no redirect."""
        sent = {"sec-fetch-site": "same-origin", "origin": HOST, "accept-language": "zh", **headers}
        return TestClient(
            self.application,
            base_url=HOST,
            headers=sent,
            follow_redirects=False,
            client=(peer, 50_000),
        )

    def client(self, name: str = "team", **headers: str) -> TestClient:
        link = self.site.sign_in.make_link(name, self.world.clock.now())
        browser = self.stranger(**headers)
        answer = browser.post(f"/sign-in/{link}")
        assert answer.status_code == 303, answer.text
        return browser

    def token(self, browser: TestClient) -> str:
        """The token that forms of this browser's session must bring back."""
        text = browser.get("/").text
        return text.partition('name="token" value="')[2].partition('"')[0]

    @contextmanager
    def served(self) -> Iterator[str]:
        """The board on a socket of this machine; its address."""
        server = uvicorn.Server(config_of(self.application, self.world.settings.web))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()  # who asks before the server takes calls waits for it
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()

    def post(self, browser: TestClient, path: str, **fields: str) -> int:
        """Send a form as a page would; the status of the answer."""
        return browser.post(path, data={"token": self.token(browser), **fields}).status_code


def make_board(folder: Path, text: str = ONE_TEAM, now: str = "2024-11-01 10:00") -> Board:
    from notifier.testing import shanghai_time

    return Board(World(folder, text, shanghai_time(now)))


LATER = timedelta(days=31)
"""Longer than any session lasts."""
