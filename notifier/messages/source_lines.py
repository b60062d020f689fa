"""What is known of the sources of a message, in a few lines: a deadline may move unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from notifier.domain.drafts import ItemKind, Markup
from notifier.domain.offers import Offer
from notifier.domain.source_watch import SourceState, SourceWatch
from notifier.domain.times import shanghai
from notifier.messages.alert_lines import listed
from notifier.messages.catalogue import Words
from notifier.messages.context import SUMMARY, Context
from notifier.messages.when import short_moment

_MOST_LINES = 6  # sources that have a line of their own in a mail
_MOST_SHORT_LINES = 2  # and in a chat
_NAMED = 3  # parcels that a line names
_FILE_WIDTH = 60
_MARK = "source_watch.{key}"


def source_lines(context: Context) -> list[str]:
    """Return a line for each source; for each state of sources where there are many.

    One line for all where there is little room. Empty where nothing is known.
    """
    groups = _by_source(context)
    if not groups:
        return []
    if context.level >= SUMMARY:
        return [_one_line(groups, context)]
    is_mail = context.form.markup is Markup.MAIL
    if len(groups) > (_MOST_LINES if is_mail else _MOST_SHORT_LINES):
        return _state_lines(groups, context)
    lines = [
        (offers, source_words(source, context.now, context.say, context.clean))
        for source, offers in groups.items()
    ]
    return _titled(lines, context)


def source_words(
    source: SourceWatch, now: datetime, say: Words, clean: Callable[[str, int], str]
) -> str:
    """Return what is known of one source: `watched: read 14 Nov 10:42, unchanged since then`."""
    file = clean(source.file, _FILE_WIDTH)
    if source.state is SourceState.NOT_WATCHED:
        key = "table" if source.is_table else "not_watched"
        return say(_MARK.format(key=key), file=file or say("block.nothing"))
    key = source.state.value.replace("-", "_")
    if source.failing_since is None and _MARK.format(key=f"{key}_undated") in say:
        key += "_undated"
    return say(
        _MARK.format(key=key),
        read=_instant(source.read_at, now, say),
        changed=_instant(source.changed_at, now, say),
        since=_instant(source.failing_since, now, say),
    )


def _instant(at: datetime | None, now: datetime, say: Words) -> str:
    """`今天10:42`, `11月14日10:42`; with the year where it is not the present one."""
    if at is None:
        return say("source_watch.never")
    local = shanghai(at)
    if local.year == shanghai(now).year:
        return short_moment(at, now, say)
    return f"{local:%Y-%m-%d %H:%M}"


def _by_source(context: Context) -> dict[SourceWatch, list[Offer]]:
    found: dict[SourceWatch, dict[int, Offer]] = {}
    for item in context.draft.items:
        if item.kind is ItemKind.MISSED:
            continue
        for source in context.draft.sources.get(item.offer.id, ()):
            found.setdefault(source, {})[item.offer.id] = item.offer
    ordered = sorted(found.items(), key=lambda pair: pair[0].concern)
    return {source: list(offers.values()) for source, offers in ordered}


def _by_state(
    groups: Mapping[SourceWatch, Sequence[Offer]],
) -> dict[SourceState, tuple[list[SourceWatch], list[Offer]]]:
    found: dict[SourceState, tuple[list[SourceWatch], list[Offer]]] = {}
    for source, offers in groups.items():
        sources, together = found.setdefault(source.state, ([], []))
        sources.append(source)
        together += [offer for offer in offers if offer not in together]
    return found


def _state_lines(groups: Mapping[SourceWatch, Sequence[Offer]], context: Context) -> list[str]:
    """Return a line for each state, with the look that is longest ago."""
    lines = []
    for state, (sources, offers) in _by_state(groups).items():
        if len(sources) == 1:
            words = source_words(sources[0], context.now, context.say, context.clean)
        else:
            words = _summed(state, sources, context)
        lines.append((offers, words))
    return _titled(lines, context)


def _summed(state: SourceState, sources: Sequence[SourceWatch], context: Context) -> str:
    key = state.value.replace("-", "_")
    return context.say(
        _MARK.format(key=f"{key}_several"),
        count=len(sources),
        read=_oldest_read(sources, context),
        file=context.clean(sources[0].file, _FILE_WIDTH),
    )


def _oldest_read(sources: Sequence[SourceWatch], context: Context) -> str:
    looks = [source.read_at for source in sources]
    oldest = None if None in looks else min(at for at in looks if at is not None)
    return _instant(oldest, context.now, context.say)


def _titled(lines: Sequence[tuple[Sequence[Offer], str]], context: Context) -> list[str]:
    """Put before each line whose source it is: not where there is one for all."""
    if len(lines) == 1:
        return [context.say("source_watch.line", words=lines[0][1])]
    return [
        context.say("source_watch.line_of", parcels=_named(offers, context), words=words)
        for offers, words in lines
    ]


def _named(offers: Sequence[Offer], context: Context) -> str:
    numbers = [context.number(offer) for offer in offers[:_NAMED]]
    return listed(numbers, len(offers), context.say("block.joint"))


def _one_line(groups: Mapping[SourceWatch, Sequence[Offer]], context: Context) -> str:
    pieces = []
    for state, (sources, offers) in _by_state(groups).items():
        key = f"{state.value.replace('-', '_')}_brief"
        read = "" if state is SourceState.NOT_WATCHED else _oldest_read(sources, context)
        pieces.append(context.say(_MARK.format(key=key), count=len(offers), read=read))
    return context.say("source_watch.line", words=context.say("source_watch.joint").join(pieces))
