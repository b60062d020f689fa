"""What people are asked because the program does not decide it: kept until they were told."""

from __future__ import annotations

import json

from notifier.domain.questions import Question
from notifier.ledger.database import Database
from notifier.ledger.row_values import dump


class OpenQuestions:
    """Keep questions, each asked once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[Question]:
        """Those that nobody was asked yet."""
        rows = self._db.rows("SELECT * FROM questions WHERE told = 0 ORDER BY id")
        return [
            Question(key=row["key"], alert=row["alert"], city=row["city"], params=json.loads(row["params"]))
            for row in rows
        ]

    def mark_asked(self, key: str) -> None:
        with self._db.write():
            self._db.execute("UPDATE questions SET told = 1 WHERE key = ?", (key,))

    def ask(self, question: Question) -> bool:
        """Within `write` only; False if it was asked before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO questions (key, alert, city, params, told) VALUES (?, ?, ?, ?, 0)",
            (question.key, question.alert, question.city, dump(dict(question.params))),
        )
        return cursor.rowcount > 0
