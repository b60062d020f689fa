"""The watched folder: what is looked at, what is left alone, what waits, what is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notifier.intake.content import End, end_of
from notifier.intake.inbox import Inbox
from notifier.intake.limits import Limits

_ROWS = "公告编号,地块编号,报名截止时间\n测告1号,测地1号,2031年12月30日17:00\n"


class _Elapsed:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _seen(inbox: Inbox) -> dict[str, str]:
    """What two looks see: name -> trouble."""
    inbox.look()
    return {seen.name: seen.trouble for seen in inbox.look()}


def _read(inbox: Inbox, name: str) -> bytes | None:
    inbox.look()
    (seen,) = (seen for seen in inbox.look() if seen.name == name)
    return inbox.bytes_of(seen, Limits())


@pytest.mark.parametrize(
    "name",
    [
        "a.csv.part", "a.csv.filepart", "a.csv.crdownload", "a.CSV.TMP", "~$a.xlsx", "~WRL0001.tmp",
        ".~a.xlsx",
        "Thumbs.db", "desktop.ini", "Desktop.INI", ".DS_Store", "._a.csv", "a.xlsx~",
        "未确认 123.crdownload",
        "公告.pdf.downloading", "公告.docx.xltd", ".a.csv.swp",
    ],
)  # fmt: skip
def test_what_copying_programs_and_file_managers_leave_alarms_nobody(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("x", encoding="utf-8")
    assert _seen(Inbox(folder=tmp_path)) == {}


@pytest.mark.parametrize(
    "folder", ["@eaDir", "公告_files", "公告.files", ".stversions", "#recycle", "$RECYCLE.BIN"]
)
def test_folders_that_are_not_peoples_are_not_looked_into(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.csv").write_text(_ROWS, encoding="utf-8")
    assert _seen(Inbox(folder=tmp_path)) == {}


@pytest.mark.parametrize(
    "name",
    [
        "a.sync-conflict-20261125-101112-ABCDEFG.csv", "a(冲突副本-张三-2026-11-25).csv",
        "a (conflicted copy 2026-11-25).csv", "a (张三's conflicted copy 2026-11-25).csv",
        "a (张三 的冲突副本 2026-11-25).csv", "a (SFConflict zhang@x.cn 2026-11-25).csv",
        "a_conflict copy.csv",
    ],
)  # fmt: skip
def test_one_of_two_versions_is_named_and_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(_ROWS, encoding="utf-8")
    assert "two versions" in _seen(Inbox(folder=tmp_path))[name]


def test_files_of_folders_in_the_inbox_are_seen_with_their_folders(tmp_path: Path) -> None:
    (tmp_path / "宁波" / "2026").mkdir(parents=True)
    (tmp_path / "宁波" / "2026" / "a.csv").write_text(_ROWS, encoding="utf-8")
    (tmp_path / "a.csv").write_text(_ROWS, encoding="utf-8")
    inbox = Inbox(folder=tmp_path)
    assert _seen(inbox) == {"a.csv": "", "宁波/2026/a.csv": ""}
    assert _read(inbox, "宁波/2026/a.csv") == _ROWS.encode()


def test_nothing_is_read_through_a_link(tmp_path: Path) -> None:
    outside, inbox = tmp_path / "outside", tmp_path / "inbox"
    outside.mkdir()
    inbox.mkdir()
    (outside / "a.csv").write_text(_ROWS, encoding="utf-8")
    (inbox / "linked").symlink_to(outside)
    assert "symbolic link" in _seen(Inbox(folder=inbox))["linked"]


def test_a_folder_exchanged_for_a_link_after_the_look_is_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inbox" / "sub"
    for folder in (outside, inside):
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(_ROWS, encoding="utf-8")
    inbox = Inbox(folder=inside.parent)
    inbox.look()
    (seen,) = inbox.look()
    (inside / "a.csv").unlink()
    inside.rmdir()
    inside.symlink_to(outside)
    with pytest.raises(Exception, match="cannot be opened"):
        inbox.bytes_of(seen, Limits())


def test_a_folder_that_cannot_be_listed_is_named_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(_ROWS, encoding="utf-8")
    deep = tmp_path / Path(*"abcdefghijklmnopqrst")
    deep.mkdir(parents=True)
    (deep / "b.csv").write_text(_ROWS, encoding="utf-8")
    seen = _seen(Inbox(folder=tmp_path))
    assert seen.pop("a.csv") == ""
    assert ["too deep" in trouble for trouble in seen.values()] == [True]


@pytest.mark.parametrize("cut", [len("测告1号,测地1号,2031年12月3"), len("测告1号,测地")])
def test_a_table_whose_copying_has_stalled_within_a_row_waits_for_the_rest(
    tmp_path: Path, cut: int
) -> None:
    file, elapsed = tmp_path / "a.csv", _Elapsed()
    head, row, _ = _ROWS.split("\n")
    inbox = Inbox(folder=tmp_path, elapsed=elapsed)
    file.write_text(f"{head}\n{row[:cut]}", encoding="utf-8")
    assert _read(inbox, "a.csv") is None
    elapsed.seconds += 10
    assert _read(inbox, "a.csv") is None
    file.write_text(_ROWS, encoding="utf-8")
    assert _read(inbox, "a.csv") == _ROWS.encode()


def test_a_table_without_a_last_line_end_is_read_after_a_while(tmp_path: Path) -> None:
    file, elapsed = tmp_path / "a.csv", _Elapsed()
    file.write_text(_ROWS.rstrip("\n"), encoding="utf-8")
    inbox = Inbox(folder=tmp_path, elapsed=elapsed)
    assert _read(inbox, "a.csv") is None
    elapsed.seconds += 21
    assert _read(inbox, "a.csv") == _ROWS.rstrip("\n").encode()


def test_a_wait_begins_anew_when_the_file_grows(tmp_path: Path) -> None:
    file, elapsed = tmp_path / "a.csv", _Elapsed()
    inbox = Inbox(folder=tmp_path, elapsed=elapsed)
    for length in (30, 34, 38):
        file.write_text(_ROWS[:length], encoding="utf-8")
        assert _read(inbox, "a.csv") is None
        elapsed.seconds += 19


@pytest.mark.parametrize(
    ("name", "data", "end"),
    [
        ("a.csv", b"a,b\n1,2\n", End.WHOLE),
        ("a.csv", b"a,b\r\n1,2\r\n", End.WHOLE),
        ("a.csv", b"a,b\n1,2", End.DOUBTFUL),
        ("a.csv", b"a,b,c\n1,2", End.CUT),
        ("a.tsv", b"a\tb\n1", End.CUT),
        ("a.csv", b"a,b\n1,2\n" + bytes(100), End.CUT),
        ("a.json", b'[{"a": 1}', End.CUT),
        ("a.json", b'[{"a": 1}]\n', End.WHOLE),
        ("a.jsonl", b'{"a": 1}\n{"a":', End.DOUBTFUL),
        ("a.xlsx", b"PK\x03\x04" + bytes(1000), End.CUT),
        ("a.xlsx", b"PK\x03\x04" + bytes(1000) + b"PK\x05\x06" + bytes(18), End.WHOLE),
        ("a.xlsx", b"no workbook", End.WHOLE),
        ("a.pdf", b"%PDF-1.7\n1 0 obj", End.CUT),
        ("a.pdf", b"%PDF-1.7\n1 0 obj\n%%EOF\n", End.WHOLE),
        ("a.txt", "公告".encode(), End.WHOLE),
        ("a.csv", b"no record", End.WHOLE),
    ],
)
def test_the_end_of_a_file_says_whether_it_is_whole(name: str, data: bytes, end: End) -> None:
    assert end_of(name, data) is end


def test_a_name_that_is_no_utf8_is_read_in_a_folder_too(tmp_path: Path) -> None:
    folder = os.fsdecode(bytes(tmp_path) + "/宁波".encode("gbk"))
    Path(folder).mkdir()
    Path(folder, "a.csv").write_text(_ROWS, encoding="utf-8")
    inbox = Inbox(folder=tmp_path)
    inbox.look()
    (seen,) = inbox.look()
    assert inbox.bytes_of(seen, Limits()) == _ROWS.encode()
