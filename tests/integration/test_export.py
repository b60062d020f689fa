"""The agenda as a workbook, opened again by openpyxl and by our own reader."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from freezegun import freeze_time
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from notifier.cli import main
from notifier.domain.values import Precision
from notifier.testing import a_milestone, a_notice, a_parcel
from tests.services import ONE_TEAM, MakeWorld, World

_CHINESE = 'language = "zh"\n'
_FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'


@pytest.fixture
def agenda(world: MakeWorld) -> World:
    made = world(_CHINESE + ONE_TEAM, now="2024-11-01 10:00")
    made.save(
        a_notice(
            parcels=(
                a_parcel(
                    parcel_no="@SUM(1)号",
                    location=_FORMULA,
                    milestones={
                        "registration_close": "2031-05-20 17:00",
                        "bidding_close": a_milestone("2031-05-22 00:00", precision=Precision.DAY),
                    },
                ),
                a_parcel(
                    parcel_no="+2号",
                    location="-1+cmd",
                    milestones={"registration_close": "2031-05-21 09:30"},
                ),
            )
        )
    )
    return made


def _exported(made: World, target: Path, *more: str) -> Worksheet:
    file = str(made.settings.file)
    assert main(["-c", file, "export", "--xlsx", str(target), "--days", "9000", *more]) == 0
    sheet = load_workbook(target).active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_a_row_is_a_milestone_with_a_real_date(agenda: World, tmp_path: Path) -> None:
    sheet = _exported(agenda, tmp_path / "a.xlsx")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert all(isinstance(row[0], datetime) for row in rows)
    assert [str(row[0]) for row in rows] == [
        "2031-05-20 17:00:00",
        "2031-05-21 09:30:00",
        "2031-05-22 00:00:00",
    ]
    assert [row[1] for row in rows] == ["17:00", "09:30", "未写明"]
    assert [cell.number_format for cell in sheet["A"][1:]] == [
        "yyyy-mm-dd hh:mm",
        "yyyy-mm-dd hh:mm",
        "yyyy-mm-dd",
    ]
    assert [row[4] for row in rows] == ["@SUM(1)号", "+2号", "@SUM(1)号"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:J4")


def test_no_text_of_a_notice_becomes_a_formula(agenda: World, tmp_path: Path) -> None:
    sheet = _exported(agenda, tmp_path / "a.xlsx")
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row[1:] if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    assert _FORMULA in {cell.value for cell in cells}


def test_colours_tell_what_is_near_and_what_is_answered(agenda: World, tmp_path: Path) -> None:
    file = str(agenda.settings.file)
    with freeze_time("2031-05-14T10:00:00Z"):
        assert main(["-c", file, "done", "+2号", "报名"]) == 0
        far = _exported(agenda, tmp_path / "far.xlsx")
    assert _colours(far) == ["FFFFE699", "FFE7E6E6", ""]
    assert [cell.value for cell in far["I"][1:]] == ["未到", "已办", "未到"]
    with freeze_time("2031-05-19T10:00:00Z"):
        assert _colours(_exported(agenda, tmp_path / "near.xlsx"))[0] == "FFF8CBAD"


def _colours(sheet: Worksheet) -> list[str]:
    return [str(cell.fill.fgColor.rgb) if cell.fill.fill_type else "" for cell in sheet["A"][1:]]


def test_our_own_reader_opens_it_and_takes_no_wrong_time_from_it(
    agenda: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "a.xlsx"
    _exported(agenda, target)
    capsys.readouterr()
    main(["read", str(target), "--json"])
    (notice,) = json.loads(capsys.readouterr().out)["notices"]
    numbers = [parcel["parcel_no"] for parcel in notice["parcels"]]
    assert numbers == ["@SUM(1)号", "+2号", "@SUM(1)号"]
    assert all(parcel["milestones"] == {} for parcel in notice["parcels"])


def test_a_file_that_is_there_stays(agenda: World, tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"mine")
    file = str(agenda.settings.file)
    assert main(["-c", file, "export", "--xlsx", str(target)]) == 2
    assert target.read_bytes() == b"mine"
    assert main(["-c", file, "export", "--xlsx", str(tmp_path / "a.csv")]) == 2
    assert main(["-c", file, "export", "--xlsx", str(tmp_path / "gone" / "a.xlsx")]) == 1
