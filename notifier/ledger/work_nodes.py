"""Nodes: which daemons are alive, and which of them leads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from secrets import token_hex

from notifier.domain.nodes import MOST_AHEAD, TERM, Glance, Node
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

_NO_TERM = 0
_TERM_MS = round(TERM.total_seconds() * 1000)

# A node is alive, and leads for longer if it does; what it sees then: itself, the others, and
# whether anything waits that only a look tells of.
_BEAT = """INSERT INTO nodes (name, seen_at, ahead, config) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, ahead = excluded.ahead,
config = excluded.config
RETURNING present_ms() AS present, term AS term,
(SELECT min(o.name) FROM nodes o WHERE o.name <> ? AND o.seen_at > ? AND o.term > 0) AS leader,
(SELECT min(o.config) FROM nodes o WHERE o.name <> ? AND o.seen_at > ? AND o.term > 0)
AS leader_config,
(SELECT count(*) FROM nodes o WHERE o.name <> ? AND o.seen_at > ? AND abs(o.ahead) <= ?)
AS others_right,
(SELECT min(o.seen_at) FROM nodes o WHERE o.name <> ? AND o.seen_at > ?) AS others_seen_at,
(SELECT count(*) FROM nodes o WHERE o.seen_at <= ?) AS gone,
(SELECT count(*) FROM deliveries WHERE state = 'sending' AND node NOT IN
(SELECT o.name FROM nodes o WHERE o.seen_at > ? OR o.name = ?)) AS abandoned,
(SELECT min(next_at) FROM deliveries WHERE state = 'queued') AS waiting_since,
(SELECT max(id) FROM answer_news) AS last_answer,
CASE WHEN settings = '{}' THEN 0 ELSE 1 END AS is_described,
(SELECT count(*) FROM nodes o WHERE o.seen_at > ? AND o.config <> ?) AS other_configs,
CASE WHEN EXISTS (SELECT 1 FROM parcels WHERE stale <> 0)
OR EXISTS (SELECT 1 FROM waiting WHERE told = 0)
OR EXISTS (SELECT 1 FROM sheet_answers WHERE told = 0)
OR EXISTS (SELECT 1 FROM questions WHERE told = 0)
OR EXISTS (SELECT 1 FROM files WHERE untold_since IS NOT NULL)
OR EXISTS (SELECT 1 FROM files_kept WHERE read_at IS NULL) THEN 1 ELSE 0 END AS untold"""

# The nodes that have beaten since an instant, and who leads since.
_ALIVE = """SELECT name, ahead, config, seen_at, term, version, settings FROM nodes
WHERE seen_at > ? ORDER BY name"""

# The nodes that have not beaten since an instant.
_GONE = "SELECT name FROM nodes WHERE seen_at <= ? ORDER BY name"

# The term that runs, or ran last; `seen_at`: the last beat of who holds it.
_TERM = """SELECT t.term, t.node, n.seen_at FROM terms t
LEFT JOIN nodes n ON n.name = t.node AND n.term = t.term ORDER BY t.term DESC LIMIT 1"""

# A node that leads is alive.
_PROLONG = "UPDATE nodes SET seen_at = ? WHERE name = ?"

# Who led has not beaten since an instant: whoever would beat at this moment waits, and leads no
# more.
_DEPOSE = "UPDATE nodes SET term = 0 WHERE name = ? AND term = ? AND seen_at <= ?"

# A term is over: this waits for those who asked within a transaction whether it still runs.
_END_TERM = "DELETE FROM terms WHERE term = ?"

# A node leads.
_BEGIN_TERM = "INSERT INTO terms (term, node) VALUES (?, ?)"

# The same, where its beats tell the others.
_NOTE_TERM = """INSERT INTO nodes (name, seen_at, ahead, config, term) VALUES (?, ?, 0, '', ?)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, term = excluded.term"""

# A term that nobody holds, so that the numbers go on.
_RESIGN = "UPDATE nodes SET term = 0 WHERE name = ?"

# By what the marks of settings are made.
_SETTINGS_KEY = "SELECT value FROM meta WHERE key = 'settings_key'"

# They are made for the first time.
_KEEP_SETTINGS_KEY = "INSERT INTO meta (key, value) VALUES ('settings_key', ?)"

# What a node works by.
_DESCRIBE = "UPDATE nodes SET version = ?, settings = ? WHERE name = ?"

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

    def beat(self, present: datetime, *, ahead: timedelta, config: str) -> Glance:
        """Note that this node is alive, how far its clock is ahead, and its config.

        Who leads leads for a TERM from now on. Return what there is to see, all in one statement.
        """
        own, since = self._db.node, to_ms(present - TERM)
        values = (
            *(own, to_ms(present), _milliseconds(ahead), config),
            *(own, since),
            *(own, since),
            *(own, since, _milliseconds(MOST_AHEAD)),
            *(own, since),
            since,
            *(since, own),
            *(since, config),
        )
        row = self._db.rows(_BEAT, values)[0]
        others_seen_at, waiting_since = row["others_seen_at"], row["waiting_since"]
        return Glance(
            present=from_ms(row["present"]),
            leads=row["term"] != _NO_TERM and row["term"] == self._term,
            leader=row["leader"] or "",
            leader_config=row["leader_config"] or "",
            has_other_right=row["others_right"] > 0,
            others_until=None if others_seen_at is None else from_ms(others_seen_at) + TERM,
            has_gone=row["gone"] > 0,
            has_abandoned=row["abandoned"] > 0,
            waiting_since=None if waiting_since is None else from_ms(waiting_since),
            has_untold=bool(row["untold"]),
            last_answer=row["last_answer"] or 0,
            is_described=bool(row["is_described"]),
            has_other_config=row["other_configs"] > 0,
        )

    def settings_key(self) -> bytes:
        """Return the key of the marks of settings, the same for all nodes."""
        with self._db.write("settings key"):
            found = self._db.value(_SETTINGS_KEY)
            if found is None:
                found = token_hex(16)
                self._db.execute(_KEEP_SETTINGS_KEY, (found,))
        return bytes.fromhex(found)

    def describe(self, version: str, settings: Mapping[str, str]) -> None:
        """Note this node's version, and the marks of its settings by their names."""
        values = (version, json.dumps(settings, ensure_ascii=False), self._db.node)
        with self._db.write():
            self._db.execute(_DESCRIBE, values)

    def alive(self, present: datetime) -> list[Node]:
        """Return the nodes that have beaten within a TERM, by name."""
        rows = self._db.rows(_ALIVE, (to_ms(present - TERM),))
        return [
            Node(
                name=row["name"],
                ahead=timedelta(milliseconds=row["ahead"]),
                config=row["config"],
                until=from_ms(row["seen_at"]) + TERM,
                leads=row["term"] != _NO_TERM,
                version=row["version"],
                settings=json.loads(row["settings"]),
            )
            for row in rows
        ]

    def lead(self, present: datetime) -> bool:
        """Lead for a TERM from now on, if this node does already or nobody does.

        Return whether it leads. Whoever led before has no transaction under way then, and begins
        none: see `leading`. What a node has under way that does not beat any more is cut off.
        """
        own, now = self._db.node, to_ms(present)
        with self._db.write("terms"):
            last = self._db.row(_TERM)
            term = _NO_TERM + 1
            if last is not None:
                if last["node"] == own and last["term"] == self._term:
                    self._db.execute(_PROLONG, (now, own))
                    return True
                if last["seen_at"] is not None and not self._depose(last, now):
                    return False
                term += last["term"]
                self._db.execute(_END_TERM, (last["term"],))
            self._db.execute(_BEGIN_TERM, (term, own))
            self._db.execute(_NOTE_TERM, (own, now, term))
        self._term = term
        return True

    def _depose(self, last: DatabaseRow, now: int) -> bool:
        """End the leading of a node that has not beaten within a TERM; return whether it ended."""
        if not self._db.execute(_DEPOSE, (last["node"], last["term"], now - _TERM_MS)):
            return False
        self._db.backend.place_taken.cut_off(last["node"])
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


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
