"""The installation guide, followed: what it tells people to type does what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.config import load_settings
from tests.daemon import WAIT

_FOLDER = Path(__file__).parents[2] / "systemd"
_GUIDE = (_FOLDER / "README.md").read_text("utf-8")


def _blocks() -> list[str]:
    return [
        re.sub(r"(?m)^ {3}", "", block)
        for block in re.findall(r"```sh\n(.*?)```", _GUIDE, re.DOTALL)
    ]


def _run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-euc", script],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=WAIT, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_the_edit_of_the_config_moves_inbox_ledger_and_backups_out_of_its_folder(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    assert main(["-c", str(config), "init"]) == 0
    block = next(block for block in _blocks() if "sed -i" in block)
    edit = block[block.index("sudo sed -i") : block.index("sudo chmod")]
    done = _run(
        edit.replace("sudo ", "").replace("/etc/notifier/config.toml", str(config)), tmp_path
    )
    assert done.returncode == 0, done.stderr
    settings = load_settings(config)
    assert settings.inbox == Path("/srv/notifier/inbox")
    assert settings.ledger == Path("/var/lib/notifier/notifier.db")
    assert settings.backups.folder == Path("/var/lib/notifier/backups")
    assert settings.warnings == ()


def test_the_config_of_the_failure_unit_is_one_that_loads(tmp_path: Path) -> None:
    block = next(block for block in _blocks() if "failure.toml" in block)
    written = re.search(r"echo '(.*?)' \| sudo tee /etc/notifier/failure.toml", block, re.DOTALL)
    assert written is not None
    (tmp_path / "failure.toml").write_text(
        f'{written[1]}\n[channels.failure]\nurl = "console://"\n', "utf-8"
    )
    operators = load_settings(tmp_path / "failure.toml").operators
    assert operators is not None
    assert [str(route) for route in operators.channels] == ["failure"]


@pytest.mark.parametrize("number", range(len(_blocks())))
def test_every_block_is_a_script_that_bash_reads(number: int, tmp_path: Path) -> None:
    (tmp_path / "block.sh").write_text(_blocks()[number], "utf-8")
    done = _run("bash -n block.sh", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_of_the_guide_is_one_of_the_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = capsys.readouterr().out
    named = set(re.findall(r"sudo notifier ([a-z]+)", "\n".join(_blocks())))
    assert {"check", "status", "backup"} <= named
    assert all(re.search(rf"^ +{name} ", known, re.MULTILINE) for name in named)


def _stand_in(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / name).chmod(0o755)


def test_the_command_line_of_an_installed_daemon_has_its_config_and_its_secrets(
    tmp_path: Path,
) -> None:
    unit = _FOLDER / "notifier.service"
    _stand_in(tmp_path, "id", "echo 0")
    _stand_in(
        tmp_path,
        "systemctl",
        f"cat '{unit}'; echo LoadCredential=channels__boss__url:notifier.boss",
    )
    _stand_in(tmp_path, "systemd-run", 'for one in "$@"; do echo "$one"; done')
    done = _run(
        f"'{_FOLDER / 'notifier'}' done '121 号'", tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}"
    )
    lines = done.stdout.splitlines()
    assert lines[-5:] == [
        "/opt/notifier/venv/bin/notifier",
        "-c",
        "/etc/notifier/config.toml",
        "done",
        "121 号",
    ]
    loaded = {line for line in lines if line.startswith("LoadCredential=")}
    in_unit = {
        line for line in unit.read_text("utf-8").splitlines() if line.startswith("LoadCredential=")
    }
    assert loaded == in_unit | {"LoadCredential=channels__boss__url:notifier.boss"}
    assert {"DynamicUser=yes", "User=notifier", "StateDirectory=notifier"} <= set(lines)


def test_a_person_who_is_not_root_is_told_to_use_sudo(tmp_path: Path) -> None:
    _stand_in(tmp_path, "id", "echo 1000")
    done = _run(
        f"'{_FOLDER / 'notifier'}' status", tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}"
    )
    assert done.returncode == 2
    assert "use sudo notifier" in done.stderr
