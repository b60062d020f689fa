"""What is said of a parcel below its number, and which of it is left out first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from notifier.domain.offers import Offer
from notifier.domain.values import Finding
from notifier.messages.catalogue import say
from notifier.messages.context import Context

WARNING_LEVEL = 1
"""The last level at which the sentences of findings are said."""

_LINES: tuple[tuple[str, ...], ...] = (
    ("location",),
    ("use", "area", "far", "term"),
    ("start_price", "deposit", "floor_price"),
    ("platform",),
    ("contacts",),
    ("note",),
    ("file",),
)
_LAST_LEVEL = {
    "note": 0, "term": 0, "file": 1, "platform": 1, "contacts": 1, "far": 2, "floor_price": 2, "location": 3, "use": 3,
    "area": 3, "start_price": 4, "deposit": 4,
}  # fmt: skip
_WIDTH = 120
_WARNING_WIDTH = 160  # every sentence without what it quotes
_SHORT_WIDTH = 24
_SHORT_FROM = 2
_MANY_CONTACTS = 4
_WARNINGS = 8
_LONGEST_NUMBER = 15  # digits before the point


def facts(offer: Offer, context: Context) -> tuple[str, ...]:
    """Lines below a parcel's number, the more urgent first."""
    return tuple(_lines(offer, context))


def _lines(offer: Offer, context: Context) -> Iterator[str]:
    for names in _LINES:
        pieces = [
            context.say(f"fact.{name}", value=value)
            for name in names
            if context.level <= _LAST_LEVEL[name] and (value := _value(name, offer, context))
        ]
        if pieces:
            yield pieces[0] if len(pieces) == 1 else context.say("fact.joint").join(pieces)


def _value(name: str, offer: Offer, context: Context) -> str:
    parcel = offer.parcel
    width = _WIDTH if context.level < _SHORT_FROM else _SHORT_WIDTH
    match name:
        case "file":
            return context.clean(offer.file, _WIDTH)
        case "location":
            return context.clean(place(offer), width)
        case "contacts":
            return context.clean("，".join(offer.contacts[:_MANY_CONTACTS]), _WIDTH)
        case "platform":
            return context.clean(offer.platform, _WIDTH)
        case "area":
            return amount(parcel.area_m2, decimals=2)
        case "start_price":
            return amount(parcel.start_price_wan)
        case "deposit":
            return amount(parcel.deposit_wan)
        case "floor_price":
            return _floor_price(offer)
        case _:
            return context.clean(getattr(parcel, name), width)


def place(offer: Offer) -> str:
    """`上城区测试路`: the city and the district only where the location does not say them itself."""
    words = offer.parcel.location
    for wider in (offer.parcel.district, offer.city):
        words = words if wider in words else f"{wider} {words}"
    return words


def _floor_price(offer: Offer) -> str:
    try:
        return amount(offer.parcel.floor_price_yuan)
    except ArithmeticError:  # figures that no parcel has: their quotient cannot be written in full
        return ""


def amount(value: Decimal | None, *, decimals: int | None = None) -> str:
    """`101,981`, `34,086.8`; empty for what is unknown or no figure that a parcel can have. At most so many
    `decimals`: an area converted from 亩 has more than anybody measures."""
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        return ""
    if decimals is not None:
        value = round(value, decimals) or value  # what would be nothing stays as it is
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def area_words(text: str) -> str:
    """A changed area as it is told, from its text in the ledger: at most two decimals."""
    try:
        return f"{round(Decimal(text), 2).normalize():f}"
    except ArithmeticError:
        return text


def warnings(doubts: Sequence[Finding], context: Context) -> tuple[str, ...]:
    """The sentences of what is doubtful about a new parcel."""
    language = context.draft.language
    return tuple(
        context.say("parcel.warning", sentence=context.clean(say(one, language), _WARNING_WIDTH))
        for one in doubts[:_WARNINGS]
    )
