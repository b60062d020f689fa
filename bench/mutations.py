"""Damaged files of each format: errors, crashes, limits, paths outside, and other times in silence.

    python -m bench.mutations [--seed N] [--each N] [--verbose] [NAME...]

NAME is a file of tests/data/formats, or `a.ofd`, `a.zip`, `a.mht`, `a.eml`; all without one. Files
are read in processes of this program with the daemon's limit on memory; one that dies is counted
and replaced. Nothing reads pictures there: a broken page is read as far as its text goes. Prints a
line a file, and what each damage did silently: `silent` is a time
that the whole file does not state so and that no finding names. In a format without checksums some
damage makes another document, which no reader can tell from one that was written so; a second,
plain reader finds it and it is counted apart: `other figure`, a time that only the damaged file
states; `spliced`, an unbroken sentence that only the damaged file has; `other look`, a bit of a
merged cell or of a font in an old workbook.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from random import Random
from types import FrameType

from notifier.domain.values import Notice
from notifier.errors import IntakeError, NeedsPictures
from notifier.intake import read_data
from notifier.intake.limits import Limits
from tests.damage import differing, with_lint
from tests.file_damage import damages_of
from tests.file_sources import file_sources
from tests.plain_reading import looks_otherwise, states_alone, states_otherwise
from tests.sheet_damage import joined

_SECONDS = 10  # for one file of 40 KB
_LIMITS = Limits()
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class _TooSlow(BaseException):
    """One file took longer than `_SECONDS`: no reader may catch it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=10_000)
    parser.add_argument("--verbose", action="store_true", help="name each that is not as it must")
    options = parser.parse_args()
    sources = file_sources()
    silent: Counter[str] = Counter()
    for name in options.names or sources:
        counted: Counter[str] = Counter()
        for number, outcome, damage, words in _outcomes(
            name, sources[name], options.each, options.seed
        ):
            counted[outcome] += 1
            silent[damage] += outcome == "silent"
            if options.verbose and outcome not in ("same", "refused", "memory"):
                print(f"  {outcome}: {damage} of {name}, number {number}: {words}")
        figures = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(counted.items()))
        print(f"{name:14} {counted.total():7,}: {figures}", flush=True)
    for damage, count in silent.items():
        print(f"  {damage:18} {count:4} silently different")


def _outcomes(name: str, whole: bytes, each: int, seed: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, outcome, damage and words of each damaged file."""
    damages = damages_of(whole)
    context = multiprocessing.get_context("fork")
    number = 0
    while number < each:
        ours, its = context.Pipe(duplex=False)
        process = context.Process(target=_read_on, args=(its, name, whole, number, each, seed))
        process.start()
        its.close()
        with suppress(EOFError):
            while number < each:
                outcome, words = ours.recv()
                yield number, outcome, damages[number % len(damages)].__name__, words
                number += 1
        process.join()
        if number < each:  # it died in the middle of this one
            damage = damages[number % len(damages)].__name__
            yield number, "crash", damage, f"status {process.exitcode}"
            number += 1


def _read_on(peer: Connection, name: str, whole: bytes, begin: int, each: int, seed: int) -> None:
    """Read the damaged files from `begin` on, and send what came of each."""
    outside: list[str] = []
    _guard(outside)
    truth = _read(name, whole)
    damages = damages_of(whole)
    for number in range(begin, each):
        data = damages[number % len(damages)](whole, Random(f"{seed} {name} {number}"))
        outside.clear()
        signal.alarm(_SECONDS)
        try:
            outcome, words = _compared(truth, _read(name, data), whole, data)
        except (IntakeError, NeedsPictures) as fault:
            outcome, words = "refused", str(fault)
        except MemoryError:
            outcome, words = "memory", ""
        except RecursionError:
            outcome, words = "nested", ""
        except _TooSlow:
            outcome, words = "slow", ""
        except Exception as fault:  # noqa: BLE001  # what is counted
            outcome, words = "error", f"{type(fault).__name__}: {fault}"
        signal.alarm(0)
        if outside:
            outcome, words = "outside", outside[0]
        peer.send((outcome, words))


def _read(name: str, data: bytes) -> Notice:
    notices = [with_lint(notice) for notice in read_data(name, data, _LIMITS)]
    return joined(notices)


def _compared(truth: Notice, found: Notice, whole: bytes, data: bytes) -> tuple[str, str]:
    """Return the outcome and its words: what the damaged file itself states is not silence."""
    silent = list(differing(truth, found))
    if not silent:
        return "same", ""
    words = "; ".join(f"{number} {name}: {milestone.quote}" for number, name, milestone in silent)
    quotes = [milestone.quote for _, _, milestone in silent]
    if all(states_alone(quote, whole, data) for quote in quotes):
        return "other figure", words
    if all(states_otherwise(quote, whole, data) for quote in quotes):
        return "spliced", words
    return ("other look" if looks_otherwise(whole, data) else "silent"), words


def _guard(outside: list[str]) -> None:
    """Limit memory, and note what is written or asked for beyond a folder of one's own.

    Let nothing be installed that reads pictures.
    """
    find_spec = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *rest: (
        None if name == "rapidocr" else find_spec(name, *rest)
    )
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it has a word for each damage
    resource.setrlimit(resource.RLIMIT_DATA, (_LIMITS.memory_bytes, _LIMITS.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    own = os.path.join(tempfile.gettempdir(), "notifier-")

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & _WRITES
            if writes and not str(path).startswith(own) and not isinstance(path, int):
                outside.append(f"writes {path}")
        elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
            outside.append(f"{event} {arguments}")

    sys.addaudithook(note)
    signal.signal(signal.SIGALRM, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _TooSlow


if __name__ == "__main__":
    main()
