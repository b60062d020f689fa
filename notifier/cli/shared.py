"""What the commands share: settings, the ledger and its desks, typed instants, printing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from notifier.cli.speech import phrase
from notifier.domain.times import shanghai
from notifier.errors import IntakeError

if TYPE_CHECKING:
    from notifier.domain.values import Milestone
    from notifier.ports import Ledger
    from notifier.service.comparison_desk import ComparisonDesk
    from notifier.service.desk import Desk
    from notifier.service.pause_desk import PauseDesk

_MOST = 36_500  # days, lines: more is a slip, and more than a date can bear


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def clean(text: str) -> str:
    """Return text that cannot drive the terminal, whatever a notice holds."""
    return "".join(char if char.isprintable() else " " for char in text)


def padded(text: str, columns: int) -> str:
    """Fill `text` up to `columns` of a terminal; a Chinese character takes two of them."""
    wide = sum(east_asian_width(char) in "WF" for char in text)
    return text + " " * max(0, columns - len(text) - wide)


def at_words(instant: datetime, *, day_only: bool = False) -> str:
    """Write an instant as `2026-12-02 17:00`; a day without a time of day says so."""
    local = shanghai(instant)
    if day_only:
        return phrase("{day} (no time of day stated)", day=f"{local:%Y-%m-%d}")
    return f"{local:%Y-%m-%d %H:%M}"


def time_words(milestone: Milestone | None) -> str:
    """Write the time of a milestone, or that there is none."""
    if milestone is None:
        return phrase("no time")
    return at_words(milestone.at, day_only=milestone.day_only)


def positive(text: str) -> int:
    """Read a whole number above zero, for an option; argparse names the option."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 0 < number <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MOST}")
    return number


def settings_of(options: argparse.Namespace) -> Any:
    from notifier.config import load_settings

    return load_settings(options.config, ledger=options.db)


def open_ledger(options: argparse.Namespace, *, create: bool = False) -> Ledger:
    """Open the ledger that `--db` names, or the config's."""
    from notifier.ledger import open_ledger as open_file  # `--help` needs none of it

    if options.db is not None:
        return open_file(options.db, create=create)
    return open_file(settings_of(options).ledger_place, create=create)


@contextmanager
def open_desk(options: argparse.Namespace) -> Iterator[Desk]:
    """Open the desk on the config's ledger; the config is read only where a verb needs it."""
    from notifier.service.desk import Desk

    with open_ledger(options) as ledger:
        yield Desk(ledger, lambda: settings_of(options))


@contextmanager
def open_pauses(options: argparse.Namespace) -> Iterator[PauseDesk]:
    """Open the desk at which people put off what they are reminded of."""
    from notifier.service.desk import Desk
    from notifier.service.pause_desk import PauseDesk

    settings = settings_of(options)
    with open_ledger(options) as ledger:
        yield PauseDesk(ledger, Desk(ledger, lambda: settings), lambda: settings)


@contextmanager
def open_comparisons(options: argparse.Namespace) -> Iterator[ComparisonDesk]:
    """The desk of people who compare, on the config's ledger."""
    from notifier.service.board_desk import BoardDesk
    from notifier.service.comparison_desk import ComparisonDesk
    from notifier.service.desk import Desk

    settings = settings_of(options)
    with open_ledger(options) as ledger:
        desk = Desk(ledger, lambda: settings)
        yield ComparisonDesk(ledger, desk, BoardDesk(ledger), lambda: settings)


def instant(text: str, option: str) -> datetime:
    from notifier.intake.written_times import typed_instant

    return typed_instant(text, option)


def refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise IntakeError("it is a folder: name the files in it")


def file_name(path: Path) -> str:
    """Return what a file is called in an error: its name, or the path as it was typed."""
    return str(path) if path.name in ("", "..") or path.is_dir() else path.name
