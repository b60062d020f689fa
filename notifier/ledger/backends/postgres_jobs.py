"""The tables of the jobs, which another library makes: in a schema of their own, beside the ledger.

They hold nothing that is not in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import psycopg
from psycopg import sql

from notifier.errors import LedgerError
from notifier.ledger.backends.postgres import network_waits, one_line, wait_for_turn

# Whether the schema is there already.
_IS_MADE = "SELECT to_regnamespace(%s) IS NOT NULL"

# A place of the tables' own.
_MAKE = "CREATE SCHEMA {}"

# What is made from now on is made there.
_GO_THERE = "SET LOCAL search_path TO {}"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobTables:
    """Where the tables of the jobs are.

    `pool`: what a pool of connections to them is made with. `faults`: what such a pool raises when
    the database is away.
    """

    pool: Mapping[str, Any]
    faults: tuple[type[Exception], ...]


def prepare_jobs(url: str, statements: str) -> JobTables:
    """Make the tables of the jobs, unless they are there. LedgerError.

    Other statements, as those of another version of the library, have a schema of another name:
    nothing is lost by that.
    """
    name = "notifier_jobs_" + blake2b(statements.encode(), digest_size=4).hexdigest()
    schema = sql.Identifier(name)
    try:
        with psycopg.connect(url, **network_waits(url)) as conn:
            wait_for_turn(conn)
            row = conn.execute(_IS_MADE, (name,)).fetchone()
            if row is None or not row[0]:
                conn.execute(sql.SQL(_MAKE).format(schema))
                conn.execute(sql.SQL(_GO_THERE).format(schema))
                conn.execute(statements.encode())
    except psycopg.Error as fault:
        words = one_line(str(fault))
        raise LedgerError(f"the tables of the jobs cannot be made: {words}") from fault
    pool = {
        "conninfo": url,
        "kwargs": {**network_waits(url), "options": f"-c search_path={name}"},
    }
    return JobTables(pool=pool, faults=(psycopg.Error,))
