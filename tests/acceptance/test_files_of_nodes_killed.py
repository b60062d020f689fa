"""Real nodes on a real PostgreSQL, killed while a file goes through them: it is read once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.domain.receipts import Reception, Way
from notifier.ledger import SqlLedger, open_ledger
from notifier.service.file_desk import FileDesk
from tests.daemon import Daemon, daemon, started, write_rows
from tests.faults.killed import READING_STEPS
from tests.postgres import PostgresServer, postgres_server
from tests.services import settings_of

_HEADINGS = ("公告编号", "地块编号", "报名截止时间")
_ROW = ("测告1号", "测地1号", "2099-12-30 17:00")
_POINTS = [(when, step) for step in READING_STEPS for when in ("before", "after")]
_LOOKS = 3_000  # of 20 ms each, until a test gives up


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def _config(folder: Path, url: str) -> Path:
    folder.mkdir()
    text = (
        f'group_wait = "0s"\n[ledger]\nurl = "{url}"\n[channels.console]\nurl = "console://"\n'
        '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
    )
    return settings_of(folder, text).file


def _dying(config: Path, when: str, step: str) -> Daemon:
    """A node that kills itself at that step of a file's way."""
    return Daemon(config, program=("tests.faults.killed", when, f"reading-{step}", "1"))


def _wait_until_read(ledger: SqlLedger) -> None:
    for _ in range(_LOOKS):
        if ledger.receipts.latest() and not ledger.kept_files.waiting():
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"not read: {ledger.kept_files.waiting()}")


def _assert_read_once(ledger: SqlLedger, *, sender: str = "") -> None:
    assert [offer.parcel.parcel_no for offer in ledger.parcels.all()] == ["测地1号"]
    (receipt,) = ledger.receipts.latest()
    assert receipt.reception is Reception.READ
    assert receipt.contents.new == ("测地1号",)
    assert receipt.sender == sender
    assert ledger.receipts.waited_for() == []
    assert len(ledger.database.rows("SELECT id FROM revisions")) == 1


def _strike(postgres: PostgresServer, folder: Path, when: str, step: str) -> None:
    """Kill one of two nodes at a step: at `carry` the one whose folder it is, else the leader."""
    url = postgres.fresh_database()
    leader, follower = (_config(folder / name, url) for name in ("leader", "follower"))
    inbox = follower.parent / "inbox"
    inbox.mkdir()
    is_carrying = step == "carry"
    first = Daemon(leader) if is_carrying else _dying(leader, when, step)
    with started(first), open_ledger(url) as ledger:
        first.wait_for("this node leads")
        second = _dying(follower, when, step) if is_carrying else Daemon(follower)
        with started(second):
            second.ready()
            write_rows(inbox / "a.csv", _HEADINGS, [_ROW])
            if is_carrying:
                second.wait(120)
                with daemon(follower):
                    _wait_until_read(ledger)
            else:
                first.wait(120)
                _wait_until_read(ledger)
            _assert_read_once(ledger)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("when", "step"), _POINTS)
def test_a_node_killed_at_any_step_of_a_files_way_costs_nothing(
    postgres: PostgresServer, tmp_path: Path, when: str, step: str
) -> None:
    _strike(postgres, tmp_path, when, step)


def test_a_file_whose_reader_is_killed_is_read_by_the_other_node_for_whoever_put_it_in(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.fresh_database()
    leader, follower = (_config(tmp_path / name, url) for name in ("leader", "follower"))
    settings = settings_of(follower.parent, follower.read_text(encoding="utf-8"))
    rows = "\n".join(map(",".join, (_HEADINGS, _ROW))).encode()
    with open_ledger(url) as ledger:
        desk = FileDesk(ledger, lambda: settings)
        deposit = desk.put("a.csv", rows, way=Way.BOARD, by="张三", now=ledger.nodes.present())
        with started(_dying(leader, "before", "receipt")) as first:
            first.wait(120)
        with daemon(follower):
            _wait_until_read(ledger)
        _assert_read_once(ledger, sender="张三")
        (answered,) = desk.deposits([deposit.id])
        assert answered.receipt is not None
