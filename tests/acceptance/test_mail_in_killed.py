"""A daemon that is killed between taking a mailed file in and marking the message takes it once."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from notifier.domain.receipts import Way
from notifier.ledger import open_ledger
from tests.daemon import Daemon, daemon, started
from tests.peers.imap import PASSWORD, USER, ImapServer, imap_server

_ROWS = "公告编号,地块编号,报名截止时间\n测地1号,测地1号,2099-11-30 17:00\n"


def _unread(server: ImapServer) -> int:
    return len([kept for kept in server.messages if not kept.seen])


@pytest.mark.parametrize("command", ["FETCH", "STORE"])
def test_a_mailed_file_is_taken_once_over_a_kill(tmp_path: Path, command: str) -> None:
    message = EmailMessage()
    message["From"] = "zhangsan@example.com"
    message["Subject"] = "杭州新公告"
    message.set_content("请看附件。\n")
    message.add_attachment(_ROWS.encode(), maintype="text", subtype="csv", filename="公告.csv")
    with imap_server() as server:
        server.add(message.as_bytes())
        account = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        url = f"imap://{account}@127.0.0.1:{server.port}/{quote('公告')}"
        config = tmp_path / "config.toml"
        config.write_text(
            '[channels.console]\nurl = "console://"\n'
            '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
            f'[mail_in]\nurl = "{url}"\nsenders = ["zhangsan@example.com"]\nevery = "10s"\n',
            encoding="utf-8",
        )
        config.chmod(0o600)
        server.breaks_before = command
        with started(Daemon(config)) as first:
            server.on_break = first.process.kill
            first.wait()
        assert _unread(server) == 1
        with daemon(config) as second:
            second.wait_for("read, 1 parcels new")
        assert _unread(server) == 0
    files = [file for file in (tmp_path / "inbox").rglob("*") if file.is_file()]
    assert [file.name for file in files] == ["杭州新公告.eml"]
    with open_ledger(tmp_path / "notifier.db") as ledger:
        receipts = [receipt for receipt in ledger.receipts.latest() if receipt.way is Way.MAIL]
        assert [receipt.contents.new for receipt in receipts] == [("测地1号",)]
        assert ledger.receipts.waited_for() == []
