"""Who is signed in to the board: links that work once, and sessions. Of both only a digest is kept."""

from __future__ import annotations

from datetime import datetime

from notifier.ledger.database import Database, to_ms


class SignIns:
    """Keep sign-in links and sessions until they expire."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_link(self, digest: bytes, name: str, *, now: datetime, until: datetime) -> None:
        """Keep a link that signs in `name` once, until `until`."""
        with self._db.write():
            self._db.execute("DELETE FROM sign_in_links WHERE expires_at <= ?", (to_ms(now),))
            self._db.execute("DELETE FROM sessions WHERE expires_at <= ?", (to_ms(now),))
            self._db.execute("INSERT INTO sign_in_links VALUES (?, ?, ?)", (digest, name, to_ms(until)))

    def name_of_link(self, digest: bytes, now: datetime) -> str | None:
        """Return whom a link would sign in; None if it was used, has expired or never was."""
        name = self._db.value(
            "SELECT name FROM sign_in_links WHERE digest = ? AND expires_at > ?", (digest, to_ms(now))
        )
        return None if name is None else str(name)

    def use_link(self, digest: bytes, session: bytes, *, now: datetime, until: datetime) -> str | None:
        """Use a link up and begin a session; return whose it is, None if the link works no more."""
        with self._db.write():
            name = self.name_of_link(digest, now)
            if name is None:
                return None
            self._db.execute("DELETE FROM sign_in_links WHERE digest = ?", (digest,))
            self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (session, name, to_ms(now), to_ms(until)))
        return name

    def name_of_session(self, digest: bytes, now: datetime) -> str | None:
        """Return whose session it is; None if it has ended."""
        name = self._db.value("SELECT name FROM sessions WHERE digest = ? AND expires_at > ?", (digest, to_ms(now)))
        return None if name is None else str(name)

    def end_session(self, digest: bytes) -> None:
        with self._db.write():
            self._db.execute("DELETE FROM sessions WHERE digest = ?", (digest,))
