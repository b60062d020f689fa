"""What one recipient is told at once, before it is put into words, and the words after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from notifier.domain.offers import Offer, OfferChange
from notifier.domain.times import aware
from notifier.domain.values import Finding, MilestoneName

Language = Literal["zh", "en"]


class ItemKind(StrEnum):
    REMINDER = "reminder"
    NEW = "new"
    CHANGE = "change"
    MISSED = "missed"
    ESCALATION = "escalation"
    AGENDA = "agenda"


class DraftKind(StrEnum):
    """What a message mainly is; the order here is the order of precedence when it holds several kinds."""

    ESCALATION = "escalation"
    CATCH_UP = "catch-up"
    CHANGE = "change"
    REMINDER = "reminder"
    NEW = "new"
    MISSED = "missed"
    DIGEST = "digest"
    ALERT = "alert"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """That `recipient` was sent this on `channel` at `at`, or that it has not `arrived`: what an escalation says."""

    recipient: str
    channel: str
    at: datetime
    arrived: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing to say about one parcel; `id` is its reminder's.

    REMINDER and MISSED name a milestone and its instant `at`; NEW is about the whole parcel, with the
    lint's warnings in `findings`; CHANGE carries what changed; ESCALATION
    whom it was told before, without an answer. AGENDA is a line of a digest: a milestone and its instant,
    `new` and `changed` lately or not, `state` as in `AgendaLine` (ahead, acknowledged, skipped, suspended).
    """

    kind: ItemKind
    offer: Offer
    id: bytes = b""
    milestone: MilestoneName | None = None
    at: datetime | None = None
    lead: str = ""
    urgent: bool = False
    provisional: bool = False
    condition: str = ""
    note: str = ""
    change: OfferChange | None = None
    findings: tuple[Finding, ...] = ()
    told: tuple[Told, ...] = ()
    new: bool = False
    changed: bool = False
    state: str = ""

    def __post_init__(self) -> None:
        if self.at is not None:
            aware(self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One message to one recipient, at `now`. `maybe_repeat`: an earlier attempt may have arrived.

    An ALERT has no items but a code, `alert`, whose sentence stands in the catalogues of
    `notifier/messages/` and is filled by `params`. `ahead_days`: how far a DIGEST looks, `days_off` those within.
    """

    recipient: str
    kind: DraftKind
    items: tuple[Item, ...]
    now: datetime
    language: Language = "zh"
    urgent: bool = False
    maybe_repeat: bool = False
    part: int = 1
    parts: int = 1
    failed_channels: tuple[str, ...] = ()
    ahead_days: int = 14
    days_off: frozenset[date] = frozenset()
    alert: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        aware(self.now)


class Form(StrEnum):
    """How a channel wants to be spoken to."""

    TEXT = "text"  # plain text of any length: the console, a log
    WECOM = "wecom"  # plain text, short: at most 2,048 bytes of UTF-8
    MAIL = "mail"  # HTML with a plain-text part and an .ics attached
    TELEGRAM = "telegram"  # Telegram's HTML subset: at most 4,096 characters after parsing


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A rendered draft. `text` is always there and plain; `html` only in the forms that have mark-up.

    But for MAIL, where `title` is the subject, the body begins with the title: a channel sends it as it is.
    An attachment whose `name` the `html` refers to as `cid:NAME` is shown inline.
    """

    form: Form
    title: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
