"""From a parcel and the recipients to the reminders: what is planned, for whom, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.drafts import ItemKind
from notifier.domain.leads import Lead
from notifier.domain.matching import Filters
from notifier.domain.offers import OfferState
from notifier.domain.planning import ALL_MILESTONES, Known, ParcelPlan, Planner
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import EscalationStep, Recipient, Rule
from notifier.domain.reminders import Reminder, whose
from notifier.domain.repeats import REPEATED
from notifier.domain.times import shanghai
from notifier.domain.values import Alternative, Milestone, MilestoneName, Precision, Source
from notifier.testing import a_milestone, an_offer, shanghai_time

_CALENDAR = published_calendar()
_NOW = shanghai_time("2024-11-01 10:00").astimezone(UTC)
_CLOSE = shanghai_time("2024-11-14 17:00").astimezone(UTC)
_CLOSES = {"registration_close": _CLOSE}
_MINUTE = timedelta(minutes=1)


def _known(*, now: datetime = _NOW, **fields: Any) -> Known:
    offer = fields.pop("offer", None) or an_offer(milestones=fields.pop("milestones", _CLOSES))
    deadlines = {(name.value, milestone.at): now for name, milestone, _ in offer.deadlines()}
    usual = Known(
        offer=offer,
        stale=1,
        fresh=True,
        deadlines=deadlines,
        watches={},
        acknowledged=frozenset(),
        untold={},
    )
    return replace(usual, **fields)


def _recipient(name: str = "team", leads: str = "1d 3h 30m", **fields: Any) -> Recipient:
    rule = Rule(
        milestone=MilestoneName.REGISTRATION_CLOSE,
        leads=tuple(Lead.parse(lead) for lead in leads.split()),
        urgent_from=Lead.parse("3h"),
    )
    return Recipient(**({"name": name, "channels": (), "rules": (rule,)} | fields))


def _plan(known: Known, *recipients: Recipient, now: datetime = _NOW) -> list[Reminder]:
    return list(_planned(known, *recipients, now=now).reminders())


def _planned(known: Known, *recipients: Recipient, now: datetime = _NOW) -> ParcelPlan:
    return Planner(recipients=recipients or (_recipient(),), calendar=_CALENDAR).plan(known, now)


def _when(reminders: list[Reminder], kind: ItemKind = ItemKind.REMINDER) -> Mapping[str, str]:
    return {
        reminder.lead: f"{shanghai(reminder.due_at):%m-%d %H:%M}"
        for reminder in reminders
        if reminder.kind is kind
    }


def test_a_new_parcel_is_announced_and_each_lead_is_planned() -> None:
    planned = _plan(_known())
    assert _when(planned) == {"1d": "11-13 17:00", "3h": "11-14 14:00", "30m": "11-14 16:30"}
    assert [reminder.lead for reminder in planned if reminder.urgent] == ["3h", "30m"]
    (new,) = [reminder for reminder in planned if reminder.kind is ItemKind.NEW]
    assert (new.due_at, new.milestone_at, new.urgent) == (
        _NOW + timedelta(seconds=30),
        _CLOSE,
        False,
    )


@pytest.mark.parametrize(
    ("leads", "earlier"),
    [
        ("1d 3h 30m", {"2d": "11-12 17:00"}),
        ("3wd@09:00 1wd@09:00", {"4wd@09:00": "11-08 09:00"}),
        ("30m 3h", {"1d": "11-13 17:00"}),
        ("36h", {"2d": "11-12 17:00"}),
        ("", {}),
    ],
)
def test_a_time_from_a_picture_is_reminded_of_a_day_earlier_too(
    leads: str, earlier: Mapping[str, str]
) -> None:
    team = _recipient(leads=leads)
    scanned = a_milestone(_CLOSE, source=Source.SCANNED)
    usual = _when(_plan(_known(), team))
    assert _when(_plan(_known(milestones={"registration_close": scanned}), team)) == {
        **usual,
        **earlier,
    }


def test_the_identity_is_of_what_it_is_about_and_the_same_for_ever() -> None:
    # these are in people's ledgers: another hash would say everything again
    ids = {
        reminder.lead or reminder.kind.value: reminder.id.hex()
        for reminder in _plan(_known(milestones=_CLOSES))
    }
    assert ids == {
        "1d": "cd0ae8cbbc943a35a6a3d612637561e8",
        "3h": "cd0ae8cbbc943a35e7590445e51fc083",
        "30m": "cd0ae8cbbc943a35a070596cc418037b",
        "new": "cd0ae8cbbc943a35876b49d2cdbfbdf7",
    }


@given(
    st.lists(
        st.tuples(st.text(max_size=5), st.text(max_size=5)), min_size=2, max_size=2, unique=True
    )
)
def test_two_recipients_or_parcels_never_share_an_identity(pairs: list[tuple[str, str]]) -> None:
    (first, other) = pairs
    assert whose(*first) != whose(*other)


def test_a_moved_milestone_has_other_identities() -> None:
    before = {reminder.id for reminder in _plan(_known()) if reminder.kind is ItemKind.REMINDER}
    moved = _known(milestones={"registration_close": _CLOSE + _MINUTE})
    after = {reminder.id for reminder in _plan(moved) if reminder.kind is ItemKind.REMINDER}
    assert not before & after


_NAMES = st.sampled_from(["甲", "乙", "丙", "丁"])


@st.composite
def _escalations(draw: st.DrawFn, names: list[str]) -> tuple[EscalationStep, ...]:
    afters = draw(st.lists(st.sampled_from([5, 15, 40]), max_size=3, unique=True))
    people = st.lists(st.sampled_from(names), min_size=1, unique=True)
    return tuple(
        EscalationStep(to=tuple(draw(people)), after=after * _MINUTE) for after in sorted(afters)
    )


@st.composite
def _teams(draw: st.DrawFn) -> tuple[Recipient, ...]:
    """Some with the same rules and quiet hours, some not; some escalate to another."""
    names = draw(st.lists(_NAMES, min_size=1, unique=True))
    teams = []
    for name in names:
        others = [other for other in names if other != name]
        teams.append(
            _recipient(
                name,
                draw(st.sampled_from(["1d 3h 30m", "3h 30m", "3wd@09:00 0m"])),
                quiet=draw(st.sampled_from([None, QuietHours.parse("22:00-07:30")])),
                filters=Filters.parse(
                    draw(st.sampled_from([{}, {"city": "杭州"}, {"city": "宁波"}]))
                ),
                escalation=draw(_escalations(others)) if others else (),
            )
        )
    return tuple(teams)


@st.composite
def _knowns(draw: st.DrawFn) -> Known:
    at = _NOW + draw(st.integers(-100, 30_000)) * _MINUTE
    open_at = _NOW + draw(st.integers(-100, 30_000)) * _MINUTE
    state = draw(st.sampled_from(list(OfferState)))
    offer = an_offer(milestones={"registration_close": at, "bidding_open": open_at}, state=state)
    earlier = st.integers(0, 20_000).map(lambda minutes: _NOW - minutes * _MINUTE)
    watches = draw(st.dictionaries(_NAMES, earlier))
    return _known(
        offer=offer,
        fresh=not watches and draw(st.booleans()),
        deadlines={
            (name.value, milestone.at): draw(earlier) for name, milestone, _ in offer.deadlines()
        },
        watches=watches,
        acknowledged=frozenset(
            draw(st.lists(st.sampled_from(["registration_close", "bidding_open", "*"])))
        ),
        untold=draw(st.dictionaries(st.integers(1, 5), st.booleans(), max_size=2)),
    )


@given(known=_knowns(), teams=_teams())
def test_whoever_is_planned_for_together_is_told_what_he_is_told_alone(
    known: Known, teams: tuple[Recipient, ...]
) -> None:
    together = _plan(known, *teams)
    assert len({reminder.id for reminder in together}) == len(together), "an identity stands once"
    alone = [
        reminder
        for team in teams
        for reminder in _plan(known, team)
        if reminder.recipient == team.name or reminder.kind is ItemKind.ESCALATION
    ]
    assert sorted(together) == sorted(alone)


@given(known=_knowns(), teams=_teams())
def test_what_is_planned_holds_the_promises(known: Known, teams: tuple[Recipient, ...]) -> None:
    watchers = {team.name for team in teams if team.filters.match(known.offer)}
    for reminder in _plan(known, *teams):
        if reminder.kind is ItemKind.REMINDER:
            since = known.watches.get(reminder.recipient) or (
                datetime.min.replace(tzinfo=UTC) if known.fresh else _NOW
            )
            assert reminder.recipient in watchers
            assert (
                known.deadlines[reminder.milestone, reminder.milestone_at]
                <= reminder.due_at
                <= reminder.milestone_at
            )
            assert since <= reminder.due_at, "a lead that passed before people watched is not news"
        if reminder.kind in (ItemKind.REMINDER, ItemKind.ESCALATION):
            assert known.offer.state is OfferState.OPEN
            assert not known.acknowledged & {reminder.milestone, ALL_MILESTONES}
        if reminder.kind is ItemKind.NEW:
            assert reminder.recipient not in known.watches
            assert reminder.milestone_at > _NOW
        if reminder.kind is ItemKind.CHANGE:
            assert reminder.recipient in known.watches
            assert int(reminder.origin) in known.untold
            assert reminder.urgent or not known.untold[int(reminder.origin)]


def test_all_changes_are_told_to_whoever_watches_even_if_the_parcel_left_the_filter() -> None:
    elsewhere = _recipient("else", filters=Filters.parse({"city": "宁波"}))
    known = _known(
        fresh=False, watches={"team": _NOW, "else": _NOW, "gone": _NOW}, untold={7: False, 8: True}
    )
    planned = _planned(known, _recipient(), elsewhere)
    assert planned.watchers == ["team"]
    news = {
        (reminder.recipient, reminder.origin, reminder.urgent)
        for reminder in planned.reminders()
        if reminder.kind is ItemKind.CHANGE
    }
    assert news == {
        (name, *change) for name in ("team", "else") for change in (("7", False), ("8", True))
    }


@pytest.mark.parametrize(
    ("after", "escalated"),
    [
        (15, "11-14 14:15"),  # after the first urgent lead
        (240, "11-14 15:30"),  # half of the three hours left
    ],
)
def test_silence_escalates_in_time(after: int, escalated: str) -> None:
    boss = _recipient("boss", "")
    team = _recipient(escalation=(EscalationStep(to=("boss",), after=after * _MINUTE),))
    planned = _plan(_known(), team, boss)
    (escalation,) = [reminder for reminder in planned if reminder.kind is ItemKind.ESCALATION]
    assert (escalation.recipient, escalation.origin, escalation.urgent) == ("boss", "team", True)
    assert f"{shanghai(escalation.due_at):%m-%d %H:%M}" == escalated


@pytest.mark.parametrize(
    ("known", "times"),
    [
        # from the first urgent lead, three hours before
        ("2024-11-01 10:00", ["14:15 boss", "15:00 chief", "16:00 boss"]),
        # of half an hour, each step leaves the others and the last its share
        ("2024-11-14 16:30", ["16:37:30 boss", "16:45 chief", "16:52:30 boss"]),
    ],
)
def test_silence_escalates_step_by_step_and_in_time(known: str, times: list[str]) -> None:
    others = (_recipient("boss", ""), _recipient("chief", ""))
    steps = (("boss", 15), ("chief", 60), ("boss", 120))
    escalation = tuple(
        EscalationStep(to=(name,), after=minutes * _MINUTE) for name, minutes in steps
    )
    since = shanghai_time(known).astimezone(UTC)
    planned = _plan(_known(now=since), _recipient(escalation=escalation), *others, now=since)
    steps_taken = [reminder for reminder in planned if reminder.kind is ItemKind.ESCALATION]
    assert len({reminder.id for reminder in steps_taken}) == 3
    due = [
        f"{shanghai(reminder.due_at):%H:%M:%S} {reminder.recipient}".replace(":00 ", " ", 1)
        for reminder in sorted(steps_taken, key=lambda reminder: reminder.due_at)
    ]
    assert due == times


def _repeated(planned: list[Reminder]) -> list[str]:
    return [
        f"{shanghai(reminder.due_at):%m-%d %H:%M}"
        for reminder in sorted(planned, key=lambda reminder: reminder.due_at)
        if reminder.lead == REPEATED
    ]


def test_an_urgent_reminder_is_said_again_between_the_urgent_leads_until_the_deadline() -> None:
    rule = replace(_recipient().rules[0], repeat=50 * _MINUTE)
    planned = _plan(_known(), _recipient(rules=(rule,)))
    assert _repeated(planned) == ["11-14 14:50", "11-14 15:40"]
    rule = replace(rule, repeat=20 * _MINUTE)
    assert _repeated(_plan(_known(), _recipient(rules=(rule,))))[-2:] == [
        "11-14 16:20",
        "11-14 16:50",
    ]
    assert len({reminder.id for reminder in planned}) == len(planned)


def test_nothing_is_said_again_in_quiet_hours_nor_of_a_day_in_the_evening() -> None:
    rule = replace(
        _recipient("team", "1d").rules[0], repeat=60 * _MINUTE, urgent_from=Lead.parse("1d")
    )
    quiet = QuietHours.parse("22:00-07:30")
    known = _known(milestones={"registration_close": shanghai_time("2024-11-14 09:30")})
    hours = _repeated(_plan(known, _recipient(rules=(rule,), quiet=quiet)))
    assert (hours[0], hours[-1]) == ("11-13 10:30", "11-14 08:30")
    assert not [hour for hour in hours if "11-13 22:00" < hour < "11-14 07:30"]
    day = Milestone(at=shanghai_time("2024-11-14 00:00"), precision=Precision.DAY)
    known = _known(milestones={"registration_close": day})
    hours = _repeated(_plan(known, _recipient(rules=(rule,))))
    assert {hour[6:] for hour in hours if hour.startswith("11-14")} == {
        f"{hour:02}:00" for hour in range(9, 19)
    }


@given(
    leads=st.lists(
        st.sampled_from(["0m", "10m", "30m", "3h", "1d"]), min_size=1, max_size=4, unique=True
    ),
    repeat=st.integers(5, 300),
    known=st.integers(0, 14 * 24 * 60),
)
def test_what_is_said_again_is_after_the_first_urgent_lead_and_before_the_deadline(
    leads: list[str], repeat: int, known: int
) -> None:
    rule = replace(_recipient("team", " ".join(leads)).rules[0], repeat=repeat * _MINUTE)
    since = _NOW + known * _MINUTE
    planned = _plan(_known(now=since), _recipient(rules=(rule,)), now=since)
    again = sorted(reminder.due_at for reminder in planned if reminder.lead == REPEATED)
    urgent = [_CLOSE - lead.length for lead in rule.leads if rule.is_urgent(lead) and lead.count]
    assert bool(again) <= bool(urgent)
    for at in again:
        before = max([due for due in urgent if due <= at] + [since])
        assert at < _CLOSE
        assert at >= max(min(urgent), since) + repeat * _MINUTE
        assert (at - before) % (repeat * _MINUTE) == timedelta(0)
    if again:
        assert len(again) <= (_CLOSE - min(urgent)) // (repeat * _MINUTE) + len(leads)


def test_only_who_wants_quiet_hours_has_them() -> None:
    known = _known(milestones={"registration_close": "2024-11-14 06:00"})
    planned = _plan(
        known,
        _recipient("day", "5h"),
        _recipient("quiet", "5h", quiet=QuietHours.parse("22:00-07:30")),
    )
    due = {
        reminder.recipient: f"{shanghai(reminder.due_at):%H:%M}"
        for reminder in planned
        if reminder.kind is ItemKind.REMINDER
    }
    assert due == {"day": "01:00", "quiet": "22:00"}


def test_a_lead_due_just_when_the_deadline_became_known_is_told_by_the_announcement() -> None:
    now = shanghai_time("2024-11-14 14:00").astimezone(UTC)
    assert _when(_plan(_known(now=now), now=now)) == {"30m": "11-14 16:30"}


@pytest.mark.parametrize(("fresh", "leads"), [(True, ["1d", "3h", "30m"]), (False, ["30m"])])
def test_what_passed_is_news_only_if_the_program_died_before_it_planned(
    fresh: bool, leads: list[str]
) -> None:
    now = shanghai_time("2024-11-14 15:00").astimezone(UTC)
    assert list(_when(_plan(_known(fresh=fresh), now=now))) == leads


def test_what_is_done_is_not_reminded_of() -> None:
    known = _known(
        milestones=_CLOSES | {"bidding_open": _CLOSE},
        acknowledged=frozenset({"registration_close"}),
    )
    opening = Rule(milestone=MilestoneName.BIDDING_OPEN, leads=(Lead.parse("1h"),))
    team = _recipient()
    planned = _plan(known, replace(team, rules=(*team.rules, opening)))
    assert [reminder.milestone for reminder in planned] == ["bidding_open", ""]


def test_a_deadline_that_two_sets_of_deadlines_share_is_reminded_of_once() -> None:
    same: Mapping[MilestoneName, Milestone] = {
        MilestoneName.REGISTRATION_CLOSE: a_milestone(_CLOSE)
    }
    offer = an_offer(
        milestones=_CLOSES, alternatives=(Alternative(condition="一人报名", milestones=same),)
    )
    assert len(_plan(_known(offer=offer))) == len(_plan(_known()))


@pytest.mark.parametrize(
    ("passed", "fresh", "announced"),
    [(timedelta(0), True, True), (timedelta(days=6), True, True), (timedelta(days=8), True, False),
     (timedelta(hours=1), False, False)],
)  # fmt: skip
def test_a_parcel_with_nothing_ahead_is_announced_if_its_notice_came_in_lately_too_late(
    passed: timedelta, fresh: bool, announced: bool
) -> None:
    known = _known(milestones={"registration_close": _NOW - passed}, fresh=fresh)
    assert [reminder.kind for reminder in _plan(known)] == [ItemKind.NEW] * announced


def test_a_parcel_without_any_deadline_is_announced_when_it_comes_in() -> None:
    assert [reminder.kind for reminder in _plan(_known(milestones={}))] == [ItemKind.NEW]
    assert _plan(_known(milestones={}, fresh=False)) == []


_KINDS = frozenset({"reminder", "new", "change", "escalation", "digest"})


def _wants(*kinds: str, **fields: Any) -> Recipient:
    return _recipient(kinds=frozenset(kinds), **fields)


def test_a_recipient_hears_the_kinds_it_wants_and_no_other() -> None:
    known = _known(untold={1: False}, watches={"team": _NOW - _MINUTE})
    for wanted in ("reminder", "change"):
        assert {reminder.kind.value for reminder in _plan(known, _wants(wanted))} == {wanted}
    assert {reminder.kind for reminder in _plan(_known(), _wants("new"))} == {ItemKind.NEW}
    assert _plan(_known(), _wants("digest", "escalation")) == []


def test_who_hears_no_news_is_reminded_at_once_by_the_last_lead_that_was_too_late() -> None:
    now = shanghai_time("2024-11-14 15:00").astimezone(UTC)
    assert _when(_plan(_known(now=now), _wants("reminder"), now=now)) == {
        "3h": "11-14 15:00",
        "30m": "11-14 16:30",
    }
    night = shanghai_time("2024-11-13 23:00").astimezone(UTC)
    quiet = _wants("reminder", quiet=QuietHours.parse("22:00-07:30"))
    assert _when(_plan(_known(now=night), quiet, now=night))["1d"] == "11-14 07:30"
    over = shanghai_time("2024-11-14 17:01").astimezone(UTC)
    assert _plan(_known(now=over), _wants("reminder"), now=over) == []


def test_a_day_that_comes_in_late_is_reminded_of_at_once_for_who_hears_no_news() -> None:
    now = shanghai_time("2024-11-14 15:00").astimezone(UTC)
    day = a_milestone("2024-11-14 00:00", precision=Precision.DAY)
    known = _known(now=now, milestones={"registration_close": day})
    assert _when(_plan(known, _wants("reminder"), now=now)) == {"0d@08:00": "11-14 15:00"}


@given(st.sets(st.sampled_from(sorted(_KINDS)), min_size=1), st.integers(-100, 30_000))
def test_whoever_wants_reminders_hears_of_what_is_ahead_whatever_else_it_wants(
    kinds: set[str], minutes: int
) -> None:
    close = _NOW + minutes * _MINUTE
    planned = _plan(_known(milestones={"registration_close": close}), _wants(*kinds))
    assert {reminder.kind.value for reminder in planned} <= kinds
    if close > _NOW and ("reminder" in kinds or "new" in kinds):
        assert any(reminder.due_at < close for reminder in planned)


@pytest.mark.parametrize(
    ("recipient", "uncovered"),
    [
        (_recipient(), False),
        (_recipient(filters=Filters.parse({"city": "宁波"})), True),
        (_recipient(leads=""), True),
        (_wants("digest", "escalation"), True),
        (_wants("new", "change", "digest"), True),
        (_wants("reminder"), False),
    ],
)
def test_a_parcel_is_uncovered_if_nobody_is_reminded_of_it(
    recipient: Recipient, uncovered: bool
) -> None:
    assert _planned(_known(), recipient).uncovered is uncovered


def test_what_is_over_skipped_or_suspended_is_not_uncovered() -> None:
    nobody = _recipient(filters=Filters.parse({"city": "宁波"}))
    assert not _planned(_known(milestones={"registration_close": _NOW}), nobody).uncovered
    assert not _planned(_known(acknowledged=frozenset({ALL_MILESTONES})), nobody).uncovered
    assert _planned(_known(milestones={}), nobody).uncovered
    assert not _planned(_known(offer=an_offer(state=OfferState.SUSPENDED)), nobody).uncovered


def test_an_announcement_waits_for_its_like_unless_the_deadline_is_nearer() -> None:
    soon = _known(milestones={"registration_close": _NOW + timedelta(seconds=20)})
    (new,) = _plan(soon)
    assert (new.kind, new.due_at, new.urgent) == (ItemKind.NEW, _NOW, True)


def test_why_a_reminder_is_void_is_said() -> None:
    assert _planned(_known()).void == "postponed"
    assert _planned(_known(acknowledged=frozenset({"registration_close"}))).void == "acknowledged"
    assert _planned(_known(acknowledged=frozenset({ALL_MILESTONES}))).void == "skipped"
    assert _planned(_known(offer=an_offer(state=OfferState.SUSPENDED))).void == "suspended"
