"""What the tests of the contract share: one team, its rules, and the steps up to a delivery."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.config import published_calendar
from notifier.domain.delivery import DeliveryState, DeliveryStep
from notifier.domain.jobs import Job
from notifier.domain.offers import Offer
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient, Route
from notifier.ports import Ledger
from notifier.testing import a_notice, shanghai_time

NOW = shanghai_time("2024-11-01 10:00")
DUE = shanghai_time("2024-11-04 09:00")
"""A working day before bidding opens: the first reminder of `a_notice` is due."""

NEWS = shanghai_time("2024-11-01 10:01")
"""The news of what was saved at NOW is due."""

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
CONSOLE = Route(channel="console")
MAIL = Route(channel="mail", address="li@example.com")
TEAM = Recipient(name="team", channels=(CONSOLE,))
ROUTES = {"team": (CONSOLE,)}
SENT = Outcome(verdict=Verdict.SENT)
REFUSED = Outcome(verdict=Verdict.REJECTED, words="no such chat")
IS_SENT = DeliveryStep(state=DeliveryState.SENT)
HAS_FAILED = DeliveryStep(state=DeliveryState.FAILED)
PLANNER = Planner(recipients=(TEAM,), calendar=published_calendar())


def plan(ledger: Ledger, now: datetime = NOW, *, planner: Planner = PLANNER) -> int:
    """Plan every parcel; return how many reminders differ from what was stored."""
    plans = [planner.plan(known, now) for known in ledger.plans.to_plan(all_parcels=True)]
    return ledger.plans.replace(plans, now)


def save_and_plan(ledger: Ledger) -> int:
    """Save one parcel and plan it; return how many reminders that makes."""
    ledger.notices.save(a_notice(), (), NOW)
    return plan(ledger)


def parcel_of(ledger: Ledger) -> Offer:
    """Return the one parcel of a ledger."""
    (offer,) = ledger.parcels.all()
    return offer


def claim_first(ledger: Ledger, now: datetime = DUE) -> None:
    """Claim what one saved and planned parcel has due: the news of it, and its first reminder."""
    save_and_plan(ledger)
    ledger.claims.claim_due(now, timedelta(0), ROUTES)


def begin(ledger: Ledger, channel: str = "console", now: datetime = DUE) -> Job:
    """Mark the next delivery of a channel, of which there is one."""
    job = ledger.outbox.begin(channel, now, LEASE)
    assert job is not None
    return job


def states(ledger: Ledger) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return dict(ledger.views.delivery_counts())
