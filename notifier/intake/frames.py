"""Blocks of bytes over a socket between the daemon and its reading child.

Eight bytes of length, then the content.
"""

from __future__ import annotations

import socket
import time

_LENGTH = 8
_PIECE = 1 << 20


class TooLong(ValueError):
    """the other side announces more bytes than are taken"""


def send(peer: socket.socket, content: bytes, until: float | None = None) -> None:
    """Send one block; TimeoutError at the monotonic instant `until`, OSError if nobody takes it."""
    _wait_at_most(peer, until)
    peer.sendall(len(content).to_bytes(_LENGTH))
    _wait_at_most(peer, until)
    peer.sendall(content)


def receive(peer: socket.socket, most: int | None = None, until: float | None = None) -> bytes:
    """Return the next block. EOFError where the other side ended; TooLong above `most` bytes."""
    length = int.from_bytes(_exactly(peer, _LENGTH, until))
    if most is not None and length > most:
        raise TooLong
    return bytes(_exactly(peer, length, until))


def _exactly(peer: socket.socket, length: int, until: float | None) -> bytearray:
    content = bytearray()
    while len(content) < length:
        _wait_at_most(peer, until)
        piece = peer.recv(min(length - len(content), _PIECE))
        if not piece:
            raise EOFError
        content += piece
    return content


def _wait_at_most(peer: socket.socket, until: float | None) -> None:
    if until is None:
        return
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    peer.settimeout(left)
