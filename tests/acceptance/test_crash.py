"""kill -9 at random moments: nothing is lost, and what repeats was under way and says so."""

from __future__ import annotations

import contextlib
import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier.domain.times import shanghai
from tests.daemon import command, daemon, write_rows
from tests.peers.http import ROBOT_KEY, HttpPeer, Request, wecom

_TEAMS = 20
_SECONDS = 25  # reminders fall due one a second for each team: 500 in all
_NUMBER = re.compile(r"测地\d\d-\d\d\d号")
_REPEAT = "可能重复"


def _config(folder: Path, peer: HttpPeer) -> Path:
    file = folder / "config.toml"
    teams = "".join(
        f'[[recipients]]\nname = "team {team}"\nchannels = ["wecom"]\nfilter = {{ parcel_no = "测地{team:02}-*" }}\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n'
        for team in range(_TEAMS)
    )
    file.write_text(
        'group_wait = "0s"\n[channels.wecom]\nurl = "wecombot://'
        f'{ROBOT_KEY}"\n'
        f'endpoint = "{peer.url}"\nper_minute = 100000\n{teams}',
        encoding="utf-8",
    )
    file.chmod(0o600)
    return file


def _reminded(asked: list[Request]) -> Counter[str]:
    """How often each parcel was reminded of; announcements of new parcels are not counted."""
    texts = [one.text for one in asked]
    return Counter(number for text in texts if "新" not in text for number in set(_NUMBER.findall(text)))


def _at_least(wanted: int) -> Callable[[list[Request]], bool]:
    return lambda asked: len(asked) >= wanted


def _recorded_as_sent(ledger: Path) -> set[str]:
    """The numbers of the parcels whose reminder's delivery was recorded as sent."""
    conn = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        rows = conn.execute(
            "SELECT json_extract(p.body, '$.parcel_no') FROM deliveries d JOIN reminders r USING (message_id) "
            "JOIN parcels p ON p.id = r.parcel_id WHERE d.state = 'sent' AND r.kind = 'reminder'"
        )
        return {row[0] for row in rows}
    finally:
        conn.close()


def _run(folder: Path, peer: HttpPeer, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    config = _config(folder, peer)
    begin = datetime.now(UTC) + timedelta(hours=1, seconds=3)
    rows = [
        ("测告1号", f"测地{team:02}-{second:03}号", f"{shanghai(begin + timedelta(seconds=second)):%Y-%m-%d %H:%M:%S}")
        for team in range(_TEAMS)
        for second in range(_SECONDS)
    ]
    write_rows(folder / "parcels.csv", ("公告编号", "地块编号", "报名截止时间"), rows)
    assert command(config, "import", str(folder / "parcels.csv")).returncode == 0
    frozen: dict[str, int] = {}
    for _ in range(kills):
        wanted = len(peer.requests) + chance.randint(1, 2 * _TEAMS * _SECONDS // kills)
        with daemon(config) as running:
            # the moment of death is a number of requests that arrived, or some time if none are due
            with contextlib.suppress(AssertionError):
                peer.wait_for(_at_least(wanted), timeout=chance.uniform(0.05, 1.0))
            running.kill()
        now = _reminded(peer.requests)
        for number in _recorded_as_sent(folder / "notifier.db"):
            assert now[number] == frozen.setdefault(number, now[number]), f"{number} was sent again"
    with daemon(config):
        everything = {row[1] for row in rows}
        asked = peer.wait_for(lambda asked: set(_reminded(asked)) == everything, timeout=60)
    counts = _reminded(asked)
    repeated = {number for number, count in counts.items() if count > 1}
    for number in repeated:
        texts = [one.text for one in asked if number in one.text and "新" not in one.text]
        assert all(_REPEAT in text for text in texts[1:]), f"{number} was repeated without saying so"
    assert sum(_REPEAT in one.text for one in asked) <= kills, "one channel has one delivery under way"
    print(f"{kills} kills, {len(rows)} reminders due, {sum(counts.values())} said, 0 lost, {len(repeated)} repeated")


def test_reminders_survive_kill_9_at_50_moments_and_only_what_was_under_way_may_repeat(tmp_path: Path) -> None:
    with HttpPeer(wecom).running() as peer:
        _run(tmp_path, peer, kills=50, seed=int(os.environ.get("SEED", "2")))
