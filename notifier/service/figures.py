"""Figures for Prometheus: what waits or failed, how late it comes, whether the daemon lives."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notifier.ports import Ledger
from notifier.service.doubt_desk import DoubtDesk
from notifier.service.remembered import LAST_BACKUP
from notifier.service.status import pulse_of

if TYPE_CHECKING:
    from prometheus_client import Metric

_BUCKETS = (0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Figures:
    """Collects the figures.

    Lateness adds up in this object, each delivery once; a new object begins at zero.
    """

    def __init__(self, ledger: Ledger, doubts: DoubtDesk) -> None:
        self._ledger = ledger
        self._doubts = doubts
        self._lock = threading.Lock()
        self._seen = _LONG_AGO
        self._late: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BUCKETS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def text(self, now: datetime) -> str:
        """Return all figures in Prometheus' form."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.registry import Collector

        metrics = list(self._collect(now))

        class Collected(Collector):
            def collect(self) -> list[Metric]:
                return metrics

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Collected())
        return generate_latest(registry).decode()

    def _collect(self, now: datetime) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        pulse = pulse_of(self._ledger, now)
        yield _gauge("up", "1 if a daemon runs and has moved lately", pulse.ready)
        if pulse.last_beat is not None:
            yield _gauge(
                "last_beat_timestamp_seconds",
                "When the daemon moved last",
                pulse.last_beat.timestamp(),
            )
        yield _gauge(
            "reminders_ahead",
            "Reminders that are planned",
            self._ledger.views.reminders_ahead(),
        )
        waiting = self._ledger.measures.waiting_since()
        seconds = 0.0 if waiting is None else max((now - waiting).total_seconds(), 0.0)
        yield _gauge(
            "queue_oldest_seconds",
            "How long the delivery that waits longest could have been sent",
            seconds,
        )
        queue = GaugeMetricFamily("notifier_queue", "Deliveries that wait", labels=["channel"])
        ended = GaugeMetricFamily(
            "notifier_deliveries_ended",
            "Deliveries that the ledger keeps, by how they ended; fewer when some are tried again",
            labels=["channel", "outcome"],
        )
        for channel, state, count in self._ledger.measures.tallies():
            if state in ("queued", "sending"):
                queue.add_metric([channel], count)
            else:
                ended.add_metric([channel, state], count)
        yield queue
        yield ended
        yield self._lateness()
        troubled = sum(bool(line.words or line.errors) for line in self._ledger.files.all())
        yield _gauge("files_in_trouble", "Files that were refused, or read with errors", troubled)
        pages = sum(bool(state.failures) for state in self._ledger.pages.all())
        yield _gauge("watched_pages_in_trouble", "Watched pages that cannot be read", pages)
        yield from self._waiting_for_people(now)
        yield from self._ledger_itself()

    def _waiting_for_people(self, now: datetime) -> Iterator[Metric]:
        """Yield what is to be read, and what people have to settle."""
        deposits = self._ledger.receipts.waited_for()
        yield _gauge(
            "inbox_waiting", "Files put in by the board or by mail, not yet read", len(deposits)
        )
        oldest = min((deposit.put_at for deposit in deposits), default=now)
        yield _gauge(
            "inbox_oldest_seconds",
            "How long the file that waits longest has waited",
            max((now - oldest).total_seconds(), 0.0),
        )
        doubts = self._doubts.doubts(now)
        yield _gauge("doubts_open", "What people have to settle", len(doubts))

    def _ledger_itself(self) -> Iterator[Metric]:
        yield _gauge("ledger_bytes", "How much room the ledger takes", self._ledger.upkeep.size())
        backup = self._ledger.memory.get(LAST_BACKUP)
        if backup is not None:
            yield _gauge(
                "last_backup_timestamp_seconds",
                "When the ledger was last copied",
                datetime.fromisoformat(backup).timestamp(),
            )
        due = self._ledger.claims.next_due()
        if due is not None:
            yield _gauge(
                "next_due_timestamp_seconds", "When the next reminder is due", due.timestamp()
            )

    def _lateness(self) -> Metric:
        from prometheus_client.core import HistogramMetricFamily

        with self._lock:
            for channel, at, seconds in self._ledger.measures.late(self._seen):
                self._seen = max(self._seen, at)
                self._late[channel][bisect_left(_BUCKETS, seconds)] += 1
                self._seconds[channel] += max(seconds, 0.0)
            found = HistogramMetricFamily(
                "notifier_lateness_seconds",
                "From when a reminder was due to its delivery",
                labels=["channel"],
            )
            for channel, counts in sorted(self._late.items()):
                total, buckets = 0, []
                for limit, count in zip((*map(str, _BUCKETS), "+Inf"), counts, strict=True):
                    total += count
                    buckets.append((limit, total))
                found.add_metric([channel], buckets, sum_value=self._seconds[channel])
        return found


def _gauge(name: str, words: str, value: float) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"notifier_{name}", words, value=float(value))
