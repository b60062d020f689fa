"""The wall in a real browser: who only looks at it must see at once that it, or the daemon, is
dead."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from notifier.domain.outcomes import About
from notifier.domain.values import MilestoneName
from notifier.service.remembered import LAST_BEAT
from notifier.testing import a_notice, a_parcel
from tests.browser.serving import NOW, Served
from tests.browser.tabs import Tabs, hindrances

_WALL = (1920, 1080)
_SECONDS = 1_000  # milliseconds of the page's clock
_LARGE = 40  # pixels: read from across a room


def alarm(page: Page) -> str:
    """The words of the alarm that is shown, empty if none is."""
    shown = page.locator(".alarm:visible")
    return shown.first.inner_text() if shown.count() else ""


def is_large(page: Page) -> bool:
    """Whether the alarm stands in large letters at the top of the wall."""
    words = page.locator(".alarm:visible p").first
    box = words.bounding_box()
    size = float(words.evaluate("element => parseFloat(getComputedStyle(element).fontSize)"))
    return box is not None and box["y"] < 200 and size >= _LARGE


def test_the_wall_says_who_is_reminded_and_when_what_is_not_listed_is_due(
    board: Served, tabs: Tabs
) -> None:
    page = tabs.open(board, "/?wall=1", size=_WALL)
    of_ningbo = page.locator("tbody tr", has_text="甬储出2026-058号")
    expect(of_ningbo.locator(".to")).to_have_text("提醒：张三、李四")
    expect(page.locator("tbody tr", has_text="杭政储出[2026]91号").locator(".to")).to_have_text(
        "提醒：张三"
    )
    of_hangzhou = page.locator("tbody tr", has_text="杭政储出[2026]92号")  # with something done
    expect(of_hangzhou.locator(".to")).to_be_visible()
    expect(of_hangzhou.locator(".by").first).to_be_visible()
    expect(page.locator("#more")).to_contain_text(re.compile(r"另有\d+宗未列出，最近的 1[12]月"))
    expect(page.locator(".clock .alive")).to_have_text("提醒服务运行中")
    last = page.locator(".legend").bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= _WALL[1]  # nobody scrolls a wall
    board.world.clock.move(timedelta(minutes=4))
    expect(page.locator(".clock .alive")).to_have_count(0)


def test_a_wall_that_only_looks_asks_to_stay_signed_in(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board, name="王总", size=_WALL)
    with page.expect_response(lambda answer: answer.url.endswith("/keep")) as kept:
        page.goto(f"{board.address}/?wall=1")
    assert kept.value.status == 204


def test_a_parcel_of_which_nobody_is_reminded_is_seen(board: Served, tabs: Tabs) -> None:
    recipient = board.world.settings.recipients[1]  # 李四: 宁波 alone
    board.world.settings = replace(board.world.settings, recipients=(recipient,))
    page = tabs.open(board, "/?wall=1", size=_WALL, name="李四")
    expect(page.locator("tbody tr", has_text="杭政储出[2026]91号")).to_contain_text(
        "没有人会收到提醒"
    )
    expect(page.locator("tbody tr", has_text="甬储出2026-058号")).not_to_contain_text("没有人")


def test_what_passed_and_who_is_not_reached_are_seen_on_the_wall(board: Served, tabs: Tabs) -> None:
    ago = NOW - timedelta(minutes=40)
    missed = a_parcel(parcel_no="甲1号", milestones={MilestoneName.REGISTRATION_CLOSE: ago})
    board.world.save(a_notice(notice_no="甲", file="甲.md", parcels=(missed,)))
    trouble = ("console", About.CHANNEL, "", "the service is away", NOW)
    board.world.ledger.troubles.note_failure(*trouble)
    page = tabs.open(board, "/?wall=1", size=_WALL)
    passed = page.locator("tbody tr", has_text="甲1号").locator(".missed", has_text="无人答复")
    expect(passed).to_be_visible()
    for place in (page.locator("tbody tr:not([hidden]) .to"), page.locator(".hand .to")):
        warnings = place.filter(has_text="提醒送不到：张三")
        assert warnings.count() > 0
        for warning in warnings.all():
            expect(warning).to_be_visible()


def test_a_daemon_that_hangs_is_seen_on_the_wall_at_once(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board, "/?wall=1", size=_WALL)
    assert alarm(page) == ""
    board.world.clock.move(timedelta(minutes=4))  # and no beat meanwhile
    alarmed = page.locator(".alarm:visible")
    expect(alarmed).to_contain_text("提醒服务从 11月25日 周三 10:20 起没有动静")
    assert is_large(page)
    board.world.ledger.memory.put(LAST_BEAT, (NOW + timedelta(minutes=4)).isoformat())
    board.world.clock.move(timedelta(seconds=3))
    expect(alarmed).to_have_count(0)


def test_a_wall_whose_board_ended_stands_still_and_says_since_when(
    board: Served, tabs: Tabs
) -> None:
    page = tabs.open(board, "/?wall=1", size=_WALL)
    expect(page.locator(".hand .left").first).to_have_text(re.compile(r"01:\d\d:\d\d"))
    tabs.expected.append("net::ERR_")  # the browser itself complains of the lost connection
    board.stop()
    expect(page.locator("#lost")).to_contain_text(re.compile("看板停在 11月25日.*10:20"))
    assert is_large(page)
    page.clock.run_for(90 * _SECONDS)
    assert set(page.locator(".left").all_inner_texts()) == {"停在 10:20"}
    expect(page.locator("#clock")).to_contain_text("停在")


_MOST_WORDS_UNDER_WAY = 6  # that may still be heard, each once, after the cable is pulled


def test_a_wall_that_hears_nothing_any_more_says_so_by_itself(board: Served, tabs: Tabs) -> None:
    """The stream does not end where a cable is pulled, or the process hangs: it is only silent."""
    page = tabs.open(board, "/?wall=1", size=_WALL)
    tabs.expected.append("net::ERR_")
    lost = page.locator("#lost")
    page.context.set_offline(True)
    for _ in range(_MOST_WORDS_UNDER_WAY):
        page.clock.run_for(30 * _SECONDS)
        if lost.is_visible():
            break
    expect(lost).to_contain_text("看板停在")
    assert hindrances(page) == []
    page.context.set_offline(False)
    page.clock.run_for(60 * _SECONDS)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(".hand .left").first).to_have_text(re.compile(r"01:\d\d:\d\d"))


def test_a_ledger_that_cannot_be_read_is_not_shown_as_if_it_were(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board, "/?wall=1", size=_WALL)
    tabs.expected.append("503 (Service Unavailable)")
    board.world.ledger.close()
    page.clock.run_for(61 * _SECONDS)
    expect(page.locator("#lost")).to_contain_text("看板停在")
