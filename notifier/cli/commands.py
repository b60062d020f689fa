"""Setting up, running, checking, and what keeps the ledger and the deliveries in order."""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli.shared import clean, open_desk, open_ledger, print_json, settings_of
from notifier.cli.speech import label, language, phrase, reason
from notifier.clock import SystemClock
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.service.self_check import Trial

_BOARD_ENDS_WITHIN = 5  # seconds


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
    set_up_logging(
        as_json=options.log_json or settings.log_json, stream=sys.stderr, secrets=settings.secrets
    )
    for warning in settings.warnings:
        logging.getLogger("notifier").warning("%s", warning)
    words = phrase(
        "Reminders go where {file} says: edit [channels] and [[recipients]] there to get "
        "them in WeCom, Telegram or "
        "mail, then press Ctrl-C and start again (or send SIGHUP).",
        file=settings.file,
    )
    print(words, flush=True)
    with _board_beside(options) if options.with_board else nullcontext():
        app.run(settings, options.config, SystemClock())
    return 0


@contextmanager
def _board_beside(options: argparse.Namespace) -> Iterator[None]:
    """Run the board as a process of its own until the block ends.

    What becomes of it is nothing to the daemon.
    """
    where = ["-c", str(options.config)] if options.config is not None else []
    ledger = ["--db", str(options.db)] if options.db is not None else []
    program = [sys.executable, "-m", "notifier", *where, *ledger, "web", "--with-link"]
    board = subprocess.Popen(program, env=_without_secrets(os.environ))  # noqa: S603  # our own program
    try:
        yield
    finally:
        board.terminate()
        try:
            board.wait(_BOARD_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            board.kill()


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """What the board may know of our environment: nothing of the channels."""
    secret = ("NOTIFIER_CHANNELS__", "NOTIFIER_HEARTBEAT_URL", "CREDENTIALS_DIRECTORY")
    return {
        name: value for name, value in environment.items() if not name.upper().startswith(secret)
    }


def alert(options: argparse.Namespace) -> int:
    from notifier import app
    from notifier.messages.render import Renderer
    from notifier.service import send_alert

    if not options.text.strip():
        raise UsageError("TEXT: it is empty: say what the operators are to be told")
    settings = settings_of(options)
    if settings.operators is None:
        raise UsageError(
            f"{settings.file}: operators: no one is named: add [operators] channels = [...]"
        )
    outcomes = send_alert(
        settings.operators,
        "message",
        {"text": options.text},
        renderer=Renderer(settings.templates),
        channels=app.open_channels(settings),
        routes=settings.operators.channels,
        now=SystemClock().now(),
    )
    for route, outcome in outcomes:
        print(clean(f"{route}: {phrase(outcome.verdict.value)} {reason(outcome.words)}".rstrip()))
    return 0 if any(outcome.has_arrived for _, outcome in outcomes) else 1


def retry(options: argparse.Namespace) -> int:
    with open_desk(options) as desk:
        queued = desk.retry(SystemClock().now())
    if options.json:
        print_json({"queued": queued})
    else:
        print(phrase("{count} deliveries are tried again", count=queued))
    return 0


def backup(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        ledger.upkeep.copy_to(options.target, SystemClock().now())
    if options.json:
        print_json({"written": str(options.target)})
    else:
        print(phrase("{file}: written", file=options.target))
    return 0


def check(options: argparse.Namespace) -> int:
    from notifier.app import open_channel_of
    from notifier.service.json_shapes import checks_json
    from notifier.service.self_check import SelfCheck

    self_check = SelfCheck(settings_of(options), open_channel_of)
    checks = self_check.run(SystemClock().now(), trial=_trial(options))
    if options.json:
        print_json(checks_json(checks, language()))
    else:
        for check in checks:
            mark = phrase("ok ") if check.ok else phrase("BAD")
            print(clean(f"{mark}  {label(check.what)}: {reason(check.words)}"))
    return 0 if all(check.ok for check in checks) else 1


def _trial(options: argparse.Namespace) -> Trial | None:
    from notifier.service.self_check import Trial

    if options.send:
        return Trial(recipient=options.to, channel=options.channel)
    if options.to is not None or options.channel is not None:
        raise UsageError("--to and --channel say where a test message goes: use them with --send")
    return None
