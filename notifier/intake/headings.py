"""Look up the field of a heading. The words stand in headings.toml, for people to extend."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files

from notifier.domain.values import MILESTONES, PARCEL_FIELDS, WINDOW_ENDS, MilestoneName

WINDOWS = {
    window.value: (opens.value, closes.value) for window, (opens, closes) in WINDOW_ENDS.items()
}
WINDOW_OF = {name.value: MILESTONES[name].window.value for name in MilestoneName}
"""The window of each field that is a milestone."""
IGNORED = "ignored"
_NEAR = 0.75
_NO_HEADINGS = frozenset({"examples", "answers", "remarks", "tenses", "modifiers", "numbers"})
# the fields whose words may also begin with what is done with the land: 挂牌出让起始价
_DEALT = frozenset({field.name for field in PARCEL_FIELDS if field.is_number}) | {
    *("parcel_no", "parcel_name", "use", "far", "term")
}
_DOUBT = re.compile(r"[?]|待|未|否|不|但")

_BRACKETED = re.compile(r"[(\[<《【][^()\[\]<>《》【】]*[)\]>》】]")
_UNCLOSED = re.compile(r"(?<=.)[(\[][^)\]]*$")
# `①报名截止`, `3. 报名截止`, `三、报名截止`: the order of the columns, no part of their names
_NUMBERING = re.compile(r"(?:\d{1,2}[.、)](?!\d)|[一二三四五六七八九十]{1,2}、)(?=.)")
_CIRCLED = re.compile(r"^\s*[①-⑳❶-❿➀-➓]+(?=.)")
_JOINERS = frozenset("\ufe0e\ufe0f\u200d")
# the same in another language: `报名 Deadline / 截止`, `Deposit 保证金截止`
_HAN = re.compile(r"[一-鿿]")
_FOREIGN_WORDS = re.compile(
    r"\s*[/|·]?\s*[A-Za-zÀ-ɏ]{3,}(?:[\s.&/]+[A-Za-zÀ-ɏ]+)*[.:]?\s*[/|·]?\s*"
)
_TRAILING_UNIT = re.compile(r"(?:[:：*/]|万元|元|万|亿|平方米|m2|公顷|亩|年|%)+$")


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


def names_numbers(heading: str) -> bool:
    """Return whether a word stands over parcels' numbers in a sheet where no other heading does."""
    return squash_heading(heading) in _words()["numbers"]["of_a_sheet"]


@cache
def names_of(field: str) -> list[str]:
    """Return the Chinese words by which columns name a field."""
    return [word for word, name in vocabulary().items() if name == field and _HAN.match(word)]


@lru_cache(maxsize=4096)
def known_field(words: str) -> str | None:
    """Return the field of squashed words: one that is known, or known behind its modifiers.

    `宗地净用地面积` is an area, `挂牌出让起始价` a price; `挂牌地址` is no parcel's location.
    """
    known = vocabulary()
    return next(
        (
            field
            for at, is_land in _beginnings(words)
            if (field := known.get(words[at:])) and (is_land or field in _DEALT)
        ),
        None,
    )


def known_prefix(words: str) -> int:
    """Return how many characters `words` begin with that name a field, the most; 0 if none do."""
    known = vocabulary()
    longest = _longest_word()
    return max(
        (
            at + size
            for at, is_land in _beginnings(words)
            if words[at : at + 2] in _first_letters()
            for size in range(2, min(len(words) - at, longest) + 1)
            if (field := known.get(words[at : at + size])) and (is_land or field in _DEALT)
        ),
        default=0,
    )


@cache
def _first_letters() -> frozenset[str]:
    return frozenset(word[:2] for word in vocabulary())


@cache
def _longest_word() -> int:
    return max(map(len, vocabulary()))


@cache
def _modifiers() -> re.Pattern[str]:
    words = _words()["modifiers"]
    land, dealt = (
        "|".join(sorted(map(re.escape, words[kind]), key=len, reverse=True))
        for kind in ("land", "dealt")
    )
    return re.compile(f"(?P<land>{land})|{dealt}")


def _beginnings(words: str) -> Iterator[tuple[int, bool]]:
    """Yield where a word may begin: at 0, and behind each modifier.

    And whether all the modifiers before it only say that it is land's.
    """
    at, is_land = 0, True
    yield at, is_land
    while (found := _modifiers().match(words, at)) is not None:
        at = found.end()
        is_land = is_land and found["land"] is not None
        yield at, is_land


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
    if bare in words["remarks"]["whole"]:
        return True
    return bare in words["answers"]["no"] and (
        squash_heading(heading) in words["remarks"]["asks_valid"]
    )


@cache
def _examples() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The patterns of a cell that is an example, of one in brackets, and of what stands before."""
    words, before = (
        "|".join(map(re.escape, _words()["examples"][name])) for name in ("words", "before")
    )
    return (
        re.compile(
            rf"[(\[【](?:{words})[)\]】].*|(?:{words})(?:[:,。;].*)?", re.IGNORECASE | re.DOTALL
        ),
        re.compile(rf"[(\[【](?:{words})[)\]】]", re.IGNORECASE),
        re.compile(rf"(?:{before}):", re.IGNORECASE),
    )


@cache
def _words_of_examples() -> re.Pattern[str]:
    words = _words()["examples"]
    return re.compile("|".join(map(re.escape, (*words["words"], *words["before"]))), re.IGNORECASE)


def speaks_of_examples(text: str) -> bool:
    """Return whether a text has a word of examples at all: the quick way for many rows."""
    return _words_of_examples().search(text) is not None


def is_example(text: str, *, of_value: bool = False) -> bool:
    """Return whether a cell says that its row only shows how a sheet is filled in.

    `of_value`: it is the cell of a number or a time, where `例：` does so, too, or `(示例)` at any
    place.
    """
    bare = unicodedata.normalize("NFKC", text).strip()
    whole, within, before = _examples()
    if whole.fullmatch(bare):
        return True
    return of_value and bool(within.search(bare) or before.match(bare))


def without_ornaments(heading: str) -> str:
    """Return a heading without its number in the order of columns, and without pictures."""
    folded = unicodedata.normalize("NFKC", _CIRCLED.sub("", heading))
    shown = "".join(
        sign
        for sign in folded
        if sign not in _JOINERS and (sign < "\xa0" or unicodedata.category(sign) != "So")
    )
    return _NUMBERING.sub("", shown.strip(), count=1) if _NUMBERING.match(shown.strip()) else shown


_FOREIGN_END = re.compile(
    r"(?<=[一-鿿])\s*(?:(?P<start>start|open|begin)|end|close|due|ddl)(?:s|\s*time|\s*date)?$",
    re.IGNORECASE,
)


def with_chinese_end(heading: str) -> str:
    """Return a Chinese heading that ends in an English word for an end with the Chinese one."""
    folded = unicodedata.normalize("NFKC", heading).strip()
    return _FOREIGN_END.sub(lambda end: "开始" if end["start"] else "截止", folded)


def without_foreign_words(heading: str) -> str:
    """Return the Chinese of a heading in two languages; any other heading as it is."""
    if not _HAN.search(heading):
        return heading
    return _FOREIGN_WORDS.sub("", unicodedata.normalize("NFKC", heading))


@lru_cache(maxsize=4096)
def squash_heading(heading: str) -> str:
    """Without width, spaces, mark-up, ornaments, brackets' contents and units."""
    folded = without_ornaments(re.sub(r"<[^<>]{0,20}>", "", heading)).replace("M2", "m2")
    folded = "".join(folded.split()).replace("_", "").casefold()
    bare = _UNCLOSED.sub("", _BRACKETED.sub("", folded))
    if bare.isascii():
        bare = bare.replace(".", "").replace("-", "")  # `Reg. Close`
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
def tense_alone(heading: str) -> str:
    """Return the word of a heading that says no more than which time holds; empty otherwise.

    `变更后`, `原定时间`: it stands below the name of the time.
    """
    tense, bare = tense_of(heading)
    folded = "".join(unicodedata.normalize("NFKC", heading).split())
    return folded.removesuffix(bare) if tense and bare in _NAMES_NO_TIME else ""


_NAMES_NO_TIME = frozenset({"", "时间", "日期"})


@cache
def nearly_known(heading: str) -> str:
    """Return the known heading that a heading nearly is, empty if there is none.

    `报名截至曰期`: 报名截至日期.
    """
    if not heading or len(heading) > 60:
        return ""
    words = squash_heading(heading)
    known = [
        words[:at] + word
        for at, is_land in _beginnings(words)
        for word, field in vocabulary().items()
        if is_land or field in _DEALT
    ]
    found = get_close_matches(words, known, n=1, cutoff=_NEAR)
    return found[0] if found else ""


@cache
def field_of(heading: str) -> str | None:
    """Return what a heading names; None for a word that is not known.

    The field, the window (`registration`, `bidding`), or `ignored`.
    """
    if not heading or len(heading) > 60:
        return None
    return known_field(squash_heading(heading))
