"""Damage as it comes to the bytes of a file, whatever its format.

A damaged file is read or refused; it is never an error of the program, and what it states without a
finding is what the whole file states. What turns one digit into another inside a text that is not
compressed nobody can tell.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random

Damage = Callable[[bytes, Random], bytes]

_TAG = re.compile(rb"<[^<>]{1,400}>")
_MOST_BLOCK = 600  # bytes


def flipped_bits(data: bytes, random: Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(random.randint(1, 4)):
        spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(1, len(data))]


def zeroed_block(data: bytes, random: Random) -> bytes:
    """A sector was never written."""
    begin = random.randrange(len(data))
    length = min(random.randint(1, _MOST_BLOCK), len(data) - begin)
    return data[:begin] + bytes(length) + data[begin + length :]


def lost_block(data: bytes, random: Random) -> bytes:
    begin = random.randrange(len(data))
    return data[:begin] + data[begin + random.randint(1, _MOST_BLOCK) :]


def repeated_block(data: bytes, random: Random) -> bytes:
    begin = random.randrange(len(data))
    end = begin + random.randint(1, _MOST_BLOCK)
    return data[:end] + data[begin:]


def cut_member(data: bytes, random: Random) -> bytes:
    """One member ends early, and the archive says so: its checksum is right."""
    return _with_member(data, random, lambda member: member[: random.randrange(len(member) + 1)])


def lost_tag(data: bytes, random: Random) -> bytes:
    """One member lacks a tag."""

    def without(member: bytes) -> bytes:
        tags = list(_TAG.finditer(member))
        if not tags:
            return member[1:]
        tag = random.choice(tags)
        return member[: tag.start()] + member[tag.end() :]

    return _with_member(data, random, without)


def swapped_members(data: bytes, random: Random) -> bytes:
    """Two members stand under each other's names."""
    members = _members(data)
    if len(members) > 1:
        first, second = random.sample(range(len(members)), 2)
        (name, content), (other_name, other_content) = members[first], members[second]
        members[first], members[second] = (name, other_content), (other_name, content)
    return _packed(members)


def climbing_member(data: bytes, random: Random) -> bytes:
    """One member has a name that leads out of every folder."""
    members = _members(data)
    at = random.randrange(len(members))
    name, content = members[at]
    root = random.choice(("../../../", "/", "..\\..\\", "C:\\"))
    members[at] = (root + name, content)
    return _packed(members)


ANY_DAMAGES: Sequence[Damage] = (
    flipped_bits, truncated, zeroed_block, lost_block, repeated_block,
)  # fmt: skip
ARCHIVE_DAMAGES: Sequence[Damage] = (cut_member, lost_tag, swapped_members, climbing_member)


def damages_of(data: bytes) -> Sequence[Damage]:
    """Return the damages that can come to a file: those of members only to an archive."""
    return (*ANY_DAMAGES, *ARCHIVE_DAMAGES) if data.startswith(b"PK\x03\x04") else ANY_DAMAGES


def _with_member(data: bytes, random: Random, change: Callable[[bytes], bytes]) -> bytes:
    members = _members(data)
    at = random.randrange(len(members))
    name, content = members[at]
    members[at] = (name, change(content))
    return _packed(members)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def _packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()
