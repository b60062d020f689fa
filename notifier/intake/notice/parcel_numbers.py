"""The numbers of parcels in running text: each way of naming one says how surely, the best wins.

And how many parcels a text counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifier.domain.values import Place, number_key, squash
from notifier.intake.notice.columns import Column
from notifier.intake.notice.folded_text import Line
from notifier.intake.notice.labelled import labelled
from notifier.intake.notice.rows import Entry
from notifier.intake.notice.scan import any_of

_LABELLED = re.compile(
    r"(?:(?:地块|宗地|地籍|出让宗地|土地|挂牌|拍卖)(?:的)?(?:编号|号|编码|代码)|(?:^|[。,;:\n])编号|(?:出让|转让|租赁)编号"
    r"|编号(?=[为是][一-鿿]{0,6}[A-Za-z\d()\[\]\-]{3,30}号?的?(?:地块|宗地)))"
    r"(?:[为是:]+|(?=[A-Z\d\[(]|[一-鿿]{1,6}20\d\d-))((?:[^,。;、:\s的]|:(?=\d)){2,40}?)"
    r"(?=[,。;、\n的]|国有|地块|宗地|集体|$|地块(?:位于|坐落)"
    r"|(?:土地|用地|出让)?面积[:为\d]|(?:位置|用途|起始价|起拍价)[:为])"
)
# `(1)甲储出[2031]5号地块位于…`, `地块一:甲储出[2031]5号`: what a line of a list begins with
_ITEM = re.compile(
    r"^(?P<mark>\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.](?!\d)"
    r"|\d{1,2}\.(?=20\d\d(?!\d))|[①-⑳])?(?:(?P<alias>(?:地块|宗地)[一二三四五六七八九十A-Z\d]{1,2}|[A-Z]地块)[::,])?(?:(?:地块|宗地)?编号[:为是]*)?"
    r"(?P<number>\[20\d\d\][一-鿿]{1,8}\d{1,4}号|20\d\d[一-鿿]{1,4}-?\d{1,4}号"
    r"|[A-Z]{1,4}[\[(]20\d\d[\])][一-鿿]{1,3}-?\d{1,4}(?:/\d{1,3})?号?"
    r"|[一-鿿]{0,12}(?:No\.)?[A-Za-z0-9\[(][A-Za-z0-9()\[\]\-#.]{1,30}号?(?:/[A-Za-z\d]{1,8})?)"
    r"(?P<word>地块|宗地)?[,:]?(?:(?P<after>(?:该?(?:宗地|地块))?(?:位于|坐落)|$)|(?<=[,:]))"
)
# behind the number of a parcel, without words for what they are
_FACT_OF_A_LAND = re.compile(
    r"\d(?:平方米|m2|公顷|亩)|起[始拍叫挂]?价|底价|保证金|容积率|用途|坐落|位于"
)
_FEWEST_FACTS = 3
_CADASTRAL = re.compile(r"[\d*]{9,}[A-Z]{2}\d{5}")  # perhaps masked: `450****02003GB00079`
_BEFORE_PLACE = re.compile(
    r"(?:^|[\n,。;:]|(?<![A-Za-z0-9])\d(?=[一-鿿]))((?:[一-鿿]{2,8})?[A-Za-z0-9][A-Za-z0-9()\[\]\-#]{2,30}(?:号)?)(?:地块|宗地)?(?:位于|坐落于?)"
)
# `XG-07,面积30亩;XG-08地块,东至…`: a code whose area or bounds the clause that it begins states
_BEFORE_AREA = re.compile(
    r"(?:^|[\n。;:]|[,。;]其中:?)(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.](?!\d))?"
    r"((?:(?!控规|规划)[一-鿿]{1,12})?(?<!\d)[A-Za-z0-9\[(〔【]"
    r"(?=[A-Za-z\d()\[\]〔〕【】#]*[A-Z\-\])〕】])[A-Za-z0-9()\[\]〔〕【】\-#]{2,30}"
    r"(?:号(?:\([一-鿿]{1,3}\))?)?)"
    r"(?:(?:地块|宗地)?[,:]|(?:地块|宗地)(?:\([^()]{1,8}\))?(?=出让))"
    r"(?=(?:土地|宗地|地块|用地|出让|总|出让土地)?面积|[东南西北][至临邻])",
    re.MULTILINE,
)
_PREFIX = (
    r"(?:[一-鿿]{1,12}|[A-Z]{1,4})?(?:\([A-Z一-鿿]{1,3}\))?"
    r"[\[(〔【]20\d\d年?[\])〕】]-?[A-Za-z\-]{0,4}"
)
_ONE = r"(?!20\d\d-)\d{1,4}(?:-[A-Z\d]{1,3})?"
_SERIES = re.compile(
    rf"({_PREFIX})({_ONE})号?((?:[、和及,]{_ONE}号?)*)(?<=号)"
    r"(?:等?[\d一二三四五六七八九十两]+[宗幅块])?(?=地块|宗地|国有|土地|号地块|[、和及与][一-鿿]{1,12}[\[(〔【]20\d\d)"
)
# `宗地2031-24、25、26号`, `2031拍-02号、03号`
_PLAIN_SERIES = re.compile(
    rf"((?<![\d-])20\d\d[一-鿿]{{0,2}}-)({_ONE})号?((?:[、和及]{_ONE}号?)+)(?<=号)"
)
# `P(2031)047号-P(2031)071号`, `甲政储出[2031]58~67号`: all of them
_RANGE = re.compile(
    rf"({_PREFIX}|(?<![\d-])20\d\d-)(\d{{1,4}})(?P<joint>号?[-~至](?:{_PREFIX})?)(\d{{1,4}})号"
)
_MOST_OF_A_RANGE = 100
_HEAD_LINES = 4
_YEAR_FIRST = re.compile(r"(\[20\d\d\][一-鿿]{1,8}\d{1,4}号)(?=地块|宗地|[、和及])")
_PLACE_INSIDE = re.compile(r"(?<![A-Za-z0-9])(20\d\d[A-Z]?-[一-鿿]{2,8}-\d{1,3}号?)(?=地块|宗地)")
# `甲储2031-7:自2031年…`: the times of each parcel behind its number
_BEFORE_TIMES = re.compile(
    r"(?<![A-Za-z0-9\-])([A-Z\d][A-Z\d()\[\]\-]{1,14}-\d{1,4}号?)(?:地块|宗地)?:[自从]?(?=20\d\d年)"
)
_CODE = re.compile(
    r"((?:[A-Z]{1,4}\d[A-Za-z0-9\-()#]{3,20})(?:[和、及](?:[A-Z]{1,4}\d[A-Za-z0-9\-()#]{3,20}))*号?)(?=(地块))"
)
# `丙土网挂2031-22号`: a series has a name, which ends in a word of the trade
_PREFIXED = re.compile(
    r"([一-鿿]{2,12})(20\d\d-?(?:[A-Z]{1,4}-?)?\d{1,4}(?:-\d{1,3})?号?)"
    r"(?=(?:等?[\d一二三四五六七八九十两]+[宗幅块])?(?:地块|宗地|国有|土地)|[、和及与](?:[一-鿿]{2,8}20\d\d))"
)
_SERIES_NAME = re.compile(
    r"[一-鿿]{1,7}(?<!竞)(?:储|储出|政出|挂|拍|土|工|商|住|网|租|矿|(?<![宗土])地)"
)
_SHORT_CODE = re.compile(r"((?<![A-Za-z0-9])[A-Za-z]{1,4}20\d\d-\d{1,4}号)(?=地块|宗地|国有|《)")
_ONE_CODE = (
    r"(?:[A-Z]{1,6}-?)?\d[A-Za-z0-9()#]*(?:-[A-Za-z0-9()#]+)+|[A-Z]{1,6}20\d\d[A-Za-z0-9]+"
    r"|(?:N[Oo]\.)?20\d\d[A-Z]{1,4}\d{2,4}|[A-Z]{1,3}-\d[A-Za-z0-9\-]*"
)
_CODES = re.compile(
    rf"(?<![A-Za-z0-9\-])((?:{_ONE_CODE})(?:号?(?:[、和及与,]|以及)(?:{_ONE_CODE})){{0,40}})"
    r"(?:号|等.{0,4}|(?:等|共)?\d{1,3}[宗幅块])?(?:地块|宗地)"
)
# `东江新区G2-6号地块、东江新区G21-1号地块共2幅`: as many names as the count that follows; without a
# count each name ends in 地块
_LISTED_NAME = (
    r"[一-鿿]{0,12}[A-Za-z0-9\[(〔【][A-Za-z0-9()\[\]〔〕【】\-#.]{1,30}(?:号?(?:地块|宗地)|号)?"
)
_COUNTED_LIST = re.compile(
    rf"((?:{_LISTED_NAME})(?:(?:[、和及与]|以及)(?:{_LISTED_NAME})){{1,30}})"
    r"(?:的?(?:等|共计?|合计|计)?(?P<count>\d{1,2}|[一二三四五六七八九十两]{1,3})[宗幅块个]"
    r"|(?P<land>的?(?:国有|土地|使用权))|(?<=地块|宗地)(?!\d))"
)
_BEHIND_A_LIST = re.compile(
    r"(?:\d|[一二三四五六七八九十两])[宗幅块个]|(?:地块|宗地)(?:的?(?:国有|土地|使用权))?"
)
_LONGEST_LIST = 31 * (12 + 1 + 30 + len("号地块以及")) + len("的合计三十一宗")  # characters
_JOINT = re.compile(r"[、和及与]|以及")
_LED_IN = re.compile(
    r"^.*(?:中|出让|转让|租赁|拍卖|挂牌|编号[为是:]*|止|恢复|的)(?=[一-鿿A-Za-z0-9\[(〔【])"
)
# `宗地2031-15号是…`, `涉及地块:2031-15号、2031-16号`
_NAMED_ONE = r"(?:[A-Za-z]{1,6})?[\[(]?20\d\d[\])]?[A-Za-z\d\-]{2,12}号"
_NAMED = re.compile(
    rf"(?:宗地|地块|编号)(?:为|是|:)?({_NAMED_ONE}(?:[、,和及与]{_NAMED_ONE}){{0,40}})"
)
_NUMBER = r"[\d,]+(?:\.\d+)?"
_AREA = re.compile(
    rf"(?<!建筑)(?:出让|净用地|用地|(?:用地|宗地)?(?:测绘|实测)|土地|宗地|地块|实际出让|总|规划净用地|总用地|使用权|(?<![一-鿿])|(?<=号))(?:土地)?(?:总)?面积(?:为|是|:|约)*({_NUMBER}(?:万?平方米|m2|公顷|亩)(?:\([^()]{{0,20}}\))?)"
)
_PRICE = re.compile(
    rf"(?:起始价|起拍价|起叫价|起价|起始总价|挂牌起始价|拍卖起始价|起挂价|底价)(?:\(总价\))?(?:为|是|:|人民币|共计|计|约)*({_NUMBER}(?:亿|万)?元(?:/(?:亩|平方米|m2))?)"
)
_DEPOSIT = re.compile(
    rf"保证金(?:\(人民币\))?(?:金额)?(?:为|是|:|人民币|计|即|起[始拍叫挂报]?价的?\d{{1,3}}%,?)*"
    rf"({_NUMBER}(?:亿|万)?元)"
)
# `…路北侧,66013平方米(99.02亩),住宅`: a clause of its own
_AREA_ALONE = re.compile(
    rf"(?<=[,:、])约?({_NUMBER}(?:平方米|m2|公顷)(?:\([^()]{{0,20}}\))?)(?=[,。;、]|$)"
)
_USE = re.compile(r"(?:土地|批准|规划)?(?:用途|用地性质)(?:为|是|:)+([^,。;]{2,40})")
_TERM = re.compile(
    r"(?:出让|使用|土地使用)(?:权)?(?:年限|年期)(?:为|是|:)+([^。;]{2,30}?年)(?=[,。;]|$)"
)
_FAR = re.compile(r"容积率(?:为|是|:)*((?:[≤≥<>]|不[大小高低]于|大于|小于|\d)[^,。;建]{0,24})")
_LOCATION = re.compile(r"(?:地块|宗地|出让宗地|土地)?(?:位于|坐落于?|坐落为)([^。;,]{4,80})")
_COUNT = re.compile(
    r"(?:出让|转让|租赁|以下|下列|位于[^,。]{2,40}的|将)?(\d{1,2}|[一二三四五六七八九十两]{1,2})(?:\(?[宗幅块]\)?)(?:地块|国有|土地|集体|工业|住宅|商|用地|建设)"
)
_FIELDS = (
    ("area_m2", _AREA),
    ("start_price_wan", _PRICE),
    ("deposit_wan", _DEPOSIT),
    ("use", _USE),
    ("term", _TERM),
    ("far", _FAR),
    ("location", _LOCATION),
)
_MOST_UNNAMED = 30
_REGISTERED = re.compile(r"(?<![A-Za-z\d])\d{9,12}[A-Z]{2}\d{5}(?![A-Za-z\d])")


def other_names(text: str, names: set[str]) -> list[tuple[str, int]]:
    """Return the other numbers of parcels: those under a label, and the land register's codes."""
    found = [
        (match[1], match.start()) for match in _LABELLED.finditer(text) if _is_number(match[1])
    ]
    found += [(match[0], match.start()) for match in _REGISTERED.finditer(text)]
    return [(name, at) for name, at in dict(found).items() if name not in names]


def read_numbers(lines: Sequence[Line]) -> list[str]:
    """The numbers of the parcels that the text names, in order."""
    return [name for name, _ in numbers_in(lines)]


def numbers_not_among(known: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """Return the numbers in the form of the `known` ones that are none of them."""
    forms = {_form(name) for name in known}
    keys = {number_key(name) for name in known}
    found = [
        mark.name
        for mark in mentions(lines)
        if mark.weight >= PREFIXED and _form(mark.name) in forms
    ]
    return [name for name in dict.fromkeys(found) if number_key(name) not in keys]


_SOME_NAME = re.compile(
    r"(?<![A-Za-z0-9])((?:[一-鿿]{2,20}(?:区|镇|乡|街道|新城|组团|单元))?"
    r"[A-Za-z0-9][A-Za-z0-9\-#()/]{0,16}号?)(?:\([^()]{2,30}\))?(?:地块|宗地)"
)
_COUNTED = re.compile(r"\d{1,2}(?:宗|幅|块|个)?")


def read_some_name(lines: Sequence[Line]) -> str:
    """Return the first words that name one parcel, in whatever way.

    A notice of change that is about some of its parcels must not be taken for one about all.
    """
    for line in lines:
        for found in _SOME_NAME.finditer(line.text):
            name = _of_a_place(_bare(found[1]), line.text[found.end(1) :])
            if not _COUNTED.fullmatch(name):
                return name
    return ""


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A parcel's number at a place of the text.

    `weight`: how surely it is one; `label`: the word before it.
    """

    name: str
    at: int
    weight: float
    label: str = ""


# how much each way of naming a parcel says
LABELLED, ITEM, SERIES, PLACED, PREFIXED, MENTIONED = 5.0, 5.0, 4.0, 4.0, 3.0, 2.0
_REGISTERS = 0.2  # of a code of the land register: a shorter name may stand too


def numbers_in(lines: Sequence[Line]) -> Iterator[tuple[str, int]]:
    """Return the numbers of the parcels in the order of the text.

    Each with the place that names it most surely.
    """
    surest: dict[str, FoundNumber] = {}
    for mark in mentions(lines):
        if mark.name not in surest or surest[mark.name].weight < mark.weight:
            surest[mark.name] = mark
    yield from ((mark.name, mark.at) for mark in sorted(surest.values(), key=lambda mark: mark.at))


def mentions(lines: Sequence[Line]) -> list[FoundNumber]:
    """Each place that names a parcel, in order.

    Every way of naming a parcel votes; numbers of one form (`甲储出[2031]5号`, `…6号`) stand
    together, and the form with the most votes is the one by which the notice speaks of its
    parcels."""
    text = "\n".join(line.text for line in lines)
    forms: defaultdict[str, list[FoundNumber]] = defaultdict(list)
    for mark in _marks(text, lines):
        forms[_form(mark.name)].append(mark)
    if not any(map(_votes, forms.values())):
        return [FoundNumber(name, at, MENTIONED) for name, at in _codes_and_names(text)]
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
    return sorted([*named, *_named_again(text, named)], key=lambda mark: mark.at)


_END = re.compile(r"(?<![\d\-\])A-Za-z])(\d{1,4}(?:-\d{1,3})?)号(?=地块|宗地)")


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


_LAST_FIGURES = re.compile(r"(?<=\D)(\d{1,4}(?:-\d{1,3})?)号?$")


def _votes(marks: Sequence[FoundNumber]) -> float:
    surest: dict[str, float] = {}
    for mark in marks:
        surest[mark.name] = max(mark.weight, surest.get(mark.name, 0))
    return sum(surest.values())


def _marks(text: str, lines: Sequence[Line]) -> Iterator[FoundNumber]:
    labelled_numbers = [
        (match[1], match.start()) for match in _LABELLED.finditer(text) if _is_number(match[1])
    ]
    of_notice = _is_of_the_notice(labelled_numbers, lines)
    ways: tuple[tuple[float, Iterable[tuple[str, int]]], ...] = (
        (MENTIONED, labelled_numbers),
        (ITEM, _items(lines)),
        (SERIES, _ranges(text, stated_count(lines))),
        (SERIES, _all_series(text)),
        (SERIES, ((match[1], match.start()) for match in _YEAR_FIRST.finditer(text))),
        (SERIES, ((match[1], match.start()) for match in _PLACE_INSIDE.finditer(text))),
        (MENTIONED, ((match[1], match.start()) for match in _BEFORE_TIMES.finditer(text))),
        (PLACED, _placed(text)),
        (PLACED, _before_area(text)),
        (
            PREFIXED,
            (
                (name, match.start())
                for match in _PREFIXED.finditer(text)
                if (name := _prefixed(match))
            ),
        ),
        (PREFIXED, ((match[1], match.start()) for match in _SHORT_CODE.finditer(text))),
        (
            MENTIONED,
            (
                (name[0], match.start(1) + name.start())
                for match in _NAMED.finditer(text)
                for name in re.finditer(_NAMED_ONE, match[1])
            ),
        ),
        (
            0,
            ((name, match.start()) for match in _CODES.finditer(text) for name in _codes(match[0])),
        ),
    )
    for match in _LABELLED.finditer(text):
        if _is_number(match[1]) and not of_notice:
            yield FoundNumber(
                match[1],
                match.start(),
                _weight(LABELLED, match[1]),
                match[0][: match.start(1) - match.start()],
            )
    for name, at in _counted_lists(text):
        yield FoundNumber(name, at, _weight(SERIES, name), label=_A_LIST)
    begin = 0
    for line in lines:
        if _OWN_LINE.fullmatch(line.text):
            yield FoundNumber(line.text, begin, MENTIONED)
        section = _SECTION.fullmatch(line.text) or _ITEM_ALONE.fullmatch(line.text)
        if section is not None and _is_number(section["number"]):
            name = _of_a_place(_bare(section["number"]), line.text[section.end("number") :])
            yield FoundNumber(name, begin + section.start("number"), ITEM, section["word"])
        begin += len(line.text) + 1
    for weight, found in ways:
        for name, at in found:
            yield FoundNumber(name, at, _weight(weight, name))


# `江北区CC05-01-03c地块`: a plan's code needs the place and the word to be a name
_OF_A_PLACE = re.compile(r"[一-鿿]{1,}(?:区|县|镇|乡|街道|新城|组团|单元)(?=[A-Za-z0-9])")


def _placed(text: str) -> Iterator[tuple[str, int]]:
    for match in _BEFORE_PLACE.finditer(text):
        if _is_number(match[1]):
            yield _of_a_place(_bare(match[1]), text[match.end(1) : match.end()]), match.start(1)


def _before_area(text: str) -> Iterator[tuple[str, int]]:
    for match in _BEFORE_AREA.finditer(text):
        if _is_number(match[1]):
            yield _of_a_place(_bare(match[1]), text[match.end(1) : match.end()]), match.start(1)


def _of_a_place(name: str, after: str) -> str:
    name = _BEFORE_A_SERIES.sub("", name)
    is_named = _OF_A_PLACE.match(name) is not None and after.startswith("地块")
    return f"{name}地块" if is_named else name


# `长东区XDG-2031-31号地块`: a series of its own needs no place
_BEFORE_A_SERIES = re.compile(
    r"^[一-鿿]{1,12}(?:区|县|镇|乡|街道?|新城|组团|单元) ?(?=[A-Z]{1,6}-?20\d\d-?[A-Z]?\d{1,4}号)"
)
# a line that names a parcel and says nothing else: `地块二:医药产业园203101号`
_SECTION = re.compile(
    r"(?:\([一二三四五六七八九十]{1,2}\))?(?P<word>地块|宗地)[一二三四五六七八九十A-Z\d]{1,2}[:,](?P<number>[^,。;:]{2,30})"
)
# another: `(二)丙镇810032B26地块`
_ITEM_ALONE = re.compile(
    r"(?:\([一二三四五六七八九十\d]{1,2}\)|\d{1,2}[、.](?!\d))"
    r"(?P<number>[一-鿿]{0,12}[A-Za-z\d\[(][A-Za-z\d()\[\]\-#]{2,30}号?)(?P<word>地块|宗地)[:,]?"
)
# the cover of a bidding file: `P(2031)034号`; a notice's own number begins with its office
_OWN_LINE = re.compile(r"[A-Z]{1,4}[\[(]20\d\d[\])]\d{1,4}号")


def _weight(weight: float, name: str) -> float:
    return weight * _REGISTERS if _CADASTRAL.fullmatch(name) else weight


_FIGURES = re.compile(r"\d+")
_LETTERS = re.compile(r"[A-Za-z]+")
_WORDS = re.compile(r"(?!号)[一-鿿]+?(?=[^一-鿿]|$)")


def _form(name: str) -> str:
    """Return the form that the numbers of one notice have in common."""
    return _WORDS.sub("字", _LETTERS.sub("A", _FIGURES.sub("9", squash(name))))


def _codes_and_names(text: str) -> list[tuple[str, int]]:
    found = [(_whole(match[1], match[2]), match.start()) for match in _CODE.finditer(text)]
    found = [code for code in found if len(code[0]) == max(len(name) for name, _ in found)][:1]
    found = [(name, at) for names, at in found for name in names.split("、")]
    if not found:
        found = [
            (entry.value, at)
            for at, entry in labelled(text, Place())
            if entry.column.field in ("parcel_no", "parcel_name")
        ]
    return found or [
        (name, match.start()) for match in _CODES.finditer(text) for name in _codes(match[0])
    ]


def _is_of_the_notice(found: Sequence[tuple[str, int]], lines: Sequence[Line]) -> bool:
    """Return whether a number stands alone on a line below the title: it is the transaction's.

    It must be the only one under its label.
    """
    head = [line.text for line in lines[:_HEAD_LINES]]
    return len(found) == 1 and any(text.endswith(f"编号:{found[0][0]}") for text in head)


_A_LIST = "、"  # the label that the names of one list share


def _all_series(text: str) -> Iterator[tuple[str, int]]:
    for match in _SERIES.finditer(text):
        if not _A_DOCUMENTS.search(match[1]) or text.startswith(("地块", "宗地"), match.end()):
            for name in _series(match):
                yield name, match.start()
    for match in _PLAIN_SERIES.finditer(text):
        for name in _series(match):
            yield name, match.start()


def _ranges(text: str, stated: int) -> Iterator[tuple[str, int]]:
    """The numbers of a range of parcels, each with the place of the range.

    `[2031]2-3号` may be one number: it is a range where the text states as many parcels, be it
    alone or together with the others that it names.
    """
    ranges = [
        (match, names)
        for match in _RANGE.finditer(text)
        if not _A_DOCUMENTS.search(match[1]) and (names := _of_range(match))
    ]
    if not ranges:
        return
    named = {name for _, names in ranges for name in names}
    as_one = [match[0] for match, _ in ranges]
    named |= {name for name, _ in _all_series(text) if not any(map(name.endswith, as_one))}
    for match, names in ranges:
        if match["joint"] != "-" or stated in (len(names), len(named)):
            yield from ((name, match.start()) for name in names)


def _of_range(found: re.Match[str]) -> list[str]:
    first, last = int(found[2]), int(found[4])
    if not 0 < last - first < _MOST_OF_A_RANGE:
        return []
    prefix = _RUN_IN.sub("", _bare(found[1]))
    return [f"{prefix}{number:0{len(found[2])}}号" for number in range(first, last + 1)]


def _items(lines: Sequence[Line]) -> Iterator[tuple[str, int]]:
    """The numbers with which the lines of a list begin, each with its place in the joined text."""
    begin = 0
    for line in lines:
        found = _ITEM.match(line.text) if len(line.text) > 3 else None
        if found is None or not _is_number(found["number"]):
            begin += len(line.text) + 1
            continue
        is_alone = found.end() == len(line.text) and found["number"][:1] == "["
        is_told_of = len(_FACT_OF_A_LAND.findall(line.text, found.end())) >= _FEWEST_FACTS
        is_told_of |= bool(found["mark"] and found["word"])  # `(1)JX-1地块,保证金由…调整为…`
        if found["alias"] or found["after"] or is_told_of or (is_alone and found.start("number")):
            yield (
                _of_a_place(_bare(found["number"]), line.text[found.end("number") :]),
                begin + found.start("number"),
            )
        begin += len(line.text) + 1


def _counted_lists(text: str) -> Iterator[tuple[str, int]]:
    """The names of a list whose number the text states right behind it, each with its place.

    Or of a list of land whose names all end in 地块, or of codes of one form.
    """
    for match in _matches_before_counts(text):
        names = _JOINT.split(match[1])
        bares = [_WORD_BEHIND.sub("", _LED_IN.sub("", _bare(name))) for name in names]
        if not _are_all(match, names, bares) or not all(map(_is_number, bares)):
            continue
        at = match.start()
        sign = "号" if names[-1].endswith("号") else ""  # the last one's is all's
        for name, bare in zip(names, bares, strict=True):
            after = name[name.find(bare) + len(bare) :]
            yield _of_a_place(bare.removesuffix(sign) + sign, after), at + name.find(bare)
            at += len(name) + 1


_WORD_BEHIND = re.compile(r"(?:地块|宗地)$")
_BARE_CODE = re.compile(r"[A-Za-z][A-Za-z0-9()\[\]\-]*号?")


def _are_all(match: re.Match[str], names: Sequence[str], bares: Sequence[str]) -> bool:
    if stated := match["count"]:
        return len(names) == (int(stated) if stated.isdigit() else _zh(stated))
    if match["land"]:
        return all(_WORD_BEHIND.search(name) for name in names)
    return len({_form(bare) for bare in bares}) == 1 and all(map(_BARE_CODE.fullmatch, bares))


def _matches_before_counts(text: str) -> Iterator[re.Match[str]]:
    """Yield the lists that a count follows, or `地块国有…`; only the text before is looked at."""
    begin = end = 0
    for count in _BEHIND_A_LIST.finditer(text):
        if count.start() - _LONGEST_LIST > end:
            yield from _COUNTED_LIST.finditer(text, begin, end)
            begin = count.start() - _LONGEST_LIST
        end = count.end()
    yield from _COUNTED_LIST.finditer(text, begin, end)


# `…告字〔2025〕9号`, `…政秘〔2018〕148号`: a notice, what a government wrote; no parcel
_A_DOCUMENTS = re.compile(r"(?:告|函|文|令|发|批|复|纪要|规|办|秘)字?[\[(〔【]")
_COUNTED_ITEM = re.compile(r"\(\d{1,2}\)\d{1,2}号?")  # `(1)1号地块`


def _is_number(name: str) -> bool:
    is_counted = _COUNTED_ITEM.fullmatch(name) is not None
    is_whole = name.count("(") == name.count(")")
    has_digit = any(char.isdigit() for char in name)
    return has_digit and is_whole and "公告" not in name and not is_counted


# what a sentence says of a parcel right before its number: `现终止…`, `原定…`, `决定恢复…`
_SAID_OF_IT = re.compile(
    r"^.*(?:关于|原定(?:于)?|定于|决定|终止|中止|恢复|重启|延期|延长|推迟|暂停|暂缓|撤回|撤销|取消|调整|变更|更正|补充|予以|公告"
    r"|继续|举行|举办|开展|涉及|其中|包括|编号为|以下|下列|上述|位于|(?:出让|转让|挂牌|拍卖|相邻)的|^现|^拟|^原|^该|^对|^就|^与|^并|^由|^因|^于|^(?:将(?!乐)))(?=[一-鿿A-Z\[(])"
    r"|^其中(?=\d)"
)
_RUN_IN = re.compile(
    r"^.*(?:的|让|中|将|对|牌|及|了)(?=[一-鿿A-Z\[(])|^(?:与|和(?![县田平林顺静硕政龙]))(?=[一-鿿A-Z\[(])"
)


def _bare(name: str) -> str:
    """A number without the words of the sentence that ran into it."""
    bare = _SAID_OF_IT.sub("", _SAID_OF_IT.sub("", name))  # `现将…`: one behind the other
    return _WORD_FOR_IT.sub("", bare)


_WORD_FOR_IT = re.compile(r"^(?:地块|宗地)(?:编号|号)?(?=[A-Z\d\[(])")


def _prefixed(found: re.Match[str]) -> str:
    name = _RUN_IN.sub("", _bare(found[1] + "[")).removesuffix("[")
    return name + found[2] if _SERIES_NAME.fullmatch(name) else ""


def _whole(name: str, word: str) -> str:
    """Two codes of one parcel are named with the word that makes them one: `A1-01和A1-02地块`."""
    return name + word if re.search(r"[和及]", name) else name


def _codes(words: str) -> list[str]:
    """Return the numbers in `2024-01号、2024-02号地块`, each with the 号 that the text gives it.

    The last one's is all's.
    """
    found = re.findall(rf"({_ONE_CODE})(号?)", words)
    sign = found[-1][1] if found else ""
    return [f"{code}{own or sign}" for code, own in found]


def _series(found: re.Match[str]) -> list[str]:
    """`P(2020)168号、169号` is two numbers that share their beginning."""
    prefix = _RUN_IN.sub("", _bare(found[1]))
    rest = re.findall(_ONE, found[3])
    return [f"{prefix}{number}号" for number in [found[2], *rest]]


# `A地块:地块编号…`, `(二)地块2:编号…`: what the parcel is called in the rest of the text
ALIAS_BEFORE = re.compile(
    r"(?:([A-Z]|[一二三四五六七八九十]|\d{1,2})号?(?:地块|宗地)|(?:地块|宗地)([A-Z]|[一二三四五六七八九十]|\d{1,2}))[:,]$"
)


def facts_of(text: str, place: Place) -> Iterator[Entry]:
    """The first fact of each kind: under its word, else wherever the text states it."""
    text = _ALLOTTED.sub("", text)
    found = {entry.column.field: entry for _, entry in reversed(list(labelled(text, place)))}
    for field, pattern in _FIELDS:
        own = found.get(field)
        if own is not None and "/" not in own.value:
            yield own
            continue
        stated = list(pattern.finditer(text))
        if own is not None:  # a price of each unit of area: a total comes before it
            stated = [fact for fact in stated if "/" not in fact[1]]
        if stated:
            best = next((fact for fact in stated if _OFFERED.match(fact[0])), stated[0])
            yield Entry(column=Column("", field), value=best[1], place=place)
        elif own is not None:
            yield own
        elif field == "area_m2" and (alone := _AREA_ALONE.search(text)) is not None:
            yield Entry(column=Column("", field), value=alone[1], place=place)


# is not offered; looked for from the beginning of a sentence alone
_ALLOTTED = re.compile(r"(?<![^。\n])[^。\n]*划拨部分[^。\n]*")
_OFFERED = re.compile(r"总?净|(?:实际)?出让(?:土地)?面积")  # of several areas what is offered
_HEAD_OF_SECTION = re.compile(
    r"(?:\([一二三四五六七八九十]{1,2}\))?(?:地块|宗地)([一二三四五六七八九十]{1,2})[:,]"
)


def sections(lines: Sequence[Line]) -> int:
    """Return the number of sections `地块一:`, `地块二:`, each of one parcel."""
    found = {match[1] for line in lines if (match := _HEAD_OF_SECTION.match(line.text))}
    return len(found) if len(found) > 1 else 0


def unnamed(lines: Sequence[Line]) -> int:
    """Return the number of parcels without numbers: as many as the text states, else one."""
    return min(max(stated_count(lines), 1), _MOST_UNNAMED)


def stated_count(lines: Sequence[Line]) -> int:
    """Return the number of parcels that the text states it offers; 0 if it states none."""
    for line in lines:
        found = _COUNT.search(line.text)
        if found is not None:
            return int(found[1]) if found[1].isdigit() else _zh(found[1])
    return 0


def _zh(text: str) -> int:
    digits = {
        "一": 1,
        "两": 2,
        "二": 2,
        "三": 3,
        "四": 4,
        "五": 5,
        "六": 6,
        "七": 7,
        "八": 8,
        "九": 9,
    }
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
