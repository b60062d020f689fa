"""What any ledger must hold to: a recipient waits for the own answer of each of its people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.config import published_calendar
from notifier.domain.planning import ALL_MILESTONES, Planner
from notifier.domain.values import MilestoneName
from notifier.ports import Ledger
from notifier.testing import a_notice
from tests.contract.world import DUE, LEASE, MINUTE, NOW, ROUTES, TEAM, begin, parcel_of, plan

_OPEN = MilestoneName.BIDDING_OPEN  # what is due first
_BOTH = ("张三", "李四")


def _planner(*people: str) -> Planner:
    return Planner(recipients=(replace(TEAM, people=people),), calendar=published_calendar())


def _planned(ledger: Ledger) -> int:
    """One parcel, of which the team waits for both answers; return its id."""
    ledger.notices.save(a_notice(), (), NOW)
    plan(ledger, planner=_planner(*_BOTH))
    return parcel_of(ledger).id


def _missing_on_board(ledger: Ledger) -> tuple[str, ...]:
    (line,) = ledger.board.lines()
    return tuple(line.missing.get(_OPEN, ()))


def _state(ledger: Ledger) -> tuple[str, tuple[str, ...]]:
    lines = ledger.views.agenda(NOW, NOW + timedelta(days=99))
    (line,) = (line for line in lines if line.milestone == _OPEN)
    return line.state, line.missing


def _ahead(ledger: Ledger) -> set[str]:
    return {
        line.reminder.milestone or ""
        for line in ledger.views.plan_ahead(NOW)
        if not line.held and line.reminder.milestone
    }


def test_it_is_done_when_each_has_answered(ledger: Ledger) -> None:
    number = _planned(ledger)
    assert _state(ledger) == ("ahead", _BOTH)
    ledger.acknowledgements.add(number, _OPEN, "张三", NOW)
    plan(ledger, planner=_planner(*_BOTH))
    assert _OPEN in _ahead(ledger)
    assert _state(ledger) == ("ahead", ("李四",))
    assert _missing_on_board(ledger) == ("李四",)
    assert ledger.board.lines()[0].answers == {}
    assert ledger.acknowledgements.missing(number, _OPEN) == ("李四",)
    assert ledger.acknowledgements.missing(number, _OPEN, "team") == ("李四",)
    assert ledger.acknowledgements.missing(number, _OPEN, "other") == ()
    ledger.acknowledgements.add(number, _OPEN, "李四", NOW + MINUTE)
    plan(ledger, planner=_planner(*_BOTH))
    assert _OPEN not in _ahead(ledger)
    assert _state(ledger)[0] == "acknowledged"
    (line,) = ledger.board.lines()
    assert (line.answers[_OPEN].by, line.answers[_OPEN].at) == ("张三、李四", NOW + MINUTE)
    assert ledger.acknowledgements.own(number, _OPEN) == {"张三": NOW, "李四": NOW + MINUTE}


def test_the_word_of_others_and_of_nobody_is_none_of_theirs(ledger: Ledger) -> None:
    number = _planned(ledger)
    for by in ("王五", "", "team"):
        ledger.acknowledgements.add(number, _OPEN, by, NOW)
    plan(ledger, planner=_planner(*_BOTH))
    assert _OPEN in _ahead(ledger)
    assert _state(ledger) == ("ahead", _BOTH)


def test_whoever_left_the_config_counts_no_more(ledger: Ledger) -> None:
    number = _planned(ledger)
    ledger.acknowledgements.add(number, _OPEN, "张三", NOW)
    plan(ledger, planner=_planner("张三"))
    assert _OPEN not in _ahead(ledger)
    assert _state(ledger) == ("acknowledged", ())
    assert _missing_on_board(ledger) == ()
    plan(ledger, planner=_planner("张三", "王五"))
    assert _OPEN in _ahead(ledger)
    assert _state(ledger) == ("ahead", ("王五",))
    plan(ledger, planner=_planner())
    assert _OPEN not in _ahead(ledger)


def test_a_parcel_that_is_skipped_is_skipped_by_anybodys_word(ledger: Ledger) -> None:
    number = _planned(ledger)
    ledger.acknowledgements.add(number, ALL_MILESTONES, "张三", NOW)
    plan(ledger, planner=_planner(*_BOTH))
    assert _ahead(ledger) == set()
    assert _state(ledger) == ("skipped", ())
    assert ledger.views.owing(NOW) == {}


def test_what_is_taken_back_is_asked_of_everybody_again(ledger: Ledger) -> None:
    number = _planned(ledger)
    for person in _BOTH:
        ledger.acknowledgements.add(number, _OPEN, person, NOW)
    assert ledger.acknowledgements.remove(number, _OPEN, "王五", NOW) == 1
    assert ledger.acknowledgements.missing(number, _OPEN) == ("张三", "李四")
    assert ledger.acknowledgements.own(number, _OPEN) == {}


def test_each_own_word_is_news_that_says_who_is_missing(ledger: Ledger) -> None:
    number = _planned(ledger)
    ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    for person in ("张三", "王五", "张三", "李四"):
        ledger.acknowledgements.add(number, _OPEN, person, DUE)
    words = ledger.answer_news.untold("team", DUE)
    assert [(word.by, word.missing) for word in words] == [("张三", ()), ("李四", ())]
    ledger.acknowledgements.remove(number, _OPEN, "王五", DUE)
    ledger.acknowledgements.add(number, _OPEN, "李四", DUE)
    assert ledger.answer_news.untold("team", DUE)[-1].missing == ("张三",)


def test_who_owes_an_answer_that_others_gave_is_counted(ledger: Ledger) -> None:
    number = _planned(ledger)
    assert ledger.views.owing(NOW) == {}
    ledger.acknowledgements.add(number, _OPEN, "张三", NOW)
    assert ledger.views.owing(NOW) == {"李四": 1}
    assert ledger.views.owing(NOW + timedelta(days=99)) == {}


@pytest.mark.parametrize("answers", [(), ("张三",), _BOTH])
def test_a_message_on_its_way_is_void_when_each_has_answered(
    ledger: Ledger, answers: tuple[str, ...]
) -> None:
    number = _planned(ledger)
    ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    job = begin(ledger)
    for person in answers:
        ledger.acknowledgements.add(number, _OPEN, person, DUE)
    assert ledger.outbox.is_answered(job, DUE) == (answers == _BOTH)
    ledger.outbox.put_back(job.together)
    again = ledger.outbox.begin("console", DUE, LEASE)
    assert again is not None
    (entry,) = (
        entry
        for delivery in again.together
        for entry in delivery.entries
        if entry.reminder.milestone == _OPEN
    )
    assert bool(entry.void) == (answers == _BOTH)
    assert entry.missing == tuple(person for person in _BOTH if person not in answers)
