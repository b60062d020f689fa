"""The ledger as the service sees it: its verbs by subject, in values of `domain/` alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from notifier.domain.answer_words import AnswerWord, SheetWord
from notifier.domain.board_lines import BoardLine, DatedChange, SentLine
from notifier.domain.changes import Saved, Unmatched
from notifier.domain.claims import Claim
from notifier.domain.comparison_asks import Stage, Waiting
from notifier.domain.confirmation import Checked, Comparison, TimeMark
from notifier.domain.delivery import DeliveryStep, Recorded
from notifier.domain.doubts import Raised
from notifier.domain.drafts import DraftKind
from notifier.domain.jobs import Conclusion, Job, JobEntry, Voices
from notifier.domain.measures import Late, Tally
from notifier.domain.nodes import Glance, Node
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.outcomes import About, Outcome
from notifier.domain.pace import PaceLimit
from notifier.domain.pauses import Pause
from notifier.domain.plain import Plain
from notifier.domain.planning import Known, ParcelPlan
from notifier.domain.presses import Post
from notifier.domain.questions import Question
from notifier.domain.reach import ChangePart
from notifier.domain.receipts import Deposit, Receipt, Way
from notifier.domain.recipients import Route
from notifier.domain.reminders import Reminder
from notifier.domain.reports import AgendaLine, FileLine, HistoryLine, NoticeLine, PlanLine
from notifier.domain.silences import Silence
from notifier.domain.source_watch import SourceFile
from notifier.domain.statements import Statement
from notifier.domain.troubles import Trouble
from notifier.domain.values import Finding, Milestone, MilestoneName, Notice
from notifier.domain.waiting_files import FolderFile, WaitingFile
from notifier.domain.watching import PageState


class NoticeVerbs(Protocol):
    """Notices, stored as revisions and merged into the parcels that are known."""

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
        ...

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
        ...

    def unite(self, offer: Offer, known: Offer, *, by: str, now: datetime) -> Offer:
        """Let `offer` be the parcel `known`, which hears what was said of it.

        Return that parcel after it.

        Whatever is read of `offer` from now on is said of `known`.
        """
        ...

    def apply_to(
        self, notice_id: int, part: ChangePart, offer: Offer, *, now: datetime
    ) -> tuple[tuple[Offer, Offer], ...]:
        """Let `part` of a notice of change, which nobody knew, be about the parcel of a person.

        Return what changed, before and after: that parcel, unless the notice excepts it, and what
        could be told only now that it is known. UsageError where the notice is about that parcel
        anyway: what it says of the other name is not said of it, too.
        """
        ...

    def end_waiting(self, notice_id: int) -> None:
        """Let a notice of change wait for nothing any more: it concerns no parcel of ours."""
        ...


class ParcelVerbs(Protocol):
    """Parcels: found by what people type, and changed by what people say."""

    def all(self) -> Iterator[Offer]:
        """Yield every parcel, in the order in which they came."""
        ...

    def find(self, number: str, *, dropped: bool = False) -> list[Offer]:
        """Return the parcels of that number, else those whose number ends with it (`121号`).

        A figure counts only as a whole. Behind an `@` stands which of several is meant: a word of
        its city, authority, notice or place, or its own id. Parcels that were taken back are found
        with `dropped` only.
        """
        ...

    def of_notice(self, number: str) -> list[Offer]:
        """Return the parcels of a notice that were not taken back; `@` as in `find`."""
        ...

    def set_time(
        self,
        offer: Offer,
        name: MilestoneName,
        milestone: Milestone | None,
        *,
        by: str,
        why: str,
        now: datetime,
    ) -> Offer:
        """Keep a person's word on a milestone, None if there is none.

        Return the parcel after it.
        """
        ...

    def withdraw_time(
        self, offer: Offer, name: MilestoneName, *, by: str, why: str, now: datetime
    ) -> Offer:
        """Take back a person's word on a milestone, so that what is read stands again.

        Return the parcel after it.
        """
        ...

    def set_state(
        self, offer: Offer, state: OfferState, *, by: str, why: str, now: datetime
    ) -> None:
        """Keep that a person drops a parcel, or takes that back."""
        ...


class StatementVerbs(Protocol):
    """Every statement about a parcel, kept."""

    def of_parcel(self, parcel_id: int) -> dict[str, list[Statement]]:
        """Return the statements about each milestone of a parcel, the first to come first."""
        ...

    def of_parcels(self, parcel_ids: Sequence[int]) -> dict[int, dict[str, list[Statement]]]:
        """Return the same of several parcels, by the id of each."""
        ...


class ConfirmationVerbs(Protocol):
    """What people have compared with the original."""

    def confirm(
        self, offer: Offer, by: str, now: datetime, *, marks: Iterable[TimeMark] | None = None
    ) -> None:
        """Note that `by` found the times of `marks` as the original has them.

        `marks` None: all times of the parcel.

        A time that has changed meanwhile is not confirmed.
        """
        ...

    def deny(
        self, offer: Offer, by: str, why: str, now: datetime, *, question: Question | None = None
    ) -> None:
        """Note that `by` found something wrong: no time of the parcel counts as confirmed.

        `question`: what people are told of it.
        """
        ...

    def of_parcel(self, offer: Offer) -> Checked:
        """Return what has been compared of one parcel."""
        ...

    def of_parcels(self, offers: Sequence[Offer]) -> list[Checked]:
        """Return what has been compared of each of `offers`, in their order."""
        ...

    def history(self, parcel_id: int) -> list[Comparison]:
        """Return what people said after comparing a parcel, in the order in which they said it."""
        ...

    def said_wrong(self) -> frozenset[int]:
        """Return the parcels of which the last word is that something is wrong, by id."""
        ...

    def waiting(self, now: datetime, people: int) -> list[Waiting]:
        """Return the parcels with an unconfirmed deadline ahead, each with when people were asked.

        Deadlines alone count, not times of other milestones.
        """
        ...

    def parcels(self, ids: Sequence[int]) -> list[Offer]:
        """Return the parcels of these ids."""
        ...

    def mark_asked(self, asked: Iterable[tuple[int, Stage]], now: datetime) -> None:
        """Note that people were asked about these parcels, (id, stage)."""
        ...


class QuestionVerbs(Protocol):
    """What people are asked because the program does not decide it."""

    def untold(self) -> list[Question]:
        """Return the questions that nobody was asked yet."""
        ...

    def mark_asked(self, key: str) -> None:
        """Note that the question of this key was asked."""
        ...


class WaitingVerbs(Protocol):
    """Notices of change that name what is not known yet."""

    def untold(self) -> list[Unmatched]:
        """Return the changes that wait for what they name, and that nobody was told of yet."""
        ...

    def all(self) -> list[Unmatched]:
        """Return all changes that wait for what they name."""
        ...

    def mark_told(self, notice_id: int) -> None:
        """Note that people were told what this notice names."""
        ...


class CoverageVerbs(Protocol):
    """Parcels that nobody is reminded of."""

    def untold(self) -> list[tuple[Offer, datetime]]:
        """Return (parcel, uncovered since) of those that nobody was told of, oldest first."""
        ...

    def mark_told(self, offers: Iterable[Offer]) -> None:
        """Note that people were told of these parcels."""
        ...


class DoubtVerbs(Protocol):
    """What people have to settle."""

    def raised(self, parcel_id: int | None = None) -> list[Raised]:
        """Return what the reader doubts and nobody has settled, of one parcel or of all."""
        ...

    def settle(self, keys: Iterable[str], *, by: str, how: str, now: datetime) -> None:
        """Keep that a person has settled these; they stay settled when the same is read again."""
        ...

    def settle_time(self, parcel_id: int, name: MilestoneName, *, by: str, now: datetime) -> None:
        """Keep that a person gave the time of a milestone: what was doubted of it is settled."""
        ...

    def reopen_time(self, offer: Offer, name: MilestoneName) -> None:
        """Ask again what a person's word on a time had settled: that word was taken back."""
        ...

    def settled(self) -> frozenset[str]:
        """Return the keys of everything that people have settled."""
        ...

    def with_rival(self) -> list[Offer]:
        """Return the parcels of which two times may hold."""
        ...

    def spoken_of(self) -> list[Offer]:
        """Return the parcels of whose times a person has said something."""
        ...

    def nameless(self) -> list[tuple[Offer, list[Offer]]]:
        """Return each parcel without a number, with the named parcels of its notice."""
        ...

    def questions(self, alerts: Sequence[str]) -> list[Question]:
        """Return the questions of these kinds, asked or not."""
        ...

    def unmatched(self) -> list[Unmatched]:
        """Return the changes that wait for what they name, whether people were told or not."""
        ...


class ReceiptVerbs(Protocol):
    """Receipts of the files that came in, and who waits for one."""

    def expect(self, file: str, sha256: str, way: Way, sender: str, now: datetime) -> int:
        """Note that somebody waits for the receipt of a file that was put in; return its id.

        Waiting twice for the same is waiting once: after a crash the file is put in again. `now`:
        when it was put in; it may have been read since.
        """
        ...

    def is_expected(self, file: str, sha256: str) -> bool:
        """Return whether somebody waits for the receipt of this file."""
        ...

    def add(self, receipt: Receipt) -> int:
        """Keep a receipt, for whoever waits for it; return its id.

        The way and the sender are those of who waits for it.
        """
        ...

    def latest(self, limit: int = 50) -> list[Receipt]:
        """Return the latest receipts, the newest first."""
        ...

    def last_of(self, file: str, sha256: str) -> Receipt | None:
        """Return the last receipt of these bytes by that name."""
        ...

    def waited_for(self) -> list[Deposit]:
        """Return the files whose receipt somebody waits for, the first put in first."""
        ...

    def deposits(self, ids: Sequence[int]) -> list[Deposit]:
        """Return the files of these ids, each with its receipt as soon as there is one."""
        ...

    def deposit_of(self, sha256: str, way: Way) -> Deposit | None:
        """Return the file of these bytes that came by that way, if there is one."""
        ...

    def unanswered(self, way: Way) -> list[Deposit]:
        """Return the files that came by a way and were read, but whose sender has no answer yet."""
        ...

    def mark_answered(self, deposit_id: int) -> None:
        """Note that the sender of a file has been answered."""
        ...

    def brought_by(
        self, files: Sequence[str], since: datetime
    ) -> tuple[list[str], list[tuple[Offer, OfferChange]]]:
        """Return the numbers of the new parcels of these files, and what they changed of others.

        Counted from `since`: a reading that a crash cut in two brought what both halves brought.
        """
        ...


class FileVerbs(Protocol):
    """The files of the inbox, and the bytes that were read."""

    def all(self) -> list[FileLine]:
        """Return every file of the inbox with what it was last read as."""
        ...

    def get(self, name: str) -> FileLine | None:
        """Return the file of that name as it was read last."""
        ...

    def begin_reading(self, name: str, sha256: str, now: datetime) -> int:
        """Mark these bytes as being read; return how many readings of them did not end before."""
        ...

    def stop_reading(self, name: str, sha256: str) -> None:
        """Take the last mark back: the reading stops, and the file is not at fault."""
        ...

    def begun_at(self, name: str) -> datetime | None:
        """Return since when a file is being read, by whichever daemon; None if it is not."""
        ...

    def save(self, line: FileLine) -> None:
        """Store what a file was read as, and end its reading; `told_at` stays as it was."""
        ...

    def untold(self) -> list[FileLine]:
        """Return the files with something wrong of which the operators have not heard yet."""
        ...

    def mark_told(self, names: Iterable[str], now: datetime) -> None:
        """Note that the operators have heard what is wrong with these files."""
        ...

    def says_nothing_new(self, file: str, digest: str) -> bool:
        """Return whether these bytes were read before.

        Those of a known name are compared with its last bytes, those of a new name with all bytes.
        """
        ...

    def note_bytes(self, file: str, digest: str, now: datetime) -> None:
        """Remember that these bytes were read and stored."""
        ...


class KeptFileVerbs(Protocol):
    """The bytes of files, on their way to whichever node reads them and as proof afterwards."""

    @property
    def are_handed_over(self) -> bool:
        """Whether files are handed over here: several machines may work on this ledger."""
        ...

    def has_room(self) -> bool:
        """Return whether further files may be put in, or too much waits to be read."""
        ...

    def put(self, names: Iterable[str], data: bytes, sha256: str, now: datetime) -> str:
        """Keep a file that a person brought, to be read; return its name.

        That is the first of `names` that no other bytes have. The same bytes by it are looked at
        once more, so that whoever waits hears of it. Empty if none of the names is free.
        """
        ...

    def carry(self, file: FolderFile, data: bytes, now: datetime) -> bool:
        """Keep a file as it lies in a folder, to be read unless that is known; return whether.

        The bytes that its name had last are known. Of a folder that was never looked at before all
        bytes are that the name ever had: a copy that lay there for long says nothing new.
        """
        ...

    def keep_read(self, name: str, data: bytes, sha256: str, now: datetime) -> None:
        """Keep bytes that are read already, as proof of what they said."""
        ...

    def lying_in(self, place: str) -> list[FolderFile]:
        """Return the files of a folder as they lay there when they were looked at last."""
        ...

    def waiting(self) -> list[WaitingFile]:
        """Return what is yet to be read, in the order in which it came."""
        ...

    def bytes_of(self, sha256: str) -> bytes | None:
        """Return the bytes of that hash; None if they are not kept."""
        ...

    def end(self, arrival: int, now: datetime) -> None:
        """Note that a file was read, or refused."""
        ...

    def read_last(self, name: str) -> str:
        """Return the hash of the bytes that a file had when it was read last.

        Empty if they are not kept.
        """
        ...

    def forget_old(self, now: datetime, keep: timedelta = timedelta(days=30)) -> int:
        """Delete bytes of long ago that nothing was read from; return how many files' they were.

        What a notice was read from stays as its proof.
        """
        ...

    def keep_picture(self, key: str, picture: bytes) -> None:
        """Keep the picture of a line."""
        ...

    def picture(self, key: str) -> bytes | None:
        """Return the picture of that name; None if there is none."""
        ...

    def has_picture(self, key: str) -> bool:
        """Return whether there is a picture of that name."""
        ...

    def pictures(self) -> int:
        """Return how many pictures there are."""
        ...


class AcknowledgementVerbs(Protocol):
    """What people say that they have done or skip."""

    def add(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """Keep that `milestone` is done, or with ALL_MILESTONES that the parcel is skipped."""
        ...

    def remove(self, parcel_id: int, milestone: str, by: str, now: datetime) -> int:
        """Take back what was said of `milestone`, or with ALL_MILESTONES of the parcel.

        Return how much that was.
        """
        ...

    def own(self, parcel_id: int, milestone: str) -> Mapping[str, datetime]:
        """Return who gave an own answer to `milestone` and when, the first one first."""
        ...

    def missing(
        self, parcel_id: int, milestone: str, recipient: str | None = None
    ) -> tuple[str, ...]:
        """Return whose own answer to `milestone` is still waited for, by `recipient` or anybody."""
        ...

    def skipped(self) -> frozenset[int]:
        """Return the ids of the parcels that people do not bid on."""
        ...


class AnswerNewsVerbs(Protocol):
    """What people have answered, told to those who have heard of the parcel."""

    def last(self) -> int:
        """Return the number of the last word; 0 if there is none."""
        ...

    def heard(self) -> Mapping[str, int]:
        """Return up to which word each recipient has been told."""
        ...

    def untold(self, recipient: str, now: datetime, *, of_all: bool = False) -> list[AnswerWord]:
        """Return what `recipient` has not been told of the parcels that it has heard of.

        `of_all`: of every parcel. In the order in which it was said; what is older than NEWS_FOR is
        left out.
        """
        ...

    def tell(
        self,
        recipient: str,
        up_to: int,
        routes: Sequence[Route],
        *,
        body: Plain | None,
        now: datetime,
        keep_for: timedelta,
        content: str | None = None,
    ) -> bool:
        """Queue the message that tells `recipient` of the words up to `up_to`, once.

        `body` None: nothing of them is told. Return whether a message was queued.
        """
        ...


class PostVerbs(Protocol):
    """Messages with buttons where they arrived, which are set right when things change.

    A message is looked at when it has arrived (`deliveries.record_all`), and whenever one of its
    parcels was planned anew (`plans.replace`).
    """

    def to_check(self, channels: Sequence[str], now: datetime, limit: int) -> list[Post]:
        """Return the messages of these channels that are to be looked at by now.

        Those that arrived more than CORRECTED_FOR ago are left as they are.
        """
        ...

    def settle(self, post: Post, labels: Sequence[str]) -> None:
        """Note that a message shows `labels`.

        If something has happened since `post` was read, it is looked at again.
        """
        ...

    def put_off(self, post: Post, until: datetime | None) -> None:
        """Note that a message could not be set right; it is tried again at `until`.

        None: not before something happens to one of its parcels.
        """
        ...


class SheetAnswerVerbs(Protocol):
    """What the team's own sheets say of parcels."""

    def untold(self) -> list[SheetWord]:
        """Return the words that are gone from their sheets, and nobody has been told."""
        ...

    def mark_told(self, words: Sequence[SheetWord]) -> None:
        """Note that people have been told of these."""
        ...


class PauseVerbs(Protocol):
    """Who asked to hear nothing of a deadline for a while."""

    def add(self, parcel_id: int, pause: Pause) -> None:
        """Keep a pause in place of the recipient's earlier one of the same deadline."""
        ...

    def remove(self, parcel_id: int, milestone: str) -> int:
        """Take back the pauses of `milestone`, or with ALL_MILESTONES of the parcel.

        Return how many that were.
        """
        ...

    def of_parcel(self, parcel_id: int) -> list[Pause]:
        """Return the pauses of a parcel, those that ended long ago as well."""
        ...


class SilenceVerbs(Protocol):
    """What people do not want to be told of for a while."""

    def add(
        self, matchers: Sequence[str], *, starts_at: datetime, ends_at: datetime, by: str, why: str
    ) -> int:
        """Keep a silence; return its id."""
        ...

    def end(self, silence_id: int, now: datetime) -> bool:
        """End a silence and let go of what it held back.

        Return False if it had ended, or never was.
        """
        ...

    def current(self, now: datetime) -> list[Silence]:
        """Return the silences that have not ended."""
        ...


class AbsenceVerbs(Protocol):
    """Who has been planned for, and is perhaps not in the config at present."""

    def known_recipients(self) -> set[str]:
        """Return everyone who has been planned for and was not given up."""
        ...

    def replace_known(self, names: Collection[str]) -> None:
        """Keep the names of everyone who is planned for."""
        ...

    def give_up(self, recipient: str, now: datetime) -> int:
        """Cancel all that is planned or waits for a recipient; return how many rows that was.

        What is being sent at this moment counts as missed.
        """
        ...


class PlanVerbs(Protocol):
    """Which parcels are to be planned, and what is planned for them."""

    def to_plan(
        self, *, after: int = 0, limit: int = 500, all_parcels: bool = False
    ) -> list[Known]:
        """Return the next `limit` stale parcels by id beyond `after`.

        `all_parcels`: whether they are stale or not.
        """
        ...

    def replace(
        self, plans: Sequence[ParcelPlan], now: datetime, *, away: Collection[str] = ()
    ) -> int:
        """Store the difference between `plans` and what is stored, in one transaction.

        Return how many rows differed.

        What was sent, is being sent, or was missed is never touched, nor is what waits for
        recipients who are `away`. Nothing is written if nothing differs.
        """
        ...

    def mark_stale(self, parcel_ids: Iterable[int]) -> None:
        """Let these parcels be planned anew."""
        ...

    def has_stale(self) -> bool:
        """Return whether a parcel waits to be planned."""
        ...

    def set_back(self, by: timedelta, now: datetime) -> None:
        """Mend what was noted while the clock was `by` ahead, now that it is right again.

        Milestones, watchers and deliveries noted as of the future count as of `now`; news and
        leases move back by as much; a digest of a day to come does not count. All parcels are to be
        planned anew, and what was called missed but is ahead with them.
        """
        ...


class ClaimVerbs(Protocol):
    """What falls due, claimed as messages."""

    def next_due(self, *, away: Collection[str] = ()) -> datetime | None:
        """Return when the next reminder is due, but for recipients who are `away`."""
        ...

    def claim_due(
        self,
        now: datetime,
        group_wait: timedelta,
        routes: Mapping[str, Sequence[Route]],
        *,
        away: Collection[str] = (),
    ) -> list[Claim]:
        """Claim what is due as a message for each recipient, and queue its deliveries.

        All of it is one transaction. What a recipient would be told within `group_wait` is claimed
        together with the first of it. What is due to recipients who are `away` waits.
        """
        ...


class OutboxVerbs(Protocol):
    """What waits to be sent, marked before it is tried."""

    def next_try(self, channel: str) -> datetime | None:
        """Return when the next queued delivery of `channel` may be tried."""
        ...

    def ready_at(self, channel: str, limit: PaceLimit, now: datetime) -> datetime:
        """Return when a channel may be given its next message by any node: `now` or later."""
        ...

    def begin(
        self,
        channel: str,
        now: datetime,
        lease: timedelta,
        voices: Voices | None = None,
        limit: PaceLimit | None = None,
    ) -> Job | None:
        """Mark the next delivery of `channel` as under way, urgent ones first.

        Return None if there is none to try, or its time has not come by `limit`, a pace that all
        nodes keep together.

        Its `joined` deliveries are marked with it: what else waits for its recipient there, and
        what recipients of the same voice are told in the same words at the same address. While the
        channel or the address is in trouble, what waits does not keep to its own next try.
        """
        ...

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Undo the beginning of attempts that were not made; their next try stays as it was.

        `first_at` stays, too: it says since when it has been the delivery's turn.
        """
        ...

    def put_back_unsent(self, channel: str) -> int:
        """Undo the beginning of every attempt of `channel` by this process; return how many.

        Only for who knows that it hands nothing over at present: a transaction whose end was not
        heard of may have begun something.
        """
        ...

    def put_off(self, job: Job, until: datetime) -> None:
        """Undo the beginning of an attempt that was not made; the next begins at `until`.

        Unlike after `put_back`, a delivery that was never tried has no `first_at` again.
        """
        ...

    def split(self, job: Job, parts: Sequence[Iterable[bytes]]) -> None:
        """Replace the deliveries of `job`, too long for their channel, by one for each part.

        `parts`: reminder ids. They are fixed before the first is sent, so that a part sent is never
        sent again in another cut.
        """
        ...

    def is_answered(self, job: Job, now: datetime) -> bool:
        """Return whether people have answered by now what `job`, which has begun, is to tell."""
        ...

    def is_overtaken(self, job: Job) -> bool:
        """Return whether others have taken over any of `job`, which has begun.

        They took this node for gone.
        """
        ...

    def drop_entries(self, entries: Sequence[JobEntry], reason: str) -> None:
        """Note that these reminders are not told after all, and why."""
        ...


class DeliveryVerbs(Protocol):
    """Deliveries, recorded after they were tried."""

    def record(
        self,
        job: Job,
        outcome: Outcome,
        step: DeliveryStep,
        now: datetime,
        *,
        fallback: Sequence[Route] = (),
    ) -> Recorded:
        """Store the outcome of `job`'s attempt, as `record_all` does."""
        ...

    def record_all(
        self,
        outcome: Outcome,
        conclusions: Sequence[Conclusion],
        now: datetime,
        *,
        text: str = "",
        posts: Sequence[Post] = (),
    ) -> list[Recorded]:
        """Store the outcome of an attempt for each of the deliveries that it ended.

        Nothing is stored of a delivery whose newer attempt has begun, but for the text. The message
        goes by the routes of `fallback` as well, as `Fallbacks.add_routes` says. `text`: what may
        have arrived; its beginning is kept, in the place of an earlier attempt's. `posts`: where a
        message with buttons arrived, which is kept whatever else is.
        """
        ...

    def expire_passed(self, now: datetime) -> list[tuple[Job, Recorded]]:
        """Expire queued deliveries whose milestones have all passed; return them.

        Its reminders are planned once more, to be called missed, all in one message. Each would
        else be found at its own next try, and called missed in a message of its own.
        """
        ...

    def lost_since(self, since: datetime, now: datetime) -> list[tuple[Job, str]]:
        """Return what ended in vain since an instant and reached nobody, with its last words."""
        ...


class FallbackVerbs(Protocol):
    """Other ways for what does not get through."""

    def queue_overdue(
        self, channel: str, fallbacks: Mapping[str, Sequence[Route]], now: datetime
    ) -> tuple[int, datetime | None]:
        """Queue what is overdue on `channel` by the `fallbacks` of its recipient, too.

        `fallbacks`: recipient -> routes. Return how many deliveries that made, and when the next
        will be overdue.
        """
        ...

    def reroute(
        self, channels: Sequence[str], routes: Mapping[str, Sequence[Route]], now: datetime
    ) -> int:
        """Fail what waits for a channel not among `channels`; queue it by other `routes`.

        `routes`: recipient -> routes. What waits for somebody who has no routes at present goes on
        waiting. Return how many deliveries failed.
        """
        ...


class RetryVerbs(Protocol):
    """Deliveries that are tried again."""

    def recover(self, now: datetime) -> int:
        """Queue again what was under way when the process died; return how many deliveries.

        They are marked as possible repeats. In a backup that is put to use everything queued is
        marked, too: it may have been sent since the backup was made.
        """
        ...

    def mark_restored(self, now: datetime) -> None:
        """Mark everything queued as a possible repeat, if a backup is put to use here.

        It may have been sent since the backup was made.
        """
        ...

    def take_over(self, now: datetime, present: datetime) -> int:
        """Queue again what gone nodes had under way; return how many deliveries.

        They are marked as possible repeats. A node is gone that has not beaten within a TERM before
        `present`, by the database's clock. `now`: when they are tried again, by this node's.
        """
        ...

    def recover_expired_leases(self, now: datetime, *, under_way: Collection[int] = ()) -> int:
        """Queue again what has been under way beyond its lease; return how many deliveries.

        They are marked as possible repeats. The ids `under_way` are left alone: this process is
        sending them, and the clock may have been set forth meanwhile.
        """
        ...

    def retry_failed(self, now: datetime) -> int:
        """Queue again what failed for good, is of use, and no fallback told; return how many."""
        ...

    def release(self, trouble: Trouble, now: datetime) -> int:
        """Let what waits for a channel or address in trouble be tried now; return how many.

        `trouble`: it is over. What failed because of it is queued again, too, if it is still of use
        and did not arrive in any other way.
        """
        ...

    def bring_forward(self, recipient: str, now: datetime) -> None:
        """Let what waits for `recipient` be tried now, whenever its next try was to be."""
        ...


class BulletinVerbs(Protocol):
    """Digests and alerts, each posted once for its key."""

    def was_posted(self, key: str) -> bool:
        """Return whether a message of this key was posted before."""
        ...

    def post(
        self,
        recipient: str,
        kind: DraftKind,
        routes: Sequence[Route],
        *,
        key: str,
        body: Plain,
        now: datetime,
        keep_for: timedelta,
        urgent: bool = False,
        content: str | None = None,
    ) -> bool:
        """Queue a message by `routes`.

        Return False if `key` was posted before, or there is no way to go.

        It is worth sending for `keep_for`. `content` is the same for recipients who are told the
        same.
        """
        ...

    def last_digest(self, recipient: str) -> tuple[str, ...] | None:
        """Return the marks of the last digest of `recipient`; None if there is none.

        It has reached the recipient, or is on its way.
        """
        ...


class TroubleVerbs(Protocol):
    """What keeps failing: a channel, an address, the messages it is given."""

    def note_failure(
        self, channel: str, about: About, address: str, words: str, now: datetime
    ) -> Trouble:
        """Count a failure; return the trouble that it belongs to."""
        ...

    def mark_reported(self, trouble: Trouble, now: datetime) -> bool:
        """Note that people are told that a trouble began; return False if they knew before."""
        ...

    def end(
        self, channel: str, address: str, now: datetime, *, refused: Collection[str] = ()
    ) -> list[Trouble]:
        """Note that `address` of `channel` got a message; return the troubles that this ends.

        An empty `address` stands for all that the channel's URL names, but for those that `refused`
        the message.
        """
        ...

    def of(self, channel: str, address: str) -> Trouble | None:
        """Return what is wrong at present with a channel, or with this address of it."""
        ...

    def current(self) -> Mapping[str, tuple[datetime, str]]:
        """Return route -> (since when it fails, its last words), of all that fail at present."""
        ...


class ViewVerbs(Protocol):
    """What people ask for. Nothing here writes."""

    def agenda(
        self, since: datetime, until: datetime, *, news_since: datetime | None = None
    ) -> list[AgendaLine]:
        """Return the milestones from `since` to `until`, the soonest first.

        Those of ended auctions are left out.

        A day without a time of day is ahead until the day is over. What is known or changed since
        `news_since` is new.
        """
        ...

    def plan_ahead(
        self, now: datetime, recipient: str | None = None, *, limit: int | None = None
    ) -> Iterator[PlanLine]:
        """Yield the reminders ahead, soonest first, with those that are held back.

        `limit`: how many at most; None: all.
        """
        ...

    def history(self, limit: int = 50, *, named: int | None = None) -> list[HistoryLine]:
        """Return the latest deliveries, newest first.

        `named`: how many reminders of each at most; None: all.
        """
        ...

    def notices(self, limit: int = 50) -> list[NoticeLine]:
        """Return the notices that were read last, the newest first."""
        ...

    def owing(self, now: datetime) -> Mapping[str, int]:
        """Return who has not answered what others have: person -> of how many times ahead."""
        ...

    def delivery_counts(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state."""
        ...

    def reminders_ahead(self) -> int:
        """Return how many reminders are planned."""
        ...


class BoardVerbs(Protocol):
    """All parcels for the board."""

    def mark(self) -> str:
        """Return a text that changes with what the board shows.

        What the daemon notes while it sends (messages, deliveries) does not count.
        """
        ...

    def changes_of(self, parcel_id: int) -> list[DatedChange]:
        """Return what changed of a parcel, the newest first."""
        ...

    def latest_changes(self, limit: int) -> list[tuple[int, DatedChange]]:
        """Return what changed last of any parcel, by its id, the newest first."""
        ...

    def reminders_of(self, parcel_id: int) -> list[Reminder]:
        """Return the reminders of a parcel that are planned, the soonest first."""
        ...

    def sent_of(self, parcel_id: int) -> list[SentLine]:
        """Return what was sent of a parcel, the newest first."""
        ...

    def lines(self) -> list[BoardLine]:
        """Return every parcel that was not taken back, in the order in which they came."""
        ...


class SignInVerbs(Protocol):
    """Who is signed in to the board. Of links and sessions only a digest is kept."""

    def add_link(self, digest: bytes, name: str, *, now: datetime, until: datetime) -> None:
        """Keep a link that signs in `name` once, until `until`."""
        ...

    def name_of_link(self, digest: bytes, now: datetime) -> str | None:
        """Return whom a link would sign in; None if it was used, has expired or never was."""
        ...

    def use_link(
        self, digest: bytes, session: bytes, *, now: datetime, until: datetime
    ) -> str | None:
        """Use a link up and begin a session; return whose it is, None if the link works no more."""
        ...

    def name_of_session(self, digest: bytes, now: datetime) -> str | None:
        """Return whose session it is; None if it has ended."""
        ...

    def extend_session(self, digest: bytes, *, now: datetime, until: datetime) -> None:
        """Let a session that has not ended go on until `until`."""
        ...

    def end_session(self, digest: bytes) -> None:
        """End a session, if there is one."""
        ...


class MemoryVerbs(Protocol):
    """Single texts, remembered by a key."""

    def get(self, key: str) -> str | None:
        """Return the text kept under `key`; None if there is none."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`, in the place of what was there."""
        ...


class UpkeepVerbs(Protocol):
    """Care for the ledger as a whole."""

    @property
    def place(self) -> str:
        """Where the ledger is, in words for people."""
        ...

    def hold(self) -> None:
        """Become the one process that works on this ledger, until it is closed.

        LedgerHeld says who is; LedgerError if the ledger was moved to another place.
        """
        ...

    def join(self) -> str:
        """Become a daemon of this ledger, until it is closed; return its name among the others.

        Empty: the ledger can have no other. LedgerHeld says who keeps it from that; LedgerError if
        the ledger was moved to another place.
        """
        ...

    def holder(self) -> str:
        """Return who runs the daemons of this ledger now; empty if nobody does."""
        ...

    def ensure_present(self) -> None:
        """Raise LedgerError if the ledger that was opened is no longer the one at its place."""
        ...

    def damage(self) -> str:
        """Return what is damaged, in the database's own words; empty if the ledger is sound."""
        ...

    def size(self) -> int:
        """Return how many bytes the ledger takes, without its log."""
        ...

    def checkpoint(self) -> None:
        """Move what was written from the database's log into its tables, beside whoever writes.

        Without it the writer does so, later, and whoever waits for that write waits longer.
        """
        ...

    def copy_to(self, target: Path, now: datetime) -> None:
        """Write a consistent copy to the file `target`, whole or not at all.

        BackupRefused if something is there already. The copy knows that it is one: whoever restores
        it is told what may have been sent since it was made.
        """
        ...

    def forget_copying(self) -> None:
        """Forget that this is a copy: nothing will be sent from it."""
        ...

    def forget_old(self, now: datetime, keep: timedelta = timedelta(days=730)) -> int:
        """Delete attempts, texts and deliveries of long ago; return how many deliveries.

        A notice, a parcel, a change or a reminder is never deleted.
        """
        ...


class NodeVerbs(Protocol):
    """The daemons that work on the ledger. Instants are by the database's own clock."""

    def present(self) -> datetime:
        """Return what instant it is by the database's clock."""
        ...

    def beat(self, present: datetime, *, ahead: timedelta, config: str) -> Glance:
        """Note that this node is alive, how far its clock is ahead, and its config.

        Who leads leads for a TERM from now on. Return what there is to see.
        """
        ...

    def settings_key(self) -> bytes:
        """Return the key of the marks of settings, the same for all nodes."""
        ...

    def describe(self, version: str, settings: Mapping[str, str]) -> None:
        """Note this node's version, and the marks of its settings by their names."""
        ...

    def alive(self, present: datetime) -> list[Node]:
        """Return the nodes that have beaten within a TERM, by name."""
        ...

    def lead(self, present: datetime) -> bool:
        """Lead for a TERM from now on, if this node does already or nobody does.

        Return whether it leads. Whoever led before has no transaction under way then, and begins
        none: see `leading`.
        """
        ...

    def leading(self) -> AbstractContextManager[None]:
        """Let this thread write as the leader: LedgerHeld once another leads."""
        ...

    def resign(self) -> None:
        """Let others lead from now on."""
        ...

    def leave(self) -> None:
        """Be a node no more: others lead, and take over at once what this one has under way."""
        ...

    def gone(self, present: datetime) -> list[str]:
        """Return the nodes that have not beaten within a TERM, by name."""
        ...

    def forget(self, names: Sequence[str]) -> None:
        """Forget nodes that are gone; one that beats again is a node again."""
        ...


class MeasureVerbs(Protocol):
    """Figures of the work."""

    def tallies(self) -> list[Tally]:
        """Return how many deliveries each channel has in each state."""
        ...

    def late(self, since: datetime) -> list[Late]:
        """Return how late each delivery of a reminder came that reached people after `since`."""
        ...

    def waiting_since(self) -> datetime | None:
        """Return since when the delivery that waits longest could be sent; None if none does."""
        ...


class PageVerbs(Protocol):
    """The pages that are watched, and those to which lists among them lead."""

    def all(self) -> list[PageState]:
        """Return every page, the one to be looked at first first."""
        ...

    def due(self, now: datetime) -> list[PageState]:
        """Return the pages to be looked at by `now`, the one to be looked at first first."""
        ...

    def get(self, url: str) -> PageState | None:
        """Return what is known of a page."""
        ...

    def save(self, state: PageState, *, files: Iterable[str] = ()) -> None:
        """Store a page as it is now; `files`: the names under which its notices are stored."""
        ...

    def sources(self, offers: Iterable[Offer]) -> dict[int, list[SourceFile]]:
        """Return the files that said something of each parcel, with the pages they stood on.

        By the parcel's id. A page that is watched no more is none.
        """
        ...

    def add(self, states: Iterable[PageState]) -> None:
        """Store pages that are new; those that are known stay as they are."""
        ...

    def forget(self, urls: Iterable[str]) -> None:
        """Look at these pages no more."""
        ...


class Ledger(Protocol):
    """Everything that must survive a crash: the verbs by subject.

    A verb stores all that it says or nothing; few store it in several steps, each of them whole.
    """

    @property
    def notices(self) -> NoticeVerbs: ...

    @property
    def parcels(self) -> ParcelVerbs: ...

    @property
    def statements(self) -> StatementVerbs: ...

    @property
    def confirmations(self) -> ConfirmationVerbs: ...

    @property
    def questions(self) -> QuestionVerbs: ...

    @property
    def waiting(self) -> WaitingVerbs: ...

    @property
    def coverage(self) -> CoverageVerbs: ...

    @property
    def files(self) -> FileVerbs: ...

    @property
    def kept_files(self) -> KeptFileVerbs: ...

    @property
    def pages(self) -> PageVerbs: ...

    @property
    def doubts(self) -> DoubtVerbs: ...

    @property
    def receipts(self) -> ReceiptVerbs: ...

    @property
    def measures(self) -> MeasureVerbs: ...

    @property
    def nodes(self) -> NodeVerbs: ...

    @property
    def acknowledgements(self) -> AcknowledgementVerbs: ...

    @property
    def answer_news(self) -> AnswerNewsVerbs: ...

    @property
    def posts(self) -> PostVerbs: ...

    @property
    def sheet_answers(self) -> SheetAnswerVerbs: ...

    @property
    def pauses(self) -> PauseVerbs: ...

    @property
    def silences(self) -> SilenceVerbs: ...

    @property
    def absences(self) -> AbsenceVerbs: ...

    @property
    def plans(self) -> PlanVerbs: ...

    @property
    def claims(self) -> ClaimVerbs: ...

    @property
    def outbox(self) -> OutboxVerbs: ...

    @property
    def deliveries(self) -> DeliveryVerbs: ...

    @property
    def fallbacks(self) -> FallbackVerbs: ...

    @property
    def retries(self) -> RetryVerbs: ...

    @property
    def bulletins(self) -> BulletinVerbs: ...

    @property
    def troubles(self) -> TroubleVerbs: ...

    @property
    def views(self) -> ViewVerbs: ...

    @property
    def board(self) -> BoardVerbs: ...

    @property
    def sign_ins(self) -> SignInVerbs: ...

    @property
    def memory(self) -> MemoryVerbs: ...

    @property
    def upkeep(self) -> UpkeepVerbs: ...

    def close(self) -> None:
        """Let go of the database. What was held is free again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
