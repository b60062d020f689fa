"""The program of the child process that simulates: `python -m notifier.web.simulation_child`.

An order comes in by standard input, `{"messages": [...]}` or `{"error": "..."}` goes out.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier.config import Settings, load_settings
from notifier.engines.virtual import OutageSpan
from notifier.errors import NotifierError
from notifier.ledger import copy_ledger, open_ledger
from notifier.simulation import outages_of, simulated, span_of

_MEMORY = 1_000_000_000  # bytes
_SECONDS = 120  # of work, should the parent be gone
_MOST_WRITTEN = 20_000_000  # bytes of the answer


def main() -> int:
    """Answer one order; 1 if it cannot be done."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = json.dumps({"messages": _messages(json.load(sys.stdin))})
    except NotifierError as fault:
        print(json.dumps({"error": str(fault)}))  # noqa: T201  # to the parent
        return 1
    if len(answer) > _MOST_WRITTEN:
        return 1
    print(answer)  # noqa: T201  # to the parent
    return 0


def _messages(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    place = None if order["ledger"] is None else Path(order["ledger"])
    settings = load_settings(Path(order["config"]), ledger=place, with_secrets=False)
    channels = _channels(settings)
    begin, end = datetime.fromisoformat(order["begin"]), datetime.fromisoformat(order["end"])
    outages = outages_of(order["fail"], channels)
    down = [span_of(text, "--down") for text in order["down"]]
    copy = Path(order["folder"]) / "simulated.db"
    with open_ledger(settings.ledger_place, create=False) as ledger:
        copy_ledger(ledger, copy, begin)
    with open_ledger(copy) as ledger:
        ledger.upkeep.forget_copying()
        messages, _ = simulated(
            settings,
            ledger,
            [],
            OutageSpan(begin, end),
            channels=channels,
            down=down,
            outages=outages,
        )
    return messages


def _channels(settings: Settings) -> list[str]:
    """Return the channels by which anybody is told; without secrets the settings have none."""
    everyone = [*settings.recipients, *([settings.operators] if settings.operators else [])]
    routes = [
        route for recipient in everyone for route in (*recipient.channels, *recipient.fallback)
    ]
    return sorted({route.channel for route in routes})


if __name__ == "__main__":
    sys.exit(main())
