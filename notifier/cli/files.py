"""`read`, `import`, `simulate`: files in, and what they say or would do."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli.progress import Progress
from notifier.cli.shared import (
    at_words,
    clean,
    file_name,
    instant,
    padded,
    print_json,
    refuse_folder,
    settings_of,
)
from notifier.cli.speech import language, phrase, place, reason
from notifier.clock import SystemClock
from notifier.domain.questions import Question
from notifier.domain.values import Evidence, Finding, Notice, Precision, Severity
from notifier.errors import IntakeError, UsageError
from notifier.ledger import copy_ledger, open_ledger
from notifier.messages.event_json import finding_json
from notifier.service.json_shapes import notice_json

if TYPE_CHECKING:
    from notifier.config import Settings
    from notifier.intake.limits import Limits


_STANDARD_INPUT = Path("-")
_UNMATCHED = (
    "{file}: {title}: no parcel that is known fits {names}: this was not applied; it is when "
    "that parcel's notice comes"
)


def read(options: argparse.Namespace) -> int:
    from notifier.config import published_calendar
    from notifier.domain.lint import checked
    from notifier.intake.child import FileReader
    from notifier.intake.limits import Limits

    notices: list[Notice] = []
    broken = 0
    now = SystemClock().now()
    calendar = published_calendar()
    reader, limits = FileReader(), Limits()
    for path in options.files:
        try:
            name, data = _content(path, limits)
            found = reader.read(name, data, limits)
        except IntakeError as fault:
            print(clean(f"{file_name(path)}: {reason(str(fault))}"), file=sys.stderr)
            broken += 1
            continue
        notices += [checked(notice, calendar, now) for notice in found]
    _show(notices, as_json=options.json, explain=options.explain)
    wrong = any(
        finding.severity is Severity.ERROR for notice in notices for finding in notice.findings
    )
    return 1 if broken or wrong else 0


def _content(path: Path, limits: Limits) -> tuple[str, bytes]:
    """Return the name and the bytes of a file; the first bytes name standard input."""
    from notifier.intake import read_bytes
    from notifier.intake.formats import kind_of

    if path != _STANDARD_INPUT:
        refuse_folder(path)
        return path.name, read_bytes(path, limits)
    data = sys.stdin.buffer.read(limits.file_bytes + 1)
    return f"stdin{kind_of('', data)}", data


def _say(finding: Finding) -> str:
    from notifier.messages import say

    return say(finding, language())


def _ask(question: Question) -> str:
    from notifier.messages import ask

    return ask(question, language())


def _show(notices: list[Notice], *, as_json: bool, explain: bool = False) -> None:
    if as_json:
        print_json({"notices": [notice_json(notice, _say) for notice in notices]})
        return
    from notifier.messages import milestone_name
    from notifier.messages.catalogue import words

    for notice in notices:
        kind = words(language())(f"kind.{notice.kind}")
        print(clean(f"{notice.file}: {kind} {notice.notice_no} {notice.title}"))
        for parcel in notice.parcels:
            print(clean("  ".join(["", parcel.parcel_no, *parcel.aliases, parcel.location])))
            for name, milestone, condition in parcel.deadlines():
                at = at_words(milestone.at, day_only=milestone.day_only)
                called = milestone_name(name, language(), notice.kind)
                source = phrase(milestone.source.value)
                line = f"    {padded(called, 20)} {at}  {source}  {milestone.quote}  {condition}"
                print(clean(line.rstrip()))
                if explain:
                    _print_evidence(milestone.evidence)
    _print_findings(notices, explain=explain)


def _print_evidence(places: Iterable[Evidence]) -> None:
    """Print each place that speaks of a time: by which rule, which time, where, in which words."""
    for evidence in places:
        at = at_words(evidence.at, day_only=evidence.precision is Precision.DAY)
        where = place(str(evidence.place))
        print(clean(f"      {evidence.rule:20} {at}  {where}  {evidence.quote}"))


def _print_findings(notices: list[Notice], *, explain: bool = False) -> None:
    """Print each sentence once: what doubts a time of a notice doubts it for all its parcels."""
    printed: set[str] = set()
    for notice in notices:
        for finding in notice.findings:
            where = place(finding.place.prefix(notice.file))
            severity = phrase(finding.severity.value)
            line = clean(f"{where}: {severity}: {_say(finding)}")
            if line in printed:
                continue
            printed.add(line)
            print(line, file=sys.stderr)
            if explain:
                _print_evidence(finding.candidates)


def import_(options: argparse.Namespace) -> int:
    from notifier import app

    settings = settings_of(options)
    ledger = open_ledger(settings.ledger_place)
    service = app.build(settings, ledger, SystemClock(), channels={})
    report, broken = [], 0
    bar = Progress(len(options.files))
    for path in options.files:
        bar.at(path.name)
        try:
            refuse_folder(path)
            taken = service.ingest.take_in(path, SystemClock().now(), on_purpose=True)
        except IntakeError as fault:
            bar.clear()
            print(clean(f"{file_name(path)}: {reason(str(fault))}"), file=sys.stderr)
            broken += 1
            continue
        bar.clear()
        _print_findings(list(taken.notices))
        unmatched = [{"notice": title, "names": names} for title, names in taken.unmatched]
        every = [finding for notice in taken.notices for finding in notice.findings]
        findings = [finding_json(finding, _say) for finding in every]
        report.append(
            {
                "file": path.name,
                "new": taken.new,
                "changed": taken.changed,
                "unmatched": unmatched,
                "findings": findings,
            }
        )
        broken += any(
            f.severity is Severity.ERROR for notice in taken.notices for f in notice.findings
        )
        broken += bool(taken.unmatched or taken.asked)
        for title, names in taken.unmatched:
            words = phrase(_UNMATCHED, file=path.name, title=title, names=names)
            print(clean(words), file=sys.stderr)
        for question in taken.asked:
            print(clean(f"{path.name}: {_ask(question)}"), file=sys.stderr)
        if not options.json:
            counted = phrase(
                "{file}: {new} parcels new, {changed} changed",
                file=path.name,
                new=taken.new,
                changed=taken.changed,
            )
            print(clean(counted))
    if options.json:
        print_json({"files": report})
    ledger.close()
    return 1 if broken else 0


def simulate(options: argparse.Namespace) -> int:
    from notifier.simulation import outages_of, simulated, span, span_of

    since = SystemClock().now() if options.since is None else instant(options.since, "--from")
    week = span(since, instant(options.until, "--to"), f"--to {options.until}")
    settings, is_default = _settings_or_default(options)
    outages = outages_of(options.fail, settings.channels)
    down = [span_of(text, "--down") for text in options.down]
    folders, files = [], []
    for path in options.files:
        try:
            refuse_folder(path)
            files.append(path)
        except IntakeError as refusal:
            folders.append((path, refusal))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "simulated.db"
        if not options.files:
            _copy_ledger(settings.ledger_place, copy, is_default=is_default and options.db is None)
        ledger = open_ledger(copy)
        ledger.upkeep.forget_copying()
        try:
            messages, broken = simulated(
                settings,
                ledger,
                files,
                week,
                channels=settings.channels,
                down=down,
                outages=outages,
            )
        finally:
            ledger.close()
    for path, fault in [*folders, *broken]:
        print(clean(f"{file_name(path)}: {reason(str(fault))}"), file=sys.stderr)
    if options.json:
        print_json({"messages": messages})
    else:
        for message in messages:
            at, channels = message["at"][:16].replace("T", " "), ", ".join(message["channels"])
            print(f"{at}  {message['recipient']}  ({channels})  {phrase(message['kind'])}")
            body = "\n".join(f"    {clean(line)}" for line in message["body"].splitlines())
            print(body, end="\n\n")
    return 1 if folders or broken else 0


def _settings_or_default(options: argparse.Namespace) -> tuple[Settings, bool]:
    """Return the config's settings, or the default rules for one recipient where there is none."""
    from notifier.cli.example import write_config
    from notifier.config import SYSTEM_FILE, WORKING_FILE, load_settings

    if options.config is not None or WORKING_FILE.exists() or SYSTEM_FILE.exists():
        return settings_of(options), False
    print(
        phrase("no config was found: the default rules for one recipient are used"), file=sys.stderr
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / WORKING_FILE
        write_config(file)
        return load_settings(file, ledger=options.db), True


def _copy_ledger(source: Path | str, target: Path, *, is_default: bool) -> None:
    """Copy the ledger that is simulated where no file is named; it stays untouched."""
    if is_default:
        raise UsageError(
            "no files are given and there is no ledger: name files, or use a config with a ledger"
        )
    ledger = open_ledger(source, create=False)
    try:
        copy_ledger(ledger, target, SystemClock().now())
    finally:
        ledger.close()
