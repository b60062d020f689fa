"""The steps of the work. An engine says when; here is what is done, and nothing reads a clock but through `now`."""

from __future__ import annotations

from notifier.service.base import say_at_once
from notifier.service.files import FileSteps, TakenIn
from notifier.service.proof import ProofSteps
from notifier.service.sending import SendingSteps, Tried

__all__ = ["Service", "TakenIn", "Tried", "say_at_once"]


class Service(FileSteps, SendingSteps, ProofSteps):
    """All steps, on one ledger, by one set of settings that may be exchanged while it works."""
