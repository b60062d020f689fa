"""What an answer did to times: carried in the address of the page that is shown after it.

Only instants and ids go there; what stands now is asked of the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from notifier.domain.board_lines import BoardLine
from notifier.domain.lint import odd_order
from notifier.domain.offers import Offer
from notifier.domain.values import Finding, Milestone, MilestoneName, Precision, Source
from notifier.service.desk_values import TimeSet
from notifier.web.visits import Visit

_MOST = 150  # times in an address: as many as any proxy lets through
_MOVED = re.compile(r"(\d{1,11})\.(\w{1,40})\.(?:(-?\d{1,15})(d?))?")


@dataclass(frozen=True, kw_only=True)
class MovedTime:
    """A time that an answer changed: what stood before, and what stands now."""

    line: BoardLine
    name: MilestoneName
    old: Milestone | None
    new: Milestone | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is odd in the order of the parcel's times as they stand now."""
        return odd_order(self.line.offer.parcel)

    @property
    def is_a_word(self) -> bool:
        """Whether a person's word stands, which can be taken back."""
        if self.new is None:
            return self.name in self.line.settled
        return self.new.source is Source.SET

    @property
    def about(self) -> str:
        """What a form about this time names."""
        return f"{self.line.offer.id}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class MovedTimes:
    """The times that an answer changed; `stays`: the parcel that it was about and left alone."""

    times: Sequence[MovedTime] = ()
    stays: BoardLine | None = None

    @property
    def words(self) -> list[MovedTime]:
        """The times where a person's word stands: they are taken back together."""
        return [time for time in self.times if time.is_a_word]

    @property
    def alike(self) -> list[list[MovedTime]]:
        """The times, those together that moved from the same to the same."""
        found: dict[object, list[MovedTime]] = {}
        for time in self.times:
            found.setdefault((time.name, _known(time.old), _known(time.new)), []).append(time)
        return list(found.values())

    @property
    def findings(self) -> list[list[Finding]]:
        """What is odd in the order of times of these parcels, each once, what is alike together."""
        found: dict[object, list[Finding]] = {}
        for line in {time.line.offer.id: time for time in self.times}.values():
            for finding in line.findings:
                key = (finding.code, finding.field, tuple(sorted(finding.params.items())))
                found.setdefault(key, []).append(finding)
        return list(found.values())


def _known(milestone: Milestone | None) -> tuple[datetime, Precision] | None:
    return None if milestone is None else (milestone.at, milestone.precision)


def moved_query(times: Sequence[TimeSet], known: Offer | None = None) -> dict[str, str]:
    """Return what the address of the next page says of `times`.

    Those that changed, and those of which somebody said that there are none.
    """
    changed = [time for time in times if time.old != time.new or time.new is None]
    query: dict[str, str] = {}
    if changed:
        query["moved"] = ",".join(map(_written, changed[:_MOST]))
    if known is not None and all(time.offer.id != known.id for time in changed):
        query["stays"] = str(known.id)
    return query


def _written(time: TimeSet) -> str:
    old = time.old
    instant = "" if old is None else f"{round(old.at.timestamp() * 1000)}{'d' * old.day_only}"
    return f"{time.offer.id}.{time.milestone}.{instant}"


def moved_times(visit: Visit) -> MovedTimes:
    """Return what the address of this page says."""
    query = visit.request.query_params
    found = []
    for text in query.get("moved", "").split(",")[:_MOST]:
        match = _MOVED.fullmatch(text)
        line = visit.site.board.line(int(match[1])) if match else None
        if match is None or line is None or match[2] not in set(MilestoneName):
            continue
        name = MilestoneName(match[2])
        old = _milestone(int(match[3]), is_day=bool(match[4])) if match[3] else None
        found.append(
            MovedTime(line=line, name=name, old=old, new=line.offer.parcel.milestones.get(name))
        )
    stays = query.get("stays", "")
    is_id = stays.isdecimal() and len(stays) < 12
    return MovedTimes(times=found, stays=visit.site.board.line(int(stays)) if is_id else None)


def _milestone(instant: int, *, is_day: bool) -> Milestone | None:
    try:
        at = datetime.fromtimestamp(instant / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return Milestone(at=at, precision=Precision.DAY if is_day else Precision.MINUTE)
