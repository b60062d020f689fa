"""What is known of the sources of parcels, as the ledger and the config have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from notifier.config import Settings
from notifier.domain.offers import Offer
from notifier.domain.source_watch import SourceWatch, source_watches
from notifier.ports import Ledger


class SourceDesk:
    """Say of each parcel whether its sources are watched, and how they were found last."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._settings = settings

    def of(self, offers: Iterable[Offer], now: datetime) -> Mapping[int, tuple[SourceWatch, ...]]:
        """Return what is known of the sources of each parcel, by its id."""
        watches = {watch.url: watch for watch in self._settings().watches}
        found = self._ledger.pages.sources(offers)
        return {number: source_watches(files, watches, now) for number, files in found.items()}
