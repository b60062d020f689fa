"""Whether a parcel that comes in is a known one of the same number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from notifier.domain.identity import Likeness, is_distinctive, likeness, loose_key
from notifier.domain.values import Notice
from notifier.testing import a_notice, a_parcel, an_offer

_SAME, _OTHER, _UNSURE = Likeness.SAME, Likeness.OTHER, Likeness.UNSURE
_LATER = {"registration_close": "2024-12-20 17:00"}


def judge(known: dict[str, Any], new: dict[str, Any]) -> Likeness:
    """Both bear the number 2026-1号 of the notice 2026年第1号; the keywords say what is known of
    their place."""
    common: dict[str, Any] = {
        "notice_no": "2026年第1号",
        "authority": "",
        "city": "",
        "district": "",
        "location": "",
    }
    of_offer = {"file": "a.html", "parcel_no": "2026-1号", **common, **known}
    offer = (
        an_offer(area_m2=None, **of_offer) if "area_m2" not in of_offer else an_offer(**of_offer)
    )
    fields = {"file": "b.html", **common, **new}
    of_parcel = {
        name: fields.pop(name) for name in list(fields) if name not in Notice.__dataclass_fields__
    }
    parcel = a_parcel(parcel_no="2026-1号", **({"area_m2": None} | of_parcel))
    return likeness(offer, a_notice(**fields), parcel)


@pytest.mark.parametrize(
    ("known", "new", "how"),
    [
        ({"authority": "甲县自然资源局"}, {"authority": "乙县自然资源局"}, _OTHER),
        ({"authority": "丙市甲县自然资源局"}, {"authority": "丙市乙县自然资源局"}, _OTHER),
        (
            {"authority": "甲县自然资源和规划局"},
            {"authority": "甲县自然资源局", "milestones": _LATER},
            _SAME,
        ),
        (
            {"authority": "甲县自然资源局"},
            {"authority": "丙市甲县自然资源局", "milestones": _LATER},
            _SAME,
        ),
        (
            {"authority": "丙市自然资源局"},
            {"authority": "丙市甲县自然资源局", "milestones": _LATER},
            _UNSURE,
        ),
        ({"city": "宁波"}, {"city": "温州"}, _OTHER),
        ({"city": "宁波"}, {"city": "宁波市", "milestones": _LATER}, _SAME),
        (
            {"city": "南京", "authority": "鼓楼区分局"},
            {"city": "福州", "authority": "鼓楼区分局"},
            _OTHER,
        ),
        ({"district": "甲县"}, {"district": "乙县"}, _OTHER),
        ({"authority": "甲县自然资源局"}, {"milestones": _LATER}, _UNSURE),
        ({}, {"milestones": _LATER}, _UNSURE),
        ({}, {"milestones": _LATER, "file": "a.html"}, _SAME),
        ({"authority": "甲县自然资源局"}, {}, _SAME),
        ({}, {"milestones": {"auction_start": "2024-12-20 17:00"}}, _SAME),
        ({"location": "迎宾路"}, {"location": "迎宾路以东", "milestones": _LATER}, _SAME),
        ({"location": "迎宾路"}, {"location": "解放路", "milestones": _LATER}, _UNSURE),
    ],
)
def test_a_number_alone_makes_no_parcel_the_same(
    known: dict[str, Any], new: dict[str, Any], how: Likeness
) -> None:
    assert judge(known, new) is how


def test_place_area_and_deadline_that_all_differ_are_no_change_of_one_parcel() -> None:
    known = {"authority": "甲县自然资源局", "location": "迎宾路", "area_m2": Decimal(9000)}
    new = known | {"location": "解放路", "area_m2": Decimal(20000), "milestones": _LATER}
    assert judge(known, new) is _UNSURE
    assert judge(known, new | {"area_m2": Decimal(9000)}) is _SAME


def test_a_notice_whose_number_has_letters_of_its_own_is_known_by_it() -> None:
    known = {"notice_no": "青自然资告字〔2026〕1号", "authority": "青山县自然资源局"}
    assert judge(known, {"notice_no": "青自然资告字〔2026〕1号", "milestones": _LATER}) is _SAME


@pytest.mark.parametrize(
    ("number", "own"),
    [
        ("杭政储出[2024]121号", True),
        ("青自然资告字〔2025〕9号", True),
        ("甲储2031-7", True),
        ("XG2031031号", True),
        ("2026年第1号", False),
        ("2026-1号", False),
        ("自然资告字[2026]1号", False),
        ("宗地1", False),
        ("G1", False),
    ],
)
def test_a_number_is_an_authoritys_own_by_its_letters(number: str, own: bool) -> None:
    assert is_distinctive(number) is own


@pytest.mark.parametrize(
    "number", ["甲储[2031]18号", "甲储〔2031〕018", "甲储2031-18号地块", "甲储（2031）18 号"]
)
def test_numbers_that_differ_in_spelling_alone_are_alike(number: str) -> None:
    assert loose_key(number) == "甲储.2031.18"
