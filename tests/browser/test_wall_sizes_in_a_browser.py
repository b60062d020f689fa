"""The wall on screens of every shape: all that it must show is seen, whatever it warns of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from notifier.domain.values import MilestoneName, Parcel
from notifier.service.desk import Desk
from notifier.service.remembered import LAST_BEAT
from notifier.testing import a_notice, a_parcel
from tests.browser.serving import NOW, TEAMS, Served, offered, served, shifted
from tests.browser.tabs import Tabs, hindrances
from tests.services import World

_SIZES = ((1920, 1080), (1280, 720), (3840, 2160), (1080, 1920))
_FULL_HD = 1080  # pixels of the shorter side, at which 28 pixels are read from across a room
_READABLE = 28
_TIMES = {
    "registration_open": -9,
    "registration_close": 1.15,
    "deposit_close": 1.15,
    "bidding_open": -6.05,
    "bidding_close": 4.95,
}
_LONG = ("甲储出〔2031〕18号", "Zhaotong 2031-018-A (lot 3 of 5)")

# What of the wall is cut off, hidden or too small, in words; asked in the page itself.
_FAULTS = """() => {
  const faults = [];
  const box = (element) => element.getBoundingClientRect();
  const [wide, high] = [innerWidth, innerHeight];
  const seen = (selector) => {
    for (const element of document.querySelectorAll(selector)) {
      const { left, right, top, bottom, height } = box(element);
      if (!height) continue;
      const isInside = left >= -1 && top >= -1 && right <= wide + 1 && bottom <= high + 1;
      if (!isInside) faults.push(`${selector} at ${top}-${bottom} is not on the screen`);
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
        faults.push(`${selector} is cut off: ${element.textContent.trim().slice(0, 60)}`);
    }
  };
  seen(".clock"); seen("#clock"); seen(".legend"); seen(".legend li"); seen(".hand");
  seen(".hand > *"); seen("tbody th"); seen("tbody td"); seen("tbody th a"); seen("tbody .to");
  seen(".next > *"); seen("#more"); seen(".alarm");
  for (const selector of [".clock", "#clock", ".legend"])
    if (!box(document.querySelector(selector)).height) faults.push(`${selector} is not shown`);
  const lines = box(document.querySelector(".clock")).height;
  const size = parseFloat(getComputedStyle(document.querySelector(".clock")).fontSize);
  if (lines > 1.6 * size) faults.push("the head line wraps");
  const sheet = box(document.querySelector(".sheet"));
  for (const row of document.querySelectorAll("tbody tr:not([hidden])"))
    if (box(row).bottom > sheet.bottom + 1) faults.push("a row is cut");
  const readable = Math.min(wide, high) / FULL_HD * READABLE;
  for (const element of document.querySelectorAll(".hand .of, .hand .to, tbody th a, tbody .to"))
    if (box(element).height && parseFloat(getComputedStyle(element).fontSize) < readable - 0.1)
      faults.push(`${element.className || "a"} is small`);
  if (document.documentElement.scrollHeight > high + 1) faults.push("the page scrolls");
  return faults;
}""".replace("FULL_HD", str(_FULL_HD)).replace("READABLE", str(_READABLE))


@dataclass(frozen=True)
class Seen:
    """What a wall shows: whole rows, and the words of how many are left out.

    `faults`: what is cut off, hidden or too small.
    """

    faults: list[str]
    rows: int
    left_out: str
    letters: float


# The same moment of a page that fits itself anew at any time: its faults, and what it shows.
_SEEN = f"""() => {{
  const rows = [...document.querySelectorAll("tbody tr")].filter((row) => row.offsetHeight);
  return {{
    faults: ({_FAULTS})(),
    rows: rows.length,
    left_out: document.getElementById("more").innerText,
    letters: rows.length ? parseFloat(getComputedStyle(rows[0].querySelector("th a")).fontSize) : 0,
  }};
}}"""
_RESIZED = "resized = new Promise((seen) => addEventListener('resize', seen, { once: true }))"


def resize(page: Page, width: int, height: int) -> None:
    """Give a page another size, and wait until it has fitted itself to it."""
    if page.viewport_size == {"width": width, "height": height}:
        return
    page.evaluate(f"() => {{ window.{_RESIZED} }}")  # called after the page's own listener
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => window.resized.then(() => null)")


def seen(page: Page) -> Seen:
    return Seen(**page.evaluate(_SEEN))


def number_of(index: int) -> str:
    return _LONG[index] if index < len(_LONG) else f"甲储出〔2031〕{18 + index}号"


def parcels(count: int) -> Sequence[Parcel]:
    return [
        offered(
            number_of(index),
            f"经济技术开发区东部新城启动区{index}号",
            NOW,
            shifted(_TIMES, index * 0.13),
        )
        for index in range(count)
    ]


def warn(world: World, count: int) -> None:
    """Let deadlines pass that nobody answered."""
    ago = NOW - timedelta(minutes=40)
    missed = [
        a_parcel(
            parcel_no=f"昭储出〔2031〕{index}号", milestones={MilestoneName.REGISTRATION_CLOSE: ago}
        )
        for index in range(count)
    ]
    if missed:
        world.save(a_notice(notice_no="昭", file="missed.md", city="昭通", parcels=tuple(missed)))


@pytest.fixture
def wall(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    """A board of so many parcels and warnings; the parameter: (parcels, warnings, has an alarm)."""
    count, warnings, has_alarm = request.param
    world = World(tmp_path, TEAMS, NOW - timedelta(days=3))
    world.save(a_notice(notice_no="甲告", file="a.csv", city="甲", parcels=tuple(parcels(count))))
    warn(world, warnings)
    desk = Desk(world.ledger, lambda: world.settings)
    desk.acknowledge(_LONG[0], "registration", by="张三", now=NOW)
    world.clock.set(NOW)
    world.service.planning.replan(NOW)
    world.ledger.upkeep.hold()
    beat = NOW - timedelta(minutes=9 if has_alarm else 0)
    world.ledger.memory.put(LAST_BEAT, beat.isoformat())
    with served(world) as running:
        yield running
    world.ledger.close()


@pytest.mark.parametrize(
    "wall",
    [(3, 0, False), (12, 1, False), (40, 6, True), (400, 0, True)],
    ids=["3", "12 and a warning", "40, six warnings and an alarm", "400 and an alarm"],
    indirect=True,
)
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_wall_of_any_shape_shows_all_that_it_must(
    wall: Served, tabs: Tabs, locale: str, request: pytest.FixtureRequest
) -> None:
    page = tabs.open(wall, "/?wall=1", size=_SIZES[0], locale=locale, color_scheme="dark")
    found = len(wall.site.board.lines())
    is_alarmed = page.locator(".alarm:visible").count() > 0
    for width, height in _SIZES:
        resize(page, width, height)
        shown = seen(page)
        assert shown.faults == [], (width, height)
        assert shown.rows >= (min(found, 3) if is_alarmed else min(found, 4))
        counts = re.findall(r"^\D*(\d+)", shown.left_out)
        assert counts == ([str(found - shown.rows)] if found > shown.rows else []), shown
        assert found > 5 or shown.letters > 1.2 * _READABLE * min(width, height) / _FULL_HD
    assert hindrances(page) == []
