"""Everything that must survive a crash. Nobody else knows SQL; each verb is one transaction."""

from __future__ import annotations

from notifier.ledger.absences import AbsenceVerbs
from notifier.ledger.deliveries import DeliveryVerbs
from notifier.ledger.inbox_files import InboxVerbs
from notifier.ledger.notices import NoticeVerbs
from notifier.ledger.reports import ReportVerbs
from notifier.ledger.store import LAST_BEAT
from notifier.ledger.texts import TextVerbs

__all__ = ["LAST_BEAT", "Ledger"]


class Ledger(NoticeVerbs, DeliveryVerbs, AbsenceVerbs, ReportVerbs, InboxVerbs, TextVerbs):
    """The ledger on SQLite."""
