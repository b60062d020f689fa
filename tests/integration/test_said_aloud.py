"""What goes wrong is said aloud, once, even while more goes wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.app import open_channel_of
from notifier.domain.drafts import Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.errors import LedgerBusy, LedgerError
from notifier.service import backups as backups_module
from notifier.service.self_check import SelfCheck
from notifier.testing import SENT, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_AT = {"registration_close": "2024-11-14 17:00"}
_AWAY = Outcome(verdict=Verdict.RETRY, words="the service is away", about=About.CHANNEL)
_REFUSED = Outcome(verdict=Verdict.REJECTED, words="invalid key", about=About.CHANNEL)


def _failing_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, fault: Exception) -> None:
    """Have a method raise `fault` at its next call, and work after that."""
    works = getattr(owner, name)

    def fail(*_: object, **__: object) -> None:
        monkeypatch.setattr(owner, name, works)
        raise fault

    monkeypatch.setattr(owner, name, fail)


def test_an_alert_that_cannot_be_queued_is_queued_later(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: World = world(CONSOLE + TEAM + RULES + _OPERATORS)
    program.service.inbox.open()
    (program.settings.inbox / "a.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    _failing_once(monkeypatch, program.ledger.bulletins, "post", LedgerError("the disk is full"))
    step = next(step for step in program.service.steps() if step.name == "inbox")
    for _ in range(100):
        step.run(program.clock.now())
        program.clock.move(timedelta(seconds=2))
    program.work()
    (alert,) = program.said("ops")
    assert "a.csv" in alert


def test_a_channel_that_refuses_the_operators_is_told_of_by_another(tmp_path: Path) -> None:
    text = CONSOLE + TEAM + RULES + _OPERATORS.replace('["ops"]', '["ops", "console"]')
    program = World(tmp_path, text, shanghai_time("2024-11-13 09:00"))
    program.channels["ops"].script.extend([_REFUSED] * 20)
    program.service.alerts.queue("key", "backup-failed", {"words": "x"}, program.clock.now())
    program.go(shanghai_time("2024-11-13 09:30"))
    assert any("ops" in text and "invalid key" in text for text in program.said())
    program.ledger.close()


def test_an_alert_sent_at_once_is_sent_once_though_several_steps_fail(world: MakeWorld) -> None:
    program: World = world(CONSOLE + TEAM + RULES + _OPERATORS)
    alerts, now = program.service.alerts, program.clock.now()

    def fail_as_well(_: Message, __: str) -> Outcome:
        assert not alerts.send_now("ledger-trouble", {"words": "the disk is full"}, now)
        return SENT

    program.channels["ops"].script.append(fail_as_well)
    assert alerts.send_now("ledger-trouble", {"words": "the disk is full"}, now)
    assert program.tried("ops") == 1


def test_a_copy_is_made_once_a_day_though_an_old_one_cannot_be_deleted(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: World = world(CONSOLE + TEAM + RULES + _OPERATORS)

    def refuse(*_: object) -> None:
        raise PermissionError("it may not be deleted")

    monkeypatch.setattr(backups_module, "_rotate", refuse)
    keep = next(step for step in program.service.steps() if step.name == "housekeeping")
    for _ in range(30):
        keep.run(program.clock.now())
        program.clock.move(timedelta(minutes=1))
    program.work()
    assert len(list(program.settings.backups.folder.glob("*.db"))) == 1
    assert len(program.said("ops")) == 1


def test_nothing_is_deleted_by_a_clock_that_has_just_jumped(world: MakeWorld) -> None:
    program: World = world()
    watch = program.service.clock_watch
    trusted = []
    program.clock.move(timedelta(hours=2))
    trusted.append(watch.is_trusted)
    program.clock.jump(timedelta(days=400))
    trusted.append(watch.is_trusted)  # whichever step looks first
    woken = [watch.step(program.clock.now()).wake for _ in range(2)]
    program.clock.move(timedelta(hours=2))
    trusted.append(watch.is_trusted)
    assert (trusted, woken) == ([True, False, True], [True, False])


@pytest.mark.parametrize("verb", ["record", "follow"])
def test_a_channel_goes_on_after_an_error_in_the_program(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    program: World = world()
    recorder = program.service.sending._recorder
    monkeypatch.setattr(recorder, verb, lambda _: 1 / 0)
    (send,) = [step for step in program.service.steps() if step.name == "channel console"]
    for _ in range(3):
        program.service.alerts.queue_for(
            program.settings.recipients[0],
            f"key {program.clock.now()}",
            "backup-failed",
            {"words": "x"},
            program.clock.now(),
        )
        send.run(program.clock.now())
        program.clock.move(timedelta(minutes=1))
    assert len([text for text in program.said() if "备份" in text]) == 3


def test_an_error_while_a_message_is_put_together_is_tried_again_soon(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: World = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    composer = program.service.sending._composer
    _failing_once(monkeypatch, composer, "compose", ZeroDivisionError("division by zero"))
    program.work()
    program.go(program.clock.now() + timedelta(minutes=2), timedelta(seconds=10))
    (text,) = program.said()
    assert "可能重复" not in text


def test_the_end_of_the_daemon_is_no_fault_of_the_files_it_was_reading(world: MakeWorld) -> None:
    program: World = world()
    inbox = program.service.inbox
    inbox.open()
    for _ in range(5):  # as often as the daemon is restarted while it reads
        assert program.ledger.files.begin_reading("a.pdf", "ab", program.clock.now()) == 0
        inbox._begun.add(("a.pdf", "ab"))
        program.service.lifecycle.end()


def test_a_busy_ledger_is_no_reason_to_restore_a_backup(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: World = world()

    def busy(*_: object) -> None:
        raise LedgerBusy("another process is writing")

    monkeypatch.setattr(SelfCheck, "_known_to", busy)
    checks = SelfCheck(program.settings, open_channel_of).run(program.clock.now())
    (check,) = [check for check in checks if check.what == "ledger"]
    assert (check.ok, check.words) == (False, "another process is writing")


def test_passed_deadlines_are_told_though_the_ledger_fails_in_the_middle(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: World = world(CONSOLE + TEAM + RULES + _OPERATORS)
    late = shanghai_time("2025-01-15 18:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.channels["console"].script.extend([_AWAY] * 1000)
    program.go(shanghai_time("2024-11-14 16:30"), timedelta(hours=1))
    before = len(program.said("ops"))
    program.clock.jump(late - program.clock.now())
    _failing_once(monkeypatch, program.ledger.bulletins, "post", LedgerError("the disk is full"))
    dispatch = next(step for step in program.service.steps() if step.name == "dispatch")
    dispatch.run(late)
    program.work()
    alerts = program.said("ops")[before:]
    assert any("未能送达" in text for text in alerts)
