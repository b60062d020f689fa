"""What the number format of a cell shows: words that its value has not, or less than it holds.

`yyyy"年"m"月"d"日 17:00"` shows an hour, `0"号"` the last sign of a number, `m"月"d"日"` no hour.
Codes are those of ECMA-376, part 1, 18.8.31; of several sections the first is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple

_PIECE = re.compile(
    r"""(?:"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]\-]+)[^\]]*\])
    |(?P<clock>h+|\[[hms]+\])|(?P<date>y+|e+(?![+\-])|m+|d+|a{3,4})|(?P<second>s+(?:\.0+)?)
    |(?P<half>AM/PM|A/P|上午/下午)|\[[^\]]*\]|_.|\*.
    |(?P<value>General|Standard|G/通用格式|[@0\#?])|(?P<sign>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s年月日号时分秒点周星期,，./:：\-—T()（）]*")
_WORD = re.compile(r"\w")
_WORDS = re.compile(r"(?![年月日号时分秒点周星期一二三四五六日上下午])[一-鿿]")
_CLOCK = re.compile(r"\d:\d|\d\s*[时点]")
_NUMBERS = re.compile(r"\d+")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
# `0!.0,` shows a number by ten thousands, `0,` by thousands
_SCALED = re.compile(r"[0#](?:[\\!]\.(?P<places>[0#]+))?(?P<commas>,*)(?![,0#.])")
_TIMED = frozenset({"clock", "date", "minute", "second"})
_WEEKDAYS = "一二三四五六日"


class _Piece(NamedTuple):
    """A piece of a format: `words`, a part of a `date` or a clock, a place of the `value`."""

    kind: str
    text: str


@cache
def _pieces(code: str) -> tuple[_Piece, ...]:
    """Return the pieces of the first section of a format."""
    found: list[_Piece] = []
    before = ""
    for match in _PIECE.finditer(code):
        kind, text = match.lastgroup or "", match[0]
        if text == ";":
            break
        if kind in ("quoted", "escaped", "currency"):
            kind, text = "words", match[kind]
        elif kind == "sign" and _WORD.match(text):
            kind = "words"
        elif kind == "date" and text[0] in "mM" and before == "clock":
            kind = "minute"
        if kind:
            found.append(_Piece(kind, text))
        before = kind if kind in _TIMED else before
    return tuple(found)


def _words(pieces: Sequence[_Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind == "words")


@cache
def is_dated(code: str) -> bool:
    """Return whether numbers are days in this format."""
    kinds = {piece.kind for piece in _pieces(code)}
    return bool(kinds & _TIMED) and "value" not in kinds


@cache
def lacks_clock(code: str) -> bool:
    """Return whether a day is shown without its time of day."""
    return is_dated(code) and not any(piece.kind == "clock" for piece in _pieces(code))


@cache
def lacks_year(code: str) -> bool:
    """Return whether a day is shown without its year: Excel completes what is typed so."""
    signs = {piece.text[0].casefold() for piece in _pieces(code) if piece.kind == "date"}
    return is_dated(code) and bool(signs & {"m", "d"}) and not signs & {"y", "e"}


@cache
def hides(code: str) -> bool:
    """Return whether nothing is shown, as by `;;;`."""
    return code.startswith(";")


def shown_number(code: str, figures: str) -> str:
    """Return a number with the words of its format beside it: `0"号"`, `000`.

    All its figures are kept, though fewer may be shown.
    """
    form = _around(code)
    if not _FIGURES.fullmatch(figures):
        return figures
    number = figures if form.scale == 1 else f"{Decimal(figures) / form.scale:f}"
    return f"{form.before}{number.rjust(form.least, '0')}{form.behind}"


def shown_text(code: str, text: str) -> str:
    """Return a text with the words of its format beside it: `@"号"`."""
    form = _around(code)
    return f"{form.before}{text}{form.behind}" if text and form.is_of_text else text


class _Around(NamedTuple):
    """What stands around a value, how many figures it has, and by what it is divided."""

    before: str = ""
    behind: str = ""
    is_of_text: bool = False
    least: int = 0
    scale: int = 1


@cache
def _around(code: str) -> _Around:
    pieces = _pieces(code)
    places = [at for at, piece in enumerate(pieces) if piece.kind == "value"]
    if not places:
        return _Around()
    before, behind = _words(pieces[: places[0]]), _words(pieces[places[-1] + 1 :])
    if not _WORD.search(before + behind):
        before = behind = ""
    figures = [pieces[at].text for at in places]
    is_whole = _Piece("sign", ".") not in pieces
    scaled = _SCALED.search(code)
    powers = 3 * len(scaled["commas"]) + len(scaled["places"] or "") if scaled else 0
    return _Around(before, behind, "@" in figures, figures.count("0") * is_whole, 10**powers)


def shown_day(code: str, at: datetime, text: str) -> str:
    """Return the time `at`, written as `text`, with the words that its format adds to it.

    A year that the format leaves out is put before it.
    """
    pieces = _pieces(code)
    shown = {piece.text[0].casefold() for piece in pieces if piece.kind in _TIMED}
    if shown == {"a"}:  # the day of the week alone
        return "".join(_part(piece, at) for piece in pieces)
    if _SEPARATORS.fullmatch(_words(pieces)):
        return text
    if not {"m", "d"} <= shown:
        places = [at for at, piece in enumerate(pieces) if piece.kind in _TIMED]
        return f"{_words(pieces[: places[0]])}{text}{_words(pieces[places[-1] + 1 :])}"
    year = "" if shown & {"y", "e"} else f"{at.year}年"
    return year + "".join(_part(piece, at) for piece in pieces).strip()


def _part(piece: _Piece, at: datetime) -> str:
    """Return a piece of a format with the part of a time that it stands for."""
    sign = piece.text[0].casefold()
    if piece.kind in ("words", "sign"):
        return piece.text
    if piece.kind == "half":
        return ""  # its clock counts 24 hours here
    if piece.kind == "clock":
        return f"{at.hour:02}"
    if piece.kind == "minute":
        return f"{at.minute:02}"
    if piece.kind == "second":
        return f"{at.second:02}"
    if sign == "a":
        return ("星期" if len(piece.text) > 3 else "") + _WEEKDAYS[at.weekday()]
    if sign == "d" and len(piece.text) > 2:
        return ""  # the English name of the day
    return str({"m": at.month, "d": at.day}.get(sign, at.year))


def shown_beside(shown: str, held: str) -> tuple[str, str]:
    """(the text of a cell that shows one time as `shown` and holds it as `held`, the other time).

    What is shown counts where it has words or an hour that the value has not; an hour that is not
    shown is read. `held`: `2031-01-02`, or with its time of day behind it.
    """
    holds_clock, shows_clock = ":" in held, _CLOCK.search(shown) is not None
    if _WORDS.search(shown) or (shows_clock and not holds_clock):
        text = shown if held[:4] in shown else f"{held[:4]}年{shown}"
        return text, held if holds_clock and held[11:16] not in shown else ""
    return held, shown if holds_clock and not shows_clock else ""


def lacks_its_year(shown: str, held: str) -> bool:
    """Return whether a cell that holds a day as `held` shows it without its year."""
    return held[:4] not in shown and held[2:4] not in _NUMBERS.findall(shown)
