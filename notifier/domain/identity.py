"""The identity of parcels: is an incoming parcel a known one with the same number?

A number alone says little: each county has its `2026年第1号` and parcel `2026-1号` in it. A parcel
is the same only if authority or city agree; where that cannot be told, both stay and people are
asked.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from notifier.domain.mentions import fold
from notifier.domain.offers import Offer
from notifier.domain.places import lies_in, same_place
from notifier.domain.values import Milestone, Notice, Parcel, squash


class Likeness(StrEnum):
    SAME = "same"
    OTHER = "another"
    UNSURE = "unsure"


_HAN = "㐀-䶿一-鿿"
# letters that any authority's numbers have
_OF_ANY = re.compile(
    "[年第号公告字国土自然资源规划挂拍卖牌让出地块宗储网工商住业用政招标预区县市镇村街道批次期]"
)
_BUREAU = re.compile("自然资源|国土|规划|土地|住房|住建|公共资源|人民政府|管理委员会|管委会|分?局")
_PLACE = re.compile(rf"[{_HAN}]+?(?:自治[区州县旗]|新区|开发区|[省市县区旗盟州])")
_BRANCH = re.compile(rf"局([{_HAN}]+?)分局")
_CODE = re.compile(r"[A-Za-z]{2,}\d{5,}")
_AREA_TOLERANCE = Decimal("0.01")


def likeness(offer: Offer, notice: Notice, parcel: Parcel) -> Likeness:
    """Return whether `parcel` of `notice` is `offer`, given that their numbers agree."""
    places = _by_place(offer, notice, parcel)
    if places is Likeness.OTHER:
        return Likeness.OTHER
    differences = _differences(offer.parcel, parcel)
    # place, area and deadlines: no change of one parcel
    if len(differences) == 3 and all(differences.values()):
        return Likeness.UNSURE
    if places is Likeness.SAME or offer.file == notice.file:
        return Likeness.SAME
    agrees = any(not differs for name, differs in differences.items() if name != "deadlines")
    replaces = any(differences.values())
    if places is None and (_is_own(offer, notice) or agrees or not replaces):
        return Likeness.SAME
    return (
        Likeness.SAME if places is Likeness.UNSURE and agrees and not replaces else Likeness.UNSURE
    )


def is_distinctive(number: str) -> bool:
    """Return whether a number has letters that belong to one authority (杭政储出)."""
    letters = re.findall(rf"[{_HAN}]", squash(number))
    return bool(_CODE.search(number)) or any(
        _OF_ANY.fullmatch(letter) is None for letter in letters
    )


def loose_key(number: str) -> str:
    """Return a number without brackets, dashes, leading zeros and the words behind it.

    For instance `甲储.2031.18`.
    """
    text = re.sub(r"地块|宗地|号|第", " ", fold(number)).casefold()
    parts = re.findall(rf"[{_HAN}]+|[a-z]+|\d+", text)
    return ".".join(str(int(part)) if part.isdecimal() else part for part in parts)


def _is_own(offer: Offer, notice: Notice) -> bool:
    same_notice = bool(notice.notice_no) and squash(offer.notice_no) == squash(notice.notice_no)
    return (same_notice and is_distinctive(notice.notice_no)) or is_distinctive(
        offer.parcel.parcel_no
    )


def notice_likeness(authority: str, city: str, notice: Notice) -> Likeness | None:
    """Return whether a place is that of `notice`, which bears the same number.

    None: one side is silent.
    """
    if city and notice.city and not _may_be_same(city, notice.city):
        return Likeness.OTHER
    shared = city if notice.city else ""
    by_authority = _by_authority(authority, notice.authority, shared)
    if by_authority is not None:
        return by_authority
    return Likeness.SAME if shared else None


def _by_place(offer: Offer, notice: Notice, parcel: Parcel) -> Likeness | None:
    """Compare by authority, city and district; None if one side states none of them."""
    found = notice_likeness(offer.authority, offer.city, notice)
    here, there = offer.parcel.district, parcel.district
    has_authority = _by_authority(offer.authority, notice.authority, "") is not None
    if not has_authority and here and there and not _may_be_same(here, there):
        return Likeness.OTHER
    return found


def _by_authority(known: str, other: str, city: str) -> Likeness | None:
    """Compare two authorities; `city`: the city that both sides name."""
    if known and squash(known) == squash(other):
        return Likeness.SAME
    here, there = _places(known), _places(other)
    if not here or not there:
        return None
    if same_place(here[-1], there[-1]):
        return Likeness.SAME
    shared = any(same_place(left, right) for left in here for right in there)
    # a city's own bureau and that of its county: who writes short may mean either
    of_different_rank = shared and 1 in (len(here), len(there))
    of_the_city = bool(city) and any(same_place(place, city) for place in (here[-1], there[-1]))
    return Likeness.UNSURE if of_different_rank or of_the_city else Likeness.OTHER


def _places(authority: str) -> list[str]:
    """The places that an authority's name holds, the widest first: 杭州市, 萧山."""
    name = squash(authority)
    place = _BUREAU.split(name)[0]
    found: list[str] = _PLACE.findall(place) or ([place] if place and place != name else [])
    branch = _BRANCH.search(name)
    return [*found, branch[1]] if branch else found


def _may_be_same(known: str, other: str) -> bool:
    return same_place(known, other) or lies_in(known, other) or lies_in(other, known)


def _differences(known: Parcel, new: Parcel) -> dict[str, bool]:
    """Return `location`, `area`, `deadlines` -> whether they differ.

    What one side does not state is left out.
    """
    found: dict[str, bool] = {}
    if known.location and new.location:
        here, there = squash(known.location), squash(new.location)
        found["location"] = here not in there and there not in here
    if known.area_m2 and new.area_m2:
        found["area"] = abs(known.area_m2 - new.area_m2) > _AREA_TOLERANCE * max(
            known.area_m2, new.area_m2
        )
    shared = [
        (known.milestones[name], milestone)
        for name, milestone in new.milestones.items()
        if name in known.milestones
    ]
    if shared:
        found["deadlines"] = not any(_is_same_day(here, there) for here, there in shared)
    return found


def _is_same_day(milestone: Milestone, other: Milestone) -> bool:
    if milestone.day_only or other.day_only:
        return abs(milestone.at - other.at).days < 1
    return milestone.at == other.at
