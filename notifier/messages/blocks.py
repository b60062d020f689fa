"""Parcels under one heading: those with the same deadline, the same change, the same dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.domain.drafts import Item, ItemKind, Told
from notifier.domain.findings import Code
from notifier.domain.lint import odd_order_of
from notifier.domain.offers import Dispute, MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.values import (
    OFFERING_KINDS,
    PARCEL_FIELDS,
    WINDOW_ENDS,
    Finding,
    Kind,
    MilestoneName,
    Severity,
    WindowEnd,
    milestones_with,
)
from notifier.messages.catalogue import field_name
from notifier.messages.context import NUMBERS_ONLY, SUMMARY, Context, Deadline, is_day
from notifier.messages.link_blocks import ShownLink
from notifier.messages.parcel_facts import WARNING_LEVEL, area_words, facts, warnings
from notifier.messages.when import short_moment

SUMMARY_FROM = 10
"""From how many new parcels on a message lists them by their next deadline instead of telling each
in full."""

_WIDTHS = (200, 160, 120, 80, 60, 36)
_FIELD_WIDTHS = (120, 80, 60, 40, 24, 16)
_MOST_TOLD = (8, 6, 4, 3, 2, 2)
_NAME_WIDTH = 20
_NOTE_UNTIL = 4  # the last level at which a rule's note is said
_MOST_QUOTES = 2
_MOST_DATES = 2 * len(MilestoneName)
_MOST_CHANGES = (40, 30, 20, 12, 8, 8)
_CLOSINGS = milestones_with(WindowEnd.CLOSE, WindowEnd.START)
_PAIRS: Mapping[str, Sequence[str]] = {window.value: names for window, names in WINDOW_ENDS.items()}
_AREAS = frozenset(field.name for field in PARCEL_FIELDS if field.unit == "m2")


@dataclass(frozen=True, slots=True)
class ParcelView:
    """The lines of one parcel or item.

    `number` carries its marks; `facts` and `warnings` are lines; `answers`: links by which it is
    answered.
    """

    number: str
    facts: tuple[str, ...]
    warnings: tuple[str, ...]
    answers: tuple[ShownLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of items that share a heading.

    `numbers`: the parcels' numbers in one line when there is no room for more; `parcels` is empty
    then. `deadlines`: those of the `lines` that state what people act upon, for a form that can
    stress them.
    """

    heading: str
    lines: tuple[str, ...]
    parcels: tuple[ParcelView, ...]
    numbers: str
    urgent: bool
    deadlines: tuple[str, ...] = ()


def _block(
    heading: str,
    lines: Iterable[str],
    items: Sequence[Item],
    context: Context,
    deadlines: Iterable[str] = (),
) -> Block:
    unique = list({item.offer.key: item for item in items}.values())
    urgent = _is_urgent(items)
    if context.level == NUMBERS_ONLY:
        numbers = context.say("block.joint").join(_number(item, context) for item in unique)
        return Block(heading, tuple(lines), (), numbers, urgent, tuple(deadlines))
    parcels = tuple(_parcel(item, context) for item in unique)
    return Block(heading, tuple(lines), parcels, "", urgent, tuple(deadlines))


def _brief(context: Context) -> Context:
    """For what is told in passing: enough to know which parcel is meant."""
    return replace(context, level=max(context.level, SUMMARY))


def _parcel(item: Item, context: Context) -> ParcelView:
    """A parcel is described where it is read first, and only named after that."""
    shown = (
        ()
        if item.kind is ItemKind.AGENDA or item.offer.key in context.described
        else facts(item.offer, context)
    )
    context.described.add(item.offer.key)
    sentences = warnings(doubts_of(item), context) if context.level <= WARNING_LEVEL else ()
    return ParcelView(
        _number(item, context, is_described=bool(shown)), shown, sentences, context.answers(item)
    )


def doubts_of(item: Item) -> list[Finding]:
    """Return the findings that a message tells of a new parcel.

    A missing time of day is told with the deadline itself.
    """
    if item.kind is not ItemKind.NEW:
        return []
    return [
        finding
        for finding in item.findings
        if finding.severity is not Severity.INFO and finding.code != Code.DAY_ONLY
    ]


def _is_doubt_unsaid(item: Item, context: Context) -> bool:
    return context.level > WARNING_LEVEL and bool(doubts_of(item))


def unsaid_doubts(items: Sequence[Item], context: Context) -> int:
    """Count the new parcels with findings for which there is no room."""
    new = [item for item in items if item.kind is ItemKind.NEW]
    shown = _brief(context) if len(new) > SUMMARY_FROM else context
    return len({item.offer.key for item in new if _is_doubt_unsaid(item, shown)})


def _number(item: Item, context: Context, *, is_described: bool = False) -> str:
    marks = [context.say("parcel.doubtful")] if _is_doubt_unsaid(item, context) else []
    marks += _trust_marks(item, context)
    if item.kind is ItemKind.AGENDA:
        marks += [
            context.say(f"parcel.{mark}") for mark in ("new", "changed") if getattr(item, mark)
        ]
        if f"state.{item.state}" in context.say:
            marks.append(_state_mark(item, context))
    name = context.number(item.offer) + context.place_beside(item.offer, is_described=is_described)
    return name + "".join(context.say("parcel.mark", mark=mark) for mark in marks)


def _state_mark(item: Item, context: Context) -> str:
    """Return what became of a deadline, and by whose word."""
    state = context.say(f"state.{item.state}")
    if not item.answered_by:
        return state
    by = context.clean(item.answered_by, _NAME_WIDTH)
    return context.say("parcel.state_by", state=state, by=by)


def _trust_marks(item: Item, context: Context) -> list[str]:
    if not context.is_uncompared(item):
        return []
    if item.offer.id in context.draft.uncompared.wrong:
        return [context.say("parcel.said_wrong")]
    return [] if context.is_all_uncompared else [context.say("parcel.unconfirmed")]


# -- a milestone ----------------------------------------------------------------------------------


def _timed(items: Sequence[Item], context: Context) -> Iterator[Block]:
    """One block for each deadline, urgent ones first, then the soonest."""
    if items[0].kind is ItemKind.MISSED:
        context = _brief(context)
    groups: dict[tuple[datetime, str, str], list[Item]] = {}
    for item in items:
        assert item.at is not None
        assert item.milestone is not None
        name = context.milestone(item.milestone, item.offer)
        groups.setdefault((item.at, name, item.condition), []).append(item)
    ordered = sorted(
        groups.items(), key=lambda group: (not _is_urgent(group[1]), in_time(group[1][0]), group[0])
    )
    for (at, name, condition), together in ordered:
        yield _block(
            _deadline(at, name, together, context),
            _remarks(condition, together, context),
            together,
            context,
        )


def _deadline(at: datetime, name: str, items: Sequence[Item], context: Context) -> str:
    heading = _instant_line(name, at, context, day_only=is_day_only(items))
    is_urgent = items[0].kind is not ItemKind.MISSED and _is_urgent(items)
    return context.say("block.urgent", heading=heading) if is_urgent else heading


def _instant_line(name: str, at: datetime, context: Context, *, day_only: bool) -> str:
    moment, remaining = context.moment(at, day_only=day_only), context.left(at, day_only=day_only)
    return context.say("block.deadline", milestone=name, at=moment, left=remaining)


def _is_urgent(items: Iterable[Item]) -> bool:
    return any(item.urgent for item in items)


def in_time(item: Item) -> tuple[datetime, int]:
    """Return a sort key: the deadline, then the usual order of milestones."""
    assert item.at is not None
    assert item.milestone is not None
    return item.at, list(MilestoneName).index(item.milestone)


def is_day_only(items: Sequence[Item]) -> bool:
    """Return whether the notice gives only the day of all that share this deadline."""
    return all(map(_is_day, items))


def _is_day(item: Item) -> bool:
    return (
        item.milestone is not None
        and item.at is not None
        and is_day(item.offer, item.milestone, item.at)
    )


def _remarks(condition: str, items: Sequence[Item], context: Context) -> Iterator[str]:
    width = _WIDTHS[context.level]
    if condition:
        yield context.say("block.condition", condition=context.clean(condition, width))
    if any(map(_is_day, items)):
        yield context.say("block.day_only")
    yield from _rivals(items, context)
    yield from _missing(items, context)
    if items[0].kind in (ItemKind.MISSED, ItemKind.AGENDA):
        return
    if any(item.provisional for item in items):
        yield context.say("block.provisional")
    notes = (
        {}
        if context.level > _NOTE_UNTIL
        else dict.fromkeys(item.note for item in items if item.note)
    )
    for note in list(notes)[:3]:
        yield context.say("block.note", note=context.clean(note, width))
    if items[0].kind is ItemKind.ESCALATION:
        yield from _told(items, context)
    yield from _quotes(items, context)


def _missing(items: Sequence[Item], context: Context) -> Iterator[str]:
    """Whose own answers are still waited for."""
    found = dict.fromkeys(person for item in items for person in item.missing)
    names = [context.clean(person, _NAME_WIDTH) for person in found]
    if names:
        yield context.say("block.missing", names=context.say("block.joint").join(names))


def _rivals(items: Sequence[Item], context: Context) -> Iterator[str]:
    """The later instant that another source gives for what is reminded of."""
    found = []
    for item in items:
        if item.milestone is None or item.at is None:
            continue
        stands = item.offer.deadline(item.milestone, item.at)
        if stands is not None and stands[0].rival is not None:
            found.append(stands[0].rival)
    for rival in dict.fromkeys(found):
        yield context.say_how("block.rival", other=context.moment(rival))


def _quotes(items: Sequence[Item], context: Context) -> Iterator[str]:
    """The words that the deadline was read from; those of parcels that share it may differ."""
    found = []
    for item in items:
        stands = None
        if item.milestone is not None and item.at is not None:
            stands = item.offer.deadline(item.milestone, item.at)
        quote = "" if stands is None else context.quote(stands[0])
        found += [quote] if quote else []
    for quote in list(dict.fromkeys(found))[:_MOST_QUOTES]:
        yield context.say("block.quote", quote=quote)


def _told(items: Sequence[Item], context: Context) -> Iterator[str]:
    sendings = _told_once(items)
    if not any(sending.arrived for sending in sendings):
        yield context.say("block.told_nobody")
    for words, some in (
        ("block.told", [sending for sending in sendings if sending.arrived]),
        ("block.untold", [sending for sending in sendings if not sending.arrived]),
    ):
        most = _MOST_TOLD[context.level]
        phrases = [
            context.say(
                "block.told_one",
                recipient=context.clean(sending.recipient, _NAME_WIDTH),
                channel=context.clean(sending.channel, _NAME_WIDTH),
                at=short_moment(sending.at, context.now, context.say),
            )
            for sending in some[:most]
        ]
        if len(some) > most:
            phrases.append(context.say("block.told_more", count=len(some) - most))
        if phrases:
            yield context.say(words, told=context.say("block.joint").join(phrases))


def _told_once(items: Sequence[Item]) -> list[Told]:
    """Return each sending once; the most important first: the urgent, then the latest."""
    found: dict[tuple[str, str, datetime, bool], Told] = {}
    for item in items:
        for sent in item.told:
            key = (sent.recipient, sent.channel, sent.at, sent.arrived)
            if key not in found or sent.urgent:
                found[key] = sent
    return sorted(found.values(), key=lambda sent: (not sent.urgent, -sent.at.timestamp()))


# -- new parcels ----------------------------------------------------------------------------------


def _new(items: Sequence[Item], context: Context) -> Iterator[Block]:
    if len(items) > SUMMARY_FROM:
        yield from _summary(items, context)
        return
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in sorted(items, key=lambda item: _soonest_at(item.offer, context)):
        lines = (
            *_passed(item.offer, context),
            *_unread(item, context),
            *_dates(item.offer, context),
        )
        groups.setdefault((_notice(item.offer, context), lines), []).append(item)
    for (heading, unquoted), together in groups.items():
        lines = unquoted
        first = together[0]
        if context.is_quoting:  # copies of one table may write the same instants in different words
            dates = _dates(first.offer, context, quoted=True)
            lines = (*_passed(first.offer, context), *_unread(first, context), *dates)
        soonest = context.soonest(first.offer)
        deadlines = (
            []
            if soonest is None
            else [_date(soonest, first.offer, context, quoted=context.is_quoting)]
        )
        yield _block(heading, lines, together, context, deadlines)


def is_too_late(offer: Offer, context: Context) -> bool:
    """Return whether something of `offer` has closed already."""
    return bool(_closed(offer, context))


def _closed(offer: Offer, context: Context) -> list[Deadline]:
    return [deadline for deadline in context.passed(offer) if deadline.name in _CLOSINGS]


def _passed(offer: Offer, context: Context) -> Iterator[str]:
    """Yield the line of deadlines that had passed when the notice came in.

    Nobody is reminded of them. Where there is no room the title alone says so: a part that was cut
    before something passed must still fit.
    """
    passed = _closed(offer, context)
    if passed and context.level < NUMBERS_ONLY:
        named = [
            context.say(
                "block.passed_one",
                milestone=context.milestone(deadline.name, offer, deadline.condition),
                at=short_moment(
                    deadline.milestone.at, context.now, context.say, day_only=deadline.day_only
                ),
            )
            for deadline in passed[:_MOST_DATES]
        ]
        yield context.say("block.passed", passed=context.say("block.joint").join(named))


def _unread(item: Item, context: Context) -> Iterator[str]:
    """A deadline that is missing from the list of dates is seen only if the list says so."""
    doubtful = {
        name for finding in item.findings for name in _PAIRS.get(finding.field, (finding.field,))
    }
    stated = {name for name, *_ in item.offer.deadlines()}
    for name in _CLOSINGS:
        if name in doubtful and name not in stated:
            yield context.say("block.unread", milestone=context.milestone(name, item.offer))


def _soonest_at(offer: Offer, context: Context) -> tuple[bool, float]:
    soonest = context.soonest(offer)
    return (soonest is None, 0.0 if soonest is None else soonest.milestone.at.timestamp())


def _notice(offer: Offer, context: Context) -> str:
    number = context.clean(offer.notice_no, _WIDTHS[context.level])
    return context.say(
        "block.notice", kind=context.say(f"kind.{offer.kind}"), notice_no=number
    ).strip()


def _dates(offer: Offer, context: Context, *, quoted: bool = False) -> Iterator[str]:
    """Every milestone of a parcel in order of time; at the shortest only the next one."""
    if context.level == NUMBERS_ONLY:
        soonest = context.soonest(offer)
        deadlines = [] if soonest is None else [soonest]
    else:
        deadlines = sorted(
            (Deadline(*parts) for parts in offer.deadlines()),
            key=lambda deadline: deadline.milestone.at,
        )
    shown = deadlines[:_MOST_DATES]
    for deadline in shown:
        yield _date(deadline, offer, context, quoted=quoted)
    if len(deadlines) > len(shown):
        yield context.say("block.more_lines", count=len(deadlines) - len(shown))
    if any(deadline.day_only for deadline in shown):
        yield context.say("block.day_only")


def _date(deadline: Deadline, offer: Offer, context: Context, *, quoted: bool = False) -> str:
    line = _instant_line(
        context.milestone(deadline.name, offer),
        deadline.milestone.at,
        context,
        day_only=deadline.day_only,
    )
    short = context.clean(deadline.condition, _FIELD_WIDTHS[context.level])
    line += context.say("block.condition_short", condition=short) if short else ""
    if deadline.milestone.rival is not None:
        line += context.say("block.rival_short", other=context.moment(deadline.milestone.rival))
    quote = context.quote(deadline.milestone) if quoted else ""
    return line + context.say("block.quote_short", quote=quote) if quote else line


def _summary(items: Sequence[Item], context: Context) -> Iterator[Block]:
    """Many new parcels, by their next deadline."""
    context = _brief(context)
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in sorted(items, key=lambda item: _soonest_at(item.offer, context)):
        soonest = context.soonest(item.offer)
        line = (
            context.say("block.none_ahead")
            if soonest is None
            else _date(soonest, item.offer, context)
        )
        day_only = (
            [context.say("block.day_only")] if soonest is not None and soonest.day_only else []
        )
        lines = (*_passed(item.offer, context), *day_only, *_unread(item, context))
        groups.setdefault((line, lines), []).append(item)
    for (line, lines), together in groups.items():
        heading = context.say("block.count", heading=line, count=len(together))
        yield _block(heading, lines, together, context)


# -- changes --------------------------------------------------------------------------------------


def _changes(items: Sequence[Item], context: Context) -> Iterator[Block]:
    """Parcels that the same notice changed in the same way stand together."""
    context = replace(_brief(context), quote_level=context.level)
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in items:
        change = item.change or OfferChange()
        key = (_change_heading(change, context), tuple(_change_lines(item.offer, change, context)))
        groups.setdefault(key, []).append(item)
    ordered = sorted(groups.items(), key=lambda group: not _is_urgent(group[1]))
    for (heading, lines), together in ordered:
        first = together[0]
        moved = (
            []
            if first.change is None
            else [_moved(milestone, first.offer, context) for milestone in first.change.milestones]
        )
        yield _block(heading, lines, together, context, moved)


def change_kind(change: OfferChange) -> Kind:
    """Return the kind of the change; another copy of the offering notice is no kind of its own."""
    return Kind.OTHER if change.kind in OFFERING_KINDS else change.kind


def _change_heading(change: OfferChange, context: Context) -> str:
    """Named by its notice; by the file alone where the notice has neither number nor title."""
    if change.is_set:
        return context.say("block.set", by=setter(change.by, context), why=_why(change, context))
    kind = context.say(f"kind.{change_kind(change)}")
    width = _FIELD_WIDTHS[context.level]
    notice = context.clean(change.notice_no, width)
    title = context.clean(change.title, width)
    if title and not notice:
        notice = context.say("block.title", title=title)
    name = notice or context.clean(change.file, width)
    return context.say("block.change", kind=kind, notice=name) if name else kind


def setter(by: str, context: Context) -> str:
    """Return the name of the person who set a time."""
    return context.clean(by, _NAME_WIDTH) or context.say("block.set_somebody")


def _why(change: OfferChange, context: Context) -> str:
    why = context.clean(change.why, _FIELD_WIDTHS[context.level])
    return context.say("block.set_why", why=why) if why else ""


def _dispute(dispute: Dispute, offer: Offer, context: Context) -> str:
    """Two sources, or a person and a later document, that give different instants."""
    at = context.say("block.no_time")
    if dispute.stands is not None:
        at = context.moment(dispute.stands, day_only=dispute.stands_day_only)
    return context.say_how(
        "block.kept" if dispute.is_set else "block.doubt",
        milestone=context.milestone(dispute.milestone, offer),
        stands=at,
        other=context.moment(dispute.other, day_only=dispute.other_day_only),
        by=setter(dispute.by, context),
    )


def _change_lines(offer: Offer, change: OfferChange, context: Context) -> Iterator[str]:
    lines = []
    if change.state is not None:
        old, new = (context.say(f"state.{state}") for state in change.state)
        lines.append(context.say("block.state", old=old, new=new))
        lines.append(context.say(f"block.after.{change.state[1]}"))
        if change.state[1] is OfferState.OPEN:
            lines += _still_ahead(offer, change, context)
    lines += [_moved(milestone, offer, context) for milestone in change.milestones]
    moved = {milestone.milestone for milestone in change.milestones}
    lines += warnings(odd_order_of(offer.parcel, moved), context)
    lines += [_dispute(dispute, offer, context) for dispute in change.disputes]
    lines += [_field(name, old, new, context) for name, old, new in change.fields]
    if not lines:
        lines.append(context.say("block.unclear"))
    if context.is_quoting and change.file and (change.notice_no or change.title):
        file = context.clean(change.file, _FIELD_WIDTHS[context.level])
        lines.append(context.say("fact.file", value=file))
    most = _MOST_CHANGES[context.level]
    yield from lines[:most]
    if len(lines) > most:
        yield context.say("block.more_lines", count=len(lines) - most)


def _still_ahead(offer: Offer, change: OfferChange, context: Context) -> list[str]:
    """Return the lines of deadlines that a resumption leaves as they were.

    Those it moves have lines of their own.
    """
    moved = {(milestone.milestone, milestone.new) for milestone in change.milestones}
    dates = [
        _date(deadline, offer, context)
        for deadline in context.ahead(offer)
        if (deadline.name, deadline.milestone.at) not in moved
    ]
    return dates if dates or moved else [context.say("block.none_ahead")]


def _moved(moved: MilestoneChange, offer: Offer, context: Context) -> str:
    name = context.milestone(moved.milestone, offer)
    old = ""
    if moved.old is not None:
        old = context.moment(moved.old, day_only=moved.old_day_only)
    if moved.new is None:
        return context.say("block.removed", milestone=name, old=old)
    new, remaining = (
        context.moment(moved.new, day_only=moved.new_day_only),
        context.left(moved.new, day_only=moved.new_day_only),
    )
    line = context.say(
        "block.moved" if old else "block.added", milestone=name, old=old, new=new, left=remaining
    )
    stands = offer.deadline(moved.milestone, moved.new)
    quote = "" if stands is None else context.quote(stands[0])
    return line + context.say("block.quote_short", quote=quote) if quote else line


def _field(name: str, old: str, new: str, context: Context) -> str:
    width = _FIELD_WIDTHS[context.level]
    nothing = context.say("block.nothing")
    if name in _AREAS:
        old, new = area_words(old), area_words(new)
    return context.say(
        "block.field",
        field=context.clean(field_name(name, context.draft.language), width),
        old=context.clean(old, width) or nothing,
        new=context.clean(new, width) or nothing,
    )


BLOCKS: dict[ItemKind, Callable[[Sequence[Item], Context], Iterator[Block]]] = {
    ItemKind.REMINDER: _timed,
    ItemKind.MISSED: _timed,
    ItemKind.ESCALATION: _timed,
    ItemKind.AGENDA: _timed,
    ItemKind.NEW: _new,
    ItemKind.CHANGE: _changes,
}
