"""The facts below a parcel's number in a message, shortened where there is little room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from notifier.domain.fields import FactGroup, Field
from notifier.domain.offers import Offer
from notifier.domain.values import NOTICE_FIELDS, PARCEL_FIELDS, Finding
from notifier.messages.catalogue import say
from notifier.messages.context import Context

WARNING_LEVEL = 1
"""The last level at which the sentences of findings are said."""

_COMPUTED = (
    Field(name="floor_price_yuan", unit="元/m2", group=FactGroup.MONEY, last_level=2),
    Field(name="file", group=FactGroup.FILE, last_level=1),
)
_ALL = (*NOTICE_FIELDS, *PARCEL_FIELDS, *_COMPUTED)
_GROUPS = {group: [field for field in _ALL if field.group is group] for group in FactGroup}
_WIDTH = 120
_WARNING_WIDTH = 160  # every sentence without what it quotes
_SHORT_WIDTH = 24
_SHORT_FROM = 2
_MANY_CONTACTS = 4
_WARNINGS = 8
_AREA_DECIMALS = 2
_LONGEST_NUMBER = 15  # digits before the point


def facts(offer: Offer, context: Context) -> tuple[str, ...]:
    """Lines below a parcel's number, the more urgent first."""
    return tuple(_lines(offer, context))


def _lines(offer: Offer, context: Context) -> Iterator[str]:
    for fields in _GROUPS.values():
        pieces = []
        for field in fields:
            value = _value(field, offer, context) if context.level <= field.last_level else ""
            if value:
                pieces.append(context.say(f"fact.{field.name}", value=value))
        if pieces:
            yield pieces[0] if len(pieces) == 1 else context.say("fact.joint").join(pieces)


def _value(field: Field, offer: Offer, context: Context) -> str:
    """A fact in words; empty where it is not known."""
    match field.name:
        case "location":
            words = place(offer)
        case "contacts":
            words = "，".join(offer.contacts[:_MANY_CONTACTS])
        case "floor_price_yuan":
            return _floor_price(offer)
        case name:
            value = getattr(offer if hasattr(offer, name) else offer.parcel, name)
            if field.is_number:
                return amount(value, decimals=_AREA_DECIMALS if field.unit == "m2" else None)
            words = value
    return context.clean(words, _WIDTH if context.level < _SHORT_FROM else _SHORT_WIDTH)


def place(offer: Offer) -> str:
    """Return where a parcel is: `上城区测试路`.

    City and district are added only where the location does not name them itself.
    """
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
    """`101,981`, `34,086.8`; empty for what is unknown or no figure that a parcel can have.

    At most so many `decimals`: an area converted from 亩 has more than anybody measures.
    """
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        return ""
    if decimals is not None:
        value = round(value, decimals) or value  # what would be nothing stays as it is
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def area_words(text: str) -> str:
    """A changed area as it is told, from its text in the ledger: at most two decimals."""
    try:
        return f"{round(Decimal(text), _AREA_DECIMALS).normalize():f}"
    except ArithmeticError:
        return text


def warnings(doubts: Sequence[Finding], context: Context) -> tuple[str, ...]:
    """The sentences of what is doubtful about a new parcel."""
    language = context.draft.language
    return tuple(
        context.say("parcel.warning", sentence=context.clean(say(doubt, language), _WARNING_WIDTH))
        for doubt in doubts[:_WARNINGS]
    )
