"""The ways in which running text names parcels: what shows each, and how much it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from notifier.intake.notice.code_lists import COUNT, LAND, CodeList, words_behind_label
from notifier.intake.notice.parcel_codes import UP_TO, YEAR, ParcelCode, completed, form
from notifier.intake.notice.parcel_counts import number_of


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A parcel's number at a place of the text.

    `weight`: how surely it is one; `label`: the word before it, or the list it stands in; `first`:
    the number from which a range goes on to this one.
    """

    name: str
    at: int
    weight: float
    label: str = ""
    first: str = ""


_WORD_FOR_LAND = re.compile(r"(?:宗地|地块|编号)[为是:]?\Z")
_OFFERED = re.compile(rf"{COUNT}?的?(?:国有|集体|土地|建设用地)|《")
_COUNTED = re.compile(rf"(?:地块|宗地)?{COUNT}")
_PLACED = re.compile(
    r"(?:地(?!块))?(?:地块|宗地)?[,:]?(?:该?(?:宗地|地块))?(?:位于|坐落|座落|地处)"
)
_STATED = re.compile(
    r"(?:(?:地块|宗地)?[,:]|(?:地块|宗地)(?:\([^()]{1,8}\))?(?=出让))"
    r"(?=(?:土地|宗地|地块|用地|出让|总|出让土地)?面积|[东南西北][至临邻])"
)
_IS = re.compile(r"[为是,:]")
_TIMED = re.compile(r"(?:地块|宗地)?:?[自从]?(?=20\d\d年)")
# single characters before a code that are no name
_NO_NAMES = frozenset("年月日时分号的在于为至到由和及与或")
# behind the number of a parcel, without words for what they are
_FACT_OF_A_LAND = re.compile(
    r"\d(?:平方米|m2|公顷|亩)|起[始拍叫挂]?价|底价|保证金|容积率|用途|坐落|位于"
)
_FEWEST_FACTS = 3
_YEARED = re.compile(YEAR)
_SHORT = re.compile(r"[A-Za-z]{1,4}20\d\d-\d{1,4}")
_DATED = re.compile(r"[A-Za-z]{0,4}20\d\d[一-鿿]{0,2}-[A-Z\d\-]+")
_HYPHENED = re.compile(
    r"(?:[A-Z]{1,6}-?)?\d[A-Za-z0-9()#]*(?:-[A-Za-z0-9()#]+)+|[A-Z]{1,6}20\d\d[A-Za-z0-9]+"
    r"|(?:N[Oo]\.)?20\d\d[A-Z]{1,4}\d{2,4}|[A-Z]{1,3}-\d[A-Za-z0-9\-]*"
    r"|[A-Z]{1,4}\d[A-Za-z0-9\-()#]{3,20}"
)
_LETTERED = re.compile(r".*[A-Z\-\])〕】]")
_HAN_INSIDE = re.compile(r"[一-鿿]")
# `…告字〔2025〕9号`, `…政秘〔2018〕148号`: a notice, what a government wrote; no parcel
_A_DOCUMENTS = re.compile(r"(?:告|函|文|令|发|批|复|纪要|规|办|秘)字?$")
# a series has a name, which ends in a word of the trade: `丙土网挂2031-22号`
_SERIES_NAME = re.compile(
    r"[一-鿿]{1,7}(?<!竞)(?:储|储出|政出|挂|拍|土|工|商|住|网|租|矿|(?<![宗土])地)"
)
# the cover of a bidding file: `P(2031)034号`; a notice's own number begins with its office
_OWN_LINE = re.compile(
    r"[A-Z]{1,4}[\[(]20\d\d[\])]\d{1,4}号|[\[(〔【]20\d\d[\])〕】][一-鿿]{2,8}\d{1,4}号"
)


# what shows that a list of codes names parcels


def _is_labelled(named: CodeList) -> bool:
    return bool(named.label)


def _is_section(named: CodeList) -> bool:
    """Return whether it is all that a line of a list names: `(二)丙镇810032B26地块`."""
    if named.begins != "\n" or len(named.codes) > 1 or not named.is_alone:
        return False
    is_bracketed = named.first.core[0] in "[(〔【" or named.is_followed_by(LAND)
    return bool(named.alias or (named.mark and is_bracketed))


def _is_subject(named: CodeList) -> bool:
    """Return whether it begins a clause that tells of one parcel."""
    if not named.begins or len(named.codes) > 1:
        return False
    is_long = len(named.first.core) > 2 or bool(named.first.lead)
    return (
        (is_long and named.is_followed_by(_PLACED))
        or _has_stated_facts(named)
        or (named.begins == "\n" and _is_item(named))
    )


def _is_subject_of_item(named: CodeList) -> bool:
    """`(1)甲2031-2号地块位于…`: the items of a list are parcels, of whatever form each is."""
    is_item = named.alias or (named.mark and named.is_followed_by(_PLACED))
    return bool(is_item) and _is_subject(named)


def _is_item(named: CodeList) -> bool:
    """Return whether the line that it begins is about a parcel, by its numbering or its facts."""
    if named.alias or (named.mark and named.is_followed_by(LAND)):
        return True
    if CADASTRAL.fullmatch(named.first.core):
        return True
    return len(_FACT_OF_A_LAND.findall(named.rest_of_line)) >= _FEWEST_FACTS


def _has_stated_facts(named: CodeList) -> bool:
    """`XG-07,面积30亩;XG-08地块,东至…`: the clause that it begins states its area or bounds."""
    begins = named.begins != "," or named.first.lead == "其中"
    is_plans = named.first.lead.endswith(("控规", "规划"))
    is_lettered = _LETTERED.match(named.first.core) is not None
    return begins and not is_plans and is_lettered and named.is_followed_by(_STATED)


def _is_series(named: CodeList) -> bool:
    """`甲储出[2031]5号地块`, `2031拍-02号、03号`: numbers of a year's series."""
    is_yeared = _YEARED.search(named.first.core) is not None
    is_dated = _DATED.match(named.first.core) is not None
    if not named.sign or not (is_yeared or is_dated):
        return False
    if is_yeared and named.is_followed_by(LAND):
        return True
    is_document = _A_DOCUMENTS.search(named.first.lead) is not None
    has_ends = any(code.is_end for code in named.codes[1:])
    is_listed = len(named.codes) > 1 or named.is_followed_by(_OFFERED)
    return not is_document and (has_ends or (is_yeared and is_listed))


def _is_counted(named: CodeList) -> bool:
    """Return whether the text says how many the codes are, or shows that all are land."""
    if len(named.codes) < 2 or not all(is_number(code.core) for code in named.codes):
        return False
    counted = _COUNTED.match(named.text, named.end)
    if counted is not None:
        return number_of(counted["count"]) == len(named.codes)
    words = [named.text.startswith(("地块", "宗地"), code.end) for code in named.codes]
    is_bare = not any(_own_words(code) for code in named.codes)
    is_alike = is_bare and len({form(code.core) for code in named.codes}) == 1
    return named.is_followed_by(LAND) and (is_alike or all(words))


def _is_distinct(named: CodeList) -> bool:
    """Return whether it is a code as only parcels have, beside a word for land.

    As in `丙土网挂2031-22号地块`, `JX2031-5号国有…`.
    """
    is_listed = len(named.codes) > 1 or named.is_followed_by(LAND, _OFFERED)
    core = named.first.core
    is_short = bool(named.sign) and _SHORT.fullmatch(core) is not None
    has_word = _HAN_INSIDE.search(core) is not None
    return is_listed and (is_short or has_word or _has_series_name(named.first))


def _is_mentioned(named: CodeList) -> bool:
    """`宗地2031-15号`, `JX2031-7:自2031年…`, or a number as the cover of a bidding file has it."""
    begin = max(named.first.start - 4, 0)
    has_word = _WORD_FOR_LAND.search(named.text, begin, named.first.start) is not None
    is_behind = has_word and "20" in named.first.core and bool(named.sign)
    is_before_times = "-" in named.first.core and named.is_followed_by(_TIMED)
    is_like_cover = _OWN_LINE.fullmatch(named.first.core + named.sign) is not None
    is_own_line = is_like_cover and named.is_whole_line and not named.mark
    return is_behind or is_before_times or is_own_line


def _is_code(named: CodeList) -> bool:
    return _is_hyphened(named) and named.is_followed_by(LAND)


def _is_hyphened(named: CodeList) -> bool:
    return all(code.is_end or _HYPHENED.fullmatch(code.core) for code in named.codes)


def is_cell(named: CodeList) -> bool:
    """Return whether a code is all of a line, as in a table that was flattened."""
    is_all = named.is_whole_line and not named.mark and not named.first.lead
    is_code = _HYPHENED.fullmatch(named.first.core) is not None
    return is_all and is_code and len(named.codes) == 1


def _is_told_of(named: CodeList) -> bool:
    """`…;JX-03为工业用地`: a code with which a sentence begins."""
    return named.begins in tuple("\n。;") and _is_hyphened(named) and named.is_followed_by(_IS)


# which of the words that run into a code belong to its number

LeadOf = Callable[[CodeList, ParcelCode], str]


def _behind_label(named: CodeList, code: ParcelCode) -> str:
    """`地块编号为甲储2031-5`, `地块编号:甲地块B-5`: all words behind the label are the number's."""
    words = words_behind_label(named.text, code)
    is_behind_colon = named.text.endswith(":", 0, code.start - len(words))
    return words if is_behind_colon else _BEFORE_LAND.sub("", words)


def _own_lead(named: CodeList, code: ParcelCode) -> str:
    """The words before a code that belong to its number.

    Those before the year in brackets (`甲储出[2031]5号`), the name of a series
    (`丙土网挂2031-22号`), and the place of a plan's code that has no other (`江北区CC05-01地块`).
    """
    lead = _own_words(code)
    is_letter = len(lead) == 1 and lead not in _NO_NAMES
    if code.core[0] in "[(〔【" or is_letter or _has_series_name(code):
        return lead
    is_land = named.text.startswith("地块", code.end)
    return lead if is_land and _OF_A_PLACE.search(lead) else ""


def _own_words(code: ParcelCode) -> str:
    """The words that run into a code without those of the sentence."""
    return _RUN_IN.sub("", _bare(code.lead))


def _lead_of_clause(named: CodeList, code: ParcelCode) -> str:
    """A number with all words of the clause that it begins: `大姚县2021JB-G-2号位于…`."""
    is_first = code is named.first and len(code.lead) <= _LONGEST_PLACE
    is_whole = is_first and named.begins and _own_words(code) == code.lead
    return code.lead if is_whole else _own_lead(named, code)


_LONGEST_PLACE = 8


def _has_series_name(code: ParcelCode) -> bool:
    lead = _own_words(code)
    return code.core.startswith("20") and _SERIES_NAME.fullmatch(lead) is not None


@dataclass(frozen=True, slots=True)
class NamingWay:
    """A way of naming parcels.

    `holds` tells whether a list of codes is named so, `weight` how much that says, `lead` which
    words before a code are its number's; `label`: what the parcels named so have in common.
    """

    weight: float
    holds: Callable[[CodeList], bool]
    lead: LeadOf
    label: str = ""


LABELLED = NamingWay(5.0, _is_labelled, _behind_label)
OF_THE_NOTICE = NamingWay(2.0, _is_labelled, _behind_label)
# codes that are parcels where another way names such ones, or nothing names any
CODES = NamingWay(0.0, _is_code, _own_lead)
WAYS = (
    LABELLED,
    NamingWay(5.0, _is_section, lambda _, code: _bare(code.lead), "地块"),
    NamingWay(5.0, _is_subject_of_item, _lead_of_clause, "地块"),
    NamingWay(5.0, _is_subject, _lead_of_clause),
    NamingWay(4.0, _is_series, _own_lead),
    NamingWay(4.0, _is_counted, _own_lead),
    NamingWay(3.0, _is_distinct, _own_lead),
    NamingWay(2.0, _is_mentioned, _own_lead),
    CODES,
    NamingWay(0.0, _is_told_of, _own_lead),
)
CADASTRAL = re.compile(r"[\d*]{9,}[A-Z]{2}\d{5}")  # perhaps masked: `450****02003GB00079`
_REGISTERS = 0.2  # of a code of the land register: a shorter name may stand too


def way_of(named: CodeList) -> NamingWay | None:
    """Return the surest way in which the text names a parcel by these codes; None if in none."""
    return next((way for way in WAYS if way.holds(named)), None)


def numbers_of(named: CodeList, way: NamingWay) -> Iterator[FoundNumber]:
    """The numbers of a list of codes that is named in this way."""
    if way is CODES and len(named.codes) > 1 and {code.joint for code in named.codes} <= _BOTH:
        # two codes of one parcel, named with the word that makes them one
        name = f"{named.text[named.first.start : named.end]}地块"
        yield FoundNumber(name, named.first.start, way.weight)
        return
    label = named.label if way is LABELLED else way.label
    if not label and len(named.codes) > 1:
        label = f"list at {named.first.start}"
    before = ""
    for code, name in zip(named.codes, _names(named, way), strict=True):
        weight = way.weight * (_REGISTERS if CADASTRAL.fullmatch(name) else 1)
        start = before if code.joint in UP_TO else ""
        before = name
        if is_number(name):
            yield FoundNumber(name, code.start - len(code.lead), weight, label, start)


def _names(named: CodeList, way: NamingWay) -> list[str]:
    """The number of each code of a list; empty where an end has nothing to complete it."""
    names = _names_with(named, way.lead)
    if len(set(names)) == len(names):
        return names
    # `东镇2031-1号、西镇2031-1号`: what tells them apart is theirs
    return _names_with(named, lambda _, code: _own_words(code))


_ONLY_A_YEAR = re.compile(YEAR)
# `地块编号:甲区〔2031〕骋3(丙-1产)地块`: what stands behind the year, whatever it is
_REST_OF_A_NAME = re.compile(r"(?=[^\n]*\d)([^\s,。;:、]{1,24}?)(?:地块|宗地)?(?=\n|\Z)")
# `地块编号:甲2031-2号地`, `甲2031-2号地地块位于`: a word of the number
_LAND_OF_THE_NAME = re.compile(r"(?<=号)地(?=(?P<more>地块|宗地)|\n|\Z)")


def _names_with(named: CodeList, lead: LeadOf) -> list[str]:
    names: list[str] = []
    for place, code in enumerate(named.codes):
        sign = code.sign or named.sign
        land = _LAND_OF_THE_NAME.match(named.text, code.end)
        if land is not None and (land["more"] or named.label or named.alias):
            sign += "地"
        if place and code.is_end:
            names.append(completed(code, names[-1], sign))
        else:
            name = _with_place(named, code, lead(named, code), sign)
            names.append(_whole_name(named, code, name))
    return names


_BOTH = {"", "和", "及"}
_OF_A_PLACE = re.compile(r"(?:区|县|镇|乡|街道|新城|组团|单元)\Z")
# `长东区XDG-2031-31号地块`: a series of its own needs no place
_OWN_SERIES = re.compile(r"[A-Za-z]{1,6}-?20\d\d-?[A-Z]?\d{1,4}")


def _whole_name(named: CodeList, code: ParcelCode, name: str) -> str:
    """The name with the rest of its line where all that was read of it is the year."""
    is_told = named.label or named.alias
    rest = _REST_OF_A_NAME.match(named.text, code.end)
    is_cut = is_told and not code.sign and _ONLY_A_YEAR.fullmatch(code.core)
    return f"{name}{rest[1]}" if is_cut and rest is not None else name


def _with_place(named: CodeList, code: ParcelCode, lead: str, sign: str) -> str:
    """A number; a plan's code needs the place and the word behind it to be a name."""
    is_plans = _OF_A_PLACE.search(lead) and named.text.startswith("地块", code.end)
    if not is_plans or code.core[0] in "[(〔【":
        return f"{lead}{code.core}{sign}"
    return (
        f"{code.core}{sign}" if _OWN_SERIES.fullmatch(code.core) else f"{lead}{code.core}{sign}地块"
    )


_COUNTED_ITEM = re.compile(r"\(\d{1,2}\)\d{1,2}号?")  # `(1)1号地块`


def is_number(name: str) -> bool:
    is_counted = _COUNTED_ITEM.fullmatch(name) is not None
    is_whole = name.count("(") == name.count(")")
    has_digit = any(char.isdigit() for char in name)
    return has_digit and is_whole and "公告" not in name and not is_counted


# what a sentence says of a parcel right before its number: `现终止…`, `原定…`, `决定恢复…`
_SAID_OF_IT = re.compile(
    r"^.*(?:关于|原定(?:于)?|定于|决定|终止|中止|恢复|重启|延期|延长|推迟|暂停|暂缓|撤回|撤销|取消|调整|变更|更正|补充|予以|公告中?"
    r"|继续|举行|举办|开展|涉及|其中|包括|编号[为是]?|分别为?|以下|下列|上述|位于|(?:出让|转让|租赁|挂牌|拍卖|招标|相邻)的?"
    r"|^现|^拟|^原|^该|^对|^就|^与|^并|^由|^因此?|^于|^(?:将(?!乐)))"
)
_RUN_IN = re.compile(
    r"^.*(?:的|让|中(?![县市区])|将|对|(?<=.)牌|及|了|是|为)|^(?:与|和(?![县田平林顺静硕政龙]))"
)
_BEFORE_LAND = re.compile(r"^.*(?:地块|宗地)")
_WORD_FOR_IT = re.compile(r"^(?:地块|宗地)(?:编号|号)?")


def _bare(lead: str) -> str:
    """The words before a code without those of the sentence that run into it."""
    bare = _SAID_OF_IT.sub("", _SAID_OF_IT.sub("", lead))  # `现将…`: one behind the other
    return _WORD_FOR_IT.sub("", bare)
