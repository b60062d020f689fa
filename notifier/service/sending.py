"""Out: what is due is claimed, put into words as things stand, sent, and recorded."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from notifier.domain import delivery, digests
from notifier.domain.delivery import DeliveryState, Recorded, Step
from notifier.domain.digests import Contents
from notifier.domain.drafts import Draft, DraftKind, Message
from notifier.domain.jobs import ACKNOWLEDGED, Job, Void, items_of
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.pace import Pace
from notifier.domain.recipients import OPERATORS, DigestTime, Recipient, Route
from notifier.domain.times import shanghai
from notifier.ledger import LAST_BEAT
from notifier.service.base import CLOCK_TRUSTED_AFTER, LEASE, Ended
from notifier.service.coverage import CoverageSteps

log = logging.getLogger("notifier")

_SET_BACK = timedelta(seconds=10)  # less is a clock that is being kept right
_TROUBLE_AFTER = 3  # failures in a row before people are told that a channel is down
_PROBE_EVERY = timedelta(seconds=20)  # one attempt at a time on a channel that is down; the rest takes the fallback
_NEWS = timedelta(days=1)  # how long a parcel is marked as new or changed in a digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One attempt: the delivery, what it was to say, in which words, and what became of it."""

    job: Job
    draft: Draft
    message: Message
    outcome: Outcome


class SendingSteps(CoverageSteps):
    def __init__(self, *, on_tried: Callable[[Tried], None] | None = None, **parts: Any) -> None:
        """`on_tried` is told of every attempt after it ended: what `simulate` prints."""
        super().__init__(**parts)
        self._on_tried = on_tried
        self._latest: tuple[datetime, float] | None = None
        self._digests_decided: dict[str, date] = {}

    def deliver_due(self, now: datetime) -> datetime | None:
        """Claim what is due and queue its deliveries; when the next is due, None if nothing is planned."""
        self._ledger.ensure_intact()
        self._mind_the_clock(now)
        while claimed := self._ledger.claim_due(now, self._parts.settings.group_wait, self._routes()):
            for claim in claimed:
                log.info(
                    "claimed %s for %s: %d said, %d missed, %d superseded",
                    claim.kind, claim.recipient, len(claim.said), len(claim.missed), len(claim.superseded),
                )  # fmt: skip
        ahead = [self._ledger.next_due(), self._post_digests(now), self.tell_uncovered(now)]
        return min((at for at in ahead if at is not None), default=None)

    def _mind_the_clock(self, now: datetime) -> None:
        """A clock that was ahead for a while and was set right: what was taken for passed meanwhile is not."""
        steady = self._clock.steady()
        if self._latest is None:
            beat = self._ledger.get(LAST_BEAT)
            expected = datetime.fromisoformat(beat) if beat else now
        else:
            latest, at = self._latest
            expected = latest + timedelta(seconds=steady - at)
        by = expected - now
        if abs(by) > _SET_BACK:
            self._clock_trusted_from = steady + CLOCK_TRUSTED_AFTER
        if by > _SET_BACK:
            log.warning("the clock was set back by %s: what was noted meanwhile is planned anew", by)
            self._ledger.set_back(by, now)
            self.replan(now)
        self._latest = (now, steady)

    def _routes(self) -> dict[str, tuple[Route, ...]]:
        return {name: recipient.channels for name, recipient in self._parts.recipients.items()}

    def reroute(self, now: datetime) -> None:
        """What waits for a channel that is no longer in the config goes to its recipient's channels of today."""
        moved = self._ledger.reroute(list(self._parts.channels), self._routes(), now)
        if moved:
            log.warning("%d deliveries waited for channels that are gone: sent on those of today", moved)

    def _post_digests(self, now: datetime) -> datetime | None:
        """Queue the digests whose time has come, each once; when the next one is due."""
        calendar = self._parts.settings.calendar
        ahead: list[datetime | None] = []
        for recipient in self._parts.recipients.values():
            if recipient.digest is None:
                continue
            day = digests.due_digest(recipient.digest, now, calendar)
            if day is not None and self._digests_decided.get(recipient.name) != day:
                self._post_digest(recipient, recipient.digest, day, now)
                self._digests_decided[recipient.name] = day
            ahead.append(digests.next_digest(recipient.digest, now, calendar))
        return min((at for at in ahead if at is not None), default=None)

    def _post_digest(self, recipient: Recipient, digest: DigestTime, day: date, now: datetime) -> None:
        """Unless it says nothing, or what the last one said."""
        contents = self._contents(recipient, now)
        if not contents.marks and not digest.empty:
            return
        last = None if digest.unchanged else self._ledger.last_digest(recipient.name)
        if not digests.is_news(contents.marks, last, now):
            log.info("digest of %s: nothing new since the last one, not sent", recipient.name)
            return
        self._ledger.post(
            recipient.name,
            DraftKind.DIGEST,
            recipient.channels,
            key=f"{recipient.name}:digest:{day}",
            body={"marks": list(contents.marks)},
            now=now,
            keep_for=digests.late(digest),
        )

    def _contents(self, recipient: Recipient, now: datetime) -> Contents:
        if recipient.digest is None:
            return Contents()
        until = now + timedelta(days=recipient.digest.ahead_days)
        lines = self._ledger.agenda(now, until, news_since=now - _NEWS)
        planner = self._parts.planner
        return digests.contents_for(recipient, lines, now, lambda offer: planner.is_uncovered(offer, now))

    def _days_off(self, recipient: Recipient, now: datetime) -> frozenset[date]:
        """Those that the digest's picture shows."""
        ahead = recipient.digest.ahead_days if recipient.digest is not None else 0
        days = (shanghai(now).date() + timedelta(days=number) for number in range(ahead + 1))
        return frozenset(day for day in days if not self._parts.settings.calendar.is_working(day))

    # -- one delivery -----------------------------------------------------------------------------

    def send_next(self, channel: str, now: datetime) -> datetime | None:
        """Try the next delivery of `channel`, if it is time; when to call again, None if nothing is queued.

        LedgerError while the attempt before cannot be recorded: it is kept in memory, and nothing else is sent
        on this channel before it is recorded.
        """
        if channel not in self._parts.channels:
            return None
        self._record_ended(channel)
        pace = self._paces[channel]
        steady = self._clock.steady()
        if (wait := pace.ready_at(steady) - steady) > 0:
            fallen, next_at = self._fall_back(channel, now)
            ready = now + timedelta(seconds=wait)
            return now if fallen else min(ready, next_at or ready)
        job = self._ledger.begin(channel, now, LEASE)
        if job is None:
            return self._ledger.next_try(channel)
        self._under_way[channel] = (job.id, self._clock.steady())
        self._send(job, pace, now)
        return now

    def _send(self, job: Job, pace: Pace, now: datetime) -> None:
        parts = self._parts
        recipient = parts.recipients.get(job.recipient)
        if recipient is None:
            self._end(job, "recipient removed", now)
        elif now >= job.expires_at:
            self._end(job, delivery.PASSED, now)
        elif (draft := self._draft(job, recipient, now)) is not None:
            channel = parts.channels[job.channel]
            try:
                message = parts.renderer.render(draft, channel.form)
            except Exception as fault:
                log.exception("delivery %d: an error in the program", job.id)
                words = f"an error in the program: {type(fault).__name__}"
                self._conclude(job, recipient, Outcome(verdict=Verdict.RETRY, words=words), now)
                return
            outcome = self._hand_over(channel, message, job.address)
            pace.sent(self._clock.steady())
            self._ended[job.channel] = Ended(job=job, recipient=recipient, outcome=outcome, at=self._clock.now())
            self._record_ended(job.channel)
            if self._on_tried is not None:
                self._on_tried(Tried(job=job, draft=draft, message=message, outcome=outcome))

    def _draft(self, job: Job, recipient: Recipient, now: datetime) -> Draft | None:
        """What to say as things stand at `now`; None if the delivery was cut into parts or has nothing left to say."""
        void: list[Void] = []
        if job.kind is DraftKind.DIGEST and recipient.digest is None:
            self._end(job, "digest switched off", now)
            return None
        contents = Contents()
        if job.kind is DraftKind.DIGEST:
            contents = self._contents(recipient, now)
            items = list(contents.items)
        else:
            items, void = items_of(job.entries, recipient, now)
        for one in void:
            reason = delivery.MAYBE_SENT if job.maybe_repeat and one.entry.void == ACKNOWLEDGED else one.reason
            self._ledger.drop_entries([one.entry], reason)
        if not items and not job.key:
            self._end(job, void[0].reason if void else "nothing to say", now)
            return None
        draft = Draft(
            recipient=recipient.name,
            kind=job.kind,
            items=tuple(items),
            now=now,
            language=recipient.language,
            urgent=job.urgent,
            maybe_repeat=job.maybe_repeat,
            part=job.part,
            parts=job.parts,
            failed_channels=(job.fallback_for,) if job.fallback_for else (),
            ahead_days=recipient.digest.ahead_days if recipient.digest is not None else 14,
            days_off=self._days_off(recipient, now) if job.kind is DraftKind.DIGEST else frozenset(),
            uncovered=contents.uncovered,
            alert=str(job.body.get("alert", "")),
            params=job.body.get("params", {}),
            mentions=recipient.mentions,
        )
        if job.parts == 1 and len(items) > 1 and job.kind is not DraftKind.DIGEST:
            parts = self._parts.renderer.split(draft, self._parts.channels[job.channel].form)
            if len(parts) > 1:
                self._ledger.split(job, [[item.id for item in part.items] for part in parts])
                return None
        return draft

    def _end(self, job: Job, reason: str, now: datetime) -> None:
        """It is not sent after all."""
        step = Step(state=DeliveryState.EXPIRED, reason=reason)
        recorded = self._ledger.record(job, Outcome(verdict=Verdict.REJECTED, words=reason), step, now)
        log.warning("delivery %d to %s on %s: %s, %s", job.id, job.recipient, job.channel, step.state.value, reason)
        if reason == delivery.PASSED and recorded is not Recorded.TOO_LATE:
            self._tell_undelivered(job, reason, now)

    def _record_ended(self, channel: str) -> None:
        """LedgerError leaves the outcome where it is: what was sent is not forgotten while the disk is full."""
        ended = self._ended.get(channel)
        if ended is not None:
            self._conclude(ended.job, ended.recipient, ended.outcome, ended.at)
            del self._ended[channel]

    def _conclude(self, job: Job, recipient: Recipient, outcome: Outcome, now: datetime) -> None:
        unknowns = job.unknowns + (outcome.verdict is Verdict.UNKNOWN)
        step = delivery.after(
            outcome,
            attempt=job.attempt,
            unknowns=unknowns,
            now=now,
            soonest_at=job.soonest_at,
            expires_at=job.expires_at,
            jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
        )
        failover = delivery.failover_at(job.first_at, job.soonest_at)
        if outcome.retry_after is not None:
            self._pause(job.channel, min(outcome.retry_after, delivery.LONGEST_PAUSE))
        fallback: tuple[Route, ...] = ()
        if step.state is DeliveryState.SENT:
            self._channel_works(job.channel, now)
        else:
            self._channel_failed(job, outcome, now)
            if step.state is not DeliveryState.QUEUED or now >= failover:
                fallback = recipient.fallback
            elif step.at is not None and recipient.fallback:
                step = replace(step, at=min(step.at, failover))
        recorded = self._ledger.record(job, outcome, step, now, fallback=fallback)
        log.log(
            logging.INFO if step.state is DeliveryState.SENT else logging.WARNING,
            "delivery %d to %s on %s, attempt %d: %s%s",
            job.id, job.recipient, job.channel, job.attempt,
            "late answer, not recorded" if recorded is Recorded.TOO_LATE else step.state.value,
            f", {outcome.words}" if outcome.words else "",
        )  # fmt: skip
        is_over = step.state in (DeliveryState.FAILED, DeliveryState.EXPIRED)
        if recorded is Recorded.LOST or (is_over and not fallback and recorded is not Recorded.TOO_LATE):
            self._tell_undelivered(job, outcome.words or step.reason, now)

    def _pause(self, channel: str, wait: timedelta) -> None:
        self._paces[channel].pause(self._clock.steady() + wait.total_seconds())

    # -- a channel in trouble ---------------------------------------------------------------------

    def _channel_failed(self, job: Job, outcome: Outcome, now: datetime) -> None:
        """Count it. The operators are told once when a channel keeps failing; from then on it is only probed, and
        what has waited for it too long takes the fallback."""
        failures, since = self._ledger.channel_failed(job.channel, outcome.words, now)
        if failures < _TROUBLE_AFTER and outcome.verdict is not Verdict.REJECTED:
            return
        if self._ledger.report_trouble(job.channel):
            params = {"channel": job.channel, "words": outcome.words}
            self._tell_operators(
                f"down:{job.channel}:{since.isoformat()}", "channel-down", params, now, but=job.channel
            )
        if failures < _TROUBLE_AFTER:
            return
        if outcome.retry_after is None or outcome.retry_after < _PROBE_EVERY:
            self._pause(job.channel, _PROBE_EVERY)
        self._fall_back(job.channel, now)

    def _fall_back(self, channel: str, now: datetime) -> tuple[int, datetime | None]:
        """What has waited too long for `channel` takes its fallback; how many did, and when the next will have."""
        fallbacks = {name: one.fallback for name, one in self._parts.recipients.items() if one.fallback}
        return self._ledger.fall_back_queued(channel, fallbacks, now) if fallbacks else (0, None)

    def _channel_works(self, channel: str, now: datetime) -> None:
        ended = self._ledger.channel_works(channel)
        if ended is not None and ended[0]:
            key = f"works:{channel}:{ended[1].isoformat()}"
            self._tell_operators(key, "channel-works", {"channel": channel}, now)

    def _tell_undelivered(self, job: Job, words: str, now: datetime) -> None:
        """What could not be sent is said aloud: to the operators, and in the log."""
        parcels = ", ".join(dict.fromkeys(entry.offer.parcel.parcel_no for entry in job.entries))
        params = {"recipient": job.recipient, "channel": job.channel, "words": words, "parcels": parcels}
        log.error("not delivered to %s on %s (%s): %s", job.recipient, job.channel, words, parcels or job.key)
        if job.recipient != OPERATORS:
            self._tell_operators(f"undelivered:{job.id}", "undelivered", params, now, but=job.channel)
