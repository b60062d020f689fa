"""Presses: what people answer inside a service, and what the service shows them then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from notifier.domain.answer_links import AnswerLink
from notifier.domain.drafts import Button, Message
from notifier.domain.outcomes import Outcome, PostPlace


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """A button that somebody pressed.

    `id`: the service's own for this press, the same when it is heard again; `key`: what the button
    carries, from outside and perhaps anything; `presser`: the service's id of the person; `chats`:
    the chat in which it was pressed, in every form in which an address may name it; `handle`:
    whatever the service needs to answer it.
    """

    id: str
    key: str
    presser: str
    chats: tuple[str, ...] = ()
    handle: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What came in: perhaps a press, and the `mark` after which to listen once it is answered."""

    press: Press | None
    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """What was done about a press.

    `words`: a sentence for who pressed; `spent`: the keys of the buttons that are of no use any
    more, in whose place stands `label` (empty: they stay).
    """

    words: str
    label: str = ""
    spent: frozenset[str] = frozenset()


def relabelled(
    rows: Sequence[Sequence[Button]], reaction: Reaction
) -> tuple[tuple[Button, ...], ...]:
    """Return rows of buttons with the label of a reaction in the place of the spent ones.

    The label is a button, too: it says the same again to whoever presses it.
    """
    if not reaction.label:
        return tuple(map(tuple, rows))
    kept: list[tuple[Button, ...]] = []
    is_told = False
    for row in rows:
        spent = [button for button in row if button.key in reaction.spent]
        if spent and not is_told:
            kept.append((replace(spent[0], label=reaction.label),))
            is_told = True
        if len(spent) < len(row):
            kept.append(tuple(button for button in row if button not in spent))
    return tuple(kept)


CORRECTED_FOR = timedelta(days=2)
"""So long after it arrived a message is set right; later few look at it."""


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button as it was sent: its words, and what it says if it is pressed."""

    label: str
    link: AnswerLink


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A message with buttons that arrived by `channel`, so that it can be set right later.

    `rows`: its buttons as they were sent; `labels`: the words below it by now, a text for each row.
    `attempts`: how often the service could not set it right; `turn` rises whenever something
    happens to one of its parcels. Both, and `id`, are the ledger's.
    """

    channel: str
    place: PostPlace
    rows: tuple[tuple[ShownButton, ...], ...]
    at: datetime
    labels: tuple[str, ...] = ()
    id: int = 0
    attempts: int = 0
    turn: int = 0

    @property
    def parcels(self) -> frozenset[int]:
        return frozenset(button.link.parcel_id for row in self.rows for button in row)


def posts_of(channel: str, message: Message, outcome: Outcome, at: datetime) -> tuple[Post, ...]:
    """Return where a message with buttons arrived, as the ledger keeps it."""
    rows = tuple(
        tuple(ShownButton(button.label, button.link) for button in row if button.link is not None)
        for row in message.buttons
    )
    if not any(rows):
        return ()
    labels = row_labels(message.buttons)
    return tuple(
        Post(channel=channel, place=place, rows=rows, at=at, labels=labels)
        for place in outcome.places
    )


def row_labels(rows: Sequence[Sequence[Button]]) -> tuple[str, ...]:
    """Return the words of each row of buttons, as the ledger keeps them of a message."""
    return tuple(" | ".join(button.label for button in row) for row in rows)
