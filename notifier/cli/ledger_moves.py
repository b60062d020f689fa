"""Moving the ledger to another database."""

from __future__ import annotations

import argparse
from pathlib import Path

from notifier.cli.shared import open_ledger, print_json
from notifier.cli.speech import phrase
from notifier.ledger import move_ledger as move_all
from notifier.ledger import open_ledger as open_place


def move_ledger(options: argparse.Namespace) -> int:
    """Move the config's ledger, which no daemon works on, to an empty database or a new file."""
    text: str = options.place
    place = text if "://" in text else Path(text)
    with open_ledger(options) as source, open_place(place) as target:
        moved = move_all(source, target)
    if options.json:
        print_json({"place": moved.place, "rows": moved.rows})
        return 0
    counts = {"parcels": moved.rows["parcels"], "reminders": moved.rows["reminders"]}
    print(
        phrase(
            "{place}: {parcels} parcels and {reminders} reminders were moved there",
            place=moved.place,
            **counts,
        )
    )
    print(
        phrase(
            "name it in the config before the daemon starts: the old ledger is not used any more"
        )
    )
    return 0
