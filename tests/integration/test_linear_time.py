"""Reading a file that is six times as large takes about six times as long, whatever it consists
of."""

from __future__ import annotations

import pytest

from tests.growth import cost

_SIX_FOLD = (40_000, 240_000)  # bytes
# times the cost of a byte; it was 4 to 6 where each parcel was compared with all others
_MOST = 3.0


@pytest.mark.parametrize(
    "kind",
    [
        "numbers in one line",
        "cards",
        "cards in one line",
        "parcels with a time",
        "parcels with a window",
        "postponements",
        "rows of Markdown",
        "rows of HTML",
        "paragraphs of HTML",
        "faults of a .csv",
        "rows of a .csv",
    ],
)
def test_a_byte_costs_about_as_much_in_a_large_file_as_in_a_small_one(kind: str) -> None:
    cost(kind, 2_000, runs=1)  # what is loaded at the first file
    small, large = (cost(kind, size, runs=2)[0] for size in _SIX_FOLD)
    assert large < _MOST * small, f"{small:.0f} -> {large:.0f} ns a byte"
