"""What the wall clock decides while it is wrong for a while: nothing is forgotten, doubled or left
out for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome
from notifier.testing import SENT, a_notice, a_parcel, shanghai_time
from tests.services import ONE_TEAM, World

_AT = {"registration_close": "2024-11-14 17:00"}
_DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, ONE_TEAM, shanghai_time("2024-11-01 10:00"))


def test_an_attempt_under_way_is_not_made_twice_though_the_clock_is_set_forth(world: World) -> None:
    def slow(_: Message, __: str) -> Outcome:
        world.clock.move(timedelta(seconds=1))
        world.clock.jump(timedelta(hours=2))
        world.service.housekeeping.keep_ledger(world.clock.now())
        return SENT

    world.channels["console"].script = [slow]
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.go(world.clock.now() + timedelta(hours=3))
    assert world.tried() == 1
    world.ledger.close()


def test_an_attempt_that_never_ends_is_made_again_though_the_clock_was_set_back(
    world: World,
) -> None:
    world.service.dispatch.queue_due(world.clock.now())
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.clock.move(timedelta(minutes=1))
    world.service.dispatch.queue_due(world.clock.now())
    assert world.ledger.outbox.begin("console", world.clock.now(), timedelta(minutes=5)) is not None
    world.clock.jump(-timedelta(hours=5))
    world.service.dispatch.queue_due(world.clock.now())
    world.clock.move(timedelta(minutes=6))
    world.service.housekeeping.keep_ledger(world.clock.now())
    assert world.ledger.views.delivery_counts() == {"queued": 1}
    world.ledger.close()


def test_nothing_is_deleted_for_its_age_while_the_clock_is_ahead(world: World) -> None:
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.go(world.clock.now() + timedelta(hours=2))
    (first,) = world.ledger.database.rows("SELECT id FROM deliveries WHERE state = 'sent'")
    world.clock.jump(56 * 365 * _DAY)
    world.work()
    world.service.housekeeping.keep_ledger(world.clock.now())
    world.clock.jump(-56 * 365 * _DAY)
    world.work()
    kept = world.ledger.database.rows("SELECT id FROM deliveries WHERE state = 'sent'")
    assert tuple(first) in [tuple(row) for row in kept]
    world.ledger.close()


def test_a_digest_that_a_clock_ahead_has_sent_is_sent_on_its_own_day_all_the_same(
    tmp_path: Path,
) -> None:
    daily = ONE_TEAM.replace("rules =", 'digest = "09:00"\ndigest_unchanged = true\nrules =')
    world = World(tmp_path, daily, shanghai_time("2024-11-04 10:00"))
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.work()
    for jump in (_DAY, -_DAY):
        world.clock.jump(jump)
        world.work()
    world.save(
        a_notice(notice_no="测告2号", parcels=(a_parcel(parcel_no="测地2号", milestones=_AT),))
    )
    world.go(world.clock.now() + timedelta(hours=1))
    early = len(world.said())
    world.go(shanghai_time("2024-11-05 09:05"))
    assert len(world.said()) == early + 1
    world.ledger.close()


def test_a_copy_made_while_the_clock_was_ahead_replaces_none_of_the_nights_to_come(
    world: World,
) -> None:
    folder = world.settings.backups.folder
    for number in range(world.settings.backups.keep + 3):
        world.service.housekeeping.keep_ledger(world.clock.now())
        if number == 1:
            world.clock.jump(20 * 365 * _DAY)
            world.service.housekeeping.keep_ledger(world.clock.now())
            assert any(copy.name.startswith("notifier-2044") for copy in folder.iterdir())
            world.clock.jump(-20 * 365 * _DAY)
        world.clock.move(_DAY)
    names = sorted(copy.name[9:17] for copy in folder.iterdir())
    last = world.clock.now() - _DAY
    assert names[-1] == f"{last:%Y%m%d}"
    assert len(names) == world.settings.backups.keep
    world.ledger.close()
