"""Files that grow: a head, and one fragment again and again.

Reading must cost a byte as much at any size.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from itertools import count

from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits

_LIMITS = Limits(cell_chars=10_000_000)
_HEAD = "甲市自然资源和规划局国有建设用地使用权挂牌出让公告\n甲自然资规告〔2031〕5号\n"
_COLUMNS = "地块编号,地块位置,面积(㎡),起始价(万元),报名截止时间,挂牌截止时间"


def _day(number: int) -> str:
    return f"2031年{number % 12 + 1}月{number % 28 + 1}日"


def _number(number: int) -> str:
    return f"甲储出〔2031〕{number}号"


def _cells(number: int) -> list[str]:
    times = [f"{_day(number)}17:00", f"{_day(number + 3)}10:00"]
    return [_number(number), f"甲区中山路{number}号", "15494", "101981", *times]


def _html_row(number: int) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(number)) + "</tr>\n"


def _html_head() -> str:
    return (
        f"<h1>{_HEAD}</h1><table><tr>"
        + "".join(f"<th>{name}</th>" for name in _COLUMNS.split(","))
        + "</tr>"
    )


def _card(number: int) -> str:
    return (
        f"{number}、地块编号：{_number(number)}\n土地位置：甲区中山路{number}号\n出让面积：15494平方米\n"
        f"起始价：101981万元\n报名截止时间：{_day(number)}17时\n"
    )


KINDS: Mapping[str, tuple[str, str, Callable[[int], str]]] = {
    "numbers in one line": (".txt", _HEAD, lambda number: f"{_number(number)}、"),
    "figures in one line": (".txt", _HEAD, lambda number: f"{number}，"),
    "figures run together": (".txt", _HEAD, lambda number: f"{number}"),
    "times in one line": (".txt", _HEAD, lambda number: f"{_day(number)}17时，"),
    "one character": (".txt", _HEAD, lambda _: "地"),
    "spaces": (".txt", _HEAD, lambda _: " "),
    "dashes": (".txt", _HEAD, lambda _: "-"),
    "open brackets": (".txt", _HEAD, lambda _: "（"),
    "brackets": (".txt", _HEAD, lambda number: f"〔{number}〕"),
    "colons": (".txt", _HEAD, lambda _: "："),
    "labels": (".txt", _HEAD, lambda _: "报名截止时间："),
    "headings beside each other": (".txt", _HEAD, lambda _: " 与报名时间"),
    "a line a label": (".txt", _HEAD, lambda _: "报名截止时间：\n"),
    "a line a figure": (".txt", _HEAD, lambda number: f"{number}\n"),
    "a line a cell": (".txt", _HEAD, lambda number: "\n".join(_cells(number)) + "\n"),
    "a line a time": (".txt", _HEAD, lambda number: f"{_day(number)}17时\n"),
    "cells parted by spaces": (".txt", _HEAD, lambda number: "  ".join(_cells(number)) + "\n"),
    "cells beside each other": (".txt", _HEAD, lambda _: "甲  "),
    "cells beside and below each other": (".txt", _HEAD, lambda _: "甲  乙  丙\n        丁\n"),
    "cards": (".txt", _HEAD, _card),
    "cards in one line": (".txt", _HEAD, lambda number: _card(number).replace("\n", "；")),
    "parcels with a time": (
        ".txt",
        _HEAD,
        lambda number: f"{_number(number)}地块的报名截止时间为{_day(number)}17时。\n",
    ),
    "parcels with a window": (
        ".txt",
        _HEAD,
        lambda number: (
            f"{number}、{_number(number)}地块，"
            f"挂牌时间：{_day(number)}9时至{_day(number + 9)}17时。\n"
        ),
    ),
    "postponements": (
        ".txt",
        "关于延期的公告\n",
        lambda number: (
            f"{_number(number)}地块的报名截止时间由{_day(number)}17时"
            f"延期至{_day(number + 7)}17时。\n"
        ),
    ),
    "counts in one line of a change": (
        ".txt",
        "关于2031-1号、2031-2号地块延期的公告\n"
        "2031-1号地块终止出让，2031-2号地块报名截止时间延期至2031年5月6日17时。\n",
        lambda _: f"{'1、' * 400}地块、",
    ),
    "sentences": (".txt", _HEAD, lambda _: "竞得人应当按照规定签订合同，并按约定缴纳出让金。"),
    "paragraphs": (".txt", _HEAD, lambda _: "竞得人应当按照规定签订合同，并按约定缴纳出让金。\n"),
    "headings": (".txt", _HEAD, lambda number: f"{'一二三四五六七八九'[number % 9]}、其他事项\n"),
    "numbered items": (
        ".txt",
        _HEAD,
        lambda number: f"（{number}）报名时间：{_day(number)}9时至17时；",
    ),
    "rows of Markdown": (
        ".md",
        f"# {_HEAD}\n|{_COLUMNS.replace(',', '|')}|\n|{'-|' * 6}\n",
        lambda number: f"|{'|'.join(_cells(number))}|\n",
    ),
    "rows of HTML": (".html", _html_head(), _html_row),
    "columns of HTML": (
        ".html",
        "<table><tr><td>地块编号",
        lambda number: f"<td>{_number(number)}",
    ),
    "tables of HTML": (
        ".html",
        f"<h1>{_HEAD}</h1>",
        lambda number: f"<table>{_html_row(number)}</table>",
    ),
    "paragraphs of HTML": (".html", f"<h1>{_HEAD}</h1>", lambda number: f"<p>{_card(number)}</p>"),
    "spans of HTML": (
        ".html",
        f"<h1>{_HEAD}</h1><p>",
        lambda number: f"<span>{number % 10}</span>",
    ),
    "breaks of HTML": (".html", f"<h1>{_HEAD}</h1><p>", lambda number: f"{_card(number)}<br>"),
    "struck out": (".html", f"<h1>{_HEAD}</h1>", lambda number: f"<del>{_day(number)}</del>"),
    "links": (
        ".html",
        f"<h1>{_HEAD}</h1>",
        lambda number: f"<li><a href=x>{10_000 + number}</a></li>",
    ),
    "rows of a .csv": (
        ".csv",
        f"公告编号,{_COLUMNS}\n",
        lambda number: f"甲告1号,{','.join(_cells(number))}\n",
    ),
    "notices of a .csv": (
        ".csv",
        f"公告编号,{_COLUMNS}\n",
        lambda number: f"甲告{number}号,{','.join(_cells(number))}\n",
    ),
    "one parcel of a .csv": (
        ".csv",
        f"公告编号,{_COLUMNS}\n",
        lambda _: f"甲告1号,{','.join(_cells(1))}\n",
    ),
    "faults of a .csv": (
        ".csv",
        f"公告编号,{_COLUMNS}\n",
        lambda number: f"甲告1号,{_number(number)},,,,尽快,待定\n",
    ),
    "a cell of a .csv": (
        ".csv",
        f"公告编号,{_COLUMNS}\n",
        lambda number: f'甲告1号,{_number(number)},"{"路" * 500}",,,\n',
    ),
    "lines of .jsonl": (
        ".jsonl",
        "",
        lambda number: (
            f'{{"parcel_no": "{_number(number)}", "registration_close": "2031-12-30 17:00"}}\n'
        ),
    ),
    "keys of .jsonl": (".jsonl", '{"parcel_no": "甲1号"', lambda number: f', "k{number}": 1'),
}


def sample(kind: str, size: int, begin: int = 0) -> tuple[str, bytes]:
    """Return the name and the bytes of a file of that kind, about so large; its first fragment is
    number `begin`."""
    suffix, head, fragment = KINDS[kind]
    parts = [head]
    left = size - len(head.encode())
    number = begin
    while left > 0:
        number += 1
        parts.append(fragment(number))
        left -= len(parts[-1].encode())
    return f"sample{suffix}", "".join(parts).encode()


def calls_a_byte(kind: str, size: int) -> float:
    """Return how many functions are called for each byte of such a file."""
    name, data = sample(kind, size, begin=size)  # nothing is remembered of another size
    calls = count()
    sys.setprofile(lambda *_: next(calls))
    try:
        read_data(name, data, _LIMITS)
    finally:
        sys.setprofile(None)
    return next(calls) / len(data)


def cost(kind: str, size: int, runs: int = 2) -> tuple[float, str]:
    """Return the nanoseconds of processor time that a byte costs, and what came of it; of several
    runs the best.

    Each run has numbers of its own: what is remembered of the one before would make the next too
    cheap.
    """
    best, words = float("inf"), ""
    for run in range(runs):
        name, data = sample(kind, size, begin=run * 1_500)
        began = time.process_time()
        try:
            notices = read_data(name, data, _LIMITS)
            words = f"{sum(len(notice.parcels) for notice in notices)} parcels"
        except IntakeError as fault:
            words = str(fault)[:60]
        best = min(best, (time.process_time() - began) * 1e9 / len(data))
    return best, words
