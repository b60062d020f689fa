"""Mail to real servers on loopback: what arrives is what was meant, and each of SMTP's answers is
the right outcome."""

from __future__ import annotations

import socket
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels import open_channel
from notifier.domain.drafts import Attachment, Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict
from notifier.errors import ChannelError
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.smtp import (
    DRIP,
    HANG_UP,
    PASSWORD,
    SILENCE,
    USER,
    MailServer,
    ScriptedMailServer,
    mail_server,
)

SENT = Outcome(verdict=Verdict.SENT)
TEXT = (
    '报名截止还有3小时\n\n地块：杭政储出[2024]901号 <b> & "引号" 🏗️\n.\n..点\nFrom 开头的行\n'
    + "长" * 2_000
    + "\n"
)
HTML = (
    "<p>报名截止还有3小时</p><p>杭政储出[2024]901号 &lt;b&gt;</p>\n.\n"
    '<img src="cid:timeline.png" alt="时间轴">'
)
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:报名截止 杭政储出[2024]901号\r\nEND:VCALENDAR\r\n".encode()
IMAGE = bytes(range(256)) * 40


@pytest.fixture(name="server")
def _server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(name="lasting", scope="module")
def _lasting() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def mail(
    port: int, rest: str = "to=zhang@example.com", timeout: float = 10, scheme: str = "mailto"
) -> Channel:
    mode = "" if "mode=" in rest else "mode=insecure&"
    url = f"{scheme}://127.0.0.1:{port}?{mode}from=notifier@example.com&{rest}"
    return open_channel("mail", url, timeout=timeout)


def a_mail(**fields: object) -> Message:
    return a_message(**({"form": Form.MAIL, "title": "报名截止还有3小时", "text": TEXT} | fields))


def parts(message: EmailMessage) -> dict[str, EmailMessage]:
    return {
        part.get_content_type(): part for part in message.walk() if isinstance(part, EmailMessage)
    }


def test_text_html_picture_and_calendar_arrive_as_they_left(server: MailServer) -> None:
    message = a_mail(
        html=HTML,
        attachments=(
            Attachment(name="timeline.png", media_type="image/png", content=IMAGE),
            Attachment(name="deadlines.ics", media_type="text/calendar", content=CALENDAR),
        ),
    )
    assert mail(server.port).send(message) == SENT
    (sent,) = server.mails
    arrived = sent.message
    assert arrived["Subject"] == "报名截止还有3小时"
    assert arrived["From"].addresses[0].addr_spec == "notifier@example.com"
    assert arrived["To"] == "zhang@example.com"
    assert (sent.sender, sent.recipients) == ("notifier@example.com", ("zhang@example.com",))
    found = parts(arrived)
    # a mail's lines end with CRLF (RFC 2046, 4.1.1)
    assert found["text/plain"].get_content() == TEXT.replace("\n", "\r\n")
    assert found["text/html"].get_content() == HTML.replace("\n", "\r\n") + "\r\n"
    assert found["image/png"].get_content() == IMAGE
    assert found["image/png"]["Content-ID"] == "<timeline.png>"
    assert found["image/png"].get_content_disposition() == "inline"
    assert found["text/calendar"].get_payload(decode=True) == CALENDAR
    # so its character set is stated
    assert found["text/calendar"].get_content() == CALENDAR.decode()
    assert found["text/calendar"].get_filename() == "deadlines.ics"
    assert found["text/calendar"].get_content_disposition() == "attachment"
    assert [part.get_content_type() for part in arrived.walk() if part.is_multipart()] == [
        "multipart/mixed",
        "multipart/alternative",
        "multipart/related",
    ]
    assert arrived.defects == []


def test_every_byte_of_a_mail_is_ascii_and_every_line_short_so_that_any_server_passes_it_on(
    server: MailServer,
) -> None:
    mail(server.port).send(a_mail(html=HTML, title="报名截止" * 60))
    octets = server.mails[0].octets
    assert octets.isascii()
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998  # RFC 5322, 2.1.1


def test_a_mail_says_when_it_was_written_and_has_a_name_of_its_own(server: MailServer) -> None:
    channel = mail(server.port)
    for _ in range(2):
        channel.send(a_mail())
    first, second = (mail.message for mail in server.mails)
    assert first["Date"].datetime.utcoffset() is not None
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")


@pytest.mark.parametrize("length", range(1, 61, 7))
def test_a_chinese_subject_of_any_length_arrives_intact(server: MailServer, length: int) -> None:
    title = ("【报名截止】还有3小时 – 杭政储出[2024]901号、902号 (R17)：" * 3)[:length] + "终"
    assert mail(server.port).send(a_mail(title=title)) == SENT
    assert server.mails[-1].message["Subject"] == " ".join(title.split())


@given(
    st.text(max_size=80),
    st.sampled_from(["", "\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\x00"]),
)
def test_no_title_makes_a_header_of_its_own(lasting: MailServer, title: str, end: str) -> None:
    hostile = f"{title}{end}Bcc: thief@example.com{end}{end}body"
    assert mail(lasting.port).send(a_mail(title=hostile, text="正文")) == SENT
    sent = lasting.mails.pop()
    assert sent.recipients == ("zhang@example.com",)
    assert set(sent.message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID"),
        *("Auto-Submitted", "X-Auto-Response-Suppress"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert sent.message.get_content().strip() == "正文"


def test_half_a_surrogate_pair_does_not_stop_a_mail(server: MailServer) -> None:
    assert (
        mail(server.port).send(
            a_mail(title="坏\ud800字", text="坏\ud800字", html="<p>坏\ud800字</p>")
        )
        == SENT
    )
    assert server.mails[0].message["Subject"] == "坏?字"


def test_each_recipient_has_the_mail_alone(server: MailServer) -> None:
    channel = mail(server.port, "to={to}")
    for address in ("zhang@example.com", "wang+land@example.com"):
        assert channel.send(a_mail(), address) == SENT
    assert [mail.recipients for mail in server.mails] == [
        ("zhang@example.com",),
        ("wang+land@example.com",),
    ]
    assert [mail.message["To"] for mail in server.mails] == [
        "zhang@example.com",
        "wang+land@example.com",
    ]


def test_an_address_that_is_none_is_refused_for_good_and_nothing_is_sent(
    server: MailServer,
) -> None:
    outcome = mail(server.port, "to={to}").send(a_mail(), "zhang")
    assert outcome.verdict is Verdict.REJECTED
    assert "'zhang' is no address" in outcome.words
    assert server.mails == []


def test_copies_and_the_address_for_answers_are_kept(server: MailServer) -> None:
    rest = "to=zhang@example.com&cc=li@example.com&bcc=boss@example.com&reply=desk@example.com"
    assert mail(server.port, rest).send(a_mail()) == SENT
    (sent,) = server.mails
    assert set(sent.recipients) == {"zhang@example.com", "li@example.com", "boss@example.com"}
    assert sent.message["Cc"] == "li@example.com"
    assert sent.message["Reply-To"] == "desk@example.com"
    assert b"boss@" not in sent.octets


def test_a_channel_told_to_encrypt_with_pgp_is_refused_instead_of_sending_in_the_clear() -> None:
    with pytest.raises(ChannelError, match="PGP"):
        mail(25, "to=zhang@example.com&pgp=encrypt")


# -- signing in and encryption


def signing_in(
    port: int, password: str = PASSWORD, mode: str = "insecure", verify: str = "yes"
) -> Channel:
    who = f"{quote(USER, safe='')}:{quote(password, safe='')}"
    url = f"mailto://{who}@127.0.0.1:{port}?mode={mode}&verify={verify}&from={USER}&to=zhang@example.com"
    return open_channel("mail", url, timeout=10)


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 in one file, signed by nobody else."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "peer.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_mail_is_sent_signed_in_and_encrypted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(tls=tls_of(certificate), auth=True) as server:
        assert signing_in(server.port, mode="starttls").send(a_mail()) == SENT
    assert server.mails[0].encrypted
    assert server.mails[0].signed_in


def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_mail(
    certificate: Path,
) -> None:
    with mail_server(tls=tls_of(certificate), auth=True) as server:
        outcome = signing_in(server.port, mode="starttls").send(a_mail())
        assert outcome.verdict is Verdict.RETRY
        assert "CERTIFICATE_VERIFY_FAILED" in outcome.words
        assert signing_in(server.port, mode="starttls", verify="no").send(a_mail()) == SENT


def test_a_server_that_does_not_encrypt_gets_neither_password_nor_mail() -> None:
    with ScriptedMailServer(
        {"EHLO": "250-mail.example.com\r\n250 AUTH PLAIN LOGIN"}
    ).running() as server:
        outcome = signing_in(server.port, mode="starttls").send(a_mail())
    assert outcome.verdict is Verdict.REJECTED
    assert "STARTTLS" in outcome.words
    assert {line.partition(" ")[0].upper() for line in server.heard} <= {"EHLO", "QUIT", "RSET"}


def test_a_wrong_password_is_refused_for_good() -> None:
    with mail_server(auth=True) as server:
        outcome = signing_in(server.port, password="wrong-Pa55word").send(a_mail())
    assert outcome.verdict is Verdict.REJECTED
    assert outcome.words.startswith("SMTP 535")
    assert server.mails == []


def test_the_fields_sign_in_without_any_escaping() -> None:
    with mail_server(auth=True) as server:
        fields = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "security": "insecure",
            "user": USER,
            "password": PASSWORD,
        }
        fields |= {"user": USER, "password": PASSWORD}
        addresses = {"from": f"土地提醒 <{USER}>", "to": "zhang@example.com；li@example.com"}
        channel = open_channel("mail", service="mail", fields=fields | addresses, timeout=10)
        assert channel.send(a_mail()) == SENT
        assert channel.send(a_mail(), "wang@example.com") == SENT
    assert [mail.recipients for mail in server.mails] == [
        ("zhang@example.com", "li@example.com"),
        ("wang@example.com",),
    ]
    assert server.mails[0].signed_in
    assert server.mails[0].message["From"].addresses[0].display_name == "土地提醒"


def test_an_unsound_address_of_several_is_named_and_the_others_have_the_mail(
    server: MailServer,
) -> None:
    outcome = mail(server.port, "to={to}").send(a_mail(), "zhang@example.com，li")
    assert outcome.verdict is Verdict.SENT
    assert [(refusal.address, refusal.verdict) for refusal in outcome.refusals] == [
        ("li", Verdict.REJECTED)
    ]
    assert server.mails[0].recipients == ("zhang@example.com",)


def test_whom_a_refusal_is_about_is_told_by_the_step_that_it_answers() -> None:
    for where, about in (
        ("CONNECT", About.CHANNEL),
        ("MAIL", About.CHANNEL),
        ("RCPT", About.ADDRESS),
    ):
        with ScriptedMailServer({where: "554 no"}).running() as server:
            outcome = mail(server.port).send(a_mail())
        assert (outcome.verdict, outcome.about) == (Verdict.REJECTED, about), where
    with ScriptedMailServer({"RCPT": "530 5.7.0 authentication required"}).running() as server:
        assert mail(server.port).send(a_mail()).about is About.CHANNEL


def test_a_sign_in_that_fails_for_now_is_tried_again() -> None:
    replies = {
        "EHLO": "250-mail.example.com\r\n250 AUTH PLAIN",
        "AUTH": "454 4.7.0 Temporary authentication failure",
    }
    with ScriptedMailServer(replies).running() as server:
        outcome = signing_in(server.port).send(a_mail())
    assert outcome == Outcome(
        verdict=Verdict.RETRY, words="SMTP 454: 4.7.0 Temporary authentication failure"
    )


def test_a_server_that_quotes_the_sign_in_gives_nothing_away() -> None:
    def quoting(line: str) -> str:
        sent = line.rpartition(" ")[2]
        return f"535 no such user: {sent} is {b64decode(sent).decode()!r}, try {PASSWORD} again"

    with ScriptedMailServer(
        {"EHLO": "250-mail.example.com\r\n250 AUTH PLAIN", "AUTH": quoting}
    ).running() as server:
        outcome = signing_in(server.port).send(a_mail())
    sent = server.heard[1].rpartition(" ")[2]
    assert sent
    assert outcome.verdict is Verdict.REJECTED
    assert PASSWORD not in outcome.words
    assert sent not in outcome.words


# -- refusals and faults


@pytest.mark.parametrize(
    ("refusal", "verdict"),
    [
        ("550 5.1.1 no such user", Verdict.REJECTED),
        ("552 5.2.2 mailbox full", Verdict.REJECTED),
        ("450 4.2.0 greylisted, come back later", Verdict.RETRY),
        ("421 4.7.0 too many connections", Verdict.RETRY),
    ],
)
@pytest.mark.parametrize("where", ["zhang@example.com", "DATA"])
def test_what_a_server_refuses_is_tried_again_or_not_by_its_code(
    where: str, refusal: str, verdict: Verdict
) -> None:
    with mail_server(refusals={where: refusal}) as server:
        outcome = mail(server.port).send(a_mail())
    code, _, words = refusal.partition(" ")
    about = About.MESSAGE if where == "DATA" else About.CHANNEL if code == "421" else About.ADDRESS
    assert outcome == Outcome(verdict=verdict, words=f"SMTP {code}: {words}", about=about)


@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "MAIL"])
def test_a_refusal_at_any_step_is_judged_by_its_code(where: str) -> None:
    for code, verdict in (("451", Verdict.RETRY), ("554", Verdict.REJECTED)):
        replies = {where: f"{code} no", "HELO": f"{code} no"}
        with ScriptedMailServer(replies).running() as server:
            assert mail(server.port).send(a_mail()) == Outcome(
                verdict=verdict, words=f"SMTP {code}: no"
            )


def test_a_mail_that_some_may_not_have_is_not_sent_again_to_those_who_have_it() -> None:
    with mail_server(refusals={"li@example.com": "550 5.1.1 no such user"}) as server:
        outcome = mail(server.port, "to=zhang@example.com,li@example.com").send(a_mail())
    assert server.mails[0].recipients == ("zhang@example.com",)
    words = "SMTP 550: 5.1.1 no such user"
    assert outcome == Outcome(
        verdict=Verdict.SENT,
        refusals=(Refusal(address="li@example.com", verdict=Verdict.REJECTED, words=words),),
    )


def test_of_several_addresses_the_one_refused_for_now_is_named_and_tried_again_alone() -> None:
    with mail_server(refusals={"li@example.com": "451 4.7.1 greylisted"}) as server:
        channel = mail(server.port, "to=zhang@example.com,li@example.com&cc=boss@example.com")
        (refusal,) = channel.send(a_mail()).refusals
        assert (refusal.address, refusal.verdict) == ("li@example.com", Verdict.RETRY)
        server.refusals = {}
        assert channel.send(a_mail(), refusal.address) == SENT
    assert [mail.recipients for mail in server.mails] == [
        ("zhang@example.com", "boss@example.com"),
        ("li@example.com",),
    ]


def test_an_answering_machine_is_asked_not_to_answer(server: MailServer) -> None:
    assert mail(server.port).send(a_mail()) == SENT
    assert server.mails[0].message["Auto-Submitted"] == "auto-generated"
    assert server.mails[0].message["X-Auto-Response-Suppress"] == "All"


def test_a_mail_that_nobody_has_is_tried_again_as_long_as_one_may_take_it() -> None:
    refusals = {"zhang@example.com": "550 no such user", "li@example.com": "450 greylisted"}
    with mail_server(refusals=refusals) as server:
        outcome = mail(server.port, "to=zhang@example.com,li@example.com").send(a_mail())
    assert outcome == Outcome(
        verdict=Verdict.RETRY, words="SMTP 450: greylisted", about=About.ADDRESS
    )


@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "MAIL", "RCPT"])
def test_a_line_that_breaks_before_the_mail_left_carried_nothing(where: str) -> None:
    replies = {where: HANG_UP, "HELO": HANG_UP}
    with ScriptedMailServer(replies).running() as server:
        assert mail(server.port).send(a_mail()).verdict is Verdict.RETRY
    assert server.taken == 0


@pytest.mark.parametrize("fault", [HANG_UP, SILENCE, DRIP])
def test_a_line_that_breaks_after_the_mail_left_leaves_open_what_became_of_it(fault: str) -> None:
    with ScriptedMailServer({".": fault}).running() as server:
        # on a busy machine the mail itself may take a good part of the time
        assert mail(server.port, timeout=1.5).send(a_mail()).verdict is Verdict.UNKNOWN
    assert server.taken == 1


@pytest.mark.parametrize("farewell", ["500 what?", "421 leaving", HANG_UP, SILENCE, DRIP])
def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye(farewell: str) -> None:
    with ScriptedMailServer({"QUIT": farewell}).running() as server:
        assert mail(server.port, timeout=1.5).send(a_mail()) == SENT
    assert server.taken == 1


@pytest.mark.parametrize("fault", [SILENCE, DRIP])
@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "RCPT"])
def test_a_server_that_does_not_come_to_the_point_is_left_when_the_time_is_up(
    where: str, fault: str
) -> None:
    with ScriptedMailServer({where: fault}).running() as server:
        assert mail(server.port, timeout=0.4).send(a_mail()).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "nonsense", ["HTTP/1.1 400 Bad Request", "\x00\x01\x02", "999999 x", "-", "x" * 9_000]
)
def test_a_server_that_speaks_something_else_carried_nothing(nonsense: str) -> None:
    with ScriptedMailServer({"CONNECT": nonsense}).running() as server:
        outcome = mail(server.port).send(a_mail())
    assert outcome.verdict in (Verdict.RETRY, Verdict.REJECTED)
    assert len(outcome.words) <= 300


def test_an_encrypted_line_to_a_server_that_does_not_encrypt_carried_nothing(
    server: MailServer,
) -> None:
    channel = mail(server.port, "mode=ssl&to=zhang@example.com", scheme="mailtos", timeout=5)
    assert channel.send(a_mail()).verdict is Verdict.RETRY
    assert server.mails == []


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        outcome = mail(unheard.getsockname()[1]).send(a_mail())
    assert outcome.verdict is Verdict.RETRY
    assert "refused" in outcome.words
