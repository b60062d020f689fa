"""Times that stand in one list: `A(2024-01号)、B(2024-02号)`, `分别为A、B`.

They share what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.notice.between_times import NAME, joint, only_names
from notifier.intake.notice.scan import MOVED, Side, Topic, deeds, labels_in_order
from notifier.intake.notice.spans import Span, SpanForm

_RESPECTIVELY = re.compile(r"分别|依次|各为")


def lists(text: str, found: Sequence[Span]) -> list[list[Span]]:
    """The times of a sentence, those of one list together."""
    together: list[list[Span]] = []
    for place, span in enumerate(found):
        stop = found[place + 1].start if place + 1 < len(found) else len(text)
        before = together[-1][-1] if together else None
        if before is not None and _goes_on(
            text[before.end : span.start], text[span.end : stop], before, span
        ):
            together[-1].append(span)
        else:
            together.append([span])
    return together


_LEADS_ON = ("由", "自", "从", "至", "到")  # to the end of a window, or to what held before


def _goes_on(gap: str, after: str, before: Span, span: Span) -> bool:
    found = joint(gap)
    if found is None or found.label or found.deed or found.link.endswith(_LEADS_ON):
        return False
    if not (found.mark or found.note or found.names):
        return False
    if SpanForm.DAMAGED in (before.form, span.form) and not found.mark:
        return False
    return found.mark != "," or bool(found.note or found.of or found.names) or not deeds(after)


# `…至16日10时,乙2031-06号延后30分钟截止`
_SHIFTED = re.compile(
    rf"(?:^|[,、(]|其中){NAME}(?:\([一-鿿]{{1,8}}\))?(?:挂牌|报价|竞价|截止|结束|时间|期限)*"
    rf"(?P<words>(?:(?P<earlier>提前)|{MOVED})(?P<size>\d{{1,3}})(?P<unit>分钟|小时))"
)


def shifted(text: str, begin: int, before: Span) -> Span | None:
    """Return the time that a parcel's words behind `begin` tell by how far it is from another.

    It is so much later, or earlier, than that `before` it; None where they tell none.
    """
    found = _SHIFTED.search(text, begin)
    token = before.close
    if found is None or token is None or token.hour is None:
        return None
    minutes = int(found["size"]) * (60 if found["unit"] == "小时" else 1)
    minutes = -minutes if found["earlier"] else minutes
    hours, minute = divmod(token.hour * 60 + token.minute + minutes, 60)
    start, end = found.span("words")
    return Span(
        start=start,
        end=end,
        form=SpanForm.POINT,
        close=replace(token, start=start, end=end, hour=hours, minute=minute),
    )


def goes_on(before: str, after: str, tail: str) -> bool:
    """Return whether a time goes on with the label of the last one before it.

    As in `…;B地块T`, `T起;T止`, `T(A地块);T(B地块)`. `before` and `after` stand beside it, `tail`
    behind the last one.
    """
    if before:
        return only_names(before) and not deeds(after)
    ends = _ONLY_ENDS.fullmatch(after) is not None
    joints = [joint(words) for words in (after, tail)]
    return ends or all(found is not None and found.note for found in joints)


_ONLY_ENDS = re.compile(r"(?:止|截止|为止|结束)(?:\([^()]{0,40}\))?")


Labels = list[tuple[frozenset[Topic], Side]]


def respectively(before: str, size: int, earlier: Labels) -> Labels | None:
    """Return the label of each of `size` times behind `分别为`.

    As many labels stand before it in their order, or are those of the times before. None where it
    is not so.
    """
    if size < 2 or not _RESPECTIVELY.search(before):
        return None
    found = labels_in_order(before)
    if len(found) == size:
        return found
    if not found and len(earlier) >= size and all(topics for topics, _ in earlier[-size:]):
        return earlier[-size:]
    return None


def says_respectively(before: str) -> bool:
    return _RESPECTIVELY.search(before) is not None
