"""What a message says of where it was read: always something, never much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.domain.drafts import Draft, Form, ItemKind, Language
from notifier.domain.source_watch import SourceState, SourceWatch
from notifier.messages.context import NUMBERS_ONLY, Context
from notifier.messages.render import Renderer
from notifier.messages.source_lines import source_lines
from notifier.testing import shanghai_time
from tests.drafts import a_draft, an_item, parcels

_NOW = shanghai_time("2024-11-14 11:00")
_FORMS = (Form.MAIL, Form.TELEGRAM, Form.WECOM, Form.MARKDOWN, Form.TEXT)
_WATCHED = SourceWatch(
    state=SourceState.UNCHANGED,
    file="a/7.html",
    url="https://a.example/7",
    read_at=shanghai_time("2024-11-14 10:42"),
    changed_at=shanghai_time("2024-11-01 09:00"),
)


def draft(sources: Sequence[Sequence[SourceWatch]], language: Language = "zh") -> Draft:
    offers = parcels(len(sources))
    return a_draft(
        *(an_item(offer=offer) for offer in offers),
        now=_NOW,
        language=language,
        sources={number: tuple(known) for number, known in enumerate(sources, 1)},
    )


def lines(draft: Draft, form: Form = Form.MAIL, level: int = 0) -> list[str]:
    return source_lines(Context(draft=draft, form=form, level=level))


def test_a_message_says_when_the_page_was_read_last() -> None:
    assert lines(draft([[_WATCHED]])) == ["来源：网页监看中，今天10:42读过，自11月1日09:00起无变化"]
    assert lines(draft([[_WATCHED]], "en")) == [
        "Source: watched page, read today 10:42, unchanged since 1 Nov 09:00"
    ]


def test_a_message_says_since_when_a_page_cannot_be_read() -> None:
    failing = replace(
        _WATCHED,
        state=SourceState.UNREADABLE,
        failing_since=shanghai_time("2024-11-14 10:50"),
    )
    assert lines(draft([[failing]])) == [
        "来源：网页自今天10:50起读不到（最后读到：今天10:42），其后有无变化不知道"
    ]
    undated = replace(failing, failing_since=None, read_at=shanghai_time("2023-12-31 10:00"))
    assert lines(draft([[undated]])) == [
        "来源：网页读不到（最后读到：2023-12-31 10:00），其后有无变化不知道"
    ]


def test_a_file_that_somebody_brought_is_said_to_be_watched_by_nobody() -> None:
    file = SourceWatch(state=SourceState.NOT_WATCHED, file="公告\n.docx")
    assert lines(draft([[file]])) == ["来源：未监看（文件 公告 .docx），其后有无变化不知道"]
    table = replace(file, file="台账.xlsx", is_table=True)
    assert lines(draft([[table]], "en")) == [
        "Source: not watched (table 台账.xlsx): whether it changed is not known"
    ]


def test_parcels_of_one_source_share_its_line() -> None:
    found = lines(draft([[_WATCHED]] * 20))
    assert len(found) == 1
    file = SourceWatch(state=SourceState.NOT_WATCHED, file="a.docx")
    mixed = lines(draft([[_WATCHED]] * 5 + [[file]]))
    assert [line.partition("）：")[0] for line in mixed] == [
        "来源（杭政储出[2024]6号",
        "来源（杭政储出[2024]1号、杭政储出[2024]2号、杭政储出[2024]3号 (+2)",
    ]


@pytest.mark.parametrize("form", _FORMS, ids=lambda form: form.markup)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_many_sources_make_no_long_message(form: Form, language: Language) -> None:
    states = list(SourceState)
    sources = [
        [
            replace(
                _WATCHED,
                state=states[number % len(states)],
                url=f"https://a.example/{number}",
                file=f"{number}.html",
                read_at=_NOW - timedelta(minutes=number),
            )
        ]
        for number in range(60)
    ]
    full = draft(sources, language)
    for level in range(NUMBERS_ONLY + 1):
        found = lines(full, form, level)
        assert 1 <= len(found) <= len(states)
        assert sum(map(len, found)) < 1_200
    for part in Renderer().split(full, form):
        message = Renderer().render(part, form)
        assert form.fits(message.body)
        assert ("来源" if language == "zh" else "Source") in message.body


def test_a_sum_of_pages_names_the_look_that_is_longest_ago() -> None:
    sources = [
        [replace(_WATCHED, url=str(number), read_at=_NOW - timedelta(minutes=number))]
        for number in range(1, 31)
    ]
    assert lines(draft(sources)) == ["来源：30个网页监看中，都在今天10:30或之后读过"]
    assert lines(draft(sources), level=NUMBERS_ONLY) == ["来源：30宗监看中，今天10:30读过"]


def test_nothing_is_said_where_nothing_is_known_or_all_has_passed() -> None:
    known = draft([[_WATCHED]])
    missed = tuple(replace(item, kind=ItemKind.MISSED) for item in known.items)
    assert lines(replace(known, sources={})) == []
    assert lines(replace(known, items=missed)) == []
