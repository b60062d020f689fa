"""Decisions after an attempt of a delivery: sent, accepted, again at, failed, expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.outcomes import Outcome, Verdict

_FIRST_WAIT = timedelta(seconds=15)
_SHORTEST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)
_LAST_TRY = timedelta(seconds=20)
_UNKNOWN_LIMIT = 3
_FAILOVER_SHARE = 10
_FAILOVER_LEAST = timedelta(minutes=1)
_FAILOVER_MOST = timedelta(hours=1)

LONGEST_PAUSE = timedelta(hours=1)
"""A channel that asks for more is asked again after that long."""

PASSED = "milestone passed"
"""Why a delivery, or a reminder, has come to nothing."""

MAYBE_SENT = "may have been sent"
"""The same of a reminder that was given up after an attempt without an answer: said again, it may
be a repeat."""


class DeliveryState(StrEnum):
    """The states of a delivery.

    ACCEPTED counts as arrived, but only HTTP said so: the service's own answer is not known.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    FAILED = "failed"
    EXPIRED = "expired"


HAS_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.ACCEPTED})


class Recorded(StrEnum):
    """The fate of an outcome in the ledger.

    TOO_LATE: a newer attempt has begun. LOST: no delivery of its message has arrived, nor can any
    more.
    """

    STORED = "stored"
    TOO_LATE = "too late"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryStep:
    """The delivery's next state; `at`: when it is tried again (QUEUED only); `reason` in few words.

    `maybe_repeat`: the attempt may have arrived, so the next one says that it may be a repeat.
    """

    state: DeliveryState
    at: datetime | None = None
    reason: str = ""
    maybe_repeat: bool = False


def after(
    outcome: Outcome,
    *,
    attempt: int,
    unknowns: int,
    now: datetime,
    soonest_at: datetime,
    expires_at: datetime,
    jitter: float,
) -> DeliveryStep:
    """The step after attempt number `attempt` (from 1), of which `unknowns` so far had no answer.

    No wait is longer than a quarter of what is left to `soonest_at`, the first deadline that the
    message tells of. `jitter` in 0..1 shortens the wait by up to a half. A last try is made shortly
    before `expires_at`.
    """
    if outcome.verdict is Verdict.SENT:
        return DeliveryStep(state=DeliveryState.SENT)
    if outcome.verdict is Verdict.ACCEPTED:
        return DeliveryStep(state=DeliveryState.ACCEPTED)
    if outcome.verdict is Verdict.REJECTED:
        return DeliveryStep(state=DeliveryState.FAILED, reason="rejected")
    maybe_repeat = outcome.verdict is Verdict.UNKNOWN
    if maybe_repeat and unknowns >= _UNKNOWN_LIMIT:
        # it has probably arrived every time; more copies would be spam
        return DeliveryStep(state=DeliveryState.FAILED, reason="no answer", maybe_repeat=True)
    wait = min(_FIRST_WAIT * 2 ** min(attempt - 1, 10), _LONGEST_WAIT) * (1 - jitter / 2)
    left = (soonest_at if soonest_at > now else expires_at) - now
    wait = min(wait, max(left / 4, _SHORTEST_WAIT))
    if outcome.retry_after is not None:
        wait = max(wait, min(outcome.retry_after, LONGEST_PAUSE))
    at = now + wait
    if at >= expires_at:
        at = expires_at - _LAST_TRY
        if at <= now or (outcome.retry_after is not None and at < now + outcome.retry_after):
            return DeliveryStep(
                state=DeliveryState.EXPIRED, reason=PASSED, maybe_repeat=maybe_repeat
            )
    return DeliveryStep(
        state=DeliveryState.QUEUED, at=at, reason="retry", maybe_repeat=maybe_repeat
    )


def failover_at(first_try: datetime, soonest_at: datetime) -> datetime:
    """Return from when on the fallback is used for a delivery that keeps failing.

    That is a tenth of the time that was left to the first deadline of its message.
    """
    share = (soonest_at - first_try) / _FAILOVER_SHARE
    return first_try + min(max(share, _FAILOVER_LEAST), _FAILOVER_MOST)
