"""What any ledger must hold to: its daemons, and the pace that they keep together."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.drafts import DraftKind
from notifier.domain.nodes import MOST_AHEAD, TERM
from notifier.domain.pace import PaceLimit
from notifier.ports import Ledger
from notifier.testing import a_notice
from tests.contract.world import CONSOLE, DUE, IS_SENT, LEASE, NOW, SENT, begin, claim_first, states

_SECOND = timedelta(seconds=1)
_LIMIT = PaceLimit(per_minute=2, apart=timedelta(0))


def _join(ledger: Ledger) -> None:
    ledger.upkeep.join()
    ledger.nodes.beat(NOW, ahead=MOST_AHEAD, config="mark")


def test_a_node_is_alive_for_a_term_after_its_beat(ledger: Ledger) -> None:
    name = ledger.upkeep.join()
    ledger.nodes.beat(NOW - _SECOND, ahead=_SECOND, config="old")
    ledger.nodes.beat(NOW, ahead=MOST_AHEAD, config="mark")
    (node,) = ledger.nodes.alive(NOW + TERM - _SECOND)
    assert (node.name, node.ahead, node.config, node.leads) == (name, MOST_AHEAD, "mark", False)
    assert node.until == NOW + TERM
    assert ledger.nodes.alive(NOW + TERM) == []
    assert ledger.nodes.gone(NOW + TERM - _SECOND) == []
    assert ledger.nodes.gone(NOW + TERM) == [name]
    ledger.nodes.forget([name])
    assert ledger.nodes.gone(NOW + TERM) == []


def test_a_beat_sees_all_that_an_idle_node_must_know(ledger: Ledger) -> None:
    ledger.upkeep.join()
    before = ledger.nodes.present() - timedelta(milliseconds=1)
    glance = ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark")
    assert before <= glance.present <= ledger.nodes.present()
    assert not glance.leads
    assert (glance.leader, glance.leader_config, glance.has_other_right) == ("", "", False)
    assert (glance.others_until, glance.waiting_since, glance.last_answer) == (None, None, 0)
    assert not glance.has_gone
    assert not glance.has_abandoned
    assert not glance.has_untold
    assert ledger.nodes.lead(NOW)
    ledger.notices.save(a_notice(), (), NOW)  # its parcels are not planned yet
    _post(ledger, 1)
    glance = ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark")
    assert glance.leads
    assert glance.has_untold
    assert glance.waiting_since == NOW
    ledger.nodes.resign()
    assert not ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark").leads


def test_what_a_node_works_by_is_kept_with_it(ledger: Ledger) -> None:
    _join(ledger)
    assert ledger.nodes.settings_key() == ledger.nodes.settings_key()
    assert not ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark").is_described
    ledger.nodes.describe("1.0", {"channels.短信": "ab12"})
    assert ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark").is_described
    (node,) = ledger.nodes.alive(NOW)
    assert (node.version, dict(node.settings)) == ("1.0", {"channels.短信": "ab12"})


def test_who_leads_writes_until_it_resigns_and_leaves(ledger: Ledger) -> None:
    _join(ledger)
    assert ledger.nodes.lead(NOW)
    assert ledger.nodes.lead(NOW + TERM / 2)
    assert [node.leads for node in ledger.nodes.alive(NOW + _SECOND)] == [True]
    with ledger.nodes.leading():
        ledger.memory.put("key", "value")
    ledger.nodes.resign()
    assert [node.leads for node in ledger.nodes.alive(NOW + _SECOND)] == [False]
    ledger.nodes.leave()
    assert ledger.nodes.alive(NOW + _SECOND) == []


def test_the_database_has_a_clock_of_its_own(ledger: Ledger) -> None:
    before = ledger.nodes.present()
    assert before.utcoffset() == timedelta(0)
    assert before <= ledger.nodes.present()


def test_only_what_a_gone_node_had_under_way_is_taken_over(ledger: Ledger) -> None:
    _join(ledger)
    claim_first(ledger)
    job = begin(ledger)
    assert ledger.retries.take_over(DUE, NOW + TERM - _SECOND) == 0
    assert not ledger.outbox.is_overtaken(job)
    assert ledger.retries.take_over(DUE, NOW + TERM) == 1
    assert ledger.retries.take_over(DUE, NOW + TERM) == 0
    assert ledger.outbox.is_overtaken(job)
    again = begin(ledger)
    assert (again.attempt, again.maybe_repeat) == (2, True)


def test_a_restored_copy_is_marked_once(ledger: Ledger) -> None:
    claim_first(ledger)
    ledger.memory.put("copied_at", NOW.isoformat())
    ledger.retries.mark_restored(DUE)
    ledger.retries.mark_restored(DUE + _SECOND)
    assert ledger.memory.get("restored_at") == DUE.isoformat()
    assert begin(ledger).maybe_repeat


def _post(ledger: Ledger, count: int) -> None:
    for number in range(count):
        ledger.bulletins.post(
            "team",
            DraftKind.ALERT,
            [CONSOLE],
            key=str(number),
            body={},
            now=NOW,
            keep_for=LEASE,
        )


def test_a_pace_counts_what_was_sent_and_what_is_under_way(ledger: Ledger) -> None:
    _join(ledger)
    _post(ledger, 3)
    first = ledger.outbox.begin("console", NOW, LEASE, None, _LIMIT)
    assert ledger.outbox.begin("console", NOW, LEASE, None, _LIMIT) is not None
    assert ledger.outbox.begin("console", NOW, LEASE, None, _LIMIT) is None
    assert states(ledger) == {"queued": 1, "sending": 2}
    assert first is not None
    ledger.deliveries.record(first, SENT, IS_SENT, NOW + _SECOND)
    # what is still under way is never older than the present
    assert ledger.outbox.ready_at("console", _LIMIT, NOW + 2 * _SECOND) > NOW + 60 * _SECOND


def test_what_was_not_sent_after_all_counts_for_nothing(ledger: Ledger) -> None:
    is_node = bool(ledger.upkeep.join())  # on SQLite there is one daemon, which counts by itself
    _post(ledger, 2)
    limit = PaceLimit(per_minute=None, apart=3 * _SECOND)
    job = ledger.outbox.begin("console", NOW, LEASE, None, limit)
    assert job is not None
    assert ledger.outbox.ready_at("console", limit, NOW) == NOW + 3 * _SECOND
    ledger.outbox.put_off(job, NOW)
    if is_node:
        assert ledger.outbox.ready_at("console", limit, NOW) == NOW
