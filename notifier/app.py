"""The composition root: Settings -> the running parts. The only wiring."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from notifier.channels import open_channel
from notifier.config import ChannelSettings, Settings, load_settings
from notifier.errors import ConfigError
from notifier.intake.child import FileReader
from notifier.ledger import open_ledger
from notifier.messages.render import Renderer
from notifier.ports import Channel, Clock, Ledger
from notifier.service import Service, Tried

log = logging.getLogger("notifier")


def open_channels(settings: Settings, stream: TextIO | None = None) -> dict[str, Channel]:
    """Every channel of the config. ChannelError names the first that cannot be used."""
    return {name: open_one(name, channel, stream) for name, channel in settings.channels.items()}


def open_one(name: str, channel: ChannelSettings, stream: TextIO | None = None) -> Channel:
    """ChannelError if it cannot be used."""
    return open_channel(
        name,
        channel.url.get_secret_value(),
        service=channel.service,
        fields=channel.plain_fields,
        timeout=channel.timeout,
        endpoint=channel.endpoint,
        stream=stream,
    )


def build(
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    *,
    channels: Mapping[str, Channel] | None = None,
    reader: FileReader | None = None,
    on_tried: Callable[[Tried], None] | None = None,
) -> Service:
    """A service that works by `settings` on `ledger`, through the channels of the settings unless others are given."""
    return Service(
        ledger=ledger,
        renderer=Renderer(settings.templates),
        channels=open_channels(settings) if channels is None else channels,
        settings=settings,
        clock=clock,
        reader=reader or FileReader(),
        on_tried=on_tried,
    )


def run(settings: Settings, config: Path | None, clock: Clock) -> None:
    """The daemon, until it is told to end. LedgerHeld if another one runs on this ledger."""
    from notifier.engines.embedded import Embedded

    ledger = open_ledger(settings.ledger)
    reader = FileReader()
    try:
        ledger.upkeep.hold()
        service = build(settings, ledger, clock, reader=reader)
        Embedded(
            service=service,
            ledger=ledger,
            clock=clock,
            settings=settings,
            reload=lambda: _reload(service, config, settings.ledger),
        ).run()
    finally:
        reader.close()
        ledger.close()


def _reload(service: Service, config: Path | None, ledger: Path) -> Settings:
    """Read the config again and work by it; an error leaves everything as it was, and so does a config that reminds
    nobody: it is probably being written."""
    settings = load_settings(config, ledger=ledger)
    for table, entries in (("[[recipients]]", settings.recipients), ("[channels]", settings.channels)):
        if not entries:
            raise ConfigError(
                f"{settings.file}: no {table}: nobody would be reminded of anything: write them, "
                "or restart to have it so"
            )
    service.adopt(settings, Renderer(settings.templates), open_channels(settings))
    return settings
