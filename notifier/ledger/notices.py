"""Notices in: stored as revisions, merged into what is known, and what changed is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from notifier.domain import changes
from notifier.domain.changes import Said, Saved
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.places import same_place
from notifier.domain.plain import (
    change_from_plain,
    change_to_plain,
    finding_to_plain,
    offer_head_to_plain,
    parcel_from_plain,
    parcel_to_plain,
)
from notifier.domain.reach import mentioned_numbers, reach
from notifier.domain.values import OFFERING_KINDS, Finding, Kind, Notice, Parcel, number_key, squash
from notifier.ledger.rows import OFFER_COLUMNS, dump, offer_of
from notifier.ledger.store import to_ms
from notifier.ledger.waiting import WaitingVerbs


class NoticeVerbs(WaitingVerbs):
    def save_notice(self, notice: Notice, findings: tuple[Finding, ...], now: datetime) -> Saved:
        """Store `notice` as a new revision, unless it says nothing new; its parcels become stale (to be planned).

        `findings`: what the lint says of it, told with a new parcel.
        """
        return self.save_notices([(notice, findings)], now)[0]

    def save_notices(self, notices: Sequence[tuple[Notice, tuple[Finding, ...]]], now: datetime) -> list[Saved]:
        """As `save_notice`, for several in one transaction."""
        with self.write():
            return [self._save(notice, findings, now) for notice, findings in notices]

    def _save(self, notice: Notice, findings: tuple[Finding, ...], now: datetime) -> Saved:
        body = _body(notice)
        digest = sha256(dump(body).encode("utf-8", "surrogatepass")).hexdigest()
        if notice.words:
            body["words"] = notice.words  # not of the digest: another copy breaks its lines elsewhere
        notice_id = self._notice_id(notice, digest, now)
        before = self._last_said(notice_id, notice.file)
        if self._is_known(notice_id, digest, before):
            return Saved()
        number = 1 + self._value("SELECT count(*) FROM revisions WHERE notice_id = ?", (notice_id,))
        self._do(
            "INSERT INTO revisions (notice_id, file, digest, read_at, body) VALUES (?, ?, ?, ?, ?)",
            (notice_id, notice.file, digest, to_ms(now), dump(body)),
        )
        if notice.kind in OFFERING_KINDS or notice.kind is Kind.OTHER:
            saved = self._offer(notice_id, notice, findings, before, now)
        else:
            saved = self._change(notice_id, notice, now)
        return replace(saved, revision=number)

    def _notice_id(self, notice: Notice, digest: str, now: datetime) -> int:
        key = _notice_key(notice, digest)
        self._do(
            "INSERT INTO notices (key, kind, notice_no, title, known_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO NOTHING",
            (key, notice.kind.value, notice.notice_no, notice.title, to_ms(now)),
        )
        return int(self._value("SELECT id FROM notices WHERE key = ?", (key,)))

    def _last_said(self, notice_id: int, file: str) -> tuple[str, dict[str, Any]] | None:
        """The digest and body of the last revision that came from a file of this name."""
        row = self._row(
            "SELECT digest, body FROM revisions WHERE notice_id = ? AND file = ? ORDER BY id DESC LIMIT 1",
            (notice_id, file),
        )
        return None if row is None else (row["digest"], json.loads(row["body"]))

    def _is_known(self, notice_id: int, digest: str, before: tuple[str, Any] | None) -> bool:
        if before is not None:
            return before[0] == digest
        found = self._row("SELECT 1 FROM revisions WHERE notice_id = ? AND digest = ? LIMIT 1", (notice_id, digest))
        return found is not None

    def _offer(
        self,
        notice_id: int,
        notice: Notice,
        findings: tuple[Finding, ...],
        before: tuple[str, dict[str, Any]] | None,
        now: datetime,
    ) -> Saved:
        said_before = {
            squash(plain["parcel_no"]): parcel_from_plain(plain) for plain in (before[1]["parcels"] if before else ())
        }
        new: list[Offer] = []
        changed: list[tuple[Offer, OfferChange]] = []
        seen: dict[str, int] = {}
        told: dict[str, list[Finding]] = {}
        for finding in findings:
            told.setdefault(squash(finding.parcel_no), []).append(finding)
        for parcel in notice.parcels:
            number = squash(parcel.parcel_no)
            seen[number] = seen.get(number, 0) + 1
            offer = self._find(notice, parcel, seen[number])
            if offer is None:
                warnings = [*told.get("", ()), *(told.get(number, ()) if number else ())]
                new.append(self._insert(notice_id, notice, parcel, seen[number], warnings, now))
                continue
            said = Said(parcel=said_before.get(number), replaced=self._replaced(offer.id))
            after, change = changes.merge(offer, notice, parcel, said)
            self._update(after, now, stale=after != offer)
            if change is not None:
                self._keep_change(after, change, now)
                changed.append((after, change))
        changed += self._apply_waiting(new, now)
        return Saved(new=tuple(new), changed=tuple(changed))

    def _find(self, notice: Notice, parcel: Parcel, ordinal: int) -> Offer | None:
        """The known offer that `parcel` is: the same notice, or the only one of that number if either has none."""
        row = self._row(
            f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.key = ?",  # noqa: S608  # a constant, here and below
            (_offer_key(notice.notice_no, parcel.parcel_no, ordinal),),
        )
        if row is not None:
            return offer_of(row)
        number = squash(parcel.parcel_no)
        if not number or ordinal > 1:
            return None
        same = [
            offer
            for offer in self._of_number(number)
            if not (offer.notice_no and notice.notice_no)
            and (not offer.city or not notice.city or offer.city == notice.city)
        ]
        return same[0] if len(same) == 1 else None

    def _insert(
        self,
        notice_id: int,
        notice: Notice,
        parcel: Parcel,
        ordinal: int,
        findings: list[Finding],
        now: datetime,
    ) -> Offer:
        offer = Offer(
            id=0,
            key=_offer_key(notice.notice_no, parcel.parcel_no, ordinal),
            parcel=parcel,
            notice_no=notice.notice_no,
            kind=notice.kind,
            title=notice.title,
            authority=notice.authority,
            city=notice.city,
            published=notice.published,
            platform=notice.platform,
            contacts=notice.contacts,
            file=notice.file,
        )
        cursor = self._do(
            "INSERT INTO parcels (key, notice_id, notice_number, number, state, head, body, findings, known_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                offer.key, notice_id, squash(notice.notice_no), squash(parcel.parcel_no), offer.state.value,
                dump(offer_head_to_plain(offer)), dump(parcel_to_plain(parcel)),
                dump([finding_to_plain(one) for one in findings]), to_ms(now),
            ),
        )  # fmt: skip
        offer = replace(offer, id=int(cursor.lastrowid or 0))
        self._keep_milestones(offer, now)
        return offer

    def _update(self, offer: Offer, now: datetime, *, stale: bool) -> None:
        if not stale:
            return
        self._do(
            "UPDATE parcels SET notice_number = ?, state = ?, head = ?, body = ?, stale = stale + 1 WHERE id = ?",
            (
                squash(offer.notice_no), offer.state.value, dump(offer_head_to_plain(offer)),
                dump(parcel_to_plain(offer.parcel)), offer.id,
            ),
        )  # fmt: skip
        self._keep_milestones(offer, now)

    def _keep_milestones(self, offer: Offer, now: datetime) -> None:
        standing = {(name.value, to_ms(one.at), condition) for name, one, condition in offer.deadlines()}
        known = {
            (row["name"], row["at"], row["condition"])
            for row in self._rows("SELECT name, at, condition FROM milestones WHERE parcel_id = ?", (offer.id,))
        }
        self._do_many(
            "DELETE FROM milestones WHERE parcel_id = ? AND name = ? AND at = ? AND condition = ?",
            [(offer.id, *gone) for gone in known - standing],
        )
        self._do_many(
            "INSERT INTO milestones (parcel_id, name, at, condition, known_at) VALUES (?, ?, ?, ?, ?)",
            [(offer.id, *one, to_ms(now)) for one in standing - known],
        )

    def _keep_change(self, offer: Offer, change: OfferChange, now: datetime) -> None:
        self._do(
            "INSERT INTO changes (parcel_id, at, body) VALUES (?, ?, ?)",
            (offer.id, to_ms(now), dump(change_to_plain(change))),
        )
        self._do("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (offer.id,))

    def _replaced(self, parcel_id: int) -> frozenset[tuple[str, datetime]]:
        """Every (milestone, instant) that was once this parcel's and was changed."""
        rows = self._rows("SELECT body FROM changes WHERE parcel_id = ?", (parcel_id,))
        return frozenset(
            (one.milestone.value, one.old)
            for row in rows
            for one in change_from_plain(json.loads(row["body"])).milestones
            if one.old is not None
        )

    def _change(self, notice_id: int, notice: Notice, now: datetime) -> Saved:
        offers, whole_notice = self._candidates(notice)
        found = reach(notice, offers, whole_notice=whole_notice)
        unmatched = list(found.unmatched)
        if not offers:
            unmatched += [*notice.refers_to, notice.notice_no or notice.title]
        names = tuple(dict.fromkeys(filter(None, unmatched)))
        # a result tells nobody anything of a parcel that nobody knew
        self._wait(notice_id, names, told=notice.kind is Kind.RESULT)
        changed = tuple(self._applied(found.offers, found.notice, now))
        return Saved(changed=changed, unmatched=() if notice.kind is Kind.RESULT else names)

    def _apply_waiting(self, new: Sequence[Offer], now: datetime) -> Iterator[tuple[Offer, OfferChange]]:
        """To parcels that are new, the changes that came before them."""
        ids = {offer.id for offer in new}
        for notice in self._waiting_for(new):
            offers, whole_notice = self._candidates(notice)
            found = reach(notice, offers, whole_notice=whole_notice)
            yield from self._applied([offer for offer in found.offers if offer.id in ids], found.notice, now)

    def _applied(self, offers: Sequence[Offer], notice: Notice, now: datetime) -> Iterator[tuple[Offer, OfferChange]]:
        for offer in offers:
            after, change = changes.apply(offer, notice)
            self._update(after, now, stale=after != offer)
            if change is not None:
                self._keep_change(after, change, now)
                yield after, change

    def _candidates(self, notice: Notice) -> tuple[list[Offer], bool]:
        """The parcels that `notice` may be about, and whether they are all of the notice that it changes."""
        found: dict[int, Offer] = {}
        for refers_to in (*notice.refers_to, notice.notice_no):
            rows = self._rows(
                f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.notice_number = ? AND p.notice_number <> ''",  # noqa: S608
                (squash(refers_to),),
            )
            found |= {row["id"]: offer_of(row) for row in rows}
        if found:
            return list(found.values()), True
        # a notice that gives no list may name parcels where another would name notices
        for number in mentioned_numbers(notice) or notice.refers_to:
            same = [offer for offer in self._of_number(number) if _may_be_of(offer, notice.city)]
            if len(same) == 1:
                found[same[0].id] = same[0]
        return list(found.values()), False

    def _of_number(self, number: str) -> list[Offer]:
        key = number_key(number)
        if not key:
            return []
        ways = (key, f"{key}号", f"{key}地块", f"{key}号地块", f"{key}宗地", f"{key}号宗地")
        rows = self._rows(
            f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.number IN (?, ?, ?, ?, ?, ?)",  # noqa: S608
            ways,
        )
        return [offer_of(row) for row in rows]


def _offer_key(notice_no: str, parcel_no: str, ordinal: int) -> str:
    """Stable across ledgers. `ordinal`: the second parcel of one number in one notice is another parcel."""
    key = f"{squash(notice_no)}|{squash(parcel_no)}"
    return key if ordinal == 1 else f"{key}#{ordinal}"


def _may_be_of(offer: Offer, city: str) -> bool:
    return not city or not offer.city or same_place(offer.city, city)


def _notice_key(notice: Notice, digest: str) -> str:
    """Offers are known by their number. A notice of change shares the number of the one that it changes, so
    that only the very same one is the same."""
    if notice.kind in OFFERING_KINDS or notice.kind is Kind.OTHER:
        part = f"|{notice.part}" if notice.part else ""
        if notice.notice_no:
            return f"offer|{squash(notice.notice_no)}{part}"
        return f"file|{notice.file}{part}"
    return f"{notice.kind}|{digest}"


def _body(notice: Notice) -> dict[str, Any]:
    """What the notice says, without where it says it: another copy of it gives the same."""
    parcels = []
    for parcel in notice.parcels:
        plain = parcel_to_plain(parcel)
        plain.pop("aliases", None)  # not every copy has them
        alternatives = [one["milestones"] for one in plain.get("alternatives", ())]
        for milestones in (plain["milestones"], *alternatives):
            for milestone in milestones.values():
                for unstable in ("quote", "where", "source"):
                    milestone.pop(unstable, None)
        parcels.append(plain)
    return {
        "notice_no": squash(notice.notice_no),
        "kind": notice.kind.value,
        "city": notice.city,
        "refers_to": [squash(one) for one in notice.refers_to],
        "changes": [[squash(one.parcel_no), one.field, one.new] for one in notice.changes],
        "parcels": parcels,
        # a copy in another format has another title or contact line; a parcel-less notice has nothing else
        "title": squash(notice.title) if not parcels else "",
        "platform": squash(notice.platform),
    }
