"""A receipt for each file that came in.

It says what was read, what of it is new, what is doubtful, or why the file was refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifier.domain.offers import OfferChange
from notifier.domain.questions import Question
from notifier.domain.times import aware
from notifier.domain.values import Finding


class Way(StrEnum):
    """The way by which a file came in."""

    INBOX = "inbox"
    IMPORT = "import"
    BOARD = "board"
    MAIL = "mail"


class Reception(StrEnum):
    """The fate of a file. KNOWN: the same bytes were read before, and say nothing new."""

    READ = "read"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadParcel:
    """A parcel of a file: its number, or empty, and how many times of it were read."""

    number: str
    times: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FileContents:
    """The content that was read from a file.

    `new` and `changed` are the numbers of parcels, `changes` what became of each of these, in the
    order in which it did; `findings` what is doubtful; `unmatched` what a
    notice of change speaks of and nobody knows; `asked` what people must settle.
    """

    parcels: tuple[ReadParcel, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    changes: tuple[tuple[str, OfferChange], ...] = ()
    findings: tuple[Finding, ...] = ()
    unmatched: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()

    @property
    def times(self) -> int:
        return sum(parcel.times for parcel in self.parcels)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The receipt of a `file` that came in by a `way`.

    `sender` is empty where nobody knows who sent it.

    `words`: why it was refused, or empty. `id` is the ledger's, 0 before it is stored.
    """

    file: str
    sha256: str
    reception: Reception
    read_at: datetime
    way: Way = Way.INBOX
    sender: str = ""
    words: str = ""
    contents: FileContents = FileContents()
    id: int = 0

    def __post_init__(self) -> None:
        aware(self.read_at, "read_at")

    @property
    def is_clear(self) -> bool:
        """Return whether nobody has to look at anything."""
        contents = self.contents
        doubtful = contents.findings or contents.unmatched or contents.asked
        return self.reception is not Reception.REFUSED and not doubtful


@dataclass(frozen=True, kw_only=True, slots=True)
class Deposit:
    """A file that was put into the inbox for somebody who waits for its receipt."""

    id: int
    file: str
    sha256: str
    way: Way
    sender: str
    put_at: datetime
    receipt: Receipt | None = None
