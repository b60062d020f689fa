"""What a byte costs as a file grows: each kind of fragment at 16, 64 and 256 KB.

    python -m bench.linear [KIND...]

A ratio above 2 means that reading takes more than its share of a larger file. Processor time of one
core.
"""

from __future__ import annotations

import sys

from tests.growth import KINDS, cost

_SIZES = (16_000, 64_000, 256_000)  # bytes


def main() -> None:
    cost("rows of HTML", 1_000)  # what is loaded at the first file
    print(
        f"{'kind':<26}"
        + "".join(f"{size // 1000:>7} KB" for size in _SIZES)
        + "     ratio   (ns a byte)"
    )
    for kind in sys.argv[1:] or KINDS:
        costs = [cost(kind, size, 3 if size == _SIZES[0] else 1) for size in _SIZES]
        figures = [figure for figure, _ in costs]
        print(
            f"{kind:<26}"
            + "".join(f"{figure:>10,.0f}" for figure in figures)
            + f"{figures[-1] / figures[0]:>10.1f}   {costs[-1][1]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
