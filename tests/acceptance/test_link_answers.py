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

from notifier.domain.answer_links import seal
from notifier.service.answer_desk import answer_key
from tests.answered import (
    LONG,
    answerers,
    answers,
    assert_none_answered_again,
    done_links,
    put_parcels,
)
from tests.daemon import Daemon, daemon, free_port, started

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
    return [seal(secret, link) for link in done_links(folder, "张三")]


def _press(port: int, link: str) -> str:
    """Press the button of a link's page; return the page that answers, empty if none does."""
    address = f"http://127.0.0.1:{port}"
    request = urllib.request.Request(f"{address}/a/{link}", data=b"", headers={"Origin": address})
    try:
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError, HTTPException):
        return ""


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_link_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)
    port = free_port()
    config = _config(tmp_path, port)
    with daemon(config) as running:
        numbers = [f"测{number}号" for number in range(50)]
        put_parcels(tmp_path, numbers, datetime.now(UTC) + timedelta(days=9))
        running.wait_for("50 parcels new", timeout=LONG)
        assert running.stop() == 0
    before = answers(tmp_path)
    unanswered = 0
    for link in _links(tmp_path):
        with started(Daemon(config, action=("web",))) as board:
            board.wait_for(f"127.0.0.1:{port}", timeout=LONG)
            threading.Timer(chance.uniform(0, _SLOWEST), board.process.kill).start()
            unanswered += not _press(port, link)
            board.wait(LONG)
        found = answers(tmp_path)
        assert_none_answered_again(before, found)
        before = found
    acted = sum(bool(given) for given in before.values())
    assert 0 < unanswered < 50, "it was killed at no moment that counts"
    with started(Daemon(config, action=("web",))) as board:
        board.wait_for(f"127.0.0.1:{port}", timeout=LONG)
        for link in _links(tmp_path):  # whoever saw no answer presses again
            assert "张三" in _press(port, link)
    found = answers(tmp_path)
    assert answerers(tmp_path) == [["张三"]] * 50
    assert_none_answered_again(before, found)
    print(f"{acted} of 50 presses acted before the kill, {unanswered} got no answer")
