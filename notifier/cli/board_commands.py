"""`web` and `web link`: the board, and a sign-in link to it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from notifier.cli.shared import open_ledger, print_json
from notifier.cli.speech import phrase
from notifier.clock import SystemClock
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.config import Settings


def web(options: argparse.Namespace) -> int:
    if options.action == "link":
        return _link(options)
    if options.action == "feed":
        return _feed(options)
    if options.name is not None:
        raise UsageError(f"{options.name}: give a name with `notifier web link` alone")
    return _serve(options)


def _settings(options: argparse.Namespace) -> Settings:
    from notifier.config import load_settings

    return load_settings(options.config, ledger=options.db, with_secrets=False)


def _link(options: argparse.Namespace) -> int:
    from notifier.service.sign_in import LINK_LASTS, SignIn

    if options.name is None:
        raise UsageError(
            "whose link? `notifier web link NAME`, a recipient or a name of [web.roles]"
        )
    settings = _settings(options)
    with open_ledger(options) as ledger:
        token = SignIn(ledger, lambda: settings).make_link(options.name, SystemClock().now())
    address = f"{settings.web.address}/sign-in/{token}"
    if options.json:
        print_json({"name": options.name, "link": address})
    else:
        minutes = round(LINK_LASTS.total_seconds() / 60)
        print(
            phrase(
                "{address} signs in {name} once, within {minutes} minutes",
                address=address,
                name=options.name,
                minutes=minutes,
            )
        )
    return 0


def _feed(options: argparse.Namespace) -> int:
    """Print where a recipient's calendar is; with --new at another address from now on."""
    from notifier.service.feed_desk import FeedDesk

    if options.name is None:
        raise UsageError("whose calendar? `notifier web feed NAME`, a recipient")
    settings = _settings(options)
    with open_ledger(options) as ledger:
        desk = FeedDesk(ledger, lambda: settings)
        secret = desk.exchange(options.name) if options.new else desk.secret(options.name)
    address = f"{settings.web.address}/feed/{secret}.ics"
    if options.json:
        print_json({"name": options.name, "feed": address})
    else:
        print(
            phrase(
                "{address} is the calendar of {name}: only they should know it",
                address=address,
                name=options.name,
            )
        )
    return 0


def _serve(options: argparse.Namespace) -> int:
    try:
        from notifier.web.server import LiveSettings, ensure_allowed, serve
    except ModuleNotFoundError as fault:
        raise UsageError(
            f"the board needs {fault.name}: install it with pip install 'notifier[web]'"
        ) from None
    from notifier.engines.systemd import notify
    from notifier.logs import set_up_logging
    from notifier.service.sign_in import SignIn

    settings = _settings(options)
    ensure_allowed(settings.web)
    set_up_logging(as_json=settings.log_json, stream=sys.stderr, secrets=())
    live = LiveSettings(settings, options.db)
    clock = SystemClock()
    with open_ledger(options, create=True) as ledger:

        def announce() -> None:
            """Say where the board is, with a link for the first person if one was asked for."""
            sign_in = SignIn(ledger, live)
            first = next(iter(sign_in.people()), "")
            print(phrase("board: {address}", address=settings.web.address), flush=True)
            if options.with_link and first:
                token = sign_in.make_link(first, clock.now())
                address = f"{settings.web.address}/sign-in/{token}"
                print(
                    phrase("sign in as {name}: {address}", name=first, address=address), flush=True
                )
            notify("READY=1", "STATUS=serving")

        serve(ledger, live, clock, on_ready=announce)
    return 0
