"""Figures of the work, as programs that watch it want them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Tally(NamedTuple):
    """The number of deliveries of a channel in a state."""

    channel: str
    state: str
    number: int


class Late(NamedTuple):
    """A delivery that reached people `at`, `seconds` after the first of its reminders was due."""

    channel: str
    at: datetime
    seconds: float
