"""Pages that are watched: what was seen there, and when to look again.

Lists among them lead to further pages, which are watched, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from notifier.domain.offers import Offer
from notifier.domain.source_watch import SourceFile
from notifier.domain.statements import Origin
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
    told, failed_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET
    role = excluded.role, watch_url = excluded.watch_url, next_at = excluded.next_at, title =
    excluded.title,
    etag = excluded.etag, modified = excluded.modified, facts = excluded.facts, failures =
    excluded.failures,
    missing = excluded.missing, good_at = excluded.good_at, changed_at = excluded.changed_at, until
    = excluded.until,
    trouble = excluded.trouble, told = excluded.told, failed_at = excluded.failed_at
"""
# A page that is new; one that is known stays as it is.
_ADD = """
INSERT INTO watched_pages (url, role, watch_url, next_at, title) VALUES (?, ?, ?, ?, ?) ON CONFLICT
(url) DO NOTHING
"""
# A page that is looked at no more.
_FORGET = "DELETE FROM watched_pages WHERE url = ?"

# The names under which the notices of such a page were stored.
_FORGET_FILES = "DELETE FROM page_files WHERE url = ?"

# A notice that is stored under this name stood on this page.
_NAME = """INSERT INTO page_files (file, url) VALUES (?, ?)
ON CONFLICT (file) DO UPDATE SET url = excluded.url"""

# The files that said something of some parcels.
_FILES = """SELECT parcel_id, file, origin FROM statements
WHERE parcel_id IN (?*) AND file <> '' AND origin <> 'person'
GROUP BY parcel_id, file, origin
ORDER BY parcel_id, file, origin"""

# The pages on which the notices stood that are stored under these names.
_PAGES_OF = """SELECT f.file AS stored_as, w.* FROM page_files f
JOIN watched_pages w ON w.url = f.url WHERE f.file IN (?*)"""

_AT_ONCE = 500  # parcels or files of one query


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

    def save(self, state: PageState, *, files: Iterable[str] = ()) -> None:
        """Store a page as it is now; `files`: the names under which its notices are stored."""
        with self._db.write():
            self._db.execute(_SAVE, _values(state))
            for file in files:
                self._db.execute(_NAME, (file, state.url))

    def sources(self, offers: Iterable[Offer]) -> dict[int, list[SourceFile]]:
        """Return the files that said something of each parcel, with the pages they stood on."""
        last = {offer.id: offer.file for offer in offers}
        origins: dict[tuple[int, str], Origin | None] = {
            (parcel_id, file): None for parcel_id, file in last.items() if file
        }
        for row in self._rows_of(_FILES, last):
            origins[row["parcel_id"], row["file"]] = Origin(row["origin"])
        names = sorted({file for _, file in origins})
        pages = {row["stored_as"]: _state_of(row) for row in self._rows_of(_PAGES_OF, names)}
        found: dict[int, list[SourceFile]] = {parcel_id: [] for parcel_id in last}
        for (parcel_id, file), origin in origins.items():
            source = SourceFile(
                name=file, origin=origin, is_last=file == last[parcel_id], page=pages.get(file)
            )
            found[parcel_id].append(source)
        return found

    def _rows_of(self, query: str, keys: Iterable[object]) -> Iterator[DatabaseRow]:
        """Yield the rows of a query that names a list, which is asked in portions."""
        named = list(keys)
        for first in range(0, len(named), _AT_ONCE):
            yield from self._db.rows(query, (tuple(named[first : first + _AT_ONCE]),))

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
                self._db.execute(_FORGET_FILES, (url,))


def _values(state: PageState) -> tuple[object, ...]:
    good_at, changed_at, until, failed_at = (
        None if instant is None else to_ms(instant)
        for instant in (state.good_at, state.changed_at, state.until, state.failed_at)
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
        failed_at,
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
        failed_at=_instant(row["failed_at"]),
    )
