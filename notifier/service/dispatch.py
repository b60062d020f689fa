"""What is due is claimed, and becomes messages that wait for their channels."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from notifier.domain import delivery
from notifier.ports import Clock, Ledger
from notifier.service.absentees import Absentees
from notifier.service.answer_posts import AnswerPosts
from notifier.service.clock_watch import ClockWatch
from notifier.service.comparing import Comparing
from notifier.service.digest_posts import DigestPosts
from notifier.service.ledger_health import LedgerHealth
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again, until
from notifier.service.trouble_alerts import TroubleAlerts
from notifier.service.uncovered_alerts import UncoveredAlerts

log = logging.getLogger("notifier")


class Dispatch:
    """Claims what is due and queues its deliveries.

    It wakes all channels each time, for an answer or a retry may have freed something as well.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        clock: Clock,
        absentees: Absentees,
        clock_watch: ClockWatch,
        trouble_alerts: TroubleAlerts,
        digests: DigestPosts,
        uncovered_alerts: UncoveredAlerts,
        comparing: Comparing,
        answers: AnswerPosts,
        health: LedgerHealth,
        longest_wait: timedelta,
    ) -> None:
        """`longest_wait`: the longest time between two looks for what is due."""
        self._ledger = ledger
        self._active = active
        self._clock = clock
        self._absentees = absentees
        self._clock_watch = clock_watch
        self._trouble_alerts = trouble_alerts
        self._digests = digests
        self._uncovered_alerts = uncovered_alerts
        self._comparing = comparing
        self._answers = answers
        self._health = health
        self._longest_wait = longest_wait

    def step(self, now: datetime) -> Again:
        """Queue what is due, and come again when the next is."""
        due = self.queue_due(now)
        self._health.note_dispatched()
        return Again(after=until(due, self._clock.now(), self._longest_wait), wake=True)

    def queue_due(self, now: datetime) -> datetime | None:
        """Claim what is due and queue its deliveries; return when the next is due, if any is."""
        self._ledger.upkeep.ensure_present()
        self._clock_watch.replan_after_set_back(now)
        passed = self._ledger.deliveries.expire_passed(now)
        for job, _ in passed:
            log.warning(
                "delivery %d to %s on %s: expired, %s",
                job.id,
                job.recipient,
                job.channel,
                delivery.PASSED,
            )
        self._trouble_alerts.queue_passed(passed, now)
        setup = self._active.setup
        away = self._absentees.away(setup)
        group_wait = setup.settings.group_wait
        while claims := self._ledger.claims.claim_due(now, group_wait, setup.routes(), away=away):
            for claim in claims:
                log.info(
                    "claimed %s for %s: %d said, %d missed, %d superseded",
                    claim.kind,
                    claim.recipient,
                    len(claim.said),
                    len(claim.missed),
                    len(claim.superseded),
                )
        ahead = [
            self._ledger.claims.next_due(away=away),
            self._digests.queue_due(now),
            self._uncovered_alerts.queue(now),
            self._comparing.ask(now),
            self._answers.queue(now),
        ]
        return min((at for at in ahead if at is not None), default=None)
