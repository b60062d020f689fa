"""`metrics`: the figures that the board gives at /metrics, for those who run no board."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from notifier.cli.shared import open_ledger, settings_of
from notifier.cli.speech import phrase
from notifier.clock import SystemClock
from notifier.errors import NotifierError

_READABLE = 0o644  # a node exporter runs as a user of its own


def metrics(options: argparse.Namespace) -> int:
    from notifier.service.board_desk import BoardDesk
    from notifier.service.desk import Desk
    from notifier.service.doubt_desk import DoubtDesk
    from notifier.service.figures import Figures

    with open_ledger(options) as ledger:
        desk = Desk(ledger, lambda: settings_of(options))
        doubts = DoubtDesk(ledger, desk, BoardDesk(ledger))
        text = Figures(ledger, doubts).text(SystemClock().now())
    if options.textfile is None:
        sys.stdout.write(text)
        return 0
    _replace(options.textfile, text)
    print(phrase("{file}: written", file=options.textfile))
    return 0


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: a node exporter may read it at any moment."""
    # it reads only names that end in .prom
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READABLE)
        with open(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, _READABLE)
            file.write(text)
        os.replace(part, path)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise NotifierError(f"{path}: it cannot be written: {fault.strerror}") from None
