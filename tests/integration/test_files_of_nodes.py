"""Files at several nodes: put in anywhere, read once by whoever leads, shown everywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from notifier import app
from notifier.clock import SystemClock
from notifier.domain.receipts import Reception, Way
from notifier.domain.values import Cutout
from notifier.errors import LedgerError
from notifier.ledger import copy_ledger, move_ledger, open_ledger
from notifier.ledger.kept_files import KeptFiles
from notifier.service import Service
from notifier.service.file_desk import FileDesk
from notifier.service.originals import Originals
from notifier.testing import FakeChannel, a_notice
from notifier.web.site import build_application, build_site
from tests.faults.killed import READING_STEPS
from tests.integration.test_page_watch import notice
from tests.peers.land_site import Page, land_site
from tests.postgres import PostgresServer, postgres_server
from tests.services import ONE_TEAM, READER, MakeWorld, settings_of
from tests.watching import go_on, watching

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_ROWS = "公告编号,地块编号,报名截止时间\n测地1号,测地{}号,2030-11-29 17:00\n"
_BODY = _ROWS.format(1).encode()
_DIGEST = sha256(_BODY).hexdigest()
_MOST_STEPS = 100


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def crew(postgres: PostgresServer, tmp_path: Path) -> Iterator[Crew]:
    made = Crew(tmp_path, postgres.fresh_database())
    yield made
    made.close()


class Node:
    """A daemon of its own machine: its folder, its connections. Steps are called by hand."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.url = url
        self.settings = settings_of(folder, f'[ledger]\nurl = "{url}"\n' + ONE_TEAM + _OPERATORS)
        self.settings.inbox.mkdir()
        self.open()

    def open(self) -> None:
        """Become a node of the ledger."""
        self.ledger = open_ledger(self.url)
        self.name = self.ledger.upkeep.join()
        self.restart()

    def restart(self) -> None:
        """Forget everything but what the ledger knows."""
        self.service = self._service()

    def _service(self) -> Service:
        return app.build(
            self.settings,
            self.ledger,
            SystemClock(),
            channels={name: FakeChannel(name) for name in self.settings.channels},
            reader=READER,
            node=self.name,
        )

    @property
    def now(self) -> datetime:
        return self.ledger.nodes.present()

    def put(self, name: str, body: bytes = _BODY) -> None:
        """Save a file into this machine's folder."""
        (self.settings.inbox / name).write_bytes(body)

    def beat(self) -> None:
        self.service.crew.step(self.now)

    def step(self, name: str) -> None:
        (step,) = [step for step in self.service.steps() if step.name == name]
        step.run(self.now)

    def carry(self) -> None:
        """Look twice: a file is carried when it looked the same twice."""
        for _ in range(2):
            self.step("folder")

    def read(self) -> None:
        """Read until nothing waits any more."""
        for _ in range(_MOST_STEPS):
            self.beat()
            self.step("inbox")
            if not self.ledger.kept_files.waiting():
                return
            self._wait_for_slow()
        raise AssertionError(f"not read: {self.ledger.kept_files.waiting()}")

    def _wait_for_slow(self) -> None:
        """Wait a second at most for a file that takes long to read."""
        for slow in self.service.inbox._slow.values():
            if slow.reading is not None:
                slow.reading.wait(1)

    def read_until_killed(self) -> None:
        """Read as a node that leads, until something ends it."""
        self.beat()
        for _ in range(_MOST_STEPS):
            self.service.inbox.step(self.now)
            self._wait_for_slow()

    def parcels(self) -> list[str]:
        return [offer.parcel.parcel_no for offer in self.ledger.parcels.all()]

    def receptions(self) -> list[tuple[str, Reception]]:
        return [(line.file, line.reception) for line in self.ledger.receipts.latest()][::-1]

    def desk(self) -> FileDesk:
        return FileDesk(self.ledger, lambda: self.settings)

    def alerts(self) -> list[str]:
        rows = self.ledger.database.rows("SELECT body FROM messages WHERE kind = 'alert'")
        return [str(row["body"]) for row in rows]


class Crew:
    """Two nodes on one ledger, of which `north` leads."""

    def __init__(self, folder: Path, url: str) -> None:
        self.north = Node(folder / "north", url)
        self.south = Node(folder / "south", url)
        for node in (self.north, self.south):
            node.service.lifecycle.start(node.now)

    def close(self) -> None:
        for node in (self.north, self.south):
            node.ledger.close()


def test_a_file_put_in_at_one_node_is_read_by_another_and_its_receipt_is_at_the_first(
    crew: Crew,
) -> None:
    deposit = crew.south.desk().put("表.csv", _BODY, way=Way.BOARD, by="张三", now=crew.south.now)
    assert deposit.file == "board/表.csv"
    crew.south.step("inbox")
    assert crew.north.parcels() == []
    crew.north.read()
    assert crew.south.parcels() == ["测地1号"]
    (answered,) = crew.south.desk().deposits([deposit.id])
    assert answered.receipt is not None
    assert (answered.receipt.reception, answered.receipt.sender) == (Reception.READ, "张三")
    assert list(crew.south.settings.inbox.iterdir()) == []


def test_a_file_in_the_folder_of_a_node_that_does_not_lead_is_read(crew: Crew) -> None:
    (crew.south.settings.inbox / "宁波").mkdir()
    crew.south.put("宁波/a.csv")
    crew.south.carry()
    crew.north.read()
    assert crew.north.receptions() == [("宁波/a.csv", Reception.READ)]
    assert Originals(crew.north.ledger, lambda: crew.north.settings).bytes_of("宁波/a.csv") == _BODY


def test_a_file_in_the_folder_of_the_node_that_leads_is_read(crew: Crew) -> None:
    crew.north.put("a.csv")
    crew.north.carry()
    assert crew.north.service.inbox._kept is not None
    assert crew.north.service.inbox._kept.look(), "it need not wait for a beat"
    crew.north.read()
    assert crew.north.parcels() == ["测地1号"]


def test_what_two_nodes_see_in_one_folder_is_read_once(crew: Crew) -> None:
    for node in (crew.north, crew.south):
        node.put("a.csv")
        node.carry()
    crew.north.read()
    crew.south.carry()
    crew.north.read()
    assert crew.north.receptions() == [("a.csv", Reception.READ)]


def test_a_restart_reads_nothing_again_and_sees_what_has_changed(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 1):  # back to what it was, while the node is away
        crew.south.put("a.csv", _ROWS.format(number).encode())
        for _ in range(2):
            crew.south.restart()
            crew.south.carry()
            crew.north.read()
    assert len(crew.north.receptions()) == 3
    monkeypatch.setattr(KeptFiles, "carry", None)  # no file of a known state is asked about
    crew.south.restart()
    for _ in range(2):
        crew.south.service.carrier.look_into(crew.south.settings.inbox, crew.south.now)


def test_two_files_of_one_name_at_two_nodes_are_both_read_in_their_order(crew: Crew) -> None:
    for number, node in enumerate((crew.north, crew.south), 1):
        node.put("a.csv", _ROWS.format(number).encode())
        node.carry()
    crew.north.read()
    assert sorted(crew.north.parcels()) == ["测地1号", "测地2号"]
    last = crew.north.ledger.files.get("a.csv")
    assert last is not None
    assert last.sha256 == sha256(_ROWS.format(2).encode()).hexdigest(), "in the order they came"


def test_the_same_upload_once_more_tells_whoever_waits_what_was_read_before(crew: Crew) -> None:
    deposits = []
    for by, node in (("张三", crew.south), ("李四", crew.north)):
        deposits.append(node.desk().put("a.csv", _BODY, way=Way.BOARD, by=by, now=node.now))
        crew.north.read()
    found = crew.south.desk().deposits([deposit.id for deposit in deposits])
    receipts = [deposit.receipt for deposit in found]
    assert [receipt and (receipt.reception, receipt.sender) for receipt in receipts] == [
        (Reception.READ, "张三"),
        (Reception.KNOWN, "李四"),
    ]


def test_what_is_not_to_be_read_is_refused_by_the_reader_with_its_reason(crew: Crew) -> None:
    (crew.south.settings.inbox / "link.csv").symlink_to("elsewhere")
    crew.south.put("empty.csv", b"")
    crew.south.carry()
    crew.north.read()
    refused = {line.file: line.words for line in crew.south.ledger.receipts.latest()}
    assert refused.keys() == {"link.csv", "empty.csv"}
    assert "symbolic link" in refused["link.csv"]
    for _ in range(2):
        crew.south.carry()
        crew.north.read()
    assert len(crew.south.ledger.receipts.latest()) == 2


def test_a_file_is_refused_at_once_while_too_much_waits_and_stays_in_its_folder(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("notifier.ledger.kept_files.MOST_WAITING", 1)
    crew.south.desk().put("a.csv", _BODY, way=Way.BOARD, now=crew.south.now)
    refused = crew.south.desk().put("b.csv", _BODY, way=Way.BOARD, now=crew.south.now)
    assert refused.receipt is not None
    assert refused.receipt.words == "too many files wait to be read: put it in again later"
    crew.south.put("c.csv")
    crew.south.carry()
    crew.south.carry()
    assert caplog.text.count("too much waits to be read") == 1
    crew.north.read()
    crew.south.carry()
    crew.north.read()
    assert [file for file, _ in crew.north.receptions()] == ["b.csv", "board/a.csv", "c.csv"]


def test_a_file_that_was_marked_when_two_nodes_ended_is_not_read_a_third_time(crew: Crew) -> None:
    crew.south.put("a.csv")
    crew.south.carry()
    for _ in range(2):  # each as if it ended while it read
        crew.north.ledger.files.begin_reading("a.csv", _DIGEST, crew.north.now)
    crew.north.read()
    (receipt,) = crew.north.ledger.receipts.latest()
    assert receipt.reception is Reception.REFUSED
    assert "ended twice" in receipt.words
    assert crew.north.parcels() == []


def test_a_node_that_leads_no_more_takes_back_its_marks(crew: Crew) -> None:
    crew.south.put("a.csv")
    crew.south.carry()
    inbox = crew.north.service.inbox
    inbox._begun.add(("a.csv", _DIGEST))
    crew.north.ledger.files.begin_reading("a.csv", _DIGEST, crew.north.now)
    crew.north.service.crew.leave()
    crew.south.beat()
    assert crew.south.service.crew.leads
    crew.north.beat()
    crew.north.step("inbox")
    assert crew.south.ledger.files.begin_reading("a.csv", _DIGEST, crew.north.now) == 0
    crew.south.read()
    assert crew.south.parcels() == ["测地1号"]


def test_a_file_that_was_stored_when_its_node_ended_is_not_stored_again(crew: Crew) -> None:
    deposit = crew.south.desk().put("a.csv", _BODY, way=Way.BOARD, by="张三", now=crew.south.now)
    files = crew.north.ledger.kept_files
    (file,) = files.waiting()
    crew.north.read()
    crew.north.ledger.database.backend.query(
        "UPDATE files_kept SET read_at = NULL WHERE id = ? RETURNING id", (file.id,)
    )  # as if it had ended just before it noted the end
    crew.north.read()
    assert crew.north.receptions() == [("board/a.csv", Reception.READ)]
    assert crew.north.desk().deposits([deposit.id])[0].receipt is not None


class _Killed(BaseException):
    """What ends a node in the middle of a step: nobody catches it."""


def test_a_node_that_dies_at_any_step_of_a_reading_leaves_it_to_the_other(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [(step, when) for step in READING_STEPS for when in ("before", "after")]
    leader, other = crew.north, crew.south
    for number, (step, when) in enumerate(points):
        if step == "carry":
            continue
        body = _ROWS.format(number).encode()
        deposit = other.desk().put(f"{number}.csv", body, way=Way.BOARD, by="张三", now=other.now)
        with monkeypatch.context() as dying:
            _die_at(dying, step, when)
            with pytest.raises(_Killed):
                leader.read_until_killed()
        leader.service.crew.leave()  # the other would lead when the term ends
        leader.restart()
        other.read()
        (receipt,) = [line for line in other.ledger.receipts.latest() if line.file == deposit.file]
        assert receipt.reception is Reception.READ, (step, when)
        assert (receipt.contents.new, receipt.sender) == ((f"测地{number}号",), "张三"), (
            step,
            when,
        )
        assert other.desk().deposits([deposit.id])[0].receipt == receipt
        leader, other = other, leader
    revisions = leader.ledger.database.rows("SELECT file FROM revisions")
    assert len({row["file"] for row in revisions}) == len(revisions) == len(points) - 2


def _die_at(monkeypatch: pytest.MonkeyPatch, step: str, when: str) -> None:
    owner, verb = READING_STEPS[step]
    real = getattr(owner, verb)

    def die(*arguments: object, **named: object) -> None:
        if when == "after":
            real(*arguments, **named)
        raise _Killed

    monkeypatch.setattr(owner, verb, die)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_node_that_dies_while_it_hands_a_file_over_loses_and_doubles_nothing(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    crew.south.put("a.csv")
    with monkeypatch.context() as dying:
        _die_at(dying, "carry", when)
        with pytest.raises(_Killed):
            crew.south.carry()
    crew.south.restart()
    crew.south.carry()
    crew.north.read()
    assert crew.north.receptions() == [("a.csv", Reception.READ)]


def test_a_folder_that_is_away_is_told_of_by_its_node_and_when_it_is_back(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "notifier")
    crew.north.carry()
    crew.north.settings.inbox.rmdir()
    crew.north.carry()
    crew.north.service.inbox.step(crew.north.now)  # what others put in goes on
    channel = crew.north.service.active.setup.channels["ops"]
    assert isinstance(channel, FakeChannel)
    assert len(channel.accepted) == 1
    crew.north.settings.inbox.mkdir()
    crew.north.carry()
    assert len(channel.accepted) == 2
    assert "it can be read again" in caplog.text


def test_a_file_that_a_node_may_not_read_is_told_of_once(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew.south.put("a.csv")

    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("notifier.intake.inbox.read_below", refuse)
    for _ in range(3):
        crew.south.carry()
    (alert,) = crew.south.alerts()
    assert "Permission denied" in alert
    monkeypatch.undo()
    crew.south.carry()
    crew.north.read()
    assert crew.north.parcels() == ["测地1号"]


def test_an_idle_node_does_not_ask_for_files(crew: Crew, postgres: PostgresServer) -> None:
    for node in (crew.north, crew.south):
        node.carry()
        node.read()
        node.beat()
    asked = []
    for node in (crew.north, crew.south):
        kept = node.service.inbox._kept
        assert kept is not None
        asked.append(kept.look())
    assert asked == [[], []]


# -- what people see of it ------------------------------------------------------------------------


def test_the_board_on_another_machine_shows_the_original(crew: Crew) -> None:
    crew.south.put("a.csv")
    crew.south.carry()
    crew.north.read()
    (offer,) = crew.north.ledger.parcels.all()
    browser = _browser(crew.north)
    assert f"/parcel/{offer.id}/original?as=text" in browser.get(f"/parcel/{offer.id}").text
    assert "测地1号" in browser.get(f"/parcel/{offer.id}/original?as=text").text
    saved = browser.get(f"/parcel/{offer.id}/original")
    assert saved.content == _BODY
    assert saved.headers["content-disposition"].startswith("attachment")


def _browser(node: Node) -> TestClient:
    site = build_site(node.ledger, lambda: node.settings, SystemClock())
    host = "http://127.0.0.1:8010"
    browser = TestClient(
        build_application(site),
        base_url=host,
        headers={"sec-fetch-site": "same-origin", "origin": host, "accept-language": "zh"},
        client=("127.0.0.1", 50_000),
    )
    link = site.sign_in.make_link("team", SystemClock().now())
    browser.post(f"/sign-in/{link}")
    return browser


def test_pictures_of_lines_are_shown_on_another_machine(crew: Crew) -> None:
    picture = b"\xff\xd8\xff a line"
    cutout = Cutout(quote="11月29日", picture=base64.b64encode(picture).decode())
    notice = replace(a_notice(), file="scan.pdf", cutouts=(cutout,))
    crew.north.service.ingest.store([notice], crew.north.now)
    pictures = Originals(crew.south.ledger, lambda: crew.south.settings).pictures
    key = pictures.key_of("scan.pdf", "11月29日")
    assert pictures.get(key) == picture
    assert pictures.key_of("scan.pdf", "another") == ""
    assert not list(crew.north.settings.ledger.parent.glob("cutouts"))


def test_the_bytes_of_a_watched_page_are_kept_in_the_ledger_as_proof(
    world: MakeWorld, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_LEDGER__URL", postgres.fresh_database())
    with land_site() as site:
        site.pages["/robots.txt"] = Page(status=404)
        site.pages["/1.html"] = Page(body=notice())
        program = watching(world, site, "/1.html")
        go_on(program, timedelta(minutes=5))
    (offer,) = program.ledger.parcels.all()
    originals = Originals(program.ledger, lambda: program.settings)
    assert originals.bytes_of(offer.file) == notice()
    assert not list(program.settings.ledger.parent.glob("watched"))


def test_housekeeping_forgets_what_nothing_was_read_from(
    world: MakeWorld, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_LEDGER__URL", postgres.fresh_database())
    program = world(ONE_TEAM, "2029-10-01 10:00")
    desk = FileDesk(program.ledger, lambda: program.settings)
    for name, body in (("a.csv", _BODY), ("b.png", b"no picture")):
        desk.put(name, body, way=Way.BOARD, now=program.clock.now())
    program.read_deposits()
    files = program.ledger.kept_files
    for digest in (sha256(b"no picture").hexdigest(), ""):
        program.service.housekeeping.keep_ledger(program.clock.now())
        assert files.read_last("board/a.csv") == _DIGEST
        assert files.read_last("board/b.png") == digest
        program.clock.move(timedelta(days=31))


# -- a ledger that moves --------------------------------------------------------------------------


def test_files_move_with_their_ledger_and_a_copy_to_look_at_has_none(
    crew: Crew, postgres: PostgresServer, tmp_path: Path
) -> None:
    crew.south.put("a.csv")
    crew.south.carry()
    _refuse_to_move(crew, tmp_path / "early.db")
    crew.north.read()
    copy_ledger(crew.north.ledger, tmp_path / "copy.db", crew.north.now)
    with open_ledger(tmp_path / "copy.db") as copy:
        assert copy.kept_files.read_last("a.csv") == ""
        assert [offer.parcel.parcel_no for offer in copy.parcels.all()] == ["测地1号"]
    crew.close()
    there = postgres.empty_database()
    for source, target in ((crew.north.url, tmp_path / "moved.db"), (tmp_path / "moved.db", there)):
        with open_ledger(source) as before, open_ledger(target) as after:
            assert move_ledger(before, after).rows["file_bytes"] == 1
            assert after.kept_files.bytes_of(_DIGEST) == _BODY


def _refuse_to_move(crew: Crew, target: Path) -> None:
    for node in (crew.north, crew.south):
        node.service.lifecycle.leave()
        node.ledger.close()
    with (
        open_ledger(crew.north.url) as before,
        open_ledger(target) as after,
        pytest.raises(LedgerError, match="1 files in it wait to be read"),
    ):
        move_ledger(before, after)
    for node in (crew.north, crew.south):
        node.open()
        node.service.lifecycle.start(node.now)
