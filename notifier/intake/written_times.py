"""Times as they are written in China. What is not understood is refused, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from notifier.domain.times import SHANGHAI, at_shanghai, shanghai, utc
from notifier.domain.values import Precision
from notifier.errors import TimeNotUnderstood, UsageError
from notifier.intake.day_orders import with_month_number, year_first

RANGE = re.compile(r"\s*(?:至|到|~|～|—+|--+|[-－–](?=\s*20\d\d\s*[-/.年]))\s*")
"""What stands between the two ends of a window."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_EXPECTED = "expected a time such as 2024-11-14 17:00, 2024年11月14日17时 or 2024/11/14 下午5:00"
_EVENING = 5
_FIGURES_OF_A_SHORT_YEAR = 2
_NUMERALS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")
_COLONS = str.maketrans({"∶": ":", "：": ":", "﹕": ":", "︰": ":"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Instant:
    """A time that was read.

    `precision` DAY: no time of day was given, and `at` is that day's 00:00 in Shanghai.
    """

    at: datetime
    precision: Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A date, a time of day, or both, at `start`..`end` of the (folded) text.

    Year and month may be left out; `short_year`: the year has two figures, `13年5月13日`.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int = 0
    second: int = 0
    short_year: bool = False

    @property
    def has_date(self) -> bool:
        return self.day is not None

    @property
    def has_clock(self) -> bool:
        return self.hour is not None


# raised or lowered figures mark a note: `17时00分¹`; but `m²`
_CIRCLED = re.compile("[①-⑳]")
NOTE_FIGURE = re.compile(r"(?<![mMｍＭ])[²³]|[¹⁰⁴-⁹₀-₉]")


def fold(text: str) -> str:
    """Full width to half width, one form of colon, without figures of notes; spaces are kept.

    The length may differ from the original's.
    """
    apart = _CIRCLED.sub(r"(\g<0>)", NOTE_FIGURE.sub("", text))  # `①2031-7号`: no figure of its own
    return unicodedata.normalize("NFKC", apart).translate(_COLONS)


_S = r"\s{0,3}"
_ZH_NUMBER = r"[〇○零一二三四五六七八九十]"
# `二OO五年`, `二00五年`: letters and figures in place of the sign for nought
_ZH_YEAR = rf"{_ZH_NUMBER}{{4}}|二[Oo0〇○零][Oo0〇○零一二三四五六七八九]{{2}}"
_DATE = rf"""
    (?:
      (?:(?P<y1>\d{{4}}|\d\d|{_ZH_YEAR}){_S}年{_S})?(?P<m1>\d{{1,2}}|{_ZH_NUMBER}{{1,3}}){_S}月{_S}
      (?P<d1>\d{{1,2}}|{_ZH_NUMBER}{{1,3}}){_S}[日号]
    | (?<![A-Za-z])(?P<y2>\d{{4}}){_S}[-/.]{_S}(?P<m2>\d{{1,2}}){_S}[-/.]{_S}(?P<d2>\d{{1,2}})
      (?![\d.号])
    | (?P<d4>1[3-9]|2\d|3[01])\.(?P<m4>0?[1-9]|1[0-2])\.(?P<y4>20\d\d)(?![\d.号])
    | (?P<y3>\d{{4}}){_S}年{_S}(?P<m3>\d{{1,2}}){_S}月{_S}(?P<d3>\d{{1,2}})(?=\s|$|[至到起止前-])
    )
"""
_CLOCK = rf"""
    (?P<half>上午|下午|早上|清晨|凌晨|中午|傍晚|晚上|晚|[aApP][mM])?{_S}
    (?:
      (?P<h1>\d{{1,2}}){_S}:{_S}(?P<i1>\d{{2}})(?:{_S}:{_S}(?P<s1>\d{{2}}))?(?!\d)(?:{_S}[时分])?
    | (?P<h2>\d{{1,2}}){_S}[时点](?!间|限|段|内|刻)
      (?:{_S}(?:(?P<i2>\d{{1,2}}){_S}分(?:{_S}(?P<s2>\d{{1,2}}){_S}秒)?|(?P<i3>半)|(?P<i4>\d{{2}})(?![\d年月日时点]))?)
      [正整]?
    )
"""
_WEEKDAY = r"(?:\((?:星期|周)[一二三四五六日天]\))?"
# behind its date an hour may stand in words: `九月十五日十六时`; alone `三点` is no hour
_CLOCK_OF_DATE = (
    _CLOCK.replace("?P<", "?P<x")
    .replace(
        r"(?P<xh2>\d{1,2})",
        rf"(?P<xh2>\d{{1,2}}|{_ZH_NUMBER}{{1,3}}(?=时)|(?<=[午上晚]){_ZH_NUMBER}{{1,3}}(?=点))",
    )
    .replace(r"(?P<xi2>\d{1,2})", rf"(?P<xi2>\d{{1,2}}|{_ZH_NUMBER}{{1,3}})")
)
_TOKEN = re.compile(
    rf"(?<![\d.年/十])(?:{_DATE}(?:{_S}{_WEEKDAY}[,，T]?{_S}{_CLOCK_OF_DATE})?|{_CLOCK})",
    re.VERBOSE,
)


_SIGN_OF_TIME = re.compile(r"[年日号时点:./\-]")


def tokens(folded: str) -> Iterator[Token]:
    """Yield every date, clock, or date with clock in `folded` text, in order.

    Impossible ones included, unchecked.
    """
    for found in _TOKEN.finditer(folded) if _SIGN_OF_TIME.search(folded) else ():
        groups = found.groupdict()

        def pick(*names: str, groups: dict[str, str | None] = groups) -> str | None:
            return next((groups[name] for name in names if groups[name] is not None), None)

        day = pick("d1", "d2", "d3", "d4")
        hour = pick("xh1", "xh2", "h1", "h2")
        minute = pick("xi1", "xi2", "xi4", "i1", "i2", "i4")
        half = pick("xhalf", "half")
        year, month = pick("y1", "y2", "y3", "y4"), pick("m1", "m2", "m3", "m4")
        short_year = year is not None and len(year) == _FIGURES_OF_A_SHORT_YEAR
        yield Token(
            start=found.start(),
            end=found.end(),
            year=None if year is None else _number(year) + _FIRST_YEAR * short_year,
            month=None if month is None else _number(month),
            day=None if day is None else _number(day),
            hour=None if hour is None else _hour(_number(hour), half),
            minute=30 if pick("xi3", "i3") else _number(minute or "0"),
            second=int(pick("xs1", "xs2", "s1", "s2") or 0),
            short_year=short_year,
        )


def _number(text: str) -> int:
    if text.isdigit() and text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return int((tens or "一").translate(_NUMERALS)) * 10 + int(
            (ones or "〇").translate(_NUMERALS)
        )
    return int(text.translate(_NUMERALS))


def _hour(hour: int, half: str | None) -> int:
    """24-hour clock; 99 where the half of the day does not fit the hour."""
    if half is None:
        return hour
    half = half.lower()
    if half == "凌晨" and hour == 12:
        return 0
    if half in ("上午", "早上", "清晨", "凌晨", "am"):
        return hour if hour < 12 else 99
    if half == "中午":
        return hour if 11 <= hour <= 13 else 13 if hour == 1 else 99
    if half in ("晚上", "晚") and (hour == 12 or hour < _EVENING):
        return 99  # midnight, or the small hours: of which day?
    return hour if hour >= 12 else hour + 12 if hour > 0 else 99


def instant_of(
    token: Token, *, year: int | None = None, month: int | None = None, day: int | None = None
) -> Instant:
    """The instant of `token`, with what it leaves out.

    TimeNotUnderstood if that is no time there can be.
    """
    given = (
        token.year if token.year is not None else year,
        token.month if token.month is not None else month,
        token.day if token.day is not None else day,
    )
    if None in given:
        raise TimeNotUnderstood(f"no year, month or day is given; {_EXPECTED}")
    try:
        on = date(*given)  # type: ignore[arg-type]  # None was excluded just above
    except ValueError:
        raise TimeNotUnderstood(f"there is no such day; {_EXPECTED}") from None
    if not _FIRST_YEAR <= on.year <= _LAST_YEAR:
        raise TimeNotUnderstood(f"the year {on.year} cannot be; {_EXPECTED}")
    if token.hour is None:
        return Instant(at=utc(at_shanghai(on, time(0))), precision=Precision.DAY)
    return Instant(at=_at(on, token.hour, token.minute, token.second), precision=Precision.MINUTE)


def _at(on: date, hour: int, minute: int, second: int) -> datetime:
    if hour == 24 and minute == 0 and second == 0:
        return utc(at_shanghai(on + timedelta(days=1), time(0)))
    try:
        return utc(at_shanghai(on, time(hour, minute, second)))
    except ValueError:
        raise TimeNotUnderstood(f"there is no such time of day; {_EXPECTED}") from None


# `EOD`: by the end of that day; `Uhr`: o'clock
_ENDING = re.compile(
    r"(?:起|止|截止|开始|之?前|以前|到[账帐]|[。;]$|\(含\)|\(北京时间\)|北京时间|下班前|日终|EOD|COB|Uhr|\s"
    r"|\(以?(?:系统|服务器|平台|实际)?(?:到[账帐])?(?:时间)?(?:为准)?\)|\(逾期不[候收]\)|\(逾期不予?受理\))*",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:自|从|截止|截至|不晚于|不迟于|最晚|最迟|于|至|到|时间|日期|为|:|\s){0,4}(?=[\d〇○零一二])"
)

# what people type where a program would not: each form has one meaning
_COMPACT = re.compile(
    r"(20\d\d)([01]\d)([0-3]\d)(?:$|[ T](?=\d{1,2}[:.])|[ T]?([0-2]\d)([0-5]\d)([0-5]\d)?$)"
)
_EVEN_DASHES = re.compile(r"(?<=\d)[‐‑‒–−](?=\d)")  # as a word processor sets them
_NUMERIC_DAY = re.compile(r"^(20\d\d([-/.])\d{1,2}\2\d{1,2})[日号](?=$|[^\d一-鿿]|\d{1,2}:)")
# the slips of a hand: a sign typed twice, `;` for `:`, `,` for `.`
_DOUBLED = re.compile(r"^(20\d\d)([-/.])\2*(\d{1,2})\2+(?=\d)")
_COMMAS = re.compile(r"^(20\d\d)[,、](\d{1,2})[,、](\d{1,2})(?=$|\s)")
_SEMICOLON = re.compile(r"(?<=\d);(?=\d\d$)")
_NO_COLON = re.compile(r"^(20\d\d[-/.]\d{1,2}[-/.]\d{1,2} [0-2]\d)(?=[0-5]\d$)")
_CLOCK_AFTER_POINT = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?: ?[-.] ?(?=\d{1,2}:\d\d)| (\d{1,2})\.(?=\d\d$))"
)
_HALF_BEHIND = re.compile(r"(\d{1,2}:\d\d(?::\d\d)?) ?([AaPp])\.?[Mm]\.?$")
_CLOCK_FIRST = re.compile(r"(\d{1,2}:\d\d) *[, ] *(\d{4}[-/.年].{4,12})")


def _usual(folded: str) -> str:
    """Typed text in the usual order: 20310102 17:00, 2031.1.2.17:00, 5:00 PM, 17:00 2031-01-02."""
    text = _typed_well(_EVEN_DASHES.sub("-", folded)) if folded[:2] == "20" else folded
    text = _CLOCK_AFTER_POINT.sub(
        lambda found: f"{found[1]} {found[2]}:" if found[2] else f"{found[1]} ", text, count=1
    )
    text = _HALF_BEHIND.sub(r"\2m\1", text)
    text = with_month_number(year_first(text))
    turned = _CLOCK_FIRST.fullmatch(text)
    text = f"{turned[2]} {turned[1]}" if turned else text
    leading = _LEADING.match(text)
    return text[leading.end() :] if leading else text


def _typed_well(text: str) -> str:
    """Return a time without slips of the hand that have one meaning: 2031--01-02 17;00."""
    compact = _COMPACT.match(text)
    if compact is not None:
        day = "-".join(compact.group(1, 2, 3))
        clock = ":".join(filter(None, compact.group(4, 5, 6)))
        return f"{day} {clock}{text[compact.end() :]}".strip()
    text = _NUMERIC_DAY.sub(r"\1 ", text)
    text = _DOUBLED.sub(r"\1\2\3\2", _COMMAS.sub(r"\1-\2-\3", text))
    return _NO_COLON.sub(r"\1:", _SEMICOLON.sub(":", text))


_WEEKDAY_OF = re.compile(
    r"\(?(?:星期|周|礼拜)([一二三四五六日天])\)?|(?<=\d)\s?\(([一二三四五六日])\)"
)
# people do not count weeks alike, so that a week's number says nothing against a date
_WEEK_NUMBER = re.compile(
    r"(?:第\s?\d{1,2}\s?周|(?<![A-Z\d])(?:KW|CW|W)\s?\d{1,2}(?![A-Z\d]))[,、 ]?", re.IGNORECASE
)
_JOINERS = "\ufe0e\ufe0f\u200d "
# may say that the time holds no longer, or stand for a figure that was lost
_NO_ORNAMENTS = frozenset("❌❎✖✗✘🚫⛔\ufffd")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)")


def _without_pictures(folded: str) -> str:
    """Return a text without the pictures before and behind it: `⏰2031-01-02 17:00`."""
    if folded.isascii():
        return folded
    pictures = {sign for sign in folded if unicodedata.category(sign) == "So"} - _NO_ORNAMENTS
    return folded.strip("".join(pictures) + _JOINERS) if pictures else folded


def typed_instant(text: str, where: str) -> datetime:
    """The instant that a person or a program wrote at `where`. UsageError if it is none."""
    try:
        return read_instant(text).at
    except TimeNotUnderstood as fault:
        raise UsageError(f"{where} {text}: {fault}") from None


@lru_cache(maxsize=8192)  # the rows of a sheet share their times
def read_instant(text: str, *, year: int | None = None) -> Instant:
    """The one instant that `text` is; `year` for a text that states none.

    TimeNotUnderstood, with what was expected, if it is not exactly one, or not on the day of the
    week that it names.
    """
    folded = fold(text).strip()
    if (iso := _iso(folded)) is not None:
        return iso
    folded = _WEEK_NUMBER.sub("", _without_pictures(folded), count=1)
    named = _WEEKDAY_OF.search(folded)
    if named is not None:
        folded = f"{folded[: named.start()]} {folded[named.end() :]}".strip()
    folded = _EMPTY_BRACKETS.sub(" ", folded).strip()
    folded = _usual(folded)
    found = list(tokens(folded))
    if len(found) == 1 and found[0].has_date and not found[0].short_year:
        token = found[0]
        if token.start == 0 and _ENDING.fullmatch(folded[token.end :]):
            if token.year is None and year is None:
                raise TimeNotUnderstood(f"{_clip(text)}: no year is given; {_EXPECTED}")
            instant = instant_of(token, year=year)
            on = shanghai(instant.at).weekday()
            if named is not None and _number_of_weekday(named[1] or named[2]) != on:
                raise TimeNotUnderstood(f"{_clip(text)}: that day is no {named[0]}; check the date")
            return instant
    raise TimeNotUnderstood(f"{_clip(text)} is not a time; {_EXPECTED}")


def _number_of_weekday(sign: str) -> int:
    return "一二三四五六日".index("日" if sign == "天" else sign)


def is_instant(text: str) -> bool:
    """Return whether `text` is exactly one time."""
    try:
        read_instant(text)
    except TimeNotUnderstood:
        return False
    return True


_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?"
)


def _iso(text: str) -> Instant | None:
    if not _ISO.fullmatch(text) or ("T" not in text and "-" in text[10:]):
        return None  # `2031-01-02 09:00-11:00` is no time of a zone west of here
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None  # 24:00, or no such day: said by the general reader
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise TimeNotUnderstood(f"the year {at.year} cannot be; {_EXPECTED}")
    return Instant(
        at=utc(at if at.tzinfo else at.replace(tzinfo=SHANGHAI)), precision=Precision.MINUTE
    )


def _clip(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
