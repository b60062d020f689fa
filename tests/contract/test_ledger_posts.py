"""What any ledger must hold to: messages with buttons where they arrived, to be set right later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifier.domain.answer_links import AnswerLink, Deed
from notifier.domain.jobs import Conclusion
from notifier.domain.outcomes import PostPlace
from notifier.domain.presses import CORRECTED_FOR, Post, ShownButton
from notifier.domain.values import MilestoneName
from notifier.ports import Ledger
from tests.contract.world import (
    DUE,
    IS_SENT,
    MINUTE,
    NOW,
    SENT,
    begin,
    claim_first,
    parcel_of,
    plan,
)

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_LATER = DUE + timedelta(hours=1)


def _button(parcel_id: int, deed: Deed, label: str) -> ShownButton:
    link = AnswerLink(deed=deed, recipient="team", parcel_id=parcel_id, milestone=_CLOSE, at=_LATER)
    return ShownButton(label, link)


def _sent(ledger: Ledger) -> Post:
    """Send the one message of a ledger, with two rows of buttons, and return it as it is kept."""
    claim_first(ledger)
    parcel_id = parcel_of(ledger).id
    rows = (
        (_button(parcel_id, Deed.DONE, "已办"), _button(parcel_id, Deed.SKIP, "不参与")),
        (_button(parcel_id, Deed.SEEN, "处理中"),),
    )
    post = Post(
        channel="console",
        place=PostPlace(chat="-100", number="7"),
        rows=rows,
        at=DUE,
        labels=("已办 | 不参与", "处理中"),
    )
    ends = [Conclusion(job=begin(ledger), step=IS_SENT)]
    ledger.deliveries.record_all(SENT, ends, DUE, posts=[post])
    (kept,) = ledger.posts.to_check(["console"], DUE, 9)
    assert kept == replace(post, id=kept.id)
    return kept


def test_a_message_that_arrived_is_looked_at_once(ledger: Ledger) -> None:
    post = _sent(ledger)
    assert ledger.posts.to_check([], DUE, 9) == []
    assert ledger.posts.to_check(["other"], DUE, 9) == []
    assert ledger.posts.to_check(["other", "console"], DUE - MINUTE, 9) == []
    assert ledger.posts.to_check(["other", "console"], DUE, 9) == [post]
    ledger.posts.settle(post, post.labels)
    assert ledger.posts.to_check(["console"], DUE + CORRECTED_FOR, 9) == []


def test_it_is_looked_at_again_whenever_its_parcel_was_planned_anew(ledger: Ledger) -> None:
    ledger.posts.settle(_sent(ledger), ["a"])
    plan(ledger, DUE)  # nothing has happened
    assert ledger.posts.to_check(["console"], _LATER, 9) == []
    ledger.acknowledgements.add(parcel_of(ledger).id, _CLOSE, "张", DUE)
    assert ledger.posts.to_check(["console"], _LATER, 9) == []
    plan(ledger, DUE + MINUTE)
    assert ledger.posts.to_check(["console"], DUE, 9) == []
    (post,) = ledger.posts.to_check(["console"], DUE + MINUTE, 9)
    assert (post.labels, post.turn) == (("a",), 1)


def test_what_happens_while_it_is_set_right_is_not_lost(ledger: Ledger) -> None:
    post = _sent(ledger)
    ledger.acknowledgements.add(parcel_of(ledger).id, _CLOSE, "张", DUE)
    plan(ledger, DUE)
    ledger.posts.settle(post, ["b"])
    ledger.posts.put_off(post, None)
    (again,) = ledger.posts.to_check(["console"], DUE, 9)
    assert (again.labels, again.turn, again.attempts) == (("b",), 1, 0)


def test_it_is_tried_again_later_or_not_before_something_happens(ledger: Ledger) -> None:
    post = _sent(ledger)
    ledger.posts.put_off(post, _LATER)
    assert ledger.posts.to_check(["console"], DUE, 9) == []
    (again,) = ledger.posts.to_check(["console"], _LATER, 9)
    assert again.attempts == 1
    ledger.posts.put_off(again, None)
    assert ledger.posts.to_check(["console"], DUE + timedelta(days=1), 9) == []
    ledger.acknowledgements.add(parcel_of(ledger).id, _CLOSE, "张", DUE)
    plan(ledger, _LATER)
    (fresh,) = ledger.posts.to_check(["console"], _LATER, 9)
    assert fresh.attempts == 0


def test_after_a_while_it_is_left_as_it_is(ledger: Ledger) -> None:
    post = _sent(ledger)
    assert ledger.posts.to_check(["console"], DUE + CORRECTED_FOR, 9) == [post]
    assert ledger.posts.to_check(["console"], DUE + CORRECTED_FOR + MINUTE, 9) == []


def test_what_is_old_makes_room_for_what_is_new(ledger: Ledger) -> None:
    post = _sent(ledger)
    later = DUE + CORRECTED_FOR + MINUTE
    other = replace(post, at=later, place=PostPlace(chat="-100", number="8"))
    ledger.deliveries.record_all(SENT, [], later, posts=[other])
    (kept,) = ledger.posts.to_check(["console"], later, 9)
    assert kept.place.number == "8"
    assert ledger.posts.to_check(["console"], NOW, 9) == []
