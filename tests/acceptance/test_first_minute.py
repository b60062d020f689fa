"""A newcomer's first minute: the example, the real daemon, a reminder on the console."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests

from tests.daemon import WAIT, Daemon, command, daemon, free_port, started


@pytest.mark.soak  # `.ci/run` holds a fresh clone to it before the tests
def test_the_example_reminds_on_the_console_within_a_minute(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    assert command(config, "init", "--example").returncode == 0
    with daemon(config) as running:
        where = running.wait_for("edit [channels] and [[recipients]]")
        reminder = running.wait_for("挂牌开始：", timeout=60)
        running.wait_for("claimed reminder", timeout=60)
    assert str(config) in where
    assert "还剩" in reminder


def test_the_board_is_there_with_a_link_before_the_first_reminder(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    assert command(config, "init", "--example").returncode == 0
    port = free_port()
    text = config.read_text("utf-8").replace("#[web]\n", f'[web]\nlisten = "127.0.0.1:{port}"\n')
    config.write_text(text, "utf-8")
    with started(Daemon(config, action=("run", "--with-board"))) as running:
        address = running.wait_for("/sign-in/").rpartition(" ")[2]
        assert not any("挂牌开始：" in line for line in running.out)
        assert requests.get(address, timeout=WAIT).status_code == 200
        running.ready()
        assert running.stop() == 0
    with socket.socket() as knock:
        assert knock.connect_ex(("127.0.0.1", port)) != 0  # the board has ended with the daemon


def test_init_never_overwrites_a_config(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine", encoding="utf-8")
    refused = command(config, "init", "--example")
    assert refused.returncode == 2
    assert "left as it is" in refused.stderr
    assert config.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [config]
