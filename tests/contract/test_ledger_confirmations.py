"""What any ledger must hold to of the times that people have compared with the original."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.comparison_asks import Stage
from notifier.domain.confirmation import Trust
from notifier.domain.offers import Offer
from notifier.domain.values import Kind, MilestoneName, Precision
from notifier.ports import Ledger
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time

_NOW = shanghai_time("2024-11-01 10:00")
_CLOSE = MilestoneName.REGISTRATION_CLOSE


def _parcel(ledger: Ledger) -> Offer:
    (offer,) = ledger.parcels.all()
    return offer


def _saved(ledger: Ledger) -> Offer:
    ledger.notices.save(a_notice(), (), _NOW)
    return _parcel(ledger)


def _trust(ledger: Ledger, people: int = 1) -> Trust:
    return ledger.confirmations.of_parcel(_parcel(ledger)).trust(_NOW, people)


def _unconfirmed(ledger: Ledger, people: int = 1) -> list[str]:
    """Return what waits to be compared: the board says the same as who asks for one parcel."""
    checked = ledger.confirmations.of_parcel(_parcel(ledger))
    found = checked.unconfirmed(_NOW, people)
    (line,) = ledger.board.lines()
    assert list(line.unconfirmed(_NOW, people)) == found
    return [name.value for name, *_ in found]


def _move(ledger: Ledger, **milestones: object) -> None:
    moved = {"registration_close": "2024-11-20 17:00"} | milestones
    usual = dict(a_parcel().milestones) | {
        MilestoneName(name): a_milestone(at) if isinstance(at, str) else at
        for name, at in moved.items()
    }
    later = a_notice(file="later.md", kind=Kind.POSTPONEMENT, parcels=(a_parcel(milestones=usual),))
    ledger.notices.save(later, (), _NOW)


def test_a_new_parcel_is_unconfirmed_until_somebody_has_compared_it(ledger: Ledger) -> None:
    offer = _saved(ledger)
    assert _trust(ledger) is Trust.UNCONFIRMED
    ledger.confirmations.confirm(offer, "张三", _NOW)
    assert _trust(ledger) is Trust.CONFIRMED
    assert ledger.confirmations.of_parcel(offer).confirmed_by() == ("张三",)
    assert _unconfirmed(ledger) == []


def test_a_second_person_is_another_than_the_first(ledger: Ledger) -> None:
    offer = _saved(ledger)
    ledger.confirmations.confirm(offer, "张三", _NOW)
    ledger.confirmations.confirm(offer, "张三", _NOW)
    assert _trust(ledger, people=2) is Trust.UNCONFIRMED
    ledger.confirmations.confirm(offer, "李四", _NOW)
    assert _trust(ledger, people=2) is Trust.CONFIRMED


def test_a_time_that_changes_is_unconfirmed_again_and_the_others_stay_confirmed(
    ledger: Ledger,
) -> None:
    ledger.confirmations.confirm(_saved(ledger), "张三", _NOW)
    _move(ledger)
    assert _unconfirmed(ledger) == ["registration_close"]


def test_a_time_that_changes_and_changes_back_is_unconfirmed(ledger: Ledger) -> None:
    offer = _saved(ledger)
    ledger.confirmations.confirm(offer, "张三", _NOW)
    other = a_milestone("2024-11-13 17:00")
    ledger.parcels.set_time(offer, _CLOSE, other, by="李四", why="", now=_NOW)
    ledger.parcels.withdraw_time(_parcel(ledger), _CLOSE, by="李四", why="", now=_NOW)
    assert _parcel(ledger).parcel.milestones == offer.parcel.milestones
    assert _unconfirmed(ledger) == ["registration_close"]


def test_an_hour_in_place_of_its_midnight_is_unconfirmed(ledger: Ledger) -> None:
    day = a_milestone("2024-11-14 00:00", precision=Precision.DAY)
    ledger.notices.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": day}),)), (), _NOW
    )
    ledger.confirmations.confirm(_parcel(ledger), "张三", _NOW)
    hour = a_milestone("2024-11-14 00:00")
    ledger.parcels.set_time(_parcel(ledger), _CLOSE, hour, by="", why="", now=_NOW)
    assert _unconfirmed(ledger) == ["registration_close"]


def test_who_finds_a_parcel_wrong_takes_every_confirmation_of_it_away(ledger: Ledger) -> None:
    offer = _saved(ledger)
    ledger.confirmations.confirm(offer, "张三", _NOW)
    ledger.confirmations.deny(offer, "李四", "报名截止是18日", _NOW)
    assert _trust(ledger) is Trust.WRONG
    assert ledger.confirmations.said_wrong() == {offer.id}
    ledger.confirmations.confirm(offer, "张三", _NOW)
    assert _trust(ledger) is Trust.CONFIRMED
    assert ledger.confirmations.said_wrong() == frozenset()
    words = [(word.by, word.is_right, word.why) for word in ledger.confirmations.history(offer.id)]
    assert words == [("张三", True, ""), ("李四", False, "报名截止是18日"), ("张三", True, "")]


def test_what_was_compared_on_a_page_of_before_does_not_confirm_a_time_that_came_since(
    ledger: Ledger,
) -> None:
    seen = _saved(ledger)
    _move(ledger)
    ledger.confirmations.confirm(seen, "张三", _NOW)
    assert _unconfirmed(ledger) == ["registration_close"]


def test_what_is_done_or_over_needs_nobodys_look(ledger: Ledger) -> None:
    offer = _saved(ledger)
    ledger.acknowledgements.add(offer.id, "bidding_close", "张三", _NOW)
    assert "bidding_close" not in _unconfirmed(ledger)
    later = shanghai_time("2024-11-14 18:00")
    assert ledger.board.lines()[0].unconfirmed(later, 1) == ()
    ledger.acknowledgements.remove(offer.id, "bidding_close", "张", _NOW)
    (left,) = ledger.board.lines()[0].unconfirmed(later, 1)
    assert left[0] == "bidding_close"


def test_a_parcel_waits_with_its_first_deadline_and_with_when_people_were_asked(
    ledger: Ledger,
) -> None:
    offer = _saved(ledger)
    (waiting,) = ledger.confirmations.waiting(_NOW, 1)
    assert (waiting.parcel_id, waiting.first_at) == (offer.id, shanghai_time("2024-11-14 17:00"))
    assert (waiting.known_at, waiting.asked) == (_NOW, {})
    asked_at = _NOW + timedelta(days=1)
    ledger.confirmations.mark_asked([(offer.id, Stage.ASKED)], asked_at)
    (waiting,) = ledger.confirmations.waiting(_NOW, 1)
    assert waiting.asked == {Stage.ASKED: asked_at}
    ledger.confirmations.confirm(offer, "", _NOW)
    assert ledger.confirmations.waiting(_NOW, 1) == []


def test_parcels_are_found_by_their_ids_with_what_was_compared_of_them(ledger: Ledger) -> None:
    parcels = (a_parcel(parcel_no="甲1号"), a_parcel(parcel_no="甲2号"))
    ledger.notices.save(a_notice(parcels=parcels), (), _NOW)
    first, second = ledger.parcels.all()
    ledger.confirmations.confirm(second, "张三", _NOW)
    assert ledger.confirmations.parcels([second.id, first.id]) == [first, second]
    assert ledger.confirmations.parcels([]) == []
    checked = ledger.confirmations.of_parcels([second, first])
    assert [found.trust(_NOW, 1) for found in checked] == [Trust.CONFIRMED, Trust.UNCONFIRMED]
