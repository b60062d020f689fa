"""What any ledger must hold to of the figures of the work."""

from __future__ import annotations

from datetime import UTC, datetime

from notifier.ports import Ledger
from notifier.testing import shanghai_time
from tests.contract.world import DUE, IS_SENT, MINUTE, SENT, begin, claim_first

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_a_ledger_without_deliveries_has_no_figures(ledger: Ledger) -> None:
    assert ledger.measures.tallies() == []
    assert ledger.measures.late(_LONG_AGO) == []
    assert ledger.measures.waiting_since() is None
    assert ledger.measures.late(shanghai_time("2031-01-01 00:00")) == []


def test_figures_tell_what_waits_what_came_and_how_late(ledger: Ledger) -> None:
    claim_first(ledger)
    assert ledger.measures.waiting_since() is not None
    assert [(tally.channel, tally.state) for tally in ledger.measures.tallies()] == [
        ("console", "queued")
    ]
    job = begin(ledger)
    ledger.deliveries.record(job, SENT, IS_SENT, DUE + 5 * MINUTE)
    (late,) = ledger.measures.late(_LONG_AGO)
    assert late.channel == "console"
    assert late.at == DUE + 5 * MINUTE
    assert late.seconds >= 300
    assert ledger.measures.late(late.at) == []
    assert [(tally.state, tally.number) for tally in ledger.measures.tallies()] == [("sent", 1)]
