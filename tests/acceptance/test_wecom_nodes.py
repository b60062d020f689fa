"""Nodes on PostgreSQL with one WeCom robot: its one connection is the leader's, and goes to the
next leader with what waits for it."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.answer_links import AnswerLink, Deed, short_key
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.ledger import open_ledger
from notifier.service.answer_desk import answer_key
from tests.answered import LONG
from tests.daemon import Daemon, command, started, write_rows
from tests.faults.tally import REPEAT
from tests.peers.wecom_server import BOT_ID, SECRET, Sent, WecomServer
from tests.postgres import PostgresServer, postgres_server

_CLOSE = MilestoneName.REGISTRATION_CLOSE
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
            if name == "node1":
                shutil.copy(folder / "node0" / "answer.key", folder / name)
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
        """Add a parcel, of which the group is told at once."""
        close = datetime.now(UTC) + timedelta(days=9)
        file = self.folder / "rows.csv"
        row = (number, number, f"{shanghai(close):%Y-%m-%d %H:%M:%S}")
        write_rows(file, ("公告编号", "地块编号", "报名截止时间"), [row])
        done = command(self._configs["node0"], "import", str(file))
        assert done.returncode == 0, done.stderr

    def card_of(self, number: str) -> Sent:
        """Return a card with a button for a parcel, as if the first node had sent it."""
        with open_ledger(self.url) as ledger:
            offers = [offer for offer in ledger.parcels.all() if offer.parcel.parcel_no == number]
        link = AnswerLink(
            deed=Deed.DONE,
            recipient="拓展组",
            parcel_id=offers[0].id,
            milestone=_CLOSE,
            at=offers[0].parcel.milestones[_CLOSE].at,
        )
        button = {"text": "已办", "key": short_key(answer_key(self.folder / "node0"), link)}
        return Sent(_GROUP, 2, card={"task_id": f"task-{number}", "button_list": [button]})

    def wait_for_news(self, number: str) -> None:
        self.server.wait_until(lambda: bool(self.news(number)), LONG)

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

    def news(self, number: str) -> list[Sent]:
        return [message for message in self.server.texts if number in message.text]


def _strike(pair: Pair, number: str, blow: signal.Signals, chance: random.Random) -> None:
    """Let something fall due while the node that holds the connection is struck."""
    former = pair.holder
    if chance.random() < 0.5:
        pair.running[former].signal(blow)
        pair.put(number)
    else:
        pair.put(number)
        pair.server.wait(chance.uniform(0, 0.5))
        pair.running[former].signal(blow)
    pair.wait_for_news(number)
    pair.press(pair.card_of(number))
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
        pair.wait_for_news("测1号")
        assert pair.holder != first
        pair.press(pair.card_of("测1号"))
        assert pair.answerers() == [["张三"]]
        assert len(pair.news("测1号")) == 1


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_connection_goes_to_the_next_leader_and_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with WecomServer().running() as server, ExitStack() as ends:
        pair = Pair(tmp_path, postgres.fresh_database(), server, ends)
        first = pair.holder
        other = "node1" if first == "node0" else "node0"
        pair.running[first].signal(signal.SIGSTOP)
        pair.put("测1号")
        pair.wait_for_news("测1号")
        assert pair.holder == other
        pair.press(pair.card_of("测1号"))
        pair.running[first].signal(signal.SIGCONT)  # finds its connection taken
        pair.running[first].wait_for("another node leads", timeout=LONG)
        pair.running[other].kill()
        pair.put("测2号")
        pair.wait_for_news("测2号")
        assert pair.holder == first
        assert pair.answerers() == [["张三"], []]
        assert len(pair.news("测1号")) == len(pair.news("测2号")) == 1


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
            first, *more = pair.news(number)
            assert all(REPEAT in message.text for message in more), first
