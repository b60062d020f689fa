"""Drafts and messages: the content for one recipient, before and after it is put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from notifier.domain.answer_links import AnswerLink
from notifier.domain.confirmation import Uncompared
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import Plain
from notifier.domain.source_watch import SourceWatch
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
    """The main kind of a message.

    Of several kinds in a message the one that stands first here counts.
    """

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
    """An earlier sending that an escalation lists: to whom, how, when, and whether it arrived."""

    recipient: str
    channel: str
    at: datetime
    arrived: bool = True
    urgent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing to say about one parcel; `id` is its reminder's.

    REMINDER and MISSED name a milestone and its instant `at`; NEW is about the whole parcel, with
    the lint's warnings in `findings`; CHANGE carries what changed; ESCALATION whom it was told
    before, without an answer. AGENDA is a line of a digest: a milestone and its instant, `new` and
    `changed` lately or not, `state` as in `AgendaLine` (ahead, acknowledged, skipped, suspended).
    `answered_by`: whose word that is. `can_wait`: a later lead is ahead, so that it can be put off.
    `missing`: whose own answer is still waited for.
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
    answered_by: str = ""
    can_wait: bool = False
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at is not None:
            aware(self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One message to one recipient, at `now`. `maybe_repeat`: an earlier attempt may have arrived.

    An ALERT has no items but a code, `alert`, whose sentence stands in the catalogues of
    `notifier/messages/` and is filled by `params`. `ahead_days`: how far a DIGEST looks, `days_off`
    those within, `uncovered`: parcels that nobody is reminded of. `uncompared`: the times that
    nobody has compared with the original; `sources`: what is known of where each parcel was read,
    by its id. `mentions`: who is called by name in a group if the
    message is urgent. `addressees`: whom it is for where several recipients are told the same at
    one address; else empty. `can_press`: whoever reads it there can press buttons;
    `reply_to`: the address at which a mail is answered. `key`: the same at each attempt at the same
    deliveries, and at no others. `events`: an ALERT as a program is told of it.
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
    uncovered: tuple[Offer, ...] = ()
    uncompared: Uncompared = field(default_factory=Uncompared)
    sources: Mapping[int, tuple[SourceWatch, ...]] = field(default_factory=dict)
    alert: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    can_press: bool = False
    reply_to: str = ""
    key: str = ""
    events: tuple[Plain, ...] = ()

    def __post_init__(self) -> None:
        aware(self.now)


class Markup(StrEnum):
    """The mark-up that a channel can show."""

    PLAIN = "plain"
    MARKDOWN = "markdown"  # WeCom's subset: bold, quotes, links, colours
    TELEGRAM = "telegram"  # Telegram's subset of HTML
    EVENTS = "events"  # for programs: values, no words
    MAIL = "mail"  # HTML beside plain text, a subject of its own, an .ics attached


class Unit(StrEnum):
    """The unit of a channel's limit.

    CHARACTERS are units of UTF-16: no other way of counting gives more.
    """

    BYTES = "bytes"
    CHARACTERS = "characters"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The form of a channel's messages.

    `limit`: the longest body in `unit`, its mark-up counted; None: any.

    `pictures`: it takes an attached picture; `buttons`: rows of buttons to press.
    `forgets_presses`: a press that comes while nobody listens is lost.
    """

    TEXT: ClassVar[Form]
    WECOM: ClassVar[Form]
    MARKDOWN: ClassVar[Form]
    TELEGRAM: ClassVar[Form]
    MAIL: ClassVar[Form]
    EVENTS: ClassVar[Form]

    markup: Markup = Markup.PLAIN
    limit: int | None = None
    unit: Unit = Unit.CHARACTERS
    pictures: bool = False
    buttons: bool = False
    forgets_presses: bool = False

    def size(self, text: str) -> int:
        """The length of `text` in the unit of the limit."""
        if self.unit is Unit.BYTES:
            return len(text.encode("utf-8", "replace"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def fits(self, text: str) -> bool:
        return self.limit is None or self.size(text) <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" of at most {self.limit} {self.unit}"
        return f"{self.markup}{limit}"


Form.TEXT = Form()
Form.WECOM = Form(limit=2_048, unit=Unit.BYTES)
Form.MARKDOWN = Form(markup=Markup.MARKDOWN, limit=4_096, unit=Unit.BYTES, pictures=True)
Form.TELEGRAM = Form(markup=Markup.TELEGRAM, limit=4_096, pictures=True, buttons=True)
Form.MAIL = Form(markup=Markup.MAIL, pictures=True)
Form.EVENTS = Form(markup=Markup.EVENTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Button:
    """What people press in a message: its words, and the key that comes back (64 bytes at most).

    `link`: what the key stands for.
    """

    label: str
    key: str
    link: AnswerLink | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A rendered draft.

    `text` is always there and plain; `html` and `markdown` in the forms that show them.

    But for MAIL, where `title` is the subject, the body begins with the title: a channel sends it
    as it is. An attachment whose `name` the `html` refers to as `cid:NAME` is shown inline; its
    `media_type` may carry a parameter (`text/calendar; method=PUBLISH`). `mentions`: mobile numbers
    or member ids of those to be called by name (@) in a group; each channel writes them in its own
    way. `buttons`: rows of what can be pressed, where the form shows them. `reply_to`: the address
    at which a mail is answered; `reply_key`: by which the reply is known again. `key`: by which a
    program knows a repeat.
    """

    form: Form
    title: str
    text: str
    html: str = ""
    markdown: str = ""
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[str, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str = ""
    reply_key: str = ""
    key: str = ""

    @property
    def body(self) -> str:
        """Return the text that the form's limit counts."""
        return {Markup.TELEGRAM: self.html, Markup.MARKDOWN: self.markdown}.get(
            self.form.markup, self.text
        )
