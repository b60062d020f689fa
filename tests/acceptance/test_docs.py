"""The README and the pages in docs/ state what is so, in both languages."""

from __future__ import annotations

import io
import json
import re
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from notifier.channels.hook import signature
from notifier.cli import main
from notifier.config import load_settings
from notifier.domain.recipients import DEFAULT_RULES
from notifier.domain.values import MilestoneName
from notifier.intake.headings import field_of
from tests.configs import written

_ROOT = Path(__file__).parents[2]
_LANGUAGES = (".md", ".zh-CN.md")
_PAGES = (
    "README",
    *(
        f"docs/{page}"
        for page in (
            "board",
            "channels",
            "configuration",
            "notices",
            "operations",
            "recipes",
            "records",
        )
    ),
)
_ENGLISH_ONLY = ("CHANGELOG.md", "docs/architecture.md", "systemd/README.md")
_README_WORDS = 900
_README_CHARACTERS = 1600  # of Chinese: as much to read as 900 English words

in_both_languages = pytest.mark.parametrize("language", _LANGUAGES)


def _text(file: str) -> str:
    return (_ROOT / file).read_text("utf-8")


def _blocks(file: str, language: str) -> list[str]:
    blocks = re.findall(rf"(?m)^ *```{language}\n(.*?)^ *```", _text(file), re.DOTALL)
    return [re.sub(r"(?m)^ {3}(?=\S)", "", block) for block in blocks]


def _rows(file: str, first: str) -> list[list[str]]:
    """The rows of the page's tables whose first cell matches `first`."""
    lines = [line for line in _text(file).splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in lines]
    return [row for row in rows if re.fullmatch(first, row[0])]


def _messages_of_the_week(
    language: str, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, object]]:
    block = next(block for block in _blocks(f"docs/recipes{language}", "sh") if "simulate" in block)
    assert main([*block.replace("\\\n", " ").split()[1:], "--json"]) == 0
    messages: list[dict[str, object]] = json.loads(capsys.readouterr().out)["messages"]
    return messages


@in_both_languages
def test_the_readme_is_short(language: str) -> None:
    text = _text(f"README{language}")
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    assert chinese <= _README_CHARACTERS
    assert len(text.split()) <= _README_WORDS


@in_both_languages
def test_the_message_in_the_readme_is_one_of_the_worked_week(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_ROOT)
    shown = _blocks(f"README{language}", "text")[0]
    bodies = [str(message["body"]) for message in _messages_of_the_week(language, capsys)]
    assert any(body.startswith(shown.rstrip("\n")) for body in bodies)


@in_both_languages
def test_the_five_steps_of_the_readme_lead_to_a_config_that_loads(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--example"]) == 0
    Path("notifier.db").touch()
    remove, *command = next(
        b for b in _blocks(f"README{language}", "sh") if "init" in b
    ).splitlines()
    assert remove == "rm -r config.toml inbox notifier.db*"
    Path("config.toml").unlink()
    assert [main(line.split()[1:]) for line in command] == [0]
    example = Path("config.toml").read_text("utf-8")
    replaced = '[[recipients]]\nname = "land team"\nchannels = ["console"]\n'
    assert replaced in example
    own = example.replace(replaced, _blocks(f"README{language}", "toml")[0])
    settings = load_settings(written(tmp_path, own))
    assert [recipient.name for recipient in settings.recipients] == ["张三"]
    assert settings.warnings == ()
    assert main(["template", "parcels.xlsx"]) == 0


@in_both_languages
def test_the_config_of_the_configuration_page_loads(language: str, tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, _blocks(f"docs/configuration{language}", "toml")[0]))
    assert [recipient.name for recipient in settings.recipients] == ["张三", "李总"]
    assert settings.warnings == ()


@in_both_languages
def test_every_heading_means_its_field(language: str) -> None:
    rows = [row for row in _rows(f"docs/records{language}", r"`\w+`") if len(row) == 2]
    assert len(rows) == 27
    for row in rows:
        field = row[0].strip("`")
        fields = (field, "parcel_name") if field == "parcel_no" else (field,)
        for heading in re.sub(r"\(.*\)", "", row[1]).split(","):
            assert field_of(heading.strip()) in fields, heading
        assert field_of(field) == field


@in_both_languages
def test_the_default_leads_are_those_of_the_program(language: str) -> None:
    rows = [row for row in _rows(f"docs/configuration{language}", r"`\w+_\w+`") if len(row) == 3]
    shown = {row[0].strip("`"): (row[1], row[2]) for row in rows}
    assert shown == {
        rule.milestone.value: (", ".join(str(lead) for lead in rule.leads), str(rule.urgent_from))
        for rule in DEFAULT_RULES
    }
    assert shown.keys() <= {name.value for name in MilestoneName}


@in_both_languages
def test_every_command_is_described_and_none_that_is_not_there(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"(?m)^ {4}([a-z-]+)  ", capsys.readouterr().out))
    rows = _rows(f"docs/operations{language}", r"`notifier .*`")
    assert {row[0].split()[1].strip("`") for row in rows} == known


@in_both_languages
def test_every_command_in_an_example_is_a_command_of_the_program(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"(?m)^ {4}([a-z-]+)  ", capsys.readouterr().out))
    for page in _PAGES:
        examples = "\n".join(_blocks(f"{page}{language}", "sh"))
        named = set(re.findall(r"(?m)^notifier (?:-c \S+ )?([a-z]+)", examples))
        assert named <= known, page


@in_both_languages
def test_the_worked_week_comes_out_as_its_table_says(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_ROOT)
    sent = []
    for message in _messages_of_the_week(language, capsys):
        channels = message["channels"]
        assert isinstance(channels, list)
        instant = str(message["at"])[:16].replace("T", " ")
        sent.append([instant, message["recipient"], ", ".join(channels), message["kind"]])
    assert sent == [
        row[:4] for row in _rows(f"docs/recipes{language}", r"2026-\d\d-\d\d \d\d:\d\d")
    ]


@pytest.mark.parametrize("page", _PAGES)
def test_both_languages_show_the_same_commands_tables_and_settings(page: str) -> None:
    english, chinese = (f"{page}{language}" for language in _LANGUAGES)
    assert _blocks(english, "sh") == _blocks(chinese, "sh")
    tables = [tomllib.loads(block) for block in _blocks(english, "toml")]
    assert tables == [tomllib.loads(block) for block in _blocks(chinese, "toml")]
    assert _keys(english) == _keys(chinese)
    sections = r"(?m)^## "
    assert len(re.findall(sections, _text(english))) <= len(re.findall(sections, _text(chinese)))


def _keys(file: str) -> list[str]:
    """What the rows of the page's tables are about: the code or the instant in their first
    cells."""
    return [key for row in _rows(file, ".*") for key in re.findall(r"^`[^`]+`|^2026-.*", row[0])]


def test_every_link_leads_somewhere() -> None:
    pages = [f"{page}{language}" for page in _PAGES for language in _LANGUAGES]
    for file in (*pages, *_ENGLISH_ONLY):
        for target, section in re.findall(
            r"(?:\]\(|src=\")([^)#\"]*)#?([^)\"]*)[)\"]", _text(file)
        ):
            if "://" in target:
                continue
            path = (_ROOT / file).parent.joinpath(target) if target else _ROOT / file
            assert path.exists(), f"{file}: {target}"
            if section:
                assert section in _anchors(path.read_text("utf-8")), f"{file}: {target}#{section}"


def _anchors(text: str) -> set[str]:
    """The anchors that a Markdown page has for its headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_every_page_is_linked_from_the_readme_of_its_language() -> None:
    for language in _LANGUAGES:
        readme = _text(f"README{language}")
        for page in _PAGES[1:]:
            assert f"({page}{language})" in readme


@in_both_languages
def test_the_program_that_receives_events_takes_ours_once_and_nobody_elses(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = _blocks(f"docs/channels{language}", "python")
    names: dict[str, Any] = {}
    exec(block.rpartition("\nmake_server(")[0], names)  # what people copy
    body = b'{"events": [{"id": "1", "event": "new"}]}'
    stamp = str(int(time.time()))
    good = signature("A" * 32, "k", stamp, body)
    for signed, status in ((good, "204"), (good, "204"), (good[:-2] + "x=", "401")):
        statuses: list[str] = []
        environ = {
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_WEBHOOK_ID": "k",
            "HTTP_WEBHOOK_TIMESTAMP": stamp,
            "HTTP_WEBHOOK_SIGNATURE": signed,
        }
        names["receive"](
            environ, lambda status, _headers, statuses=statuses: statuses.append(status)
        )
        assert statuses[0].startswith(status)
    assert capsys.readouterr().out.count("new") == 2  # its name and the event, once
