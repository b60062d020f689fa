"""The context of a message: the draft, its language, its channel and how much must be left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from notifier.domain.answer_links import Deed
from notifier.domain.drafts import Button, Draft, Form, Item, ItemKind, Markup
from notifier.domain.offers import Offer
from notifier.domain.values import Milestone, MilestoneName, WindowEnd, milestones_with, squash
from notifier.messages.catalogue import Words, milestone_name, words
from notifier.messages.clean import harmless, tidy
from notifier.messages.link_blocks import AnswerLinks, ShownLink, mail_link
from notifier.messages.when import left, left_of_day, moment

FULL = 0
SUMMARY = 3
NUMBERS_ONLY = 5
"""How much is left out: from 0, nothing, to 5, all but parcel numbers under their deadlines."""

_OPENINGS = frozenset(milestones_with(WindowEnd.OPEN))
_NUMBER_WIDTH = (80, 80, 60, 60, 60, 36)
_PLACE_WIDTH = (24, 24, 20, 16, 12, 12)
_QUOTE_WIDTH = (60, 36)  # none below these levels
_IS_BOUNDARY = re.compile(r"[东南西北]+[至临到靠侧邻]|四至")  # nobody calls a parcel by those
_IS_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d")  # a program's words, nobody's
_TOO_SHORT = 5  # a number such as 1号 says nothing without its notice


class Deadline(NamedTuple):
    """A milestone of an offer; `condition` as in `Offer.deadlines`."""

    name: MilestoneName
    milestone: Milestone
    condition: str

    @property
    def day_only(self) -> bool:
        """The notice gives no time of day."""
        return self.milestone.day_only


_ANSWERED = frozenset({ItemKind.REMINDER, ItemKind.ESCALATION})
_MOST_WITH_LINKS = 5  # items of a message: more are answered on the board
_MOST_WITH_PAUSES = 2  # more links leave no room for facts
_BUTTON_WIDTH = 24  # characters of a parcel's number
_LINKS_UNTIL = 4  # the last level at which there is room for links


@dataclass(frozen=True, kw_only=True)
class Context:
    draft: Draft
    form: Form
    level: int = FULL
    # another one for quotations, where the parcel itself is told in brief
    quote_level: int | None = None
    left_out: int = 0
    picture: bytes = b""
    links: AnswerLinks | None = None
    described: set[str] = field(default_factory=set)

    @cached_property
    def say(self) -> Words:
        return words(self.draft.language)

    @cached_property
    def clean(self) -> Callable[[str, int], str]:
        return tidy if self.form.markup is Markup.MAIL else harmless

    @property
    def now(self) -> datetime:
        return self.draft.now

    @cached_property
    def _ambiguous(self) -> frozenset[str]:
        offers = {item.offer.key: item.offer.parcel.parcel_no for item in self.draft.items}
        return frozenset(number for number, count in Counter(offers.values()).items() if count > 1)

    def number(self, offer: Offer) -> str:
        """The parcel's number; with its notice's where it would not tell which parcel is meant."""
        width = _NUMBER_WIDTH[self.level]
        published = offer.parcel.parcel_no
        number = self.clean(published, width) or self.say("parcel.no_number")
        if offer.notice_no and (len(published) < _TOO_SHORT or published in self._ambiguous):
            return self.say(
                "parcel.ambiguous", number=number, notice_no=self.clean(offer.notice_no, width)
            )
        return number

    def place_beside(self, offer: Offer, *, is_described: bool = False) -> str:
        """Return what people call a parcel, for behind its number: `（上城区测试路）`.

        Its name, else where it lies, unless it `is_described` below. Empty if nothing is known.
        """
        parcel = offer.parcel
        if self.level == NUMBERS_ONLY:
            return ""
        name = next(iter(parcel.aliases), "")
        if not name and not is_described:
            name = (
                parcel.district
                if _IS_BOUNDARY.match(parcel.location)
                else parcel.location or parcel.district
            )
        if not name or squash(name) in squash(parcel.parcel_no):
            return ""
        return self.say("parcel.place", place=self.clean(name, _PLACE_WIDTH[self.level]))

    def is_uncompared(self, item: Item) -> bool:
        """Return whether nobody has compared what `item` tells with the original."""
        if item.kind is ItemKind.MISSED:
            return False
        return self.draft.uncompared.holds(item.offer.id, item.milestone, item.at)

    @cached_property
    def is_all_uncompared(self) -> bool:
        """Return whether that is so of everything in the message.

        Then the message is marked, and not each parcel.
        """
        items = self.draft.items
        return bool(items) and all(map(self.is_uncompared, items))

    def answers(self, item: Item) -> tuple[ShownLink, ...]:
        """Return the links by which whoever reads this can answer `item`.

        None where it is not clear who that is, where buttons do it (but for those whose press may
        be lost), or there is no room for them.
        """
        deeds = self._deeds(item)
        if self.links is None or self.level > _LINKS_UNTIL or not deeds:
            return ()
        if self._has_buttons and not self.form.forgets_presses:
            return ()
        assert item.milestone is not None
        assert item.at is not None
        place = (self.draft.recipient, item.offer.id, item.milestone, item.at)
        if self._is_answered_by_mail:
            labels = {deed: self.say(f"answer.{deed}") for deed in deeds}
            keys = ((link.deed, key) for link, key in self.links.keys(*place, deeds))
            mails = {d: mail_link(self.draft.reply_to, labels[d], key) for d, key in keys}
            return tuple(ShownLink(labels[deed], url) for deed, url in mails.items())
        found = self.links.of(*place, deeds)
        return tuple(ShownLink(self.say(f"answer.{deed}"), url) for deed, url in found)

    def reply_key(self) -> str:
        """Return the key of a reply to this mail; empty if it would not be clear what it is to."""
        answered = [item for item in self.draft.items if self._deeds(item)]
        if self.links is None or not self._is_answered_by_mail or len(answered) != 1:
            return ""
        (item,) = answered
        assert item.milestone is not None
        assert item.at is not None
        place = (self.draft.recipient, item.offer.id, item.milestone, item.at)
        ((_, key),) = self.links.keys(*place, (Deed.DONE,))
        return f"nr-{key}"

    @property
    def _is_answered_by_mail(self) -> bool:
        return self.form.markup is Markup.MAIL and bool(self.draft.reply_to)

    def say_how(self, key: str, **params: object) -> str:
        """The words of `key`, which say how something is settled.

        Where there is a board they lead there: whoever reads this on a phone has no command line.
        """
        on_board = f"{key}_on_board"
        if self.links is None or not self.links.address or on_board not in self.say:
            return self.say(key, **params)
        return self.say(on_board, board=self.links.address, **params)

    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """Return the rows of buttons by which whoever reads this can answer it.

        For each item there is a row that answers for good, and one that puts off. They name the
        parcel where there are several.
        """
        if self.links is None or not self._has_buttons:
            return ()
        rows = []
        for item in self.draft.items:
            deeds = self._deeds(item)
            if not deeds:
                continue
            assert item.milestone is not None
            assert item.at is not None
            place = (self.draft.recipient, item.offer.id, item.milestone, item.at)
            found = self.links.keys(*place, deeds)
            buttons = [
                (link.deed, Button(self._label(link.deed, item), key, link)) for link, key in found
            ]
            rows.append(tuple(button for deed, button in buttons if deed.pause is None))
            rows.append(tuple(button for deed, button in buttons if deed.pause is not None))
        return tuple(row for row in rows if row)

    @property
    def _has_buttons(self) -> bool:
        return self.form.buttons and self.draft.can_press

    def _label(self, deed: Deed, item: Item) -> str:
        label = self.say(f"answer.{deed}")
        if sum(1 for other in self.draft.items if self._deeds(other)) == 1:
            return label
        number = self.clean(item.offer.parcel.parcel_no, _BUTTON_WIDTH)
        return f"{label} {number}" if number else label

    def _deeds(self, item: Item) -> tuple[Deed, ...]:
        """Return what can be answered of `item`; nothing where it is not clear who answers."""
        draft = self.draft
        if item.kind not in _ANSWERED or draft.addressees or len(draft.items) > _MOST_WITH_LINKS:
            return ()
        if item.milestone is None or item.at is None:
            return ()
        if len(draft.items) > _MOST_WITH_PAUSES or item.kind is not ItemKind.REMINDER:
            return (Deed.DONE, Deed.SKIP)
        if item.can_wait:
            return (Deed.DONE, Deed.SKIP, Deed.SEEN, Deed.SNOOZE)
        return (Deed.DONE, Deed.SKIP, Deed.SEEN)

    @property
    def is_quoting(self) -> bool:
        """Return whether there is room for the words that a time was read from.

        Its file needs the same room.
        """
        return self._quote_level < len(_QUOTE_WIDTH)

    @property
    def _quote_level(self) -> int:
        return self.level if self.quote_level is None else self.quote_level

    def quote(self, milestone: Milestone) -> str:
        """Return the words that `milestone` was read from, shortened.

        Empty: there are none, or there is no room for them.
        """
        if not self.is_quoting or _IS_INSTANT.fullmatch(milestone.quote):
            return ""
        return self.clean(milestone.quote, _QUOTE_WIDTH[self._quote_level])

    def milestone(self, name: MilestoneName, offer: Offer, condition: str = "") -> str:
        """Return the milestone's name in messages, marked if it holds only under a condition."""
        known = milestone_name(name, self.draft.language, offer.kind)
        return self.say("block.conditional", milestone=known) if condition else known

    def moment(self, at: datetime, *, day_only: bool = False) -> str:
        return moment(at, self.now, self.say, day_only=day_only)

    def left(self, at: datetime, *, day_only: bool = False) -> str:
        """Return the time left until `at`, or the time since it passed, in words."""
        if day_only:
            return left_of_day(at, self.now, self.draft.language)
        return left(at - self.now, self.draft.language)

    def ahead(self, offer: Offer) -> list[Deadline]:
        """The milestones of `offer` that are still ahead, the soonest first."""
        found = (Deadline(*parts) for parts in offer.deadlines())
        return sorted(
            (deadline for deadline in found if deadline.milestone.over_at > self.now),
            key=lambda deadline: deadline.milestone.at,
        )

    def passed(self, offer: Offer) -> list[Deadline]:
        """The milestones of `offer` that are over, the earliest first."""
        found = (Deadline(*parts) for parts in offer.deadlines())
        return sorted(
            (deadline for deadline in found if deadline.milestone.over_at <= self.now),
            key=lambda deadline: deadline.milestone.at,
        )

    def soonest(self, offer: Offer) -> Deadline | None:
        """The next milestone of `offer`: what closes or is held before what merely opens."""
        return min(self.ahead(offer), key=lambda deadline: deadline.name in _OPENINGS, default=None)


def is_day(offer: Offer, name: MilestoneName, at: datetime) -> bool:
    """Return whether the notice gives only the day of the milestone that stands at `at`."""
    found = offer.deadline(name, at)
    return found is not None and found[0].day_only
