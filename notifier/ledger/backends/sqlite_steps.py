"""The tables, as numbered steps. A step that has been released is never edited; a new one is added.

Instants are whole milliseconds since 1970 UTC. Bodies are JSON of `domain/plain.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    read_at INTEGER NOT NULL, words TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE notices (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, notice_no TEXT NOT NULL,
    title TEXT NOT NULL, known_at INTEGER NOT NULL
);

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
    planned INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX parcels_number ON parcels (number);
CREATE INDEX parcels_notice_number ON parcels (notice_number);
CREATE INDEX parcels_stale ON parcels (id) WHERE stale;

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
    DEFAULT ''
);

CREATE TABLE reminders (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), id BLOB NOT NULL, recipient TEXT NOT NULL,
    kind TEXT NOT NULL, milestone TEXT NOT NULL, lead TEXT NOT NULL, milestone_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, urgent INTEGER NOT NULL, provisional INTEGER NOT NULL, reason TEXT NOT
    NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, message_id INTEGER REFERENCES messages(id),
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
    lease_until INTEGER, ended_at INTEGER, words TEXT NOT NULL DEFAULT ''
);
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

CREATE TABLE troubles (
    channel TEXT PRIMARY KEY, since INTEGER NOT NULL, failures INTEGER NOT NULL, reported INTEGER
    NOT NULL,
    words TEXT NOT NULL
) WITHOUT ROWID;
"""


_WAITING = """
CREATE TABLE waiting (
    key TEXT NOT NULL, notice_id INTEGER NOT NULL REFERENCES notices(id), name TEXT NOT NULL,
    told INTEGER NOT NULL, UNIQUE (key, notice_id)
);
CREATE INDEX waiting_untold ON waiting (notice_id) WHERE told = 0;
"""


_SOONEST = """
ALTER TABLE reminders ADD COLUMN day_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN soonest_at INTEGER;
ALTER TABLE deliveries ADD COLUMN stands_for INTEGER REFERENCES deliveries(id);
CREATE INDEX deliveries_stands_for ON deliveries (stands_for) WHERE stands_for IS NOT NULL;
"""

_UNCOVERED = """
ALTER TABLE parcels ADD COLUMN uncovered_at INTEGER;
ALTER TABLE parcels ADD COLUMN uncovered_told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX parcels_uncovered ON parcels (uncovered_at) WHERE uncovered_at IS NOT NULL AND
uncovered_told = 0;
"""

# bundle: deliveries of the same bundle and part go out as one message; NULL: together with whatever
# waits
_TOGETHER = """
CREATE TABLE troubles_of_all (
    channel TEXT NOT NULL, about TEXT NOT NULL, address TEXT NOT NULL, since INTEGER NOT NULL,
    failures INTEGER NOT NULL, words TEXT NOT NULL, last_at INTEGER NOT NULL, is_over INTEGER NOT
    NULL DEFAULT 0,
    is_reported INTEGER NOT NULL DEFAULT 0, reported_at INTEGER, PRIMARY KEY (channel, about,
    address)
) WITHOUT ROWID;
INSERT INTO troubles_of_all (channel, about, address, since, failures, words, last_at, is_reported,
reported_at)
    SELECT channel, 'channel', '', since, failures, words, since, reported, CASE WHEN reported THEN
    since END
    FROM troubles;
DROP TABLE troubles;
ALTER TABLE troubles_of_all RENAME TO troubles;
ALTER TABLE deliveries ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN bundle INTEGER;
CREATE INDEX deliveries_bundle ON deliveries (bundle) WHERE bundle IS NOT NULL;
ALTER TABLE messages ADD COLUMN content TEXT;
CREATE INDEX messages_content ON messages (content) WHERE content IS NOT NULL;
"""

_READINGS = """
CREATE TABLE readings (
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, begun_at INTEGER NOT NULL, lives INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE files ADD COLUMN errors TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN untold_since INTEGER;
ALTER TABLE files ADD COLUMN told_at INTEGER;
"""

_TEXTS = """
CREATE TABLE texts (delivery_id INTEGER PRIMARY KEY REFERENCES deliveries(id), text TEXT NOT NULL)
WITHOUT ROWID;
"""

_STATEMENTS = """
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
INSERT INTO bytes_read (file, digest, read_at)
    SELECT name, sha256, read_at FROM files WHERE sha256 <> '' AND words = '';

CREATE TABLE questions (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, alert TEXT NOT NULL, city TEXT NOT NULL,
    params TEXT NOT NULL,
    told INTEGER NOT NULL
);
CREATE INDEX questions_untold ON questions (id) WHERE told = 0;

ALTER TABLE notices ADD COLUMN authority TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN city TEXT NOT NULL DEFAULT '';
UPDATE notices SET
    authority = coalesce((SELECT json_extract(head, '$.authority') FROM parcels WHERE notice_id =
    notices.id), ''),
    city = coalesce((SELECT json_extract(head, '$.city') FROM parcels WHERE notice_id = notices.id),
    '');

ALTER TABLE parcels ADD COLUMN loose TEXT NOT NULL DEFAULT '';
UPDATE parcels SET loose = loose_key(number);
CREATE INDEX parcels_loose ON parcels (loose);
CREATE INDEX parcels_notice ON parcels (notice_id);

INSERT INTO statements (parcel_id, said_at, origin, file, published, by, why, on_purpose, body)
    SELECT parcel_id, said_at, origin, file, '', '', '', 0,
        json_object('milestones', json_object(name, json_object('at', at)))
    FROM (
        SELECT c.id AS change_id, 0 AS turn, c.parcel_id, p.known_at AS said_at, 'notice' AS origin,
        '' AS file,
            json_extract(m.value, '$.milestone') AS name, json_extract(m.value, '$.old') AS at
        FROM changes c JOIN parcels p ON p.id = c.parcel_id JOIN json_each(c.body, '$.milestones') m
        UNION ALL
        SELECT c.id, 1, c.parcel_id, c.at,
            CASE WHEN json_extract(c.body, '$.kind') IN ('listing', 'auction', 'tender', 'other')
            THEN 'notice'
                ELSE 'change' END,
            json_extract(c.body, '$.file'), json_extract(m.value, '$.milestone'),
            json_extract(m.value, '$.new')
        FROM changes c JOIN json_each(c.body, '$.milestones') m
    )
    WHERE at IS NOT NULL ORDER BY change_id, turn;
INSERT INTO statements (parcel_id, said_at, origin, file, published, by, why, on_purpose, body)
    SELECT id, known_at, 'notice', '', coalesce(json_extract(head, '$.published'), ''), '', '', 0,
        json_object('milestones', json_extract(body, '$.milestones'))
    FROM parcels WHERE json_extract(body, '$.milestones') <> '{}' ORDER BY id;
"""
"""What was said of each parcel: of a ledger that kept none, the instants that were changed and
those that stand. `loose_key` is that of `domain/identity.py`."""

# a confirmation goes with the time that it confirms
_CONFIRMATIONS = """
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
"""

_SIGN_INS = """
CREATE TABLE sign_in_links (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL, begun_at INTEGER NOT NULL, expires_at INTEGER NOT
    NULL
) WITHOUT ROWID;
"""

_SHARED = """
ALTER TABLE waiting ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
UPDATE waiting SET place = rowid;
DROP INDEX parcels_stale;
CREATE INDEX parcels_to_plan ON parcels (id) WHERE stale <> 0;
"""
"""What the SQL that every database understands needs: no `rowid`, no number for a truth value.
`place` is the order in which a notice of change named what nobody knows yet."""

_WATCHED = """
CREATE TABLE watched_pages (
    url TEXT PRIMARY KEY, role TEXT NOT NULL, watch_url TEXT NOT NULL, next_at INTEGER NOT NULL,
    title TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT
    '',
    facts TEXT NOT NULL DEFAULT '', failures INTEGER NOT NULL DEFAULT 0, missing INTEGER NOT NULL
    DEFAULT 0,
    good_at INTEGER, changed_at INTEGER, until INTEGER, trouble TEXT NOT NULL DEFAULT '', told TEXT
    NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX watched_pages_due ON watched_pages (next_at);
"""

# a deposit is a file that somebody put into the inbox, who waits for its receipt
_RECEIPTS = """
CREATE TABLE receipts (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, way TEXT NOT NULL, sender TEXT
    NOT NULL,
    read_at INTEGER NOT NULL, reception TEXT NOT NULL, words TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX receipts_file ON receipts (file, sha256);
CREATE INDEX parcels_known ON parcels (known_at);
CREATE INDEX changes_at ON changes (at);

CREATE TABLE deposits (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, way TEXT NOT NULL, sender TEXT
    NOT NULL,
    put_at INTEGER NOT NULL, receipt_id INTEGER REFERENCES receipts(id)
);
CREATE INDEX deposits_waiting ON deposits (file, sha256) WHERE receipt_id IS NULL;
"""

_DOUBTS = """
CREATE TABLE doubts (
    doubt_key TEXT PRIMARY KEY, group_key TEXT NOT NULL, parcel_id INTEGER REFERENCES parcels(id),
    notice_id INTEGER NOT NULL REFERENCES notices(id), file TEXT NOT NULL, field TEXT NOT NULL,
    stood TEXT NOT NULL,
    finding TEXT NOT NULL, raised_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX doubts_parcel ON doubts (parcel_id);

CREATE TABLE settled (
    doubt_key TEXT PRIMARY KEY, settled_at INTEGER NOT NULL, by TEXT NOT NULL, how TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE united (
    parcel_id INTEGER PRIMARY KEY REFERENCES parcels(id), same_as INTEGER NOT NULL REFERENCES
    parcels(id)
);
"""

_ANSWERS = """
ALTER TABLE deposits ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
"""

_UNITED = """
CREATE INDEX united_same_as ON united (same_as);
"""

_PAUSES = """
CREATE TABLE pauses (
    parcel_id INTEGER NOT NULL REFERENCES parcels(id), recipient TEXT NOT NULL, milestone TEXT NOT
    NULL,
    milestone_at INTEGER NOT NULL, kind TEXT NOT NULL, said_at INTEGER NOT NULL, until INTEGER NOT
    NULL,
    by TEXT NOT NULL, PRIMARY KEY (parcel_id, recipient, milestone, milestone_at)
) WITHOUT ROWID;
"""

_ANSWER_NEWS = """
CREATE TABLE answer_news (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL REFERENCES parcels(id), milestone TEXT NOT
    NULL,
    at INTEGER NOT NULL, by TEXT NOT NULL, withdrawn INTEGER NOT NULL
);
CREATE INDEX answer_news_at ON answer_news (at);
CREATE INDEX answer_news_parcel ON answer_news (parcel_id);
CREATE TABLE answer_hearers (
    recipient TEXT PRIMARY KEY, up_to INTEGER NOT NULL
) WITHOUT ROWID;
"""

_SHEET_ANSWERS = """
CREATE TABLE sheet_answers (
    file TEXT NOT NULL, parcel_id INTEGER NOT NULL REFERENCES parcels(id), answer TEXT NOT NULL,
    was TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, told INTEGER NOT NULL,
    PRIMARY KEY (file, parcel_id)
) WITHOUT ROWID;
CREATE INDEX sheet_answers_parcel ON sheet_answers (parcel_id);
CREATE INDEX sheet_answers_untold ON sheet_answers (told) WHERE told = 0;
"""

_ONE_BEAT = """
ALTER TABLE nodes ADD COLUMN term INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE terms DROP COLUMN until;
"""

_NODES = """
CREATE TABLE nodes (
    name TEXT PRIMARY KEY, seen_at INTEGER NOT NULL, ahead INTEGER NOT NULL, config TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE terms (
    term INTEGER NOT NULL, node TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (term)
) WITHOUT ROWID;

ALTER TABLE deliveries ADD COLUMN node TEXT NOT NULL DEFAULT '';

CREATE TABLE sends (
    delivery_id INTEGER NOT NULL, number INTEGER NOT NULL, channel TEXT NOT NULL, at INTEGER NOT
    NULL,
    is_open INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
CREATE INDEX sends_channel ON sends (channel, at);
"""

# Messages with buttons where they arrived, and the parcels that they tell of.
_POSTS = """
CREATE TABLE posts (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, chat TEXT NOT NULL, number TEXT NOT NULL,
    buttons TEXT NOT NULL, labels TEXT NOT NULL, at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0, next_at INTEGER
);
CREATE INDEX posts_next ON posts (next_at);
CREATE INDEX posts_at ON posts (at);
CREATE TABLE post_parcels (
    parcel_id INTEGER NOT NULL, post_id INTEGER NOT NULL, PRIMARY KEY (parcel_id, post_id)
) WITHOUT ROWID;
CREATE INDEX post_parcels_post ON post_parcels (post_id);
"""

# Each person's own word on a milestone, and whose words a recipient waits for.
# `answered`: what is done as far as everybody goes; `missing_answers`: what people still owe.
_OWN_ANSWERS = """
CREATE TABLE own_answers (
    parcel_id INTEGER NOT NULL, milestone TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (parcel_id, milestone, by)
) WITHOUT ROWID;
INSERT INTO own_answers (parcel_id, milestone, by, at)
SELECT parcel_id, milestone, by, at FROM acks WHERE milestone <> '*' AND by <> '';
CREATE TABLE asked_people (
    id INTEGER PRIMARY KEY, parcel_id INTEGER NOT NULL, milestone TEXT NOT NULL, recipient TEXT NOT
    NULL, person TEXT NOT NULL
);
CREATE UNIQUE INDEX asked_people_each ON asked_people (parcel_id, milestone, recipient, person);
CREATE VIEW missing_answers AS SELECT q.parcel_id, q.milestone, q.recipient, q.person
FROM asked_people q WHERE NOT EXISTS (SELECT 1 FROM own_answers o WHERE o.parcel_id = q.parcel_id
AND o.milestone = q.milestone AND o.by = q.person);
CREATE VIEW answered AS SELECT a.parcel_id, a.milestone, a.by, a.at FROM acks a
WHERE NOT EXISTS (SELECT 1 FROM missing_answers m
WHERE m.parcel_id = a.parcel_id AND m.milestone = a.milestone);
"""

_MEANT_PARCELS = """
CREATE TABLE meant_parcels (
    notice_id INTEGER NOT NULL REFERENCES notices(id), name TEXT NOT NULL, parcel_id INTEGER NOT
    NULL REFERENCES parcels(id),
    PRIMARY KEY (notice_id, name)
) WITHOUT ROWID;
CREATE INDEX meant_parcels_parcel ON meant_parcels (parcel_id);
"""

# Files as they came, each arrival a row; `place`: the folder of which machine it lay in, empty if a
# person brought it. Bytes and pictures of lines are in the ledger where several machines share it.
_KEPT_FILES = """
CREATE TABLE files_kept (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    place TEXT NOT NULL, trouble TEXT NOT NULL, received_at INTEGER NOT NULL, read_at INTEGER
);
CREATE INDEX files_kept_name ON files_kept (name, id);
CREATE INDEX files_kept_bytes ON files_kept (sha256);
CREATE INDEX files_kept_waiting ON files_kept (id) WHERE read_at IS NULL;
CREATE TABLE file_bytes (
    sha256 TEXT PRIMARY KEY, kept_at INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE INDEX file_bytes_kept ON file_bytes (kept_at);
CREATE TABLE files_seen (
    place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, PRIMARY KEY (place, name)
) WITHOUT ROWID;
CREATE TABLE line_pictures (
    key TEXT PRIMARY KEY, content BLOB NOT NULL
);
"""

# On which page the notices of a file stood, and since when a page cannot be read. The names of
# pages that are known already are noted when they are read again, so none may answer that it is
# the same.
_PAGE_FILES = """
CREATE TABLE page_files (
    file TEXT PRIMARY KEY, url TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX page_files_url ON page_files (url);
ALTER TABLE watched_pages ADD COLUMN failed_at INTEGER;
UPDATE watched_pages SET etag = '', modified = '';
"""

STEPS: Mapping[str, str] = {
    "tables": _TABLES,
    "waiting_changes": _WAITING,
    "soonest_deadlines": _SOONEST,
    "uncovered_parcels": _UNCOVERED,
    "one_message_for_several": _TOGETHER,
    "file_readings": _READINGS,
    "sent_texts": _TEXTS,
    "statements": _STATEMENTS,
    "confirmations": _CONFIRMATIONS,
    "board_sign_ins": _SIGN_INS,
    "shared_sql": _SHARED,
    "watched_pages": _WATCHED,
    "receipts": _RECEIPTS,
    "doubts": _DOUBTS,
    "mail_answers": _ANSWERS,
    "united_parcels": _UNITED,
    "pauses": _PAUSES,
    "answer_news": _ANSWER_NEWS,
    "sheet_answers": _SHEET_ANSWERS,
    "nodes": _NODES,
    "posts": _POSTS,
    "own_answers": _OWN_ANSWERS,
    "meant_parcels": _MEANT_PARCELS,
    "one_beat": _ONE_BEAT,
    "kept_files": _KEPT_FILES,
    "bulk_plans": "",
    "page_files": _PAGE_FILES,
}
"""Name -> statements, each ended by `;` at the end of a line."""

SCRATCH = """
CREATE TEMP TABLE hearers (audience INTEGER, parcel_id INTEGER, first BLOB, name TEXT);
CREATE TEMP TABLE occasions (
    audience INTEGER, mark BLOB, kind TEXT, milestone TEXT, lead TEXT, milestone_at INTEGER, due_at
    INTEGER,
    urgent INTEGER, provisional INTEGER, reason TEXT, origin TEXT, day_only INTEGER, PRIMARY KEY
    (audience, mark)
) WITHOUT ROWID;
"""
"""Tables of one connection, empty between transactions: a plan is multiplied out there."""


TABLES_OF_BYTES = ("file_bytes", "line_pictures")
"""Tables whose rows are large: few of them are held at once, and a copy to look at has none."""


def table_names() -> list[str]:
    """Return the tables of a ledger of this version, each after those that it refers to."""
    found: dict[str, str] = {}
    for step in STEPS.values():
        for words in re.finditer(
            r"CREATE TABLE (\w+)|DROP TABLE (\w+)|ALTER TABLE (\w+) RENAME TO (\w+)", step
        ):
            made, dropped, before, after = words.groups()
            if made:
                found[made] = made
            elif dropped:
                del found[dropped]
            else:
                found = {after if name == before else name: name for name in found}
    return list(found)
