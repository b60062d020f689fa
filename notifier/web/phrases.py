"""Values in a reader's words: instants, what is left, amounts, states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from notifier.domain.board_lines import BoardTime
from notifier.domain.leads import Lead
from notifier.domain.offers import Offer
from notifier.domain.source_watch import SourceWatch
from notifier.domain.times import shanghai, shanghai_iso
from notifier.domain.values import Finding, Milestone, MilestoneName, Source
from notifier.messages import left, milestone_name
from notifier.messages import say as say_finding
from notifier.messages.catalogue import words
from notifier.messages.clean import tidy
from notifier.messages.parcel_facts import amount, place
from notifier.messages.source_lines import source_words
from notifier.messages.when import left_of_day
from notifier.web.wording import PageWords

_WIDTH = 200
_YEAR_FROM_ELSEWHERE = (Source.INHERITED, Source.INFERRED)
_NUMERALS = "\u3007\u25cb\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d"  # 0 to 9
_STATED_YEAR = re.compile(
    rf"(?:19|20)\d\d|(?:\d\d|[{_NUMERALS}]{{2,4}})\u5e74|\d\d([-/.])\d{{1,2}}\1\d{{1,2}}|^\d{{5}}$"
)
_BANDS = (
    (timedelta(0), "over"),
    (timedelta(hours=3), "now"),
    (timedelta(days=1), "near"),
    (timedelta(days=3), "soon"),
)


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """What the templates call to say something; bound to a language and the present."""

    say: PageWords
    now: datetime

    def milestone(self, name: MilestoneName, offer: Offer) -> str:
        return milestone_name(name, self.say.language, offer.kind)

    def when(self, at: datetime, *, day_only: bool = False) -> str:
        """`11月14日 周四 17:00`; with its year where that is another one."""
        local, today = shanghai(at), shanghai(self.now)
        key = "when.day" if local.year == today.year else "when.day_with_year"
        months = self.say("time.months").split()
        day = self.say(
            key,
            year=local.year,
            month=months[local.month - 1] if months else local.month,
            day=local.day,
            weekday=self.say("time.weekdays").split()[local.weekday()],
        )
        return day if day_only else f"{day} {local:%H:%M}"

    def of(self, milestone: Milestone) -> str:
        return self.when(milestone.at, day_only=milestone.day_only)

    def left(self, milestone: Milestone) -> str:
        """What is left until it, or how long ago it was."""
        language = self.say.language
        if milestone.day_only:
            return left_of_day(milestone.at, self.now, language)
        return left(milestone.at - self.now, language)

    def lead(self, text: str) -> str:
        """How long before its milestone a reminder goes out, as a reader says `3h`."""
        if f"lead.{text}" in self.say:  # `repeat`, `again`
            return self.say(f"lead.{text}")
        try:
            lead = Lead.parse(text)
        except ValueError:
            return text
        key = {0: "none", 1: f"one_{lead.unit}"}.get(lead.count, lead.unit)
        clock = "" if lead.clock is None else f" {lead.clock:%H:%M}"
        if not lead.count and clock:
            key = "same_day"
        return f"{self.say(f'lead.{key}', count=lead.count)}{clock}"

    def stamp(self, at: datetime) -> str:
        """The instant for a script."""
        return shanghai_iso(at)

    def band(self, milestone: Milestone) -> str:
        """How near it is: over, now, near, soon or far."""
        remaining = milestone.over_at - self.now if milestone.day_only else milestone.at - self.now
        return next((name for most, name in _BANDS if remaining <= most), "far")

    def amount(self, value: Decimal | None, decimals: int | None = None) -> str:
        return amount(value, decimals=decimals)

    def clean(self, text: str, width: int = _WIDTH) -> str:
        """Text from outside, in one line and no longer than `width`."""
        return tidy(text, width)

    def finding(self, finding: Finding) -> str:
        """What is odd or doubtful, in a sentence."""
        return say_finding(finding, self.say.language)

    def source(self, milestone: Milestone) -> str:
        """How a time is known; of a time without a year in its words, how the year is."""
        key = f"source.{milestone.source}"
        if milestone.source in _YEAR_FROM_ELSEWHERE and not _STATED_YEAR.search(
            unicodedata.normalize("NFKC", milestone.quote)
        ):
            key += "_year"
        return self.say(key)

    def source_watch(self, source: SourceWatch) -> str:
        """What is known of a source: whether it is watched, and how it was found last."""
        language = self.say.language
        return source_words(source, self.now, words(language), tidy)

    def number(self, offer: Offer) -> str:
        return tidy(offer.parcel.parcel_no, 80) or self.say("parcel.no_number")

    def place(self, offer: Offer) -> str:
        return tidy(place(offer), 120)

    def described(self, times: Sequence[BoardTime], offer: Offer) -> str:
        """A lane of the axis in words, for those who do not see it."""
        return self.say("axis.joint").join(self._described(time, offer) for time in times)

    def _described(self, time: BoardTime, offer: Offer) -> str:
        described = f"{self.milestone(time.name, offer)} {self.of(time.milestone)}"
        if not time.condition:
            return described
        condition = self.say("block.condition", condition=self.clean(time.condition, 60))
        return f"{described} {condition}"
