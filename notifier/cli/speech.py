"""The one language of the command line: the config's `language`, else the machine's (LANG)."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

from notifier.domain.drafts import Language
from notifier.messages import sentences

_language: ContextVar[Language] = ContextVar("language", default="en")
_ENVIRONMENT = "NOTIFIER_LANGUAGE"
_TITLES = ("usage: ", "positional arguments:", "options:", "commands:")


def speak(language: Language) -> None:
    """Speak this language from now on."""
    _language.set(language)


def language() -> Language:
    return _language.get()


def phrase(english: str, **params: object) -> str:
    """Return a sentence of the command line with its parameters."""
    return sentences.phrase(english, language(), **params)


def reason(english: str) -> str:
    """Return an error, or why something failed, in our language."""
    return sentences.reason(english, language())


def label(what: str) -> str:
    """Translate `channel wecom`: the kind in our language, the name as it is."""
    kind, sign, name = what.partition(" ")
    whole = phrase(what)
    return whole if whole != what else phrase(kind) + sign + name


def place(words: str) -> str:
    return sentences.place_words(words, language())


def language_of(arguments: Sequence[str]) -> Language:
    """Return the language: of the environment, the config of `arguments`, or the machine.

    In this order.
    """
    stated = os.environ.get(_ENVIRONMENT) or _in_config(_config_of(arguments))
    if stated in ("zh", "en"):
        return "zh" if stated == "zh" else "en"
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    machine = next((name for name in names if name), "")
    return "zh" if machine.lower().startswith("zh") else "en"


def _config_of(arguments: Sequence[str]) -> Path | None:
    peek = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    peek.add_argument("-c", "--config", type=Path)
    try:
        found: Path | None = peek.parse_known_args(arguments)[0].config
    except argparse.ArgumentError:
        return None
    return found


def _in_config(file: Path | None) -> Any:
    """Return the `language` of the config, None if there is none; its loader reports faults."""
    from notifier.config import SYSTEM_FILE, WORKING_FILE
    from notifier.config.toml import read_toml
    from notifier.errors import ConfigError

    candidates = (WORKING_FILE, SYSTEM_FILE) if file is None else (file,)
    try:
        found = next((path for path in candidates if path.is_file()), None)
        return None if found is None else read_toml(found).get("language")
    except (ConfigError, OSError):
        return None


class Parser(argparse.ArgumentParser):
    """A parser in our language: an error is a line, a help has its titles translated.

    `files`: the arguments that name a file, for shells that complete them.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.files: list[argparse.Action] = []
        self._is_in_any_order = False
        super().__init__(*arguments, **options)

    def add_argument(self, *names: str, **options: Any) -> argparse.Action:
        added = super().add_argument(*names, **options)
        if options.get("type") is Path:
            self.files.append(added)
        return added

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments of a command in any order.

        argparse alone takes `test --allow-private URL` for a `test` without an address. Where `--`
        ends the options, those before it stay in argparse's order.
        """
        is_command = self._subparsers is None and "--" not in (args or ())
        if self._is_in_any_order or not is_command:
            return super().parse_known_args(args, namespace)
        self._is_in_any_order = True  # what follows may come back here
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_in_any_order = False

    def error(self, message: str) -> NoReturn:
        self.exit(2, reason(f"{self.prog}: {message}") + "\n")

    def format_help(self) -> str:
        return _titled(super().format_help())


def _titled(text: str) -> str:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        title = next((title for title in _TITLES if line.startswith(title)), "")
        lines[number] = phrase(title) + line[len(title) :] if title else line
    return "\n".join(lines)
