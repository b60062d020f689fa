"""What is known of the sources of a parcel: never more than the last good look says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.source_watch import SourceFile, SourceState, SourceWatch, source_watches
from notifier.domain.statements import Origin
from notifier.domain.watching import Look, PageRole, PageState, Watch, after_look
from notifier.testing import shanghai_time

_NOW = shanghai_time("2031-05-06 10:42")
_WATCH = Watch(url="https://a.example/list", every=timedelta(minutes=30))
_WATCHES = {_WATCH.url: _WATCH}
_PAGE = PageState(
    url="https://a.example/7",
    role=PageRole.ENTRY,
    watch_url=_WATCH.url,
    next_at=_NOW,
    good_at=_NOW,
    changed_at=_NOW - timedelta(days=1),
)


def of_page(page: PageState, now: datetime = _NOW) -> SourceWatch:
    (found,) = source_watches([SourceFile(name="a/7.html", page=page)], _WATCHES, now)
    return found


@given(
    share=st.integers(-50, 450),
    role=st.sampled_from(PageRole),
    every=st.integers(5, 600),
    failures=st.integers(0, 5),
    news=st.sampled_from(["", "gone", "unreadable"]),
    trouble=st.sampled_from(["", "HTTP 503"]),
)
def test_unchanged_is_said_only_within_twice_the_promised_time(
    share: int, role: PageRole, every: int, failures: int, news: str, trouble: str
) -> None:
    watch = replace(_WATCH, every=timedelta(minutes=every))
    promised = watch.every if role is PageRole.WATCHED else max(watch.every, timedelta(hours=6))
    read_at = _NOW - promised * share / 100
    page = replace(_PAGE, role=role, good_at=read_at, failures=failures, told=news, trouble=trouble)
    (found,) = source_watches([SourceFile(name="f", page=page)], {watch.url: watch}, _NOW)
    if found.state is SourceState.UNCHANGED:
        assert timedelta(0) <= _NOW - read_at <= 2 * promised
        assert not failures
        assert not trouble
    assert found.read_at == read_at  # when it was read last is said whatever became of it


def test_a_page_that_fails_says_since_when_from_its_first_failed_look() -> None:
    later = _NOW + timedelta(minutes=30)
    failed, _ = after_look(_PAGE, Look.UNREADABLE, _WATCH, later, spread=0.0)
    again, _ = after_look(failed, Look.UNREADABLE, _WATCH, later + timedelta(hours=1), spread=0.0)
    found = of_page(again, later + timedelta(hours=1))
    assert (found.state, found.failing_since, found.read_at) == (
        SourceState.UNREADABLE,
        later,
        _NOW,
    )
    good, _ = after_look(again, Look.SAME, _WATCH, later + timedelta(hours=2), spread=0.0)
    assert of_page(good, later + timedelta(hours=2)) == SourceWatch(
        state=SourceState.UNCHANGED,
        file="a/7.html",
        url=_PAGE.url,
        read_at=later + timedelta(hours=2),
        changed_at=_PAGE.changed_at,
    )


def test_what_is_asked_for_by_post_is_no_page_for_a_browser() -> None:
    asked = of_page(replace(_PAGE, url='https://a.example/detail#{"gyggGuid":"7"}'))
    assert (asked.url, asked.page_url) == ('https://a.example/detail#{"gyggGuid":"7"}', "")
    assert of_page(_PAGE).page_url == _PAGE.url


def test_a_page_that_is_gone_or_lacks_a_file_is_said_so() -> None:
    assert of_page(replace(_PAGE, failures=2, told="gone")).state is SourceState.GONE
    assert of_page(replace(_PAGE, trouble="not had: a.doc")).state is SourceState.INCOMPLETE
    assert of_page(replace(_PAGE, good_at=None)).state is SourceState.NOT_LOOKED_AT


def test_a_page_that_the_config_watches_no_more_is_a_file_like_any_other() -> None:
    file = SourceFile(name="a/7.html", page=_PAGE, is_last=True)
    (found,) = source_watches([file], {}, _NOW)
    assert (found.state, found.url) == (SourceState.NOT_WATCHED, "")


def test_a_file_that_somebody_brought_last_stands_beside_the_page() -> None:
    page = SourceFile(name="a/7.html", page=_PAGE)
    older = SourceFile(name="old.docx", origin=Origin.NOTICE)
    last = SourceFile(name="延期.xlsx", origin=Origin.TABLE, is_last=True)
    found = source_watches([page, older, last], _WATCHES, _NOW)
    assert [(source.state, source.file, source.is_table) for source in found] == [
        (SourceState.NOT_WATCHED, "延期.xlsx", True),
        (SourceState.UNCHANGED, "a/7.html", False),
    ]
