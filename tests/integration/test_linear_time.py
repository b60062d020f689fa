"""Reading a file that is ten times as large is about ten times the work, whatever it consists of.

The work is counted in calls: the clock is read by `bench/linear.py`.
"""

from __future__ import annotations

import pytest

from tests.growth import calls_a_byte

_SMALL, _LARGE = 4_000, 40_000  # bytes
# times the calls a byte; it was 4 to 6 where each parcel was compared with all others
_MOST = 1.5


@pytest.mark.parametrize(
    "kind",
    [
        "numbers in one line",
        "figures in one line",
        "cards",
        "cards in one line",
        "parcels with a time",
        "parcels with a window",
        "postponements",
        "headings beside each other",
        "cells parted by spaces",
        "cells beside each other",
        "cells beside and below each other",
        "rows of Markdown",
        "rows of HTML",
        "paragraphs of HTML",
        "faults of a .csv",
        "rows of a .csv",
    ],
)
def test_a_byte_costs_as_many_calls_in_a_large_file_as_in_a_small_one(kind: str) -> None:
    calls_a_byte(kind, 2_000)  # what is loaded at the first file
    small, large = calls_a_byte(kind, _SMALL), calls_a_byte(kind, _LARGE)
    assert large < _MOST * small, f"{small:.1f} -> {large:.1f} calls a byte"
