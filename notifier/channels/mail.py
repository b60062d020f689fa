"""Mail: Apprise reads the URL (host, sign-in, addresses); the message and the talk with the server are ours, because
Apprise tells neither SMTP's code nor whether the server had taken the message when the line broke."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any

from notifier.channels.deadline import Deadline, watch
from notifier.channels.verdicts import clean
from notifier.domain.drafts import Attachment, Message
from notifier.domain.outcomes import Outcome, Verdict

# the oldest servers take 7 bits only: Chinese text travels as base64
_POLICY = SMTP.clone(cte_type="7bit")
_FAREWELL = 2.0  # seconds


class _Talk(smtplib.SMTP):
    """`handed_over`: the mail itself had begun to leave."""

    handed_over = False

    def _get_socket(self, *place: Any) -> socket.socket:
        line: socket.socket = super()._get_socket(*place)  # type: ignore[misc]  # smtplib's own hook, not in its types
        watch(line)
        return line

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.handed_over = True
        return super().data(msg)


class _EncryptedTalk(smtplib.SMTP_SSL, _Talk):
    """Encrypted from the first byte; the line is watched before that."""


def send_mail(plugin: Any, message: Message, deadline: Deadline, secrets: Iterable[str]) -> Outcome:
    """One mail to every address of the URL. 4xx is tried again, 5xx is refused for good (RFC 5321, 4.2.1).

    Refused for some of the addresses, it is REJECTED: the others have it, and trying again would send it twice.
    """
    mail = _compose(plugin, message)
    recipients = [address for _, address in plugin.targets] + sorted(plugin.cc) + sorted(plugin.bcc)
    talk: _Talk | None = None
    try:
        with _connected(plugin, deadline) as talk:
            if plugin.user and plugin.password:
                talk.login(plugin.user, plugin.password)
            refused = talk.send_message(mail, plugin.from_addr[1], recipients)
    except smtplib.SMTPRecipientsRefused as fault:
        answers = sorted(fault.recipients.values())  # one that is refused for now is worth another attempt
        return _refused(*answers[0], secrets)
    except smtplib.SMTPResponseException as fault:
        return _refused(fault.smtp_code, fault.smtp_error, secrets)
    except smtplib.SMTPNotSupportedError as fault:
        return Outcome(verdict=Verdict.REJECTED, words=clean(f"the server cannot do this: {fault}", secrets))
    except (OSError, smtplib.SMTPException) as fault:
        verdict = Verdict.UNKNOWN if talk is not None and talk.handed_over else Verdict.RETRY
        return Outcome(verdict=verdict, words=clean(f"{type(fault).__name__}: {fault}", secrets))
    if refused:
        address, (code, words) = next(iter(refused.items()))
        outcome = _refused(code, words, secrets)
        return Outcome(verdict=Verdict.REJECTED, words=clean(f"only a part was sent: {address}: {outcome.words}", ()))
    return Outcome(verdict=Verdict.SENT)


def _refused(code: int, words: bytes | str, secrets: Iterable[str]) -> Outcome:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    verdict = Verdict.RETRY if code < 500 else Verdict.REJECTED
    return Outcome(verdict=verdict, words=clean(f"SMTP {code}: {text}", secrets))


@contextlib.contextmanager
def _connected(plugin: Any, deadline: Deadline) -> Iterator[_Talk]:
    mode = str(getattr(plugin.secure_mode, "value", plugin.secure_mode))
    context = ssl.create_default_context()
    if not plugin.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    place = (plugin.smtp_host, plugin.port)
    talk: _Talk
    if mode == "ssl":
        talk = _EncryptedTalk(*place, timeout=deadline.left(), context=context)
    else:
        talk = _Talk(*place, timeout=deadline.left())
    try:
        if mode == "starttls":
            talk.starttls(context=context)
        yield talk
        # whatever it answers to this, and if it does not, the mail is sent
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if talk.sock is not None:
                talk.sock.settimeout(_FAREWELL)
            talk.quit()
    finally:
        talk.close()


def _compose(plugin: Any, message: Message) -> EmailMessage:
    mail = EmailMessage(_POLICY)
    name, address = plugin.from_addr
    user, _, domain = parseaddr(address)[1].partition("@")
    mail["From"] = Address(display_name=str(name or ""), username=user, domain=domain)
    mail["To"] = ", ".join(target for _, target in plugin.targets)
    for header, addresses in (("Cc", plugin.cc), ("Reply-To", plugin.reply_to)):
        if addresses:
            mail[header] = ", ".join(sorted(addresses))
    mail["Subject"] = " ".join(_encodable(message.title).split())
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=domain or None)
    mail.set_content(_encodable(message.text))
    inline = [one for one in message.attachments if f"cid:{one.name}" in message.html]
    if message.html:
        mail.add_alternative(_encodable(message.html), subtype="html")
        html = mail.get_payload()[-1]  # type: ignore[index]  # a multipart's payload is a list
        for one in inline:
            html.add_related(one.content, cid=f"<{one.name}>", disposition="inline", **_named(one))  # type: ignore[union-attr]  # as above
    for one in message.attachments:
        if one not in inline:
            mail.add_attachment(one.content, **_named(one))
    return mail


def _named(one: Attachment) -> dict[str, Any]:
    media_type, _, parameter = one.media_type.partition(";")
    major, _, minor = media_type.partition("/")
    # without it a reader may take the text for ASCII (RFC 5545, 3.1.4; RFC 2046, 4.1.2)
    parameters = {"charset": "utf-8"} if major == "text" else {}
    name, _, value = parameter.strip().partition("=")
    if value:
        parameters[name] = value
    return {"maintype": major, "subtype": minor, "filename": one.name, "params": parameters}


def _encodable(text: str) -> str:
    """Half a surrogate pair would stop the whole mail."""
    return text.encode("utf-8", "replace").decode("utf-8")
