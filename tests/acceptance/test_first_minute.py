"""A newcomer's first minute: the example, the real daemon, a reminder on the console."""

from __future__ import annotations

from pathlib import Path

from tests.daemon import command, daemon


def test_the_example_reminds_on_the_console_within_a_minute(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    assert command(config, "init", "--example").returncode == 0
    with daemon(config) as running:
        where = running.wait_for("edit [channels] and [[recipients]]")
        reminder = running.wait_for("挂牌开始：", timeout=60)
        running.wait_for("claimed reminder", timeout=60)
    assert str(config) in where
    assert "还剩" in reminder


def test_init_never_overwrites_a_config(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine", encoding="utf-8")
    refused = command(config, "init", "--example")
    assert refused.returncode == 2
    assert "left as it is" in refused.stderr
    assert config.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [config]
