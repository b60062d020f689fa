"""The real daemon on a played server of WeCom's: an urgent reminder is answered by one press, and
a press acts once, whenever the process is killed."""

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
from tests.daemon import Daemon, command, daemon, started
from tests.peers.wecom_server import BOT_ID, SECRET, Sent, WecomServer

_GROUP = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"

_CONFIG = f"""
group_wait = "0s"
[channels.wecom]
type = "wecom-bot"
bot_id = "{BOT_ID}"
secret = "{SECRET}"
to = "{{to}}"
endpoint = "ENDPOINT"
per_minute = 1000
[people."张三"]
wecom_id = "zhangsan"
[[recipients]]
name = "拓展组"
channels = ["wecom:{_GROUP}"]
rules = [{{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }}]
escalate_to = "李总"
escalate_after = "1h"
[[recipients]]
name = "李总"
channels = ["wecom:@lizong"]
kinds = ["escalation"]
"""


def _config(folder: Path, server: WecomServer) -> Path:
    config = folder / "config.toml"
    config.write_text(_CONFIG.replace("ENDPOINT", server.url), encoding="utf-8")
    config.chmod(0o600)
    return config


def test_an_urgent_reminder_is_answered_by_one_press_and_nobody_is_told_of_silence(
    tmp_path: Path,
) -> None:
    with WecomServer().running() as server:
        config = _config(tmp_path, server)
        with daemon(config) as running:
            put_parcels(tmp_path, ["测1号"], datetime.now(UTC) + timedelta(hours=3, seconds=8))
            server.wait_until(lambda: bool(server.cards))
            card = server.cards[0]
            assert escalations(tmp_path) == 1
            press = server.press(card, card.key("已办"), "zhangsan")
            shown = server.update_of(press)["template_card"]["sub_title_text"]
            assert shown.startswith("✔ 张三 已办")
            assert card.card["sub_title_text"] == shown  # for the whole group
            assert running.stop() == 0
            assert SECRET not in "".join((*running.lines, *running.out))
        with daemon(config) as again:  # plans what changed before it is ready
            assert again.stop() == 0
        assert server.subscribed >= 1
    assert escalations(tmp_path) == 0
    assert answerers(tmp_path) == [["张三"]]


def _pressable(folder: Path, server: WecomServer) -> list[Sent]:
    """A card with a button for each parcel of the ledger, as if it had been sent before."""
    key = answer_key(folder)
    cards = []
    for link in done_links(folder, "拓展组"):
        button = {"text": "已办", "key": short_key(key, link)}
        card = {"task_id": f"task-{link.parcel_id}", "button_list": [button]}
        cards.append(Sent(_GROUP, 2, card=card))
    server.sent += cards
    return cards


def _rounds(folder: Path, count: int, kill: Callable[[WecomServer, Daemon], None]) -> None:
    """`count` presses, each cut short by a kill as `kill` has it; who pressed does it once more."""
    numbers = [f"测{number}号" for number in range(1, count + 1)]
    with WecomServer().running() as server:
        config = _config(folder, server)
        with daemon(config) as first:
            put_parcels(folder, numbers, datetime.now(UTC) + timedelta(days=9))
            first.wait_for(f"{count} parcels new", timeout=LONG)
            assert first.stop() == 0
        before: dict[str, list[Answer]] = {}
        cards = _pressable(folder, server)
        for card in cards:
            with started(Daemon(config)) as running:
                running.wait_for("ready: ledger", timeout=LONG)
                server.wait_for_line()
                kill(server, running)
                server.press(card, card.key("已办"), "zhangsan")
                running.wait(LONG)
            server.before_update = None
            found = answers(folder)
            assert_none_answered_again(before, found)
            before = found
        with daemon(config) as last:
            server.wait_for_line()
            for card in cards:
                press = server.press(card, card.card["button_list"][0]["key"], "zhangsan")
                server.update_of(press)
            assert last.stop() == 0
    found = answers(folder)
    assert answerers(folder) == [["张三"]] * count
    assert_none_answered_again(before, found)


def test_a_press_acts_once_over_a_kill_before_it_is_answered(tmp_path: Path) -> None:
    def kill(server: WecomServer, running: Daemon) -> None:
        server.before_update = running.process.kill

    _rounds(tmp_path, 3, kill)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_press_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)

    def kill(server: WecomServer, running: Daemon) -> None:
        del server
        threading.Timer(chance.uniform(0, 0.1), running.process.kill).start()

    _rounds(tmp_path, 50, kill)


_WRONG = "wrong-secret-0123456789abcdef"
_OPERATORS = """
[channels.console]
url = "console://"
[operators]
channels = ["console"]
"""


def _holds(folder: Path, words: str) -> list[str]:
    """Return the files of a folder, but for its config, in which these words stand."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".toml"]
    return [file.name for file in files if words.encode() in file.read_bytes()]


def test_a_wrong_secret_is_refused_in_words_told_once_and_shown_nowhere(tmp_path: Path) -> None:
    with WecomServer().running() as server:
        config = _config(tmp_path, server)
        text = config.read_text("utf-8").replace(SECRET, _WRONG)
        config.write_text(text + _OPERATORS, encoding="utf-8")
        before = command(config, "check", "--send")
        assert before.returncode == 1
        assert "errcode 853000: invalid bot_id or secret" in before.stdout + before.stderr
        with daemon(config) as running:
            put_parcels(tmp_path, ["测1号"], datetime.now(UTC) + timedelta(hours=3))
            running.wait_for("presses are not heard", times=3)
            running.wait_for("机器人连接不上", timeout=LONG)
            running.wait_for("failed, errcode 853000", timeout=LONG)
            asked = [command(config, verb, "--json") for verb in ("status", "history")]
            assert running.stop() == 0
        alerts = [line for line in running.out if "机器人连接不上" in line]
        assert len(alerts) == 1, running.out
    shown = [before, *asked]
    printed = [*running.lines, *running.out, *(done.stdout + done.stderr for done in shown)]
    assert _WRONG not in "".join(printed)
    assert (tmp_path / "notifier.db").exists()
    assert _holds(tmp_path, _WRONG) == []
