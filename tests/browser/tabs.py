"""Tabs of a browser, each signed in by a link of its own and with a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.serving import NOW, Served

PATIENCE = 60_000  # milliseconds: a guard against hanging, however busy the machine


@contextmanager
def leads_to_a_page(page: Page) -> Iterator[None]:
    """Wait until what is done in the block has led to another page, and its scripts have run.

    A click by itself returns when the next page begins: what is asked or typed then meets half of
    it, and what is sent goes without the script.
    """
    with page.expect_navigation():
        yield


def hindrances(page: Page) -> list[str]:
    """What seriously hinders people who see or move less well: rule and place."""
    page.clock.resume()  # the search waits by the clock of the page
    return [
        f"{violation['id']}: {violation['nodes'][0]['html']}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


class Tabs:
    """Opens pages of a board.

    `complaints` are the errors of their consoles but those that hold one of the `expected` words,
    `foreign` requests to other hosts.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []
        self.foreign: list[str] = []

    def open(
        self,
        board: Served,
        path: str = "/",
        *,
        name: str = "张三",
        size: tuple[int, int] = (1440, 900),
        is_clock_virtual: bool = True,
        **options: Any,
    ) -> Page:
        """Sign `name` in by a link, as a person does, and go to `path`.

        The clock of the page stands at `NOW` and moves by `page.clock` alone if it is virtual.
        `options` are those of a browser context.
        """
        width, height = size
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, **({"locale": "zh-CN"} | options)
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", lambda request: self._note(request.url, board.address))
        if is_clock_virtual and options.get("java_script_enabled", True):
            page.clock.install(time=NOW - timedelta(minutes=1))  # runs until it is stopped
            page.clock.pause_at(NOW)
        page.goto(board.link(name))
        with leads_to_a_page(page):
            page.click("main button")
        assert page.url == f"{board.address}/"
        if path != "/":
            page.goto(board.address + path)
        return page

    def _hear(self, kind: str, words: str) -> None:
        is_expected = any(expected in words for expected in self.expected)
        if kind in ("error", "warning") and not is_expected:
            self.complaints.append(words)

    def _note(self, url: str, ours: str) -> None:
        if not url.startswith((ours, "data:")):
            self.foreign.append(url)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
