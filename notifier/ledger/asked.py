"""What people are asked because the program does not decide it: kept until they were told."""

from __future__ import annotations

import json

from notifier.domain.questions import Question
from notifier.ledger.rows import dump
from notifier.ledger.store import Store


class QuestionVerbs(Store):
    def untold_questions(self) -> list[Question]:
        """Those that nobody was asked yet."""
        rows = self._rows("SELECT * FROM questions WHERE told = 0 ORDER BY id")
        return [
            Question(key=row["key"], alert=row["alert"], city=row["city"], params=json.loads(row["params"]))
            for row in rows
        ]

    def mark_asked(self, key: str) -> None:
        with self.write():
            self._do("UPDATE questions SET told = 1 WHERE key = ?", (key,))

    def _ask(self, question: Question) -> bool:
        """Within `write` only; False if it was asked before."""
        cursor = self._do(
            "INSERT OR IGNORE INTO questions (key, alert, city, params, told) VALUES (?, ?, ?, ?, 0)",
            (question.key, question.alert, question.city, dump(dict(question.params))),
        )
        return cursor.rowcount > 0
