"""What a message says, as things stand when it is sent, and which deliveries it ends."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain import delivery
from notifier.domain.batches import Content, content_of, draft_kind
from notifier.domain.delivery import DeliveryState, DeliveryStep
from notifier.domain.digests import DigestContents
from notifier.domain.drafts import Draft, DraftKind, Item, ItemKind
from notifier.domain.jobs import ACKNOWLEDGED, Job
from notifier.domain.offers import Offer
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.pauses import PUT_OFF
from notifier.domain.recipients import Recipient
from notifier.ports import Ledger
from notifier.service.absentees import Absentees
from notifier.service.comparing import Comparing
from notifier.service.digest_posts import DigestPosts
from notifier.service.setup import Setup
from notifier.service.source_desk import SourceDesk
from notifier.service.trouble_alerts import TroubleAlerts

log = logging.getLogger("notifier")

_LOOK_FOR_THE_ABSENT = timedelta(hours=1)
_DEFAULT_DAYS = 14  # that a draft looks ahead, for who has no digest


class Composer:
    """Puts a delivery into words as things stand when it is sent.

    Composing also ends, splits or puts back deliveries that say nothing any more.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        absentees: Absentees,
        digests: DigestPosts,
        comparing: Comparing,
        sources: SourceDesk,
        trouble_alerts: TroubleAlerts,
    ) -> None:
        self._ledger = ledger
        self._absentees = absentees
        self._digests = digests
        self._comparing = comparing
        self._sources = sources
        self._trouble_alerts = trouble_alerts

    def compose(self, whole: Job, setup: Setup, now: datetime) -> tuple[Job, Draft] | None:
        """Return the deliveries of `whole` that one message ends, and what it says at `now`.

        None if they were cut into parts, or nothing is left to say. What is not sent after all is
        ended in the ledger.
        """
        job = self._drop_useless(whole, setup, now)
        if job is None:
            return None
        recipient = setup.recipients[job.recipient]
        if job.key:
            is_digest = job.kind is DraftKind.DIGEST
            contents = self._digests.contents(recipient, now) if is_digest else DigestContents()
            draft = self._draft(job, contents.items, setup, now, uncovered=contents.uncovered)
            return job, draft
        content = content_of(job, recipient, now)
        self._drop_void(content, now)
        job = _regrouped([each for each in job.together if each not in content.empty])
        if job is None:
            return None
        items = [_with_wait(item, recipient, setup, now) for item in content.items]
        draft = self._draft(job, items, setup, now)
        if job.parts == 1 and len(content.items) > 1:
            parts = setup.renderer.split(draft, setup.channels[job.channel].form)
            if len(parts) > 1:
                self._ledger.outbox.split(job, [content.ids_of(part.items) for part in parts])
                return None
        return job, draft

    def _drop_useless(self, whole: Job, setup: Setup, now: datetime) -> Job | None:
        """End or put off the deliveries that are not sent now; return the others, if any."""
        kept: list[Job] = []
        away = self._absentees.away(setup)
        for job in whole.together:
            recipient = setup.recipients.get(job.recipient)
            if recipient is None and job.recipient in away:
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
            kept = self._alike_digests(kept, setup, now)
        return _regrouped(kept)

    def _alike_digests(self, jobs: Sequence[Job], setup: Setup, now: datetime) -> list[Job]:
        """Keep the digests that say what the first says: when they were queued, all of them did."""
        agendas = [self._digests.contents(setup.recipients[job.recipient], now) for job in jobs]
        pairs = list(zip(jobs, agendas, strict=True))
        self._ledger.outbox.put_back([job for job, agenda in pairs if agenda != agendas[0]])
        return [job for job, agenda in pairs if agenda == agendas[0]]

    def _drop_void(self, content: Content, now: datetime) -> None:
        """Drop the reminders that are void by now, and end the deliveries that have none left."""
        for job, void in content.void:
            is_answered = void.entry.void in (ACKNOWLEDGED, PUT_OFF)
            reason = delivery.MAYBE_SENT if job.maybe_repeat and is_answered else void.reason
            self._ledger.outbox.drop_entries([void.entry], reason)
        for job in content.empty:
            reasons = [void.reason for owner, void in content.void if owner is job]
            self._end(job, reasons[0] if reasons else "nothing to say", now)

    def _end(self, job: Job, reason: str, now: datetime) -> None:
        """Expire a delivery that is not sent after all."""
        step = DeliveryStep(state=DeliveryState.EXPIRED, reason=reason)
        outcome = Outcome(verdict=Verdict.REJECTED, words=reason)
        recorded = self._ledger.deliveries.record(job, outcome, step, now)
        log.warning(
            "delivery %d to %s on %s: %s, %s",
            job.id,
            job.recipient,
            job.channel,
            step.state.value,
            reason,
        )
        if reason == delivery.PASSED:
            self._trouble_alerts.queue_passed([(job, recorded)], now)

    def _draft(
        self,
        job: Job,
        items: Sequence[Item],
        setup: Setup,
        now: datetime,
        *,
        uncovered: tuple[Offer, ...] = (),
    ) -> Draft:
        recipient = setup.recipients[job.recipient]
        together = job.together
        people = [setup.recipients[name] for name in job.recipients]
        failed_channels = [each.fallback_for for each in together if each.fallback_for]
        mentions = [mention for person in people for mention in person.mentions]
        digest = recipient.digest
        is_digest = job.kind is DraftKind.DIGEST
        return Draft(
            recipient=recipient.name,
            kind=draft_kind(job, now),
            items=tuple(items),
            now=now,
            language=recipient.language,
            urgent=any(each.urgent for each in together),
            maybe_repeat=any(each.maybe_repeat for each in together),
            part=job.part,
            parts=job.parts,
            failed_channels=tuple(dict.fromkeys(failed_channels)),
            ahead_days=digest.ahead_days if digest is not None else _DEFAULT_DAYS,
            days_off=self._digests.days_off(recipient, now) if is_digest else frozenset(),
            uncovered=uncovered,
            uncompared=self._comparing.uncompared((item.offer for item in items), now),
            sources=self._sources.of((item.offer for item in items), now) if items else {},
            alert=str(job.body.get("alert", "")),
            params=job.body.get("params", {}),
            mentions=tuple(dict.fromkeys(mentions)),
            addressees=job.recipients if len(people) > 1 else (),
            can_press=setup.can_press(job.channel, job.address),
            reply_to=setup.reply_to if job.address else "",
            key=job.repeat_key,
            events=tuple(job.body.get("events", ())),
        )


def _with_wait(item: Item, recipient: Recipient, setup: Setup, now: datetime) -> Item:
    """Return `item` with whether it can be put off: a later lead of its milestone is ahead."""
    if item.kind is not ItemKind.REMINDER or item.milestone is None or item.at is None:
        return item
    found = item.offer.deadline(item.milestone, item.at)
    if found is None:
        return item
    last_lead = setup.planner.last_lead(recipient, item.milestone, found[0])
    return replace(item, can_wait=last_lead is not None and last_lead > now)


def _regrouped(jobs: Sequence[Job]) -> Job | None:
    if not jobs:
        return None
    others = tuple(replace(job, joined=()) for job in jobs[1:])
    return replace(jobs[0], joined=others)
