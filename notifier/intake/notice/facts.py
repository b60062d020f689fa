"""The one form in which tables and running text say what they found: facts. `decide` chooses among them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from notifier.domain.values import Evidence, MilestoneName, Place, Source
from notifier.intake.times import Instant


class Tense(StrEnum):
    """STANDS: it holds; WAS: it held before a change; BECOMES: a change gives it."""

    STANDS = "stands"
    WAS = "was"
    BECOMES = "becomes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The parcels that a fact is about: those of `keys`, or the row of a table, or those that the text calls by
    `names` before they are looked up. All parcels of the notice where nothing is given."""

    keys: frozenset[int] = frozenset()
    row: tuple[int, int] | None = None
    names: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        return not self.keys and self.row is None and not self.names


ALL = Subject()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A statement about one field of some parcels.

    `field` is a field of Parcel or a MilestoneName; `value` the text as published, or what was read from it.
    `certainty` is from 0 to 1, below SURE a value is never taken, only named as a candidate. `condition` is the one
    under which it holds (see Alternative); `exception`: it holds in place of what the same `line` says of all.
    """

    subject: Subject = ALL
    field: str
    value: str | Instant | Decimal
    tense: Tense = Tense.STANDS
    certainty: float = 1.0
    rule: str
    place: Place
    quote: str = ""
    source: Source = Source.STATED
    condition: str = ""
    exception: bool = False
    line: int = -1

    @property
    def milestone(self) -> MilestoneName:
        return MilestoneName(self.field)

    @property
    def instant(self) -> Instant:
        """The time of a fact about a milestone."""
        assert isinstance(self.value, Instant)
        return self.value

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            at=self.instant.at,
            precision=self.instant.precision,
            quote=self.quote,
            place=self.place,
            rule=self.rule,
        )


SURE = 0.5
