"""Tells those who have heard of a parcel what others have answered, once, many words in one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.domain.answer_words import AnswerWord, settled_words
from notifier.domain.drafts import Language
from notifier.domain.plain import Plain
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.recipients import Recipient
from notifier.domain.times import shanghai_iso
from notifier.domain.values import MilestoneName
from notifier.messages import milestone_name
from notifier.messages.alert_lines import first_lines, parcel_words, time_words
from notifier.messages.catalogue import words
from notifier.messages.event_json import offer_json
from notifier.ports import Ledger
from notifier.service.operator_alerts import content_mark
from notifier.service.setup import ActiveSetup, Setup

log = logging.getLogger("notifier")

_KEPT_FOR = timedelta(days=1)
_MOST_TOLD = 15  # words in one message


class AnswerPosts:
    """Queue the news of answers."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup) -> None:
        self._ledger = ledger
        self._active = active

    def queue(self, now: datetime) -> datetime | None:
        """Queue what each recipient is to be told; return when the next of it is due.

        None: nothing waits. A word waits `group_wait` for others, and for the end of quiet hours.
        """
        last = self._ledger.answer_news.last()
        if not last:
            return None
        setup = self._active.setup
        heard = self._ledger.answer_news.heard()
        behind = [
            recipient
            for recipient in setup.settings.listeners
            if heard.get(recipient.name, 0) < last
        ]
        ahead = [self._queue_for(recipient, last, setup, now) for recipient in behind]
        return min((at for at in ahead if at is not None), default=None)

    def _queue_for(
        self, recipient: Recipient, last: int, setup: Setup, now: datetime
    ) -> datetime | None:
        """Queue what waits for one recipient; return when it is due if that is later."""
        found = [
            word
            for word in self._ledger.answer_news.untold(
                recipient.name, now, of_all=recipient.is_program
            )
            if word.number <= last and _concerns(word, recipient)
        ]
        left = settled_words(found)
        if left:
            due = _due(left[0].at, recipient, setup, now)
            if due > now:
                return due
        params = _params(left, recipient.language) if left else {}
        body: Plain = {"alert": _alert(left), "params": params}
        if recipient.is_program:
            body["events"] = [_event(word, recipient) for word in left]
        queued = self._ledger.answer_news.tell(
            recipient.name,
            last,
            recipient.channels,
            body=body if left else None,
            now=now,
            keep_for=_KEPT_FOR,
            content=content_mark((_alert(left), params)),
        )
        if queued:
            log.info("answers: %d told to %s", len(left), recipient.name)
        return None


def _concerns(word: AnswerWord, recipient: Recipient) -> bool:
    """Return whether a recipient wants to hear a word: not its own, but in a group all hear it."""
    if "answer" not in recipient.kinds:
        return False
    if recipient.is_program:
        return bool(recipient.filters.match(word.offer))
    return recipient.in_group or word.by != recipient.name


def _due(said_at: datetime, recipient: Recipient, setup: Setup, now: datetime) -> datetime:
    due = said_at + setup.settings.group_wait
    if said_at > now:
        due = now  # the clock was set back since
    if recipient.quiet is None:
        return due
    spell = recipient.quiet.spell(max(due, now), setup.settings.calendar)
    return due if spell is None else spell[1]


def _event(word: AnswerWord, program: Recipient) -> Plain:
    """Return a word as a program is told of it; `milestone` is * of the whole parcel."""
    return {
        "id": content_mark(f"{program.name}:answer:{word.number}"),
        "event": "answered",
        "milestone": word.milestone,
        "by": word.by,
        "withdrawn": word.withdrawn,
        "missing": list(word.missing),
        "answered_at": shanghai_iso(word.at),
        **offer_json(word.offer),
    }


def _alert(answers: Sequence[AnswerWord]) -> str:
    return "answered" if len(answers) == 1 else "answered-several"


def _params(answers: Sequence[AnswerWord], language: Language) -> dict[str, str]:
    lines = first_lines([_line(word, language) for word in answers], _MOST_TOLD)
    params = {"count": str(len(answers)), "answers": "\n".join(lines)}
    if len(answers) == 1:
        params |= {"by": _by(answers[0], language), "what": _what(answers[0], language)}
    return params


def _line(word: AnswerWord, language: Language) -> str:
    """`张三：报名截止已办：甲1号, 宁波 鄞州区, 2024-11-14 17:00`."""
    offer = word.offer
    say = words(language)
    parcel = parcel_words(offer, say("parcel.no_number"))
    stated = offer.parcel.milestones.get(_name(word)) if word.milestone != ALL_MILESTONES else None
    if stated is not None:
        parcel = f"{parcel}, {time_words(stated)}"
    by, what = _by(word, language), _what(word, language)
    if word.missing and not word.withdrawn:
        names = say("block.joint").join(word.missing)
        parcel = say("answer_news.missing", parcel=parcel, names=names)
    return say("answer_news.line", by=by, what=what, parcel=parcel)


def _by(word: AnswerWord, language: Language) -> str:
    return word.by or words(language)("block.set_somebody")


def _what(word: AnswerWord, language: Language) -> str:
    say = words(language)
    turn = "withdrawn" if word.withdrawn else "said"
    if word.milestone == ALL_MILESTONES:
        return say(f"answer_news.skip_{turn}")
    milestone = milestone_name(_name(word), language, word.offer.kind)
    return say(f"answer_news.done_{turn}", milestone=milestone)


def _name(word: AnswerWord) -> MilestoneName:
    return MilestoneName(word.milestone)
