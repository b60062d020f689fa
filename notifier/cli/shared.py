"""What the commands share: the config's settings, the ledger, instants as they are typed, and printing."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notifier.domain.times import shanghai
from notifier.errors import NotifierError, UsageError
from notifier.ledger import Ledger

if TYPE_CHECKING:
    from notifier.engines.virtual import Span


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def clean(text: str) -> str:
    """Text from a notice must not drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def at_words(instant: datetime) -> str:
    return f"{shanghai(instant):%Y-%m-%d %H:%M}"


def settings_of(options: argparse.Namespace) -> Any:
    from notifier.config import load_settings

    return load_settings(options.config, ledger=options.db)


def open_ledger(options: argparse.Namespace, *, create: bool = False) -> Ledger:
    if options.db is not None:
        return Ledger(options.db, create=create)
    return Ledger(settings_of(options).ledger, create=create)


def span_of(text: str) -> Span:
    from notifier.engines.virtual import Span

    begin, _, end = text.partition("..")
    span = Span(instant(begin), instant(end))
    if span.end <= span.begin:
        raise UsageError(f"{text}: it ends before it begins")
    return span


def instant(text: str) -> datetime:
    from notifier.intake.times import read_instant

    try:
        return read_instant(text).at
    except NotifierError as fault:
        raise UsageError(str(fault)) from None
