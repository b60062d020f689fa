"""Times in running text: points, ranges, `即日起至…`, and what is damaged.

An end of a range completes the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypedDict

from notifier.domain.times import shanghai
from notifier.errors import TimeNotUnderstood
from notifier.intake.notice.between_times import joint
from notifier.intake.notice.scan import MOVED
from notifier.intake.written_times import Instant, Token, instant_of, tokens


class SpanForm(StrEnum):
    """The form of a time or a range.

    POINT `T`, RANGE `A至B`, UNTIL `截至B`, `即日起至B`; FROM `自A起`; DAMAGED: figures that are no
    time any more.
    """

    POINT = "point"
    RANGE = "range"
    UNTIL = "until"
    FROM = "from"
    DAMAGED = "damaged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One expression at `start`..`end` of a dense text.

    A POINT stands in `close`, a FROM in `open`.

    `office`: hours of the day follow, which are not the end of the range. `cut`: the file ends
    within it; `may_go_on`: the file ends with it, and minutes, or the end of a range, may have been
    lost. `weekdays`: the days of the week that are named beside its dates. `why` a DAMAGED one is
    none, if not by its figures. `unjoined`: nothing stands between the ends of a RANGE.
    """

    start: int
    end: int
    form: SpanForm
    open: Token | None = None
    close: Token | None = None
    office: bool = False
    cut: bool = False
    may_go_on: bool = False
    weekdays: tuple[tuple[Token, str], ...] = ()
    why: str = ""
    unjoined: bool = False

    @property
    def needs_year(self) -> bool:
        ends = [end for end in (self.open, self.close) if end is not None]
        return bool(ends) and all(end.year is None for end in ends)


_NOTE = r"(?:\((?:北京时间|当日|含|含当日|含本日|星期.|周.|法定|[^()\d]{0,16})[^()\d]{0,16}\))?"
_TO = re.compile(
    rf"(?:时|分)?(?:[止正整])?{_NOTE}(?:\(?计?起\)?|开始|起始|始)?{_NOTE}[,，]?(?:(?:持续|截)?止?(?:至|到)|止于|截止至|截止到|--?-?|~+|→){_NOTE}(?:次日)?"
)
_GAP = re.compile(
    rf"{_NOTE}[,，]?(?:当日|当天|北京时间)?(?:\((?=\d{{1,2}}(?:时|:\d\d)(?:整|正)?(?:前|止|截止)\)))?"
)
_DAY_ONLY = re.compile(r"(?<!\d)(?P<day>\d{1,2})[日号]")
_CLOCK_AFTER_DAY = 2
_UNTIL = re.compile(
    r"(?:即日|公告|发布|当日|之日)(?:起|开始)?[,，]?(?:至|到|截?止至?|-|~)$|(?:截至|截止到|截止至)$"
    rf"|{MOVED}至$"
)
_FROM_AFTER = re.compile(r"(?:起|开始|后)(?!至|到)")
# `17时后提交的申请不予受理`, `17时起不再受理`: what comes then is too late
_TOO_LATE = re.compile(
    r"(?:之?后|以后|起|开始)[,，]?(?:(?![可但])[^,，。;；()])*?(?:不予|不再|不得|无效|逾期|停止|拒绝|不接受)"
)
_FROM_BEFORE = re.compile(r"自$")
_OR = re.compile(r"(?<=[时点分])/(?=\d)|(?<=:\d\d)/(?=\d)")  # `10:00/11:00` are two times
# `2031-7:10时`, `G7:10:00`: a parcel and its clock
_NAME_AND_CLOCK = re.compile(r"((?:20\d\d-|(?<!\d)[A-Za-z]-?)\d{1,3}):(?=\d{1,2}(?:[时点]|:\d\d))")
_HINT = re.compile(r"月|\d[:时点]|\d{4}[-/.]\d")
_ZH = "〇○零一二三四五六七八九十"
_DAMAGED = re.compile(
    # `T:嘉鱼2031019:T至T`: behind a place seven figures are a parcel's number
    rf"(?<![\d.A-Za-z])(?<![一-鿿](?=\d{{7}}:20))20\d{{4,12}}(?=[时点]|:\d|日|前|至20)|年月日|\d{{4}}年月|年[^\d{_ZH}]?月[^\d{_ZH}]?日(?=\d|时)"
    rf"|(?<![\d{_ZH}次翌])年\d{{1,2}}月\d{{1,2}}日|(?<!\d)\D[*?]+月\d{{1,2}}日"
    rf"|(?<![\d{_ZH}])\d{{3}}年\d{{1,2}}月\d{{1,2}}日"  # of a year that has lost a figure
    # `2031年12月2*日`, `12月XX日`
    r"|(?:(?<=时间)|(?<=期限)|(?<=日期)|(?<=截止)):?(?:均|都|也)?同上(?!述)"
    r"|(?<![\d*×xX])(?=[\d年月]*[*×xX])(?:[\d*×xX]{4}年)?[\d*×xX]{1,2}月[\d*×xX]{1,2}日"
)
SAME_AS_ABOVE = "it is said to be the same as above"
_WEEKDAY = re.compile(r"\((?:星期|周)([一二三四五六日天])\)")
_CUT = re.compile(r"月\d{1,2}$")
# `9时1` at the end of a cell: whatever came behind it is lost
_HALF_A_MINUTE = re.compile(r"[时点:]\d")
# `20日17` and then no hour: it was damaged, unless so many of something are meant
_HALF_AN_HOUR = re.compile(r"日\d{1,2}(?![\d宗个块幅号家天日人名份期年月、.,%])")
# at the end of a file `10时` may have been `10时30分`, and a time with `至` or figures behind it a
# range
_GOES_ON = re.compile(r"[时点]|.\([^()]*|.(?=.)[起)正整]*[至到\-~]?[\d年月日时点分: ]*")
_LAST_MINUTE = "23:59"  # of a day, and of it the last second
BROKEN = "\ufffd"  # a file that was cut off may end within a character


def spans(text: str, *, last: bool = False, day: Token | None = None) -> list[Span]:
    """The time expressions of a dense text in order.

    `last`: the document ends with it, perhaps within a time; `day`: that of a `当日` before any.
    """
    found = list(_damaged(text)) if "月" in text or "20" in text or "同上" in text else []
    if _HINT.search(text):
        text = _NAME_AND_CLOCK.sub(r"\1 ", _OR.sub("、", text))
        found_times = tokens(_NEXT_YEAR.sub("  ", text))
        own = [token for token in found_times if not _is_in_a_number(text, token)]
        times = list(_with_next_years(text, own))
        pieces = _with_clocks(text, _with_days(text, times))
        found += _apart(text, list(_joined(text, pieces, last=last, day=day)))
    return sorted(found, key=lambda span: span.start)


def _is_in_a_number(text: str, token: Token) -> bool:
    """`SL2031-4-1号地块` names a parcel, no day; `15:0时` has lost a figure."""
    if not token.has_date and _ENDS_WITH_HOUR.search(text, max(token.start - 3, 0), token.start):
        return True
    if not token.has_date or "月" in text[token.start : token.end]:
        return False
    before = text[token.start - 1 : token.start]
    return (before.isascii() and before.isalpha()) or _OF_LAND.match(text, token.end) is not None


_ENDS_WITH_HOUR = re.compile(r"\d:\Z")
# `2031-12-5、2031-12-6地块`
_OF_LAND = re.compile(r"(?:[、,和及与]20\d\d-\d{1,2}-\d{1,2}){0,30}(?:号|地块|宗地)")


def _damaged(text: str) -> Iterator[Span]:
    for match in _DAMAGED.finditer(text):
        why = SAME_AS_ABOVE if match[0].endswith("同上") else ""
        yield Span(start=match.start(), end=match.end(), form=SpanForm.DAMAGED, why=why)


_NEXT_YEAR = re.compile(r"[次翌]年(?=\d)")


def _with_next_years(text: str, found: Sequence[Token]) -> Iterator[Token]:
    """Yield the times; `次年1月4日` is of the year behind the last one that stands in figures."""
    year: int | None = None
    for token in found:
        year = token.year or year
        if token.year is None and text.endswith(("次年", "翌年"), 0, token.start):
            token = replace(token, start=token.start - 2, year=year + 1 if year else None)
        yield token


def _with_days(text: str, found: list[Token]) -> list[Token]:
    """The tokens with `14日` after `11月5日至` as a date too."""
    full: list[Token] = []
    for place, token in enumerate(found):
        full.append(token)
        stop = found[place + 1].start if place + 1 < len(found) else len(text)
        joint = _TO.match(text, token.end)
        if not token.has_date or joint is None or joint.end() >= stop + _CLOCK_AFTER_DAY:
            continue
        day = _DAY_ONLY.match(text, joint.end())
        if day is not None and (day.end() <= stop):
            full.append(
                Token(
                    start=day.start(),
                    end=day.end(),
                    year=token.year,
                    month=token.month,
                    day=int(day["day"]),
                )
            )
    return full


def _with_clocks(text: str, found: list[Token]) -> list[Token]:
    """Join a date and the clock right after it, whatever is noted between them in brackets."""
    whole: list[Token] = []
    for token in found:
        before = whole[-1] if whole else None
        if (
            before is not None
            and before.has_date
            and not before.has_clock
            and token.has_clock
            and not token.has_date
            and (gap := _GAP.match(text, before.end)) is not None
            and gap.end() == token.start
        ):
            whole[-1] = replace(
                before, end=token.end, hour=token.hour, minute=token.minute, second=token.second
            )
        else:
            whole.append(token)
    return whole


# `5月28日16时报名截止,保证金到账截止时间为当日15时`, `…截止。有两个以上竞买人的,于当日10:30举行…`;
# not `成交当日`
_ON_THE_SAME_DAY = re.compile(
    r"(?:(?:时间|期限|截止|到账)[为是:于在]?|(?:^|[,;])[于在]?)(?:当日|当天|同日)$"
)


_AND_MARKS = ("、", "/", "和", "及", "与")


def _with_dates(text: str, found: list[Token], day: Token | None) -> list[Token]:
    """Return the clocks that follow a time in a list, or speak of its day, with its date.

    Hours that stand beside a range of days get none, but those of a parcel. `day`: the last one
    before the text.
    """
    dated: list[Token] = []
    above = replace(day, start=0, end=0) if day is not None else None
    for place, token in enumerate(found):
        before = dated[-1] if dated else above
        is_bare = token.has_clock and not token.has_date
        if is_bare and before is not None and before.has_date:
            is_window = len(dated) > 1 and _is_range(text, dated[-2], before)
            opens = place + 1 < len(found) and _is_range(text, token, found[place + 1])
            if _ON_THE_SAME_DAY.search(text, before.end, token.start) or (
                not opens and _goes_on_with_the_day(text, before, token, is_window=is_window)
            ):
                token = replace(token, year=before.year, month=before.month, day=before.day)
        dated.append(token)
    return dated


def _goes_on_with_the_day(text: str, before: Token, clock: Token, *, is_window: bool) -> bool:
    between = joint(text[before.end : clock.start])
    if between is None:
        return False
    is_noted = text.startswith("(", clock.end) and bool(between.note or not before.end)
    is_listed = bool(between.note) or between.mark in _AND_MARKS
    is_one_of_many = is_listed and before.has_clock and not is_window
    return bool(between.names or between.of) or is_noted or is_one_of_many


def _joined(
    text: str, found: list[Token], *, last: bool, day: Token | None = None
) -> Iterator[Span]:
    at = 0
    found = _with_dates(text, found, day)
    while at < len(found):
        token = found[at]
        if not token.has_date:
            at += 1
            continue
        following = found[at + 1] if at + 1 < len(found) else None
        if following is not None and _is_range(text, token, following):
            span, used = _range(text, found, at)
            yield _checked(text, span, last=last)
            at += used
            continue
        yield _checked(text, _single(text, token), last=last)
        at += 1


SIDE_BY_SIDE = "two times stand side by side; the one that was struck out may be among them"


def _apart(text: str, found: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans; what nothing parts from the one before it damages both."""
    before: Span | None = None
    for span in found:
        if before is not None and text[before.end : span.start].strip() == "" and _is_whole(span):
            before = Span(start=before.start, end=span.end, form=SpanForm.DAMAGED, why=SIDE_BY_SIDE)
            continue
        if before is not None:
            yield before
        before = span
    if before is not None:
        yield before


def _is_whole(span: Span) -> bool:
    first = span.open or span.close
    return first is not None and first.start == span.start and first.year is not None


def _is_range(text: str, first: Token, second: Token) -> bool:
    return _is_to(text, first, second) or _is_unjoined(text, first, second)


def _is_unjoined(text: str, first: Token, second: Token) -> bool:
    """Return whether two whole times stand side by side: what joined them may be lost."""
    are_whole = first.has_clock and second.has_date and second.has_clock
    return are_whole and second.year is not None and text[first.end : second.start] in ("", " ")


_HOURS_DIFFER = "the hours at the ends of the range differ; its end cannot be told"
_MORE = re.compile(rf"{_TO.pattern}\d")


# `…8时至202年6月3日17时`: what a range ends with is no time
_LOST_END = re.compile(rf"{_TO.pattern}\d{{1,6}}[年月日/.\-]")
# `2031年11月11日至11月(略)`: a mirror of notices hides the end from those who do not pay
_MASKED_END = re.compile(rf"{_TO.pattern}[\d年月日]{{0,11}}(?:\(略\)|\*)")
_END_UNTOLD = "the end of the range cannot be told"


def _is_to(text: str, first: Token, second: Token) -> bool:
    joint = _TO.match(text, first.end)
    return joint is not None and joint.end() == second.start


def _range_of_hours(text: str, found: list[Token], at: int) -> tuple[Span, int]:
    """Part `6月3日9:00-17:00至6月24日9:00-17:00` into days and their hours.

    The dates are the range and the clocks the hours of its days. Hours that differ, or stand on one
    side only, leave the end untold.
    """
    first, closes, last = found[at : at + 3]
    begin, used = first, 3
    if (
        last.has_clock
        and at + 3 < len(found)
        and not found[at + 3].has_date
        and _is_to(text, last, found[at + 3])
    ):
        begin, last, used = last, replace(last, end=found[at + 3].end, **_clock(found[at + 3])), 4
    same = first.has_clock and _clock(begin) == _clock(first) and _clock(last) == _clock(closes)
    if not same:
        return Span(start=first.start, end=last.end, form=SpanForm.DAMAGED, why=_HOURS_DIFFER), used
    return Span(
        start=first.start, end=last.end, form=SpanForm.RANGE, open=first, close=last, office=True
    ), used


class _Clock(TypedDict):
    hour: int | None
    minute: int
    second: int


def _clock(token: Token) -> _Clock:
    return {"hour": token.hour, "minute": token.minute, "second": token.second}


def _range(text: str, found: list[Token], at: int) -> tuple[Span, int]:
    first, second = found[at], found[at + 1]
    if (
        not second.has_date
        and at + 2 < len(found)
        and found[at + 2].has_date
        and _is_to(text, second, found[at + 2])
    ):
        return _range_of_hours(text, found, at)
    used = 2
    office = False
    third = found[at + 2] if at + 2 < len(found) else None
    if (
        second.has_date
        and second.has_clock
        and not first.has_clock
        and third is not None
        and not third.has_date
        and _is_range(text, second, third)
    ):
        second, office, used = replace(second, hour=None, minute=0, second=0), True, 3
    elif not second.has_date and _second_hours(text, found[at + 1 : at + 4]):
        second, used = found[at + 3], 4
    end = found[at + used - 1].end
    if not found[at + 1].has_date and _MORE.match(text, end):
        return Span(start=first.start, end=end, form=SpanForm.DAMAGED, why=_HOURS_DIFFER), used
    return Span(
        start=first.start,
        end=end,
        form=SpanForm.RANGE,
        open=first,
        close=second,
        office=office,
        unjoined=_is_unjoined(text, first, second),
    ), used


_AND = re.compile(r"[、,;和及与]")


def _second_hours(text: str, clocks: Sequence[Token]) -> bool:
    """Return whether hours of one day are two ranges: `12日上午9:00-11:30、下午2:30-5:00`.

    Its window begins with the first and ends with the second.
    """
    if len(clocks) < 3 or any(clock.has_date for clock in clocks):
        return False
    between = text[clocks[0].end : clocks[1].start]
    return _AND.fullmatch(between) is not None and _is_range(text, clocks[1], clocks[2])


def _single(text: str, token: Token) -> Span:
    before = text[max(0, token.start - 12) : token.start]
    if _UNTIL.search(before):
        return Span(start=token.start, end=token.end, form=SpanForm.UNTIL, close=token)
    if late := _TOO_LATE.match(text, token.end):
        if not token.has_clock and "后" not in late[0][:2]:
            why = "what comes from that day on is too late; the last day is not stated"
            return Span(start=token.start, end=token.end, form=SpanForm.DAMAGED, why=why)
        return Span(start=token.start, end=token.end, form=SpanForm.UNTIL, close=token)
    if _MASKED_END.match(text, token.end):
        return Span(start=token.start, end=token.end, form=SpanForm.FROM, open=token)
    if _LOST_END.match(text, token.end):
        return Span(start=token.start, end=token.end, form=SpanForm.DAMAGED, why=_END_UNTOLD)
    if _FROM_AFTER.match(text, token.end) or (
        _FROM_BEFORE.search(before) and text[token.end : token.end + 1] == "起"
    ):
        return Span(start=token.start, end=token.end, form=SpanForm.FROM, open=token)
    return Span(start=token.start, end=token.end, form=SpanForm.POINT, close=token)


def _checked(text: str, span: Span, *, last: bool) -> Span:
    text = text.rstrip(BROKEN)
    weekdays: list[tuple[Token, str]] = []
    for token in (span.open, span.close):
        if token is None or not token.has_date:
            continue
        named = _WEEKDAY.search(text, token.start, max(token.end, token.start) + 5)
        if named is not None and (
            span.close is None or token is span.close or named.end() <= span.close.start
        ):
            weekdays.append((token, named[1]))
    return replace(
        span,
        weekdays=tuple(weekdays),
        cut=last and span.end == len(text) and _CUT.search(text) is not None,
        may_go_on=(last and _GOES_ON.fullmatch(text[span.end - 1 :]) is not None)
        or (last and span.end == len(text) and _lacks_hours(span))
        or (last and span.end == len(text) and text.endswith(_LAST_MINUTE))
        or (
            _is_a_day(span.close or span.open)
            and _HALF_AN_HOUR.match(text, span.end - 1) is not None
        )
        or _HALF_A_MINUTE.fullmatch(text[span.end - 1 :]) is not None,
    )


def _is_a_day(token: Token | None) -> bool:
    return token is not None and token.has_date and not token.has_clock


def _lacks_hours(span: Span) -> bool:
    """Whether a range begins at a time of day and ends with a day."""
    if span.form is not SpanForm.RANGE or span.open is None or span.close is None:
        return False
    return span.open.has_clock and not span.close.has_clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A span as instants; None where that end is not stated."""

    open: Instant | None = None
    close: Instant | None = None


def resolve(span: Span, year: int | None = None) -> Resolved:
    """The instants of `span`; `year` is for one that states none.

    TimeNotUnderstood says why there is none.
    """
    if span.form is SpanForm.DAMAGED:
        raise TimeNotUnderstood(span.why or "the figures are run together; the date cannot be told")
    if span.cut:
        raise TimeNotUnderstood("the text ends within the date")
    for token, named in span.weekdays:
        _check_weekday(token, named, year)
    if span.open is not None and span.close is not None:
        return _resolve_range(span.open, span.close, year)
    if span.open is not None:
        return Resolved(open=instant_of(span.open, year=year))
    assert span.close is not None
    return Resolved(close=instant_of(span.close, year=year))


def _resolve_range(first: Token, second: Token, year: int | None) -> Resolved:
    begin_year = first.year if first.year is not None else year
    if begin_year is None and second.year is not None:
        begin_year = second.year - (1 if _month_day(first) > _month_day(second) else 0)
    begin = instant_of(first, year=begin_year)
    on = shanghai(begin.at).date()
    end_year = second.year
    if end_year is None:
        end_year = on.year + (
            1 if second.month is not None and _month_day(second) < (on.month, on.day) else 0
        )
        if end_year > on.year and not (on.month >= 10 and (second.month or 12) <= 3):
            raise TimeNotUnderstood("the end comes before the beginning")
    end = instant_of(second, year=end_year, month=on.month, day=on.day)
    if not second.has_date and end.at <= begin.at and second.hour is not None and second.hour < 12:
        end = instant_of(
            replace(second, hour=second.hour + 12), year=end_year, month=on.month, day=on.day
        )
    if end.at < begin.at or (end.at == begin.at and first.has_clock):
        raise CloseBeforeOpen("the end comes before the beginning")
    return Resolved(open=begin, close=end)


class CloseBeforeOpen(TimeNotUnderstood):
    """the end comes before the beginning"""


def _month_day(token: Token) -> tuple[int, int]:
    return token.month or 0, token.day or 0


def _check_weekday(token: Token, named: str, year: int | None) -> None:
    given = token.year if token.year is not None else year
    if given is None or token.month is None or token.day is None:
        return
    try:
        on = date(given, token.month, token.day)
    except ValueError:
        return  # said where the date itself is read
    if "一二三四五六日".index("日" if named == "天" else named) != on.weekday():
        raise TimeNotUnderstood(f"{on.isoformat()} is no 星期{named}")
