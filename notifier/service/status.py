"""How the daemon is: whether one runs, when it moved last, what is next, what is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.domain.nodes import Node
from notifier.domain.times import shanghai
from notifier.errors import LedgerError
from notifier.ports import Ledger
from notifier.service.remembered import LAST_BACKUP, LAST_BEAT, LAST_PROOF

_BEATS_WITHIN = timedelta(seconds=45)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """Signs of life of the daemon at the instant `now`.

    `holder` names the process that holds the ledger as its daemon. It is empty if nobody does: a
    process that has ended holds nothing. `fault` says what is wrong with the ledger itself.
    """

    holder: str
    last_beat: datetime | None
    now: datetime
    fault: str = ""

    @property
    def ready(self) -> bool:
        return not self.fault and bool(self.holder) and self._is_moving

    @property
    def _is_moving(self) -> bool:
        return self.last_beat is not None and abs(self.now - self.last_beat) < _BEATS_WITHIN

    @property
    def words(self) -> str:
        """Say in English what is wrong and what to do, or name the holder."""
        if self.fault:
            return self.fault
        since = "" if self.last_beat is None else _seconds(self.last_beat)
        if not self.holder and not since:
            return "no daemon is running, nothing is sent: start `notifier run`"
        if not self.holder:
            return (
                f"no daemon is running, nothing is sent (the last one was alive at {since}): "
                "start `notifier run`"
            )
        if not since:
            return f"{self.holder}: it has not moved: look at its log, restart it"
        if not self._is_moving:
            return f"{self.holder}: it has not moved since {since}: look at its log, restart it"
        return self.holder


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The last ping of the heartbeat URL: `words` is `ok`, or what went wrong."""

    at: datetime
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelTrouble:
    """A channel that fails `since` an instant, with the last failure in `words`."""

    since: datetime
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How the daemon and its ledger are. `deliveries` are counts by state.

    `nodes`: those that are alive, on a ledger that can have several. `owing`: who has not answered
    what others have, of how many times ahead.
    """

    pulse: Pulse
    ledger: str
    reminders_ahead: int
    next_due: datetime | None
    deliveries: Mapping[str, int]
    proof: Proof | None
    last_backup: datetime | None
    troubles: Mapping[str, ChannelTrouble]
    owing: Mapping[str, int] = field(default_factory=dict)
    nodes: Sequence[Node] = ()

    @property
    def ready(self) -> bool:
        return self.pulse.ready


def pulse_of(ledger: Ledger, now: datetime) -> Pulse:
    beat = ledger.memory.get(LAST_BEAT)
    last_beat = None if beat is None else datetime.fromisoformat(beat)
    return Pulse(
        holder=ledger.upkeep.holder(), last_beat=last_beat, now=now, fault=_fault_of(ledger)
    )


def _fault_of(ledger: Ledger) -> str:
    """Return in English why the ledger is none any more; empty while it is there."""
    try:
        ledger.upkeep.ensure_present()
    except LedgerError as fault:
        return str(fault)
    return ""


def last_proof(ledger: Ledger) -> Proof | None:
    """Return the last ping of the heartbeat URL, None before the first."""
    last = ledger.memory.get(LAST_PROOF)
    if last is None:
        return None
    at, _, words = last.partition(" ")
    return Proof(at=datetime.fromisoformat(at), words=words)


def status_of(ledger: Ledger, now: datetime) -> Status:
    backup = ledger.memory.get(LAST_BACKUP)
    troubles = {
        channel: ChannelTrouble(since=since, words=words)
        for channel, (since, words) in ledger.troubles.current().items()
    }
    return Status(
        pulse=pulse_of(ledger, now),
        ledger=ledger.upkeep.place,
        reminders_ahead=ledger.views.reminders_ahead(),
        next_due=ledger.claims.next_due(),
        deliveries=ledger.views.delivery_counts(),
        proof=last_proof(ledger),
        last_backup=None if backup is None else datetime.fromisoformat(backup),
        troubles=troubles,
        owing=ledger.views.owing(now),
        nodes=ledger.nodes.alive(ledger.nodes.present()),
    )


def node_words(node: Node) -> str:
    """Say in English how a node is."""
    seconds = f"{abs(node.ahead).total_seconds():.1f}"
    version = node.version or "?"
    if node.leads:
        return f"{node.name}: leads, version {version}, its clock is {seconds} s off the database's"
    return f"{node.name}: version {version}, its clock is {seconds} s off the database's"


def differing_words(names: Sequence[str]) -> str:
    """Say in English which settings differ between nodes, and what to do."""
    settings = ", ".join(names)
    return (
        f"these settings differ between nodes: {settings}: change the config on each, "
        "the leader last"
    )


def _seconds(instant: datetime) -> str:
    return f"{shanghai(instant):%Y-%m-%d %H:%M:%S}"
