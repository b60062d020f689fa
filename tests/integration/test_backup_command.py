"""`notifier backup FILE` never overwrites anything, least of all the ledger that a daemon is
using."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.times import SHANGHAI
from notifier.errors import BackupRefused
from notifier.ledger import open_ledger
from notifier.testing import shanghai_time


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "ledger" / "notifier.db"
    open_ledger(path).close()
    return path


def backup(db: Path, target: Path | str) -> int:
    return main(["--db", str(db), "backup", str(target)])


def test_a_copy_is_written_whole_and_nothing_is_left_beside_it(db: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("mine", "utf-8")
    assert backup(db, tmp_path / "copy.db") == 0
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "copy.db.part").read_text("utf-8") == "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.db", "copy.db.part", "ledger"]


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal", ".lock"])
def test_the_ledgers_own_files_are_refused_also_where_they_are_not_there(
    db: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = db.with_name(db.name + ending)
    before = sorted(db.parent.iterdir()), db.stat().st_ino
    assert backup(db, target) == 2
    assert (sorted(db.parent.iterdir()), db.stat().st_ino) == before
    error = capsys.readouterr().err
    assert str(target) in error
    assert "of the ledger in use" in error
    assert "name another file" in error


def test_the_ledger_is_refused_under_every_name_that_leads_to_it(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(db.parent)
    (tmp_path / "link.db").symlink_to(db)
    (tmp_path / "folder").symlink_to(db.parent)
    os.link(db, tmp_path / "hard.db")
    (tmp_path / "dangling.db").symlink_to(tmp_path / "nowhere.db")
    inode = db.stat().st_ino
    for target in (
        "link.db",
        "folder/notifier.db",
        "folder/notifier.db-wal",
        "hard.db",
        "dangling.db",
        "folder",
    ):
        assert backup(db, tmp_path / target) == 2, target
    assert backup(db, "notifier.db") == 2
    assert backup(db, "../ledger/notifier.db") == 2
    assert backup(tmp_path / "link.db", tmp_path / "folder" / "notifier.db") == 2
    assert backup(tmp_path / "link.db", tmp_path / "link.db-wal") == 2
    assert db.stat().st_ino == inode
    assert not (tmp_path / "nowhere.db").exists()


def test_a_file_that_is_there_stays_as_it_is(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "copy.db").write_text("mine", "utf-8")
    assert backup(db, tmp_path / "copy.db") == 2
    assert (tmp_path / "copy.db").read_text("utf-8") == "mine"
    assert capsys.readouterr().err == (
        f"{tmp_path / 'copy.db'}: there is a file already: name another, or move that one "
        "away first\n"
    )


def test_the_ledgers_own_verb_refuses_too(db: Path) -> None:
    ledger = open_ledger(db)
    with pytest.raises(BackupRefused):
        ledger.upkeep.copy_to(db, shanghai_time("2024-11-14 14:00").astimezone(SHANGHAI))
    ledger.close()


def test_a_folder_that_is_not_there_is_named(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup(db, tmp_path / "no" / "copy.db") == 1
    assert "could not be written" in capsys.readouterr().err
