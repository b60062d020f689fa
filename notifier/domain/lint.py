"""Checks of a notice by law and arithmetic. Each rule is a few lines and gives findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from notifier.domain.examples import NOTICE_NUMBERS
from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import (
    OFFERING_KINDS,
    WINDOW_ENDS,
    Finding,
    Kind,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Severity,
    Source,
    WindowEnd,
    milestones_with,
    squash,
)
from notifier.domain.workdays import WorkCalendar

_NOTICE_DAYS = 20
_LISTING_DAYS = 10
_DEPOSIT_SHARE = Decimal("0.2")
_FAR_TOLERANCE = Decimal("0.01")
_MOST_DAYS_APART = 100
_MOST_DAYS_BEFORE = 300  # that times lie before the publication of a page
_LAST_MONTH = 6  # of the year behind that of a notice's number
_OFFICE_HOURS = ((time(8), time(12)), (time(13), time(18)))
_SMALL_HOURS = (time(1), time(7))
_USUAL_SECONDS = frozenset({0, 1, 30, 59})
_CLOSES = milestones_with(WindowEnd.CLOSE)
_FINAL = milestones_with(WindowEnd.CLOSE, WindowEnd.START)
_BESIDE: dict[str, tuple[str, ...]] = {
    Code.CLOSE_BEFORE_OPEN: ("registration_open", "bidding_open"),
    Code.REGISTRATION_AFTER_BIDDING: ("bidding_close",),
    Code.DEPOSIT_AFTER_REGISTRATION: ("registration_close",),
    Code.DEPOSIT_AFTER_BIDDING: ("bidding_close", "auction_start"),
    Code.LISTING_TOO_SHORT: ("bidding_open",),
    Code.NOTICE_TOO_SHORT: ("auction_start",),
}
"""What else may be wrong where the order or the length of times is odd."""


def lint(notice: Notice, calendar: WorkCalendar, now: datetime) -> tuple[Finding, ...]:
    """Return the findings of every rule for a notice that offers land.

    Of a notice of change only times on days off, far from the others or at an odd second are
    findings.
    """
    if notice.kind not in OFFERING_KINDS:
        return tuple(
            found
            for parcel in notice.parcels
            for found in (
                *_days_off(parcel, calendar),
                *_far_apart(notice, parcel),
                *_odd_seconds(notice, parcel),
            )
        )
    found: list[Finding] = list(_same_number(notice))
    for parcel in notice.parcels:
        for rule in (
            _notice_period,
            _listing_period,
            _deposit,
            _order,
            _far_apart,
            _odd_seconds,
            _far,
        ):
            found += rule(notice, parcel)
        found += _days_off(parcel, calendar)
        found += _past(parcel, now)
    return tuple(found)


def checked(notice: Notice, calendar: WorkCalendar, now: datetime) -> Notice:
    """Return a notice with the lint's findings, without the times from pictures that are odd.

    What was recognised in a picture and is odd is hardly right: its finding shows it, and a person
    enters it.
    """
    found = lint(notice, calendar, now)
    odd = {(finding.parcel_no, name) for finding in found for name in _in_doubt(finding)}
    scanned = {
        (parcel.parcel_no, name.value)
        for parcel in notice.parcels
        for name, milestone in parcel.milestones.items()
        if milestone.source is Source.SCANNED
    }
    withheld = odd & scanned
    parcels = tuple(_without(parcel, withheld) for parcel in notice.parcels)
    findings = tuple(_not_taken(finding, withheld) for finding in notice.findings)
    return replace(notice, parcels=parcels, findings=(*findings, *found))


def _in_doubt(finding: Finding) -> tuple[str, ...]:
    """Return the milestones of which one may be wrong where this was found."""
    if finding.code in (Code.DEADLINE_PAST, Code.DAY_ONLY):
        return ()  # nothing odd
    return (finding.field, *_BESIDE.get(finding.code, ()))


def _without(parcel: Parcel, withheld: Set[tuple[str, str]]) -> Parcel:
    kept = {
        name: milestone
        for name, milestone in parcel.milestones.items()
        if milestone.source is not Source.SCANNED or (parcel.parcel_no, name.value) not in withheld
    }
    return parcel if len(kept) == len(parcel.milestones) else replace(parcel, milestones=kept)


def _not_taken(finding: Finding, withheld: Set[tuple[str, str]]) -> Finding:
    if finding.code != Code.TIME_SCANNED or (finding.parcel_no, finding.field) not in withheld:
        return finding
    return replace(finding, code=Code.TIME_SCANNED_ODD, severity=Severity.ERROR)


def _finding(
    code: Code,
    parcel: Parcel,
    field: str = "",
    severity: Severity = Severity.WARNING,
    **params: str,
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        parcel_no=parcel.parcel_no,
        field=field,
        place=parcel.place,
        params=params,
    )


def _start(parcel: Parcel) -> tuple[MilestoneName, Milestone] | None:
    starts = [
        (name, parcel.milestones[name])
        for name in (MilestoneName.BIDDING_OPEN, MilestoneName.AUCTION_START)
        if name in parcel.milestones
    ]
    return min(starts, key=lambda start: start[1].at, default=None)


def _notice_period(notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """At least 20 days before the start.

    招标拍卖挂牌出让国有建设用地使用权规定(国土资源部令第39号, 2007), art. 8.
    """
    start = _start(parcel)
    if notice.published is not None and start is not None:
        name, milestone = start
        days = (shanghai(milestone.at).date() - notice.published).days
        if days < _NOTICE_DAYS:
            yield _finding(Code.NOTICE_TOO_SHORT, parcel, name, days=str(days))


def _listing_period(notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """A listing lasts at least 10 days: 国土资源部令第39号 (2007), art. 18."""
    begin = parcel.milestones.get(MilestoneName.BIDDING_OPEN)
    end = parcel.milestones.get(MilestoneName.BIDDING_CLOSE)
    if notice.kind is Kind.LISTING and begin is not None and end is not None and end.at > begin.at:
        days = (shanghai(end.at).date() - shanghai(begin.at).date()).days
        if days < _LISTING_DAYS:
            yield _finding(Code.LISTING_TOO_SHORT, parcel, "bidding_close", days=str(days))


def _deposit(_notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """Not below 20 % of the start price, commercial and residential; information for industry.

    国土资发〔2010〕34号.
    """
    ratio = parcel.deposit_ratio
    if ratio is None:
        return
    percent = (ratio * 100).quantize(Decimal("0.01"))  # 19.99 is not 20
    if ratio < _DEPOSIT_SHARE:
        severity = Severity.INFO if re.search("工业|仓储|M[123]", parcel.use) else Severity.WARNING
        yield _finding(Code.DEPOSIT_TOO_LOW, parcel, "deposit_wan", severity, percent=str(percent))
    elif percent > _DEPOSIT_SHARE * 100:
        yield _finding(
            Code.DEPOSIT_HIGH, parcel, "deposit_wan", Severity.INFO, percent=str(percent)
        )


ORDER_CODES = frozenset(
    {
        Code.CLOSE_BEFORE_OPEN,
        Code.REGISTRATION_AFTER_BIDDING,
        Code.DEPOSIT_AFTER_REGISTRATION,
        Code.DEPOSIT_AFTER_BIDDING,
        Code.AUCTION_BEFORE_CLOSE,
    }
)
"""The codes of what `odd_order` finds."""


def odd_order(parcel: Parcel) -> tuple[Finding, ...]:
    """Return what is odd in the order of a parcel's times, from wherever they come."""
    return tuple(_in_order(parcel))


def odd_order_of(parcel: Parcel, names: Set[MilestoneName]) -> tuple[Finding, ...]:
    """Return what is odd in the order of a parcel's times because of some of them."""
    others = {name: time for name, time in parcel.milestones.items() if name not in names}
    without = odd_order(replace(parcel, milestones=others))
    return tuple(finding for finding in odd_order(parcel) if finding not in without)


def _order(_notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    yield from _in_order(parcel)


def _in_order(parcel: Parcel) -> Iterator[Finding]:
    """Plain sense: the order of the milestones.

    What opens does so before it closes, registration ends before bidding does, and the deposit is
    due by the end of registration.
    """
    at = {name: milestone.at for name, milestone in parcel.milestones.items()}
    for opens, closes in WINDOW_ENDS.values():
        if opens in at and closes in at and at[closes] <= at[opens]:
            yield _finding(Code.CLOSE_BEFORE_OPEN, parcel, closes, Severity.ERROR)
    registration = parcel.milestones.get(MilestoneName.REGISTRATION_CLOSE)
    bidding = parcel.milestones.get(MilestoneName.BIDDING_CLOSE)
    deposit = parcel.milestones.get(MilestoneName.DEPOSIT_CLOSE)
    if registration is not None and bidding is not None and registration.at >= _over(bidding):
        yield _finding(Code.REGISTRATION_AFTER_BIDDING, parcel, MilestoneName.REGISTRATION_CLOSE)
    if registration is not None and deposit is not None and deposit.at >= _over(registration):
        yield _finding(Code.DEPOSIT_AFTER_REGISTRATION, parcel, MilestoneName.DEPOSIT_CLOSE)
    elif deposit is not None:
        yield from _deposit_too_late(parcel, deposit)
    yield from _auction_too_early(parcel)


def _deposit_too_late(parcel: Parcel, deposit: Milestone) -> Iterator[Finding]:
    """Plain sense: whoever bids has paid.

    Said only where the close of registration does not say it already.
    """
    for name in (MilestoneName.AUCTION_START, MilestoneName.BIDDING_CLOSE):
        end = parcel.milestones.get(name)
        if end is not None and deposit.at >= _over(end):
            yield _finding(
                Code.DEPOSIT_AFTER_BIDDING,
                parcel,
                MilestoneName.DEPOSIT_CLOSE,
                milestone=name.value,
            )
            return


def _auction_too_early(parcel: Parcel) -> Iterator[Finding]:
    """Plain sense: nobody is bid against, and no tender opened, before the closes are over.

    At the same minute is in order: the live auction of a listing, the opening of tenders. Where a
    second set of deadlines holds, the auction comes first and the listing later.
    """
    auction = parcel.milestones.get(MilestoneName.AUCTION_START)
    if auction is None:
        return
    names = [MilestoneName.REGISTRATION_CLOSE]
    if not parcel.alternatives:
        names.append(MilestoneName.BIDDING_CLOSE)
    for name in names:
        close = parcel.milestones.get(name)
        if close is not None and close.at >= _over(auction):
            yield _finding(
                Code.AUCTION_BEFORE_CLOSE,
                parcel,
                MilestoneName.AUCTION_START,
                milestone=name.value,
            )
            return


def _far_apart(notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """Plain sense: all of an auction happens within some weeks of its notice.

    A year or a month that was mistyped, or read wrongly, shows so. The times are doubted that fewer
    statements speak for, or all where as many speak for others.
    """
    days = {name: shanghai(milestone.at).date() for name, milestone in parcel.milestones.items()}
    periods = _periods(days.values())
    votes = {period: _votes(period, parcel) for period in periods}
    best = [period for period in periods if votes[period] == max(votes.values())]
    trusted = best[0] if len(best) == 1 else ()
    for name, day in days.items():
        if day not in trusted or not _fits_notice(day, notice):
            at = _as_stated(parcel.milestones[name])
            yield _finding(Code.TIMES_FAR_APART, parcel, name, at=at)


def _periods(days: Iterable[date]) -> list[tuple[date, ...]]:
    """Return the days in order, parted where none comes for a long time."""
    periods: list[tuple[date, ...]] = []
    for day in sorted(set(days)):
        if periods and (day - periods[-1][-1]).days <= _MOST_DAYS_APART:
            periods[-1] = (*periods[-1], day)
        else:
            periods.append((day,))
    return periods


def _votes(period: tuple[date, ...], parcel: Parcel) -> int:
    """Return how many statements give a day of the period: one range is one."""
    return len(
        {
            milestone.quote
            for milestone in parcel.milestones.values()
            if shanghai(milestone.at).date() in period and milestone.source is not Source.INFERRED
        }
    )


def _odd_seconds(notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """Plain sense: nobody sets a deadline to such a second; a damaged sheet gives one."""
    if notice.notice_no in NOTICE_NUMBERS:
        return  # the example's deadlines are some minutes from now
    for name, milestone in parcel.milestones.items():
        local = shanghai(milestone.at)
        if local.second not in _USUAL_SECONDS:
            yield _finding(Code.ODD_SECOND, parcel, name, at=f"{local:%Y-%m-%d %H:%M:%S}")


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def _fits_notice(day: date, notice: Notice) -> bool:
    """Return whether a day is not far from that of the notice, and from the year of its number.

    A site may date a notice anew when its times are over.
    """
    is_example = notice.notice_no in NOTICE_NUMBERS  # its year is nobody's
    years = set() if is_example else set(_YEAR.findall(notice.notice_no))
    if len(years) == 1:
        year = int(years.pop())
        if not (year, 1) <= (day.year, day.month) <= (year + 1, _LAST_MONTH):
            return False
    if notice.published is None:
        return True
    return -_MOST_DAYS_BEFORE <= (day - notice.published).days <= _MOST_DAYS_APART


def _over(milestone: Milestone) -> datetime:
    """Return the first instant that is surely after it; a day is over at its end."""
    return milestone.over_at + (timedelta(0) if milestone.day_only else timedelta(microseconds=1))


def _far(_notice: Notice, parcel: Parcel) -> Iterator[Finding]:
    """Floor area / area is the floor area ratio (容积率).

    Only a single figure or an upper bound is checked.
    """
    if not parcel.area_m2 or not parcel.floor_area_m2:
        return
    stated = re.fullmatch(
        r"(?:≤|<=|不大于|不高于)?(\d+(?:\.\d+)?)(?:以下)?", "".join(parcel.far.split())
    )
    if stated is None:
        return
    computed = parcel.floor_area_m2 / parcel.area_m2
    if abs(computed - Decimal(stated[1])) > _FAR_TOLERANCE * max(Decimal(stated[1]), Decimal(1)):
        yield _finding(
            Code.FAR_MISMATCH, parcel, "far", stated=stated[1], computed=f"{computed:.2f}"
        )


def _days_off(parcel: Parcel, calendar: WorkCalendar) -> Iterator[Finding]:
    """Plain sense: offices are closed then, so the time may be a slip. For information.

    `5:00` is more likely the afternoon's than that of the small hours: a warning.
    """
    for name, milestone in parcel.milestones.items():
        local = shanghai(milestone.at)
        at = _as_stated(milestone)
        if milestone.day_only:
            yield _finding(Code.DAY_ONLY, parcel, name, day=at)
        elif name in _CLOSES and not any(
            begin <= local.time() <= end for begin, end in _OFFICE_HOURS
        ):
            is_early = _SMALL_HOURS[0] <= local.time() < _SMALL_HOURS[1]
            severity = Severity.WARNING if is_early else Severity.INFO
            yield _finding(Code.DEADLINE_OUT_OF_HOURS, parcel, name, severity, at=at)
        if name in _CLOSES and not calendar.is_working(local.date()):
            yield _finding(Code.DEADLINE_ON_DAY_OFF, parcel, name, Severity.INFO, at=at)


def _as_stated(milestone: Milestone) -> str:
    """Return the instant as people read it, without an hour that nobody stated."""
    local = shanghai(milestone.at)
    return f"{local:%Y-%m-%d}" if milestone.day_only else f"{local:%Y-%m-%d %H:%M}"


def _past(parcel: Parcel, now: datetime) -> Iterator[Finding]:
    """Plain sense: of a parcel without a deadline, or after it, nobody can be reminded."""
    if not parcel.milestones:
        yield _finding(Code.NO_DEADLINE, parcel)
    for name in _FINAL:
        milestone = parcel.milestones.get(name)
        if milestone is not None and _over(milestone) <= now:
            yield _finding(
                Code.DEADLINE_PAST, parcel, name, Severity.INFO, at=_as_stated(milestone)
            )


def _same_number(notice: Notice) -> Iterator[Finding]:
    """Plain sense: two parcels with one number cannot be told apart in a message.

    A time that not all of them have may be the other's.
    """
    alike: dict[str, list[Parcel]] = {}
    for parcel in notice.parcels:
        if number := squash(parcel.parcel_no):
            alike.setdefault(number, []).append(parcel)
    for parcels in alike.values():
        for parcel in parcels[1:]:
            yield _finding(Code.SAME_NUMBER_TWICE, parcel, "parcel_no")
        for name in MilestoneName:
            times = [parcel.milestones.get(name) for parcel in parcels]
            if len({milestone.at if milestone else None for milestone in times}) > 1:
                yield _finding(Code.SAME_NUMBER_TWICE, parcels[-1], name)
