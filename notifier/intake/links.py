"""What a page leads to, as the reader of pages gives it to the daemon, which loads no reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """The address and the words of a link."""

    url: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageLinks:
    """The links of a page: the notices of a list, the `files` attached to a notice.

    `is_list`: it is a list for sure, however few its notices; `faults`: what was not understood of
    it, in sentences; `by_script`: a script draws it.
    """

    entries: tuple[Link, ...] = ()
    files: tuple[Link, ...] = ()
    is_list: bool = False
    faults: tuple[str, ...] = ()
    by_script: bool = False
