"""What a site sees of a program that watches it for five days, request by request.

    python -m bench.watching

The days are a clock's, the site stands on loopback and does what sites do: it packs, moves, is slow
or huge, has counters and cookies, refuses, asks to be left alone. Prints each request with its time
and status, then how many there were of each page, and the shortest time between two.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from notifier.domain.times import shanghai
from tests.watched_site import Stay, five_days


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, five_days(Path(folder)) as stay:
        for request in stay.requests:
            print(f"{shanghai(request.at):%m-%d %H:%M:%S}  {request.status}  {request.path}")
        _print_sums(stay)


def _print_sums(stay: Stay) -> None:
    counts = Counter(request.path for request in stay.requests)
    print()
    for path, count in sorted(counts.items()):
        requests = stay.of(path)
        statuses = Counter(request.status for request in requests)
        pauses = [(later.at - sooner.at) for sooner, later in pairwise(requests)]
        answers = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
        spans = f"pauses {min(pauses)} to {max(pauses)}" if pauses else ""
        print(f"{path}: {count} ({answers}) {spans}".rstrip())
    print(f"{len(stay.requests)} requests, {stay.site.most_at_once} at once at most")


if __name__ == "__main__":
    main()
