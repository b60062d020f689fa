"""The end of an attempt: recorded first; only then come its side effects."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.domain import delivery
from notifier.domain.delivery import DeliveryState, DeliveryStep, Recorded
from notifier.domain.jobs import Conclusion, Job
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.presses import Post
from notifier.domain.recipients import Route
from notifier.ports import Ledger
from notifier.service.failover import Failover
from notifier.service.setup import ActiveSetup
from notifier.service.trouble_alerts import TroubleAlerts, Undelivered

log = logging.getLogger("notifier")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An attempt that is over, and at the time `at` not yet in the ledger.

    `text`: what may have arrived, without secrets and links; empty if nothing can have. `posts`:
    where it arrived with its buttons.
    """

    job: Job
    outcome: Outcome
    at: datetime
    text: str = ""
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """A recorded attempt whose side effects are still to come.

    `lost` are its deliveries that did not arrive and will not.
    """

    ended: Ended
    conclusions: tuple[Conclusion, ...]
    lost: tuple[Job, ...]


class Recorder:
    """Records the end of an attempt; then does what follows from it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        failover: Failover,
        trouble_alerts: TroubleAlerts,
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._failover = failover
        self._trouble_alerts = trouble_alerts

    def record(self, ended: Ended) -> Aftermath | None:
        """Store what became of an attempt; None if newer attempts have begun.

        LedgerError: nothing was stored.
        """
        conclusions = [self._conclude(job, ended) for job in ended.job.together]
        recorded = self._ledger.deliveries.record_all(
            ended.outcome, conclusions, ended.at, text=ended.text, posts=ended.posts
        )
        lost: list[Job] = []
        for conclusion, stored in zip(conclusions, recorded, strict=True):
            _log_end(conclusion, stored, ended.outcome.words)
            if _is_lost(conclusion, stored):
                lost.append(conclusion.job)
        if all(stored is Recorded.TOO_LATE for stored in recorded):
            return None
        return Aftermath(ended=ended, conclusions=tuple(conclusions), lost=tuple(lost))

    def follow(self, aftermath: Aftermath) -> None:
        """Do what follows from a recorded attempt.

        After a LedgerError it can be done again; a failure may then be counted twice.
        """
        if aftermath.ended.outcome.has_arrived:
            self._follow_arrival(aftermath.ended)
        else:
            self._follow_failure(aftermath)

    # -- what the outcome means -------------------------------------------------------------------

    def _conclude(self, job: Job, ended: Ended) -> Conclusion:
        """Decide the next step of one delivery, and its fallbacks."""
        outcome, now = ended.outcome, ended.at
        is_refused_text = outcome.is_refusal and outcome.about is About.MESSAGE
        if is_refused_text and ended.job.joined:
            # the words of one of them are refused, and the others must not suffer for it
            alone = DeliveryStep(state=DeliveryState.QUEUED, at=now, reason="alone")
            return Conclusion(job=job, step=alone, alone=True)
        fallbacks = self._fallbacks(job)
        step = _step_after(job, outcome, now)
        if outcome.has_arrived:
            is_refused = any(refusal.verdict is Verdict.REJECTED for refusal in outcome.refusals)
            return Conclusion(
                job=job,
                step=step,
                fallback=fallbacks if is_refused else (),
                again=_addresses_again(job, outcome, now),
            )
        failover = delivery.failover_at(job.first_at, job.soonest_at)
        if step.state is not DeliveryState.QUEUED or now >= failover:
            return Conclusion(job=job, step=step, fallback=fallbacks)
        if step.at is not None and fallbacks:
            step = replace(step, at=min(step.at, failover))
        return Conclusion(job=job, step=step)

    def _fallbacks(self, job: Job) -> tuple[Route, ...]:
        recipient = self._active.setup.recipients.get(job.recipient)
        return recipient.fallback if recipient is not None else ()

    # -- what follows from it ---------------------------------------------------------------------

    def _follow_arrival(self, ended: Ended) -> None:
        """End the troubles of the channel, and send what waited because of them."""
        job, now = ended.job, ended.at
        refusals = ended.outcome.refusals
        refused = [refusal.address for refusal in refusals]
        for trouble in self._trouble_alerts.end_troubles(job, job.address, refused, now):
            released = self._ledger.retries.release(trouble, now)
            if released:
                log.info("%s works again: %d deliveries wait no longer", job.channel, released)
        for refusal in refusals:
            outcome = Outcome(verdict=refusal.verdict, words=refusal.words, about=About.ADDRESS)
            given_up = refusal.verdict is Verdict.REJECTED
            trouble = self._trouble_alerts.note_failure(job, outcome, refusal.address, now)
            self._trouble_alerts.queue_begin(trouble, job, (), now, given_up=given_up)

    def _follow_failure(self, aftermath: Aftermath) -> None:
        """Count the trouble, let others take their fallback, and tell the operators: in this order.

        The refusal of one address or of one text is no fault of the channel: nobody else waits.
        """
        ended, lost = aftermath.ended, aftermath.lost
        job, outcome, now = ended.job, ended.outcome, ended.at
        is_rejected = outcome.verdict is Verdict.REJECTED
        if outcome.about is About.MESSAGE and (not is_rejected or job.joined):
            for each in lost:
                undelivered = Undelivered(jobs=(each,), words=outcome.words)
                self._trouble_alerts.queue_undelivered(undelivered, now)
            return
        is_late = any(
            now >= delivery.failover_at(each.job.first_at, each.job.soonest_at)
            for each in aftermath.conclusions
        )
        given_up = is_rejected or (outcome.about is About.ADDRESS and is_late)
        trouble = self._trouble_alerts.note_failure(job, outcome, job.address, now)
        if outcome.about is About.CHANNEL:
            self._failover.rest_channel(job.channel, outcome, trouble, now)
        self._trouble_alerts.queue_begin(trouble, job, lost, now, given_up=given_up)


def _step_after(job: Job, outcome: Outcome, now: datetime) -> DeliveryStep:
    return delivery.after(
        outcome,
        attempt=job.attempt,
        unknowns=job.unknowns + (outcome.verdict is Verdict.UNKNOWN),
        now=now,
        soonest_at=job.soonest_at,
        expires_at=job.expires_at,
        jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
    )


def _addresses_again(job: Job, outcome: Outcome, now: datetime) -> dict[str, datetime]:
    """Return when the addresses that refused the message for now are tried again."""
    found: dict[str, datetime] = {}
    for refusal in outcome.refusals:
        if refusal.verdict is Verdict.RETRY and refusal.address != job.address:
            step = _step_after(job, Outcome(verdict=Verdict.RETRY), now)
            found[refusal.address] = step.at or now
    return found


def _is_lost(conclusion: Conclusion, stored: Recorded) -> bool:
    """Return whether a delivery did not arrive, will not, and has no fallback."""
    if stored is Recorded.TOO_LATE:
        return False
    is_over = conclusion.step.state in (DeliveryState.FAILED, DeliveryState.EXPIRED)
    return stored is Recorded.LOST or (is_over and not conclusion.fallback)


def _log_end(conclusion: Conclusion, recorded: Recorded, words: str) -> None:
    job, state = conclusion.job, conclusion.step.state
    is_late = recorded is Recorded.TOO_LATE
    log.log(
        logging.INFO if state in delivery.HAS_ARRIVED else logging.WARNING,
        "delivery %d to %s on %s, attempt %d: %s%s",
        job.id,
        job.recipient,
        job.channel,
        job.attempt,
        "late answer, not recorded" if is_late else state.value,
        f", {words}" if words else "",
    )
