"""One parcel: facts, times with their sources, changes, who is reminded, what was sent."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.offers import Offer
from notifier.domain.recipients import Recipient
from notifier.domain.reminders import Reminder
from notifier.domain.values import MilestoneName
from notifier.messages import field_name, say
from notifier.service.board_desk import ParcelStory
from notifier.web.pages.answers import answered, times_mark
from notifier.web.pages.moved_times import moved_times
from notifier.web.phrases import Phrases
from notifier.web.visits import Site, Visit, page

_MAP = "https://uri.amap.com/search?"
_MOST_SHOWN = 2_000_000  # bytes of a file shown as text
_READABLE = (".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".toml", ".html", ".htm")
_ENCODINGS = ("utf-8-sig", "gb18030")


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/parcel/{id:int}", show),
        page(site, "/parcel/{id:int}/original", original),
    ]


def show(visit: Visit) -> Response:
    story = _story(visit)
    offer = story.line.offer
    settings = visit.site.settings()
    phrases = Phrases(say=visit.words, now=visit.now)
    people = settings.confirmation.people if settings.confirmation.required else 0
    stated = {time.name for time in story.line.times(visit.now)}
    return visit.page(
        "parcel.html",
        story=story,
        offer=offer,
        times=story.line.times(visit.now),
        unstated=[name for name in MilestoneName if name not in stated],
        reminders=_together(story.reminders),
        channels=_channels(settings.recipients),
        unreached=visit.site.board.unreached(settings.recipients),
        facts=_facts(visit, offer, phrases),
        doubts=[say(finding, visit.language) for finding in story.line.open_findings],
        comparison=visit.site.comparison.of_parcel(offer, visit.now),
        times_mark=times_mark(story.line),
        people=people,
        map=_map(offer),
        sources=visit.site.sources.of([offer], visit.now)[offer.id],
        file=file_of(visit, offer),
        phrases=phrases,
        mark=visit.site.board.mark(visit.now),
        pulse=visit.site.board.pulse(visit.now),
        answered=answered(visit),
        moved=moved_times(visit),
        may_answer=visit.may(Role.MEMBER),
        may_pause=_may_pause(visit, offer),
        field_name=lambda name: field_name(name, visit.language),
    )


def _story(visit: Visit) -> ParcelStory:
    story = visit.site.board.story(visit.request.path_params["id"])
    if story is None:
        raise HTTPException(404)
    return story


def _may_pause(visit: Visit, offer: Offer) -> bool:
    """Whether whoever looks is reminded of the parcel, and so can put it off."""
    recipients = visit.site.settings().recipients
    return visit.may(Role.MEMBER) and any(
        recipient.name == visit.name and recipient.filters.match(offer) for recipient in recipients
    )


def _channels(recipients: Sequence[Recipient]) -> dict[str, str]:
    """The channels of each recipient by name, without addresses."""
    return {
        recipient.name: ", ".join(dict.fromkeys(route.channel for route in recipient.channels))
        for recipient in recipients
    }


def _together(reminders: Sequence[Reminder]) -> list[tuple[Reminder, list[str]]]:
    """Each reminder once, with all who get it."""
    found: dict[tuple[object, ...], tuple[Reminder, list[str]]] = {}
    for reminder in reminders:
        key = (reminder.due_at, reminder.kind, reminder.milestone, reminder.lead)
        found.setdefault(key, (reminder, []))[1].append(reminder.recipient)
    return list(found.values())


def _facts(visit: Visit, offer: Offer, phrases: Phrases) -> list[tuple[str, str]]:
    """(what it is called, what is stated), what is not known left out."""
    parcel = offer.parcel
    say = visit.words
    stated = [
        (say("field.location"), phrases.place(offer)),
        (say("field.use"), phrases.clean(parcel.use)),
        (say("field.area_m2"), phrases.amount(parcel.area_m2, 2)),
        (say("field.floor_area_m2"), phrases.amount(parcel.floor_area_m2, 2)),
        (say("field.far"), phrases.clean(parcel.far)),
        (say("field.start_price_wan"), phrases.amount(parcel.start_price_wan)),
        (say("field.deposit_wan"), phrases.amount(parcel.deposit_wan)),
        (say("parcel_page.floor_price"), _floor_price(offer, phrases)),
        (say("parcel_page.deposit_ratio"), _ratio(offer)),
        (say("field.term"), phrases.clean(parcel.term)),
        (say("field.note"), phrases.clean(parcel.note)),
        (say("field.notice_no"), phrases.clean(offer.notice_no)),
        (say("field.title"), phrases.clean(offer.title)),
        (say("field.authority"), phrases.clean(offer.authority)),
        (say("field.published"), offer.published.isoformat() if offer.published else ""),
        (say("field.platform"), phrases.clean(offer.platform)),
        (say("field.contacts"), phrases.clean("，".join(offer.contacts))),
        (say("parcel_page.aliases"), phrases.clean("，".join(parcel.aliases))),
    ]
    return [(name, value) for name, value in stated if value]


def _floor_price(offer: Offer, phrases: Phrases) -> str:
    try:
        return phrases.amount(offer.parcel.floor_price_yuan)
    except ArithmeticError:  # figures that no parcel has
        return ""


def _ratio(offer: Offer) -> str:
    try:
        ratio = offer.parcel.deposit_ratio
        return "" if ratio is None else f"{ratio:.0%}"
    except ArithmeticError:
        return ""


def _map(offer: Offer) -> str:
    """The address of a map that looks for the place; empty where no place is known."""
    place = " ".join(word for word in (offer.parcel.district, offer.parcel.location) if word)
    if not place:
        return ""
    return _MAP + urlencode({"keyword": place[:100], "city": offer.city, "src": "notifier"})


# -- the original file -----------------------------------------------------------------------------


def original(visit: Visit) -> Response:
    """Show the text of the file as it came in, or give the file to be saved.

    The words that a time was read from are marked. Nothing of the file is ever part of a page but
    its text.
    """
    offer = _story(visit).line.offer
    data = visit.site.originals.bytes_of(offer.file)
    if data is None:
        raise HTTPException(404)
    name = os.path.basename(offer.file)
    if visit.request.query_params.get("as") == "text" and _is_readable(offer.file):
        text = _decoded(data[:_MOST_SHOWN])
        return visit.page(
            "original.html", offer=offer, name=name, pieces=_marked(text, _quotes(offer))
        )
    saved_as = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        data,
        media_type="application/octet-stream",
        headers={**_confined(), "content-disposition": saved_as},
    )


def _quotes(offer: Offer) -> list[str]:
    """Return the words that the times of a parcel were read from, the longest first."""
    quotes = {milestone.quote for _, milestone, _ in offer.deadlines()} - {""}
    return sorted(quotes, key=len, reverse=True)


def _marked(text: str, quotes: Sequence[str]) -> list[tuple[str, bool]]:
    """Part a text: (piece, whether it is one of `quotes`); white space within them may differ."""
    if not quotes:
        return [(text, False)]
    loose = (r"\s*".join(map(re.escape, "".join(quote.split()))) for quote in quotes)
    parts = re.split(f"({'|'.join(loose)})", text)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def _confined() -> dict[str, str]:
    return {"content-security-policy": "default-src 'none'; sandbox"}


def _is_readable(name: str) -> bool:
    return Path(name).suffix.lower() in _READABLE


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def file_of(visit: Visit, offer: Offer) -> str:
    """Return what can be done with a parcel's file: `text`, `save`, or nothing.

    `text` where it can be shown, `save` where it can be saved alone, empty where it is not kept any
    more.
    """
    if not visit.site.originals.has(offer.file):
        return ""
    return "text" if _is_readable(offer.file) else "save"
