"""Alerts of troubles with channels and addresses, and of what could not be delivered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.delivery import PASSED, Recorded
from notifier.domain.jobs import Job
from notifier.domain.outcomes import About, Outcome
from notifier.domain.recipients import OPERATORS, Recipient, Route
from notifier.domain.times import shanghai
from notifier.domain.troubles import Trouble
from notifier.messages.alert_lines import listed
from notifier.ports import Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_MOST_NAMES = 8
_BEGINS = {
    About.CHANNEL: "channel-down",
    About.ADDRESS: "address-refused",
    About.MESSAGE: "messages-refused",
}
_ENDS = {
    About.CHANNEL: "channel-works",
    About.ADDRESS: "address-works",
    About.MESSAGE: "messages-pass",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered:
    """Deliveries that did not arrive and will not, why, and the trouble behind it."""

    jobs: tuple[Job, ...]
    words: str
    trouble: Trouble | None = None


class TroubleAlerts:
    """Tells operators of troubles: once when one begins, once when it ends."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._passed: list[Job] = []
        self._lock = threading.Lock()  # of `_passed`: each channel has a thread

    def note_failure(self, job: Job, outcome: Outcome, address: str, now: datetime) -> Trouble:
        """Count a failed attempt; return the trouble that it belongs to."""
        subject = address if outcome.about is About.ADDRESS else ""
        return self._ledger.troubles.note_failure(
            job.channel, outcome.about, subject, outcome.words, now
        )

    def queue_begin(
        self, trouble: Trouble, job: Job, lost: Sequence[Job], now: datetime, *, given_up: bool
    ) -> None:
        """Tell of a trouble that begins, and of the deliveries that are `lost` by it.

        Where a recipient's delivery is lost, the alert of that tells of the trouble as well; but
        nobody is told that an alert to the operators is lost. `given_up`: the attempt was refused
        for good, or its fallback is used.
        """
        begins = trouble.is_news(now, given_up=given_up)
        is_told_by_loss = any(job.recipient != OPERATORS for job in lost)
        if begins and not (is_told_by_loss and trouble.about is not About.ADDRESS):
            self._queue_begin(trouble, job, now)
        for jobs in _by_recipient(lost).values():
            undelivered = Undelivered(jobs=tuple(jobs), words=trouble.words, trouble=trouble)
            self.queue_undelivered(undelivered, now, begins=begins)
        if begins:
            # only now: whatever ends the program before has it told again, under the same keys
            self._ledger.troubles.mark_reported(trouble, now)

    def _queue_begin(self, trouble: Trouble, job: Job, now: datetime) -> None:
        route = Route(channel=trouble.channel, address=trouble.address)
        is_whole = trouble.about is not About.ADDRESS
        concerned = [
            recipient
            for name, recipient in self._active.setup.recipients.items()
            if name != OPERATORS
            and (_uses(recipient, route.channel) if is_whole else name in job.recipients)
        ]
        params = _params(trouble) | _ways(concerned, route, is_whole=is_whole)
        params["recipient"] = ", ".join(job.recipients)
        alert = _BEGINS[trouble.about]
        avoid = route.channel if is_whole else str(route)
        self._alerts.queue(_key(alert, trouble), alert, params, now, avoid)

    def end_troubles(
        self, job: Job, address: str, refused: Sequence[str], now: datetime
    ) -> list[Trouble]:
        """Note that a message got through; tell of the troubles that this ends, and return them."""
        ended = self._ledger.troubles.end(job.channel, address, now, refused=refused)
        for trouble in ended:
            log.info("%s: works again", Route(channel=trouble.channel, address=trouble.address))
            if trouble.is_reported:
                alert = _ENDS[trouble.about]
                self._alerts.queue(_key(alert, trouble), alert, _params(trouble), now)
        return ended

    def queue_interrupted(self, since: datetime, now: datetime) -> None:
        """Tell of deliveries that were lost since an instant, if the program ended before it could.

        Each alert has a key, so that what was told then is not told again.
        """
        for job, words in self._ledger.deliveries.lost_since(since, now):
            trouble = self._ledger.troubles.of(job.channel, job.address)
            self.queue_undelivered(Undelivered(jobs=(job,), words=words, trouble=trouble), now)

    def queue_passed(self, ended: Iterable[tuple[Job, Recorded]], now: datetime) -> None:
        """Tell of deliveries whose deadlines passed while they waited, and that were ended for it.

        Their end is recorded already: what a LedgerError leaves untold is told by the next call.
        """
        with self._lock:
            self._passed += [job for job, recorded in ended if recorded is not Recorded.TOO_LATE]
            while self._passed:
                job = self._passed[0]
                trouble = self._ledger.troubles.of(job.channel, job.address)
                undelivered = Undelivered(jobs=(job,), words=PASSED, trouble=trouble)
                self.queue_undelivered(undelivered, now)
                del self._passed[0]

    def queue_undelivered(
        self, undelivered: Undelivered, now: datetime, *, begins: bool = False
    ) -> None:
        """Tell of deliveries to one recipient that could not be made.

        While operators know of the trouble behind it (`begins`: they are told now), it is told once
        a day for each recipient; of an address that refuses not at all: they know whose it is.
        """
        job, trouble = undelivered.jobs[0], undelivered.trouble
        parcels = _parcels(undelivered.jobs)
        log.error(
            "not delivered to %s on %s (%s): %s",
            job.recipient,
            job.channel,
            undelivered.words,
            parcels or job.key,
        )
        self._tell_hooks(undelivered, now)
        is_known = trouble is not None and (trouble.is_reported or begins)
        if job.recipient == OPERATORS:
            return
        key = f"undelivered:{job.id}"
        params = {
            "recipient": job.recipient,
            "channel": job.channel,
            "words": undelivered.words,
            "parcels": parcels,
        }
        if is_known and trouble is not None:
            if trouble.about is About.ADDRESS:
                return
            day = shanghai(now).date()
            key = f"{_key('undelivered', trouble)}:{job.recipient}:{day}"
            params |= {
                "trouble": trouble.channel,
                "failures": str(trouble.failures),
                "since": _minute(trouble.since),
            }
        self._alerts.queue(key, "undelivered", params, now, job.channel)

    def _tell_hooks(self, undelivered: Undelivered, now: datetime) -> None:
        """Tell the programs that want to know, of each delivery once.

        Not of one to a program: two that cannot be reached would tell each other for ever.
        """
        setup = self._active.setup
        programs = [hook for hook in setup.settings.hooks if "undelivered" in hook.kinds]
        for job in undelivered.jobs:
            loser = setup.recipients.get(job.recipient)
            if loser is not None and loser.is_program:
                continue
            params = {
                "recipient": job.recipient,
                "channel": job.channel,
                "words": undelivered.words,
                "parcels": _parcels([job]),
            }
            for hook in programs:
                if not job.entries or any(hook.filters.match(entry.offer) for entry in job.entries):
                    self._alerts.queue_event(hook, f"undelivered:{job.id}", params, now)


def _uses(recipient: Recipient, channel: str) -> bool:
    return any(route.channel == channel for route in recipient.channels)


def _parcels(jobs: Sequence[Job]) -> str:
    entries = [entry for job in jobs for entry in job.entries]
    return ", ".join(dict.fromkeys(entry.offer.parcel.parcel_no for entry in entries))


def _by_recipient(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.recipient, []).append(job)
    return found


def _key(alert: str, trouble: Trouble) -> str:
    return f"{alert}:{trouble.channel}:{trouble.address}:{trouble.since.isoformat()}"


def _minute(at: datetime) -> str:
    return f"{shanghai(at):%Y-%m-%d %H:%M}"


def _params(trouble: Trouble) -> dict[str, str]:
    return {
        "channel": trouble.channel,
        "address": trouble.address or trouble.channel,
        "words": trouble.words,
        "failures": str(trouble.failures),
        "since": _minute(trouble.since),
    }


def _ways(recipients: Sequence[Recipient], failing: Route, *, is_whole: bool) -> dict[str, str]:
    """Say who is sent what another way and which (`fallback`), and who has no other way (`alone`).

    `is_whole`: the channel fails for every address.
    """

    def works(route: Route) -> bool:
        return route.channel != failing.channel if is_whole else route != failing

    by_fallback = []
    alone = []
    for recipient in recipients:
        fallbacks = [str(route) for route in recipient.fallback if works(route)]
        if fallbacks:
            by_fallback.append(f"{recipient.name} → {', '.join(fallbacks)}")
        elif not any(works(route) for route in recipient.channels):
            alone.append(recipient.name)
    return {"fallback": _listed(by_fallback), "alone": _listed(alone)}


def _listed(names: Sequence[str]) -> str:
    return listed(names[:_MOST_NAMES], len(names), "; ")
