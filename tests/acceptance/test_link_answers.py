"""The real board: what a link in a message says is done once, over kills between press and
answer."""

from __future__ import annotations

import random
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path

import pytest

from notifier.domain.answer_links import AnswerLink, Deed, seal
from notifier.domain.board_lines import Answer
from notifier.domain.times import SHANGHAI
from notifier.domain.values import MilestoneName
from notifier.ledger import open_ledger
from notifier.service.answer_desk import answer_key
from tests.daemon import Daemon, daemon, free_port, started, write_rows

_LONG = 120.0  # seconds, on a machine that is busy with others
_SLOWEST = 0.06  # seconds from a press to its answer, and more


def _config(folder: Path, port: int) -> Path:
    config = folder / "config.toml"
    config.write_text(
        f'[web]\nlisten = "127.0.0.1:{port}"\n[channels.console]\nurl = "console://"\n'
        '[[recipients]]\nname = "张三"\nchannels = ["console"]\nkinds = ["reminder"]\n',
        encoding="utf-8",
    )
    config.chmod(0o600)
    return config


def _links(folder: Path) -> list[str]:
    """A link for each parcel of the ledger, in their order."""
    secret = answer_key(folder)
    name = MilestoneName.REGISTRATION_CLOSE
    with open_ledger(folder / "notifier.db") as ledger:
        return [
            seal(
                secret,
                AnswerLink(
                    deed=Deed.DONE,
                    recipient="张三",
                    parcel_id=offer.id,
                    milestone=name,
                    at=offer.parcel.milestones[name].at,
                ),
            )
            for offer in ledger.parcels.all()
        ]


def _answers(folder: Path) -> dict[str, list[Answer]]:
    with open_ledger(folder / "notifier.db") as ledger:
        lines = ledger.board.lines()
    return {line.offer.parcel.parcel_no: list(line.answers.values()) for line in lines}


def _press(port: int, link: str) -> str:
    """Press the button of a link's page; return the page that answers, empty if none does."""
    address = f"http://127.0.0.1:{port}"
    request = urllib.request.Request(f"{address}/a/{link}", data=b"", headers={"Origin": address})
    try:
        with urllib.request.urlopen(request, timeout=_LONG) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError, HTTPException):
        return ""


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_link_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)
    port = free_port()
    config = _config(tmp_path, port)
    (tmp_path / "inbox").mkdir()
    at = f"{(datetime.now(UTC) + timedelta(days=9)).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    rows = [(f"测{number}号", f"测{number}号", at) for number in range(50)]
    with daemon(config) as running:
        headings = ("公告编号", "地块编号", "报名截止时间")
        write_rows(tmp_path / "inbox" / "rows.csv", headings, rows)
        running.wait_for("50 parcels new", timeout=_LONG)
        assert running.stop() == 0
    before = _answers(tmp_path)
    unanswered = 0
    for link in _links(tmp_path):
        with started(Daemon(config, action=("web",))) as board:
            board.wait_for(f"127.0.0.1:{port}", timeout=_LONG)
            threading.Timer(chance.uniform(0, _SLOWEST), board.process.kill).start()
            unanswered += not _press(port, link)
            board.wait(_LONG)
        found = _answers(tmp_path)
        assert all(found[parcel] == answers for parcel, answers in before.items() if answers)
        before = found
    acted = sum(bool(answers) for answers in before.values())
    assert 0 < unanswered < 50, "it was killed at no moment that counts"
    with started(Daemon(config, action=("web",))) as board:
        board.wait_for(f"127.0.0.1:{port}", timeout=_LONG)
        for link in _links(tmp_path):  # whoever saw no answer presses again
            assert "张三" in _press(port, link)
    found = _answers(tmp_path)
    assert all([answer.by for answer in answers] == ["张三"] for answers in found.values())
    assert all(found[parcel] == answers for parcel, answers in before.items() if answers)
    print(f"{acted} of 50 presses acted before the kill, {unanswered} got no answer")
