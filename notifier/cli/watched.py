"""`watch`: the pages that are watched, a try at one, one more."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from notifier.cli.shared import at_words, clean, open_ledger, print_json, settings_of
from notifier.cli.speech import phrase, reason
from notifier.errors import IntakeError, UsageError

if TYPE_CHECKING:
    from notifier.domain.watching import PageState


def watch(options: argparse.Namespace) -> int:
    """`list`: 1 if a page is in trouble. `test`: 1 if nothing could be read at the address."""
    if options.action == "list":
        return _list(options)
    if not options.url:
        raise UsageError("name the address of the page")
    return _test(options) if options.action == "test" else _add(options)


def _list(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        states = ledger.pages.all()
    if options.json:
        print_json({"pages": [_state_json(state) for state in states]})
    else:
        for line in _lines(states):
            print(clean(line))
    return 1 if any(state.failures for state in states) else 0


def _state_json(state: PageState) -> dict[str, object]:
    return {
        "url": state.url,
        "role": state.role.value,
        "title": state.title,
        "read_at": None if state.good_at is None else at_words(state.good_at),
        "changed_at": None if state.changed_at is None else at_words(state.changed_at),
        "next_at": at_words(state.next_at),
        "failures": state.failures,
        "trouble": state.trouble,
    }


def _lines(states: Sequence[PageState]) -> Sequence[str]:
    lines = []
    for state in states:
        read = (
            phrase("not read yet")
            if state.good_at is None
            else phrase("read {at}", at=at_words(state.good_at))
        )
        changed = (
            ""
            if state.changed_at is None
            else phrase("something new {at}", at=at_words(state.changed_at))
        )
        trouble = (
            phrase("in trouble: {words}", words=reason(state.trouble)) if state.failures else ""
        )
        lines.append(
            "  ".join(word for word in (state.url, state.title, read, changed, trouble) if word)
        )
    return lines or [phrase("no page is watched: see [[watch]] in the config")]


def _test(options: argparse.Namespace) -> int:
    """Look at a page once, as the daemon would, and store nothing."""
    from notifier.intake.child import FileReader
    from notifier.service.page_watch import suffix_of
    from notifier.watch.fetching import Fetcher, FetchFault

    settings = settings_of(options)
    allowed = options.allow_private or any(
        watch.url == options.url and watch.allow_private for watch in settings.watches
    )
    try:
        page = Fetcher(contact=settings.watch_contact).fetch(options.url, allow_private=allowed)
    except FetchFault as fault:
        print(clean(f"{options.url}: {reason(str(fault))}"), file=sys.stderr)
        return 1
    data = page.data or b""
    reader = FileReader()
    try:
        links = reader.links(page.url, data, settings.limits)
        name = f"page{suffix_of(page)}"
        notices = [] if links.is_list else reader.read(name, data, settings.limits)
    except IntakeError as fault:
        print(clean(f"{options.url}: {reason(str(fault))}"), file=sys.stderr)
        return 1
    finally:
        reader.close()
    for notice in notices:
        for parcel in notice.parcels:
            times = ", ".join(
                f"{name.value} {at_words(milestone.at)}"
                for name, milestone in parcel.milestones.items()
            )
            print(clean(f"{notice.title}  {parcel.parcel_no}  {times}"))
    for link in (*links.entries, *links.files):
        print(clean(f"{link.text}  {link.url}"))
    for words in links.faults:
        print(clean(f"{options.url}: {reason(words)}"), file=sys.stderr)
    found = bool(links.entries) or any(
        parcel.milestones for notice in notices for parcel in notice.parcels
    )
    if links.by_script and not found:
        words = (
            "the page is drawn by a script: it cannot be watched; save its notices into the inbox"
        )
        print(clean(f"{options.url}: {reason(words)}"), file=sys.stderr)
    return 0 if found else 1


def _add(options: argparse.Namespace) -> int:
    """Write one more [[watch]] at the end of the config."""
    from notifier.config.schema import page_url

    settings = settings_of(options)
    if any(watch.url == options.url for watch in settings.watches):
        raise UsageError(f"{options.url}: it is watched already")
    try:
        url = page_url(options.url)
    except ValueError as fault:
        raise UsageError(str(fault)) from None
    private = "allow_private = true\n" if options.allow_private else ""
    # a text of JSON is a text of TOML, too
    with open(settings.file, "a", encoding="utf-8") as file:
        file.write(f"\n[[watch]]\nurl = {json.dumps(url, ensure_ascii=False)}\n{private}")
    print(phrase("{url} is watched from the next start or SIGHUP on", url=url))
    return 0
