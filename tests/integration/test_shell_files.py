"""Completion in real shells, and the page that `man` shows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from notifier.cli import command_parsers, main


def _needs(program: str) -> pytest.MarkDecorator:
    reason = f"no {program} here: apt-get install {program}"
    return pytest.mark.skipif(shutil.which(program) is None, reason=reason)


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def _ran(*program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program, capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )


_BEGUN = [
    ("notifier ag", "agenda"),
    ("notifier agenda --da", "--days"),
    ("notifier completion z", "zsh"),
    ("notifier read 公", "公告.pdf"),
    ("notifier --conf", "--config"),
]


@_needs("bash")
@pytest.mark.parametrize(("begun", "whole"), _BEGUN)
def test_bash_completes(
    begun: str, whole: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "公告.pdf").touch()
    script = tmp_path / "completion.bash"
    script.write_text(_printed(capsys, "completion", "bash"), "utf-8")
    words = begun.split()
    line = (
        f"source {script}; COMP_WORDS=({begun}); COMP_CWORD={len(words) - 1}; "
        f"_shtab_notifier notifier {words[-1]}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    ended = _ran("bash", "--norc", "-c", line, folder=tmp_path)
    assert whole in ended.stdout.splitlines(), ended.stderr


@_needs("fish")
@pytest.mark.parametrize(("begun", "whole"), _BEGUN)
def test_fish_completes(
    begun: str, whole: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "公告.pdf").touch()
    script = tmp_path / "completion.fish"
    script.write_text(_printed(capsys, "completion", "fish"), "utf-8")
    ended = _ran(
        "fish", "--no-config", "-c", f"source {script}; complete -C '{begun}'", folder=tmp_path
    )
    assert whole in [line.split("\t")[0] for line in ended.stdout.splitlines()], ended.stderr


@_needs("zsh")
def test_zsh_understands_its_completion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "_notifier"
    script.write_text(_printed(capsys, "completion", "zsh"), "utf-8")
    assert _ran("zsh", "-f", "-n", str(script), folder=tmp_path).stderr == ""
    assert script.read_text("utf-8").startswith("#compdef notifier")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_holds_the_help_of_every_command(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_LANGUAGE", language)
    page = _printed(capsys, "manual")
    _, commands = command_parsers()
    assert [line for line in page.splitlines() if line.startswith(".SS")] == [
        ".SS notifier " + name.replace("-", "\\-") for name in commands
    ]
    shown = page.replace("\\-", "-").replace("\\(ga", "`").replace("\\&", "")
    for command in commands.values():
        description = " ".join((command.description or "").split())
        assert description in " ".join(shown.split())


@_needs("groff")
def test_the_page_is_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "notifier.1"
    page.write_text(_printed(capsys, "manual"), "utf-8")
    checked = _ran("groff", "-man", "-ww", "-z", "-k", "-Tutf8", str(page), folder=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    shown = _ran("groff", "-man", "-k", "-Tascii", str(page), folder=tmp_path).stdout
    assert "--with-board" in shown
    assert "`notifier doubts`" in shown


def test_no_line_of_the_page_is_taken_for_a_command_of_man(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands = {
        line.split()[0]
        for line in _printed(capsys, "manual").splitlines()
        if line.startswith((".", "'"))
    }
    assert commands == {".TH", ".SH", ".SS", ".nf", ".fi"}
