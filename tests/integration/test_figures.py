"""Figures for Prometheus, on the command line and at /metrics."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.cli import main
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
