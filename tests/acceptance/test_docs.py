"""What the documentation says is so, in both languages."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.config import load_settings
from notifier.domain.recipients import DEFAULT_RULES
from notifier.domain.values import MilestoneName
from notifier.intake.headings import field_of

_ROOT = Path(__file__).parents[2]
_READMES = ("README.md", "README.zh-CN.md")
_ALL = (*_READMES, "CHANGELOG.md", "docs/architecture.md", "systemd/README.md")

pytestmark = pytest.mark.parametrize("name", _READMES)


def _text(name: str) -> str:
    return (_ROOT / name).read_text("utf-8")


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"(?m)^```{language}\n(.*?)^```", _text(name), re.DOTALL)


def _rows(name: str, first: str) -> list[list[str]]:
    """The rows of the tables whose first cell fits `first`."""
    cells = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in _text(name).splitlines()]
    return [row for row in cells if re.fullmatch(first, row[0])]


def test_the_config_is_one_that_loads(name: str, tmp_path: Path) -> None:
    (config := tmp_path / "config.toml").write_text(_blocks(name, "toml")[0], "utf-8")
    config.chmod(0o600)
    settings = load_settings(config)
    assert [one.name for one in settings.recipients] == ["张三", "李总"]
    assert settings.warnings == ()


def test_every_heading_means_its_field(name: str) -> None:
    rows = [row for row in _rows(name, r"`\w+`") if len(row) == 2]
    assert len(rows) == 27
    for row in rows:
        field = row[0].strip("`")
        for heading in re.sub(r"\(.*\)", "", row[1]).split(","):
            assert field_of(heading.strip()) in (field, "parcel_name" if field == "parcel_no" else field), heading
        assert field_of(field) == field


def test_the_default_leads_are_those_of_the_program(name: str) -> None:
    said = {row[0].strip("`"): (row[1], row[2]) for row in _rows(name, r"`\w+`") if len(row) == 3}
    assert said == {
        rule.milestone.value: (", ".join(str(lead) for lead in rule.leads), str(rule.urgent_from))
        for rule in DEFAULT_RULES
    }
    assert said.keys() <= {one.value for one in MilestoneName}


def test_every_command_is_described_and_none_that_is_not_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"(?m)^ {4}([a-z]+)  ", capsys.readouterr().out))
    assert {row[0].split()[1].strip("`") for row in _rows(name, r"`notifier .*`")} == known


def test_the_worked_week_comes_out_as_it_is_told(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    block = next(block for block in _blocks(name, "sh") if "simulate" in block)
    monkeypatch.chdir(_ROOT)
    assert main([*block.replace("\\\n", " ").split()[1:], "--json"]) == 0
    messages = json.loads(capsys.readouterr().out)["messages"]
    sent = [
        [one["at"][:16].replace("T", " "), one["recipient"], ", ".join(one["channels"]), one["kind"]]
        for one in messages
    ]
    assert sent == [row[:4] for row in _rows(name, r"2026-\d\d-\d\d \d\d:\d\d")]


def test_both_languages_show_the_same_commands_tables_and_settings(name: str) -> None:
    other = next(one for one in _READMES if one != name)
    for language in ("sh", "toml"):
        assert _blocks(name, language) == _blocks(other, language)
    first_cells = r"`.*`|2026-.*"
    assert [row[0] for row in _rows(name, first_cells)] == [row[0] for row in _rows(other, first_cells)]
    assert tomllib.loads(_blocks(name, "toml")[0])


def test_every_link_leads_somewhere(name: str) -> None:
    for file in (name, *_ALL):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", _text(file)):
            assert "://" in target or (_ROOT / file).parent.joinpath(target).exists(), f"{file}: {target}"
