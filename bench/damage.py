"""Damaged notices and spoilt sheets: how many state another time than the whole one, in silence.

    python -m bench.damage [--seed N] [--notices N] [--sheets N] [--verbose] [FOLDER...]

FOLDER holds one folder a notice, as `../shared/notices` does (the default, with those of tests/).
Each damage is done to each notice in turn, and as many further ones that a scan, a copy or a slip
of the pen does; a sheet is made up in each habit in turn, and as many workbooks are damaged. Prints
a line a damage and a line a habit. Where a damage made another figure, such as another day, it is
counted apart if nothing else in the notice speaks against it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from bench.papers import read_paper
from notifier.domain.values import Notice
from tests.damage import (
    DAMAGES,
    FURTHER_DAMAGES,
    differing,
    is_another_figure,
    read_text,
    silent_differences,
    text_of,
    with_lint,
)
from tests.papers.kept_sheets import KEPT_HABITS, TOLD_HABITS
from tests.papers.odd_sheets import ODD_HABITS
from tests.papers.offers import random_offer
from tests.papers.scoring import Mark, score
from tests.papers.sheets import (
    HABITS,
    merged_deadline,
    plain_workbook,
    ranges_in_a_cell,
    second_table,
    serial_numbers,
    text_dates,
    title_and_totals,
    transposed,
    two_heading_rows,
)
from tests.sheet_damage import FURTHER_SHEET_DAMAGES, SHEET_DAMAGES, damaged_book, joined

_ROOT = Path(__file__).parent.parent
_SHARED = _ROOT.parent / "shared" / "notices"
BOOKS = (
    plain_workbook, title_and_totals, merged_deadline, two_heading_rows, second_table, transposed,
    serial_numbers,
    text_dates, ranges_in_a_cell,
)  # fmt: skip
"""Habits that give a workbook in which every cell can be damaged."""
_SILENT = (Mark.WRONG_SILENT, Mark.INVENTED, Mark.ABSENT_SILENT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--further", type=int, default=10_000)
    parser.add_argument("--sheets", type=int, default=1_000)
    parser.add_argument("--verbose", action="store_true", help="name each silent difference")
    options = parser.parse_args()
    folders = options.folders or [_SHARED]
    paths = [path for folder in folders for path in sorted(folder.glob("*/notice.*"))]
    wholes = _wholes([*paths, *_own_notices()])
    _print_notices(wholes, options.notices, options.seed, options.verbose)
    _print_further(wholes, options.further, options.seed, options.verbose)
    _print_sheets(options.sheets, options.seed, options.verbose)
    _print_books(options.sheets, options.seed, options.verbose)
    _print_books_further(options.sheets, options.seed, options.verbose)


def _own_notices() -> list[Path]:
    files = sorted((_ROOT / "tests" / "notices").iterdir())
    return [path for path in files if path.suffix != ".json"]


Whole = tuple[Path, str, Notice]


def _wholes(paths: Sequence[Path]) -> list[Whole]:
    """The text of each file and the notice in it, of those that are not refused."""
    wholes = []
    for path in paths:
        text = text_of(path)
        whole = read_text(path, text)
        if whole is not None:
            wholes.append((path, text, whole))
    return wholes


def _print_notices(wholes: Sequence[Whole], count: int, seed: int, verbose: bool) -> None:
    random = Random(seed)
    tried: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for number in range(count):
        path, text, whole = wholes[number % len(wholes)]
        damage = DAMAGES[number // len(wholes) % len(DAMAGES)]
        differences = silent_differences(whole, read_text(path, damage(text, random)))
        tried[damage.__name__] += 1
        silent[damage.__name__] += bool(differences)
        if verbose and differences:
            print(
                f"  {damage.__name__} of {_name(path)}, number {number}: {'; '.join(differences)}"
            )
    print(f"{tried.total():,} damaged notices: {silent.total()} state another time silently")
    for name in tried:
        print(f"  {name:24} {silent[name]:4} of {tried[name]:,}")


def _print_further(wholes: Sequence[Whole], count: int, seed: int, verbose: bool) -> None:
    """Print how many notices with a further damage state another time silently.

    A damage that changes nothing is not counted.
    """
    tried: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for number in range(count):
        path, text, whole = wholes[number % len(wholes)]
        damage = FURTHER_DAMAGES[number // len(wholes) % len(FURTHER_DAMAGES)]
        damaged = damage(text, Random(f"{seed} {number}"))
        if damaged == text:
            continue
        name = damage.__name__
        tried[name] += 1
        others = list(differing(whole, read_text(path, damaged)))
        stated = [found for found in others if not is_another_figure(found[2], text)]
        silent[name] += bool(stated)
        figures[name] += bool(others) and not stated
        if verbose and stated:
            words = "; ".join(f"{parcel_no} {field}" for parcel_no, field, _ in stated)
            print(f"  {name} of {_name(path)}, number {number}: {words}")
    _print_counts("notices", tried, silent, figures)


def _print_counts(
    what: str, tried: Counter[str], silent: Counter[str], figures: Counter[str]
) -> None:
    print(
        f"{tried.total():,} {what} damaged further: {silent.total()} state another time silently, "
        f"{figures.total()} another figure that nothing speaks against"
    )
    for name in tried:
        print(f"  {name:24} {silent[name]:4} and {figures[name]:4} of {tried[name]:,}")


def _name(path: Path) -> str:
    return path.parent.name if path.stem == "notice" else path.stem


def _print_sheets(count: int, seed: int, verbose: bool) -> None:
    random = Random(seed)
    habits = (*HABITS, *ODD_HABITS, *KEPT_HABITS, *TOLD_HABITS)
    tried: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    marks: Counter[Mark] = Counter()
    for number in range(count):
        habit = habits[number % len(habits)]
        sheet = habit(random_offer(random), random)
        found = score(sheet.lots, read_paper(sheet.name, sheet.data))
        faults = [f"{mark} {found[mark]}" for mark in _SILENT if found[mark]]
        marks += found
        tried[habit.__name__] += 1
        silent[habit.__name__] += bool(faults)
        if verbose and faults:
            print(f"  {habit.__name__}, number {number}: {', '.join(faults)}")
    right, stated = marks[Mark.RIGHT], marks.total() - marks[Mark.INVENTED]
    print(
        f"{tried.total():,} sheets: {silent.total()} silently different; {right:,} of "
        f"{stated:,} times right"
    )
    for name in tried:
        print(f"  {name:28} {silent[name]:4} of {tried[name]:,}")


def _print_books(count: int, seed: int, verbose: bool) -> None:
    """Print how many workbooks with one further damage state another time silently."""
    random = Random(seed)
    tried: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for number in range(count):
        habit = BOOKS[number % len(BOOKS)]
        damage = SHEET_DAMAGES[number // len(BOOKS) % len(SHEET_DAMAGES)]
        sheet = habit(random_offer(random), random)
        whole = joined(read_paper(sheet.name, sheet.data))
        spoilt = read_paper(sheet.name, damaged_book(sheet.data, damage, random))
        differences = silent_differences(whole, joined(spoilt))
        tried[damage.__name__] += 1
        silent[damage.__name__] += bool(differences)
        if verbose and differences:
            print(
                f"  {damage.__name__} of {habit.__name__}, number {number}: "
                f"{'; '.join(differences)}"
            )
    print(f"{tried.total():,} damaged workbooks: {silent.total()} state another time silently")
    for name in tried:
        print(f"  {name:24} {silent[name]:4} of {tried[name]:,}")


def _print_books_further(count: int, seed: int, verbose: bool) -> None:
    """Print how many workbooks in which whole columns or cells moved state another time silently.

    A time that the whole workbook has nowhere is another figure.
    """
    tried: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for number in range(count):
        random = Random(f"{seed} {number}")
        habit = BOOKS[number % len(BOOKS)]
        damage = FURTHER_SHEET_DAMAGES[number // len(BOOKS) % len(FURTHER_SHEET_DAMAGES)]
        sheet = habit(random_offer(random), random)
        whole = joined(read_paper(sheet.name, sheet.data))
        spoilt = read_paper(sheet.name, damaged_book(sheet.data, damage, random))
        known = {time.at for parcel in whole.parcels for time in parcel.milestones.values()}
        others = list(differing(whole, joined([with_lint(notice) for notice in spoilt])))
        stated = [found for found in others if found[2].at in known]
        name = damage.__name__
        tried[name] += 1
        silent[name] += bool(stated)
        figures[name] += bool(others) and not stated
        if verbose and stated:
            words = "; ".join(f"{parcel_no} {field}" for parcel_no, field, _ in stated)
            print(f"  {name} of {habit.__name__}, number {number}: {words}")
    _print_counts("workbooks", tried, silent, figures)


if __name__ == "__main__":
    main()
