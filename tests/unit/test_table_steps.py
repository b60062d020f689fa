"""New steps of the tables only add: nodes of the version before go on beside those that are new."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from notifier.ledger.backends.postgres_steps import statements_after
from notifier.ledger.backends.sqlite_steps import STEPS

_LAST_THAT_TOOK_AWAY = "one_beat"
_NEVER_EMPTIED = {"parcels", "notices"}
"""Tables out of which no version deletes a row, so that a new table may refer to them."""

_ADDS = re.compile(
    r"CREATE (TABLE|INDEX|VIEW) "
    r"|INSERT INTO |UPDATE "
    r"|ALTER TABLE \w+ DROP CONSTRAINT "
    r"|DROP INDEX "
    r"|ALTER TABLE \w+ ADD COLUMN (?!.*\bNOT NULL\b(?! DEFAULT )|.*\bREFERENCES\b)"
)
_NEW_UNIQUE = re.compile(r"CREATE UNIQUE INDEX \w+ ON (\w+)")


def _objections(statements: str) -> Iterator[str]:
    """Yield the statements that a node of the version before would stumble over."""
    made = set(re.findall(r"CREATE TABLE (\w+)", statements))
    for statement in statements.split(";\n"):
        words = " ".join(statement.split())
        unique = _NEW_UNIQUE.match(words)
        is_known = unique[1] in made if unique else not words or _ADDS.match(words)
        referred = set(re.findall(r"REFERENCES (\w+)", words))
        if not is_known or referred - made - _NEVER_EMPTIED:
            yield words


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_a_new_step_takes_nothing_away_from_the_version_before(database: str) -> None:
    names = list(STEPS)
    place = names.index(_LAST_THAT_TOOK_AWAY) + 1
    if database == "SQLite":
        steps = [STEPS[name] for name in names[place:]]
    else:
        taken = set(names[:place])
        steps = [";\n".join(statements_after(taken))]
    assert [words for step in steps for words in _objections(step)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE terms DROP COLUMN until",
        "ALTER TABLE nodes RENAME COLUMN term TO number",
        "ALTER TABLE nodes ADD COLUMN place TEXT NOT NULL",
        "ALTER TABLE nodes ADD COLUMN delivery_id INTEGER REFERENCES deliveries(id)",
        "DROP TABLE sends",
        "DELETE FROM sends",
        "CREATE UNIQUE INDEX nodes_config ON nodes (config)",
        "CREATE TABLE copies (delivery_id INTEGER NOT NULL REFERENCES deliveries(id))",
    ],
)
def test_what_takes_something_away_is_objected_to(statement: str) -> None:
    assert list(_objections(f"{statement};\n"))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE nodes ADD COLUMN place TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE nodes ADD COLUMN seen_by TEXT",
        "CREATE TABLE notes (parcel_id INTEGER NOT NULL REFERENCES parcels(id));\n"
        "CREATE UNIQUE INDEX notes_each ON notes (parcel_id)",
    ],
)
def test_what_adds_is_not_objected_to(statement: str) -> None:
    assert not list(_objections(f"{statement};\n"))
