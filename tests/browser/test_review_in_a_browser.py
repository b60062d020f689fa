"""A doubt settled and a parcel confirmed by one tap each, on a phone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from notifier.domain.findings import Code
from notifier.domain.values import Evidence, Finding, Severity
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.browser.serving import Served
from tests.browser.tabs import Tabs, hindrances, leads_to_a_page


@pytest.mark.parametrize("has_script", [True, False])
def test_a_doubt_is_settled_by_one_tap(board: Served, tabs: Tabs, has_script: bool) -> None:
    number = f"测储出[2026]{7 + has_script}号"
    finding = Finding(
        code=Code.PLACES_DISAGREE,
        severity=Severity.ERROR,
        parcel_no=number,
        field="deposit_close",
        candidates=(
            Evidence(at=shanghai_time("2026-12-03 17:00"), quote=f"{number}保证金12月3日17时止"),
            Evidence(at=shanghai_time("2026-12-04 12:00"), quote="12月4日12时止"),
        ),
        params={"values": "2"},
    )
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": "2026-12-04 17:00"})
    notice = a_notice(notice_no=number, file=f"{number}.md", parcels=(parcel,), findings=(finding,))
    board.world.save(notice)
    page = tabs.open(board, "/review", size=(360, 780), java_script_enabled=has_script)
    doubt = page.locator("article.doubt", has_text="保证金12月3日17时止")
    expect(doubt).to_contain_text("2026-12-04 12:00")
    with leads_to_a_page(page):
        doubt.locator("button.choice").first.click()
    expect(page.locator(".said")).to_contain_text("已决定")
    expect(page.locator("article.doubt", has_text=f"{number}保证金12月3日17时止")).to_have_count(0)
    if has_script:
        assert hindrances(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360 if has_script else True
    assert tabs.foreign == []


def test_an_answer_about_many_parcels_has_room_on_a_phone(board: Served, tabs: Tabs) -> None:
    numbers = [f"绍地储出[2026]{number}号" for number in range(1, 26)]
    candidates = tuple(
        Evidence(at=shanghai_time(at), quote=at) for at in ("2026-12-03 17:00", "2026-12-04 12:00")
    )
    findings = tuple(
        Finding(
            code=Code.PLACES_DISAGREE,
            severity=Severity.ERROR,
            parcel_no=number,
            field="deposit_close",
            candidates=candidates,
            params={"values": "2"},
        )
        for number in numbers
    )
    times = {"registration_close": "2026-12-04 17:00", "bidding_close": "2026-12-10 10:00"}
    parcels = tuple(a_parcel(parcel_no=number, milestones=times) for number in numbers)
    board.world.save(a_notice(notice_no="绍告[2026]9号", parcels=parcels, findings=findings))
    page = tabs.open(board, "/review", size=(360, 740))
    choices = page.locator("article", has_text="绍地储出").locator("button.choice")
    with leads_to_a_page(page):
        choices.first.click()
    undo = page.locator(".said button", has_text="一并撤销（25个时间）")
    expect(undo).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with leads_to_a_page(page):
        undo.click()
    expect(choices.first).to_be_visible()
