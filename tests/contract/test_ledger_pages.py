"""What any ledger must hold to of the pages that are watched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifier.domain.watching import PageRole, PageState
from notifier.ports import Ledger
from notifier.testing import shanghai_time

_NOW = shanghai_time("2031-05-06 10:00")
_PAGE = PageState(
    url="https://a.example/", role=PageRole.WATCHED, watch_url="https://a.example/", next_at=_NOW
)


def test_a_page_is_kept_as_it_was_seen(ledger: Ledger) -> None:
    ledger.pages.add([_PAGE])
    seen = replace(
        _PAGE,
        next_at=_NOW + timedelta(hours=1),
        title="公告",
        etag='"1"',
        modified="Tue, 06 May 2031 02:00:00 GMT",
        facts="x",
        failures=2,
        missing=1,
        good_at=_NOW,
        changed_at=_NOW,
        until=_NOW + timedelta(days=9),
        trouble="HTTP 503",
        told="gone",
    )
    ledger.pages.save(seen)
    assert ledger.pages.get(_PAGE.url) == seen
    ledger.pages.add([_PAGE])  # known: it stays as it is
    assert ledger.pages.get(_PAGE.url) == seen


def test_pages_come_in_the_order_in_which_they_are_looked_at(ledger: Ledger) -> None:
    later = replace(
        _PAGE, url="https://a.example/1", role=PageRole.ENTRY, next_at=_NOW + timedelta(minutes=1)
    )
    ledger.pages.add([later, _PAGE])
    assert ledger.pages.all() == [_PAGE, later]
    assert ledger.pages.due(_NOW) == [_PAGE]
    assert ledger.pages.due(_NOW - timedelta(seconds=1)) == []
    ledger.pages.forget([_PAGE.url])
    assert ledger.pages.all() == [later]
    assert ledger.pages.get(_PAGE.url) is None
