"""The reach of a notice of change: the parcels that it changes, decided when it is applied.

Any parcel that its words name limits it to those that they name. It is about all of a notice only
where it says so or names none. Where it names something that fits no known parcel, it touches none:
somebody must look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from notifier.domain.mentions import Mention, ParcelNames, fold
from notifier.domain.offers import Offer
from notifier.domain.values import Change, Kind, Notice, Parcel, number_key, squash

_SENTENCE = re.compile(r"(?<=[。;!?])")
_CLAUSE = re.compile(r"(?<=,)")
# `我局于…发布的公告…挂牌出让甲、乙地块`: what was published before
_RECALLED = re.compile(
    r"发布|刊登|公布|公告(?:了|称|中)?[^,。]{0,12}(?:挂牌|拍卖|招标|出让)|曾于|原定|原公告"
    r"|已(?:于|经)?[^,。]{0,16}(?:成交|终止|中止|出让|摘牌|竞得|延期|流拍)"
)
_DEED = re.compile(
    r"现(?!场|状|行|金|有)|决定|予以|特此|经研究|(?:公告|》|\]|号|\")中(?![止标央心])"
)
_GOES_ON = re.compile(
    r"其余|其他|其它|照常|不变|正常进行|不受影响|如期|继续|不(?:涉及|包括|包含|含|延期|顺延|延长|推迟|调整|作调整|做调整|中止|终止|暂停)"
)
_FIELD_STAYS = re.compile(
    r"(?:时间|截止|日期|价|保证金|条件|事项|内容|要求|面积|方式|地点)[^,]{0,8}(?:不变|照常|不作调整|不调整)"
)
_REASON = re.compile(r"^(?:因(?!故)|由于|鉴于|根据|按照|依据|为(?!进一步|了)|应)")
_COMPARED = re.compile(
    r"与[^,。]{1,30}?(?:相邻|毗邻|相同|一致|同期|同步)|(?:参照|比照|参考)[^,。]{1,30}?(?:的|执行|办理|规定)"
    r"|[东南西北](?:至|临|邻|靠)[^,。]{1,30}"
)
_BESIDE = re.compile(
    r"号?(?:地块|宗地)?以?[东南西北](?:侧|面|边|部)?(?!路|街|城|区)|号?(?:地块|宗地)?(?:旁|相邻)"
)
_FORMERLY = re.compile(r"\[(?:原|曾用)[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]")
_EXCEPT = re.compile(
    r"除(?!了?公告|此)[^。;]{1,80}?(?:以外|之外|外)|(?<=,)[^,。;]{1,60}除外|^[^,。;]{1,60}除外|\[[^\[\]]{1,60}除外\]"
)
_LAND = r"(?:地块|宗地|标的)"
_OF_LAND = (
    r"(?:出让|挂牌|拍卖|国有|建设用地|使用权|土地|的"
    r"|\d{1,3}|[两一二三四五六七八九十]{1,3}|[宗幅块个])*"
)
_ALL = re.compile(
    rf"(?:全部|所有|全体){_OF_LAND}{_LAND}|各(?:个|宗|幅|块)?{_LAND}"
    rf"|(?:本|该|此|上述|原|前述|公告|号\]?)(?:公告)?(?:中|内|项下|所列|涉及|所涉|下)?(?:的)?(?:全部|所有)"
    rf"|{_LAND}(?:全部|一律)|(?:本|该|此)(?:次)?公告(?:的)?(?:出让|挂牌|拍卖|竞买|报名)"
)
_OTHERS = re.compile(
    rf"(?:其余|其他|其它|剩余|余下)(?:各|的|\d{{1,3}}|[两一二三四五六七八九十]{{1,3}}|[宗幅块个])*{_OF_LAND}{_LAND}"
)
_SOME = re.compile(
    rf"(?:部分|个别){_OF_LAND}{_LAND}|其中(?:的)?(?:[一1两二三2-9]|某|有)(?:[宗幅块个]){_OF_LAND}(?:{_LAND})?"
)
_AND_MORE = re.compile(
    r"等(?:(\d{1,3})|([两二三四五六七八九十]{1,3}))?(?:[宗幅块个](?:出让)?(?:地块|土地)?|地块)"
)
_NUMERALS = {
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_MOST_NAMES = 20
_ALL_PARCELS, _OTHER_PARCELS = "全部地块", "其余地块"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The reach of a notice of change: `offers` are touched.

    `notice` is the notice with their numbers as they are known; `unmatched` are the words that may
    name parcels but fit none that is known; `is_known`: some parcel that it may be about is known.
    """

    offers: tuple[Offer, ...]
    notice: Notice
    unmatched: tuple[str, ...] = ()
    is_known: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class MeantParcel:
    """The parcel that a name in a notice of change means, as a person said."""

    name: str
    parcel_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangePart:
    """What a notice of change states of something that nobody knows.

    `names`: the spellings of it, the first is shown. `notice`: what the notice says, without what
    it says of others. `is_parcel`: they name a parcel, rather than a notice or `其余地块`.
    """

    names: tuple[str, ...]
    notice: Notice
    is_parcel: bool = True

    @property
    def name(self) -> str:
        return self.names[0]

    def said_of(self, number: str) -> Notice:
        """Return the part as a notice that says it of the parcel `number`."""
        listed = tuple(replace(parcel, parcel_no=number) for parcel in self.notice.parcels)
        changes = tuple(replace(change, parcel_no=number) for change in self.notice.changes)
        return replace(self.notice, parcels=listed, changes=changes)


def parts_of(notice: Notice, names: Sequence[str]) -> tuple[ChangePart, ...]:
    """Return what `notice` states of each of `names` that fit nothing known, in their order.

    Spellings of one number are one part. What is no parcel's name is a part by itself; the notice
    that is changed is one only where nothing else is named.
    """
    documents = {squash(word) for word in (*notice.refers_to, notice.notice_no, notice.title)}
    documents.discard("")
    mentioned = set(mentioned_numbers(notice))
    groups: list[list[str]] = []
    others = [name for name in names if name not in mentioned]
    for name in (name for name in names if name in mentioned):
        same = next((group for group in groups if _is_one_number(group, name)), None)
        if same is None:
            groups.append([name])
        else:
            same.append(name)
    parts = [_part(notice, group) for group in groups]
    words = [name for name in others if squash(name) not in documents]
    parts += [_part_of_all(notice, [word]) for word in words]
    if not parts and others:
        parts.append(_part_of_all(notice, others))
    return tuple(parts)


def _is_one_number(names: Sequence[str], name: str) -> bool:
    return any(_known(name, ParcelNames([known])) for known in names) or any(
        _known(known, ParcelNames([name])) for known in names
    )


def _part(notice: Notice, names: Sequence[str]) -> ChangePart:
    """What is stated of a number, or of every parcel."""

    def is_meant(number: str) -> bool:
        return not number or _is_one_number(names, number)

    own = replace(
        notice,
        parcels=tuple(parcel for parcel in notice.parcels if is_meant(parcel.parcel_no)),
        changes=tuple(change for change in notice.changes if is_meant(change.parcel_no)),
    )
    return ChangePart(names=tuple(names), notice=own)


def _part_of_all(notice: Notice, names: Sequence[str]) -> ChangePart:
    """What is stated of every parcel."""
    own = replace(
        notice,
        parcels=tuple(parcel for parcel in notice.parcels if not parcel.parcel_no),
        changes=tuple(change for change in notice.changes if not change.parcel_no),
    )
    return ChangePart(names=tuple(names), notice=own, is_parcel=False)


@dataclass(kw_only=True, slots=True)
class _Named:
    """Positions and unknown names that a part of a notice speaks of."""

    positions: set[int] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    def add(self, mentions: Iterable[Mention]) -> None:
        for mention in mentions:
            self.positions |= mention.positions
            if not mention.positions:
                self.unknown.append(mention.text)

    def __bool__(self) -> bool:
        return bool(self.positions or self.unknown)


@dataclass(kw_only=True, slots=True)
class _FoldedWords:
    """The meaning of a notice of change: parcels that it is about, recalls, or lets go on."""

    deed: _Named = field(default_factory=_Named)
    recalled: _Named = field(default_factory=_Named)
    title: _Named = field(default_factory=_Named)
    excepted: _Named = field(default_factory=_Named)
    all_of_them: bool = False
    others: bool = False
    some: str = ""
    more: str = ""


def reach(
    notice: Notice,
    offers: Sequence[Offer],
    *,
    whole_notice: bool = True,
    meant: Sequence[MeantParcel] = (),
) -> Reach:
    """The parcels of `offers` that `notice` touches.

    `whole_notice`: they are the parcels of the notice that it changes, so that it may be about all
    of them. `meant`: what people said of names in it that fit no number.
    """
    documents = (*notice.refers_to, notice.notice_no)
    position = {offer.id: at for at, offer in enumerate(offers)}
    others = [(each.name, position[each.parcel_id]) for each in meant if each.parcel_id in position]
    names = ParcelNames([offer.parcel.parcel_no for offer in offers], documents, others)
    positions, unmatched = _touched(notice, names, len(offers), whole_notice=whole_notice)
    resolved, unresolved = _with_known_numbers(notice, names, offers, positions, unmatched)
    touched = tuple(offers[at] for at in sorted(positions))
    listed = [*dict.fromkeys([*unmatched, *unresolved])]
    unmatched_names = tuple(listed[:_MOST_NAMES])
    return Reach(offers=touched, notice=resolved, unmatched=unmatched_names, is_known=bool(offers))


def _touched(
    notice: Notice, names: ParcelNames, count: int, *, whole_notice: bool
) -> tuple[set[int], list[str]]:
    everybody = set(range(count)) if whole_notice else set()
    listed = _listed(notice, names)
    if not notice.words:
        return (listed.positions, []) if listed else (everybody, [])
    words = _read(notice, names)
    excepted = words.excepted.positions
    named = words.deed.positions - excepted
    if words.others:
        is_clear = not named and not words.deed.unknown and not words.excepted.unknown
        return (
            (everybody - excepted, [])
            if is_clear
            else (set(), [*words.excepted.unknown, _OTHER_PARCELS])
        )
    if named:
        more = [words.more] if words.more else []
        more += [_ALL_PARCELS] if words.all_of_them and named != everybody - excepted else []
        return named, [*words.deed.unknown, *more]
    if words.deed.unknown or words.excepted.unknown:
        return set(), [*words.deed.unknown, *words.excepted.unknown]
    if words.all_of_them:
        only = words.title.positions - excepted
        return (
            (only, [_ALL_PARCELS])
            if only and only != everybody - excepted
            else (everybody - excepted, [])
        )
    for level in (words.title, words.recalled):
        if level.positions - excepted:
            return level.positions - excepted, level.unknown
        if level.unknown:
            return set(), level.unknown
    if excepted:
        return everybody - excepted, []
    if words.some:
        return set(), [words.some]
    return (listed.positions, []) if listed else (everybody, [])


def _listed(notice: Notice, names: ParcelNames) -> _Named:
    """The parcels whose numbers the reader found."""
    found = _Named()
    for number in named_parcels(notice):
        positions = _known(number, names)
        found.positions |= positions
        if not positions:
            found.unknown.append(number)
    return found


def named_parcels(notice: Notice) -> tuple[str, ...]:
    """The numbers of the parcels that the reader of a notice of change found in it."""
    numbers = [parcel.parcel_no for parcel in notice.parcels] + [
        change.parcel_no for change in notice.changes
    ]
    return tuple(dict.fromkeys(number for number in numbers if number))


def mentioned_numbers(notice: Notice) -> tuple[str, ...]:
    """Every number that may be a parcel's: the reader's, and those that its words name as such."""
    names = ParcelNames((), (*notice.refers_to, notice.notice_no))
    words = [
        mention.text for line in notice.words.splitlines() for mention in names.mentions(fold(line))
    ]
    return tuple(dict.fromkeys([*named_parcels(notice), *words]))


def _known(number: str, names: ParcelNames) -> frozenset[int]:
    found = names.mentions(fold(f"{number_key(number)}号地块")) or names.mentions(
        fold(f"{number_key(number)}地块")
    )
    positions: frozenset[int] = frozenset()
    for mention in found:
        positions |= mention.positions
    return positions


def _with_known_numbers(
    notice: Notice,
    names: ParcelNames,
    offers: Sequence[Offer],
    positions: set[int],
    unmatched: Sequence[str],
) -> tuple[Notice, list[str]]:
    """Return the notice with the numbers of the offers that it touches.

    With them go the numbers of the reader that fit none.
    """
    known = {number: sorted(_known(number, names)) for number in named_parcels(notice)}
    strange = [number for number, found in known.items() if not found]
    if (
        len(strange) == 1
        and len(known) == 1
        and len(positions) == 1
        and not unmatched
        and notice.words
    ):
        # the words name this parcel alone, whatever the reader made of it
        known[strange[0]] = sorted(positions)
        strange = []
    if notice.words and positions:
        strange = [number for number in strange if number in unmatched]

    def as_known(number: str) -> list[str]:
        if not number:
            return [""]
        return [offers[at].parcel.parcel_no for at in known[number]] or [number]

    changes: list[Change] = []
    for change in notice.changes:
        changes += [replace(change, parcel_no=number) for number in as_known(change.parcel_no)]
    parcels: list[Parcel] = []
    for parcel in notice.parcels:
        parcels += [replace(parcel, parcel_no=number) for number in as_known(parcel.parcel_no)]
    return replace(notice, changes=tuple(changes), parcels=tuple(parcels)), strange


# the words


def _read(notice: Notice, names: ParcelNames) -> _FoldedWords:
    words = _FoldedWords()
    title = fold(notice.title)
    lines = [_FORMERLY.sub("", fold(line)) for line in notice.words.splitlines()]
    for line in lines:
        is_title = len(line) >= 4 and line in title
        if is_title:
            words.title.add(names.mentions(line))
            continue
        for sentence in _SENTENCE.split(line):
            _read_sentence(sentence, notice.kind, names, words)
    words.title.add(names.mentions(title) if title not in lines else ())
    return words


def _read_sentence(sentence: str, kind: Kind, names: ParcelNames, words: _FoldedWords) -> None:
    for match in _EXCEPT.finditer(sentence):
        words.excepted.add(names.mentions(match[0]))
    sentence = _COMPARED.sub(" ", _EXCEPT.sub(" ", sentence))
    recital, deed = _parted(sentence, kind)
    words.recalled.add(_named_in(recital, names))
    carried: list[Mention] = []
    for clause in _CLAUSE.split(deed):
        mentions = _named_in(clause, names)
        goes_on = kind is not Kind.RESUMPTION and _GOES_ON.search(clause) is not None
        if goes_on and not _is_deed_of_others(clause):
            if mentions and _FIELD_STAYS.search(clause):
                carried = mentions  # only a field of it stays; what follows may be about it, too
            else:
                words.excepted.add(mentions)
            continue
        reason, clause = _without_reason(clause)
        words.recalled.add(_named_in(reason, names))
        mentions = _named_in(clause, names)
        if not mentions and clause.strip(" ,。;"):
            words.deed.add(carried)
        carried = []
        words.deed.add(mentions)
        words.all_of_them = words.all_of_them or _ALL.search(clause) is not None
        words.others = words.others or _is_deed_of_others(clause)
        some = _SOME.search(clause)
        words.some = words.some or (some[0] if some else "")
        words.more = words.more or _more_than(clause, mentions)
    if carried:
        words.excepted.add(carried)


def _parted(sentence: str, kind: Kind) -> tuple[str, str]:
    """(what is recalled, what is done) in a sentence."""
    if not _RECALLED.search(sentence) or kind is Kind.RESULT:
        return "", sentence
    deed = _DEED.search(sentence)
    if deed is None:
        return sentence, ""
    return sentence[: deed.start()], sentence[deed.start() :]


def _without_reason(clause: str) -> tuple[str, str]:
    if not _REASON.match(clause):
        return "", clause
    deed = _DEED.search(clause)
    return (clause, "") if deed is None else (clause[: deed.start()], clause[deed.start() :])


def _is_deed_of_others(clause: str) -> bool:
    """`其余地块延期至…`: something is done to the others, rather than that they go on."""
    match = _OTHERS.search(clause)
    return match is not None and _GOES_ON.search(_OTHERS.sub("", clause)) is None


def _named_in(text: str, names: ParcelNames) -> list[Mention]:
    return [mention for mention in names.mentions(text) if not _BESIDE.match(text, mention.end)]


def _more_than(clause: str, mentions: Sequence[Mention]) -> str:
    """`等3宗地块` where fewer are named."""
    match = _AND_MORE.search(clause)
    if match is None or not mentions:
        return ""
    count = int(match[1]) if match[1] else _NUMERALS.get(match[2] or "", 0)
    named: set[int] = set()
    for mention in mentions:
        named |= mention.positions
    return "" if count and count <= max(len(named), len(mentions)) else match[0]


def lines_of(texts: Iterable[str], most: int) -> str:
    """Return the words of a notice for `Notice.words`, at most `most` characters.

    A paragraph or a row is a line.
    """
    return "\n".join(_bounded(texts, most))


def _bounded(texts: Iterable[str], most: int) -> Iterator[str]:
    for text in texts:
        line = " ".join(text.split())
        if most <= 0:
            return
        if line:
            yield line[:most]
            most -= len(line) + 1
