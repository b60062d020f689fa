"""Templates of one's own: tried on every kind of message before one of them matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.messages.render import Renderer

PACKAGE = Path(__file__).resolve().parents[2] / "notifier/messages/templates"

BLOCKS = "{% for section in view.sections %}{% for block in section.blocks %}"


def faults(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    return Renderer(folder).check()


def built_in(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in PACKAGE.glob("*.j2")))
def test_a_copy_of_a_built_in_template_is_sound(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path, name, built_in(name)) == []


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        ("{{ view.titel }}", 1, "titel"), ("\n\n{{ vew.title }}", 3, "'vew' is undefined"),
        ("a\n{% if %}", 2, "got"),
        ("\n{{ view.title | shout }}", 2, "shout"), ("{% for a in view.lines %}", 1, "endfor"),
        ("{{ view.title }}\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, wrong: str, line: int, words: str) -> None:
    (fault,) = faults(tmp_path, "wecom.txt.j2", wrong)
    assert fault.startswith(f"wecom.txt.j2:{line}: ")
    assert words in fault


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("mail.html.j2", "{% if view.picture %}{{ view.pictures }}{% endif %}"),
        ("mail.html.j2", "{% if not view.urgent %}{{ nobody }}{% endif %}"),
        ("text.txt.j2",
        BLOCKS + "{% if block.numbers %}{{ nobody }}{% endif %}{% endfor %}{% endfor %}"),
        ("text.txt.j2", "{% if view.language == 'en' %}{{ nobody }}{% endif %}"),
        ("wecom.md.j2", "{% for m in view.marks %}{{ nobody }}{% endfor %}"),
        ("text.txt.j2", "{% for l in view.lines %}{{ nobody }}{% endfor %}"),
    ],
)  # fmt: skip
def test_a_fault_in_a_branch_that_is_seldom_taken_is_found(
    tmp_path: Path, name: str, branch: str
) -> None:
    (fault,) = faults(tmp_path, name, built_in(name) + branch)
    assert fault.startswith(f"{name}:{len(built_in(name).splitlines()) + 1}: ")


def test_a_template_that_leaves_out_a_deadline_or_says_nothing_is_named(tmp_path: Path) -> None:
    assert "leaves out" in faults(tmp_path, "text.txt.j2", "{{ view.title }}")[0]
    assert "empty" in faults(tmp_path, "text.txt.j2", " ")[0]


def test_a_template_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.txt.j2").write_bytes("标题".encode("gbk"))
    (fault,) = Renderer(tmp_path).check()
    assert fault.startswith("text.txt.j2: UnicodeDecodeError")
