"""The steps of the work. An engine says when; here is what is done, and nothing reads a clock but through `now`."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from notifier.config import Settings, plan_fingerprint
from notifier.domain import delivery
from notifier.domain.delivery import DeliveryState, Step
from notifier.domain.drafts import Draft, DraftKind, ItemKind, Language, Message
from notifier.domain.jobs import Job, items_of
from notifier.domain.lint import lint
from notifier.domain.offers import OfferState
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.pace import Pace
from notifier.domain.plain import Plain
from notifier.domain.planning import ALL_MILESTONES, Known, ParcelPlan, Planner, Reminder
from notifier.domain.recipients import OPERATORS, Recipient, Route
from notifier.domain.reports import FileLine
from notifier.domain.values import MilestoneName, Notice, Severity
from notifier.errors import IntakeError, LedgerError
from notifier.intake.inbox import Inbox, digest
from notifier.ledger import Ledger
from notifier.messages import Renderer, say
from notifier.ports import Channel, Clock

log = logging.getLogger("notifier")

_BATCH = 500  # parcels planned in one transaction
_LEASE = timedelta(minutes=5)
_TROUBLE_AFTER = 3  # failures in a row before people are told that a channel is down
_ALERT_KEPT = timedelta(days=7)
_ERRORS_TOLD = 10  # of one file, in one alert


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What a file brought: its notices with the reader's and the lint's findings, and how much of it is news."""

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One attempt: the delivery, what it was to say, in which words, and what became of it."""

    job: Job
    draft: Draft
    message: Message
    outcome: Outcome


class Service:
    def __init__(
        self,
        *,
        ledger: Ledger,
        renderer: Renderer,
        channels: Mapping[str, Channel],
        settings: Settings,
        clock: Clock,
        on_tried: Callable[[Tried], None] | None = None,
    ) -> None:
        """`on_tried` is told of every attempt after it ended: what `simulate` prints."""
        self._on_tried = on_tried
        self._ledger = ledger
        self._clock = clock
        self._planning = threading.Lock()
        self.adopt(settings, renderer, channels)

    def adopt(self, settings: Settings, renderer: Renderer, channels: Mapping[str, Channel]) -> None:
        """Work by these settings from now on."""
        self._settings = settings
        self._renderer = renderer
        self._channels = dict(channels)
        self._paces = {name: Pace(per_minute=settings.channels[name].per_minute) for name in channels}
        self._recipients = {recipient.name: recipient for recipient in settings.recipients}
        if settings.operators is not None:
            self._recipients[OPERATORS] = settings.operators
        self._planner = Planner(
            recipients=settings.recipients, calendar=settings.calendar, group_wait=settings.group_wait
        )

    # -- files in ---------------------------------------------------------------------------------

    def take_in(self, path: Path, now: datetime) -> TakenIn:
        """Read and store one file. IntakeError if it is no record and no notice."""
        from notifier.intake import read_file

        return self.store(read_file(path, self._settings.limits), now)

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder, each file once, a bad one with its reason; how many files."""
        seen = inbox.look()
        for one in seen:
            sha256 = "" if one.trouble else digest(one.path, self._settings.limits.file_bytes)
            name = one.name.encode("utf-8", "replace").decode()
            before = inbox.read.get(one.name)
            same = before is not None and sha256 and before.sha256 == sha256  # saved again, the same bytes
            words = "" if same else one.trouble or self._take_in_seen(one.path, name, now)
            if words:
                log.error("%s: %s", name, words)
                self._tell_of_file("file-refused", name, words, now)
            stamp = inbox.done(one, sha256)
            self._ledger.save_file(
                FileLine(
                    name=name, size=stamp.size, mtime_ns=stamp.mtime_ns, sha256=sha256, read_at=now, words=words,
                )
            )  # fmt: skip
        return len(seen)

    def _take_in_seen(self, path: Path, name: str, now: datetime) -> str:
        """Why the file was refused, or empty."""
        try:
            taken = self.take_in(path, now)
        except IntakeError as fault:
            return str(fault)
        errors = []
        for notice in taken.notices:
            for finding in notice.findings:
                line = f"{finding.place.prefix(name)}: {say(finding, 'en')}"
                if finding.severity is not Severity.INFO:
                    log.warning("%s", line)
                if finding.severity is Severity.ERROR:
                    errors.append(f"{finding.place.prefix(name)}: {say(finding, self._operators_language)}")
        if errors:
            more = f" (+{len(errors) - _ERRORS_TOLD})" if len(errors) > _ERRORS_TOLD else ""
            self._tell_of_file("file-errors", name, "\n".join(errors[:_ERRORS_TOLD]) + more, now)
        log.info("%s: read, %d parcels new, %d changed", name, taken.new, taken.changed)
        return ""

    @property
    def _operators_language(self) -> Language:
        return self._settings.operators.language if self._settings.operators is not None else "zh"

    def _tell_of_file(self, alert: str, name: str, words: str, now: datetime) -> None:
        """Whoever drops a file does not read the log."""
        body: Plain = {"alert": alert, "params": {"file": name, "words": words}}
        self._tell_operators(f"{alert}:{name}:{words}", body, now)

    def store(self, notices: Sequence[Notice], now: datetime) -> TakenIn:
        """Store notices that were read, with what the lint says of them; a change that fits nothing is said aloud."""
        checked: list[Notice] = []
        new = changed = 0
        for notice in notices:
            findings = notice.findings + lint(notice, self._settings.calendar, now)
            saved = self._ledger.save_notice(notice, findings, now)
            new += len(saved.new)
            changed += len(saved.changed)
            checked.append(replace(notice, findings=findings))
            if saved.revision and saved.changes_nothing_known:
                self._tell_unmatched(notice, saved.unmatched, now)
        return TakenIn(notices=tuple(checked), new=new, changed=changed)

    def _tell_unmatched(self, notice: Notice, names: Sequence[str], now: datetime) -> None:
        """To everyone whose filter could match its city: a postponement that fits nothing known may be about theirs."""
        body: Plain = {
            "alert": "unmatched-change",
            "params": {
                "file": notice.file,
                "kind": notice.kind.value,
                "title": notice.title or notice.notice_no,
                "names": ", ".join(names) or notice.notice_no,
            },
        }
        for recipient in self._settings.recipients:
            if recipient.filters.could_match_city(notice.city):
                self._post_alert(recipient, f"unmatched:{notice.file}:{notice.notice_no}:{notice.title}", body, now)

    # -- the plan ---------------------------------------------------------------------------------

    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; how many reminders differ from before."""
        differed = 0
        with self._planning:
            after = 0
            while batch := self._ledger.to_plan(after=after, limit=_BATCH, all_parcels=all_parcels):
                differed += self._ledger.replace_plan([self._plan(known, now) for known in batch], now)
                after = batch[-1].offer.id
        return differed

    def replan_if_config_changed(self, now: datetime) -> bool:
        """Plan everything anew if a recipient's rules or the calendar differ from those planned by."""
        fingerprints = ";".join(
            f"{one.name}={plan_fingerprint(one, self._settings.calendar)}" for one in self._settings.recipients
        )
        if self._ledger.get("plan") == fingerprints:
            return False
        self._ledger.drop_recipients([one.name for one in self._settings.recipients])
        self.replan(now, all_parcels=True)
        self._ledger.put("plan", fingerprints)
        return True

    def _plan(self, known: Known, now: datetime) -> ParcelPlan:
        offer = known.offer
        watchers = [] if ALL_MILESTONES in known.acknowledged else self._planner.watchers(offer)
        reminders: list[Reminder] = []
        for recipient in watchers:
            since = known.watches.get(recipient.name)
            if since is None and not known.fresh:
                since = now  # a rule or a recipient is new, the parcel is not: leads that have passed are not news

            def known_at(name: MilestoneName, at: datetime, since: datetime | None = since) -> datetime:
                deadline = known.deadlines.get((name.value, at), now)
                return deadline if since is None else max(deadline, since)

            reminders += self._planner.plan(offer, recipient, known_at=known_at, acknowledged=known.acknowledged)
            reminders += self._news(known, recipient, now)
        names = {recipient.name for recipient in watchers}
        reminders += self._changes_for_former_watchers(known, names, now)
        unwanted = [one for one in reminders if one.recipient not in self._recipients]
        if unwanted:
            reminders = [one for one in reminders if one.recipient in self._recipients]
        return ParcelPlan(
            known=known, reminders=reminders, watchers=[one.name for one in watchers], void=_void_reason(known)
        )

    def _news(self, known: Known, recipient: Recipient, now: datetime) -> list[Reminder]:
        if recipient.name not in known.watches:
            if known.offer.state is not OfferState.OPEN:
                return []
            new = self._planner.announcement(known.offer, recipient, ItemKind.NEW, now=now)
            return [] if new is None else [new]
        return self._changes(known, recipient, now)

    def _changes(self, known: Known, recipient: Recipient, now: datetime) -> list[Reminder]:
        told = [
            self._planner.announcement(
                known.offer, recipient, ItemKind.CHANGE, now=now, origin=str(change_id), pressing=nearer
            )
            for change_id, nearer in known.untold.items()
        ]
        return [one for one in told if one is not None]

    def _changes_for_former_watchers(self, known: Known, names: set[str], now: datetime) -> list[Reminder]:
        """Whoever watched a parcel is told of the change by which it leaves the filter."""
        former = [self._recipients[name] for name in known.watches if name not in names and name in self._recipients]
        if ALL_MILESTONES in known.acknowledged:
            return []
        return [one for recipient in former for one in self._changes(known, recipient, now)]

    # -- out --------------------------------------------------------------------------------------

    def deliver_due(self, now: datetime) -> datetime | None:
        """Claim what is due and queue its deliveries; when the next is due, None if nothing is planned."""
        while claimed := self._ledger.claim_due(now, self._settings.group_wait, self._routes()):
            for claim in claimed:
                log.info(
                    "claimed %s for %s: %d said, %d missed, %d superseded",
                    claim.kind, claim.recipient, len(claim.said), len(claim.missed), len(claim.superseded),
                )  # fmt: skip
        return self._ledger.next_due()

    def _routes(self) -> dict[str, tuple[Route, ...]]:
        return {name: recipient.channels for name, recipient in self._recipients.items()}

    def send_next(self, channel: str, now: datetime) -> datetime | None:
        """Try the next delivery of `channel`, if it is time; when to call again, None if nothing is queued."""
        pace = self._paces[channel]
        ready = pace.ready_at(now)
        if ready > now:
            return ready
        job = self._ledger.begin(channel, now, _LEASE)
        if job is None:
            return self._ledger.next_try(channel)
        self._send(job, pace, now)
        return now

    def _send(self, job: Job, pace: Pace, now: datetime) -> None:
        recipient = self._recipients.get(job.recipient)
        if recipient is None:
            self._end(job, DeliveryState.EXPIRED, "recipient removed", now)
        elif now >= job.expires_at:
            self._end(job, DeliveryState.EXPIRED, "milestone passed", now)
        elif (draft := self._draft(job, recipient, now)) is not None:
            channel = self._channels[job.channel]
            message = self._renderer.render(draft, channel.form)
            outcome = channel.send(message, job.address)
            pace.sent(now)
            self._conclude(job, recipient, outcome, pace, self._clock.now())
            if self._on_tried is not None:
                self._on_tried(Tried(job=job, draft=draft, message=message, outcome=outcome))

    def _draft(self, job: Job, recipient: Recipient, now: datetime) -> Draft | None:
        """What to say as things stand at `now`; None if the delivery was cut into parts or has nothing left to say."""
        items, void = items_of(job.entries, recipient, now)
        for one in void:
            self._ledger.drop_entries([one.entry], one.reason)
        if not items and not job.body:
            self._end(job, DeliveryState.EXPIRED, void[0].reason if void else "nothing to say", now)
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
            alert=str(job.body.get("alert", "")),
            params=job.body.get("params", {}),
        )
        form = self._channels[job.channel].form
        if job.parts == 1 and len(items) > 1:
            parts = self._renderer.split(draft, form)
            if len(parts) > 1:
                self._ledger.split(job, [[item.id for item in part.items] for part in parts])
                return None
        return draft

    def _end(self, job: Job, state: DeliveryState, reason: str, now: datetime) -> None:
        step = Step(state=state, reason=reason)
        self._ledger.record(job, Outcome(verdict=Verdict.REJECTED, words=reason), step, now)
        log.warning("delivery %d to %s on %s: %s, %s", job.id, job.recipient, job.channel, state.value, reason)
        if reason == "milestone passed":
            self._tell_undelivered(job, reason, now)

    def _conclude(self, job: Job, recipient: Recipient, outcome: Outcome, pace: Pace, now: datetime) -> None:
        unknowns = job.unknowns + (outcome.verdict is Verdict.UNKNOWN)
        step = delivery.after(
            outcome,
            attempt=job.attempt,
            unknowns=unknowns,
            now=now,
            expires_at=job.expires_at,
            jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
        )
        failover = delivery.failover_at(job.first_at, job.expires_at)
        if outcome.retry_after is not None:
            pace.pause(now + outcome.retry_after)
        fallback: tuple[Route, ...] = ()
        if step.state is DeliveryState.SENT:
            self._channel_works(job.channel, now)
        else:
            in_trouble = self._channel_failed(job, outcome, now)
            if step.state is not DeliveryState.QUEUED or now >= failover or in_trouble:
                fallback = recipient.fallback
            elif step.at is not None and recipient.fallback:
                step = replace(step, at=min(step.at, failover))
        recorded = self._ledger.record(job, outcome, step, now, fallback=fallback)
        log.log(
            logging.INFO if step.state is DeliveryState.SENT else logging.WARNING,
            "delivery %d to %s on %s, attempt %d: %s%s",
            job.id, job.recipient, job.channel, job.attempt,
            step.state.value if recorded else "late answer, not recorded",
            f", {outcome.words}" if outcome.words else "",
        )  # fmt: skip
        if step.state in (DeliveryState.FAILED, DeliveryState.EXPIRED) and not fallback:
            self._tell_undelivered(job, outcome.words or step.reason, now)

    # -- said aloud -------------------------------------------------------------------------------

    def _channel_failed(self, job: Job, outcome: Outcome, now: datetime) -> bool:
        """Count it; the operators are told once when a channel keeps failing. Whether it is known to be down."""
        failures, since = self._ledger.channel_failed(job.channel, outcome.words, now)
        if failures < _TROUBLE_AFTER and outcome.verdict is not Verdict.REJECTED:
            return False
        if self._ledger.report_trouble(job.channel):
            body: Plain = {"alert": "channel-down", "params": {"channel": job.channel, "words": outcome.words}}
            self._tell_operators(f"down:{job.channel}:{since.isoformat()}", body, now, but=job.channel)
        return failures >= _TROUBLE_AFTER

    def _channel_works(self, channel: str, now: datetime) -> None:
        ended = self._ledger.channel_works(channel)
        if ended is not None and ended[0]:
            body: Plain = {"alert": "channel-works", "params": {"channel": channel}}
            self._tell_operators(f"works:{channel}:{ended[1].isoformat()}", body, now)

    def _tell_undelivered(self, job: Job, words: str, now: datetime) -> None:
        """What could not be sent is said aloud: to the operators, and in the log."""
        parcels = ", ".join(dict.fromkeys(entry.offer.parcel.parcel_no for entry in job.entries))
        params = {"recipient": job.recipient, "channel": job.channel, "words": words, "parcels": parcels}
        log.error("not delivered to %s on %s (%s): %s", job.recipient, job.channel, words, parcels or job.key)
        if job.recipient != OPERATORS:
            body: Plain = {"alert": "undelivered", "params": params}
            self._tell_operators(f"undelivered:{job.id}", body, now, but=job.channel)

    def _tell_operators(self, key: str, body: Plain, now: datetime, but: str = "") -> None:
        operators = self._recipients.get(OPERATORS)
        if operators is not None:
            self._post_alert(operators, key, body, now, but=but)

    def _post_alert(self, to: Recipient, key: str, body: Plain, now: datetime, but: str = "") -> None:
        routes = tuple(route for route in to.channels if route.channel != but) or to.channels
        try:
            self._ledger.post(
                to.name, DraftKind.ALERT, routes, key=f"{to.name}:{key}", body=body, now=now, keep_for=_ALERT_KEPT
            )
        except LedgerError as fault:
            log.error("alert to %s not queued: %s", to.name, fault)

    def housekeeping(self, now: datetime) -> None:
        """What may be done at any time and must be done some time."""
        self._ledger.recover_expired_leases(now)


def say_at_once(
    to: Recipient,
    alert: str,
    params: Mapping[str, str],
    *,
    renderer: Renderer,
    channels: Mapping[str, Channel],
    routes: Sequence[Route],
    now: datetime,
) -> list[tuple[Route, Outcome]]:
    """Send an alert now, without the ledger; what became of it on each of `routes` that can be used."""
    draft = Draft(
        recipient=to.name, kind=DraftKind.ALERT, items=(), now=now, language=to.language, urgent=True, alert=alert,
        params=params,
    )  # fmt: skip
    return [
        (route, channels[route.channel].send(renderer.render(draft, channels[route.channel].form), route.address))
        for route in routes
        if route.channel in channels
    ]


def _void_reason(known: Known) -> str:
    if ALL_MILESTONES in known.acknowledged:
        return "skipped"
    if known.offer.state is not OfferState.OPEN:
        return known.offer.state.value
    return "acknowledged" if known.acknowledged else "postponed"
