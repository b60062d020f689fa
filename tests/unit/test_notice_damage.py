"""A damaged notice never states another time than the whole one does, without a finding that names
it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from notifier.domain.findings import Code
from notifier.domain.values import MilestoneName, Source
from tests.damage import DAMAGES, lost_cell, read_text, silent_differences, text_of

_NOTICES = sorted(
    path for path in (Path(__file__).parent.parent / "notices").iterdir() if path.suffix != ".json"
)
_CHANGES_IN_A_TABLE = next(path for path in _NOTICES if path.name == "31_postpone_table.md")
_WHOLE = {path: read_text(path, text_of(path)) for path in _NOTICES}


@given(st.sampled_from(_NOTICES), st.sampled_from(DAMAGES), st.integers(0, 2**32))
@example(_NOTICES[1], lost_cell, 1)
@example(_CHANGES_IN_A_TABLE, lost_cell, 89)  # a heading is lost: the others are no parcels
def test_damage_never_yields_another_time_silently(
    path: Path, damage: Callable[[str, Random], str], seed: int
) -> None:
    whole = _WHOLE[path]
    assert whole is not None
    damaged = damage(text_of(path), Random(seed))
    assert silent_differences(whole, read_text(path, damaged)) == []


def test_the_measure_sees_a_time_that_was_changed_silently() -> None:
    path = next(path for path in _NOTICES if path.name.startswith("09"))
    whole, other = (
        _WHOLE[path],
        read_text(path, text_of(path).replace("5月26日9时30分", "5月27日9时30分")),
    )
    assert whole is not None
    assert [difference.split(":")[0] for difference in silent_differences(whole, other)] == [
        "BY-2025-01 bidding_close",
        "BY-2025-01 auction_start",
    ]


_TABLE = """甲市国有建设用地使用权挂牌出让公告
| 地块编号 | 面积（㎡） | 报名截止时间 | 保证金到账截止时间 | 挂牌截止时间 |
|---|---|---|---|---|
| 2025-1 | 5000 | 2025年5月8日17:00 | 2025年5月8日16:00 | 2025年5月12日10:00 |
| 2025-2 | 6000 | {} 2025年5月12日11:00 |
"""


@pytest.mark.parametrize("left", ["2025年5月9日17:00 |", "2025年5月9日16:00 |"])
def test_a_row_that_lacks_a_cell_gives_none_of_its_times_and_says_so(left: str) -> None:
    notice = read_text(Path("notice.md"), _TABLE.format(left))
    assert notice is not None
    first, second = notice.parcels
    assert len(first.milestones) == 3
    assert second.area_m2 == 6000
    assert not second.milestones
    uncertain = {
        finding.field for finding in notice.findings if finding.code is Code.CELL_UNCERTAIN
    }
    assert uncertain == {"registration_close", "deposit_close", "bidding_close"}


def test_an_empty_cell_is_read_as_the_row_above_and_says_so() -> None:
    notice = read_text(Path("notice.md"), _TABLE.format("| 2025年5月9日16:00 |"))
    assert notice is not None
    assert notice.parcels[1].milestones[MilestoneName.REGISTRATION_CLOSE].source is Source.INHERITED
    assert [finding.field for finding in notice.findings if finding.code is Code.BLANK_CELL] == [
        "registration_close"
    ]


@pytest.mark.parametrize(
    "piece", ["1月1日", "A1-2、", "报名及", "〔2025〕", "1-", "地块:", "A地块:2025年1月1日9:00至"]
)
# not a timing: what grows with the square of its length takes many minutes here
@pytest.mark.timeout(30)
def test_a_text_that_repeats_itself_without_end_does_not_keep_the_reader_busy(piece: str) -> None:
    text = (piece * 40_000)[:40_000]
    assert (
        read_text(
            Path("notice.txt"),
            f"甲市国有建设用地使用权挂牌出让公告\n{text}\n报名截止时间：2025年1月1日9时。",
        )
        is not None
    )
