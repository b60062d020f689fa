"""What each rule, layout, word and expression of the reader earns.

Every notice that one of them concerns is read again without it, and the milestones that are then
lost or won are counted.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

import notifier.intake
from notifier.domain.times import shanghai_iso
from notifier.domain.values import Notice, squash
from notifier.intake.limits import Limits
from notifier.intake.notice import layouts, read_notice, scan, votes
from tests.papers.formats import FORMATS
from tests.papers.layouts import LAYOUTS
from tests.papers.offers import random_offer

_DOCUMENTS = (".txt", ".md", ".html", ".docx")
_TEXTS = (".txt", ".md", ".html")


class Paper(NamedTuple):
    """A notice as a file, and its milestones: (number, name) -> time to the minute, or day."""

    name: str
    data: bytes
    truth: dict[tuple[str, str], str]


class Part(NamedTuple):
    """A part of the reader that can be left out, and the notices that it concerns."""

    name: str
    without: Callable[[], AbstractContextManager[object]]
    concerns: Sequence[Paper]


def print_ablation(folder: Path) -> None:
    """Print a line a part: the milestones that are right without it, less those that are with it.

    The expressions and words that change none stand together at the end of their kind.
    """
    papers = [*_made_up(), *_real(folder)]
    whole = _right(papers)
    stated = sum(len(paper.truth) for paper in papers)
    print(f"{len(papers)} notices, {stated} milestones, {sum(whole)} right; without one part:")
    right = dict(zip(map(id, papers), whole, strict=True))
    for kind, parts in (
        ("rules", _rules(papers)),
        ("layouts", _layouts(papers)),
        ("expressions", _expressions(papers)),
        ("words", _words(papers)),
    ):
        nothing = []
        print(kind)
        for part in parts:
            with part.without():
                earned = sum(_right(part.concerns)) - sum(
                    right[id(paper)] for paper in part.concerns
                )
            if earned or kind in ("rules", "layouts"):
                print(f"  {part.name:50} {earned:+d} in {len(part.concerns)}")
            else:
                nothing.append(part.name)
        if nothing:
            print(f"  {len(nothing)} that change none of these: {', '.join(nothing)}")


# the parts


def _rules(papers: Sequence[Paper]) -> Iterator[Part]:
    for name, _ in votes.RULES:
        left = tuple(rule for rule in votes.RULES if rule[0] != name)
        yield Part(name, functools.partial(patch.object, votes, "RULES", left), papers)


def _layouts(papers: Sequence[Paper]) -> Iterator[Part]:
    for name in ("rows", "columns", "pairs"):
        left_out = functools.partial(patch.object, layouts, "LEFT_OUT", frozenset({name}))
        yield Part(name, left_out, papers)


def _expressions(papers: Sequence[Paper]) -> Iterator[Part]:
    """The expressions of modules, each with the papers in which it found something."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(notifier.intake.__path__, "notifier.intake.")
    ]
    known: dict[int, tuple[re.Pattern[str], list[tuple[ModuleType, str]]]] = {}
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                known.setdefault(id(value), (value, []))[1].append((module, name))
    recorders = {key: _Recorder(pattern) for key, (pattern, _) in known.items()}
    found_in: dict[int, list[Paper]] = {key: [] for key in known}
    for key, (_, places) in known.items():
        _put(places, recorders[key])
    for paper in papers:
        for recorder in recorders.values():
            recorder.has_found = False
        _forget()
        _right([paper])
        for key, recorder in recorders.items():
            if recorder.has_found:
                found_in[key].append(paper)
    for pattern, places in known.values():
        _put(places, pattern)
    for key, (pattern, places) in known.items():
        module, name = places[0]
        short = module.__name__.removeprefix("notifier.intake.")
        yield Part(f"{short}.{name}", functools.partial(_without, places, pattern), found_in[key])


class _Recorder:
    """An expression that notes whether it found something."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.has_found = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pattern, name)
        if name not in ("match", "search", "fullmatch", "finditer", "findall", "split", "sub"):
            return method

        def noting(*args: Any, **options: Any) -> Any:
            if not self.has_found:
                way = method if name in ("match", "fullmatch") else self._pattern.search
                texts = args[1:2] if name == "sub" else args[:1] if name == "split" else args
                self.has_found = way(*texts) is not None
            return method(*args, **options)

        return noting


@contextmanager
def _without(places: Sequence[tuple[ModuleType, str]], pattern: re.Pattern[str]) -> Iterator[None]:
    # it has the groups of the other, so that what refers to them is no error
    _put(places, re.compile(f"(?!)(?:{pattern.pattern}\n)", pattern.flags))
    _forget()
    yield
    _put(places, pattern)
    _forget()


def _put(places: Sequence[tuple[ModuleType, str]], value: object) -> None:
    for module, name in places:
        setattr(module, name, value)


def _words(papers: Sequence[Paper]) -> Iterator[Part]:
    """The words of labels, each with the papers of text in which it stands."""
    texts = [
        (paper, squash(paper.data.decode("utf-8", "replace")))
        for paper in papers
        if paper.name.endswith(_TEXTS)
    ]
    for word in list(scan._meanings()):  # no one else leaves words out
        concerned = [paper for paper, text in texts if word in text]
        yield Part(word, functools.partial(_without_word, word), concerned)


@contextmanager
def _without_word(word: str) -> Iterator[None]:
    _forget()
    meanings = scan._meanings()
    del meanings[word]
    yield
    _forget()


def _forget() -> None:
    """Clear what the reader keeps between notices."""
    for kept in gc.get_objects():
        if isinstance(kept, functools._lru_cache_wrapper):  # its only name
            module = getattr(kept, "__module__", None) or ""
            if module.startswith("notifier.intake"):
                kept.cache_clear()


# the papers


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
                yield Paper(name, data, truth)


def _real(folder: Path) -> Iterator[Paper]:
    for path in sorted(folder.glob("*/notice.*")):
        truth = json.loads((path.parent / "truth.json").read_text("utf-8"))
        times = {
            (squash(parcel["parcel_no"] or ""), name): value[:16]
            for parcel in truth["parcels"]
            for name, value in parcel.items()
            if value and name.endswith(("_open", "_close", "_start"))
        }
        yield Paper(path.name, path.read_bytes(), times)


def _right(papers: Sequence[Paper]) -> list[int]:
    """How many milestones of each notice are right; none of one that cannot be read."""
    return [_right_of(paper) for paper in papers]


def _right_of(paper: Paper) -> int:
    try:
        notices = read_notice(Path(paper.name), paper.data, Limits())
    except (ValueError, IndexError, KeyError, AssertionError, TypeError):
        print(f"  {paper.name} of {len(paper.data)} bytes cannot be read so", file=sys.stderr)
        return 0
    return _agreeing(notices, paper.truth)


def _agreeing(notices: Sequence[Notice], truth: dict[tuple[str, str], str]) -> int:
    parcels = [parcel for notice in notices for parcel in notice.parcels]
    found = {
        (squash(parcel.parcel_no), name.value): shanghai_iso(milestone.at)[
            : 10 if milestone.day_only else 16
        ]
        for parcel in parcels
        for name, milestone in parcel.milestones.items()
    }
    return sum(found.get(key) == value for key, value in truth.items())
