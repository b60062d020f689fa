"""What the styles inside a web page strike out or do not show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_STRUCK_OUT = frozenset({"del", "s", "strike"})
# `text-line-through` is Excel's own word for the double line
_LINE_THROUGH = re.compile(
    r"text-decoration(?:-line)?\s*:[^;]*line-through|text-line-through\s*:\s*(?!none)\w",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_INVISIBLE = re.compile(r"visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"[.#]?[\w-]+(?:[.#][\w-]+)*")
_NAME = re.compile(r"[.#]?[\w-]+")
_MOST_RULES = 200  # that strike out; a page has a few

# the simple selectors of each step, from the outermost on: `.gone td` is ((".gone",), ("td",))
_Selector = tuple[tuple[str, ...], ...]


class PageStyles:
    """The style sheets of one page."""

    def __init__(self, root: _Element) -> None:
        self._struck: list[_Selector] = []
        for sheet in root.iter("style"):
            self._struck += list(_striking(_COMMENT.sub("", sheet.text or "")))
        del self._struck[_MOST_RULES:]

    def strikes_out(self, element: _Element) -> bool:
        """Return whether an element's words are struck out, by its tag or by a style."""
        if element.tag in _STRUCK_OUT or _LINE_THROUGH.search(element.get("style") or ""):
            return True
        return any(_is_selected(element, selector) for selector in self._struck)


def is_hidden(element: _Element) -> bool:
    """Return whether an element says of itself that it is not shown."""
    return is_left_out(element) or _INVISIBLE.search(element.get("style") or "") is not None


def is_left_out(element: _Element) -> bool:
    """Return whether an element says of itself that it has no place on the page.

    What is only invisible (`visibility`) has one: some sites let a script show their text.
    """
    return (
        element.get("hidden") is not None
        or _NO_PLACE.search(element.get("style") or "") is not None
    )


def _striking(sheet: str) -> Iterator[_Selector]:
    """Yield the selectors of the rules that strike out; what is only so under the mouse is not."""
    for rule in sheet.split("}"):
        above, _, block = rule.rpartition("{")
        if not _LINE_THROUGH.search(block):
            continue
        for words in above.rpartition("{")[2].split(","):
            steps = [step for step in words.split() if step != ">"]
            if steps and all(map(_COMPOUND.fullmatch, steps)):
                yield tuple(tuple(_NAME.findall(step)) for step in steps)


def _is_selected(element: _Element, selector: _Selector) -> bool:
    *outer, inner = selector
    if not _is_named(element, inner):
        return False
    for above in element.iterancestors() if outer else ():
        if outer and _is_named(above, outer[-1]):
            outer.pop()
    return not outer


def _is_named(element: _Element, names: tuple[str, ...]) -> bool:
    classes = (element.get("class") or "").split()
    own = {element.tag, f"#{element.get('id')}", *(f".{name}" for name in classes)}
    return own.issuperset(names)
