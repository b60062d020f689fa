"""Answers in words: the first line of a mail that says what was done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from notifier.domain.answer_links import Deed

_WORDS: Mapping[str, Deed] = {
    "已办": Deed.DONE,
    "已办理": Deed.DONE,
    "完成": Deed.DONE,
    "已完成": Deed.DONE,
    "done": Deed.DONE,
    "不参加": Deed.SKIP,
    "不参与": Deed.SKIP,
    "skip": Deed.SKIP,
    "not bidding": Deed.SKIP,
    "处理中": Deed.SEEN,
    "in hand": Deed.SEEN,
    "1小时后再提醒": Deed.SNOOZE,
    "again in 1 hour": Deed.SNOOZE,
}
_LONGEST = 200  # characters of a line
_BEHIND = re.compile(r"$|[ \u3000，,。.！!；;：:、]")  # no question mark, and no letter: 完成不了


def deed_of(lines: Iterable[str]) -> Deed | None:
    """Return what the first line that is not empty says was done; None: nothing of this kind.

    The line begins with the word, behind which something else may stand after a mark or a space.
    """
    first = next((line.strip() for line in lines if line.strip()), "")[:_LONGEST].casefold()
    for word, deed in _WORDS.items():
        if first.startswith(word) and _BEHIND.match(first, len(word)):
            return deed
    return None
