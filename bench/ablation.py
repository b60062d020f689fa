"""What each rule of the reader earns: every corpus read again without it, and the milestones that
are lost or won."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from notifier.domain.times import shanghai_iso
from notifier.domain.values import Notice, squash
from notifier.intake.limits import Limits
from notifier.intake.notice import layouts, read_notice, votes
from tests.papers.formats import FORMATS
from tests.papers.layouts import LAYOUTS
from tests.papers.offers import random_offer

_DOCUMENTS = (".txt", ".md", ".html", ".docx")
Paper = tuple[str, bytes, dict[tuple[str, str], str]]


def print_ablation(folder: Path) -> None:
    """Print a line a rule: right milestones with all rules, and the difference without it."""
    papers = [*_made_up(), *_real(folder)]
    whole = _right(papers)
    stated = sum(len(truth) for _, _, truth in papers)
    print(f"{len(papers)} notices, {stated} milestones, {whole} right with all rules; without one:")
    for name, _ in votes.RULES:
        rules = votes.RULES
        votes.RULES = tuple(rule for rule in rules if rule[0] != name)
        print(f"  {name:20} {_right(papers) - whole:+d}")
        votes.RULES = rules
    for name in ("rows", "columns", "pairs"):
        layouts.LEFT_OUT = frozenset({name})
        print(f"  layout {name:13} {_right(papers) - whole:+d}")
        layouts.LEFT_OUT = frozenset()


def _made_up() -> Iterator[Paper]:
    for write in FORMATS:
        random = Random(f"ablation {write.__name__}")
        for layout in LAYOUTS:
            offer = random_offer(random)
            name, data = write(layout(offer, random))
            if name.endswith(_DOCUMENTS):
                truth = {
                    (squash(lot.number), milestone.value): shanghai_iso(at)[:16]
                    for lot in offer.lots
                    for milestone, at in lot.times.items()
                }
                yield name, data, truth


def _real(folder: Path) -> Iterator[Paper]:
    for path in sorted(folder.glob("*/notice.*")):
        truth = json.loads((path.parent / "truth.json").read_text("utf-8"))
        times = {
            (squash(parcel["parcel_no"] or ""), name): value[:16]
            for parcel in truth["parcels"]
            for name, value in parcel.items()
            if value and name.endswith(("_open", "_close", "_start"))
        }
        yield path.name, path.read_bytes(), times


def _right(papers: list[Paper]) -> int:
    return sum(
        _right_of(read_notice(Path(name), data, Limits()), truth) for name, data, truth in papers
    )


def _right_of(notices: list[Notice], truth: dict[tuple[str, str], str]) -> int:
    parcels = [parcel for notice in notices for parcel in notice.parcels]
    found = {
        (squash(parcel.parcel_no), name.value): shanghai_iso(milestone.at)[
            : 10 if milestone.day_only else 16
        ]
        for parcel in parcels
        for name, milestone in parcel.milestones.items()
    }
    return sum(found.get(key) == value for key, value in truth.items())
