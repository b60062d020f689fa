"""Look up the field of a heading. The words stand in headings.toml, for people to extend."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from notifier.domain.values import MILESTONES, WINDOW_ENDS, MilestoneName

WINDOWS = {
    window.value: (opens.value, closes.value) for window, (opens, closes) in WINDOW_ENDS.items()
}
WINDOW_OF = {name.value: MILESTONES[name].window.value for name in MilestoneName}
"""The window of each field that is a milestone."""
IGNORED = "ignored"
_NEAR = 0.75
_DOUBT = re.compile(r"[?]|待|未|否|不|但")

_BRACKETED = re.compile(r"[(\[<《【][^()\[\]<>《》【】]*[)\]>》】]")
_UNCLOSED = re.compile(r"(?<=.)[(\[][^)\]]*$")
_TRAILING_UNIT = re.compile(r"(?:[:：*]|/?(?:万元|元|平方米|m2|公顷|亩|年|%))+$")


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("notifier.intake").joinpath("headings.toml").read_text("utf-8"))


@cache
def vocabulary() -> dict[str, str]:
    """Heading, squashed -> field."""
    tables = [fields for name, fields in _words().items() if name != "answers"]
    return {
        squash_heading(word): field
        for fields in tables
        for field, words in fields.items()
        for word in words
    }


def answer_of(heading: str, text: str) -> str:
    """Return what the team has done by its word in a cell.

    `done`, `skip`, or empty if neither is certain.
    """
    words = _words()["answers"]
    bare = "".join(unicodedata.normalize("NFKC", text).split()).casefold().rstrip(".。!")
    asked = squash_heading(heading)
    if bare in words["yes"]:
        return "done" if asked in words["asks_done"] else ""
    if bare in words["no"]:
        return "skip" if asked in words["asks_part"] else ""
    for answer in ("done", "skip"):
        found = next((word for word in words[answer] if bare.startswith(word)), None)
        if found is not None and not _DOUBT.search(bare[len(found) :]):
            return answer
    return ""


def is_open_answer(text: str) -> bool:
    """Return whether a cell says in words that are known that nothing is decided or done yet."""
    words = _words()["answers"]
    bare = "".join(unicodedata.normalize("NFKC", text).split()).casefold().rstrip(".。!?")
    return bare in {"", "-", "—", "/", *words["open"], *words["yes"], *words["no"]}


def squash_heading(heading: str) -> str:
    """Without width, spaces, mark-up, brackets' contents and units."""
    folded = unicodedata.normalize("NFKC", re.sub(r"<[^<>]{0,20}>", "", heading)).replace(
        "M2", "m2"
    )
    folded = "".join(folded.split()).casefold()
    bare = _UNCLOSED.sub("", _BRACKETED.sub("", folded))
    return _TRAILING_UNIT.sub("", bare or folded.strip("()[]")).lstrip("*")


@cache
def nearly_known(heading: str) -> str:
    """Return the known heading that a heading nearly is, empty if there is none.

    `报名截至曰期`: 报名截至日期.
    """
    if not heading or len(heading) > 60:
        return ""
    found = get_close_matches(squash_heading(heading), vocabulary(), n=1, cutoff=_NEAR)
    return found[0] if found else ""


@cache
def field_of(heading: str) -> str | None:
    """Return what a heading names; None for a word that is not known.

    The field, the window (`registration`, `bidding`), or `ignored`.
    """
    if not heading or len(heading) > 60:
        return None
    return vocabulary().get(squash_heading(heading))
