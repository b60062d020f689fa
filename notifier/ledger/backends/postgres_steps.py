"""The tables of a ledger on PostgreSQL, as steps that bear the names of SQLite's.

A ledger on PostgreSQL begins where every database understands the same statements: with the tables
as SQLite has them after `shared_sql`. What SQLite's steps have done since is done here by the same
statements, with other names of types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifier.ledger.backends.sqlite_steps import STEPS

_LAST_OF_SQLITE = "shared_sql"

_BASE = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    read_at INTEGER NOT NULL, words TEXT NOT NULL DEFAULT '',
    errors TEXT NOT NULL DEFAULT '', untold_since INTEGER, told_at INTEGER) WITHOUT ROWID;
CREATE TABLE notices (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, notice_no TEXT NOT NULL,
    title TEXT NOT NULL, known_at INTEGER NOT NULL,
    authority TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '');
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, notice_id INTEGER NOT NULL REFERENCES notices(id), file TEXT NOT NULL,
    digest TEXT NOT NULL, read_at INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX revisions_notice ON revisions (notice_id, file, id);
CREATE INDEX revisions_digest ON revisions (digest);
CREATE TABLE parcels (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, notice_id INTEGER NOT NULL REFERENCES
    notices(id),
    notice_number TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, head TEXT NOT NULL, body
    TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]', known_at INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 1,
    uncovered_at INTEGER, uncovered_told INTEGER NOT NULL DEFAULT 0, loose TEXT NOT NULL DEFAULT
    '');
CREATE INDEX parcels_number ON parcels (number);
CREATE INDEX parcels_notice_number ON parcels (notice_number);
CREATE TABLE milestones (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), name TEXT NOT NULL, at INTEGER NOT NULL,
    condition TEXT NOT NULL, known_at INTEGER NOT NULL, PRIMARY KEY (parcel_id, name, at, condition)
) WITHOUT ROWID;
CREATE INDEX milestones_at ON milestones (at);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), at INTEGER NOT NULL,
    body TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX changes_parcel ON changes (parcel_id);
CREATE TABLE watches (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), recipient TEXT NOT NULL, since INTEGER NOT
    NULL,
    PRIMARY KEY (parcel_id, recipient)
) WITHOUT ROWID;
CREATE TABLE acks (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), milestone TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, PRIMARY KEY (parcel_id, milestone)
) WITHOUT ROWID;
CREATE TABLE silences (
    id INTEGER PRIMARY KEY, matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT
    NULL,
    by TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, kind TEXT NOT NULL, urgent INTEGER NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, key TEXT UNIQUE, body TEXT NOT NULL
    DEFAULT '',
    soonest_at INTEGER, content TEXT);
CREATE TABLE reminders (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), id BLOB NOT NULL, recipient TEXT NOT NULL,
    kind TEXT NOT NULL, milestone TEXT NOT NULL, lead TEXT NOT NULL, milestone_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, urgent INTEGER NOT NULL, provisional INTEGER NOT NULL, reason TEXT NOT
    NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, message_id INTEGER REFERENCES messages(id),
    day_only INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (parcel_id, id)
) WITHOUT ROWID;
CREATE INDEX reminders_due ON reminders (due_at) WHERE state = 'planned';
CREATE INDEX reminders_message ON reminders (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages(id), channel TEXT NOT
    NULL,
    address TEXT NOT NULL, fallback_for TEXT NOT NULL DEFAULT '', urgent INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 1, parts INTEGER NOT NULL DEFAULT 1, items TEXT,
    state TEXT NOT NULL DEFAULT 'queued', next_at INTEGER NOT NULL, attempts INTEGER NOT NULL
    DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0, maybe_repeat INTEGER NOT NULL DEFAULT 0, first_at INTEGER,
    lease_until INTEGER, ended_at INTEGER, words TEXT NOT NULL DEFAULT '',
    stands_for INTEGER REFERENCES deliveries(id), about TEXT NOT NULL DEFAULT '', bundle INTEGER);
CREATE INDEX deliveries_queue ON deliveries (channel, urgent, next_at) WHERE state = 'queued';
CREATE INDEX deliveries_sending ON deliveries (id) WHERE state = 'sending';
CREATE INDEX deliveries_message ON deliveries (message_id);
CREATE INDEX deliveries_state ON deliveries (state, ended_at);
CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries(id), number INTEGER NOT NULL, started_at
    INTEGER NOT NULL,
    ended_at INTEGER, verdict TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
CREATE TABLE waiting (
    key TEXT NOT NULL, notice_id INTEGER NOT NULL REFERENCES notices(id), name TEXT NOT NULL,
    told INTEGER NOT NULL, place INTEGER NOT NULL DEFAULT 0, UNIQUE (key, notice_id)
);
CREATE INDEX waiting_untold ON waiting (notice_id) WHERE told = 0;
CREATE INDEX deliveries_stands_for ON deliveries (stands_for) WHERE stands_for IS NOT NULL;
CREATE INDEX parcels_uncovered ON parcels (uncovered_at) WHERE uncovered_at IS NOT NULL AND
uncovered_told = 0;
CREATE TABLE troubles (
    channel TEXT NOT NULL, about TEXT NOT NULL, address TEXT NOT NULL, since INTEGER NOT NULL,
    failures INTEGER NOT NULL, words TEXT NOT NULL, last_at INTEGER NOT NULL, is_over INTEGER NOT
    NULL DEFAULT 0,
    is_reported INTEGER NOT NULL DEFAULT 0, reported_at INTEGER, PRIMARY KEY (channel, about,
    address)
) WITHOUT ROWID;
CREATE INDEX deliveries_bundle ON deliveries (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX messages_content ON messages (content) WHERE content IS NOT NULL;
CREATE TABLE readings (
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, begun_at INTEGER NOT NULL, lives INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE texts (delivery_id INTEGER PRIMARY KEY REFERENCES deliveries(id), text TEXT NOT NULL)
WITHOUT ROWID;
CREATE TABLE statements (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), said_at INTEGER NOT
    NULL,
    origin TEXT NOT NULL, file TEXT NOT NULL, published TEXT NOT NULL, by TEXT NOT NULL, why TEXT
    NOT NULL,
    on_purpose INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX statements_parcel ON statements (parcel_id);
CREATE TABLE bytes_read (id INTEGER PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, read_at
INTEGER NOT NULL);
CREATE INDEX bytes_read_file ON bytes_read (file);
CREATE INDEX bytes_read_digest ON bytes_read (digest);
CREATE TABLE questions (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, alert TEXT NOT NULL, city TEXT NOT NULL,
    params TEXT NOT NULL,
    told INTEGER NOT NULL
);
CREATE INDEX questions_untold ON questions (id) WHERE told = 0;
CREATE INDEX parcels_loose ON parcels (loose);
CREATE INDEX parcels_notice ON parcels (notice_id);
CREATE TABLE comparisons (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), said_at INTEGER NOT
    NULL,
    by TEXT NOT NULL, is_right INTEGER NOT NULL, why TEXT NOT NULL, times TEXT NOT NULL
);
CREATE INDEX comparisons_parcel ON comparisons (parcel_id);
CREATE TABLE confirmed (
    parcel_id INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, condition TEXT NOT NULL, by
    TEXT NOT NULL,
    reading TEXT NOT NULL, PRIMARY KEY (parcel_id, name, at, condition, by),
    FOREIGN KEY (parcel_id, name, at, condition) REFERENCES milestones (parcel_id, name, at,
    condition)
        ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE comparison_asks (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), stage TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (parcel_id, stage)
) WITHOUT ROWID;
CREATE TABLE sign_in_links (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL, begun_at INTEGER NOT NULL, expires_at INTEGER NOT
    NULL
) WITHOUT ROWID;
CREATE INDEX parcels_to_plan ON parcels (id) WHERE stale <> 0;
"""

SCRATCH = (
    "CREATE TEMP TABLE hearers (audience BIGINT, parcel_id BIGINT, first BYTEA, name TEXT) "
    "ON COMMIT DELETE ROWS",
    "CREATE TEMP TABLE occasions (audience BIGINT, mark BYTEA, kind TEXT, milestone TEXT, "
    "lead TEXT, "
    "milestone_at BIGINT, due_at BIGINT, urgent BIGINT, provisional BIGINT, reason TEXT, "
    "origin TEXT, "
    "day_only BIGINT) ON COMMIT DELETE ROWS",
)
"""Tables of one connection, empty between transactions: a plan is multiplied out there."""

_BULK_PLANS = """
ALTER TABLE reminders DROP CONSTRAINT reminders_parcel_id_fkey;
ALTER TABLE watches DROP CONSTRAINT watches_parcel_id_fkey;
"""
"""A plan is written by the hundred thousand, and to look its parcel up for each row takes more of
the server's time than to write it. What is planned was read in the same transaction as its parcel,
and no parcel is ever deleted. SQLite, where this costs little, keeps looking."""

_OWN_STEPS = {"bulk_plans": _BULK_PLANS}
"""What a step does here, where it is not what it does to SQLite."""

NAMES = tuple(STEPS)
"""The steps that a ledger of this version has taken."""


def statements_after(taken: set[str]) -> Iterator[str]:
    """Yield the statements that a ledger needs which has taken these steps."""
    names = list(NAMES)
    base, later = (
        names[: names.index(_LAST_OF_SQLITE) + 1],
        names[names.index(_LAST_OF_SQLITE) + 1 :],
    )
    if not taken:
        # SQLite's name of a type, understood in `CAST(... AS BLOB)`
        yield "CREATE DOMAIN blob AS BYTEA"
        yield from _statements(_BASE)
    elif _LAST_OF_SQLITE not in taken:
        raise AssertionError(base)  # they are taken together
    for name in later:
        if name not in taken:
            yield from _statements(_OWN_STEPS.get(name, STEPS[name]))


def _statements(text: str) -> Iterator[str]:
    """Yield SQLite's statements in PostgreSQL's words."""
    for statement in text.split(";\n"):
        if not statement.strip():
            continue
        words = re.sub(
            r"\bINTEGER PRIMARY KEY(?! REFERENCES)",
            "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            statement,
        )
        words = re.sub(r"\bINTEGER\b", "BIGINT", words)
        words = re.sub(r"\bBLOB\b", "BYTEA", words)
        words = re.sub(r"\)\s*WITHOUT ROWID\s*$", ")", words)
        yield re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', words)
