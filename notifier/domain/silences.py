"""Silences (静默): what nothing is said of for a while, by whom and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.drafts import ItemKind
from notifier.domain.matching import Filters
from notifier.domain.offers import Offer
from notifier.domain.reminders import Reminder


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A time in which nothing is sent of the parcels that all `matchers` surely match.

    A matcher is like `city=杭州`.
    """

    id: int
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    why: str

    def holds(self, offer: Offer, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at and Filters.parse_matchers(
            self.matchers
        ).surely_match(offer)

    @property
    def words(self) -> str:
        more = "".join(f", {words}" for words in (self.by, self.why) if words)
        return f"silence {self.id}{more}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What a silence does to a reminder: it waits until `until`, the end of the silence.

    None: it is not sent at all, because its milestone is over by then.
    """

    until: datetime | None
    reason: str


def hold(
    offer: Offer, reminder: Reminder, silences: Iterable[Silence], at: datetime
) -> Held | None:
    """Return the effect of silences on a reminder due at `at`; None if they have none."""
    last = max(
        (silence for silence in silences if silence.holds(offer, at)),
        key=lambda silence: silence.ends_at,
        default=None,
    )
    if last is None:
        return None
    is_of_deadline = reminder.kind in (ItemKind.REMINDER, ItemKind.ESCALATION)
    ends_in_time = not is_of_deadline or last.ends_at < reminder.over_at
    return Held(until=last.ends_at if ends_in_time else None, reason=last.words)
