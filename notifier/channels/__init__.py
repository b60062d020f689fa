"""Messages in, outcomes out. Nobody else knows Apprise; the only network.

Each service is one module with all that is particular to it, its `SERVICE`; `registry` lists them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TextIO

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import ADDRESS, ChannelService, Tempo
from notifier.channels.registry import SERVICES, service_named, service_of_url, web_fields
from notifier.channels.service_channel import ServiceChannel, address_fault
from notifier.channels.urls import scheme_of, split_url
from notifier.errors import ChannelError

if TYPE_CHECKING:
    from notifier.ports import Channel

__all__ = [
    "ADDRESS",
    "SERVICES",
    "ChannelService",
    "address_faults",
    "can_be_answered",
    "describe",
    "field_faults",
    "is_known",
    "open_channel",
    "quiet_libraries",
    "service_named",
    "service_of_url",
    "usual_tempo",
]

_NOISY = ("apprise", "urllib3", "requests", "charset_normalizer")


def open_channel(
    name: str,
    url: str = "",
    *,
    service: str = "",
    fields: Mapping[str, str] | None = None,
    timeout: float = 20,
    endpoint: str = "",
    stream: TextIO | None = None,
) -> Channel:
    """The channel that `url` names, or the `service` with its `fields`.

    ChannelError, without secrets, if there is none.

    `{to}` in the URL, or in the field `to`, is replaced by each recipient's address. `timeout` in
    seconds bounds one attempt; `endpoint` replaces the host of a service's interface (a gateway).
    """
    quiet_libraries()
    if service:
        known = _service(name, service)
        given = {field: value for field, value in (fields or {}).items() if value}
        for field, words in field_faults(known, given):
            raise ChannelError(f"channels.{name}.{field}: {words}")
        return ServiceChannel(name, known, given, timeout=timeout, endpoint=endpoint, stream=stream)
    if not scheme_of(url):
        raise ChannelError(
            f"channels.{name}.url: this is no URL: write SCHEME://... as in docs/channels.md, "
            "or the channel as fields"
        )
    by_url = service_of_url(url)
    if by_url is None:
        from notifier.channels.apprise_channel import AppriseChannel

        return AppriseChannel(name, url, timeout=timeout)
    given = _read_url(name, by_url, url)
    return ServiceChannel(name, by_url, given, timeout=timeout, endpoint=endpoint, stream=stream)


def _service(name: str, service: str) -> ChannelService:
    known = service_named(service)
    if known is None:
        names = ", ".join(other.name for other in SERVICES)
        raise ChannelError(f"channels.{name}.type: there is no such service: known are {names}")
    return known


def _read_url(name: str, service: ChannelService, url: str) -> dict[str, str]:
    """The fields that `url` holds, sound."""
    place = f"channels.{name}.url: {describe(url)}"
    try:
        found = web_fields(service, url) or service.read_url(split_url(url, service.options))
    except ValueError as fault:
        # its cause may hold what stands there
        raise ChannelError(f"{place} {fault}") from None
    fields = {field: value for field, value in found.items() if value}
    for field, words in field_faults(service, fields):
        if field == "to" and "to" not in fields:
            raise ChannelError(f"{place} has nobody to send to: expected {service.address_words}")
        raise ChannelError(f"{place} {field}: {words}")
    return fields


def field_faults(service: ChannelService, fields: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Return the faults in the fields of a channel: (field, words without its value)."""
    names = ", ".join(field.name for field in service.fields) or "none"
    for name, value in fields.items():
        field = service.field(name)
        if field is None:
            yield name, f"no such setting of {service.name}: known are {names}"
        elif words := field.fault(value):
            yield name, words
        elif name == "to":
            yield from (("to", words) for words in address_faults(service, value))
    for field in service.fields:
        if field.needed and field.name not in fields:
            yield field.name, f"is missing: {service.name} needs {field.expected}"


def address_faults(service: ChannelService, listed: str) -> list[str]:
    """Return the faults in a list of addresses, a sentence for each that cannot be meant."""
    secret = (field := service.field("to")) is not None and field.secret
    faults = [
        address_fault(service, part) for part in split_addresses(listed) if ADDRESS not in part
    ]
    return [f"expected {service.address_words}" if secret else words for words in faults if words]


def is_known(url: str, service: str = "") -> bool:
    """Return whether the service's own yes is understood; other services have only HTTP's."""
    return bool(service) or service_of_url(url) is not None


def can_be_answered(url: str, service: str = "") -> bool:
    """Return whether messages of the service can carry buttons."""
    known = service_named(service) if service else service_of_url(url)
    return known is not None and known.replies is not None


def usual_tempo(url: str, service: str = "") -> Tempo:
    """Return the pace that the service documents."""
    known = service_named(service) if service else service_of_url(url)
    return known.tempo if known is not None else Tempo()


def describe(url: str) -> str:
    """Return the part of a channel's URL that may be shown: its scheme."""
    scheme = scheme_of(url)
    return f"{scheme}://****" if scheme else "****"


def quiet_libraries() -> None:
    """Quiet the libraries that print secrets.

    Apprise and urllib3 print keys and tokens at DEBUG, and keys that they find invalid at WARNING.
    """
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
