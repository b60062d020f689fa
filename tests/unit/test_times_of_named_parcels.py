"""The time of each of the parcels that a sentence names: shapes of sentences x wordings of names.

Whatever the sentence is about and however it names the parcels, it reads alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import pytest

from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.notice.between_times import Joint, joint, names_behind

_TABLE = "|地块编号|出让面积(平方米)|起始价(万元)|\n|---|---|---|\n" + "".join(
    f"|丙储2031-{place}号|{place}1000|{place}00|\n" for place in (7, 8, 9)
)
_CLOCKS = ("10时", "11时30分", "15时")
_HOURS = ("10:00", "11:30", "15:00")

# how the parcels are named, and which of the times each of the three has
_NAMES = (
    (("丙储2031-7号地块", "丙储2031-8号地块", "丙储2031-9号地块"), (0, 1, 2)),
    (("丙储2031-7号", "丙储2031-8号", "丙储2031-9号"), (0, 1, 2)),
    (("2031-7号宗地", "2031-8号宗地", "2031-9号宗地"), (0, 1, 2)),
    (("7号地块", "8号地块", "9号地块"), (0, 1, 2)),
    (("7、8号地块", "9号地块"), (0, 0, 1)),
    (("2031-7、8号", "2031-9号"), (0, 0, 1)),
    (("7号和8号地块", "9号地块"), (0, 0, 1)),
    (("2031-7号地块", "其余地块"), (0, 1, 1)),
    (("2031-9号地块", "其余2宗地块"), (1, 1, 0)),
)

Pairs = Sequence[tuple[str, str]]
_BEFORE: dict[str, Callable[[Pairs], str]] = {
    "N：T；": lambda pairs: "；".join(f"{name}：{time}" for name, time in pairs),
    "N为T，": lambda pairs: "，".join(f"{name}为{time}" for name, time in pairs),
    "N于T；": lambda pairs: "；".join(f"{name}于{time}" for name, time in pairs),
    "NT、": lambda pairs: "、".join(f"{name}{time}" for name, time in pairs),
    "其中NT截止，": lambda pairs: "其中" + "，".join(f"{name}{time}截止" for name, time in pairs),
    "依次为：NT；": lambda pairs: (
        "按序号依次为：" + "；".join(f"{name}{time}" for name, time in pairs)
    ),
}
_WITHIN: dict[str, Callable[[Pairs], str]] = {
    "(NT；)": lambda pairs: f"（{'；'.join(name + time for name, time in pairs)}）",
    "(N为T，)": lambda pairs: f"（{'，'.join(f'{name}为{time}' for name, time in pairs)}）",
    "(其中：NT，)": lambda pairs: f"（其中：{'，'.join(name + time for name, time in pairs)}）",
}
_BEHIND: dict[str, Callable[[Pairs], str]] = {
    "T(N)、": lambda pairs: "、".join(f"{time}（{name}）" for name, time in pairs),
    "T(N)；": lambda pairs: "；".join(f"{time}（{name}）" for name, time in pairs),
    "T为N，": lambda pairs: "，".join(f"{time}为{name}" for name, time in pairs),
}

_DAY = "2031年6月18日"
_WINDOW = "挂牌时间：2031年6月8日9时至2031年6月18日"
# what the times are of, what the first of them begins with, and the shapes that go with it
_FRAMES = (
    (f"{_WINDOW}，", "", _BEFORE, MilestoneName.BIDDING_CLOSE),
    (_WINDOW, "", _WITHIN | _BEHIND, MilestoneName.BIDDING_CLOSE),
    ("挂牌截止时间：", _DAY, _BEFORE | _BEHIND, MilestoneName.BIDDING_CLOSE),
    ("保证金到账截止时间分别为", _DAY, _BEFORE | _BEHIND, MilestoneName.DEPOSIT_CLOSE),
    ("拍卖会定于2031年6月18日举行，", "", _BEFORE, MilestoneName.AUCTION_START),
    ("拍卖会定于2031年6月18日举行", "", _WITHIN, MilestoneName.AUCTION_START),
    (f"拍卖时间：{_DAY}", "", _WITHIN | _BEHIND, MilestoneName.AUCTION_START),
)


def _times(words: str, name: MilestoneName) -> list[str]:
    """The time of each parcel as `18 10:30`; `-` where it has none."""
    text = (
        f"丙市国有建设用地使用权出让公告\n丙告字〔2031〕3号\n\n{_TABLE}\n{words}。\n\n特此公告。\n"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    found = [parcel.milestones.get(name) for parcel in notice.parcels]
    return [f"{shanghai(each.at):%d %H:%M}" if each is not None else "-" for each in found]


@pytest.mark.parametrize("every_day", [True, False], ids=["each with its day", "clocks"])
@pytest.mark.parametrize(
    ("frame", "day", "shape", "write", "name"),
    [
        pytest.param(frame, day, shape, write, name, id=f"{name} {shape}")
        for frame, day, shapes, name in _FRAMES
        for shape, write in shapes.items()
    ],
)
def test_times_of_named_parcels_read_alike_in_any_shape(
    frame: str,
    day: str,
    shape: str,
    write: Callable[[Pairs], str],
    name: MilestoneName,
    every_day: bool,
) -> None:
    for names, times in _NAMES:
        clocks = [
            clock if place and not every_day else f"{day}{clock}"
            for place, clock in enumerate(_CLOCKS[: len(names)])
        ]
        words = frame + write(list(zip(names, clocks, strict=True)))
        assert _times(words, name) == [f"18 {_HOURS[time]}" for time in times], words
        if frame.startswith(_WINDOW):
            assert _times(words, MilestoneName.BIDDING_OPEN) == ["08 09:00"] * 3, words


@pytest.mark.parametrize("hours", [_CLOCKS, _HOURS])
def test_the_end_of_a_parcels_number_is_no_part_of_the_clock_behind_it(
    hours: Sequence[str],
) -> None:
    pairs = [(f"丙储2031-{place}", hour) for place, hour in zip((7, 8, 9), hours, strict=True)]
    words = f"拍卖时间：{_DAY}，{_BEFORE['N：T；'](pairs)}"
    assert _times(words, MilestoneName.AUCTION_START) == [f"18 {hour}" for hour in _HOURS]


def test_a_time_before_those_of_named_parcels_is_of_the_others() -> None:
    words = f"{_WINDOW}9时，2031-7号地块于6月18日10时，2031-8号地块于6月18日11时30分"
    assert _times(words, MilestoneName.BIDDING_CLOSE) == ["18 10:00", "18 11:30", "18 09:00"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (f"{_WINDOW}，其中2031-7号地块10时截止", MilestoneName.BIDDING_CLOSE),
        (f"拍卖会定于{_DAY}举行，2031-7号地块上午10时开始", MilestoneName.AUCTION_START),
    ],
)
def test_the_day_of_all_stands_for_those_of_which_no_hour_is_told(
    words: str, name: MilestoneName
) -> None:
    assert _times(words, name) == ["18 10:00", "18 00:00", "18 00:00"]


def test_a_note_on_the_others_does_not_give_them_the_time_before_it() -> None:
    words = (
        "8号地块挂牌截止时间为2031年6月18日9时；7号地块挂牌截止时间为2031年6月18日10时"
        "（其余地块另行通知）"
    )
    assert _times(words, MilestoneName.BIDDING_CLOSE) == ["18 10:00", "18 09:00", "-"]


@pytest.mark.parametrize(
    "words",
    [
        "7、8号地块挂牌截止时间为2031年6月18日10时，8号地块2031年6月18日11时",  # both of 8
        f"{_WINDOW}，报名时间为7号9时至17时",  # a label between
    ],
)
def test_times_of_which_it_is_not_sure_whose_they_are_are_nobodys(words: str) -> None:
    hours = [time[3:] for time in _times(words, MilestoneName.BIDDING_CLOSE)]
    assert "11:00" not in hours
    assert "17:00" not in hours


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("(A地块)、", Joint("(A地块)", "", "、", "", "", False, "")),
        ("为2031-7、8号,", Joint("", "2031-7、8号", ",", "", "", False, "")),
        ("截止;8号", Joint("", "", ";", "8号", "", False, "")),
        (
            ",其中16号地块挂牌截止时间为",
            Joint("", "", ",", "16号地块", "挂牌截止时间", False, "为"),
        ),
        (",A、B地块延期至", Joint("", "", ",", "A、B地块", "", False, "延期至")),
        ("起依次举行拍卖会:7号", Joint("", "", "", "7号", "", True, "")),
        (",报名时间为7号", None),
        ("现场踏勘,", None),
    ],
)
def test_words_between_two_times_join_them_or_name_parcels_or_say_something_else(
    words: str, named: Joint | None
) -> None:
    assert joint(words) == named


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("(G(2031)31号)。", "G(2031)31号"),
        ("为7、8号、", "7、8号"),
        ("止(7号除外,另行公告)", "7号除外"),
        ("举行", ""),
    ],
)
def test_the_words_right_behind_a_time_may_name_its_parcels(words: str, named: str) -> None:
    assert names_behind(words)[0] == named


@pytest.mark.parametrize(
    "part", ["、A1", "A1至3号、", "A1号和2号、", "至3号A1", "(A)", "地块一", "其余", "按一二分别为"]
)
def test_words_that_name_very_many_parcels_are_read_in_no_time(part: str) -> None:
    began = process_time()
    for size in (100, 200, 400, 4_000):
        joint((part * size)[:size] + "。")
    assert process_time() - began < 0.5


_CHANGED = (
    (
        "拍卖会时间由2031年6月8日调整为2031年6月18日，其中{0}上午9时30分，{1}上午10时",
        ("09:30", "10:00"),
    ),
    ("拍卖会延期至2031年6月18日举行，{0}上午9时30分开始，{1}上午10时开始", ("09:30", "10:00")),
    ("挂牌时间延长至2031年6月18日（{0}9:30、{1}10:00）", ("09:30", "10:00")),
    ("挂牌时间延长至2031年6月18日（{0}9:30；{1}10:00）", ("09:30", "10:00")),
    ("挂牌截止时间更正为2031年6月18日9时30分（{0}）；10时（{1}）", ("09:30", "10:00")),
    ("挂牌截止时间延长至2031年6月18日，其中{1}10时", ("", "10:00")),
)


@pytest.mark.parametrize(("words", "hours"), _CHANGED)
def test_new_times_of_named_parcels_are_changes_of_each(words: str, hours: tuple[str, str]) -> None:
    names = ("甲2031-11号地块", "甲2031-12号地块")
    text = (
        "甲县国有建设用地使用权出让延期公告\n"
        f"公告出让的{'、'.join(names)}，现{words.format(*names)}。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    new = {change.parcel_no: change.new for change in notice.changes}
    for name, hour in zip(names, hours, strict=True):
        assert new[name.removesuffix("地块")] == (
            f"2031-06-18T{hour}:00+08:00" if hour else "2031-06-18"
        )
    assert [finding.code for finding in notice.findings] == []
