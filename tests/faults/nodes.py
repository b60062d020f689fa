"""Several real nodes on one ledger on PostgreSQL, and what befalls one of them or the database:
killed, standing still, cut off; stopped and started again."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from notifier.domain.times import shanghai
from tests.daemon import Daemon, command, started, write_rows
from tests.faults.tally import NUMBER, Tally, count, is_reminder
from tests.peers.database_line import DatabaseLine
from tests.peers.http import ROBOT_KEY, Answer, HttpPeer, Reply, Request, wecom
from tests.postgres import PostgresServer

_LEAD = timedelta(hours=1)
_HEADINGS = ("公告编号", "地块编号", "报名截止时间")
_TERM = 6.0  # seconds
_LONGEST = 180.0  # seconds until what is late is given up
_AFTER = timedelta(seconds=12)
"""How long after a fault began a reminder that falls due may suffer from it."""

# The parcels of which a reminder is planned, claimed, or under way.
_HELD = """SELECT p.body FROM reminders r JOIN parcels p ON p.id = r.parcel_id
WHERE r.kind = 'reminder' AND r.state IN ('planned', 'claimed')"""

# What leaders alone do is witnessed: which node made a message of reminders, and who led then.
_WITNESS = """CREATE TABLE deeds (node TEXT, leader TEXT);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO deeds SELECT current_setting('application_name'),
(SELECT node FROM terms ORDER BY term DESC LIMIT 1);
RETURN NEW; END $$;
CREATE TRIGGER witness AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.kind = 'reminder')
EXECUTE FUNCTION witness()"""

# How many messages of reminders were made, and how many by a node that did not lead.
_DEEDS = "SELECT count(*), count(*) FILTER (WHERE node IS DISTINCT FROM leader) FROM deeds"

# The node of the last term.
_LEADER = "SELECT node FROM terms ORDER BY term DESC LIMIT 1"


@dataclass
class Node:
    """A daemon of its own config, and its line to the database."""

    name: str
    config: Path
    line: DatabaseLine
    ends: ExitStack
    running: Daemon | None = None

    def start(self) -> Daemon:
        self.running = self.ends.enter_context(started(Daemon(self.config)))
        return self.running.ready()

    def signal(self, number: signal.Signals) -> None:
        assert self.running is not None
        self.running.signal(number)

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()


class Crew:
    """`teams` reminders a second for `seconds`, and the nodes that are to send them."""

    def __init__(
        self,
        folder: Path,
        server: PostgresServer,
        peer: HttpPeer,
        *,
        teams: int,
        seconds: int,
        per_minute: int | None = None,
        engine: str = "embedded",
    ) -> None:
        """`per_minute`: the pace of the robot; nothing but reminders is said to it then."""
        self.url = server.fresh_database()
        self.peer = peer
        self._folder = folder
        self._server = server
        self._teams = teams
        self._seconds = seconds
        self._per_minute = per_minute
        self._engine = engine
        self.nodes: list[Node] = []
        self.due: dict[str, datetime] = {}
        self.struck: list[tuple[datetime, str]] = []

    @contextmanager
    def working(self, nodes: int) -> Iterator[Crew]:
        """Let so many nodes work; what they are to remind of begins to fall due in a moment."""
        with ExitStack() as ends:
            with psycopg.connect(self.url) as conn:
                conn.execute(_WITNESS)
            for number in range(nodes):
                self.nodes.append(self._node(f"node{number}", ends))
            for node in self.nodes:
                node.start()
            self._import()
            yield self

    def _node(self, name: str, ends: ExitStack) -> Node:
        folder = self._folder / name
        folder.mkdir()
        socket = self._server.folder / ".s.PGSQL.5432"
        line = ends.enter_context(DatabaseLine(socket).running())
        config = folder / "config.toml"
        config.write_text(self._config(name, line), encoding="utf-8")
        config.chmod(0o600)
        return Node(name=name, config=config, line=line, ends=ends)

    def _config(self, name: str, line: DatabaseLine) -> str:
        database = conninfo_to_dict(self.url)["dbname"]
        url = f"postgresql://notifier@127.0.0.1:{line.port}/{database}"
        kinds = "" if self._per_minute is None else 'kinds = ["reminder"]\n'
        recipients = "".join(
            f'[[recipients]]\nname = "team {team}"\nchannels = ["out"]\n'
            f'filter = {{ parcel_no = "测地{team:02}-*" }}\n'
            f'{kinds}rules = [{{ milestone = "registration_close", leads = ["1h"] }}]\n'
            for team in range(self._teams)
        )
        return (
            f'group_wait = "0s"\n[engine]\nkind = "{self._engine}"\n'
            f'[ledger]\nurl = "{url}?sslmode=disable&gssencmode=disable"\n'
            f'[channels.out]\nurl = "wecombot://{ROBOT_KEY}"\nendpoint = "{self.peer.url}/{name}"\n'
            f"per_minute = {self._per_minute or 100_000}\nseconds_apart = 0\n"
            f"timeout = 20\n{recipients}"
        )

    def _import(self) -> None:
        began = time.monotonic()
        command(self.nodes[0].config, "check")
        parcels = self._teams * self._seconds
        after = 5 + 5 * (time.monotonic() - began) + parcels / 60
        begin = (datetime.now(UTC) + timedelta(seconds=after)).replace(microsecond=0)
        self.due = {
            f"测地{team:02}-{second:03}号": begin + timedelta(seconds=second)
            for team in range(self._teams)
            for second in range(self._seconds)
        }
        rows = [
            ("测告1号", number, f"{shanghai(at + _LEAD):%Y-%m-%d %H:%M:%S}")
            for number, at in self.due.items()
        ]
        file = self._folder / "parcels.csv"
        write_rows(file, _HEADINGS, rows)
        done = command(self.nodes[0].config, "import", str(file))
        assert done.returncode == 0, done.stderr
        if self._per_minute is None:
            self.peer.wait_for(lambda asked: len(asked) >= self._teams)
        assert datetime.now(UTC) < begin, "too slow: announced after it was due"

    # -- what befalls them ------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let the nodes work for a while."""
        with contextlib.suppress(AssertionError):
            self.peer.wait_for(lambda _: False, timeout=seconds)

    def wait_for_more(self, more: int, timeout: float) -> None:
        """Wait until so many further requests have come, or not longer than `timeout`."""
        wanted = len(self.peer.requests) + more
        with contextlib.suppress(AssertionError):
            self.peer.wait_for(lambda asked: len(asked) >= wanted, timeout=timeout)

    def arrived(self) -> set[str]:
        """Return the numbers of which a reminder has come."""
        texts = [request.text for request in list(self.peer.requests)]
        return {number for text in texts if is_reminder(text) for number in NUMBER.findall(text)}

    def wait_until_arrived(self, numbers: set[str], timeout: float) -> None:
        """Wait until a reminder of each has come, or not longer than `timeout`."""
        with contextlib.suppress(AssertionError):
            self.peer.wait_for(lambda _: numbers <= self.arrived(), timeout=timeout)

    def wait_for_leader(self, other_than: str = "") -> str:
        """Wait until a node leads that is not `other_than`; return its name."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            for _ in range(int(_LONGEST * 10)):
                row = conn.execute(_LEADER).fetchone()
                if row is not None and row[0] != other_than:
                    return str(row[0])
                self.wait(0.1)
        raise AssertionError("nobody leads")

    def node_of(self, name: str) -> Node:
        """Return the node that the ledger knows by `name`."""
        for node in self.nodes:
            if node.running is not None and f"process {node.running.process.pid} on" in name:
                return node
        raise AssertionError(f"{name} is no node")

    def note_struck(self, how: str = "") -> None:
        self.struck.append((datetime.now(UTC), how))

    def part_of(self, node: Node) -> str:
        """Return whether a node led a moment ago."""
        with psycopg.connect(self.url) as conn:
            leader = conn.execute(_LEADER).fetchone()
        pid = node.running.process.pid if node.running else 0
        return "the leader" if leader and f"process {pid} on" in leader[0] else "a follower"

    # -- what came of it --------------------------------------------------------------------------

    def wait_for_all(self, longest: float = _LONGEST) -> None:
        """Wait until everything has arrived, or nothing that could is left."""
        until = time.monotonic() + longest
        while time.monotonic() < until:
            held = self.held()
            if self.due.keys() <= self.arrived() or not held:
                return
            self.wait_for_more(1, timeout=2)

    def held(self) -> set[str]:
        """Return the numbers that the ledger has still to send."""
        with psycopg.connect(self.url) as conn:
            return {json.loads(row[0])["parcel_no"] for row in conn.execute(_HELD)}

    def tally(self) -> Tally:
        arrived = [(request.at, request.text) for request in list(self.peer.requests)]
        whole = count(len(self.struck), self.due, arrived, self.held())
        first: dict[str, datetime] = {}
        for at, text in arrived:
            if is_reminder(text):
                for number in NUMBER.findall(text):
                    first.setdefault(number, at)
        worst = []
        for begin, _ in self.struck:
            late = [
                (first[number] - at).total_seconds()
                for number, at in self.due.items()
                if number in first and begin - timedelta(seconds=2) <= at < begin + _AFTER
            ]
            worst.append(max(late, default=0.0))
        with psycopg.connect(self.url) as conn:
            claims, usurped = conn.execute(_DEEDS).fetchone() or (0, 0)
        blows = [how for _, how in self.struck]
        return replace(whole, worst=worst, blows=blows, claims=claims, usurped=usurped)


def slow_peer(seed: int) -> Callable[[Request], Reply | Callable[[], Answer]]:
    """Return a robot that takes up to a tenth of a second, so that faults strike in the middle."""
    chance = random.Random(seed)
    never = threading.Event()

    def play(request: Request) -> Reply | Callable[[], Answer]:
        path = request.path[request.path.index("/cgi-bin") :]
        reply = wecom(replace(request, path=path))
        seconds = chance.uniform(0, 0.1)

        def answer() -> Answer:
            never.wait(seconds)
            assert isinstance(reply, Answer)
            return reply

        return answer

    return play


def kill(crew: Crew, node: Node, chance: random.Random) -> None:
    """kill -9, and a start some seconds later."""
    node.kill()
    crew.wait(chance.uniform(0, 1.5 * _TERM))
    node.start()


def stop(crew: Crew, node: Node, chance: random.Random) -> None:
    """Let a process stand still, for a moment or beyond its term."""
    node.signal(signal.SIGSTOP)
    crew.wait(chance.uniform(0, 2 * _TERM))
    node.signal(signal.SIGCONT)


def cut(crew: Crew, node: Node, chance: random.Random) -> None:
    """Cut a node off from the database, for a moment or beyond its term."""
    node.line.cut()
    crew.wait(chance.uniform(0, 2 * _TERM))
    node.line.mend()


def hold(crew: Crew, node: Node, chance: random.Random) -> None:
    """Let nothing through between a node and the database, as if packets were lost."""
    node.line.hold()
    crew.wait(chance.uniform(0, 2 * _TERM))
    node.line.mend()


Strike = Callable[[Crew, Node, random.Random], None]
FAULTS: tuple[Strike, ...] = (kill, stop, cut, hold)


def nodes_struck(
    folder: Path,
    server: PostgresServer,
    rounds: int,
    *,
    seed: int = 18,
    teams: int = 5,
    each: float = 12.0,
    faults: Sequence[Strike] = FAULTS,
    engine: str = "embedded",
) -> Tally:
    """Three nodes, of which one is struck in each round; `each`: the seconds of a round."""
    chance = random.Random(seed)
    with HttpPeer(slow_peer(seed)).running() as peer:
        crew = Crew(folder, server, peer, teams=teams, seconds=int(rounds * each), engine=engine)
        with crew.working(3):
            begin = min(crew.due.values())
            for number in range(rounds):
                until = begin + timedelta(seconds=each * number + chance.uniform(0, 2))
                crew.wait(max(0.0, (until - datetime.now(UTC)).total_seconds()))
                crew.wait_for_more(chance.randint(1, teams), timeout=2)
                node = chance.choice(crew.nodes)
                fault = faults[number % len(faults)]
                crew.note_struck(f"{fault.__name__} of {crew.part_of(node)}")
                fault(crew, node, chance)
            crew.wait_for_all()
            return crew.tally()


def leaders_struck(folder: Path, server: PostgresServer, deaths: int, *, seed: int = 50) -> Tally:
    """Three nodes, of which the one that leads dies or stands still each time, until another leads.

    It wakes, or starts again, while reminders fall due each second.
    """
    with HttpPeer(slow_peer(seed)).running() as peer:
        crew = Crew(folder, server, peer, teams=1, seconds=min(12 * deaths, 999))
        with crew.working(3):
            crew.wait((min(crew.due.values()) - datetime.now(UTC)).total_seconds())
            for number in range(deaths):
                name = crew.wait_for_leader()
                leader = crew.node_of(name)
                crew.wait_for_more(1, timeout=2)
                crew.note_struck("kill of the leader" if number % 2 else "stop of the leader")
                if number % 2:
                    leader.kill()
                    crew.wait_for_leader(name)
                    leader.start()
                else:
                    leader.signal(signal.SIGSTOP)
                    crew.wait_for_leader(name)
                    leader.signal(signal.SIGCONT)
            until_last = (max(crew.due.values()) - datetime.now(UTC)).total_seconds()
            crew.wait_for_all(longest=max(0.0, until_last) + _LONGEST)
            return crew.tally()


def database_stopped(
    folder: Path,
    server: PostgresServer,
    outages: Sequence[tuple[str, float]],
    *,
    nodes: int = 2,
    teams: int = 5,
    seed: int = 3,
) -> Tally:
    """PostgreSQL is stopped and started again while reminders fall due.

    `outages`: how it is stopped, and for how many seconds. The tally's `worst` are the seconds from
    each return until all that fell due in the meantime has arrived.
    """
    between = 12.0
    caught_up: list[float] = []
    seconds = int(sum(length + between for _, length in outages))
    with HttpPeer(slow_peer(seed)).running() as peer:
        crew = Crew(folder, server, peer, teams=teams, seconds=seconds)
        with crew.working(nodes):
            begin = min(crew.due.values())
            crew.wait((begin - datetime.now(UTC)).total_seconds())
            for mode, length in outages:
                crew.wait(between / 3)
                crew.wait_for_more(1, timeout=between / 3)
                crew.note_struck()
                server.stop(mode)
                crew.wait(length)
                server.start()
                back = datetime.now(UTC)
                waited_for = {number for number, at in crew.due.items() if at <= back}
                crew.wait_until_arrived(waited_for, timeout=_LONGEST)
                caught_up.append((datetime.now(UTC) - back).total_seconds())
            crew.wait_for_all()
            return replace(crew.tally(), worst=caught_up)


def one_robot(
    folder: Path, server: PostgresServer, *, messages: int, per_minute: int
) -> tuple[Tally, Sequence[datetime]]:
    """Two nodes speak to one robot, and one of them is killed in the middle and started again.

    Return the tally, and when the robot was spoken to.
    """
    with HttpPeer(slow_peer(4)).running() as peer:
        crew = Crew(folder, server, peer, teams=messages, seconds=1, per_minute=per_minute)
        with crew.working(2):
            peer.wait_for(lambda asked: len(asked) >= per_minute // 2, timeout=_LONGEST)
            crew.note_struck()
            crew.nodes[0].kill()
            peer.wait_for(lambda asked: len(asked) >= per_minute, timeout=_LONGEST)
            crew.nodes[0].start()
            crew.wait_for_all(longest=2 * _LONGEST)
            return crew.tally(), [request.at for request in peer.requests]
