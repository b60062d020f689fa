"""White space, raised figures, struck-out words: the same in every format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.intake.headings import tells_of_change

_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f"
_INVISIBLE = re.compile(rf"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff{_CONTROLS}]")
# what was a figure once: without it 17 would be read as 1
_BROKEN_FIGURE = re.compile(rf"(?<=\d)[{_CONTROLS}]+|[{_CONTROLS}]+(?=\d)")
_SPACES = re.compile(r"[^\S\n]+")
_MOST_FINDINGS = 100
LIKE_A_TIME = re.compile(r"\d\s?[年月日号时点:：]|\d[-/.]\d|月[一二三四五六七八九十]{1,3}[日号]")
_AROUND_BREAK = re.compile(r" ?\n[ \n]*")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def tidy(text: str) -> str:
    """Return text without invisible characters.

    Runs of white space are one space, or one line break if they hold one; a control character
    beside a figure is U+FFFD.
    """
    # nearly always: half the time of reading a page goes by here
    if "  " not in text and text.isprintable():
        return text.strip()
    shown = _INVISIBLE.sub("", _BROKEN_FIGURE.sub("\ufffd", text))
    return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", shown)).strip()


@lru_cache(maxsize=4096)  # of the first cell of a row, beside each cell that may begin another
def shape_of(text: str) -> str:
    """Return the shape of a serial or a number: figures as `0`, no spaces, all else as it is."""
    return re.sub(r"\d+", "0", "".join(text.split()))


def raised(text: str) -> str:
    """Return a raised figure as one: it never joins the number before it.

    Right after a number it is a note mark and stays one (`15494¹`).
    """
    return text.translate(_SUPERSCRIPT) if text.strip().isdecimal() else text


def report_struck_out(findings: list[Finding], text: str, place: Place) -> None:
    """Add a finding for text that the file shows as deleted, once; blank text needs none."""
    text = tidy(text)
    if text:
        _report(findings, Code.STRUCK_OUT_TEXT, text, place)


def report_aside(findings: list[Finding], text: str, place: Place) -> None:
    """Add a finding for a comment, a footer or hidden text that speaks of times, once.

    Such text is not what was published, but it may tell that what was published holds no more.
    """
    text = tidy(text).replace("\n", " ")
    if LIKE_A_TIME.search(text) or tells_of_change(text):
        _report(findings, Code.TEXT_ASIDE, text, place)


def report_hidden_rows(findings: list[Finding], rows: Mapping[int, str], place: Place) -> None:
    """Add a finding for rows (number -> text) that are not shown and speak of a time."""
    numbers = [str(number) for number, text in rows.items() if LIKE_A_TIME.search(text)]
    if numbers and len(findings) < _MOST_FINDINGS:
        params = {"rows": "、".join(numbers[:10])}
        code = Code.HIDDEN_CELLS
        findings.append(Finding(code=code, severity=Severity.WARNING, place=place, params=params))


def _report(findings: list[Finding], code: Code, text: str, place: Place) -> None:
    params = {"text": text[:80]}
    finding = Finding(code=code, severity=Severity.WARNING, place=place, params=params)
    if len(findings) < _MOST_FINDINGS and finding not in findings:
        findings.append(finding)
