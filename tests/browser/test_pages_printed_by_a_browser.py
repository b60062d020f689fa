"""A page of a notice that a person prints to PDF from a browser is read as the page is."""

from __future__ import annotations

from datetime import datetime
from itertools import repeat
from random import Random

import pytest
from playwright.sync_api import Browser

from bench.papers import read_paper
from notifier.domain.values import Notice
from tests.papers.formats import html_page
from tests.papers.layouts import LAYOUTS, fits
from tests.papers.offers import random_offer


def _times(notice: Notice) -> list[dict[str, datetime]]:
    return [
        {name.value: milestone.at for name, milestone in parcel.milestones.items()}
        for parcel in notice.parcels
    ]


@pytest.mark.parametrize("layout", ["table_with_times", "two_heading_rows"])
def test_a_printed_page_has_the_times_of_the_page(browser: Browser, layout: str) -> None:
    random = Random(layout)
    (lay_out,) = (each for each in LAYOUTS if each.__name__ == layout)
    offer = next(each for each in map(random_offer, repeat(random)) if fits(lay_out, each))
    name, page = html_page(lay_out(offer, random))
    tab = browser.new_page()
    tab.set_content(page.decode().replace("<table>", '<table border="1">'))
    printed = tab.pdf(prefer_css_page_size=True)
    tab.close()

    (of_page,), (of_print,) = read_paper(name, page), read_paper("printed.pdf", printed)

    assert _times(of_page)
    assert _times(of_print) == _times(of_page)
