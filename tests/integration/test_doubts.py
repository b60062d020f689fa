"""What people have to settle: each with its candidates, closed by one word, and closed for good."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.doubts import Doubt, DoubtKind
from notifier.domain.findings import Code
from notifier.domain.offers import OfferState
from notifier.domain.values import Change, Evidence, Finding, Kind, MilestoneName, Notice, Severity
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk
from notifier.service.doubt_desk import DoubtDesk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import MakeWorld, World

_CLOSE = MilestoneName.DEPOSIT_CLOSE
_KNOWN = {"registration_close": "2024-11-14 17:00"}
_CANDIDATES = (
    Evidence(at=shanghai_time("2024-11-13 17:00"), quote="保证金11月13日17:00前到账", rule="label"),
    Evidence(at=shanghai_time("2024-11-14 12:00"), quote="11月14日12时止", rule="prose"),
)


def _desk(world: World) -> DoubtDesk:
    desk = Desk(world.ledger, lambda: world.settings)
    return DoubtDesk(world.ledger, desk, BoardDesk(world.ledger))


def _doubts(world: World) -> list[Doubt]:
    return _desk(world).doubts(world.clock.now())


def _doubtful(
    file: str = "a.md", *numbers: str, candidates: tuple[Evidence, ...] = _CANDIDATES
) -> Notice:
    named = numbers or ("甲储出[2024]1号",)
    findings = [
        Finding(
            code=Code.PLACES_DISAGREE,
            severity=Severity.ERROR,
            parcel_no=number,
            field=_CLOSE.value,
            candidates=candidates,
            params={"values": str(len(candidates))},
        )
        for number in named
    ]
    parcels = tuple(a_parcel(parcel_no=number, milestones=_KNOWN) for number in named)
    return a_notice(file=file, parcels=parcels, findings=tuple(findings))


def _stands(world: World, number: str = "1号") -> object:
    (offer,) = world.ledger.parcels.find(number)
    found = offer.parcel.milestones.get(_CLOSE)
    return None if found is None else found.at


def test_a_doubt_has_its_candidates_and_one_word_takes_one(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful())
    (doubt,) = _doubts(program)
    assert (doubt.kind, doubt.milestones, doubt.candidates) == (
        DoubtKind.TIME,
        (_CLOSE,),
        _CANDIDATES,
    )
    _desk(program).take(doubt.id, 2, by="张三", now=program.clock.now())
    assert _stands(program) == shanghai_time("2024-11-14 12:00")
    assert _doubts(program) == []


def test_what_is_doubtful_of_several_parcels_alike_is_one_doubt(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful("a.md", "甲储出[2024]1号", "甲储出[2024]2号"))
    (doubt,) = _doubts(program)
    assert len(doubt.offers) == 2
    _desk(program).enter(doubt.id, "2024-11-13 16:00", by="张三", now=program.clock.now())
    assert _stands(program, "1号") == _stands(program, "2号") == shanghai_time("2024-11-13 16:00")


def test_a_desk_that_is_asked_again_shows_the_parcel_as_it_stands_by_then(
    world: MakeWorld,
) -> None:
    program = world()
    program.save(_doubtful("a.md", "甲储出[2024]1号", "甲储出[2024]2号"))
    desk, now = _desk(program), program.clock.now()
    (before,) = desk.doubts(now)
    assert desk.doubts(now)[0] is before  # among thousands what has not changed is not made again
    opens = MilestoneName.BIDDING_OPEN
    Desk(program.ledger, lambda: program.settings).set_time(
        before.offers[0], opens.value, "2024-11-20 09:00", now=now
    )
    (after,) = desk.doubts(now)
    assert after.keys == before.keys
    assert after.offers[0].parcel.milestones[opens].at == shanghai_time("2024-11-20 09:00")
    later = shanghai_time("2024-11-20 08:00")
    pressing = [doubt.pressing(later) for doubt in desk.doubts(later)]
    assert [evidence.at for evidence in pressing if evidence is not None] == [
        shanghai_time("2024-11-20 09:00")
    ]


def test_that_the_notice_does_not_say_closes_it(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful())
    _desk(program).enter(_doubts(program)[0].id, None, by="张三", now=program.clock.now())
    assert _doubts(program) == []
    assert _stands(program) is None


@pytest.mark.parametrize("how", ["take", "leave", "set"])
def test_what_is_settled_stays_so_when_the_same_is_read_again(world: MakeWorld, how: str) -> None:
    program = world()
    program.save(_doubtful())
    now = program.clock.now()
    desk = _desk(program)
    if how == "take":
        desk.take(_doubts(program)[0].id, 1, by="张三", now=now)
    elif how == "leave":
        desk.leave(_doubts(program)[0].id, by="张三", now=now)
    else:  # as `notifier set` does
        Desk(program.ledger, lambda: program.settings).set_time(
            "1号", "保证金截止", "2024-11-13T17:00", by="张三", now=now
        )
    program.clock.move(timedelta(hours=1))
    program.service.ingest.store([_doubtful()], program.clock.now(), on_purpose=True)
    program.save(_doubtful("copy of a.md"))
    program.restart()
    assert _doubts(program) == []


def test_a_later_document_that_states_the_time_ends_the_doubt(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful())
    clear = a_parcel(
        parcel_no="甲储出[2024]1号", milestones={**_KNOWN, "deposit_close": "2024-11-13 17:00"}
    )
    program.save(a_notice(file="b.csv", parcels=(clear,)))
    assert _doubts(program) == []


def test_other_candidates_are_another_doubt(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful())
    _desk(program).leave(_doubts(program)[0].id, by="张三", now=program.clock.now())
    other = (Evidence(at=shanghai_time("2024-11-12 17:00"), quote="11月12日"),)
    program.save(_doubtful("revised.md", candidates=other))
    assert [doubt.candidates for doubt in _doubts(program)] == [other]


def test_a_document_that_differs_from_a_persons_word_is_asked_about_until_somebody_answers(
    world: MakeWorld,
) -> None:
    program = world()
    parcel = a_parcel(parcel_no="甲储出[2024]1号", milestones=_KNOWN)
    program.save(a_notice(parcels=(parcel,)))
    people = Desk(program.ledger, lambda: program.settings)
    people.set_time("1号", "报名截止", "2024-11-15T17:00", by="张三", now=program.clock.now())
    program.clock.move(timedelta(hours=1))
    moved = a_parcel(
        parcel_no="甲储出[2024]1号", milestones={"registration_close": "2024-11-13 17:00"}
    )
    program.save(a_notice(file="b.md", kind=Kind.POSTPONEMENT, parcels=(moved,)))
    (doubt,) = _doubts(program)
    assert doubt.kind is DoubtKind.DIFFERS
    ats = [evidence.at for evidence in doubt.candidates]
    assert ats == [shanghai_time("2024-11-15 17:00"), shanghai_time("2024-11-13 17:00")]
    _desk(program).take(doubt.id, 1, by="李四", now=program.clock.now())
    assert _doubts(program) == []
    (offer,) = program.ledger.parcels.all()
    assert offer.parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at == shanghai_time(
        "2024-11-15 17:00"
    )


def test_two_parcels_of_nearly_one_number_are_united_and_stay_one(world: MakeWorld) -> None:
    program = world()
    program.save(
        a_notice(notice_no="", parcels=(a_parcel(parcel_no="甲储出[2031]18号", milestones=_KNOWN),))
    )
    alike = a_parcel(
        parcel_no="甲储出2031-018号", milestones={"registration_close": "2024-11-13 17:00"}
    )
    program.save(a_notice(notice_no="", file="b.csv", parcels=(alike,)))
    (doubt,) = [doubt for doubt in _doubts(program) if doubt.kind is DoubtKind.ALIKE]
    (known,) = doubt.others
    program.clock.move(timedelta(hours=1))
    _desk(program).unite(doubt.id, known, by="张三", now=program.clock.now())
    going_on = [offer for offer in program.ledger.parcels.all() if offer.state is OfferState.OPEN]
    assert [offer.parcel.parcel_no for offer in going_on] == ["甲储出[2031]18号"]
    later = a_parcel(
        parcel_no="甲储出2031-018号", milestones={"registration_close": "2024-11-12 17:00"}
    )
    program.clock.move(timedelta(hours=1))
    program.save(a_notice(notice_no="", file="b.csv", parcels=(later,)))
    (offer,) = [offer for offer in program.ledger.parcels.all() if offer.state is OfferState.OPEN]
    assert offer.parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at == shanghai_time(
        "2024-11-12 17:00"
    )
    assert [doubt.kind for doubt in _doubts(program)] == []


def test_a_change_that_fits_nothing_is_applied_to_the_parcel_that_a_person_means(
    world: MakeWorld,
) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(parcel_no="甲储出[2024]1号", milestones=_KNOWN),)))
    change = Change(parcel_no="乙7号", field="registration_close", new="2024-11-20T17:00:00+08:00")
    postponed = a_notice(
        file="c.md",
        kind=Kind.POSTPONEMENT,
        notice_no="延期",
        parcels=(),
        changes=(change,),
        words="乙7号延期",
    )
    program.save(postponed)
    (doubt,) = _doubts(program)
    assert doubt.kind is DoubtKind.CHANGE
    _desk(program).unite(doubt.id, "1号", by="张三", now=program.clock.now())
    (offer,) = program.ledger.parcels.all()
    assert offer.parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at == shanghai_time(
        "2024-11-20 17:00"
    )
    assert _doubts(program) == []


def test_a_time_that_stands_odd_among_the_others_is_taken_and_said(world: MakeWorld) -> None:
    program = world()
    program.save(_doubtful())
    late = "2024-11-15 17:00"  # the deposit after the close of registration
    settled = _desk(program).enter(_doubts(program)[0].id, late, now=program.clock.now())
    (time,) = settled.times
    assert [finding.code for finding in time.findings] == [Code.DEPOSIT_AFTER_REGISTRATION]
    assert _stands(program) == shanghai_time(late)


def test_the_soonest_deadline_comes_first_and_what_is_over_is_no_doubt(world: MakeWorld) -> None:
    program = world()
    for number, day in (("甲储出[2024]1号", 20), ("甲储出[2024]2号", 10)):
        notice = _doubtful(f"{number}.md", number)
        parcel = a_parcel(
            parcel_no=number, milestones={"registration_close": f"2024-12-{day} 17:00"}
        )
        late = tuple(
            Evidence(at=shanghai_time(f"2024-12-{day} 12:00"), quote=number) for _ in range(1)
        )
        finding = Finding(
            code=Code.CELL_UNCERTAIN, parcel_no=number, field=_CLOSE.value, candidates=late
        )
        program.save(
            a_notice(file=notice.file, notice_no=number, parcels=(parcel,), findings=(finding,))
        )
    assert [doubt.offers[0].parcel.parcel_no[-2:] for doubt in _doubts(program)] == ["2号", "1号"]
    program.clock.set(shanghai_time("2025-01-01 10:00"))
    assert _doubts(program) == []


def test_commands_list_and_settle_doubts(
    world: MakeWorld,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clock:
        def now(self) -> object:
            return shanghai_time("2024-11-01 10:00")

    monkeypatch.setattr("notifier.cli.doubt_commands.SystemClock", Clock)
    program = world()
    program.save(_doubtful())
    config = str(tmp_path / "config.toml")
    assert main(["-c", config, "doubts", "--json"]) == 1
    (doubt,) = json.loads(capsys.readouterr().out)["doubts"]
    assert (doubt["kind"], doubt["parcels"], doubt["milestones"]) == (
        "time",
        ["甲储出[2024]1号"],
        ["deposit_close"],
    )
    assert doubt["candidates"][0]["at"] == "2024-11-13T17:00:00+08:00"
    assert main(["-c", config, "doubts"]) == 1
    assert "保证金11月13日17:00前到账" in capsys.readouterr().out
    assert main(["-c", config, "settle", doubt["id"], "--take", "1", "--by", "张三"]) == 0
    assert _stands(program) == shanghai_time("2024-11-13 17:00")
    assert main(["-c", config, "settle", doubt["id"], "--leave"]) == 2
    assert main(["-c", config, "doubts"]) == 0


def test_two_times_that_cannot_be_ordered_are_each_shown_in_their_own_words(
    world: MakeWorld,
) -> None:
    program = world()
    days = {"a.md": "2024-11-14 17:00", "b.md": "2024-11-20 17:00"}
    for file, at in days.items():
        parcel = a_parcel(parcel_no="甲储出[2024]1号", milestones={"registration_close": at})
        program.save(a_notice(file=file, parcels=(parcel,)))
    (doubt,) = _doubts(program)
    assert doubt.kind is DoubtKind.RIVAL
    quotes = [evidence.quote for evidence in doubt.candidates]
    assert quotes == ["2024年11月14日17:00", "2024年11月20日17:00"]
    _desk(program).take(doubt.id, 2, by="张三", now=program.clock.now())
    assert _doubts(program) == []
