"""Money and areas as they are published, converted exactly.

A unit that makes no sense is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import prod

from notifier.errors import AmountNotUnderstood
from notifier.intake.written_times import NOTE_FIGURE

_TIMES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_AREAS: dict[str, Fraction] = {
    "平方米": Fraction(1),
    "平米": Fraction(1),
    "m2": Fraction(1),
    "公亩": Fraction(100),
    "亩": Fraction(10_000, 15),
    "市亩": Fraction(10_000, 15),
    "公顷": Fraction(10_000),
    "hm2": Fraction(10_000),
    "ha": Fraction(10_000),
    "平方公里": Fraction(1_000_000),
    "平方千米": Fraction(1_000_000),
    "km2": Fraction(1_000_000),
}  # in m²

_NUMBER = r"([0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,15})?|[0-9]{1,13}(?:\.[0-9]{1,15})?)"
_MONEY_UNIT = r"(?:[十百千万亿]*元|[十百千]*[万亿])"
_AREA_UNIT = (
    r"(?:[百千万亿]?(?:平方米|平米|(?<![a-z])m2)|平方公里|平方千米"
    r"|(?<![a-z])(?:km2|hm2|ha)(?![a-z])|公顷|公亩|市?亩)"
)
_MONEY = re.compile(rf"(?:人民币|rmb|cny)?¥?{_NUMBER}({_MONEY_UNIT})?(?:人民币)?整?")
_AREA = re.compile(rf"约?{_NUMBER}({_AREA_UNIT})?")
_HEADING_MONEY = re.compile(
    r"[十百千万亿]+元|(?:(?<![一-鿿])|(?<=人民币)|(?<=单位))元|(?<=\()[万亿](?=\))|_(?:wan|yuan)\b"
)
_PER_AREA = re.compile(rf"({_MONEY_UNIT})(?:人民币)?(?:/|每)(?:建筑|土地)?(?:面积)?({_AREA_UNIT})")
_FOREIGN = re.compile(r"美元|港元|港币|欧元|日元|英镑|usd|hkd|eur|英亩|英尺|acre|坪")
_PARTS = re.compile(r"[/、;]|,(?![0-9]{3}(?![0-9]))|[()]|(?<=[0-9米顷亩m2])(?=(?:折|约)?合[0-9])")
_LEAD_IN = re.compile(r"^(?:约合|折合|合计|合|折|即|计|约|小写:?)(?=[0-9¥])")
# 大写: `人民币叁仟壹佰伍拾万元整`
_IN_WORDS = re.compile(
    r"(?:大写)?:?(?:人民币)?(?:大写)?:?([零壹贰叁肆伍陆柒捌玖拾佰仟万亿]{2,30})[元圆][整正]?"
)
# nothing but a figure: what most cells of a sheet hold
_BARE = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,15})?")
_LIKE_WORDS = re.compile(r"[元圆]")
_SMALL_UNITS = {"拾": 10, "佰": 100, "仟": 1_000}
_DIGITS = {word: number for number, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
_NOTE_MARK = re.compile(rf"{NOTE_FIGURE.pattern}|[①-⒛⓪-⓿❶-➓㈠-㈩㊀-㊉]")
_BETWEEN_LINES = re.compile(r"(?<=[\d.,，．])[^\S\n\r]*[\n\r]\s*(?=[\d.,，．])")
_AREAS_AGREE = Fraction(5, 1_000)
_SMALLEST_PARCEL_M2 = 10
_LONGEST = 200
_ONE_AMOUNT = "one amount of money such as 20397, 20397万元 or 2.0397亿元"


def read_wan(text: str, heading: str = "", *, default_unit: str = "") -> Decimal:
    """Money in 万元.

    The unit stands in the text, else in the heading, else is `default_unit` (`万元`).

    AmountNotUnderstood if there is none, if it is a price per area, or if the text is not one
    amount.
    """
    units, is_per_area = _money_of_heading(heading)
    unit = units[0] if units else default_unit
    if (
        len(units) < 2
        and not is_per_area
        and unit
        and _money_factor(unit) == 1
        and _BARE.fullmatch(text)
    ):
        return _above_zero(text, _shortest(Decimal(text)))
    folded = _fold(text)
    if is_per_area or _PER_AREA.search(folded):
        raise AmountNotUnderstood(
            f"{_clip(text)} is a price per area, not a total; expected an amount in 万元"
        )
    parts = _PARTS.split(folded) if _LIKE_WORDS.search(folded) else []
    words = {amount for part in parts if (amount := _in_words(part)) is not None}
    if words:
        rest = ";".join(part for part in _PARTS.split(folded) if part and _in_words(part) is None)
        return _as_in_words(text, words, rest, units or [default_unit])
    figures = _figures(text, folded, _MONEY, _ONE_AMOUNT)
    known = _with_units(
        text, figures, units, default_unit, _money_factor, "money: 元, 万元 or 亿元"
    )
    amounts = {number * factor for number, factor in known}
    if len(amounts) > 1:
        raise AmountNotUnderstood(
            f"{_clip(text)}: its figures do not agree; expected one amount of money"
        )
    return _positive(text, amounts.pop())


@lru_cache(maxsize=4096)  # a sheet has few headings
def _money_of_heading(heading: str) -> tuple[list[str], bool]:
    """Return (the units of money that a heading names, whether it is a price per area)."""
    name = _fold_heading(heading)
    return list(dict.fromkeys(_HEADING_MONEY.findall(name))), _PER_AREA.search(name) is not None


@lru_cache(maxsize=4096)
def _areas_of_heading(heading: str) -> list[str]:
    return re.findall(_AREA_UNIT, _fold_heading(heading))


def _in_words(part: str) -> Fraction | None:
    """万元 of an amount in words; None if it is none."""
    found = _IN_WORDS.fullmatch(part)
    if found is None or found[1][0] in "佰仟万亿":
        return None
    whole = ten_thousands = section = digit = least = 0
    for char in found[1]:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _SMALL_UNITS:
            unit = _SMALL_UNITS[char]
            if 0 < least < unit:  # `壹拾贰仟` is twelve thousand
                section = (section + digit) * unit
            else:
                section += (digit or 1) * unit
            digit, least = 0, unit
        elif char == "万":  # of all before it: `壹万贰仟万`
            ten_thousands = (ten_thousands + section + digit) * 10_000
            section = digit = least = 0
        else:
            whole += (ten_thousands + section + digit) * 100_000_000
            ten_thousands = section = digit = least = 0
    return Fraction(whole + ten_thousands + section + digit, 10_000)


def _as_in_words(text: str, words: set[Fraction], rest: str, units: list[str]) -> Decimal:
    """Return the amount that the words say, if the figures beside them say the same.

    `¥` alone may stand for 元.
    """
    amounts = set(words)
    for number, unit in _figures(text, rest, _MONEY, _ONE_AMOUNT) if rest else ():
        ways = {
            number * _money_factor(money_unit)
            for money_unit in ([unit] if unit else ["元", *filter(None, units)])
        }
        amounts |= set() if ways & words else ways
    if len(amounts) > 1:
        raise AmountNotUnderstood(
            f"{_clip(text)}: its words and its figures do not agree; expected one amount"
        )
    return _positive(text, amounts.pop())


def read_m2(text: str, heading: str = "", *, default_unit: str = "") -> Decimal:
    """Area in m². The unit stands in the text, else in the heading, else is `default_unit` (`m2`).

    Several figures in one cell (`37589.26平方米(56.38亩)`) must agree to 0.5 %; the one in m² is
    taken. A figure without a unit beside one that has a unit is m² if they agree so.
    AmountNotUnderstood otherwise.
    """
    units = _areas_of_heading(heading)
    if len(units) == 1 and _BARE.fullmatch(text):  # the quick way for the many rows of a sheet
        factor = _area_factor(units[0])
        if factor.denominator == 1:
            return _above_zero(text, _shortest(Decimal(text) * factor.numerator))
    folded = _fold(text)
    if "元" in folded:
        raise AmountNotUnderstood(
            f"{_clip(text)} is money, not an area; expected such as 15494平方米"
        )
    figures = _figures(text, folded, _AREA, "one area such as 15494平方米, 1.5494公顷 or 23.24亩")
    guessed = not units and not any(unit for _, unit in figures)
    if len(figures) > 1 and not units and not guessed:
        default_unit = "m2"
    known = _with_units(text, figures, units, default_unit, _area_factor, "area: m², 公顷 or 亩")
    best = next((number for number, factor in known if factor == 1), known[0][0] * known[0][1])
    if any(abs(number * factor - best) > best * _AREAS_AGREE for number, factor in known):
        raise AmountNotUnderstood(f"{_clip(text)}: its figures do not agree; expected one area")
    if guessed and best < _SMALLEST_PARCEL_M2:
        raise AmountNotUnderstood(
            f"{_clip(text)} has no unit and is too little for m²; expected m², 公顷 or 亩"
        )
    return _positive(text, best)


_READERS: dict[str, Callable[..., Decimal]] = {"m2": read_m2, "万元": read_wan}


def read_amount(unit: str, text: str, heading: str) -> Decimal:
    """Read a number of a field in `unit` (`domain/fields.py`), which it has where none is named.

    AmountNotUnderstood if it is not clear.
    """
    return _READERS[unit](text, heading, default_unit=unit)


def is_unit_price(text: str, heading: str = "") -> bool:
    """Return whether this is a price per area: `楼面价3500元/平方米`.

    Or `151` under `起始价(万元/亩)`.
    """
    try:
        folded, name = _fold(text), _fold_heading(heading)
    except AmountNotUnderstood:
        return False
    found = re.fullmatch(rf"(?:楼面地?价|单价)?:?(?:人民币)?{_NUMBER}(.*)", folded)
    if found is None or Fraction(found[1].replace(",", "")) <= 0:
        return False
    unit = _PER_AREA.fullmatch(found[2]) if found[2] else _PER_AREA.search(name)
    return unit is not None


def _fold(text: str) -> str:
    """A cell, folded; numbers on two lines stay two.

    Refused: note marks (`15494①`), a text too long for an amount.
    """
    if len(text) > _LONGEST:
        raise AmountNotUnderstood(
            f"{_clip(text)} is too long for an amount; expected one number with its unit"
        )
    if mark := _NOTE_MARK.search(text):
        raise AmountNotUnderstood(
            f"{_clip(text)} carries a note mark {mark[0]}; expected one number with its unit"
        )
    return _fold_heading(_BETWEEN_LINES.sub(";", text))


@lru_cache(maxsize=4096)  # a sheet has few headings
def _fold_heading(heading: str) -> str:
    """Half width, lower case, without spaces and note marks, one name for m².

    Refused: units of other countries.
    """
    plain = unicodedata.normalize(
        "NFKC", _NOTE_MARK.sub("", re.sub(r"</?su[bp]>", "", heading))
    ).casefold()
    folded = "".join(plain.split()).replace("m^2", "m2").replace("平方公尺", "平方米")
    if _FOREIGN.search(folded):
        raise AmountNotUnderstood(
            f"{_clip(heading)} is in a unit that is not used here; expected 元 or m²"
        )
    return folded


def _figures(
    text: str, folded: str, pattern: re.Pattern[str], expected: str
) -> list[tuple[Fraction, str]]:
    """Return (number, unit or empty) of each part of a cell.

    One, or several that say the same in other units.
    """
    found = [pattern.fullmatch(_LEAD_IN.sub("", part)) for part in _PARTS.split(folded) if part]
    if not found or not all(found):
        raise AmountNotUnderstood(f"{_clip(text)} is not {expected}")
    figures = [
        (Fraction(figure[1].replace(",", "")), figure[2] or "") for figure in found if figure
    ]
    return list(dict.fromkeys(figures))


def _with_units(
    text: str,
    figures: list[tuple[Fraction, str]],
    units: list[str],
    default_unit: str,
    factor_of: Callable[[str], Fraction],
    expected: str,
) -> list[tuple[Fraction, Fraction]]:
    """(number, factor) of each figure.

    A heading of several units gives them out in order, to as many figures.
    """
    if len(units) > 1 and len(units) != len(figures) and not all(unit for _, unit in figures):
        raise AmountNotUnderstood(
            f"{_clip(text)}: the heading has several units; expected the unit beside the number"
        )
    spare = units if len(units) > 1 else (units or [default_unit]) * len(figures)
    named = [(number, unit or spare[place]) for place, (number, unit) in enumerate(figures)]
    if not all(unit for _, unit in named):
        raise AmountNotUnderstood(f"{_clip(text)} has no unit; expected a unit of {expected}")
    factors = [factor_of(unit) for _, unit in named]
    if len(set(factors)) < len(factors):
        raise AmountNotUnderstood(f"{_clip(text)} holds several figures; expected one amount")
    return [(number, factor) for (number, _), factor in zip(named, factors, strict=True)]


@lru_cache(maxsize=256)
def _money_factor(unit: str) -> Fraction:
    """Of `元`, `万元`, `千万元`, `亿`, `_wan`: how many 万元."""
    if unit.startswith("_"):
        return Fraction(1) if unit == "_wan" else Fraction(1, 10_000)
    return Fraction(prod(_TIMES[char] for char in unit if char in _TIMES), 10_000)


@lru_cache(maxsize=256)
def _area_factor(unit: str) -> Fraction:
    """Of `平方米`, `万平方米`, `亩`, `ha`: how many m²."""
    if unit in _AREAS:
        return _AREAS[unit]
    return _TIMES[unit[0]] * _AREAS[unit[1:]]


def _positive(text: str, value: Fraction) -> Decimal:
    return _above_zero(text, _decimal(value))


def _above_zero(text: str, amount: Decimal) -> Decimal:
    if amount <= 0:
        raise AmountNotUnderstood(f"{_clip(text)} is nothing; expected an amount above zero")
    return amount


def _decimal(value: Fraction) -> Decimal:
    """Exact where a decimal can be, else to four places: 亩 are fifteenths."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(exact) != value:
        exact = exact.quantize(Decimal("0.0001"))
    return _shortest(exact)


def _shortest(amount: Decimal) -> Decimal:
    """`5600` of 5600.0, without an exponent."""
    return (
        amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()
    )


def _clip(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
