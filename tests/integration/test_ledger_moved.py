"""A ledger that moves: to PostgreSQL and back, in the middle of a schedule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from notifier.cli import main
from notifier.config import load_settings
from notifier.domain.outcomes import Outcome, Verdict
from notifier.errors import ConfigError, LedgerError
from notifier.ledger import SqlLedger, move_ledger, open_ledger
from notifier.ledger.backends.postgres import PostgresBackend
from notifier.ledger.backends.sqlite_steps import table_names
from notifier.service import Tried
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.contract.world import DUE, IS_SENT, LEASE, NOW, ROUTES, SENT, plan
from tests.postgres import PostgresServer, postgres_server
from tests.services import CONSOLE, ONE_TEAM, World


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def _begun(place: Path | str) -> None:
    """Make a ledger in the middle of its schedule: something sent, something under way, something
    ahead."""
    with open_ledger(place) as ledger:
        parcels = tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(5))
        ledger.notices.save(a_notice(parcels=parcels), (), NOW)
        plan(ledger)
        ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
        job = ledger.outbox.begin("console", DUE, LEASE)
        assert job is not None
        ledger.deliveries.record(job, SENT, IS_SENT, DUE)


def _moved(source: Path | str, target: Path | str) -> dict[str, int]:
    with open_ledger(source, create=False) as before, open_ledger(target) as after:
        return move_ledger(before, after).rows


def _messages(place: Path | str, until: datetime) -> list[tuple[datetime, tuple[str, ...]]]:
    """Work a ledger until an instant; return when each message went out, and what it told."""
    messages = []
    with open_ledger(place) as ledger:
        now = DUE
        while now < until:
            now = min(until, ledger.claims.next_due() or until)
            ledger.claims.claim_due(now, timedelta(0), ROUTES)
            while (job := ledger.outbox.begin("console", now, LEASE)) is not None:
                lines = sorted(
                    f"{entry.reminder.milestone} {entry.reminder.lead}" for entry in job.entries
                )
                messages.append((now, tuple(lines)))
                ledger.deliveries.record(job, SENT, IS_SENT, now)
    return messages


def test_a_ledger_that_moved_twice_sends_what_it_would_have_sent(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    stayed, began, back = tmp_path / "stayed.db", tmp_path / "began.db", tmp_path / "back.db"
    between = postgres.empty_database()
    for place in (stayed, began):
        _begun(place)
    there = _moved(began, between)
    assert there["reminders"] > 50
    assert _moved(between, back) == there
    until = DUE + timedelta(days=20)
    assert _messages(back, until) == _messages(stayed, until)


class _Month:
    """A team's world for some weeks, with all that waits for an instant: a retry, a digest, a time
    that was moved, an answer, a silence of an hour before a reminder is said again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.told: list[tuple[datetime, str]] = []
        self.world = World(folder, _TEAM, NOW, on_tried=self._hear)

    def _hear(self, tried: Tried) -> None:
        self.told.append((self.world.clock.now(), tried.message.text))

    def save(self, close: str, *, number: int = 1) -> None:
        parcel = a_parcel(
            parcel_no=f"甲{number}号", milestones={"registration_close": f"2024-11-{close}"}
        )
        notice = a_notice(notice_no=f"甲告{number}号", file=f"{number}.csv", parcels=(parcel,))
        self.world.save(notice)

    def until(self, text: str) -> None:
        self.world.go(shanghai_time(f"2024-11-{text}"), step=timedelta(minutes=10))

    def answer(self, number: int) -> None:
        ledger, now = self.world.ledger, self.world.clock.now()
        (parcel,) = [p for p in ledger.parcels.all() if p.parcel.parcel_no == f"甲{number}号"]
        ledger.acknowledgements.add(parcel.id, "registration_close", "张", now)

    def answers(self) -> list[Sequence[Any]]:
        """Return what people have answered, by whom, and when."""
        rows = self.world.ledger.database.rows("SELECT * FROM acks ORDER BY parcel_id, milestone")
        return [tuple(row) for row in rows]

    def move(self, place: Path | str, ledger: str) -> None:
        """Stop, move the ledger, and start with a config that names the new one."""
        old = self.world.settings.ledger_place
        self.world.ledger.close()
        _moved(old, place)
        self.world.restart(f"{ledger}\n{_TEAM}")


_TEAM = (
    CONSOLE + '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
    'digest = "08:30"\nrules = [{ milestone = "registration_close", '
    'leads = ["3d", "1d", "3h"], urgent_from = "3h", repeat = "1h" }]\n'
)


def test_a_service_whose_ledger_moves_twice_in_a_schedule_says_all_that_it_would_have_said(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)  # the jitter of a retry
    stayed, moved = _Month(tmp_path / "stayed"), _Month(tmp_path / "moved")
    url, back = postgres.empty_database(), tmp_path / "moved" / "back.db"
    months = (stayed, moved)
    for month in months:
        for number in range(4):
            month.save("14 17:00", number=number)
        month.until("13 16:59")
        month.world.channels["console"].script += [Outcome(verdict=Verdict.RETRY)] * 2
        month.until("13 17:01")  # a reminder waits for its next try
        month.answer(3)
    moved.move(url, f'[ledger]\nurl = "{url}"')
    assert moved.answers() == stayed.answers() != []
    for month in months:
        month.until("14 10:00")
        month.save("18 17:00", number=2)
        month.answer(1)
        month.until("14 15:10")  # an urgent one was said, and is said again in an hour
    moved.move(back, 'ledger = "back.db"')
    assert moved.answers() == stayed.answers()
    assert len(stayed.answers()) == 2
    for month in months:
        month.until("19 09:00")
        month.world.ledger.close()
    assert moved.told == stayed.told
    assert len(stayed.told) > 15


def test_a_ledger_on_postgresql_goes_on_with_ids_of_its_own(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    _begun(tmp_path / "began.db")
    target = postgres.empty_database()
    _moved(tmp_path / "began.db", target)
    with open_ledger(target) as ledger:
        known = {offer.id for offer in ledger.parcels.all()}
        saved = ledger.notices.save(
            a_notice(notice_no="乙告1号", file="b.csv", parcels=(a_parcel(parcel_no="乙1号"),)),
            (),
            NOW,
        )
        assert saved.new[0].id not in known
        assert plan(ledger) > 0


def test_no_daemon_works_on_the_ledger_that_was_left(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    _begun(tmp_path / "began.db")
    _moved(tmp_path / "began.db", postgres.empty_database())
    with (
        open_ledger(tmp_path / "began.db") as left,
        pytest.raises(LedgerError, match="moved to postgresql://"),
    ):
        left.upkeep.hold()


def test_a_ledger_never_moves_into_one_that_is_used(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    target = postgres.empty_database()
    _begun(tmp_path / "began.db")
    _begun(target)
    with pytest.raises(LedgerError, match="there is a ledger already"):
        _moved(tmp_path / "began.db", target)
    with open_ledger(tmp_path / "began.db") as stays:
        stays.upkeep.hold()


# The keys and indexes of a ledger, in the words that make them.
_MADE = """SELECT conrelid::regclass::text || pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype <> 'n' AND connamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"""


def test_a_moved_ledger_has_every_key_and_index(postgres: PostgresServer, tmp_path: Path) -> None:
    _begun(tmp_path / "began.db")
    fresh, moved = postgres.fresh_database(), postgres.empty_database()
    _moved(tmp_path / "began.db", moved)
    made = []
    for url in (fresh, moved):
        with psycopg.connect(url) as conn:
            made.append(conn.execute(_MADE).fetchall())
    assert made[0] == made[1]
    assert len(made[0]) > 50


def test_a_row_that_changes_while_a_ledger_moves_is_noticed(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _begun(tmp_path / "began.db")
    url = postgres.empty_database()
    fill = PostgresBackend.fill

    def fill_wrongly(
        self: PostgresBackend, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        fill(self, table, columns, rows)
        if table == "reminders":
            self.run("UPDATE reminders SET lead = '9h' WHERE lead = '3h'")

    monkeypatch.setattr(PostgresBackend, "fill", fill_wrongly)
    with pytest.raises(LedgerError, match="table reminders differs after the copying"):
        _moved(tmp_path / "began.db", url)
    monkeypatch.undo()
    assert _moved(tmp_path / "began.db", url)["reminders"] > 50  # nothing had been moved


def test_both_databases_have_the_same_tables_and_columns(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with (
        open_ledger(tmp_path / "ledger.db") as left,
        open_ledger(postgres.fresh_database()) as other,
    ):
        assert _columns(left) == _columns(other)
        assert len(_columns(left)) > 25


def _columns(ledger: SqlLedger) -> dict[str, list[str]]:
    return {table: list(ledger.database.backend.columns(table)) for table in table_names()}


def _config(folder: Path, url: str) -> Path:
    file = folder / "config.toml"
    file.write_text(f'[ledger]\nurl = "{url}"\n{ONE_TEAM}', encoding="utf-8")
    file.chmod(0o600)
    return file


def test_the_command_moves_a_ledger_and_the_config_names_the_new_one(
    postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _begun(tmp_path / "began.db")
    target = postgres.empty_database()
    assert main(["--db", str(tmp_path / "began.db"), "move-ledger", target, "--json"]) == 0
    moved = json.loads(capsys.readouterr().out)
    assert moved["rows"]["parcels"] == 5
    config = str(_config(tmp_path, target))
    assert main(["-c", config, "history", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["deliveries"]) == 1
    assert main(["-c", config, "status", "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)["ledger"] == moved["place"]
    # nothing is planned after the copying that was not planned before
    assert (
        main(["-c", config, "simulate", "--from", "2024-11-04T09:00", "--to", "2024-11-05T09:00"])
        == 0
    )


def test_the_ledgers_password_is_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://notifier:sehr-geheim@127.0.0.1:1/nowhere"
    config = str(_config(tmp_path, url))
    assert main(["-c", config, "history"]) == 1
    shown = capsys.readouterr()
    assert "postgresql://127.0.0.1:1/nowhere" in shown.err
    assert "sehr-geheim" not in shown.out + shown.err
    assert "sehr-geheim" in load_settings(Path(config)).secrets


def test_an_address_that_is_none_of_postgresql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ledger\.url: expected an address, as in"):
        load_settings(_config(tmp_path, "mysql://db/notifier"))
