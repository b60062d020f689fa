"""An urgent reminder is said again until somebody answers; silence goes up step by step."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier import app
from notifier.domain.times import shanghai
from notifier.engines.virtual import OutageSpan, PlainChannel, VirtualClock, run_until
from notifier.ledger import open_ledger
from notifier.service import Tried
from notifier.service.desk import Desk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, READER, MakeWorld, World, settings_of

_NAME = "registration_close"
_AT = {_NAME: "2024-11-14 17:00"}
_CLOSE = shanghai_time("2024-11-14 17:00")
_MINUTE = timedelta(minutes=1)
_TEAM = (
    CONSOLE
    + '[channels.above]\nurl = "console://"\n'
    + '[[recipients]]\nname = "team"\nchannels = ["console"]\nrepeat = "15m"\n'
    + 'rules = [{ milestone = "registration_close", leads = ["1d", "50m"], urgent_from = "50m" }]\n'
    + 'escalate_to = [{ to = "boss", after = "10m" }, { to = ["chief", "boss"], after = "20m" }]\n'
    + "".join(
        f'[[recipients]]\nname = "{name}"\nchannels = ["above"]\nkinds = ["escalation"]\n'
        for name in ("boss", "chief")
    )
)


def _times(program: World, channel: str = "console") -> list[str]:
    return [
        f"{shanghai(line.ended_at):%H:%M} {line.recipient}"
        for line in reversed(program.ledger.views.history())
        if line.channel == channel and line.kind != "new" and line.ended_at
    ]


def test_nobody_answers_and_it_is_said_again_and_goes_up_until_the_deadline(
    world: MakeWorld,
) -> None:
    program = world(_TEAM, now="2024-11-14 09:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(_CLOSE + timedelta(hours=1))
    assert _times(program) == ["16:10 team", "16:25 team", "16:40 team", "16:55 team"]
    assert _times(program, "above") == ["16:20 boss", "16:30 chief", "16:30 boss"]


def test_an_answer_ends_what_is_said_again(world: MakeWorld) -> None:
    program = world(_TEAM, now="2024-11-14 09:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 16:26"))
    desk = Desk(program.ledger, lambda: program.settings)
    desk.acknowledge("901号", "报名", by="张三", now=program.clock.now())
    program.go(_CLOSE + timedelta(hours=1))
    assert _times(program) == ["16:10 team", "16:25 team"]
    assert _times(program, "above") == ["16:20 boss"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    repeat=st.integers(5, 120),
    leads=st.lists(st.sampled_from(["0m", "10m", "50m", "3h", "1d"]), min_size=1, unique=True),
    answered=st.integers(-30 * 60, 60),
    outage=st.none() | st.tuples(st.integers(-30 * 60, 0), st.integers(1, 600)),
)
def test_nothing_is_said_again_after_an_answer_or_the_deadline_and_nothing_twice(
    repeat: int, leads: list[str], answered: int, outage: tuple[int, int] | None
) -> None:
    listed = ", ".join(f'"{lead}"' for lead in leads)
    config = (
        f'{CONSOLE}[[recipients]]\nname = "team"\nchannels = ["console"]\nrepeat = "{repeat}m"\n'
        f'rules = [{{ milestone = "{_NAME}", leads = [{listed}], urgent_from = "3h" }}]\n'
    )
    down = []
    if outage is not None:
        begin = _CLOSE + outage[0] * _MINUTE
        down = [OutageSpan(begin, begin + outage[1] * _MINUTE)]
    sent: list[tuple[datetime, str]] = []
    with tempfile.TemporaryDirectory() as name, open_ledger(Path(name) / "r.db") as ledger:
        setting = settings_of(Path(name), config)
        clock = VirtualClock(_CLOSE - timedelta(days=3))

        def keep(tried: Tried) -> None:
            sent.extend((clock.at, item.kind.value) for item in tried.draft.items)

        channels = {"console": PlainChannel("console", clock)}
        service = app.build(setting, ledger, clock, channels=channels, on_tried=keep, reader=READER)
        service.ingest.store([a_notice(parcels=(a_parcel(milestones=_AT),))], clock.at)
        service.planning.replan(clock.at)
        at = _CLOSE + answered * _MINUTE + timedelta(seconds=7)
        run_until(service, ledger, clock, channels, at, down=down)
        clock.at = max(at, clock.at)
        Desk(ledger, lambda: setting).acknowledge("901号", _NAME, by="张", now=clock.at)
        answered_at = clock.at
        service.planning.replan(clock.at)
        run_until(service, ledger, clock, channels, _CLOSE + timedelta(hours=9), down=down)
    reminded = [at for at, kind in sent if kind == "reminder"]
    assert len(set(reminded)) == len(reminded)
    assert all(at < answered_at for at in reminded)
    assert all(at < _CLOSE or "0m" in leads for at in reminded)
    urgent = [lead for lead in leads if lead in ("10m", "50m", "3h")]
    is_up = not down or down[0].begin >= _CLOSE
    if urgent and answered > 0 and is_up:
        longest = max(_LENGTHS[lead] for lead in urgent)
        assert len(reminded) >= longest // repeat


_LENGTHS = {"10m": 10, "50m": 50, "3h": 180}
