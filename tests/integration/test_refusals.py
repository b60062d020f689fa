"""A refusal is about an address, a message or the channel, and nobody else waits for it or hears of
it twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifier.domain.drafts import Draft, Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict
from notifier.domain.values import Parcel
from notifier.messages.render import Renderer
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World

_SENT = Outcome(verdict=Verdict.SENT)
_ACCEPTED = Outcome(verdict=Verdict.ACCEPTED)
_GONE = Outcome(verdict=Verdict.REJECTED, words="SMTP 550: no such user", about=About.ADDRESS)
_LATER = Outcome(verdict=Verdict.RETRY, words="SMTP 450: greylisted", about=About.ADDRESS)
_WORDS = Outcome(verdict=Verdict.REJECTED, words="errcode 310000: keywords", about=About.MESSAGE)
_SIGN_IN = Outcome(verdict=Verdict.REJECTED, words="SMTP 535: sign-in refused")
_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")
_MAIL = '[channels.mail]\nurl = "mailto://127.0.0.1:1?from=a@example.com&to={to}&mode=insecure"\n'
_SMS = '[channels.sms]\nurl = "console://"\n'
_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


def _person(name: str, more: str = "") -> str:
    return f'[[recipients]]\nname = "{name}"\nchannels = ["mail:{name}@example.com"]\n{more}{RULES}'


def _refusing(*refused: str, outcome: Outcome = _GONE) -> Callable[[Message, str], Outcome]:
    return lambda _, address: outcome if address.split("@")[0] in refused else _SENT


def _publish(world: World, number: str, at: str = "2024-11-14 17:00") -> None:
    parcel: Parcel = a_parcel(parcel_no=number, milestones={"registration_close": at})
    world.save(a_notice(notice_no=f"告{number}", parcels=(parcel,)))


def _addresses(world: World) -> list[str]:
    return [address.split("@")[0] for _, address in world.channels["mail"].accepted]


# -- of an address --------------------------------------------------------------------------------


def test_a_refused_address_is_told_of_once_and_delays_nobody_else(world: MakeWorld) -> None:
    program = world(_MAIL + _OPERATORS + _person("gone") + _person("a") + _person("b"))
    program.channels["mail"].script = [_refusing("gone")] * 9_999
    for number in range(12):
        before = len(program.channels["mail"].accepted)
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
        assert sorted(_addresses(program)[before:]) == ["a", "b"]
    (alarm,) = program.said("ops")
    assert "gone@example.com" in alarm
    assert "SMTP 550" in alarm
    assert "连续发送失败" not in alarm


def test_a_refused_address_takes_its_fallback_at_once_each_time(world: MakeWorld) -> None:
    program = world(_MAIL + _SMS + _OPERATORS + _person("gone", 'fallback = ["sms"]\n'))
    program.channels["mail"].script = [_refusing("gone")] * 9_999
    for number in range(5):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
        assert sum(f"甲{number}号" in text for text in program.said("sms")) == 1
    (alarm,) = program.said("ops")
    assert "gone → sms" in alarm


def test_an_address_that_works_again_is_told_of_once_and_gets_what_is_still_of_use(
    world: MakeWorld,
) -> None:
    program = world(_MAIL + _OPERATORS + _person("back"))
    program.channels["mail"].script = [_refusing("back")] * 3
    for number in range(4):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
    alarms = program.titles("ops")
    assert len(alarms) == 2
    assert "被拒收" in alarms[0]
    assert "已恢复" in alarms[1]
    texts = "\n".join(program.said("mail"))
    assert all(f"甲{number}号" in texts for number in range(4))
    assert len(program.said("mail")) == 2


def test_an_address_that_refuses_for_now_is_no_trouble_of_anybody(world: MakeWorld) -> None:
    program = world(_MAIL + _OPERATORS + _person("grey") + _person("a"))
    answers = iter([_LATER] * 4)
    program.channels["mail"].script = [
        lambda _, address: next(answers, _SENT) if "grey" in address else _SENT
    ] * 99
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-01 10:00") + 30 * _SECOND, _SECOND)
    assert _addresses(program) == ["a"]
    program.go(program.clock.now() + 15 * _MINUTE, _SECOND)
    assert _addresses(program) == ["a", "grey"]
    assert program.said("ops") == []


def test_an_address_that_asks_for_a_pause_pauses_nobody_else(world: MakeWorld) -> None:
    busy = Outcome(
        verdict=Verdict.RETRY, words="429", about=About.ADDRESS, retry_after=timedelta(minutes=30)
    )
    program = world(_MAIL + _person("chat") + _person("a"))
    program.channels["mail"].script = [_refusing("chat", outcome=busy)] * 99
    _publish(program, "甲1号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    assert _addresses(program) == ["a"]


def test_operators_hear_of_a_refused_address_on_its_own_channel(world: MakeWorld) -> None:
    operators = '[operators]\nchannels = ["mail:boss@example.com"]\n'
    program = world(_MAIL + operators + _person("gone"))
    program.channels["mail"].script = [_refusing("gone")] * 99
    _publish(program, "甲1号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    assert _addresses(program) == ["boss"]


def test_of_several_addresses_the_one_that_answered_for_now_is_tried_again_alone(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    partly = Outcome(
        verdict=Verdict.SENT,
        refusals=(Refusal(address="b@example.com", verdict=Verdict.RETRY, words="SMTP 452"),),
    )
    program.channels["console"].script = [partly]
    _publish(program, "甲1号")
    program.go(program.clock.now() + 5 * _MINUTE, _SECOND)
    assert [address for _, address in program.channels["console"].accepted] == ["", "b@example.com"]
    assert program.said("ops") == []
    assert program.ledger.views.delivery_counts() == {"sent": 2}


def test_of_several_addresses_the_one_refused_for_good_is_told_once_and_takes_the_fallback(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + 'fallback = ["sms"]\n' + RULES)
    refusal = Refusal(address="b@example.com", verdict=Verdict.REJECTED, words="SMTP 550")
    program.channels["console"].script = [Outcome(verdict=Verdict.SENT, refusals=(refusal,))] * 3
    for number in range(4):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
    assert program.tried() == 4
    assert ["甲" in text for text in program.said("sms")] == [True] * 3
    refused, works = program.titles("ops")
    assert "b@example.com" in refused
    assert "已恢复" in works


# -- of a message ---------------------------------------------------------------------------------


def test_words_that_are_refused_take_their_fallback_and_stop_no_other_message(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + 'fallback = ["sms"]\n' + RULES)
    program.channels["console"].script = [
        lambda message, _: _WORDS if "甲1号" in message.text else _SENT
    ] * 99
    _publish(program, "甲1号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    _publish(program, "乙2号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    assert ["甲1号" in text for text in program.said("sms")] == [True]
    assert ["乙2号" in text for text in program.said("console")] == [True]
    assert program.said("ops") == []


def test_words_that_are_refused_spoil_nothing_that_waited_with_them(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    is_down = True

    def answer(message: Message, _: str) -> Outcome:
        return _RETRY if is_down else _WORDS if "甲1号" in message.text else _SENT

    program.channels["console"].script = [answer] * 999
    for number in ("甲1号", "乙2号", "丙3号"):
        _publish(program, number)
        program.go(program.clock.now() + 3 * _MINUTE, 20 * _SECOND)
    is_down = False
    program.go(program.clock.now() + 10 * _MINUTE, _SECOND)
    texts = "\n".join(program.said())
    assert "乙2号" in texts
    assert "丙3号" in texts
    assert sum("甲1号" in text for text in program.said("ops")) == 1


def test_a_channel_that_refuses_the_words_of_every_message_is_told_of_once(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + 'fallback = ["sms"]\n' + RULES)
    program.channels["console"].script = [_WORDS] * 6
    for number in range(8):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
    refused, works = program.titles("ops")
    assert "拒收消息内容" in refused
    assert "已接受" in works


def test_a_message_that_cannot_be_rendered_is_no_fault_of_its_channel(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = Renderer.render

    def broken(self: Renderer, draft: Draft, form: Form) -> Message:
        if any(item.offer.parcel.parcel_no == "甲1号" for item in draft.items):
            raise KeyError("broken")
        return render(self, draft, form)

    monkeypatch.setattr(Renderer, "render", broken)
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    _publish(program, "甲1号")
    program.go(program.clock.now() + 10 * _MINUTE, _SECOND)
    _publish(program, "乙2号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    assert ["乙2号" in text for text in program.said()] == [True]
    assert program.said("ops") == []


# -- of the channel -------------------------------------------------------------------------------


def test_one_trouble_is_one_message_at_its_begin_and_one_at_its_end(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    program.channels["console"].script = [_RETRY] * 12
    for number in range(6):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + 5 * _MINUTE, 5 * _SECOND)
    program.go(program.clock.now() + 60 * _MINUTE, 5 * _SECOND)
    down, works = program.said("ops")
    assert "连续发送失败 3 次" in down
    assert "team" in down
    assert "备用" not in down
    assert "已恢复" in works


def test_a_refused_sign_in_is_said_as_one_refusal_with_what_it_lost(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    program.channels["console"].script = [_SIGN_IN] * 8
    for number in range(10):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + _MINUTE, _SECOND)
    begin, end = program.said("ops")
    assert "甲0号" in begin
    assert "连续" not in begin
    assert "备用" not in begin
    assert "已恢复" in end
    texts = "\n".join(program.said())
    assert all(f"甲{number}号" in texts for number in range(10)), (
        "what was refused is sent when the sign-in works"
    )
    assert len(program.said()) == 3


def test_what_was_refused_with_a_fallback_says_which_one_is_used(world: MakeWorld) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + 'fallback = ["sms"]\n' + RULES)
    program.channels["console"].script = [_SIGN_IN]
    _publish(program, "甲1号")
    program.go(program.clock.now() + _MINUTE, _SECOND)
    (down,) = program.said("ops")
    assert "team → sms" in down
    assert "失败 1 次" in down


def test_a_channel_that_comes_and_goes_is_no_storm_of_messages(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    program.channels["console"].script = [_RETRY, _RETRY, _RETRY, _SENT] * 500
    for number in range(40):
        _publish(program, f"甲{number}号")
        program.go(program.clock.now() + 90 * _SECOND, 5 * _SECOND)
    assert len(program.said("ops")) <= 4


# -- accepted -------------------------------------------------------------------------------------


def test_what_http_alone_confirmed_counts_as_arrived_and_is_called_accepted(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _SMS + _OPERATORS + TEAM + 'fallback = ["sms"]\n' + RULES)
    program.channels["console"].script = [_ACCEPTED]
    _publish(program, "甲1号")
    program.go(program.clock.now() + 60 * _MINUTE, _MINUTE)
    assert program.tried() == 1
    assert program.said("sms") == []
    assert program.said("ops") == []
    assert program.ledger.views.delivery_counts() == {"accepted": 1}
    (line,) = program.ledger.views.history()
    assert line.state == "accepted"
    (row,) = program.ledger.database.rows(
        "SELECT state FROM reminders WHERE message_id IS NOT NULL"
    )
    assert row["state"] == "done"
