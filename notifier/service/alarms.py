"""What operators hear of troubles: once when one begins, once when it ends, in words that are true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from notifier.domain.jobs import Job
from notifier.domain.outcomes import About, Outcome
from notifier.domain.recipients import OPERATORS, Recipient, Route
from notifier.domain.times import shanghai
from notifier.domain.troubles import Trouble
from notifier.ports import Ledger

log = logging.getLogger("notifier")

_MOST_NAMES = 8
_BEGINS = {About.CHANNEL: "channel-down", About.ADDRESS: "address-refused", About.MESSAGE: "messages-refused"}
_ENDS = {About.CHANNEL: "channel-works", About.ADDRESS: "address-works", About.MESSAGE: "messages-pass"}

Tell = Callable[[str, str, Mapping[str, str], datetime, str], None]
"""(key, alert, params, now, a channel or a route that is not used if there is another)"""


class Alarms:
    def __init__(self, *, ledger: Ledger, tell: Tell) -> None:
        self._ledger = ledger
        self._tell = tell

    def failed(
        self,
        job: Job,
        outcome: Outcome,
        address: str,
        recipients: Mapping[str, Recipient],
        now: datetime,
        *,
        given_up: bool,
        lost: Sequence[Job] = (),
    ) -> Trouble:
        """An attempt failed, which `lost` these deliveries; the trouble that it belongs to. What begins and what is
        lost at its begin are told in one message."""
        about = outcome.about
        subject = address if about is About.ADDRESS else ""
        trouble = self._ledger.troubles.note_failure(job.channel, about, subject, outcome.words, now)
        begins = trouble.is_news(now, given_up=given_up) and self._ledger.troubles.mark_reported(trouble, now)
        if begins and not (lost and about is not About.ADDRESS):
            self._tell_begin(trouble, job, recipients, now)
        for name, jobs in _by_recipient(lost).items():
            self.undelivered(name, jobs, outcome.words, now, trouble=trouble, begins=begins)
        return trouble

    def _tell_begin(self, trouble: Trouble, job: Job, recipients: Mapping[str, Recipient], now: datetime) -> None:
        route = Route(channel=trouble.channel, address=trouble.address)
        whole = trouble.about is not About.ADDRESS
        concerned = [
            one
            for name, one in recipients.items()
            if name != OPERATORS and (_uses(one, route.channel) if whole else name in job.recipients)
        ]
        params = _params(trouble) | _ways(concerned, route, whole=whole)
        params["recipient"] = ", ".join(job.recipients)
        avoided = route.channel if whole else str(route)
        self._tell(_key(_BEGINS[trouble.about], trouble), _BEGINS[trouble.about], params, now, avoided)

    def works(self, job: Job, address: str, refused: Sequence[str], now: datetime) -> list[Trouble]:
        """A message got through: the troubles which that ends."""
        ended = self._ledger.troubles.end(job.channel, address, now, refused=refused)
        for trouble in ended:
            log.info("%s: works again", Route(channel=trouble.channel, address=trouble.address))
            if trouble.is_reported:
                alert = _ENDS[trouble.about]
                self._tell(_key(alert, trouble), alert, _params(trouble), now, "")
        return ended

    def undelivered(
        self,
        recipient: str,
        jobs: Sequence[Job],
        words: str,
        now: datetime,
        *,
        trouble: Trouble | None = None,
        begins: bool = False,
    ) -> None:
        """What could not be sent is said aloud: to the operators, and in the log.

        While people know of the trouble behind it, it is said once a day for each recipient; and of an address that
        refuses they know who gets nothing.
        """
        job = jobs[0]
        numbers = dict.fromkeys(entry.offer.parcel.parcel_no for one in jobs for entry in one.entries)
        parcels = ", ".join(numbers)
        log.error("not delivered to %s on %s (%s): %s", recipient, job.channel, words, parcels or job.key)
        known = trouble is not None and (trouble.is_reported or begins)
        if recipient == OPERATORS or (known and trouble is not None and trouble.about is About.ADDRESS):
            return
        key = f"undelivered:{job.id}"
        params = {"recipient": recipient, "channel": job.channel, "words": words, "parcels": parcels}
        if known and trouble is not None:
            key = f"{_key('undelivered', trouble)}:{recipient}:{shanghai(now).date()}"
            params |= {"trouble": trouble.channel, "failures": str(trouble.failures), "since": _minute(trouble.since)}
        self._tell(key, "undelivered", params, now, job.channel)


def _uses(recipient: Recipient, channel: str) -> bool:
    return any(route.channel == channel for route in recipient.channels)


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


def _ways(recipients: Sequence[Recipient], failing: Route, *, whole: bool) -> dict[str, str]:
    """`fallback`: who is sent what another way, and which; `alone`: who has no other way. `whole`: the channel fails
    for every address."""

    def works(route: Route) -> bool:
        return route.channel != failing.channel if whole else route != failing

    spare = {one.name: [str(route) for route in one.fallback if works(route)] for one in recipients}
    others = {one.name: [route for route in one.channels if works(route)] for one in recipients}
    by_fallback = [f"{name} → {', '.join(routes)}" for name, routes in spare.items() if routes]
    alone = [name for name, routes in spare.items() if not routes and not others[name]]
    return {"fallback": _listed(by_fallback), "alone": _listed(alone)}


def _listed(names: Sequence[str]) -> str:
    more = f" (+{len(names) - _MOST_NAMES})" if len(names) > _MOST_NAMES else ""
    return "; ".join(names[:_MOST_NAMES]) + more
