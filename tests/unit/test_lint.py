"""What the law and plain arithmetic say of a notice: each rule where it begins to speak, and where
it is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from notifier.config import published_calendar
from notifier.domain.examples import NOTICE_NUMBERS
from notifier.domain.findings import Code
from notifier.domain.lint import lint
from notifier.domain.values import (
    Alternative,
    Finding,
    Kind,
    MilestoneName,
    Notice,
    Precision,
    Severity,
)
from notifier.messages import say
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time

_NOW = shanghai_time("2024-10-17 10:00")
_LAWFUL = {
    "registration_open": "2024-11-05 09:00",
    "registration_close": "2024-11-14 16:00",
    "deposit_close": "2024-11-14 16:00",
    "bidding_open": "2024-11-05 09:00",
    "bidding_close": "2024-11-15 09:00",
}


def _notice(milestones: dict[str, Any] | None = None, **fields: Any) -> Notice:
    parcel = a_parcel(milestones=_LAWFUL | (milestones or {}), **({"far": "≤2.2"} | fields))
    return a_notice(parcels=(parcel,), published=date(2024, 10, 16))


def _codes(notice: Notice) -> list[tuple[str, str]]:
    """(code, severity) of each finding, sorted."""
    found = lint(notice, published_calendar(), _NOW)
    return sorted((finding.code, finding.severity.value) for finding in found)


def test_a_lawful_notice_has_no_findings() -> None:
    assert _codes(_notice()) == []


@pytest.mark.parametrize(
    ("notice", "found"),
    [
        (replace(_notice(), published=date(2024, 10, 17)), (Code.NOTICE_TOO_SHORT, "warning")),
        (_notice({"bidding_close": "2024-11-14 16:30"}), (Code.LISTING_TOO_SHORT, "warning")),
        (_notice(deposit_wan=Decimal(19799)), (Code.DEPOSIT_TOO_LOW, "warning")),
        (_notice(deposit_wan=Decimal(19799), use="工业用地"), (Code.DEPOSIT_TOO_LOW, "info")),
        (_notice(deposit_wan=Decimal(49500)), (Code.DEPOSIT_HIGH, "info")),
        (_notice({"registration_open": "2024-11-14 16:00"}), (Code.CLOSE_BEFORE_OPEN, "error")),
        (
            _notice({"registration_close": "2024-11-15 09:01"}),
            (Code.REGISTRATION_AFTER_BIDDING, "warning"),
        ),
        (
            _notice({"deposit_close": "2024-11-14 16:01"}),
            (Code.DEPOSIT_AFTER_REGISTRATION, "warning"),
        ),
        (_notice(floor_area_m2=Decimal(33700)), (Code.FAR_MISMATCH, "warning")),
        (_notice({"bidding_close": "2024-11-16 09:00"}), (Code.DEADLINE_ON_DAY_OFF, "info")),
        (_notice({"bidding_close": "2024-11-15 18:01"}), (Code.DEADLINE_OUT_OF_HOURS, "info")),
        (_notice({"bidding_close": "2024-11-15 05:00"}), (Code.DEADLINE_OUT_OF_HOURS, "warning")),
        (_notice({"bidding_close": "2024-11-15 00:00"}), (Code.DEADLINE_OUT_OF_HOURS, "info")),
        (_notice({"bidding_close": "2024-11-15 16:59:57"}), (Code.ODD_SECOND, "warning")),
    ],
)
def test_each_rule_speaks_where_it_is_broken(notice: Notice, found: tuple[str, str]) -> None:
    assert _codes(notice) == [found]


@pytest.mark.parametrize(
    "notice",
    [
        replace(_notice(), published=None),
        _notice({"bidding_close": "2024-11-15 18:00"}),
        _notice({"bidding_close": "2024-11-15 16:59:59"}),
        replace(_notice({"bidding_close": "2024-11-15 16:59:57"}), notice_no=NOTICE_NUMBERS[0]),
        _notice(deposit_wan=None),
        _notice(start_price_wan=None),
        _notice(far="1.0-2.2", floor_area_m2=Decimal(33000)),
        _notice(floor_area_m2=Decimal(33300)),
        # a Sunday that is made up for is a working day
        replace(_notice({"registration_open": "2024-09-29 09:00"}), published=date(2024, 9, 1)),
    ],
)
def test_no_rule_speaks_where_nothing_is_known_to_be_wrong(notice: Notice) -> None:
    assert _codes(notice) == []


@pytest.mark.parametrize(
    ("milestones", "end"),
    [
        (
            {"deposit_close": "2024-11-15 17:00", "auction_start": "2024-11-15 09:00"},
            "auction_start",
        ),
        (
            {"deposit_close": "2024-11-15 17:00", "bidding_close": "2024-11-15 09:00"},
            "bidding_close",
        ),
        ({"deposit_close": "2024-11-15 09:00", "bidding_close": "2024-11-15 09:00"}, ""),
        (
            {
                "registration_close": "2024-11-15 17:00",
                "deposit_close": "2024-11-15 17:00",
                "auction_start": "2024-11-15 09:00",
            },
            "auction_start",
        ),
    ],
)
def test_a_deposit_that_is_due_after_the_bidding_is_named(
    milestones: dict[str, str], end: str
) -> None:
    notice = a_notice(kind=Kind.AUCTION, published=None, parcels=(a_parcel(milestones=milestones),))
    found = [
        finding
        for finding in lint(notice, published_calendar(), _NOW)
        if finding.code == Code.DEPOSIT_AFTER_BIDDING
    ]
    assert [(finding.field, finding.params["milestone"]) for finding in found] == (
        [("deposit_close", end)] if end else []
    )
    assert all(say(finding, "zh").startswith("保证金到账截止晚于") for finding in found)


def test_only_a_listing_lasts_ten_days() -> None:
    assert _codes(replace(_notice({"bidding_close": "2024-11-14 16:30"}), kind=Kind.TENDER)) == []


def test_a_day_without_a_time_is_said_and_is_not_over_before_its_evening() -> None:
    day = a_milestone("2024-11-14 00:00", precision=Precision.DAY)
    notice = _notice({"deposit_close": day, "registration_close": a_milestone("2024-11-14 16:00")})
    assert _codes(notice) == [(Code.DAY_ONLY, "warning")]
    earlier = _notice({"registration_close": "2024-11-13 16:00", "deposit_close": day})
    assert (Code.DEPOSIT_AFTER_REGISTRATION, "warning") in _codes(earlier)
    today = a_milestone("2024-10-17 00:00", precision=Precision.DAY)
    found = lint(
        a_notice(parcels=(a_parcel(milestones={"deposit_close": today}),)),
        published_calendar(),
        _NOW,
    )
    assert Code.DEADLINE_PAST not in {finding.code for finding in found}


def test_an_hour_that_nobody_stated_is_not_told() -> None:
    sunday = a_milestone("2024-11-17 00:00", precision=Precision.DAY)
    past = a_milestone("2024-10-13 00:00", precision=Precision.DAY)
    notice = a_notice(
        parcels=(a_parcel(milestones={"registration_close": sunday, "deposit_close": past}),)
    )
    found = {
        (finding.code, value)
        for finding in lint(notice, published_calendar(), _NOW)
        for name, value in finding.params.items()
        if name in ("at", "day")
    }
    assert (Code.DEADLINE_ON_DAY_OFF, "2024-11-17") in found
    assert (Code.DEADLINE_PAST, "2024-10-13") in found
    assert not [value for _, value in found if ":" in value]


def test_what_is_past_and_what_has_no_deadline() -> None:
    past = a_parcel(milestones={"auction_start": _NOW - timedelta(minutes=1)})
    found = lint(a_notice(parcels=(past,), published=None), published_calendar(), _NOW)
    assert [
        (finding.code, finding.severity, finding.field)
        for finding in found
        if finding.code == Code.DEADLINE_PAST
    ] == [(Code.DEADLINE_PAST, Severity.INFO, "auction_start")]
    none = lint(a_notice(parcels=(a_parcel(milestones={}),)), published_calendar(), _NOW)
    assert Code.NO_DEADLINE in {finding.code for finding in none}


def test_two_parcels_of_one_number_are_named() -> None:
    twins = (a_parcel(parcel_no="杭政储出[2024]1号"), a_parcel(parcel_no="杭政储出〔2024〕1号"))
    found = lint(a_notice(parcels=twins), published_calendar(), _NOW)
    assert [finding.parcel_no for finding in found if finding.code == Code.SAME_NUMBER_TWICE] == [
        "杭政储出〔2024〕1号"
    ]


def test_of_a_notice_of_change_only_its_times_are_looked_at() -> None:
    notice = replace(
        _notice({"bidding_close": "2024-11-16 09:00"}, deposit_wan=Decimal(1)),
        kind=Kind.POSTPONEMENT,
    )
    assert _codes(notice) == [(Code.DEADLINE_ON_DAY_OFF, "info")]


@pytest.mark.parametrize(
    ("milestones", "kind", "close"),
    [
        (
            {"registration_close": "2024-11-15 17:00", "auction_start": "2024-11-15 09:00"},
            Kind.AUCTION,
            "registration_close",
        ),
        (
            {"bidding_close": "2024-11-18 10:00", "auction_start": "2024-11-15 09:00"},
            Kind.LISTING,
            "bidding_close",
        ),
        # the live auction begins as the listing closes, tenders are opened as their time is over
        (
            {"bidding_close": "2024-11-15 10:00", "auction_start": "2024-11-15 10:00"},
            Kind.LISTING,
            "",
        ),
        (
            {"bidding_close": "2024-11-15 09:30", "auction_start": "2024-11-15 09:30"},
            Kind.TENDER,
            "",
        ),
        (
            {"registration_close": "2024-11-14 17:00", "auction_start": "2024-11-15 09:00"},
            Kind.AUCTION,
            "",
        ),
        # of a day only the next one is surely after it
        (
            {
                "registration_close": "2024-11-15 17:00",
                "auction_start": a_milestone("2024-11-15 00:00", precision=Precision.DAY),
            },
            Kind.AUCTION,
            "",
        ),
    ],
)
def test_an_auction_before_a_close_is_named(
    milestones: dict[str, Any], kind: Kind, close: str
) -> None:
    notice = a_notice(kind=kind, published=None, parcels=(a_parcel(milestones=milestones),))
    found = [
        finding
        for finding in lint(notice, published_calendar(), _NOW)
        if finding.code == Code.AUCTION_BEFORE_CLOSE
    ]
    assert [(finding.field, finding.params["milestone"]) for finding in found] == (
        [("auction_start", close)] if close else []
    )
    assert all("早于" in say(finding, "zh") for finding in found)


def test_with_two_sets_of_deadlines_the_auction_comes_before_the_listing() -> None:
    milestones = {"bidding_close": "2024-11-25 10:00", "auction_start": "2024-11-15 09:00"}
    later = Alternative(
        condition="报名不足三人",
        milestones={MilestoneName.BIDDING_CLOSE: a_milestone("2024-11-25 10:00")},
    )
    parcel = replace(a_parcel(milestones=milestones), alternatives=(later,))
    notice = a_notice(kind=Kind.AUCTION, published=None, parcels=(parcel,))
    assert Code.AUCTION_BEFORE_CLOSE not in {
        finding.code for finding in lint(notice, published_calendar(), _NOW)
    }


def _days_of(found: Sequence[Finding]) -> set[str]:
    return {finding.field for finding in found if finding.code == Code.TIMES_FAR_APART}


@pytest.mark.parametrize(
    ("times", "doubted"),
    [
        ({"bidding_close": "2025-11-15 09:00"}, {"bidding_close"}),
        ({"deposit_close": "2023-11-14 16:00"}, {"deposit_close"}),
        ({"registration_close": "2025-02-14 16:00"}, set()),
    ],
)
def test_a_time_that_is_months_away_from_the_others_is_named(
    times: Mapping[str, str], doubted: set[str]
) -> None:
    notice = replace(_notice(dict(times)), published=None, notice_no="")
    assert _days_of(lint(notice, published_calendar(), _NOW)) == doubted


def test_where_as_many_statements_speak_for_either_year_all_times_are_named() -> None:
    milestones = {
        "registration_open": a_milestone("2026-10-17 00:00", quote="2026年10月17日至11月5日"),
        "registration_close": a_milestone("2026-11-05 16:00", quote="2026年10月17日至11月5日"),
        "auction_start": a_milestone("2025-11-06 14:30", quote="2025年11月6日14:30"),
    }
    notice = a_notice(published=None, parcels=(a_parcel(milestones=milestones),))
    assert _days_of(lint(notice, published_calendar(), _NOW)) == set(milestones)


@pytest.mark.parametrize(
    ("published", "number", "is_doubted"),
    [
        (date(2024, 12, 1), "", False),
        (date(2024, 8, 1), "", True),
        (date(2025, 7, 1), "", False),  # a site dated the page anew
        (date(2025, 12, 31), "", True),
        (None, "甲告[2024]12号", False),
        (None, "甲告[2023]12号", True),
        (None, "甲告[2025]1号", True),
        (None, "甲告12号", False),
    ],
)
def test_a_time_that_fits_neither_the_day_nor_the_year_of_its_notice_is_named(
    published: date | None, number: str, is_doubted: bool
) -> None:
    milestones = {"auction_start": a_milestone("2024-12-20 10:00")}
    notice = a_notice(
        published=published, notice_no=number, parcels=(a_parcel(milestones=milestones),)
    )
    found = lint(notice, published_calendar(), _NOW)
    assert _days_of(found) == ({"auction_start"} if is_doubted else set())


def test_times_of_a_notice_of_change_may_be_far_apart_too() -> None:
    notice = replace(_notice({"bidding_close": "2025-11-14 09:00"}), kind=Kind.POSTPONEMENT)
    assert _days_of(lint(notice, published_calendar(), _NOW)) == {"bidding_close"}


def test_times_that_not_all_parcels_of_one_number_have_are_named() -> None:
    first, last = a_milestone("2024-11-14 16:00"), a_milestone("2024-11-15 10:00")
    twins = (
        a_parcel(milestones={"registration_close": first, "bidding_close": last}),
        a_parcel(milestones={"registration_close": first}),
    )
    found = lint(a_notice(parcels=twins, published=None), published_calendar(), _NOW)
    fields = [finding.field for finding in found if finding.code == Code.SAME_NUMBER_TWICE]
    assert fields == ["parcel_no", "bidding_close"]
