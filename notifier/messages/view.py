"""A draft as templates see it.

Titles, headings and lines are already text in the recipient's language.

Nothing in a view decides anything: a template only lays it out, and escapes it where its form has
mark-up.
"""

from __future__ import annotations

from dataclasses import dataclass

from notifier.domain.drafts import Draft, DraftKind, Item, ItemKind
from notifier.messages.alert_lines import listed
from notifier.messages.alerts import alert_lines
from notifier.messages.blocks import BLOCKS, Block, unsaid_doubts
from notifier.messages.context import Context
from notifier.messages.source_lines import source_lines
from notifier.messages.titles import title_of

_CHANNELS = 3
_MOST_PEOPLE = (40, 30, 20, 12, 8, 4)
_CHANNEL_WIDTH = 24
_UNCOVERED_NAMED = 5
_UNCONFIRMED_NAMED = 5
KINDS = (
    ItemKind.ESCALATION,
    ItemKind.REMINDER,
    ItemKind.CHANGE,
    ItemKind.NEW,
    ItemKind.AGENDA,
    ItemKind.MISSED,
)
"""In the order in which they are read."""

_HEADED = frozenset({ItemKind.ESCALATION, ItemKind.MISSED})


@dataclass(frozen=True, slots=True)
class Section:
    """Items of one kind. `heading` is empty when the title says it all."""

    kind: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The whole of a message as a template sees it.

    `marks`: what is to be known of the message itself. `lines`: plain sentences (an alert).
    `sources`: what is known of where it was read.
    `picture`: the name of an attached picture, or empty.
    """

    language: str
    title: str
    urgent: bool
    marks: tuple[str, ...]
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    sources: tuple[str, ...] = ()
    picture: str = ""


PICTURE = "timeline.png"
"""The name of a digest's picture."""


def view_of(context: Context) -> View:
    draft = context.draft
    return View(
        language=draft.language,
        title=title_of(context),
        urgent=draft.urgent,
        marks=tuple(_marks(context)),
        lines=tuple(_lines(context)),
        sections=tuple(_sections(context)),
        sources=tuple(source_lines(context)),
        picture=PICTURE if context.picture else "",
    )


def by_kind(draft: Draft) -> list[tuple[ItemKind, list[Item]]]:
    """The items in the order in which they are read."""
    found: dict[ItemKind, list[Item]] = {}
    for item in draft.items:
        found.setdefault(item.kind, []).append(item)
    return [(kind, found[kind]) for kind in KINDS if kind in found]


def _sections(context: Context) -> list[Section]:
    kinds = by_kind(context.draft)
    several = len(kinds) > 1 or context.draft.kind is DraftKind.CATCH_UP
    sections = []
    for kind, items in kinds:
        heading = _heading(kind, items, context) if several or kind in _HEADED else ""
        sections.append(Section(kind.value, heading, tuple(BLOCKS[kind](items, context))))
    return sections


def _heading(kind: ItemKind, items: list[Item], context: Context) -> str:
    if kind is ItemKind.REMINDER:
        if context.draft.kind is DraftKind.CATCH_UP:
            return context.say("section.reminder_late")
        if all(other.kind is kind for other in context.draft.items):
            return ""
    return context.say(f"section.{kind}", count=len(items))


def _marks(context: Context) -> list[str]:
    draft, say = context.draft, context.say
    marks = []
    if draft.addressees:
        most = _MOST_PEOPLE[context.level]
        people = [context.clean(name, _CHANNEL_WIDTH) for name in draft.addressees[:most]]
        addressees = listed(people, len(draft.addressees), say("block.joint"))
        marks.append(say("mark.addressees", names=addressees))
    if draft.maybe_repeat:
        marks.append(say("mark.maybe_repeat"))
    if draft.failed_channels:
        names = [context.clean(name, _CHANNEL_WIDTH) for name in draft.failed_channels[:_CHANNELS]]
        marks.append(say("mark.failed_channel", channels=say("block.joint").join(names)))
    if context.left_out:
        marks.append(say("mark.left_out", count=context.left_out))
    if draft.uncovered:
        numbers = [context.number(offer) for offer in draft.uncovered[:_UNCOVERED_NAMED]]
        parcels = say("block.joint").join(numbers)
        marks.append(say("mark.uncovered", count=len(draft.uncovered), parcels=parcels))
    marks += _trust_marks(context)
    doubtful = unsaid_doubts(draft.items, context)
    if doubtful:
        marks.append(say("mark.warnings", count=doubtful))
    return marks


def _trust_marks(context: Context) -> list[str]:
    """Yield the marks of parcels that nobody has compared with the original."""
    draft, say = context.draft, context.say
    if context.is_all_uncompared:
        return [context.say_how("mark.all_unconfirmed")]
    uncompared = {item.offer.id: item.offer for item in draft.items if context.is_uncompared(item)}
    if not uncompared:
        return []
    numbers = [context.number(offer) for offer in uncompared.values()][:_UNCONFIRMED_NAMED]
    parcels = listed(numbers, len(uncompared), say("block.joint"))
    return [context.say_how("mark.some_unconfirmed", count=len(uncompared), parcels=parcels)]


def _lines(context: Context) -> list[str]:
    draft, say = context.draft, context.say
    if draft.kind is DraftKind.DIGEST and not draft.items:
        return [say("mark.nothing_ahead", days=draft.ahead_days)]
    if draft.kind is DraftKind.ALERT:
        return alert_lines(context)
    return []
