"""Files in a real browser: chosen or dropped, with progress, and the receipt without a reload."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.serving import Served
from tests.browser.tabs import Tabs, leads_to_a_page

_ROWS = "公告编号,地块编号,报名截止时间\n测地1号,测地1号,2026-12-30 17:00\n"


@pytest.mark.parametrize("has_script", [True, False])
def test_a_file_that_is_put_in_gets_its_receipt(
    board: Served, tabs: Tabs, tmp_path: Path, has_script: bool
) -> None:
    page = (
        tabs.open(board, is_clock_virtual=False)
        if has_script
        else tabs.open(board, java_script_enabled=False)
    )
    with leads_to_a_page(page):
        page.click("nav >> text=文件")
    files: list[FilePayload] = [
        {"name": f"新公告{has_script}.csv", "mimeType": "text/csv", "buffer": _ROWS.encode()},
        {"name": "图.png", "mimeType": "image/png", "buffer": b"no picture"},
    ]
    page.set_input_files("#chosen", files)
    if has_script:
        page.click("text=送交")
        expect(page.locator("#under-way .good")).to_have_count(2)
    else:
        with leads_to_a_page(page):
            page.click("text=送交")
    expect(page.locator(".receipt.is-waiting")).to_have_count(2)
    board.world.read_deposits()
    if not has_script:
        page.reload()
    expect(page.locator(".receipt", has_text=f"新公告{has_script}.csv")).to_contain_text(
        "已读入：1宗地块，1个时间"
    )
    expect(page.locator(".receipt.is-refused")).to_contain_text("图.png")
