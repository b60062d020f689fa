"""Each file that comes in gets a receipt: read, new, changed, doubtful, refused and why."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.receipts import Receipt, Reception, Way
from notifier.intake.inbox import Inbox
from notifier.messages.receipt_lines import receipt_lines
from notifier.service.file_desk import FileDesk
from tests.services import ONE_TEAM, READER, MakeWorld, World

_HEAD = "公告编号,地块编号,报名截止时间,保证金截止时间\n"
_ROW = "{0},{0},2024-11-30 17:00,\n"


def _desk(world: World) -> FileDesk:
    return FileDesk(world.ledger, lambda: world.settings)


def _look(world: World) -> None:
    inbox = Inbox(folder=world.settings.inbox)
    world.settings.inbox.mkdir(exist_ok=True)
    for _ in range(2):
        world.service.inbox.look_into(inbox, world.clock.now())
        world.clock.move(timedelta(seconds=2))


def _drop(world: World, name: str, text: str) -> None:
    world.settings.inbox.mkdir(exist_ok=True)
    (world.settings.inbox / name).write_text(text, "utf-8")


def _last(world: World) -> Receipt:
    return _desk(world).receipts()[0]


def test_a_file_of_the_inbox_gets_a_receipt_of_what_was_read(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    _drop(program, "a.csv", _HEAD + _ROW.format("测地1号") + _ROW.format("测地2号"))
    _look(program)
    receipt = _last(program)
    assert (receipt.file, receipt.way, receipt.reception) == ("a.csv", Way.INBOX, Reception.READ)
    assert receipt.contents.new == ("测地1号", "测地2号")
    assert (len(receipt.contents.parcels), receipt.contents.times) == (2, 2)


def test_a_file_that_changed_says_which_parcels_changed(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    _drop(program, "a.csv", _HEAD + _ROW.format("测地1号") + _ROW.format("测地2号"))
    _look(program)
    _drop(
        program,
        "a.csv",
        _HEAD + _ROW.format("测地1号").replace("-30", "-29") + _ROW.format("测地3号"),
    )
    _look(program)
    assert (_last(program).contents.new, _last(program).contents.changed) == (
        ("测地3号",),
        ("测地1号",),
    )


def test_a_file_that_is_refused_says_why(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    _drop(program, "a.png", "no picture")
    _look(program)
    assert _last(program).reception is Reception.REFUSED
    assert ".png" in _last(program).words
    _look(program)
    assert len(_desk(program).receipts()) == 1


def test_what_is_doubtful_stands_in_the_receipt(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    _drop(program, "a.csv", _HEAD + "测地1号,测地1号,2024-11-29 17:00,近期\n")
    _look(program)
    assert [finding.code for finding in _last(program).contents.findings] == ["time-not-understood"]
    assert not _last(program).is_clear


def test_who_puts_a_file_in_waits_for_its_receipt_and_gets_it(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    text = _HEAD + _ROW.format("测地1号")
    deposit = _desk(program).put(
        "a.csv", text.encode(), way=Way.BOARD, by="张三", now=program.clock.now()
    )
    assert deposit.receipt is None
    assert [waiting.file for waiting in _desk(program).waited_for()] == ["board/a.csv"]
    _look(program)
    (deposit,) = _desk(program).deposits([deposit.id])
    assert deposit.receipt is not None
    assert (deposit.receipt.way, deposit.receipt.sender) == (Way.BOARD, "张三")
    assert deposit.receipt.contents.new == ("测地1号",)
    assert _desk(program).waited_for() == []


def test_the_same_file_put_in_again_is_answered_too(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    data = (_HEAD + _ROW.format("测地1号")).encode()
    _desk(program).put("a.csv", data, way=Way.BOARD, by="张三", now=program.clock.now())
    _look(program)
    again = _desk(program).put("a.csv", data, way=Way.BOARD, by="李四", now=program.clock.now())
    other = _desk(program).put(
        "copy of a.csv", data, way=Way.BOARD, by="李四", now=program.clock.now()
    )
    _look(program)
    for deposit in _desk(program).deposits([again.id, other.id]):
        assert deposit.receipt is not None
        assert (deposit.receipt.reception, deposit.receipt.sender) == (Reception.KNOWN, "李四")


def test_a_receipt_that_was_written_before_anybody_waited_is_theirs(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    _drop(program, "a.csv", _HEAD + _ROW.format("测地1号"))
    put_at = program.clock.now()
    _look(program)
    receipt = _last(program)
    number = program.ledger.receipts.expect("a.csv", receipt.sha256, Way.MAIL, "a@b.c", put_at)
    (deposit,) = program.ledger.receipts.deposits([number])
    assert deposit.receipt is not None
    assert (deposit.receipt.id, deposit.receipt.sender) == (receipt.id, "a@b.c")


def test_a_reading_that_died_after_it_had_stored_tells_all_that_it_brought(
    world: MakeWorld,
) -> None:
    program = world(ONE_TEAM)
    data = (_HEAD + _ROW.format("测地1号")).encode()
    deposit = _desk(program).put("a.csv", data, way=Way.BOARD, by="张三", now=program.clock.now())
    program.ledger.files.begin_reading("board/a.csv", deposit.sha256, program.clock.now())
    notices = READER.read("board/a.csv", data, program.settings.limits)
    program.service.ingest.store(notices, program.clock.now(), deposit.sha256)
    program.clock.move(timedelta(minutes=1))
    program.restart()
    _look(program)
    (deposit,) = _desk(program).deposits([deposit.id])
    assert deposit.receipt is not None
    assert (deposit.receipt.reception, deposit.receipt.contents.new) == (
        Reception.READ,
        ("测地1号",),
    )


def test_what_a_command_imports_has_a_receipt_too(
    world: MakeWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world(ONE_TEAM)
    file = tmp_path / "b.csv"
    file.write_text(_HEAD + _ROW.format("测地1号"), "utf-8")
    (tmp_path / "b.png").write_bytes(b"x")
    assert (
        main(["-c", str(tmp_path / "config.toml"), "import", str(file), str(tmp_path / "b.png")])
        == 1
    )
    capsys.readouterr()
    assert main(["-c", str(tmp_path / "config.toml"), "files", "--json"]) == 0
    refused, read = json.loads(capsys.readouterr().out)["files"]
    assert (read["file"], read["way"], read["state"], read["new"]) == (
        "b.csv",
        "import",
        "read",
        ["测地1号"],
    )
    assert (refused["file"], refused["state"]) == ("b.png", "refused")
    assert main(["-c", str(tmp_path / "config.toml"), "files"]) == 0
    assert "b.csv: Read: 1 parcels, 1 times" in capsys.readouterr().out


def test_a_receipt_of_a_change_says_old_and_new_of_each_parcel(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    rows = [_ROW.format(f"测地{number}号") for number in (1, 2, 3)]
    _drop(program, "a.csv", _HEAD + "".join(rows))
    _look(program)
    moved = [row.replace("-30", "-29") for row in rows[:2]]
    _drop(program, "a.csv", _HEAD + "".join([*moved, rows[2].replace("17:00", "16:00")]))
    _look(program)
    lines = receipt_lines(_last(program), "zh")
    assert "测地1号、测地2号：报名截止 2024-11-30 17:00 → 2024-11-29 17:00" in lines
    assert "测地3号：报名截止 2024-11-30 17:00 → 2024-11-30 16:00" in lines
    assert receipt_lines(_last(program), "en")[2:4] == [
        "测地1号, 测地2号: Registration closes 2024-11-30 17:00 → 2024-11-29 17:00",
        "测地3号: Registration closes 2024-11-30 17:00 → 2024-11-30 16:00",
    ]


def test_a_receipt_of_a_change_says_a_day_where_no_hour_is_known(world: MakeWorld) -> None:
    program = world(ONE_TEAM)
    row = _ROW.format("测地1号")
    _drop(program, "a.csv", _HEAD + row.replace(" 17:00", ""))
    _look(program)
    _drop(program, "a.csv", _HEAD + row.replace("-30", "-29"))
    _look(program)
    assert "测地1号：报名截止 2024-11-30 → 2024-11-29 17:00" in receipt_lines(_last(program), "zh")


def test_a_receipt_names_each_time_that_the_board_marks_and_alike_ones_together(
    world: MakeWorld,
) -> None:
    program = world(ONE_TEAM)
    text = _HEAD + _ROW.format("测地1号") + _ROW.format("测地2号")
    _drop(program, "a.csv", text)  # a Saturday
    _look(program)
    assert program.ledger.board.lines()[0].doubtful
    lines = [line for line in receipt_lines(_last(program), "zh") if "休息日" in line]
    assert len(lines) == 1
    assert lines[0].startswith("测地1号、测地2号")
