"""The units as systemd itself reads them, and the daemon as systemd talks to it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from notifier.config.schema import ConfigFile
from tests.daemon import WAIT, Daemon, command
from tests.peers.http import Answer, HttpPeer

_UNITS = Path(__file__).parents[2] / "systemd"
_PROGRAM = "/opt/notifier/venv/bin/notifier"
_MOST_EXPOSED = 1.5  # of 10; a unit that confines nothing has 9.6

_ALL = [
    "notifier.service",
    "notifier@north.service",
    "notifier-web.service",
    "notifier-failure@notifier.service.service",
]

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is absent: install the package systemd",
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that exists, an instance of the template among them."""
    for unit in _UNITS.glob("*.service"):
        text = unit.read_text("utf-8").replace(_PROGRAM, "/bin/true")
        instances = {
            "notifier@.service": "@north.",
            "notifier-failure@.service": "@notifier.service.",
        }
        for name in (unit.name, unit.name.replace("@.", instances.get(unit.name, "@."))):
            (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def _analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=WAIT, check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0",
        "SYSTEMD_PAGER": "cat"},
    )  # fmt: skip


@needs_systemd
@pytest.mark.parametrize("unit", _ALL)
def test_systemd_finds_nothing_wrong_with_the_units(units: Path, unit: str) -> None:
    done = _analyze(units, "verify", f"./{unit}")
    # what it ignores, it says on stderr and exits 0
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("unit", _ALL)
def test_the_units_expose_next_to_nothing(units: Path, unit: str) -> None:
    done = _analyze(
        units, "security", "--offline=true", f"--threshold={int(_MOST_EXPOSED * 10)}", f"./{unit}"
    )
    assert done.returncode == 0, done.stdout
    level = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) <= _MOST_EXPOSED


def _values(unit: str, key: str) -> list[str]:
    lines = (_UNITS / unit).read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def test_systemd_waits_for_readiness_feeds_on_a_live_loop_and_restarts_whatever_ends() -> None:
    assert _values("notifier.service", "Type") == ["notify"]
    assert _values("notifier.service", "WatchdogSec") == ["2min"]
    assert _values("notifier.service", "Restart") == ["always"]
    assert _values("notifier.service", "ExecReload") == ["/bin/kill -HUP $MAINPID"]
    assert _values("notifier.service", "OnFailure") == ["notifier-failure@%n.service"]


def test_a_node_is_confined_as_the_daemon_is_and_keeps_what_is_its_own_apart() -> None:
    daemon, node = (
        [line for line in (_UNITS / unit).read_text("utf-8").splitlines() if line[:1].isupper()]
        for unit in ("notifier.service", "notifier@.service")
    )
    others = {line.partition("=")[0] for line in set(daemon) ^ set(node)}
    assert others == {
        "Description", "Documentation", "Wants", "After", "ExecStart", "LoadCredential",
        "StateDirectory",
    }  # fmt: skip
    assert set(node) - set(daemon) >= {"LoadCredential=ledger__url:notifier.ledger"}
    assert _values("notifier@.service", "StateDirectory") == ["notifier/%i"]
    assert _values("notifier@.service", "ExecStart")[0].endswith("-c /etc/notifier/%i.toml run")


def test_the_boards_process_shares_the_ledger_and_is_given_no_secret() -> None:
    for key in ("User", "StateDirectory", "DynamicUser"):
        assert _values("notifier-web.service", key) == _values("notifier.service", key)
    assert _values("notifier-web.service", "LoadCredential") == []
    assert _values("notifier-web.service", "ReadWritePaths") == ["-/srv/notifier/inbox"]
    assert "-/run/credentials" in _values("notifier-web.service", "InaccessiblePaths")[0].split()


@pytest.mark.parametrize(
    "unit", ["notifier.service", "notifier@.service", "notifier-failure@.service"]
)
def test_every_credential_of_a_unit_is_a_setting(unit: str) -> None:
    names = [value.partition(":")[0] for value in _values(unit, "LoadCredential")]
    assert names
    assert {name.split("__")[0] for name in names} <= ConfigFile.model_fields.keys()


def test_the_daemon_tells_systemd_that_it_is_ready_alive_reloading_and_stopping(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[channels.console]\nurl = "console://"\n[[recipients]]\nname = "team"\n', "utf-8"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(WAIT)

        def heard(word: str) -> str:
            while word not in (state := systemd.recv(4_096).decode("utf-8")):
                pass
            return state

        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "900000"}
        running = Daemon(config, environment)
        try:
            assert "STATUS=" in heard("READY=1")
            heard("WATCHDOG=1")
            running.signal(signal.SIGHUP)  # as ExecReload does
            heard("RELOADING=1")
            heard("READY=1")
            running.signal(signal.SIGTERM)
            heard("STOPPING=1")
            assert running.wait() == 0
        finally:
            if running.process.poll() is None:
                running.kill()
            for stream in (running.process.stdout, running.process.stderr):
                if stream is not None:
                    stream.close()


def test_that_the_daemon_is_down_is_said_with_a_config_and_a_secret_of_its_own(
    tmp_path: Path,
) -> None:
    # the reason why the daemon is down
    (tmp_path / "config.toml").write_text("this is no config", "utf-8")
    (tmp_path / "failure.toml").write_text('[operators]\nchannels = ["failure"]\n', "utf-8")
    (credentials := tmp_path / "credentials").mkdir()
    with HttpPeer(lambda _: Answer(body={})).running() as peer:
        (credentials / "channels__failure__url").write_text(
            f"json://127.0.0.1:{peer.port}/planted-secret\n", "utf-8"
        )
        words = "notifier.service on host has failed · 提醒服务已停止"
        done = command(
            tmp_path / "failure.toml",
            "alert",
            words,
            environment={"CREDENTIALS_DIRECTORY": str(credentials)},
        )
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "failure: accepted only HTTP's yes\n",
        "",
    )
    assert words in peer.requests[0].json["message"]


def test_a_failure_that_could_not_be_said_is_an_error_without_the_secret(tmp_path: Path) -> None:
    (tmp_path / "failure.toml").write_text('[operators]\nchannels = ["failure"]\n', "utf-8")
    (credentials := tmp_path / "credentials").mkdir()
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # bound and never listening: whoever connects is refused
        url = f"json://127.0.0.1:{deaf.getsockname()[1]}/planted-secret"
        (credentials / "channels__failure__url").write_text(url, "utf-8")
        done = command(
            tmp_path / "failure.toml",
            "alert",
            "x",
            environment={"CREDENTIALS_DIRECTORY": str(credentials)},
        )
    assert done.returncode == 1
    assert "failure: retry" in done.stdout
    assert "planted" not in done.stdout + done.stderr
