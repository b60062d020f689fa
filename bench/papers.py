"""How well made-up notices and sheets are read, by layout, format and habit.

    python -m bench.papers [--seed N] [--each N]

Each layout is written in each format, and each habit of sheets, `each` times. Prints a line a name.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from random import Random

from notifier.domain.values import Finding, Kind, Notice, Severity
from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits
from tests.papers.formats import FORMATS
from tests.papers.kept_sheets import KEPT_HABITS, TOLD_HABITS
from tests.papers.layouts import LAYOUTS
from tests.papers.odd_sheets import ODD_HABITS
from tests.papers.offers import random_offer
from tests.papers.scoring import Mark, score
from tests.papers.sheets import HABITS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=3)
    options = parser.parse_args()
    random = Random(options.seed)
    marks_of: defaultdict[str, Counter[Mark]] = defaultdict(Counter)
    for layout in LAYOUTS:
        for write in FORMATS:
            for _ in range(options.each):
                offer = random_offer(random)
                marks = score(offer.lots, read_paper(*write(layout(offer, random))))
                for name in (
                    f"layout {layout.__name__}",
                    f"format {write.__name__}",
                    "all notices",
                ):
                    marks_of[name] += marks
    for habit in (*HABITS, *ODD_HABITS, *KEPT_HABITS, *TOLD_HABITS):
        for _ in range(options.each * len(FORMATS)):
            sheet = habit(random_offer(random), random)
            marks = score(sheet.lots, read_paper(sheet.name, sheet.data))
            for name in (f"sheet {habit.__name__}", "all sheets"):
                marks_of[name] += marks
    for name, marks in sorted(marks_of.items()):
        _print(name, marks)


def read_paper(name: str, data: bytes) -> list[Notice]:
    """Read a file; one that is refused is a notice with nothing but that finding."""
    try:
        return read_data(name, data, Limits())
    except IntakeError:
        # a refusal is told to people, and so is a finding about the whole file
        refusal = Finding(code="refused", severity=Severity.ERROR)
        return [Notice(file=name, kind=Kind.OTHER, findings=(refusal,))]


def _print(name: str, marks: Counter[Mark]) -> None:
    total = sum(marks.values()) - marks[Mark.INVENTED]
    share = 100 * marks[Mark.RIGHT] / total
    faults = [f"{mark} {marks[mark]}" for mark in Mark if mark is not Mark.RIGHT and marks[mark]]
    print(f"{name:32} {marks[Mark.RIGHT]:5}/{total:<5} {share:5.1f} %  {', '.join(faults)}")


if __name__ == "__main__":
    main()
