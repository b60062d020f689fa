"""Reminders by mail, answered by a reply: whose it is, what it says, once; nothing else acts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier import app
from notifier.config import load_settings
from notifier.domain.answer_links import Deed
from notifier.domain.reply_words import deed_of
from notifier.domain.values import MilestoneName
from notifier.errors import ConfigError
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.peers.imap import PASSWORD, USER, ImapServer, Kept, imap_server
from tests.peers.smtp import MailServer, mail_server
from tests.services import World

_ZHANG, _LI = "zhangsan@example.com", "lisi@example.com"
_RULES = 'rules = [{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }]'


class MailWorld:
    """A service that sends by a real mail server and looks into a real folder."""

    def __init__(self, folder: Path, out: MailServer, box: ImapServer) -> None:
        account = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        text = (
            f'[channels.mail]\ntype = "mail"\nhost = "127.0.0.1"\nport = {out.port}\n'
            'security = "insecure"\nfrom = "n@example.com"\nto = "{to}"\n'
            f'[[recipients]]\nname = "张三"\nchannels = ["mail:{_ZHANG}"]\n{_RULES}\n'
            f'[[recipients]]\nname = "李四"\nchannels = ["mail:{_LI}"]\nkinds = ["escalation"]\n'
            f'[mail_in]\nurl = "imap://{account}@127.0.0.1:{box.port}/{quote("公告")}"\n'
            f'senders = ["{_ZHANG}"]\nanswer = "mail"\nreply_to = "{USER}"\n'
        )
        self.out, self.box = out, box
        self.world = World(folder, text, shanghai_time("2024-11-13 09:00"))
        self.world.channels["mail"] = app.open_channels(self.world.settings)["mail"]  # type: ignore[assignment]
        self.build()
        close = {"registration_close": "2024-11-14 17:00"}
        self.world.save(a_notice(parcels=(a_parcel(milestones=close),)))
        self.world.clock.set(shanghai_time("2024-11-13 09:02"))
        self.world.work()  # the news
        self.world.clock.set(shanghai_time("2024-11-13 17:00"))
        self.world.work()
        self.reminder = out.mails[-1].message

    def build(self) -> None:
        self.world.service = app.build(
            self.world.settings,
            self.world.ledger,
            self.world.clock,
            channels=self.world.channels,
            links=app.answer_links(self.world.settings),
        )

    def look(self) -> None:
        self.world.service.mail_in.step(self.world.clock.now())
        self.world.work()

    def reply(self, text: str, sender: str = _ZHANG, **headers: str) -> Kept:
        """Somebody replies to the reminder; the folder is looked into."""
        mail = EmailMessage(policy.default.clone(max_line_length=998))  # as mail programs write it
        mail["From"] = sender
        mail["To"] = str(self.reminder["Reply-To"])
        mail["Subject"] = f"回复：{self.reminder['Subject']}"
        mail["In-Reply-To"] = str(self.reminder["Message-ID"])
        for header, value in headers.items():
            del mail[header.replace("_", "-")]
            mail[header.replace("_", "-")] = value
        mail.set_content(text)
        kept = self.box.add(mail.as_bytes())
        self.look()
        return kept

    def answers(self) -> list[tuple[str, str]]:
        (line,) = self.world.ledger.board.lines()
        return [(name, answer.by) for name, answer in line.answers.items()]

    def last_mail(self) -> str:
        message = self.out.mails[-1].message
        body = message.get_body(("plain",))
        assert body is not None
        return f"{message['To']} {message['Subject']} {body.get_content()}"

    def files(self) -> list[str]:
        inbox = self.world.settings.inbox
        return [file.name for file in inbox.rglob("*") if file.is_file()]


@pytest.fixture(name="mail")
def _mail(tmp_path: Path) -> Iterator[MailWorld]:
    with mail_server() as out, imap_server() as box:
        yield MailWorld(tmp_path, out, box)


def test_a_reply_is_done_and_answered_and_is_no_file(mail: MailWorld) -> None:
    assert mail.reminder["Reply-To"] == USER
    kept = mail.reply("已办，材料已交\n\n> 不参与\n")
    assert mail.answers() == [("registration_close", "张三")]
    assert kept.seen
    assert _ZHANG in mail.last_mail()
    assert "✔ 张三 已办 11-13 17:00" in mail.last_mail()
    assert mail.files() == []


def test_a_second_reply_does_nothing_and_says_who_was_first(mail: MailWorld) -> None:
    mail.reply("done")
    mail.world.clock.move(timedelta(minutes=3))
    mail.reply("skip")
    assert mail.answers() == [("registration_close", "张三")]
    assert "此前已答复：✔ 张三 已办 11-13 17:00" in mail.last_mail()


def test_the_mail_that_a_button_writes_answers_too(mail: MailWorld) -> None:
    body = mail.reminder.get_body(("html",))
    assert body is not None
    links = re.findall(
        r'href="mailto:([^"?]+)\?subject=([^"&]+)&amp;body=([^"]+)"', body.get_content()
    )
    assert [unquote(text) for _, _, text in links] == ["已办", "不参与", "处理中", "1小时后再提醒"]
    address, subject, text = (unquote(part) for part in links[1])
    assert address == USER
    mail.reply(f"{text}\n", Subject=subject, In_Reply_To="<other@example.com>")
    assert mail.answers() == [("*", "张三")]


def test_a_deadline_that_was_moved_is_said_and_nothing_happens(mail: MailWorld) -> None:
    (offer,) = mail.world.ledger.parcels.all()
    name = MilestoneName.REGISTRATION_CLOSE
    now = mail.world.clock.now()
    mail.world.ledger.parcels.set_time(offer, name, None, by="x", why="", now=now)
    mail.reply("已办")
    assert mail.answers() == []
    assert "截止时间已变更，未作处理" in mail.last_mail()


def test_anothers_reply_does_nothing_and_is_told_so(mail: MailWorld) -> None:
    kept = mail.reply("已办", sender=_LI)
    assert mail.answers() == []
    assert kept.seen
    assert _LI in mail.last_mail()
    assert "不是给您的" in mail.last_mail()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"Authentication_Results": "mx; dmarc=fail"},
        {"From": "somebody@elsewhere.example"},
        {"In_Reply_To": "<nr-" + "A" * 54 + "@example.com>"},
        {"In_Reply_To": "<none@example.com>"},
    ],
)
def test_machines_strangers_and_mails_without_a_key_of_ours_do_nothing(
    mail: MailWorld, headers: dict[str, str]
) -> None:
    count = len(mail.out.mails)
    mail.reply("已办", **headers)
    assert mail.answers() == []
    assert not any("✔" in mail.last_mail() for _ in mail.out.mails[count:])


def test_a_reply_that_says_nothing_of_it_is_a_file_like_any_other(mail: MailWorld) -> None:
    mail.reply("请看附件的新公告\n已办\n")
    assert mail.answers() == []
    assert len(mail.files()) == 1


def test_what_is_kept_of_a_mail_cannot_answer_it(mail: MailWorld) -> None:
    kept = [line.text for line in mail.world.ledger.views.history()]
    assert any("nr-…" in text for text in kept)
    assert not any(re.search(r"nr-[A-Za-z0-9_-]{20}", text) for text in kept)


def test_answers_by_mail_need_a_way_to_answer_them(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[channels.console]\nurl = "console://"\n[mail_in]\nurl = "imap://a:b@example.com/x"\n'
        f'senders = ["{_ZHANG}"]\nreply_to = "{USER}"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"mail_in\.answer: is missing"):
        load_settings(config)


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("已办", Deed.DONE),
        ("  完成。谢谢", Deed.DONE),
        ("DONE - thanks", Deed.DONE),
        ("不参加", Deed.SKIP),
        ("Skip", Deed.SKIP),
        ("完成不了", None),
        ("已办一半", None),
        ("已办？", None),
        ("done?", None),
        ("不参加说明会", None),
        ("skipping", None),
        ("> 已办", None),
        ("", None),
    ],
)
def test_the_first_line_begins_with_the_word_itself(line: str, deed: Deed | None) -> None:
    assert deed_of(["", line, "已办"]) is (deed if line else Deed.DONE)


@given(lines=st.lists(st.text(max_size=40), max_size=4))
@example(lines=["已办" * 100_000])
def test_whatever_stands_there_is_read_without_a_crash(lines: list[str]) -> None:
    found = deed_of(lines)
    first = next((line.strip() for line in lines if line.strip()), "")
    assert found is None or first


def _random_mail(chance: random.Random, mail: MailWorld) -> bytes:
    """A mail as nobody should write it, perhaps with pieces of a real one, never with its key."""
    heads = ["From", "Subject", "In-Reply-To", "References", "Content-Type", "Auto-Submitted"]
    pieces = [
        _ZHANG, "已办", "done", "nr-" + "A" * 54, f"<nr-{'b' * 54}@x>",
        "text/html; charset=klingon",
        "multipart/mixed; boundary=x", "=?utf-8?b?5bey5Yqe?=", "<", "\x00", "é", "--x", "no",
        str(mail.reminder["Message-ID"])[5:], str(mail.reminder["Message-ID"])[:-30] + "@x>",
    ]  # fmt: skip
    lines = [
        f"{chance.choice(heads)}: {' '.join(chance.choices(pieces, k=chance.randint(0, 3)))}"
        for _ in range(chance.randint(0, 8))
    ]
    lines += ["", *chance.choices([*pieces, ""], k=chance.randint(0, 5))]
    return "\r\n".join(lines).encode("utf-8", "replace") + chance.randbytes(chance.randint(0, 9))


def _assert_random_mails_do_nothing(mail: MailWorld, count: int) -> None:
    chance = random.Random(17)
    for _ in range(count // 100):
        mail.box.messages.clear()
        for _ in range(100):
            mail.box.add(_random_mail(chance, mail))
        mail.world.service.mail_in.step(mail.world.clock.now())
    assert mail.answers() == []
    assert mail.world.service.mail_in.step(mail.world.clock.now()).after < timedelta(minutes=5)


def test_random_mails_do_nothing(mail: MailWorld) -> None:
    _assert_random_mails_do_nothing(mail, 100)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_ten_thousand_random_mails_do_nothing(mail: MailWorld) -> None:
    _assert_random_mails_do_nothing(mail, 10_000)
