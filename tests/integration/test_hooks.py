"""Programs that are told of events: what they are told, how often, and what stands for people."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.channels import open_channel
from notifier.config import load_settings
from notifier.domain.drafts import Form
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.service.desk import Desk
from notifier.testing import FakeChannel, a_notice, a_parcel, shanghai_time
from tests.configs import faults, written
from tests.peers.http import Answer, HttpPeer
from tests.services import CONSOLE, ONE_TEAM, MakeWorld, World

_SECRET = "whsec_cGxhbnRlZC1ob29rLXNlY3JldC0wMDAxLTI0Yg=="
_CRM = (
    f'[channels.crm]\ntype = "hook"\nurl = "https://crm.example.com/hook"\nsecret = "{_SECRET}"\n'
)
_HOOK = '[[hooks]]\nname = "our crm"\nchannel = "crm"\n'
_NOW = "2024-11-11 09:00"
_REFUSED = Outcome(verdict=Verdict.REJECTED, words="no", about=About.CHANNEL)


def _open(world: MakeWorld, text: str, now: str = _NOW) -> World:
    """A world whose program is told JSON."""
    program = world(text, now=now)
    program.channels["crm"].form = Form.EVENTS
    return program


def _bodies(program: World) -> list[dict[str, Any]]:
    return [json.loads(text) for text in program.said("crm")]


def _events(program: World, name: str = "") -> list[dict[str, Any]]:
    events = [event for body in _bodies(program) for event in body["events"]]
    return [event for event in events if name in ("", event["event"])]


def _known(program: World, close: str = "2024-11-14 17:00", number: str = "901号") -> None:
    milestones = {"registration_close": close}
    program.save(a_notice(parcels=(a_parcel(parcel_no=number, milestones=milestones),)))
    program.go(program.clock.now() + timedelta(minutes=2))


def test_a_program_is_told_of_the_new_the_changed_and_the_due(world: MakeWorld) -> None:
    program = _open(world, ONE_TEAM + _CRM + _HOOK)
    _known(program)
    _known(program, "2024-11-13 17:00")
    program.go(shanghai_time("2024-11-13 14:05"))
    new, changed, *dues = _events(program)
    assert (new["event"], new["parcel"]["parcel_no"]) == ("new", "901号")
    stated = new["parcel"]["milestones"]["registration_close"]
    assert stated["at"] == "2024-11-14T17:00:00+08:00"
    (moved,) = changed["change"]["milestones"]
    assert changed["event"] == "changed"
    assert (moved["old"], moved["new"]) == (
        "2024-11-14T17:00:00+08:00",
        "2024-11-13T17:00:00+08:00",
    )
    assert [(due["event"], due["milestone"], due["lead"]) for due in dues] == [
        ("due", "registration_close", "1wd@09:00"),
        ("due", "registration_close", "3h"),
    ]
    assert dues[-1]["at"] == "2024-11-13T17:00:00+08:00"
    assert dues[-1]["urgent"] is True
    assert len({event["id"] for event in _events(program)}) == 4
    assert {body["recipient"] for body in _bodies(program)} == {"our crm"}


def test_only_the_events_that_it_wants_of_the_parcels_that_it_wants(world: MakeWorld) -> None:
    chosen = 'events = ["new"]\nfilter = { parcel_no = "901号" }\n'
    program = _open(world, ONE_TEAM + _CRM + _HOOK + chosen)
    _known(program)
    _known(program, number="902号")
    program.go(shanghai_time("2024-11-14 18:00"))
    assert [event["parcel"]["parcel_no"] for event in _events(program)] == ["901号"]


def test_a_program_reads_no_reminder_for_people(world: MakeWorld) -> None:
    """A parcel that only a program is told of is one that nobody is reminded of."""
    nobody = '[[recipients]]\nname = "team"\nchannels = ["console"]\nfilter = { city = "宁波" }\n'
    nobody += '[operators]\nchannels = ["console"]\ndigest = ""\n'
    program = _open(world, nobody + CONSOLE + _CRM + _HOOK)
    _known(program)
    assert _events(program, "new")
    assert any("没有人" in text or "无人" in text for text in program.said()), program.said()


def test_what_reached_nobody_is_told_once_and_not_of_programs(world: MakeWorld) -> None:
    other = _CRM.replace("channels.crm", "channels.erp") + '[[hooks]]\nname = "erp"\n'
    text = ONE_TEAM + _CRM + _HOOK + other + 'channel = "erp"\n'
    program = _open(world, text)
    program.channels["console"].script = [_REFUSED]
    program.channels["erp"].form = Form.EVENTS
    program.channels["erp"].script = [_REFUSED] * 20
    _known(program)
    program.restart()
    program.service.housekeeping.keep_ledger(program.clock.now())
    program.service.lifecycle.start(program.clock.now())
    program.go(program.clock.now() + timedelta(hours=2))
    (event,) = _events(program, "undelivered")
    assert event["recipient"] == "team"
    assert event["channel"] == "console"
    assert event["parcels"] == "901号"
    erp_events = [event for text in _sent(program.channels["erp"]) for event in text["events"]]
    assert {event["event"] for event in erp_events} <= {"new", "undelivered"}
    assert len([event for event in erp_events if event["event"] == "undelivered"]) <= 1


def _sent(channel: FakeChannel) -> list[dict[str, Any]]:
    return [json.loads(message.text) for message, _ in channel.sent]


def test_what_somebody_has_answered_is_told_once_also_if_nothing_else_is(world: MakeWorld) -> None:
    chosen = 'events = ["answered"]\nfilter = { parcel_no = "901号" }\n'
    program = _open(world, ONE_TEAM + _CRM + _HOOK + chosen)
    _known(program)
    _known(program, number="902号")
    desk = Desk(program.ledger, lambda: program.settings)
    for number in ("901号", "902号"):
        desk.acknowledge(number, "报名", by="张三", now=program.clock.now())
    program.go(program.clock.now() + timedelta(minutes=3))
    desk.resume("901号", "报名", by="李四", now=program.clock.now())
    program.go(program.clock.now() + timedelta(minutes=3))
    program.restart()
    program.go(program.clock.now() + timedelta(minutes=3))
    done, resumed = _events(program)
    assert (done["event"], done["by"], done["withdrawn"]) == ("answered", "张三", False)
    assert (done["milestone"], done["parcel"]["parcel_no"]) == ("registration_close", "901号")
    assert (resumed["by"], resumed["withdrawn"]) == ("李四", True)
    assert done["missing"] == []
    assert done["id"] != resumed["id"]


def test_after_500_the_same_key_comes_again_and_nothing_twice(world: MakeWorld) -> None:
    with HttpPeer(lambda _: Answer()).running() as peer:
        text = ONE_TEAM + _CRM.replace("https://crm.example.com", peer.url) + _HOOK
        program = _open(world, text)
        fields = program.settings.channels["crm"].plain_fields
        program.channels["crm"] = open_channel("crm", service="hook", fields=fields)  # type: ignore[assignment]
        peer.script = [Answer(status=500), Answer(status=503)]
        program.restart()
        _known(program)
        program.go(program.clock.now() + timedelta(minutes=10))
    first, second, third = peer.requests
    keys = {request.headers["webhook-id"] for request in (first, second, third)}
    assert len(keys) == 1
    assert [event["id"] for event in first.json["events"]] == [
        event["id"] for event in third.json["events"]
    ]
    assert third.json["maybe_repeat"] is False


def test_each_event_keeps_its_id_when_more_comes_with_it(world: MakeWorld) -> None:
    program = _open(world, ONE_TEAM + _CRM + _HOOK)
    program.channels["crm"].script = [Outcome(verdict=Verdict.UNKNOWN, words="no answer")]
    for number in ("901号", "902号"):
        at = {"registration_close": "2024-11-14 17:00"}
        program.save(a_notice(parcels=(a_parcel(parcel_no=number, milestones=at),)))
        program.clock.move(timedelta(seconds=40))
        program.work()
    alone, together = _sent(program.channels["crm"])
    assert len(alone["events"]) == 1
    assert len(together["events"]) == 2
    assert alone["events"][0] in together["events"]
    assert together["maybe_repeat"] is True


def test_two_deliveries_have_two_keys(world: MakeWorld) -> None:
    program = _open(world, ONE_TEAM + _CRM + _HOOK)
    _known(program)
    _known(program, number="902号")
    keys = [message.key for message, _ in program.channels["crm"].sent]
    assert len(keys) == len(set(keys)) == 2
    assert all(keys)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_HOOK.replace('"crm"', '"console"'), "writes to people"),
        (_HOOK.replace('"crm"', '"cms"'), "there is no channel 'cms': known are crm"),
        (_HOOK + 'events = ["lost"]\n', "there is no event 'lost': known are new, changed"),
        (_HOOK + "events = []\n", "none is left"),
        (_HOOK + _HOOK.replace("our crm", "b"), "is another hook's"),
        (_HOOK.replace("our crm", "team"), "'team' stands twice"),
        (_HOOK + 'url = "https://crm.example.com"\n', "no such setting"),
        (
            '[[recipients]]\nname = "b"\nchannels = ["crm"]\n',
            "'crm' tells programs: name it under [[hooks]]",
        ),
    ],
)
def test_a_slip_in_the_config_is_named(tmp_path: Path, text: str, words: str) -> None:
    found = faults(written(tmp_path, ONE_TEAM + _CRM + text))
    assert len(found) == 1
    assert words in found[0]


def test_the_board_knows_of_a_program_without_its_secrets(tmp_path: Path) -> None:
    file = written(tmp_path, ONE_TEAM + _CRM + _HOOK)
    settings = load_settings(file, with_secrets=False)
    assert [hook.name for hook in settings.hooks] == ["our crm"]
    assert settings.channels == {}
    assert _SECRET in load_settings(file).secrets
