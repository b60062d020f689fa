"""The real daemon and its inbox: files that harm their reader, and an inbox that is not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.bombs import far_cell, slow_text
from tests.daemon import command, daemon, write_rows

_CONFIG = """
[channels.ops]
url = "console://"
[operators]
channels = ["ops"]
[channels.team]
url = "console://"
[[recipients]]
name = "team"
channels = ["team"]
[limits]
seconds = 1
"""
_HEADINGS = ("公告编号", "地块编号", "报名截止时间")


def _config(folder: Path, inbox: str = "inbox") -> Path:
    config = folder / "config.toml"
    config.write_text(f'group_wait = "0s"\ninbox = "{inbox}"\n{_CONFIG}', encoding="utf-8")
    config.chmod(0o600)
    return config


def _drop(inbox: Path, number: str) -> None:
    write_rows(inbox / f"{number}.csv", _HEADINGS, [("测告1号", number, "2099-12-30 17:00")])


def _told_of(folder: Path, file: str) -> int:
    """How many alerts name the file."""
    with closing(sqlite3.connect(folder / "notifier.db")) as conn:
        query = "SELECT count(*) FROM messages WHERE kind = 'alert' AND body LIKE ?"
        return int(conn.execute(query, (f"%{file}%",)).fetchone()[0])


def test_files_that_harm_their_reader_are_told_once_and_neither_end_nor_hold_up_the_daemon(
    tmp_path: Path,
) -> None:
    config, inbox = _config(tmp_path), tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "slow.txt").write_bytes(slow_text(20_000))
    (inbox / "deep.json").write_bytes(b"[" * 500_000 + b"]" * 500_000)
    (inbox / "stray.xlsx").write_bytes(far_cell("XFD1048576"))
    with daemon(config) as running:
        _drop(inbox, "测地1号")
        running.wait_for("测地1号.csv: read")
        running.wait_for("stray.xlsx: read")
        running.wait_for("slow.txt: it takes more than 1 seconds")
        running.wait_for("deep.json: ")
        running.wait_for("未读入")
        assert running.process.poll() is None
        running.stop()
    with daemon(config) as running:
        _drop(inbox, "测地2号")
        running.wait_for("测地2号.csv: read")
        assert not [line for line in running.lines if "slow.txt" in line]
        running.stop()
    assert _told_of(tmp_path, "slow.txt") == 1


def test_a_daemon_whose_inbox_cannot_be_made_says_so_and_sends_what_is_planned(
    tmp_path: Path,
) -> None:
    config = _config(tmp_path, "taken/inbox")
    (tmp_path / "taken").write_text("a file stands where the folder should be", encoding="utf-8")
    _drop(tmp_path, "测地1号")
    assert command(config, "import", str(tmp_path / "测地1号.csv")).returncode == 0
    with daemon(config) as running:
        running.wait_for("Not a directory")
        running.wait_for("测地1号")
        assert running.stop() == 0
    assert not [line for line in running.lines if "Traceback" in line]


def test_an_inbox_that_goes_away_is_one_line_and_one_when_it_is_back(tmp_path: Path) -> None:
    config, inbox = _config(tmp_path), tmp_path / "inbox"
    inbox.mkdir()
    with daemon(config) as running:
        inbox.rename(tmp_path / "away")
        running.wait_for("No such file or directory")
        _drop(tmp_path / "away", "测地1号")
        (tmp_path / "away").rename(inbox)
        running.wait_for("it can be read again")
        running.wait_for("测地1号.csv: read")
        running.stop()
    assert len([line for line in running.lines if "ERROR   inbox " in line]) == 1
