"""How well notices are read whose tables go on overleaf, by how they are set and laid out.

    python -m bench.page_breaks [--seed N] [--each N] [--verbose] [SETTING...]

Each layout with a table is set on pages `each` times in each way, as PDF and OFD, and read. Prints
a line a way: its milestones beside those of the same notice set on one long page.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from bench.papers import read_paper
from tests.papers.blocks import Block, Grid
from tests.papers.layouts import LAYOUTS, fits
from tests.papers.offers import MadeOffer, random_offer
from tests.papers.printed import Setting, ofd_of, pdf_of, set_on_pages
from tests.papers.scoring import Mark, score

SETTINGS = {
    "whole rows": Setting(),
    "headings repeated": Setting(repeats=1),
    "page numbers": Setting(foot="第{}页 共9页"),
    "running head and foot": Setting(head="某市自然资源和规划局 出让公告", foot="某某交易中心 {}"),
    "watermark": Setting(watermark="仅供参考"),
    "rows cut": Setting(cuts=True, room=85),
    "rows cut, open": Setting(cuts=True, closed=False, room=85),
    "rows cut, headings repeated": Setting(cuts=True, repeats=1, room=85),
    "rows cut, centred": Setting(cuts=True, centred=True, room=85),
    "shifted": Setting(shift=15.0),
    "other widths": Setting(uneven=9.0),
    "small type": Setting(size=5.0, room=40.0),
    "small type, rows cut": Setting(size=5.0, room=40.0, cuts=True),
    "unruled": Setting(ruled=False),
    "unruled, small type": Setting(ruled=False, size=5.0, room=40.0),
    "unruled, headings repeated": Setting(ruled=False, repeats=1),
    "unruled, rows cut": Setting(ruled=False, cuts=True, room=85),
    "unruled, running head": Setting(ruled=False, head="某市出让公告", foot="- {} -"),
}
_WHOLE = 5_000.0  # points: no table is so long
_SILENT = (Mark.WRONG_SILENT, Mark.INVENTED, Mark.ABSENT_SILENT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SETTING")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--verbose", action="store_true", help="name each that is read worse")
    options = parser.parse_args()
    for name in options.names or SETTINGS:
        setting = SETTINGS[name]
        whole: Counter[Mark] = Counter()
        broken: Counter[Mark] = Counter()
        for title, offer, blocks in papers(options.seed, options.each):
            pages = set_on_pages(blocks, replace(setting, room=_WHOLE))
            for page in pages:
                page.height += 2_000
            at_once = score(offer.lots, read_paper("whole.pdf", pdf_of(pages)))
            pages = set_on_pages(blocks, setting)
            for file, data in (("broken.pdf", pdf_of(pages)), ("broken.ofd", ofd_of(pages))):
                found = score(offer.lots, read_paper(file, data))
                whole += at_once
                broken += found
                if options.verbose and _is_worse(found, at_once):
                    print(f"  {title} {file}: {_words(found)}; whole: {_words(at_once)}")
        print(f"{name:28} {_words(broken)}; whole: {_words(whole)}", flush=True)


def papers(seed: int, each: int) -> Iterator[tuple[str, MadeOffer, Sequence[Block]]]:
    """Yield notices with a table, each with its title and what is true of it."""
    for layout in LAYOUTS:
        for number in range(each):
            random = Random(f"{seed} {layout.__name__} {number}")
            offer = random_offer(random)
            while not fits(layout, offer) or len(offer.lots) < 2:
                offer = random_offer(random)
            blocks = layout(offer, random)
            if any(isinstance(block, Grid) for block in blocks):
                yield f"{layout.__name__} {number}", offer, blocks


def _is_worse(found: Counter[Mark], whole: Counter[Mark]) -> bool:
    return found[Mark.RIGHT] < whole[Mark.RIGHT] or any(
        found[mark] > whole[mark] for mark in _SILENT
    )


def _words(marks: Counter[Mark]) -> str:
    return ", ".join(f"{mark} {marks[mark]}" for mark in Mark if marks[mark])


if __name__ == "__main__":
    main()
