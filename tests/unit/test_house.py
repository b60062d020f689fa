"""The shape of the house: plain classes, small ones, that keep to what they show each other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import notifier

_HOUSE = Path(notifier.__file__).parent
_MOST_METHODS = 20

# what other rooms have yet to mend; nothing may be added
_INHERITED = {
    "channels.mail._EncryptedTalk is a _Talk",
}
_PRIVATE = {
    "channels.capture: response._content",
    "channels.capture: response._content_consumed",
}
_BY_TEXT = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}
_DATABASES = {"sqlite3", "psycopg", "psycopg_pool", "sqlalchemy"}
_OF_A_DATABASE = {"execute", "executemany", "executescript", "database", "backend"}
_OF_NAMED_TUPLES = {"_replace", "_asdict"}  # public in spite of their names
_STATEMENT = re.compile(
    r"\b(SELECT\b[\s\S]+\bFROM|INSERT INTO|UPDATE\s+\w+\s+SET|DELETE FROM|CREATE TABLE|PRAGMA)\b",
    re.IGNORECASE,
)


@cache  # most tests here ask for every tree
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (
            ".".join(path.relative_to(_HOUSE).with_suffix("").parts),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for path in sorted(_HOUSE.rglob("*.py"))
    )


def _classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield module, node


def _base_names(node: ast.ClassDef) -> list[str]:
    found = []
    for base in node.bases:
        while isinstance(base, ast.Subscript):
            base = base.value
        found.append(base.attr if isinstance(base, ast.Attribute) else ast.unparse(base))
    return found


def test_no_class_has_more_public_methods_than_a_person_keeps_in_mind() -> None:
    too_large = []
    for module, node in _classes():
        methods = [
            child.name
            for child in node.body
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        public = [name for name in methods if not name.startswith("_")]
        is_port = "Protocol" in _base_names(node)  # the ledger's port names its parts
        if len(public) > _MOST_METHODS and not is_port:
            too_large.append(f"{module}.{node.name}: {len(public)}")
    assert too_large == []


def _families() -> dict[str, set[str]]:
    """Return what each class of a name is made of; classes of one name are taken together."""
    found: dict[str, set[str]] = {}
    for _, node in _classes():
        found.setdefault(node.name, set()).update(_base_names(node))
    return found


def _may_be_inherited(name: str, families: Mapping[str, set[str]]) -> bool:
    """Return whether a class is an error, a port, or a table of the config (a pydantic model)."""
    above = families.get(name, set())
    if name == "NotifierError" or above & {"Protocol", "BaseModel", "BaseSettings"}:
        return True
    return any(_may_be_inherited(base, families) for base in above)


def test_classes_are_put_together_and_not_inherited() -> None:
    families = _families()
    inherited = {
        f"{module}.{node.name} is a {base}"
        for module, node in _classes()
        for base in _base_names(node)
        if base in families and not _may_be_inherited(base, families)
    }
    assert sorted(inherited - _INHERITED) == []
    assert sorted(_INHERITED - inherited) == [], "mended: take it off the list"


def test_nobody_uses_a_private_name_of_another() -> None:
    found = set()
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_private(node.attr):
                owner = ast.unparse(node.value)
                if owner not in ("self", "cls", "super()"):
                    found.add(f"{module}: {owner}.{node.attr}")
    assert sorted(found - _PRIVATE) == []
    assert sorted(_PRIVATE - found) == [], "mended: take it off the list"


def test_nobody_reaches_a_private_name_by_its_text_or_by_importing_it() -> None:
    found = []
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("notifier"):
                names = [alias.name for alias in node.names if _is_private(alias.name)]
                found += [f"{module}: {node.module} import {name}" for name in names]
            elif isinstance(node, ast.Call) and _called(node) in _BY_TEXT:
                texts = [
                    child.value
                    for child in node.args
                    if isinstance(child, ast.Constant) and isinstance(child.value, str)
                ]
                found += [f"{module}: {_called(node)} {text}" for text in texts if text[:1] == "_"]
    assert found == []


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in _OF_NAMED_TUPLES


def test_only_the_ledger_speaks_sql() -> None:
    speakers = {
        module
        for module, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _STATEMENT.search(node.value)
    }
    assert {module.split(".")[0] for module in speakers} == {"ledger"}


def test_only_the_ledger_knows_a_database() -> None:
    """Without a driver, a connection or a class of the ledger nobody can run SQL, however spelt."""
    found = []
    for module, tree in _modules():
        if module.split(".")[0] == "ledger":
            continue
        for node in ast.walk(tree):
            drivers = {name.split(".")[0] for name in _imported(node)} & _DATABASES
            found += [f"{module}: imports {driver}" for driver in drivers]
            if isinstance(node, ast.Attribute) and node.attr in _OF_A_DATABASE:
                found.append(f"{module}: {ast.unparse(node)}")
    assert found == []


def _imported(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return []


def test_sql_is_a_constant_with_a_sentence() -> None:
    """No statement is put together from pieces, and the line above it says what it is for."""
    wrong = []
    for path in sorted((_HOUSE / "ledger").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        tree = ast.parse(text)
        constants = {
            id(node.value): node.lineno for node in tree.body if isinstance(node, ast.Assign)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if _STATEMENT.search(node.value) is None:
                continue
            if id(node) not in constants:
                wrong.append(f"{path.name}:{node.lineno}: not a constant of the module")
            elif not lines[constants[id(node)] - 2].startswith("# "):
                wrong.append(f"{path.name}:{node.lineno}: without a sentence")
    assert wrong == []


def test_other_rooms_know_the_ledger_by_its_port() -> None:
    openers = set()
    for module, tree in _modules():
        if module.split(".")[0] != "ledger":
            whole = [node for node in ast.walk(tree) if "notifier.ledger" in _whole_modules(node)]
            assert whole == [], f"{module} imports the ledger as a whole"
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "notifier.ledger"
            ):
                openers |= {
                    f"{module}: {name}" for name in names if module.split(".")[0] != "ledger"
                }
    assert {line.split(": ")[1] for line in openers} == {
        "open_ledger",
        "copy_ledger",
        "move_ledger",
        "prepare_jobs",
    }


def _whole_modules(node: ast.AST) -> set[str]:
    """Return what an import binds as a module: `import notifier.ledger`, `from notifier import`."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module == "notifier":
        names = {f"notifier.{alias.name}" for alias in node.names}
    else:
        return set()
    return {".".join(name.split(".")[:2]) for name in names}
