"""Tell the subject of a notice of change from what it only recalls of an earlier notice.

`关于终止甲-08地块出让的公告 … 发布公告挂牌出让甲-07、甲-08地块。现决定终止甲-08地块…`: the change
is of 08 alone, and whoever bids for 07 must be reminded as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.intake.notice.folded_text import Line
from notifier.intake.notice.named import Keys, Names

_SENTENCE = re.compile(r"(?<=[。;；])")
_CLAUSE = re.compile(r"(?<=[,，])")
_RECALLED = re.compile(
    r"发布|刊登|公告(?:了|称|中)?(?:(?!地块|宗地)[^,。]){0,12}(?:挂牌|拍卖|招标|出让)|曾于"
)
_DEED = re.compile(r"现(?!场|状|行|金)|决定|予以|特此|经研究|(?<=,)因(?!此|故)")
_CHANGES = re.compile(
    r"终止|中止|暂停|暂缓|撤[回销牌]|取消|恢复|重启|延期|延长|推迟|顺延|调整|变更"
)
_OTHERS = re.compile(r"其余|其他|其它|余下|剩余|另外?[一二两三四五六七八九十\d]{1,3}[宗个幅块]")
_OTHER_LAND = re.compile(
    r"(?:其余|其他|其它|余下|剩余|另外?)的?各?(?:[一二两三四五六七八九十\d]{1,3}[宗个幅块]|地块|宗地)"
)
_NAMES_LAND = re.compile(r"地块|宗地|\d号")
_IS_ENDED = re.compile(r"(?:现|决定|予以|,)*[^,。]{0,6}?(?:终止|中止|暂停|暂缓|撤[回销牌]|取消)")
_GOES_ON = re.compile(r"照常|不变|正常进行|不受影响|如期|继续|不[作做](?:调整|变更|更改)|仍按原")


def of_change(lines: Sequence[Line], *, resumes: bool) -> list[Line]:
    """Return the lines without what is recalled and what goes on as before.

    `resumes`: to go on is what the notice says.
    """
    return [replace(line, text="".join(_deeds(line.text, resumes=resumes))) for line in lines]


def without_what_goes_on(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without the clauses that state that something goes on as before."""
    return [
        replace(
            line,
            text="".join(
                clause
                for sentence in _SENTENCE.split(line.text)
                for clause in _CLAUSE.split(sentence)
                if not _goes_on(clause)
            ),
        )
        for line in lines
    ]


def changes_others(lines: Sequence[Line]) -> bool:
    """Return whether something is done to the others: `其余地块延期至…`."""
    return any(
        _OTHER_LAND.search(clause) and not _goes_on(clause)
        for line in lines
        for clause in _CLAUSE.split(line.text)
    )


_ENDS = re.compile(
    r"(?:终止|中止|暂停|暂缓|撤[回销牌]|取消)(?!时间|日期)(?:[^,。]{0,60}(?:出让|拍卖|挂牌|交易|公告)|[。;]?$)"
)
_MOVES = re.compile(
    r"(?:延期|延长|顺延|推迟|延后|延|调整|变更|更正|修改|更改|改)(?:为|至|到)[^。;\d]{0,14}\d{1,4}[年月]"
)


def ended_and_moved(lines: Sequence[Line], names: Names) -> tuple[Keys, Keys]:
    """Return the parcels whose offer ends, or is suspended, and those that get another time.

    A clause without a name is of the parcels that the one before it names.
    """
    ended: Keys = frozenset()
    moved: Keys = frozenset()
    for line in lines:
        named: Keys = frozenset()
        for sentence in _SENTENCE.split(line.text):
            for clause in _CLAUSE.split(sentence):
                named = names.named(clause) or named
                if _MOVES.search(clause):
                    moved |= named
                elif _ENDS.search(clause.rstrip(",，")):
                    ended |= named
    return ended - moved, moved - ended


def _goes_on(clause: str) -> bool:
    if _GOES_ON.search(clause):
        return True
    return _OTHERS.search(clause) is not None and _CHANGES.search(clause) is None


def _deeds(text: str, *, resumes: bool) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        statement = sentence
        recalled = _RECALLED.search(sentence)
        if recalled is not None:
            deed = _DEED.search(sentence)
            statement = sentence[deed.start() :] if deed else ""
            if deed and _IS_ENDED.match(statement) and not _NAMES_LAND.search(statement):
                statement = sentence  # `公告中的A、B地块,现予撤销`
            if deed is None and _CHANGES.search(sentence, recalled.end()):
                statement = sentence[recalled.end() :]  # `公告挂牌的A地块,因故暂缓出让`
        clauses = _CLAUSE.split(statement)
        for clause, following in zip(clauses, [*clauses[1:], ""], strict=True):
            # `A地块报名截止时间不变,挂牌截止时间延期至T`: of the parcel named before
            changes_too = _CHANGES.search(following) and not _NAMES_LAND.search(following)
            if resumes or changes_too or not _goes_on(clause):
                yield clause
