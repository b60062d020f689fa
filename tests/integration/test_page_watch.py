"""Pages that are watched: a real site on loopback, a real ledger, a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from freezegun import freeze_time

from notifier.cli import main
from notifier.config import load_settings
from notifier.domain.source_watch import SourceState
from notifier.domain.times import shanghai
from notifier.intake.child import FileReader
from notifier.intake.limits import Limits
from notifier.intake.links import PageLinks
from notifier.service.source_desk import SourceDesk
from notifier.testing import a_milestone, a_notice, a_parcel
from tests.peers.land_site import LandSite, Page, land_site
from tests.services import CONSOLE, MakeWorld, World
from tests.watching import START, TEAM, asked_within, go_on, numbers, state, watching


@pytest.fixture
def site() -> Iterator[LandSite]:
    with land_site() as found:
        found.pages["/robots.txt"] = Page(status=404)
        yield found


def notice(
    number: str = "2031-1号", close: str = "2031年5月20日17时00分", counter: int = 0
) -> bytes:
    text = (
        f"<html><body><h1>测试市自然资源局国有建设用地使用权挂牌出让公告</h1><p>测自然资告字〔2031〕7号</p>"
        f"<table><tr><td>地块编号</td><td>位置</td><td>面积(平方米)</td></tr>"
        f"<tr><td>{number}</td><td>测试路东</td><td>12000</td></tr></table>"
        f"<p>一、报名截止时间：{close}。</p><p>二、挂牌时间：2031年5月12日9时00分至2031年5月22日10时00分。</p>"
        f"<p>浏览次数：{counter}</p></body></html>"
    )
    return text.encode("gb18030")


def listing(*entries: tuple[str, str]) -> bytes:
    links = "".join(f'<li><a href="{path}">{text}</a></li>' for path, text in entries)
    return f"<html><body><h1>土地出让</h1><ul>{links}</ul></body></html>".encode()


def test_a_page_is_read_once_and_again_only_when_what_it_says_has_changed(
    world: MakeWorld, site: LandSite
) -> None:
    count = iter(range(1_000))
    close = ["2031年5月20日17时00分"]
    site.pages["/1.html"] = lambda: Page(body=notice(close=close[0], counter=next(count)))
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(hours=2))
    assert numbers(program) == ["2031-1号"]
    first = state(program, site, "/1.html")
    assert site.paths.count("/1.html") >= 4
    assert len(program.titles()) == 1  # a counter is no news
    close[0] = "2031年5月25日17时00分"
    go_on(program, timedelta(minutes=40))
    assert "2031年5月25日" in program.said()[-1] or "05-25" in program.said()[-1]
    assert state(program, site, "/1.html").changed_at != first.changed_at
    kept = sorted((program.settings.ledger.parent / "watched").iterdir())
    assert len(kept) == 2  # the bytes, as proof


def test_a_list_leads_to_its_notices_once_each_with_what_is_attached(
    world: MakeWorld, site: LandSite
) -> None:
    entries = [
        ("/n/1.html", "测自然资告字〔2031〕7号国有建设用地挂牌出让公告"),
        ("/n/0.html", "国有建设用地挂牌出让公告旧"),
    ]
    site.pages["/list"] = lambda: Page(body=listing(*entries))
    site.pages["/n/1.html"] = Page(
        body=notice() + '<a href="附件.txt">附件</a><a href="/f/a.zip">附件1.zip</a>'.encode()
    )
    site.pages["/n/0.html"] = Page(
        body=notice("2030-9号").replace("2031年".encode("gb18030"), "2030年".encode("gb18030"))
    )
    program = watching(world, site, "/list")
    go_on(program, timedelta(minutes=20))
    assert numbers(program) == ["2031-1号"]  # the other is over
    assert site.paths.count("/f/a.zip") == 1
    entries.append(("/n/2.html", "测自然资告字〔2031〕8号国有建设用地挂牌出让公告"))
    site.pages["/n/2.html"] = Page(
        body=notice("2031-2号").replace("〕7号".encode("gb18030"), "〕8号".encode("gb18030"))
    )
    go_on(program, timedelta(minutes=40))
    assert numbers(program) == ["2031-1号", "2031-2号"]
    assert site.paths.count("/n/1.html") == 1


def test_a_site_is_asked_for_one_page_in_half_a_minute(world: MakeWorld, site: LandSite) -> None:
    site.pages["/list"] = Page(
        body=listing(*((f"/n/{n}.html", f"国有建设用地挂牌出让公告第{n}号") for n in range(9)))
    )
    for number in range(9):
        site.pages[f"/n/{number}.html"] = Page(body=notice(f"2031-{number}号"))
    program = watching(world, site, "/list")
    asked = asked_within(program, site, timedelta(minutes=12))
    assert len(asked) >= 11  # the rules, the list, nine notices
    assert min(later - sooner for sooner, later in pairwise(asked)) >= 30


def test_a_page_that_is_gone_or_cannot_be_read_is_told_and_changes_nothing(
    world: MakeWorld, site: LandSite
) -> None:
    site.pages["/1.html"] = Page(body=notice())
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))
    site.pages["/1.html"] = Page(status=404)
    go_on(program, timedelta(hours=2))
    (gone,) = [text for text in program.said() if "网页没有了" in text]
    assert "不说明截止时间有变" in gone
    assert numbers(program) == ["2031-1号"]
    site.pages["/1.html"] = Page(body=notice(counter=7))
    go_on(program, timedelta(hours=2))
    assert [text for text in program.titles() if "网页恢复了" in text]
    site.pages["/1.html"] = Page(status=403)
    go_on(program, timedelta(hours=20), timedelta(minutes=1))
    assert len([text for text in program.titles() if "读不到" in text]) == 1
    site.pages["/1.html"] = Page(body=b"<html><script>draw()</script></html>")


def test_a_page_that_holds_nothing_any_more_is_as_good_as_gone(
    world: MakeWorld, site: LandSite
) -> None:
    site.pages["/1.html"] = Page(body=notice())
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))
    site.pages["/1.html"] = Page(
        body="<html><body><p>网站维护中，请稍后再试。</p></body></html>".encode()
    )
    go_on(program, timedelta(hours=2))
    assert [title for title in program.titles() if "网页没有了" in title]


def test_a_list_that_was_rebuilt_does_not_flood(world: MakeWorld, site: LandSite) -> None:
    site.pages["/list"] = Page(
        body=listing(*((f"/n/{n}.html", f"国有建设用地挂牌出让公告第{n}号") for n in range(2)))
    )
    program = watching(world, site, "/list")
    go_on(program, timedelta(minutes=10))
    site.pages["/list"] = Page(
        body=listing(*((f"/m/{n}.html", f"国有建设用地挂牌出让公告第{n}号") for n in range(80)))
    )
    go_on(program, timedelta(minutes=40))
    assert [title for title in program.titles() if "一次多出80条" in title]
    assert len(program.ledger.pages.all()) == 1 + 2 + 30


def test_a_page_that_is_watched_no_more_is_forgotten(world: MakeWorld, site: LandSite) -> None:
    site.pages["/1.html"] = Page(body=notice(), etag='"1"')
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=40))
    assert state(program, site, "/1.html").etag == '"1"'
    program.restart(CONSOLE + TEAM)
    go_on(program, timedelta(minutes=40))
    assert numbers(program) == ["2031-1号"]  # what was read stays
    program.restart(
        CONSOLE + TEAM + '[[watch]]\nurl = "https://a.example.com/"\nhours = "07:00-07:01"\n'
    )
    go_on(program, timedelta(minutes=1))
    assert [found.url for found in program.ledger.pages.all()] == ["https://a.example.com/"]


def test_the_command_lists_tries_and_adds_pages(
    world: MakeWorld, site: LandSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/1.html"] = Page(body=notice())
    site.pages["/list"] = Page(body=listing(("/1.html", "国有建设用地使用权挂牌出让公告")))
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["-c", str(tmp_path / "config.toml"), "watch", *arguments])
        return status, *capsys.readouterr()

    status, out, _ = run("list", "--json")
    (page,) = json.loads(out)["pages"]
    assert (status, page["url"], page["failures"]) == (0, site.url("/1.html"), 0)
    status, out, _ = run("test", site.url("/list"), "--allow-private")
    assert status == 0
    assert site.url("/1.html") in out
    assert run("test", "--allow-private", site.url("/list")) == (status, out, "")
    assert run("--allow-private", "test", site.url("/list")) == (status, out, "")
    assert "2031-05-20 17:00" in run("test", site.url("/1.html"))[1]
    status, _, err = run("test", site.url("/none"), "--allow-private")
    assert (status, "404" in err) == (1, True)
    assert run("add", "https://a.example.com/list")[0] == 0
    assert [watch.url for watch in load_settings(tmp_path / "config.toml").watches][
        -1
    ] == "https://a.example.com/list"
    assert run("add", "https://a.example.com/list")[0] == 2
    assert run("add", 'https://a.example.com/"x')[0] == 2


# -- sites that are out of order -------------------------------------------------------------------

_EMPTY = (
    "<html><body><h1>测试市自然资源局国有建设用地使用权挂牌出让公告</h1><p>详见附件。"
    "</p>{}</body></html>"
)


def with_files(*links: tuple[str, str]) -> bytes:
    return _EMPTY.format("".join(f'<a href="{path}">{text}</a>' for path, text in links)).encode()


def listed(site: LandSite, *paths: str) -> None:
    entries = [
        (path, f"测自然资告字〔2031〕{number}号国有建设用地挂牌出让公告")
        for number, path in enumerate(paths)
    ]
    site.pages["/list"] = Page(body=listing(*entries))


def test_two_attached_files_of_one_name_are_both_read(world: MakeWorld, site: LandSite) -> None:
    site.pages["/1.html"] = Page(body=with_files(("/a/1", "附件.doc"), ("/a/2", "附件.doc")))
    site.pages["/a/1"] = Page(body=notice("2031-1号"))
    site.pages["/a/2"] = Page(
        body=notice("2031-2号").replace("〕7号".encode("gb18030"), "〕8号".encode("gb18030"))
    )
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))
    assert numbers(program) == ["2031-1号", "2031-2号"]


def test_an_attached_file_that_could_not_be_had_is_asked_for_again(
    world: MakeWorld, site: LandSite
) -> None:
    listed(site, "/n/1.html", "/n/2.html")
    site.pages["/n/2.html"] = Page(body=notice("2031-9号"))
    site.pages["/n/1.html"] = Page(body=with_files(("/a/1", "出让公告.doc")), etag='"1"')
    site.pages["/a/1"] = Page(status=503)
    program = watching(world, site, "/list")
    go_on(program, timedelta(minutes=5))
    site.pages["/a/1"] = Page(body=notice("2031-1号"))
    go_on(program, timedelta(hours=14), timedelta(minutes=1))
    assert numbers(program) == ["2031-1号", "2031-9号"]


def test_an_attached_file_that_is_missing_is_told_with_the_notice(
    world: MakeWorld, site: LandSite
) -> None:
    site.pages["/1.html"] = Page(
        body=notice() + '<a href="/a/1">附件1.xlsx</a>'.encode("gb18030"), etag='"1"'
    )
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(hours=2))
    assert numbers(program) == ["2031-1号"]
    assert [text for text in program.said() if "有内容未读入" in text and "附件1.xlsx" in text]


def test_more_files_than_are_asked_for_are_named(world: MakeWorld, site: LandSite) -> None:
    links = [(f"/a/{number}", f"附件{number}.doc") for number in range(12)]
    site.pages["/1.html"] = Page(
        body=notice()
        + "".join(f'<a href="{path}">{text}</a>' for path, text in links).encode("gb18030")
    )
    site.pages.update(
        {path: Page(body="<html><body>图</body></html>".encode()) for path, _ in links}
    )
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=20))
    assert [text for text in program.said() if "附件11.doc" in text]


def test_an_entry_that_is_not_there_yet_is_looked_for_again(
    world: MakeWorld, site: LandSite
) -> None:
    listed(site, "/n/1.html", "/n/2.html")
    site.pages["/n/2.html"] = Page(body=notice("2031-9号"))
    program = watching(world, site, "/list")
    go_on(program, timedelta(minutes=4))
    assert "/n/1.html" in site.paths
    site.pages["/n/1.html"] = Page(
        body=notice("2031-1号").replace("〕7号".encode("gb18030"), "〕8号".encode("gb18030"))
    )
    go_on(program, timedelta(minutes=40))
    assert numbers(program) == ["2031-1号", "2031-9号"]


def test_a_page_that_was_not_understood_is_asked_for_whole_again(
    world: MakeWorld, site: LandSite
) -> None:
    site.pages["/1.html"] = Page(body=b"<html><body>-</body></html>", etag='"1"')
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))
    assert state(program, site, "/1.html").etag == ""


def test_entries_beyond_those_of_one_look_are_noted_at_the_next(
    world: MakeWorld, site: LandSite
) -> None:
    listed(site, *(f"/n/{number}.html" for number in range(40)))
    listing_now = site.pages["/list"]
    assert isinstance(listing_now, Page)
    listing_now.etag = '"1"'
    program = watching(world, site, "/list")
    go_on(program, timedelta(minutes=80), timedelta(minutes=1))
    assert len(program.ledger.pages.all()) == 1 + 40


def test_a_page_at_which_the_program_fails_keeps_no_other_off(
    world: MakeWorld, site: LandSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/1.html"] = Page(body=notice("2031-1号"))
    site.pages["/2.html"] = Page(body=notice("2031-2号"))
    watch = "".join(
        f'[[watch]]\nurl = "{site.url(path)}"\nhours = "00:00-00:00"\nallow_private = true\n'
        for path in ("/1.html", "/2.html")
    )
    program = world(CONSOLE + TEAM + watch, START)
    read = FileReader.links

    def fail(reader: FileReader, url: str, page: bytes, limits: Limits) -> PageLinks:
        if url.endswith("/1.html"):
            raise RuntimeError("an error in the program")
        return read(reader, url, page, limits)

    monkeypatch.setattr(FileReader, "links", fail)
    (step,) = (step for step in program.service.steps() if step.name == "pages")
    for _ in range(20):
        program.clock.set(program.clock.now() + timedelta(seconds=20))
        step.run(program.clock.now())
    assert numbers(program) == ["2031-2号"]


@pytest.mark.parametrize("path", ["/n/1.html", "/a/1"], ids=["a page", "an attached file"])
def test_a_site_that_asks_to_be_left_alone_is_asked_for_no_other_page_either(
    world: MakeWorld, site: LandSite, path: str
) -> None:
    listed(site, "/n/1.html", "/n/2.html", "/n/3.html")
    site.pages["/n/1.html"] = Page(body=with_files(("/a/1", "出让公告.doc")))
    site.pages[path] = Page(status=429, headers={"Retry-After": "3600"})
    for number in (2, 3):
        site.pages[f"/n/{number}.html"] = Page(body=notice(f"2031-{number}号"))
    program = watching(world, site, "/list")
    while path not in site.paths:
        go_on(program, timedelta(seconds=20))
    asked = len(site.paths)
    go_on(program, timedelta(minutes=50))
    assert site.paths[asked:] == []
    go_on(program, timedelta(minutes=30))
    assert {"/n/2.html", "/n/3.html"} <= set(site.paths)


# -- what is said of the source --------------------------------------------------------------------


def said_of_source(program: World) -> list[str]:
    return [line for text in program.said() for line in text.splitlines() if "来源：" in line]


def test_each_message_says_how_its_page_was_found_last(world: MakeWorld, site: LandSite) -> None:
    site.pages["/1.html"] = Page(body=notice(close="2031年4月30日17时00分"))
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(hours=1))
    (news,) = said_of_source(program)
    assert "网页监看中，今天09:" in news
    go_on(program, timedelta(hours=48), timedelta(minutes=2))
    site.pages["/1.html"] = Page(status=503)
    go_on(program, timedelta(hours=1), timedelta(minutes=2))
    failed_at = state(program, site, "/1.html").failed_at
    assert failed_at is not None
    go_on(program, timedelta(days=6), timedelta(hours=1))
    last = said_of_source(program)[-1]
    assert f"{shanghai(failed_at):网页自4月%d日%H:%M起读不到}" in last
    assert len(program.said()) == len(set(program.said()))  # how it is found is no news


def test_a_file_that_was_dropped_is_watched_by_nobody(world: MakeWorld, site: LandSite) -> None:
    program = watching(world, site, "/1.html")
    parcel = a_parcel(
        parcel_no="甲1号", milestones={"registration_close": a_milestone("2031-05-20 17:00")}
    )
    program.save(a_notice(parcels=(parcel,), file="公告.docx"))
    program.go(program.clock.now() + timedelta(minutes=5))
    assert said_of_source(program) == ["来源：未监看（文件 公告.docx），其后有无变化不知道"]


def test_the_agenda_says_how_the_page_was_found_and_nothing_without_a_config(
    world: MakeWorld, site: LandSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/1.html"] = Page(body=notice())
    program = watching(world, site, "/1.html")
    go_on(program, timedelta(minutes=5))
    config = tmp_path / "config.toml"
    offers = list(program.ledger.parcels.all())
    desk = SourceDesk(program.ledger, lambda: load_settings(config))
    ((source,),) = desk.of(offers, program.clock.now()).values()
    assert (source.state, source.url) == (SourceState.UNCHANGED, site.url("/1.html"))
    ((source,),) = desk.of(offers, program.clock.now() + timedelta(hours=2)).values()
    assert source.state is SourceState.NOT_LOOKED_AT

    def milestones(*arguments: str) -> list[dict[str, object]]:
        with freeze_time(program.clock.now()):
            assert main([*arguments, "agenda", "--json"]) == 0
        found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["milestones"]
        return found

    for milestone in milestones("-c", str(config)):
        assert milestone["sources"][0]["url"] == site.url("/1.html")  # type: ignore[index]
    without = milestones("-c", str(tmp_path / "none.toml"), "--db", str(program.settings.ledger))
    assert without
    assert all("sources" not in milestone for milestone in without)
