"""A recipient puts a reminder off, or says that somebody works on it: it comes back in time."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier import app
from notifier.cli import main
from notifier.domain.answer_links import AnswerLink, Deed, seal
from notifier.domain.drafts import Draft, Form, Message
from notifier.domain.pauses import PauseKind
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.engines.virtual import PlainChannel, VirtualClock, run_until
from notifier.errors import UsageError
from notifier.ledger import open_ledger
from notifier.messages.render import Renderer
from notifier.service import Tried
from notifier.service.answer_desk import AnswerDesk, answer_key
from notifier.service.desk import Desk
from notifier.service.pause_desk import PauseDesk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import CONSOLE, READER, MakeWorld, World, settings_of

_NAME = "registration_close"
_AT = {_NAME: "2024-11-14 17:00"}
_CLOSE = shanghai_time("2024-11-14 17:00")
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_TEAM = (
    CONSOLE
    + '[channels.boss]\nurl = "console://"\n'
    + '[[recipients]]\nname = "team"\nchannels = ["console"]\nescalate_to = ["boss"]\n'
    + 'rules = [{ milestone = "registration_close", leads = ["1d", "3h", "2h", "30m"], '
    + 'urgent_from = "3h" }]\n'
    + '[[recipients]]\nname = "boss"\nchannels = ["boss"]\nkinds = ["escalation"]\n'
)


def _desk(program: World) -> PauseDesk:
    desk = Desk(program.ledger, lambda: program.settings)
    return PauseDesk(program.ledger, desk, lambda: program.settings)


def _reminded(world: MakeWorld) -> World:
    """A team that was reminded three hours before, and has not answered."""
    program = world(_TEAM, now="2024-11-14 09:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 14:05"))
    assert "还剩3小时" in program.titles()[-1]
    return program


def _times(program: World, channel: str = "console") -> list[str]:
    return [
        f"{shanghai(line.ended_at):%H:%M}"
        for line in reversed(program.ledger.views.history())
        if line.channel == channel and line.state == "sent" and line.kind != "new" and line.ended_at
    ]


def test_a_reminder_that_is_put_off_comes_back_and_nothing_is_said_before(world: MakeWorld) -> None:
    program = _reminded(world)
    desk = _desk(program)
    paused = desk.snooze("901号", "报名", wait=1.5 * _HOUR, by="team", now=program.clock.now())
    assert paused.pause.until == shanghai_time("2024-11-14 15:35")
    program.go(_CLOSE + _HOUR)
    assert _times(program) == ["14:00", "15:35", "16:30"]
    assert _times(program, "boss") == ["15:50"]


def test_a_reminder_is_never_put_off_past_the_last_urgent_lead(world: MakeWorld) -> None:
    program = _reminded(world)
    desk = _desk(program)
    paused = desk.snooze("901号", "报名", wait=9 * _HOUR, by="team", now=program.clock.now())
    assert paused.pause.until == shanghai_time("2024-11-14 16:30")
    program.go(shanghai_time("2024-11-14 16:31"))
    with pytest.raises(UsageError, match="has gone out"):
        desk.snooze("901号", "报名", wait=_MINUTE, by="team", now=program.clock.now())
    program.go(_CLOSE + _HOUR)
    assert _times(program) == ["14:00", "16:30"]
    assert _times(program, "boss") == ["16:45"]


def test_what_somebody_works_on_comes_back_before_the_last_lead_and_then_escalates(
    world: MakeWorld,
) -> None:
    program = _reminded(world)
    seen = _desk(program).mark_seen("901号", "报名", by="team", now=program.clock.now())
    assert seen.pause.until == shanghai_time("2024-11-14 16:15")
    program.go(_CLOSE + _HOUR)
    assert _times(program) == ["14:00", "16:15", "16:30"]
    assert _times(program, "boss") == ["16:30"]


def test_who_works_on_it_after_the_last_lead_is_asked_once_more_before_the_deadline(
    world: MakeWorld,
) -> None:
    program = _reminded(world)
    program.go(shanghai_time("2024-11-14 14:10"))
    desk = _desk(program)
    desk.mark_seen("901号", "报名", by="team", now=program.clock.now())
    program.go(shanghai_time("2024-11-14 16:40"))
    seen = desk.mark_seen("901号", "报名", by="team", now=program.clock.now())
    assert seen.pause.until == shanghai_time("2024-11-14 16:50")
    program.go(_CLOSE + _HOUR)
    assert _times(program)[-1] == "16:50"


def test_a_pause_is_taken_back_by_resume_and_by_another_time(world: MakeWorld) -> None:
    program = _reminded(world)
    pauses, desk = _desk(program), Desk(program.ledger, lambda: program.settings)
    now = program.clock.now()
    offer = pauses.snooze("901号", "报名", wait=2 * _HOUR, by="team", now=now).offer
    assert desk.resume(offer, "报名", by="team", now=now).undone == 1
    program.go(shanghai_time("2024-11-14 15:05"))
    assert _times(program) == ["14:00", "15:00"]
    pauses.mark_seen(offer, "报名", by="team", now=program.clock.now())
    desk.set_time(offer, "报名", "2024-11-14 18:00", by="team", now=program.clock.now())
    program.go(shanghai_time("2024-11-14 17:05"))
    assert program.ledger.pauses.of_parcel(offer.id) == []
    assert _times(program)[-1] == "16:00"


def test_what_is_claimed_and_then_put_off_is_not_sent(world: MakeWorld) -> None:
    program = world(_TEAM, now="2024-11-14 09:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 13:59"))
    now = program.clock.move(_MINUTE)
    program.service.dispatch.queue_due(now)
    _desk(program).snooze("901号", "报名", wait=_HOUR, by="team", now=now)
    program.go(shanghai_time("2024-11-14 15:05"))
    assert _times(program) == ["15:00"]


@pytest.mark.parametrize("deed", [Deed.DONE, Deed.SKIP, Deed.SNOOZE, Deed.SEEN])
def test_an_answer_that_comes_while_the_words_are_put_together_stops_the_sending(
    world: MakeWorld, deed: Deed
) -> None:
    program = world(_TEAM, now="2024-11-14 09:00")
    unanswered = a_parcel(parcel_no="乙2号", milestones=_AT)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT), unanswered)))
    program.go(shanghai_time("2024-11-14 13:59"))
    setup = program.service.active.setup
    with open_ledger(program.settings.ledger_place) as node:
        desk = Desk(node, lambda: program.settings)
        answers = AnswerDesk(node, desk, lambda: program.settings)
        press = AnswerLink(
            deed=deed,
            recipient="team",
            parcel_id=1,
            milestone=MilestoneName.REGISTRATION_CLOSE,
            at=_CLOSE,
        )

        class Slow(Renderer):
            def render(self, draft: Draft, form: Form) -> Message:
                answers.take(press, program.clock.now())
                return setup.renderer.render(draft, form)

        program.service.active.exchange(replace(setup, renderer=Slow()))
        program.go(shanghai_time("2024-11-14 14:01"))
    urgent = program.said()[-1]
    assert len([text for text in program.said() if "【急】" in text]) == 1
    assert "乙2号" in urgent
    assert "杭政储出[2024]901号" not in urgent


def test_only_who_is_reminded_of_the_parcel_can_put_it_off(world: MakeWorld) -> None:
    program = _reminded(world)
    with pytest.raises(UsageError, match="nobody of this name"):
        _desk(program).snooze("901号", "报名", wait=_HOUR, by="谁", now=program.clock.now())
    with pytest.raises(UsageError, match="nothing to be put off"):
        _desk(program).snooze("901号", "保证金", wait=_HOUR, by="team", now=program.clock.now())


# -- links, the board, the command ---------------------------------------------------------------


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = make_board(tmp_path, _TEAM, "2024-11-14 09:00")
    made.world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    made.world.go(shanghai_time("2024-11-14 14:05"))
    return made


def _link(board: Board, deed: Deed) -> str:
    (offer,) = board.world.ledger.parcels.all()
    made = AnswerLink(
        deed=deed,
        recipient="team",
        parcel_id=offer.id,
        milestone=MilestoneName.REGISTRATION_CLOSE,
        at=_CLOSE,
    )
    return "/a/" + seal(answer_key(board.world.settings.ledger.parent), made)


def test_a_link_puts_a_reminder_off_once_until_it_has_come_back(board: Board) -> None:
    browser, link = board.stranger(), _link(board, Deed.SNOOZE)
    assert "team：2024-11-14 15:05再提醒" in browser.get(link).text
    assert board.world.ledger.pauses.of_parcel(1) == []
    assert "已记下：2024-11-14 15:05再提醒team" in browser.post(link).text
    board.world.clock.move(timedelta(minutes=10))
    assert "已推迟过：2024-11-14 15:05再提醒" in browser.post(link).text
    (pause,) = board.world.ledger.pauses.of_parcel(1)
    assert pause.until == shanghai_time("2024-11-14 15:05")
    board.world.go(shanghai_time("2024-11-14 15:06"))
    assert "已记下：2024-11-14 16:06再提醒team" in browser.post(link).text
    board.world.clock.set(shanghai_time("2024-11-14 16:35"))
    assert "不能再推迟" in browser.post(link).text
    assert "处理中。2024-11-14 16:47再问一次" in browser.post(_link(board, Deed.SEEN)).text


def test_a_link_puts_nothing_off_that_is_done(board: Board) -> None:
    browser = board.stranger()
    browser.post(_link(board, Deed.DONE))
    assert "team已在" in browser.post(_link(board, Deed.SNOOZE)).text
    assert board.world.ledger.pauses.of_parcel(1) == []


def test_the_page_of_a_parcel_puts_off_what_its_reader_is_reminded_of(board: Board) -> None:
    browser = board.client("team")
    shown = browser.get("/parcel/1").text
    about = f"1.{_NAME}.{round(_CLOSE.timestamp() * 1000)}"
    assert f'name="snooze" class="quiet" value="{about}"' in shown
    assert board.post(browser, "/answer", seen=about, next="/parcel/1") == 303
    assert "team处理中，" in browser.get("/parcel/1").text
    assert board.post(browser, "/answer", snooze=about, next="/parcel/1") == 303
    (pause,) = board.world.ledger.pauses.of_parcel(1)
    assert (pause.kind, pause.until) == (PauseKind.SNOOZE, shanghai_time("2024-11-14 15:05"))
    assert board.post(browser, "/answer", snooze="1", next="/parcel/1") == 400


def test_the_command_puts_off_what_is_ahead_on_the_machines_clock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = World(tmp_path, _TEAM, shanghai_time("2024-11-14 09:00"))
    program.save(a_notice(parcels=(a_parcel(milestones={_NAME: "2099-11-13 17:00"}),)))
    program.ledger.close()
    config = str(tmp_path / "config.toml")
    words = ("901号", "报名", "--by", "张", "--recipient", "team", "--json")
    assert main(["-c", config, "snooze", *words, "--for", "2h"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["action"], printed["recipient"], printed["by"]) == ("snooze", "team", "张")
    assert main(["-c", config, "seen", *words]) == 0
    assert json.loads(capsys.readouterr().out)["until"].startswith("2099-11-13T16:15")
    assert main(["-c", config, "snooze", "901号", "报名", "--by", "team", "--for", "0m"]) == 2
    assert main(["-c", config, "resume", "901号", "报名"]) == 0


def test_the_last_reminder_carries_no_link_that_puts_it_off(tmp_path: Path) -> None:
    made = make_board(
        tmp_path, _TEAM + '[web]\nurl = "https://board.example.com"\n', "2024-11-14 13:00"
    )
    program = made.world
    program.service = app.build(
        program.settings,
        program.ledger,
        program.clock,
        channels=program.channels,
        reader=READER,
        links=app.answer_links(program.settings),
    )
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 16:31"))
    urgent = [text for text in program.said() if "【急】" in text]
    assert ["1小时后再提醒" in text for text in urgent] == [True, True, False]
    assert ["处理中" in text for text in urgent] == [True, True, True]


# -- any leads, any presses ------------------------------------------------------------------------

_LEADS = st.lists(
    st.sampled_from(["0m", "10m", "30m", "50m", "2h", "3h", "5h", "1d"]),
    min_size=1,
    max_size=5,
    unique=True,
)
_PRESSES = st.lists(
    st.tuples(st.integers(-26 * 60, -1), st.sampled_from(PauseKind), st.integers(1, 300)),
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(leads=_LEADS, presses=_PRESSES, urgent_from=st.sampled_from(["10m", "50m", "3h", "1d"]))
def test_whatever_is_put_off_comes_back_at_its_time_and_before_the_last_lead(
    leads: list[str], presses: list[tuple[int, PauseKind, int]], urgent_from: str
) -> None:
    listed = ", ".join(f'"{lead}"' for lead in leads)
    config = (
        f'{CONSOLE}[[recipients]]\nname = "team"\nchannels = ["console"]\nescalate_to = ["boss"]\n'
        f'rules = [{{ milestone = "{_NAME}", leads = [{listed}], '
        f'urgent_from = "{urgent_from}" }}]\n'
        '[[recipients]]\nname = "boss"\nchannels = ["console"]\nkinds = ["escalation"]\n'
    )
    sent: list[tuple[datetime, str, str]] = []
    with tempfile.TemporaryDirectory() as name, open_ledger(Path(name) / "p.db") as ledger:
        setting = settings_of(Path(name), config)
        clock = VirtualClock(_CLOSE - timedelta(days=3))

        def keep(tried: Tried) -> None:
            items = tried.draft.items
            sent.extend((clock.at, tried.job.recipient, item.kind.value) for item in items)

        channels = {"console": PlainChannel("console", clock)}
        service = app.build(setting, ledger, clock, channels=channels, on_tried=keep, reader=READER)
        service.ingest.store([a_notice(parcels=(a_parcel(milestones=_AT),))], clock.at)
        service.planning.replan(clock.at)
        desk = PauseDesk(ledger, Desk(ledger, lambda: setting), lambda: setting)
        pauses = []
        for minutes, kind, wait in sorted(presses, key=lambda press: press[0]):
            at = _CLOSE + minutes * _MINUTE + timedelta(seconds=7)
            run_until(service, ledger, clock, channels, at)
            clock.at = at
            try:
                paused = (
                    desk.snooze("901号", _NAME, wait=wait * _MINUTE, by="team", now=at)
                    if kind is PauseKind.SNOOZE
                    else desk.mark_seen("901号", _NAME, by="team", now=at)
                )
            except UsageError:
                continue
            pauses.append(paused.pause)
            service.planning.replan(at)
        run_until(service, ledger, clock, channels, _CLOSE + 2 * _HOUR)
    reminded = [at for at, who, kind in sent if who == "team" and kind == "reminder"]
    escalated = [at for at, who, kind in sent if kind == "escalation"]
    assert len(set(reminded)) == len(reminded)
    last = _last_lead(leads, urgent_from)
    for number, pause in enumerate(pauses):
        later = [other.said_at for other in pauses[number + 1 :]]
        silent_until = min([pause.until, *later])
        assert not [at for at in reminded if pause.said_at < at < silent_until]
        assert not [at for at in escalated if pause.said_at < at < silent_until]
        assert pause.until < _CLOSE
        if last is not None and pause.said_at < last:
            assert pause.until <= last
        if not later or min(later) > pause.until:
            assert pause.until in reminded, "it comes back"
    assert all(at < _CLOSE for at in escalated)
    assert len(escalated) <= 1
    assert not [who for _, who, kind in sent if kind == "missed"]


def _last_lead(leads: list[str], urgent_from: str) -> datetime | None:
    spans = {"m": _MINUTE, "h": _HOUR, "d": timedelta(days=1)}
    lengths = [int(lead[:-1]) * spans[lead[-1]] for lead in leads]
    limit = int(urgent_from[:-1]) * spans[urgent_from[-1]]
    before = [length for length in lengths if length > timedelta(0)]
    urgent = [length for length in before if length <= limit]
    shortest = min(urgent or before, default=None)
    return None if shortest is None else _CLOSE - shortest
