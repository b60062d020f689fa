"""Read facts that running text names one by one, each behind the word for it.

Such as `宗地面积:10800平方米`, `起始价8000万元`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifier.domain.values import Place
from notifier.intake.headings import IGNORED, known_prefix
from notifier.intake.notice.columns import TIMES, Column, column_of, fits, rank
from notifier.intake.notice.rows import Entry

_CLAUSE = re.compile(r"(?:[^。;,\n]|(?<=\d),(?=\d{3}(?!\d)))+")  # `25,369.12平方米` is one figure
_NUMBERING = re.compile(
    r"(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十]{1,2}、|\d{1,2}[、.](?!\d)|[①-⑳]"
    r"|\d{1,2}(?:\.\d{1,2}){1,2}[、.]?(?=[一-鿿]))*"
)
_LONGEST_LABEL = 24
_SEPARATOR = re.compile(r"[:为是约于]+")
_REST_OF_A_NUMBER = re.compile(r"(?:的?(?:国有|地块|宗地|集体)|地块位于).*$")
# what a word without a colon behind it must be followed by, beside what its column asks of a value
_LIKE_A_CODE = re.compile(r"(?:(?![见详附如及和由与以按请])[一-鿿]){0,6}[A-Z\d\[(][^\s]*\d")
_AUTHORITYS = ("地址", "联系地址")  # where the authority sits, not the parcel
_GOES_ON = {"location"}  # `东至人民路,西至河` is one value
_IN_ALL = re.compile(r"(?:即|合计|共计|总价|总计)[^,。;]{0,6}?\d")  # `12元/m2·年,即32万元/年`


def labelled(text: str, place: Place) -> Iterator[tuple[int, Entry]]:
    """Return each fact of a parcel whose word begins a clause, and where in `text` it stands.

    Of `总面积` and `出让面积` it is what is offered alone, and no name beside a number.
    """
    found = list(_labelled(text, place))
    if any(entry.column.field == "parcel_no" for _, entry in found):
        found = [(at, entry) for at, entry in found if entry.column.field != "parcel_name"]
    best: dict[str, int] = {}
    for _, entry in found:
        best[entry.column.field] = min(rank(entry.column), best.get(entry.column.field, 1))
    yield from (
        (at, entry) for at, entry in found if rank(entry.column) == best[entry.column.field]
    )


def _labelled(text: str, place: Place) -> Iterator[tuple[int, Entry]]:
    last: tuple[int, Entry] | None = None
    for found in _CLAUSE.finditer(text):
        start = found.start() + len(_NUMBERING.match(found[0])[0])  # type: ignore[index]  # it matches nothing too
        clause = text[start : found.end()]
        entry = _entry(clause, place)
        if (
            entry is None
            and last is not None
            and text[found.start() - 1] == ","
            and (last[1].column.field in _GOES_ON or _IN_ALL.match(clause))
        ):
            whole = f"{last[1].value},{clause}"
            last = (
                (last[0], Entry(column=last[1].column, value=whole, place=place))
                if len(whole) < 80
                else last
            )
            continue
        if last is not None:
            yield last
        last = (start, entry) if entry is not None else None
    if last is not None:
        yield last


def _entry(clause: str, place: Place) -> Entry | None:
    label, colon, value = clause[: _LONGEST_LABEL + 60].partition(":")
    if colon and len(label) <= _LONGEST_LABEL:
        column = column_of(label)
        if label in _AUTHORITYS:
            return None
        return (
            _under(column, clause[len(label) + 1 :], place)
            if column.field and column.exact
            else None
        )
    size = known_prefix(clause)
    column = column_of(clause[:size])
    rest = clause[size:]
    value = rest[separator.end() :] if (separator := _SEPARATOR.match(rest)) is not None else rest
    if separator is None and (
        value[:1] in "、和及与" or (column.field == "parcel_no" and not _LIKE_A_CODE.match(value))
    ):
        return None
    return (
        _under(column, value, place) if separator is not None or fits(column, value) == 2 else None
    )


def _under(column: Column, value: str, place: Place) -> Entry | None:
    if column.field in TIMES | {"", IGNORED} or not value.strip():
        return None
    beside = column_of(value)
    if beside.field and beside.exact:
        return None  # the next heading of a table that was cut off: `编号:土地位置`
    if column.field == "parcel_no":
        value = _REST_OF_A_NUMBER.sub("", value)
    return Entry(column=column, value=value, place=place) if fits(column, value) else None
