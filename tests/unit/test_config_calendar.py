"""Days off and make-up working days: what is published, and what a person adds in calendar.toml."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from notifier.config import calendar_doubts, load_settings, published_calendar
from notifier.domain.times import SHANGHAI
from notifier.domain.workdays import WorkCalendar
from tests.configs import ONE, faults, written

PUBLISHED = published_calendar()


def calendar(folder: Path, text: str, name: str = "calendar.toml") -> WorkCalendar:
    (folder / name).write_text(text, "utf-8")
    return load_settings(written(folder, ONE)).calendar


def calendar_faults(folder: Path, text: str) -> list[str]:
    (folder / "calendar.toml").write_text(text, "utf-8")
    return faults(written(folder, ONE))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        # 国办发明电〔2023〕7号: the National Day of 2024, with the two days worked for it
        ("2024-09-29", True),
        ("2024-10-01", False),
        ("2024-10-07", False),
        ("2024-10-08", True),
        ("2024-10-12", True),
        # 国办发明电〔2024〕12号: the Spring Festival of 2025
        ("2025-01-26", True),
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-08", True),
        ("2025-02-09", False),
    ],
)
def test_the_published_days_are_known(day: str, working: bool) -> None:
    day_read = date.fromisoformat(day)
    assert PUBLISHED.special.get(day_read, day_read.weekday() < 5) is working


def test_only_years_whose_notice_is_out_count_as_published() -> None:
    assert {2023, 2024, 2025, 2026} <= PUBLISHED.published
    assert max(PUBLISHED.published) < 2100
    assert 2003 not in PUBLISHED.published


def test_a_calendar_beside_the_config_is_taken(tmp_path: Path) -> None:
    found = calendar(
        tmp_path, 'off = ["2031-02-06..2031-02-08", 2031-05-01]\nworking = ["2031-02-09"]\n'
    )
    assert sorted(
        day for day, working in found.special.items() if day.year == 2031 and not working
    ) == [
        date(2031, 2, 6),
        date(2031, 2, 7),
        date(2031, 2, 8),
        date(2031, 5, 1),
    ]
    assert found.special[date(2031, 2, 9)] is True
    assert 2031 not in found.published
    assert date(2031, 2, 6) in found.certain


def test_what_a_person_writes_goes_before_what_is_published(tmp_path: Path) -> None:
    found = calendar(tmp_path, 'off = ["2024-09-29"]\nworking = ["2024-10-07"]\n')
    assert found.special[date(2024, 9, 29)] is False
    assert found.special[date(2024, 10, 7)] is True
    assert found.special[date(2024, 10, 1)] is False


def test_a_year_is_published_when_a_person_says_so_and_gives_its_days_off(tmp_path: Path) -> None:
    assert 2031 in calendar(tmp_path, 'published = [2031]\noff = ["2031-01-01"]\n').published


def test_another_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "days.toml").write_text('off = ["2031-01-01"]\n', "utf-8")
    settings = load_settings(written(tmp_path, 'calendar = "days.toml"\n' + ONE))
    assert settings.calendar.special[date(2031, 1, 1)] is False


FAULTS = {
    'holidays = ["2031-01-01"]': "holidays: no such setting: known here are "
    "published, off, working",
    'off = "2031-01-01"': "off: expected a list, as in [...]",
    'off = ["2031-01-01", "1 January"]': (
        'off.2: expected a day or a span of days, as in "2027-02-06" or "2027-02-06..2027-02-12"'
    ),
    'off = ["2031-02-30"]': "off.1: 2031-02-30: there is no such day: look at "
    "the calendar of that month",
    "off = [2031-01-01T00:00:00]": (
        'off.1: expected a day or a span of days, as in "2027-02-06" or "2027-02-06..2027-02-12"'
    ),
    'off = ["2031-02-08..2031-02-06"]': (
        "off.1: 2031-02-08..2031-02-06: a span of days goes forward and is at most 31 days long"
    ),
    'working = ["2031-01-01..2031-12-31"]': (
        "working.1: 2031-01-01..2031-12-31: a span of days goes forward and is at most 31 days long"
    ),
    'off = ["2031-01-01"]\nworking = ["2031-01-01"]': (
        "working: 2031-01-01 stands under off, too: leave one of them out"
    ),
    'published = ["2031"]': "published.1: expected a year, as in 2027",
    "published = [true]": "published.1: expected a year, as in 2027",
    "published = [20310]": "published.1: expected a year, as in 2027",
    "published = [2031]": "published: 2031 is called published, but no day of it is under off",
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items())
def test_a_slip_in_the_calendar_is_said_with_its_place(
    tmp_path: Path, text: str, fault: str
) -> None:
    assert calendar_faults(tmp_path, text) == [f"calendar.toml: {fault}"]


def test_a_calendar_that_is_no_toml_is_said_with_line_and_column(tmp_path: Path) -> None:
    (found,) = calendar_faults(tmp_path, "\noff = 2031-02-06..2031-02-12\n")
    assert found.startswith("calendar.toml:2:17: not TOML")


def test_faults_of_the_calendar_and_of_the_config_are_said_together(tmp_path: Path) -> None:
    (tmp_path / "calendar.toml").write_text("off = 3\n", "utf-8")
    found = faults(written(tmp_path, 'group_wait = "x"\n' + ONE))
    assert [line.split(": ")[:2] for line in found] == [
        ["config.toml", "group_wait"],
        ["calendar.toml", "off"],
    ]


@pytest.mark.parametrize(
    ("now", "years"),
    [
        ("2026-11-30 23:59", []),
        ("2026-12-01 00:00", [2027]),
        ("2027-01-01 00:00", [2027]),
        ("2027-12-31 12:00", [2027, 2028]),
    ],
)
def test_a_year_whose_schedule_is_not_known_is_doubted_from_the_december_before(
    now: str, years: list[int]
) -> None:
    known = WorkCalendar(special={}, published=frozenset({2026}))
    doubts = calendar_doubts(known, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
    assert [int(doubt.removeprefix("working days of ")[:4]) for doubt in doubts] == years
    assert all(
        "upgrade chinesecalendar or write the days off into calendar.toml" in doubt
        for doubt in doubts
    )
