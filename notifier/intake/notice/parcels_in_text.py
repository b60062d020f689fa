"""Parcels that running text names: their numbers, areas and prices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from notifier.domain.values import Place
from notifier.intake.notice.columns import Column
from notifier.intake.notice.folded_text import Line
from notifier.intake.notice.land_facts import facts_of
from notifier.intake.notice.naming_ways import FoundNumber
from notifier.intake.notice.parcel_counts import stated_count
from notifier.intake.notice.parcel_numbers import (
    mentions,
    numbers_in,
    other_names,
)
from notifier.intake.notice.rows import Entry, Row

# `A地块:地块编号…`, `(二)地块2:编号…`: what the parcel is called in the rest of the text
_ALIAS_BEFORE = re.compile(
    r"(?:([A-Z]|[一二三四五六七八九十]|\d{1,2})号?(?:地块|宗地)|(?:地块|宗地)([A-Z]|[一二三四五六七八九十]|\d{1,2}))[:,]$"
)
_LONGEST_ALIAS = 12  # characters


def read_prose(lines: Sequence[Line], table: int) -> list[Row]:
    """Return a row for each parcel that the text names.

    One without a number if it states an area or a price of none.
    """
    named = mentions(lines)
    marks = list(numbers_in(lines))
    text = "\n".join(line.text for line in lines)
    place = lines[0].place if lines else Place()
    is_sure = any(mark.weight for mark in named)
    if not is_sure and (counted := list(_ordinal_rows(lines, table))):
        return counted
    if not marks:
        # so much is what a report says of all parcels together
        entries = [entry for entry in facts_of(text, place) if "万平方米" not in entry.value]
        fields = {entry.column.field for entry in entries}
        is_priced = {"start_price_wan", "deposit_wan"} <= fields and stated_count(lines) <= 1
        if "area_m2" not in fields and not is_priced:
            return (
                [
                    Row(
                        entries=tuple(e for e in entries if e.column.field == "location"),
                        place=place,
                        table=table,
                    )
                ]
                if ("location" in fields and len(entries) >= 3)
                else []
            )
        return [Row(entries=tuple(entries), place=place, table=table)]
    rows: list[Row] = []
    others = other_names(text, {name for name, _ in marks})
    parts_of = _parts(named, text)
    for name, begin in marks:
        entries = [Entry(column=Column("", "parcel_no"), value=name, place=place)]
        if alias := _ALIAS_BEFORE.search(text[max(begin - _LONGEST_ALIAS, 0) : begin]):
            entries.append(Entry(column=Column("序号"), value=alias[1] or alias[2], place=place))
        parts = (
            [(begin, len(text)), (0, begin)]  # what is said before its name may be of another plot
            if len(marks) == 1
            else sorted(parts_of[name], key=lambda part: part[0] != begin)
        )
        mine = [other for other, at in others if any(start <= at < end for start, end in parts)]
        entries += [Entry(column=Column("", ALIAS), value=other, place=place) for other in mine]
        facts = [entry for start, end in parts for entry in facts_of(text[start:end], place)]
        first = {entry.column.field: entry for entry in reversed(facts)}
        rows.append(Row(entries=(*entries, *first.values()), place=place, table=table))
    return rows


# `1号宗地:位于…,面积…`, `1号地位于…;2号地位于…`: parcels that have no other number
_ORDINAL = r"(\d{1,2}|[A-Z甲乙丙丁戊己]|[一二三四五六七八九十]{1,2})"
_ORDINAL_CLAUSE = re.compile(
    r"(?:^|(?<=[。;:]))(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十]{1,2}、|\d{1,2}[、.](?!\d))?"
    rf"(?:{_ORDINAL}号?(?:地块|宗地|(?<=号)地)|(?:地块|宗地){_ORDINAL})(?:[:,]|(?=位于|坐落|[在即]))"
)


def _ordinal_rows(lines: Sequence[Line], table: int) -> Iterator[Row]:
    """A row for each clause of facts of a parcel that is only counted, if there are several."""
    found = [(match, line) for line in lines for match in _ORDINAL_CLAUSE.finditer(line.text)]
    if len(found) < 2:
        return
    begins = [(match.start(), line) for match, line in found[1:]]
    for (match, line), (begin, next_line) in zip(found, [*begins, (0, None)], strict=True):
        end = begin if next_line is line else len(line.text)
        facts = list(facts_of(line.text[match.end() : end], line.place))
        if any(entry.column.field == "area_m2" for entry in facts):
            serial = Entry(column=Column("序号"), value=match[1] or match[2], place=line.place)
            yield Row(entries=(serial, *facts), place=line.place, table=table)


_LISTED = re.compile(r"[号地块宗、和及与,;()\s]*")


def _parts(mentions: Sequence[FoundNumber], text: str) -> dict[str, list[tuple[int, int]]]:
    """Return for each name the parts of the text that speak of that parcel alone.

    A part reaches from where it is named to where another is. Behind a list of parcels it is not
    told whose a fact is.
    """
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    places = [list(marks) for _, marks in groupby(mentions, key=lambda mark: mark.at)]
    for before, here, after in zip([[], *places], places, [*places[1:], []], strict=False):
        end = after[0].at if after else len(text)
        names = {mark.name for mark in here}
        follows = before and before[-1].name not in names
        listed = (
            follows
            and _LISTED.fullmatch(text, before[-1].at + len(before[-1].name), here[0].at)
            is not None
        )
        if len(names) == 1 and not listed:
            found[here[0].name].append((here[0].at, end))
    return found


ALIAS = "alias"
NAMES = ("parcel_no", "parcel_name", ALIAS)
