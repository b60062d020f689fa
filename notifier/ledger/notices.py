"""Notices in: stored as revisions, merged into what is known, and what changed is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from notifier.domain import changes
from notifier.domain.changes import Saved
from notifier.domain.identity import Likeness, notice_likeness
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.plain import own_milestones, parcel_from_plain, parcel_to_plain
from notifier.domain.questions import Question
from notifier.domain.reach import ChangePart, Reach, mentioned_numbers, reach
from notifier.domain.statements import Origin, Speaker, Statement
from notifier.domain.values import (
    OFFERING_KINDS,
    Change,
    Finding,
    Kind,
    Notice,
    Parcel,
    Source,
    squash,
)
from notifier.errors import UsageError
from notifier.ledger.database import Database, to_ms
from notifier.ledger.open_doubts import OpenDoubts
from notifier.ledger.open_questions import OpenQuestions
from notifier.ledger.parcel_lookup import Found, ParcelLookup
from notifier.ledger.parcel_writer import ParcelWriter
from notifier.ledger.row_values import dump, offer_of
from notifier.ledger.sheet_answers import SheetAnswers
from notifier.ledger.statement_history import StatementHistory
from notifier.ledger.waiting_changes import WaitingChanges

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


# A notice, unless one of its key is there.
_INSERT_NOTICE = """INSERT INTO notices (key, kind, notice_no, title, known_at, authority, city)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"""

# The notice of a key.
_ID_OF_KEY = "SELECT id FROM notices WHERE key = ?"

# The notices of a number: of the key itself, and of the keys that name an authority behind it.
_OF_NUMBER = (
    "SELECT key, authority, city FROM notices WHERE key = ? OR (key > ? AND key < ?) ORDER BY id"
)

# How many revisions a notice has.
_COUNT_REVISIONS = "SELECT count(*) FROM revisions WHERE notice_id = ?"

# What a notice says by now.
_INSERT_REVISION = (
    "INSERT INTO revisions (notice_id, file, digest, read_at, body) VALUES (?, ?, ?, ?, ?)"
)

# What a notice said last in a file of a name.
_LAST_REVISION = """SELECT digest, body FROM revisions WHERE notice_id = ? AND file = ?
ORDER BY id DESC LIMIT 1"""

# Whether a notice has ever said the same.
_HAS_REVISION = "SELECT 1 FROM revisions WHERE notice_id = ? AND digest = ? LIMIT 1"


# A parcel is another one, which is known.
_UNITE = """INSERT INTO united (parcel_id, same_as) VALUES (?, ?)
ON CONFLICT (parcel_id) DO UPDATE SET same_as = excluded.same_as"""

# The parcel that another one is.
_SAME_AS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM united u JOIN parcels p ON p.id = u.same_as WHERE u.parcel_id = ?"""


class Notices:
    """Store notices as revisions and merge them into the parcels that are known."""

    def __init__(
        self,
        database: Database,
        *,
        lookup: ParcelLookup,
        parcels: ParcelWriter,
        statements: StatementHistory,
        waiting: WaitingChanges,
        questions: OpenQuestions,
        doubts: OpenDoubts,
        sheet_answers: SheetAnswers,
    ) -> None:
        self._db = database
        self._lookup = lookup
        self._parcels = parcels
        self._statements = statements
        self._waiting = waiting
        self._questions = questions
        self._doubts = doubts
        self._sheet_answers = sheet_answers

    def save(
        self,
        notice: Notice,
        findings: tuple[Finding, ...],
        now: datetime,
        *,
        on_purpose: bool = False,
    ) -> Saved:
        """Store `notice` as a new revision, unless it says nothing new.

        Its parcels become stale (to be planned).

        `findings`: what the lint says of it, told with a new parcel. `on_purpose`: a person had its
        file read, so that it is a new statement even if it was read before.
        """
        return self.save_all([(notice, findings)], now, on_purpose=on_purpose)[0]

    def save_all(
        self,
        notices: Sequence[tuple[Notice, tuple[Finding, ...]]],
        now: datetime,
        *,
        on_purpose: bool = False,
        answers_by: Mapping[str, str] | None = None,
    ) -> list[Saved]:
        """Do as `save` does, for several notices in one transaction.

        `answers_by`: the files whose words on parcels count as somebody's answers, and whose.
        """
        people = answers_by or {}
        locks = ("notices", "answers") if people else ("notices",)
        with self._db.write(*locks):
            return [
                self._save(
                    notice,
                    findings,
                    now,
                    on_purpose=on_purpose,
                    answers_by=people.get(notice.file, ""),
                )
                for notice, findings in notices
            ]

    def _save(
        self,
        notice: Notice,
        findings: tuple[Finding, ...],
        now: datetime,
        *,
        on_purpose: bool,
        answers_by: str,
    ) -> Saved:
        body = _body(notice)
        digest = sha256(dump(body).encode("utf-8", "surrogatepass")).hexdigest()
        # not of the digest: another copy breaks its lines elsewhere
        if notice.words:
            body["words"] = notice.words
        if notice.published:
            body["published"] = notice.published.isoformat()
        is_offer = _is_offer(notice)
        notice_id = self._notice_id(notice, digest, now, is_offer=is_offer)
        before = self._last_said(notice_id, notice.file)
        if not on_purpose and self._is_known(notice_id, digest, before, is_offer=is_offer):
            return Saved()
        number = 1 + self._db.value(_COUNT_REVISIONS, (notice_id,))
        self._db.execute(_INSERT_REVISION, (notice_id, notice.file, digest, to_ms(now), dump(body)))
        speaker = changes.speaker_of(notice, now, on_purpose=on_purpose)
        if is_offer:
            saved = self._offer(notice_id, notice, findings, before, speaker, answers_by)
        else:
            saved = self._change(notice_id, notice, speaker)
            touched = [offer for offer, _ in saved.changed]
            self._doubts.keep(notice_id, notice.file, findings, touched, now)
        return replace(saved, revision=number)

    def _notice_id(self, notice: Notice, digest: str, now: datetime, *, is_offer: bool) -> int:
        key = _notice_key(notice, digest)
        if is_offer and notice.notice_no:
            key = self._key_of_place(key, notice)
        place = (notice.authority, notice.city)
        self._db.execute(
            _INSERT_NOTICE,
            (key, notice.kind.value, notice.notice_no, notice.title, to_ms(now), *place),
        )
        return int(self._db.value(_ID_OF_KEY, (key,)))

    def _key_of_place(self, key: str, notice: Notice) -> str:
        """Return the key of the notice of this number and authority, else a new key."""
        rows = self._db.rows(_OF_NUMBER, (key, f"{key}@", f"{key}A"))
        for row in rows:
            if notice_likeness(row["authority"], row["city"], notice) is not Likeness.OTHER:
                return str(row["key"])
        return f"{key}@{squash(notice.authority or notice.city)}" if rows else key

    def _last_said(self, notice_id: int, file: str) -> tuple[str, dict[str, Any]] | None:
        """Return the digest and body of the last revision that came from a file of this name."""
        row = self._db.row(_LAST_REVISION, (notice_id, file))
        return None if row is None else (row["digest"], json.loads(row["body"]))

    def _is_known(
        self, notice_id: int, digest: str, before: tuple[str, Any] | None, *, is_offer: bool
    ) -> bool:
        """Return whether a file states what it stated before.

        A notice of change is known, too, if it is a copy of one that was applied.
        """
        if before is not None:
            return before[0] == digest
        if is_offer:
            return False
        return self._db.value(_HAS_REVISION, (notice_id, digest)) is not None

    # -- notices that offer
    # -------------------------------------------------------------------------

    def _offer(
        self,
        notice_id: int,
        notice: Notice,
        findings: tuple[Finding, ...],
        before: tuple[str, dict[str, Any]] | None,
        speaker: Speaker,
        answers_by: str,
    ) -> Saved:
        own = {
            squash(plain["parcel_no"]): parcel_from_plain(plain)
            for plain in (before[1]["parcels"] if before else ())
        }
        warnings: dict[str, list[Finding]] = {}
        for finding in findings:
            warnings.setdefault(squash(finding.parcel_no), []).append(finding)
        new: list[Offer] = []
        changed: list[tuple[Offer, OfferChange]] = []
        asked: list[Question] = []
        touched: list[Offer] = []
        stated: list[tuple[Offer, str]] = []
        seen: Counter[str] = Counter()
        ghosts = (
            self._lookup.nameless(notice_id)
            if any(parcel.parcel_no.strip() for parcel in notice.parcels)
            else []
        )
        for parcel in notice.parcels:
            number = squash(parcel.parcel_no)
            seen[number] += 1
            if not number:
                found = self._find_nameless(notice_id, parcel, seen[number])
                if found is None:
                    continue
            else:
                found = self._lookup.find(notice, parcel, seen[number])
            offer = self._united(found.offer)
            is_ghost = offer is None and bool(number) and bool(ghosts)
            if is_ghost:
                offer = self._named_ghost(ghosts, parcel)
            if offer is None:
                mine = [*warnings.get("", ()), *(warnings.get(number, ()) if number else ())]
                offer = self._parcels.insert(notice_id, notice, parcel, seen[number], mine, speaker)
                new.append(offer)
                touched.append(offer)
                stated.append((offer, parcel.answer))
                asked += self._ask_who(offer, found)
                continue
            change, question = self._merge(
                offer, notice, parcel, speaker, own.get(number), is_named_now=is_ghost
            )
            changed += [] if change is None else [change]
            touched.append(offer if change is None else change[0])
            stated.append((touched[-1], parcel.answer))
            asked += [] if question is None else [question]
        if ghosts:
            self._drop_ghosts(notice_id, ghosts, speaker.said_at)
        changed += self._apply_waiting(new, speaker)
        self._doubts.keep(notice_id, notice.file, findings, touched, speaker.said_at)
        if answers_by:
            self._sheet_answers.take(notice.file, stated, answers_by, speaker.said_at)
        return Saved(new=tuple(new), changed=tuple(changed), asked=tuple(asked))

    # -- what people settle
    # --------------------------------------------------------------------------

    def unite(self, offer: Offer, known: Offer, *, by: str, now: datetime) -> Offer:
        """Let `offer` be the parcel `known`, which hears what was said of it.

        Return that parcel after it.

        Whatever is read of `offer` from now on is said of `known`.
        """
        person = Speaker(origin=Origin.PERSON, said_at=now, by=by)
        with self._db.write("notices"):
            offer, known = self._parcels.current(offer), self._parcels.current(known)
            notice = Notice(
                file=offer.file,
                kind=offer.kind,
                notice_no=known.notice_no,
                title=known.title,
                authority=known.authority,
                city=known.city,
                published=offer.published,
                parcels=(offer.parcel,),
            )
            speaker = changes.speaker_of(notice, now)
            change, _ = self._merge(known, notice, offer.parcel, speaker, None, is_named_now=False)
            self._statements.keep_state(offer.id, OfferState.DROPPED.value, person)
            self._parcels.update(replace(offer, state=OfferState.DROPPED), now, has_changed=True)
            self._db.execute(_UNITE, (offer.id, known.id))
        return known if change is None else change[0]

    def _united(self, offer: Offer | None) -> Offer | None:
        """The parcel that `offer` is, as a person said."""
        if offer is None or offer.state is not OfferState.DROPPED:
            return offer
        row = self._db.row(_SAME_AS, (offer.id,))
        return offer if row is None else offer_of(row)

    def apply_to(
        self, notice_id: int, part: ChangePart, offer: Offer, *, now: datetime
    ) -> tuple[tuple[Offer, Offer], ...]:
        """Let `part` of a notice of change, which nobody knew, be about the parcel of a person.

        Return what changed, before and after: that parcel, unless the notice excepts it, and what
        could be told only now that it is known. UsageError where the notice is about that parcel
        anyway: what it says of the other name is not said of it, too.
        """
        with self._db.write("notices"):
            offer = self._parcels.current(offer)
            notice = self._waiting.last_words(notice_id)
            before = self._reach_of(notice_id, notice)
            if any(touched.id == offer.id for touched in before.offers):
                parcel = offer.parcel.parcel_no
                raise UsageError(
                    f"{parcel}: the notice is about this parcel already, by another"
                    " name: set its times yourself, or leave the doubt as it is"
                )
            found = before
            if part.is_parcel:
                self._waiting.keep_meaning(notice_id, part.names, offer.id)
                found = self._reach_of(notice_id, notice)
            if not part.is_parcel or set(part.names) & set(found.unmatched):
                # words that name no single parcel, or a name that no rule understands
                touched, stated = [offer], part.said_of(offer.parcel.parcel_no)
            else:
                known = {each.id for each in before.offers}
                touched = [each for each in found.offers if each.id not in known]
                stated = found.notice
            self._end_names(notice_id, part, found)
            speaker = changes.speaker_of(stated, now, on_purpose=True)
            before_it = {each.id: each for each in touched}
            return tuple(
                (before_it[after.id], after) for after, _ in self._applied(touched, stated, speaker)
            )

    def _reach_of(self, notice_id: int, notice: Notice) -> Reach:
        """The reach of a notice of change, with what people said of names in it."""
        candidates, whole_notice = self._lookup.candidates(notice)
        meant = self._waiting.meant(notice_id)
        known = self._lookup.by_ids([each.parcel_id for each in meant])
        offers = {offer.id: offer for offer in (*candidates, *known)}
        return reach(notice, list(offers.values()), whole_notice=whole_notice, meant=meant)

    def _end_names(self, notice_id: int, part: ChangePart, found: Reach) -> None:
        """Wait for what is unknown still, and for nothing once only the notice itself is."""
        left = set(found.unmatched) - set(part.names)
        waits_for = self._waiting.names_of(notice_id)
        if not left & set(waits_for):
            self._waiting.end(notice_id)
            return
        self._waiting.end_names(notice_id, [name for name in waits_for if name not in left])

    def end_waiting(self, notice_id: int) -> None:
        """Let a notice of change wait for nothing any more: it concerns no parcel of ours."""
        with self._db.write("notices"):
            self._waiting.end(notice_id)

    def _merge(
        self,
        offer: Offer,
        notice: Notice,
        parcel: Parcel,
        speaker: Speaker,
        own: Parcel | None,
        *,
        is_named_now: bool,
    ) -> tuple[tuple[Offer, OfferChange] | None, Question | None]:
        """Take another copy's word on a known parcel; (what changed, what is asked)."""
        history = _with_own_word(self._statements.of_parcel(offer.id), speaker, own)
        known = (
            replace(offer, state=OfferState.OPEN) if offer.state is OfferState.DROPPED else offer
        )
        merged = changes.merge(known, notice, parcel, speaker, history, own)
        if offer.state is OfferState.DROPPED and not speaker.on_purpose:
            return None, self._ask_of_dropped(offer, merged, speaker)
        change = merged.change
        if known is not offer:
            change = replace(
                change or OfferChange(file=notice.file), state=(offer.state, known.state)
            )
        if is_named_now:
            change = change or OfferChange(
                file=notice.file, notice_no=notice.notice_no, title=notice.title
            )
            change = replace(change, fields=(*change.fields, ("parcel_no", "", parcel.parcel_no)))
        after = merged.offer
        self._statements.keep_merged(offer.id, merged, speaker)
        self._parcels.update(after, speaker.said_at, has_changed=after != offer or is_named_now)
        if change is None:
            return None, None
        self._parcels.keep_change(after, change, speaker.said_at)
        return (after, change), None

    def _ask_who(self, offer: Offer, found: Found) -> list[Question]:
        """Return a question if a new parcel bears the number of a known one, or nearly so."""
        for alert, others in (("same-number", found.unsure), ("number-alike", found.alike)):
            if not others:
                continue
            other = others[0]
            question = Question(
                key=f"{alert}:{offer.key}:{other.key}",
                alert=alert,
                city=offer.city or other.city,
                params={
                    "number": offer.parcel.parcel_no,
                    "file": offer.file,
                    "place": _place_words(offer),
                    "other": other.parcel.parcel_no,
                    "other_file": other.file,
                    "other_place": _place_words(other),
                    "id": str(offer.id),
                    "other_id": str(other.id),
                },
            )
            return [question] if self._questions.keep(question) else []
        return []

    def _ask_of_dropped(
        self, offer: Offer, merged: changes.Merged, speaker: Speaker
    ) -> Question | None:
        """Keep what is new about a dropped parcel, and return a question if it is pressing.

        The parcel stays dropped; what was kept counts once the parcel is resumed.
        """
        after = replace(merged.offer, state=OfferState.DROPPED)
        self._statements.keep_merged(offer.id, merged, speaker)
        self._parcels.update(after, speaker.said_at, has_changed=after != offer)
        if merged.change is None or not (merged.change.milestones or merged.change.disputes):
            return None
        question = Question(
            key=f"dropped:{offer.key}:{speaker.file}:{to_ms(speaker.said_at)}",
            alert="dropped-parcel",
            city=offer.city,
            params={"number": offer.parcel.parcel_no, "file": speaker.file, "id": str(offer.id)},
        )
        return question if self._questions.keep(question) else None

    # -- parcels without a number
    # ---------------------------------------------------------------------

    def _find_nameless(self, notice_id: int, parcel: Parcel, ordinal: int) -> Found | None:
        """Return the parcel that an unnamed one is, by its place in the list.

        None: it states nothing that the named parcels of its notice do not state.
        """
        nameless = self._lookup.nameless(notice_id)
        if len(nameless) >= ordinal:
            return Found(offer=nameless[ordinal - 1])
        named = self._lookup.named(notice_id)
        return None if named and _says_no_more(parcel, named) else Found()

    def _named_ghost(self, ghosts: list[Offer], parcel: Parcel) -> Offer:
        """Return the unnamed parcel that `parcel` most likely is, with its number.

        It keeps its key and its past.
        """
        ghost = max(ghosts, key=lambda candidate: _in_common(candidate.parcel, parcel))
        ghosts.remove(ghost)
        return replace(ghost, parcel=replace(ghost.parcel, parcel_no=parcel.parcel_no))

    def _drop_ghosts(self, notice_id: int, ghosts: Sequence[Offer], now: datetime) -> None:
        """Drop the unnamed parcels of a notice whose parcels are named now.

        One that states more than the named ones stays.
        """
        named = self._lookup.named(notice_id)
        for ghost in ghosts:
            if _says_no_more(ghost.parcel, named):
                self._parcels.update(
                    replace(ghost, state=OfferState.DROPPED), now, has_changed=True
                )

    # -- notices of change
    # ---------------------------------------------------------------------------

    def _change(self, notice_id: int, notice: Notice, speaker: Speaker) -> Saved:
        found = self._reach_of(notice_id, notice)
        unmatched = list(found.unmatched)
        if not found.is_known:
            unmatched += [*notice.refers_to, notice.notice_no or notice.title]
        names = tuple(dict.fromkeys(filter(None, unmatched)))
        # a result tells nobody anything of a parcel that nobody knew
        self._waiting.wait(notice_id, names, is_told=notice.kind is Kind.RESULT)
        changed = tuple(self._applied(found.offers, found.notice, speaker))
        return Saved(changed=changed, unmatched=() if notice.kind is Kind.RESULT else names)

    def _apply_waiting(
        self, new: Sequence[Offer], speaker: Speaker
    ) -> Iterator[tuple[Offer, OfferChange]]:
        """To parcels that are new, the changes that came before them."""
        ids = {offer.id for offer in new}
        for notice_id, notice in self._waiting.take_for(new):
            found = self._reach_of(notice_id, notice)
            touched = [offer for offer in found.offers if offer.id in ids]
            yield from self._applied(
                touched, found.notice, changes.speaker_of(notice, speaker.said_at)
            )

    def _applied(
        self, offers: Sequence[Offer], notice: Notice, speaker: Speaker
    ) -> Iterator[tuple[Offer, OfferChange]]:
        for offer in offers:
            state_of = self._statements.day_of_state(offer.id)
            merged = changes.apply(
                offer, notice, speaker, self._statements.of_parcel(offer.id), state_of
            )
            after = merged.offer
            self._statements.keep_merged(offer.id, merged, speaker)
            if notice.kind in changes.STATE_AFTER and changes.may_turn(notice, speaker, state_of):
                self._statements.keep_state(offer.id, after.state.value, speaker)
            self._parcels.update(after, speaker.said_at, has_changed=after != offer)
            if merged.change is not None:
                self._parcels.keep_change(after, merged.change, speaker.said_at)
                yield after, merged.change


def _with_own_word(
    history: dict[str, list[Statement]], speaker: Speaker, own: Parcel | None
) -> dict[str, list[Statement]]:
    """Return `history` with what a source last stated, where no statement of it was kept.

    So it is in a ledger of a version that kept none.
    """
    if own is None or any(
        statement.speaker.is_same_source(speaker)
        for statements in history.values()
        for statement in statements
    ):
        return history
    before = replace(speaker, said_at=_LONG_AGO, on_purpose=False)
    for name, milestone in own.milestones.items():
        history.setdefault(name.value, []).insert(0, Statement(speaker=before, milestone=milestone))
    return history


def _says_no_more(parcel: Parcel, named: Sequence[Offer]) -> bool:
    """Whether every deadline of `parcel` is one of the named parcels' too."""
    known = {(name, milestone.at) for offer in named for name, milestone, _ in offer.deadlines()}
    return all((name, milestone.at) in known for name, milestone in parcel.milestones.items())


def _in_common(ghost: Parcel, parcel: Parcel) -> int:
    same = [
        name
        for name, milestone in parcel.milestones.items()
        if ghost.milestones.get(name) == milestone
    ]
    facts = [
        ghost.area_m2 == parcel.area_m2,
        ghost.location == parcel.location,
        ghost.district == parcel.district,
    ]
    return len(same) + 10 * sum(facts)


def _place_words(offer: Offer) -> str:
    words = (offer.authority or offer.city, offer.parcel.district, offer.parcel.location)
    return " ".join(word for word in words if word)


def _notice_key(notice: Notice, digest: str) -> str:
    """Offers are known by their number.

    A notice of change shares the number of the one that it changes, so that only the very same one
    is the same.
    """
    if _is_offer(notice):
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
        plain["milestones"] = own_milestones(plain)
        alternatives = [alternative["milestones"] for alternative in plain.get("alternatives", ())]
        for milestones in (plain["milestones"], *alternatives):
            for milestone in milestones.values():
                for unstable in ("quote", "where"):
                    milestone.pop(unstable, None)
                if milestone["source"] != Source.SCANNED:  # a copy in text says more
                    del milestone["source"]
        parcels.append(plain)
    body = {
        "notice_no": squash(notice.notice_no),
        "kind": notice.kind.value,
        "city": notice.city,
        "refers_to": [squash(number) for number in notice.refers_to],
        "changes": [_change_words(change) for change in notice.changes],
        "parcels": parcels,
        # a copy in another format has another title or contact line; a parcel-less notice has
        # nothing else
        "title": squash(notice.title) if not parcels else "",
        "platform": squash(notice.platform),
    }
    if not _is_offer(notice):
        body |= _words_of_change(notice)
    return body


def _change_words(change: Change) -> list[str]:
    words = [squash(change.parcel_no), change.field, change.new]
    return [*words, Source.SCANNED.value] if change.scanned else words


def _words_of_change(notice: Notice) -> dict[str, Any]:
    """Return what tells a notice of change from the next of its kind.

    That is its authority, its day, and the parcels that its words name, or else all its words.
    """
    numbers = sorted({squash(number) for number in mentioned_numbers(notice)})
    day = notice.published.isoformat() if notice.published else ""
    text = "" if numbers else squash(notice.words)
    return {"authority": squash(notice.authority), "day": day, "names": numbers, "text": text}


def _is_offer(notice: Notice) -> bool:
    return notice.kind in OFFERING_KINDS or notice.kind is Kind.OTHER
