"""Published notices in: any document becomes parcels with milestones, and findings for all that is doubtful."""

from __future__ import annotations

from pathlib import PurePath

from notifier.domain.values import Notice
from notifier.errors import IntakeError
from notifier.intake.documents import read_document
from notifier.intake.limits import Limits
from notifier.intake.notice.reader import understand

__all__ = ["read_notice", "understand"]


def read_notice(path: PurePath, data: bytes, limits: Limits) -> list[Notice]:
    """The notice in a published text. IntakeError says in one sentence why there is none."""
    document = read_document(path.name, data, limits)
    if not document.blocks:
        raise IntakeError("it holds no text")
    return [understand(document)]
