"""Files that harm whoever reads them, read in the child process: it ends, the program does not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.child import FileReader, ReadingStopped
from notifier.intake.limits import Limits
from tests.bombs import BOMBS, far_cell, slow_text

_NOTICES = Path(__file__).parents[1] / "notices"
_RECORDS = Path(__file__).parents[1] / "data" / "records"
_GOOD = ("good.csv", "公告编号,地块编号,报名截止时间\n测告1号,测地1号,2031-12-30 17:00\n".encode())


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    reader = FileReader()
    yield reader
    reader.close()


@pytest.mark.parametrize(
    "path",
    [*sorted(_NOTICES.glob("[0-9]*")), *sorted(_RECORDS.iterdir())],
    ids=lambda path: path.name,
)
def test_what_the_child_answers_is_what_the_file_holds(reader: FileReader, path: Path) -> None:
    data = path.read_bytes()
    assert reader.read(path.name, data, Limits()) == read_data(path.name, data, Limits())


def test_a_file_that_is_no_notice_is_refused_in_the_words_of_its_reader(reader: FileReader) -> None:
    with pytest.raises(IntakeError, match="neither a record nor a notice"):
        reader.read("notice.exe", b"MZ", Limits())


def test_a_file_that_takes_too_long_is_ended_and_the_next_is_read(reader: FileReader) -> None:
    with pytest.raises(IntakeError, match="more than 0 seconds"):
        reader.read("slow.txt", slow_text(20_000), Limits(seconds=0))
    assert reader.read(*_GOOD, Limits())


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_is_read(
    reader: FileReader,
) -> None:
    with pytest.raises(IntakeError, match=r"too much memory|broke the program"):
        reader.read("big.csv", _GOOD[1] * 200_000, Limits(memory_bytes=60_000_000, rows=10**7))
    assert reader.read(*_GOOD, Limits())


def test_an_answer_that_is_too_large_is_not_taken(reader: FileReader) -> None:
    with pytest.raises(IntakeError, match="more than 100 bytes"):
        reader.read(*_GOOD, Limits(answer_bytes=100))
    assert reader.read(*_GOOD, Limits())


def test_a_child_that_was_killed_between_two_files_costs_no_file(reader: FileReader) -> None:
    reader.read(*_GOOD, Limits())
    assert reader._idle is not None
    os.kill(reader._idle.process.pid, signal.SIGKILL)
    assert reader.read(*_GOOD, Limits())


def test_closing_ends_what_is_being_read() -> None:
    reader = FileReader()
    reading = reader.begin("slow.txt", slow_text(20_000), Limits())
    closer = threading.Timer(0.1, reader.close)
    closer.start()
    with pytest.raises(ReadingStopped):
        reading.notices()
    closer.join()


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "XFD2", "Z50001"])
def test_a_sheet_with_a_stray_cell_far_away_is_read_where_its_parcels_are(
    reader: FileReader, place: str
) -> None:
    data = far_cell(place)
    assert len(data) < 10_000
    (notice, *_) = reader.read("stray.xlsx", data, Limits(memory_bytes=100_000_000))
    assert [parcel.parcel_no for parcel in notice.parcels] == ["测地9号"]


@pytest.mark.parametrize("bomb", sorted(BOMBS))
def test_a_small_file_that_would_grow_is_refused_or_read_and_the_next_is_read(
    reader: FileReader, bomb: str
) -> None:
    name, data = BOMBS[bomb]()
    assert len(data) < 600_000
    with suppress(IntakeError):
        reader.read(name, data, Limits(memory_bytes=150_000_000))
    assert reader.read(*_GOOD, Limits(memory_bytes=150_000_000))
