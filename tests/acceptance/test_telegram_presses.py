"""The real daemon on a bot of Telegram's: an urgent reminder is answered by one press, and a press
acts once, whenever the process is killed."""

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
from tests.peers.http import BOT_TOKEN
from tests.peers.telegram_bot import Posted, TelegramBot

_ZHANG, _GROUP = 111111111, -1001234567890

_CONFIG = f"""
group_wait = "0s"
[channels.tg]
url = "tgram://{BOT_TOKEN}/{{to}}"
endpoint = "ENDPOINT"
seconds_apart = 0
[people."张三"]
telegram_id = {_ZHANG}
[[recipients]]
name = "拓展组"
channels = ["tg:{_GROUP}"]
rules = [{{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }}]
escalate_to = "李总"
escalate_after = "1h"
[[recipients]]
name = "李总"
channels = ["tg:222222222"]
kinds = ["escalation"]
"""


def _config(folder: Path, bot: TelegramBot) -> Path:
    config = folder / "config.toml"
    config.write_text(_CONFIG.replace("ENDPOINT", bot.peer.url), encoding="utf-8")
    config.chmod(0o600)
    return config


def test_an_urgent_reminder_is_answered_by_one_press_and_nobody_is_told_of_silence(
    tmp_path: Path,
) -> None:
    with TelegramBot().running() as bot:
        config = _config(tmp_path, bot)
        with daemon(config) as running:
            put_parcels(tmp_path, ["测1号"], datetime.now(UTC) + timedelta(hours=3, seconds=8))
            bot.wait_until(lambda: any(message.rows for message in bot.posted))
            message = next(message for message in bot.posted if message.rows)
            assert escalations(tmp_path) == 1
            press = bot.press(message, message.key("已办"), _ZHANG)
            assert bot.answer_to(press).startswith("✔ 张三 已办")
            bot.wait_until(lambda: message.labels == [bot.answer_to(press)])
            assert running.stop() == 0
        with daemon(config) as again:  # plans what changed before it is ready
            assert again.stop() == 0
    assert escalations(tmp_path) == 0
    assert answerers(tmp_path) == [["张三"]]


def _pressable(folder: Path, bot: TelegramBot) -> list[Posted]:
    """A message with a button for each parcel of the ledger."""
    key = answer_key(folder)
    posted = []
    for link in done_links(folder, "拓展组"):
        button = {"text": "已办", "callback_data": short_key(key, link)}
        markup = {"inline_keyboard": [[button]]}
        posted.append(Posted(_GROUP, 1000 + link.parcel_id, "地块", markup))
    bot.posted += posted
    return posted


def _rounds(folder: Path, count: int, kill: Callable[[TelegramBot, Daemon, int], None]) -> None:
    """`count` presses, after each of which the process is killed as `kill` has it."""
    numbers = [f"测{number}号" for number in range(1, count + 1)]
    with TelegramBot().running() as bot:
        config = _config(folder, bot)
        with daemon(config) as first:
            put_parcels(folder, numbers, datetime.now(UTC) + timedelta(days=9))
            first.wait_for(f"{count} parcels new", timeout=LONG)
            assert first.stop() == 0
        before: dict[str, list[Answer]] = {}
        presses = []
        for number, message in enumerate(_pressable(folder, bot)):
            with started(Daemon(config)) as running:
                running.wait_for("ready: ledger", timeout=LONG)
                kill(bot, running, number)
                presses.append(bot.press(message, message.rows[0][0][1], _ZHANG))
                running.wait(LONG)
            bot.before_answer = None
            found = answers(folder)
            assert_none_answered_again(before, found)
            before = found
        with daemon(config) as last:
            for press in presses:
                bot.answer_to(press)
            assert last.stop() == 0
    found = answers(folder)
    assert answerers(folder) == [["张三"]] * count
    assert_none_answered_again(before, found)


def test_a_press_acts_once_over_a_kill_before_it_is_answered(tmp_path: Path) -> None:
    def kill(bot: TelegramBot, running: Daemon, number: int) -> None:
        bot.before_answer = running.process.kill

    _rounds(tmp_path, 3, kill)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_press_acts_once_over_fifty_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(50)

    def kill(bot: TelegramBot, running: Daemon, number: int) -> None:
        threading.Timer(chance.uniform(0, 0.1), running.process.kill).start()

    _rounds(tmp_path, 50, kill)


def test_the_other_message_is_set_right_over_a_kill_in_the_middle(tmp_path: Path) -> None:
    """What one answers in the group stands below the message of another, who is told alone."""
    with TelegramBot().running() as bot:
        config = _config(tmp_path, bot)
        text = config.read_text("utf-8")
        text += (
            f'[[recipients]]\nname = "张三"\nchannels = ["tg:{_ZHANG}"]\nkinds = ["reminder"]\n'
            'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }]\n'
        )
        config.write_text(text, encoding="utf-8")
        with started(Daemon(config)) as first:
            first.wait_for("ready: ledger", timeout=LONG)  # else the lead may be over by then
            put_parcels(tmp_path, ["测1号"], datetime.now(UTC) + timedelta(hours=3, seconds=10))
            bot.wait_until(lambda: sum(bool(message.rows) for message in bot.posted) == 2)
            own, group = sorted(
                (message for message in bot.posted if message.rows), key=lambda each: -each.chat
            )

            def die(edit: dict[str, object]) -> None:
                if edit["message_id"] == own.number:
                    first.process.kill()

            bot.before_edit = die
            bot.press(group, group.key("已办"), _ZHANG)
            first.wait(LONG)
            bot.before_edit = None
        with daemon(config) as second:
            bot.wait_until(lambda: own.labels == group.labels)
            assert second.stop() == 0
        assert own.labels[0].startswith("✔ 张三 已办")
