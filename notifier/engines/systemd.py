"""The protocol of systemd: a datagram to $NOTIFY_SOCKET. Outside systemd nothing happens."""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import timedelta


def notify(*states: str) -> None:
    """Send states such as "READY=1"; a socket that is gone is no reason to stop."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto("\n".join(states).encode(), address)


def watchdog_interval() -> timedelta | None:
    """Return how often systemd wants to hear from us at least; None if it does not."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return (
        timedelta(microseconds=int(microseconds))
        if microseconds.isdigit() and int(microseconds) and mine
        else None
    )
