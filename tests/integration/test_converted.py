"""Files that LibreOffice alone reads: converted where that is allowed, within limits, or refused.

What LibreOffice does is done here by a small program of our own, so that the limits are always
tested; the last test is of the real one.
"""

from __future__ import annotations

import os
import select
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.config import load_settings
from notifier.errors import IntakeError
from notifier.intake.child import FileReader
from notifier.intake.limits import Limits
from tests.file_sources import DATA, HEAD, TIMES

_UOT = b"<uof/>"
Program = Callable[[str], str]


@pytest.fixture(name="reader")
def _reader() -> Iterator[FileReader]:
    reader = FileReader()
    yield reader
    reader.close()


@pytest.fixture(name="program")
def _program(tmp_path: Path) -> Program:
    """A program in LibreOffice's place: `body` knows its `words`, where to `write`, the `docx`."""

    def written(body: str) -> str:
        path = tmp_path / "soffice"
        path.write_text(
            f"#!{sys.executable}\n"
            "import os, pathlib, resource, shutil, socket, sys, time\n"
            "words = sys.argv[1:]\n"
            "out = pathlib.Path(words[words.index('--outdir') + 1])\n"
            "write = out / ('a.' + words[words.index('--convert-to') + 1])\n"
            f"docx = {str(DATA / 'notice.docx')!r}\n"
            "out.mkdir()\n"
            f"seen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
            f"{body}\n",
            encoding="utf-8",
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return written


def test_what_is_converted_is_read_under_its_own_name(reader: FileReader, program: Program) -> None:
    limits = Limits(libreoffice=program("shutil.copy(docx, write)"))
    (notice,) = reader.read("公告.uot", _UOT, limits)
    assert notice.file == "公告.uot"
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-1号", "2031-2号"]


def test_the_program_has_limits_and_a_folder_of_its_own_and_nothing_of_ours(
    reader: FileReader, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "hush")
    noted = (
        "seen.write_text('\\n'.join([str(resource.getrlimit(resource.RLIMIT_DATA)[1]), "
        "str(resource.getrlimit(resource.RLIMIT_CPU)[0]), os.getcwd(), os.environ['HOME'], "
        "str('NOTIFIER_SECRET' in os.environ), words[0], words[-1]]) )\n"
        "shutil.copy(docx, write)"
    )
    limits = Limits(libreoffice=program(noted), memory_bytes=300_000_000)
    reader.read("../公告;a.uot", _UOT, limits)
    memory, seconds, folder, home, has_secret, profile, source = (
        (tmp_path / "seen").read_text("utf-8").split("\n")
    )
    assert int(memory) == limits.for_office().memory_bytes
    assert int(seconds) <= limits.for_office().seconds + 10
    assert folder == home
    assert Path(folder).name.startswith("notifier-")
    assert profile.startswith(f"-env:UserInstallation=file://{folder}/")
    assert source == f"{folder}/a.uot"
    assert has_secret == "False"
    assert not Path(folder).exists()


def test_a_program_that_does_not_end_is_ended_with_its_children(
    reader: FileReader, program: Program, tmp_path: Path
) -> None:
    endless = "seen.write_text(str(os.getpid()))\ntime.sleep(3_600)"
    reading = reader.begin("公告.uot", _UOT, Limits(libreoffice=program(endless)))
    while not (tmp_path / "seen").exists():
        reading.wait(0.05)
    ends = os.pidfd_open(int((tmp_path / "seen").read_text()))
    reading.cancel()
    ended, _, _ = select.select([ends], [], [], 30)
    os.close(ends)
    assert ended


@pytest.mark.parametrize("suffix", [".doc", ".xls"])
def test_half_an_old_file_is_said_to_be_damaged_and_not_to_need_libreoffice(
    reader: FileReader, suffix: str
) -> None:
    name = "notice.doc" if suffix == ".doc" else "sheet.xls"
    whole = (DATA / name).read_bytes()
    with pytest.raises(IntakeError, match="is damaged, or of a kind that LibreOffice alone"):
        reader.read(name, whole[: len(whole) // 3], Limits())


@pytest.mark.parametrize("body", ["", "write.write_bytes(b'')", "sys.exit(1)"])
def test_a_file_that_it_cannot_convert_is_refused(
    reader: FileReader, program: Program, body: str
) -> None:
    with pytest.raises(IntakeError, match=r"LibreOffice cannot read this \.wpd"):
        reader.read("公告.wpd", b"x", Limits(libreoffice=program(body)))


@pytest.mark.parametrize("libreoffice", ["", "no-such-program"])
def test_without_it_the_file_is_refused_in_words_that_name_it(
    reader: FileReader, libreoffice: str
) -> None:
    with pytest.raises(IntakeError, match=r"libreoffice = true"):
        reader.read("公告.uot", _UOT, Limits(libreoffice=libreoffice))


def test_a_container_of_old_office_files_is_converted_only_under_their_names(
    reader: FileReader, program: Program
) -> None:
    limits = Limits(libreoffice=program("shutil.copy(docx, write)"))
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert reader.read("公告.wps", container, limits)
    with pytest.raises(IntakeError, match="old office file"):
        reader.read("公告.msg", container, limits)


@pytest.mark.parametrize(
    ("value", "expected"), [("true", "soffice"), ("false", ""), ('"/opt/lo"', "/opt/lo")]
)
def test_the_config_names_it(tmp_path: Path, value: str, expected: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[readers]\nlibreoffice = {value}\n", encoding="utf-8")
    assert load_settings(config).limits.libreoffice == expected


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_itself_reads_what_nothing_here_does(reader: FileReader) -> None:
    page = "".join(f"<text:p>{line}</text:p>" for line in (*HEAD, "地块编号：2031-1号", *TIMES))
    flat = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>'
        f"{page}</office:text></office:body></office:document>"
    ).encode()
    (notice,) = reader.read("公告.fodt", flat, Limits(libreoffice="soffice"))
    assert notice.notice_no == "测自然资告字〔2031〕7号"
    assert len(notice.parcels[0].milestones) == 4
