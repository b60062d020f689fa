"""What stands of several statements about one milestone: the one rule, with plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.statements import (
    Origin,
    Speaker,
    Standing,
    Statement,
    StatementVerdict,
    settle,
    stands,
    weigh,
)
from notifier.domain.values import Milestone, Precision
from notifier.testing import shanghai_time

_NOW = shanghai_time("2024-11-01 10:00")
_14, _16, _20 = (shanghai_time(f"2024-11-{day} 17:00") for day in (14, 16, 20))
_LISTED, _CHANGED = date(2024, 10, 16), date(2024, 10, 30)


def statement(
    origin: Origin, at: datetime, file: str = "", *, hours: int = 0, day: date | None = None
) -> Statement:
    speaker = Speaker(
        origin=origin, said_at=_NOW + timedelta(hours=hours), file=file or origin, published=day
    )
    return Statement(speaker=speaker, milestone=Milestone(at=at))


def on_purpose(statement: Statement) -> Statement:
    return replace(statement, speaker=replace(statement.speaker, on_purpose=True))


def of_day(statement: Statement) -> Statement:
    """The same source, with the day alone."""
    assert statement.milestone is not None
    midnight = shanghai_time(f"{statement.milestone.at:%Y-%m-%d} 00:00")
    return replace(statement, milestone=Milestone(at=midnight, precision=Precision.DAY))


def standing(*statements: Statement) -> Standing:
    found = stands(statements)
    assert found is not None
    return found


def instants(*statements: Statement) -> tuple[datetime | None, datetime | None]:
    """(what stands, its rival)."""
    milestone = standing(*statements).milestone
    return (None, None) if milestone is None else (milestone.at, milestone.rival)


def verdict(new: Statement, *earlier: Statement) -> StatementVerdict:
    return weigh(stands(earlier), earlier, new)


LISTING = statement(Origin.NOTICE, _14, "listing.html", day=_LISTED)
CHANGE = statement(Origin.CHANGE, _20, "change.html", hours=1, day=_CHANGED)


def test_the_newest_table_stands_also_with_a_time_that_was_replaced_before() -> None:
    first = statement(Origin.TABLE, _14, "a.xlsx")
    wrong = statement(Origin.TABLE, _16, "b.xlsx", hours=1)
    assert instants(first, wrong, statement(Origin.TABLE, _14, "c.xlsx", hours=2)) == (_14, None)
    assert instants(
        first,
        statement(Origin.TABLE, _16, "a.xlsx", hours=1),
        statement(Origin.TABLE, _14, "a.xlsx", hours=2),
    ) == (
        _14,
        None,
    )


def test_a_source_that_repeats_its_own_word_says_nothing_new() -> None:
    table = statement(Origin.TABLE, _14, "a.xlsx")
    again = statement(Origin.TABLE, _14, "a.xlsx", hours=2)
    assert verdict(again, table, CHANGE) is StatementVerdict.REPEATED
    assert verdict(on_purpose(again), table, CHANGE) is StatementVerdict.NEWER


def test_notices_are_ordered_by_the_day_of_their_publication_whichever_is_read_first() -> None:
    assert verdict(CHANGE, LISTING) is StatementVerdict.NEWER
    assert verdict(LISTING, CHANGE) is StatementVerdict.OLDER
    later = statement(Origin.CHANGE, _16, "second.html", hours=2, day=date(2024, 11, 2))
    assert instants(LISTING, later, CHANGE) == (_16, None)


def test_a_copy_of_the_notice_that_was_changed_changes_nothing() -> None:
    undated = statement(Origin.NOTICE, _14, "copy.pdf", hours=2)
    assert (
        verdict(undated, statement(Origin.NOTICE, _14), statement(Origin.CHANGE, _20))
        is StatementVerdict.OLDER
    )


def test_a_table_that_gives_the_time_from_before_a_change_makes_it_doubtful() -> None:
    table = statement(Origin.TABLE, _14, "export.xlsx", hours=2)
    assert instants(LISTING, CHANGE, table) == (_14, _20)
    brought_forward = statement(
        Origin.CHANGE, shanghai_time("2024-11-10 17:00"), "change.html", hours=1, day=_CHANGED
    )
    assert instants(LISTING, brought_forward, table) == (shanghai_time("2024-11-10 17:00"), _14)


def test_a_table_that_gives_a_new_time_after_a_change_is_newer() -> None:
    assert instants(LISTING, CHANGE, statement(Origin.TABLE, _16, "corrected.xlsx", hours=2)) == (
        _16,
        None,
    )


@pytest.mark.parametrize(
    ("statement", "other"),
    [
        (statement(Origin.TABLE, _14, "a.xlsx"), statement(Origin.TABLE, _16, "b.xlsx")),
        (
            statement(Origin.NOTICE, _14, "a.html", day=_LISTED),
            statement(Origin.NOTICE, _16, "a.pdf", hours=3, day=_LISTED),
        ),
        (
            statement(Origin.CHANGE, _16, "a.html", day=_CHANGED),
            statement(Origin.CHANGE, _14, "b.html", hours=3, day=_CHANGED),
        ),
    ],
)
def test_of_what_cannot_be_ordered_the_earlier_one_stands_in_either_order(
    statement: Statement, other: Statement
) -> None:
    assert verdict(other, statement) is StatementVerdict.UNORDERED
    assert instants(statement, other) == (_14, _16)
    assert instants(other, statement)[0] == _14


def test_a_newer_statement_ends_a_doubt() -> None:
    doubtful = (statement(Origin.TABLE, _14, "a.xlsx"), statement(Origin.TABLE, _16, "b.xlsx"))
    assert instants(*doubtful, statement(Origin.TABLE, _16, "c.xlsx", hours=1)) == (_16, None)
    assert instants(*doubtful, statement(Origin.TABLE, _14, "c.xlsx", hours=1)) == (_14, None)
    assert instants(*doubtful, statement(Origin.PERSON, _16, hours=1)) == (_16, None)


def test_a_day_never_replaces_an_hour_of_that_day_and_an_hour_replaces_its_day() -> None:
    hour, day = LISTING, of_day(statement(Origin.TABLE, _14, "days.xlsx", hours=1))
    assert verdict(day, hour) is StatementVerdict.COARSER
    assert verdict(on_purpose(day), hour) is StatementVerdict.COARSER
    assert instants(day, hour) == (_14, None)
    assert (
        verdict(of_day(statement(Origin.TABLE, _16, "days.xlsx", hours=1)), hour)
        is StatementVerdict.NEWER
    )


def test_a_persons_word_stands_and_a_later_document_that_differs_is_asked_about_once() -> None:
    person = statement(Origin.PERSON, _16, hours=1)
    later = statement(Origin.CHANGE, _20, "change.html", hours=2, day=date(2024, 12, 1))
    assert verdict(later, LISTING, person) is StatementVerdict.KEPT
    assert instants(LISTING, person, later) == (_16, None)
    assert (
        verdict(replace(later, speaker=replace(later.speaker, file="copy.html")), person, later)
        is StatementVerdict.ASKED
    )
    assert verdict(statement(Origin.TABLE, _16, "a.xlsx", hours=3), person) is StatementVerdict.SAME
    assert instants(person, statement(Origin.PERSON, _20, hours=5)) == (_20, None)


def test_a_person_may_say_that_there_is_no_such_time_and_take_that_back() -> None:
    none = Statement(speaker=statement(Origin.PERSON, _14, hours=1).speaker, milestone=None)
    back = Statement(
        speaker=statement(Origin.PERSON, _14, hours=2).speaker, milestone=None, withdrawn=True
    )
    assert instants(LISTING, none) == (None, None)
    assert verdict(CHANGE, LISTING, none) is StatementVerdict.KEPT
    assert instants(LISTING, none, back) == (_14, None)
    assert instants(LISTING, none, CHANGE, back) == (_20, None)


def test_a_document_read_again_on_purpose_is_no_newer_than_what_was_published_after_it() -> None:
    again = on_purpose(
        replace(LISTING, speaker=replace(LISTING.speaker, said_at=_NOW + timedelta(hours=9)))
    )
    assert instants(LISTING, CHANGE, again) == (_14, _20)
    assert instants(LISTING, CHANGE, again, on_purpose(CHANGE)) == (_20, None)


_STATEMENTS = st.builds(
    statement,
    st.sampled_from(list(Origin)),
    st.sampled_from([_14, _16, _20]),
    st.sampled_from(["a", "b", "c"]),
    hours=st.integers(0, 3),
    day=st.sampled_from([None, _LISTED, _CHANGED]),
)


@given(st.lists(_STATEMENTS, min_size=1, max_size=8))
def test_what_stands_was_said_and_a_doubt_is_later_than_what_is_reminded_of(
    statements: list[Statement],
) -> None:
    found = standing(*statements)
    assert found.statement in statements
    milestone = found.milestone
    assert milestone is not None
    assert milestone.rival is None or milestone.rival > milestone.at
    people = [statement for statement in statements if statement.speaker.is_person]
    assert not people or found.statement is people[-1]


@given(st.lists(_STATEMENTS, min_size=1, max_size=8), _STATEMENTS)
def test_weighing_one_by_one_gives_what_all_of_them_give(
    statements: list[Statement], new: Statement
) -> None:
    before = stands(statements)
    assert settle(before, new, weigh(before, statements, new)) == stands([*statements, new])
