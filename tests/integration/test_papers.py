"""Made-up notices in every layout and file format: whatever is read of them, no wrong time is read in silence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from notifier.errors import IntakeError
from notifier.intake import read_file
from notifier.intake.limits import Limits
from tests.papers.formats import FORMATS, Format
from tests.papers.layouts import LAYOUTS
from tests.papers.offers import random_offer
from tests.papers.scoring import Mark, score

_WORST = {Mark.WRONG_SILENT, Mark.INVENTED}


@pytest.mark.parametrize("write", FORMATS)
def test_no_made_up_notice_is_read_to_another_time_in_silence(write: Format, tmp_path: Path) -> None:
    marks: Counter[Mark] = Counter()
    random = Random(write.__name__)
    for layout in LAYOUTS:
        offer = random_offer(random)
        name, data = write(layout(offer, random))
        path = tmp_path / name
        path.write_bytes(data)
        try:
            found = score(offer.lots, read_file(path, Limits()))
        except IntakeError:
            continue
        assert not _WORST & found.keys(), f"{layout.__name__} as {write.__name__}"
        marks += found
    assert marks[Mark.RIGHT] >= marks.total() / 3
