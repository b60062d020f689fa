"""From parcels to reminders: what is stale is planned, what differs is stored."""

from __future__ import annotations

from datetime import datetime

from notifier.config import plan_fingerprint
from notifier.domain.drafts import ItemKind
from notifier.domain.offers import OfferState
from notifier.domain.planning import ALL_MILESTONES, Known, ParcelPlan, Reminder
from notifier.domain.recipients import Recipient
from notifier.domain.values import MilestoneName
from notifier.service.base import Steps

_BATCH = 500  # parcels planned in one transaction


class PlanSteps(Steps):
    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; how many reminders differ from before."""
        differed = 0
        with self._planning:
            after = 0
            while batch := self._ledger.to_plan(after=after, limit=_BATCH, all_parcels=all_parcels):
                differed += self._ledger.replace_plan([self._plan(known, now) for known in batch], now)
                after = batch[-1].offer.id
        return differed

    def replan_if_config_changed(self, now: datetime) -> bool:
        """Plan everything anew if a recipient's rules or the calendar differ from those planned by."""
        settings = self._parts.settings
        fingerprints = ";".join(f"{one.name}={plan_fingerprint(one, settings.calendar)}" for one in settings.recipients)
        if self._ledger.get("plan") == fingerprints:
            return False
        self._ledger.drop_recipients([one.name for one in settings.recipients])
        self.replan(now, all_parcels=True)
        self._ledger.put("plan", fingerprints)
        return True

    def _plan(self, known: Known, now: datetime) -> ParcelPlan:
        offer = known.offer
        watchers = [] if ALL_MILESTONES in known.acknowledged else self._parts.planner.watchers(offer)
        reminders: list[Reminder] = []
        for recipient in watchers:
            since = known.watches.get(recipient.name)
            if since is None and not known.fresh:
                since = now  # a rule or a recipient is new, the parcel is not: leads that have passed are not news

            def known_at(name: MilestoneName, at: datetime, since: datetime | None = since) -> datetime:
                deadline = known.deadlines.get((name.value, at), now)
                return deadline if since is None else max(deadline, since)

            reminders += self._parts.planner.plan(offer, recipient, known_at=known_at, acknowledged=known.acknowledged)
            reminders += self._news(known, recipient, now)
        names = {recipient.name for recipient in watchers}
        reminders += self._changes_for_former_watchers(known, names, now)
        unwanted = [one for one in reminders if one.recipient not in self._parts.recipients]
        if unwanted:
            reminders = [one for one in reminders if one.recipient in self._parts.recipients]
        return ParcelPlan(
            known=known, reminders=reminders, watchers=[one.name for one in watchers], void=_void_reason(known)
        )

    def _news(self, known: Known, recipient: Recipient, now: datetime) -> list[Reminder]:
        if recipient.name not in known.watches:
            if known.offer.state is not OfferState.OPEN:
                return []
            new = self._parts.planner.announcement(known.offer, recipient, ItemKind.NEW, now=now)
            return [] if new is None else [new]
        return self._changes(known, recipient, now)

    def _changes(self, known: Known, recipient: Recipient, now: datetime) -> list[Reminder]:
        told = [
            self._parts.planner.announcement(
                known.offer, recipient, ItemKind.CHANGE, now=now, origin=str(change_id), pressing=nearer
            )
            for change_id, nearer in known.untold.items()
        ]
        return [one for one in told if one is not None]

    def _changes_for_former_watchers(self, known: Known, names: set[str], now: datetime) -> list[Reminder]:
        """Whoever watched a parcel is told of the change by which it leaves the filter."""
        former = [
            self._parts.recipients[name]
            for name in known.watches
            if name not in names and name in self._parts.recipients
        ]
        if ALL_MILESTONES in known.acknowledged:
            return []
        return [one for recipient in former for one in self._changes(known, recipient, now)]


def _void_reason(known: Known) -> str:
    if ALL_MILESTONES in known.acknowledged:
        return "skipped"
    if known.offer.state is not OfferState.OPEN:
        return known.offer.state.value
    return "acknowledged" if known.acknowledged else "postponed"
