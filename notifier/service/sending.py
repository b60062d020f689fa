"""Out: what is due is claimed, put into words as things stand, sent, and recorded."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from notifier.domain import delivery, digests
from notifier.domain.batches import content_of, draft_kind
from notifier.domain.delivery import DeliveryState, Recorded, Step
from notifier.domain.digests import Contents
from notifier.domain.drafts import Draft, DraftKind, Item, Message
from notifier.domain.jobs import ACKNOWLEDGED, Conclusion, Job
from notifier.domain.offers import Offer
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.pace import Pace
from notifier.domain.recipients import DigestTime, Recipient, Route
from notifier.domain.times import shanghai
from notifier.domain.troubles import MANY, Trouble
from notifier.errors import LedgerError
from notifier.service.alarms import Alarms
from notifier.service.base import CLOCK_TRUSTED_AFTER, LEASE, Ended, Parts, content_mark
from notifier.service.comparing import Comparing
from notifier.service.coverage import CoverageSteps
from notifier.service.remembered import LAST_BEAT

log = logging.getLogger("notifier")

_LOOK_FOR_THE_ABSENT = timedelta(hours=1)
_SET_BACK = timedelta(seconds=10)  # less is a clock that is being kept right
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
        self._alarms = Alarms(ledger=self._ledger, tell=self._tell_operators)
        self._comparing = Comparing(ledger=self._ledger, parts=lambda: self._parts, post=self._post_alert)
        self._latest: tuple[datetime, float] | None = None
        self._digests_decided: dict[str, date] = {}

    def deliver_due(self, now: datetime) -> datetime | None:
        """Claim what is due and queue its deliveries; when the next is due, None if nothing is planned."""
        self._ledger.upkeep.ensure_present()
        self._mind_the_clock(now)
        for job, recorded in self._ledger.deliveries.expire_passed(now):
            log.warning("delivery %d to %s on %s: expired, %s", job.id, job.recipient, job.channel, delivery.PASSED)
            self._tell_passed(job, recorded, now)
        parts = self._parts
        away = self._away(parts)
        while claimed := self._ledger.claims.claim_due(now, parts.settings.group_wait, _routes(parts), away=away):
            for claim in claimed:
                log.info(
                    "claimed %s for %s: %d said, %d missed, %d superseded",
                    claim.kind, claim.recipient, len(claim.said), len(claim.missed), len(claim.superseded),
                )  # fmt: skip
        ahead = [
            self._ledger.claims.next_due(away=away),
            self._post_digests(now),
            self.tell_uncovered(now),
            self._comparing.ask(now),
        ]
        return min((at for at in ahead if at is not None), default=None)

    def _mind_the_clock(self, now: datetime) -> None:
        """A clock that was ahead for a while and was set right: what was taken for passed meanwhile is not."""
        steady = self._clock.steady()
        if self._latest is None:
            beat = self._ledger.memory.get(LAST_BEAT)
            expected = datetime.fromisoformat(beat) if beat else now
        else:
            latest, at = self._latest
            expected = latest + timedelta(seconds=steady - at)
        by = expected - now
        if abs(by) > _SET_BACK:
            self._clock_trusted_from = steady + CLOCK_TRUSTED_AFTER
        if by > _SET_BACK:
            log.warning("the clock was set back by %s: what was noted meanwhile is planned anew", by)
            self._ledger.plans.set_back(by, now)
            self.replan(now)
        self._latest = (now, steady)

    def reroute(self, now: datetime) -> None:
        """What waits for a channel that is no longer in the config goes to its recipient's channels of today."""
        parts = self._parts
        moved = self._ledger.fallbacks.reroute(list(parts.channels), _routes(parts), now)
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
        key = f"{recipient.name}:digest:{day}"
        if self._ledger.bulletins.was_posted(key):
            return
        contents = self._contents(recipient, now)
        if not contents.marks and not digest.empty:
            return
        last = None if digest.unchanged else self._ledger.bulletins.last_digest(recipient.name)
        if not digests.is_news(contents.marks, last, now):
            log.info("digest of %s: nothing new since the last one, not sent", recipient.name)
            return
        self._ledger.bulletins.post(
            recipient.name,
            DraftKind.DIGEST,
            recipient.channels,
            key=key,
            body={"marks": list(contents.marks)},
            now=now,
            keep_for=digests.late(digest),
            content=content_mark((contents.items, contents.uncovered, digest.ahead_days)),
        )

    def _contents(self, recipient: Recipient, now: datetime) -> Contents:
        if recipient.digest is None:
            return Contents()
        until = now + timedelta(days=recipient.digest.ahead_days)
        lines = self._ledger.views.agenda(now, until, news_since=now - _NEWS)
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
        job = self._ledger.outbox.begin(channel, now, LEASE, self._voices)
        if job is None:
            return self._ledger.outbox.next_try(channel)
        self._under_way[channel] = ([one.id for one in job.together], self._clock.steady())
        self._send(job, pace, now)
        return now

    def _send(self, whole: Job, pace: Pace, now: datetime) -> None:
        parts = self._parts
        channel = parts.channels[whole.channel]
        said = self._what_to_say(whole, now)
        if said is None:
            return
        job, draft = said
        try:
            message = parts.renderer.render(draft, channel.form)
        except Exception as fault:
            log.exception("delivery %d: an error in the program", job.id)
            words = f"an error in the program: {type(fault).__name__}"
            outcome = Outcome(verdict=Verdict.RETRY, words=words, about=About.MESSAGE)
            self._conclude(Ended(job=job, outcome=outcome, at=now))
            return
        outcome = self._hand_over(channel, message, job.address)
        pace.sent(self._clock.steady())
        self._ended[job.channel] = Ended(job=job, outcome=outcome, at=self._clock.now())
        self._record_ended(job.channel)
        self._keep_text(job, message, outcome)
        if self._on_tried is not None:
            self._on_tried(Tried(job=job, draft=draft, message=message, outcome=outcome))

    def _keep_text(self, job: Job, message: Message, outcome: Outcome) -> None:
        """What may have arrived can be read later; that it cannot be kept is no fault of the delivery."""
        if outcome.verdict not in (Verdict.SENT, Verdict.ACCEPTED, Verdict.UNKNOWN):
            return
        text = message.text
        for secret in self._parts.settings.secrets:
            text = text.replace(secret, "****")
        try:
            self._ledger.deliveries.keep_text([one.id for one in job.together], text)
        except LedgerError as fault:
            log.warning("delivery %d: what was sent is not kept: %s", job.id, fault)

    def _what_to_say(self, whole: Job, now: datetime) -> tuple[Job, Draft] | None:
        """The deliveries that one message ends and what it says, as things stand at `now`; None if they were cut into
        parts or have nothing left to say."""
        job = self._still_of_use(whole, now)
        if job is None:
            return None
        recipient = self._parts.recipients[job.recipient]
        if job.key:
            contents = self._contents(recipient, now) if job.kind is DraftKind.DIGEST else Contents()
            return job, self._draft(job, contents.items, now, uncovered=contents.uncovered)
        content = content_of(job, recipient, now)
        for one, void in content.void:
            reason = delivery.MAYBE_SENT if one.maybe_repeat and void.entry.void == ACKNOWLEDGED else void.reason
            self._ledger.outbox.drop_entries([void.entry], reason)
        for one in content.empty:
            reasons = [void.reason for other, void in content.void if other is one]
            self._end(one, reasons[0] if reasons else "nothing to say", now)
        job = _regrouped([one for one in job.together if one not in content.empty])
        if job is None:
            return None
        draft = self._draft(job, content.items, now)
        if job.parts == 1 and len(content.items) > 1:
            parts = self._parts.renderer.split(draft, self._parts.channels[job.channel].form)
            if len(parts) > 1:
                self._ledger.outbox.split(job, [content.ids_of(part.items) for part in parts])
                return None
        return job, draft

    def _still_of_use(self, whole: Job, now: datetime) -> Job | None:
        """End the deliveries that are not sent after all; the others, if there are any."""
        kept: list[Job] = []
        for job in whole.together:
            recipient = self._parts.recipients.get(job.recipient)
            if recipient is None and job.recipient in self._known_recipients:
                self._ledger.outbox.put_off(job, now + _LOOK_FOR_THE_ABSENT)
            elif recipient is None:
                self._end(job, "recipient removed", now)
            elif now >= job.expires_at:
                self._end(job, delivery.PASSED, now)
            elif job.kind is DraftKind.DIGEST and recipient.digest is None:
                self._end(job, "digest switched off", now)
            else:
                kept.append(job)
        if len(kept) > 1 and kept[0].kind is DraftKind.DIGEST:
            # their lines were the same when they were queued
            agendas = [self._contents(self._parts.recipients[job.recipient], now) for job in kept]
            other = [job for job, agenda in zip(kept, agendas, strict=True) if agenda != agendas[0]]
            self._ledger.outbox.put_back(other)
            kept = [job for job in kept if job not in other]
        return _regrouped(kept)

    def _draft(self, job: Job, items: Sequence[Item], now: datetime, *, uncovered: tuple[Offer, ...] = ()) -> Draft:
        recipient = self._parts.recipients[job.recipient]
        together = job.together
        people = [self._parts.recipients[name] for name in job.recipients]
        return Draft(
            recipient=recipient.name,
            kind=draft_kind(job, now),
            items=tuple(items),
            now=now,
            language=recipient.language,
            urgent=any(one.urgent for one in together),
            maybe_repeat=any(one.maybe_repeat for one in together),
            part=job.part,
            parts=job.parts,
            failed_channels=tuple(dict.fromkeys(one.fallback_for for one in together if one.fallback_for)),
            ahead_days=recipient.digest.ahead_days if recipient.digest is not None else 14,
            days_off=self._days_off(recipient, now) if job.kind is DraftKind.DIGEST else frozenset(),
            uncovered=uncovered,
            uncompared=self._comparing.uncompared((item.offer for item in items), now),
            alert=str(job.body.get("alert", "")),
            params=job.body.get("params", {}),
            mentions=tuple(dict.fromkeys(mention for one in people for mention in one.mentions)),
            addressees=job.recipients if len(people) > 1 else (),
        )

    def _end(self, job: Job, reason: str, now: datetime) -> None:
        """It is not sent after all."""
        step = Step(state=DeliveryState.EXPIRED, reason=reason)
        recorded = self._ledger.deliveries.record(job, Outcome(verdict=Verdict.REJECTED, words=reason), step, now)
        log.warning("delivery %d to %s on %s: %s, %s", job.id, job.recipient, job.channel, step.state.value, reason)
        if reason == delivery.PASSED:
            self._tell_passed(job, recorded, now)

    def _tell_passed(self, job: Job, recorded: Recorded, now: datetime) -> None:
        if recorded is not Recorded.TOO_LATE:
            trouble = self._ledger.troubles.of(job.channel, job.address)
            self._alarms.undelivered(job.recipient, [job], delivery.PASSED, now, trouble=trouble)

    # -- what became of it ------------------------------------------------------------------------

    def _record_ended(self, channel: str) -> None:
        """LedgerError leaves the outcome where it is: what was sent is not forgotten while the disk is full."""
        ended = self._ended.get(channel)
        if ended is not None:
            self._conclude(ended)
            del self._ended[channel]

    def _conclude(self, ended: Ended) -> None:
        """Record it first; only then come its side effects."""
        job, outcome, now = ended.job, ended.outcome, ended.at
        conclusions = [self._conclusion(one, ended) for one in job.together]
        recorded = self._ledger.deliveries.record_all(outcome, conclusions, now)
        lost: list[Job] = []
        for end, stored in zip(conclusions, recorded, strict=True):
            _log_end(end, stored, outcome.words)
            is_over = end.step.state in (DeliveryState.FAILED, DeliveryState.EXPIRED)
            is_lost = stored is Recorded.LOST or (is_over and not end.fallback)
            lost += [end.job] if is_lost and stored is not Recorded.TOO_LATE else []
        if all(one is Recorded.TOO_LATE for one in recorded):
            return
        if outcome.has_arrived:
            self._got_through(ended)
        else:
            self._failed(ended, conclusions, lost)

    def _conclusion(self, job: Job, ended: Ended) -> Conclusion:
        outcome, now = ended.outcome, ended.at
        recipient = self._parts.recipients.get(job.recipient)
        ways = recipient.fallback if recipient is not None else ()
        if outcome.is_refusal and outcome.about is About.MESSAGE and ended.job.joined:
            # the words of one of them are refused, and the others must not suffer for it
            return Conclusion(job=job, step=Step(state=DeliveryState.QUEUED, at=now, reason="alone"), alone=True)
        step = self._step(job, outcome, now)
        if outcome.has_arrived:
            refused = any(one.verdict is Verdict.REJECTED for one in outcome.refusals)
            return Conclusion(
                job=job, step=step, fallback=ways if refused else (), again=self._again(job, outcome, now)
            )
        failover = delivery.failover_at(job.first_at, job.soonest_at)
        if step.state is not DeliveryState.QUEUED or now >= failover:
            return Conclusion(job=job, step=step, fallback=ways)
        if step.at is not None and ways:
            step = replace(step, at=min(step.at, failover))
        return Conclusion(job=job, step=step)

    def _step(self, job: Job, outcome: Outcome, now: datetime) -> Step:
        return delivery.after(
            outcome,
            attempt=job.attempt,
            unknowns=job.unknowns + (outcome.verdict is Verdict.UNKNOWN),
            now=now,
            soonest_at=job.soonest_at,
            expires_at=job.expires_at,
            jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
        )

    def _again(self, job: Job, outcome: Outcome, now: datetime) -> dict[str, datetime]:
        """When the addresses that refused it for now are tried again; the last time before it is too late."""
        found: dict[str, datetime] = {}
        for refusal in outcome.refusals:
            if refusal.verdict is Verdict.RETRY and refusal.address != job.address:
                step = self._step(job, Outcome(verdict=Verdict.RETRY), now)
                found[refusal.address] = step.at or now
        return found

    def _got_through(self, ended: Ended) -> None:
        job, now = ended.job, ended.at
        refusals = ended.outcome.refusals
        for trouble in self._alarms.works(job, job.address, [one.address for one in refusals], now):
            released = self._ledger.retries.release(trouble, now)
            if released:
                log.info("%s works again: %d deliveries wait no longer", job.channel, released)
        for refusal in refusals:
            outcome = Outcome(verdict=refusal.verdict, words=refusal.words, about=About.ADDRESS)
            self._alarms.failed(
                job,
                outcome,
                refusal.address,
                self._parts.recipients,
                now,
                given_up=refusal.verdict is Verdict.REJECTED,
            )

    def _failed(self, ended: Ended, conclusions: Sequence[Conclusion], lost: Sequence[Job]) -> None:
        """What is refused of one address or of one text is no fault of the channel: nobody else waits for it."""
        job, outcome, now = ended.job, ended.outcome, ended.at
        rejected = outcome.verdict is Verdict.REJECTED
        if outcome.about is About.MESSAGE and (not rejected or job.joined):
            for one in lost:
                self._alarms.undelivered(one.recipient, [one], outcome.words, now)
            return
        is_late = any(now >= delivery.failover_at(one.job.first_at, one.job.soonest_at) for one in conclusions)
        given_up = rejected or (outcome.about is About.ADDRESS and is_late)
        trouble = self._alarms.failed(
            job, outcome, job.address, self._parts.recipients, now, given_up=given_up, lost=lost
        )
        if outcome.about is About.CHANNEL:
            self._spare_channel(job.channel, outcome, trouble, now)

    def _pause(self, channel: str, wait: timedelta) -> None:
        self._paces[channel].pause(self._clock.steady() + wait.total_seconds())

    # -- a channel in trouble ---------------------------------------------------------------------

    def _spare_channel(self, channel: str, outcome: Outcome, trouble: Trouble, now: datetime) -> None:
        """A channel that is down is only probed, and what has waited for it too long takes the fallback."""
        wait = outcome.retry_after
        if wait is not None:
            self._pause(channel, min(wait, delivery.LONGEST_PAUSE))
        if trouble.failures < MANY:
            return
        if wait is None or wait < _PROBE_EVERY:
            self._pause(channel, _PROBE_EVERY)
        self._fall_back(channel, now)

    def _fall_back(self, channel: str, now: datetime) -> tuple[int, datetime | None]:
        """What has waited too long for `channel` takes its fallback; how many did, and when the next will have."""
        fallbacks = {name: one.fallback for name, one in self._parts.recipients.items() if one.fallback}
        return self._ledger.fallbacks.queue_overdue(channel, fallbacks, now) if fallbacks else (0, None)


def _regrouped(jobs: Sequence[Job]) -> Job | None:
    return replace(jobs[0], joined=tuple(replace(one, joined=()) for one in jobs[1:])) if jobs else None


def _log_end(end: Conclusion, recorded: Recorded, words: str) -> None:
    arrived = end.step.state in delivery.HAS_ARRIVED
    log.log(
        logging.INFO if arrived else logging.WARNING,
        "delivery %d to %s on %s, attempt %d: %s%s",
        end.job.id, end.job.recipient, end.job.channel, end.job.attempt,
        "late answer, not recorded" if recorded is Recorded.TOO_LATE else end.step.state.value,
        f", {words}" if words else "",
    )  # fmt: skip


def _routes(parts: Parts) -> dict[str, tuple[Route, ...]]:
    return {name: recipient.channels for name, recipient in parts.recipients.items()}
