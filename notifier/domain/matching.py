"""Filters that choose the parcels of a recipient or a silence: one small expression per field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from notifier.domain.offers import Offer
from notifier.domain.places import lies_in, place_key, same_place
from notifier.domain.values import NOTICE_FIELDS, PARCEL_FIELDS, squash

_OF_PARCEL = {field.filter_name: field for field in PARCEL_FIELDS if field.filter_name}
_OF_NOTICE = {field.filter_name: field for field in NOTICE_FIELDS if field.filter_name}
_FIELDS = {**_OF_NOTICE, **_OF_PARCEL}

TEXT_FIELDS = tuple(name for name, field in _FIELDS.items() if not field.is_number)
NUMBER_FIELDS = tuple(name for name, field in _FIELDS.items() if field.is_number)

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(\d+(?:\.\d+)?)")
_WILDCARDS = re.compile(r"([*?])")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Whether it matches, and by which field it does not (`city` ...); empty when it does."""

    matches: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.matches


_MATCHES = Match(matches=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFilter:
    """A pattern of names: `杭州|宁波` any of these; `!萧山` none of these.

    `*` and `?` as in file names, else a part of the name.

    `field` says how places are compared in it: what is wanted is found by its bare name (宁波市 in
    宁波, 宁波高新区), what is unwanted is left out only where it surely is that place.
    """

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    field: str = ""

    @staticmethod
    def parse(text: str, field: str = "") -> TextFilter:
        parts = [squash(part).casefold() for part in text.split("|")]
        if not text.strip() or any(part in ("", "!") for part in parts):
            raise ValueError(f"{text!r} is not a filter: write 杭州, 杭州|宁波, !萧山 or 杭政储出*")
        return TextFilter(
            wanted=tuple(part for part in parts if not part.startswith("!")),
            unwanted=tuple(part[1:] for part in parts if part.startswith("!")),
            field=field,
        )

    def matches(self, value: str) -> bool:
        """An unknown (empty) value matches: better one message too many than a parcel unseen."""
        value = squash(value).casefold()
        if not value:
            return True
        if any(self._is(pattern, value) for pattern in self.unwanted):
            return False
        return not self.wanted or any(self._may_be(pattern, value) for pattern in self.wanted)

    def surely_matches(self, value: str) -> bool:
        """Return the same as `matches`, but what is unknown or unsure does not match."""
        value = squash(value).casefold()
        if not value or any(self._may_be(pattern, value) for pattern in self.unwanted):
            return False
        return not self.wanted or any(self._is(pattern, value) for pattern in self.wanted)

    def _is(self, pattern: str, value: str) -> bool:
        if _fits(value, pattern):
            return True
        is_place = self.field in _FIELDS and _FIELDS[self.field].is_place
        return is_place and (same_place(value, pattern) or lies_in(value, pattern))

    def _may_be(self, pattern: str, value: str) -> bool:
        if self._is(pattern, value):
            return True
        field = _FIELDS.get(self.field)
        if field is None or not (field.is_place or field.holds_places):
            return False
        return _fits(value, _bare(pattern))


def _bare(pattern: str) -> str:
    """`pattern` with the bare names of the places in it: 宁波* for 宁波市*."""
    pieces = _WILDCARDS.split(pattern)
    return "".join(piece if piece in ("*", "?") else place_key(piece) for piece in pieces)


def _fits(value: str, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        # square brackets are part of parcel numbers, not a set of characters
        return fnmatchcase(value, pattern.replace("[", "[[]"))
    return pattern in value


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberFilter:
    """`>=10000 <200000` or `10000..200000`: all must hold."""

    bounds: tuple[tuple[str, Decimal], ...]

    @staticmethod
    def parse(text: str) -> NumberFilter:
        bounds: list[tuple[str, Decimal]] = []
        try:
            for part in text.replace(",", "").split():
                if span := _SPAN.fullmatch(part):
                    bounds += [(">=", Decimal(span[1])), ("<=", Decimal(span[2]))]
                elif comparison := _COMPARISON.fullmatch(part):
                    bounds.append((comparison[1] or "=", Decimal(comparison[2])))
                else:
                    raise ValueError(part)
        except (ValueError, InvalidOperation):
            bounds = []
        if not bounds:
            raise ValueError(
                f"{text!r} is not a filter of numbers: write >=10000, >=10000 <200000 or "
                "10000..200000"
            )
        return NumberFilter(bounds=tuple(bounds))

    def matches(self, value: Decimal | None) -> bool:
        """An unknown value matches, as for texts."""
        return value is None or all(_holds(value, sign, bound) for sign, bound in self.bounds)


def _holds(value: Decimal, sign: str, bound: Decimal) -> bool:
    if sign == ">=":
        return value >= bound
    if sign == "<=":
        return value <= bound
    if sign == ">":
        return value > bound
    if sign == "<":
        return value < bound
    return value == bound


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """All must hold. `price` is the start price in 万元, `area` in m²."""

    texts: tuple[tuple[str, TextFilter], ...] = ()
    numbers: tuple[tuple[str, NumberFilter], ...] = ()

    @staticmethod
    def parse(expressions: Mapping[str, str]) -> Filters:
        """From field -> expression; ValueError names the field."""
        texts: list[tuple[str, TextFilter]] = []
        numbers: list[tuple[str, NumberFilter]] = []
        for field, text in expressions.items():
            try:
                if field in TEXT_FIELDS:
                    texts.append((field, TextFilter.parse(text, field)))
                elif field in NUMBER_FIELDS:
                    numbers.append((field, NumberFilter.parse(text)))
                else:
                    raise ValueError(
                        f"no such field: use one of {', '.join(TEXT_FIELDS + NUMBER_FIELDS)}"
                    )
            except ValueError as fault:
                raise ValueError(f"{field}: {fault}") from None
        return Filters(texts=tuple(texts), numbers=tuple(numbers))

    @staticmethod
    def parse_matchers(matchers: Iterable[str]) -> Filters:
        """From `city=杭州`, `price=>=10000`: how a person types them."""
        expressions: dict[str, str] = {}
        for matcher in matchers:
            field, sign, text = matcher.partition("=")
            if not sign:
                raise ValueError(
                    f"{matcher!r} is not a matcher: write field=expression, as in city=杭州"
                )
            expressions[field.strip()] = text
        if not expressions:
            raise ValueError("no matcher given: write field=expression, as in city=杭州")
        return Filters.parse(expressions)

    def match(self, offer: Offer) -> Match:
        for field, text in self.texts:
            if not text.matches(_text_of(offer, field)):
                return Match(matches=False, reason=field)
        for field, number in self.numbers:
            if not number.matches(_number_of(offer, field)):
                return Match(matches=False, reason=field)
        return _MATCHES

    def surely_match(self, offer: Offer) -> bool:
        """Return the same as `match`, but what is unknown does not match.

        A silence must not hide what it may not be about.
        """
        texts = all(text.surely_matches(_text_of(offer, field)) for field, text in self.texts)
        known = all(_number_of(offer, field) is not None for field, _ in self.numbers)
        return texts and known and bool(self.match(offer))

    def could_match_city(self, city: str) -> bool:
        """Return whether a parcel of `city` could match, all else unknown."""
        return all(text.matches(city) for field, text in self.texts if field == "city")


def idle_patterns(
    filters: Filters, offers: Sequence[Offer]
) -> Iterator[tuple[str, str, list[str]]]:
    """Return each pattern of `filters` that none of `offers` fits: (field, pattern, known values).

    Of a field that no offer tells of nothing can be said.
    """
    for field, text in filters.texts:
        known = {_text_of(offer, field) for offer in offers} - {""}
        for pattern in text.wanted:
            alone = TextFilter(wanted=(pattern,), unwanted=(), field=field)
            if known and not any(alone.matches(value) for value in known):
                yield field, pattern, sorted(known)
    for field, number in filters.numbers:
        numbers = {value for offer in offers if (value := _number_of(offer, field)) is not None}
        if numbers and not any(number.matches(value) for value in numbers):
            expression = " ".join(f"{sign}{bound}" for sign, bound in number.bounds)
            yield field, expression, [str(value) for value in sorted(numbers)]


def _number_of(offer: Offer, field: str) -> Decimal | None:
    number: Decimal | None = _value_of(offer, field)
    return number


def _text_of(offer: Offer, field: str) -> str:
    text: str = _value_of(offer, field)
    return text


def _value_of(offer: Offer, filter_name: str) -> Any:
    if filter_name in _OF_PARCEL:
        return getattr(offer.parcel, _OF_PARCEL[filter_name].name)
    return getattr(offer, _OF_NOTICE[filter_name].name)
