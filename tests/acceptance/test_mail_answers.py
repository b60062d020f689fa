"""The real daemon: an urgent reminder by mail is answered by a reply, once, over a kill."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from notifier.domain.answer_links import short_key
from notifier.ledger import open_ledger
from notifier.service.answer_desk import answer_key
from tests.answered import (
    LONG,
    answerers,
    answers,
    assert_none_answered_again,
    done_links,
    escalations,
    put_parcels,
)
from tests.daemon import Daemon, daemon, started
from tests.peers.imap import PASSWORD, USER, ImapServer, imap_server
from tests.peers.smtp import MailServer, mail_server

_ZHANG = "zhangsan@example.com"


def _reply(message_id: str) -> bytes:
    reply = EmailMessage(policy.default.clone(max_line_length=998))
    reply["From"] = _ZHANG
    reply["In-Reply-To"] = message_id
    reply.set_content("已办\n\n> 原邮件\n")
    return reply.as_bytes()


def _reminder(out: MailServer) -> EmailMessage:
    return next(mail.message for mail in out.mails if "nr-" in str(mail.message["Message-ID"]))


def _config(folder: Path, out: MailServer, box: ImapServer) -> Path:
    account = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
    config = folder / "config.toml"
    config.write_text(
        f'group_wait = "0s"\n[channels.mail]\ntype = "mail"\nhost = "127.0.0.1"\n'
        f'port = {out.port}\nsecurity = "insecure"\nfrom = "n@example.com"\nto = "{{to}}"\n'
        f'[[recipients]]\nname = "张三"\nchannels = ["mail:{_ZHANG}"]\n'
        'kinds = ["reminder"]\n'
        'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }]\n'
        'escalate_to = "李总"\nescalate_after = "1h"\n'
        '[[recipients]]\nname = "李总"\nchannels = ["mail:li@example.com"]\n'
        'kinds = ["escalation"]\n'
        f'[mail_in]\nurl = "imap://{account}@127.0.0.1:{box.port}/{quote("公告")}"\n'
        f'senders = ["{_ZHANG}"]\nanswer = "mail"\nreply_to = "{USER}"\nevery = "10s"\n',
        encoding="utf-8",
    )
    config.chmod(0o600)
    return config


def test_an_urgent_reminder_is_answered_by_a_reply_once_over_a_kill(tmp_path: Path) -> None:
    with mail_server() as out, imap_server() as box:
        config = _config(tmp_path, out, box)
        with daemon(config) as first:
            close = datetime.now(UTC) + timedelta(hours=3, seconds=10)
            put_parcels(tmp_path, ["测1号"], close)
            first.wait_for("on mail, attempt 1: sent", timeout=LONG)
            reminder = _reminder(out)
            assert first.stop() == 0
        assert escalations(tmp_path) == 1
        kept = box.add(_reply(str(reminder["Message-ID"])))
        box.breaks_before = "STORE"
        with started(Daemon(config)) as second:
            box.on_break = second.process.kill
            second.wait(LONG)
        assert not kept.seen
        with open_ledger(tmp_path / "notifier.db") as ledger:
            (line,) = ledger.board.lines()
        ((before),) = line.answers.values()
        assert before.by == "张三"
        with daemon(config) as third:
            third.wait_for("on mail, attempt 1: sent", timeout=LONG)
            assert third.stop() == 0
        assert box.messages[0].seen
        with open_ledger(tmp_path / "notifier.db") as ledger:
            (line,) = ledger.board.lines()
        assert list(line.answers.values()) == [before]
        assert escalations(tmp_path) == 0
    receipts = [mail.message for mail in out.mails if "回复" in str(mail.message["Subject"])]
    assert len(receipts) == 1


def _keys(folder: Path) -> list[str]:
    """The ids of mails that remind of each parcel of the ledger, in their order."""
    secret = answer_key(folder)
    keys = (short_key(secret, link) for link in done_links(folder, "张三"))
    return [f"<nr-{key}@example.com>" for key in keys]


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_reply_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)
    with mail_server() as out, imap_server() as box:
        config = _config(tmp_path, out, box)
        with daemon(config) as first:
            numbers = [f"测{number}号" for number in range(50)]
            put_parcels(tmp_path, numbers, datetime.now(UTC) + timedelta(days=9))
            first.wait_for("50 parcels new", timeout=LONG)
            assert first.stop() == 0
        before = answers(tmp_path)
        for message_id in _keys(tmp_path):
            box.add(_reply(message_id))
            with started(Daemon(config)) as running:
                running.wait_for("ready: ledger", timeout=LONG)
                threading.Timer(chance.uniform(0, 0.2), running.process.kill).start()
                running.wait(LONG)
            found = answers(tmp_path)
            assert_none_answered_again(before, found)
            before = found
        unseen = sum(not kept.seen for kept in box.messages)
        with daemon(config) as last:
            if unseen:
                last.wait_for("张三 answered by mail", times=unseen, timeout=LONG)
            assert last.stop() == 0
    found = answers(tmp_path)
    assert answerers(tmp_path) == [["张三"]] * 50
    assert len(found) == 50
    assert_none_answered_again(before, found)
