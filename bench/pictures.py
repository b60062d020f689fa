"""How well text in pictures is recognised: `python -m bench.pictures [PAGES]`.

Pages with six times for each of two parcels, by size of type, ruled or not, and what happened to
the page: times right, absent, wrong; whether any of them counts as certain; seconds a page and the
peak of memory. Needs `notifier[ocr]`.
"""

from __future__ import annotations

import itertools
import resource
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from notifier.domain.times import shanghai
from notifier.domain.values import Source
from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits
from tests.scans import DEGRADATIONS, Look, page, png

_POINTS = (9, 10, 12, 14, 16)
_NAMES = (
    "registration_open",
    "registration_close",
    "deposit_close",
    "bidding_open",
    "bidding_close",
)


def _text(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02}分"


def _truth(seed: int) -> dict[str, datetime]:
    begin = datetime(2031, 1, 1, 9) + timedelta(days=seed * 3 % 300, minutes=30 * (seed % 3))  # noqa: DTZ001 - printed
    days = (0, 20, 19, 10, 21)
    return {
        name: begin + timedelta(days=day, hours=day % 7)
        for name, day in zip(_NAMES, days, strict=True)
    }


def _lines(truth: dict[str, datetime]) -> list[str]:
    text = {name: _text(at) for name, at in truth.items()}
    return [
        "测试市自然资源局国有建设用地使用权挂牌出让公告",
        "测自然资告字〔2031〕7号",
        "决定以挂牌方式出让2宗国有建设用地使用权，现公告如下：",
        f"一、报名时间：{text['registration_open']}至{text['registration_close']}。",
        f"二、保证金到账截止时间：{text['deposit_close']}。",
        f"三、挂牌时间：{text['bidding_open']}至{text['bidding_close']}。",
    ]


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rows = (
        ("地块编号", "位置", "面积(平方米)"),
        ("2031-1号", "测试路东", "12000"),
        ("2031-2号", "测试路西", "8000"),
    )
    looks = list(itertools.product(_POINTS, DEGRADATIONS, (True, False)))
    counts: defaultdict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    certain = 0
    seconds: list[float] = []
    for seed, (points, degradation, ruled) in zip(
        range(most), itertools.cycle(looks), strict=False
    ):
        truth = _truth(seed)
        look = Look(points=points, ruled=ruled, degradation=degradation, seed=seed)
        data = png(page(_lines(truth), rows, look))
        began = time.perf_counter()
        try:
            (notice,) = read_data("page.png", data, Limits().for_pictures())
            parcels = {parcel.parcel_no: parcel.milestones for parcel in notice.parcels}
        except IntakeError:
            parcels = {}
        seconds.append(time.perf_counter() - began)
        for number in ("2031-1号", "2031-2号"):
            found = {name.value: milestone for name, milestone in parcels.get(number, {}).items()}
            for name, at in truth.items():
                milestone = found.get(name)
                is_right = (
                    milestone is not None and shanghai(milestone.at).replace(tzinfo=None) == at
                )
                verdict = "absent" if milestone is None else "right" if is_right else "wrong"
                counts[points, degradation][verdict] += 1
                certain += milestone is not None and milestone.source is not Source.SCANNED
    print(f"{'points':>6}  {'page':<12}{'right':>7}{'absent':>8}{'wrong':>7}")
    for (points, degradation), count in sorted(counts.items()):
        print(
            f"{points:>6}  "
            f"{degradation:<12}{count['right']:>7}{count['absent']:>8}{count['wrong']:>7}"
        )
    total = sum(counts.values(), Counter[str]())
    print(
        f"all: {total['right']} right, {total['absent']} absent, {total['wrong']} wrong;",
        f"certain by themselves: {certain}",
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{sum(seconds) / len(seconds):.1f} s a page, {peak:.2f} GB at its peak")


if __name__ == "__main__":
    main()
