"""What does not get through takes another way in time, and all of it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.domain.drafts import Draft, Form, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.values import Parcel
from notifier.errors import LedgerBusy
from notifier.messages.render import Renderer
from notifier.service import make_setup
from notifier.service.recording import Aftermath, Recorder
from notifier.testing import FakeChannel, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World, settings_of

_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")
_REJECTED = Outcome(verdict=Verdict.REJECTED, words="errcode 93000")
_SENT = Outcome(verdict=Verdict.SENT)
_SMS = '[channels.sms]\nurl = "console://"\n'
_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_FALLBACK = 'fallback = ["sms"]\n'
_MINUTE = timedelta(minutes=1)


def _busy(*_: object, **__: object) -> None:
    raise LedgerBusy("somebody else writes")


def _leads(*leads: str) -> str:
    listed = ", ".join(f'"{lead}"' for lead in leads)
    return (
        f'rules = [{{ milestone = "registration_close", leads = [{listed}], urgent_from = '
        f'"3h", roll = "off" }}]\n'
    )


def _closing(number: str, at: str) -> Parcel:
    return a_parcel(parcel_no=number, milestones={"registration_close": at})


def _many() -> list[Parcel]:
    """So many that WeCom's limit cuts them into several messages."""
    return [
        _closing(
            f"杭政储出[2024]甲乙丙丁戊己庚辛{n}号地块", f"2024-11-{14 + n % 5} 1{n % 8}:0{n % 9}"
        )
        for n in range(60)
    ]


def _all_said(world: World, parcels: list[Parcel], *channels: str) -> bool:
    texts = "\n".join(text for channel in channels for text in world.said(channel))
    return all(parcel.parcel_no in texts for parcel in parcels)


def test_a_part_that_a_fallback_said_spares_no_other_part(world: MakeWorld) -> None:
    program = world(
        '[channels.console]\nurl = "console://"\nseconds_apart = 5\n'
        + _SMS
        + TEAM
        + _FALLBACK
        + RULES
    )
    program.channels["console"].form = Form.WECOM
    program.channels["console"].script = [_SENT, _REJECTED]
    parcels = _many()
    program.save(a_notice(parcels=tuple(parcels)))
    program.go(shanghai_time("2024-11-01 10:05"), timedelta(seconds=2))
    assert len(program.said("console")) > 2
    assert _all_said(program, parcels, "console", "sms")


def test_an_address_that_a_fallback_stood_in_for_spares_no_other_address(world: MakeWorld) -> None:
    mail = (
        "[channels.mail]\nurl = "
        '"mailto://127.0.0.1:1?from=a@example.com&to={to}&mode=insecure"\nseconds_apart = 5\n'
    )
    team = (
        '[[recipients]]\nname = "team"\nchannels = ["mail:a@example.com", "mail:b@example.com"]\n'
    )
    program = world(mail + _SMS + team + _FALLBACK + RULES)
    program.channels["mail"].script = [_REJECTED]
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-01 10:05"), timedelta(seconds=1))
    assert [address for _, address in program.channels["mail"].accepted] == ["b@example.com"]


def test_two_channels_that_refuse_one_message_say_it_by_their_fallback_once(
    world: MakeWorld,
) -> None:
    team = '[[recipients]]\nname = "team"\nchannels = ["wecom", "mail"]\n'
    program = world(
        '[channels.wecom]\nurl = "console://"\n[channels.mail]\nurl = "console://"\n'
        + _SMS
        + team
        + _FALLBACK
    )
    for name, form in (("wecom", Form.WECOM), ("mail", Form.MAIL)):
        program.channels[name].form = form
        program.channels[name].script = [_REJECTED] * 99
    parcels = _many()
    program.save(a_notice(parcels=tuple(parcels)))
    program.go(shanghai_time("2024-11-01 10:05"), timedelta(seconds=10))
    assert _all_said(program, parcels, "sms")
    assert sum(parcels[0].parcel_no in text for text in program.said("sms")) == 1


def _until_said(
    world: World, channel: str, to: str, step: timedelta = timedelta(seconds=20)
) -> str:
    """The minute at which the channel says something, or empty."""
    before = len(world.said(channel))
    while world.clock.now() < shanghai_time(to):
        world.go(world.clock.now() + step, step)
        if len(world.said(channel)) > before:
            return f"{world.clock.now().astimezone(shanghai_time(to).tzinfo):%H:%M}"
    return ""


def test_failover_goes_by_the_first_deadline_of_a_message_not_by_its_last(world: MakeWorld) -> None:
    program = world(CONSOLE + _SMS + TEAM + _FALLBACK + _leads("7d", "30m"))
    parcels = (_closing("甲1号", "2024-11-14 14:30"), _closing("乙2号", "2024-11-21 14:00"))
    program.save(a_notice(parcels=parcels))
    program.go(shanghai_time("2024-11-14 13:59"), 30 * _MINUTE)
    program.channels["console"].script = [_RETRY] * 9_999
    assert _until_said(program, "sms", "2024-11-14 15:30") == "14:03"
    assert "错过" not in program.said("sms")[-1]


def test_what_waits_for_a_channel_that_asked_for_a_pause_takes_its_fallback(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _SMS + TEAM + _FALLBACK + _leads("30m"))
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 14:30"),)))
    program.go(shanghai_time("2024-11-14 13:50"), 30 * _MINUTE)
    program.channels["console"].script = [
        Outcome(verdict=Verdict.RETRY, words="429", retry_after=50 * _MINUTE)
    ]
    program.save(
        a_notice(notice_no="杭告[2024]R902号", parcels=(_closing("乙2号", "2024-11-24 14:30"),))
    )
    program.go(shanghai_time("2024-11-14 14:05"), timedelta(seconds=20))
    assert [text for text in program.said("sms") if "甲1号" in text and "还剩" in text]


def test_a_channel_that_asks_for_hours_is_asked_again_after_one(world: MakeWorld) -> None:
    teams = "".join(f'[[recipients]]\nname = "t{n}"\nchannels = ["console"]\n' for n in range(30))
    program = world(CONSOLE + teams)
    program.channels["console"].script = [
        Outcome(verdict=Verdict.RETRY, words="429", retry_after=timedelta(hours=2))
    ] * 9_999
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-24 14:30"),)))
    program.go(shanghai_time("2024-11-01 10:59"), 30 * timedelta(seconds=1))
    assert program.tried() == 1
    program.go(shanghai_time("2024-11-01 11:02"))
    assert program.tried() == 2


def test_the_operators_hear_when_the_fallback_failed_too(world: MakeWorld) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + _FALLBACK + RULES)
    for name in ("console", "sms"):
        program.channels[name].script = [_REJECTED] * 99
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert sum("未能送达 team" in title for title in program.titles("ops")) == 1


def test_whoever_could_not_be_reached_in_time_is_told_once_afterwards_that_it_is_over(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + _leads("1d", "3h"))
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-13 16:50"), 10 * _MINUTE)
    before = len(program.said())
    is_down = True
    program.channels["console"].script = [lambda *_: _RETRY if is_down else _SENT] * 9_999
    program.go(shanghai_time("2024-11-14 20:00"), _MINUTE)
    is_down = False
    program.go(shanghai_time("2024-11-16 20:00"), 10 * _MINUTE)
    (missed,) = program.said()[before:]
    assert "错过" in missed
    assert "甲1号" in missed


def test_a_channel_that_was_down_over_several_leads_says_only_the_last(world: MakeWorld) -> None:
    program = world(CONSOLE + TEAM + _leads("6h", "5h", "4h", "3h", "2h"))
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-14 10:50"), 10 * _MINUTE)
    before = len(program.said())
    is_down = True
    program.channels["console"].script = [lambda *_: _RETRY if is_down else _SENT] * 9_999
    program.go(shanghai_time("2024-11-14 15:30"))
    is_down = False
    program.go(shanghai_time("2024-11-14 16:30"))
    assert len(program.said()[before:]) == 1


def test_what_waited_with_the_news_of_another_parcel_is_called_missed_once(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + _leads("1d", "3h"))
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-13 16:59"), 10 * _MINUTE)
    before = len(program.said())
    program.save(
        a_notice(notice_no="杭告[2024]R902号", parcels=(_closing("乙2号", "2024-12-14 17:00"),))
    )
    is_down = True
    program.channels["console"].script = [lambda *_: _RETRY if is_down else _SENT] * 9_999
    program.go(shanghai_time("2024-11-13 17:05"))
    program.clock.set(shanghai_time("2024-11-14 18:00"))
    program.go(shanghai_time("2024-11-14 18:20"))
    is_down = False
    program.go(shanghai_time("2024-11-14 19:20"))
    assert sum("错过" in text for text in program.said()[before:]) == 1


def test_what_may_have_arrived_before_it_was_done_and_undone_says_that_it_may_be_a_repeat(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + _leads("3h"))
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-14 13:59"), 10 * _MINUTE)
    before = len(program.said())
    program.channels["console"].script = [Outcome(verdict=Verdict.UNKNOWN, words="no answer")]
    program.go(shanghai_time("2024-11-14 14:00"))
    offer = program.ledger.parcels.find("甲1号")[0].id
    program.ledger.acknowledgements.add(offer, "registration_close", "张", program.clock.now())
    program.go(shanghai_time("2024-11-14 14:05"))
    program.ledger.acknowledgements.remove(offer, "registration_close", "张", program.clock.now())
    program.go(shanghai_time("2024-11-14 14:10"))
    assert ["可能重复" in text for text in program.said()[before:]] == [True]


def test_what_a_person_sends_again_is_a_reminder_while_its_deadline_is_ahead(
    world: MakeWorld,
) -> None:
    program = world()
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-14 13:50"), 10 * _MINUTE)
    before = len(program.said())
    program.channels["console"].script = [_REJECTED]
    program.go(shanghai_time("2024-11-14 14:05"))
    assert program.ledger.retries.retry_failed(program.clock.now()) == 1
    program.go(shanghai_time("2024-11-14 14:10"))
    (again,) = program.said()[before:]
    assert "错过" not in again
    assert "还剩" in again


def test_what_a_fallback_said_is_not_sent_again_by_retry(world: MakeWorld) -> None:
    program = world(CONSOLE + _SMS + TEAM + _FALLBACK + RULES)
    program.channels["console"].script = [_REJECTED]
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert len(program.said("sms")) == 1
    assert program.ledger.retries.retry_failed(program.clock.now()) == 0


def test_a_message_that_cannot_be_rendered_takes_the_fallback_and_stops_nothing_else(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = world(CONSOLE + _SMS + TEAM + _FALLBACK + RULES)
    render = Renderer.render

    def broken(self: Renderer, draft: Draft, form: Form) -> Message:
        if form is Form.WECOM and any(
            item.offer.parcel.parcel_no == "甲1号" for item in draft.items
        ):
            raise KeyError("broken")
        return render(self, draft, form)

    monkeypatch.setattr(Renderer, "render", broken)
    program.channels["console"].form = Form.WECOM
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 17:00"),)))
    program.go(shanghai_time("2024-11-01 10:01"), timedelta(seconds=20))
    program.save(
        a_notice(notice_no="杭告[2024]R902号", parcels=(_closing("乙2号", "2024-11-14 17:00"),))
    )
    program.go(shanghai_time("2024-11-01 11:30"))
    assert ["甲1号" in text for text in program.said("sms")] == [True]
    assert ["乙2号" in text for text in program.said("console")] == [True]


def test_what_waits_for_a_channel_that_is_down_takes_its_fallback_before_operators_hear_of_it(
    world: MakeWorld,
) -> None:
    operators = '[operators]\nchannels = ["sms"]\n'
    program = world(CONSOLE + _SMS + TEAM + _FALLBACK + _leads("12h") + operators)
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 23:00"),)))
    program.go(shanghai_time("2024-11-14 10:59"), 30 * _MINUTE)
    program.channels["console"].script = [_RETRY] * 9_999
    program.clock.set(shanghai_time("2024-11-14 11:00"))
    program.service.dispatch.queue_due(program.clock.now())
    # it has waited too long before it is tried
    program.clock.set(shanghai_time("2024-11-14 12:05"))
    program.go(shanghai_time("2024-11-14 12:10"), timedelta(seconds=5))
    first, second = program.said("sms")
    assert "甲1号" in first
    assert "渠道 console 发送失败" in second


def test_what_was_lost_just_before_the_program_was_killed_is_said_after_the_next_start(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = world(CONSOLE + TEAM + _leads("12h") + _OPERATORS)
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 23:00"),)))
    program.go(shanghai_time("2024-11-14 10:59"), 30 * _MINUTE)
    program.service.housekeeping.beat(program.clock.now())

    def killed(_self: Recorder, _aftermath: Aftermath) -> None:
        raise KeyboardInterrupt

    program.channels["console"].script = [_REJECTED]
    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "follow", killed)
        with pytest.raises(KeyboardInterrupt):
            program.go(shanghai_time("2024-11-14 11:01"))
    for _ in range(2):
        program.restart()
        program.service.lifecycle.start(program.clock.now())
        program.go(program.clock.now() + 2 * _MINUTE)
    undelivered = [text for text in program.said("ops") if "甲1号" in text]
    assert len(undelivered) == 1
    assert "93000" in undelivered[0]


@pytest.mark.parametrize("fails", ["note_failure", "mark_reported"])
def test_what_follows_from_a_failure_is_done_again_while_the_ledger_is_busy(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    program = world(CONSOLE + TEAM + _leads("12h") + _OPERATORS)
    program.save(a_notice(parcels=(_closing("甲1号", "2024-11-14 23:00"),)))
    program.go(shanghai_time("2024-11-14 10:59"), 30 * _MINUTE)

    program.channels["console"].script = [_REJECTED]
    with monkeypatch.context() as patch:
        patch.setattr(type(program.ledger.troubles), fails, _busy)
        with pytest.raises(LedgerBusy):
            program.go(shanghai_time("2024-11-14 11:02"))
    program.go(shanghai_time("2024-11-14 11:10"))
    assert sum("甲1号" in text for text in program.said("ops")) == 1


def test_an_attempt_that_could_not_be_recorded_is_recorded_after_its_channel_is_gone(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = (
        '[channels.gone]\nurl = "console://"\n[[recipients]]\nname = "team"\nchannels = ["gone"]\n'
    )
    program = world(CONSOLE + gone + RULES)
    program.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-14 17:00"}),))
    )
    with monkeypatch.context() as patch:
        patch.setattr(type(program.ledger.deliveries), "record_all", _busy)
        with pytest.raises(LedgerBusy):
            program.go(shanghai_time("2024-11-01 10:02"))
    was_unrecorded = program.service.sending.has_unrecorded
    new = settings_of(program.folder, CONSOLE + TEAM + RULES)
    setup = make_setup(
        new, program.service.active.setup.renderer, {"console": FakeChannel("console")}
    )
    program.service.lifecycle.apply(setup, program.clock.now())
    names = [step.name for step in program.service.steps()]
    assert "channel gone" in names
    program.service.sending.send_next("gone", program.clock.now())
    assert (was_unrecorded, program.service.sending.has_unrecorded) == (True, False)
    assert program.ledger.views.delivery_counts() == {"sent": 1}
    assert "channel gone" not in [step.name for step in program.service.steps()]
