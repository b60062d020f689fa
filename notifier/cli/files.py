"""`read`, `import`, `simulate`: files in, and what they say or would do."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli.jsonout import notice_to_json
from notifier.cli.progress import Progress
from notifier.cli.shared import (
    at_words,
    clean,
    file_name,
    instant,
    print_json,
    refuse_folder,
    settings_of,
    span,
    span_of,
)
from notifier.clock import SystemClock
from notifier.domain.values import Finding, Notice, Severity
from notifier.errors import IntakeError, UsageError
from notifier.ledger import Ledger

if TYPE_CHECKING:
    from notifier.engines.virtual import Span


_UNMATCHED = "no parcel that is known fits {names}: this was not applied; it is when that parcel's notice comes"


def read(options: argparse.Namespace) -> int:
    from notifier.config import published_calendar
    from notifier.domain.lint import lint
    from notifier.intake import read_bytes
    from notifier.intake.child import FileReader
    from notifier.intake.limits import Limits

    notices: list[Notice] = []
    broken = 0
    now = SystemClock().now()
    calendar = published_calendar()
    reader, limits = FileReader(), Limits()
    for path in options.files:
        try:
            refuse_folder(path)
            found = reader.read(path.name, read_bytes(path, limits), limits)
        except IntakeError as fault:
            print(f"{file_name(path)}: {clean(str(fault))}", file=sys.stderr)
            broken += 1
            continue
        notices += [replace(one, findings=one.findings + lint(one, calendar, now)) for one in found]
    _show(notices, as_json=options.json)
    wrong = any(finding.severity is Severity.ERROR for notice in notices for finding in notice.findings)
    return 1 if broken or wrong else 0


def _say(finding: Finding) -> str:
    from notifier.messages import say

    return say(finding, "zh")


def _show(notices: list[Notice], *, as_json: bool) -> None:
    if as_json:
        print_json({"notices": [notice_to_json(one, _say) for one in notices]})
        return
    for notice in notices:
        print(clean(f"{notice.file}: {notice.kind.value} {notice.notice_no} {notice.title}"))
        for parcel in notice.parcels:
            print(clean(f"  {parcel.parcel_no} {parcel.location}"))
            for name, milestone in parcel.milestones.items():
                at = at_words(milestone.at, day_only=milestone.day_only)
                print(clean(f"    {name.value:20} {at}  {milestone.source.value}  {milestone.quote}"))
    _print_findings(notices)


def _print_findings(notices: list[Notice]) -> None:
    for notice in notices:
        for one in notice.findings:
            print(clean(f"{one.place.prefix(notice.file)}: {one.severity.value}: {_say(one)}"), file=sys.stderr)


def import_(options: argparse.Namespace) -> int:
    from notifier import app

    settings = settings_of(options)
    ledger = Ledger(settings.ledger)
    service = app.build(settings, ledger, SystemClock(), channels={})
    report, broken = [], 0
    bar = Progress(len(options.files))
    for path in options.files:
        bar.at(path.name)
        try:
            refuse_folder(path)
            taken = service.take_in(path, SystemClock().now())
        except IntakeError as fault:
            bar.clear()
            print(f"{file_name(path)}: {clean(str(fault))}", file=sys.stderr)
            broken += 1
            continue
        bar.clear()
        _print_findings(list(taken.notices))
        unmatched = [{"notice": title, "names": names} for title, names in taken.unmatched]
        report.append({"file": path.name, "new": taken.new, "changed": taken.changed, "unmatched": unmatched})
        broken += any(f.severity is Severity.ERROR for notice in taken.notices for f in notice.findings)
        broken += bool(taken.unmatched)
        for title, names in taken.unmatched:
            print(clean(f"{path.name}: {title}: {_UNMATCHED.format(names=names)}"), file=sys.stderr)
        if not options.json:
            print(f"{path.name}: {taken.new} parcels new, {taken.changed} changed")
    if options.json:
        print_json({"files": report})
    ledger.close()
    return 1 if broken else 0


def simulate(options: argparse.Namespace) -> int:
    from notifier.cli.simulation import simulated

    week = span(instant(options.since, "--from"), instant(options.until, "--to"), f"--to {options.until}")
    settings = settings_of(options)
    outages: dict[str, list[Span]] = {}
    for text in options.fail:
        channel, _, outage = text.partition("=")
        if channel not in settings.channels:
            raise UsageError(f"--fail {text}: no such channel: known are {', '.join(settings.channels)}")
        outages.setdefault(channel, []).append(span_of(outage, "--fail"))
    down = [span_of(text, "--down") for text in options.down]
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "simulated.db")
        try:
            messages, broken = simulated(settings, ledger, options.files, week, down=down, outages=outages)
        finally:
            ledger.close()
    for line in broken:
        print(clean(line), file=sys.stderr)
    if options.json:
        print_json({"messages": messages})
    else:
        for one in messages:
            print(
                f"{one['at'][:16].replace('T', ' ')}  {one['recipient']}  ({', '.join(one['channels'])})  {one['kind']}"
            )
            print("\n".join(f"    {clean(line)}" for line in one["body"].splitlines()), end="\n\n")
    return 1 if broken else 0
