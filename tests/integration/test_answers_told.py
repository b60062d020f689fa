"""What somebody has answered is told to those who have heard of the parcel, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.service.desk import Desk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, MakeWorld, World

_AT = {"registration_close": "2024-11-14 17:00"}
_ROBOT = '[channels.group]\nurl = "wecombot://0123456789abcdef"\n'
_RULE = 'rules = [{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }]\n'
_GROUP = '[[recipients]]\nname = "group"\nchannels = ["group"]\n' + _RULE
_ZHANG = '[[recipients]]\nname = "张三"\nchannels = ["console"]\n' + _RULE
_HEARS = 'kinds = ["reminder", "new", "answer"]\n'
_MINUTE = timedelta(minutes=1)


def _reminded(world: MakeWorld, text: str, *, parcels: int = 1) -> World:
    """A world in which everybody was reminded three hours before."""
    program = world(text, now="2024-11-14 09:00")
    numbers = [f"90{number}号" for number in range(1, parcels + 1)]
    program.save(
        a_notice(parcels=tuple(a_parcel(parcel_no=number, milestones=_AT) for number in numbers))
    )
    program.go(shanghai_time("2024-11-14 14:05"))
    return program


def _desk(program: World) -> Desk:
    return Desk(program.ledger, lambda: program.settings)


def _done(program: World, by: str, number: str = "901号") -> None:
    _desk(program).acknowledge(number, "报名", by=by, now=program.clock.now())


def _told(program: World, channel: str) -> list[str]:
    """Return the titles of the news of answers on a channel."""
    return [title for title in program.titles(channel) if "已办" in title or "答复" in title]


def test_the_group_hears_once_who_has_done_it_and_is_reminded_no_more(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP + _ZHANG)
    _done(program, "张三")
    program.go(shanghai_time("2024-11-14 18:00"))
    assert _told(program, "group") == ["张三：报名截止已办"]
    assert "张三：报名截止已办（901号, 杭州 上城区, 2024-11-14 17:00）" in program.said("group")[-1]
    assert _told(program, "console") == []


def test_a_group_hears_what_was_answered_in_its_own_name(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP + _ZHANG + _HEARS)
    _done(program, "group")
    program.go(program.clock.now() + 5 * _MINUTE)
    assert _told(program, "group") == ["group：报名截止已办"]
    assert _told(program, "console") == ["group：报名截止已办"]


def test_a_person_hears_of_others_only_on_request_and_never_of_their_own(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP + _ZHANG)
    _done(program, "group")
    program.go(program.clock.now() + 5 * _MINUTE)
    program.restart(CONSOLE + _ROBOT + _GROUP + _ZHANG + _HEARS)
    _desk(program).resume("901号", "报名", by="李四", now=program.clock.now())
    program.go(program.clock.now() + 5 * _MINUTE)
    _done(program, "张三")
    program.go(program.clock.now() + 5 * _MINUTE)
    heard = [title for title in program.titles("console") if "已办" in title]
    assert heard == ["李四：撤回“报名截止已办”，恢复提醒"]
    assert _told(program, "group")[-1] == "张三：报名截止已办"


def test_answers_that_come_together_are_one_message(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP, parcels=3)
    for number in ("901号", "902号"):
        _done(program, "张三", number)
    program.clock.move(timedelta(seconds=10))
    _desk(program).skip("903号", by="", now=program.clock.now())
    program.go(program.clock.now() + 5 * _MINUTE)
    assert _told(program, "group") == ["3项已有答复"]
    lines = program.said("group")[-1].splitlines()
    assert [line.partition("（")[0] for line in lines[-3:]] == [
        "张三：报名截止已办",
        "张三：报名截止已办",
        "有人：整宗不参与",
    ]


def test_what_is_taken_back_before_anybody_was_told_is_not_told(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP)
    _done(program, "张三")
    _desk(program).resume("901号", "报名", by="张三", now=program.clock.now())
    program.go(program.clock.now() + 5 * _MINUTE)
    assert _told(program, "group") == []
    _done(program, "张三")
    program.go(program.clock.now() + 5 * _MINUTE)
    _desk(program).resume("901号", "报名", by="李四", now=program.clock.now())
    program.go(program.clock.now() + 5 * _MINUTE)
    assert _told(program, "group") == ["张三：报名截止已办", "李四：撤回“报名截止已办”，恢复提醒"]


def test_nobody_is_told_of_what_they_never_heard_of_or_do_not_want(world: MakeWorld) -> None:
    unwanted = '[channels.b]\nurl = "wecombot://0123456789abcdefg"\n[[recipients]]\nname = "b"\n'
    unwanted += 'channels = ["b"]\nkinds = ["reminder", "new", "change"]\n' + _RULE
    program = world(CONSOLE + _ROBOT + _GROUP + unwanted, now="2024-11-14 09:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    _done(program, "张三")
    _desk(program).skip("901号", by="张三", now=program.clock.now())
    program.go(program.clock.now() + 5 * _MINUTE)
    assert program.said("group") == []
    program.save(a_notice(parcels=(a_parcel(parcel_no="902号", milestones=_AT),)))
    program.go(program.clock.now() + 5 * _MINUTE)
    _done(program, "张三", "902号")
    program.go(program.clock.now() + 5 * _MINUTE)
    assert _told(program, "group") == ["张三：报名截止已办"]
    assert program.said("b")
    assert _told(program, "b") == []


def test_an_answer_is_told_after_quiet_hours(world: MakeWorld) -> None:
    quiet = _GROUP + 'quiet = "14:00-16:30"\n'
    program = _reminded(world, CONSOLE + _ROBOT + quiet)
    _done(program, "张三")
    program.go(shanghai_time("2024-11-14 16:29"))
    assert _told(program, "group") == []
    program.go(shanghai_time("2024-11-14 16:31"))
    assert _told(program, "group") == ["张三：报名截止已办"]


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_crash_at_any_step_tells_it_neither_twice_nor_never(world: MakeWorld, steps: int) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP)
    _done(program, "张三")
    if steps >= 1:
        program.clock.move(_MINUTE)
        program.service.dispatch.queue_due(program.clock.now())
    if steps >= 2:
        program.work()
    program.restart()
    program.go(program.clock.now() + 10 * _MINUTE)
    assert _told(program, "group") == ["张三：报名截止已办"]


def test_the_digest_says_who_has_answered(world: MakeWorld) -> None:
    program = _reminded(world, CONSOLE + _ROBOT + _GROUP + 'digest = "15:00"\n', parcels=2)
    _done(program, "张三")
    _desk(program).skip("902号", by="李四", now=program.clock.now())
    program.go(shanghai_time("2024-11-14 15:01"))
    digest = program.said("group")[-1]
    assert "【张三：已办】" in digest
    assert "【李四：不参与】" in digest
