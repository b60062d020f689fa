"""Put parcels together from several tables: rows are joined by number, facts read once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from notifier.domain.findings import Code
from notifier.domain.values import Place, Severity, squash
from notifier.errors import AmountNotUnderstood
from notifier.intake.amounts import is_unit_price, read_m2, read_wan
from notifier.intake.headings import IGNORED, WINDOWS, squash_heading
from notifier.intake.notice.columns import TIMES, Column, fits, is_time_label, rank
from notifier.intake.notice.facts import Reading
from notifier.intake.notice.folded_text import dense, plain, simplified
from notifier.intake.notice.rows import Entry, Row, fields_of
from notifier.intake.notice.table_layout import IDENTITY, NAMES
from notifier.intake.written_times import tokens

_MASKS = re.compile(r"[*＊?？×█■_\s]+|\(略\)|（略）|略")
_NAMES_SOMETHING = re.compile(r"\w")  # what has no letter and no digit names nothing
_SERIAL = re.compile(r"\(?\d{1,3}\)?[.、]?|[一二三四五六七八九十]{1,3}|[A-Z甲乙丙丁戊己]")
_ONE_CODE = re.compile(r"^([A-Za-z]{0,6}\d[A-Za-z0-9\-]*号|[A-Za-z]{1,6}\d+)(?:地块|宗地)$")
# `城南新区2031-N-5号地块`: the number of a parcel in the cell of its place
_ENDS_A_PLACE = re.compile(
    r"(?<![A-Za-z\d\-])((?=[^号]*[A-Z\-])[A-Z\d][A-Z\d\-]{2,20}号)(?:地块|宗地)$"
)
_ENDS_A_COUNT = re.compile(r"(?:地块|宗地)[一二三四五六七八九十A-Z\d]{1,3}$|.(?:地块|宗地)$")
# `甲区2031-18(标准地)`; `2031-拍-8号` with its place on the next lines
_REMARK = re.compile(
    r"\s*[(（][一-鿿]{0,4}标准地[)）]\s*$|(?<=\d号)\n(?!地块|宗地)[一-鿿]{2}[\s\S]*"
)
_TOLERANCE = Decimal("0.005")
# 元 for each m² of land: from remote industrial to the dearest sold
_LIKELY_PRICE = (Decimal(20), Decimal(300_000))


@dataclass(kw_only=True, slots=True)
class ParcelDraft:
    """A parcel being put together.

    `key` tells it from the others, for numbers may be missing or shared.
    """

    key: int
    number: str
    place: Place
    serials: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    table: tuple[int, int] = (0, 0)
    unplaced: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    area_m2: Decimal | None = None
    floor_area_m2: Decimal | None = None
    start_price_wan: Decimal | None = None
    deposit_wan: Decimal | None = None

    def text(self, name: str) -> str:
        """Return the first value under `name` that fits it.

        An exact heading comes before one that only ends alike.
        """
        found = [
            entry for entry in self.entries if entry.column.field == name and shown(entry.value)
        ]
        best = sorted(
            found, key=lambda entry: (not entry.column.exact, not fits(entry.column, entry.value))
        )
        return " ".join(best[0].value.split()) if best else ""


def shown(value: str) -> str:
    """A value without what masks it; empty if nothing is left."""
    left = _MASKS.sub("", value)
    return value if left.strip(" -—/、,()（）") else ""


def identity(row: Row) -> tuple[str, set[str], set[str]]:
    """(the parcel's number or name, its places in lists, every name it goes by)."""
    named = [
        entry
        for entry in row.entries
        if shown(entry.value) and _NAMES_SOMETHING.search(entry.value)
    ]
    numbers = [entry for entry in named if entry.column.field == "parcel_no"]
    names = [entry.value for entry in named if entry.column.field == "parcel_name"]
    serials = {dense(plain(entry.value)) for entry in row.entries if _is_serial(entry)}
    real = [entry for entry in numbers if not _SERIAL.fullmatch(entry.value.strip())]
    serials |= {dense(plain(entry.value)) for entry in numbers if entry not in real}
    # beside a number, what has no figure is none: the series that it is one of
    real = [entry for entry in real if re.search(r"\d", entry.value)] or real
    if not numbers and not names:
        names = [name for entry in named if (name := _called(entry))]
    known = {squash(plain(name)) for name in [*(_first_of(entry) for entry in real), *names]}
    best = sorted(real, key=lambda entry: (not entry.column.exact, "*" in entry.value))
    number = (
        _first_of(best[0]) if best else names[0] if names else numbers[0].value if numbers else ""
    )
    # running text says `JX1202号地块` of the parcel JX1202号
    if best and not best[0].column.heading:
        number = _ONE_CODE.sub(r"\1", number)
    return " ".join(number.split()), serials, known


def _called(entry: Entry) -> str:
    """Return what a parcel without a number is called by its place or its count; else nothing."""
    if entry.column.field == "location" and (found := _ENDS_A_PLACE.search(entry.value)):
        return found[1]
    is_counted = entry.column.heading.endswith("序号")
    return entry.value.strip() if is_counted and _ENDS_A_COUNT.search(entry.value) else ""


def _first_of(entry: Entry) -> str:
    """The number, without the place or the remark that stands behind it in its cell."""
    value = _REMARK.sub("", entry.value)
    return (value.split() or [""])[0] if "及" in entry.column.heading else value


def _is_serial(entry: Entry) -> bool:
    heading = "".join(entry.column.heading.split())
    return heading.endswith("序号") and _SERIAL.fullmatch(entry.value.strip()) is not None


def join(rows: Sequence[Row]) -> tuple[list[ParcelDraft], list[Row]]:
    """The parcels of all rows, and the rows that are about no parcel in particular."""
    known = _Parcels()
    general: list[Row] = []
    for row in map(_told_apart, rows):
        number, serials, names = identity(row)
        draft = _same(known, row, number, serials, names)
        if draft is None and not number and not _has_facts(row):
            general.append(row)
            continue
        if draft is None:
            draft = ParcelDraft(
                key=len(known.drafts), number=number, place=row.place, table=_table(row)
            )
            known.drafts.append(draft)
        if not draft.number or _SERIAL.fullmatch(draft.number):
            draft.number = number or draft.number
        known.note(draft, serials, names)
        draft.entries += row.entries
        draft.unplaced += row.unplaced
        draft.behind += row.behind
    return known.drafts, general


_LONGEST_END = 64  # characters of a name's end by which a row may speak of it


class _Parcels:
    """The parcels found so far, to be looked up by a name, the end of one, or a place in a list."""

    def __init__(self) -> None:
        self.drafts: list[ParcelDraft] = []
        self._by_name: defaultdict[str, set[int]] = defaultdict(set)
        self._by_end: defaultdict[str, set[int]] = defaultdict(set)
        self._by_serial: defaultdict[str, set[int]] = defaultdict(set)

    def note(self, draft: ParcelDraft, serials: set[str], names: set[str]) -> None:
        """Give a parcel further names and places in lists."""
        for serial in serials - draft.serials:
            self._by_serial[serial].add(draft.key)
        for name in names - draft.names:
            self._by_name[name].add(draft.key)
            for begin in range(max(len(name) - _LONGEST_END, 0), len(name)):
                self._by_end[name[begin:]].add(draft.key)
        draft.serials |= serials
        draft.names |= names

    def named(self, names: set[str]) -> list[ParcelDraft]:
        return self._found(self._by_name, names)

    def ending(self, end: str) -> list[ParcelDraft]:
        return self._found(self._by_end, {end})

    def placed(self, serials: set[str]) -> list[ParcelDraft]:
        return self._found(self._by_serial, serials)

    def _found(self, index: Mapping[str, set[int]], words: set[str]) -> list[ParcelDraft]:
        keys = {key for word in words for key in index.get(word, ())}
        return [self.drafts[key] for key in sorted(keys)]


def _told_apart(row: Row) -> Row:
    """The row with `挂牌时间` as the open beside a `挂牌截止时间`."""
    entries = list(row.entries)
    fields = {entry.column.field for entry in entries}
    for window, (begin, close) in WINDOWS.items():
        if close in fields and begin not in fields:
            entries = [
                _as_open(entry, begin) if entry.column.field == window else entry
                for entry in entries
            ]
    return replace(row, entries=tuple(entries))


def _as_open(entry: Entry, field: str) -> Entry:
    text = plain(entry.value)
    dates = sum(token.has_date for token in tokens(text))
    if dates != 1 or re.search(r"[至到~止前]|截|---?", text):
        return entry
    return replace(entry, column=Column(entry.column.heading, field))


def _table(row: Row) -> tuple[int, int]:
    return row.table, row.part


def _has_facts(row: Row) -> bool:
    return row.has("location", "area_m2", "start_price_wan", "deposit_wan")


def _same(
    known: _Parcels, row: Row, number: str, serials: set[str], names: set[str]
) -> ParcelDraft | None:
    drafts = known.drafts
    named = known.named(names)
    carried = any(entry.column.field == "parcel_no" and entry.inherited for entry in row.entries)
    for draft in named:
        if draft.table != _table(row) or carried:
            return draft
    if named:
        return None  # a second parcel under the same number in one table
    if not names and serials:
        by_serial = [draft for draft in known.placed(serials) if draft.table != _table(row)]
        if len(by_serial) == 1:
            return by_serial[0]
    if not number and not serials and drafts:
        card = [draft for draft in drafts if draft.table == drafts[-1].table]
        if _goes_on(row, drafts[-1]) or (len(card) == 1 and _ends_card(row, card[0])):
            return drafts[-1]
    if names and not _has_facts(row) and len(number) >= 2:
        ends = known.ending(squash(plain(number)))
        if len(ends) == 1 and ends[0].table != _table(row):
            return ends[0]
    if (
        not names
        and not serials
        and row.has("location")
        and len(drafts) == 1
        and drafts[0].table != _table(row)
    ):
        return drafts[0]
    return None


def _goes_on(row: Row, above: ParcelDraft) -> bool:
    """Return whether a row is of the parcel above it: its cells for number and place are empty.

    A parcel of two uses has a row for each.
    """
    has_numbers = any(column.field in NAMES for column in row.columns)
    is_below = bool(above.number) and above.table == _table(row)
    return has_numbers and is_below and not row.has(*IDENTITY)


_NEXT_TABLE = 2  # a line of text stands between two tables


def _ends_card(row: Row, above: ParcelDraft) -> bool:
    """Return whether labels without a number are the rest of the card above, which lacks them all.

    A line across the whole card parts it: `主要用途:`.
    """
    known = fields_of(entry.column for entry in above.entries) - {IGNORED}
    own = fields_of(entry.column for entry in row.entries) - {IGNORED}
    is_next = 0 <= row.table - above.table[0] <= _NEXT_TABLE
    has_numbers = any(column.field in NAMES for column in row.columns)
    return bool(above.number and own) and is_next and not has_numbers and not known & own


def is_time(entry: Entry) -> bool:
    return entry.column.field in TIMES or (
        not entry.column.field and is_time_label(entry.column.heading)
    )


# amounts


def read_amounts(draft: ParcelDraft, reading: Reading) -> None:
    """Areas and money of a draft, in m² and 万元; what is doubtful is said and left out."""
    draft.area_m2 = _area(draft, "area_m2", reading)
    draft.floor_area_m2 = _area(draft, "floor_area_m2", None)
    draft.deposit_wan = _money(draft, "deposit_wan", reading)
    draft.start_price_wan = _money(draft, "start_price_wan", reading)
    if draft.behind:
        reading.doubt(Code.CELLS_LEFT_OVER, "", draft.place, text="、".join(draft.behind)[:80])
    if draft.unplaced:
        values = "、".join(draft.unplaced)[:80]
        for name in ("area_m2", "start_price_wan", "deposit_wan"):
            if getattr(draft, name) is None:
                _doubt(draft, name, reading, Code.VALUE_NOT_PLACED, text=values)


def _values(draft: ParcelDraft, name: str, reading: Reading | None) -> list[Entry]:
    """The values that may be an amount, the surest first; none, with a finding, if they disagree.

    `总面积` says nothing of what `出让面积` hides.
    """
    named = [entry for entry in draft.entries if entry.column.field == name and shown(entry.value)]
    found = sorted(named, key=lambda entry: (rank(entry.column), not entry.column.exact))
    if reading is not None and (several := _disagreeing(found)):
        _doubt(draft, name, reading, Code.PLACES_DISAGREE, values=several)
        return []
    return [entry for entry in found if rank(entry.column) == rank(found[0].column)]


def _disagreeing(values: Sequence[Entry]) -> str:
    """Return the values under the first heading where they are several.

    A parcel of two uses has a row for each.
    """
    headings = [squash_heading(plain(entry.column.heading)) for entry in values]
    same = [
        entry
        for entry, heading in zip(values, headings, strict=True)
        if heading and heading == headings[0]
    ]
    if len({entry.value for entry in same}) < 2:
        return ""
    figures = [figure for entry in same if (figure := _figure(entry)) is not None]
    agree = not figures or max(figures) - min(figures) <= min(figures) * _TOLERANCE
    return "" if agree else "、".join(dict.fromkeys(entry.value for entry in same))[:80]


def _figure(entry: Entry) -> Decimal | None:
    try:
        return _read(entry)
    except AmountNotUnderstood:
        return None


def _read(entry: Entry) -> Decimal:
    text, heading = _figures(entry.value), plain(entry.column.heading)
    if entry.column.field.endswith("_m2"):
        return read_m2(text, heading, default_unit="m2")
    return read_wan(text, heading)


def _area(draft: ParcelDraft, name: str, reading: Reading | None) -> Decimal | None:
    fault = ""
    for entry in _values(draft, name, reading):
        try:
            return _read(entry)
        except AmountNotUnderstood as problem:
            fault = fault or str(problem)
    if fault and reading is not None:
        _doubt(draft, name, reading, Code.AMOUNT_NOT_UNDERSTOOD, words=fault)
    return None


_PER_AREA = re.compile(r"元\s*/\s*(?:平方米|m2|㎡|亩|公顷)|楼面")
_TOTAL = re.compile(r"(?:总价|总额|总地价|,(?:即|合计|共计|总计))\D{0,6}?([\d,.]+ ?(?:万|亿)?元)")


def _money(draft: ParcelDraft, name: str, reading: Reading) -> Decimal | None:
    fault = unit_price = ""
    for entry in _values(draft, name, reading):
        text, heading = _figures(entry.value), plain(entry.column.heading)
        total = _TOTAL.search(plain(entry.value))
        text = total[1] if total else text
        if is_unit_price(text, heading) or (total is None and _PER_AREA.search(plain(text))):
            # its total may stand in another column
            unit_price = unit_price or f"{heading} {text}"[:60]
            continue
        try:
            return read_wan(text, heading)
        except AmountNotUnderstood as problem:
            if (likely := _without_unit(draft, name, text, heading)) is not None:
                _doubt(draft, name, reading, Code.UNIT_ASSUMED, text=text)
                return likely
            fault = fault or str(problem)
    if unit_price:
        _doubt(draft, name, reading, Code.UNIT_PRICE, Severity.INFO, text=unit_price)
    elif fault:
        _doubt(draft, name, reading, Code.AMOUNT_NOT_UNDERSTOOD, words=fault)
    return None


def _without_unit(draft: ParcelDraft, name: str, text: str, heading: str) -> Decimal | None:
    """Return an amount whose unit is not stated in 万元, if that is likely.

    The price must be a likely one, and a deposit not above it.
    """
    if "元" in heading or draft.area_m2 is None:
        return None
    try:
        amount = read_wan(text, heading, default_unit="万元")
    except AmountNotUnderstood:
        return None
    low, high = _LIKELY_PRICE
    if name == "start_price_wan":
        is_likely = low <= amount * 10_000 / draft.area_m2 <= high
        is_above = draft.deposit_wan is None or draft.deposit_wan <= amount
        return amount if is_likely and is_above else None
    return amount if low / 10 <= amount * 10_000 / draft.area_m2 <= high else None


_CONVERTED = re.compile(
    r"([\d.,]+\s*[^\d()（）]{0,4})[(（]\s*(?:折合|约合|折|合|约|即|楼面|单价|亩均|平均|其中)"
    r"(?:(?!代征|出让(?!起始价)|净)[^()（）])*\d(?:(?!代征|出让(?!起始价)|净)[^()（）])*[)）]"
)
# `20447.7平方米(以实测为准)`, `5000万元(人民币)`, `118万元(评估价的110%)`, `1000万元或等额保函`
_REMARK_BEHIND = re.compile(
    r"(?<=[\d米㎡亩顷元整])\s*[(（](?:(?!平方米|公顷|亩|元|㎡|每|/|／|单价|楼面|美|港|大写)"
    r"(?:[^()（）\d]|\d+(?:\.\d+)?\s*[%％])){3,}[)）]$"
    r"|或(?:等额|同等金额|相应)[^\d]{0,10}保函$"
)
_FIRST_AREA = re.compile(
    r"[(（]\s*(?:折合|约合|折|合|约|即)\s*[\d.,]*\d\s*(?:亩|公顷|平方米|㎡|m2)(?=[,，;；])"
)


def _without_remark(value: str) -> str:
    """Return what is offered, before the bracket with a remark.

    As in `4327.54平方米(折6.49亩,以实测为准)`, `1622(折249.87万元/亩)`, `118万元(评估价的110%)`. An
    area converted within it stays, to be compared.
    """
    bare = value = _REMARK_BEHIND.sub("", value.strip())
    if _CONVERTED.fullmatch(bare):
        first = _FIRST_AREA.search(bare)
        if first is not None:
            return f"{bare[: first.end()]})"
        return (
            bare
            if "亩" in bare and "元" not in bare
            else re.split(r"[(（]", bare, maxsplit=1)[0].strip()
        )
    return value


# `净用地面积 61368平方米`, `规划用地28267.84平方米,实测用地28267.84平方米`
_OF_AN_AREA = re.compile(
    r"(^|[,，;；])\s*(?:(?:总|净|规划|实测|出让|建设|地块|宗地|土地)*(?:用地|面积)+为?|约)+[:：]?\s*(?=\d)"
)
# `地块面积为102069平方米,其中出让面积为85208平方米`
_OFFERED_AREA = re.compile(
    r"其中:?(?:实际)?(?:出让|净用地|供地)(?:土地)?(?:总)?面积[为是约:]*"
    r"([\d,.]+\s*(?:平方米|m2|公顷|亩)(?:\([^()]*\))?)$"
)


def _figures(value: str) -> str:
    """A cell's figures: masks and what a unit in brackets hides do not count."""
    offered = _OFFERED_AREA.search(plain(value))
    value = _without_remark(offered[1] if offered is not None else simplified(value))
    bare = re.sub(r"\s*[?？]+$", "", value.replace("（略）", "").replace("(略)", ""))
    bare = _OF_AN_AREA.sub(r"\1", bare)
    return re.sub(r"(?<=\d)\s*[(（]((?:万|亿)?元|平方米|㎡|亩|公顷)[)）]$", r"\1", bare.strip())


def _doubt(
    draft: ParcelDraft,
    name: str,
    reading: Reading,
    code: Code,
    severity: Severity = Severity.WARNING,
    **params: str,
) -> None:
    reading.doubt(
        code, name, draft.place, parcel_no=draft.number, severity=severity, candidates=(), **params
    )
