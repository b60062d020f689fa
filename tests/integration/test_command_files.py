"""Files on the command line: read from a pipe, imported with their findings, a sheet to fill in, a
simulated week."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from notifier.cli import main
from notifier.clock import SystemClock
from notifier.domain.examples import NOTICE_NUMBERS, PARCEL_NUMBERS
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.file_sources import page
from tests.services import CONSOLE, MakeWorld

_CSV = "地块编号,报名截止时间\n1号,2030-12-02 17:00\n"
_NOW = "2026-11-25 10:00"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    class Clock(SystemClock):
        def now(self) -> datetime:
            return shanghai_time(_NOW)

    for module in ("files", "sheet", "commands"):
        monkeypatch.setattr(f"notifier.cli.{module}.SystemClock", Clock)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(list(arguments))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def from_pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


# -- read -----------------------------------------------------------------------------------------


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for row in ("地块编号", "报名截止时间"), ("1号", "2030-12-02 17:00"):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (_CSV.encode(), "stdin.csv"), (("\ufeff关于出让的表\n" + _CSV).encode(), "stdin.csv"),
        (_CSV.replace(",", "\t").encode("gb18030"), "stdin.csv"), (_workbook(), "stdin.xlsx"),
        (b'[{"parcel_no": "1\xe5\x8f\xb7", "registration_close": "2030-12-02 17:00"}]',
        "stdin.json"),
        ("<table><tr><td>地块编号</td><td>报名截止时间</td></tr><tr><td>1号</td><td>2030年12月2日17:00</td></tr></table>".encode(),
         "stdin.html"),
    ],
)  # fmt: skip
def test_standard_input_is_told_by_its_first_bytes(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    name: str,
) -> None:
    from_pipe(monkeypatch, data)
    _, out, _ = ran(capsys, "read", "-", "--json")
    (notice,) = json.loads(out)["notices"]
    assert notice["file"] == name
    (parcel,) = notice["parcels"]
    assert parcel["milestones"]["registration_close"]["at"] == "2030-12-02T17:00:00+08:00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "old office file"),
        (b"PK\x03\x04broken", "damaged"),
    ],
)
def test_what_cannot_be_read_from_a_pipe_says_why(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    words: str,
) -> None:
    from_pipe(monkeypatch, data)
    status, _, err = ran(capsys, "read", "-")
    assert status == 1
    assert err.startswith("-: ")
    assert words in err
    assert err.count("\n") == 1


# -- import ---------------------------------------------------------------------------------------


def test_import_tells_scripts_what_was_found(
    here: Path, world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world(now=_NOW)
    (here / "a.csv").write_text(_CSV + "2号,尽快\n", "utf-8")
    status, out, _ = ran(capsys, "-c", "config.toml", "import", "a.csv", "--json")
    assert status == 1
    (file,) = json.loads(out)["files"]
    assert (file["new"], file["changed"]) == (1, 0)
    (error,) = [finding for finding in file["findings"] if finding["severity"] == "error"]
    assert error["code"] == "time-not-understood"
    assert "尽快" in error["message"]
    assert error["where"] == "row 3, column 报名截止时间"


# -- template -------------------------------------------------------------------------------------


def test_what_doubts_a_time_of_several_parcels_is_printed_once(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_sunday = page().decode().replace("5月22日10时00分", "5月25日10时00分")
    from_pipe(monkeypatch, on_a_sunday.encode())
    _, _, err = ran(capsys, "read", "-")
    lines = err.splitlines()
    assert sum("2031-05-25" in line for line in lines) == 1
    assert len(lines) == len(set(lines))


@pytest.fixture(params=["zh", "en"])
def sheet(
    request: Any, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("NOTIFIER_LANGUAGE", request.param)
    assert ran(capsys, "template", "地块.xlsx")[0] == 0
    return here / "地块.xlsx"


def _rows(file: Path) -> tuple[Any, Worksheet]:
    book = openpyxl.load_workbook(file)
    assert isinstance(book.active, Worksheet)
    return book, book.active


def test_the_sheet_is_read_back_with_its_example_and_without_a_finding(
    sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = ran(capsys, "read", str(sheet), "--json")
    (notice,) = json.loads(out)["notices"]
    assert (status, err, notice["findings"]) == (0, "", [])
    (parcel,) = notice["parcels"]
    assert parcel["parcel_no"] in PARCEL_NUMBERS
    assert len(parcel["milestones"]) == 5
    assert (parcel["start_price_wan"], parcel["far"]) == (10_000, 2.0)


def test_its_cells_are_wide_typed_and_checked(sheet: Path) -> None:
    _, first = _rows(sheet)
    headings = {
        str(cell.value): get_column_letter(number) for number, cell in enumerate(first[1], 1)
    }
    close = headings.get("报名截止时间") or headings["registration_close"]
    number = headings.get("地块编号") or headings["parcel_no"]
    assert first[f"{close}3"].number_format == "yyyy-mm-dd hh:mm"
    assert first[f"{number}3"].number_format == "@"
    assert all(first.column_dimensions[letter].width >= 12 for letter in headings.values())
    rules = {str(rule.sqref).split(":")[0]: rule for rule in first.data_validations.dataValidation}
    assert rules[f"{close}2"].type == "date"
    assert {rule.type for rule in rules.values()} == {"list", "date", "decimal"}
    assert all(rule.error for rule in rules.values())


def test_the_example_is_not_imported_but_what_is_filled_in_is(
    sheet: Path, world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    program = world(now=_NOW)
    assert ran(capsys, "-c", "config.toml", "import", sheet.name)[0] == 0
    assert list(program.ledger.parcels.all()) == []
    book, first = _rows(sheet)
    for column in range(1, first.max_column + 1):
        first.cell(3, column).value = first.cell(2, column).value
    headings = [cell.value for cell in first[1]]
    number = 1 + next(
        headings.index(name) for name in ("地块编号", "parcel_no") if name in headings
    )
    first.cell(3, number).value = "甲2026-7号"
    book.save(sheet)
    assert ran(capsys, "-c", "config.toml", "import", sheet.name)[0] == 0
    assert [offer.parcel.parcel_no for offer in program.ledger.parcels.all()] == ["甲2026-7号"]


@pytest.mark.parametrize(
    "heading", [("报名截止时间", "registration_close"), ("公告编号", "notice_no")]
)
def test_an_example_row_in_which_a_time_or_a_number_was_changed_is_a_parcel(
    sheet: Path, world: MakeWorld, capsys: pytest.CaptureFixture[str], heading: tuple[str, str]
) -> None:
    """Whoever overwrites the row and forgets a cell must not lose the deadline."""
    program = world(now=_NOW)
    book, first = _rows(sheet)
    headings = [cell.value for cell in first[1]]
    column = 1 + next(headings.index(name) for name in heading if name in headings)
    first.cell(2, column).value = "2027-01-19 16:00" if "截止" in heading[0] else "甲告〔2026〕9号"
    book.save(sheet)
    ran(capsys, "-c", "config.toml", "import", sheet.name)
    assert len(list(program.ledger.parcels.all())) == 1


def test_the_sheet_overwrites_nothing_and_asks_for_its_ending(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.xlsx").write_bytes(b"mine")
    for name in ("a.xlsx", "a.txt", "nowhere/a.xlsx"):
        status, _, err = ran(capsys, "template", name)
        assert status in (1, 2)
        assert err.startswith(name)
        assert err.count("\n") == 1
    assert (here / "a.xlsx").read_bytes() == b"mine"


@pytest.mark.parametrize("month", range(1, 13))
def test_the_example_has_no_finding_in_whichever_month_it_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, month: int
) -> None:
    class Clock(SystemClock):
        def now(self) -> datetime:
            return shanghai_time(f"2025-{month:02}-20 10:00")

    for module in ("sheet", "files"):
        monkeypatch.setattr(f"notifier.cli.{module}.SystemClock", Clock)
    ran(capsys, "template", "a.xlsx")
    assert ran(capsys, "read", "a.xlsx")[::2] == (0, "")


# -- simulate -------------------------------------------------------------------------------------


def test_simulate_without_a_config_uses_the_default_rules(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.csv").write_text(_CSV.replace("2030", "2026"), "utf-8")
    status, out, err = ran(
        capsys, "simulate", "a.csv", "--from", "2026-11-25", "--to", "2026-12-03", "--json"
    )
    assert status == 0
    assert "no config" in err
    kinds = [(message["kind"], message["at"][5:16]) for message in json.loads(out)["messages"]]
    assert ("reminder", "12-02T14:00") in kinds
    assert ("reminder", "12-02T16:30") in kinds
    assert sorted(path.name for path in here.iterdir()) == ["a.csv"]


def test_simulate_without_a_file_goes_on_from_the_ledger_and_leaves_it_alone(
    here: Path, world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    program = world(now=_NOW)
    program.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": "2026-12-02 17:00"}),))
    )
    program.go(shanghai_time("2026-11-25 10:02"))
    before = program.ledger.views.delivery_counts()
    status, out, _ = ran(capsys, "-c", "config.toml", "simulate", "--to", "2026-12-03", "--json")
    assert status == 0
    messages = json.loads(out)["messages"]
    assert [(message["kind"], message["at"][5:16]) for message in messages] == [
        ("reminder", "12-01T17:00"), ("reminder", "12-02T14:00"),
    ]  # fmt: skip
    assert not any("可能重复" in message["body"] for message in messages)
    assert program.ledger.views.delivery_counts() == before


def test_simulate_without_a_file_and_without_a_ledger_says_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = ran(capsys, "simulate", "--to", "2026-12-03")
    assert status == 2
    assert "name files" in err.splitlines()[-1]


# -- check --send ---------------------------------------------------------------------------------

_TWO = (
    CONSOLE + '[channels.other]\nurl = "console://"\n'
    '[[recipients]]\nname = "甲"\nchannels = ["console"]\n'
    '[[recipients]]\nname = "乙"\nchannels = ["console", "other"]\n'
)


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ((), ["send console", "send other"]), (("--to", "乙"), ["send console", "send other"]),
        (("--to", "甲"), ["send console"]), (("--channel", "other"), ["send other"]),
        (("--to", "乙", "--channel", "other"), ["send other"]),
    ],
)  # fmt: skip
def test_a_test_message_goes_where_it_is_wanted_alone(
    here: Path,
    world: MakeWorld,
    capsys: pytest.CaptureFixture[str],
    chosen: tuple[str, ...],
    sent: list[str],
) -> None:
    world(_TWO, now=_NOW)
    _, out, _ = ran(capsys, "-c", "config.toml", "check", "--send", *chosen, "--json")
    checks = json.loads(out[out.index('{\n  "checks"') :])["checks"]
    assert [line["what"] for line in checks if line["what"].startswith("send")] == sent


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (("--to", "丙"), "use one of 甲, 乙"), (("--channel", "fax"), "known are console, other"),
        (("--to", "甲", "--channel", "other"), "does not use this channel"),
    ],
)  # fmt: skip
def test_nobody_of_that_name_and_nowhere_of_that_name_are_wrong_usage(
    here: Path,
    world: MakeWorld,
    capsys: pytest.CaptureFixture[str],
    chosen: tuple[str, ...],
    words: str,
) -> None:
    world(_TWO, now=_NOW)
    status, _, err = ran(capsys, "-c", "config.toml", "check", "--send", *chosen)
    assert status == 2
    assert words in err
    assert ran(capsys, "-c", "config.toml", "check", *chosen)[0] == 2


def test_the_markers_of_the_example_are_of_both_languages() -> None:
    assert len(NOTICE_NUMBERS) == len(PARCEL_NUMBERS) == 2
