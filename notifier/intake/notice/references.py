"""Times that are stated by reference to another: `同上`, `报名截止前`, `上述期限内`, `期间`.

A reference is found like a time, and the rules for times say what it is for. Its facts are copies
of those of the time that it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from notifier.domain.findings import Code
from notifier.domain.values import MILESTONES, MilestoneName, Severity, Source, Window
from notifier.intake.notice import scan
from notifier.intake.notice.facts import Fact, Reading
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scopes import NOBODY
from notifier.intake.notice.spans import SAME_AS_ABOVE, Span, SpanForm, spans
from notifier.intake.notice.votes import CLAUSES, bare
from notifier.intake.notice.windows import Years, names, read_time
from notifier.intake.written_times import Token

_MOST = 60  # references that are looked at: what is not known by then is not periods
_DUE = frozenset({Window.REGISTRATION, Window.DEPOSIT})


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what matches a reference, and what a period in which something is published."""
    windows, parts, own = (scan.lexicon()[table] for table in ("names", "parts", "references"))
    of_windows = [word for window in Window for word in windows[window]]
    nouns = scan.any_of([*of_windows, *own["published"], *parts["fill"]])
    ends, this = scan.any_of([*parts["when"], *parts["close"]]), scan.any_of(own["this"])
    noun, when = rf"(?:{nouns}){{0,6}}+", rf"(?:{ends}){{1,4}}+"
    same = rf"{scan.any_of(own['same'])}(?P<as>{this})?各?{noun}(?:{when})?(?=[,。;()”\"]|$)"
    alike = rf"{scan.any_of(parts['and'])}{noun}{when}{scan.any_of(own['alike'])}"
    within = r"(?:之?[内前]|以前|(?<=期间)|(?<=段)|(?<=期限)(?=,))(?![\d一二两三四五六七八九十半])"
    period = rf"(?P<this>{this}|(?:^|(?<=[,:]))(?=期间))?{noun}{when}{within}"
    published = scan.any_of(own["published"]) + scan.any_of(parts["when"])
    return re.compile(rf"(?P<same>{same}|{alike})|{period}"), re.compile(published)


def times_and_references(text: str, *, last: bool = False, day: Token | None = None) -> list[Span]:
    """Return the times of a sentence and its references, in the form of what these stand for."""
    found, (reference, published) = spans(text, last=last, day=day), _patterns()
    for match in reference.finditer(text):
        refers = match["as"] or match["this"] is not None or scan.labels(match[0])
        is_within_word = any(word.start < match.start() < word.end for word in scan.scan(text))
        form = SpanForm.UNTIL if match[0].endswith("前") else SpanForm.RANGE
        form = SpanForm.POINT if match["same"] else form
        if not is_within_word and (refers or published.search(match[0])):
            found.append(Span(start=match.start(), end=match.end(), form=form))
    return sorted(found, key=lambda span: span.start)


def refers(all_sentences: Sequence[Sentence]) -> bool:
    """Return whether any sentence may refer to a time; most notices have none."""
    reference = _patterns()[0]
    texts = [sentence.text for sentence in all_sentences]
    return any("同上" in text or reference.search(text) for text in texts)


def is_reference(time: StatedTime) -> bool:
    """Return whether what was found like a time is a reference to one; `同上` is a time."""
    return not (time.span.open or time.span.close or time.span.form is SpanForm.DAMAGED)


def read_references(everything: Sequence[StatedTime], years: Years, reading: Reading) -> None:
    """Add the facts of the references of a text, which stand among its times; these are read.

    `同上` is a finding where the time above does not tell.
    """
    text = _Text([], years, reading)
    references: list[tuple[StatedTime, StatedTime | None]] = []  # with the last time before each
    for time in everything:
        if not is_reference(time) and time.span.why != SAME_AS_ABOVE:
            text.times.append(time)
        elif len(references) < _MOST and _ends(time):
            references.append((time, text.times[-1] if text.times else None))
        elif time.span.why:
            read_time(time, years, reading)
    unresolved = [reference for reference in references if not text.resolve(*reference)]
    for reference, last in unresolved:  # again: one may refer to what a later one gives
        if not text.resolve(reference, last) and reference.span.why:
            read_time(reference, years, reading)


@dataclass(frozen=True)
class _Text:
    """The times of a text, and what is known of them."""

    times: list[StatedTime]
    years: Years
    reading: Reading

    def resolve(self, reference: StatedTime, last: StatedTime | None) -> bool:
        """Add the facts of a reference behind the time `last`; return whether it has any.

        A milestone that has a time of its own, or a finding why it has none, gets no other.
        """
        ends, about = _ends(reference), reference.about
        own = [fact for fact in self.reading.facts if ends and _is_of(fact, about)]
        doubts = [found for found in self.reading.findings if found.severity is not Severity.INFO]
        known = {fact.milestone for fact in own} | {finding.field for finding in doubts}
        given = self._given(reference, last, own) if set(ends) - known else []
        copies = [
            replace(fact, milestone=end, subject=fact.subject or about, source=Source.INFERRED)
            for end in ends
            for fact in given
            if end not in known and MILESTONES[fact.milestone].end is MILESTONES[end].end
        ]
        self.reading.facts += copies
        for copy in copies:
            self.reading.doubt(
                Code.PERIOD_REFERRED_TO,
                copy.milestone,
                reference.sentence.place,
                parcel_no=reference.parcel_no,
                severity=Severity.INFO,
                text=reference.quote,
                quote=copies[0].quote,
            )
        return bool(copies)

    def _given(self, reference: StatedTime, last: StatedTime | None, own: list[Fact]) -> list[Fact]:
        """Return the facts of the window that a reference names, else of the time it refers to."""
        named, published = scan.labels(reference.quote), _patterns()[1]
        windows = named[-1].topics - {scan.OTHER} if named else frozenset()
        if windows:
            others = windows - reference.topics
            return [fact for fact in own if {MILESTONES[fact.milestone].window} == others]
        times: list[StatedTime] = []
        if published.search(reference.quote):
            times = [time for time in self.times if published.search(_label(time))]
        elif last is not None and not named:
            line, topics = last.sentence.line, last.topics - {scan.OTHER}
            if topics:  # each parcel may have its own in that paragraph
                beside = [fact for fact in own if fact.line == line]
                return [fact for fact in beside if MILESTONES[fact.milestone].window in topics]
            if reference.sentence.line - line <= 1:
                times = [time for time in self.times if time.sentence is last.sentence]
        periods = Reading(findings=self.reading.findings)
        for time in times:
            if time.span.form is SpanForm.RANGE:
                read_time(replace(time, topics=reference.topics), self.years, periods)
        return [fact for fact in periods.facts if _is_of(fact, reference.about)]


def _is_of(fact: Fact, about: frozenset[int]) -> bool:
    """Return whether a fact holds, without a condition, for parcels that are spoken of."""
    return not fact.condition and fact.is_of(about)


def _label(time: StatedTime) -> str:
    return scan.last_clause(time.sentence.text[: time.span.start]) + "," + time.sentence.heading


def _ends(reference: StatedTime) -> list[MilestoneName]:
    """Return the ends of windows that a reference gives: none where nothing is done by then.

    As in `未在报名截止前缴纳的`, `已在报名截止前缴纳保证金的竞买人`, `如在报名截止前缴纳`.
    """
    is_period = reference.span.form in (SpanForm.RANGE, SpanForm.UNTIL)
    topics = reference.topics & _DUE if is_period else reference.topics
    before = scan.last_clause(bare(reference.sentence.text[: reference.span.start]))
    is_labelled = (
        is_period
        or before.endswith(":")
        or any(label.is_timed for label in scan.labels(before)[-1:])
    )
    is_near = reference.rule in ("label-before", "deed-after")
    is_sure = is_near or (reference.rule == "label-in-sentence" and topics <= {Window.DEPOSIT})
    is_unclear = reference.rivals or reference.condition or reference.about == NOBODY
    if is_unclear or not (is_labelled and is_sure) or _is_refused(reference, before):
        return []
    side = reference.side or scan.side_of(reference.quote)
    return list(names(replace(reference, topics=topics, side=side)))


def _is_refused(reference: StatedTime, before: str) -> bool:
    """Return whether the clauses up to the deed say that it is not done, or tell who does it."""
    clauses = CLAUSES.split(bare(reference.tail))
    is_deed = reference.rule == "deed-after"
    last = next((at for at, clause in enumerate(clauses) if is_deed and scan.deeds(clause)), 0)
    behind = ",".join(clauses[: last + 1])
    words = before.rpartition(":")[2] + behind
    is_refused = any(word in words for word in scan.lexicon()["references"]["refusals"])
    ends = [word.start for word in scan.scan(behind) if word.role is scan.WordRole.PERSON]
    return is_refused or any(behind.endswith(("的", "者"), 0, end) for end in [*ends, None])
