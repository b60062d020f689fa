"""What people are asked because the program does not decide it: kept until they were told."""

from __future__ import annotations

import json

from notifier.domain.questions import Question
from notifier.ledger.database import Database
from notifier.ledger.row_values import dump

# The questions that nobody was asked yet.
_UNTOLD = "SELECT key, alert, city, params FROM questions WHERE told = 0 ORDER BY id"

# A question was asked.
_MARK_ASKED = "UPDATE questions SET told = 1 WHERE key = ?"

# A question to ask, unless it was there before.
_KEEP = """INSERT INTO questions (key, alert, city, params, told) VALUES (?, ?, ?, ?, 0)
ON CONFLICT (key) DO NOTHING"""


class OpenQuestions:
    """Keep questions, each asked once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[Question]:
        """Return the questions that nobody was asked yet."""
        return [
            Question(
                key=row["key"],
                alert=row["alert"],
                city=row["city"],
                params=json.loads(row["params"]),
            )
            for row in self._db.rows(_UNTOLD)
        ]

    def mark_asked(self, key: str) -> None:
        """Note that the question of this key was asked."""
        with self._db.write():
            self._db.execute(_MARK_ASKED, (key,))

    def keep(self, question: Question) -> bool:
        """Keep a question to be asked; return False if it was kept before.

        Within a transaction of the caller's.
        """
        values = (question.key, question.alert, question.city, dump(dict(question.params)))
        return self._db.execute(_KEEP, values) > 0
