"""What any ledger must hold to: the words of the team's own sheets."""

from __future__ import annotations

from dataclasses import replace

from notifier.ports import Ledger
from notifier.testing import a_notice, a_parcel
from tests.contract.world import MINUTE, NOW, parcel_of


def _save(ledger: Ledger, answer: str, minutes: int) -> None:
    notice = a_notice(parcels=(replace(a_parcel(), answer=answer),))
    ledger.notices.save_all(
        [(notice, ())], NOW + minutes * MINUTE, answers_by={notice.file: "张三"}
    )


def test_a_new_word_is_an_answer_and_one_that_is_gone_is_told_once(ledger: Ledger) -> None:
    _save(ledger, "done", 0)
    assert ledger.sheet_answers.untold() == []
    (known,) = ledger.plans.to_plan()
    assert known.acknowledged == {"registration_close"}
    _save(ledger, "", 1)
    (word,) = ledger.sheet_answers.untold()
    assert (word.was, word.answer, word.by) == ("done", "", "张三")
    assert word.offer == parcel_of(ledger)
    ledger.sheet_answers.mark_told([word])
    assert ledger.sheet_answers.untold() == []
    _save(ledger, "done", 2)
    _save(ledger, "skip", 3)
    assert ledger.sheet_answers.untold() == []
    _save(ledger, "done", 4)
    assert [word.was for word in ledger.sheet_answers.untold()] == ["skip"]
    (known,) = ledger.plans.to_plan()
    assert known.acknowledged == {"registration_close", "*"}
