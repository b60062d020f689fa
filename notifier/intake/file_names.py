"""Names that say what a file is.

Half of a copy, a program's own, a second version of another file.
"""

from __future__ import annotations

import re

_UNFINISHED = (
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".downloading",
    ".opdownload",
    ".tmp",
    ".temp",
    ".swp",
    ".swx",
    ".td",
    ".xltd",
    ".td.cfg",
    ".aria2",
    ".qqdl",
    ".bc!",
    ".!ut",
    ".!sync",
    ".ffs_tmp",
    ".ffs_lock",
    "~",
)
"""Ends of names that browsers, download managers and copying programs give to what is not whole
yet."""

_SYSTEM = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "@eadir",
        "@recycle",
        "@recently-snapshot",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "recycler",
        "system volume information",
        "lost+found",
        "__macosx",
    }
)
"""What file managers and network drives keep beside people's files."""

_OF_A_PAGE = ("_files", ".files", "-dateien", "_elemei")
"""Ends of the folders in which browsers put the pictures of a saved page."""

_SECOND_VERSION = re.compile(
    r"\.sync-conflict-|冲突副本|冲突文件|的冲突|版本冲突|conflicted[ _-]copy|conflict[ "
    r"_-]copy|case[ _-]conflict"
    r"|[(\[_. -]sfconflict|[(\[]conflict[)\]]|nsconflict",
    re.IGNORECASE,
)
"""How Syncthing, Nutstore, Nextcloud, Dropbox, Seafile and their like name what two people changed
at once."""


def is_passing(name: str) -> bool:
    """Return whether a file or folder of that name is none of people's.

    It is not read, and nobody is told.
    """
    small = name.casefold()
    # Office and WPS put `~$` before the name of an open file, `~` before that of one being saved
    return small.startswith((".", "~")) or small.endswith(_UNFINISHED) or small in _SYSTEM


def is_of_a_page(name: str) -> bool:
    """Return whether a folder of that name belongs to a saved page."""
    return name.casefold().endswith(_OF_A_PAGE)


def is_second_version(name: str) -> bool:
    """Return whether the name says that this is one of two versions.

    Nobody has decided between them.
    """
    return _SECOND_VERSION.search(name) is not None
