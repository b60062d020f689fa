"""Long outages, a full disk, jumps of the clock, floods: the real service and ledger under a clock
moved by hand."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.errors import LedgerError
from notifier.intake.inbox import Inbox
from notifier.testing import a_notice, shanghai_time
from tests.faults import virtual
from tests.faults.tally import Tally
from tests.services import CONSOLE, World

_HOUR = timedelta(hours=1)


def _holds(tally: Tally) -> None:
    assert (tally.lost, tally.repeated, tally.sent) == (0, 0, tally.due)


def test_six_hours_without_a_network_lose_nothing_and_end_within_the_wait_between_two_tries(
    tmp_path: Path,
) -> None:
    tally = virtual.network_down(tmp_path)
    _holds(tally)
    assert max(tally.late) <= (6 * _HOUR + timedelta(minutes=10)).total_seconds()


def test_a_disk_that_is_full_again_and_again_loses_and_repeats_nothing(tmp_path: Path) -> None:
    _holds(virtual.disk_full(tmp_path, 10))


def test_a_power_cut_between_any_two_steps_leaves_a_ledger_that_knows_what_was_sent(
    tmp_path: Path,
) -> None:
    _holds(virtual.power_loss(tmp_path, 6))


@pytest.mark.parametrize(
    "jumps",
    [[2 * _HOUR, -2 * _HOUR, 2 * _HOUR], [24 * _HOUR, -24 * _HOUR], [3 * _HOUR, 3 * _HOUR]],
    ids=["two hours", "a day", "asleep for three hours"],
)
def test_jumps_of_the_clock_lose_and_repeat_nothing(tmp_path: Path, jumps: list[timedelta]) -> None:
    tally = virtual.clock_jumps(tmp_path, jumps)
    assert (tally.lost, tally.repeated) == (0, 0)


def test_a_burst_over_three_channels_is_handed_over_whole(tmp_path: Path) -> None:
    _holds(virtual.burst(tmp_path, 1_500))


def test_a_flooded_inbox_is_read_whole_though_a_tenth_of_it_is_broken(tmp_path: Path) -> None:
    _holds(virtual.inbox_flood(tmp_path, 120))


@pytest.fixture
def damaged(tmp_path: Path) -> World:
    """A service whose ledger's file is overwritten behind its back."""
    operators = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
    program = World(tmp_path, CONSOLE + operators, shanghai_time("2024-11-01 09:00"))
    program.service.housekeeping.keep_ledger(program.clock.now())
    for number in range(200):
        program.save(a_notice(notice_no=f"{number}号", file=f"{number}.csv"))
    program.ledger.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    with program.settings.ledger.open("r+b") as file:
        file.seek(8_192)
        file.write(os.urandom(200_000))
    return program


def test_a_ledger_damaged_under_the_daemon_is_said_within_the_hour(damaged: World) -> None:
    for _ in range(6):
        damaged.clock.move(timedelta(minutes=10))
        with suppress(LedgerError):  # what it does beside may fail, or not yet
            damaged.service.housekeeping.keep_ledger(damaged.clock.now())
    assert "台账文件已损坏" in "".join(damaged.said("ops"))
    damaged.ledger.close()


def test_a_damaged_ledger_is_not_copied_over_the_good_backups(
    damaged: World, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError):
        damaged.ledger.upkeep.copy_to(tmp_path / "copy.db", damaged.clock.now())
    assert not list(tmp_path.glob("copy.db*"))
    damaged.ledger.close()


def test_many_refused_files_are_told_in_one_message_that_names_them(tmp_path: Path) -> None:
    operators = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
    program = World(tmp_path, CONSOLE + operators, shanghai_time("2024-11-01 09:00"))
    folder = tmp_path / "inbox"
    folder.mkdir(exist_ok=True)
    for number in range(40):
        (folder / f"broken {number:02}.csv").write_text("no record", encoding="utf-8")
    inbox = Inbox.knowing(folder, {})
    for _ in range(3):
        program.service.inbox.look_into(inbox, program.clock.now())
        program.clock.move(timedelta(minutes=1))
        program.work()
    (alert,) = program.said("ops")
    assert "broken 00.csv (+39)" in alert
    assert "broken 09.csv" in alert
    program.ledger.close()
