"""The description of a service: all that is particular to it, as one plain value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.channels.addresses import split_addresses
from notifier.channels.replies import ReplyLine
from notifier.channels.urls import Url
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome

if TYPE_CHECKING:
    from notifier.ports import Replies

ADDRESS = "{to}"
"""Stands in a channel's settings for the address that a recipient gives:
`mail:someone@example.com`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One setting of a channel.

    `pattern` matches the whole of a sound value, or of each part of a `listed` one; `expected` says
    so in words.
    """

    name: str
    needed: bool = False
    secret: bool = False
    pattern: str = r"[^\x00-\x1f\x7f]+"
    expected: str = "a text of one line"
    listed: bool = False

    def fault(self, value: str) -> str:
        """Return the fault in `value`, without showing it; empty if there is none."""
        parts = split_addresses(value) if self.listed else (value,)
        sound = (
            re.fullmatch(self.pattern, part) or (self.listed and part == ADDRESS) for part in parts
        )
        return "" if all(sound) else f"expected {self.expected}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """The pace that a service allows.

    Messages in any minute (None: no limit), and seconds between two messages.
    """

    per_minute: int | None = None
    seconds_apart: float = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The settings of one channel for one attempt.

    `to`: the addresses, each in the form of the service. `address`: what the recipient gave, empty
    if nothing.
    """

    fields: Mapping[str, str]
    to: tuple[str, ...] = ()
    address: str = ""
    endpoint: str = ""

    def __getitem__(self, name: str) -> str:
        """The value of a field, empty if it was not given."""
        return self.fields.get(name, "")

    def at(self, usual: str) -> str:
        """The address of the service's interface: `usual`, unless the channel names an endpoint."""
        return (self.endpoint or usual).rstrip("/")


def _no_fields(url: Url) -> dict[str, str]:
    del url
    return {}


@dataclass(frozen=True, kw_only=True)
class ChannelService:
    """`name`: its `type` in the config.

    `schemes`: of its URLs. `web_address`: a pattern of the address that the service itself shows,
    whose named groups are fields. `read_url` turns a URL into fields; ValueError says what is wrong
    with it, without its secrets. `options`: the names that may stand behind the `?` of a URL.

    `for_groups`: what is sent there is read by all members of a group.

    `address`: a pattern of one address, empty if the service takes none; then `address_words` says
    what one is. `replies` makes the way in of a service with buttons, of the fields of a channel
    and the `endpoint` that stands in for the service's host.
    """

    name: str
    title: str
    send: Callable[[Account, Message, ReplyLine], Outcome]
    schemes: tuple[str, ...] = ()
    read_url: Callable[[Url], dict[str, str]] = _no_fields
    options: frozenset[str] = frozenset()
    web_address: str = ""
    fields: tuple[Setting, ...] = ()
    form: Form = Form.TEXT
    tempo: Tempo = Tempo()
    address: str = ""
    address_words: str = ""
    replies: Callable[[Mapping[str, str], str], Replies] | None = None
    for_groups: bool = False

    def field(self, name: str) -> Setting | None:
        return next((known for known in self.fields if known.name == name), None)

    def is_secret(self, name: str) -> bool:
        """Return whether a field's value must not be shown.

        What is no field of the service may be one misspelt.
        """
        known = self.field(name)
        return known is None or known.secret
