"""`check`: everything that reminders depend on, each a line: ok, or what is wrong and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notifier.app import open_channel_of
from notifier.channels import is_known
from notifier.config import ChannelSettings, Settings, calendar_doubts
from notifier.domain.matching import idle_patterns
from notifier.domain.offers import Offer
from notifier.domain.outcomes import Outcome
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient, Route
from notifier.domain.times import shanghai_iso
from notifier.errors import NotifierError, UsageError
from notifier.ledger import open_ledger
from notifier.messages.render import Renderer
from notifier.ports import Channel, Ledger
from notifier.service import send_alert
from notifier.service.status import Proof, last_proof, pulse_of

_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)  # a machine whose clock says less has lost it
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Trial:
    """To whom and where a test message goes; None: to everybody, everywhere."""

    recipient: str | None = None
    channel: str | None = None


def checked(settings: Settings, now: datetime, *, trial: Trial | None) -> list[Line]:
    """UsageError if `trial` names nobody, or a channel that is none of theirs."""
    routes = {} if trial is None else _routes(settings, trial)
    lines = [Line("config", True, str(settings.file))]
    lines += [Line("config", True, f"note: {words}") for words in settings.warnings]
    lines += [Line("calendar", True, f"note: {words}") for words in calendar_doubts(settings.calendar, now)]
    lines += _templates(settings)
    lines.append(_inbox(settings))
    lines += _ledger(settings, now)
    channels, faults = _channels(settings)
    lines += faults
    lines += _sent(settings, channels, routes, now)
    return lines


def _templates(settings: Settings) -> list[Line]:
    """Each that replaces a built-in one, tried on a message of every kind."""
    if settings.templates is None:
        return []
    faults = Renderer(settings.templates).check()
    return [Line("template", False, fault) for fault in faults] or [Line("template", True, str(settings.templates))]


def _inbox(settings: Settings) -> Line:
    folder = settings.inbox
    if not folder.exists():
        if settings.ledger.exists():
            return Line("inbox", False, f"{folder}: it is gone: mount it again, or restart the daemon, which makes it")
        return Line("inbox", True, f"{folder}: not there yet, `notifier run` makes it")
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return Line("inbox", False, f"{folder}: cannot be listed: make it a folder that this user may read")
    return Line("inbox", True, str(folder))


def _ledger(settings: Settings, now: datetime) -> list[Line]:
    if not settings.ledger.exists():
        return [Line("ledger", True, f"{settings.ledger}: not there yet, `notifier run` makes it"), _clock(now, None)]
    try:
        ledger = open_ledger(settings.ledger, create=False)
    except NotifierError as fault:
        return [Line("ledger", False, str(fault)), _clock(now, None)]
    try:
        words = ledger.upkeep.damage()
        lines = [Line("ledger", not words, words or str(settings.ledger))]
        pulse = pulse_of(ledger, now)
        # before the first start none is expected
        lines.append(Line("daemon", pulse.ready or (not pulse.holder and pulse.last_beat is None), pulse.words))
        lines.append(_clock(now, pulse.last_beat))
        lines.append(_proof(settings, last_proof(ledger)))
        lines += [Line("file", False, f"{one.name}: {one.words}") for one in ledger.files.all() if one.words]
        lines += [
            Line(f"channel {name}", False, f"fails since {shanghai_iso(since)}: {words}")
            for name, (since, words) in ledger.troubles.current().items()
        ]
        offers = list(ledger.parcels.all())
        lines += [_matches(recipient, offers) for recipient in settings.recipients]
        for recipient in settings.recipients:
            lines += _notes(recipient, offers)
        lines += _uncovered(settings, ledger, offers, now)
    except NotifierError as fault:
        lines = [Line("ledger", False, f"{fault}: restore a backup")]
    finally:
        ledger.close()
    return lines


def _clock(now: datetime, last_beat: datetime | None) -> Line:
    if now < _EARLIEST:
        return Line("clock", False, f"it says {shanghai_iso(now)}: set it, best by NTP (timedatectl set-ntp true)")
    if last_beat is not None and now < last_beat - timedelta(minutes=2):
        return Line(
            "clock", False, f"it says {shanghai_iso(now)}, but the daemon last ran at {shanghai_iso(last_beat)}"
        )
    return Line("clock", True, f"{shanghai_iso(now)} in Shanghai; the daemon last beat: {_or_never(last_beat)}")


def _proof(settings: Settings, last: Proof | None) -> Line:
    """Of the heartbeat that tells somebody else that this machine lives."""
    if settings.heartbeat_url is None:
        return Line("proof of life", True, "note: no heartbeat_url: nobody would notice a dead machine")
    if last is None:
        return Line("proof of life", True, "no ping yet, `notifier run` sends it")
    return Line("proof of life", last.words == "ok", f"last ping {shanghai_iso(last.at)}: {last.words}")


def _or_never(instant: datetime | None) -> str:
    return "never" if instant is None else shanghai_iso(instant)


def _matches(recipient: Recipient, offers: Sequence[Offer]) -> Line:
    numbers = [offer.parcel.parcel_no for offer in offers if recipient.filters.match(offer)]
    return Line(f"recipient {recipient.name}", True, f"{len(numbers)} parcels: {_listed(numbers)}")


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}" if words else "none"


def _notes(recipient: Recipient, offers: Sequence[Offer]) -> Iterable[Line]:
    """What may be a slip of the pen: kinds without reminders, a filter for what no known parcel has."""
    if "reminder" not in recipient.kinds:
        yield Line(f"recipient {recipient.name}", True, "note: gets no reminders, as kinds says")
    for field, pattern, known in idle_patterns(recipient.filters, offers):
        words = f"note: its filter {field} = {pattern!r} matches no parcel so far, known are {_listed(known)}"
        yield Line(f"recipient {recipient.name}", True, words)


def _uncovered(settings: Settings, ledger: Ledger, offers: Sequence[Offer], now: datetime) -> Iterable[Line]:
    """The parcels with something ahead that nobody is reminded of."""
    planner = Planner(recipients=settings.recipients, calendar=settings.calendar)
    skipped = ledger.acknowledgements.skipped()
    uncovered = [offer for offer in offers if offer.id not in skipped and planner.is_uncovered(offer, now)]
    if not uncovered:
        return
    numbers = [offer.parcel.parcel_no + (f" ({offer.city})" if offer.city else "") for offer in uncovered]
    words = f"nobody is reminded of {_listed(numbers)}: widen a filter, add a recipient, or `notifier skip` them"
    yield Line("coverage", False, words)
    if settings.operators is None:
        yield Line("coverage", True, "note: no [operators]: of such parcels only digests tell")


def _channels(settings: Settings) -> tuple[dict[str, Channel], list[Line]]:
    channels, lines = {}, []
    for name, one in settings.channels.items():
        try:
            channels[name] = open_channel_of(name, one)
            lines.append(Line(f"channel {name}", True, _usable(one)))
        except NotifierError as fault:
            lines.append(Line(f"channel {name}", False, str(fault)))
    return channels, lines


def _usable(channel: ChannelSettings) -> str:
    words = "it can be used; `notifier check --send` tries it"
    if is_known(channel.url.get_secret_value(), channel.service):
        return words
    return f"{words}; its answers are not known here: what it takes is booked as accepted, HTTP's yes, never as sent"


def _sent(
    settings: Settings, channels: dict[str, Channel], routes: Mapping[Route, Recipient], now: datetime
) -> Iterable[Line]:
    renderer = Renderer(settings.templates)
    for route, recipient in routes.items():
        params = {"name": recipient.name}
        for _, outcome in send_alert(
            recipient, "test", params, renderer=renderer, channels=channels, routes=[route], now=now
        ):
            yield Line(f"send {route}", outcome.has_arrived and not outcome.refusals, _said_of(outcome))


def _said_of(outcome: Outcome) -> str:
    refusals = [f"not to {refusal.address}: {refusal.words}" for refusal in outcome.refusals]
    words = "; ".join(filter(None, (outcome.words, *refusals)))
    return f"{outcome.verdict.value}: {words}" if words else outcome.verdict.value


def _routes(settings: Settings, trial: Trial) -> dict[Route, Recipient]:
    """Each way out once, with the first of those who use it."""
    people = [*settings.recipients, *([settings.operators] if settings.operators is not None else [])]
    names = [one.name for one in people]
    if trial.recipient is not None and trial.recipient not in names:
        raise UsageError(f"--to {trial.recipient}: there is no recipient of this name: use one of {', '.join(names)}")
    if trial.channel is not None and trial.channel not in settings.channels:
        raise UsageError(f"--channel {trial.channel}: no such channel: known are {', '.join(settings.channels)}")
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
        raise UsageError(f"--to {trial.recipient} --channel {trial.channel}: this recipient does not use this channel")
    return routes
