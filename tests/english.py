"""What a Chinese sentence may not hold: English words.

Names, commands, formats and quotations are none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from notifier.channels.registry import SERVICES

PACKAGE = Path(__file__).resolve().parents[1] / "notifier"

_NO_WORDS = re.compile(
    # commands, quotations, names of settings
    r"`[^`]*`|“[^”]*”|\"[^\"]*\"|'[^']*'|\[\[?[\w.…]*\]\]?|\{to\}|"
    r"--[a-z-]+|[a-z]+ = |[!-~]*[._/@\\=\d][!-~]*|"  # options, settings, addresses, files, leads
    r"\b[A-Z][A-Z0-9-]+\b|notifier [a-z]+"  # PDF, UTF-8; commands
)
_NAMES = frozenset(
    [
        "Excel",
        "LibreOffice",
        "Word",
        "check",
        "filter",
        "AgentId",
        "SendKey",
        "Errno",
        "ssl",
        "starttls",
        "insecure",
        "yes",
        "no",
        "feishu",
        "lark",
        "min",
        "max",
        "webhook",
        "topic",
        "type",
        "user",
        "password",
        "code",
        "zhangsan",
        "xoxb",
        "land",
        "Server",
        "Ctrl",
        "WPS",
        "Apprise",
        "WeCom",
        "Error",
        "errcode",
        "wecombot",
        "tgram",
        "mailtos",
        "parcels",
        "off",
        "true",
        "false",
        "wd",
        "days",
        "calendar",
        "chinesecalendar",
        "systemd",
        "heartbeat",
        "chmod",
        "notifier",
        "history",
        "agenda",
        "plan",
        "done",
        "skip",
        "resume",
        "csv",
        "operators",
        "silence",
        "add",
        "https",
        "PostgreSQL",
    ]
) | {service.title for service in SERVICES}

_FILLED_IN = {
    "shown": "an option",
    "_EXPECTED": "expected a time such as 2024-11-14 17:00",
    "'the floor area' if self.of_floor else 'the area'": "the area",
    "expected": "one area such as 15494平方米",
}


_LEAST_SPACES = 3  # of a text that is returned: fewer words are a name or a piece of one


def english_in(text: str) -> list[str]:
    """The English words of a sentence that ought to be Chinese."""
    words = re.findall(r"[A-Za-z]{2,}", _NO_WORDS.sub(" ", text))
    return [word for word in words if word not in _NAMES]


def sentences(names: set[str]) -> Iterator[tuple[str, str]]:
    """(where, the English sentence) of every text in the package that is raised, or given to a
    function or as a keyword of one of `names`; what is filled in at run time is `甲1`."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for text in _texts(node, names):
                for sentence in _worded(text):
                    if re.search(r"[A-Za-z]{2}", sentence):
                        yield f"{file.relative_to(PACKAGE)}:{node.lineno}", sentence  # type: ignore[attr-defined]  # of a statement or an expression


def _texts(node: ast.AST, names: set[str]) -> Iterator[ast.expr]:
    if (
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    ):
        yield from node.exc.args[:1]
    if isinstance(node, ast.Return) and node.value is not None:
        returned = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        yield from (
            text
            for text in returned
            if any(part.count(" ") > _LEAST_SPACES for part in _worded(text))
        )
    if isinstance(node, ast.Dict):
        named = zip(node.keys, node.values, strict=True)
        yield from (
            value for key, value in named if isinstance(key, ast.Constant) and key.value in names
        )
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in names:
            yield from node.args
        yield from (keyword.value for keyword in node.keywords if keyword.arg in names)


def _worded(node: ast.expr) -> list[str]:
    """The text of a literal, an f-string or a choice of them; nothing for what is a text only at
    run time."""
    if isinstance(node, ast.IfExp):
        return _worded(node.body) + _worded(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else _filled_in(part)
            for part in node.values
        ]
        return ["".join(map(str, parts))]
    return []


def _filled_in(part: ast.expr) -> str:
    words = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    return _FILLED_IN.get(words, "甲1")
