"""Published notices of change, from their text to what people are told: the notices of
tests/notices/."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations, product
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.changes import apply, speaker_of
from notifier.domain.reach import reach
from notifier.domain.times import shanghai
from notifier.domain.values import Change, Kind
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, World
from tests.unit.test_reach import FORMS, PHRASES, offers

_NOTICES = Path(__file__).parent.parent / "notices"
_ORIGINAL = "01_standard_cards.txt"
_POSTPONED = "11_postpone.txt"
_CONFIG = CONSOLE + (
    '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
    'rules = [{ milestone = "bidding_close", leads = ["3h"] }, { milestone = '
    '"registration_close", leads = ["1d"] }]\n'
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    program = World(tmp_path, _CONFIG, shanghai_time("2025-04-01 09:00"))
    yield program
    program.ledger.close()


def take_in(world: World, *names: str) -> None:
    for name in names:
        world.service.ingest.take_in(_NOTICES / name, world.clock.now())
        world.work()
        world.go(world.clock.now() + timedelta(minutes=5))


def ahead(world: World) -> list[str]:
    """The reminders of the bidding's close that are planned: parcel and instant."""
    return sorted(
        f"{line.parcel_no} {shanghai(line.reminder.due_at):%m-%d %H:%M}"
        for line in world.ledger.views.plan_ahead(world.clock.now())
        if line.reminder.milestone == "bidding_close" and not line.held
    )


def test_a_postponement_of_one_parcel_moves_its_reminders_alone_and_says_old_and_new(
    world: World,
) -> None:
    take_in(world, _ORIGINAL)
    assert ahead(world) == ["2025-31 04-29 07:00", "2025-32 04-29 07:30"]
    take_in(world, _POSTPONED)
    assert ahead(world) == ["2025-31 05-15 07:00", "2025-32 04-29 07:30"]
    news = world.said()[-1]
    assert "4月29日" in news
    assert "5月15日" in news
    assert "2025-32" not in news


def test_a_change_that_puts_times_out_of_order_says_so_in_one_message(world: World) -> None:
    known = a_parcel(
        parcel_no="甲1号",
        milestones={"registration_close": "2025-04-21 17:00", "bidding_close": "2025-04-25 09:00"},
    )
    world.save(a_notice(parcels=(known,)))
    world.go(world.clock.now() + timedelta(minutes=5))
    before = len(world.said())
    change = Change(parcel_no="甲1号", field="bidding_close", new="2025-04-20T09:00:00+08:00")
    postponed = a_notice(file="更正.md", kind=Kind.CORRECTION, parcels=(), changes=(change,))
    world.save(postponed)
    world.go(world.clock.now() + timedelta(minutes=5))
    (text,) = world.said()[before:]
    assert "4月25日（周五）09:00 → 4月20日（周日）09:00" in text
    assert "报名截止晚于挂牌截止。请核对两个时间。" in text


def test_a_suspension_stops_the_reminders_of_its_parcel_until_it_is_resumed(world: World) -> None:
    take_in(world, _ORIGINAL, "14_suspend.txt")
    assert ahead(world) == ["2025-31 04-29 07:00"]
    assert "2025-32" in world.said()[-1]
    take_in(world, "30_resume.txt")
    assert ahead(world) == ["2025-31 04-29 07:00", "2025-32 06-12 07:00"]


def test_a_termination_ends_the_reminders_of_both_parcels_it_names(world: World) -> None:
    take_in(world, _ORIGINAL, "15_terminate.txt")
    assert ahead(world) == []


def test_a_result_ends_the_reminders_of_the_parcel_it_names_alone(world: World) -> None:
    take_in(world, _ORIGINAL, "29_result.txt")
    assert ahead(world) == ["2025-32 04-29 07:30"]


def test_a_notice_of_one_among_several_by_a_name_nobody_knows_is_said_aloud_and_ends_nothing(
    world: World,
) -> None:
    take_in(world, _ORIGINAL, "21_suspend_one_of_several.txt")
    assert len(ahead(world)) == 2
    assert "3号" in world.said()[-1]


def test_a_postponement_that_gives_no_time_is_told_and_moves_nothing(world: World) -> None:
    take_in(world, _ORIGINAL, "13_vague.txt")
    assert len(ahead(world)) == 2
    assert "延期" in world.said()[-1]


@pytest.mark.parametrize("order", list(permutations([_ORIGINAL, _POSTPONED, "14_suspend.txt"])))
def test_whatever_comes_first_the_same_is_ahead_in_the_end(
    world: World, order: tuple[str, ...]
) -> None:
    take_in(world, *order)
    assert ahead(world) == ["2025-31 05-15 07:00"]


def test_a_change_that_comes_before_its_notice_is_said_once_and_applied_when_the_notice_comes(
    world: World,
) -> None:
    take_in(world, _POSTPONED)
    first = world.said()
    assert len(first) == 1
    assert "青自然资告字〔2025〕9号" in first[0]
    take_in(world, _POSTPONED, _ORIGINAL, _ORIGINAL)
    rest = world.said()[1:]
    assert all("2025-31" in text for text in rest)
    assert any("5月15日" in text for text in rest)
    assert len(rest) <= 2  # the new parcels, and what became of one of them


def test_what_nobody_was_told_before_a_crash_is_told_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_now: datetime) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.service.ingest, "tell_unsettled", crash)
    with pytest.raises(KeyboardInterrupt):
        world.service.ingest.take_in(_NOTICES / _POSTPONED, world.clock.now())
    world.restart()
    world.service.ingest.tell_unsettled(world.clock.now())
    world.service.ingest.tell_unsettled(world.clock.now())
    world.go(world.clock.now() + timedelta(minutes=5))
    assert len(world.said()) == 1


def test_a_number_with_or_without_the_words_behind_it_is_the_same_parcel(
    world: World, tmp_path: Path
) -> None:
    take_in(world, _ORIGINAL)
    change = tmp_path / "change.txt"
    change.write_text(
        "青山县中止公告\n现决定中止青自然资告字〔2025〕9号公告中宗地编号为2025-32号的地块的挂牌出让活动。\n",
        encoding="utf-8",
    )
    world.service.ingest.take_in(change, world.clock.now())
    world.work()
    assert ahead(world) == ["2025-31 04-29 07:00"]


_TITLES = {
    Kind.POSTPONEMENT: "延期公告",
    Kind.SUSPENSION: "中止公告",
    Kind.TERMINATION: "终止公告",
    Kind.CORRECTION: "更正公告",
    Kind.RESUMPTION: "恢复挂牌公告",
}


@pytest.mark.parametrize("kind", _TITLES)
def test_a_notice_of_change_that_names_one_parcel_changes_no_other_however_it_is_named(
    kind: Kind,
) -> None:
    wrong = []
    for phrase, form in product(PHRASES[kind], FORMS):
        text = (
            f"某市自然资源局{_TITLES[kind]}\n\n{phrase.format(form)}\n\n某市自然资源局\n\n"
            "2031年5月20日\n"
        )
        (notice,) = read_notice(Path("change.txt"), text.encode(), Limits())
        found = reach(notice, offers())
        speaker = speaker_of(found.notice, shanghai_time("2031-05-20 12:00"))
        after = {apply(offer, found.notice, speaker, {}).offer.key for offer in found.offers}
        if (notice.kind, after, found.unmatched) != (kind, {"2031-18号"}, ()):
            wrong.append(
                f"{phrase.format(form)} -> {notice.kind} {sorted(after)} {found.unmatched}"
            )
    assert wrong == []


def test_an_import_of_a_change_that_fits_no_parcel_says_so_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    config.chmod(0o600)
    assert main(["-c", str(config), "import", str(_NOTICES / _ORIGINAL)]) == 0
    assert main(["-c", str(config), "import", str(_NOTICES / _POSTPONED)]) == 0
    strange = tmp_path / "strange.txt"
    strange.write_text(
        "青山县中止公告\n现决定中止青自然资告字〔2025〕9号公告中“老城二中”地块的挂牌出让活动。\n",
        encoding="utf-8",
    )
    capsys.readouterr()
    assert main(["-c", str(config), "import", str(strange)]) == 1
    assert "老城二中" in capsys.readouterr().err
