"""Figures for Prometheus: what waits or failed, how late it comes, whether the daemon lives."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notifier.ports import Ledger
from notifier.service.status import pulse_of

if TYPE_CHECKING:
    from prometheus_client import Metric

_BUCKETS = (0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Figures:
    """Collects the figures.

    Lateness adds up in this object, each delivery once; a new object begins at zero.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
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
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        def gauge(name: str, words: str, value: float) -> Metric:
            return GaugeMetricFamily(f"notifier_{name}", words, value=value)

        pulse = pulse_of(self._ledger, now)
        yield gauge("up", "1 if a daemon runs and has moved lately", float(pulse.ready))
        if pulse.last_beat is not None:
            yield gauge(
                "last_beat_timestamp_seconds",
                "When the daemon moved last",
                pulse.last_beat.timestamp(),
            )
        yield gauge(
            "reminders_ahead",
            "Reminders that are planned",
            float(self._ledger.views.reminders_ahead()),
        )
        waiting = self._ledger.measures.waiting_since()
        seconds = 0.0 if waiting is None else max((now - waiting).total_seconds(), 0.0)
        yield gauge(
            "queue_oldest_seconds",
            "How long the delivery that waits longest could have been sent",
            seconds,
        )
        queue = GaugeMetricFamily("notifier_queue", "Deliveries that wait", labels=["channel"])
        ended = CounterMetricFamily(
            "notifier_deliveries", "Deliveries by how they ended", labels=["channel", "outcome"]
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
        yield gauge(
            "files_in_trouble", "Files that were refused, or read with errors", float(troubled)
        )
        pages = sum(bool(state.failures) for state in self._ledger.pages.all())
        yield gauge("watched_pages_in_trouble", "Watched pages that cannot be read", float(pages))

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
