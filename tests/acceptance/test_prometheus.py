"""The alert rules and the dashboard, and a real Prometheus that looks at the board."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import pytest

from notifier.ports import Ledger
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk
from notifier.service.doubt_desk import DoubtDesk
from notifier.service.figures import Figures
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import ONE_TEAM

_PROJECT = Path(__file__).parents[2]
_RULES = _PROJECT / "deploy" / "notifier.rules.yml"
_DASHBOARD = _PROJECT / "deploy" / "grafana-dashboard.json"
_TOKEN = "p" * 30
_CONFIG = f'{ONE_TEAM}[web.tokens.prometheus]\ntoken = "{_TOKEN}"\nrole = "reader"\n'
_LONGEST = 120  # seconds

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool here: apt-get install prometheus"
)
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="no prometheus here: apt-get install prometheus"
)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board of three parcels with reminders ahead."""
    made = make_board(tmp_path, _CONFIG)
    for number in range(3):
        close = shanghai_time("2024-11-12 17:00") + timedelta(days=number)
        parcel = a_parcel(
            parcel_no=f"{number}号", milestones={"registration_close": f"{close:%Y-%m-%d %H:%M}"}
        )
        made.world.save(a_notice(notice_no=f"第{number}号", parcels=(parcel,)))
    made.world.work()
    return made


def _figures(ledger: Ledger) -> Figures:
    def no_settings() -> NoReturn:
        raise AssertionError("figures need no settings")

    return Figures(ledger, DoubtDesk(ledger, Desk(ledger, no_settings), BoardDesk(ledger)))


def _lateness_by_hand(board: Board) -> list[float]:
    """Send all that is planned, each at its instant and some seconds more; how many seconds."""
    world, expected = board.world, []
    for seconds in (0, 90, 1200, 0, 7, 400):
        due = world.ledger.claims.next_due()
        if due is None:
            break
        world.clock.set(due + timedelta(seconds=seconds))
        before = world.tried()
        world.work()
        assert world.tried() > before
        expected.append(float(seconds))
    assert len(expected) > 2
    return expected


def _metrics(text: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def test_lateness_agrees_with_what_was_sent_when(board: Board) -> None:
    before = _metrics(_figures(board.world.ledger).text(board.world.clock.now()))
    late = _lateness_by_hand(board)
    after = _metrics(_figures(board.world.ledger).text(board.world.clock.now()))

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    sent = [line for line in board.world.ledger.views.history(100) if line.state == "sent"]
    assert after['notifier_lateness_seconds_count{channel="console"}'] == len(
        [line for line in sent if line.said]
    )
    assert grown('notifier_lateness_seconds_count{channel="console"}') == len(late)
    assert grown('notifier_lateness_seconds_sum{channel="console"}') == sum(late)
    for limit in ("0.5", "15.0", "300.0", "1800.0"):
        bucket = f'notifier_lateness_seconds_bucket{{channel="console",le="{limit}"}}'
        assert grown(bucket) == sum(seconds <= float(limit) for seconds in late)


def test_every_figure_of_the_rules_and_the_dashboard_is_given(board: Board) -> None:
    _lateness_by_hand(board)
    with board.world.ledger as ledger:
        text = _figures(ledger).text(board.world.clock.now())
    given = set(re.findall(r"^(?:# TYPE )?(notifier_\w+)", text, re.MULTILINE))
    given |= {"notifier_last_beat_timestamp_seconds", "notifier_last_backup_timestamp_seconds"}
    dashboard = json.loads(_DASHBOARD.read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += re.findall(r"expr: (?:>-\n)?((?:.+|\n {10,})+)", _RULES.read_text("utf-8"))
    named = {name for expression in asked for name in re.findall(r"notifier_\w+", expression)}
    assert len(named) > 8
    assert named <= given
    limits = set(re.findall(r'le="([^"]+)"', " ".join(asked)))
    assert limits <= set(re.findall(r'le="([^"]+)"', text))


@needs_promtool
def test_the_rules_are_sound_and_fire_when_they_should() -> None:
    for arguments in (
        ["check", "rules", str(_RULES)],
        ["test", "rules", str(_PROJECT / "tests" / "data" / "notifier.rules.test.yml")],
    ):
        ended = subprocess.run(
            ["promtool", *arguments], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


@needs_prometheus
def test_a_real_prometheus_reads_the_figures_and_the_rules(board: Board, tmp_path: Path) -> None:
    late = _lateness_by_hand(board)
    with board.served() as address, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        config = tmp_path / "prometheus.yml"
        config.write_text(
            f"""global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{_RULES}]
scrape_configs:
  - job_name: notifier
    authorization: {{credentials: {_TOKEN}}}
    static_configs: [{{targets: ["{address.removeprefix("http://")}"]}}]
""",
            "utf-8",
        )
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            seconds = _answer_of(process, port, "notifier_lateness_seconds_sum")
            many = _answer_of(process, port, "notifier:late_deliveries")
            down = _answer_of(process, port, 'ALERTS{alertname="NotifierDown"}')
        finally:
            process.terminate()
            process.wait()
    assert seconds >= sum(late)
    assert many == len([seconds for seconds in late if seconds > 300])
    assert down == 1, "no daemon runs beside this board"


def _answer_of(process: subprocess.Popen[bytes], port: int, query: str) -> float:
    """The value of a query, as soon as there is one."""
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        try:
            url = f"http://127.0.0.1:{port}/api/v1/query?{urlencode({'query': query})}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except OSError:
            found = []
        if found:
            return float(found[0]["value"][1])
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            break
    raise AssertionError(f"{query}: no answer within {_LONGEST} s")
