"""Replies to reminders by mail: whose they are, what they say, and the mail that answers them.

A mail counts if it carries a key of ours (in the id of the message that it replies to, or in its
subject, where the buttons of a mail put it), if its sender is an address of the recipient whose key
it is, and if its first line says what was done. Anything else stays for others to look at.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from hashlib import sha256

from notifier.channels.addresses import split_addresses
from notifier.channels.imap_folder import Letter
from notifier.config.settings import MailInSettings
from notifier.domain.answer_links import AnswerLink, Deed, read_short_key
from notifier.domain.drafts import DraftKind, Markup
from notifier.domain.recipients import MAIL_IN, Recipient, Route
from notifier.domain.reply_words import deed_of
from notifier.errors import ConfigError
from notifier.messages.catalogue import words
from notifier.messages.link_blocks import REPLY_KEY
from notifier.ports import Ledger
from notifier.service.answer_desk import answer_key
from notifier.service.first_heard import first_heard
from notifier.service.press_desk import PressDesk
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

MOST_BYTES = 1_000_000
"""A reply is not larger."""

_KEPT_FOR = timedelta(days=2)
_MOST_TEXT = 20_000  # characters of a mail that are looked at
_UNSEEN = re.compile(r"(?is)<(style|script|head|title)\b.*?(?:</\1>|$)")
_BREAK = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|blockquote)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


class MailReplies:
    """Take what people answer by mail."""

    def __init__(self, ledger: Ledger, active: ActiveSetup) -> None:
        self._ledger = ledger
        self._active = active
        self._desk = PressDesk(ledger, active)

    def link_of(self, letter: Letter) -> AnswerLink | None:
        """Return what a mail is an answer to, by its head; None if it is none.

        None, too, where its keys contradict each other.
        """
        setup = self._active.setup
        try:
            key = answer_key(setup.settings.ledger.parent)
        except ConfigError:
            return None
        names = [recipient.name for recipient in setup.settings.recipients]
        links = [read_short_key(key, text, names) for text in _keys(letter)]
        found = [link for link in links if link is not None]
        places = {(each.recipient, each.parcel_id, each.milestone, each.at) for each in found}
        return found[0] if len(places) == 1 else None

    def take(
        self, link: AnswerLink, data: bytes, sender: str, mail_in: MailInSettings, now: datetime
    ) -> bool:
        """Do what the mail `data` says, and queue the answer; False if it says nothing of it.

        False, too, if nobody is known by the address `sender`.
        """
        deed = _deed_in(data)
        setup = self._active.setup
        people = {recipient.name: recipient for recipient in setup.settings.recipients}
        addresses = {name: set(self._addresses(people[name])) for name in people}
        is_known = mail_in.allows(sender) or any(sender in own for own in addresses.values())
        if deed is None or not is_known:
            return False
        recipient = people[link.recipient]
        if sender not in addresses[recipient.name]:
            log.info("mail-in: %r answered for %s", sender, recipient.name)
            sentence = words(recipient.language)("press.another")
        else:
            number = sha256(data).hexdigest()
            first_at = first_heard(self._ledger, MAIL_IN, number, now)
            asked = AnswerLink(
                deed=deed,
                recipient=link.recipient,
                parcel_id=link.parcel_id,
                milestone=link.milestone,
                at=link.at,
            )
            by = self._by(recipient, sender, addresses)
            sentence = self._desk.answer(asked, by, now, first_at).words
            log.info("%s answered by mail", by)
        self._post(sentence, sender, sha256(data).hexdigest(), mail_in, now)
        return True

    def _by(
        self, recipient: Recipient, sender: str, addresses: Mapping[str, Collection[str]]
    ) -> str:
        """Return who answers: where each is to, the person of that address."""
        known = {
            person.name: person.ids.get("mail", "") for person in self._active.setup.settings.people
        }
        for name in recipient.people:
            if sender == known.get(name) or sender in addresses.get(name, ()):
                return name
        return recipient.name

    def _addresses(self, recipient: Recipient) -> Iterator[str]:
        """Yield the addresses at which mails reach a recipient."""
        channels = self._active.setup.channels
        for route in (*recipient.channels, *recipient.fallback):
            channel = channels.get(route.channel)
            if channel is not None and channel.form.markup is Markup.MAIL:
                yield from (address.casefold() for address in split_addresses(route.address))

    def _post(
        self, sentence: str, sender: str, number: str, mail_in: MailInSettings, now: datetime
    ) -> None:
        self._ledger.bulletins.post(
            MAIL_IN,
            DraftKind.ALERT,
            (Route(channel=mail_in.answer, address=sender),),
            key=f"{MAIL_IN}:answer:{number}",
            body={"alert": "mail-answered", "params": {"words": sentence}},
            now=now,
            keep_for=_KEPT_FOR,
        )


def _keys(letter: Letter) -> list[str]:
    """Return the keys in a mail's head: of what it replies to and its subject, else its thread."""
    near = f"{letter.field('In-Reply-To')} {letter.field('Subject')}"
    far = letter.field("References")
    return REPLY_KEY.findall(near[:_MOST_TEXT]) or REPLY_KEY.findall(far[-_MOST_TEXT:])[-1:]


def _deed_in(data: bytes) -> Deed | None:
    """Return what the first line of a mail says was done; quoted text stands below it."""
    try:
        message = message_from_bytes(data, policy=policy.default)
        body = message.get_body(("plain", "html"))
        if body is None:
            return None
        text = str(body.get_content())[:_MOST_TEXT]
        is_marked_up = body.get_content_subtype() == "html"
    except Exception:  # noqa: BLE001  # whatever a stranger's mail does to the parser
        return None
    if is_marked_up:
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", text))))
    return deed_of(text.splitlines())
