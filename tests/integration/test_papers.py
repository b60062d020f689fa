"""Made-up notices and sheets in every layout, format and habit: no wrong time is read in
silence."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from bench.papers import read_paper
from notifier.domain.values import Notice, Severity
from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits
from tests.papers.formats import FORMATS, Format
from tests.papers.kept_sheets import KEPT_HABITS, TOLD_HABITS
from tests.papers.layouts import LAYOUTS
from tests.papers.odd_sheets import ODD_HABITS
from tests.papers.offers import random_offer
from tests.papers.scoring import Mark, score
from tests.papers.sheets import HABITS, Habit

_WORST = {Mark.WRONG_SILENT, Mark.INVENTED}
_LEAST_RIGHT = 0.6  # of each format and habit; python -m bench.papers has the shares


def _read(name: str, data: bytes) -> list[Notice]:
    try:
        return read_data(name, data, Limits())
    except IntakeError:  # said aloud
        return []


@pytest.mark.parametrize("write", FORMATS)
def test_no_made_up_notice_is_read_to_another_time_in_silence(write: Format) -> None:
    marks: Counter[Mark] = Counter()
    random = Random(write.__name__)
    for layout in LAYOUTS:
        offer = random_offer(random)
        found = score(offer.lots, _read(*write(layout(offer, random))))
        assert not _WORST & found.keys(), f"{layout.__name__} as {write.__name__}"
        marks += found
    assert marks[Mark.RIGHT] >= _LEAST_RIGHT * marks.total()


@pytest.mark.parametrize("habit", HABITS)
def test_no_sheet_of_a_team_is_read_to_another_time_in_silence(habit: Habit) -> None:
    marks: Counter[Mark] = Counter()
    random = Random(habit.__name__)
    for number in range(8):
        sheet = habit(random_offer(random), random)
        found = score(sheet.lots, _read(sheet.name, sheet.data))
        assert not _WORST & found.keys(), f"{habit.__name__}, sheet {number}"
        marks += found
    assert marks[Mark.RIGHT] >= _LEAST_RIGHT * marks.total()


@pytest.mark.parametrize("habit", [*ODD_HABITS, *KEPT_HABITS])
def test_a_spoilt_or_unusual_sheet_is_read_right_or_named(habit: Habit) -> None:
    random = Random(habit.__name__)
    for number in range(8):
        sheet = habit(random_offer(random), random)
        found = score(sheet.lots, read_paper(sheet.name, sheet.data))
        assert not (_WORST | {Mark.ABSENT_SILENT}) & found.keys(), (
            f"{habit.__name__}, sheet {number}"
        )


@pytest.mark.parametrize("habit", TOLD_HABITS)
def test_what_tells_that_a_time_may_not_hold_is_said(habit: Habit) -> None:
    random = Random(habit.__name__)
    for number in range(8):
        sheet = habit(random_offer(random), random)
        notices = _read(sheet.name, sheet.data)
        findings = [finding for notice in notices for finding in notice.findings]
        assert set(score(sheet.lots, notices)) == {Mark.RIGHT}, f"{habit.__name__}, sheet {number}"
        assert any(finding.severity is Severity.WARNING for finding in findings), number
