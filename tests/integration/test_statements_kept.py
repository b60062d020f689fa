"""What is said of a parcel, from files and by people, on a real ledger: which of it stands, and
what is told of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.offers import Offer, OfferState
from notifier.domain.statements import Origin
from notifier.domain.times import shanghai
from notifier.domain.values import Change, Kind, MilestoneName, Notice, Parcel
from notifier.intake.inbox import Inbox
from notifier.ledger import SqlLedger, open_ledger
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import ONE_TEAM, MakeWorld, World

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_HEADINGS = "notice_no,parcel_no,authority,registration_close\n"
_OLD_LEDGER = Path(__file__).parent.parent / "data" / "ledgers" / "before_statements.sql"

Import = Callable[[str, str], int]


def close_of(ledger: SqlLedger, number: str = "2026-1号") -> list[str]:
    """When the registration for each parcel of that number closes."""
    return [
        f"{shanghai(offer.parcel.milestones[_CLOSE].at):%m-%d %H:%M}"
        for offer in ledger.parcels.find(number)
    ]


def rows(*rest: str, number: str = "2026-1号") -> str:
    return _HEADINGS + "".join(f"2026年第1号,{number},甲县自然资源局,{time}\n" for time in rest)


@pytest.fixture
def program(world: MakeWorld) -> World:
    made = world()
    (made.folder / "inbox").mkdir()
    return made


@pytest.fixture
def drop_in(program: World) -> Callable[[str, str], None]:
    """Put a file into the inbox, have it looked at, and say what there is to be said."""
    inbox = Inbox(folder=program.folder / "inbox")

    def put(name: str, text: str) -> None:
        (program.folder / "inbox" / name).write_text(text, encoding="utf-8")
        for _ in range(3):  # a file is read when it no longer grows
            program.clock.move(timedelta(seconds=5))
            program.service.inbox.look_into(inbox, program.clock.now())
        program.go(program.clock.now() + timedelta(minutes=2))

    return put


@pytest.fixture
def import_file(tmp_path: Path) -> Import:
    """`notifier import` of a file with that text: its exit status."""
    config = tmp_path / "config.toml"
    config.write_text(ONE_TEAM, encoding="utf-8")
    config.chmod(0o600)

    def run(name: str, text: str) -> int:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return main(["-c", str(config), "import", str(file)])

    return run


# -- the newest statement stands
# --------------------------------------------------------------------


def test_a_wrong_time_can_be_set_right_by_the_same_file_or_another(
    program: World, drop_in: Callable[..., None]
) -> None:
    drop_in("a.csv", rows("2026-12-14 17:00"))
    drop_in("b.csv", rows("2026-12-13 17:00"))
    assert close_of(program.ledger) == ["12-13 17:00"]
    drop_in("c.csv", rows("2026-12-14 17:00:00"))
    assert close_of(program.ledger) == ["12-14 17:00"]
    drop_in("a.csv", rows("2026-12-12 17:00"))
    drop_in("a.csv", rows("2026-12-14 17:00"))
    assert close_of(program.ledger) == ["12-14 17:00"]
    assert "12月12日（周六）17:00 → 2026年12月14日（周一）17:00" in program.said()[-1]


def test_bytes_that_were_read_before_say_nothing_in_the_inbox_and_count_when_a_person_imports_them(
    program: World, drop_in: Callable[..., None], tmp_path: Path
) -> None:
    first = rows("2026-12-14 17:00")
    drop_in("a.csv", first)
    drop_in("b.csv", rows("2026-12-13 17:00"))
    before = len(program.said())
    drop_in("copy of a.csv", first)
    assert (close_of(program.ledger), len(program.said())) == (["12-13 17:00"], before)
    taken = program.service.ingest.take_in(
        tmp_path / "inbox" / "copy of a.csv", program.clock.now(), on_purpose=True
    )
    assert (taken.changed, close_of(program.ledger)) == (1, ["12-14 17:00"])


def test_a_table_saved_again_for_another_row_does_not_bring_back_what_was_postponed(
    program: World,
) -> None:
    def table(other: str) -> Notice:
        parcels = (
            a_parcel(parcel_no="2026-1号", milestones={"registration_close": "2024-11-14 17:00"}),
            a_parcel(parcel_no="2026-2号", milestones={"registration_close": other}),
        )
        return a_notice(file="table.csv", tabular=True, published=None, parcels=parcels)

    program.save(table("2024-11-14 17:00"))
    program.save(_postponement("2024-11-20T17:00:00+08:00"))
    taken = program.save(table("2024-11-15 17:00"))
    assert (taken.changed, close_of(program.ledger), close_of(program.ledger, "2026-2号")) == (
        1,
        ["11-20 17:00"],
        ["11-15 17:00"],
    )


def _postponement(new: str, **fields: object) -> Notice:
    change = Change(parcel_no="2026-1号", field="registration_close", new=new)
    usual = {
        "file": "postponed.html",
        "notice_no": "",
        "refers_to": (a_notice().notice_no,),
        "changes": (change,),
    }
    return a_notice(kind=Kind.POSTPONEMENT, parcels=(), **(usual | fields))


def test_a_table_of_days_moves_no_hour_of_those_days(
    program: World, drop_in: Callable[..., None]
) -> None:
    drop_in("hours.csv", rows("2026-12-14 17:00"))
    planned = program.ledger.views.reminders_ahead()
    before = len(program.said())
    drop_in("days.csv", rows("2026-12-14"))
    assert close_of(program.ledger) == ["12-14 17:00"]
    assert (program.ledger.views.reminders_ahead(), len(program.said())) == (planned, before)
    drop_in("moved.csv", rows("2026-12-16"))
    assert close_of(program.ledger) == ["12-16 00:00"]


def test_what_cannot_be_ordered_is_reminded_of_by_the_earlier_and_both_are_said(
    program: World,
) -> None:
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    program.go(shanghai_time("2024-11-01 10:02"))
    program.save(_listing("2024-11-12 17:00", "notice.pdf"))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert close_of(program.ledger) == ["11-12 17:00"]
    assert all(time in program.said()[-1] for time in ("11月12日", "11月14日", "notifier set"))
    program.go(shanghai_time("2024-11-12 16:30"), timedelta(minutes=20))
    assert "11月14日" in program.said()[-1], "the reminder says so, too"


def test_a_new_parcel_with_a_doubtful_time_says_so(program: World) -> None:
    program.save(
        _listing("2024-11-14 17:00", "notice.html"), _listing("2024-11-12 17:00", "notice.pdf")
    )
    program.go(shanghai_time("2024-11-01 10:05"))
    (text,) = program.said()
    assert "11月12日" in text
    assert "11月14日" in text


def _listing(close: str, file: str, number: str = "2026-1号", **fields: object) -> Notice:
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": close})
    return a_notice(file=file, parcels=(parcel,), **fields)


# -- what a person says
# -------------------------------------------------------------------------------


def test_what_a_person_set_stands_and_a_document_that_differs_is_asked_about(
    program: World,
) -> None:
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    program.go(shanghai_time("2024-11-01 10:02"))
    config = str(program.folder / "config.toml")
    number = "2026-1号"
    assert (
        main(
            [
                "-c",
                config,
                "set",
                number,
                "报名截止",
                "2024-11-13T16:00",
                "--by",
                "张三",
                "--why",
                "电话确认",
            ]
        )
        == 0
    )
    program.go(shanghai_time("2024-11-01 10:05"))
    assert close_of(program.ledger) == ["11-13 16:00"]
    assert all(word in program.said()[-1] for word in ("张三", "电话确认", "11月14日", "11月13日"))
    program.save(_postponement("2024-11-20T17:00:00+08:00"))
    program.go(shanghai_time("2024-11-01 10:10"))
    assert close_of(program.ledger) == ["11-13 16:00"]
    assert all(word in program.said()[-1] for word in ("张三", "11月20日", "notifier set"))
    assert main(["-c", config, "set", number, "报名截止", "--as-read"]) == 0
    assert close_of(program.ledger) == ["11-20 17:00"]


def test_a_person_may_say_that_there_is_no_such_time(program: World) -> None:
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    assert (
        main(
            ["-c", str(program.folder / "config.toml"), "set", "2026-1号", "registration", "--none"]
        )
        == 0
    )
    program.work()
    assert program.ledger.parcels.find("2026-1号")[0].parcel.milestones == {}
    assert not [
        line
        for line in program.ledger.views.plan_ahead(program.clock.now())
        if line.reminder.milestone
    ]


@pytest.mark.parametrize(
    "arguments",
    [["2026-1号", "报名"], ["2026-1号", "报名", "tomorrow"], ["2026-9号", "报名", "--none"]],
)
def test_a_word_that_cannot_be_taken_is_refused(program: World, arguments: list[str]) -> None:
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    assert main(["-c", str(program.folder / "config.toml"), "set", *arguments]) == 2


# -- which parcel
# -------------------------------------------------------------------------------------


def test_two_counties_with_one_number_stay_two(program: World) -> None:
    generic = {"notice_no": "2026年第1号", "city": ""}
    program.save(_listing("2024-11-14 17:00", "a.html", authority="甲县自然资源局", **generic))
    taken = program.save(
        _listing("2024-11-20 17:00", "b.html", authority="乙县自然资源局", **generic)
    )
    assert (taken.new, taken.changed, taken.asked) == (1, 0, ())
    assert sorted(close_of(program.ledger)) == ["11-14 17:00", "11-20 17:00"]
    change = Change(
        parcel_no="2026-1号", field="registration_close", new="2024-11-25T17:00:00+08:00"
    )
    program.save(
        a_notice(
            kind=Kind.POSTPONEMENT, file="c.html", notice_no="", refers_to=("2026年第1号",),
            authority="乙县自然资源局",
            city="", parcels=(), changes=(change,), words="现将2026-1号地块报名截止时间延期",
        )
    )  # fmt: skip
    assert sorted(close_of(program.ledger)) == ["11-14 17:00", "11-25 17:00"]
    assert close_of(program.ledger, "2026-1号@甲县") == ["11-14 17:00"]


def test_a_change_that_may_be_of_either_of_two_counties_touches_neither_and_is_told(
    program: World,
) -> None:
    generic = {"notice_no": "2026年第1号", "city": ""}
    program.save(_listing("2024-11-14 17:00", "a.html", authority="甲县自然资源局", **generic))
    program.save(_listing("2024-11-20 17:00", "b.html", authority="乙县自然资源局", **generic))
    change = Change(
        parcel_no="2026-1号", field="registration_close", new="2024-11-25T17:00:00+08:00"
    )
    taken = program.save(
        a_notice(
            kind=Kind.POSTPONEMENT, file="c.html", notice_no="", refers_to=("2026年第1号",),
            authority="", city="",
            parcels=(), changes=(change,),
        )
    )  # fmt: skip
    assert sorted(close_of(program.ledger)) == ["11-14 17:00", "11-20 17:00"]
    assert taken.unmatched


def test_where_it_cannot_be_told_both_stay_and_it_is_asked(program: World) -> None:
    generic = {"notice_no": "2026年第1号", "city": ""}
    program.save(_listing("2024-11-14 17:00", "a.html", authority="甲县自然资源局", **generic))
    later = a_parcel(milestones={"registration_close": "2024-11-20 17:00"}).milestones
    parcel = Parcel(parcel_no="2026-1号", milestones=later)
    taken = program.save(
        a_notice(file="b.csv", authority="", tabular=True, parcels=(parcel,), **generic)
    )
    program.go(shanghai_time("2024-11-01 10:05"))
    assert (taken.new, len(taken.asked)) == (1, 1)
    assert len(close_of(program.ledger)) == 2
    assert any("notifier drop 2026-1号@2" in text for text in program.said())
    assert main(["-c", str(program.folder / "config.toml"), "drop", "2026-1号"]) == 2, (
        "which of them?"
    )
    assert main(["-c", str(program.folder / "config.toml"), "drop", "2026-1号@2"]) == 0
    assert close_of(program.ledger) == ["11-14 17:00"]


def test_place_area_and_deadline_that_all_differ_change_nothing_and_are_asked_about(
    program: World,
) -> None:
    program.save(_listing("2024-11-14 17:00", "a.html"))
    parcel = a_parcel(
        parcel_no="2026-1号",
        location="别处路",
        area_m2=Decimal(777),
        milestones={"registration_close": "2024-12-14 17:00"},
    )
    taken = program.save(a_notice(file="b.html", parcels=(parcel,)))
    assert (taken.new, taken.changed, len(taken.asked)) == (1, 0, 1)


def test_a_number_written_without_its_sign_is_no_new_parcel(program: World) -> None:
    program.save(_listing("2024-11-14 17:00", "a.html", "甲储[2024]8号"))
    for number in ("甲储〔2024〕8", "甲储（２０２４）8号地块"):
        taken = program.save(_listing("2024-11-14 17:00", f"{number}.csv", number))
        assert (taken.new, taken.changed) == (0, 0)


def test_a_number_that_is_nearly_a_known_one_is_asked_about(program: World) -> None:
    program.save(_listing("2024-11-14 17:00", "a.html", "甲储[2024]8号"))
    taken = program.save(_listing("2024-11-20 17:00", "b.csv", "甲储2024-08号"))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert (taken.new, len(taken.asked)) == (1, 1)
    assert any("甲储[2024]8号" in text and "甲储2024-08号" in text for text in program.said())


def test_an_import_of_what_must_be_asked_about_says_so_and_fails(
    import_file: Import, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_file("a.csv", rows("2026-12-14 17:00", number="甲储[2026]8号")) == 0
    assert import_file("b.csv", rows("2026-12-20 17:00", number="甲储2026-08号")) == 1
    assert "甲储[2026]8号" in capsys.readouterr().err


# -- ghosts
# -------------------------------------------------------------------------------------------


def test_nameless_parcels_are_absorbed_when_their_notice_is_read_with_names(program: World) -> None:
    close = {"registration_close": "2024-11-14 17:00"}
    nameless = tuple(
        a_parcel(parcel_no="", location=place, milestones=close) for place in ("东路", "西路")
    )
    named = tuple(
        a_parcel(parcel_no=number, location=place, milestones=close)
        for number, place in (("2026-2号", "西路"), ("2026-1号", "东路"))
    )
    program.save(a_notice(file="notice.pdf", parcels=nameless))
    program.go(shanghai_time("2024-11-01 10:05"))
    before = {offer.id: offer.parcel.location for offer in program.ledger.parcels.all()}
    planned = program.ledger.views.reminders_ahead()
    program.save(a_notice(file="notice.html", parcels=named))
    program.go(shanghai_time("2024-11-01 10:10"))
    after = {offer.id: offer for offer in program.ledger.parcels.all()}
    assert {offer.parcel.location: offer.parcel.parcel_no for offer in after.values()} == {
        "东路": "2026-1号",
        "西路": "2026-2号",
    }
    assert {number: offer.parcel.location for number, offer in after.items()} == before
    assert program.ledger.views.reminders_ahead() == planned, "nothing is planned twice"
    assert "2026-1号" in program.said()[-1]
    program.save(a_notice(file="notice again.pdf", parcels=nameless))
    assert len(list(program.ledger.parcels.all())) == 2


def test_more_nameless_parcels_than_named_ones_leave_no_ghost(program: World) -> None:
    close = {"registration_close": "2024-11-14 17:00"}
    program.save(
        a_notice(
            file="notice.pdf",
            parcels=tuple(a_parcel(parcel_no="", milestones=close) for _ in range(3)),
        )
    )
    program.save(
        a_notice(file="notice.html", parcels=(a_parcel(parcel_no="2026-1号", milestones=close),))
    )
    program.work()
    states = sorted(offer.state for offer in program.ledger.parcels.all())
    assert states == [OfferState.DROPPED, OfferState.DROPPED, OfferState.OPEN]


def test_a_nameless_parcel_with_a_deadline_of_its_own_is_not_lost(program: World) -> None:
    first = a_parcel(parcel_no="", milestones={"registration_close": "2024-11-14 17:00"})
    second = a_parcel(parcel_no="", milestones={"registration_close": "2024-11-15 17:00"})
    program.save(a_notice(file="notice.pdf", parcels=(first, second)))
    named = a_parcel(parcel_no="2026-1号", milestones={"registration_close": "2024-11-14 17:00"})
    program.save(a_notice(file="notice.html", parcels=(named,)))
    open_ones = [offer for offer in program.ledger.parcels.all() if offer.state is OfferState.OPEN]
    assert sorted(offer.parcel.milestones[_CLOSE].at for offer in open_ones) == [
        shanghai_time("2024-11-14 17:00"),
        shanghai_time("2024-11-15 17:00"),
    ]


def test_what_was_dropped_stays_so_until_a_person_takes_that_back(program: World) -> None:
    config = str(program.folder / "config.toml")
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert main(["-c", config, "drop", a_notice().notice_no, "--by", "张三"]) == 0
    program.go(shanghai_time("2024-11-01 10:10"))
    assert (program.ledger.views.reminders_ahead(), close_of(program.ledger)) == (0, [])
    assert "张三" in program.said()[-1], "the others hear of it"
    before = len(program.said())
    program.save(_listing("2024-11-14 17:00", "notice.pdf"))
    program.go(shanghai_time("2024-11-01 10:15"))
    assert (program.ledger.views.reminders_ahead(), len(program.said())) == (0, before)
    program.save(_listing("2024-11-16 17:00", "news.html", published=None))
    program.go(shanghai_time("2024-11-01 10:20"))
    assert "notifier resume" in program.said()[-1], "what is new about it does not go unheard"
    assert main(["-c", config, "resume", "2026-1号"]) == 0
    program.go(shanghai_time("2024-11-01 10:25"))
    assert program.ledger.views.reminders_ahead() > 0


def test_a_suspension_that_was_published_before_the_resumption_does_not_silence_the_parcel(
    program: World,
) -> None:
    program.save(_listing("2024-11-20 17:00", "notice.html"))

    def turn(kind: Kind, day: str) -> None:
        published = datetime.fromisoformat(day).date()
        about = {
            "file": f"{day}.html",
            "notice_no": "",
            "refers_to": (a_notice().notice_no,),
            "title": day,
        }
        program.save(a_notice(kind=kind, parcels=(), published=published, **about))

    turn(Kind.SUSPENSION, "2024-10-20")
    turn(Kind.RESUMPTION, "2024-10-30")
    turn(Kind.SUSPENSION, "2024-10-25")
    assert program.ledger.parcels.find("2026-1号")[0].state is OfferState.OPEN


def _turn(kind: Kind, number: str, day: int, **fields: object) -> Notice:
    """A notice of change as their authority publishes them: all of one title."""
    words = f"某局{kind}公告\n{number}地块的挂牌出让活动，某告"
    usual = {
        "file": f"{kind}-{number}-{day}.html", "kind": kind, "notice_no": "",
        "refers_to": (a_notice().notice_no,),
        "title": f"某局{kind}公告", "words": words, "parcels": (), "published": date(2024, 10, day),
    }  # fmt: skip
    return a_notice(**(usual | fields))


def _states(ledger: SqlLedger) -> dict[str, OfferState]:
    return {
        f"{offer.parcel.parcel_no}@{offer.authority}": offer.state for offer in ledger.parcels.all()
    }


def test_a_notice_of_change_is_no_copy_of_the_one_of_the_same_title_about_another_parcel(
    program: World,
) -> None:
    parcels = tuple(a_parcel(parcel_no=f"2026-{number}号") for number in (1, 2))
    program.save(a_notice(parcels=parcels))
    program.save(_turn(Kind.SUSPENSION, "2026-1号", 20), _turn(Kind.SUSPENSION, "2026-2号", 20))
    assert set(_states(program.ledger).values()) == {OfferState.SUSPENDED}
    program.save(_turn(Kind.RESUMPTION, "2026-1号", 21), _turn(Kind.RESUMPTION, "2026-2号", 21))
    assert set(_states(program.ledger).values()) == {OfferState.OPEN}


def test_a_second_suspension_in_the_words_of_the_first_is_no_copy_of_it(program: World) -> None:
    program.save(_listing("2024-11-20 17:00", "notice.html"))
    for day in (20, 22):
        program.save(_turn(Kind.SUSPENSION, "2026-1号", day))
        assert list(_states(program.ledger).values()) == [OfferState.SUSPENDED]
        program.save(_turn(Kind.RESUMPTION, "2026-1号", day + 1))
        assert list(_states(program.ledger).values()) == [OfferState.OPEN]


def test_a_notice_of_change_is_no_copy_of_another_county_s_about_a_parcel_of_that_number(
    program: World,
) -> None:
    generic = {"notice_no": "2026年第1号", "city": ""}
    listed = (a_parcel(parcel_no="2026-1号"),)
    about = {"refers_to": ("2026年第1号",), "city": "", "parcels": listed}
    for county in ("甲县自然资源局", "乙县自然资源局"):
        program.save(_listing("2024-11-14 17:00", f"{county}.html", authority=county, **generic))
    for county in ("甲县自然资源局", "乙县自然资源局"):
        program.save(
            _turn(Kind.SUSPENSION, "2026-1号", 20, authority=county, file=f"{county}.txt", **about)
        )
    assert set(_states(program.ledger).values()) == {OfferState.SUSPENDED}


def test_a_copy_of_a_notice_of_change_that_breaks_its_lines_elsewhere_is_no_new_word(
    program: World,
) -> None:
    program.save(_listing("2024-11-20 17:00", "notice.html"))
    first = _turn(Kind.SUSPENSION, "2026-1号", 20, published=None)
    program.save(first, _turn(Kind.RESUMPTION, "2026-1号", 21, published=None))
    program.save(replace(first, file="copy.pdf", words=first.words.replace("，", "，\n")))
    assert list(_states(program.ledger).values()) == [OfferState.OPEN]


def test_an_old_suspension_that_was_not_followed_does_not_make_the_next_old_one_new(
    program: World,
) -> None:
    program.save(_listing("2024-11-20 17:00", "notice.html"))
    program.save(_turn(Kind.RESUMPTION, "2026-1号", 30))
    program.save(
        *(_turn(Kind.SUSPENSION, "2026-1号", day, title=f"10月{day}日") for day in (20, 25))
    )
    assert list(_states(program.ledger).values()) == [OfferState.OPEN]


def test_what_is_read_of_a_parcel_that_was_taken_back_counts_when_it_is_resumed(
    program: World,
) -> None:
    config = str(program.folder / "config.toml")
    program.save(_listing("2024-11-14 17:00", "notice.html"))
    assert main(["-c", config, "drop", "2026-1号"]) == 0
    program.save(_listing("2024-11-12 17:00", "news.html", published=date(2024, 10, 20)))
    assert main(["-c", config, "resume", "2026-1号"]) == 0
    assert close_of(program.ledger) == ["11-12 17:00"]


def test_what_a_second_document_says_while_a_person_s_word_stands_is_kept(program: World) -> None:
    config = str(program.folder / "config.toml")
    program.save(_listing("2024-11-13 17:00", "a.html"))
    assert main(["-c", config, "set", "2026-1号", "报名", "2024-11-10T16:00"]) == 0
    program.save(_listing("2024-11-11 17:00", "a.html", published=date(2024, 10, 20)))
    program.save(_listing("2024-11-11 17:00", "b.html"))
    program.save(_listing("2024-11-12 17:00", "b.html", published=date(2024, 10, 18)))
    assert main(["-c", config, "set", "2026-1号", "报名", "--as-read"]) == 0
    assert close_of(program.ledger) == ["11-12 17:00"], "b.html has changed its word"


# -- an older ledger
# ------------------------------------------------------------------------------------


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[SqlLedger]:
    """A ledger that the version before statements wrote: two parcels of parcels.csv, one postponed
    since."""
    with closing(sqlite3.connect(tmp_path / "notifier.db")) as old:
        old.executescript(_OLD_LEDGER.read_text(encoding="utf-8"))
    with closing(open_ledger(tmp_path / "notifier.db")) as ledger:
        yield ledger


def test_an_older_ledger_goes_on_with_what_it_knew(upgraded: SqlLedger, world: MakeWorld) -> None:
    program = world(now="2024-11-01 13:00")
    first, second = program.ledger.parcels.all()
    statements = program.ledger.statements.of_parcel(first.id)["registration_close"]
    assert [
        (shanghai(each.milestone.at).day, each.speaker.origin)
        for each in statements
        if each.milestone
    ] == [
        (14, Origin.NOTICE),
        (20, Origin.CHANGE),
        (20, Origin.NOTICE),
    ]
    planned = program.ledger.views.reminders_ahead()
    program.service.planning.replan(program.clock.now(), all_parcels=True)
    assert program.ledger.views.reminders_ahead() == planned
    # the table is saved again with a third time of its second parcel, and its old time of the first
    parcels = (
        a_parcel(parcel_no="甲储[2024]1号", milestones={"registration_close": "2024-11-14 17:00"}),
        a_parcel(parcel_no="甲储[2024]2号", milestones={"registration_close": "2024-11-17 17:00"}),
    )
    taken = program.save(a_notice(file="parcels.csv", tabular=True, parcels=parcels))
    assert (taken.new, taken.changed) == (0, 1)
    assert close_of(program.ledger, first.parcel.parcel_no) == ["11-20 17:00"]
    assert close_of(program.ledger, second.parcel.parcel_no) == ["11-17 17:00"]
    _set_and_take_back(program, first)


def _set_and_take_back(program: World, offer: Offer) -> None:
    now = program.clock.now()
    milestone = a_parcel(milestones={"registration_close": "2024-11-19 17:00"}).milestones[_CLOSE]
    set_by = program.ledger.parcels.set_time(offer, _CLOSE, milestone, by="张三", why="", now=now)
    assert close_of(program.ledger, offer.parcel.parcel_no) == ["11-19 17:00"]
    program.ledger.parcels.withdraw_time(set_by, _CLOSE, by="张三", why="", now=now)
    assert close_of(program.ledger, offer.parcel.parcel_no) == ["11-20 17:00"]
