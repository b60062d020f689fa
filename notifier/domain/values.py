"""The values of a notice: parcels, milestones, findings.

Frozen, keyword-only, aware of time zones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from notifier.domain.fields import FactGroup, fields_of, number_field, properties_of, text_field
from notifier.domain.times import aware


class Kind(StrEnum):
    """The kind of a notice."""

    LISTING = "listing"
    AUCTION = "auction"
    TENDER = "tender"
    POSTPONEMENT = "postponement"
    CORRECTION = "correction"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"
    TERMINATION = "termination"
    RESULT = "result"
    OTHER = "other"


OFFERING_KINDS = frozenset({Kind.LISTING, Kind.AUCTION, Kind.TENDER})


class Window(StrEnum):
    """The window that a milestone opens, closes or starts.

    A deposit only closes, an auction only starts.
    """

    REGISTRATION = "registration"
    DEPOSIT = "deposit"
    BIDDING = "bidding"
    AUCTION = "auction"


class WindowEnd(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    START = "start"


class MilestoneName(StrEnum):
    """The six instants of a parcel's auction, in the order in which they usually come."""

    REGISTRATION_OPEN = "registration_open"
    REGISTRATION_CLOSE = "registration_close"
    DEPOSIT_CLOSE = "deposit_close"
    BIDDING_OPEN = "bidding_open"
    BIDDING_CLOSE = "bidding_close"
    AUCTION_START = "auction_start"


@dataclass(frozen=True, kw_only=True, slots=True)
class MilestoneKind:
    """A row of the table of milestones.

    `leads` and `urgent_from`: the default rule, in the words of a config (`domain/leads.py`); empty
    for none.
    """

    window: Window
    end: WindowEnd
    leads: str = ""
    urgent_from: str = ""


# To add a milestone: its name above, its row here, its words in the catalogues ([milestone]) and in
# messages/typed.toml, its headings in intake/headings.toml.
# Money takes a company days to move (budget, guarantee, bank), an application takes hours, a quote
# minutes.
MILESTONES: Mapping[MilestoneName, MilestoneKind] = {
    MilestoneName.REGISTRATION_OPEN: MilestoneKind(window=Window.REGISTRATION, end=WindowEnd.OPEN),
    MilestoneName.REGISTRATION_CLOSE: MilestoneKind(
        window=Window.REGISTRATION,
        end=WindowEnd.CLOSE,
        leads="3wd@09:00 1wd@09:00 3h 30m",
        urgent_from="3h",
    ),
    MilestoneName.DEPOSIT_CLOSE: MilestoneKind(
        window=Window.DEPOSIT,
        end=WindowEnd.CLOSE,
        leads="5wd@09:00 2wd@09:00 1wd@09:00 3h",
        urgent_from="3h",
    ),
    MilestoneName.BIDDING_OPEN: MilestoneKind(
        window=Window.BIDDING, end=WindowEnd.OPEN, leads="1wd@09:00 30m", urgent_from="0m"
    ),
    MilestoneName.BIDDING_CLOSE: MilestoneKind(
        window=Window.BIDDING, end=WindowEnd.CLOSE, leads="1wd@09:00 3h 30m 10m", urgent_from="30m"
    ),
    MilestoneName.AUCTION_START: MilestoneKind(
        window=Window.AUCTION, end=WindowEnd.START, leads="1wd@09:00 2h 30m", urgent_from="30m"
    ),
}


def milestones_with(*ends: WindowEnd) -> tuple[MilestoneName, ...]:
    """Return the milestones that are one of these ends of their window, in usual order."""
    return tuple(name for name, kind in MILESTONES.items() if kind.end in ends)


def _windows() -> dict[Window, tuple[MilestoneName, MilestoneName]]:
    opens = {MILESTONES[name].window: name for name in milestones_with(WindowEnd.OPEN)}
    closes = {MILESTONES[name].window: name for name in milestones_with(WindowEnd.CLOSE)}
    return {
        window: (opening, closes[window]) for window, opening in opens.items() if window in closes
    }


WINDOW_ENDS: Mapping[Window, tuple[MilestoneName, MilestoneName]] = _windows()
"""The windows that have both an open and a close, with these milestones."""


class Precision(StrEnum):
    MINUTE = "minute"
    DAY = "day"


class Source(StrEnum):
    """The source of a milestone's value."""

    STATED = "stated"
    INHERITED = "inherited"
    INFERRED = "inferred"
    SCANNED = "scanned"
    SET = "set"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a file. All counts start at 1; a sheet is named if there are several."""

    line: int | None = None
    row: int | None = None
    column: str | None = None
    table: int | None = None
    page: int | None = None
    sheet: str | None = None

    def __str__(self) -> str:
        """Return the place in words, empty when unknown.

        `line 31`, `table 2, row 3, column 截止报价时间`, `row 7, column 报名截止`.
        """
        parts = [
            f"{word} {value}"
            for word, value in (
                ("sheet", self.sheet),
                ("page", self.page),
                ("line", self.line),
                ("table", self.table),
                ("row", self.row),
                ("column", self.column),
            )
            if value is not None
        ]
        return ", ".join(parts)

    def prefix(self, file: str) -> str:
        """`parcels.csv:7: column 报名截止` or `notice.md:31`: how an error line names the place."""
        number = self.line if self.line is not None else self.row
        head = file if number is None else f"{file}:{number}"
        rest = [
            f"{word} {value}"
            for word, value in (
                ("sheet", self.sheet),
                ("page", self.page),
                ("table", self.table),
                ("column", self.column),
            )
            if value is not None
        ]
        return ": ".join([head, *([", ".join(rest)] if rest else [])])


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A place of a file that speaks of a time.

    What was read from it, in which words, by which rule of the reader.
    """

    at: datetime
    precision: Precision = Precision.MINUTE
    quote: str = ""
    place: Place = NOWHERE
    rule: str = ""

    def __post_init__(self) -> None:
        aware(self.at, "evidence")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """An error or a doubt that the reader or the lint found.

    `code` names the sentence in the catalogues of `notifier/messages/`, `params` fills it. `field`
    is a milestone's or a parcel field's name, empty when it is about the whole parcel; `parcel_no`
    is empty when it is about the whole notice. `candidates` are the times of which none was taken.
    """

    code: str
    severity: Severity = Severity.WARNING
    parcel_no: str = ""
    field: str = ""
    place: Place = NOWHERE
    params: Mapping[str, str] = default(default_factory=dict)
    candidates: tuple[Evidence, ...] = default(default=(), compare=False)

    @property
    def identity(self) -> tuple[object, ...]:
        """A key that is equal for two findings with the same content."""
        params = tuple(sorted(self.params.items()))
        return self.code, self.severity, self.parcel_no, self.field, self.place, params


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """One instant of a parcel's auction, with the words it was read from.

    `precision` DAY: the notice gives no time of day and `at` is that day's 00:00 in Shanghai, so
    that reminders come early rather than late. `evidence`: every place that states it. `rival`: the
    later instant that another source gives, where it is not known which of both holds
    (`domain/statements.py`).
    """

    at: datetime
    precision: Precision = Precision.MINUTE
    source: Source = Source.STATED
    quote: str = ""
    place: Place = NOWHERE
    evidence: tuple[Evidence, ...] = default(default=(), compare=False)
    rival: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.at, "milestone")

    @property
    def day_only(self) -> bool:
        return self.precision is Precision.DAY

    @property
    def over_at(self) -> datetime:
        """The instant from which it has surely passed; a day has at its end."""
        return self.at + timedelta(days=1) if self.day_only else self.at


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternative:
    """A second set of deadlines that holds under `condition` (if too few register)."""

    condition: str
    milestones: Mapping[MilestoneName, Milestone]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """A piece of land on offer.

    Its fields are the rows of the table of fields (`domain/fields.py`) that are about it.

    Money in 万元, area in m²; texts as published. `aliases`: what else the parcel is called, its
    name first. `answer`: `done` or `skip`, where the team's own sheet says so.
    """

    parcel_no: str = default(metadata=properties_of(filter_name="parcel_no"))
    aliases: tuple[str, ...] = ()
    location: str = text_field(
        filter_name="location", holds_places=True, is_news=True, group=FactGroup.PLACE, last_level=3
    )
    district: str = text_field(filter_name="district", is_place=True)
    use: str = text_field(filter_name="use", is_news=True, group=FactGroup.LAND, last_level=3)
    area_m2: Decimal | None = number_field(
        "m2", filter_name="area", is_news=True, group=FactGroup.LAND, last_level=3
    )
    floor_area_m2: Decimal | None = number_field("m2", is_news=True)
    far: str = text_field(is_news=True, group=FactGroup.LAND, last_level=2)
    start_price_wan: Decimal | None = number_field(
        "万元", filter_name="price", is_news=True, group=FactGroup.MONEY, last_level=4
    )
    deposit_wan: Decimal | None = number_field(
        "万元", is_news=True, group=FactGroup.MONEY, last_level=4
    )
    term: str = text_field(group=FactGroup.LAND)
    note: str = text_field(group=FactGroup.NOTE)
    answer: str = ""
    milestones: Mapping[MilestoneName, Milestone] = default(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    place: Place = NOWHERE

    def deadlines(self) -> Iterator[tuple[MilestoneName, Milestone, str]]:
        """Return every milestone with the condition that it depends on; empty: none."""
        for name, milestone in self.milestones.items():
            yield name, milestone, ""
        for alternative in self.alternatives:
            for name, milestone in alternative.milestones.items():
                yield name, milestone, alternative.condition

    @property
    def floor_price_yuan(self) -> Decimal | None:
        """Floor price (楼面价) in 元/m² of floor area, if both figures are known."""
        if not self.start_price_wan or not self.floor_area_m2:
            return None
        return (self.start_price_wan * 10_000 / self.floor_area_m2).quantize(Decimal(1))

    @property
    def deposit_ratio(self) -> Decimal | None:
        """Deposit as a share of the start price, 0.2 meaning 20 %."""
        if self.deposit_wan is None or not self.start_price_wan:
            return None
        return self.deposit_wan / self.start_price_wan


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A statement of a notice of change about an earlier notice.

    `field` of `parcel_no` goes from `old` to `new`.

    `old` and `new` are texts as in JSON (an ISO instant for a milestone); empty means not stated.
    `scanned`: it was recognised in a picture.
    """

    parcel_no: str
    field: str
    old: str = ""
    new: str = ""
    scanned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutout:
    """The picture of the line from which a time was recognised, by the words that were read.

    `picture`: a JPEG in base64.
    """

    quote: str
    picture: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A notice that an authority published.

    Or the rows of a record file that share one notice number.

    `refers_to` are the numbers of earlier notices that this one postpones, corrects, suspends, ...
    `part` tells notices of one file and number from each other, where its rows offer land in
    several ways. `tabular`: rows of a record file, which somebody typed, rather than a document.
    `words`: of a notice of change its text, a paragraph or a row of a table a line, by which
    `domain/reach.py` finds what it touches. `cutouts`: what people compare times from pictures
    with.
    """

    file: str
    part: str = ""
    kind: Kind = default(default=Kind.OTHER, metadata=properties_of(filter_name="kind"))
    notice_no: str = text_field(filter_name="notice_no")
    title: str = text_field()
    authority: str = text_field(filter_name="authority", holds_places=True)
    city: str = text_field(filter_name="city", is_place=True)
    published: date | None = default(default=None, metadata=properties_of())
    platform: str = text_field(
        filter_name="platform", holds_places=True, group=FactGroup.PLATFORM, last_level=1
    )
    contacts: tuple[str, ...] = default(
        default=(), metadata=properties_of(group=FactGroup.CONTACTS, last_level=1)
    )
    tabular: bool = False
    parcels: tuple[Parcel, ...] = ()
    refers_to: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    words: str = ""
    cutouts: tuple[Cutout, ...] = default(default=(), compare=False)


PARCEL_FIELDS = fields_of(Parcel)
NOTICE_FIELDS = fields_of(Notice)

_OPENING = re.compile(r"[〔\[【［(（{｛]")
_CLOSING = re.compile(r"[〕\]】］)）}｝]")


def squash(number: str) -> str:
    """Return a number as it is compared: without width, shape of brackets and white space."""
    folded = unicodedata.normalize("NFKC", number)
    folded = _CLOSING.sub("]", _OPENING.sub("[", folded))
    return "".join(folded.split())


def number_key(number: str) -> str:
    """Return the same as `squash`, without the words behind a number.

    `121号地块`, `121号` and `121` are one.
    """
    return squash(number).removesuffix("地块").removesuffix("宗地").removesuffix("号")
