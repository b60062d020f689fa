"""What any ledger must hold to: who has been told what others have answered."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.answer_words import NEWS_FOR
from notifier.domain.planning import ALL_MILESTONES
from notifier.ports import Ledger
from tests.contract.world import CONSOLE, DUE, MINUTE, NOW, claim_first, parcel_of, save_and_plan

_CLOSE = "registration_close"
_DAY = timedelta(days=1)


def _tell(ledger: Ledger, up_to: int, *, recipient: str = "team", is_said: bool = True) -> bool:
    body = {"alert": "answered", "params": {}} if is_said else None
    return ledger.answer_news.tell(
        recipient, up_to, (CONSOLE,), body=body, now=DUE, keep_for=_DAY, content="x"
    )


def test_an_answer_and_its_withdrawal_are_news_in_their_order(ledger: Ledger) -> None:
    claim_first(ledger)
    number = parcel_of(ledger).id
    assert ledger.answer_news.last() == 0
    ledger.acknowledgements.add(number, _CLOSE, "张", DUE)
    ledger.acknowledgements.add(number, _CLOSE, "李", DUE)
    ledger.acknowledgements.add(number, ALL_MILESTONES, "李", DUE + MINUTE)
    ledger.acknowledgements.remove(number, _CLOSE, "王", DUE + 2 * MINUTE)
    words = ledger.answer_news.untold("team", DUE)
    assert [(word.milestone, word.by, word.withdrawn) for word in words] == [
        (_CLOSE, "张", False),
        (ALL_MILESTONES, "李", False),
        (_CLOSE, "王", True),
    ]
    assert words[0].offer == parcel_of(ledger)
    assert words[2].at == DUE + 2 * MINUTE
    assert ledger.answer_news.last() == words[-1].number


def test_news_of_a_parcel_is_for_those_who_have_heard_of_it_and_not_for_ever(
    ledger: Ledger,
) -> None:
    save_and_plan(ledger)
    number = parcel_of(ledger).id
    ledger.acknowledgements.add(number, _CLOSE, "张", NOW)
    assert ledger.answer_news.untold("team", NOW) == []
    ledger.claims.claim_due(DUE, timedelta(0), {"team": (CONSOLE,)})
    assert len(ledger.answer_news.untold("team", NOW)) == 1
    assert ledger.answer_news.untold("others", NOW) == []
    assert len(ledger.answer_news.untold("others", NOW, of_all=True)) == 1
    assert ledger.answer_news.untold("team", NOW + NEWS_FOR) == []


def test_each_is_told_once_and_the_message_is_queued_with_it(ledger: Ledger) -> None:
    claim_first(ledger)
    number = parcel_of(ledger).id
    ledger.acknowledgements.add(number, _CLOSE, "张", DUE)
    last = ledger.answer_news.last()
    before = sum(ledger.views.delivery_counts().values())
    assert _tell(ledger, last)
    assert not _tell(ledger, last)
    assert not _tell(ledger, last, recipient="others", is_said=False)
    assert sum(ledger.views.delivery_counts().values()) == before + 1
    assert ledger.answer_news.heard() == {"team": last, "others": last}
    assert ledger.answer_news.untold("team", DUE) == []
    ledger.acknowledgements.remove(number, _CLOSE, "张", DUE)
    assert [word.withdrawn for word in ledger.answer_news.untold("team", DUE)] == [True]


def test_what_is_no_news_any_more_is_forgotten_but_no_number_comes_again(ledger: Ledger) -> None:
    claim_first(ledger)
    number = parcel_of(ledger).id
    ledger.acknowledgements.add(number, _CLOSE, "张", NOW - NEWS_FOR)
    ledger.acknowledgements.add(number, ALL_MILESTONES, "张", NOW - NEWS_FOR)
    last = ledger.answer_news.last()
    _tell(ledger, last)
    ledger.acknowledgements.remove(number, ALL_MILESTONES, "张", DUE)
    assert ledger.answer_news.last() > last
    assert len(ledger.answer_news.untold("team", DUE)) == 2
