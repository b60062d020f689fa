"""Links by which a person answers a message.

Each can do one thing, for one person, one milestone, one instant.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product

from notifier.domain.pauses import PauseKind
from notifier.domain.times import aware
from notifier.domain.values import MilestoneName

WORKS_FOR = timedelta(days=1)
"""So long after its deadline a link is still answered."""

_MARK_BYTES = 16
_LONGEST = 600  # characters
_SHORT_BYTES = 40
_SHORT = b"\0short key\0"  # a mark of a short key is none of a link, and the other way round


class Deed(StrEnum):
    """The action of a link."""

    DONE = "done"
    SKIP = "skip"
    SEEN = "seen"
    SNOOZE = "snooze"

    @property
    def pause(self) -> PauseKind | None:
        """Return the pause that it asks for; None: it is an answer for good."""
        return PauseKind(self.value) if self.value in list(PauseKind) else None


_DEED_LETTERS = {Deed.DONE: b"d", Deed.SKIP: b"k", Deed.SEEN: b"s", Deed.SNOOZE: b"z"}


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerLink:
    """The content of a link: `recipient` did `deed` for a parcel's milestone that is due `at`."""

    deed: Deed
    recipient: str
    parcel_id: int
    milestone: MilestoneName
    at: datetime

    def __post_init__(self) -> None:
        aware(self.at, "answer link")

    def has_ended(self, now: datetime) -> bool:
        """Return whether its deadline passed so long ago that no answer is taken any more."""
        return now > self.at + WORKS_FOR


def seal(key: bytes, link: AnswerLink) -> str:
    """Return the text of a link; nobody without `key` can make another one."""
    at = round(link.at.timestamp() * 1000)
    words = [link.deed.value, link.recipient, link.parcel_id, link.milestone.value, at]
    content = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return _text(_mark(key, content) + content)


def unseal(key: bytes, text: str) -> AnswerLink | None:
    """Return what a link says; None if it was not made with `key`."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        whole = _octets(text)
        mark, content = whole[:_MARK_BYTES], whole[_MARK_BYTES:]
        if not hmac.compare_digest(mark, _mark(key, content)):
            return None
        deed, recipient, parcel_id, milestone, at = json.loads(content)
        return AnswerLink(
            deed=Deed(deed),
            recipient=str(recipient),
            parcel_id=int(parcel_id),
            milestone=MilestoneName(milestone),
            at=datetime.fromtimestamp(at / 1000, UTC),
        )
    except (ValueError, TypeError, OverflowError):
        return None


def short_key(key: bytes, link: AnswerLink) -> str:
    """Return what a button carries of a link: 54 characters, made with `key` as a link is.

    Names do not fit in: `read_short_key` looks for them among those that are known.
    """
    at = round(link.at.timestamp() * 1000)
    content = (
        _DEED_LETTERS[link.deed]
        + _digest(link.milestone.value, 3)
        + _digest(link.recipient, 6)
        + link.parcel_id.to_bytes(8, "big")
        + at.to_bytes(6, "big")
    )
    whole = content + _short_mark(key, content, link.recipient, link.milestone)
    return _text(whole)


def read_short_key(key: bytes, text: str, recipients: Iterable[str]) -> AnswerLink | None:
    """Return the link of a short key; None if it was not made with `key`.

    None, too, if it is for nobody of `recipients`.
    """
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        whole = _octets(text)
    except ValueError:
        return None
    if len(whole) != _SHORT_BYTES:
        return None
    content, mark = whole[:-_MARK_BYTES], whole[-_MARK_BYTES:]
    deeds = [deed for deed, letter in _DEED_LETTERS.items() if letter == content[:1]]
    names = [name for name in MilestoneName if _digest(name.value, 3) == content[1:4]]
    people = [person for person in recipients if _digest(person, 6) == content[4:10]]
    for deed, name, person in product(deeds, names, people):
        if hmac.compare_digest(mark, _short_mark(key, content, person, name)):
            return AnswerLink(
                deed=deed,
                recipient=person,
                parcel_id=int.from_bytes(content[10:18], "big"),
                milestone=name,
                at=datetime.fromtimestamp(int.from_bytes(content[18:24], "big") / 1000, UTC),
            )
    return None


def short_keys(key: bytes, link: AnswerLink, deeds: Iterable[Deed]) -> frozenset[str]:
    """Return the short keys of what else can be said of the milestone of `link`."""
    return frozenset(short_key(key, replace(link, deed=deed)) for deed in deeds)


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    """Return what a text was made of. ValueError if `_text` does not make that very text of it.

    Else a last letter that is touched, of which not every bit counts, would say the same.
    """
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(octets) != text:
        raise ValueError  # nobody reads its words
    return octets


def _digest(text: str, length: int) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:length]


def _short_mark(key: bytes, content: bytes, recipient: str, milestone: MilestoneName) -> bytes:
    names = f"{milestone.value}\0{recipient}".encode("utf-8", "surrogatepass")
    return _mark(key, _SHORT + content + names)


def _mark(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()[:_MARK_BYTES]
