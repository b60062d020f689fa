"""Figures for Prometheus, on the command line and at /metrics."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.receipts import Way
from notifier.service.file_desk import FileDesk
from notifier.service.remembered import LAST_BACKUP
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import MakeWorld, World


@pytest.fixture
def sent(world: MakeWorld) -> World:
    """A world in which one reminder was sent ninety seconds late."""
    made = world(now="2024-11-14 13:00")
    times = {"registration_close": "2024-11-14 17:00"}
    made.save(a_notice(parcels=(a_parcel(milestones=times),)))
    made.clock.set(shanghai_time("2024-11-14 14:00") + timedelta(seconds=90))
    made.work()
    return made


def test_the_command_prints_what_the_board_would(
    sent: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-c", str(sent.settings.file), "metrics"]) == 0
    text = capsys.readouterr().out
    assert 'notifier_lateness_seconds_count{channel="console"} ' in text
    assert "notifier_up 0.0" in text


def test_a_textfile_is_written_whole_and_for_others_to_read(sent: World, tmp_path: Path) -> None:
    target = tmp_path / "notifier.prom"
    target.write_text("old", "utf-8")
    assert main(["-c", str(sent.settings.file), "metrics", "--textfile", str(target)]) == 0
    assert target.read_text("utf-8").startswith("# HELP notifier_")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert not list(tmp_path.glob(".*.part"))


def test_a_textfile_that_cannot_be_written_is_said(
    sent: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "gone" / "notifier.prom"
    assert main(["-c", str(sent.settings.file), "metrics", "--textfile", str(target)]) == 1
    assert "notifier.prom" in capsys.readouterr().err


def test_a_delivery_that_is_tried_again_leaves_the_gauge_of_the_ended(
    world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    made = world(now="2024-11-14 13:00")
    made.channels["console"].script = [
        Outcome(verdict=Verdict.REJECTED, words="no", about=About.CHANNEL)
    ]
    times = {"registration_close": "2024-11-14 17:00"}
    made.save(a_notice(parcels=(a_parcel(milestones=times),)))
    made.go(shanghai_time("2024-11-14 13:02"))
    text = _printed(made, capsys)
    assert 'notifier_deliveries_ended{channel="console",outcome="failed"} 1.0' in text
    assert "# TYPE notifier_deliveries_ended gauge" in text
    made.ledger.retries.retry_failed(made.clock.now())
    assert 'outcome="failed"' not in _printed(made, capsys)


def test_what_waits_for_people_and_the_ledger_itself_are_figures(
    sent: World, capsys: pytest.CaptureFixture[str]
) -> None:
    later = {"registration_close": "2024-11-21 17:00"}
    sent.save(a_notice(notice_no="第2号", parcels=(a_parcel(parcel_no="9号", milestones=later),)))
    figures = _values(_printed(sent, capsys))
    assert figures["notifier_doubts_open"] == 0
    assert figures["notifier_inbox_waiting"] == 0
    assert figures["notifier_ledger_bytes"] >= sent.settings.ledger.stat().st_size
    due = sent.ledger.claims.next_due()
    assert due is not None
    assert figures["notifier_next_due_timestamp_seconds"] == due.timestamp()
    assert "notifier_last_backup_timestamp_seconds" not in figures
    FileDesk(sent.ledger, lambda: sent.settings).put(
        "a.csv", b"a,b\n", way=Way.BOARD, by="team", now=sent.clock.now()
    )
    sent.ledger.memory.put(LAST_BACKUP, sent.clock.now().isoformat())
    figures = _values(_printed(sent, capsys))
    assert figures["notifier_inbox_waiting"] == 1
    assert figures["notifier_last_backup_timestamp_seconds"] == sent.clock.now().timestamp()


def _printed(made: World, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["-c", str(made.settings.file), "metrics"]) == 0
    return capsys.readouterr().out


def _values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}
