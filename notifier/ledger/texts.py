"""The words of messages as they were sent, for people who ask later what was said."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.ledger.store import Store

MOST_CHARACTERS = 8_000
"""Kept of one message: more than a person reads, and twice what a chat takes."""


class TextVerbs(Store):
    def keep_text(self, deliveries: Iterable[int], text: str) -> None:
        """Keep the beginning of what was sent as these deliveries; an earlier attempt's words are replaced."""
        kept = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
        with self.write():
            self._do_many(
                "INSERT INTO texts (delivery_id, text) VALUES (?, ?) "
                "ON CONFLICT (delivery_id) DO UPDATE SET text = excluded.text",
                [(delivery, kept) for delivery in deliveries],
            )
