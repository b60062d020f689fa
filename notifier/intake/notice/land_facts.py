"""Facts of a parcel in running text: area, price, deposit, use, term, place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifier.domain.values import Place
from notifier.intake.notice.columns import Column
from notifier.intake.notice.labelled import labelled
from notifier.intake.notice.rows import Entry

_NUMBER = r"\d[\d,]{0,15}(?:\.\d{1,6})?"
_AREA_UNIT = r"(?:万?平方米|m2|公顷|hm2|ha(?![A-Za-z])|亩)"
_SQUARE_METRES = rf"({_NUMBER}{_AREA_UNIT}(?:\([^()]{{0,20}}\))?)"
_MONEY = rf"((?:{_NUMBER}(?:亿|万)?元|[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]{{2,30}}[元圆][整正]?)"
_IN_FIGURES = r"(?:\((?:小写)?:?¥?[\d,.]+[亿万]?元\))?"  # beside an amount in words
_SAYS = r"(?:为|是|:|人民币|共计|合计|计|约|即|设定|定|¥)*"
_AREA = re.compile(
    r"(?<!建筑)(?:出让|净用地|用地|(?:用地|宗地)?(?:测绘|实测)|土地|宗地|地块|实际出让|总|规划净用地|总用地|使用权"
    rf"|(?<![一-鿿])|(?<=号))(?:土地)?(?:总)?面积(?:为|是|:|约)*{_SQUARE_METRES}"
)
_PRICE = re.compile(
    r"(?:起始价|起拍价|起叫价|起价|起始总价|挂牌起始价|拍卖起始价|起挂价|底价)(?:\(总价\))?"
    rf"{_SAYS}{_MONEY}{_IN_FIGURES}(?:/(?:亩|平方米|m2))?)"
)
_DEPOSIT = re.compile(
    rf"保证金(?:\(人民币\))?(?:金额)?{_SAYS}(?:起[始拍叫挂报]?价的?\d{{1,3}}%,?{_SAYS})?{_MONEY}{_IN_FIGURES})"
)
# `…路北侧,66013平方米(99.02亩),住宅`: a clause of its own
_AREA_ALONE = re.compile(
    rf"(?<=[,:、])约?({_NUMBER}(?:平方米|m2|公顷|hm2|ha)(?:\([^()]{{0,20}}\))?)(?=[,。;、]|$)"
)
_USE = re.compile(r"(?:土地|批准|规划)?(?:用途|用地性质)(?:为|是|:)+([^,。;]{2,40})")
_TERM = re.compile(
    r"(?:出让|使用|土地使用)(?:权)?(?:年限|年期)(?:为|是|:)+([^。;]{2,30}?年)(?=[,。;]|$)"
)
_FAR = re.compile(r"容积率(?:为|是|:)*((?:[≤≥<>]|不[大小高低]于|大于|小于|\d)[^,。;建]{0,24})")
_LOCATION = re.compile(r"(?:地块|宗地|出让宗地|土地)?(?:位于|坐落于?|坐落为)([^。;,]{4,80})")
_FIELDS = (
    ("area_m2", _AREA),
    ("start_price_wan", _PRICE),
    ("deposit_wan", _DEPOSIT),
    ("use", _USE),
    ("term", _TERM),
    ("far", _FAR),
    ("location", _LOCATION),
)


def facts_of(text: str, place: Place) -> Iterator[Entry]:
    """The first fact of each kind: under its word, else wherever the text states it."""
    text = _ALLOTTED.sub("", text)
    found = {entry.column.field: entry for _, entry in reversed(list(labelled(text, place)))}
    for field, pattern in _FIELDS:
        own = found.get(field)
        if own is not None and "/" not in own.value:
            yield own
            continue
        stated = list(pattern.finditer(text))
        if own is not None:  # a price of each unit of area: a total comes before it
            stated = [fact for fact in stated if "/" not in fact[1]]
        if stated:
            best = next((fact for fact in stated if _OFFERED.match(fact[0])), stated[0])
            yield Entry(column=Column("", field), value=best[1], place=place)
        elif own is not None:
            yield own
        elif field == "area_m2" and (alone := _AREA_ALONE.search(text)) is not None:
            yield Entry(column=Column("", field), value=alone[1], place=place)


# is not offered; looked for from the beginning of a sentence alone
_ALLOTTED = re.compile(r"(?<![^。\n])[^。\n]*划拨部分[^。\n]*")
_OFFERED = re.compile(r"总?净|(?:实际)?出让(?:土地)?面积")  # of several areas what is offered
