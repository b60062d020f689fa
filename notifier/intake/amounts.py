"""Money and areas as they are published, converted exactly. A unit that makes no sense is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from notifier.errors import AmountNotUnderstood

_MONEY_UNITS: dict[str, Fraction | int] = {
    "亿元": 10_000,
    "亿": 10_000,
    "万元": 1,
    "万": 1,
    "元": Fraction(1, 10_000),
}  # in 万元
_AREA_UNITS: dict[str, Fraction | int] = {
    "平方米": 1, "平米": 1, "m2": 1, "公顷": 10_000, "hm2": 10_000, "亩": Fraction(10_000, 15),
    "平方公里": 1_000_000,
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_MONEY = re.compile(rf"(?:人民币|RMB|¥|约)?{_NUMBER}(亿元|万元|亿|万|元)?(?:人民币|整)?")
_AREA = re.compile(rf"(?:约)?{_NUMBER}(平方米|平方公里|平米|m2|公顷|hm2|亩)?")
_UNIT_PRICE = re.compile(r"(亿元|万元|元)(?:人民币)?(?:/|每)(?:建筑)?(平方米|平米|m2|亩|公顷)")
_AGREE = Decimal("0.005")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPrice:
    """Money for each m² of land: `wan_per_m2` in 万元/m², exact."""

    wan_per_m2: Fraction

    def total_wan(self, area_m2: Decimal) -> Decimal:
        """The total in 万元 for `area_m2`, to four decimals (1 元)."""
        return _decimal(self.wan_per_m2 * Fraction(area_m2))


def read_wan(text: str, heading: str = "", *, default_unit: str = "") -> Decimal:
    """Money in 万元. The unit stands in the text, else in the heading, else is `default_unit` (`万元`).

    AmountNotUnderstood if there is none, if it is a price per area, or if the text is not one amount.
    """
    folded = _fold(text)
    if unit_price_unit(folded) or unit_price_unit(heading):
        raise AmountNotUnderstood(f"{_clip(text)} is a price per area, not a total; expected an amount in 万元")
    found = _MONEY.fullmatch(folded)
    if found is None:
        raise AmountNotUnderstood(f"{_clip(text)} is not one amount; expected such as 20397, 20397万元 or 2.0397亿元")
    unit = found[2] or _heading_unit(heading, _MONEY_UNITS) or default_unit
    if unit not in _MONEY_UNITS:
        raise AmountNotUnderstood(f"{_clip(text)} has no unit of money; expected 元, 万元 or 亿元")
    return _positive(text, found[1], Fraction(_MONEY_UNITS[unit]))


def read_m2(text: str, heading: str = "", *, default_unit: str = "") -> Decimal:
    """Area in m². Several units in one cell (`37589.26平方米(56.38亩)`) must agree; the m² one is taken."""
    folded = _fold(text)
    outer, _, inner = folded.partition("(")
    inner, _, rest = inner.partition(")")
    parts = [
        one for part in (outer, inner) for one in re.split(r"[/、,，;；](?!\d{3}(?!\d))|合(?=\d)|折合", part) if one
    ]
    if rest or not parts:
        raise AmountNotUnderstood(f"{_clip(text)} is not one area; expected such as 15494, 1.5494公顷 or 23.24亩")
    units = _heading_units(heading) or ([default_unit] if default_unit else [])
    areas: list[tuple[str, Decimal]] = []
    for number, part in enumerate(parts):
        found = _AREA.fullmatch(part)
        if found is None:
            raise AmountNotUnderstood(f"{_clip(text)} is not one area; expected such as 15494, 1.5494公顷 or 23.24亩")
        unit = found[2] or (units[number] if number < len(units) else "")
        if unit not in _AREA_UNITS:
            raise AmountNotUnderstood(f"{_clip(text)} has no unit of area; expected m², 公顷 or 亩")
        areas.append((unit, _positive(text, found[1], Fraction(_AREA_UNITS[unit]))))
    best = min(areas, key=lambda one: _AREA_UNITS[one[0]])[1]
    best = next((area for unit, area in areas if _AREA_UNITS[unit] == 1), best)
    if any(abs(area - best) > best * _AGREE for _, area in areas):
        raise AmountNotUnderstood(f"{_clip(text)}: its figures do not agree; expected one area")
    return best


def read_unit_price(text: str, heading: str = "") -> UnitPrice | None:
    """`151` under `起始价(万元/亩)`, or `3500元/平方米`; None if it is not a price per area of land."""
    folded = _fold(text)
    unit = unit_price_unit(folded) or unit_price_unit(heading)
    found = re.match(_NUMBER, folded)
    if unit is None or found is None:
        return None
    rest = folded[found.end() :]
    if rest and not _UNIT_PRICE.fullmatch(rest):
        return None
    money, area = unit
    per = Fraction(_MONEY_UNITS[money]) / Fraction(_AREA_UNITS[area])
    return UnitPrice(wan_per_m2=Fraction(found[1].replace(",", "")) * per)


def unit_price_unit(text: str) -> tuple[str, str] | None:
    """(money, area) of `万元/亩`; None if the text names no price per area."""
    found = _UNIT_PRICE.search(_fold(text))
    return None if found is None else (found[1], found[2])


def _fold(text: str) -> str:
    """Half width, no spaces, one name for m² (`m <sup>2</sup>` too)."""
    folded = (
        unicodedata.normalize("NFKC", re.sub(r"</?su[bp]>", "", text)).replace("M2", "m2").replace("平方公尺", "平方米")
    )
    return "".join(folded.split())


def _heading_unit(heading: str, units: dict[str, Fraction | int]) -> str:
    folded = _fold(heading)
    return next(
        (unit for unit in units if len(unit) > 1 and unit in folded), "元" if re.search(r"[(/:]元", folded) else ""
    )


def _heading_units(heading: str) -> list[str]:
    """Every unit of area a heading names, in order: `土地面积(㎡/亩)` has two."""
    return re.findall(r"平方米|平方公里|平米|m2|公顷|hm2|亩", _fold(heading))


def _positive(text: str, digits: str, factor: Fraction) -> Decimal:
    value = Fraction(digits.replace(",", "")) * factor
    if value <= 0:
        raise AmountNotUnderstood(f"{_clip(text)} is nothing; expected an amount above zero")
    return _decimal(value)


def _decimal(value: Fraction) -> Decimal:
    """Exact where a decimal can be, else to four places: 亩 are fifteenths."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(exact) != value:
        exact = exact.quantize(Decimal("0.0001"))
    return exact.normalize() if exact != exact.to_integral_value() else exact.quantize(Decimal(1))


def _clip(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
