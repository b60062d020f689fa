"""Presses: what people answer inside a service, and what the service shows them then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
