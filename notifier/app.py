"""The wiring: make ledger, channels, service and engine from settings, and run them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from notifier.channels import open_channel
from notifier.config import ChannelSettings, Settings, load_settings
from notifier.domain.times import shanghai
from notifier.errors import ConfigError, NotifierError
from notifier.intake.child import FileReader
from notifier.ledger import open_ledger, prepare_jobs
from notifier.messages.link_blocks import AnswerLinks
from notifier.messages.render import Renderer
from notifier.ports import Channel, Clock, Ledger
from notifier.service import LONGEST_WAIT, Service, Tried, make_setup, open_service
from notifier.service.answer_desk import answer_key

if TYPE_CHECKING:
    from notifier.engines.embedded import Bells

log = logging.getLogger("notifier")


def open_channels(settings: Settings, stream: TextIO | None = None) -> dict[str, Channel]:
    """Open every channel of the config. ChannelError names the first that cannot be used."""
    channels = settings.channels.items()
    return {name: open_channel_of(name, channel, stream) for name, channel in channels}


def open_channel_of(name: str, channel: ChannelSettings, stream: TextIO | None = None) -> Channel:
    """Open one channel. ChannelError if it cannot be used."""
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
    longest_wait: timedelta = LONGEST_WAIT,
    links: AnswerLinks | None = None,
    node: str = "",
) -> Service:
    """Make a service that works by `settings`.

    `channels`: used in place of those of the settings. `links`: makes the links by which people
    answer a message; without it messages carry none. `node`: the name of this daemon among others.
    """
    opened = open_channels(settings) if channels is None else channels
    return open_service(
        ledger=ledger,
        setup=make_setup(settings, Renderer(settings.templates, links), opened),
        clock=clock,
        reader=reader or FileReader(),
        on_tried=on_tried,
        longest_wait=longest_wait,
        node=node,
    )


def answer_links(settings: Settings) -> AnswerLinks | None:
    """Return the maker of the links and buttons in messages; None if there can be neither.

    Links need a board with an address (`web.url`), or one at which mails are answered; buttons a
    channel that can be answered.
    ConfigError if their key cannot be used.
    """
    if not settings.has_answers:
        return None
    return AnswerLinks(address=settings.web.url, key=answer_key(settings.ledger.parent))


def _links_if_usable(settings: Settings) -> tuple[AnswerLinks | None, str]:
    """Return the maker of the links, and why there is none although there should be.

    Reminders go out without links rather than not at all.
    """
    try:
        return answer_links(settings), ""
    except ConfigError as fault:
        log.error("messages carry no links by which they are answered: %s", fault)
        return None, str(fault)


def _alert_without_links(service: Service, fault: str, clock: Clock) -> None:
    """Tell the operators, once a day, that messages carry no links."""
    if fault:
        now = clock.now()
        key = f"no-answer-links:{shanghai(now):%Y-%m-%d}:{fault}"
        service.alerts.queue(key, "no-answer-links", {"words": fault}, now)


def run(settings: Settings, config: Path | None, clock: Clock) -> None:
    """Run the daemon until a signal ends it. LedgerHeld if another keeps it from this ledger."""
    from notifier.engines.embedded import Embedded

    ledger = open_ledger(settings.ledger_place)
    own_ledger = settings.ledger if settings.ledger_url is None else None
    reader = FileReader()
    try:
        node = ledger.upkeep.join()
        links, fault = _links_if_usable(settings)
        service = build(settings, ledger, clock, reader=reader, links=links, node=node)
        _alert_without_links(service, fault, clock)
        engine = Embedded(
            service=service,
            clock=clock,
            reload=lambda: reload(service, config, own_ledger, clock),
            shared=_shared_bells(settings, service, clock),
        )
        engine.run()
        service.lifecycle.leave()
    finally:
        reader.close()
        ledger.close()


def _shared_bells(settings: Settings, service: Service, clock: Clock) -> Bells | None:
    """Return how nodes wake each other, if the config says so; their tables are made at need."""
    if settings.engine != "procrastinate" or settings.ledger_url is None:
        return None
    try:
        from notifier.engines.procrastinate import JobBells, job_tables
    except ImportError as fault:
        raise ConfigError(
            "engine.kind = \"procrastinate\" needs more packages: pip install 'notifier[postgres]'"
        ) from fault
    tables = prepare_jobs(settings.ledger_url.get_secret_value(), job_tables())
    return JobBells(service=service, clock=clock, pool=tables.pool, faults=tables.faults)


def reload(service: Service, config: Path | None, ledger: Path | None, clock: Clock) -> None:
    """Read the config again and work by it. An error is logged only, and the old config stays.

    `ledger`: the file that is open; a reload never changes to another.
    """
    try:
        settings = load_settings(config, ledger=ledger)
        _refuse_empty(settings)
        links, links_fault = _links_if_usable(settings)
        renderer = Renderer(settings.templates, links)
        setup = make_setup(settings, renderer, open_channels(settings))
    except (NotifierError, OSError) as fault:
        log.error("config not changed, the old one stays: %s", fault)
    else:
        service.lifecycle.apply(setup, clock.now())
        _alert_without_links(service, links_fault, clock)


def _refuse_empty(settings: Settings) -> None:
    """Raise ConfigError for a config that reminds nobody: probably it is half written."""
    entries = {"[[recipients]]": settings.recipients, "[channels]": settings.channels}
    for table, values in entries.items():
        if not values:
            raise ConfigError(
                f"{settings.file}: no {table}: nobody would be reminded of anything: write them, "
                "or restart to have it so"
            )
