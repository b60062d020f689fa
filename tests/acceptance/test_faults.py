"""A real daemon, a real peer, and what breaks: nothing is lost, and what repeats was under way and
says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import processes
from tests.faults.tally import Tally
from tests.peers.http import Reply


def _holds(tally: Tally, *, most_repeats: int = 0) -> None:
    print(tally)
    assert tally.lost == 0
    assert tally.waiting == 0, "too slow: the ledger holds it still"
    assert tally.unmarked == 0, "a repeat that does not say so"
    assert tally.repeats <= most_repeats


@pytest.mark.parametrize("moments", [5, pytest.param(10, marks=pytest.mark.soak)])
def test_reminders_survive_kill_9_at_any_moment_and_only_what_was_under_way_may_repeat(
    tmp_path: Path, moments: int
) -> None:
    seed = int(os.environ.get("SEED", "2"))
    tally = processes.killed_at_random(tmp_path, moments, seed=seed, seconds=5 * moments // 2)
    _holds(tally, most_repeats=moments)  # one channel has one delivery under way


def test_reminders_survive_kill_9_before_and_after_each_step(tmp_path: Path) -> None:
    rounds = len(processes.POINTS)
    tally = processes.killed_at_steps(tmp_path, rounds)
    _holds(tally, most_repeats=rounds)
    assert tally.rounds > rounds // 2, "too slow: most rounds had nothing left to die of"


def test_a_ledger_that_another_process_keeps_locked_delays_and_loses_nothing(
    tmp_path: Path,
) -> None:
    _holds(
        processes.ledger_locked(
            tmp_path, lambda running: running.wait_for("keeps the ledger locked")
        )
    )


@pytest.mark.parametrize(
    "fault", [processes.HALF_AN_ANSWER, processes.SILENCE], ids=["half an answer", "silence"]
)
def test_a_peer_whose_answer_does_not_come_is_asked_again_and_told_that_it_may_repeat(
    tmp_path: Path, fault: Reply
) -> None:
    tally = processes.peer_fails(tmp_path, fault, rounds=2)
    _holds(tally, most_repeats=2)
    assert tally.repeated > 0


def test_a_config_read_again_in_the_middle_of_a_burst_loses_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    _holds(processes.reloaded_in_a_burst(tmp_path, 3))
