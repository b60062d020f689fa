"""A figure of the table: what, how much it must be, how much it is, beside what, and what bounds
it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`met` is None where there is no target, or it could not be measured here."""

    what: str
    target: str
    ours: str
    met: bool | None
    beside: str = ""
    bound: str = ""


def in_turn(*measures: Callable[[int], float]) -> list[float]:
    """The median of ROUNDS runs of each, one after the other in turn, so that a busy machine slows
    all alike."""
    taken: list[list[float]] = [[] for _ in measures]
    for number in range(ROUNDS):
        for measure, found in zip(measures, taken, strict=True):
            found.append(measure(number))
    return [median(found) for found in taken]


def percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
