"""Nodes: which daemons are alive, and which of them leads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from notifier.domain.nodes import TERM, Node
from notifier.ledger.database import Database, from_ms, to_ms

_NO_TERM = 0

# A node is alive.
_BEAT = """INSERT INTO nodes (name, seen_at, ahead, config) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, ahead = excluded.ahead,
config = excluded.config"""

# The nodes that have beaten since an instant, and who leads since.
_ALIVE = """SELECT n.name, n.ahead, n.config, n.seen_at,
EXISTS (SELECT 1 FROM terms t WHERE t.node = n.name AND t.until > ?) AS leads
FROM nodes n WHERE n.seen_at > ? ORDER BY n.name"""

# The nodes that have not beaten since an instant.
_GONE = "SELECT name FROM nodes WHERE seen_at <= ? ORDER BY name"

# The term that runs, or ran last.
_TERM = "SELECT term, node, until FROM terms ORDER BY term DESC LIMIT 1"

# A term lasts longer. The term itself is no part of what changes: who asks whether it still runs
# need not wait.
_PROLONG = "UPDATE terms SET until = ? WHERE term = ?"

# A term is over: this waits for those who asked within a transaction whether it still runs.
_END_TERM = "DELETE FROM terms WHERE term = ?"

# A node leads.
_BEGIN_TERM = "INSERT INTO terms (term, node, until) VALUES (?, ?, ?)"

# A term that nobody holds, so that the numbers go on.
_RESIGN = "UPDATE terms SET until = 0 WHERE node = ?"

# A node is no more.
_FORGET = "DELETE FROM nodes WHERE name = ?"


class Nodes:
    """Keep the nodes. Instants are by the database's own clock, which all of them share."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._term = _NO_TERM

    def present(self) -> datetime:
        """Return what instant it is by the database's clock."""
        return self._db.backend.present()

    def beat(self, present: datetime, *, ahead: timedelta, config: str) -> None:
        """Note that this node is alive, how far its clock is ahead, and its config."""
        values = (self._db.node, to_ms(present), round(ahead.total_seconds() * 1000), config)
        with self._db.write():
            self._db.execute(_BEAT, values)

    def alive(self, present: datetime) -> list[Node]:
        """Return the nodes that have beaten within a TERM, by name."""
        rows = self._db.rows(_ALIVE, (to_ms(present), to_ms(present - TERM)))
        return [
            Node(
                name=row["name"],
                ahead=timedelta(milliseconds=row["ahead"]),
                config=row["config"],
                until=from_ms(row["seen_at"]) + TERM,
                leads=bool(row["leads"]),
            )
            for row in rows
        ]

    def lead(self, present: datetime) -> bool:
        """Lead for a TERM from now on, if this node does already or nobody does.

        Return whether it leads. Whoever led before has no transaction under way then, and begins
        none: see `leading`.
        """
        until = to_ms(present + TERM)
        with self._db.write("terms"):
            row = self._db.row(_TERM)
            if row is not None and row["term"] == self._term and row["node"] == self._db.node:
                self._db.execute(_PROLONG, (until, self._term))
                return True
            if row is not None and row["until"] > to_ms(present):
                return False
            term = _NO_TERM + 1 if row is None else row["term"] + 1
            if row is not None:
                self._db.execute(_END_TERM, (row["term"],))
            self._db.execute(_BEGIN_TERM, (term, self._db.node, until))
        self._term = term
        return True

    def leading(self) -> AbstractContextManager[None]:
        """Let this thread write as the leader: LedgerHeld once another leads."""
        return self._db.backend.place_taken.fenced(self._term)

    def resign(self) -> None:
        """Let others lead from now on."""
        with self._db.write("terms"):
            self._db.execute(_RESIGN, (self._db.node,))
        self._term = _NO_TERM

    def leave(self) -> None:
        """Be a node no more: others lead, and take over at once what this one has under way."""
        self.resign()
        with self._db.write():
            self._db.execute(_FORGET, (self._db.node,))

    def gone(self, present: datetime) -> list[str]:
        """Return the nodes that have not beaten within a TERM, by name."""
        return [row["name"] for row in self._db.rows(_GONE, (to_ms(present - TERM),))]

    def forget(self, names: Sequence[str]) -> None:
        """Forget nodes that are gone; one that beats again is a node again."""
        with self._db.write("terms"):
            self._db.execute_many(_FORGET, [(name,) for name in names])
