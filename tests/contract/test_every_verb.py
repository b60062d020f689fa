"""The contract leaves no verb out."""

from __future__ import annotations

import ast
import typing
from pathlib import Path

from notifier.ports import Ledger

_HERE = Path(__file__).parent


def _verbs() -> set[str]:
    """Return every verb that the port promises, as `part.verb`."""
    found = set()
    for part, value in vars(Ledger).items():
        if isinstance(value, property):
            protocol = typing.get_type_hints(value.fget)["return"]
            found |= {f"{part}.{verb}" for verb in vars(protocol) if not verb.startswith("_")}
    return found


def _used() -> set[str]:
    """Return every `ledger.part.verb` that stands in a test of the contract."""
    found = set()
    for path in _HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                found.add(f"{node.value.attr}.{node.attr}")
    return found


def test_every_verb_of_the_ledger_is_held_to_the_contract() -> None:
    assert len(_verbs()) > 90
    assert _verbs() - _used() == set()
