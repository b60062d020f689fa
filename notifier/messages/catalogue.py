"""The words of messages: zh.toml and en.toml, and the sentences of findings beside them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, get_args

from notifier.domain.drafts import Language
from notifier.domain.questions import Question
from notifier.domain.values import Finding, Kind, MilestoneName, squash
from notifier.messages.clean import tidy
from notifier.messages.sentences import reason

_PARAM_WIDTH = 200


class Words:
    """The sentences of one language by their dotted key (`left.hours`), filled in."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries

    def __call__(self, key: str, **params: object) -> str:
        return self._entries[key].format_map(params)

    def __contains__(self, key: str) -> bool:
        return key in self._entries


@lru_cache
def words(language: Language) -> Words:
    return Words(dict(_flat(_read(f"{language}.toml"))))


@lru_cache
def _sentences(language: Language) -> Mapping[str, str]:
    return dict(_flat(_read(f"findings.{language}.toml")))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("notifier.messages").joinpath(name).read_text(encoding="utf-8"))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, value))
    return found


def milestone_name(
    name: MilestoneName, language: Language = "zh", kind: Kind = Kind.LISTING
) -> str:
    """Return the name of a milestone in messages.

    In a tender `bidding_close` is 投标截止, in a listing 挂牌截止.
    """
    entries = words(language)
    special = f"milestone.{kind}.{name}"
    return entries(special if special in entries else f"milestone.{name}")


@lru_cache
def _typed() -> Mapping[str, MilestoneName]:
    found = {name.value: name for name in MilestoneName}
    for language in get_args(Language):
        found |= {
            milestone_name(name, language, kind): name for name in MilestoneName for kind in Kind
        }
    found |= {
        word: MilestoneName(name) for name, typed in _read("typed.toml").items() for word in typed
    }
    return {squash(word).casefold(): name for word, name in found.items()}


def milestone_typed(text: str) -> MilestoneName | None:
    """Return the milestone that a person means; None if there is none of this name.

    `报名`, `报名截止`, `registration` and `registration_close` mean the same.
    """
    return _typed().get(squash(text).casefold())


def field_name(name: str, language: Language = "zh") -> str:
    """Return the name of a field or milestone in messages; an unknown name is returned as it is."""
    entries = words(language)
    for key in (f"field.{name}", f"milestone.{name}"):
        if key in entries:
            return entries(key)
    return tidy(name, _PARAM_WIDTH)


def say(finding: Finding, language: Language = "zh") -> str:
    """Return the sentence of `finding`, in one line.

    A code without a sentence, or with a parameter that is not there, gives the code and its
    parameters.
    """
    params = {name: tidy(value, _PARAM_WIDTH) for name, value in finding.params.items()}
    if "milestone" in params:
        params["milestone"] = field_name(params["milestone"], language)
    if "words" in params:
        params["words"] = reason(params["words"], language)
    if "kind" in params and f"kind.{params['kind']}" in words(language):
        params["kind"] = words(language)(f"kind.{params['kind']}")
    sentence = _sentences(language).get(finding.code)
    if sentence is not None:
        known = {
            "field": field_name(finding.field, language),
            "parcel_no": tidy(finding.parcel_no, _PARAM_WIDTH),
        }
        try:
            return sentence.format_map({**known, **params})
        except KeyError:
            pass
    listed = ", ".join(f"{name}={value}" for name, value in params.items())
    return (
        f"{tidy(finding.code, _PARAM_WIDTH)}: {listed}"
        if listed
        else tidy(finding.code, _PARAM_WIDTH)
    )


def ask(question: Question, language: Language = "zh") -> str:
    """The sentence of a question, in one line."""
    params = {name: tidy(value, _PARAM_WIDTH) for name, value in question.params.items()}
    return words(language)(f"alert.{question.alert}.text", **params)
