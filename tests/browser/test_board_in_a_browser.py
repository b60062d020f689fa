"""The board in a real browser, as people use it."""

from __future__ import annotations

import io
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from notifier.domain.receipts import Way
from notifier.service.desk import Desk
from tests.browser.serving import NOW, Served
from tests.browser.tabs import PATIENCE, Tabs, hindrances, leads_to_a_page
from tests.daemon import Daemon, command, free_port, started

_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_PHONE = (360, 780)
_COLOURS = 255  # of a picture: enough for flat areas, at a third of the bytes
_WITHIN = 1.0  # seconds until another tab shows what was answered
_ROUNDS = 30  # of which one is that fast, however busy the machine


def rows(page: Page) -> list[str]:
    """The numbers of the parcels that are shown, in their order."""
    return page.locator("tbody th a").all_inner_texts()


def test_windows_are_shown_soonest_first_and_count_down(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board)
    assert rows(page)[:2] == ["甬储出2026-058号", "杭政储出[2026]91号"]
    lane = page.locator("tbody tr").first.locator("svg.lane")
    expect(lane).to_have_attribute("aria-label", re.compile("报名截止 11月25日 周三 12:00"))
    assert lane.locator("g.bar").count() == 2
    left = page.locator(".hand .left").first
    expect(left).to_have_text("01:40:00")
    page.clock.run_for(15_000)
    expect(left).to_have_text("01:39:45")


def test_filters_narrow_the_board_and_stay_in_the_address(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board)
    with leads_to_a_page(page):
        page.select_option("select[name=city]", "宁波")
    assert "city=" in page.url
    assert rows(page) == ["甬储出2026-058号", "甬储出2026-060号", "甬储出2026-059号"]
    page.fill("input[name=q]", "庄桥")
    with leads_to_a_page(page):
        page.press("input[name=q]", "Enter")
    assert "q=%E5%BA%84%E6%A1%A5" in page.url
    assert rows(page) == ["甬储出2026-059号"]
    page.reload()
    assert rows(page) == ["甬储出2026-059号"]


def test_what_is_answered_in_one_tab_is_seen_in_another_within_a_second(
    board: Served, tabs: Tabs
) -> None:
    clerk = tabs.open(board)
    manager = tabs.open(board, name="王总", is_clock_virtual=False)
    expect(manager.locator(".answers button")).to_have_count(0)  # a reader sees and answers nothing
    line = "tbody tr:has-text('杭政储出[2026]91号')"
    taken: list[float] = []
    while not any(seconds < _WITHIN for seconds in taken):  # a busy machine may hold up any of them
        with leads_to_a_page(clerk):
            clerk.locator(f"{line} button.yes").click(no_wait_after=True)
            pressed = time.monotonic()
            expect(manager.locator(line)).to_contain_text("报名截止 已办 · 张三")
            taken.append(time.monotonic() - pressed)
        expect(clerk.locator(".said")).to_contain_text("已记下")
        with leads_to_a_page(clerk):
            clerk.locator(".said button").click()
        expect(manager.locator(line)).not_to_contain_text("已办 · 张三")
        assert len(taken) < _ROUNDS, taken


def test_only_what_is_news_flashes_not_all_whose_time_passes(board: Served, tabs: Tabs) -> None:
    page = tabs.open(board)
    board.world.clock.move(timedelta(seconds=61))
    desk = Desk(board.world.ledger, lambda: board.world.settings)
    desk.acknowledge("杭政储出[2026]91号", "registration", by="李四", now=board.world.clock.now())
    expect(page.locator("tbody tr.flash")).to_have_count(1)
    expect(page.locator("tbody tr.flash")).to_contain_text("李四")


def test_a_parcel_shows_where_its_times_come_from_and_takes_a_persons_word(
    board: Served, tabs: Tabs
) -> None:
    page = tabs.open(board)
    with leads_to_a_page(page):
        page.locator("tbody th a", has_text="苏地2026-WG-57号").click()
    expect(page.locator("#changes + ol")).to_contain_text("→")
    expect(page.locator(".times")).to_contain_text("suzhou")
    page.fill("input[name=time]", "2026-12-02 16:30")
    page.select_option("select[name=about]", index=2)
    with leads_to_a_page(page):
        page.click("button[value=time]")
    expect(page.locator(".said")).to_contain_text("已按您说的改")
    expect(page.locator(".times")).to_contain_text("12月2日 周三 16:30")
    with leads_to_a_page(page):
        page.click("button[value=right]")
    expect(page.locator(".said")).to_contain_text("与原公告一致")
    assert page.locator(".tag.unconfirmed").count() == 0


def test_everything_essential_works_without_a_script_and_in_english(
    board: Served, tabs: Tabs
) -> None:
    page = tabs.open(board, java_script_enabled=False)
    with leads_to_a_page(page):
        page.click("text=English")
    expect(page.locator("thead")).to_contain_text("Next milestone")
    line = page.locator("tbody tr", has_text="杭政储出[2026]91号")
    with leads_to_a_page(page):
        line.locator("button.yes").click()
    expect(page.locator(".said")).to_contain_text("is done")
    expect(line).to_contain_text("Registration closes done · 张三")
    page.fill("input[name=q]", "江北")
    with leads_to_a_page(page):
        page.click("text=Filter >> nth=0")
    assert rows(page) == ["甬储出2026-059号"]


_PHONE_PATHS = ("/", "/parcel/6", "/parcel/10", "/?state=all&days=120&q=2026", "/review", "/news",
    "/files", "/silences")  # fmt: skip
_SMALL_TARGETS = """() =>
    [...document.querySelectorAll(
        'button, input:not([type=hidden]), select, nav a, .hand, tbody th a, .clear, .facts dd a,' +
        'a.map, .doubt h3 a')]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.outerHTML.slice(0, 120), element.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5)
    .map(([html, box]) => `${html}: ${box.height}`)"""


@pytest.fixture
def phone(board: Served, tabs: Tabs) -> Page:
    """The phone of a clerk of a team whose files have long names."""
    name = "杭州市自然资源和规划局国有建设用地使用权挂牌出让公告_final_version_2026_11_25.csv"
    for ending in ("", ".png"):
        board.site.files.put(name + ending, b"?", way=Way.BOARD, by="张三", now=NOW)
    return tabs.open(board, size=_PHONE, has_touch=True, is_mobile=True)


@pytest.mark.parametrize("has_receipts", [False, True])
def test_a_phone_of_360_points_needs_no_scrolling_sideways(
    board: Served, phone: Page, has_receipts: bool
) -> None:
    if has_receipts:
        board.world.read_deposits()
    for path in _PHONE_PATHS:
        phone.goto(board.address + path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= _PHONE[0], path


def test_a_finger_hits_everything_on_a_phone(board: Served, phone: Page) -> None:
    for path in _PHONE_PATHS:
        phone.goto(board.address + path)
        assert phone.evaluate(_SMALL_TARGETS) == [], path


def test_no_tag_lies_over_the_words_of_a_card(board: Served, phone: Page) -> None:
    cards = phone.locator("tbody tr:has(.tags)")
    assert cards.count() > 0
    for card in cards.all():
        words = [
            box
            for part in ("th a", ".place", ".tags", ".c-state > .chip")
            if (box := _box(card.locator(part).first)) is not None
        ]
        for number, word in enumerate(words):
            assert not any(_overlap(word, other) for other in words[number + 1 :])


def _box(part: Locator) -> FloatRect | None:
    return part.bounding_box() if part.count() else None


def _overlap(word: FloatRect, other: FloatRect) -> bool:
    return (
        word["x"] < other["x"] + other["width"] - 1
        and other["x"] < word["x"] + word["width"] - 1
        and word["y"] < other["y"] + other["height"] - 1
        and other["y"] < word["y"] + word["height"] - 1
    )


@pytest.mark.parametrize(
    ("scheme", "paths"),
    [
        (
            "light",
            ("/", "/?wall=1", "/parcel/10", "/?q=nothing", "/parcel/9999", "/sign-in", "/silences"),
        ),
        ("dark", ("/", "/parcel/10")),
    ],
)
def test_nothing_hinders_people_who_see_or_move_less_well(
    board: Served, tabs: Tabs, scheme: str, paths: tuple[str, ...]
) -> None:
    tabs.expected.append("404 (Not Found)")  # of the page that is not there
    page = tabs.open(board, color_scheme=scheme)
    for path in paths:
        page.goto(board.address + path)
        assert hindrances(page) == [], path


def test_the_board_of_the_example_fills_by_itself(tmp_path: Path, browser: Browser) -> None:
    config = tmp_path / "config.toml"
    assert command(config, "init", "--example").returncode == 0
    text = config.read_text("utf-8").replace(
        "#[web]\n", f'[web]\nlisten = "127.0.0.1:{free_port()}"\n'
    )
    config.write_text(text, "utf-8")
    with started(Daemon(config, action=("web", "--with-link"))) as web:
        link = web.wait_for("/sign-in/").rpartition(" ")[2]
        page = browser.new_page(locale="zh-CN")
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        with leads_to_a_page(page):
            page.click("main button")
        expect(page.locator("tbody")).to_contain_text("还没有地块")
        expect(page.locator("[role=alert]:visible")).to_contain_text("提醒服务没有运行")
        with started(Daemon(config)) as daemon:
            daemon.ready()
            expect(page.locator("tbody")).to_contain_text("示例地块B")
            expect(page.locator("[role=alert]:visible")).to_have_count(0)
        stopped = re.compile("提醒服务从 .*起没有运行")
        expect(page.locator("[role=alert]:visible")).to_contain_text(stopped)
        page.context.close()


@pytest.mark.parametrize(
    ("name", "path", "size", "scheme"),
    [
        ("board", "/", (1440, 900), "light"),
        ("board-en", "/?days=30", (1440, 900), "light"),
        ("wall", "/?wall=1", (1920, 1080), "dark"),
        ("parcel", "/parcel/10", (1280, 900), "light"),
        ("review", "/review", (1280, 900), "light"),
        ("phone", "/", _PHONE, "light"),
    ],
)
def test_pictures_of_the_board_for_the_documentation(
    board: Served,
    tabs: Tabs,
    name: str,
    path: str,
    size: tuple[int, int],
    scheme: str,
) -> None:
    locale = "en-US" if name.endswith("-en") else "zh-CN"
    page = tabs.open(board, path, size=size, color_scheme=scheme, locale=locale)
    page.clock.run_for(1_000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        _IMAGES / f"{name}.png", optimize=True
    )
