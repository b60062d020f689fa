"""Tables that people draw with lines in plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.times import shanghai
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_CLOSES = {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"}
_WINDOW = {"registration_open": "01-01 09:00", "registration_close": "01-02 17:00"}


def _times(text: str, name: str = "parcels.txt") -> dict[str, dict[str, str]]:
    return {
        parcel.parcel_no: {
            milestone_name.value: f"{shanghai(milestone.at):%m-%d %H:%M}"
            for milestone_name, milestone in parcel.milestones.items()
        }
        for notice in read_notice(Path(name), text.encode(), Limits())
        for parcel in notice.parcels
    }


@pytest.mark.parametrize("name", ["parcels.txt", "parcels.md"])
@pytest.mark.parametrize("signs", ["┌─┬┐├┼┤└┴┘│", "╔═╦╗╠╬╣╚╩╝║", "┏━┳┓┣╋┫┗┻┛┃", "+-++++++++|"])
def test_a_table_drawn_with_lines_is_a_table(signs: str, name: str) -> None:
    corner, line, top, right, left, cross, end, low, bottom, last, upright = tuple(signs)
    rule = (line * 20).join
    rows = (
        ("地块编号", "报名截止", "挂牌截止"),
        ("示挂2031-1号", "2031-01-02 17:00", "2031-01-05 10:00"),
        ("示挂2031-2号", "2031-01-03 17:00", "2031-01-06 10:00"),
    )
    drawn = [upright + upright.join(f" {cell} " for cell in row) + upright for row in rows]
    between = rule([left, cross, cross, end])
    text = "\n".join(
        [
            rule([corner, top, top, right]),
            f"\n{between}\n".join(drawn),
            rule([low, bottom, bottom, last]),
        ]
    )
    assert _times(f"本月地块\n\n{text}\n", name) == {
        "示挂2031-1号": _CLOSES,
        "示挂2031-2号": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }


def test_a_row_of_several_lines_is_one_and_rows_without_a_rule_between_are_several() -> None:
    text = (
        "│ 地块编号 │ 报名时间 │\n├────┼────┤\n"
        "│ J2031-1号 │ 2031-01-01 9:00至 │\n│ │ 2031-01-02 17:00 │\n"
        "│ J2031-2号 │ 2031-01-01 9:00至 │\n│ │ 2031-01-02 17:00 │\n└────┴────┘\n"
    )
    assert _times(text) == {"J2031-1号": _WINDOW, "J2031-2号": _WINDOW}


def test_two_parcels_between_two_rules_stay_two() -> None:
    text = (
        "┌────┬────┐\n│ 地块编号 │ 报名截止 │\n├────┼────┤\n"
        "│ J2031-1号 │ 2031-01-02 17:00 │\n│ J2031-2号 │ 2031-01-03 17:00 │\n└────┴────┘\n"
    )
    assert _times(text) == {
        "J2031-1号": {"registration_close": "01-02 17:00"},
        "J2031-2号": {"registration_close": "01-03 17:00"},
    }
