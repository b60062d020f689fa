"""Whether the facts of real notices read to the same times in every layout: they are printed anew
and read.

    python -m bench.metamorphosis [--seed N] [--every-format] [--verbose] [FOLDER...]

FOLDER holds one folder a notice, with its truth, as `../shared/notices` does (the default). Each
layout is written in one format in turn, or in all. A paper is `equal` if all times are right,
`flagged` if findings name each that is not, else `other`. Prints a line a layout and a format.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench.papers import read_paper
from tests.papers.formats import FORMATS, Format
from tests.papers.layouts import LAYOUTS, fits
from tests.papers.offers import MadeOffer
from tests.papers.real_offers import offer_of
from tests.papers.scoring import Mark, score

_SHARED = Path(__file__).parent.parent.parent / "shared"
_NAMED = {Mark.RIGHT, Mark.ABSENT_FLAGGED, Mark.WRONG_FLAGGED}
_ENDS = ("equal", "flagged", "other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every-format", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="name each paper that is not equal")
    options = parser.parse_args()
    folders = options.folders or [_SHARED / "notices"]
    truths = sorted(path for folder in folders for path in folder.glob("*/truth.json"))
    ends_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    marks: Counter[Mark] = Counter()
    offers = 0
    for path in truths:
        offer = offer_of(json.loads(path.read_text("utf-8")))
        if offer is None:
            continue
        offers += 1
        random = Random(f"{options.seed} {path.parent.name}")
        formats = FORMATS if options.every_format else ()
        for layout, write, found in _papers(offer, formats, random):
            end = _end(found)
            marks += found
            for name in (f"layout {layout}", f"format {write}", "all"):
                ends_of[name][end] += 1
            if options.verbose and end != "equal":
                faults = [
                    f"{mark} {found[mark]}"
                    for mark in Mark
                    if mark is not Mark.RIGHT and found[mark]
                ]
                print(f"  {end}: {path.parent.name} as {layout}, {write}: {', '.join(faults)}")
    print(f"{len(truths)} real notices, {offers} with numbered parcels and a time that all have")
    for name in sorted(ends_of):
        _print(name, ends_of[name])
    counts = ", ".join(f"{mark} {marks[mark]}" for mark in Mark if marks[mark])
    print(f"milestones: {counts or 'none'}")


def _papers(
    offer: MadeOffer, formats: Sequence[Format], random: Random
) -> Iterator[tuple[str, str, Counter[Mark]]]:
    """Yield (layout, format, marks) for each paper that can state the offer."""
    for layout in LAYOUTS:
        if not fits(layout, offer):
            continue
        for write in formats or (random.choice(FORMATS),):
            name, data = write(layout(offer, random))
            yield layout.__name__, write.__name__, score(offer.lots, read_paper(name, data))


def _end(marks: Counter[Mark]) -> str:
    if marks.keys() == {Mark.RIGHT}:
        return "equal"
    return "flagged" if marks.keys() <= _NAMED else "other"


def _print(name: str, ends: Counter[str]) -> None:
    share = 100 * ends["equal"] / ends.total()
    counts = ", ".join(f"{end} {ends[end]}" for end in _ENDS)
    print(f"{name:32} {ends.total():5} papers: {counts} ({share:.1f} % equal)")


if __name__ == "__main__":
    main()
