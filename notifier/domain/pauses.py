"""Pauses (稍后提醒、处理中): a recipient asks to hear nothing of one deadline for a while.

A pause holds back that recipient's reminders of the deadline, and the escalation of their silence.
Then one reminder comes back, so that nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.times import aware
from notifier.domain.values import Milestone, MilestoneName

PUT_OFF = "put off"
"""Why a reminder is not said: its recipient asked to be reminded later."""

COMES_BACK = "again"
"""In the place of a lead: the reminder that ends a pause."""

USUAL_SNOOZE = timedelta(hours=1)
"""How long a press on "remind me again" puts a reminder off."""


class PauseKind(StrEnum):
    """SNOOZE: remind me again at that time. SEEN: somebody is working on it."""

    SNOOZE = "snooze"
    SEEN = "seen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """The word of `by`, at `said_at`: nothing more to `recipient` of the deadline before `until`.

    It belongs to the milestone's instant `milestone_at`: of another time it says nothing.
    """

    recipient: str
    milestone: MilestoneName
    milestone_at: datetime
    kind: PauseKind
    said_at: datetime
    until: datetime
    by: str = ""

    def __post_init__(self) -> None:
        for instant in (self.milestone_at, self.said_at, self.until):
            aware(instant, "pause")

    def is_of(self, name: MilestoneName, at: datetime) -> bool:
        """Return whether it is about the milestone `name` that stands `at`."""
        return self.milestone == name and self.milestone_at == at

    def ends_at(self, last_lead: datetime | None) -> datetime:
        """Return when the reminder comes back, by a config whose last lead is due at `last_lead`.

        A last lead that was still ahead when the pause was asked for ends it.
        """
        if last_lead is not None and last_lead > self.said_at:
            return min(self.until, last_lead)
        return self.until


def snoozed_until(asked: datetime, last_lead: datetime | None, now: datetime) -> datetime | None:
    """Return when a reminder comes back that is asked for at `asked`, never past the last lead.

    None: that is not ahead any more, and what comes later would come too late.
    """
    if last_lead is None or last_lead <= now or asked <= now:
        return None
    return min(asked, last_lead)


def seen_until(
    milestone: Milestone, last_lead: datetime | None, now: datetime, answer_within: timedelta
) -> datetime | None:
    """Return when it is asked again of what somebody works on.

    `answer_within` before the last lead, so that silence is escalated by then; not before half of
    the time to it is over. After the last lead: at half of the time that is left.

    None: the deadline has passed.
    """
    if milestone.over_at <= now:
        return None
    if last_lead is None or last_lead <= now:
        return now + (milestone.over_at - now) / 2
    return max(now + (last_lead - now) / 2, last_lead - answer_within)


def pause_of(pauses: Iterable[Pause], name: MilestoneName, at: datetime) -> Pause | None:
    """Return the pause of the milestone `name` that stands `at`; None if there is none."""
    return next((pause for pause in pauses if pause.is_of(name, at)), None)
