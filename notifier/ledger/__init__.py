"""Everything that must survive a crash. Nobody outside this package knows SQL.

Most verbs are one transaction. `retries.recover`, `retries.release` and `move_ledger` are several,
and each of these leaves the ledger in order. Where a verb reads first and writes later, its
statements check that the row has not changed, or it reads the row again. The lives of a reminder
and of a delivery stand in `docs/architecture.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from notifier.errors import LedgerError
from notifier.ledger.absences import Absences
from notifier.ledger.acknowledgements import Acknowledgements
from notifier.ledger.answer_news import AnswerNews
from notifier.ledger.backends.sqlite import SqliteBackend
from notifier.ledger.backends.sqlite_steps import TABLES_OF_BYTES
from notifier.ledger.board_view import BoardView
from notifier.ledger.bulletins import Bulletins
from notifier.ledger.channel_troubles import ChannelTroubles
from notifier.ledger.confirmations import Confirmations
from notifier.ledger.database import Database
from notifier.ledger.deliveries import Deliveries
from notifier.ledger.delivery_jobs import JobReader
from notifier.ledger.due_claims import DueClaims
from notifier.ledger.fallbacks import Fallbacks
from notifier.ledger.inbox_files import InboxFiles
from notifier.ledger.kept_files import KeptFiles
from notifier.ledger.kept_offers import KeptOffers
from notifier.ledger.kept_pauses import Pauses
from notifier.ledger.kept_receipts import Receipts
from notifier.ledger.kept_silences import Silences
from notifier.ledger.memory import Memory
from notifier.ledger.message_writer import MessageWriter
from notifier.ledger.moving import MoveReport, move
from notifier.ledger.notices import Notices
from notifier.ledger.open_doubts import OpenDoubts
from notifier.ledger.open_questions import OpenQuestions
from notifier.ledger.outbox import Outbox
from notifier.ledger.parcel_lookup import ParcelLookup
from notifier.ledger.parcel_writer import ParcelWriter
from notifier.ledger.parcels import Parcels
from notifier.ledger.reminder_plans import ReminderPlans
from notifier.ledger.retries import Retries
from notifier.ledger.send_times import SendTimes
from notifier.ledger.sent_posts import Posts
from notifier.ledger.settlement import Settlement
from notifier.ledger.sheet_answers import SheetAnswers
from notifier.ledger.sign_ins import SignIns
from notifier.ledger.statement_history import StatementHistory
from notifier.ledger.uncovered import UncoveredParcels
from notifier.ledger.upkeep import Upkeep
from notifier.ledger.views import Views
from notifier.ledger.waiting_changes import WaitingChanges
from notifier.ledger.watched_pages import WatchedPages
from notifier.ledger.work_figures import Measures
from notifier.ledger.work_nodes import Nodes
from notifier.ports import Ledger

if TYPE_CHECKING:
    from notifier.ledger.backends.postgres_jobs import JobTables

__all__ = ["MoveReport", "SqlLedger", "copy_ledger", "move_ledger", "open_ledger", "prepare_jobs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlLedger:
    """The subjects of the ledger, each with its own verbs, over one database."""

    database: Database
    absences: Absences
    acknowledgements: Acknowledgements
    answer_news: AnswerNews
    board: BoardView
    bulletins: Bulletins
    claims: DueClaims
    confirmations: Confirmations
    coverage: UncoveredParcels
    deliveries: Deliveries
    doubts: OpenDoubts
    fallbacks: Fallbacks
    files: InboxFiles
    kept_files: KeptFiles
    measures: Measures
    memory: Memory
    nodes: Nodes
    notices: Notices
    outbox: Outbox
    pages: WatchedPages
    parcels: Parcels
    pauses: Pauses
    plans: ReminderPlans
    posts: Posts
    questions: OpenQuestions
    receipts: Receipts
    retries: Retries
    sheet_answers: SheetAnswers
    sign_ins: SignIns
    silences: Silences
    statements: StatementHistory
    troubles: ChannelTroubles
    upkeep: Upkeep
    views: Views
    waiting: WaitingChanges

    @classmethod
    def over(cls, database: Database) -> Self:
        """Put the ledger together over `database`."""
        memory = Memory(database)
        offers = KeptOffers()
        acknowledgements = Acknowledgements(database)
        sheet_answers = SheetAnswers(database, acknowledgements)
        statements = StatementHistory(database)
        silences = Silences(database)
        troubles = ChannelTroubles(database)
        fallbacks = Fallbacks(database)
        waiting = WaitingChanges(database)
        questions = OpenQuestions(database)
        doubts = OpenDoubts(database, statements, waiting, offers)
        coverage = UncoveredParcels(database)
        jobs = JobReader(database)
        messages = MessageWriter(database)
        send_times = SendTimes(database)
        posts = Posts(database)
        parcel_writer = ParcelWriter(database, statements)
        return cls(
            database=database,
            absences=Absences(database, memory),
            acknowledgements=acknowledgements,
            answer_news=AnswerNews(database, messages),
            board=BoardView(database, offers),
            bulletins=Bulletins(database, messages),
            claims=DueClaims(database, silences=silences, messages=messages, memory=memory),
            confirmations=Confirmations(database, questions),
            coverage=coverage,
            deliveries=Deliveries(
                database,
                jobs=jobs,
                settlement=Settlement(database),
                fallbacks=fallbacks,
                send_times=send_times,
                posts=posts,
            ),
            doubts=doubts,
            fallbacks=fallbacks,
            files=InboxFiles(database),
            kept_files=KeptFiles(database),
            measures=Measures(database),
            memory=memory,
            nodes=Nodes(database),
            notices=Notices(
                database,
                lookup=ParcelLookup(database),
                parcels=parcel_writer,
                statements=statements,
                waiting=waiting,
                questions=questions,
                doubts=doubts,
                sheet_answers=sheet_answers,
            ),
            outbox=Outbox(database, jobs=jobs, troubles=troubles, send_times=send_times),
            pages=WatchedPages(database),
            parcels=Parcels(database, statements, parcel_writer),
            pauses=Pauses(database),
            plans=ReminderPlans(database, coverage, posts),
            posts=posts,
            questions=questions,
            receipts=Receipts(database),
            retries=Retries(database, memory, send_times),
            sheet_answers=sheet_answers,
            sign_ins=SignIns(database),
            silences=silences,
            statements=statements,
            troubles=troubles,
            upkeep=Upkeep(database),
            views=Views(database, silences),
            waiting=waiting,
        )

    def close(self) -> None:
        """Close the database. What was held is free again."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_ledger(place: Path | str, *, create: bool = True) -> SqlLedger:
    """Open the ledger at `place`: a file, or the address of a database on PostgreSQL (`postgresql://...`).

    LedgerError if it is no ledger, or is missing and `create` is False.
    """
    if isinstance(place, Path):
        return SqlLedger.over(Database(SqliteBackend(place, create=create)))
    try:
        # who works on SQLite needs no psycopg
        from notifier.ledger.backends.postgres import PostgresBackend
    except ImportError as fault:
        raise LedgerError(
            "a ledger on PostgreSQL needs more packages: pip install 'notifier[postgres]'"
        ) from fault
    return SqlLedger.over(Database(PostgresBackend(place, create=create)))


def prepare_jobs(url: str, statements: str) -> JobTables:
    """Make the tables of the jobs on PostgreSQL, in a schema of their own, unless they are there.

    `statements`: what makes them. LedgerError.
    """
    from notifier.ledger.backends import postgres_jobs

    return postgres_jobs.prepare_jobs(url, statements)


def copy_ledger(source: Ledger, target: Path, now: datetime) -> None:
    """Copy a ledger, which may be in use, to the new file `target`, to look at it. LedgerError."""
    assert isinstance(source, SqlLedger)
    if isinstance(source.database.backend, SqliteBackend):
        source.upkeep.copy_to(target, now)
        return
    with open_ledger(target) as copy:
        move(source.database.backend, copy.database.backend, without=TABLES_OF_BYTES)


def move_ledger(source: Ledger, target: Ledger) -> MoveReport:
    """Move a stopped ledger to an empty database.

    The old one is marked as moved, so that no daemon works on it any more. LedgerHeld if a daemon
    runs on either; LedgerError if `target` holds a ledger already, or would leave files unread.
    """
    assert isinstance(source, SqlLedger)
    assert isinstance(target, SqlLedger)
    source.upkeep.hold()
    target.upkeep.hold()
    waiting = source.kept_files.waiting()
    if waiting and not target.kept_files.are_handed_over:
        raise LedgerError(
            f"{source.upkeep.place}: {len(waiting)} files in it wait to be read, which a ledger "
            "of one machine takes from its inbox: start `notifier run` on it until they are read"
        )
    moved = move(source.database.backend, target.database.backend)
    source.upkeep.mark_moved(moved.place)
    return moved
