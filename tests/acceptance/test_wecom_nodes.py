"""Nodes on PostgreSQL with one WeCom robot: its one connection is the leader's, and goes to the
next leader with what waits for it."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from notifier.domain.times import shanghai
from notifier.ledger import open_ledger
from tests.answered import LONG
from tests.daemon import Daemon, command, started, write_rows
from tests.faults.tally import REPEAT
from tests.peers.wecom_server import BOT_ID, SECRET, Sent, WecomServer
from tests.postgres import PostgresServer, postgres_server

_GROUP = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
_CONFIG = f"""
group_wait = "0s"
[ledger]
url = "LEDGER"
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
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


class Pair:
    """Two nodes that share a robot."""

    def __init__(self, folder: Path, url: str, server: WecomServer, ends: ExitStack) -> None:
        self.folder = folder
        self.url = url
        self.server = server
        self._ends = ends
        self.running: dict[str, Daemon] = {}
        self._configs: dict[str, Path] = {}
        for name in ("node0", "node1"):
            (folder / name).mkdir()
            config = folder / name / "config.toml"
            text = _CONFIG.replace("LEDGER", url).replace("ENDPOINT", f"{server.url}/{name}")
            config.write_text(text, encoding="utf-8")
            config.chmod(0o600)
            self._configs[name] = config
            self.start(name)
        server.wait_for_line()

    def start(self, name: str) -> None:
        self.running[name] = self._ends.enter_context(started(Daemon(self._configs[name])))
        self.running[name].wait_for("ready: ledger", timeout=LONG)

    @property
    def holder(self) -> str:
        """Return the node that opened the connection last."""
        return self.server.holders[-1]

    def put(self, number: str) -> None:
        """Add a parcel whose urgent reminder is due in some seconds."""
        close = datetime.now(UTC) + timedelta(hours=3, seconds=4)
        file = self.folder / "rows.csv"
        row = (number, number, f"{shanghai(close):%Y-%m-%d %H:%M:%S}")
        write_rows(file, ("公告编号", "地块编号", "报名截止时间"), [row])
        done = command(self._configs["node0"], "import", str(file))
        assert done.returncode == 0, done.stderr

    def card_of(self, number: str) -> Sent:
        """Return the card of a parcel's reminder, which stands below its text."""

        def found() -> list[Sent]:
            pairs = pairwise(list(self.server.sent))
            return [card for text, card in pairs if number in text.text and card.card]

        self.server.wait_until(lambda: bool(found()), LONG)
        return found()[0]

    def press(self, card: Sent) -> None:
        """Press as a person does: again, if nothing is to be seen."""
        for _ in range(5):
            number = self.server.press(card, card.key("已办"), "zhangsan")
            if self.server.is_shown(number):
                return
        raise AssertionError("nobody answers a press")

    def answerers(self) -> list[list[str]]:
        with open_ledger(self.url) as ledger:
            lines = ledger.board.lines()
        return [[answer.by for answer in line.answers.values()] for line in lines]

    def reminders(self, number: str) -> list[Sent]:
        return [
            message
            for message in self.server.texts
            if number in message.text and "3小时" in message.text
        ]


def _strike(pair: Pair, number: str, blow: signal.Signals, chance: random.Random) -> None:
    """Let a reminder fall due while the node that holds the connection is struck."""
    former = pair.holder
    pair.put(number)
    pair.server.wait(chance.uniform(0, 6))
    pair.running[former].signal(blow)
    card = pair.card_of(number)
    pair.press(card)
    if blow is signal.SIGKILL:
        pair.running[former].wait()
        pair.start(former)
    else:
        pair.running[former].signal(signal.SIGCONT)


def test_the_connection_goes_to_the_next_leader(postgres: PostgresServer, tmp_path: Path) -> None:
    with WecomServer().running() as server, ExitStack() as ends:
        pair = Pair(tmp_path, postgres.fresh_database(), server, ends)
        first = pair.holder
        pair.running[first].kill()
        pair.put("测1号")
        pair.press(pair.card_of("测1号"))
        assert pair.holder != first
        assert pair.answerers() == [["张三"]]
        assert len(pair.reminders("测1号")) == 1


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_blows_to_the_holder_cost_nothing(postgres: PostgresServer, tmp_path: Path) -> None:
    chance = random.Random(17)
    numbers = [f"测{number:02}号" for number in range(20)]
    with WecomServer().running() as server, ExitStack() as ends:
        pair = Pair(tmp_path, postgres.fresh_database(), server, ends)
        for index, number in enumerate(numbers):
            _strike(pair, number, (signal.SIGKILL, signal.SIGSTOP)[index % 2], chance)
        assert pair.answerers() == [["张三"]] * len(numbers)
        for number in numbers:
            first, *more = pair.reminders(number)
            assert all(REPEAT in message.text for message in more), first
