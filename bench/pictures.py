"""How well text in pictures is recognised: `python -m bench.pictures [PAGES]`.

Pages with four or five times for each of three parcels, in sentences or in a table, by size of
type, two fonts, ruled or not, and what happened to the page: times right, read as the day alone,
absent, wrong; whether any of them counts as certain; seconds a page and the peak of memory. Needs
`notifier[ocr]`, and the fonts of Debian's fonts-noto-cjk; without them all pages are in the
program's own font.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

from notifier.domain.times import shanghai
from notifier.domain.values import Parcel, Source
from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits
from tests.scans import DEGRADATIONS, Look, page, png

_POINTS = (9, 10, 12, 14, 16)
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
_NAMES = ("registration_open", "registration_close", "deposit_close", "bidding_open")
_IN_TABLE = (*_NAMES[1:], "bidding_close")
_IN_TEXT = (*_NAMES, "bidding_close")
_DAYS = {
    "registration_open": 0,
    "registration_close": 30,
    "deposit_close": 29,
    "bidding_open": 21,
    "bidding_close": 32,
}
_HEADINGS = ("地块编号", "报名截止时间", "保证金到账截止时间", "挂牌开始时间", "挂牌截止时间")
_TITLE = (
    "测试市自然资源局国有建设用地使用权挂牌出让公告",
    "测自然资告字〔2031〕7号",
    "决定以挂牌方式出让3宗国有建设用地使用权，现公告如下：",
)
_PARCELS = ("2031-1号", "2031-2号", "2031-3号")
_LAYOUTS = tuple(product((True, False), (True, False), range(2)))  # in a table, ruled, font

_VERDICTS = ("right", "day", "absent", "wrong")

Truth = dict[str, dict[str, datetime]]  # parcel -> milestone -> when
Count = Counter[str]


def _text(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02}分"


def _times(seed: int, names: tuple[str, ...]) -> dict[str, datetime]:
    begin = datetime(2031, 1, 1, 9) + timedelta(days=seed * 7 % 300, minutes=30 * (seed % 3))  # noqa: DTZ001 - printed
    return {name: begin + timedelta(days=_DAYS[name], hours=_DAYS[name] % 7) for name in names}


def _truth(seed: int, *, in_table: bool) -> Truth:
    """Each parcel's own times in a table; those of the sentences are of all."""
    if in_table:
        return {
            parcel: _times(seed * 3 + number, _IN_TABLE) for number, parcel in enumerate(_PARCELS)
        }
    return dict.fromkeys(_PARCELS, _times(seed * 3, _IN_TEXT))


def _picture(truth: Truth, look: Look, *, in_table: bool) -> bytes:
    if in_table:
        body = [
            (parcel, *(_text(times[name]) for name in _IN_TABLE)) for parcel, times in truth.items()
        ]
        return png(page(_TITLE, (_HEADINGS, *body), look))
    text = {name: _text(at) for name, at in truth[_PARCELS[0]].items()}
    lines = (
        *_TITLE,
        f"一、报名时间：{text['registration_open']}至{text['registration_close']}。",
        f"二、保证金到账截止时间：{text['deposit_close']}。",
        f"三、挂牌时间：{text['bidding_open']}至{text['bidding_close']}。",
    )
    rows = [
        (parcel, f"测试路{number}号", str(8000 + 1000 * number))
        for number, parcel in enumerate(_PARCELS)
    ]
    return png(page(lines, (("地块编号", "位置", "面积(平方米)"), *rows), look))


def _read(data: bytes) -> dict[str, Parcel]:
    try:
        notices = read_data("page.png", data, Limits().for_pictures())
    except IntakeError:
        return {}
    return {parcel.parcel_no: parcel for notice in notices for parcel in notice.parcels}


def _compare(truth: Truth, parcels: dict[str, Parcel]) -> Count:
    """Count the times that are right, absent, wrong; and those that count as certain."""
    count = Count()
    for number, times in truth.items():
        parcel = parcels.get(number)
        found = {} if parcel is None else {str(k): m for k, m in parcel.milestones.items()}
        for name, at in times.items():
            milestone = found.get(name)
            if milestone is None:
                count["absent"] += 1
                continue
            read = shanghai(milestone.at).replace(tzinfo=None)
            is_right = read == at
            is_day = milestone.day_only and read.date() == at.date()
            count["right" if is_right else "day" if is_day else "wrong"] += 1
            if not is_right and not is_day:
                print(f"  {number} {name}: {at} read as {shanghai(milestone.at)}", flush=True)
    stated = [m for parcel in parcels.values() for m in parcel.milestones.values()]
    count["certain"] += sum(milestone.source is not Source.SCANNED for milestone in stated)
    return count


def _print(title: str, counts: dict[str, Count]) -> None:
    print(f"| {title} | right | day alone | absent | wrong |\n| --- | --- | --- | --- | --- |")
    for name, count in counts.items():
        print(f"| {name} | {' | '.join(str(count[verdict]) for verdict in _VERDICTS)} |")


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    counts: dict[str, defaultdict[str, Count]] = {
        title: defaultdict(Count) for title in ("points", "page", "table", "font")
    }
    total = Count()
    seconds: list[float] = []
    for seed in range(most):
        points = _POINTS[seed % 5]
        degradation = DEGRADATIONS[seed // 5 % 5]
        in_table, ruled, font_number = _LAYOUTS[(seed * 5 + seed // 25 * 3) % 8]
        font = _FONTS[font_number] if Path(_FONTS[font_number]).exists() else ""
        look = Look(points=points, ruled=ruled, degradation=degradation, seed=seed, font=font)
        truth = _truth(seed, in_table=in_table)
        data = _picture(truth, look, in_table=in_table)
        began = time.perf_counter()
        parcels = _read(data)
        seconds.append(time.perf_counter() - began)
        count = _compare(truth, parcels)
        table = "in sentences" if not in_table else "ruled" if ruled else "not ruled"
        names = {
            "points": str(points),
            "page": degradation,
            "table": table,
            "font": Path(font).stem or "own",
        }
        for title, name in names.items():
            counts[title][name] += count
        total += count
        line = ", ".join(names.values())
        print(f"{seed:>3} {line}: {dict(count)} {seconds[-1]:.1f} s", flush=True)
    for title, found in counts.items():
        _print(title, found)
    print(
        f"all: {total['right']} right, {total['day']} the day alone, {total['absent']} absent,",
        f"{total['wrong']} wrong;",
        f"certain by themselves: {total['certain']}",
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    load = os.getloadavg()[0]
    print(f"{sum(seconds) / len(seconds):.1f} s a page, {peak:.2f} GB at its peak, load {load:.1f}")


if __name__ == "__main__":
    main()
