"""Places are compared as people write them: with a suffix or without, with the wider place or
without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.matching import Filters
from notifier.domain.places import lies_in, place_key, regions, same_place
from notifier.testing import an_offer

_NAMES = st.sampled_from(
    ["宁波", "鄞州", "浦东", "延边", "景宁", "萧山", "呼和浩特", "钱塘", "余姚"]
)
_SUFFIXES = st.sampled_from(
    [
        "市",
        "区",
        "县",
        "省",
        "新区",
        "自治州",
        "自治县",
        "开发区",
        "经济技术开发区",
        "旗",
        "盟",
        "地区",
    ]
)


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("宁波市", "宁波"),
        ("浙江省", "浙江"),
        ("浙江省宁波市", "宁波"),
        ("浙江宁波", "宁波市"),
        ("鄞州区", "鄞州"),
        ("宁波鄞州区", "浙江省宁波市鄞州区"),
        ("长兴县", "长兴"),
        ("富阳市", "富阳区"),
        ("浦东新区", "浦东"),
        ("上海浦东新区", "浦东新区"),
        ("延边朝鲜族自治州", "延边"),
        ("恩施土家族苗族自治州", "恩施州"),
        ("景宁畲族自治县", "景宁"),
        ("广西壮族自治区", "广西"),
        ("内蒙古自治区呼和浩特市", "呼和浩特"),
        ("锡林郭勒盟", "锡林郭勒"),
        ("大兴安岭地区", "大兴安岭"),
        ("萧山经济技术开发区", "萧山经开区"),
        ("杭州高新技术产业开发区", "杭州高新区"),
        ("前湾新区", "前湾"),
        ("阿拉善左旗", "阿拉善左"),
        (" 宁 波 市 ", "宁波"),
        ("", ""),
    ],
)
def test_one_place_is_written_in_several_ways(place: str, other: str) -> None:
    assert same_place(place, other)
    assert same_place(other, place)


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("宁波", "温州"),
        ("吉林省", "吉林市"),
        ("杭州市西湖区", "南昌市西湖区"),
        ("苏州工业园区", "苏州市"),
        ("宁波经济技术开发区", "宁波高新区"),
        ("江北区", "江北新区"),
        ("鞍山", "马鞍山市"),
        ("易县", "易门县"),
        ("宁波", ""),
        ("市", "区"),
    ],
)
def test_other_places_are_not_one(place: str, other: str) -> None:
    assert not same_place(place, other)
    assert not same_place(other, place)


@given(_NAMES, _SUFFIXES)
def test_a_suffix_changes_no_place(name: str, suffix: str) -> None:
    assert same_place(name + suffix, name)
    assert place_key(name + suffix) == name


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_can_be_compared(text: str, other: str) -> None:
    assert same_place(text, text)
    assert same_place(text, other) == same_place(other, text)
    assert bool(regions(text)) == bool(place_key(text))


def test_a_place_lies_in_the_wider_one_that_it_names() -> None:
    assert lies_in("浙江省宁波市鄞州区", "宁波")
    assert lies_in("宁波市", "宁波")
    assert not lies_in("宁波", "鄞州")
    assert not lies_in("", "宁波")


def _matches(expression: str, field: str, value: str) -> bool:
    filters = Filters.parse({field: expression})
    offer = an_offer(district=value) if field == "district" else an_offer(city=value)
    return bool(filters.match(offer))


@pytest.mark.parametrize("field", ["city", "district"])
@pytest.mark.parametrize(
    ("expression", "value", "matches"),
    [
        ("宁波市", "宁波", True),
        ("宁波", "宁波市", True),
        ("浙江省宁波市", "宁波", True),
        ("宁波市|温州市", "温州", True),
        ("宁波市*", "宁波", True),
        ("延边朝鲜族自治州", "延边", True),
        ("浦东新区", "浦东", True),
        ("萧山区", "萧山经济技术开发区", True),
        ("宁波市", "温州", False),
        ("!宁波市", "宁波", False),
        ("!宁波市", "温州", True),
        ("!宁波市", "浙江省宁波市", False),
        # what may be another place is not left out
        ("!苏州工业园区", "苏州市", True),
        ("!江北区", "江北新区", True),
    ],
)
def test_a_filter_compares_places_without_their_suffix(
    field: str, expression: str, value: str, matches: bool
) -> None:
    assert _matches(expression, field, value) is matches


def test_a_change_is_told_to_whoever_asked_for_its_city_by_another_name() -> None:
    assert Filters.parse({"city": "宁波市"}).could_match_city("宁波")


def test_a_place_within_a_text_is_found_without_its_suffix_but_hides_nothing() -> None:
    offer = an_offer(location="宁波鄞州某路", city="")
    assert Filters.parse({"location": "鄞州区"}).match(offer)
    assert Filters.parse({"location": "!鄞州区"}).match(offer)


def test_a_silence_holds_a_place_under_its_other_name_and_no_other_place() -> None:
    silence = Filters.parse_matchers(["city=宁波市"])
    assert silence.surely_match(an_offer(city="宁波"))
    assert not silence.surely_match(an_offer(city="温州"))
    assert not Filters.parse_matchers(["location=萧山区"]).surely_match(
        an_offer(location="上城区萧山路")
    )
    assert not Filters.parse_matchers(["district=苏州市"]).surely_match(
        an_offer(district="苏州工业园区")
    )
