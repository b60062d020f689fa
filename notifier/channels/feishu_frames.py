"""The frames of Feishu's long connection: `pbbp2.Frame` of Protocol Buffers, of which it needs two
kinds of fields. Their numbers stand in Feishu's own client (larksuite/oapi-sdk-go, ws/pbbp2.pb.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CONTROL, DATA = 0, 1
"""The methods of a frame."""

_NUMBER, _OCTETS = 0, 2  # the two kinds
_FIXED = {1: 8, 5: 4}  # other kinds, by their octets: passed over
_NUMBERS = {1: "seq_id", 2: "log_id", 3: "service", 4: "method"}
_TEXTS = {6: "encoding", 7: "kind", 9: "log_id_new"}
_HEADERS, _PAYLOAD = 5, 8
_MOST_BITS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class FeishuFrame:
    """One frame; `service` and `method` are never below zero."""

    seq_id: int = 0
    log_id: int = 0
    service: int = 0
    method: int = CONTROL
    headers: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    kind: str = ""
    payload: bytes = b""
    log_id_new: str = ""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


def encode(frame: FeishuFrame) -> bytes:
    parts = [_number(1, frame.seq_id), _number(2, frame.log_id)]
    parts += [_number(3, frame.service), _number(4, frame.method)]
    for key, value in frame.headers:
        parts.append(_octets(_HEADERS, _octets(1, key.encode()) + _octets(2, value.encode())))
    texts = ((6, frame.encoding.encode()), (7, frame.kind.encode()), (_PAYLOAD, frame.payload))
    parts += [_octets(field, octets) for field, octets in texts if octets]
    if frame.log_id_new:
        parts.append(_octets(9, frame.log_id_new.encode()))
    return b"".join(parts)


def decode(octets: bytes) -> FeishuFrame:
    """Return the frame of these octets. ValueError if they are none."""
    numbers: dict[str, int] = {}
    texts: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    payload = b""
    for field, value in _fields(octets):
        if field in _NUMBERS and isinstance(value, int):
            numbers[_NUMBERS[field]] = value
        elif isinstance(value, int):
            continue
        elif field in _TEXTS:
            texts[_TEXTS[field]] = value.decode()
        elif field == _HEADERS:
            headers.append(_header(value))
        elif field == _PAYLOAD:
            payload = value
    return FeishuFrame(**numbers, **texts, headers=tuple(headers), payload=payload)  # type: ignore[arg-type]  # the two tables name fields of that kind


def _header(octets: bytes) -> tuple[str, str]:
    parts = {field: value for field, value in _fields(octets) if isinstance(value, bytes)}
    return parts.get(1, b"").decode(), parts.get(2, b"").decode()


def _fields(octets: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message: (their number, what they hold)."""
    at = 0
    while at < len(octets):
        tag, at = _varint(octets, at)
        field, kind = tag >> 3, tag & 7
        if kind == _NUMBER:
            value, at = _varint(octets, at)
            yield field, value
            continue
        if kind == _OCTETS:
            length, at = _varint(octets, at)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise ValueError  # nobody reads its words
        end = at + length
        if end > len(octets):
            raise ValueError  # nobody reads its words
        if kind == _OCTETS:
            yield field, octets[at:end]
        at = end


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins `at`, and where it ends."""
    value = 0
    for shift in range(0, _MOST_BITS, 7):
        if at >= len(octets):
            raise ValueError  # nobody reads its words
        octet = octets[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
    raise ValueError  # nobody reads its words


def _number(field: int, value: int) -> bytes:
    return _plain(field << 3 | _NUMBER) + _plain(value)


def _octets(field: int, content: bytes) -> bytes:
    return _plain(field << 3 | _OCTETS) + _plain(len(content)) + content


def _plain(value: int) -> bytes:
    octets = bytearray()
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)
