"""What any ledger must hold to: deliveries, from the mark before they are tried to their end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from notifier.domain.delivery import DeliveryState, DeliveryStep, Recorded
from notifier.domain.drafts import DraftKind
from notifier.domain.jobs import Conclusion, Job
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.errors import LedgerError
from notifier.ledger.delivery_jobs import JobReader
from notifier.ports import Ledger
from notifier.testing import a_notice, a_parcel
from tests.contract.world import (
    CONSOLE,
    DUE,
    HAS_FAILED,
    IS_SENT,
    LEASE,
    MAIL,
    MINUTE,
    NEWS,
    NOW,
    REFUSED,
    ROUTES,
    SENT,
    begin,
    claim_first,
    plan,
    states,
)

_AGAIN = DeliveryStep(state=DeliveryState.QUEUED, at=DUE + 5 * MINUTE)
_BUSY = Outcome(verdict=Verdict.RETRY, words="busy", about=About.CHANNEL)


def test_a_delivery_is_marked_before_it_is_tried_and_recorded_after(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    assert states(ledger) == {"sending": 1}
    assert ledger.outbox.begin("console", DUE, LEASE) is None
    assert ledger.deliveries.record(job, SENT, IS_SENT, DUE) is Recorded.STORED
    assert states(ledger) == {"sent": 1}


def test_a_late_answer_never_overwrites_a_newer_attempt(ledger: Ledger) -> None:
    claim_first(ledger)
    late = begin(ledger)
    assert ledger.retries.recover(DUE) == 1
    newer = begin(ledger)
    assert (newer.attempt, newer.maybe_repeat) == (2, True)
    assert ledger.deliveries.record(late, SENT, IS_SENT, DUE) is Recorded.TOO_LATE
    assert states(ledger) == {"sending": 1}


def test_a_delivery_whose_worker_is_silent_beyond_its_lease_is_tried_again(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    late = DUE + LEASE + timedelta(seconds=1)
    assert ledger.retries.recover_expired_leases(DUE + LEASE) == 0
    assert ledger.retries.recover_expired_leases(late, under_way=[job.id]) == 0
    assert ledger.retries.recover_expired_leases(late) == 1
    assert ledger.retries.recover_expired_leases(late) == 0


def test_what_waits_for_one_recipient_goes_out_as_one_message(ledger: Ledger) -> None:
    claim_first(ledger, NEWS)
    first = begin(ledger, now=NEWS)
    ledger.deliveries.record(first, _BUSY, _AGAIN, NEWS)
    ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    job = begin(ledger, now=DUE + 10 * MINUTE)
    assert len(job.together) == 2
    ends = [Conclusion(job=delivery, step=IS_SENT) for delivery in job.together]
    assert ledger.deliveries.record_all(SENT, ends, DUE) == [Recorded.STORED, Recorded.STORED]
    assert states(ledger) == {"sent": 2}


def test_recipients_of_one_voice_at_one_address_get_one_message(ledger: Ledger) -> None:
    for name in ("team", "other", "english"):
        ledger.bulletins.post(
            name,
            DraftKind.ALERT,
            [CONSOLE],
            key=name,
            body={},
            now=NOW,
            keep_for=LEASE,
            content="same",
        )
    job = ledger.outbox.begin("console", NOW, LEASE, {"team": "zh", "other": "zh", "english": "en"})
    assert job is not None
    assert job.recipients == ("team", "other")


def test_an_attempt_that_was_not_made_leaves_no_trace(ledger: Ledger) -> None:
    claim_first(ledger)
    ledger.outbox.put_back([begin(ledger)])
    assert ledger.outbox.next_try("console") == DUE
    ledger.outbox.put_off(begin(ledger), DUE + MINUTE)
    assert ledger.outbox.next_try("console") == DUE + MINUTE
    assert ledger.outbox.next_try("mail") is None
    ledger.retries.bring_forward("team", DUE)
    job = begin(ledger)
    assert (job.attempt, job.maybe_repeat) == (1, False)


def test_what_was_begun_without_its_sender_knowing_is_begun_again_at_once(ledger: Ledger) -> None:
    claim_first(ledger)
    begin(ledger)
    assert ledger.outbox.put_back_unsent("mail") == 0
    assert ledger.outbox.put_back_unsent("console") == 1
    job = begin(ledger)
    assert (job.attempt, job.maybe_repeat) == (1, False)
    ledger.deliveries.record(job, SENT, IS_SENT, DUE)
    assert ledger.outbox.put_back_unsent("console") == 0
    assert states(ledger) == {"sent": 1}


def test_a_part_that_was_sent_is_never_sent_in_another_cut(ledger: Ledger) -> None:
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(4))
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    plan(ledger)
    ledger.claims.claim_due(NEWS, timedelta(0), ROUTES)
    whole = begin(ledger, now=NEWS)
    ids = [entry.reminder.id for entry in whole.entries]
    ledger.outbox.split(whole, [ids[:3], ids[3:]])
    parts = [begin(ledger, now=NEWS), begin(ledger, now=NEWS)]
    assert [(part.part, part.parts, len(part.entries)) for part in parts] == [(1, 2, 3), (2, 2, 1)]
    ledger.deliveries.record(parts[0], SENT, IS_SENT, NEWS)
    ledger.retries.recover(NEWS)
    again = begin(ledger, now=NEWS)
    assert (again.part, again.maybe_repeat, len(again.entries)) == (2, True, 1)


def _two_parts(ledger: Ledger) -> tuple[Job, Job]:
    """Begin the two parts of a message that was too long: of three parcels, and of one."""
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(4))
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    plan(ledger)
    ledger.claims.claim_due(NEWS, timedelta(0), ROUTES)
    whole = begin(ledger, now=NEWS)
    ids = [entry.reminder.id for entry in whole.entries]
    ledger.outbox.split(whole, [ids[:3], ids[3:]])
    return begin(ledger, now=NEWS), begin(ledger, now=NEWS)


def test_the_history_tells_of_each_part_what_is_in_it_and_how_much_is_left_out(
    ledger: Ledger,
) -> None:
    parts = _two_parts(ledger)
    lines = {line.id: line for line in ledger.views.history()}
    assert [len(lines[part.id].said) for part in parts] == [3, 1]
    in_short = {line.id: line for line in ledger.views.history(named=2)}
    shown = [(len(in_short[part.id].said), in_short[part.id].more) for part in parts]
    assert shown == [(2, 1), (1, 0)]
    assert in_short[parts[0].id].said == lines[parts[0].id].said[:2]


def test_a_part_that_fails_is_lost_though_the_other_arrived(ledger: Ledger) -> None:
    first, second = _two_parts(ledger)
    assert ledger.deliveries.record(first, SENT, IS_SENT, NEWS) is Recorded.STORED
    assert ledger.deliveries.record(second, REFUSED, HAS_FAILED, NEWS) is Recorded.LOST
    ((lost, _),) = ledger.deliveries.lost_since(NEWS, NEWS)
    assert lost.id == second.id


def test_a_part_that_failed_goes_out_when_its_trouble_is_over_and_the_other_does_not(
    ledger: Ledger,
) -> None:
    first, second = _two_parts(ledger)
    trouble = ledger.troubles.note_failure("console", About.CHANNEL, "", "busy", NEWS)
    refusal = Outcome(verdict=Verdict.REJECTED, words="busy", about=About.CHANNEL)
    ledger.deliveries.record(first, SENT, IS_SENT, NEWS)
    ledger.deliveries.record(second, refusal, HAS_FAILED, NEWS)
    assert ledger.retries.release(trouble, NEWS + MINUTE) == 1
    again = begin(ledger, now=NEWS + MINUTE)
    assert (again.id, len(again.entries)) == (second.id, 1)
    assert ledger.deliveries.record(again, SENT, IS_SENT, NEWS + MINUTE) is Recorded.STORED
    assert ledger.outbox.begin("console", NEWS + MINUTE, LEASE) is None


def test_a_message_is_asked_once_whether_it_is_answered_however_much_it_tells(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = _two_parts(ledger)
    asked: list[int] = []
    answered = JobReader.answered

    def count(jobs: JobReader, message_id: int, now: datetime) -> frozenset[bytes]:
        asked.append(message_id)
        return answered(jobs, message_id, now)

    monkeypatch.setattr(JobReader, "answered", count)
    assert len(whole.entries) == 3
    assert not ledger.outbox.is_answered(whole, NEWS)
    assert asked == [whole.message_id]


def test_an_answer_after_the_lease_is_taken_if_nobody_tried_again(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    late = DUE + LEASE + MINUTE
    assert ledger.retries.recover_expired_leases(late) == 1
    assert ledger.deliveries.record(job, _BUSY, _AGAIN, late) is Recorded.TOO_LATE
    assert ledger.deliveries.record(job, SENT, IS_SENT, late) is Recorded.STORED
    assert ledger.outbox.begin("console", late, LEASE) is None


def test_an_address_is_tried_again_for_each_part_that_it_refused(ledger: Ledger) -> None:
    for part in _two_parts(ledger):
        end = Conclusion(job=part, step=IS_SENT, again={"x@example.com": NEWS + MINUTE})
        ledger.deliveries.record_all(SENT, [end], NEWS)
    again = [begin(ledger, now=NEWS + MINUTE) for _ in range(2)]
    assert sorted(len(job.entries) for job in again) == [1, 3]


def test_a_dropped_entry_is_not_said_by_anyone(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    ledger.outbox.drop_entries(job.entries[:1], "acknowledged")
    ledger.outbox.put_back([job])
    assert len(begin(ledger).entries) == len(job.entries) - 1


def test_what_failed_goes_by_its_fallback_and_is_lost_only_when_all_has_failed(
    ledger: Ledger,
) -> None:
    claim_first(ledger)
    job = begin(ledger)
    assert (
        ledger.deliveries.record(job, REFUSED, HAS_FAILED, DUE, fallback=[MAIL]) is Recorded.STORED
    )
    instead = begin(ledger, "mail")
    assert (instead.fallback_for, instead.stands_for, instead.address) == (
        "console",
        job.id,
        MAIL.address,
    )
    assert ledger.deliveries.record(instead, REFUSED, HAS_FAILED, DUE) is Recorded.LOST
    assert states(ledger) == {"failed": 2}
    assert ledger.retries.retry_failed(DUE) == 2
    assert states(ledger) == {"queued": 2}


def test_a_fallback_that_arrived_spares_what_it_stands_for(ledger: Ledger) -> None:
    claim_first(ledger)
    made, _ = ledger.fallbacks.queue_overdue("console", {"team": (MAIL,)}, DUE)
    assert made == 0
    made, following = ledger.fallbacks.queue_overdue(
        "console", {"team": (MAIL,)}, DUE + timedelta(hours=3)
    )
    assert (made, following) == (1, None)
    ledger.deliveries.record(
        begin(ledger, "mail", DUE + timedelta(hours=3)), SENT, IS_SENT, DUE + timedelta(hours=3)
    )
    assert states(ledger) == {"expired": 1, "sent": 1}


def test_what_waits_for_a_channel_that_is_gone_takes_the_recipients_other_routes(
    ledger: Ledger,
) -> None:
    claim_first(ledger)
    assert ledger.fallbacks.reroute(["console", "mail"], {"team": (MAIL,)}, DUE) == 0
    assert ledger.fallbacks.reroute(["mail"], {}, DUE) == 0
    assert ledger.fallbacks.reroute(["mail"], {"team": (MAIL,)}, DUE) == 1
    assert states(ledger) == {"failed": 1, "queued": 1}
    assert begin(ledger, "mail").stands_for is not None


def test_what_waited_until_it_had_passed_is_given_up_and_called_missed_once(ledger: Ledger) -> None:
    claim_first(ledger)
    late = DUE + timedelta(days=60)
    ((job, recorded),) = ledger.deliveries.expire_passed(late)
    assert (recorded, states(ledger)) == (Recorded.LOST, {"expired": 1})
    assert job.entries
    assert ledger.deliveries.expire_passed(late) == []
    (claim,) = ledger.claims.claim_due(late, timedelta(0), ROUTES)
    assert claim.missed


def test_what_failed_for_good_and_arrived_in_no_other_way_is_found_again(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    assert ledger.deliveries.lost_since(NOW, DUE) == []
    outcome = Outcome(verdict=Verdict.REJECTED, words="errcode 93000")
    ledger.deliveries.record(
        job, outcome, DeliveryStep(state=DeliveryState.FAILED, reason="rejected"), DUE
    )
    ((lost, words),) = ledger.deliveries.lost_since(DUE, DUE)
    assert (lost.id, lost.recipient, words) == (job.id, job.recipient, "errcode 93000")
    assert lost.entries
    assert ledger.deliveries.lost_since(DUE + timedelta(seconds=1), DUE) == []
    ledger.retries.retry_failed(DUE)
    assert ledger.deliveries.lost_since(NOW, DUE) == []


def test_the_text_of_a_message_is_kept_with_its_delivery(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    ends = [Conclusion(job=job, step=IS_SENT)]
    ledger.deliveries.record_all(SENT, ends, DUE, text="第一次")
    ledger.deliveries.record_all(SENT, ends, DUE)
    (line,) = ledger.views.history()
    assert line.text == "第一次"
    # also what answered when a newer attempt had begun may have arrived
    ledger.deliveries.record_all(SENT, ends, DUE, text="长" * 9_000)
    (line,) = ledger.views.history()
    assert (line.text[:2], line.text[-1], len(line.text) < 9_000) == ("长长", "…", True)


def test_a_bulletin_is_posted_once_for_its_key(ledger: Ledger) -> None:
    for marks in (["a"], ["b"]):
        body = {"marks": marks}
        posted = ledger.bulletins.post(
            "team", DraftKind.DIGEST, [CONSOLE], key="digest:1", body=body, now=NOW, keep_for=LEASE
        )
        assert posted is (marks == ["a"])
    assert ledger.bulletins.was_posted("digest:1")
    assert not ledger.bulletins.was_posted("digest:2")
    assert ledger.bulletins.last_digest("team") == ("a",)
    assert ledger.bulletins.last_digest("other") is None
    assert not ledger.bulletins.post(
        "team", DraftKind.ALERT, [], key="x", body={}, now=NOW, keep_for=LEASE
    )


def test_failures_are_counted_as_one_trouble_until_it_ends(ledger: Ledger) -> None:
    first = ledger.troubles.note_failure("mail", About.ADDRESS, "li@example.com", "full", NOW)
    trouble = ledger.troubles.note_failure(
        "mail", About.ADDRESS, "li@example.com", "gone", NOW + MINUTE
    )
    assert (first.failures, trouble.failures, trouble.since, trouble.words) == (1, 2, NOW, "gone")
    assert ledger.troubles.mark_reported(trouble, NOW)
    assert not ledger.troubles.mark_reported(trouble, NOW)
    assert ledger.troubles.of("mail", "wang@example.com") is None
    found = ledger.troubles.of("mail", "li@example.com")
    assert found is not None
    assert found.is_reported
    assert list(ledger.troubles.current().values()) == [(NOW, "gone")]
    assert ledger.troubles.end("mail", "wang@example.com", NOW) == []
    (ended,) = ledger.troubles.end("mail", "li@example.com", NOW + MINUTE)
    assert (ended.address, ledger.troubles.current()) == ("li@example.com", {})
    fresh = ledger.troubles.note_failure(
        "mail", About.ADDRESS, "li@example.com", "full", NOW + 2 * MINUTE
    )
    assert (fresh.failures, fresh.is_reported) == (1, False)


def test_an_address_that_refused_stays_in_trouble_when_the_others_got_it(ledger: Ledger) -> None:
    for address in ("li@example.com", "wang@example.com"):
        ledger.troubles.note_failure("mail", About.ADDRESS, address, "full", NOW)
    ended = ledger.troubles.end("mail", "", NOW, refused=["li@example.com"])
    assert [trouble.address for trouble in ended] == ["wang@example.com"]


def test_the_end_of_a_trouble_lets_go_of_what_waited_and_of_what_was_given_up(
    ledger: Ledger,
) -> None:
    claim_first(ledger, NEWS)
    trouble = ledger.troubles.note_failure("console", About.CHANNEL, "", "busy", NOW)
    refusal = Outcome(verdict=Verdict.REJECTED, words="busy", about=About.CHANNEL)
    ledger.deliveries.record(begin(ledger, now=NEWS), refusal, HAS_FAILED, NEWS)
    ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    ledger.outbox.put_off(begin(ledger), DUE + timedelta(hours=1))
    assert ledger.retries.release(trouble, DUE + MINUTE) == 2
    assert ledger.outbox.next_try("console") == DUE + MINUTE


def test_a_transaction_that_fails_leaves_nothing_behind(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    with pytest.raises((LedgerError, AttributeError)):
        ledger.deliveries.record_all(SENT, [Conclusion(job=job, step=IS_SENT), None], DUE)  # type: ignore[list-item]  # that is the point
    assert states(ledger) == {"sending": 1}
