"""Whom an urgent message calls by name in a group, from the config onto the wire."""

from __future__ import annotations

from datetime import timedelta

from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, MakeWorld

_TEAM = '[[recipients]]\nname = "{}"\nchannels = ["console"]\nmentions = [{}]\n'
_RULES = (
    'rules = [{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }]\n'
)


def test_an_urgent_message_calls_those_whom_the_config_names_and_no_other_message_does(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _TEAM.format("team", '"13800138000", "zhangsan"') + _RULES)
    program.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-14 17:00"}),))
    )
    program.go(shanghai_time("2024-11-14 14:05"), timedelta(minutes=5))
    called = [message.mentions for message, _ in program.channels["console"].accepted]
    assert called[-1] == ("13800138000", "zhangsan")
    assert set(called[:-1]) == {()}
    assert len(called) > 1
