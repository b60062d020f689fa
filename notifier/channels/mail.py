"""Mail over SMTP.

Apprise reads a URL (it knows the servers of many providers); the message and the talk with the
server are ours, because Apprise tells neither SMTP's code nor whether the server had taken the
message when the line broke.

A code from 200 to 299 for the mail's data is the yes; 4xx is tried again, 5xx is refused for good
(RFC 5321, 4.2.1). A refusal of RCPT is about that address, of DATA about the message, of anything
before about the channel.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from typing import Any
from urllib.parse import quote, urlencode

from notifier.channels.addresses import MAIL_ADDRESS, split_addresses
from notifier.channels.contract import ADDRESS, Account, ChannelService, Setting
from notifier.channels.deadline import AttemptDeadline, watch
from notifier.channels.replies import ReplyLine
from notifier.channels.urls import FIELDS_FORM, Url
from notifier.channels.verdicts import SENT, rejected, retry
from notifier.domain.drafts import Attachment, Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict

# the oldest servers take 7 bits only: Chinese text travels as base64
_POLICY = SMTP.clone(cte_type="7bit")
_FAREWELL = 2.0  # seconds
_PORTS = {"ssl": 465, "starttls": 587, "insecure": 25}
_SIGN_IN_WANTED = frozenset({503, 530, 534, 535, 538})
_COMMAS = "addresses with commas between them"
_LISTS = ("to", "cc", "bcc", "reply")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Envelope:
    """The sender and the recipients: those in the head of the mail and the hidden ones."""

    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    recipients: tuple[str, ...]


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


def read_url(url: Url) -> dict[str, str]:
    """`mailtos://USER:PASSWORD@HOST:PORT/?from=ADDRESS&to=ADDRESS,ADDRESS`"""
    if url.path:
        raise ValueError(
            "holds a / behind the host: write addresses behind ?to=; if it is part of the "
            f"password, {FIELDS_FORM}"
        )
    if url.options.get("pgp", "no").lower() not in ("no", "none"):
        raise ValueError("asks for PGP, which is not supported: take pgp= out")
    fields = _read_by_apprise(url)
    return fields | {
        "to": url.options.get("to") or parseaddr(fields["from"])[1],
        "cc": url.options.get("cc", ""),
        "bcc": url.options.get("bcc", ""),
        "reply_to": url.options.get("reply", ""),
    }


def _read_by_apprise(url: Url) -> dict[str, str]:
    """The server and the sign-in.

    The addresses are put aside: Apprise drops what it does not understand.
    """
    from apprise import AppriseConfig  # noqa: F401  # sets up the package that plugins stand in
    from apprise.plugins import email

    credentials = (
        f"{quote(url.user, safe='')}:{quote(url.password, safe='')}@"
        if url.user or url.password
        else ""
    )
    options = {name: value for name, value in url.options.items() if name not in _LISTS} | {
        "to": "to@example.com"
    }
    text = f"{url.scheme}://{credentials}{url.server}/?{urlencode(options, quote_via=quote)}"
    try:
        kind: Any = email.NotifyEmail
        plugin: Any = kind(**kind.parse_url(text))
    except Exception:  # noqa: BLE001  # Apprise raises TypeError and others with the secret in them
        raise ValueError(
            "is not understood: expected mailtos://USER:PASSWORD@HOST/?from=ADDRESS&to=ADDRESS"
        ) from None
    name, address = plugin.from_addr
    return {
        "host": plugin.smtp_host,
        "port": str(plugin.port),
        "security": str(getattr(plugin.secure_mode, "value", plugin.secure_mode)),
        "user": plugin.user or "",
        "password": plugin.password or "",
        "from": formataddr((str(name or ""), address)),
        "verify": "yes" if plugin.verify_certificate else "no",
    }


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    """One mail to every address.

    Refused for some of them, it is SENT, and the others are its refusals.
    """
    envelope = _envelope(account)
    mail = _compose(account, envelope, message)
    talk: _Talk | None = None
    try:
        with _connected(account, line.until) as talk:
            if account["user"] and account["password"]:
                talk.login(account["user"], account["password"])
            refused = talk.send_message(mail, envelope.sender, envelope.recipients)
    except smtplib.SMTPRecipientsRefused as fault:
        return _nobody(fault.recipients)
    except smtplib.SMTPResponseException as fault:
        handed_over = talk is not None and talk.handed_over
        return _refused(
            fault.smtp_code, fault.smtp_error, About.MESSAGE if handed_over else About.CHANNEL
        )
    except smtplib.SMTPNotSupportedError as fault:
        return rejected(f"the server cannot do this: {fault}")
    except (OSError, smtplib.SMTPException) as fault:
        verdict = Verdict.UNKNOWN if talk is not None and talk.handed_over else Verdict.RETRY
        return Outcome(verdict=verdict, words=f"{type(fault).__name__}: {fault}")
    if not refused:
        return SENT
    return Outcome(
        verdict=Verdict.SENT,
        refusals=tuple(_refusal(address, *reply) for address, reply in refused.items()),
    )


def _envelope(account: Account) -> _Envelope:
    """Return whom an account's mail is from, and whom it goes to.

    An address that the recipient gave where no setting has a place for it stands alone: a repeat to
    it is no second copy for the others.
    """
    alone = bool(account.address) and not any(
        ADDRESS in account[name] for name in ("to", "cc", "bcc")
    )
    cc = () if alone else split_addresses(account["cc"].replace(ADDRESS, account.address))
    bcc = () if alone else split_addresses(account["bcc"].replace(ADDRESS, account.address))
    return _Envelope(
        sender=parseaddr(account["from"])[1],
        to=account.to,
        cc=cc,
        recipients=tuple(dict.fromkeys([*account.to, *cc, *bcc])),
    )


def _nobody(replies: dict[str, tuple[int, bytes]]) -> Outcome:
    """Nobody was taken; an address that is refused for now is worth another attempt."""
    code, words = min(replies.values(), key=lambda reply: reply[0])
    about = About.CHANNEL if code == 421 or code in _SIGN_IN_WANTED else About.ADDRESS
    return _refused(code, words, about)


def _refusal(address: str, code: int, words: bytes | str) -> Refusal:
    outcome = _refused(code, words, About.ADDRESS)
    return Refusal(address=address, verdict=outcome.verdict, words=outcome.words)


def _refused(code: int, words: bytes | str, about: About) -> Outcome:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    answer = f"SMTP {code}: {text}"
    return retry(answer, about=about) if code < 500 else rejected(answer, about)


@contextlib.contextmanager
def _connected(account: Account, deadline: AttemptDeadline) -> Iterator[_Talk]:
    security = account["security"] or "ssl"
    context = ssl.create_default_context()
    if account["verify"].lower() in ("no", "false", "0"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    place = (account["host"], int(account["port"] or _PORTS[security]))
    talk: _Talk
    if security == "ssl":
        talk = _EncryptedTalk(*place, timeout=deadline.left(), context=context)
    else:
        talk = _Talk(*place, timeout=deadline.left())
    try:
        if security == "starttls":
            talk.starttls(context=context)
        yield talk
        # whatever it answers to this, and if it does not, the mail is sent
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if talk.sock is not None:
                talk.sock.settimeout(_FAREWELL)
            talk.quit()
    finally:
        talk.close()


def _compose(account: Account, envelope: _Envelope, message: Message) -> EmailMessage:
    mail = EmailMessage(_POLICY)
    user, _, domain = envelope.sender.partition("@")
    mail["From"] = Address(display_name=parseaddr(account["from"])[0], username=user, domain=domain)
    mail["To"] = ", ".join(envelope.to)
    for header, addresses in (
        ("Cc", envelope.cc),
        ("Reply-To", split_addresses(message.reply_to or account["reply_to"])),
    ):
        if addresses:
            mail[header] = ", ".join(addresses)
    mail["Subject"] = " ".join(_encodable(message.title).split())
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(message.reply_key or None, domain or None)
    # written by a program (RFC 3834, 5): no notice of absence comes back; the second is Exchange's
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_encodable(message.text))
    inline = [
        attachment for attachment in message.attachments if f"cid:{attachment.name}" in message.html
    ]
    if message.html:
        mail.add_alternative(_encodable(message.html), subtype="html")
        html = mail.get_payload()[-1]  # type: ignore[index]  # a multipart's payload is a list
        for attachment in inline:
            named = _named(attachment)
            html.add_related(  # type: ignore[union-attr]  # as above
                attachment.content, cid=f"<{attachment.name}>", disposition="inline", **named
            )
    for attachment in message.attachments:
        if attachment not in inline:
            mail.add_attachment(attachment.content, **_named(attachment))
    return mail


def _named(attachment: Attachment) -> dict[str, Any]:
    media_type, _, parameter = attachment.media_type.partition(";")
    major, _, minor = media_type.partition("/")
    # without it a reader may take the text for ASCII (RFC 5545, 3.1.4; RFC 2046, 4.1.2)
    parameters = {"charset": "utf-8"} if major == "text" else {}
    name, _, value = parameter.strip().partition("=")
    if value:
        parameters[name] = value
    return {"maintype": major, "subtype": minor, "filename": attachment.name, "params": parameters}


def _encodable(text: str) -> str:
    """Half a surrogate pair would stop the whole mail."""
    return text.encode("utf-8", "replace").decode("utf-8")


SERVICE = ChannelService(
    name="mail",
    title="Mail",
    schemes=("mailto", "mailtos"),
    fields=(
        Setting(
            name="host",
            needed=True,
            pattern=r"[A-Za-z0-9._:-]+",
            expected="the name of the mail server",
        ),
        Setting(name="port", pattern="[0-9]{1,5}", expected="a number"),
        Setting(
            name="security", pattern="ssl|starttls|insecure", expected="ssl, starttls or insecure"
        ),
        Setting(name="user"),
        Setting(name="password", secret=True),
        Setting(
            name="from",
            needed=True,
            pattern=rf"{MAIL_ADDRESS}|[^\x00-\x1f\x7f<>]*<{MAIL_ADDRESS}>",
            expected="an address, as in land@example.com or 土地提醒 <land@example.com>",
        ),
        Setting(name="to", needed=True),
        Setting(name="cc", pattern=MAIL_ADDRESS, listed=True, expected=_COMMAS),
        Setting(name="bcc", pattern=MAIL_ADDRESS, listed=True, expected=_COMMAS),
        Setting(name="reply_to", pattern=MAIL_ADDRESS, listed=True, expected=_COMMAS),
        Setting(name="verify", pattern="(?i)yes|no|true|false|1|0", expected="yes or no"),
    ),
    read_url=read_url,
    options=frozenset(
        {
            "to",
            "cc",
            "bcc",
            "reply",
            "from",
            "name",
            "smtp",
            "mode",
            "user",
            "pass",
            "verify",
            "pgp",
        }
    ),
    form=Form.MAIL,
    address=MAIL_ADDRESS,
    address_words="an address, as in someone@example.com",
    send=send,
)
