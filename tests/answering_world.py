"""A service one channel of which is real, with a reminder that can be answered."""

from __future__ import annotations

from pathlib import Path

from notifier import app
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import World


def answering_world(folder: Path, text: str, channel: str) -> World:
    """Return a world in which the reminder of a day before has gone out by `channel`."""
    world = World(folder, text, shanghai_time("2024-11-13 09:00"))
    world.channels[channel] = app.open_channels(world.settings)[channel]  # type: ignore[assignment]
    build_again(world)
    world.save(a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-14 17:00"}),)))
    world.work()  # the news
    world.clock.set(shanghai_time("2024-11-13 17:00"))
    world.work()
    return world


def build_again(world: World) -> None:
    """As after a start: the same ledger, and messages that carry links and buttons."""
    world.service = app.build(
        world.settings,
        world.ledger,
        world.clock,
        channels=world.channels,
        links=app.answer_links(world.settings),
    )


def listen(world: World) -> None:
    """Take what people pressed."""
    (account,) = world.service.listening.accounts()
    world.service.listening.step(account, world.clock.now())
