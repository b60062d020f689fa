"""What any ledger must hold to of the pages that are watched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifier.domain.source_watch import SourceFile
from notifier.domain.statements import Origin
from notifier.domain.watching import PageRole, PageState
from notifier.ports import Ledger
from notifier.testing import a_notice, shanghai_time

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
        failed_at=_NOW - timedelta(hours=1),
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


def test_the_sources_of_a_parcel_are_its_files_and_the_pages_they_stood_on(ledger: Ledger) -> None:
    ledger.notices.save(replace(a_notice(), file="a.example/7.html"), (), _NOW)
    (offer,) = ledger.parcels.all()
    ledger.pages.add([_PAGE])
    assert ledger.pages.sources([offer]) == {
        offer.id: [SourceFile(name="a.example/7.html", origin=Origin.NOTICE, is_last=True)]
    }
    seen = replace(_PAGE, facts="x", good_at=_NOW)
    ledger.pages.save(seen, files=["a.example/7.html"])
    ledger.pages.save(seen, files=["a.example/7.html"])
    (source,) = ledger.pages.sources([offer])[offer.id]
    assert source.page == seen
    ledger.pages.forget([_PAGE.url])
    ledger.pages.add([_PAGE])  # its names are noted when it is read again
    (source,) = ledger.pages.sources([offer])[offer.id]
    assert source.page is None
    assert ledger.pages.sources([]) == {}


def test_a_file_of_no_page_stands_beside_the_page(ledger: Ledger) -> None:
    ledger.notices.save(replace(a_notice(), file="a.example/7.html"), (), _NOW)
    ledger.pages.add([_PAGE])
    ledger.pages.save(_PAGE, files=["a.example/7.html"])
    ledger.notices.save(replace(a_notice(), file="copy.docx"), (), _NOW + timedelta(hours=1))
    (offer,) = ledger.parcels.all()
    sources = {source.name: source for source in ledger.pages.sources([offer])[offer.id]}
    assert set(sources) == {"a.example/7.html", "copy.docx"}
    assert sources["copy.docx"].page is None
    assert [source.name for source in sources.values() if source.is_last] == [offer.file]


def test_the_sources_of_many_parcels_are_found_in_one_call(ledger: Ledger) -> None:
    notice = a_notice()
    (parcel,) = notice.parcels
    parcels = tuple(replace(parcel, parcel_no=f"甲{number}号") for number in range(600))
    ledger.notices.save(replace(notice, parcels=parcels, file="list.csv"), (), _NOW)
    offers = list(ledger.parcels.all())
    found = ledger.pages.sources(offers)
    assert len(found) == 600
    assert {source.name for files in found.values() for source in files} == {"list.csv"}
