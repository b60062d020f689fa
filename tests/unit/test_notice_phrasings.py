"""Any instant, in every way that bureaus write instants, reads back as itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given

from notifier.domain.times import SHANGHAI, utc
from notifier.domain.values import MilestoneName, Notice, Precision
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_FIRST = datetime(2003, 1, 1, tzinfo=SHANGHAI)
instants = st.integers(0, 95 * 365 * 24 * 60).map(
    lambda minutes: _FIRST + timedelta(minutes=minutes)
)
_WIDE = str.maketrans("0123456789:", "０１２３４５６７８９：")
_ZH = "〇一二三四五六七八九"


def _zh(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (
        ("" if tens < 2 else _ZH[tens])
        + ("十" if tens else "")
        + (_ZH[ones] if ones or not tens else "")
    )


def dates(at: datetime) -> list[str]:
    y, m, d = at.year, at.month, at.day
    zh_year = "".join(_ZH[int(digit)] for digit in str(y))
    return [
        f"{y}年{m}月{d}日",
        f"{y}年{m:02}月{d:02}日",
        f"{y} 年 {m} 月 {d} 日",
        f"{y}年{m}月{d}日({'星期' + '一二三四五六日'[at.weekday()]})",
        f"{y}-{m:02}-{d:02}",
        f"{y}/{m}/{d}",
        f"{zh_year}年{_zh(m)}月{_zh(d)}日",
        f"{zh_year.replace('〇', '○')}年{_zh(m)}月{_zh(d)}日",
    ]


def clocks(at: datetime) -> list[str]:
    h, m = at.hour, at.minute
    half = "上午" if h < 12 else "下午"
    h12 = h if h <= 12 else h - 12
    found = [
        f"{h}:{m:02}",
        f"{h:02}:{m:02}:00",
        f"{h:02}：{m:02}",
        f"{h}∶{m:02}",
        f"{h}时{m:02}分",
        f"{h}点{m:02}分",
    ]
    if h:
        found += [f"{half}{h12}:{m:02}", f"{half}{h12}时{m:02}分", f"{half}{h}:{m:02}"]
    if m == 0:
        found += [f"{h}时", f"{h}时整", f"{h}点", f"{h}:00时"]
        found += [f"{half}{h12}时", f"{half}{h12}点整"] if h else []
    if m == 30:
        found += [f"{h}点半", f"{half}{h12}时半"] if h else []
    return found


@st.composite
def written(draw: st.DrawFn, at: datetime) -> str:
    """`at` in one of its ways, perhaps in full-width digits; midnight perhaps as 24:00 of the day
    before."""
    day, ways = at, clocks(at)
    if (at.hour, at.minute) == (0, 0) and draw(st.booleans()):
        day, ways = at - timedelta(days=1), ["24时", "24:00"]
    date = draw(st.sampled_from(dates(day)))
    # `2024-11-149:00` is what nobody writes
    text = (
        date
        + (" " if date[-1].isdigit() or draw(st.booleans()) else "")
        + draw(st.sampled_from(ways))
    )
    return text.translate(_WIDE) if draw(st.booleans()) else text


def read(sentence: str) -> Notice:
    text = (
        "甲市国有建设用地使用权挂牌出让公告\n地块编号：甲储2025-1号，土地面积5000平方米。\n"
        f"{sentence}\n特此公告。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    return notice


def milestone(notice: Notice, name: MilestoneName) -> datetime:
    (parcel,) = notice.parcels
    assert name in parcel.milestones, notice.findings
    assert parcel.milestones[name].precision is Precision.MINUTE
    return parcel.milestones[name].at


_SENTENCES = (
    ("报名截止时间：{}。", MilestoneName.REGISTRATION_CLOSE),
    ("竞买申请截止时间为{}止。", MilestoneName.REGISTRATION_CLOSE),
    ("申请人须在{}前提交竞买申请。", MilestoneName.REGISTRATION_CLOSE),
    ("竞买保证金到账截止时间为{}（以到账为准）。", MilestoneName.DEPOSIT_CLOSE),
    ("竞买保证金须于{}之前(含)汇入指定账户。", MilestoneName.DEPOSIT_CLOSE),
    ("挂牌报价截止时间：{}。", MilestoneName.BIDDING_CLOSE),
    ("挂牌开始时间：{}。", MilestoneName.BIDDING_OPEN),
    ("拍卖会定于{}举行。", MilestoneName.AUCTION_START),
)


@given(st.data(), instants, st.sampled_from(_SENTENCES))
def test_an_instant_reads_back_in_every_phrasing(
    data: st.DataObject, at: datetime, sentence: tuple[str, MilestoneName]
) -> None:
    words, name = sentence
    assert milestone(read(words.format(data.draw(written(at)))), name) == utc(at)


_RANGES = ("{}至{}", "自{}起至{}止", "从{}到{}", "{} - {}", "{}～{}", "{}起至{}止(工作时间)")
_WINDOWS = (
    ("挂牌时间：{}。", MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE),
    ("报名时间：{}。", MilestoneName.REGISTRATION_OPEN, MilestoneName.REGISTRATION_CLOSE),
    (
        "申请人可于{}到交易中心提交书面申请。",
        MilestoneName.REGISTRATION_OPEN,
        MilestoneName.REGISTRATION_CLOSE,
    ),
)


@given(
    st.data(),
    instants,
    st.integers(1, 60 * 24 * 60),
    st.sampled_from(_RANGES),
    st.sampled_from(_WINDOWS),
)
def test_both_ends_of_a_range_read_back(
    data: st.DataObject,
    begin: datetime,
    minutes: int,
    range_words: str,
    window: tuple[str, MilestoneName, MilestoneName],
) -> None:
    end = begin + timedelta(minutes=minutes)
    words, opens, closes = window
    text = range_words.format(data.draw(written(begin)), data.draw(written(end)))
    notice = read(words.format(text))
    assert (milestone(notice, opens), milestone(notice, closes)) == (utc(begin), utc(end))


@given(st.data(), instants, st.integers(1, 300 * 24 * 60), st.booleans())
def test_a_range_that_names_its_year_once_reads_back(
    data: st.DataObject, begin: datetime, minutes: int, month_too: bool
) -> None:
    end = begin + timedelta(minutes=minutes)
    if end.year != begin.year:
        return
    day = f"{end.day}日" if month_too and end.month == begin.month else f"{end.month}月{end.day}日"
    clock = data.draw(st.sampled_from(clocks(end)))
    text = f"挂牌时间：{data.draw(written(begin))}至{day}{clock}。"
    if (begin.hour, begin.minute) == (0, 0):
        return  # `24时` of New Year's Eve is in the year before
    notice = read(text)
    assert milestone(notice, MilestoneName.BIDDING_CLOSE) == utc(end)


@given(instants)
def test_a_day_without_a_time_of_day_is_that_days_midnight_and_says_so(at: datetime) -> None:
    for date in dates(at):
        (parcel,) = read(f"报名截止时间：{date}。").parcels
        close = parcel.milestones[MilestoneName.REGISTRATION_CLOSE]
        assert (close.at, close.precision) == (utc(at.replace(hour=0, minute=0)), Precision.DAY)
