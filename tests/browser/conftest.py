"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.serving import Served, make_world, served
from tests.browser.tabs import PATIENCE, Tabs

_CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if _CHROMIUM is None:
        words = "no Chromium here: install it, as in `apt-get install chromium fonts-noto-cjk`"
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(words)
        pytest.skip(words)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(
        executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
    )
    yield launched
    launched.close()


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Served]:
    world = make_world(tmp_path)
    with served(world) as running:
        yield running
    world.ledger.close()


@pytest.fixture
def tabs(browser: Browser) -> Iterator[Tabs]:
    """Opens tabs, and fails where a page complained on its console or asked another host."""
    opened = Tabs(browser)
    yield opened
    complaints, foreign = opened.complaints, opened.foreign
    opened.close()
    assert complaints == []
    assert foreign == []
