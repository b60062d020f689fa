"""The links of a message by which it is answered: where they lead, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from notifier.domain.answer_links import AnswerLink, Deed, seal, short_key
from notifier.domain.values import MilestoneName

REPLY_KEY = re.compile(r"nr-([A-Za-z0-9_-]{54})(?![A-Za-z0-9_-])")
"""A short key as mails carry it, in the id of a message and in the subject of an answer."""

_SEALED = re.compile(r"(/a/)[A-Za-z0-9_-]{40,}")


class ShownLink(NamedTuple):
    """A link in a message: its words and its address."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerLinks:
    """Makes links and buttons.

    `address`: the board's, as people reach it, empty: there are no links, only buttons; `key`: with
    which links and buttons are known again.
    """

    address: str
    key: bytes

    def of(
        self,
        recipient: str,
        parcel_id: int,
        milestone: MilestoneName,
        at: datetime,
        deeds: Iterable[Deed] = tuple(Deed),
    ) -> Iterator[tuple[Deed, str]]:
        """Yield what a recipient can answer of a milestone that is due `at`, with its link."""
        for deed in deeds if self.address else ():
            link = AnswerLink(
                deed=deed, recipient=recipient, parcel_id=parcel_id, milestone=milestone, at=at
            )
            yield deed, f"{self.address}/a/{seal(self.key, link)}"

    def keys(
        self,
        recipient: str,
        parcel_id: int,
        milestone: MilestoneName,
        at: datetime,
        deeds: Iterable[Deed],
    ) -> Iterator[tuple[AnswerLink, str]]:
        """Yield what a recipient can answer as `of` does, with the key of its button."""
        for deed in deeds:
            link = AnswerLink(
                deed=deed, recipient=recipient, parcel_id=parcel_id, milestone=milestone, at=at
            )
            yield link, short_key(self.key, link)


def mail_link(address: str, label: str, key: str) -> str:
    """Return the address by which a phone writes the mail that answers: one press, then send."""
    subject = quote(f"{label} nr-{key}", safe="")
    return f"mailto:{quote(address, safe='@')}?subject={subject}&body={quote(label, safe='')}"


def without_links(text: str) -> str:
    """Return `text` with its answer links cut short.

    Whoever reads what was sent must not be able to answer it.
    """
    return REPLY_KEY.sub("nr-…", _SEALED.sub(r"\1…", text))
