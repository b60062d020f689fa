"""Mail: Apprise reads the URL (host, sign-in, addresses); the message and the talk with the server are ours, because
Apprise tells neither SMTP's code nor whether the server had taken the message when the line broke."""

from __future__ import annotations

import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any

from notifier.channels.verdicts import clean
from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome, Verdict


def send_mail(plugin: Any, message: Message, timeout: float, secrets: tuple[str, ...]) -> Outcome:
    """One mail to every address of the URL. 4xx is tried again, 5xx is refused for good (RFC 5321, 4.2.1)."""
    mail = _compose(plugin, message)
    recipients = [address for _, address in plugin.targets] + list(plugin.cc) + list(plugin.bcc)
    handed_over = False
    try:
        with _connect(plugin, timeout) as smtp:
            if plugin.user and plugin.password:
                smtp.login(plugin.user, plugin.password)
            handed_over = True
            smtp.send_message(mail, plugin.from_addr[1], recipients)
            handed_over = False
        return Outcome(verdict=Verdict.SENT)
    except smtplib.SMTPRecipientsRefused as fault:
        code, words = next(iter(fault.recipients.values()))
        return _refused(code, words, secrets)
    except smtplib.SMTPResponseException as fault:
        return _refused(fault.smtp_code, fault.smtp_error, secrets)
    except smtplib.SMTPServerDisconnected as fault:
        verdict = Verdict.UNKNOWN if handed_over else Verdict.RETRY
        return Outcome(verdict=verdict, words=clean(f"the server hung up: {fault}", secrets))
    except (OSError, smtplib.SMTPException) as fault:
        verdict = Verdict.UNKNOWN if handed_over else Verdict.RETRY
        return Outcome(verdict=verdict, words=clean(f"{type(fault).__name__}: {fault}", secrets))


def _refused(code: int, words: bytes | str, secrets: tuple[str, ...]) -> Outcome:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    verdict = Verdict.RETRY if 400 <= code < 500 else Verdict.REJECTED
    return Outcome(verdict=verdict, words=clean(f"SMTP {code}: {text}", secrets))


def _connect(plugin: Any, timeout: float) -> smtplib.SMTP:
    mode = str(getattr(plugin.secure_mode, "value", plugin.secure_mode))
    context = ssl.create_default_context()
    if not plugin.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    port = plugin.port or {"ssl": 465, "starttls": 587}.get(mode, 25)
    if mode == "ssl":
        return smtplib.SMTP_SSL(plugin.smtp_host, port, timeout=timeout, context=context)
    smtp = smtplib.SMTP(plugin.smtp_host, port, timeout=timeout)
    if mode == "starttls":
        smtp.starttls(context=context)
    return smtp


def _compose(plugin: Any, message: Message) -> EmailMessage:
    mail = EmailMessage()
    name, address = plugin.from_addr
    user, _, domain = parseaddr(address)[1].partition("@")
    mail["From"] = Address(display_name=str(name or ""), username=user, domain=domain)
    mail["To"] = ", ".join(target for _, target in plugin.targets)
    mail["Subject"] = " ".join(message.title.split())
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=domain or None)
    mail.set_content(message.text)
    inline = [one for one in message.attachments if f"cid:{one.name}" in message.html]
    if message.html:
        mail.add_alternative(message.html, subtype="html")
        html = mail.get_payload()[-1]  # type: ignore[index]  # a multipart's payload is a list
        for one in inline:
            major, _, minor = one.media_type.partition("/")
            html.add_related(one.content, major, minor, cid=f"<{one.name}>", filename=one.name)  # type: ignore[union-attr]
    for one in message.attachments:
        if one not in inline:
            major, _, minor = one.media_type.partition(";")[0].partition("/")
            mail.add_attachment(one.content, maintype=major, subtype=minor, filename=one.name)
    return mail
