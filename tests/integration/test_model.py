"""Random weeks of a land team against a simple reference: the three promises, checked after every
step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from notifier.domain.drafts import ItemKind, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import Kind, Notice, Parcel
from notifier.service import Tried
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, World

_BEGIN = shanghai_time("2024-11-04 08:00")
_MINUTE = timedelta(minutes=1)
_NUMBERS = st.integers(0, 3)
_CONFIGS = {
    "few": ("1d", "3h"),
    "many": ("2d", "1d", "3h", "30m"),
    "spare": ("1d", "3h"),
}
_SPARE = 'fallback = ["sms"]\n'
_LENGTHS = {
    "2d": timedelta(days=2),
    "1d": timedelta(days=1),
    "3h": timedelta(hours=3),
    "30m": timedelta(minutes=30),
}
_DOWN = Outcome(verdict=Verdict.RETRY, words="not reachable")
_LOST = Outcome(verdict=Verdict.UNKNOWN, words="no answer")


def _config(name: str) -> str:
    leads = ", ".join(f'"{lead}"' for lead in _CONFIGS[name])
    return (
        f'group_wait = "0s"\n{CONSOLE}[channels.sms]\nurl = "console://"\n[[recipients]]\n'
        'name = "team"\n'
        f'channels = ["console"]\n{_SPARE if name == "spare" else ""}'
        f'rules = [{{ milestone = "registration_close", leads = [{leads}], roll = "off" }}]\n'
    )


@dataclass
class _Known:
    """What a careful person would keep on paper of one parcel."""

    close: datetime
    since: datetime
    state: str = "open"
    is_done: bool = False
    said: set[tuple[datetime, str]] = field(default_factory=set)
    missed: set[datetime] = field(default_factory=set)


class Week(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name), _config("few"), _BEGIN, on_tried=self.hear)
        self.config = "few"
        self.parcels: dict[int, _Known] = {}
        self.is_up = True
        self.planned_since = _BEGIN
        self.silent_until = _BEGIN
        self.latest = _BEGIN
        self.faults: list[str] = []

    def teardown(self) -> None:
        self.world.ledger.close()
        self.folder.cleanup()

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    # -- what happens -----------------------------------------------------------------------------

    @initialize()
    def first(self) -> None:
        self.publish(0, 60 * 30)

    @rule(number=_NUMBERS, minutes=st.integers(5, 60 * 72))
    def publish(self, number: int, minutes: int) -> None:
        """A parcel is published, or its deadline is moved by a new copy of its notice."""
        close = self.now.replace(second=0, microsecond=0) + minutes * _MINUTE
        known = self.parcels.get(number)
        if known is not None and known.state == "over":
            return
        self._save(number, close)

    def _save(self, number: int, close: datetime) -> None:
        known = self.parcels.get(number)
        if known is None:
            self.parcels[number] = _Known(close=close, since=self.now)
        elif known.close != close:
            known.close, known.since = close, self.now
        self.world.save(_notice(number, file="table.csv", parcels=(_parcel(number, close),)))

    @precondition(lambda self: self.parcels)
    @rule(number=_NUMBERS)
    def read_the_same_again(self, number: int) -> None:
        if number in self.parcels and self.parcels[number].state != "over":
            self._save(number, self.parcels[number].close)

    @rule(
        number=_NUMBERS, kind=st.sampled_from([Kind.SUSPENSION, Kind.RESUMPTION, Kind.TERMINATION])
    )
    def change(self, number: int, kind: Kind) -> None:
        known = self.parcels.get(number)
        if known is None or known.state == "over":
            return
        if kind is Kind.RESUMPTION and known.state == "suspended":
            known.since = self.now
        known.state = {
            Kind.SUSPENSION: "suspended",
            Kind.RESUMPTION: "open",
            Kind.TERMINATION: "over",
        }[kind]
        file = f"{kind}-{self.now.timestamp()}.md"
        refers_to = (_notice(number).notice_no,)
        self.world.save(
            a_notice(
                file=file, title=file, kind=kind, notice_no="", refers_to=refers_to, parcels=()
            )
        )

    @rule(number=_NUMBERS, milestone=st.sampled_from(["registration_close", ALL_MILESTONES]))
    def acknowledge(self, number: int, milestone: str) -> None:
        if number in self.parcels:
            self.parcels[number].is_done = True
            self.world.ledger.acknowledgements.add(self._id(number), milestone, "张", self.now)

    @rule(number=_NUMBERS)
    def take_back(self, number: int) -> None:
        if number in self.parcels and self.parcels[number].is_done:
            self.parcels[number].is_done = False
            self.parcels[number].since = self.now
            self.world.ledger.acknowledgements.remove(
                self._id(number), ALL_MILESTONES, "张", self.now
            )

    @rule(minutes=st.integers(10, 600))
    def silence(self, minutes: int) -> None:
        until = self.now + minutes * _MINUTE
        self.silent_until = max(self.silent_until, until)
        self.world.ledger.silences.add(
            ["city=杭州"], starts_at=self.now, ends_at=until, by="", why=""
        )

    @rule(config=st.sampled_from(sorted(_CONFIGS)))
    def reload(self, config: str) -> None:
        if config != self.config:
            self.config, self.planned_since = config, self.now
        self.world.restart(_config(config))

    @rule()
    def crash(self) -> None:
        self.world.restart()

    @rule(minutes=st.integers(1, 60 * 30))
    def time_passes(self, minutes: int) -> None:
        self.world.go(self.now + minutes * _MINUTE, timedelta(minutes=10))

    @rule(minutes=st.integers(1, 60 * 48))
    def the_machine_sleeps(self, minutes: int) -> None:
        self.world.clock.move(minutes * _MINUTE)

    @rule(minutes=st.integers(1, 60 * 26))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.world.clock.move(-minutes * _MINUTE)
        for known in self.parcels.values():
            # what is ahead again may be missed again
            known.missed = {at for at in known.missed if at <= self.now}

    @rule(how=st.sampled_from([_DOWN, _LOST]))
    def the_channel_fails(self, how: Outcome) -> None:
        self.is_up = False
        self.world.channels["console"].script[:] = [_always(how)] * 100_000

    @rule()
    def the_channel_works(self) -> None:
        self.is_up = True
        self.world.channels["console"].script.clear()

    def _id(self, number: int) -> int:
        return self.world.ledger.parcels.find(_parcel(number, self.now).parcel_no)[0].id

    # -- what is heard, and what must hold --------------------------------------------------------

    def hear(self, tried: Tried) -> None:
        """Never mislead, nothing twice: judged at the instant at which it is said."""
        if tried.outcome.verdict is Verdict.RETRY:
            return
        for item in tried.draft.items:
            known = self.parcels[int(item.offer.parcel.parcel_no[2:-1])]
            if item.at is None or item.kind not in (ItemKind.REMINDER, ItemKind.MISSED):
                continue
            if item.kind is ItemKind.MISSED:
                if (
                    item.at in known.missed
                    and tried.outcome.verdict is Verdict.SENT
                    and not tried.draft.maybe_repeat
                ):
                    self.faults.append(f"{item.at} was called missed twice")
                known.missed.add(item.at)
                continue
            if known.state != "open" or known.is_done or item.at != known.close:
                self.faults.append(f"reminded of {item.at} of {known}")
            if item.at <= self.now:
                self.faults.append(f"reminded at {self.now} of {item.at}")
            if (item.at, item.lead) in known.said and not tried.draft.maybe_repeat:
                self.faults.append(f"{item.lead} before {item.at} was said twice")
            known.said.add((item.at, item.lead))

    @invariant()
    def promises_hold(self) -> None:
        self.world.work()
        assert not self.faults, self.faults
        self.latest = max(self.latest, self.now)
        if self.now < self.silent_until or not (self.is_up or self.config == "spare"):
            return
        # retries have their time; a fallback comes after an hour at the latest
        self.world.go(self.now + timedelta(minutes=25 if self.is_up else 65), timedelta(minutes=1))
        assert not self.faults, self.faults
        for known in self.parcels.values():
            if known.state == "open" and not known.is_done and known.close > self.now:
                self._was_told(known)

    def _was_told(self, known: _Known) -> None:
        """Never miss: the latest lead that has come, or a shorter one, was said."""
        since = max(known.since, self.planned_since, self.silent_until)
        if self.latest > self.now:
            return  # the clock was set back: what is to come was said when it was later
        # a fallback comes after an hour at the latest, from when on the channel was tried
        until = self.now if self.is_up else self.now - timedelta(minutes=65)
        due = [
            lead for lead in _CONFIGS[self.config] if since < known.close - _LENGTHS[lead] <= until
        ]
        if due:
            latest = min(due, key=_LENGTHS.__getitem__)
            enough = {lead for lead, length in _LENGTHS.items() if length <= _LENGTHS[latest]}
            assert any((known.close, lead) in known.said for lead in enough), (
                f"{latest} of {known} was not said"
            )


def _always(outcome: Outcome) -> Callable[[Message, str], Outcome]:
    return lambda *_: outcome


def _parcel(number: int, close: datetime) -> Parcel:
    return a_parcel(parcel_no=f"模型{number}号", milestones={"registration_close": close})


def _notice(number: int, **fields: Any) -> Notice:
    return a_notice(notice_no=f"模型告[2024]{number}1号", **fields)


def test_the_promises_hold_through_random_weeks() -> None:
    run_state_machine_as_test(
        Week,
        settings=settings(max_examples=20, stateful_step_count=30, deadline=None, derandomize=True),
    )


@pytest.mark.soak
@pytest.mark.timeout(3_000)
def test_the_promises_hold_through_a_thousand_random_weeks_of_50_steps() -> None:
    runs = int(os.environ.get("RUNS", "1000"))
    run_state_machine_as_test(
        Week,
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{runs} runs of 50 steps")
