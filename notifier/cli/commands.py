"""Setting up, running, checking, and what keeps the ledger and the deliveries in order."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from notifier.cli.shared import clean, open_ledger, print_json, settings_of
from notifier.clock import SystemClock
from notifier.errors import UsageError


def init(options: argparse.Namespace) -> int:
    from notifier.cli.example import write_config, write_example

    target = options.config or Path("config.toml")
    if target.exists():
        raise UsageError(f"{target}: there is one already: it is left as it is")
    print(write_example(target, SystemClock().now()) if options.example else write_config(target))
    return 0


def run(options: argparse.Namespace) -> int:
    from notifier import app
    from notifier.logs import set_up_logging

    settings = settings_of(options)
    set_up_logging(as_json=options.log_json or settings.log_json, stream=sys.stderr, secrets=settings.secrets)
    for warning in settings.warnings:
        logging.getLogger("notifier").warning("%s", warning)
    print(
        f"Reminders go where {settings.file} says: edit [channels] and [[recipients]] there to get them in "
        "WeCom, Telegram or mail, then press Ctrl-C and start again (or send SIGHUP).",
        flush=True,
    )
    app.run(settings, options.config, SystemClock())
    return 0


def alert(options: argparse.Namespace) -> int:
    from notifier import app
    from notifier.messages.render import Renderer
    from notifier.service import say_at_once

    if not options.text.strip():
        raise UsageError("TEXT: it is empty: say what the operators are to be told")
    settings = settings_of(options)
    if settings.operators is None:
        raise UsageError(f"{settings.file}: operators: no one is named: add [operators] channels = [...]")
    said = say_at_once(
        settings.operators,
        "message",
        {"text": options.text},
        renderer=Renderer(settings.templates),
        channels=app.open_channels(settings),
        routes=settings.operators.channels,
        now=SystemClock().now(),
    )
    for route, outcome in said:
        print(clean(f"{route}: {outcome.verdict.value} {outcome.words}"))
    return 0 if any(outcome.has_arrived for _, outcome in said) else 1


def retry(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        queued = ledger.retry_failed(SystemClock().now())
    if options.json:
        print_json({"queued": queued})
    else:
        print(f"{queued} deliveries are tried again")
    return 0


def backup(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        ledger.backup(options.target, SystemClock().now())
    if options.json:
        print_json({"written": str(options.target)})
    else:
        print(f"{options.target}: written")
    return 0


def check(options: argparse.Namespace) -> int:
    from notifier.cli.checking import checked

    lines = checked(settings_of(options), SystemClock().now(), send=options.send)
    if options.json:
        print_json({"checks": [{"what": line.what, "ok": line.ok, "words": line.words} for line in lines]})
    else:
        for line in lines:
            print(clean(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.words}"))
    return 0 if all(line.ok for line in lines) else 1
