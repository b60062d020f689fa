"""Find the field of a column or label of a table, and judge whether a value fits it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from notifier.domain.values import MILESTONES, MilestoneName, Window
from notifier.intake.headings import (
    IGNORED,
    WINDOW_OF,
    WINDOWS,
    known_field,
    squash_heading,
    with_chinese_end,
    without_foreign_words,
    without_ornaments,
)
from notifier.intake.notice.folded_text import dense, plain
from notifier.intake.notice.scan import (
    FIELD_SIDES,
    OTHER,
    Side,
    WordRole,
    heading_label,
    scan,
    side_of,
    unknown,
)
from notifier.intake.written_times import tokens

GROUP = "group"
TIMES: frozenset[str] = frozenset({name.value for name in MilestoneName} | set(WINDOWS))
_GROUP = re.compile(
    r"(?:主要)?规划(?:设计|技术|控制|建设|用地)*(?:指标|条件|要求)+|(?:主要)?(?:控制|经济技术|技术经济|用地|建设)指标(?:要求)?"
    r"|(?:土地|宗地|出让)*面积(?:\(m2\)|\(平方米\))?[及和、](?:土地)?用途"
)
_SUB = re.compile(
    r".{0,4}(?:容积率|密度|建筑系数|绿[地化]率|限高|高度|建筑面积|占比)|(?:土地)?用途"
)
_LONGEST_SUB = 20
# `竞买申请(起)`, `挂牌时间（截止）`
_BRACKETED_END = re.compile(
    r"(.+)[(\[（]((?P<first>开始|起始|起)|截止|结束|终止|止)(?:时间|日期|到账)?[)\]）]"
)
_WITHOUT_BRACKETS = str.maketrans("", "", "()[]（）")
_UNIT_PRICE = re.compile(r"楼面|单价|单位")
_NOT_A_SUFFIX = re.compile(
    r"账|帐|备案|说明|方式|缴|交纳|比例|时间|日期|截止|增幅|幅度|退还|返还|成交|评估|最高|上限|溢价|装修|建安"
)
_SUFFIXES = (
    "parcel_no",
    "location",
    "use",
    "area_m2",
    "floor_area_m2",
    "start_price_wan",
    "deposit_wan",
    "term",
    "far",
)
_SHORT_SUFFIXES = ("use", "term")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its `heading` as written, and its `field`.

    The field is one of ours, `ignored`, `group` (over several columns), or empty if it is not
    known.
    """

    heading: str
    field: str = ""
    exact: bool = True


_POINTS = {2: 2.0, 1: 0.6, 0: 0.0, None: -2.5}
_OF_UNKNOWN = 0.2
_OF_A_LABEL_AS_VALUE = -2.0
_LONGEST_LABEL = 40
_STOPS = ("。", "；", ";")


@lru_cache(maxsize=4096)
def column_of(heading: str) -> Column:
    """Return the column under `heading`, by the lexicon, else by the end of its words.

    So `土地使用权竞买保证金` is a deposit.
    """
    if not heading or len(heading) > 60 or heading.endswith(_STOPS):
        return Column(heading)
    bare = squash_heading(plain(without_ornaments(heading))).strip("()[]")
    end = _BRACKETED_END.fullmatch("".join(plain(heading).split()))
    if end is not None:
        window = known_field(squash_heading(end[1])) or ""
        field = known_field(squash_heading(heading.translate(_WITHOUT_BRACKETS)))
        if window in WINDOWS:
            field = WINDOWS[window][0 if end["first"] else 1]
        if field in TIMES:
            return Column(heading, field)
    if _GROUP.fullmatch(bare):
        return Column(heading, GROUP)
    found = (
        known_field(bare)
        or known_field(bare.rstrip(":要求"))
        or known_field(_DAY.sub("日期", bare))
        or known_field(_POINT.sub("时间", bare))
        or known_field(squash_heading(without_foreign_words(heading)))
        or known_field(squash_heading(with_chinese_end(heading)))
        or known_field(_BOTH_ENDS.sub("起止", bare))
        or known_field(_OR.sub("及", bare))
    )
    if found in TIMES and (_names_another(found, heading) or _IS_NO_DEADLINE.search(heading)):
        return Column(heading)
    if found is not None:
        if found == "start_price_wan" and _UNIT_PRICE.search(bare):
            return Column(heading, IGNORED)
        return Column(heading, found)
    if len(bare) <= 24 and not _NOT_A_SUFFIX.search(bare) and not _UNIT_PRICE.search(bare):
        for size in range(min(len(bare) - 1, 10), 1, -1):
            field = known_field(bare[-size:])
            if field is not None and field in (_SUFFIXES if size > 2 else _SHORT_SUFFIXES):
                return Column(heading, field, exact=False)
    if bare.endswith("序号") or _STEP.search(bare) or _PER_AREA.search(bare):
        return Column(heading, IGNORED, exact=False)
    if len(bare) > _LONGEST_OF_TIMES:
        return Column(heading)
    words = dense(plain(without_ornaments(heading))).rstrip(":")
    topics, _ = heading_label(words)
    if OTHER in topics:
        return Column(heading, IGNORED)
    return Column(heading, _timed_field(words), exact=False)


def _names_another(field: str, heading: str) -> bool:
    """Return whether brackets in a heading name another time: `Bid deadline (registration)`."""
    window = WINDOW_OF.get(field, field)
    inside = [known_field(squash_heading(words)) for words in _IN_BRACKETS.findall(heading)]
    return any(WINDOW_OF.get(known, known) != window for known in inside if known in TIMES)


_IN_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]{2,20})[)）\]】]")
# a limit of the team's own, or a time that is not yet stated
_IS_NO_DEADLINE = re.compile(
    r"[(（\[【][^()（）]{0,6}(?:内部|内控|我司|我方|本司)|预计|暂定|预估|暂估|拟定"
)
_LONGEST_OF_TIMES = 30
_OR = re.compile(r"[/、与和]")  # `地块名称/编号`
_BOTH_ENDS = re.compile(r"(?:开始|起始|起)[/、和至\-](?:截止|结束|止)")  # `报名开始/截止`
_OF_BOTH_ENDS = re.compile("起止|起讫|期限|期间|时段")
_DAY = re.compile(r"(?<=..)日$")  # `报名截止日`
_POINT = re.compile(r"(?<=..)时[点刻]$")  # `挂牌截止时点`
_NO_PART = frozenset({WordRole.VETO, WordRole.FETCH, WordRole.DOCUMENT, WordRole.PAPER})
_TIMED = frozenset({WordRole.WHEN, WordRole.OPEN, WordRole.CLOSE})


def _timed_field(heading: str) -> str:
    """Return the field of a heading that says by known words alone which time stands below it.

    Empty where a word is not known (`内部报名截止` is the team's own), or where the words may mean
    another time: `投标(报名)截止`, `竞价日`.
    """
    words = _DAY.sub("日期", heading)
    parts = scan(words)
    if unknown(words, 0, len(words)) or any(part.role in _NO_PART for part in parts):
        return ""
    named = {part.topic for part in parts if part.topic is not None}
    is_timed = any(part.role in _TIMED for part in parts)
    arrives = len(parts) > 1 and parts[-1].topic is Window.DEPOSIT  # `保证金到账`
    if len(named) != 1 or not (is_timed or arrives):
        return ""
    (topic,) = named
    side = side_of("".join(words[part.start : part.end] for part in parts if part.topic is None))
    names = {
        FIELD_SIDES.get(name, Side.OPEN): str(name)
        for name, kind in MILESTONES.items()
        if kind.window == topic
    }
    if side is not Side.UNKNOWN:
        return names.get(side, "")
    if len(names) == 1:
        return next(iter(names.values()))
    return str(topic) if topic in WINDOWS and _OF_BOTH_ENDS.search(words) else ""


def with_number(columns: Sequence[Column], values: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns with one of parcels' numbers, if any can be.

    Where none is surely so by its heading, the first column without a heading, or the first whose
    heading speaks of a number (`公告序号`), whose value looks like one.
    """
    if any(column.field in ("parcel_no", "parcel_name") and column.exact for column in columns):
        return tuple(columns)
    for place, (column, value) in enumerate(zip(columns, values, strict=False)):
        is_bare = place == 0 and not column.heading
        of_numbers = _OF_NUMBERS.search(squash_heading(column.heading)) is not None
        if column.field in ("", IGNORED) and (is_bare or of_numbers) and is_code(value):
            numbers = Column(column.heading, "parcel_no", exact=False)
            return (*columns[:place], numbers, *columns[place + 1 :])
    return tuple(columns)


def is_code(text: str) -> bool:
    """Return whether a value looks like a parcel's number."""
    bare = text.strip()
    return (
        SERIAL.fullmatch(bare) is None and len(bare) <= 30 and _LIKE_A_CODE.search(bare) is not None
    )


@lru_cache(maxsize=4096)
def is_time_label(heading: str) -> bool:
    column = column_of(heading)
    if column.field:
        return column.field in TIMES
    if heading.endswith(_STOPS) or _IS_NO_DEADLINE.search(heading):
        return False
    topics, _ = (
        heading_label(dense(plain(heading)).rstrip(":"))
        if len(heading) <= 40
        else (frozenset(), None)
    )
    return bool(topics - {OTHER})


@lru_cache(maxsize=4096)
def is_of_one_end(column: Column) -> bool:
    """Return whether one time stands below a heading, not both ends of a window."""
    if column.field:
        return column.field in TIMES and column.field not in WINDOWS
    if not is_time_label(column.heading):
        return False
    return heading_label(dense(plain(column.heading)).rstrip(":"))[1] is not Side.UNKNOWN


def are_two_times(value: str) -> bool:
    """Return whether a cell holds a whole time in each of several lines.

    Under the heading of one end one of them is another's: a heading beside it was lost.
    """
    lines = [plain(line).strip() for line in value.split("\n")]
    return len(lines) > 1 and all(map(_is_whole_time, lines))


def _is_whole_time(text: str) -> bool:
    return any(
        token.has_date and token.has_clock and token.end == len(text) for token in tokens(text)
    )


@lru_cache(maxsize=8192)
def is_sub(heading: str) -> bool:
    """Return whether the heading is one of those that stand under `规划指标`."""
    if len(heading) > _LONGEST_SUB:
        return False
    return _SUB.fullmatch(squash_heading(plain(heading))) is not None


# `1.0≤容积率`: a value, though it ends with what could be a heading
_BEGINS_WITH_A_BOUND = re.compile(r"\s*\d+(?:\.\d+)?\s*[≤≥<>≦≧⩽⩾＜＞]")


@lru_cache(maxsize=8192)
def is_heading(text: str) -> bool:
    if _BEGINS_WITH_A_BOUND.match(text):
        return False
    return bool(column_of(text).field) or is_sub(text) or is_time_label(text)


# of several columns for one fact, the one that says what is offered; the last word counts:
# `土地总面积出让面积`
_OFFERED = {
    "area_m2": re.compile(r"(?:.*(?:出让总?|净|供[地应]|出租|租赁))(?!.*总)"),
    "start_price_wan": re.compile(r"(?:.*(?:起[始拍叫挂报价步]|总价))(?!.*(?:底价|参考|评估))"),
}


def rank(column: Column) -> int:
    """Return 0 for `出让面积` and `起始价`, 1 for `总面积`, `底价` and the rest.

    The lowest of several counts.
    """
    offered = _OFFERED.get(column.field)
    return 0 if offered is not None and offered.match(squash_heading(plain(column.heading))) else 1


_UNIT = re.compile(
    r"(?:人民币|美元|美金|港币|港元)?\(?[万亿]?(?:元|美元|美金|港元|港币|平方米|m2|亩|公顷|%)\)?",
    re.IGNORECASE,
)
FOREIGN = re.compile(r"美[元金]|港[元币]")


def is_unit(text: str) -> bool:
    """Return whether a heading is only a unit: `万元`, `人民币(万元)`, `㎡`.

    It belongs to the heading above it.
    """
    return _UNIT.fullmatch(dense(plain(text))) is not None


def in_unit(column: Column, unit: str) -> Column:
    """The column with the unit below its heading; money of other countries is not ours."""
    if FOREIGN.search(unit):
        return Column(column.heading, IGNORED)
    bare = re.sub(r"^人民币|[()]", "", dense(plain(unit)))
    return Column(f"{column.heading}({bare})", column.field, column.exact)


_NOTHING = re.compile(r"[\s/\-—*?、略()无]*")
_NUMBER = re.compile(
    r"(?:人民币|约|(?:总|净|规划|实测|出让|建设|地块|宗地|土地)*(?:面积|用地)[为是]?|[:\s]|\()*"
    r"¥?[\d][\d,]*(?:\.\d+)?"
    r"|(?:人民币|大写|:)*[零壹贰叁肆伍陆柒捌玖拾][零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+[元圆]"
)
_BOUND = re.compile(r"^(?:地上|地下|总?建筑面积|不[大小高低]于|大于|小于|[≤≥<>]|约|为)+")
_PLAIN_NUMBER = re.compile(r"[\d,]+(?:\.\d+)?")
_MONEY = re.compile(r"元")
_AREA = re.compile(r"平方米|(?<![a-z一-鿿])m2(?![\d类])|㎡|亩|公顷|平米", re.IGNORECASE)
_PERCENT = re.compile(r"%|百分之")
_RATIO = re.compile(r"[≤≥<>＜＞]|不[大小高低]于|大于|小于|\d\.\d|^R|FAR|容积率|无|/")
_USE = re.compile(
    r"用地|住宅|商[业服住务]|工业|仓储|办公|混合|设施|居住|物流|科研|教育|旅[游馆]|加油|综合"
)
# whole figures only: `70`, `70年`, `70(50)`, `70、40年`; the end of `18445` is no term
_TERM = re.compile(
    r"(?<![\d.,])\d{1,2}(?:\.0)?年?(?:\(\d{1,2}年?\)(?!\d)|$)|(?<![\d.])\d{1,2}年|至20\d\d年|长期"
    r"|(?<![\d.,])\d{1,2}年?(?:[、/,]\d{1,2})+年?(?![\d.])"
)
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7}|\d{7,8}")
_HAN = re.compile(r"[一-鿿]")
# `JX-2031-02` is a parcel's number
_TIME = re.compile(
    r"20\d\d年|(?<![A-Za-z\d\-])20\d\d[\-/.]\d{1,2}[\-/.]\d|\d{1,2}月\d{1,2}日|\d{1,2}[:时点]"
    r"|(?<![A-Za-z\d\-./])\d{1,2}([./\-])\d{1,2}\1(?:20\d\d|\d\d?)(?![\d./\-])"
    r"|(?i:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ \-,]+(?:\d{1,2}, )?20\d\d)"
)
_OF_BOTH_TIMES = re.compile(r"[至到~起止前\-]")
_DATE = re.compile(r"\d{4}[年\-/.]\d{1,2}(?:[月\-/.]\d|月)")
_NUMBERED = re.compile(r"\d")
_PRICED = re.compile(r"(?:价|总价|单价)\D{0,3}\d[\d,.]*(?:亿|万)?元")
_PER_HECTARE = re.compile("/公顷")  # what is invested, never a price of land
_NEVER = re.compile("(?!)")
SERIAL = re.compile(r"\(?\d{1,3}\)?[.、]?|[一二三四五六七八九十]{1,3}")
_NO_NUMBER = re.compile(r"[≤≥<>%]|容积率")
_OF_NUMBERS = re.compile(r"号$|编码$|代码$")
_LIKE_A_CODE = re.compile(r"[A-Za-z\])-]\s?\d|\d[A-Za-z-]|\d号|^\d{4,}$")
_BOUNDED = re.compile(r"[≤≥<>]")
_METRES = re.compile(r"\d(?:m|米)(?!2)")
_STEP = re.compile(r"幅度|阶梯|增价|加价|增幅")
_PER_AREA = re.compile(r"(?:单价|楼面地?价)\s*(?:[(（]|$)")
_OF_A_USE = re.compile(r"(?:住宅|商业|商服|工业|仓储)[\d,]+(?:\.\d+)?")  # one line of several
_RATE = re.compile(r"强度|税收|增加值|产出|产值|亩均")
_AS_A_RATE = re.compile(r"/(?:公顷|亩|平方米|m2|吨)|^(?:[≤≥<>]|不[大小高低少]于)")
_DENSITY = re.compile(r"密度|系数|绿[地化]率|比例")


@lru_cache(maxsize=16384)
def fits(column: Column, value: str) -> int | None:
    """Return how well `value` fits the column: 2 well, 1 perhaps, 0 if it is empty.

    None if it cannot stand there.
    """
    text = dense(plain(value))
    if _NOTHING.fullmatch(text):
        return 0
    number = _NUMBER.match(text) is not None
    field = column.field
    if field == IGNORED and column.heading.rstrip().endswith("序号"):
        return 2 if SERIAL.fullmatch(text) else 1 if len(text) <= 20 else None
    if field == IGNORED and _DENSITY.search(column.heading):
        field = "percent"
    elif field == IGNORED and _STEP.search(column.heading):
        field = "step"
    elif field == IGNORED and _PER_AREA.search(column.heading):
        field = "unit_price"
    elif field == IGNORED and _RATE.search(column.heading):
        field = "rate"
    elif not field and (is_time_label(column.heading)):
        field = "bidding"
    rule = _FITS.get(field)
    if rule is not None:
        return rule(text, number)
    if field in TIMES:
        is_half = column.field in WINDOWS and _OF_BOTH_TIMES.search(text) is None
        return (1 if is_half else 2) if _TIME.search(text) else None
    if _PHONE.search(text) and "电话" in column.heading:
        return 2
    return 1


def _fits_amount(
    text: str, number: bool, unit: re.Pattern[str], other: re.Pattern[str]
) -> int | None:
    if _OF_A_USE.fullmatch(text):
        return 1
    if not number or _PERCENT.search(text) or other.search(text) or (_DATE.match(text)):
        return None
    if "倍" in text:  # `5万元的整数倍` is a step
        return None
    if _PHONE.search(text) and _HAN.search(text) and not unit.search(text):
        return None
    return 2 if unit.search(text) or _PLAIN_NUMBER.fullmatch(text) else 1


def _fits_bound(text: str) -> int | None:
    bare = _BOUND.sub("", text)
    return _fits_amount(bare, _NUMBER.match(bare) is not None, _AREA, _MONEY)


def _fits_percent(text: str, number: bool) -> int | None:
    if _PERCENT.search(text):
        return 2
    if _AREA.search(text) or _MONEY.search(text) or (_TERM.fullmatch(text) and "年" in text):
        return None
    return 1 if number or not _NUMBERED.search(text) or _RATIO.search(text) else None


def _fits_far(text: str, number: bool) -> int | None:
    if "容积率" in text:  # `不大于2229平方米(容积率不大于1.0)`
        return 2
    if _PERCENT.search(text) or _AREA.search(text) or _MONEY.search(text) or _METRES.search(text):
        return None
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return 1 if float(text) <= 20 else None
    return 2 if _RATIO.search(text) else 1 if number else None


def _fits_location(text: str, number: bool) -> int | None:
    if not _HAN.search(text) or (
        number and (_AREA.search(text) or _MONEY.search(text)) and len(text) < 24
    ):
        return None
    return 2 if len(text) >= 4 else 1


def _fits_use(text: str, number: bool) -> int | None:
    return 2 if _USE.search(text) else None if number or not _HAN.search(text) else 1


def _fits_term(text: str, number: bool) -> int | None:
    if _TERM.search(text):
        return 2
    return 1 if not number and not _PERCENT.search(text) and not _BOUNDED.search(text) else None


def _fits_number(text: str, _number: bool) -> int | None:
    if len(text) > 60 or "。" in text:
        return None
    if _AREA.search(text) or _MONEY.search(text) or _NO_NUMBER.search(text):
        return None
    return (
        1 if _PLAIN_NUMBER.fullmatch(text) else 2 if _NUMBERED.search(text) or "号" in text else 1
    )


def _fits_note(text: str, _number: bool) -> int | None:
    if text.endswith("。") and _TIME.search(text):
        return None  # a sentence below the table
    return 0 if _PLAIN_NUMBER.fullmatch(text) else 1


_FITS: dict[str, Callable[[str, bool], int | None]] = {
    "area_m2": lambda text, number: _fits_amount(text, number, _AREA, _MONEY),
    "floor_area_m2": lambda text, _number: None if "亩" in text else _fits_bound(text),
    "start_price_wan": lambda text, number: (
        2 if _PRICED.search(text) else _fits_amount(text, number, _MONEY, _PER_HECTARE)
    ),
    "deposit_wan": lambda text, number: _fits_amount(text, number, _MONEY, _AREA),
    "unit_price": lambda text, number: (
        None if _BOUNDED.search(text) else _fits_amount(text, number, _MONEY, _NEVER)
    ),
    "percent": _fits_percent,
    "rate": lambda text, _number: 2 if _AS_A_RATE.search(text) else 1,
    "step": lambda _text, number: 2 if number else 1,
    "note": _fits_note,
    "far": _fits_far,
    "location": _fits_location,
    "use": _fits_use,
    "term": _fits_term,
    "parcel_no": _fits_number,
    "parcel_name": lambda text, _number: 1 if len(text) <= 60 else None,
}


@lru_cache(maxsize=16384)
def points(column: Column, text: str) -> float:
    """Return how much a value under a heading counts for a layout."""
    if not text.strip():
        return 0.0
    if (
        is_heading(text)
        and len(text) <= _LONGEST_LABEL
        and column.field not in ("parcel_name", "note", "use")
    ):
        return _OF_A_LABEL_AS_VALUE
    if not column.field and not is_time_label(column.heading):
        return _OF_UNKNOWN
    return _POINTS[fits(column, text)]
