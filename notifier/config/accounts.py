"""The settings of a channel, read from its table.

By URL, or by `type` and the fields of that service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from notifier.channels import (
    ChannelService,
    address_faults,
    field_faults,
    service_named,
    service_of_url,
    usual_tempo,
)
from notifier.config.settings import ChannelSettings

if TYPE_CHECKING:
    from notifier.config.schema import ChannelTable

_NEEDS_ONE = "is missing: give the channel's URL, or type and the fields of that service"
_ONE_OF_BOTH = (
    "a channel is given by its URL, or by type and the fields of that service: take one of them out"
)
_CALLED = ("webhook", "hook")
_NO_TEXT = "expected a text"


def service_of(table: Mapping[str, Any]) -> ChannelService | None:
    """Return the service that a channel's table names.

    None if it is not known, or the table is not sound.
    """
    kind, url = table.get("type"), table.get("url")
    if isinstance(kind, str) and kind:
        return service_named(kind)
    return service_of_url(url.strip()) if isinstance(url, str) else None


def given_fields(table: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
    """Return what stands in the table beside the settings `own` to all channels.

    Where a web address of one's own is called, it is a field.
    """
    fields = {name: value for name, value in table.items() if name not in own}
    if table.get("type") in _CALLED and "url" in table:
        fields["url"] = table["url"]
    return fields


def as_text(value: object) -> str | None:
    """Return a field's value as people may write it in TOML.

    A text, a number, a list of addresses; None: none of these.
    """
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    return value.strip() if isinstance(value, str) else None


def table_faults(table: Mapping[str, Any], own: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Return the faults of a channel as a whole: (setting, words without its value)."""
    kind = table.get("type")
    fields = given_fields(table, own)
    if not kind:
        if "url" not in table:
            yield "url", _NEEDS_ONE
        for name in fields:
            yield name, ""
        return
    service = service_named(kind) if isinstance(kind, str) else None
    if service is None:
        return
    if "url" in table and "url" not in fields:
        yield "url", _ONE_OF_BOTH
    texts = {name: as_text(value) for name, value in fields.items()}
    for name, text in texts.items():
        if text is None:
            yield name, _NO_TEXT
    sound = {name: text for name, text in texts.items() if text}
    for name, words in field_faults(service, sound):
        if texts.get(name, "") is not None:
            yield name, words if service.field(name) is not None else ""


def route_faults(table: Mapping[str, Any], address: str) -> list[str]:
    """Return the faults in the address, or addresses, that a recipient gives to this channel."""
    service = service_of(table)
    return address_faults(service, address) if service is not None and service.address else []


def address_place(table: Mapping[str, Any], own: frozenset[str]) -> str:
    """The settings of a channel in one text, in which `{to}` stands if it takes an address."""
    url = table.get("url")
    texts = (as_text(value) or "" for value in given_fields(table, own).values())
    return " ".join(
        filter(None, (url if isinstance(url, str) else "", str(table.get("type") or ""), *texts))
    )


def channel_settings(table: ChannelTable) -> ChannelSettings:
    """The settings of a sound table."""
    from pydantic import SecretStr

    from notifier.config.schema import CHANNEL_SETTINGS

    url = table.url.get_secret_value() if table.url is not None else ""
    plain = (table.model_extra or {}) | {"type": table.type} | ({"url": url} if url else {})
    fields = given_fields(plain, CHANNEL_SETTINGS)
    tempo = usual_tempo(url, table.type)
    return ChannelSettings(
        url=SecretStr("" if table.type else url),
        service=table.type,
        fields={
            name: SecretStr(text) for name, value in fields.items() if (text := as_text(value))
        },
        endpoint=table.endpoint,
        timeout=table.timeout,
        per_minute=table.per_minute or tempo.per_minute,
        seconds_apart=tempo.seconds_apart if table.seconds_apart is None else table.seconds_apart,
    )
