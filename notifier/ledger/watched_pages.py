"""Pages that are watched: what was seen there, and when to look again.

Lists among them lead to further pages, which are watched, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifier.domain.watching import PageRole, PageState
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

# Every page, the one to be looked at first first.
_ALL = "SELECT * FROM watched_pages ORDER BY next_at, url"

# The pages to be looked at by an instant, the one to be looked at first first.
_DUE = "SELECT * FROM watched_pages WHERE next_at <= ? ORDER BY next_at, url"

# What is known of a page.
_ONE = "SELECT * FROM watched_pages WHERE url = ?"

# A page as it is now, known before or not.
_SAVE = """
INSERT INTO watched_pages (
    url, role, watch_url, next_at, title, etag, modified, facts, failures, missing, good_at,
    changed_at, until, trouble,
    told
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET
    role = excluded.role, watch_url = excluded.watch_url, next_at = excluded.next_at, title =
    excluded.title,
    etag = excluded.etag, modified = excluded.modified, facts = excluded.facts, failures =
    excluded.failures,
    missing = excluded.missing, good_at = excluded.good_at, changed_at = excluded.changed_at, until
    = excluded.until,
    trouble = excluded.trouble, told = excluded.told
"""
# A page that is new; one that is known stays as it is.
_ADD = """
INSERT INTO watched_pages (url, role, watch_url, next_at, title) VALUES (?, ?, ?, ?, ?) ON CONFLICT
(url) DO NOTHING
"""
# A page that is looked at no more.
_FORGET = "DELETE FROM watched_pages WHERE url = ?"


class WatchedPages:
    """Keep what is known of each page."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[PageState]:
        """Return every page, the one to be looked at first first."""
        return [_state_of(row) for row in self._db.rows(_ALL)]

    def due(self, now: datetime) -> list[PageState]:
        """Return the pages to be looked at by `now`, the one to be looked at first first."""
        return [_state_of(row) for row in self._db.rows(_DUE, (to_ms(now),))]

    def get(self, url: str) -> PageState | None:
        """Return what is known of a page."""
        row = self._db.row(_ONE, (url,))
        return None if row is None else _state_of(row)

    def save(self, state: PageState) -> None:
        """Store a page as it is now."""
        with self._db.write():
            self._db.execute(_SAVE, _values(state))

    def add(self, states: Iterable[PageState]) -> None:
        """Store pages that are new; those that are known stay as they are."""
        with self._db.write():
            for state in states:
                self._db.execute(_ADD, _values(state)[:5])

    def forget(self, urls: Iterable[str]) -> None:
        """Look at these pages no more."""
        with self._db.write():
            for url in urls:
                self._db.execute(_FORGET, (url,))


def _values(state: PageState) -> tuple[object, ...]:
    good_at, changed_at, until = (
        None if instant is None else to_ms(instant)
        for instant in (state.good_at, state.changed_at, state.until)
    )
    return (
        state.url,
        state.role.value,
        state.watch_url,
        to_ms(state.next_at),
        state.title,
        state.etag,
        state.modified,
        state.facts,
        state.failures,
        state.missing,
        good_at,
        changed_at,
        until,
        state.trouble,
        state.told,
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _state_of(row: DatabaseRow) -> PageState:
    return PageState(
        url=row["url"],
        role=PageRole(row["role"]),
        watch_url=row["watch_url"],
        next_at=from_ms(row["next_at"]),
        title=row["title"],
        etag=row["etag"],
        modified=row["modified"],
        facts=row["facts"],
        failures=row["failures"],
        missing=row["missing"],
        good_at=_instant(row["good_at"]),
        changed_at=_instant(row["changed_at"]),
        until=_instant(row["until"]),
        trouble=row["trouble"],
        told=row["told"],
    )
