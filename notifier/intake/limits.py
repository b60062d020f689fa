"""Limits on how much of an untrusted file is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Sizes in bytes, counts in pieces. Every reader refuses with IntakeError beyond them.

    `seconds` of work, `memory_bytes` and `answer_bytes` are those of the child process that reads a
    file; `pictures`: whether it may recognise text in them; `leaves_out_pictures`: whether it reads
    the rest without them. `libreoffice`: the program that may turn what nothing here reads into
    what is read, "" if none; `is_for_office`: the memory is enough for it.
    """

    file_bytes: int = 20_000_000
    unpacked_bytes: int = 100_000_000
    rows: int = 50_000
    columns: int = 400
    cells: int = 200_000
    cell_chars: int = 20_000
    pages: int = 200
    depth: int = 200
    seconds: int = 30
    memory_bytes: int = 450_000_000
    answer_bytes: int = 48_000_000
    pictures: bool = False
    leaves_out_pictures: bool = False
    libreoffice: str = ""
    is_for_office: bool = False

    def for_pictures(self) -> Limits:
        """Return the limits under which text in pictures is recognised.

        It takes 0.9 GB and seconds a page.
        """
        return replace(
            self,
            pictures=True,
            memory_bytes=max(self.memory_bytes, _PICTURES_MEMORY),
            seconds=max(self.seconds, _PICTURES_SECONDS),
        )

    def for_office(self) -> Limits:
        """Return the limits under which LibreOffice turns a file into another."""
        return replace(
            self,
            is_for_office=True,
            memory_bytes=max(self.memory_bytes, _PICTURES_MEMORY),
            seconds=max(self.seconds, _OFFICE_SECONDS),
        )


_OFFICE_SECONDS = 120
_PICTURES_MEMORY = 1_600_000_000
_PICTURES_SECONDS = 600
