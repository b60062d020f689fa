"""The sources of settings: the file, systemd's credentials, the environment.

Later ones stand over earlier ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import (
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)

from notifier.channels import service_named
from notifier.config.accounts import as_text
from notifier.config.problems import Problem, config_error
from notifier.config.schema import (
    CHANNEL_SETTINGS,
    ENVIRONMENT_PREFIX,
    NESTING,
    ConfigFile,
    Overrides,
)
from notifier.errors import ConfigError

CREDENTIALS = "CREDENTIALS_DIRECTORY"
_LEAST_SECRET = 6  # characters
_FIELD_DEPTH = 3  # channels, its name, the field


@dataclass(frozen=True, kw_only=True)
class FoundSettings:
    """The merged settings as they stand there, not yet checked, and who gave what.

    `given`: name of a variable or a credential, in small letters without prefix -> how to call it.
    """

    plain: dict[str, Any]
    given: Mapping[str, str]
    warnings: tuple[str, ...]

    def source_of(self, path: tuple[str | int, ...]) -> str:
        """Return the variable or credential that gave `path` or the table it is in.

        Empty if the file did.
        """
        for length in range(len(path), 0, -1):
            name = NESTING.join(str(part) for part in path[:length]).lower()
            if name in self.given:
                return self.given[name]
        return ""


def merged(plain: dict[str, Any]) -> FoundSettings:
    """`plain`, which the file says, overlaid.

    ConfigError if a variable or a credential is no setting's value.
    """
    given: dict[str, str] = {}
    warnings: list[str] = []
    folder = os.environ.get(CREDENTIALS, "")
    if folder:
        names = {name.lower(): f"credential {name}" for name in _names_in(Path(folder))}
        warnings += _unknown(names)
        given |= names
        read = _read_credentials(folder)
        texts = {
            name: (Path(folder) / name).read_text("utf-8").strip()
            for name in _names_in(Path(folder))
        }
        plain = _over(plain, _over(read, _channel_texts(texts)))
    variables = {
        name[len(ENVIRONMENT_PREFIX) :].lower(): f"environment {name}"
        for name, value in os.environ.items()
        if name.upper().startswith(ENVIRONMENT_PREFIX) and value
    }
    warnings += _unknown(variables)
    given |= variables
    written = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(ENVIRONMENT_PREFIX)
    }
    texts = {name[len(ENVIRONMENT_PREFIX) :]: value for name, value in written.items() if value}
    plain = _over(plain, _over(_read_environment(), _channel_texts(texts)))
    return FoundSettings(plain=plain, given=given, warnings=tuple(warnings))


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as fault:
        raise config_error(
            [Problem(f"{CREDENTIALS} {folder}", "", f"cannot be read: {fault.strerror}")]
        ) from None


def _unknown(names: Mapping[str, str]) -> list[str]:
    """A misspelt override would leave the file's value in force without a word."""
    return [
        f"{shown} names no setting: nothing is taken from it"
        for name, shown in names.items()
        if name.split(NESTING)[0] not in ConfigFile.model_fields
    ]


def _channel_texts(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields of channels as they were written: a password of digits, or `true`, is a text."""
    channels: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        parts = name.lower().split(NESTING)
        if len(parts) == _FIELD_DEPTH and parts[0] == "channels":
            channels.setdefault(parts[1], {})[parts[2]] = value
    return {"channels": channels} if channels else {}


def _read_environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Overrides)()
    except SettingsError as fault:
        raise _not_json("environment", fault) from None


def _read_credentials(folder: str) -> dict[str, Any]:
    try:
        return NestedSecretsSettingsSource(
            SecretsSettingsSource(Overrides, secrets_dir=folder),
            secrets_prefix="",
            secrets_nested_delimiter=NESTING,
        )()
    except SettingsError as fault:
        raise _not_json("credential", fault) from None
    except (OSError, UnicodeDecodeError):
        raise config_error(
            [Problem(f"{CREDENTIALS} {folder}", "", "cannot be read as UTF-8 texts")]
        ) from None


def _not_json(source: str, fault: SettingsError) -> ConfigError:
    # its words name the field and the source; its cause holds the value, which may be a secret
    found = re.search(r'field "(\w+)"', str(fault))
    field = found[1] if found else ""
    name = f"{ENVIRONMENT_PREFIX}{field.upper()}" if source == "environment" else field
    words = """expected JSON, for this setting has parts: as in '["a", "b"]' or '{"name": "a"}'"""
    return config_error([Problem(f"{source} {name}".strip(), field, words)])


def _over(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` over `base`, table by table."""
    result = dict(base)
    for key, value in override.items():
        old = result.get(key)
        result[key] = (
            _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return result


def secret_texts(plain: Mapping[str, Any]) -> Iterable[str]:
    """Return each text at the place of a secret, however wrong the rest of `plain` is."""
    if isinstance(plain.get("heartbeat_url"), str):
        yield plain["heartbeat_url"]
    mail_in = plain.get("mail_in")
    if isinstance(mail_in, Mapping) and isinstance(mail_in.get("url"), str):
        yield mail_in["url"]
    web = plain.get("web")
    tokens = web.get("tokens") if isinstance(web, Mapping) else None
    for table in tokens.values() if isinstance(tokens, Mapping) else ():
        if isinstance(table, Mapping) and isinstance(table.get("token"), str):
            yield table["token"]
    ledger = plain.get("ledger")
    if isinstance(ledger, Mapping) and isinstance(ledger.get("url"), str):
        yield ledger["url"]
    channels = plain.get("channels")
    for channel in channels.values() if isinstance(channels, Mapping) else ():
        if isinstance(channel, Mapping):
            yield from (
                text
                for name, value in channel.items()
                if (text := _secret(str(name), value, channel))
            )


def _secret(name: str, value: object, channel: Mapping[str, Any]) -> str:
    """The text of a channel's setting that must not be shown; empty if it may be."""
    kind = channel.get("type")
    service = service_named(kind) if isinstance(kind, str) else None
    text = as_text(value)
    if not text or name == "type" or (name in CHANNEL_SETTINGS and name != "url"):
        return ""
    if name == "url" or (service is not None and service.is_secret(name)):
        return text
    # what is no setting may be a key misspelt; a shorter text would be a part of any word
    return text if service is None and len(text) >= _LEAST_SECRET else ""
