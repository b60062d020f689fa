"""Doubts that a person has to settle, each in one sentence."""

from __future__ import annotations

from notifier.domain.doubts import Doubt, DoubtKind
from notifier.domain.drafts import Language
from notifier.messages.catalogue import ask, milestone_name, say, words
from notifier.messages.clean import tidy

_WIDTH = 120


def doubt_sentence(doubt: Doubt, language: Language) -> str:
    """Return what a person is asked, in one line."""
    if doubt.finding is not None:
        return say(doubt.finding, language)
    if doubt.findings:
        return " ".join(say(finding, language) for finding in doubt.findings)
    if doubt.question is not None and doubt.kind is DoubtKind.DROPPED:
        return ask(doubt.question, language)
    offer = doubt.offers[0] if doubt.offers else None
    number = "" if offer is None else tidy(offer.parcel.parcel_no, _WIDTH)
    other = tidy(doubt.others[0].parcel.parcel_no, _WIDTH) if doubt.others else ""
    milestone = milestone_name(doubt.milestones[0], language) if doubt.milestones else ""
    return words(language)(
        f"doubt.{doubt.kind.value}",
        number=number,
        other=other,
        milestone=milestone,
        by=tidy(doubt.title, _WIDTH),
        title=tidy(doubt.title, _WIDTH),
        names=tidy(", ".join(doubt.names), 2 * _WIDTH),
    )
