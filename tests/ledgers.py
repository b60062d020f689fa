"""Looks behind the ledger, for tests of one database alone."""

from __future__ import annotations

import sqlite3

from notifier.ledger import SqlLedger
from notifier.ledger.backends.sqlite import SqliteBackend


def sqlite_of(ledger: SqlLedger) -> SqliteBackend:
    """Return the backend of a ledger on SQLite."""
    assert isinstance(ledger.database.backend, SqliteBackend)
    return ledger.database.backend


def connection_of(ledger: SqlLedger) -> sqlite3.Connection:
    """Return SQLite's own connection of a ledger."""
    return sqlite_of(ledger).connection
