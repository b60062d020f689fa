"""Lines of what people ask the ledger for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer
from notifier.domain.reminders import Reminder


@dataclass(frozen=True, kw_only=True, slots=True)
class AgendaLine:
    """A milestone ahead.

    `state`: ahead, acknowledged, skipped or suspended. `day_only`: it has no time of day, and is
    ahead until its day is over. `new` and `changed`: lately. `answered_by`: whose word the state
    is; `missing`: whose own answer is still waited for.
    """

    at: datetime
    milestone: str
    condition: str
    offer: Offer
    state: str
    day_only: bool = False
    new: bool = False
    changed: bool = False
    answered_by: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """A reminder ahead with its parcel's number.

    `held`: why it will not be sent as things stand, or empty.
    """

    reminder: Reminder
    offer_id: int
    parcel_no: str
    held: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedMessage:
    """The part of a message about one parcel: a reminder of a milestone, or news.

    `milestone` is empty where it is news.
    """

    kind: ItemKind
    parcel_no: str
    milestone: str
    milestone_at: datetime
    lead: str
    day_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryLine:
    """A delivery, its newest attempt in its words.

    `said` is what it told, `more` how much else where that was asked for in part, `alert` and
    `params` are an alert's. `text` is the message as it was sent last, as far as it is kept.
    """

    id: int
    message_id: int
    created_at: datetime
    ended_at: datetime | None
    recipient: str
    kind: str
    channel: str
    state: str
    attempts: int
    next_at: datetime | None
    words: str
    parcels: tuple[str, ...]
    said: tuple[ReportedMessage, ...] = ()
    more: int = 0
    alert: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeLine:
    """A notice as it was read last.

    `file` and `read_at` are of the latest of its `revisions`; `parcels`: how many it brought.
    """

    id: int
    kind: str
    notice_no: str
    title: str
    authority: str
    city: str
    known_at: datetime
    file: str
    read_at: datetime
    revisions: int
    parcels: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLine:
    """A file of the inbox as it was read last.

    `words`: why it was refused, or empty; `errors`: what of it could not be read, a line each.
    `untold_since`: since when one of them waits to be told to the operators; `told_at`: when they
    last heard of this file.
    """

    name: str
    size: int
    mtime_ns: int
    sha256: str
    read_at: datetime
    words: str = ""
    errors: str = ""
    untold_since: datetime | None = None
    told_at: datetime | None = None
