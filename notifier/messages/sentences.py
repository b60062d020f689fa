"""The program's own sentences, in the reader's language.

Errors and commands speak English in the code; `sentences.zh.toml` has the Chinese of each English
sentence, with its parameters. An English sentence is its own key, so that it can be stored, cross
processes and be said in another language later. What has no Chinese there is somebody else's words
(a library's, a service's): it is quoted as such.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from notifier.domain.drafts import Language

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FOREIGN = re.compile(
    r"[A-Za-z]{2,}['’]?[a-z]* +[A-Za-z]{2,}|[A-Za-z]{3,}(?:Error|Exception|Warning)\b"
)
# `config.toml: recipients.1.quiet: ...`, `channels.mail.url: SCHEME://**** ...`
_AFTER_PLACE = re.compile(r": |(?<=[*]{4}) ")
# of a service: the same in every language
_CODE = re.compile(r"(?:HTTP|SMTP|errcode|code) -?[0-9]+")
_IS_PLACE = re.compile(r"[./:\d_\u3400-\u9fff-]|^(?:environment|credential) ")
_WORDS = "words"  # a parameter of this name is a sentence in its turn
_BRAND = "brand"  # and this one a service's: what has no Chinese is a brand, the same everywhere
# never looked for in a text: `file`, `new` are anybody's words
_ONLY_SAID = ("said", "labels", "help")
_DEEPEST = 5  # sentences within sentences
# characters; no sentence of ours is longer, and looking for it would take its time
_LONGEST = 1_000
_QUOTED = "原话“{words}”"
_PLACES = {
    "line": "行",
    "row": "行",
    "column": "列",
    "sheet": "工作表",
    "page": "页",
    "table": "表",
}
_PLACE = re.compile(rf"(?<=[ :，])({'|'.join(_PLACES)}) (?=\S)")


class _SentencePattern(NamedTuple):
    pattern: re.Pattern[str]
    chinese: str
    weight: int


def phrase(english: str, language: Language, **params: object) -> str:
    """The sentence `english` in `language`, with its {parameters} filled in."""
    template = english if language == "en" else _catalogue().get(english, english)
    return _filled(template, {name: str(value) for name, value in params.items()})


def reason(english: str, language: Language) -> str:
    """Translate English sentences of the program into `language`, line by line."""
    if language == "en":
        return english
    return "\n".join(_in_chinese(line, 0) for line in english.split("\n"))


def place_words(place: str, language: Language) -> str:
    """`sheet 甲, row 3` as people of `language` write it."""
    return (
        place
        if language == "en"
        else _PLACE.sub(lambda found: _PLACES[found[1]] + " ", f" {place}")[1:]
    )


def _in_chinese(text: str, depth: int) -> str:
    if not _LATIN_WORD.search(text) or depth > _DEEPEST:
        return text
    if len(text) > _LONGEST:
        return _QUOTED.replace("{words}", text) if _is_foreign(text) else text
    whole = text if text.startswith("expected") else text.partition("; expected")[0]
    if (known := _known(whole, depth)) is not None:
        return known
    for found in _AFTER_PLACE.finditer(whole):
        place, rest = whole[: found.start()], whole[found.end() :]
        if _IS_PLACE.search(place) and (known := _known(rest, depth)) is not None:
            sign = found[0].replace(": ", "：")
            return place_words(place, "zh").replace(": ", "：") + sign + known
    pieces = whole.split("; ")
    if len(pieces) > 1 and any(_known(piece, depth) is not None for piece in pieces):
        return "；".join(_in_chinese(piece, depth + 1) for piece in pieces)
    return _QUOTED.replace("{words}", whole) if _is_foreign(whole) else text


def _is_foreign(text: str) -> bool:
    """Return whether a text is not Chinese.

    A Chinese sentence may hold a file's name, a unit or a service's code.
    """
    if _CHINESE.search(text):
        return _FOREIGN.search(text) is not None
    is_name = " " not in text and _IS_PLACE.search(text) is not None
    return not is_name and _CODE.fullmatch(text) is None


def _known(text: str, depth: int) -> str | None:
    for sentence in _sentences():
        if found := sentence.pattern.fullmatch(text):
            params = found.groupdict()
            if _WORDS in params:
                params[_WORDS] = _in_chinese(params[_WORDS], depth + 1)
            if _BRAND in params:
                params[_BRAND] = _catalogue().get(params[_BRAND], f" {params[_BRAND]} ")
            return _filled(sentence.chinese, params)
    return None


def _filled(template: str, params: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda found: params.get(found[1], found[0]), template)


@lru_cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = files("notifier.messages").joinpath("sentences.zh.toml").read_text(encoding="utf-8")
    tables: Mapping[str, Mapping[str, str]] = tomllib.loads(text)
    return tables


@lru_cache
def _catalogue() -> Mapping[str, str]:
    return {english: chinese for table in _tables().values() for english, chinese in table.items()}


@lru_cache
def _sentences() -> list[_SentencePattern]:
    """Those that say most in words of their own come first."""
    found = []
    known = [
        pair
        for name, table in _tables().items()
        if name not in _ONLY_SAID
        for pair in table.items()
    ]
    for english, chinese in known:
        parts = _PARAMETER.split(english)
        literals = parts[::2]
        pattern = re.escape(literals[0])
        for name, literal in zip(parts[1::2], literals[1:], strict=True):
            # what begins a sentence is no place before it, which is looked for by itself
            anything = ".+?" if pattern else "(?:(?!: ).)+?"
            pattern += f"(?P<{name}>{anything}){re.escape(literal)}"
        found.append(_SentencePattern(re.compile(pattern), chinese, sum(map(len, literals))))
    return sorted(found, key=lambda sentence: -sentence.weight)
