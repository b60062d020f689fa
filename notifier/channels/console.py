"""The console: for the first minute, and for a daemon whose journal is read. Written is sent."""

from __future__ import annotations

import sys

from notifier.channels.contract import Account, ChannelService
from notifier.channels.replies import ReplyLine
from notifier.channels.verdicts import SENT, retry
from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    to = f" -> {account.address}" if account.address else ""
    lines = "\n".join(f"  | {text}" for text in message.text.splitlines())
    stream = line.stream or sys.stdout
    try:
        print(f"\n  +-- {account['name']}{to}\n{lines}\n  +--\n", file=stream, flush=True)
    except (OSError, ValueError) as fault:
        return retry(f"the console cannot be written: {fault}")
    return SENT


SERVICE = ChannelService(name="console", title="Console", schemes=("console",), send=send)
