"""Marks of settings, by which nodes see which of their settings differ without seeing any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from hashlib import blake2b

from notifier.config.settings import Settings

_OWN = frozenset(
    {"file", "ledger", "ledger_url", "inbox", "templates", "backups", "log_json", "warnings", "web"}
)
"""What each node has of its own, and may well differ."""

_BYTES = 2  # too few to tell a secret that was guessed from many others


def setting_marks(settings: Settings, key: bytes) -> dict[str, str]:
    """Return a mark for each setting, by its name: the same, of one key, for the same values."""
    mark = partial(blake2b, digest_size=_BYTES, key=key)
    return {
        name: mark(words.encode("utf-8", "surrogatepass")).hexdigest()
        for name, words in _named_words(settings)
    }


def _named_words(settings: Settings) -> Iterator[tuple[str, str]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name in _OWN:
            continue
        if field.name in {"recipients", "hooks"}:
            for recipient in value:
                yield f"{field.name}.{recipient.name}", _words(recipient)
        elif field.name == "channels":
            for name, channel in value.items():
                yield f"channels.{name}", _words(channel)
        else:
            yield field.name, _words(value)


def _words(value: object) -> str:
    """Return a text that is the same for equal values, secrets included."""
    from pydantic import SecretStr  # only now: a command that needs no config loads it not

    if isinstance(value, SecretStr):
        return repr(value.get_secret_value())
    if is_dataclass(value):
        return _words({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        pairs = sorted(f"{_words(key)}: {_words(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, frozenset | set):
        return "{" + ", ".join(sorted(map(_words, value))) + "}"
    if isinstance(value, tuple | list):
        return "(" + ", ".join(map(_words, value)) + ")"
    return repr(value)
