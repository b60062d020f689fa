"""What a daemon's ledger holds of answers, and what the buttons below its messages say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from notifier.domain.answer_links import AnswerLink, Deed
from notifier.domain.board_lines import Answer
from notifier.domain.times import SHANGHAI
from notifier.domain.values import MilestoneName
from notifier.ledger import open_ledger
from tests.daemon import write_rows

LONG = 120.0  # seconds, on a machine that is busy with others

_CLOSE = MilestoneName.REGISTRATION_CLOSE


def put_parcels(folder: Path, numbers: Sequence[str], close: datetime) -> None:
    """Drop parcels whose registration closes at one instant into the inbox of a folder."""
    inbox = folder / "inbox"
    inbox.mkdir(exist_ok=True)
    at = f"{close.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    rows = [(number, number, at) for number in numbers]
    write_rows(inbox / "rows.csv", ("公告编号", "地块编号", "报名截止时间"), rows)


def answers(folder: Path) -> dict[str, list[Answer]]:
    """Return the answers of each parcel, by its number."""
    with open_ledger(folder / "notifier.db") as ledger:
        lines = ledger.board.lines()
        return {line.offer.parcel.parcel_no: list(line.answers.values()) for line in lines}


def answerers(folder: Path) -> list[list[str]]:
    """Return who answered, parcel by parcel."""
    return [[answer.by for answer in given] for given in answers(folder).values()]


def assert_none_answered_again(
    before: Mapping[str, list[Answer]], found: Mapping[str, list[Answer]]
) -> None:
    for parcel, given in before.items():
        assert not given or found[parcel] == given, "it acted again"


def escalations(folder: Path, recipient: str = "李总") -> int:
    """Return how many escalations are ahead of a recipient."""
    with open_ledger(folder / "notifier.db") as ledger:
        lines = ledger.views.plan_ahead(datetime.now(UTC), recipient)
        return sum(not line.held for line in lines)


def done_links(folder: Path, recipient: str) -> list[AnswerLink]:
    """Return, for each parcel, what the button below a message says: its registration is done."""
    with open_ledger(folder / "notifier.db") as ledger:
        offers = list(ledger.parcels.all())
    return [
        AnswerLink(
            deed=Deed.DONE,
            recipient=recipient,
            parcel_id=offer.id,
            milestone=_CLOSE,
            at=offer.parcel.milestones[_CLOSE].at,
        )
        for offer in offers
    ]
