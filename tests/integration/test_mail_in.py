"""Files by mail: taken once, answered with their receipt, and nobody else's message is touched."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from notifier.domain.receipts import Reception, Way
from notifier.errors import ChannelError, LedgerError
from notifier.testing import shanghai_time
from tests.peers.imap import PASSWORD, USER, ImapServer, imap_server
from tests.services import CONSOLE, RULES, TEAM, World

_ROWS = "公告编号,地块编号,报名截止时间\n测地1号,测地1号,2024-11-30 17:00\n"
_CLERK = "zhangsan@example.com"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with imap_server() as folder:
        yield folder


@pytest.fixture
def world(server: ImapServer, tmp_path: Path) -> Iterator[World]:
    account = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
    url = f"imap://{account}@127.0.0.1:{server.port}/{quote('公告')}"
    mail = '[channels.mail]\nurl = "mailtos://u:planted-secret@example.com?to={to}"\n'
    mail_in = (
        f'[mail_in]\nurl = "{url}"\nsenders = ["{_CLERK}", "@land.example.com"]\nanswer = "mail"\n'
    )
    made = World(
        tmp_path, CONSOLE + mail + TEAM + RULES + mail_in, shanghai_time("2024-11-01 10:00")
    )
    yield made
    made.ledger.close()


def _mail(
    sender: str = f"张三 <{_CLERK}>", *, name: str = "公告.csv", text: str = _ROWS, **headers: str
) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = USER
    message["Subject"] = "杭州新公告"
    for header, value in headers.items():
        message[header.replace("_", "-")] = value
    message.set_content("请看附件。\n")
    message.add_attachment(text.encode(), maintype="text", subtype="csv", filename=name)
    return message.as_bytes()


def _step(world: World) -> None:
    world.service.mail_in.step(world.clock.now())


def _files(world: World) -> list[str]:
    return sorted(file.name for file in world.settings.inbox.rglob("*") if file.is_file())


def test_what_a_clerk_mails_is_read_and_the_receipt_is_the_answer(
    server: ImapServer, world: World
) -> None:
    message = server.add(_mail())
    _step(world)
    assert message.seen
    world.read_deposits()
    _step(world)
    _step(world)
    world.work()
    assert [offer.parcel.parcel_no for offer in world.ledger.parcels.all()] == ["测地1号"]
    ((answer, address),) = world.channels["mail"].accepted
    assert address == _CLERK
    assert answer.title == "回执：杭州新公告"
    assert "新增1宗：测地1号" in answer.text


def test_a_message_is_marked_only_when_its_file_is_in_and_taken_once_whatever_breaks(
    server: ImapServer, world: World
) -> None:
    message = server.add(_mail())
    for command in ("FETCH", "STORE"):
        server.breaks_before = command
        assert world.settings.mail_in is not None
        with pytest.raises(ChannelError):
            world.service.mail_in.look(world.settings.mail_in, world.clock.now())
        assert not message.seen
        world.restart()
    assert _files(world) == ["杭州新公告.eml"]
    world.read_deposits()
    _step(world)
    assert message.seen
    receipts = [receipt for receipt in world.ledger.receipts.latest() if receipt.way is Way.MAIL]
    assert [receipt.reception for receipt in receipts] == [Reception.READ]
    assert world.ledger.receipts.waited_for() == []


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("somebody@elsewhere.example", {}),
        (f'"{_CLERK}" <evil@elsewhere.example>', {}),
        (_CLERK, {"Auto_Submitted": "auto-replied"}),
        (_CLERK, {"Precedence": "bulk"}),
        (_CLERK, {"Return_Path": "<>"}),
        (_CLERK, {"Authentication_Results": "mx; dmarc=fail (p=none) header.from=example.com"}),
    ],
)
def test_strangers_and_machines_are_left_alone_and_not_answered(
    server: ImapServer, world: World, sender: str, headers: dict[str, str]
) -> None:
    message = server.add(_mail(sender, **headers))
    _step(world)
    assert not message.seen
    assert _files(world) == []
    world.work()
    assert world.channels["mail"].sent == []


def test_a_whole_domain_may_send_and_a_name_in_the_subject_is_no_path(
    server: ImapServer, world: World
) -> None:
    server.add(
        _mail("li@land.example.com")
        .replace(b"Subject: ", b"X-Old: ")
        .replace(b"To: ", b"Subject: ../../x\nTo: ")
    )
    _step(world)
    assert _files(world) == [".._.._x.eml".lstrip("._")]


def test_a_message_that_is_too_large_is_answered_with_why(
    server: ImapServer, world: World, tmp_path: Path
) -> None:
    config = (tmp_path / "config.toml").read_text("utf-8") + "[limits]\nfile_bytes = 2000\n"
    message = server.add(_mail(text="x" * 5000))
    world.restart(config)
    _step(world)
    _step(world)
    world.work()
    assert message.seen
    ((answer, _),) = world.channels["mail"].accepted
    assert "超过 2000 字节" in answer.text


def test_a_server_that_cannot_be_opened_is_told_of_without_its_password(
    server: ImapServer, world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    wrong = (
        (tmp_path / "config.toml")
        .read_text("utf-8")
        .replace(quote(PASSWORD, safe=""), "wrong-Pa55word")
    )
    world.restart(wrong + '[operators]\nchannels = ["console"]\n')
    for _ in range(5):
        _step(world)
    world.work()
    (alert,) = [text for text in world.said() if "邮箱" in text]
    assert "不接受用户名、密码或文件夹" in alert
    assert "Pa55word" not in alert + caplog.text


def test_a_failing_server_is_told_of_though_the_ledger_fails_when_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (tmp_path / "config.toml").read_text("utf-8")
    wrong = text.replace(quote(PASSWORD, safe=""), "wrong")
    world.restart(wrong + '[operators]\nchannels = ["console"]\n')
    for _ in range(2):
        _step(world)
    with monkeypatch.context() as broken:
        broken.setattr(world.ledger.bulletins, "post", _refuse)
        with pytest.raises(LedgerError):
            _step(world)
    for _ in range(5):
        _step(world)
    world.work()
    assert len([text for text in world.said() if "邮箱" in text]) == 1


def _refuse(*_: object, **__: object) -> None:
    raise LedgerError("the disk is full")


def test_a_message_stays_unread_while_the_inbox_cannot_be_written(
    server: ImapServer, world: World
) -> None:
    server.add(_mail())
    world.settings.inbox.mkdir(exist_ok=True)
    blocker = world.settings.inbox / "mail"
    blocker.write_text("in the way", "utf-8")
    _step(world)
    assert [kept.seen for kept in server.messages] == [False]
    blocker.unlink()
    _step(world)
    assert [kept.seen for kept in server.messages] == [True]
    assert _files(world) == ["杭州新公告.eml"]


@pytest.mark.parametrize("sender", ["a: <", "(", '"', "=?utf-8?b?5bey5Yqe?= <", "<@", ":;", "a:@"])
def test_a_head_that_no_parser_reads_keeps_nothing_else_from_being_taken(
    server: ImapServer, world: World, sender: str
) -> None:
    broken = server.add(f"From: {sender}\r\nReturn-Path: {sender}\r\n\r\nx".encode())
    sound = server.add(_mail())
    _step(world)
    assert (broken.seen, sound.seen) == (False, True)
