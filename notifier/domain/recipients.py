"""Rules and recipients: who is reminded of what. Rules (提醒规则) and recipients (接收人)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from types import MappingProxyType
from typing import Literal, get_args

from notifier.domain.drafts import Language
from notifier.domain.leads import Lead, Roll
from notifier.domain.matching import Filters
from notifier.domain.quiet import QuietHours
from notifier.domain.values import MILESTONES, MilestoneKind, MilestoneName

MAIL_IN = "mail-in"
"""Who sends files by mail: each is answered at an address of their own."""

OPERATORS = "operators"

ESCALATE_AFTER = timedelta(minutes=15)
"""How long nobody answers an urgent reminder before others are told, if the config says nothing."""

KINDS = ("reminder", "new", "change", "escalation", "answer", "digest")
"""The kinds of message that a recipient may want. What is late or missed comes with the kind that
it was."""

HOOK_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "new": "new",
        "changed": "change",
        "due": "reminder",
        "answered": "answer",
        "undelivered": "undelivered",
    }
)
"""The events that a program may want, and the kind of message that each of them is."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Reminders before one milestone. `urgent_from`: this lead and every shorter one is urgent.

    `repeat`: after each urgent reminder it is said again so often until somebody answers.
    """

    milestone: MilestoneName
    leads: tuple[Lead, ...]
    note: str = ""
    urgent_from: Lead | None = None
    roll: Roll | None = None
    repeat: timedelta | None = None

    def is_urgent(self, lead: Lead) -> bool:
        return self.urgent_from is not None and lead.length <= self.urgent_from.length

    def begun_earlier(self) -> Rule:
        """Return the rule with a lead a day before its first: for a time that may be misread."""
        if not self.leads:
            return self
        first = max(self.leads, key=lambda lead: lead.length)
        return replace(self, leads=(first.a_day_earlier(), *self.leads))


def _default_rule(milestone: MilestoneName, kind: MilestoneKind) -> Rule:
    return Rule(
        milestone=milestone,
        leads=tuple(Lead.parse(lead) for lead in kind.leads.split()),
        urgent_from=Lead.parse(kind.urgent_from),
    )


DEFAULT_RULES: tuple[Rule, ...] = tuple(
    _default_rule(milestone, kind) for milestone, kind in MILESTONES.items() if kind.leads
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One way to reach a recipient: a channel, and the address for `{to}` in its URL."""

    channel: str
    address: str = ""

    @staticmethod
    def parse(text: str) -> Route:
        channel, _, address = text.partition(":")
        return Route(channel=channel.strip(), address=address.strip())

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}" if self.address else self.channel


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTime:
    """The time of the digest: on working days, or every day.

    Where `on` names weekdays, on those alone.

    `empty`: also when there is nothing ahead; `unchanged`: also when it says what the last one
    said.
    """

    at: time
    days: Literal["working", "daily"] = "working"
    on: frozenset[Weekday] = frozenset()
    ahead_days: int = 14
    empty: bool = True
    unchanged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EscalationStep:
    """Who is told, by the names of other recipients, when nobody answered for `after`."""

    to: tuple[str, ...]
    after: timedelta = ESCALATE_AFTER


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """A person or a team.

    `escalation`: the soonest step first; `mentions`: mobile numbers or member ids of those
    whom an urgent message in a group calls by name. `in_group`: several people read a channel of
    it, so that all hear what one of them has answered. `is_program`: nobody reads it (`[[hooks]]`).
    `people`: those whose own answer it waits for, each of them; empty: anybody's answer is enough.
    """

    name: str
    channels: tuple[Route, ...]
    fallback: tuple[Route, ...] = ()
    filters: Filters = field(default_factory=Filters)
    rules: tuple[Rule, ...] = DEFAULT_RULES
    language: Language = "zh"
    quiet: QuietHours | None = None
    escalation: tuple[EscalationStep, ...] = ()
    digest: DigestTime | None = None
    mentions: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)
    in_group: bool = False
    is_program: bool = False
    people: tuple[str, ...] = ()

    @property
    def escalates_to(self) -> tuple[str, ...]:
        """Return everyone who is told of this recipient's silence."""
        return tuple(dict.fromkeys(name for step in self.escalation for name in step.to))

    @property
    def answers_within(self) -> timedelta:
        """Return how long this recipient may be silent before others are told."""
        return self.escalation[0].after if self.escalation else ESCALATE_AFTER

    @property
    def hears_news(self) -> bool:
        """Return whether announcements tell this recipient of deadlines too near for its leads."""
        return {"new", "change"} <= self.kinds

    @property
    def is_reminded(self) -> bool:
        """Return whether any reminder can come here, to be read by somebody."""
        if self.is_program:
            return False
        return "reminder" in self.kinds and any(rule.leads for rule in self.rules)

    def asks(self, milestone: MilestoneName) -> tuple[str, ...]:
        """Return the people whose own answer it waits for, of a milestone that it hears of."""
        is_told = "reminder" in self.kinds and any(
            rule.leads for rule in self.rules if rule.milestone == milestone
        )
        return self.people if is_told else ()

    def note(self, milestone: MilestoneName) -> str:
        return "\n".join(
            rule.note for rule in self.rules if rule.milestone == milestone and rule.note
        )
