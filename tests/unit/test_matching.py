"""Which parcels a filter, or a silence, is about."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.matching import NUMBER_FIELDS, TEXT_FIELDS, Filters, NumberFilter, TextFilter
from notifier.domain.values import squash
from notifier.testing import an_offer

# no sign of a filter, in whatever width it is written
_WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=1, max_size=6
).filter(lambda text: squash(text) and not set("|!*?[") & set(squash(text)))


@pytest.mark.parametrize(
    ("expression", "value", "matches"),
    [
        ("杭州", "杭州市", True),
        ("杭州", "宁波市", False),
        ("杭州|宁波", "宁波市", True),
        ("!萧山", "萧山区", False),
        ("!萧山", "上城区", True),
        ("杭州|!萧山", "杭州萧山", False),
        ("杭州|!萧山", "绍兴", False),
        ("杭政储出*", "杭政储出[2024]121号", True),
        ("杭政储出*", "萧政储出[2024]1号", False),
        ("*121号", "杭政储出[2024]121号", True),
        ("?政储出*", "杭政储出[2024]121号", True),
        # square brackets are part of numbers; full-width ones are the same
        ("杭政储出[2024]*", "杭政储出[2024]121号", True),
        ("杭政储出〔2024〕121号", "杭政储出[2024]121号", True),
        ("m1", "工业（M1）", True),
        # what is not known is not left out
        ("杭州", "", True),
        ("!萧山", " ", True),
    ],
)
def test_a_filter_of_texts(expression: str, value: str, matches: bool) -> None:
    assert TextFilter.parse(expression).matches(value) is matches


@pytest.mark.parametrize(
    ("expression", "value", "matches"),
    [
        (">=10000", "10000", True),
        (">=10000", "9999.99", False),
        (">10000", "10000", False),
        ("<200000", "200000", False),
        ("<=200000", "200000", True),
        ("=10", "10", True),
        ("10", "10.5", False),
        (">=10000 <200000", "150000", True),
        (">=10000 <200000", "200000", False),
        ("10000..200000", "200000", True),
        ("10,000..200,000", "9999", False),
    ],
)
def test_a_filter_of_numbers(expression: str, value: str, matches: bool) -> None:
    assert NumberFilter.parse(expression).matches(Decimal(value)) is matches
    assert NumberFilter.parse(expression).matches(None) is True


@pytest.mark.parametrize("expression", ["", " ", "|", "杭州|", "!", "杭州||宁波"])
def test_what_is_no_filter_of_texts_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"write 杭州"):
        TextFilter.parse(expression)


@pytest.mark.parametrize(
    "expression", ["", "many", ">", "10..", "..10", "10-20", ">=1 or <5", "１０万"]
)
def test_what_is_no_filter_of_numbers_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"write >=10000"):
        NumberFilter.parse(expression)


@given(_WORDS, _WORDS)
def test_a_word_is_found_within_any_text_and_its_opposite_is_not(word: str, more: str) -> None:
    assert TextFilter.parse(word).matches(more + word + more)
    assert not TextFilter.parse(f"!{word}").matches(more + word + more)


def test_every_field_can_be_matched_and_all_must_hold() -> None:
    offer = an_offer(start_price_wan=Decimal(5), area_m2=Decimal(7))
    for field in TEXT_FIELDS:
        assert Filters.parse({field: "*"}).match(offer)
        found = Filters.parse({field: "不在这里"}).match(offer)
        assert (bool(found), found.reason) == (False, field)
    assert set(NUMBER_FIELDS) == {"price", "area"}
    for field, value in {"price": "5", "area": "7"}.items():
        assert Filters.parse({field: value}).match(offer)
        assert Filters.parse({"city": "杭州", field: ">100"}).match(offer).reason == field


def test_matchers_as_a_person_types_them() -> None:
    assert Filters.parse_matchers(["city=杭州", " price =>=10000"]) == Filters.parse(
        {"city": "杭州", "price": ">=10000"}
    )
    for wrong, words in (
        ([], "no matcher"),
        (["杭州"], "field=expression"),
        (["town=杭州"], "town: no such field"),
    ):
        with pytest.raises(ValueError, match=words):
            Filters.parse_matchers(wrong)


def test_a_citys_notices_are_told_apart_without_a_parcel() -> None:
    filters = Filters.parse({"city": "杭州", "price": ">5"})
    assert filters.could_match_city("杭州市")
    assert filters.could_match_city("")
    assert not filters.could_match_city("宁波市")


@given(st.sampled_from([("city=杭州", {"city": ""}), ("price=>=1", {"start_price_wan": None})]))
def test_what_is_unknown_matches_a_filter_but_never_a_silence(
    case: tuple[str, dict[str, str | None]],
) -> None:
    matcher, unknown = case
    filters = Filters.parse_matchers([matcher])
    offer = an_offer()
    assert filters.surely_match(offer)
    parcel = {name: value for name, value in unknown.items() if name != "city"}
    unclear = replace(
        offer,
        city=unknown.get("city", offer.city) or "",
        parcel=replace(offer.parcel, **parcel),  # type: ignore[arg-type]  # fields of two types
    )
    assert filters.match(unclear)
    assert not filters.surely_match(unclear)
