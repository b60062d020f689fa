"""Times that stand in one list: `A(2024-01号)、B(2024-02号)`, `分别为A、B`.

They share what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.notice.scan import Side, Topic, deeds, labels, labels_in_order
from notifier.intake.notice.spans import Span, SpanForm

_CODE = r"(?:\[20\d\d\] ?)?[(\[〔【\-#]{0,2}[A-Za-z0-9][A-Za-z0-9()\[\]〔〕【】\-#]{0,23}"
_PLACE = r"[\d一二两三四五六七八九十]{1,3}"
_ONE = (
    rf"(?:(?:NO\.)?[一-鿿*]{{0,12}}?{_CODE}(?:[一-鿿]{{1,8}}\d{{1,4}}(?=号))?号?(?:\([一-鿿]{{1,3}}\))?(?:(?<=号)地(?!块))?(?:地块|宗地)?|第?[一二三四五六七八九十]{{1,2}}号?(?:地块|宗地)"
    rf"|(?:地块|宗地)[一二三四五六七八九十]{{1,2}}|(?:其余|其他|其它|余下|剩余|另外?)(?:{_PLACE}[宗个幅块])?(?:地块|宗地)?"
    rf"|[第前后]{_PLACE}(?:[、和及与\-~至到]第?{_PLACE})*[宗个幅块](?:地块)?)"
)
_SOME = rf"{_ONE}(?:[、和及与~至到]{_ONE})*"
_PARCEL = rf"{_SOME}(?:为|是|:|的|于|在)?"
# `…;G(2025)32号宗地2026年1月8日…`: the next parcel's time, under the label of the one before;
# `第一组(甲2031-1至甲2031-3):`
ONLY_A_PARCEL = re.compile(
    r"(?!\d{13})"  # a stamp of the machine's
    rf"(?:之?前|以前|止|起|整|正)?[、,和及(]?(?:其中:?)?(?:第?{_PLACE}[组批]\({_SOME}\)|{_SOME}(?:\([一-鿿]{{1,8}}\))?)"
    r"(?:为|是|:?[自由从]|:|的|于|在|(?:延期|延长|延|顺延|推迟|提前|截)?[至到]| )?"
)
_CLOSED = r"(?:之?前|以前|为止|止|起|整|正|开始|截止|结束)?(?:依次|先后|分别)?(?:进行|举行|开始)?"
_NOTE = r"(?:\((?P<note>(?:[^()]|\([^()]{0,12}\)){0,40})\))?"
_BETWEEN = re.compile(
    rf"{_CLOSED}{_NOTE}(?P<of>(?:为|是){_PARCEL})?(?P<mark>[、,/和及与]?)(?P<next>{_PARCEL})?"
)
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


def _goes_on(gap: str, after: str, before: Span, span: Span) -> bool:
    joint = _BETWEEN.fullmatch(gap)
    if joint is None or not (joint["mark"] or joint["note"] or joint["next"]):
        return False
    if SpanForm.DAMAGED in (before.form, span.form) and not joint["mark"]:
        return False
    words = joint["next"] or ""
    if labels(words):
        return False
    return joint["mark"] != "," or bool(joint["note"] or joint["of"] or words) or not deeds(after)


# `…至16日10时,乙2031-06号延后30分钟截止`
_SHIFTED = re.compile(
    rf"(?:^|[,、(]|其中){_ONE}(?:[、和及与~至到]{_ONE}){{0,9}}(?:\([一-鿿]{{1,8}}\))?(?:挂牌|报价|竞价|截止|结束|时间|期限)*"
    r"(?P<words>(?:延后|推后|延迟|推迟|顺延|延长)(?P<size>\d{1,3})(?P<unit>分钟|小时))"
)


def shifted(text: str, begin: int, earlier: Span) -> Span | None:
    """Return the time that a parcel's words behind `begin` tell by how much later it is.

    Later than the `earlier` one, on the same day; None where they tell none.
    """
    found = _SHIFTED.search(text, begin)
    token = earlier.close
    if found is None or token is None or token.hour is None:
        return None
    minutes = int(found["size"]) * (60 if found["unit"] == "小时" else 1)
    hours, minute = divmod(token.hour * 60 + token.minute + minutes, 60)
    start, end = found.span("words")
    return Span(
        start=start,
        end=end,
        form=SpanForm.POINT,
        close=replace(token, start=start, end=end, hour=hours, minute=minute),
    )


_ONLY_A_NOTE = re.compile(r"\([^()]{1,40}\)")
_ONLY_ENDS = re.compile(r"(?:止|截止|为止|结束)(?:\([^()]{0,40}\))?")


def goes_on_below(before: str, after: str, tail: str) -> bool:
    """Return whether a sentence goes on with the label of the last time before it.

    As in `…;B地块T`, `T起;T止`, `T(A地块);T(B地块)`. `before` and `after` stand beside its first
    time, `tail` behind the last one.
    """
    if ONLY_A_PARCEL.fullmatch(before):
        return True
    if before:
        return False
    return _ONLY_ENDS.fullmatch(after) is not None or all(
        _ONLY_A_NOTE.fullmatch(words) for words in (after, tail)
    )


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
