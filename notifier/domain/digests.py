"""The digest: when it is due, what is in it, and whether that is news."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b

from notifier.domain.drafts import Item, ItemKind
from notifier.domain.offers import Offer
from notifier.domain.recipients import OPERATORS, WEEKDAYS, DigestTime, Recipient
from notifier.domain.reports import AgendaLine
from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.values import MilestoneName
from notifier.domain.workdays import WorkCalendar

_LATE = timedelta(hours=4)
_LATE_WEEKLY = timedelta(hours=12)
_SEARCH_LIMIT = 60  # days; longer than any run of days off
_A_WEEK = 7
_SOON = timedelta(days=3)


def late(digest: DigestTime) -> timedelta:
    """Return how long a digest is worth sending: until the next one is about to say the same."""
    return _LATE_WEEKLY if digest.on else _LATE


def due_digest(digest: DigestTime, now: datetime, calendar: WorkCalendar) -> date | None:
    """The day whose digest is to be sent at `now`, if there is one."""
    day = shanghai(now - late(digest)).date()
    for candidate in (day, day + timedelta(days=1)):
        at = at_shanghai(candidate, digest.at)
        if _is_sent_on(digest, candidate, calendar) and at <= now < at + late(digest):
            return candidate
    return None


def next_digest(digest: DigestTime, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """Return the first instant after `now` at which a digest is due, UTC.

    None: the calendar knows no such day.
    """
    day = shanghai(now).date()
    for offset in range(_SEARCH_LIMIT):
        at = at_shanghai(day + timedelta(days=offset), digest.at)
        if at > now and _is_sent_on(digest, day + timedelta(days=offset), calendar):
            return utc(at)
    return None


def _is_sent_on(digest: DigestTime, day: date, calendar: WorkCalendar) -> bool:
    if digest.days == "working" and not calendar.is_working(day):
        return False
    if not digest.on:
        return True
    return any(
        WEEKDAYS[day_off.weekday()] in digest.on for day_off in _stood_in_for(digest, day, calendar)
    )


def _stood_in_for(digest: DigestTime, day: date, calendar: WorkCalendar) -> Iterator[date]:
    """Return `day` and the days off just before it.

    The digest of a Monday off comes on the next working day.
    """
    yield day
    if digest.days == "daily":
        return
    for back in range(1, _A_WEEK):
        before = day - timedelta(days=back)
        if calendar.is_working(before):
            return
        yield before


def _mark(over_at: datetime, *words: str) -> str:
    digest = blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=8)
    return f"{int(over_at.timestamp())}:{digest.hexdigest()}"


def _item_mark(item: Item) -> str:
    assert item.milestone is not None  # a line of a digest is of a milestone
    assert item.at is not None
    found = item.offer.deadline(item.milestone, item.at)
    over_at = item.at if found is None else found[0].over_at
    return _mark(
        over_at,
        item.offer.key,
        item.milestone.value,
        item.at.isoformat(),
        item.condition,
        item.state,
        *item.missing,
    )


def _uncovered_mark(offer: Offer) -> str:
    over_at = max(milestone.over_at for _, milestone, _ in offer.deadlines())
    return _mark(over_at, offer.key, "uncovered")


def is_news(marks: Collection[str], last: Collection[str] | None, now: datetime) -> bool:
    """Return whether a digest of these marks says anything that the `last` one did not.

    `last` is None where there was none.

    What has merely passed since is nothing new; that nothing at all is left is.
    """
    if last is None or (last and not marks):
        return True
    still_ahead = {mark for mark in last if int(mark.partition(":")[0]) > now.timestamp()}
    return set(marks) != still_ahead


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestContents:
    """The content of a digest: its lines, and parcels that nobody is reminded of."""

    items: tuple[Item, ...] = ()
    uncovered: tuple[Offer, ...] = ()
    soon_until: datetime | None = None
    """Until then a deadline is so near that this is news: to operators, of what nobody is reminded
    of."""

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the marks of the content, to compare with the last digest.

        A mark is a parcel, milestone, instant and state, but nothing that time alone changes. It
        begins with the instant (in seconds) from which on it has passed.
        """
        marks = {_item_mark(item) for item in self.items}
        marks |= {_uncovered_mark(offer) for offer in self.uncovered}
        for item in self.items:
            if self.soon_until is not None and item.at is not None and item.at <= self.soon_until:
                marks.add(_mark(item.at, _item_mark(item), "soon"))
        return tuple(sorted(marks))


def contents_for(
    recipient: Recipient,
    lines: Sequence[AgendaLine],
    now: datetime,
    is_uncovered: Callable[[Offer], bool],
) -> DigestContents:
    """Return the digest of `recipient`: the parcels that its filter matches.

    For the operators: those that nobody is reminded of.
    """
    ahead = {line.offer.key: line.offer for line in lines if line.state == "ahead"}
    uncovered = {key: offer for key, offer in ahead.items() if is_uncovered(offer)}
    if recipient.name == OPERATORS:
        mine = [line for line in lines if line.offer.key in uncovered]
        return DigestContents(items=agenda_items(mine, recipient, now), soon_until=now + _SOON)
    return DigestContents(
        items=agenda_items(lines, recipient, now), uncovered=tuple(uncovered.values())
    )


def agenda_items(
    lines: Iterable[AgendaLine], recipient: Recipient, now: datetime
) -> tuple[Item, ...]:
    """The lines that are `recipient`'s, as items of a digest."""
    return tuple(
        Item(
            kind=ItemKind.AGENDA,
            offer=line.offer,
            milestone=MilestoneName(line.milestone),
            at=line.at,
            urgent=_is_urgent(recipient, line, now),
            condition=line.condition,
            note=recipient.note(MilestoneName(line.milestone)),
            new=line.new,
            changed=line.changed,
            state=line.state,
            answered_by=line.answered_by,
            missing=line.missing,
        )
        for line in lines
        if recipient.filters.match(line.offer)
    )


def _is_urgent(recipient: Recipient, line: AgendaLine, now: datetime) -> bool:
    """Return whether its urgent reminders begin before the day is over that a digest is read on."""
    ahead = line.at - now
    return line.state == "ahead" and any(
        rule.urgent_from is not None and ahead <= rule.urgent_from.length + timedelta(days=1)
        for rule in recipient.rules
        if rule.milestone == line.milestone
    )
