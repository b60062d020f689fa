"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.serving import Served, make_world, served
from tests.browser.tabs import PATIENCE, Tabs
from tests.chromium import CHROMIUM


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the pictures for the documentation: each run would change them."""
    if not config.getoption("--screenshots"):
        pictures = [item for item in items if item.name.startswith("test_pictures_of_the_board")]
        config.hook.pytest_deselected(items=pictures)
        items[:] = [item for item in items if item not in pictures]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        words = "no Chromium here: apt-get install chromium-headless-shell fonts-noto-cjk"
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(words)
        pytest.skip(words)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
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
