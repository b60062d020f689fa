"""The daemon's work: `open_service` makes its parts, `Service.steps` lists what an engine calls.

Each part is a class of its own module here. No part reads a clock of its own: time comes as `now`
or from the `Clock` that is passed in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from notifier.intake.child import FileReader
from notifier.ports import Clock, Ledger
from notifier.service.absentees import Absentees
from notifier.service.answer_posts import AnswerPosts
from notifier.service.backups import Backups
from notifier.service.clock_watch import ClockWatch
from notifier.service.comparing import Comparing
from notifier.service.composing import Composer
from notifier.service.corrections import Corrections
from notifier.service.crew import Crew
from notifier.service.digest_posts import DigestPosts
from notifier.service.dispatch import Dispatch
from notifier.service.failover import Failover
from notifier.service.file_records import FileRecords
from notifier.service.folder_carrier import FolderCarrier
from notifier.service.folder_trouble import FolderTrouble
from notifier.service.housekeeping import Housekeeping
from notifier.service.inbox_watch import InboxWatch
from notifier.service.ingest import Ingest, TakenIn
from notifier.service.kept_inbox import KeptInbox
from notifier.service.ledger_health import LedgerHealth
from notifier.service.lifecycle import Lifecycle
from notifier.service.listening import Listening
from notifier.service.mail_in import MailIn
from notifier.service.operator_alerts import Alerts, send_alert
from notifier.service.outlets import Outlets
from notifier.service.pacing import Paces
from notifier.service.page_watch import PageWatch
from notifier.service.proof_of_life import ProofOfLife
from notifier.service.receipt_writer import ReceiptWriter
from notifier.service.recording import Recorder
from notifier.service.replanning import Planning
from notifier.service.sending import Sending, Tried
from notifier.service.setup import ActiveSetup, Setup, make_setup
from notifier.service.source_desk import SourceDesk
from notifier.service.steps import Again, Queue, Step, guarded
from notifier.service.trouble_alerts import TroubleAlerts
from notifier.service.uncovered_alerts import UncoveredAlerts

__all__ = [
    "LONGEST_WAIT",
    "Again",
    "Queue",
    "Service",
    "Setup",
    "Step",
    "TakenIn",
    "Tried",
    "make_setup",
    "open_service",
    "send_alert",
]

LONGEST_WAIT = timedelta(seconds=15)
"""The longest wait between two looks for what is due or queued, however far the next seems."""

_LOOKS_OF_NODE = 3
"""How many times as long a node waits: its beat, every two seconds, sees what others have left to
be sent. The watchdog must hear of a look within a minute."""

_PLACE_AGAIN = timedelta(seconds=2)
"""How soon a node tries to keep its place again after a failure: it is lost after six seconds."""


def _leave_it(_: datetime) -> None:
    """Leave a duty to the node that leads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The parts on one ledger. A reload exchanges the setup in `active` while they work."""

    active: ActiveSetup
    crew: Crew
    alerts: Alerts
    ingest: Ingest
    inbox: InboxWatch
    carrier: FolderCarrier
    pages: PageWatch
    mail_in: MailIn
    listening: Listening
    corrections: Corrections
    planning: Planning
    absentees: Absentees
    dispatch: Dispatch
    sending: Sending
    failover: Failover
    housekeeping: Housekeeping
    clock_watch: ClockWatch
    proof: ProofOfLife
    health: LedgerHealth
    lifecycle: Lifecycle
    longest_wait: timedelta

    def steps(self) -> tuple[Step, ...]:
        """Return the steps for an engine: some that never change, one a channel, two an account.

        An account is one in which people answer. Ask again after a reload: channels may have come
        or gone.
        """
        channels = self.sending.channels()
        names = tuple(f"channel {channel}" for channel in channels)
        every = self.active.setup.settings.heartbeat_every
        duties = (
            self._duty("dispatch", self.dispatch.step, wakes=names, queue="leader"),
            self._duty("inbox", self.inbox.step, wakes=("dispatch",)),
            self._duty("housekeeping", self.housekeeping.step, wakes=("dispatch",)),
            self._duty("beat", self.housekeeping.beat),
            self._duty("heartbeat", self.proof.step, first_after=every),
            self._duty("pages", self.pages.step, wakes=("inbox", "dispatch"), may_block=True),
            self._duty("mail-in", self.mail_in.step, wakes=("inbox", "dispatch"), may_block=True),
        )
        folder = self._step("folder", self.carrier.step, wakes=("inbox",))
        clock = self._step("clock", self.clock_watch.step, wakes=("dispatch", "housekeeping"))
        accounts = self.listening.accounts()
        presses = tuple(self._presses_step(account) for account in accounts)
        corrections = tuple(self._corrections_step(account) for account in accounts)
        all_others = (*(step.name for step in (*duties, *presses, *corrections)), *names)
        place = self._step(
            "place", self.lifecycle.keep_place, wakes=all_others, after_failure=_PLACE_AGAIN
        )
        return (
            *duties,
            *((folder,) if self.carrier.is_needed else ()),
            clock,
            *(() if self.crew.is_alone else (place,)),
            *(self._channel_step(channel, names) for channel in channels),
            *presses,
            *corrections,
        )

    def _duty(
        self,
        name: str,
        run: Callable[[datetime], Again],
        *,
        wakes: tuple[str, ...] = (),
        first_after: timedelta = timedelta(0),
        may_block: bool = False,
        queue: Queue = "",
    ) -> Step:
        """Return a step of the leader alone."""
        otherwise = self.inbox.leave if name == "inbox" else _leave_it
        return self._step(
            name,
            self._of_leader(run, otherwise),
            wakes=wakes,
            first_after=first_after,
            may_block=may_block,
            queue=queue,
        )

    def _of_leader(
        self,
        run: Callable[[datetime], Again],
        otherwise: Callable[[datetime], None] = _leave_it,
    ) -> Callable[[datetime], Again]:
        """Wrap what only the leader does, if there may be other nodes."""
        if self.crew.is_alone:
            return run
        return self.crew.duty(run, take_up=self.lifecycle.take_up, otherwise=otherwise)

    def _step(
        self,
        name: str,
        run: Callable[[datetime], Again],
        *,
        wakes: tuple[str, ...] = (),
        first_after: timedelta = timedelta(0),
        may_block: bool = False,
        after_failure: timedelta | None = None,
        queue: Queue = "",
    ) -> Step:
        return Step(
            name=name,
            run=self._guarded(name, run, after_failure),
            wakes=wakes,
            first_after=first_after,
            may_block=may_block,
            queue=queue,
        )

    def _channel_step(self, channel: str, wakes: tuple[str, ...]) -> Step:
        name = f"channel {channel}"
        run: Callable[[datetime], Again] = partial(self.sending.step, channel)
        known = self.active.setup.channels.get(channel)
        replies = known.replies if known is not None else None
        sends_alone = replies is not None and replies.sends_alone
        return Step(
            name=name,
            run=self._guarded(name, self._if_leading(run) if sends_alone else run),
            wakes=wakes,
            end=partial(self.sending.close, channel),
            may_block=True,
            queue="leader" if sends_alone else "nodes",
        )

    def _if_leading(self, run: Callable[[datetime], Again]) -> Callable[[datetime], Again]:
        """Wrap what the leader sends: the other nodes leave it in the queue.

        A send that outlasts the term is recorded nevertheless, as that of any node.
        """

        def step(now: datetime) -> Again:
            may = self.crew.is_alone or self.crew.leads
            return run(now) if may else Again(after=self.longest_wait)

        return step

    def _presses_step(self, account: str) -> Step:
        name = f"presses {account}"
        run = partial(self.listening.step, account)
        otherwise = partial(self.listening.release, account)
        return Step(
            name=name,
            run=self._guarded(name, self._of_leader(run, otherwise)),
            wakes=("dispatch",),
            may_block=True,
            is_waiting=partial(self.listening.is_waiting, account),
        )

    def _corrections_step(self, account: str) -> Step:
        run = self._of_leader(partial(self.corrections.step, account))
        return self._step(f"corrections {account}", run, may_block=True)

    def _guarded(
        self,
        name: str,
        run: Callable[[datetime], Again],
        after_failure: timedelta | None = None,
    ) -> Callable[[datetime], Again]:
        return guarded(
            name,
            run,
            after_failure=after_failure or self.longest_wait,
            note_success=self.health.note_success,
            note_failure=self.health.note_failure,
            note_error=self._alert_error,
        )

    def _alert_error(self, fault: Exception, now: datetime) -> None:
        params = {"words": f"{type(fault).__name__}: {fault}"}
        self.alerts.send_now("program-error", params, now)


def open_service(
    *,
    ledger: Ledger,
    setup: Setup,
    clock: Clock,
    reader: FileReader,
    on_tried: Callable[[Tried], None] | None = None,
    longest_wait: timedelta = LONGEST_WAIT,
    node: str = "",
) -> Service:
    """Make the parts and give each the others that it needs.

    The order of making is the order of knowing: a part knows only parts made before it. `on_tried`
    is called after every attempt to send; `simulate` uses it. `node`: the name of this daemon among
    others that work on the ledger; empty if it is the only one.
    """
    between_looks = longest_wait * _LOOKS_OF_NODE if node else longest_wait
    active = ActiveSetup(setup)
    ending = threading.Event()
    outlets = Outlets()
    paces = Paces(active=active, clock=clock, is_shared=bool(node))
    alerts = Alerts(ledger=ledger, active=active, outlets=outlets, clock=clock)
    crew = Crew(ledger=ledger, active=active, alerts=alerts, clock=clock, node=node)
    health = LedgerHealth(alerts=alerts, clock=clock, ending=ending)
    absentees = Absentees(ledger=ledger, active=active, alerts=alerts, clock=clock)
    planning = Planning(ledger=ledger, active=active, absentees=absentees, alerts=alerts)
    clock_watch = ClockWatch(ledger=ledger, clock=clock, planning=planning)
    receipts = ReceiptWriter(ledger)
    ingest = Ingest(ledger=ledger, reader=reader, active=active, alerts=alerts, receipts=receipts)
    kept = KeptInbox(ledger, clock, lambda: crew.has_untold)
    carrier = FolderCarrier(
        ledger=ledger,
        active=active,
        alerts=alerts,
        trouble=FolderTrouble(alerts, ending),
        kept=kept,
    )
    inbox = InboxWatch(
        ledger=ledger,
        reader=reader,
        clock=clock,
        active=active,
        ingest=ingest,
        planning=planning,
        records=FileRecords(ledger=ledger, alerts=alerts),
        alerts=alerts,
        receipts=receipts,
        has_untold=lambda: crew.has_untold,
        trouble=FolderTrouble(alerts, ending),
        kept=kept if carrier.is_needed else None,
        ending=ending,
    )
    pages = PageWatch(
        ledger=ledger, reader=reader, clock=clock, active=active, ingest=ingest, alerts=alerts
    )
    trouble_alerts = TroubleAlerts(ledger=ledger, active=active, alerts=alerts)
    digests = DigestPosts(ledger=ledger, active=active)
    comparing = Comparing(ledger=ledger, active=active, alerts=alerts)
    composer = Composer(
        ledger=ledger,
        absentees=absentees,
        digests=digests,
        comparing=comparing,
        sources=SourceDesk(ledger, lambda: active.setup.settings),
        trouble_alerts=trouble_alerts,
    )
    failover = Failover(ledger=ledger, active=active, paces=paces)
    recorder = Recorder(
        ledger=ledger, active=active, failover=failover, trouble_alerts=trouble_alerts
    )
    sending = Sending(
        ledger=ledger,
        active=active,
        clock=clock,
        outlets=outlets,
        paces=paces,
        crew=crew,
        composer=composer,
        recorder=recorder,
        failover=failover,
        on_tried=on_tried,
        longest_wait=between_looks,
    )
    dispatch = Dispatch(
        ledger=ledger,
        active=active,
        clock=clock,
        absentees=absentees,
        clock_watch=clock_watch,
        trouble_alerts=trouble_alerts,
        digests=digests,
        uncovered_alerts=UncoveredAlerts(ledger=ledger, active=active, alerts=alerts),
        comparing=comparing,
        answers=AnswerPosts(ledger=ledger, active=active),
        health=health,
        longest_wait=between_looks,
    )
    housekeeping = Housekeeping(
        ledger=ledger,
        clock=clock,
        clock_watch=clock_watch,
        alerts=alerts,
        backups=Backups(ledger=ledger, active=active, alerts=alerts),
        sending=sending,
        planning=planning,
        absentees=absentees,
        failover=failover,
    )
    proof = ProofOfLife(ledger=ledger, active=active, health=health)
    lifecycle = Lifecycle(
        ledger=ledger,
        active=active,
        planning=planning,
        failover=failover,
        inbox=inbox,
        crew=crew,
        health=health,
        trouble_alerts=trouble_alerts,
        proof=proof,
        ending=ending,
    )
    return Service(
        active=active,
        crew=crew,
        alerts=alerts,
        ingest=ingest,
        inbox=inbox,
        carrier=carrier,
        pages=pages,
        mail_in=MailIn(ledger=ledger, active=active, alerts=alerts),
        listening=Listening(
            ledger=ledger, active=active, clock=clock, alerts=alerts, ending=ending
        ),
        corrections=Corrections(ledger=ledger, active=active, clock=clock),
        planning=planning,
        absentees=absentees,
        dispatch=dispatch,
        sending=sending,
        failover=failover,
        housekeeping=housekeeping,
        clock_watch=clock_watch,
        proof=proof,
        health=health,
        lifecycle=lifecycle,
        longest_wait=longest_wait,
    )
