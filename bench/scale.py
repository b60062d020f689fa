"""All of China on paper: what one ledger would hold and send in a year, and what breaks first.

    python -m bench.scale [SEED]

40,000 parcels a year, 10,000 teams of 20. The parcels, their times and who watches them are made
up by a seed; what is planned for each is planned by the program itself. Rates are measured here
and now. docs/scale.md says what follows from it.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import psycopg

from bench.worlds import cpu_seconds_of_family, saved, service_on, settings_of, usual
from notifier import app
from notifier.config import published_calendar
from notifier.domain.drafts import DraftKind
from notifier.domain.matching import Filters
from notifier.domain.planning import Known, Planner
from notifier.domain.recipients import Recipient, Route
from notifier.domain.times import shanghai
from notifier.ledger import SqlLedger, move_ledger, open_ledger
from notifier.testing import FakeChannel, ManualClock, an_offer, shanghai_time
from tests.postgres import PostgresServer, postgres_server

YEAR = 2025
_MONTHS = (5, 4, 7, 8, 8, 8, 7, 8, 8, 9, 11, 17)
"""How much of a year's land is offered in each month: most of it at the year's end."""

_TEAMS_A_KIND = ((0.60, 1), (0.25, 4), (0.10, 11), (0.05, None))
"""(share of the teams, how many cities each watches); None: all of them."""

_CALENDAR = published_calendar()
_PEOPLE = 20
_SENT, _WATCHED = 300, 20
_ROWS = 20_000
_HOUR = timedelta(hours=1)
_NO_WAIT = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """How much there is: parcels a year, teams, cities."""

    parcels: int = 40_000
    teams: int = 10_000
    cities: int = 340


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A notice: its city, how many parcels it offers, when it is known, and their common times."""

    city: int
    parcels: int
    known_at: datetime
    milestones: dict[str, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Minute:
    """What falls due in one minute: rows of the ledger, and messages if each team hears once."""

    at: datetime
    rows: int
    messages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What a year brings. `ahead`: the most rows that are planned and not due yet, on any day."""

    minutes: Sequence[Minute]
    ahead: int
    open_parcels: int

    @property
    def rows(self) -> int:
        return sum(minute.rows for minute in self.minutes)

    @property
    def messages(self) -> int:
        return sum(minute.messages for minute in self.minutes)

    @property
    def worst(self) -> Minute:
        return max(self.minutes, key=lambda minute: (minute.rows, minute.at))

    def days(self) -> Counter[date]:
        """Return the rows of each day."""
        found: Counter[date] = Counter()
        for minute in self.minutes:
            found[shanghai(minute.at).date()] += minute.rows
        return found


def listings(country: Country, chance: random.Random) -> Iterator[Listing]:
    """Yield the notices of a year."""
    weights = _city_weights(country)
    left = country.parcels
    while left > 0:
        parcels = min(left, chance.choice((1, 1, 1, 2, 2, 3, 4, 6, 10)))
        left -= parcels
        city = chance.choices(range(country.cities), cum_weights=weights)[0]
        yield _listing(city, parcels, chance)


def _city_weights(country: Country) -> list[float]:
    return list(accumulate(1 / (rank + 3) ** 0.7 for rank in range(country.cities)))


def _listing(city: int, parcels: int, chance: random.Random) -> Listing:
    month = chance.choices(range(1, 13), weights=_MONTHS)[0]
    published = _office_day(date(YEAR, month, chance.randint(1, 28)))
    known_at = _at(published, chance.randint(10, 17))
    close = _at(_office_day(published + timedelta(days=chance.randint(28, 32))), 16)
    close += chance.choice((0, 1)) * _HOUR
    milestones = {"deposit_close": close, "registration_close": close}
    end = _office_day(shanghai(close).date() + timedelta(days=chance.choice((2, 3, 4))))
    hour = chance.choice((9, 10, 10, 15, 15))
    if chance.random() < 0.3:
        milestones["auction_start"] = _at(end, hour)
    else:
        milestones["bidding_open"] = close - timedelta(days=8)
        milestones["bidding_close"] = _at(end, hour)
    return Listing(city=city, parcels=parcels, known_at=known_at, milestones=milestones)


def _office_day(day: date) -> date:
    while not _CALENDAR.is_working(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: int) -> datetime:
    return shanghai_time(f"{day} {hour:02}:00").astimezone(UTC)


def hearers(country: Country, chance: random.Random) -> list[int]:
    """Return who watches each city: a number with a bit for each team."""
    weights = _city_weights(country)
    masks = [0] * country.cities
    team = 0
    for share, cities in _TEAMS_A_KIND:
        for _ in range(round(country.teams * share)):
            if cities is None:
                watched = range(country.cities)
            else:
                first = chance.choices(range(country.cities), cum_weights=weights)[0]
                watched = range(first, min(first + cities, country.cities))
            for city in watched:
                masks[city] |= 1 << team
            team += 1
    return masks


def simulate(country: Country, seed: int) -> Load:
    """Plan a year of parcels, and count what falls due in each of its minutes."""
    chance = random.Random(seed)
    masks = hearers(country, chance)
    counts = [mask.bit_count() for mask in masks]
    planner = Planner(recipients=(Recipient(name="team", channels=()),), calendar=_CALENDAR)
    due: dict[datetime, Counter[int]] = defaultdict(Counter)
    change: Counter[date] = Counter()
    opened: Counter[date] = Counter()
    for listing in listings(country, chance):
        known_on = shanghai(listing.known_at).date()
        opened[known_on] += listing.parcels
        opened[shanghai(max(listing.milestones.values())).date()] -= listing.parcels
        for at in _due_instants(planner, listing):
            due[at.replace(second=0, microsecond=0)][listing.city] += listing.parcels
            change[known_on] += listing.parcels * counts[listing.city]
            change[shanghai(at).date()] -= listing.parcels * counts[listing.city]
    minutes = [_minute(at, cities, masks, counts) for at, cities in sorted(due.items())]
    return Load(minutes=minutes, ahead=_highest(change), open_parcels=_highest(opened))


def _due_instants(planner: Planner, listing: Listing) -> Iterator[datetime]:
    offer = an_offer(milestones=listing.milestones)
    known = Known(
        offer=offer,
        stale=1,
        fresh=True,
        deadlines={
            (name.value, milestone.at): listing.known_at for name, milestone, _ in offer.deadlines()
        },
        watches={},
        acknowledged=frozenset(),
        untold={},
    )
    for reminder in planner.plan(known, listing.known_at).reminders():
        yield reminder.due_at


def _minute(
    at: datetime, cities: Counter[int], masks: Sequence[int], counts: Sequence[int]
) -> Minute:
    teams = rows = 0
    for city, parcels in cities.items():
        teams |= masks[city]
        rows += parcels * counts[city]
    return Minute(at=at, rows=rows, messages=teams.bit_count())


def _highest(changes: Counter[date]) -> int:
    return max(accumulate(changes[day] for day in sorted(changes)), default=0)


# -- rates, measured ------------------------------------------------------------------------------


def seconds_to_match(country: Country) -> float:
    """Return how many seconds of CPU it takes to plan one parcel among all teams."""
    recipients = tuple(
        Recipient(
            name=f"team {team}",
            channels=(),
            filters=Filters.parse({"city": f"城市{team % country.cities}"}),
        )
        for team in range(country.teams)
    )
    planner = Planner(recipients=recipients, calendar=_CALENDAR)
    now = _at(date(YEAR, 3, 3), 10)
    offer = an_offer(milestones={"registration_close": now + timedelta(days=30)})
    began = time.process_time()
    for _ in range(_WATCHED):
        known = Known(
            offer=offer,
            stale=1,
            fresh=True,
            deadlines={},
            watches={},
            acknowledged=frozenset(),
            untold={},
        )
        planner.plan(known, now)
    return (time.process_time() - began) / _WATCHED


def seconds_a_delivery(
    ledger: SqlLedger, folder: Path, server: PostgresServer
) -> tuple[float, float]:
    """Return what it takes one node to hand a message to a channel that answers at once.

    Seconds, and seconds of CPU: its own and those of `server`.
    """
    text = '[channels.console]\nurl = "console://"\n[[recipients]]\nname = "team"\n'
    settings = settings_of(folder, f'{text}channels = ["console"]\n')
    clock = ManualClock(datetime.now(UTC))
    channel = FakeChannel("console")
    service = app.build(settings, ledger, clock, channels={"console": channel})
    for number in range(_SENT):
        ledger.bulletins.post(
            "team",
            DraftKind.ALERT,
            [Route(channel="console")],
            key=str(number),
            body={"event": "node-gone", "params": {"node": str(number)}},
            now=clock.now(),
            keep_for=_HOUR,
        )
    began, busy = time.perf_counter(), _cpu(server)
    while service.sending.send_next("console", clock.now()) == clock.now():
        pass
    seconds, busy = time.perf_counter() - began, _cpu(server) - busy
    assert len(channel.sent) == _SENT, len(channel.sent)
    return seconds / _SENT, busy / _SENT


def _cpu(server: PostgresServer) -> float:
    return time.process_time() + cpu_seconds_of_family(server.process)


def most_locks(url: str) -> int:
    """Return how many locks one transaction of PostgreSQL can take, to within a tenth."""
    count = 500
    while True:
        try:
            with psycopg.connect(url) as conn:
                conn.execute(
                    "SELECT count(pg_advisory_xact_lock(n)) FROM generate_series(1, %s) n", (count,)
                )
        except psycopg.errors.OutOfMemory:
            return count
        count += count // 10


def bytes_and_claims(url: str, folder: Path) -> tuple[float, float]:
    """Return the bytes of a planned reminder on PostgreSQL, with its indexes, and how many of them
    are claimed in a second.
    """
    settings = usual(folder)
    with saved(settings, _ROWS) as ledger, open_ledger(url) as target:
        service_on(settings, ledger).planning.replan(datetime.now(UTC))
        move_ledger(ledger, target)
        rows = target.database.value("SELECT count(*) FROM reminders")
        size = target.database.value("SELECT pg_total_relation_size('reminders')")
        began = time.perf_counter()
        while target.claims.claim_due(datetime.now(UTC) + timedelta(days=90), _NO_WAIT, {}):
            pass
        seconds = time.perf_counter() - began
    return size / rows, rows / seconds


# -- the page -------------------------------------------------------------------------------------


def main() -> None:
    logging.disable()
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 18
    country = Country()
    load = simulate(country, seed)
    for line in _of_year(load, country):
        print(line)
    with postgres_server(durable=True) as server:
        with tempfile.TemporaryDirectory() as name:
            size, claimed = bytes_and_claims(server.empty_database(), Path(name))
        print(f"a reminder on PostgreSQL: {size:.0f} bytes with its indexes")
        print(
            f"    a year: {size * load.rows / 1e9:.1f} GB, ahead: {size * load.ahead / 1e9:.1f} GB"
        )
        print(f"claims on PostgreSQL: {claimed:,.0f} rows/s")
        print(f"    the worst minute: {load.worst.rows / claimed:,.0f} s")
        costs = {}
        for kind in ("SQLite", "PostgreSQL"):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                place = server.fresh_database() if kind == "PostgreSQL" else folder / "ledger.db"
                with open_ledger(place) as ledger:
                    costs[kind] = seconds_a_delivery(ledger, folder, server)
        for kind, (seconds, busy) in costs.items():
            print(f"a message on {kind}: {seconds * 1000:.1f} ms, {busy * 1000:.1f} ms of CPU")
            print(f"    the worst minute's: {load.worst.messages * busy:,.0f} s of CPU")
        print(f"locks of one claim: {most_locks(server.url('postgres')):,} at most")
    seconds = seconds_to_match(country)
    print(f"one parcel among {country.teams:,} teams: planned in {seconds * 1000:.1f} ms of CPU")
    print(f"measured at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"    one team's rule changes: {seconds * load.open_parcels:,.0f} s for what is open")


def _of_year(load: Load, country: Country) -> Iterator[str]:
    days = load.days()
    busiest, most = max(days.items(), key=lambda entry: entry[1])
    nines = [minute for minute in load.minutes if f"{shanghai(minute.at):%H:%M}" == "09:00"]
    nine = max(nines, key=lambda minute: minute.rows)
    yield f"{country.parcels:,} parcels a year, {country.teams:,} teams of {_PEOPLE}"
    yield f"rows a year: {load.rows:,}; a day: {load.rows / 365:,.0f}; {busiest}: {most:,}"
    yield f"rows ahead at most: {load.ahead:,}, of {load.open_parcels:,} open parcels"
    yield f"messages a year: {load.messages:,}; a day: {load.messages / 365:,.0f}"
    day = shanghai(nine.at).date()
    yield f"the worst 9:00 ({day}): {nine.rows:,} rows, {nine.messages:,} teams"
    yield f"the worst minute ({shanghai(load.worst.at):%m-%d %H:%M}): {load.worst.rows:,} rows"
    people = nine.messages * _PEOPLE
    for channel, per_minute in (("a robot of each team", 20 * country.teams), *_SHARED):
        for whom, count in (("each team", nine.messages), ("each person", people)):
            minutes = count / per_minute
            yield f"    {whom} by {channel}: {minutes:,.1f} minutes after 9:00"


_SHARED = (("one bot, 30 a second", 1_800), ("one address, 20 a minute", 20))
"""What all teams might share, and how many messages a minute it takes."""


if __name__ == "__main__":
    main()
