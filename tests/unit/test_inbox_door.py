"""Files that come in by the board or by mail: safe names, whole or not at all, none over
another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import IntakeError
from notifier.intake.file_names import is_passing
from notifier.intake.inbox_door import InboxDoor, safe_name
from notifier.intake.limits import Limits

_LIMITS = Limits(file_bytes=1_000)


def _files(inbox: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(inbox)): file.read_bytes()
        for file in sorted(inbox.rglob("*"))
        if file.is_file()
    }


def test_a_file_comes_in_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    assert InboxDoor(tmp_path, "board").put("公告.pdf", b"%PDF", _LIMITS) == "board/公告.pdf"
    assert _files(tmp_path) == {"board/公告.pdf": b"%PDF"}


def test_the_same_bytes_come_in_once_and_others_of_that_name_beside_them(tmp_path: Path) -> None:
    door = InboxDoor(tmp_path, "board")
    names = [
        door.put("公告.pdf", data, _LIMITS) for data in (b"one", b"one", b"two", b"two", b"one")
    ]
    assert names == [
        "board/公告.pdf",
        "board/公告.pdf",
        "board/公告 (2).pdf",
        "board/公告 (2).pdf",
        "board/公告.pdf",
    ]
    assert _files(tmp_path) == {"board/公告 (2).pdf": b"two", "board/公告.pdf": b"one"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王\\公告.docx", "公告.docx"),
        ("/etc/cron.d/x.txt", "x.txt"),
        (".hidden.csv", "hidden.csv"),
        ("~$公告.docx", "公告.docx"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ('<img src=x onerror="a">.html', "img src=x onerror=_a_.html"),
        ("\u202efdp.exe", "fdp.exe"),
        ("", "file"),
        ("..", "file"),
        ("公告" * 200 + ".pdf", "公告" * 24 + ".pdf"),
    ],
)
def test_a_name_is_no_path_and_no_hidden_file(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_it_stays_in_its_folder_and_is_read(name: str) -> None:
    try:
        safe = safe_name(name)
    except IntakeError:
        return
    assert "/" not in safe
    assert safe not in ("", ".", "..")
    assert len(safe.encode()) <= 150
    assert not is_passing(safe)


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    outside, inbox = tmp_path / "outside", tmp_path / "inbox"
    outside.mkdir()
    inbox.mkdir()
    (inbox / "board").symlink_to(outside)
    with pytest.raises(OSError, match=r"."):
        InboxDoor(inbox, "board").put("a.csv", b"x", _LIMITS)
    (inbox / "mail").mkdir()
    (outside / "secret").write_bytes(b"secret")
    (inbox / "mail" / "a.csv").symlink_to(outside / "secret")
    assert InboxDoor(inbox, "mail").put("a.csv", b"x", _LIMITS) == "mail/a (2).csv"
    assert _files(outside) == {"secret": b"secret"}


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (b"x" * 1_001, "larger than 1000")])
def test_what_would_not_be_read_is_refused_at_the_door(
    tmp_path: Path, data: bytes, words: str
) -> None:
    with pytest.raises(IntakeError, match=words):
        InboxDoor(tmp_path, "board").put("a.csv", data, _LIMITS)
    with pytest.raises(IntakeError, match="not whole"):
        InboxDoor(tmp_path, "board").put("a.csv.crdownload", b"x", _LIMITS)
    assert _files(tmp_path) == {}
