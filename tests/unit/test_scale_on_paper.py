"""The country on paper: what a year of parcels brings is counted as the program plans it."""

from __future__ import annotations

import random
from datetime import time

from bench.scale import Country, hearers, listings, simulate
from notifier.domain.times import shanghai

_SMALL = Country(parcels=60, teams=40, cities=8)


def test_the_same_seed_gives_the_same_year_and_another_one_another() -> None:
    first, again, other = (simulate(_SMALL, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_parcel_is_offered_and_every_team_watches_something() -> None:
    chance = random.Random(1)
    masks = hearers(_SMALL, chance)
    watching = 0
    for mask in masks:
        watching |= mask
    assert watching.bit_count() == _SMALL.teams
    offered = list(listings(_SMALL, chance))
    assert sum(listing.parcels for listing in offered) == _SMALL.parcels
    for listing in offered:
        assert listing.known_at < min(listing.milestones.values())


def test_rows_are_parcels_times_who_watches_them_and_most_fall_due_at_nine() -> None:
    load = simulate(Country(parcels=600, teams=40, cities=8), 1)
    assert sum(load.days().values()) == load.rows
    assert shanghai(load.worst.at).time() == time(9)
    for minute in load.minutes:
        assert 0 <= minute.messages <= min(minute.rows, _SMALL.teams)
    alone = simulate(Country(parcels=60, teams=20, cities=1), 1)
    assert all(minute.messages == 20 for minute in alone.minutes), "one city is everybody's"
    assert alone.rows % 20 == 0
    assert 0 < alone.ahead <= alone.rows
    assert 0 < alone.open_parcels <= 60
