"""Random dates without a time of day, rules, quiet hours and downtimes through the real service:
the promises hold."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.domain.times import at_shanghai
from notifier.engines.virtual import OutageSpan
from notifier.ledger import open_ledger
from notifier.simulation import simulated
from notifier.testing import shanghai_time
from tests.services import CONSOLE, settings_of

_BEGIN = shanghai_time("2024-11-04 00:00")
_HOUR = timedelta(hours=1)
_LEADS = st.lists(
    st.sampled_from(
        [
            "0m",
            "10m",
            "30m",
            "3h",
            "30h",
            "1d",
            "2d@23:00",
            "1d@06:00",
            "3wd@09:00",
            "1wd@09:00",
            "0d",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


def _messages(
    day: date, come_in: datetime, leads: list[str], quiet: str, down: OutageSpan | None
) -> list[dict[str, Any]]:
    listed = ", ".join(f'"{lead}"' for lead in leads)
    config = (
        f'{CONSOLE}[[recipients]]\nname = "team"\nchannels = ["console"]\n'
        + (f'quiet = "{quiet}"\n' if quiet else "")
        + f'rules = [{{ milestone = "registration_close", leads = [{listed}], urgent_from = '
        f'"3h" }}]\n'
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "p.csv"
        file.write_text(f"地块编号,城市,报名截止\n甲1号,杭州,{day}\n", encoding="utf-8")
        with open_ledger(folder / "days.db") as ledger:
            week = OutageSpan(come_in, _BEGIN + 20 * 24 * _HOUR)
            messages, broken = simulated(
                settings_of(folder, config),
                ledger,
                [file],
                week,
                channels=["console"],
                down=() if down is None else (down,),
            )
    assert broken == []
    return messages


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    day=st.dates(min_value=date(2024, 11, 6), max_value=date(2024, 11, 20)),
    hours=st.integers(0, 17 * 24),
    leads=_LEADS,
    quiet=st.sampled_from(["", "22:00-07:30", "21:00-09:30"]),
    outage=st.none() | st.tuples(st.integers(0, 17 * 24), st.integers(1, 60)),
)
def test_a_day_is_told_in_time_by_daylight_and_never_as_a_midnight(
    day: date, hours: int, leads: list[str], quiet: str, outage: tuple[int, int] | None
) -> None:
    come_in = _BEGIN + hours * _HOUR + timedelta(minutes=7)
    down = (
        None
        if outage is None
        else OutageSpan(_BEGIN + outage[0] * _HOUR, _BEGIN + (outage[0] + outage[1]) * _HOUR)
    )
    begins, over = at_shanghai(day, time(0)), at_shanghai(day + timedelta(days=1), time(0))
    messages = _messages(day, come_in, leads, quiet, down)
    timed = [(datetime.fromisoformat(message["at"]), message) for message in messages]
    # nobody is told of hours and minutes that no notice states
    assert not any(
        "小时" in message["body"] or "分钟" in message["body"] or "00:00" in message["body"]
        for _, message in timed
    )
    is_up_all_day = down is None or down.end <= begins + 7 * _HOUR or down.begin >= over
    for at, message in timed:
        late = message["kind"] in ("catch-up", "missed")
        if message["kind"] == "reminder" and not late:
            assert time(7) <= at.time() <= time(22)
        assert message["kind"] != "missed" or at >= over
    if come_in < over:
        in_time = [at for at, message in timed if at < over]
        if is_up_all_day:
            assert in_time
            assert not any(message["kind"] == "missed" for _, message in timed)
        if is_up_all_day and come_in < begins:
            on_the_day = [at for at in in_time if at >= begins]
            assert on_the_day
            assert min(on_the_day).time() <= time(12)
    assert sum(message["kind"] == "missed" for _, message in timed) <= 1
    assert sum(message["kind"] == "new" for _, message in timed) <= 1
