"""Find the parcels that words name: by number, by the end of one, by the place in the list."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from notifier.domain.values import number_key, squash
from notifier.intake.notice.parcel_codes import between
from notifier.intake.notice.parcel_counts import number_of
from notifier.intake.notice.parcel_drafts import ParcelDraft

Keys = frozenset[int]

_SHORT = re.compile(r"(\d{1,4}(?:-\d{1,3})?)号(?:地块|宗地|地|(?=[、和及,:)为于延]|20\d\d)|$)")
# a number that the list gives with more before it: `P(2031)3号地块` for `丙县P(2031)3号地块`,
# `2024-02地块`
_TAIL = re.compile(
    r"(?<![A-Za-z0-9\-])([A-Za-z\d(\[][A-Za-z\d()\[\]\-#]{2,30})(?:号(?:地块|宗地)?|地块|宗地)"
)
# the end of a name in words: `第七号宗地` of `丙市2031年度第七号宗地`
_IN_WORDS = re.compile(r"(第(?:[一二三四五六七八九十百]{1,4}|\d{1,4})号?(?:地块|宗地))")
# `104、105号地块`, `LC2031-104、105号`: several under one 号
_SERIES = re.compile(r"(?<![\d\])号])\d{1,4}(?:-\d{1,3})?(?:号?[、和及与]\d{1,4}(?:-\d{1,3})?)+号")
_ONE_OF_A_SERIES = re.compile(r"\d{1,4}(?:-\d{1,3})?")
# `甲2031-110、111、112`, `甲2031-113~115`: what goes on behind a name with the ends of others
_ONE_MORE = re.compile(
    r"号?(?:地块|宗地)?(?:[、,和及与~至到])(\d{1,4}(?:-\d{1,3})?)(?![\d年月日时点.:\-])"
)
# `A地块`, `甲地块`, `地块二`, `3号宗地`, `第三宗`, `首宗`: by the place in the list; `三宗地块` are
# a number of them
_IN_THE_LIST = re.compile(
    r"(?<![A-Za-z0-9])([A-Z甲乙丙丁戊己]|[一二三四五六七八九十]{1,2}|\d{1,2})(?:号(?:地块|宗地|地)|地块)"
    r"|(?<![A-Za-z0-9])([A-Z])宗地|(?:第([一二三四五六七八九十]|\d{1,2})|(?<![一-鿿])(首))[宗幅块个](?:地块|宗地|地)?"
    r"|(?:地块|宗地)([A-Z]|[一二三四五六七八九十]{1,2}|\d{1,2})(?![A-Za-z0-9\-(\[])"
)
_PLACE = r"(?:\d{1,2}|[一二三四五六七八九十]|[A-Z甲乙丙丁戊己])"
_PLACES = rf"{_PLACE}(?:(?:号?(?:地块|宗地|地)?)[、,和及与\-~至到]第?{_PLACE})+"
_SEVERAL_PLACES = re.compile(
    rf"第({_PLACES})[宗幅块个]"
    rf"|(?<![A-Za-z0-9一二三四五六七八九十\-.])({_PLACES})(?:号(?:地块|宗地|地)|地块)"
)
_ONE_PLACE = re.compile(rf"(?P<up_to>[\-~至到]?)第?(?P<place>{_PLACE})")
_FIRST_OR_LAST = re.compile(r"([前后])([两二三四五六七八九十]|\d{1,2})[宗幅块个](?:地块|宗地|地)?")
_MAY_NAME = re.compile(r"[A-Za-z\d]|地块|宗地|[第前后].[宗幅块个]|首[宗幅块个]")
_SIGN_OF_LAND = re.compile(r"[号宗幅块个]")  # in whatever names land, but a whole name
_NAMES_LEFT = re.compile(
    r"(?:(?:地块|宗地)[一二三四五六七八九十A-Z\d]{1,2}[:]|地块|宗地|号|[、和及与,:()\s]|[一-鿿]{0,4}编号)*"
)
_UP_TO = re.compile(r"号?(?:地块|宗地)?(?:至|到|-|~)")
# `2031-1号等4宗地块`: a number of parcels, of which only some are named
_AND_OTHERS_COUNTED = re.compile(
    r"号?(?:地块|宗地)?等(\d{1,2}|[一二两三四五六七八九十]{1,3})[宗幅块个]"
)
_COUNTED_NAME = re.compile(r"([A-Z甲乙丙丁戊己一二三四五六七八九十]|\d{1,2})号?(?:地块|宗地)")
_LETTER = re.compile(r"[A-Za-z0-9]")
_GOES_ON = re.compile(r"-?\d")
_WITHIN = re.compile(r"[A-Za-z\d\-]")
_FEWEST_LETTERS = 4
_LONGEST_END = 64
_ORDINALS = "一二三四五六七八九十"
_FIRST = "首"
_COUNTS = "两三四五六七八九十"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedParcel:
    """A parcel named at `start`..`end` of a text."""

    start: int
    end: int
    key: int


class Names:
    """The names of all parcels of a notice."""

    def __init__(self, drafts: Sequence[ParcelDraft]) -> None:
        self.drafts = drafts
        self.everybody: Keys = frozenset(draft.key for draft in drafts)
        self._place = {draft.key: number for number, draft in enumerate(drafts)}
        self._names: defaultdict[str, list[int]] = defaultdict(list)
        self._ends_of: defaultdict[str, set[int]] = defaultdict(set)
        self._serials: defaultdict[str, list[int]] = defaultdict(list)
        for draft in drafts:
            for name in sorted(draft.names):
                for form in {name, number_key(name)}:
                    if len(form) >= _FEWEST_LETTERS:
                        self._names[form].append(draft.key)
                for end in _ends(number_key(name)):
                    self._ends_of[end].add(draft.key)
            counts = [match[1] for name in draft.names if (match := _COUNTED_NAME.fullmatch(name))]
            for serial in {*draft.serials, *counts}:
                self._serials[serial].append(draft.key)
        self._lengths = sorted({len(name) for name in self._names})
        self._firsts = {name[0] for name in self._names}
        self._like_words = any(not _MAY_NAME.search(name) for name in self._names)

    def named(self, text: str) -> Keys:
        """The parcels that a text names."""
        return frozenset(mention.key for mention in self.mentions(text))

    def in_order(self, text: str) -> list[int]:
        """The parcels that a text names, each once, in its order."""
        return list(dict.fromkeys(mention.key for mention in self.mentions(text)))

    def only(self, text: str) -> Keys:
        """The parcels of a line that names parcels and says nothing else."""
        mentions = self.mentions(text) if len(text) <= 80 else []
        if not mentions:
            return frozenset()
        left = "".join(
            char
            for at, char in enumerate(text)
            if not any(mention.start <= at < mention.end for mention in mentions)
        )
        return (
            frozenset(mention.key for mention in mentions)
            if _NAMES_LEFT.fullmatch(left)
            else frozenset()
        )

    def mentions(self, text: str) -> list[NamedParcel]:
        """Each place where the text names a parcel, in order.

        A place in the list counts where nothing else does.
        """
        if not self._like_words and not _MAY_NAME.search(text):
            return []
        text = squash(text)
        found = list(self._whole(text))
        if _SIGN_OF_LAND.search(text):
            found = [*found, *self._ends(text)] or list(self._places(text))
        found += [more for mention in found for more in self._continued(text, mention.end)]
        found.sort(key=lambda mention: mention.start)
        found += self._between(text, found)
        # `2031-1号等4宗`, where that is how many there are
        if found and _counted(text, found) == len(self.drafts):
            found += [replace(found[-1], key=key) for key in sorted(self.everybody)]
        return found

    def hides_some(self, text: str) -> bool:
        """Return whether a text counts more parcels than it names: `2031-1号等3宗`, of five."""
        if not _AND_OTHERS_COUNTED.search(text):
            return False
        text = squash(text)
        mentions = self.mentions(text)
        return _counted(text, mentions) > len({mention.key for mention in mentions})

    def _continued(self, text: str, at: int) -> Iterator[NamedParcel]:
        """The parcels of which only the ends stand behind the name of another."""
        while match := _ONE_MORE.match(text, at):
            ends = self._ends_of.get(match[1], ())
            if len(ends) != 1:
                return
            at = match.end()
            yield NamedParcel(start=match.start(1), end=at, key=next(iter(ends)))

    def _between(self, text: str, found: Sequence[NamedParcel]) -> Iterator[NamedParcel]:
        """`2031-1号至2031-4号地块` names those between too."""
        for mention, other in pairwise(found):
            if _UP_TO.fullmatch(text, mention.end, max(other.start, mention.end)):
                for key in self._keys_between(mention.key, other.key):
                    yield NamedParcel(start=mention.start, end=other.end, key=key)

    def _keys_between(self, first: int, last: int) -> list[int]:
        """The parcels between two by their numbers, else by their places in the list."""
        begin, end = self._place[first], self._place[last]
        numbers = between(self.drafts[begin].number, self.drafts[end].number)
        inner = {number_key(number) for number in numbers}
        by_number = [draft.key for draft in self.drafts if number_key(draft.number) in inner]
        return by_number or [draft.key for draft in self.drafts[begin + 1 : end]]

    def _whole(self, text: str) -> Iterator[NamedParcel]:
        """Yield each place where a name stands whole.

        `2025-1` is not in `2025-10号`, nor in `12025-1号`.
        """
        for start, char in enumerate(text):
            if char not in self._firsts or (start and _LETTER.match(text, start - 1)):
                continue
            for length in self._lengths:
                end = start + length
                for key in self._names.get(text[start:end], ()) if end <= len(text) else ():
                    if not _GOES_ON.match(text, end):
                        yield NamedParcel(start=start, end=end, key=key)

    def _ends(self, text: str) -> Iterator[NamedParcel]:
        for pattern in (_TAIL, _SHORT, _IN_WORDS):
            for match in pattern.finditer(text):
                ends = self._ends_of.get(number_key(match[1]), ())
                if len(ends) == 1:
                    yield NamedParcel(start=match.start(), end=match.end(), key=next(iter(ends)))
        for series in _SERIES.finditer(text):
            for match in _ONE_OF_A_SERIES.finditer(text, series.start(), series.end()):
                ends = self._ends_of.get(match[0], ())
                if len(ends) == 1:
                    yield NamedParcel(start=match.start(), end=match.end(), key=next(iter(ends)))

    def _places(self, text: str) -> Iterator[NamedParcel]:
        for match in _IN_THE_LIST.finditer(text):
            if (key := self._by_place(match[match.lastindex or 0])) is not None:
                yield NamedParcel(start=match.start(), end=match.end(), key=key)
        for match in _SEVERAL_PLACES.finditer(text):
            for key in self._by_places(match[match.lastindex or 0]):
                yield NamedParcel(start=match.start(), end=match.end(), key=key)
        for match in _FIRST_OR_LAST.finditer(text):
            size = int(match[2]) if match[2].isdigit() else _COUNTS.index(match[2]) + 2
            some = self.drafts[:size] if match[1] == "前" else self.drafts[-size:]
            for draft in some if size < len(self.drafts) else ():
                yield NamedParcel(start=match.start(), end=match.end(), key=draft.key)

    def _by_places(self, words: str) -> Iterator[int]:
        """The parcels of `1、3`, `13-15`: places in the list, and those between two."""
        before: int | None = None
        for match in _ONE_PLACE.finditer(words):
            key = self._by_place(match["place"])
            if key is None:
                return
            if match["up_to"] and before is not None:
                yield from (
                    draft.key for draft in self.drafts[self._place[before] + 1 : self._place[key]]
                )
            yield key
            before = key

    def _by_place(self, serial: str) -> int | None:
        """Return the parcel at a place in the list.

        By the list's own numbers, else, where it has none, by its order.
        """
        serial = _ORDINALS[0] if serial == _FIRST else serial
        figure = str(_ORDINALS.index(serial) + 1) if serial in _ORDINALS else serial
        listed = self._serials.get(serial) or self._serials.get(figure) or ()
        if len(listed) == 1:
            return listed[0]
        if self._serials or serial not in _ORDINALS:
            return None
        at = _ORDINALS.index(serial)
        return self.drafts[at].key if at < len(self.drafts) else None


def _counted(text: str, mentions: Sequence[NamedParcel]) -> int:
    """How many parcels the words right behind the last named one say that there are, else 0."""
    count = _AND_OTHERS_COUNTED.match(text, mentions[-1].end) if mentions else None
    return number_of(count[1]) if count is not None else 0


_LIKE_FIGURES = re.compile(r"[A-Z]?\d+")


@lru_cache(maxsize=512)
def _ends(name: str) -> Sequence[str]:
    """Return the ends of a number by which words may speak of it.

    None begins within a figure or a word; behind a hyphen it is figures, perhaps with a letter.
    """
    begins = range(max(len(name) - _LONGEST_END, 1), len(name))
    ends = [name, *(name[at:] for at in begins if not _WITHIN.match(name, at - 1))]
    _, hyphen, figures = name.rpartition("-")
    return [*ends, figures] if hyphen and _LIKE_FIGURES.fullmatch(figures) else ends
