"""The protocol of systemd: a datagram to $NOTIFY_SOCKET. Outside systemd nothing happens."""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import timedelta


def notify(*states: str) -> None:
    """Send states such as "READY=1"; a socket that does not answer is ignored."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto("\n".join(states).encode(), address)


def watchdog_interval() -> timedelta | None:
    """Return the longest silence that systemd's watchdog allows; None if it does not watch us."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    own_pid = str(os.getpid())
    is_ours = os.environ.get("WATCHDOG_PID", own_pid) == own_pid
    is_set = microseconds.isdigit() and int(microseconds) > 0
    return timedelta(microseconds=int(microseconds)) if is_set and is_ours else None
