"""What is known of the sources of a parcel: whether they are watched, and how they were found last.

Silence is never proof that a deadline stands: whoever is told of a time is told when somebody
looked last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.statements import Origin
from notifier.domain.watching import News, PageState, Watch, promised_pause, split_address

_LATE_AFTER = 2  # promised pauses without a good look: then nothing is known any more


class SourceState(StrEnum):
    """How a source was found last. What needs a person's eye most stands first."""

    GONE = "gone"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"  # an attached file could not be had
    NOT_LOOKED_AT = "not-looked-at"  # for longer than was promised
    NOT_WATCHED = "not-watched"  # a file that somebody brought
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file that said something of a parcel; `page`: on which it stood, None: somebody brought it.

    `is_last`: it brought the parcel or changed it last.
    """

    name: str
    origin: Origin | None = None
    is_last: bool = False
    page: PageState | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceWatch:
    """What is known of one source.

    `read_at`: the last good look; `changed_at`: when it said something new last; `failing_since`:
    the first of the looks that have failed since. None: not known.
    """

    state: SourceState
    file: str = ""
    url: str = ""
    is_table: bool = False
    read_at: datetime | None = None
    changed_at: datetime | None = None
    failing_since: datetime | None = None

    @property
    def concern(self) -> int:
        """Its place among others: what needs a person's eye most stands first."""
        return _CONCERN[self.state]

    @property
    def page_url(self) -> str:
        """What a browser shows of it, "" if its site gives it to no browser."""
        url, question = split_address(self.url)
        return "" if question else url


def source_watches(
    files: Iterable[SourceFile], watches: Mapping[str, Watch], now: datetime
) -> tuple[SourceWatch, ...]:
    """Return what is known of the sources of a parcel, the one of most concern first.

    Each watched page counts, for the newest word may be on any of them; of the files that somebody
    brought only the one that said the last word.
    """
    found: dict[str, SourceWatch] = {}
    for file in files:
        watch = watches.get(file.page.watch_url) if file.page is not None else None
        if file.page is not None and watch is not None:
            found[file.page.url] = _of_page(file, file.page, watch, now)
        elif file.is_last:
            found[""] = SourceWatch(
                state=SourceState.NOT_WATCHED,
                file=file.name,
                is_table=file.origin is Origin.TABLE,
            )
    return tuple(sorted(found.values(), key=_order))


def _of_page(file: SourceFile, page: PageState, watch: Watch, now: datetime) -> SourceWatch:
    return SourceWatch(
        state=_state_of(page, watch, now),
        file=file.name,
        url=page.url,
        read_at=page.good_at,
        changed_at=page.changed_at,
        failing_since=page.failed_at if page.failures else None,
    )


def _state_of(page: PageState, watch: Watch, now: datetime) -> SourceState:
    if page.told == News.GONE:
        return SourceState.GONE
    if page.failures:
        return SourceState.UNREADABLE
    longest = _LATE_AFTER * promised_pause(page.role, watch)
    if page.good_at is None or not timedelta(0) <= now - page.good_at <= longest:
        return SourceState.NOT_LOOKED_AT
    return SourceState.INCOMPLETE if page.trouble else SourceState.UNCHANGED


_CONCERN = {state: number for number, state in enumerate(SourceState)}


def _order(source: SourceWatch) -> tuple[int, float, str, str]:
    read_at = 0.0 if source.read_at is None else source.read_at.timestamp()
    return source.concern, read_at, source.url, source.file
