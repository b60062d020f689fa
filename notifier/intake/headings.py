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
_NO_HEADINGS = frozenset({"answers", "remarks", "tenses"})
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
    tables = [fields for name, fields in _words().items() if name not in _NO_HEADINGS]
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


@cache
def _remark() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _words()["remarks"]["words"])), re.IGNORECASE)


def tells_of_change(text: str, heading: str = "") -> bool:
    """Return whether words say that times may hold no longer: of a remark, or a cell's below."""
    if _remark().search(text):
        return True
    words = _words()
    bare = unicodedata.normalize("NFKC", text).strip().casefold()
    return bare in words["answers"]["no"] and (
        squash_heading(heading) in words["remarks"]["asks_valid"]
    )


def squash_heading(heading: str) -> str:
    """Without width, spaces, mark-up, brackets' contents and units."""
    folded = unicodedata.normalize("NFKC", re.sub(r"<[^<>]{0,20}>", "", heading)).replace(
        "M2", "m2"
    )
    folded = "".join(folded.split()).casefold()
    bare = _UNCLOSED.sub("", _BRACKETED.sub("", folded))
    return _TRAILING_UNIT.sub("", bare or folded.strip("()[]")).lstrip("*")


@cache
def tense_of(heading: str) -> tuple[str, str]:
    """(`new`, `old` or empty; the heading without the word that says so): `变更后报名截止时间`."""
    folded = "".join(unicodedata.normalize("NFKC", heading).split())
    for tense, words in _words()["tenses"].items():
        for word in words:
            if folded.startswith(word):
                return tense, folded[len(word) :].lstrip("的")
            if folded.endswith((f"({word})", f"-{word}")):
                return tense, folded[: -len(word) - 1].rstrip("(")
    return "", heading


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
