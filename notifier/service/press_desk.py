"""Presses: who answers what, done once by the answer desk, and said in words."""

from __future__ import annotations

import logging
from datetime import datetime

from notifier.domain.answer_links import AnswerLink, Deed, read_short_key, short_keys
from notifier.domain.offers import OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.presses import Press, Reaction
from notifier.domain.recipients import Recipient
from notifier.domain.times import shanghai
from notifier.errors import ConfigError, UsageError
from notifier.messages.catalogue import words
from notifier.ports import Ledger, Replies
from notifier.service.answer_desk import AnswerDesk, Answered, LinkState, answer_key
from notifier.service.desk import Desk
from notifier.service.setup import ActiveSetup, Setup

log = logging.getLogger("notifier")

_PAUSES = (Deed.SEEN, Deed.SNOOZE)


class PressDesk:
    """Take what people press in messages."""

    def __init__(self, ledger: Ledger, active: ActiveSetup) -> None:
        self._active = active
        desk = Desk(ledger, lambda: active.setup.settings)
        self._answers = AnswerDesk(ledger, desk, lambda: active.setup.settings)

    def take(self, replies: Replies, press: Press, now: datetime, first_at: datetime) -> Reaction:
        """Do what a press says, if it may; return what to show.

        `first_at`: when it was heard for the first time, which is earlier than `now` if a crash
        came between: it counts from then on.
        """
        setup = self._active.setup
        usual = setup.settings.recipients[0].language if setup.settings.recipients else "zh"
        try:
            key = answer_key(setup.settings.ledger.parent)
        except ConfigError as fault:
            log.error("a press is not understood: %s", fault)
            return Reaction(words=words(usual)("press.forged"))
        people = {recipient.name: recipient for recipient in setup.settings.recipients}
        link = read_short_key(key, press.key, people)
        if link is None:
            log.info("%s: a press of %s is none of ours", replies.account, press.presser)
            return Reaction(words=words(usual)("press.forged"))
        recipient = people[link.recipient]
        say = words(recipient.language)
        if not _is_in_chat_of(recipient, replies, press, setup):
            log.info("%s: %s pressed a button of others", replies.account, press.presser)
            return Reaction(words=say("press.another"))
        by = _presser(recipient, replies, press, setup)
        if not by:
            log.info("%s: a press of %s, who is not known", replies.account, press.presser)
            return Reaction(words=say("press.stranger", id=press.presser))
        reaction = self.answer(link, by, now, first_at)
        log.info("%s answered on %s", by, replies.account)
        return reaction

    def answer(self, link: AnswerLink, by: str, now: datetime, first_at: datetime) -> Reaction:
        """Do what somebody says who may, if it still stands; return what to show.

        `link`: for a recipient of the config. `first_at` as in `take`. ConfigError without a key.
        """
        settings = self._active.setup.settings
        people = {recipient.name: recipient for recipient in settings.recipients}
        at = now if link.has_ended(now) else first_at
        try:
            answered = self._answers.take(link, at, by=by)
        except UsageError:  # what it is about changed at this very moment
            answered = self._answers.look(link, now, by=by)
        key = answer_key(settings.ledger.parent)
        return _reaction(link, answered, people[link.recipient], by, key)

    def standing(self, link: AnswerLink, now: datetime) -> Reaction:
        """Return what is to be shown in the place of the buttons of `link`, as things stand now.

        Nothing while it can still do what it says. ConfigError without a key.
        """
        settings = self._active.setup.settings
        people = {recipient.name: recipient for recipient in settings.recipients}
        if link.recipient not in people:
            return Reaction(words="")
        recipient, key = people[link.recipient], answer_key(settings.ledger.parent)
        answered = self._answers.look(link, now)
        state = OfferState.DROPPED if answered.line is None else answered.line.offer.state
        if state is not OfferState.OPEN:
            label = words(recipient.language)(f"press.{state}")
            return Reaction(words=label, label=label, spent=short_keys(key, link, tuple(Deed)))
        if answered.standing in (LinkState.READY, LinkState.TOO_LATE, LinkState.UNKNOWN):
            return Reaction(words="")
        return _reaction(link, answered, recipient, answered.paused_by, key)


def _is_in_chat_of(recipient: Recipient, replies: Replies, press: Press, setup: Setup) -> bool:
    """Return whether it was pressed where messages to `recipient` go."""
    for route in (*recipient.channels, *recipient.fallback):
        channel = setup.channels.get(route.channel)
        own = channel.replies if channel is not None else None
        if own is None or own.account != replies.account:
            continue
        if set(own.chats(route.address)) & set(press.chats):
            return True
    return False


def _presser(recipient: Recipient, replies: Replies, press: Press, setup: Setup) -> str:
    """Return the name of who pressed; empty if that is not known."""
    for person in setup.settings.people:
        if person.ids.get(replies.service) == press.presser:
            return person.name
    is_own_chat = press.presser in press.chats and replies.is_personal(press.presser)
    return recipient.name if is_own_chat else ""


def _reaction(
    link: AnswerLink, answered: Answered, recipient: Recipient, by: str, key: bytes
) -> Reaction:
    """Put what was done into words, for who pressed and for who reads the message later."""
    say = words(recipient.language)
    standing = answered.standing
    back_at = "" if answered.back_at is None else _clock(answered.back_at)
    if answered.answer is not None and answered.line is not None:
        is_skipped = answered.line.answers.get(ALL_MILESTONES) == answered.answer
        deed = say(f"answer.{Deed.SKIP if is_skipped else Deed.DONE}")
        name = answered.answer.by or say("press.somebody")
        label = say("press.label", name=name, deed=deed, at=_clock(answered.answer.at))
        sentence = label if answered.is_new else say("press.already", label=label)
        if answered.missing:  # the others can still press
            joint = say("block.joint")
            missing = say("block.missing", names=joint.join(answered.missing))
            return Reaction(words=f"{sentence} · {missing}")
        return Reaction(words=sentence, label=label, spent=short_keys(key, link, tuple(Deed)))
    if standing is LinkState.PAUSED:
        deed = say(f"answer.{link.deed}")
        label = say("press.paused", name=answered.paused_by or by, deed=deed, at=back_at)
        return Reaction(words=label, label=label, spent=short_keys(key, link, _PAUSES))
    if standing is LinkState.TOO_LATE:
        return Reaction(words=say("press.too-late"))
    if standing is LinkState.MOVED and answered.milestone is not None:
        label = say("press.moved", at=_clock(answered.milestone.at))
    else:
        label = say(f"press.{'gone' if standing is LinkState.MOVED else standing}")
    return Reaction(
        words=say("press.nothing", label=label),
        label=label,
        spent=short_keys(key, link, tuple(Deed)),
    )


def _clock(instant: datetime) -> str:
    return f"{shanghai(instant):%m-%d %H:%M}"
