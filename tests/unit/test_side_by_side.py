"""Times side by side behind one label belong to parcels that stand elsewhere."""

from __future__ import annotations

import pytest

from notifier.intake.documents import Paragraph
from notifier.intake.notice.side_by_side import side_by_side


@pytest.mark.parametrize(
    "line",
    [
        "保证金到账截止时间 2031年5月10日17:30 2031年5月11日17:30",
        "拍卖时间 2031年7月12日10：00 2031年7月12日10：30 2031年7月12日11：00",
        "挂牌起止时间 2031年6月8日9时至2031年6月21日10时 2031年6月8日9时至2031年6月21日11时",
        "挂牌起止时间 2031年6月8日9时至2031年6月21日10时3 2031年6月8日9时至2031年6月21日11时",
    ],
)
def test_several_times_behind_a_label_are_not_certain(line: str) -> None:
    (row,), text = side_by_side([Paragraph(text=line)])
    assert text == []
    assert [entry.certain for entry in row.entries] == [False]


@pytest.mark.parametrize(
    "line",
    [
        "报名时间 2031年6月8日9时 2031年6月21日10时",  # the two ends of a window
        "报名时间 2031年6月8日9时至 2031年6月21日10时",
        "保证金到账截止时间 2031年5月10日17:30 2031年5月10日17:30",  # the same
        "拍卖时间 2031年7月12日10：00",
        "拍卖时间 定于2031年7月12日10：00在交易中心，2031年7月13日10：00公示",
        "2031年7月12日10：00 2031年7月13日10：00",
    ],
)
def test_other_lines_stay_text(line: str) -> None:
    paragraph = Paragraph(text=line)
    assert side_by_side([paragraph]) == ([], [paragraph])
