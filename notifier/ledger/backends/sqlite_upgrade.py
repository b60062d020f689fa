"""Brings the tables of a ledger up to date, by sqlite-utils.

Loaded only where there is something to do: it costs a command 45 ms.

numpy, which sqlite-utils loads where it finds it, is hidden meanwhile: for types that no ledger
holds it would cost 70 ms more, and the daemon 20 MB.
"""

from __future__ import annotations

import sqlite3
import sys

from notifier.domain.identity import loose_key
from notifier.ledger.backends.sqlite_steps import STEPS

_HIDDEN = [name for name in ("numpy", "pandas") if name not in sys.modules]
for name in _HIDDEN:
    sys.modules[name] = None  # type: ignore[assignment]  # what makes `import` raise ImportError

from sqlite_utils import Database, Migrations  # noqa: E402  # they must be hidden before

for name in _HIDDEN:
    del sys.modules[name]


def upgrade(conn: sqlite3.Connection, set_name: str) -> None:
    """Take the steps that are not yet taken, in the caller's transaction.

    They are noted under `set_name`.
    """
    migrations = Migrations(set_name)
    for step, statements in STEPS.items():

        @migrations(name=step)
        def take(db: Database, statements: str = statements) -> None:
            # executescript() would commit the caller's transaction
            for statement in statements.split(";\n"):
                if statement.strip():
                    db.execute(statement)

    conn.create_function("loose_key", 1, loose_key, deterministic=True)
    migrations.apply(Database(conn))
