"""Everything that must survive a crash. Nobody else knows SQL; each verb is one transaction."""

from __future__ import annotations

from notifier.ledger.deliveries import DeliveryVerbs, Entry, Job, Told
from notifier.ledger.notices import NoticeVerbs, Saved
from notifier.ledger.people import PeopleVerbs, Silence
from notifier.ledger.plans import Known, ParcelPlan
from notifier.ledger.reports import AgendaLine, FileLine, HistoryLine, PlanLine, ReportVerbs


class Ledger(NoticeVerbs, DeliveryVerbs, PeopleVerbs, ReportVerbs):
    """The ledger on SQLite."""


__all__ = [
    "AgendaLine",
    "Entry",
    "FileLine",
    "HistoryLine",
    "Job",
    "Known",
    "Ledger",
    "ParcelPlan",
    "PlanLine",
    "Saved",
    "Silence",
    "Told",
]
