"""Who is signed in to the board: links that work once, and sessions.

Of both only a digest is kept.
"""

from __future__ import annotations

from datetime import datetime

from notifier.ledger.database import Database, to_ms

# A link, until it expires.
_ADD_LINK = "INSERT INTO sign_in_links (digest, name, expires_at) VALUES (?, ?, ?)"

# The links that have expired.
_FORGET_LINKS = "DELETE FROM sign_in_links WHERE expires_at <= ?"

# The sessions that have expired.
_FORGET_SESSIONS = "DELETE FROM sessions WHERE expires_at <= ?"

# Whom a link signs in.
_NAME_OF_LINK = "SELECT name FROM sign_in_links WHERE digest = ? AND expires_at > ?"

# A link that is used works no more; of two who use it, one gets the name.
_USE_LINK = "DELETE FROM sign_in_links WHERE digest = ? AND expires_at > ? RETURNING name"

# A session, until it expires.
_BEGIN_SESSION = "INSERT INTO sessions (digest, name, begun_at, expires_at) VALUES (?, ?, ?, ?)"

# Whose a session is.
_NAME_OF_SESSION = "SELECT name FROM sessions WHERE digest = ? AND expires_at > ?"

# A session that goes on.
_EXTEND_SESSION = "UPDATE sessions SET expires_at = ? WHERE digest = ? AND expires_at > ?"

# A session that ends.
_END_SESSION = "DELETE FROM sessions WHERE digest = ?"


class SignIns:
    """Keep sign-in links and sessions until they expire."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_link(self, digest: bytes, name: str, *, now: datetime, until: datetime) -> None:
        """Keep a link that signs in `name` once, until `until`."""
        with self._db.write():
            self._db.execute(_FORGET_LINKS, (to_ms(now),))
            self._db.execute(_FORGET_SESSIONS, (to_ms(now),))
            self._db.execute(_ADD_LINK, (digest, name, to_ms(until)))

    def name_of_link(self, digest: bytes, now: datetime) -> str | None:
        """Return whom a link would sign in; None if it was used, has expired or never was."""
        name = self._db.value(_NAME_OF_LINK, (digest, to_ms(now)))
        return None if name is None else str(name)

    def use_link(
        self, digest: bytes, session: bytes, *, now: datetime, until: datetime
    ) -> str | None:
        """Use a link up and begin a session; return whose it is, None if the link works no more."""
        with self._db.write():
            name = self._db.value(_USE_LINK, (digest, to_ms(now)))
            if name is None:
                return None
            self._db.execute(_BEGIN_SESSION, (session, name, to_ms(now), to_ms(until)))
        return str(name)

    def name_of_session(self, digest: bytes, now: datetime) -> str | None:
        """Return whose session it is; None if it has ended."""
        name = self._db.value(_NAME_OF_SESSION, (digest, to_ms(now)))
        return None if name is None else str(name)

    def extend_session(self, digest: bytes, *, now: datetime, until: datetime) -> None:
        """Let a session that has not ended go on until `until`."""
        with self._db.write():
            self._db.execute(_EXTEND_SESSION, (to_ms(until), digest, to_ms(now)))

    def end_session(self, digest: bytes) -> None:
        """End a session, if there is one."""
        with self._db.write():
            self._db.execute(_END_SESSION, (digest,))
