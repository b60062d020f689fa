"""Lines of alerts that name many parcels: a parcel, a time, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.domain.offers import Offer
from notifier.domain.times import shanghai
from notifier.domain.values import Milestone


def parcel_words(offer: Offer, nameless: str) -> str:
    """Return a parcel as `甲1号, 宁波 鄞州区`; `nameless` stands for a number that is not known."""
    where = " ".join(part for part in (offer.city, offer.parcel.district) if part)
    number = offer.parcel.parcel_no or nameless
    return ", ".join(part for part in (number, where) if part)


def time_words(milestone: Milestone) -> str:
    """Return an instant as `2024-11-14 17:00`; a day alone without a clock."""
    local = shanghai(milestone.at)
    return f"{local:%Y-%m-%d}" if milestone.day_only else f"{local:%Y-%m-%d %H:%M}"


def first_lines(lines: Sequence[str], most: int) -> list[str]:
    """Return at most `most` of the lines, and how many more there are as `(+3)`."""
    more = len(lines) - most
    return [*lines[:most], f"(+{more})"] if more > 0 else list(lines)


def listed(first: Sequence[str], count: int, joint: str) -> str:
    """Return the first of `count` names in a row, and how many more there are as `(+3)`."""
    more = count - len(first)
    return f"{joint.join(first)} (+{more})" if more > 0 else joint.join(first)
