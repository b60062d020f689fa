"""Answers that come from a message.

They are checked against what stands now, and done once by the desk's verbs.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from notifier.config import Settings
from notifier.domain.answer_links import AnswerLink, Deed
from notifier.domain.board_lines import Answer, BoardLine
from notifier.domain.offers import Offer, OfferState
from notifier.domain.pauses import USUAL_SNOOZE, PauseKind
from notifier.domain.recipients import Recipient
from notifier.domain.values import Milestone
from notifier.errors import ConfigError
from notifier.ports import Ledger
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk
from notifier.service.pause_desk import PauseDesk

_KEY_FILE = "answer.key"
_KEY_BYTES = 32


def answer_key(folder: Path) -> bytes:
    """Return the key with which links in messages are made.

    It stands in a file beside the ledger, which is made if missing.

    ConfigError if it can be neither read nor written.
    """
    path = folder / _KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as fault:
        raise ConfigError(
            f"{path}: the key of answer links cannot be used: {fault.strerror}"
        ) from None
    if len(key) < _KEY_BYTES:
        raise ConfigError(
            f"{path}: this is no key of answer links: remove it, and a new one is made"
        )
    return key


def answer_key_fault(folder: Path) -> str:
    """Return why the key of the links cannot be used; empty if it can.

    Empty, too, if it is still to be made. Nothing is made.
    """
    if not (folder / _KEY_FILE).exists():
        return ""
    try:
        answer_key(folder)
    except ConfigError as fault:
        return str(fault)
    return ""


def _make_key(path: Path) -> None:
    """Write a new key whole or not at all: the daemon and the board may come at once."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(part, path)
        except FileExistsError:
            return  # the other one was first
    finally:
        part.unlink()


class LinkState(StrEnum):
    """Whether a link can still do what it says."""

    READY = "ready"
    ALREADY = "already"  # somebody answered before
    MOVED = "moved"  # the deadline is another one now
    ENDED = "ended"  # it passed
    OFF = "off"  # the parcel is on offer no more
    PAUSED = "paused"  # the same was asked before, and the reminder has not come back yet
    TOO_LATE = "too-late"  # after the last lead nothing is put off
    UNKNOWN = "unknown"  # nobody of this name is reminded, or there is no such parcel


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What came of a link.

    `line` is the parcel, `milestone` as it stands now, `answer` who answered it when; `back_at`:
    when a reminder that is put off comes back; `paused_by`: who put it off;
    `missing`: whose own answer the recipient still waits for.
    """

    standing: LinkState
    line: BoardLine | None = None
    milestone: Milestone | None = None
    answer: Answer | None = None
    back_at: datetime | None = None
    paused_by: str = ""
    missing: tuple[str, ...] = ()
    is_new: bool = False


class AnswerDesk:
    """Takes answers from messages: what a link, a button or a mail says."""

    def __init__(self, ledger: Ledger, desk: Desk, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._desk = desk
        self._pauses = PauseDesk(ledger, desk, settings)
        self._board = BoardDesk(ledger)
        self._settings = settings

    def look(self, link: AnswerLink, now: datetime, *, by: str = "") -> Answered:
        """Return what a link would do now, if `by` says so; nothing is changed."""
        people = {recipient.name: recipient for recipient in self._settings().recipients}
        line = self._board.line(link.parcel_id)
        if line is None or link.recipient not in people:
            return Answered(standing=LinkState.UNKNOWN)
        stated = [milestone for name, milestone, _ in line.deadlines if name is link.milestone]
        of_link = [milestone for milestone in stated if milestone.at == link.at]
        milestone = next(iter(of_link or stated), None)
        answer, missing = self._answered(link, people[link.recipient], line, by or link.recipient)
        found = Answered(
            standing=_standing(link, line.offer.state, milestone, answer, now),
            line=line,
            milestone=milestone,
            answer=answer,
            missing=missing,
        )
        kind = link.deed.pause
        if kind is None or milestone is None or found.standing is not LinkState.READY:
            return found
        return self._look_at_pause(found, link, people[link.recipient], milestone, kind, now)

    def _answered(
        self, link: AnswerLink, recipient: Recipient, line: BoardLine, by: str
    ) -> tuple[Answer | None, tuple[str, ...]]:
        """Return the answer that stands, and whose own is missing: while any is, that of `by`.

        Of those whom the recipient waits for; where it waits for nobody, of those whom others do.
        """
        if line.skipped is not None:
            return line.skipped, ()
        waits = bool(recipient.asks(link.milestone))
        words = self._ledger.acknowledgements
        missing = words.missing(link.parcel_id, link.milestone, recipient.name if waits else None)
        own = words.own(link.parcel_id, link.milestone) if missing or waits else {}
        if missing:
            return Answer(by=by, at=own[by]) if by in own else None, missing
        people = [person for person in own if person in recipient.people]
        if not people:
            return line.answers.get(link.milestone.value), ()
        return Answer(by="、".join(people), at=max(own[person] for person in people)), ()

    def _look_at_pause(
        self,
        found: Answered,
        link: AnswerLink,
        recipient: Recipient,
        milestone: Milestone,
        kind: PauseKind,
        now: datetime,
    ) -> Answered:
        """Return what a link would put off, and until when."""
        assert found.line is not None
        offer = found.line.offer
        pause = self._pauses.pause_now(offer, recipient.name, link.milestone, link.at, now)
        if pause is not None and pause.kind is kind:
            return replace(
                found, standing=LinkState.PAUSED, back_at=pause.until, paused_by=pause.by
            )
        if not recipient.filters.match(offer):
            return replace(found, standing=LinkState.UNKNOWN)
        back_at = self._pauses.comes_back(
            kind, recipient, link.milestone, milestone, now, USUAL_SNOOZE
        )
        standing = LinkState.TOO_LATE if back_at is None else LinkState.READY
        return replace(found, standing=standing, back_at=back_at)

    def take(self, link: AnswerLink, now: datetime, *, by: str = "") -> Answered:
        """Do what a link says, if it still stands. A second time does nothing.

        `by`: who answers, where that is known better than by the link's recipient.
        """
        by = by or link.recipient
        found = self.look(link, now, by=by)
        if found.standing is not LinkState.READY or found.line is None:
            return found
        self._do(link, found.line.offer, by, now)
        return replace(self.look(link, now, by=by), is_new=True)

    def _do(self, link: AnswerLink, offer: Offer, by: str, now: datetime) -> None:
        name, recipient, at = link.milestone.value, link.recipient, link.at
        if link.deed is Deed.DONE:
            self._desk.acknowledge(offer, name, by=by, now=now)
        elif link.deed is Deed.SKIP:
            self._desk.skip(offer, by=by, now=now)
        elif link.deed is Deed.SEEN:
            self._pauses.mark_seen(offer, name, by=by, recipient=recipient, at=at, now=now)
        else:
            self._pauses.snooze(
                offer, name, wait=USUAL_SNOOZE, by=by, recipient=recipient, at=at, now=now
            )


def _standing(
    link: AnswerLink,
    state: OfferState,
    milestone: Milestone | None,
    answer: Answer | None,
    now: datetime,
) -> LinkState:
    if state not in (OfferState.OPEN, OfferState.SUSPENDED):  # it may be resumed
        return LinkState.OFF
    if link.has_ended(now):
        return LinkState.ENDED
    if milestone is None or milestone.at != link.at:
        return LinkState.MOVED
    return LinkState.READY if answer is None else LinkState.ALREADY
