"""Files and answers by mail.

Replies to reminders are answers (`mail_replies.py`); what else allowed senders send becomes a file
of the inbox, whose receipt is the answer. A message is marked as read only after what it says is
done or its file is safely in; what a crash repeats is done once.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256

from notifier.channels.imap_folder import ImapFolder, Letter, opened_folder
from notifier.config.settings import MailInSettings
from notifier.domain.drafts import DraftKind
from notifier.domain.receipts import Deposit, Way
from notifier.domain.recipients import MAIL_IN, Route
from notifier.errors import ChannelError
from notifier.messages.receipt_lines import receipt_lines
from notifier.ports import Ledger
from notifier.service.file_desk import FileDesk
from notifier.service.mail_replies import MOST_BYTES, MailReplies
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_OFF = timedelta(minutes=1)
_KEPT_FOR = timedelta(days=7)
_FAILURES_TOLD = 3
_LONGEST_SUBJECT = 80


class MailIn:
    """Look into the mail folder of the config, if it names one."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._files = FileDesk(ledger, lambda: active.setup.settings)
        self._replies = MailReplies(ledger, active)
        self._failures = 0
        self._failing_since: datetime | None = None
        self._passed_over: set[str] = set()

    def step(self, now: datetime) -> Again:
        """Take in what is new and answer what has been read. A failing server is told of once."""
        mail_in = self._active.setup.settings.mail_in
        if mail_in is None:
            return Again(after=_OFF)
        self.answer(mail_in, now)
        try:
            taken = self.look(mail_in, now)
        except ChannelError as fault:
            self._note_failure(str(fault), now)
            return Again(after=mail_in.every)
        except OSError as fault:  # the inbox is away: the message stays unread, and is tried again
            self._note_failure(f"the inbox cannot be written: {fault.strerror or fault}", now)
            return Again(after=mail_in.every)
        self._failures = 0
        self._failing_since = None
        return Again(after=mail_in.every, wake=taken > 0)

    def look(self, mail_in: MailInSettings, now: datetime) -> int:
        """Take in what allowed senders sent; return how many messages. ChannelError: no answer."""
        taken = 0
        with opened_folder(mail_in.url.get_secret_value()) as folder:
            for letter in folder.unread():
                taken += self._take(folder, letter, mail_in, now)
        return taken

    def _take(
        self, folder: ImapFolder, letter: Letter, mail_in: MailInSettings, now: datetime
    ) -> bool:
        """Put a message into the inbox and mark it as read; return whether it was one to take."""
        sender = parseaddr(letter.field("From"))[1].casefold()
        if self._take_reply(folder, letter, sender, mail_in, now):
            return True
        if not mail_in.allows(sender) or _is_of_a_machine(letter):
            if letter.uid not in self._passed_over:
                log.info("mail-in: a message of %r is left alone", sender)
                self._passed_over.add(letter.uid)
            return False
        if letter.size > self._active.setup.settings.limits.file_bytes:
            data = b""
            log.warning("mail-in: a message of %s is too large: %d bytes", sender, letter.size)
            self._files.refuse(
                _name_of(letter),
                f"it is larger than {self._active.setup.settings.limits.file_bytes} bytes: refused",
                digest=f"{letter.uid}:{letter.size}",
                way=Way.MAIL,
                by=sender,
                now=now,
            )
        else:
            data = folder.octets(letter.uid)
        digest = sha256(data).hexdigest()
        if data and self._ledger.receipts.deposit_of(digest, Way.MAIL) is None:
            self._files.put(_name_of(letter), data, way=Way.MAIL, by=sender, now=now)
        folder.mark_read(letter.uid)
        return True

    def _take_reply(
        self,
        folder: ImapFolder,
        letter: Letter,
        sender: str,
        mail_in: MailInSettings,
        now: datetime,
    ) -> bool:
        """Take a reply to a reminder and mark it as read; return whether it was one."""
        is_too_large = letter.size > MOST_BYTES
        if not mail_in.reply_to or is_too_large or _is_of_a_machine(letter):
            return False
        link = self._replies.link_of(letter)
        if link is None:
            return False
        data = folder.octets(letter.uid)
        if not self._replies.take(link, data, sender, mail_in, now):
            return False
        folder.mark_read(letter.uid)
        return True

    def answer(self, mail_in: MailInSettings, now: datetime) -> None:
        """Queue the receipts of what came by mail and was read, each to its sender."""
        for deposit in self._ledger.receipts.unanswered(Way.MAIL):
            if mail_in.answer:
                self._post(deposit, mail_in, now)
            self._ledger.receipts.mark_answered(deposit.id)

    def _post(self, deposit: Deposit, mail_in: MailInSettings, now: datetime) -> None:
        receipt = deposit.receipt
        assert receipt is not None  # only then it is to be answered
        language = self._active.setup.recipients[MAIL_IN].language
        file = deposit.file.rpartition("/")[2].removesuffix(".eml")
        params = {"file": file, "lines": "\n".join(receipt_lines(receipt, language))}
        self._ledger.bulletins.post(
            MAIL_IN,
            DraftKind.ALERT,
            (Route(channel=mail_in.answer, address=deposit.sender),),
            key=f"{MAIL_IN}:receipt:{deposit.id}",
            body={"alert": "mail-receipt", "params": params},
            now=now,
            keep_for=_KEPT_FOR,
        )

    def _note_failure(self, words: str, now: datetime) -> None:
        self._failures += 1
        self._failing_since = self._failing_since or now
        log.warning("mail-in: %s", words)
        if self._failures >= _FAILURES_TOLD:  # the key has it told once
            key = f"mail-in:{self._failing_since.isoformat()}"
            self._alerts.queue(key, "mail-in-trouble", {"words": words}, now)


def _is_of_a_machine(letter: Letter) -> bool:
    """Return whether a program wrote it (RFC 3834), or its sender is not who it says."""
    automatic = letter.field("Auto-Submitted").strip().casefold()
    precedence = letter.field("Precedence").strip().casefold()
    return (
        automatic.partition(";")[0].strip() not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or "X-Autoreply" in letter.head
        or letter.field("Return-Path").strip() == "<>"
        or "dmarc=fail" in letter.field("Authentication-Results").casefold()
    )


def _name_of(letter: Letter) -> str:
    subject = " ".join(letter.field("Subject").replace("/", "_").replace("\\", "_").split())
    return f"{subject[:_LONGEST_SUBJECT] or 'mail'}.eml"
