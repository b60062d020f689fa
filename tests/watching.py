"""A program that watches one address of a site on loopback, by a clock moved by hand."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.watching import PageState
from tests.peers.land_site import LandSite
from tests.services import CONSOLE, MakeWorld, World

START = "2031-04-21 09:00"
TEAM = (
    '[operators]\nchannels = ["console"]\n[[recipients]]\nname = "team"\nchannels = ["console"]\n'
)


def watching(make: MakeWorld, site: LandSite, path: str, every: str = "30m") -> World:
    watch = (
        f'[[watch]]\nurl = \'{site.url(path)}\'\nevery = "{every}"\nhours = "00:00-00:00"\n'
        "allow_private = true\n"
    )
    return make(CONSOLE + TEAM + watch, START)


def go_on(world: World, span: timedelta, step: timedelta = timedelta(seconds=20)) -> None:
    """Let so much time go by, the step being called all along."""
    until = world.clock.now() + span
    while world.clock.now() < until:
        world.clock.set(world.clock.now() + step)
        world.service.pages.step(world.clock.now())
    world.go(world.clock.now() + timedelta(minutes=2))


def state(world: World, site: LandSite, path: str) -> PageState:
    found = world.ledger.pages.get(site.url(path))
    assert found is not None
    return found


def numbers(world: World) -> list[str]:
    return sorted(offer.parcel.parcel_no for offer in world.ledger.parcels.all())


def asked_within(world: World, site: LandSite, span: timedelta) -> list[float]:
    """Let time go by second by second; return when each request came, in steady seconds."""
    asked: list[float] = []
    until = world.clock.now() + span
    while world.clock.now() < until:
        world.clock.set(world.clock.now() + timedelta(seconds=1))
        before = len(site.asked)
        world.service.pages.step(world.clock.now())
        asked += [world.clock.steady()] * (len(site.asked) - before)
    return asked
