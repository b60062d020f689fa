"""`simulate` over the records of one real auction: the schedule that a careful person computes by
hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notifier.cli import main

_RECORDS = Path(__file__).parents[1] / "data" / "records"
_A, _B = "杭政储出[2024]121号", "杭政储出[2024]122号"
_FROM, _TO = "2024-10-17T08:00", "2024-11-16T00:00"


# Registration closes on Thursday 14 November at 17:00 for both; bidding opens on Tuesday 5 November
# at 09:00 for both and closes on Friday 15 November at 09:00 (121) and 09:10 (122). No day off but
# Saturdays and Sundays.
def _both(milestone: str, lead: str) -> list[tuple[str, str, str]]:
    return [(number, milestone, lead) for number in (_A, _B)]


_SCHEDULE: list[tuple[str, str, bool, list[tuple[str, str, str]]]] = [
    ("2024-10-17T08:00:30+08:00", "new", False, []),
    ("2024-11-04T09:00:00+08:00", "reminder", False, _both("bidding_open", "1wd@09:00")),
    ("2024-11-05T08:30:00+08:00", "reminder", False, _both("bidding_open", "30m")),
    ("2024-11-11T09:00:00+08:00", "reminder", False, _both("registration_close", "3wd@09:00")),
    ("2024-11-13T09:00:00+08:00", "reminder", False, _both("registration_close", "1wd@09:00")),
    ("2024-11-14T09:00:00+08:00", "reminder", False, _both("bidding_close", "1wd@09:00")),
    ("2024-11-14T14:00:00+08:00", "reminder", True, _both("registration_close", "3h")),
    ("2024-11-14T16:30:00+08:00", "reminder", True, _both("registration_close", "30m")),
    ("2024-11-15T06:00:00+08:00", "reminder", False, [(_A, "bidding_close", "3h")]),
    ("2024-11-15T06:10:00+08:00", "reminder", False, [(_B, "bidding_close", "3h")]),
    ("2024-11-15T08:30:00+08:00", "reminder", True, [(_A, "bidding_close", "30m")]),
    ("2024-11-15T08:40:00+08:00", "reminder", True, [(_B, "bidding_close", "30m")]),
    ("2024-11-15T08:50:00+08:00", "reminder", True, [(_A, "bidding_close", "10m")]),
    ("2024-11-15T09:00:00+08:00", "reminder", True, [(_B, "bidding_close", "10m")]),
]  # fmt: skip
_CLOSES = {
    (_A, "bidding_open"): "2024-11-05T09:00:00+08:00",
    (_B, "bidding_open"): "2024-11-05T09:00:00+08:00",
    (_A, "registration_close"): "2024-11-14T17:00:00+08:00",
    (_B, "registration_close"): "2024-11-14T17:00:00+08:00",
    (_A, "bidding_close"): "2024-11-15T09:00:00+08:00",
    (_B, "bidding_close"): "2024-11-15T09:10:00+08:00",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    assert main(["-c", str(file), "init"]) == 0
    return file


@pytest.mark.parametrize("name", ["r017.csv", "r017.xlsx", "r017.json"])
def test_the_schedule_is_what_a_person_computes_by_hand(
    name: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    files = ["simulate", str(_RECORDS / name), "--from", _FROM, "--to", _TO, "--json"]
    assert main(["-c", str(config), *files]) == 0
    messages = json.loads(capsys.readouterr().out)["messages"]
    schedule = [
        (
            message["at"],
            message["kind"],
            message["urgent"],
            [(r["parcel_no"], r["milestone"], r["lead"]) for r in message["reminders"]],
        )
        for message in messages
    ]
    assert schedule == _SCHEDULE
    assert all(
        message["recipient"] == "land team" and message["channels"] == ["console"]
        for message in messages
    )
    instants = {
        (r["parcel_no"], r["milestone"]): r["milestone_at"]
        for message in messages
        for r in message["reminders"]
    }
    assert instants == _CLOSES


def test_the_last_call_says_what_a_bidder_needs_without_opening_anything(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    window = ["--from", "2024-11-14T16:00", "--to", "2024-11-14T16:45"]
    assert main(["-c", str(config), "simulate", str(_RECORDS / "r017.csv"), *window]) == 0
    words = capsys.readouterr().out
    for needed in (
        "2024-11-14 16:30", "报名截止", "11月14日（周四）17:00", "还剩30分钟", _A, "上城区",
        "15,494㎡", "住宅",
        "101,981万元", "20,397万元", "29,918元/㎡", "浙江省土地使用权网上交易系统", "0571-55501234",
        _B,
    ):  # fmt: skip
        assert needed in words


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_simulated(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.csv").write_bytes(b"")
    capsys.readouterr()
    files = [str(tmp_path / "broken.csv"), str(_RECORDS / "r017.csv")]
    assert (
        main(["-c", str(config), "simulate", *files, "--from", _FROM, "--to", _TO, "--json"]) == 1
    )
    got = capsys.readouterr()
    assert len(json.loads(got.out)["messages"]) == len(_SCHEDULE)
    assert got.err == "broken.csv: it is empty\n"
