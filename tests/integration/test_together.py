"""One message where one serves: what waited is put together, and a group hears once what several
are told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

from notifier.domain.drafts import Form
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.values import Kind
from notifier.service import Tried
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World

_SENT = Outcome(verdict=Verdict.SENT)
_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")
_LOST = Outcome(verdict=Verdict.UNKNOWN, words="no answer")
_REJECTED = Outcome(verdict=Verdict.REJECTED, words="errcode 93000")
_SMS = '[channels.sms]\nurl = "console://"\n'
_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)
_LEADS = (
    'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "1h", roll = '
    '"off" }]\n'
)


def _publish(world: World, number: str, at: str | datetime) -> None:
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": at})
    world.save(a_notice(notice_no=f"告{number}", parcels=(parcel,)))


class _Line:
    """A channel that can be switched off: what it answers meanwhile is `down`."""

    def __init__(self, world: World, channel: str = "console", down: Outcome = _RETRY) -> None:
        self.is_down = False
        self.answer = down
        world.channels[channel].script = [self._answer] * 99_999

    def _answer(self, *_: object) -> Outcome:
        return self.answer if self.is_down else _SENT


def _many_over_hours(world: World) -> None:
    """Twenty parcels, of which one closes each quarter of an hour from 12:15 on."""
    for number in range(20):
        _publish(
            world, f"甲{number:02}号", shanghai_time("2024-11-14 12:15") + number * 15 * _MINUTE
        )
    world.go(shanghai_time("2024-11-14 08:55"), 30 * _MINUTE)


# -- after an outage ------------------------------------------------------------------------------


def test_after_an_outage_what_is_ahead_is_one_message_and_what_was_missed_another(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + _LEADS, now="2024-11-13 08:00")
    line = _Line(program)
    _many_over_hours(program)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 14:05"), _MINUTE)
    assert len(program.said()) == before
    line.is_down = False
    program.go(shanghai_time("2024-11-14 14:14"), _MINUTE)
    ahead, missed = program.said()[before:]
    assert "错过" not in ahead
    places = [ahead.rindex(f"甲{number:02}号") for number in range(8, 20)]
    assert places == sorted(places), "the soonest first"
    assert all(f"甲{number:02}号" in missed for number in range(8))
    assert "错过" in missed
    program.go(shanghai_time("2024-11-14 18:30"), _MINUTE)
    assert len(program.said()) == before + 2, "nothing of it is said again"


def test_everything_that_waits_is_tried_at_once_when_the_channel_works(world: MakeWorld) -> None:
    people = "".join(
        f'[[recipients]]\nname = "t{number}"\nchannels = ["console"]\n'
        f'filter = {{ parcel_no = "甲{number}号" }}\n{_LEADS}'
        for number in range(12)
    )
    program = world(CONSOLE + people, now="2024-11-13 08:00")
    line = _Line(program)
    for number in range(12):
        _publish(
            program, f"甲{number}号", shanghai_time("2024-11-14 17:00") + number * 10 * _MINUTE
        )
    program.go(shanghai_time("2024-11-14 13:55"), 30 * _MINUTE)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 16:30"), 20 * _SECOND)
    line.is_down = False
    until = program.clock.now() + 11 * _MINUTE
    while len(program.said()) == before and program.clock.now() < until:
        program.go(program.clock.now() + 5 * _SECOND, 5 * _SECOND)
    assert len(program.said()) == before + 12, "in the same moment in which the first got through"


def test_what_may_have_arrived_stays_marked_when_it_is_put_together(world: MakeWorld) -> None:
    program = world(CONSOLE + TEAM + _LEADS, now="2024-11-13 08:00")
    line = _Line(program, down=_LOST)
    _publish(program, "甲1号", "2024-11-14 17:00")
    _publish(program, "乙2号", "2024-11-14 17:20")
    program.go(shanghai_time("2024-11-14 13:55"), 30 * _MINUTE)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 14:00"), 5 * _SECOND)
    line.answer = _RETRY
    program.go(shanghai_time("2024-11-14 14:25"), 5 * _SECOND)
    line.is_down = False
    program.go(shanghai_time("2024-11-14 14:40"), 5 * _SECOND)
    (both,) = program.said()[before:]
    assert "甲1号" in both
    assert "乙2号" in both
    assert "可能重复" in both


def test_a_crash_while_a_message_of_several_is_under_way_loses_none_and_marks_all(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + _LEADS, now="2024-11-13 08:00")
    line = _Line(program)
    _many_over_hours(program)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 10:05"), _MINUTE)
    ledger = program.ledger
    job = ledger.outbox.begin("console", program.clock.now() + 10 * _MINUTE, 5 * _MINUTE)
    assert job is not None
    assert job.joined
    program.restart()
    line = _Line(program)
    program.go(shanghai_time("2024-11-14 10:08"), _SECOND)
    (again,) = program.said()[before:]
    assert "可能重复" in again
    assert all(f"甲{number:02}号" in again for number in range(4))


def test_what_is_put_together_and_too_long_is_cut_once_and_loses_nothing(world: MakeWorld) -> None:
    program = world(
        '[channels.console]\nurl = "console://"\nseconds_apart = 5\n' + TEAM + _LEADS,
        now="2024-11-13 08:00",
    )
    program.channels["console"].form = Form.WECOM
    line = _Line(program)
    numbers = [f"杭政储出[2024]甲乙丙丁戊己庚辛壬癸{number:03}号地块" for number in range(90)]
    for count, number in enumerate(numbers):
        _publish(program, number, shanghai_time("2024-11-14 17:00") + count * _MINUTE)
    program.go(shanghai_time("2024-11-14 13:50"), 30 * _MINUTE)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 15:40"), _MINUTE)
    line.is_down = False
    program.go(shanghai_time("2024-11-14 15:59"), 20 * _SECOND)
    texts = program.said()[before:]
    assert 2 <= len(texts) <= 10
    assert all(sum(number in text for text in texts) == 1 for number in numbers)


def test_a_fallback_is_not_sent_after_the_channel_itself_has_said_it(world: MakeWorld) -> None:
    program = world(CONSOLE + _SMS + TEAM + 'fallback = ["sms"]\n' + _LEADS, now="2024-11-13 08:00")
    console, sms = _Line(program), _Line(program, "sms")
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 13:55"), 30 * _MINUTE)
    before = len(program.said())
    console.is_down = sms.is_down = True
    program.go(shanghai_time("2024-11-14 15:00"), 20 * _SECOND)
    console.is_down = False
    program.go(shanghai_time("2024-11-14 15:15"), 5 * _SECOND)
    assert len(program.said()) == before + 1
    sms.is_down = False
    program.go(shanghai_time("2024-11-14 15:40"), 20 * _SECOND)
    assert program.said("sms") == []


def test_an_urgent_reminder_is_not_held_up_by_what_waits_with_it(world: MakeWorld) -> None:
    rules = (
        'rules = [{ milestone = "registration_close", leads = ["3h", "30m"], urgent_from = '
        '"1h", roll = "off" }]\n'
    )
    program = world(CONSOLE + TEAM + rules, now="2024-11-13 08:00")
    line = _Line(program)
    _many_over_hours(program)
    before = len(program.said())
    line.is_down = True
    program.go(shanghai_time("2024-11-14 11:50"), 20 * _SECOND)
    line.is_down = False
    program.go(shanghai_time("2024-11-14 12:00"), 5 * _SECOND)
    first = program.said()[before]
    assert first.startswith("【急】")
    assert first.index("甲00号") < first.index("甲01号")


# -- several recipients at one address ------------------------------------------------------------

_GROUP = (
    CONSOLE
    + f'[[recipients]]\nname = "甲组"\nchannels = ["console"]\n{RULES}'
    + f'[[recipients]]\nname = "乙组"\nchannels = ["console"]\n{RULES}'
)


def test_two_recipients_on_one_robot_are_told_in_one_message_that_names_both(
    world: MakeWorld,
) -> None:
    program = world(_GROUP)
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 16:00"), 10 * _MINUTE)
    assert len(program.said()) == 3  # news, a day, three hours
    assert all("甲组" in text and "乙组" in text for text in program.said())
    lines = program.ledger.views.history()
    assert sorted((line.recipient, line.state) for line in lines) == sorted(
        (name, "sent") for name in ("甲组", "乙组") for _ in range(3)
    )


def test_recipients_who_are_told_different_things_are_told_apart(world: MakeWorld) -> None:
    other = (
        '[[recipients]]\nname = "丙组"\nchannels = ["console"]\n'
        f'filter = {{ parcel_no = "甲*" }}\n{RULES}'
    )
    program = world(_GROUP + other)
    _publish(program, "甲1号", "2024-11-14 17:00")
    _publish(program, "乙2号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 10:30"))
    both, alone = sorted(program.said(), key=len, reverse=True)
    assert "甲组" in both
    assert "乙组" in both
    assert "丙组" not in both
    assert "乙2号" not in alone


def test_other_languages_notes_and_addresses_are_told_apart(world: MakeWorld) -> None:
    mail = (
        '[channels.mail]\nurl = "mailto://127.0.0.1:1?from=a@example.com&to={to}&mode=insecure"\n'
    )
    people = (
        '[[recipients]]\nname = "a"\nchannels = ["mail:g@example.com"]\n'
        '[[recipients]]\nname = "b"\nchannels = ["mail:g@example.com"]\nlanguage = "en"\n'
        '[[recipients]]\nname = "c"\nchannels = ["mail:other@example.com"]\n'
        '[[recipients]]\nname = "d"\nchannels = ["mail:g@example.com"]\n'
        'rules = [{ milestone = "registration_close", leads = ["1d"], note = "带保函" }]\n'
    )
    program = world(mail + people)
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 10:30"))
    assert sorted(address for _, address in program.channels["mail"].accepted) == [
        "g@example.com", "g@example.com", "g@example.com", "other@example.com"
    ]  # fmt: skip


def test_quiet_hours_of_one_do_not_move_what_the_other_is_told(world: MakeWorld) -> None:
    quiet = (
        f'[[recipients]]\nname = "丙组"\nchannels = ["console"]\nquiet = "13:00-15:00"\n{_LEADS}'
    )
    program = world(CONSOLE + TEAM + _LEADS + quiet, now="2024-11-13 08:00")
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 12:30"), 10 * _MINUTE)
    before = len(program.said())
    program.go(shanghai_time("2024-11-14 14:30"), _MINUTE)
    assert len(program.said()) == before + 2
    assert not any("丙组" in text and "team" in text for text in program.said()[before:])


def test_what_one_did_is_done_for_all_who_are_told_together(world: MakeWorld) -> None:
    program = world(_GROUP)
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 10:30"))
    offer = program.ledger.parcels.find("甲1号")[0].id
    program.ledger.acknowledgements.add(offer, "registration_close", "张", program.clock.now())
    program.go(shanghai_time("2024-11-14 17:30"), 10 * _MINUTE)
    assert len(program.said()) == 1


def test_a_group_that_failed_is_told_again_once_and_falls_back_for_each(world: MakeWorld) -> None:
    two = "".join(
        f'[[recipients]]\nname = "{name}"\nchannels = ["console"]\nfallback = ["{way}"]\n{RULES}'
        for name, way in (("甲组", "sms"), ("乙组", "tel"))
    )
    program = world(CONSOLE + _SMS + '[channels.tel]\nurl = "console://"\n' + two)
    program.channels["console"].script = [_RETRY, _SENT, _REJECTED]
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 10:30"), 5 * _SECOND)
    assert (program.tried(), len(program.said())) == (2, 1)
    _publish(program, "乙2号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 11:00"), 5 * _SECOND)
    assert [len(program.said(way)) for way in ("sms", "tel")] == [1, 1]


def test_an_escalation_knows_that_a_shared_message_was_sent_to_the_one_who_does_not_answer(
    world: MakeWorld,
) -> None:
    boss = (
        '[channels.other]\nurl = "console://"\n[[recipients]]\nname = "boss"\n'
        'channels = ["other"]\n'
    )
    group = _GROUP.replace('name = "乙组"\n', 'name = "乙组"\nescalate_to = ["boss"]\n')
    program = world(group + boss + 'filter = { city = "宁波" }\n')
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 14:40"), 5 * _MINUTE)
    (escalation,) = program.said("other")
    assert "乙组" in escalation
    assert "尚未" not in escalation


def test_the_same_digest_of_two_recipients_is_one_message(world: MakeWorld) -> None:
    digest = 'digest = "08:45"\n'
    program = world(
        CONSOLE
        + "".join(
            f'[[recipients]]\nname = "{name}"\nchannels = ["console"]\n{more}{digest}{RULES}'
            for name, more in (
                ("甲组", ""),
                ("乙组", 'filter = { city = "杭州" }\n'),
                ("丙组", 'filter = { city = "宁波" }\n'),
            )
        ),
        now="2024-11-12 08:00",
    )
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-12 09:00"))
    digests = [text for text in program.said() if text.startswith("日程")]
    assert len(digests) == 2
    assert ["甲组" in text and "乙组" in text for text in digests].count(True) == 1


def test_the_same_alert_for_several_at_one_address_is_one_message(world: MakeWorld) -> None:
    program = world(_GROUP)
    stray = a_notice(
        file="延期.md",
        title="延期公告",
        kind=Kind.POSTPONEMENT,
        notice_no="",
        refers_to=("某告9号",),
        parcels=(),
    )
    program.save(stray)
    program.go(shanghai_time("2024-11-01 10:05"))
    (alert,) = program.said()
    assert "甲组" in alert
    assert "乙组" in alert


def test_what_is_cried_without_the_ledger_is_cried_once_at_each_address(world: MakeWorld) -> None:
    program = world(_GROUP)
    program.service.alerts.send_now("ledger-trouble", {"words": "x"}, program.clock.now())
    assert len(program.said()) == 1


def test_a_simulated_message_says_for_whom_it_is(world: MakeWorld) -> None:
    heard: list[Tried] = []
    program = world(_GROUP)
    program.on_tried = heard.append
    program.restart()
    _publish(program, "甲1号", "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 10:05"))
    (tried,) = heard
    assert set(tried.job.recipients) == set(tried.draft.addressees) == {"甲组", "乙组"}


# -- a ledger of before ---------------------------------------------------------------------------


def test_troubles_of_a_ledger_of_before_are_kept(world: MakeWorld) -> None:
    program = world()
    program.ledger.close()
    with closing(sqlite3.connect(program.settings.ledger)) as old:
        old.execute("DROP TABLE troubles")
        old.execute(
            "CREATE TABLE troubles (channel TEXT PRIMARY KEY, since INTEGER NOT NULL, "
            "failures INTEGER NOT NULL, "
            "reported INTEGER NOT NULL, words TEXT NOT NULL) WITHOUT ROWID"
        )
        old.execute("INSERT INTO troubles VALUES ('console', 1730426400000, 5, 1, 'errcode 45009')")
        for statement in (
            "DROP INDEX deliveries_bundle",
            "DROP INDEX messages_content",
            "ALTER TABLE deliveries DROP COLUMN about",
            "ALTER TABLE deliveries DROP COLUMN bundle",
            "ALTER TABLE messages DROP COLUMN content",
            "DELETE FROM _sqlite_migrations WHERE name = 'one_message_for_several'",
        ):
            old.execute(statement)
        old.commit()
    program.restart()
    since, words = program.ledger.troubles.current()["console"]
    assert (since, words) == (shanghai_time("2024-11-01 10:00"), "errcode 45009")
