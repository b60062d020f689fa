"""Tabs of a browser, each signed in by a link of its own and with a clock of its own."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.serving import NOW, Served

_LONGEST = 30_000  # milliseconds until a test gives up on something that should happen at once


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

        `options` are those of a browser context.
        """
        width, height = size
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, **({"locale": "zh-CN"} | options)
        )
        self._contexts.append(context)
        context.set_default_timeout(_LONGEST)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", lambda request: self._note(request.url, board.address))
        if is_clock_virtual and options.get("java_script_enabled", True):
            page.clock.install(time=NOW)
        page.goto(board.link(name))
        page.click("main button")
        page.wait_for_url(f"{board.address}/")
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
