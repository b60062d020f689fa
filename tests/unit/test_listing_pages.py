"""A page that is no notice but a table of parcels of cities is read as a sheet of records."""

from __future__ import annotations

import pytest

from notifier.domain.findings import Code
from notifier.intake import read_data
from notifier.intake.limits import Limits

_HEADINGS = ("城市", "地块编号", "报名截止时间", "挂牌截止时间")
_ROWS = (
    ("杭州", "甲储2031-1号", "2031-01-05 17:00", "2031-01-09 10:00"),
    ("宁波", "[乙储2031-1号](https://example.com/1)", "2031-01-06 17:00", "2031-01-09 10:00"),
)


def _markdown(rule: str) -> str:
    lines = [" | ".join(cells) for cells in (_HEADINGS, (rule,) * 4, *_ROWS)]
    table = "\n".join(f"| {line} |" for line in lines)
    return f"# 地块跟踪\n\n{table}\n\n以上地块报名截止时间可能延期\n"


def _page() -> str:
    rows = [_HEADINGS, _ROWS[0], ("宁波", "乙储2031-1号", *_ROWS[1][2:])]
    cells = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    return f"<html><body><table>{cells}</table><p>以上地块报名截止时间可能延期</p></body></html>"


@pytest.mark.parametrize(
    ("name", "text"),
    [("list.md", _markdown("---")), ("list.md", _markdown(":-:")), ("list.html", _page())],
)
def test_each_parcel_of_a_page_has_its_own_city(name: str, text: str) -> None:
    notices = read_data(name, text.encode(), Limits())
    cities = {notice.parcels[0].parcel_no: notice.city for notice in notices}
    assert cities == {"甲储2031-1号": "杭州", "乙储2031-1号": "宁波"}
    codes = {finding.code for notice in notices for finding in notice.findings}
    assert Code.REMARK_ON_TIMES in codes


def test_a_notice_with_a_column_of_cities_stays_a_notice() -> None:
    title = "# 甲市国有建设用地使用权挂牌出让公告\n\n甲自然资告字〔2031〕1号\n\n"
    (notice,) = read_data("notice.md", (title + _markdown("---")).encode(), Limits())
    assert notice.notice_no
