"""Log lines: one an event, in Asia/Shanghai time.

Without secrets, and without line breaks from untrusted text.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

from notifier.domain.times import shanghai

_SYSLOG = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
_HIDDEN = "****"


class _Line(logging.Formatter):
    def __init__(self, *, as_json: bool, in_journal: bool, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._as_json = as_json
        self._in_journal = in_journal
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        words = record.getMessage()
        if record.exc_info:
            words += " | " + self.formatException(record.exc_info)
        for secret in self._secrets:
            words = words.replace(secret, _HIDDEN)
        at = shanghai(datetime.fromtimestamp(record.created, UTC)).isoformat(
            timespec="milliseconds"
        )
        if self._as_json:
            line = {"at": at, "level": record.levelname, "logger": record.name, "message": words}
            return json.dumps(line, ensure_ascii=False)
        words = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in words)
        if self._in_journal:  # the journal has its own clock, and reads the priority from the line
            return f"<{_SYSLOG.get(record.levelno, 6)}>{words}"
        return f"{at} {record.levelname:7} {words}"


def set_up_logging(
    *, as_json: bool, stream: TextIO, secrets: Iterable[str] = (), level: int = logging.INFO
) -> None:
    """All of the program's lines to `stream`. Times are Asia/Shanghai, written with +08:00."""
    handler = logging.StreamHandler(stream)
    in_journal = "JOURNAL_STREAM" in os.environ and not as_json
    ordered = tuple(sorted({secret for secret in secrets if secret}, key=len, reverse=True))
    handler.setFormatter(_Line(as_json=as_json, in_journal=in_journal, secrets=ordered))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
