"""The words of the pages, from zh.toml and en.toml beside the templates, or of messages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from notifier.domain.drafts import Language
from notifier.messages import catalogue
from notifier.messages.sentences import reason


class PageWords:
    """The words of one language by their dotted key (`tab.board`), with their braces filled in."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._entries = _entries(language)
        self._of_messages = catalogue.words(language)

    def __call__(self, key: str, **params: object) -> str:
        entry = self._entries.get(key)
        if entry is None:
            return self._of_messages(key, **params)
        return entry.format_map(params) if params else entry

    def __contains__(self, key: str) -> bool:
        return key in self._entries or key in self._of_messages

    def reason(self, english: str) -> str:
        """An error of the desk, in this language."""
        return reason(english, self.language)


@lru_cache
def page_words(language: Language) -> PageWords:
    return PageWords(language)


@lru_cache
def _entries(language: Language) -> Mapping[str, str]:
    file = files("notifier.web").joinpath(f"words.{language}.toml")
    tables: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        f"{table}.{key}": str(text)
        for table, entries in tables.items()
        for key, text in entries.items()
    }
