"""Imports only go down the house; rooms side by side do not know each other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import notifier

_HOUSE = Path(notifier.__file__).parent
_FLOORS = [
    {"__main__"},
    {"cli"},
    {"web"},
    {"simulation"},
    {"app"},
    {"engines"},
    {"service"},
    {"config"},
    {"intake", "ledger", "messages", "channels"},
    {"watch"},
    {"ports"},
    {"domain"},
    {"errors"},
]
# fakes for tests; the machine's clock and log, wired at the top
_EVERYWHERE = {"testing", "clock", "logs", ""}


def _room(module: str) -> str:
    return module.split(".")[0]


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def _modules() -> list[tuple[str, Path]]:
    return [
        (".".join(path.relative_to(_HOUSE).with_suffix("").parts), path)
        for path in sorted(_HOUSE.rglob("*.py"))
    ]


def test_imports_only_go_down_the_house() -> None:
    floor = {room: number for number, rooms in enumerate(_FLOORS) for room in rooms}
    wrong = []
    for module, path in _modules():
        room = _room(module)
        if room not in floor:
            continue
        for imported in _imports(path):
            if not imported.startswith("notifier."):
                continue
            other = _room(imported.removeprefix("notifier."))
            if other in floor and other != room and floor[other] <= floor[room]:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_every_room_has_its_floor() -> None:
    rooms = {_room(module) for module, _ in _modules()} - {"__init__"}
    assert rooms <= {room for rooms in _FLOORS for room in rooms} | _EVERYWHERE


def test_the_domain_uses_the_standard_library_alone() -> None:
    foreign = [
        f"{module} imports {imported}"
        for module, path in _modules()
        if _room(module) == "domain"
        for imported in _imports(path)
        if imported.split(".")[0] not in sys.stdlib_module_names | {"notifier"}
    ]
    assert foreign == []


def test_only_the_clock_and_the_log_read_the_machines_time() -> None:
    readers = [
        module
        for module, path in _modules()
        if any(
            words in path.read_text(encoding="utf-8")
            for words in ("datetime.now(", "utcnow(", "time.time(")
        )
    ]
    # the date in a mail's head, and that of a signature, decide nothing
    assert readers == ["channels.mail", "channels.replies", "clock"]
