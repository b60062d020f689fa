"""The ledger on PostgreSQL: a pool of connections, and locks that all machines see."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor, IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import ConnectionPool, PoolTimeout

from notifier.errors import BackupRefused, LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger.backends.postgres_steps import NAMES, SCRATCH, statements_after
from notifier.ledger.backends.sqlite_steps import TABLES_OF_BYTES
from notifier.ledger.database import COPIED_AT, COPYING, RESTORED_AT, DatabaseRow

_MOST_CONNECTIONS = 12
_WAIT = 10.0  # seconds for a connection, and for a lock
_ASKED = 5  # times that the pool is asked in that time
_STANDS_STILL = 3.0  # seconds; a node that beat 6 seconds ago stands still for at least 4
_GIVE_UP = 2.0  # seconds after which the pool connects no more of itself, but when it is asked
_NETWORK_WAITS = {
    # a database whose machine has died answers nothing, and sends no end of the connection either
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
_ROWS_AT_ONCE = 10_000  # of a table that is moved
_LARGE_AT_ONCE = 5
_DAEMON_LOCK = "notifier daemon"
_TABLES_LOCK = "notifier tables"

# Whether the ledger has tables yet.
_HAS_STEPS = "SELECT to_regclass('ledger_steps') IS NOT NULL"

# The steps that the tables have taken.
_STEPS_TAKEN = "SELECT name FROM ledger_steps"

# A place for the names of steps.
_CREATE_STEPS = "CREATE TABLE ledger_steps (name TEXT PRIMARY KEY)"

# A step has been taken.
_NOTE_STEP = "INSERT INTO ledger_steps (name) VALUES (%s)"

# How long a person's command makes the daemon wait at most.
_LOCK_TIMEOUT = "SET lock_timeout = '10s'"

# Of two transactions with the same lock, the second waits.
_TAKE_LOCK = "SELECT pg_advisory_xact_lock(%s)"

# The same for several locks, in the order of the list.
_TAKE_LOCKS = "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number"

# Become the only one who works on the ledger, unless another connection works on it.
_TRY_HOLD = "SELECT pg_try_advisory_lock(%s)"

# Become one of the daemons, unless somebody wants to be the only one.
_TRY_JOIN = "SELECT pg_try_advisory_lock_shared(%s)"

# What instant it is.
_PRESENT = "SELECT clock_timestamp()"

# The same, as whole milliseconds since 1970 UTC.
_PRESENT_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

# Whether a term still runs. Who ends it waits for the transaction that asks this; who prolongs it
# does not.
_IS_LEADING = "SELECT 1 FROM terms WHERE term = %s FOR KEY SHARE"

# A process that stands still in the middle of a transaction keeps nobody waiting for long: it is
# cut off before its term is over, which nobody else could begin to lead without its locks.
_IDLE_TIMEOUT = "SET idle_in_transaction_session_timeout = '5s'"

# But a ledger that is being copied is read for as long as the other one needs.
_NO_IDLE_TIMEOUT = "SET LOCAL idle_in_transaction_session_timeout = 0"

# What a process has under way ends where the server has waited for it for a while; what is slow
# goes on. In the middle of many rows, which it sends or reads, no timeout would end it. Idle
# connections stay, and with them its lock.
_CUT_OFF = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database() AND usename = current_user
AND state <> 'idle' AND wait_event_type = 'Client'
AND state_change <= clock_timestamp() - %s * interval '1 second'"""

# The daemon ends.
_LET_GO = "SELECT pg_advisory_unlock_all()"

# Whose connections the daemons' are. A 64-bit lock stands in two halves.
_HOLDER = """SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid =
    l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database =
(SELECT oid FROM pg_database WHERE datname = current_database())
AND (l.classid::bigint << 32 | l.objid::bigint) = %s"""

# Pages that did not have the checksum that they were written with.
_CHECKSUM_FAILURES = """SELECT coalesce(checksum_failures, 0) FROM pg_stat_database
WHERE datname = current_database()"""

# What changes with every transaction that writes.
_CHANGE_MARK = "SELECT pg_current_snapshot()::text"

# Which tables these are: a restored dump has others.
_IDENTITY = """SELECT d.oid::text || ' ' || 'meta'::regclass::oid::text FROM pg_database d
WHERE d.datname = current_database()"""

# The columns of a table, in their order.
_COLUMNS = """SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""

# Where a table's ids come from, if it has ids.
_SEQUENCE_OF = """SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_attribute
WHERE attrelid = to_regclass(t.name) AND attname = 'id' AND attidentity <> '')
THEN pg_get_serial_sequence(t.name, 'id') END FROM (SELECT %s::text AS name) AS t"""

# The keys of these tables; what refers to others comes first.
_KEYS = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
AND contype IN ('f', 'p', 'u') ORDER BY contype <> 'f', oid"""

# The indexes of these tables, those of keys apart.
_INDEXES = """SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype <> 'f')"""

# What is remembered by a key.
_GET = "SELECT value FROM meta WHERE key = %s"

# What is remembered by a key, in the place of what was.
_PUT = (
    "INSERT INTO meta (key, value) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value"
)

# What is not remembered any more.
_FORGET = "DELETE FROM meta WHERE key = %s"


class PostgresRow:
    """One row: its values by the name of the column, or by place."""

    __slots__ = ("_places", "_values")

    def __init__(self, values: Sequence[Any], places: dict[str, int]) -> None:
        self._values = values
        self._places = places

    def __getitem__(self, key: str | int) -> Any:
        return self._values[key if isinstance(key, int) else self._places[key]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)


def _rows(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], PostgresRow]:
    places: dict[str, int] = {}
    for place, column in enumerate(cursor.description or ()):
        places.setdefault(column.name, place)

    def make(values: Sequence[Any]) -> PostgresRow:
        return PostgresRow(values, places)

    return make


class _TextDumper(StrDumperUnknown):
    """Send text without the one character that PostgreSQL does not keep."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", ""))


class PostgresBackend:
    """A pool of connections. A thread that writes has one of them until its transaction ends."""

    size_query = "SELECT pg_database_size(current_database())"
    is_shared = True

    def __init__(self, url: str, *, create: bool = True) -> None:
        """Connect and bring the tables up to date.

        LedgerError if the database cannot be reached, has no ledger and `create` is False, or was
        used by a newer version.
        """
        self._url = url
        self._place = _place_of(url)
        self._current = threading.local()
        name = _own_name()
        self._lock = DaemonLock(url, self._place, name, self._connection)
        self._pool: ConnectionPool[Connection[PostgresRow]] = ConnectionPool(
            url,
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            open=False,
            timeout=_WAIT,
            reconnect_timeout=_GIVE_UP,
            check=_check,
            configure=_configure,
            kwargs={
                "application_name": name,
                "row_factory": _rows,
                "autocommit": True,
                **network_waits(url),
            },
        )
        try:
            self._upgrade(create=create)
            self._pool.open(wait=True, timeout=_WAIT)
        except (psycopg.Error, PoolTimeout) as fault:
            self._pool.close()
            raise LedgerError(
                f"{self.place}: this ledger cannot be opened: {_words(fault)}"
            ) from fault
        except BaseException:
            self._pool.close()
            raise

    @property
    def place(self) -> str:
        """The database's address, without its password."""
        return self._place

    # -- tables -----------------------------------------------------------------------------------

    def _upgrade(self, *, create: bool) -> None:
        """Take the steps that are not yet taken; of several nodes that start at once, one does."""
        with psycopg.connect(self._url, **network_waits(self._url)) as conn:
            wait_for_turn(conn)
            taken = self._steps_taken(conn)
            if unknown := taken - set(NAMES):
                raise LedgerError(
                    f"{self.place}: a newer version of the program has used this ledger "
                    f"({', '.join(sorted(unknown))}): use that version, or restore the backup "
                    "that was made before"
                )
            if not taken and not create:
                raise LedgerError(
                    f"{self.place}: there is no ledger here: start `notifier run` or "
                    "`notifier import` first"
                )
            if taken != set(NAMES):
                if not taken:
                    conn.execute(_CREATE_STEPS)
                for statement in statements_after(taken):
                    conn.execute(sql.SQL(statement))
                for name in NAMES:
                    if name not in taken:
                        conn.execute(_NOTE_STEP, (name,))
            self._notice_restoring(conn)

    def _steps_taken(self, conn: Connection[Any]) -> set[str]:
        has_steps = conn.execute(_HAS_STEPS).fetchone()
        if has_steps is None or not has_steps[0]:
            return set()
        return {row[0] for row in conn.execute(_STEPS_TAKEN)}

    def _notice_restoring(self, conn: Connection[Any]) -> None:
        """Note that the ledger is a restored copy, if its tables are not those it was used in.

        The memory holds the identity of the tables; a restored copy holds the old one. The copy was
        made after the last beat that it knows.
        """
        identity = self._identity(conn)
        known = conn.execute(_GET, ("identity",)).fetchone()
        if known is not None and known[0] == identity:
            return
        if known is not None:
            beat = conn.execute(_GET, ("last_beat",)).fetchone()
            if beat is not None:
                conn.execute(_PUT, (COPIED_AT, beat[0]))
                conn.execute(_FORGET, (RESTORED_AT,))
        conn.execute(_PUT, ("identity", identity))

    def _identity(self, conn: Connection[Any]) -> str:
        row = conn.execute(_IDENTITY).fetchone()
        return "" if row is None else str(row[0])

    # -- statements -------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, *locks: str) -> Iterator[None]:
        """Begin a transaction that writes.

        Of two that share a lock, the second waits for the first. RuntimeError within another.
        """
        if getattr(self._current, "conn", None) is not None:
            raise RuntimeError("a transaction is open already")
        # every transaction locks in one order, so that no two wait for each other
        numbers = sorted({_lock_number(lock) for lock in locks})
        try:
            with self._lent() as conn:
                conn.isolation_level = IsolationLevel.REPEATABLE_READ if COPYING in locks else None
                with conn.transaction():
                    self._current.conn = conn
                    try:
                        self._lock.check(conn)
                        if COPYING in locks:
                            conn.execute(_NO_IDLE_TIMEOUT)
                        if numbers:
                            conn.execute(_TAKE_LOCKS, (numbers,))
                        yield
                    finally:
                        self._current.conn = None
        except (psycopg.Error, PoolTimeout) as fault:
            raise _error(self.place, fault) from fault

    @contextmanager
    def _lent(self) -> Iterator[Connection[PostgresRow]]:
        """Lend a connection of the pool. PoolTimeout if there is none for a while."""
        conn = self._wait_for_connection()
        try:
            with conn:
                yield conn
        finally:
            self._pool.putconn(conn)

    def _wait_for_connection(self) -> Connection[PostgresRow]:
        """Wait for a connection of the pool.

        By itself the pool waits twice as long after each attempt that failed, and would notice a
        database that is back after a minute half a minute late; each time it is asked it begins
        anew.
        """
        for _ in range(_ASKED - 1):
            with suppress(PoolTimeout):
                return self._pool.getconn(timeout=_WAIT / _ASKED)
        return self._pool.getconn(timeout=_WAIT / _ASKED)

    @contextmanager
    def _connection(self) -> Iterator[Connection[PostgresRow]]:
        """Give this thread's transaction its connection, or a connection for one statement."""
        current = getattr(self._current, "conn", None)
        try:
            if current is not None:
                yield current
            else:
                with self._lent() as conn:
                    yield conn
        except (psycopg.Error, PoolTimeout) as fault:
            raise _error(self.place, fault) from fault

    def query(self, statement: str, values: Sequence[Any] = ()) -> Sequence[DatabaseRow]:
        """Return the rows that a statement gives."""
        with self._connection() as conn:
            self._lock.keep(conn)
            return conn.execute(_translated(statement), values).fetchall()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement within a transaction; return how many rows it touched."""
        with self._connection() as conn:
            return conn.execute(_translated(statement), values).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each of `rows` within a transaction.

        Return how many rows were touched.
        """
        with self._connection() as conn:
            cursor = conn.cursor()
            cursor.executemany(_translated(statement), rows)
            return max(cursor.rowcount, 0)

    def load(self, insert: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows at once within a transaction, by COPY."""
        with self._connection() as conn:
            _copy(conn, _copy_of(insert), rows)

    # -- moving -----------------------------------------------------------------------------------

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        with self._connection() as conn:
            return [row[0] for row in conn.execute(_COLUMNS, (table,))]

    def dump(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Yield the rows of a table in the caller's transaction, by the first column."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            names, sql.Identifier(table), sql.Identifier(columns[0])
        )
        with self._connection() as conn, conn.cursor("moving", row_factory=tuple_row) as cursor:
            cursor.itersize = _LARGE_AT_ONCE if table in TABLES_OF_BYTES else _ROWS_AT_ONCE
            cursor.execute(query)
            yield from cursor

    @contextmanager
    def filling(self, tables: Sequence[str]) -> Iterator[None]:
        """Let `tables` be filled without keys and indexes, which are made at the end of the block.

        New ids begin after those that were filled in, and the ledger belongs to these tables: it is
        no restored copy.
        """
        with self._connection() as conn:
            indexes = conn.execute(_INDEXES, (list(tables),)).fetchall()
            keys = conn.execute(_KEYS, (list(tables),)).fetchall()
            for table, name, _ in keys:
                drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
                conn.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
            for name, _ in indexes:
                conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
            yield
            for _, definition in indexes:
                conn.execute(definition)
            for table, name, definition in reversed(keys):  # what refers to others comes last
                add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
                conn.execute(
                    add.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(definition))
                )
            self._begin_ids_after(conn, tables)
            conn.execute(_PUT, ("identity", self._identity(conn)))
            conn.execute("ANALYZE")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows with their ids in place of what a table holds; within `filling`."""
        empty = sql.SQL("DELETE FROM {}").format(sql.Identifier(table))
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        copy_in = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection() as conn:
            conn.execute(empty)
            _copy(conn, copy_in, rows)

    def _begin_ids_after(self, conn: Connection[Any], tables: Sequence[str]) -> None:
        for table in tables:
            has_ids = conn.execute(_SEQUENCE_OF, (table,)).fetchone()
            if has_ids is not None and has_ids[0] is not None:
                highest = sql.SQL(
                    "SELECT setval(%s, (SELECT coalesce(max(id), 0) + 1 FROM {}), false)"
                )
                conn.execute(highest.format(sql.Identifier(table)), (has_ids[0],))

    # -- care -------------------------------------------------------------------------------------

    @property
    def place_taken(self) -> DaemonLock:
        """The place of this process among those that work on the ledger."""
        return self._lock

    def present(self) -> datetime:
        """Return what instant it is by the server's clock."""
        with self._connection() as conn:
            row = conn.execute(_PRESENT).fetchone()
        assert row is not None
        present: datetime = row[0]
        return present.astimezone(UTC)

    def ensure_present(self) -> None:
        """Raise LedgerError if the database cannot be reached."""
        with self._connection() as conn:
            conn.execute("SELECT 1")

    def damage(self) -> str:
        """Return what PostgreSQL has found damaged, or an empty text."""
        with self._connection() as conn:
            row = conn.execute(_CHECKSUM_FAILURES).fetchone()
        failures = row[0] if row is not None else 0
        return f"{failures} pages of the database have a wrong checksum" if failures else ""

    def checkpoint(self) -> None:
        """Do nothing: the server has a process of its own for it."""

    def copy_to(self, target: Path, now: datetime) -> None:  # noqa: ARG002  # a restored copy goes by its last beat
        """Write a dump at `target`, which appears whole or not at all, for `pg_restore`.

        BackupRefused if something is there; LedgerError if `pg_dump` is missing or fails.
        """
        if os.path.lexists(target):
            raise BackupRefused(
                f"{target}: there is a file already: name another, or move that one away first"
            )
        program = shutil.which("pg_dump")
        if program is None:
            raise LedgerError(
                f"{target}: the backup could not be written: install pg_dump (postgresql-client)"
            )
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        settings: dict[str, Any] = dict(conninfo_to_dict(self._url))
        password = str(settings.pop("password", "") or "")
        address = psycopg.conninfo.make_conninfo(**settings)
        command = [program, "--format=custom", f"--file={part}", f"--dbname={address}"]
        secret = {"PGPASSWORD": password} if password else {}
        try:
            done = subprocess.run(  # noqa: S603  # pg_dump, with the config's own address
                command, env=os.environ | secret, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise LedgerError(
                    f"{target}: the backup could not be written: {one_line(done.stderr)}"
                )
            part.chmod(0o600)
            os.replace(part, target)
        except OSError as fault:
            raise LedgerError(f"{target}: the backup could not be written: {fault}") from fault
        finally:
            part.unlink(missing_ok=True)

    def change_mark(self) -> str:
        """Return a text that differs after anything was written, by whichever process."""
        with self._connection() as conn:
            row = conn.execute(_CHANGE_MARK).fetchone()
        return "" if row is None else str(row[0])

    def close(self) -> None:
        """Let go of all connections, and with them of the daemon's lock."""
        self._lock.let_go()
        self._pool.close()


class DaemonLock:
    """The lock of whoever works on the ledger: nodes share it, a mover has it alone."""

    def __init__(
        self,
        url: str,
        place: str,
        name: str,
        connection: Callable[[], AbstractContextManager[Connection[Any]]],
    ) -> None:
        """`connection` lends one for a question; the lock itself is held by one of its own.

        `name`: of this process, which its connections bear.
        """
        self._connection = connection
        self._url = url
        self._place = place
        self._name = name
        self._holding: Connection[Any] | None = None
        self._node = ""
        self._thread = threading.local()

    @property
    def node(self) -> str:
        """The name of this daemon among the others; empty before `join`."""
        return self._node

    def hold(self) -> None:
        """Become the one process that works on this ledger. LedgerHeld says who is."""
        self._take(_TRY_HOLD)

    def join(self) -> None:
        """Become a node: one of the daemons of this ledger.

        LedgerHeld says who holds the ledger alone.
        """
        self._take(_TRY_JOIN)
        self._node = self._name

    def _take(self, lock: LiteralString) -> None:
        try:
            conn = psycopg.connect(
                self._url,
                autocommit=True,
                application_name=self._name,
                **network_waits(self._url),
            )
            row = conn.execute(lock, (_lock_number(_DAEMON_LOCK),)).fetchone()
            if row is None or not row[0]:
                holder = _names(_holders(conn)) or "another process"
                conn.close()
                raise LedgerHeld(
                    f"{self._place}: this ledger is held by {holder}: stop it first, or name "
                    "another ledger"
                )
        except psycopg.Error as fault:
            raise _error(self._place, fault) from fault
        self._holding = conn

    def holder(self) -> str:
        """Return who run the daemons of this ledger now; empty if nobody does."""
        with self._connection() as conn:
            return _names(_holders(conn))

    @contextmanager
    def fenced(self, term: int) -> Iterator[None]:
        """Let this thread's transactions fail with LedgerHeld once the term is over."""
        self._thread.term = term
        try:
            yield
        finally:
            self._thread.term = None

    def cut_off(self, node: str) -> None:
        """End what a node has under way in the database if the database waits for it."""
        with self._connection() as conn:
            conn.execute(_CUT_OFF, (node, _STANDS_STILL))

    def keep(self, conn: Connection[Any]) -> None:
        """Take a lock again that was lost because PostgreSQL was restarted.

        LedgerHeld if another has it. The server ends the connection that holds the lock then, so
        that it is asked only if there is word of that.
        """
        if self._holding is not None and _has_word(self._holding):
            pids = [pid for pid, _ in _holders(conn)]
            if self._holding.info.backend_pid not in pids:
                self.let_go()
                self._take(_TRY_JOIN if self._node else _TRY_HOLD)

    def check(self, conn: Connection[Any]) -> None:
        """Let a transaction go on if this process may write: LedgerHeld if not."""
        self.keep(conn)
        term = getattr(self._thread, "term", None)
        if term is not None and conn.execute(_IS_LEADING, (term,)).fetchone() is None:
            raise LedgerHeld(f"{self._place}: another node leads by now: this one writes nothing")

    def let_go(self) -> None:
        """Give the lock back.

        PostgreSQL notices a closed connection only after a while.
        """
        if self._holding is None:
            return
        with suppress(psycopg.Error):
            self._holding.execute(_LET_GO)
        self._holding.close()
        self._holding = None


def _holders(conn: Connection[Any]) -> list[tuple[int, str]]:
    """Return (process of the server, name) of whoever works on the ledger."""
    rows = conn.execute(_HOLDER, (_lock_number(_DAEMON_LOCK),)).fetchall()
    return [(row[0], str(row[1])) for row in rows]


def _names(holders: Sequence[tuple[int, str]]) -> str:
    return ", ".join(name or "another process" for _, name in holders)


_StoodStill = psycopg.errors.IdleInTransactionSessionTimeout
"""This process stood still in the middle of a transaction, and the server has ended it."""


def _error(place: str, fault: Exception) -> LedgerError:
    if isinstance(fault, psycopg.errors.LockNotAvailable | psycopg.errors.QueryCanceled):
        return LedgerBusy(f"{place}: another process keeps the ledger locked: {_words(fault)}")
    if isinstance(fault, PoolTimeout | psycopg.OperationalError | _StoodStill):
        return LedgerBusy(f"{place}: the database cannot be reached at present: {_words(fault)}")
    return LedgerError(f"{place}: {_words(fault)}")


def _check(conn: Connection[Any]) -> None:
    """Raise psycopg.OperationalError if a connection of the pool has ended.

    An idle server says nothing; only to one that has said something is a question sent.
    """
    if _has_word(conn):
        ConnectionPool.check_connection(conn)


def _has_word(conn: Connection[Any]) -> bool:
    """Return whether the server has said something of itself, or the connection has ended."""
    try:
        waiting = select.poll()
        waiting.register(conn.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
    except (psycopg.OperationalError, OSError, ValueError):  # it is closed
        return True


def _configure(conn: Connection[Any]) -> None:
    conn.adapters.register_dumper(str, _TextDumper)
    conn.execute(_LOCK_TIMEOUT)
    conn.execute(_IDLE_TIMEOUT)
    for statement in SCRATCH:
        conn.execute(statement)


@lru_cache(maxsize=512)
def _translated(statement: str) -> Any:
    """Return a statement with psycopg's marks for values, and PostgreSQL's clock."""
    statement = statement.replace("%", "%%").replace("?", "%s")
    return statement.replace("present_ms()", _PRESENT_MS)


def _copy(conn: Connection[Any], statement: sql.Composed, rows: Iterable[Sequence[Any]]) -> None:
    """Write many rows, each text without the character that PostgreSQL does not keep.

    The dumper that drops it is written in Python, and would take most of the time; psycopg's own
    refuses a row with such a text, and adds nothing of it.
    """
    with conn.cursor() as cursor:
        cursor.adapters.register_dumper(str, _fast_text_dumper())
        with cursor.copy(statement) as copy:
            for row in rows:
                try:
                    copy.write_row(row)
                except psycopg.DataError:
                    copy.write_row(
                        [value.replace("\0", "") if type(value) is str else value for value in row]
                    )


@lru_cache(maxsize=1)
def _fast_text_dumper() -> Any:
    """Return psycopg's own dumper of text, in C where it is installed so."""
    return psycopg.adapters.get_dumper(str, psycopg.adapt.PyFormat.TEXT)


@lru_cache(maxsize=64)
def _copy_of(insert: str) -> sql.Composed:
    """Return the COPY that does what an INSERT of one row does for many."""
    found = re.match(r"INSERT INTO (\w+)\s*\(([^)]*)\)\s*VALUES", insert)
    assert found is not None
    columns = [sql.Identifier(name.strip()) for name in found[2].split(",")]
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(found[1]), sql.SQL(", ").join(columns)
    )


@lru_cache(maxsize=256)
def _lock_number(name: str) -> int:
    """Return the number of a lock: 63 bits of the hash of its name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1


def _own_name() -> str:
    """Return how people see this process in `pg_stat_activity`: at most 63 characters.

    A process that starts again may have the number of the one before, and has another name.
    """
    words = f"notifier, process {os.getpid()} on {os.uname().nodename}"
    return f"{words[:54]} ({token_hex(3)})"


def wait_for_turn(conn: Connection[Any]) -> None:
    """Wait until this transaction alone may change tables."""
    conn.execute(_TAKE_LOCK, (_lock_number(_TABLES_LOCK),))


def _place_of(url: str) -> str:
    try:
        found = conninfo_to_dict(url)
    except psycopg.Error as fault:
        raise LedgerError(
            "the ledger's address is none of PostgreSQL: postgresql://user@host/database"
        ) from fault
    host = found.get("host") or "localhost"
    port = f":{found['port']}" if found.get("port") else ""
    return f"postgresql://{host}{port}/{found.get('dbname') or found.get('user') or ''}"


def network_waits(url: str) -> dict[str, Any]:
    """Return the waits for a network that `url` does not give itself."""
    given = conninfo_to_dict(url)
    return {name: wait for name, wait in _NETWORK_WAITS.items() if name not in given}


def _words(fault: Exception) -> str:
    return one_line(str(fault))


def one_line(text: str) -> str:
    return " ".join(text.split())
