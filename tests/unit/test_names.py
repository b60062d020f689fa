"""A name means one thing in the whole package."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from notifier.channels.registry import SERVICES

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "notifier"

VAGUE = {"one", "said", "told", "thing"}
"""Names of variables that do not say what they hold."""

BARE_SCHEMES = {
    # of the accounts of a mail server, which are not channels
    ("notifier.config.settings", "mailto"),
    ("notifier.config.settings", "mailtos"),
    # the console shows the name of the channel, which no service else needs
    ("notifier.channels.service_channel", "console"),
}
"""(module, text) of the schemes that stand outside the file of their service."""


def _modules() -> Iterator[Path]:
    return PACKAGE.rglob("*.py")


def test_no_two_modules_have_one_name() -> None:
    places = defaultdict(list)
    for module in _modules():
        # a folder counts by its own name
        name = module.parent.name if module.stem == "__init__" else module.stem
        places[name].append(module)
    assert {name for name, modules in places.items() if len(modules) > 1} == set()


def test_no_two_public_classes_have_one_name() -> None:
    places = defaultdict(list)
    for module in _modules():
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    assert {name for name, modules in places.items() if len(modules) > 1} == set()


def test_every_variable_says_what_it_holds() -> None:
    found = {}
    for room in ("notifier", "tests", "bench"):
        for module in (PROJECT / room).rglob("*.py"):
            names = set(_variables(ast.parse(module.read_text("utf-8"))))
            if names & VAGUE:
                found[module.relative_to(PROJECT).as_posix()] = names & VAGUE
    assert found == {}


def _variables(tree: ast.Module) -> Iterator[str]:
    """Yield the variables and parameters; what a class declares has its class to explain it."""
    fields = {
        id(line.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if id(node) in fields:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_no_scheme_of_a_channel_stands_outside_its_own_file() -> None:
    """A service is one file: nobody else writes its scheme, in code or in a sentence."""
    schemes = sorted({scheme for service in SERVICES for scheme in service.schemes})
    url = re.compile(rf"\b({'|'.join(schemes)})://")
    owner = {scheme: service.send.__module__ for service in SERVICES for scheme in service.schemes}
    for module in _modules():
        name = ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts)
        tree = ast.parse(module.read_text("utf-8"))
        for text in _texts(tree):
            found = url.search(text)
            assert found is None or owner[found[1]] == name, f"{name}: {text[:60]!r}"
            bare = owner.get(text, name) == name or (name, text) in BARE_SCHEMES
            assert bare, f"{name} knows the scheme {text}"


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
