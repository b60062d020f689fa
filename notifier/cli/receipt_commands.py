"""`files`: what came in, and what became of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from notifier.cli.shared import at_words, clean, open_ledger, print_json, settings_of
from notifier.cli.speech import language, phrase
from notifier.domain.receipts import Receipt


def files(options: argparse.Namespace) -> int:
    from notifier.service.file_desk import FileDesk
    from notifier.service.json_shapes import deposit_json, receipt_json

    with open_ledger(options) as ledger:
        desk = FileDesk(ledger, lambda: settings_of(options))
        found, waited_for = desk.receipts(options.limit), desk.waited_for()
    if options.json:
        receipts = [receipt_json(receipt, language()) for receipt in found]
        print_json(
            {
                "waiting": [deposit_json(deposit, language()) for deposit in waited_for],
                "files": receipts,
            }
        )
        return 0
    for deposit in waited_for:
        print(clean(phrase("{file}: waits to be read", file=deposit.file)))
    for receipt in found:
        for line in _lines(receipt):
            print(clean(line))
    if not found and not waited_for:
        print(phrase("no file has come in yet"))
    return 0


def _lines(receipt: Receipt) -> Iterator[str]:
    from notifier.messages.receipt_lines import receipt_lines

    head, *more = receipt_lines(receipt, language())
    by = f" {receipt.sender}" if receipt.sender else ""
    yield f"{at_words(receipt.read_at)}  {phrase(receipt.way.value)}{by}  {receipt.file}: {head}"
    for line in more:
        yield f"    {line}"
