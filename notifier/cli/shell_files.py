"""`completion` and `manual`: what a shell and `man` are to know, made from the help itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial

from notifier import __version__
from notifier.cli import command_parsers
from notifier.cli.speech import phrase

_COLUMNS = 78  # of a page, whatever the terminal has


def completion(options: argparse.Namespace) -> int:
    import shtab

    parser, commands = command_parsers()
    for files in (parser.files, *(command.files for command in commands.values())):
        for action in files:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=options.shell))
    return 0


def manual(_: argparse.Namespace) -> int:
    print("\n".join(_page()))
    return 0


def _page() -> Iterator[str]:
    """Yield the lines of notifier(1), in the language of man's macros."""
    parser, commands = command_parsers()
    for page in (parser, *commands.values()):
        page.formatter_class = partial(argparse.HelpFormatter, width=_COLUMNS)
    summary = (parser.description or "").rstrip(".。")
    yield f'.TH NOTIFIER 1 "" "notifier {__version__}" ""'
    yield f".SH {_text(phrase('NAME'))}"
    yield rf"notifier \- {_text(summary)}"
    yield f".SH {_text(phrase('SYNOPSIS'))}"
    yield from _as_it_stands(parser.format_help())
    yield f".SH {_text(phrase('COMMANDS'))}"
    for name, command in commands.items():
        yield f".SS notifier {_text(name)}"
        yield from _as_it_stands(command.format_help())
    yield f".SH {_text(phrase('EXIT STATUS'))}"
    yield _text(phrase("0: all is fine. 1: wrong data. 2: wrong usage or config."))
    yield f".SH {_text(phrase('FILES'))}"
    yield _text(phrase("config.toml here, then /etc/notifier/config.toml"))


def _as_it_stands(text: str) -> Iterator[str]:
    yield ".nf"
    yield from (_text(line) for line in text.rstrip().splitlines())
    yield ".fi"


def _text(line: str) -> str:
    """Return a line that man takes for text, whatever it begins with."""
    escaped = line.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
