"""Lists of trading platforms that are watched: JSON from a site on loopback, a real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.config import load_settings
from tests import platforms
from tests.peers.land_site import LandSite, Page, land_site
from tests.services import CONSOLE, MakeWorld
from tests.watching import START, TEAM, asked_within, go_on, numbers, state, watching


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A platform: where its list stands, and what it answers."""

    path: str
    listed: Callable[[Sequence[int]], bytes]
    path_of: Callable[[int], str]
    notice: Callable[..., bytes]


NATIONAL = Platform(
    path=platforms.NATIONAL_LIST,
    listed=platforms.national_list,
    path_of=platforms.national_path,
    notice=platforms.national_notice,
)
SISTER = Platform(
    path=platforms.SISTER_LIST,
    listed=platforms.sister_list,
    path_of=platforms.sister_path,
    notice=platforms.sister_notice,
)
TRADING = Platform(
    path=platforms.TRADING_LIST,
    listed=platforms.trading_list,
    path_of=platforms.trading_path,
    notice=platforms.trading_notice,
)
each_platform = pytest.mark.parametrize(
    "platform", [NATIONAL, SISTER, TRADING], ids=["national", "Jiangsu", "Zhejiang"]
)


@pytest.fixture
def site() -> Iterator[LandSite]:
    with land_site() as found:
        found.pages["/robots.txt"] = Page(status=404)
        yield found


def answered(body: bytes) -> Page:
    return Page(body=body, headers={"Content-Type": "application/json;charset=UTF-8"})


def offer(site: LandSite, platform: Platform, *notices: int) -> None:
    """Let the platform list these notices, and answer each."""
    site.pages[platform.path] = answered(platform.listed(notices))
    for notice in notices:
        site.pages[platform.path_of(notice)] = answered(platform.notice(notice))


@each_platform
def test_each_notice_of_a_list_is_fetched_once_and_a_new_one_when_it_comes(
    world: MakeWorld, site: LandSite, platform: Platform
) -> None:
    offer(site, platform, 1, 2)
    program = watching(world, site, platform.path)
    go_on(program, timedelta(minutes=20))
    assert numbers(program) == ["2031-1号", "2031-2号"]
    offer(site, platform, 3, 1, 2)
    go_on(program, timedelta(minutes=40))
    assert numbers(program) == ["2031-1号", "2031-2号", "2031-3号"]
    assert [site.paths.count(platform.path_of(notice)) for notice in (1, 2, 3)] == [1, 1, 1]
    assert state(program, site, platform.path).failures == 0


@each_platform
def test_a_notice_that_changed_is_told_and_one_that_vanished_changes_nothing(
    world: MakeWorld, site: LandSite, platform: Platform
) -> None:
    offer(site, platform, 1)
    program = watching(world, site, platform.path)
    go_on(program, timedelta(minutes=20))
    site.pages[platform.path_of(1)] = answered(platform.notice(1, "2031年5月25日17时00分"))
    go_on(program, timedelta(hours=8), timedelta(minutes=1))
    assert [text for text in program.said() if "2031年5月25日" in text or "05-25" in text]
    site.pages[platform.path_of(1)] = answered(b'{"code":500,"msg":"","data":null}')
    go_on(program, timedelta(hours=8), timedelta(minutes=1))
    (gone,) = [text for text in program.said() if "网页没有了" in text]
    assert "不说明截止时间有变" in gone
    assert numbers(program) == ["2031-1号"]


@each_platform
def test_a_platform_is_asked_for_one_thing_in_half_a_minute(
    world: MakeWorld, site: LandSite, platform: Platform
) -> None:
    offer(site, platform, *range(1, 9))
    program = watching(world, site, platform.path)
    asked = asked_within(program, site, timedelta(minutes=12))
    assert len(asked) >= 10  # the rules, the list, eight notices
    assert min(later - sooner for sooner, later in pairwise(asked)) >= 30
    assert site.most_at_once == 1


@each_platform
def test_a_platform_that_wants_no_programs_is_not_asked(
    world: MakeWorld, site: LandSite, platform: Platform
) -> None:
    offer(site, platform, 1)
    path = platform.path.partition("#")[0].partition("?")[0]
    site.pages["/robots.txt"] = Page(body=f"User-agent: *\nDisallow: {path}\n".encode())
    program = watching(world, site, platform.path)
    go_on(program, timedelta(hours=6), timedelta(minutes=1))
    assert set(site.paths) == {"/robots.txt"}
    assert [text for text in program.said() if "robots.txt" in text]


def test_several_lists_of_one_address_are_watched_side_by_side(
    world: MakeWorld, site: LandSite
) -> None:
    lists = ['/list#{"xzqDm":"330100"}', '/list#{"xzqDm":"330200"}']
    for notice, path in enumerate(lists, 1):
        site.pages[path] = answered(platforms.national_list([notice]))
        site.pages[f'/detail#{{"gyggGuid":"gygg-{notice}"}}'] = answered(
            platforms.national_notice(notice)
        )
    watches = "".join(
        f"[[watch]]\nurl = '{site.url(path)}'\nhours = \"00:00-00:00\"\nallow_private = true\n"
        for path in lists
    )
    program = world(CONSOLE + TEAM + watches, START)
    go_on(program, timedelta(minutes=20))
    assert numbers(program) == ["2031-1号", "2031-2号"]


def test_files_attached_to_the_text_of_a_notice_are_read_with_it(
    world: MakeWorld, site: LandSite
) -> None:
    offer(site, NATIONAL, 1)
    link = '<p><a href="/f/1.html">附件1.doc</a></p>'
    site.pages[NATIONAL.path_of(1)] = answered(platforms.national_notice(1, html=link))
    site.pages["/f/1.html"] = Page(
        body=f"<html><body><h1>挂牌出让公告</h1>{platforms.text_of('2031-8号')}".encode()
    )
    program = watching(world, site, NATIONAL.path)
    go_on(program, timedelta(minutes=20))
    assert site.paths.count("/f/1.html") == 1
    assert numbers(program) == ["2031-1号", "2031-8号"]


def test_json_is_read_as_such_whatever_its_site_calls_it(world: MakeWorld, site: LandSite) -> None:
    site.pages[TRADING.path] = Page(body=TRADING.listed([1]))
    site.pages[TRADING.path_of(1)] = Page(body=TRADING.notice(1))  # both as text/html
    program = watching(world, site, TRADING.path)
    go_on(program, timedelta(minutes=20))
    assert numbers(program) == ["2031-1号"]


def test_a_text_that_begins_with_a_number_in_brackets_is_a_notice(
    world: MakeWorld, site: LandSite
) -> None:
    text = (
        "[2031]7号\n国有建设用地使用权挂牌出让公告\n地块编号：2031-1号\n"
        f"一、报名截止时间：{platforms.CLOSE}。\n"
    )
    site.pages["/1.txt"] = Page(body=text.encode(), headers={"Content-Type": "text/plain"})
    program = watching(world, site, "/1.txt")
    go_on(program, timedelta(minutes=5))
    assert numbers(program) == ["2031-1号"]


def test_a_feed_of_one_notice_is_a_list(world: MakeWorld, site: LandSite) -> None:
    feed = (
        '<rss version="2.0"><channel><item><title>国有建设用地使用权挂牌出让公告</title>'
        "<link>/1.html</link></item></channel></rss>"
    )
    site.pages["/feed"] = Page(body=feed.encode())
    site.pages["/1.html"] = Page(
        body=f"<html><body><h1>挂牌出让公告</h1>{platforms.text_of('2031-1号')}".encode()
    )
    program = watching(world, site, "/feed")
    go_on(program, timedelta(minutes=20))
    assert numbers(program) == ["2031-1号"]


def test_a_list_whose_entries_are_all_new_is_told(world: MakeWorld, site: LandSite) -> None:
    offer(site, NATIONAL, *range(1, 11))
    program = watching(world, site, NATIONAL.path)
    go_on(program, timedelta(minutes=10))
    offer(site, NATIONAL, *range(2, 12))
    go_on(program, timedelta(minutes=40))
    assert not [text for text in program.said() if "漏过" in text]
    offer(site, NATIONAL, *range(31, 41))
    go_on(program, timedelta(minutes=80))
    assert len([text for text in program.said() if "漏过" in text]) == 1
    offer(site, NATIONAL, *range(51, 61))
    go_on(program, timedelta(minutes=80))
    assert len([text for text in program.said() if "漏过" in text]) == 2


def test_a_list_of_results_alone_is_well(world: MakeWorld, site: LandSite) -> None:
    items = [{"GGID": "1", "GGMC": "挂牌出让成交公示", "JYFS": "GP"}]
    site.pages[TRADING.path] = answered(platforms.as_bytes({"data": items}))
    program = watching(world, site, TRADING.path)
    go_on(program, timedelta(hours=4), timedelta(minutes=1))
    assert program.said() == []
    assert state(program, site, TRADING.path).failures == 0


# -- what means harm, or is broken -----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"data":{"list":[{"gyggGuid":' + b"9" * 5_000 + b"}]}}",
        b'{"data":{"list":[{"gyggGuid":"a","gyggGuid":"b","gyggBt":"x"}]}}',
        b'{"data":{"list":[{"gyggGuid":"a","gyg',
        b'{"code":500,"msg":"","data":null}',
        b'{"code":200,"data":{"list":[],"total":0}}',
        b'{"code":200,"data":{"list":[{"gyggGuid":"../x","gyggBt":7}]}}',
    ],
    ids=["deep", "huge number", "a key twice", "cut", "an error", "empty", "no entry that is one"],
)
def test_a_list_that_cannot_be_taken_is_told_and_looked_at_again(
    world: MakeWorld, site: LandSite, body: bytes
) -> None:
    site.pages[NATIONAL.path] = answered(body)
    program = watching(world, site, NATIONAL.path)
    go_on(program, timedelta(hours=6), timedelta(minutes=1))
    assert len([text for text in program.said() if "读不到" in text]) == 1
    assert state(program, site, NATIONAL.path).trouble
    offer(site, NATIONAL, 1)
    go_on(program, timedelta(days=1), timedelta(minutes=5))
    assert numbers(program) == ["2031-1号"]
    assert [title for title in program.titles() if "网页恢复了" in title]


def test_why_a_list_cannot_be_taken_is_told(world: MakeWorld, site: LandSite) -> None:
    twice = b'{"data":{"list":[{"gyggGuid":"a","gyggGuid":"b","gyggBt":"x"}]}}'
    site.pages[NATIONAL.path] = answered(twice)
    program = watching(world, site, NATIONAL.path)
    go_on(program, timedelta(hours=6), timedelta(minutes=1))
    assert [text for text in program.said() if "出现两次" in text]


def test_entries_that_name_no_notice_are_told_once_and_keep_no_other_off(
    world: MakeWorld, site: LandSite
) -> None:
    offer(site, NATIONAL, 1)
    odd = [{"gyggGuid": "../private", "gyggBt": "挂牌出让公告"}, {"gyggGuid": 7.5}, "x"]
    body = platforms.national_list([1]).decode().replace('"list": [', '"list": [' + _inner(odd))
    site.pages[NATIONAL.path] = answered(body.encode())
    program = watching(world, site, NATIONAL.path)
    go_on(program, timedelta(hours=4), timedelta(minutes=1))
    assert numbers(program) == ["2031-1号"]
    assert len([text for text in program.said() if "找不到对应的公告" in text]) == 1
    assert state(program, site, NATIONAL.path).failures == 0
    assert not [path for path in site.paths if "private" in path]


def _inner(items: list[object]) -> str:
    return platforms.as_bytes(items).decode()[1:-1] + ", "


# -- the command ----------------------------------------------------------------------------------


def test_the_command_tries_and_adds_the_list_of_a_platform(
    site: LandSite, tmp_path: Path, world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(site, NATIONAL, 1)
    world(CONSOLE + TEAM, START)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["-c", str(tmp_path / "config.toml"), "watch", *arguments])
        return status, *capsys.readouterr()

    status, out, _ = run("test", site.url(NATIONAL.path), "--allow-private")
    assert status == 0
    assert platforms.title_of(1) in out
    assert site.url(NATIONAL.path_of(1)) in out
    status, out, _ = run("test", site.url(NATIONAL.path_of(1)), "--allow-private")
    assert (status, "2031-05-20 17:00" in out) == (0, True)
    site.pages[NATIONAL.path] = answered(b'{"data":{"list":[{"gyggGuid":"a","gyggGuid":"b"}]}}')
    status, _, err = run("test", site.url(NATIONAL.path), "--allow-private")
    assert (status, "出现两次" in err or "twice" in err) == (1, True)
    address = 'https://a.example.com/list#{"pageNum": 1, "gyggBt": "测试"}'
    assert run("add", address)[0] == 0
    assert [watch.url for watch in load_settings(tmp_path / "config.toml").watches] == [address]
    for wrong in ('https://a.example.com/list#{"page":', "https://a.example.com/list#{}}"):
        assert run("add", wrong)[0] == 2
