"""The digest's picture: the windows of each parcel on a time axis.

Drawn by a process of its own, so that the daemon does not carry a plotting library in its memory
all day.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Set
from datetime import date, datetime, timedelta
from typing import Any

from notifier.domain.drafts import Draft, DraftKind, Form
from notifier.domain.offers import Offer
from notifier.domain.times import shanghai
from notifier.domain.values import MILESTONES, WINDOW_ENDS, Milestone, MilestoneName
from notifier.messages.catalogue import Words, milestone_name
from notifier.messages.clean import tidy
from notifier.messages.context import Context

log = logging.getLogger("notifier.messages")

_SECONDS = 60  # a first start looks for the machine's fonts
_MOST_ROWS = 16  # as many as one still scrolls through on a phone
_OVER = ("skipped", "suspended")
_LABEL_WIDTH = 26  # characters of 15 points across 390
_MARKS = tuple(name for name, kind in MILESTONES.items() if kind.window not in WINDOW_ENDS)


def timeline(draft: Draft) -> bytes | None:
    """Return a PNG of the parcels of a digest, soonest first.

    None if there is nothing to draw, or it could not be drawn: the digest's words do not wait for
    their picture.
    """
    if draft.kind is not DraftKind.DIGEST or not draft.items:
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="notifier-") as folder:
            return _drawn(draft, folder)
    except subprocess.CalledProcessError as fault:
        log.error(
            "the digest's picture could not be drawn: %s",
            fault.stderr.decode(errors="replace")[-400:],
        )
    except (subprocess.TimeoutExpired, OSError) as fault:
        log.error("the digest's picture could not be drawn: %s", fault)
    return None


def _drawn(draft: Draft, folder: str) -> bytes:
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        # matplotlib must write somewhere, and a confined service has no home
        "MPLCONFIGDIR": folder,
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "notifier.messages.drawing"],
        input=json.dumps(what_to_draw(draft)).encode(),
        capture_output=True,
        env=environment,  # no secret of ours
        timeout=_SECONDS,
        start_new_session=True,  # Ctrl-C ends the daemon, it does not spoil a picture
        check=True,
    ).stdout


def what_to_draw(draft: Draft) -> dict[str, Any]:
    """Return the picture as plain data: rows with their bars and marks, as days since `begin`.

    The words are in the recipient's language.
    """
    context = Context(draft=draft, form=Form.MAIL)
    say = context.say
    now = shanghai(draft.now)
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [begin.date() + timedelta(days=number) for number in range(draft.ahead_days + 1)]
    offers = list({item.offer.key: item.offer for item in draft.items}.values())
    over = {item.offer.key for item in draft.items if item.state in _OVER}
    done = {
        (item.offer.key, item.milestone, item.at)
        for item in draft.items
        if item.state == "acknowledged"
    }
    shown = offers[:_MOST_ROWS]
    return {
        "title": say("picture.title", days=draft.ahead_days),
        "days": [_day_words(day, say) for day in days],
        "off": [number for number, day in enumerate(days) if day in draft.days_off],
        "now": {"at": (now - begin) / timedelta(days=1), "words": say("picture.now")},
        "legend": {window.value: say(f"picture.{window}") for window in WINDOW_ENDS}
        | {mark.value: milestone_name(mark, draft.language) for mark in _MARKS}
        | {name: say(f"picture.{name}") for name in ("done", "pale", "off")},
        "rows": [
            {
                "label": tidy(context.number(offer) + context.place_beside(offer), _LABEL_WIDTH),
                "pale": offer.key in over,
                "bars": list(_bars(offer, begin, done, say)),
                "marks": list(_marks(offer, begin, done, say)),
            }
            for offer in shown
        ],
        "more": say("picture.more", count=len(offers) - len(shown))
        if len(offers) > len(shown)
        else "",
    }


def _sets(offer: Offer) -> Iterator[tuple[Mapping[MilestoneName, Milestone], bool]]:
    """(deadlines, whether they hold only under a condition)."""
    yield offer.parcel.milestones, False
    for alternative in offer.parcel.alternatives:
        yield alternative.milestones, True


_Done = Set[tuple[str, MilestoneName | None, datetime | None]]


def _bars(offer: Offer, begin: datetime, done: _Done, say: Words) -> Iterator[dict[str, Any]]:
    """Yield the bars of a parcel's windows.

    A window whose open is not known begins long ago; one whose close is not known is not drawn.
    """
    for milestones, conditional in _sets(offer):
        for window, (opens, closes) in WINDOW_ENDS.items():
            close, start = milestones.get(closes), milestones.get(opens)
            if close is not None:
                yield {
                    "window": window.value,
                    "conditional": conditional,
                    "from": _days(start.at, begin) if start is not None else None,
                    "to": _days(close.at, begin),
                    "words": _when(close, say),
                    "until": say("picture.until", at=_when(close, say)),
                    "done": (offer.key, closes, close.at) in done,
                }


def _marks(offer: Offer, begin: datetime, done: _Done, say: Words) -> Iterator[dict[str, Any]]:
    for milestones, _ in _sets(offer):
        for name in _MARKS:
            if (milestone := milestones.get(name)) is not None:
                yield {
                    "milestone": name.value,
                    "at": _days(milestone.at, begin),
                    "words": _when(milestone, say),
                    "done": (offer.key, name, milestone.at) in done,
                }


def _when(milestone: Milestone, say: Words) -> str:
    """`15日17:00`; without an hour where the notice gives none."""
    local = shanghai(milestone.at)
    clock = "" if milestone.day_only else f"{local:%H:%M}"
    return say("picture.at", day=local.day, month=_month(local, say), clock=clock).strip()


def _day_words(day: date, say: Words) -> str:
    """A date of the axis, its weekday below."""
    weekday = say("time.weekdays").split()[day.weekday()]
    return say("picture.date", day=day.day, month=_month(day, say), weekday=weekday)


def _month(day: date, say: Words) -> str:
    names = say("time.months").split()
    return names[day.month - 1] if names else str(day.month)


def _days(at: datetime, begin: datetime) -> float:
    return (at - begin) / timedelta(days=1)
