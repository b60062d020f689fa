"""Statements about a milestone, and the one rule by which one of them stands.

Every statement is kept. What stands:

* a person's word, until a person changes it; a later document that differs is asked about;
* else the newest statement. Notices are ordered by the day they were published, a notice of change
  comes after what it changes, everything else by when it was read. A source that repeats its own
  word says nothing new, unless a person had the file read on purpose;
* a day never replaces an hour of that same day;
* what was recognised in a picture never replaces what a text states; a text that says the same
  replaces it;
* of statements that cannot be ordered the earlier instant, marked doubtful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from notifier.domain.times import aware, shanghai
from notifier.domain.values import Milestone, Source


class Origin(StrEnum):
    """The kind of source of a statement."""

    NOTICE = "notice"
    CHANGE = "change"
    TABLE = "table"
    PERSON = "person"


_DOCUMENTS = (Origin.NOTICE, Origin.CHANGE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """The source of statements.

    `said_at`: when it was read, or when the person said it. `on_purpose`: a person had the file
    read by a command, whether it was read before or not.
    """

    origin: Origin
    said_at: datetime
    file: str = ""
    published: date | None = None
    by: str = ""
    why: str = ""
    on_purpose: bool = False

    def __post_init__(self) -> None:
        aware(self.said_at, "said_at")

    @property
    def is_person(self) -> bool:
        return self.origin is Origin.PERSON

    def is_same_source(self, other: Speaker) -> bool:
        return (
            not self.is_person
            and (self.origin, self.file) == (other.origin, other.file)
            and self.file != ""
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One milestone, as `speaker` says it.

    `milestone` None: there is none, says a person; with `withdrawn`: the person's earlier word no
    longer holds.
    """

    speaker: Speaker
    milestone: Milestone | None
    withdrawn: bool = False

    def agrees(self, other: Statement) -> bool:
        if self.milestone is None or other.milestone is None:
            return self.milestone is other.milestone
        same_instant = self.milestone.at == other.milestone.at
        return same_instant and self.milestone.precision is other.milestone.precision

    @property
    def is_scanned(self) -> bool:
        """Return whether it was recognised in a picture: certain only once a text says the same."""
        return self.milestone is not None and self.milestone.source is Source.SCANNED


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The statement that holds, and the later one that could not be ordered with it."""

    statement: Statement
    rival: Statement | None = None

    @property
    def milestone(self) -> Milestone | None:
        """The milestone that is reminded of, with its rival's instant."""
        stated = self.statement.milestone
        if stated is None or self.rival is None or self.rival.milestone is None:
            return stated
        return replace(stated, rival=self.rival.milestone.at)


class StatementVerdict(StrEnum):
    """The decision about a new statement, with its reason."""

    FIRST = "the first statement"
    NEWER = "newer than what stood"
    FINER = "an hour for a day"
    SURER = "a text says what a picture showed"
    SAME = "what stands"
    REPEATED = "its source said so before"
    COARSER = "only the day of an hour that stands"
    OLDER = "older than what stands"
    UNORDERED = "cannot be ordered"
    KEPT = "a person's word stands"
    ASKED = "a person's word stands, and this was asked about before"

    @property
    def is_taken(self) -> bool:
        return self in _TAKEN


_TAKEN = frozenset(
    {
        StatementVerdict.FIRST,
        StatementVerdict.NEWER,
        StatementVerdict.FINER,
        StatementVerdict.SURER,
    }
)


def weigh(
    standing: Standing | None, earlier: Sequence[Statement], new: Statement
) -> StatementVerdict:
    """Decide about the statement `new` beside the standing one.

    `earlier`: all statements of this milestone before it.
    """
    if new.speaker.is_person:
        return StatementVerdict.NEWER
    if standing is None:
        return StatementVerdict.FIRST
    stands = standing.statement
    if _is_only_day_of(new, stands):
        return StatementVerdict.COARSER
    if new.agrees(stands) and standing.rival is None:
        is_surer = stands.is_scanned and not new.is_scanned
        return StatementVerdict.SURER if is_surer else StatementVerdict.SAME
    if not new.speaker.on_purpose and _repeats_own_word(new, earlier):
        return StatementVerdict.REPEATED
    if stands.speaker.is_person:
        return StatementVerdict.ASKED if _was_asked(new, earlier) else StatementVerdict.KEPT
    if new.is_scanned and not stands.is_scanned and not new.agrees(stands):
        return StatementVerdict.UNORDERED
    if _is_only_day_of(stands, new):
        return StatementVerdict.FINER
    others = [
        other for other in (stands, standing.rival) if other is not None and not new.agrees(other)
    ]
    orders = {_order(new, other, earlier) for other in others}
    if orders <= {StatementVerdict.NEWER}:
        return StatementVerdict.NEWER
    if new.agrees(stands):
        return StatementVerdict.SAME
    return (
        StatementVerdict.OLDER if StatementVerdict.OLDER in orders else StatementVerdict.UNORDERED
    )


def settle(standing: Standing | None, new: Statement, verdict: StatementVerdict) -> Standing | None:
    """Return the standing statement after `new` had this verdict."""
    if standing is None or verdict.is_taken:
        return Standing(statement=new)
    if verdict is not StatementVerdict.UNORDERED:
        return standing
    others = [
        statement
        for statement in (standing.statement, standing.rival, new)
        if statement is not None and statement.milestone is not None
    ]
    others.sort(key=_instant)
    return Standing(statement=others[0], rival=others[-1])


def stands(statements: Sequence[Statement]) -> Standing | None:
    """Return the standing statement of one milestone, None where nothing is said of it.

    `statements` are in the order in which they came.
    """
    standing: Standing | None = None
    heard: list[Statement] = []
    for statement in statements:
        if statement.withdrawn:
            heard = [statement for statement in heard if not statement.speaker.is_person]
            standing = stands(heard)
            continue
        standing = settle(standing, statement, weigh(standing, heard, statement))
        heard.append(statement)
    return standing


def _instant(statement: Statement) -> datetime:
    # only a person says that there is none, and a person's word is no rival
    assert statement.milestone is not None
    return statement.milestone.at


def _is_only_day_of(coarse: Statement, fine: Statement) -> bool:
    if coarse.milestone is None or fine.milestone is None:
        return False
    if not coarse.milestone.day_only or fine.milestone.day_only:
        return False
    return shanghai(coarse.milestone.at).date() == shanghai(fine.milestone.at).date()


def _repeats_own_word(new: Statement, earlier: Sequence[Statement]) -> bool:
    own = _last_of(new.speaker, earlier)
    return own is not None and own.agrees(new)


def _last_of(speaker: Speaker, earlier: Sequence[Statement]) -> Statement | None:
    own = [statement for statement in earlier if statement.speaker.is_same_source(speaker)]
    return own[-1] if own else None


def _was_asked(new: Statement, earlier: Sequence[Statement]) -> bool:
    """Return whether the same was said, and so asked about, since a person spoke last."""
    since: list[Statement] = []
    for statement in earlier:
        since = [] if statement.speaker.is_person else [*since, statement]
    return any(statement.agrees(new) for statement in since) and not new.speaker.on_purpose


def _order(new: Statement, other: Statement, earlier: Sequence[Statement]) -> StatementVerdict:
    """Return whether `new`, which was read after `other`, is the newer of both."""
    mine, theirs = new.speaker, other.speaker
    by_day = _by_day(mine, theirs)
    # which document is the older is known, and reading it again makes it no newer
    if mine.on_purpose:
        return (
            StatementVerdict.UNORDERED
            if by_day is StatementVerdict.OLDER
            else StatementVerdict.NEWER
        )
    own = _last_of(mine, earlier)
    if own is not None:  # the source has changed its word
        return StatementVerdict.NEWER
    if by_day in (StatementVerdict.NEWER, StatementVerdict.OLDER):
        return by_day
    if theirs.origin is Origin.CHANGE and mine.origin is not Origin.CHANGE:
        was_said = any(statement.agrees(new) for statement in earlier)
        if mine.origin is Origin.NOTICE:  # a copy of what the change has changed
            return StatementVerdict.OLDER if was_said else StatementVerdict.UNORDERED
        return (
            StatementVerdict.UNORDERED if was_said else StatementVerdict.NEWER
        )  # it may have been written before the change
    if mine.origin is Origin.CHANGE and theirs.origin is not Origin.CHANGE:
        return StatementVerdict.NEWER
    if by_day is not None:
        return by_day
    return StatementVerdict.UNORDERED if mine.said_at == theirs.said_at else StatementVerdict.NEWER


def _by_day(mine: Speaker, theirs: Speaker) -> StatementVerdict | None:
    """Compare the days of publication of two documents; None if one is not known."""
    if mine.origin not in _DOCUMENTS or theirs.origin not in _DOCUMENTS:
        return None
    if mine.published is None or theirs.published is None:
        return None
    if mine.published == theirs.published:
        return StatementVerdict.UNORDERED
    return StatementVerdict.NEWER if mine.published > theirs.published else StatementVerdict.OLDER
