"""The real daemon on a played Feishu: an urgent reminder is answered by one press, and a press acts
once, whenever the process is killed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.answer_links import short_key
from notifier.domain.board_lines import Answer
from notifier.service.answer_desk import answer_key
from tests.answered import (
    LONG,
    answerers,
    answers,
    assert_none_answered_again,
    done_links,
    escalations,
    put_parcels,
)
from tests.daemon import Daemon, daemon, started
from tests.peers.feishu_server import APP_ID, SECRET, TOKEN, FeishuServer, Posted

_GROUP, _ZHANG = "oc_0123456789abcdef", "ou_zhang0001"

_CONFIG = f"""
group_wait = "0s"
[channels.feishu]
type = "feishu-app"
app_id = "{APP_ID}"
secret = "{SECRET}"
to = "{{to}}"
endpoint = "ENDPOINT"
per_minute = 1000
[people."张三"]
feishu_id = "{_ZHANG}"
[[recipients]]
name = "拓展组"
channels = ["feishu:{_GROUP}"]
rules = [{{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }}]
escalate_to = "李总"
escalate_after = "1h"
[[recipients]]
name = "李总"
channels = ["feishu:ou_lizong01"]
kinds = ["escalation"]
"""


def _config(folder: Path, server: FeishuServer) -> Path:
    config = folder / "config.toml"
    config.write_text(_CONFIG.replace("ENDPOINT", server.url), encoding="utf-8")
    config.chmod(0o600)
    return config


def _pressable(folder: Path, server: FeishuServer) -> list[Posted]:
    """A card with a button for each parcel of the ledger, as if it had been sent before."""
    key = answer_key(folder)
    cards = []
    for link in done_links(folder, "拓展组"):
        value = {"key": short_key(key, link), "to": _GROUP, "rows": []}
        button = {"tag": "button", "text": {"content": "已办"}, "value": value}
        elements = [{"tag": "action", "actions": [button]}]
        cards.append(Posted(f"om_{link.parcel_id}00", _GROUP, card={"elements": elements}))
    server.posted += cards
    return cards


def test_one_press_answers_and_nobody_is_told_of_silence(
    tmp_path: Path,
) -> None:
    with FeishuServer().running() as server:
        config = _config(tmp_path, server)
        with daemon(config) as running:
            put_parcels(tmp_path, ["测1号"], datetime.now(UTC) + timedelta(hours=4))
            server.wait_until(lambda: bool(server.texts), LONG)
            server.wait_until(lambda: server.is_open, LONG)
            assert escalations(tmp_path) == 1
            (card,) = _pressable(tmp_path, server)
            shown = server.shown_for(server.press(card, card.value("已办"), _ZHANG))
            assert shown["toast"]["content"].startswith("✔ 张三 已办")
            assert running.stop() == 0
            printed = "".join((*running.lines, *running.out))
            assert SECRET not in printed
            assert TOKEN not in printed
            assert "ticket" not in printed
        with daemon(config) as again:  # plans what changed before it is ready
            assert again.stop() == 0
    assert escalations(tmp_path) == 0
    assert answerers(tmp_path) == [["张三"]]


def _rounds(folder: Path, count: int, kill: Callable[[FeishuServer, Daemon], None]) -> None:
    """`count` presses, each cut short by a kill as `kill` has it; who pressed does it once more."""
    numbers = [f"测{number}号" for number in range(1, count + 1)]
    with FeishuServer().running() as server:
        config = _config(folder, server)
        with daemon(config) as first:
            put_parcels(folder, numbers, datetime.now(UTC) + timedelta(days=9))
            first.wait_for(f"{count} parcels new", timeout=LONG)
            assert first.stop() == 0
        server.wait_until(lambda: not server.is_open, LONG)
        before: dict[str, list[Answer]] = {}
        cards = _pressable(folder, server)
        for card in cards:
            with started(Daemon(config)) as running:
                running.wait_for("ready: ledger", timeout=LONG)
                server.wait_until(lambda: server.is_open, LONG)
                kill(server, running)
                server.press(card, card.value("已办"), _ZHANG)
                running.wait(LONG)
            server.before_shown = None
            server.wait_until(lambda: not server.is_open, LONG)
            found = answers(folder)
            assert_none_answered_again(before, found)
            before = found
        with daemon(config) as last:
            server.wait_until(lambda: server.is_open, LONG)
            for card in cards:
                server.shown_for(server.press(card, card.value("已办"), _ZHANG))
            assert last.stop() == 0
    found = answers(folder)
    assert answerers(folder) == [["张三"]] * count
    assert_none_answered_again(before, found)


def test_a_press_acts_once_over_a_kill_before_it_is_answered(tmp_path: Path) -> None:
    def kill(server: FeishuServer, running: Daemon) -> None:
        server.before_shown = running.process.kill

    _rounds(tmp_path, 2, kill)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_press_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)

    def kill(server: FeishuServer, running: Daemon) -> None:
        del server
        threading.Timer(chance.uniform(0, 0.1), running.process.kill).start()

    _rounds(tmp_path, 50, kill)
