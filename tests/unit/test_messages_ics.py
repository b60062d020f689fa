"""The calendar of a message, as the icalendar library reads it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

from notifier.domain.drafts import DraftKind, Form, ItemKind
from notifier.domain.offers import Offer
from notifier.domain.values import Precision
from notifier.messages.ics import calendar_of
from notifier.messages.render import Renderer
from notifier.testing import a_milestone, an_offer, shanghai_time
from tests.drafts import a_draft, an_item


def event_of(offer: Offer) -> Any:
    (event,) = Calendar.from_ical(calendar_of(a_draft(an_item(offer=offer)))).walk("VEVENT")
    return event


def test_an_event_begins_at_the_deadline_ends_after_it_and_names_the_city() -> None:
    event = event_of(an_offer())
    assert event["DTSTART"].dt == shanghai_time("2024-11-14 17:00")
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
    assert event["SUMMARY"] == "报名截止 杭州 杭政储出[2024]901号"


def test_a_day_without_an_hour_is_an_event_of_that_whole_day() -> None:
    event = event_of(
        an_offer(
            milestones={
                "registration_close": a_milestone("2024-11-20 00:00", precision=Precision.DAY)
            }
        )
    )
    assert event["DTSTART"].dt == date(2024, 11, 20)
    assert event["DTEND"].dt == date(2024, 11, 21)
    assert not isinstance(event["DTSTART"].dt, datetime)


def test_the_address_of_a_platform_is_the_events() -> None:
    assert event_of(an_offer(platform="省网上交易系统（https://td.example.cn/view?id=1）"))[
        "URL"
    ] == ("https://td.example.cn/view?id=1")
    assert "URL" not in event_of(an_offer())


def test_a_parcel_of_an_unknown_city_leaves_no_gap() -> None:
    assert event_of(an_offer(city="", district=""))["SUMMARY"] == "报名截止 杭政储出[2024]901号"


def test_the_method_stands_within_and_at_the_attachment() -> None:
    draft = a_draft(an_item(ItemKind.NEW), kind=DraftKind.NEW)
    assert Calendar.from_ical(calendar_of(draft))["METHOD"] == "PUBLISH"
    (attached,) = Renderer().render(draft, Form.MAIL).attachments
    assert attached.media_type == "text/calendar; method=PUBLISH"
