"""The console: for the first minute, and for a daemon whose journal is read."""

from __future__ import annotations

from typing import TextIO

from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome, Verdict


class ConsoleChannel:
    form = Form.TEXT

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def send(self, message: Message, address: str = "") -> Outcome:
        to = f" -> {address}" if address else ""
        lines = "\n".join(f"  | {line}" for line in message.text.splitlines())
        try:
            print(f"\n  +-- {self.name}{to}\n{lines}\n  +--\n", file=self._stream, flush=True)
        except (OSError, ValueError) as fault:
            return Outcome(verdict=Verdict.RETRY, words=f"the console cannot be written: {fault}")
        return Outcome(verdict=Verdict.SENT)

    def close(self) -> None:
        """Nothing to let go of."""
