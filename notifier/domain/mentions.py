"""Parcels named in running text.

By their number, a name, or the end of a number that only one of them has.

`“甲地段2031-18号”地块`, `宗地编号为2031-18的`, `2031-18号（某街道）地块`, `18、19号`,
`18号至20号地块`. Numbers of documents, addresses, days and amounts are no parcels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from notifier.domain.values import number_key, squash

_HAN = "㐀-䶿一-鿿〇"
_DASHES = re.compile("[‐-―−–—─━～~]+")
_QUOTES = re.compile("[“”„‟‘’「」『』\"'`＂]+")
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:\[\d{1,4}\]-?(?=[A-Za-z0-9第])|[A-Za-z0-9]+)"
    r"(?:第?[-#./]*(?:\[[A-Za-z0-9]{1,4}\](?=第?-?[A-Za-z0-9])|[A-Za-z0-9]+))*"
)
_LAND = r"(?:地块|宗地(?!块)|号地(?![块址方点]))"
_BRACKET = r"(?:\[[^\[\]]{1,24}\])?"
# what makes a code a parcel's: `…号地块`, `…号[某街道]地块`, `…"地块`
_LAND_BEHIND = re.compile(rf"[号#]?\"?{_BRACKET}\"?(?:的)?{_LAND}|[号#]?{_BRACKET}\"?{_LAND}")
_LAND_BEFORE = re.compile(
    r"(?:(?:地块|宗地|土地)(?:编号|号|名称)?|编号)(?:分别)?(?:为|是|:)?[\"\[]*$"
)
_SIGN_OR_LAND_BEHIND = re.compile(rf"[号#]|{_LAND}")
_SIGN_BEHIND = re.compile(r"[号#]")
_COUNT_BEHIND = re.compile(r"(?:等?[两二三四五六七八九十]{1,2}|等\d{1,2})[宗幅块]")
_NO_PARCEL_BEHIND = re.compile(
    r"年|月|日|时|分|点|:|%|[百千万亿]|元|亩|平方|米|m|㎡|公顷|[宗幅个块天周人家次条款项章页]|倍|以[上下内]"
)
_DOCUMENT_BEHIND = re.compile(r"号(?:公告|文|令|楼|院|室|层|栋|幢|门|窗|厅|线|账|通知|批复)")
_ADDRESS_BEFORE = re.compile(r"(?:路|街|大道|道|巷|弄|胡同|村|社区|大厦|小区|园|里)$")
_DAY_BEFORE = re.compile(r"[年月]$")
_DOCUMENT_BEFORE = re.compile(r"(?:告|告字|函|文|令|发|批|复|纪要|规|办|通知|字)$")
_SERIES_BEFORE = re.compile(r"[储出让挂拍招工商住土政告字]$")
_OPENS = re.compile(
    r"(?:^|[^A-Za-z0-9㐀-䶿一-鿿〇]|[的中将对及和与让于止复期原现该为由因定停缓撤正整号块地段区镇街村])$"
)
_DOCUMENT = re.compile(
    rf"[{_HAN}]{{0,14}}(?:公告|告|函|文|令|发|批|复|纪要|规|办)字?(?:第)?\[\d{{4}}\](?:第)?\d{{1,4}}(?:-\d{{1,3}})?"
    r"(?![-\d]|号?(?:地块|宗地))号?"
)
_JOINED = re.compile(
    rf"[号#]?\"?{_BRACKET}\"?(?:地块|宗地)?{_BRACKET}[\"\]]*(?:、|,|和|及|与|以及|/)[\"\[]*(?:地块|宗地)?(?:编号)?[:为]?[\"\[]*"
)
_UP_TO = re.compile(r"[号#]?\"?(?:地块|宗地)?\"?(?:至|到|-)[\"]*(?:地块|宗地)?")
_LETTERED = re.compile(
    r"(?<![A-Za-z0-9\-])([A-Z]|[一二三四五六七八九十]{1,3})号?\"?(?:地块|宗地(?!块))"
    r"|(?:地块|宗地)([A-Z]|[一二三四五六七八九十]{1,3})(?![A-Za-z0-9一二三四五六七八九十宗幅块个是般起并旦致经律])"
)
_QUOTED = re.compile(
    rf"\"([{_HAN}A-Za-z0-9\[\]#\-]{{1,30}})\"(?:的)?{_LAND}|{_LAND}\"([{_HAN}A-Za-z0-9\[\]#\-]{{1,30}})\""
)
_LABELLED = re.compile(
    rf"(?:地块|宗地)?(?:编号|名称)(?:为|是|:)\"?([{_HAN}A-Za-z0-9\[\]#\-]{{2,24}}?)(?=号|的|地块|宗地|[\",。;]|$)"
)
_NAMED = re.compile(rf"([{_HAN}]{{2,14}})(?:地块|宗地(?!块))")
# what stands before a name in a sentence
_RUN_IN = re.compile(
    r"^.*(?:关于|原定(?:于)?|定于|决定|终止|中止|恢复|重启|延期|延长|推迟|暂停|暂缓|撤回|撤销|取消|调整|变更|更正|补充|予以|公告|继续|涉及"
    r"|其中|包括|以下|下列|上述|位于|布|[的中将对及和与让现拟原该于由因为])"
)
_OF_NO_NAME = re.compile(
    r"(?:出让|挂牌|拍卖|招标|转让|国有|集体|经营性|建设|用地|使用权|土地|住宅|商业|商住|商服|工业|仓储|综合|居住|配套|规划|公开|网上|本次|本批"
    r"|各|全部|所有|全体|该|本|此|上述|以上|下列|以下|相关|有关|涉及|其余|其他|其它|剩余|原|部分|个别|同|每|这|那|某|等|共|计|约|及|均|已|未|余"
    r"|[一二两三四五六七八九十百\d]+|[宗幅块个批次]|拟|招拍挂|标的|净|毛|新|旧|后续|期|宗地|地块|号|我局|我县|我市|我区|当前|目前)*"
)
_PLACE_BEHIND = re.compile(rf"\[[^\[\]]*[{_HAN}][^\[\]]*\](?:地块|宗地)?$")
_SURE_LENGTH = 4
_FEWEST_LETTERS = 2


def fold(text: str) -> str:
    """Return a text as numbers are looked for in it.

    It has one width, one form of bracket, dash and quote, and no white space.
    """
    return _QUOTES.sub('"', _DASHES.sub("-", squash(text)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A place of a text that names parcels, by their position in the list.

    `positions` is empty where the text names a parcel that is not in the list, or that may be
    several of it.
    """

    start: int
    end: int
    text: str
    positions: frozenset[int] = frozenset()


class ParcelNames:
    """The numbers of a list of parcels, to be found in folded text.

    `documents`: numbers of notices. `others`: further names, each with the position of its parcel.
    """

    def __init__(
        self,
        numbers: Sequence[str],
        documents: Sequence[str] = (),
        others: Sequence[tuple[str, int]] = (),
    ) -> None:
        named = [*((number, at) for at, number in enumerate(numbers)), *others]
        self._keys = [_Key(at=at, text=key) for number, at in named for key in _keys(number)]
        self._documents = [fold(number) for number in documents if number.strip()]

    def mentions(self, text: str) -> list[Mention]:
        """Each place of the folded `text` that names a parcel, known or not, in order."""
        documents = list(self._documents_in(text))
        found = [mention for mention in self._whole(text) if not _is_within(mention, documents)]
        left = _masked(text, [*documents, *((mention.start, mention.end) for mention in found)])
        found += self._by_code(text, left, found)
        left = _masked(left, [(mention.start, mention.end) for mention in found])
        found += self._lettered(left)
        left = _masked(left, [(mention.start, mention.end) for mention in found])
        found += _unknown_names(left)
        found.sort(key=lambda mention: mention.start)
        return [*found, *self._between(text, found)]

    def _documents_in(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _DOCUMENT.finditer(text):
            yield match.span()
        for number in self._documents:
            at = text.find(number)
            while at >= 0:
                end = at + len(number)
                if not re.match(r"[-\d]|号?(?:地块|宗地)", text[end : end + 4]):
                    yield at, end
                at = text.find(number, end)

    def _whole(self, text: str) -> list[Mention]:
        """Return the mentions of whole numbers; of overlapping ones the longest."""
        found: list[Mention] = []
        for key in {key.text for key in self._keys if _stands_alone(key.text)}:
            positions = self._positions(key.__eq__)
            found += [
                Mention(start=match.start(), end=match.end(), text=key, positions=positions)
                for match in re.finditer(re.escape(key), text)
                if _is_bounded(key, text, match.start(), match.end())
            ]
        return [mention for mention in found if not any(_holds(other, mention) for other in found)]

    def _by_code(self, text: str, left: str, whole: Sequence[Mention]) -> list[Mention]:
        """Return codes that the words around them, or a list, make numbers of parcels."""
        codes = [match for match in _CODE.finditer(left) if _may_be_number(match, left)]
        named = {match.span() for match in codes if _is_named(match, left)}
        spans = sorted(
            [
                *(match.span() for match in codes),
                *((mention.start, mention.end) for mention in whole),
            ]
        )
        sure = named | {(mention.start, mention.end) for mention in whole}
        for span, following in reversed(list(pairwise(spans))):
            if following in sure and _are_joined(text, span[1], following[0]):
                sure.add(span)
        for span, following in pairwise(spans):
            if span in sure and _are_joined(text, span[1], following[0]):
                sure.add(following)
        found = []
        for match in codes:
            if match.span() in sure:
                positions = self._resolve(match[0], left[: match.start()], left[match.end() :])
                found.append(
                    Mention(
                        start=match.start(),
                        end=match.end(),
                        text=_with_sign(match),
                        positions=positions,
                    )
                )
        return found

    def _resolve(self, code: str, before: str, behind: str) -> frozenset[int]:
        """Return the parcels of the one number that `code` is, or is the end of.

        Empty: there is none, or it may be several numbers.
        """
        exact = self._positions(lambda key: key == code)
        if exact:
            return exact
        foreign = _SERIES_BEFORE.search(before) is not None or (
            code[0] == "[" and not _OPENS.search(before)
        )
        if foreign:
            return frozenset()
        found = self._positions(lambda key: _is_end(key, code))
        if not found and code.isdecimal():
            found = self._positions(lambda key: _last_figure(key) == int(code))
        if not found and (figures := _figures(code))[1:]:
            found = self._positions(lambda key: _figures(key)[-len(figures) :] == figures)
        if not found:
            return self._in_range(code, behind)
        return found if self._is_one(found) else frozenset()

    def _in_range(self, code: str, behind: str) -> frozenset[int]:
        """`18-20号地块`, `2031-18-20号` where no number ends so: those from 18 to 20."""
        match = re.fullmatch(r"(.*\D)?(\d{1,4})-(\d{1,4})", code)
        if (
            match is None
            or not _SIGN_OR_LAND_BEHIND.match(behind)
            or int(match[2]) >= int(match[3])
        ):
            return frozenset()
        begin, end = int(match[2]), int(match[3])
        stem = match[1] or ""
        inside = self._positions(lambda key: begin <= _last_figure(key) <= end and stem in key)
        figures = {_last_figure(key.text) for key in self._keys if key.at in inside}
        return inside if {begin, end} <= figures else frozenset()

    def _positions(self, fits: Callable[[str], bool]) -> frozenset[int]:
        return frozenset(key.at for key in self._keys if fits(key.text))

    def _is_one(self, positions: frozenset[int]) -> bool:
        """Return whether parcels bear one number; several of one number cannot be told apart."""
        return len({self._number(at) for at in positions}) == 1

    def _number(self, at: int) -> str:
        return next(key.text for key in self._keys if key.at == at)

    def _lettered(self, text: str) -> Iterator[Mention]:
        """`A地块`, `地块二`: a name that only a number ending so gives a meaning."""
        for match in _LETTERED.finditer(text):
            found = self._ending_in(match[1] or match[2])
            yield Mention(start=match.start(), end=match.end(), text=match[0], positions=found)

    def _ending_in(self, name: str) -> frozenset[int]:
        found = self._positions(lambda key: _is_end(key, name))
        return found if self._is_one(found) else frozenset()

    def _between(self, text: str, found: Sequence[Mention]) -> Iterator[Mention]:
        """`2031-1号至2031-4号地块` names those between, too."""
        for mention, other in pairwise(found):
            if (
                len(mention.positions) != 1
                or len(other.positions) != 1
                or other.start <= mention.end
            ):
                continue
            if not _UP_TO.fullmatch(text, mention.end, other.start):
                continue
            (first,), (last,) = mention.positions, other.positions
            inside = self._inside(self._number(first), self._number(last))
            if inside:
                yield replace(mention, positions=inside)

    def _inside(self, begin: str, end: str) -> frozenset[int]:
        stem = begin.removesuffix(_tail(begin))
        numbers = range(_last_figure(begin) + 1, _last_figure(end))
        return self._positions(lambda key: key.startswith(stem) and _last_figure(key) in numbers)


# numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class _Key:
    """A number or another name, folded, of the parcel at a position of the list."""

    at: int
    text: str


def _keys(number: str) -> list[str]:
    """A number, and without the place that stands behind it in brackets."""
    key = fold(number_key(number))
    bare = number_key(_PLACE_BEHIND.sub("", key))
    return [name for name in dict.fromkeys((key, bare)) if name]


def _stands_alone(key: str) -> bool:
    """Return whether a number is found without the words 号 or 地块 behind it."""
    if not key or key.isdecimal():
        return False
    han = len(re.findall(rf"[{_HAN}]", key))
    return len(key) >= _SURE_LENGTH or han >= _FEWEST_LETTERS


def _is_bounded(key: str, text: str, start: int, end: int) -> bool:
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    if re.match(r"[A-Za-z0-9]", key) and re.search(r"[A-Za-z0-9]$|[A-Za-z0-9]-$", before):
        return False
    if key[0] == "[" and not _OPENS.search(text[max(0, start - 12) : start]):
        return False
    if re.search(r"[A-Za-z0-9]$", key) and re.match(r"[A-Za-z0-9]|-\d|年|月", behind):
        return False
    return not _has_foreign_letter(key, text[max(0, start - 8) : start])


def _has_foreign_letter(key: str, before: str) -> bool:
    """`余甲储…` is not `甲储…`: one more letter between a word of the sentence and the number."""
    if not re.match(rf"[{_HAN}]", key):
        return False
    match = re.search(
        rf"(?:^|[^{_HAN}]|终止|中止|恢复|暂停|延期|出让|决定|[的将对和及与为是于])([{_HAN}])$",
        before,
    )
    return (
        match is not None
        and match[1] not in "的中将对及和与让于止复期原现该为由因定停缓撤正整是本拟故即块地号挂"
    )


def _is_within(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    return any(
        start <= mention.start and mention.end <= end and end - start > mention.end - mention.start
        for start, end in spans
    )


def _holds(longer: Mention, mention: Mention) -> bool:
    inside = longer.start <= mention.start and mention.end <= longer.end
    return inside and longer.end - longer.start > mention.end - mention.start


def _masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = "\0" * (end - start)
    return "".join(chars)


def _may_be_number(match: re.Match[str], text: str) -> bool:
    """Return whether a code may be a number: it is no day, amount, address or document."""
    code, before, behind = (
        match[0],
        text[max(0, match.start() - 12) : match.start()],
        text[match.end() :],
    )
    if not re.search(r"\d", code):
        return False
    if _NO_PARCEL_BEHIND.match(behind) or _DOCUMENT_BEHIND.match(behind):
        return False
    is_land = _LAND_BEHIND.match(behind) is not None
    if before.endswith("第") and not is_land:
        return False
    if _DAY_BEFORE.search(before) and not is_land:
        return False
    if code[0] == "[" and _DOCUMENT_BEFORE.search(before) and not is_land:
        return False
    return not (_ADDRESS_BEFORE.search(before) and code.isdecimal() and not is_land)


def _is_named(match: re.Match[str], text: str) -> bool:
    code, before, behind = (
        match[0],
        text[max(0, match.start() - 12) : match.start()],
        text[match.end() :],
    )
    if _LAND_BEHIND.match(behind):
        counted = code.isdecimal() and not behind.startswith(("号", "#", "地块"))
        return not counted and not (code.isdecimal() and re.search(r"[等共计]$", before))
    if _LAND_BEFORE.search(before) or _SIGN_BEHIND.match(behind):
        return True
    return (
        _COUNT_BEHIND.match(behind) is not None and re.search(r"[、,和及与]$", before) is not None
    )


def _are_joined(text: str, end: int, start: int) -> bool:
    return (
        _JOINED.fullmatch(text, end, start) is not None
        or _UP_TO.fullmatch(text, end, start) is not None
    )


def _with_sign(match: re.Match[str]) -> str:
    behind = match.string[match.end() : match.end() + 1]
    return match[0] + ("号" if behind == "号" else "")


def _is_end(key: str, tail: str) -> bool:
    """`21` is no end of `121`, nor `A` of `BA`."""
    if not key.endswith(tail) or key == tail:
        return key == tail
    return not re.fullmatch(r"\d\d|[A-Za-z][A-Za-z]", key[-len(tail) - 1] + tail[0])


def _tail(key: str) -> str:
    match = re.search(r"\d+$", key)
    return match[0] if match else ""


def _last_figure(key: str) -> int:
    tail = _tail(key)
    return int(tail) if tail else -1


def _figures(key: str) -> list[int]:
    return [int(figure) for figure in re.findall(r"\d+", key)]


# names without figures


def _unknown_names(text: str) -> Iterator[Mention]:
    """Names of parcels that are none of the known ones: in quotes, behind a label, before 地块."""
    for pattern in (_QUOTED, _LABELLED):
        for match in pattern.finditer(text):
            name = next(group for group in match.groups() if group)
            if _OF_NO_NAME.fullmatch(name) is None:
                yield Mention(start=match.start(), end=match.end(), text=name)
    for match in _NAMED.finditer(text):
        name = _RUN_IN.sub("", match[1])
        if len(name) >= _FEWEST_LETTERS and _OF_NO_NAME.fullmatch(name) is None:
            yield Mention(start=match.start(), end=match.end(), text=f"{name}地块")
