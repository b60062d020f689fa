"""The numbers of parcels in running text: each way of naming one says how surely, the best wins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from notifier.domain.values import Place, number_key
from notifier.intake.notice.code_lists import CodeList, code_lists
from notifier.intake.notice.folded_text import Line
from notifier.intake.notice.labelled import labelled
from notifier.intake.notice.naming_ways import (
    CADASTRAL,
    CODES,
    LABELLED,
    OF_THE_NOTICE,
    FoundNumber,
    is_cell,
    numbers_of,
    way_of,
)
from notifier.intake.notice.parcel_codes import between, form, spanned
from notifier.intake.notice.parcel_counts import stated_count
from notifier.intake.notice.scan import any_of

_HEAD_LINES = 4
_SURE = 3.0  # the least that speaks for a parcel beside the known ones


def read_numbers(lines: Sequence[Line]) -> list[str]:
    """The numbers of the parcels that the text names, in order."""
    return [name for name, _ in numbers_in(lines)]


def numbers_in(lines: Sequence[Line]) -> Iterator[tuple[str, int]]:
    """Return the numbers of the parcels in the order of the text.

    Each with the place that names it most surely.
    """
    surest: dict[str, FoundNumber] = {}
    for mark in mentions(lines):
        if mark.name not in surest or surest[mark.name].weight < mark.weight:
            surest[mark.name] = mark
    yield from ((mark.name, mark.at) for mark in sorted(surest.values(), key=lambda mark: mark.at))


def mentions(lines: Sequence[Line]) -> Sequence[FoundNumber]:
    """Each place that names a parcel, in order.

    Every way of naming a parcel votes; numbers of one form (`甲储出[2031]5号`, `…6号`) stand
    together, and the form with the most votes is the one by which the notice speaks of its
    parcels."""
    return _mentions(tuple(lines))


@lru_cache(maxsize=2)  # one notice's lines are searched for several things
def _mentions(lines: tuple[Line, ...]) -> tuple[FoundNumber, ...]:
    text = "\n".join(line.text for line in lines)
    forms: defaultdict[str, list[FoundNumber]] = defaultdict(list)
    for mark in _marks(text, lines):
        forms[form(mark.name)].append(mark)
    if not any(map(_votes, forms.values())):
        return tuple(_unsure(text, stated_count(lines)))
    best = max(forms.values(), key=_votes)
    # numbers of another form under the same label are parcels, too; under another they are other
    # names
    known = {mark.label for mark in best if mark.label}
    alike = [
        mark
        for marks in forms.values()
        if marks is not best
        for mark in marks
        if mark.label in known
    ]
    named = [*best, *alike]
    named += _named_again(text, named)
    return tuple(sorted(named, key=lambda mark: mark.at))


def _votes(marks: Sequence[FoundNumber]) -> float:
    surest: dict[str, float] = {}
    for mark in marks:
        surest[mark.name] = max(mark.weight, surest.get(mark.name, 0))
    return sum(surest.values())


def _unsure(text: str, stated: int) -> Iterator[FoundNumber]:
    """What names the parcels where nothing does so surely.

    Codes of land, else what a label names, else as many cells of a lost table as parcels are
    stated. Two codes that together name one parcel are its name.
    """
    named = [
        FoundNumber(entry.value, at, 0)
        for at, entry in labelled(text, Place())
        if entry.column.field in ("parcel_no", "parcel_name")
    ]
    everything = code_lists(text)
    codes_of_land = [
        mark
        for code_list in everything
        if way_of(code_list) is CODES
        for mark in numbers_of(code_list, CODES)
    ]
    cells = [
        mark
        for code_list in everything
        if is_cell(code_list)
        for mark in numbers_of(code_list, CODES)
    ]
    is_each = len(cells) == stated and len({form(mark.name) for mark in cells}) == 1
    together = [mark for mark in codes_of_land if _TOGETHER.search(mark.name)]
    yield from together[:1] or codes_of_land or named or (cells if is_each else [])


def _marks(text: str, lines: Sequence[Line]) -> list[FoundNumber]:
    everything = code_lists(text)
    with_label = [named for named in everything if named.label]
    found: list[FoundNumber] = []
    for named in everything:
        way = way_of(named)
        if way is LABELLED and with_label == [named] and _is_of_the_notice(named, lines):
            way = OF_THE_NOTICE
        if way is not None:
            found += numbers_of(named, way)
    return _agreed(_with_ranges(_agreed(found), stated_count(lines)))


def _is_of_the_notice(named: CodeList, lines: Sequence[Line]) -> bool:
    """Return whether a number stands alone on a line below the title: it is the transaction's."""
    name = named.text[named.first.start - len(named.first.lead) : named.end]
    return any(line.text.endswith(f"编号:{name}") for line in lines[:_HEAD_LINES])


def _with_ranges(found: Sequence[FoundNumber], stated: int) -> list[FoundNumber]:
    """Write out ranges.

    `2031-1号-2031-4号` is all between, but where the text states as many parcels as it names.
    `[2031]2-3号` may be one number: it is a range where the text states as many parcels, be it
    alone or together with the others that it names.
    """
    named = {mark.name for mark in found}
    inner = [between(mark.first, mark.name) if mark.first else [] for mark in found]
    is_range = any(names and len(names) + 2 == stated for names in inner)  # the ends, too
    is_all = stated == len(named) and not is_range
    written = {mark.name: spanned(mark.name) for mark in found if mark.weight >= _SURE}
    together = {name for mark in found for name in written.get(mark.name) or [mark.name]}
    marks: list[FoundNumber] = []
    for mark, names_before in zip(found, inner, strict=True):
        names = written.get(mark.name) or []
        marks += [replace(mark, name=name) for name in names_before if not is_all]
        spans_all = names and stated in (len(names), len(together))
        marks += [replace(mark, name=name) for name in names] if spans_all else [mark]
    return marks


def _agreed(found: Sequence[FoundNumber]) -> list[FoundNumber]:
    """Give a code the one name that most speaks for: `东街JX-5号地块`, `JX-5号`, `JX-5` are one."""
    names: defaultdict[str, list[FoundNumber]] = defaultdict(list)
    for mark in found:
        names[_code_of(mark.name)].append(mark)
    surest = {
        code: max(marks, key=lambda mark: mark.weight).name
        for code, marks in names.items()
        if len({_lead_of(mark.name) for mark in marks} - {""}) < 2
    }
    return [replace(mark, name=surest.get(_code_of(mark.name), mark.name)) for mark in found]


def _code_of(name: str) -> str:
    """The number without the words before it, the word behind it and the shape of its brackets."""
    return number_key(name[len(_lead_of(name)) :])


def _lead_of(name: str) -> str:
    """The words with which a number begins: a place, or the name of a series."""
    lead = _LEAD.match(name)
    return lead[0] if lead is not None else ""


_LEAD = re.compile(r"^[一-鿿]+(?=[^一-鿿])")
_TOGETHER = re.compile("[和及]")
_END = re.compile(r"(?<![\d\-\])A-Za-z])(\d{1,4}(?:-\d{1,3})?)号(?=地块|宗地)")
_LAST_FIGURES = re.compile(r"(?<=\D)(\d{1,4}(?:-\d{1,3})?)号?$")


def _named_again(text: str, named: Sequence[FoundNumber]) -> Iterator[FoundNumber]:
    """The other places that name a parcel: whole, or by its end.

    `022号地块` of the parcel 【2031】022号, where no other ends so.
    """
    names = {mark.name for mark in named}
    whole = rf"(?<![A-Za-z0-9\-]){any_of(sorted(names))}(?![A-Za-z0-9\-])"
    for match in re.finditer(whole, text) if names else ():
        yield FoundNumber(match[0], match.start(), 0)
    names_of: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        if found := _LAST_FIGURES.search(name):
            names_of[found[1].lstrip("0")].add(name)
    for match in _END.finditer(text):
        alike = names_of.get(match[1].lstrip("0"), set())
        if len(alike) == 1:
            yield FoundNumber(next(iter(alike)), match.start(), 0)


def other_names(text: str, names: set[str]) -> list[tuple[str, int]]:
    """Return the other numbers of parcels: those under a label, and the land register's codes."""
    found: dict[str, int] = {}
    for named in code_lists(text):
        at = named.first.start
        if named.label:
            found |= {mark.name: at for mark in numbers_of(named, LABELLED)}
        elif CADASTRAL.fullmatch(named.first.core):
            found[named.first.core] = at
    return [(name, at) for name, at in found.items() if name not in names]


def numbers_not_among(known: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """Return the numbers in the form of the `known` ones that are none of them."""
    forms = {form(name) for name in known}
    keys = {number_key(name) for name in known}
    found = [
        mark.name for mark in mentions(lines) if mark.weight >= _SURE and form(mark.name) in forms
    ]
    return [name for name in dict.fromkeys(found) if number_key(name) not in keys]


_SOME_NAME = re.compile(
    r"(?<![A-Za-z0-9])((?P<place>[一-鿿]{2,20}(?:区|镇|乡|街道|新城|组团|单元))?"
    r"[A-Za-z0-9][A-Za-z0-9\-#()/]{0,16}号?)(?:\([^()]{2,30}\))?(?:地块|宗地)"
)
_COUNTED_LAND = re.compile(r"\d{1,2}(?:宗|幅|块|个)?")


def read_some_name(lines: Sequence[Line]) -> str:
    """Return the first words that name one parcel, in whatever way.

    A notice of change that is about some of its parcels must not be taken for one about all.
    """
    for line in lines:
        for found in _SOME_NAME.finditer(line.text):
            if not _COUNTED_LAND.fullmatch(found[1]):
                return found[1] + ("地块" if found["place"] else "")
    return ""
