"""Reading a file that is six times as large takes about six times as long, whatever it consists
of."""

from __future__ import annotations

import pytest

from tests.growth import cost

_SIX_FOLD = (10_000, 60_000)  # bytes
_SIX_FOLD_AT_LENGTH = (80_000, 480_000)
# times the cost of a byte; it was 4 to 6 where each parcel was compared with all others
_MOST = 3.0


_KINDS = [
    "numbers in one line",
    "figures in one line",
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
]


@pytest.mark.parametrize("kind", _KINDS)
def test_a_byte_costs_about_as_much_in_a_large_file_as_in_a_small_one(kind: str) -> None:
    _compare(kind, _SIX_FOLD)


@pytest.mark.soak
@pytest.mark.parametrize("kind", _KINDS)
def test_a_byte_costs_as_much_in_half_a_megabyte(kind: str) -> None:
    _compare(kind, _SIX_FOLD_AT_LENGTH)


def _compare(kind: str, sizes: tuple[int, int]) -> None:
    cost(kind, 2_000, runs=1)  # what is loaded at the first file
    small, large = (cost(kind, size, runs=2)[0] for size in sizes)
    assert large < _MOST * small, f"{small:.0f} -> {large:.0f} ns a byte"
