"""Everything that reminders depend on: what is fine, and what is wrong and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notifier.channels import is_known
from notifier.config import ChannelSettings, Settings, calendar_doubts
from notifier.domain.matching import idle_patterns
from notifier.domain.nodes import differing
from notifier.domain.offers import Offer
from notifier.domain.outcomes import Outcome
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient, Route
from notifier.domain.times import shanghai_iso
from notifier.errors import LedgerBusy, NotifierError, UsageError
from notifier.ledger import open_ledger
from notifier.messages.render import Renderer
from notifier.ports import Channel, Ledger
from notifier.service.answer_desk import answer_key_fault
from notifier.service.operator_alerts import send_alert
from notifier.service.status import (
    Proof,
    differing_words,
    last_proof,
    node_words,
    pulse_of,
)

_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)  # a machine whose clock says less has lost it
_BEAT_AHEAD = timedelta(minutes=2)
_SHOWN = 20

OpenChannel = Callable[[str, ChannelSettings], Channel]


@dataclass(frozen=True, slots=True)
class Check:
    """A part that was checked: whether it is fine, and why not or what it is, in English."""

    what: str
    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Trial:
    """To whom and where a test message goes; None: to everybody, everywhere."""

    recipient: str | None = None
    channel: str | None = None


class SelfCheck:
    """Checks everything that reminders depend on, and says how to mend what is wrong."""

    def __init__(self, settings: Settings, open_channel: OpenChannel) -> None:
        self._settings = settings
        self._open_channel = open_channel

    def run(self, now: datetime, *, trial: Trial | None = None) -> list[Check]:
        """Check everything, and send test messages as `trial` says.

        UsageError if it names nobody, or a channel that is none of theirs.
        """
        settings = self._settings
        routes = {} if trial is None else _trial_routes(settings, trial)
        checks = [Check("config", True, str(settings.file))]
        checks += [Check("config", True, f"note: {words}") for words in settings.warnings]
        for words in calendar_doubts(settings.calendar, now):
            checks.append(Check("calendar", True, f"note: {words}"))
        checks += self._templates()
        checks.append(self._inbox())
        checks += self._answer_links()
        checks += self._ledger(now)
        channels: dict[str, Channel] = {}
        for name, channel_settings in settings.channels.items():
            checks.append(self._channel(name, channel_settings, channels))
        checks += self._sent(channels, routes, now)
        return checks

    def _templates(self) -> list[Check]:
        """Try each template that replaces a built-in one on a message of every kind."""
        folder = self._settings.templates
        if folder is None:
            return []
        faults = [Check("template", False, fault) for fault in Renderer(folder).check()]
        return faults or [Check("template", True, str(folder))]

    def _answer_links(self) -> list[Check]:
        """Check the key of the links and buttons that answer messages, if they carry any."""
        settings = self._settings
        if not settings.has_answers:
            return []
        fault = answer_key_fault(settings.ledger.parent)
        return [Check("answer links", not fault, fault or settings.web.url or "as buttons")]

    def _inbox(self) -> Check:
        folder = self._settings.inbox
        if not folder.exists():
            if self._settings.may_have_ledger:
                words = (
                    f"{folder}: it is gone: mount it again, or restart the daemon, which makes it"
                )
                return Check("inbox", False, words)
            return Check("inbox", True, f"{folder}: not there yet, `notifier run` makes it")
        if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
            words = f"{folder}: cannot be listed: make it a folder that this user may read"
            return Check("inbox", False, words)
        return Check("inbox", True, str(folder))

    # -- the ledger and what it knows --------------------------------------------------------------

    def _ledger(self, now: datetime) -> list[Check]:
        if not self._settings.may_have_ledger:
            words = f"{self._settings.ledger}: not there yet, `notifier run` makes it"
            return [Check("ledger", True, words), _clock(now, None)]
        try:
            ledger = open_ledger(self._settings.ledger_place, create=False)
        except NotifierError as fault:
            return [Check("ledger", False, str(fault)), _clock(now, None)]
        try:
            return list(self._known_to(ledger, now))
        except LedgerBusy as fault:
            return [Check("ledger", False, str(fault))]
        except NotifierError as fault:
            return [Check("ledger", False, f"{fault}: restore a backup")]
        finally:
            ledger.close()

    def _known_to(self, ledger: Ledger, now: datetime) -> Iterator[Check]:
        damage = ledger.upkeep.damage()
        yield Check("ledger", not damage, damage or ledger.upkeep.place)
        pulse = pulse_of(ledger, now)
        is_before_first_start = not pulse.holder and pulse.last_beat is None
        yield Check("daemon", pulse.ready or is_before_first_start, pulse.words)
        yield from _nodes(ledger)
        yield _clock(now, pulse.last_beat)
        yield self._proof(last_proof(ledger))
        for line in ledger.files.all():
            if line.words:
                yield Check("file", False, f"{line.name}: {line.words}")
        for name, (since, words) in ledger.troubles.current().items():
            failing = f"fails since {shanghai_iso(since)}: {words}"
            yield Check(f"channel {name}", False, failing)
        offers = list(ledger.parcels.all())
        recipients = self._settings.recipients
        for recipient in recipients:
            yield _matches(recipient, offers)
        for recipient in recipients:
            yield from _notes(recipient, offers)
        yield from self._uncovered(ledger, offers, now)

    def _proof(self, last: Proof | None) -> Check:
        """Check the heartbeat that tells somebody else that this machine lives."""
        what = "proof of life"
        if self._settings.heartbeat_url is None:
            return Check(what, True, "note: no heartbeat_url: nobody would notice a dead machine")
        if last is None:
            return Check(what, True, "no ping yet, `notifier run` sends it")
        words = f"last ping {shanghai_iso(last.at)}: {last.words}"
        return Check(what, last.words == "ok", words)

    def _uncovered(self, ledger: Ledger, offers: Sequence[Offer], now: datetime) -> Iterator[Check]:
        """Name the parcels with something ahead that nobody is reminded of."""
        settings = self._settings
        planner = Planner(recipients=settings.recipients, calendar=settings.calendar)
        skipped = ledger.acknowledgements.skipped()
        uncovered = [
            offer
            for offer in offers
            if offer.id not in skipped and planner.is_uncovered(offer, now)
        ]
        if not uncovered:
            return
        numbers = []
        for offer in uncovered:
            city = f" ({offer.city})" if offer.city else ""
            numbers.append(offer.parcel.parcel_no + city)
        words = (
            f"nobody is reminded of {_listed(numbers)}: "
            "widen a filter, add a recipient, or `notifier skip` them"
        )
        yield Check("coverage", False, words)
        if settings.operators is None:
            yield Check("coverage", True, "note: no [operators]: of such parcels only digests tell")

    # -- channels ----------------------------------------------------------------------------------

    def _channel(self, name: str, settings: ChannelSettings, channels: dict[str, Channel]) -> Check:
        """Open a channel, and keep it in `channels` if it can be used."""
        try:
            channels[name] = self._open_channel(name, settings)
        except NotifierError as fault:
            return Check(f"channel {name}", False, str(fault))
        return Check(f"channel {name}", True, _usable(settings))

    def _sent(
        self, channels: Mapping[str, Channel], routes: Mapping[Route, Recipient], now: datetime
    ) -> Iterator[Check]:
        renderer = Renderer(self._settings.templates)
        for route, recipient in routes.items():
            outcomes = send_alert(
                recipient,
                "test",
                {"name": recipient.name},
                renderer=renderer,
                channels=channels,
                routes=[route],
                now=now,
            )
            for _, outcome in outcomes:
                has_arrived = outcome.has_arrived and not outcome.refusals
                yield Check(f"send {route}", has_arrived, _outcome_words(outcome))


def _clock(now: datetime, last_beat: datetime | None) -> Check:
    at = shanghai_iso(now)
    if now < _EARLIEST:
        words = f"it says {at}: set it, best by NTP (timedatectl set-ntp true)"
        return Check("clock", False, words)
    if last_beat is not None and now < last_beat - _BEAT_AHEAD:
        words = f"it says {at}, but the daemon last ran at {shanghai_iso(last_beat)}"
        return Check("clock", False, words)
    beat = "never" if last_beat is None else shanghai_iso(last_beat)
    return Check("clock", True, f"{at} in Shanghai; the daemon last beat: {beat}")


def _nodes(ledger: Ledger) -> Iterator[Check]:
    """Check each node that shares the ledger, and that all work by the same settings."""
    alive = ledger.nodes.alive(ledger.nodes.present())
    for node in alive:
        yield Check("node", node.is_right, node_words(node))
    if names := differing(alive):
        yield Check("nodes", False, differing_words(names))


def _matches(recipient: Recipient, offers: Sequence[Offer]) -> Check:
    numbers = [offer.parcel.parcel_no for offer in offers if recipient.filters.match(offer)]
    words = f"{len(numbers)} parcels: {_listed(numbers)}"
    return Check(f"recipient {recipient.name}", True, words)


def _notes(recipient: Recipient, offers: Sequence[Offer]) -> Iterator[Check]:
    """Note what may be a slip of the pen: no reminders, a filter for what no known parcel has."""
    what = f"recipient {recipient.name}"
    if "reminder" not in recipient.kinds:
        yield Check(what, True, "note: gets no reminders, as kinds says")
    for field, pattern, known in idle_patterns(recipient.filters, offers):
        words = (
            f"note: its filter {field} = {pattern!r} matches no parcel so far, "
            f"known are {_listed(known)}"
        )
        yield Check(what, True, words)


def _listed(words: Sequence[str]) -> str:
    if not words:
        return "none"
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _usable(channel: ChannelSettings) -> str:
    if is_known(channel.url.get_secret_value(), channel.service):
        return "it can be used; `notifier check --send` tries it"
    return (
        "it can be used; `notifier check --send` tries it; its answers are not known here: "
        "what it takes is booked as accepted, HTTP's yes, never as sent"
    )


def _outcome_words(outcome: Outcome) -> str:
    refusals = [f"not to {refusal.address}: {refusal.words}" for refusal in outcome.refusals]
    words = "; ".join(filter(None, (outcome.words, *refusals)))
    return f"{outcome.verdict.value}: {words}" if words else outcome.verdict.value


def _trial_routes(settings: Settings, trial: Trial) -> dict[Route, Recipient]:
    """Return each way out once, with the first of those who use it."""
    people = list(settings.listeners)
    if settings.operators is not None:
        people.append(settings.operators)
    _refuse_unknown(settings, trial, [person.name for person in people])
    routes: dict[Route, Recipient] = {}
    for recipient in people:
        if trial.recipient not in (None, recipient.name):
            continue
        for route in (*recipient.channels, *recipient.fallback):
            if trial.channel in (None, route.channel):
                routes.setdefault(route, recipient)
    if not routes and trial.channel is not None:
        if trial.recipient is None:
            raise UsageError(f"--channel {trial.channel}: nobody uses this channel")
        raise UsageError(
            f"--to {trial.recipient} --channel {trial.channel}: "
            "this recipient does not use this channel"
        )
    return routes


def _refuse_unknown(settings: Settings, trial: Trial, names: Sequence[str]) -> None:
    if trial.recipient is not None and trial.recipient not in names:
        known = ", ".join(names)
        raise UsageError(
            f"--to {trial.recipient}: there is no recipient of this name: use one of {known}"
        )
    if trial.channel is not None and trial.channel not in settings.channels:
        known = ", ".join(settings.channels)
        raise UsageError(f"--channel {trial.channel}: no such channel: known are {known}")
