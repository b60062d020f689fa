"""Random notices, notices of change, tables and persons' words in any order, against a simple
reference.

Two counties offer parcels of the same numbers in notices of the same number. After each event the
parcels that it does not name are exactly what they were, and each parcel that it names is what a
careful person would have on paper.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.offers import Offer, OfferState
from notifier.domain.statements import Statement
from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.values import Milestone, MilestoneName, Notice, Precision
from notifier.errors import UsageError
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.service.desk import Desk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, World

_BEGIN = shanghai_time("2031-05-01 10:00")
_CONFIG = CONSOLE + (
    '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
    'rules = [{ milestone = "registration_close", leads = ["1d"], roll = "off" },'
    ' { milestone = "bidding_close", leads = ["1d"], roll = "off" }]\n'
)
_NOTICE_NO = "自然资告字〔2031〕1号"
_COUNTIES = ("甲县", "乙县")
_NUMBERS = ("2031-8号", "2031-18号", "2031-19号")
_STEPS = 25
_CLOSE, _BIDDING = MilestoneName.REGISTRATION_CLOSE, MilestoneName.BIDDING_CLOSE
_WORDS = {_CLOSE: "报名截止时间", _BIDDING: "挂牌截止时间"}
_FORMS = (
    "{0}地块",
    "“{0}”地块",
    "“城东片区{0}”地块",
    "宗地编号为{0}的地块",
    "{0}（某街道）地块",
    "城东片区{0}地块",
)
_STRANGERS = ("“老城二中”地块", "2031-77号地块", "宗地编号为2030-18号的地块")
_TURNS = {
    "中止公告": ("因规划条件调整，现决定中止{about}{names}的挂牌出让活动。", OfferState.SUSPENDED),
    "恢复挂牌公告": ("现恢复{about}{names}的挂牌，继续受理报名。", OfferState.OPEN),
    "终止公告": ("现终止{about}{names}的出让。", OfferState.TERMINATED),
}

Key = tuple[str, str]
"""County and number of a parcel."""


@dataclass(frozen=True, kw_only=True)
class _Time:
    at: datetime
    is_day: bool

    @property
    def day(self) -> date:
        return shanghai(self.at).date()

    @property
    def words(self) -> str:
        local = shanghai(self.at)
        day = f"{local.year}年{local.month}月{local.day}日"
        return day if self.is_day else f"{day}{local.hour}时"

    @property
    def typed(self) -> str:
        local = shanghai(self.at)
        return f"{local:%Y-%m-%d}" if self.is_day else f"{local:%Y-%m-%dT%H:%M}"

    @property
    def milestone(self) -> Milestone:
        return Milestone(at=self.at, precision=Precision.DAY if self.is_day else Precision.MINUTE)


@dataclass(frozen=True, kw_only=True)
class _Word:
    """What a source says of a milestone. `by`: `notice`, `change`, `table`, `person`; `time` None:
    there is none."""

    by: str
    file: str
    published: date | None
    time: _Time | None
    on_purpose: bool = False


@dataclass
class _Paper:
    """What a careful person has on paper of one milestone: `rival` is what could not be ordered
    with `stands`."""

    stands: _Word | None = None
    rival: _Word | None = None
    heard: list[_Word] = field(default_factory=list)

    def hear(self, word: _Word) -> None:
        self._judge(word)
        self.heard.append(word)

    def forget_persons(self) -> None:
        heard, self.heard = self.heard, []
        self.stands = self.rival = None
        for word in heard:
            if word.by != "person":
                self.hear(word)

    def _judge(self, word: _Word) -> None:
        stands = self.stands
        if stands is None or word.by == "person":
            self.stands, self.rival = word, None
            return
        assert word.time is not None
        if stands.by == "person" or _is_day_of(word.time, stands.time):
            return
        if word.time == stands.time and self.rival is None:
            return
        own = [statement for statement in self.heard if statement.file == word.file]
        if own and own[-1].time == word.time and not word.on_purpose:
            return
        if stands.time is not None and _is_day_of(stands.time, word.time):
            self.stands, self.rival = word, None
            return
        others = [
            statement
            for statement in (stands, self.rival)
            if statement is not None and statement.time != word.time
        ]
        verdicts = {self._is_newer(word, statement, bool(own)) for statement in others}
        if verdicts <= {True}:
            self.stands, self.rival = word, None
        elif word.time != stands.time and False not in verdicts:
            times = sorted(
                (statement for statement in (stands, self.rival, word) if statement is not None),
                key=_at,
            )
            self.stands, self.rival = times[0], times[-1]

    def _is_newer(self, word: _Word, other: _Word, has_spoken: bool) -> bool | None:
        """None: it cannot be known."""
        both = {word.by, other.by}
        by_day = None
        if "table" not in both and word.published != other.published:
            assert word.published is not None
            assert other.published is not None
            by_day = word.published > other.published
        if word.on_purpose:
            return None if by_day is False else True
        if has_spoken:
            return True
        if by_day is not None:
            return by_day
        if other.by == "change" and word.by != "change":
            was_heard = any(statement.time == word.time for statement in self.heard)
            if word.by == "notice":
                return False if was_heard else None
            return None if was_heard else True
        if word.by == "change" and other.by != "change":
            return True
        return True if "table" in both else None


def _at(word: _Word) -> datetime:
    assert word.time is not None
    return word.time.at


def _is_day_of(coarse: _Time, fine: _Time | None) -> bool:
    return fine is not None and coarse.is_day and not fine.is_day and coarse.day == fine.day


@dataclass
class _Known:
    """One parcel on paper."""

    papers: dict[MilestoneName, _Paper] = field(default_factory=dict)
    state: OfferState = OfferState.OPEN
    state_of: date | None = None
    """When the notice was published that gave it its state."""

    def paper(self, name: MilestoneName) -> _Paper:
        return self.papers.setdefault(name, _Paper())

    def turn(self, state: OfferState, published: date) -> None:
        if self.state_of is None or published >= self.state_of:
            self.state, self.state_of = state, published


class _Weeks:
    """Random events on a real ledger, and on paper.

    `trail`: what happened, for a failure's message.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(folder, _CONFIG, _BEGIN)
        self.desk = Desk(self.world.ledger, lambda: self.world.settings)
        self.known: dict[Key, _Known] = {}
        self.files = 0
        self.trail: list[str] = [f"seed {seed}"]

    def close(self) -> None:
        self.world.ledger.close()

    # -- what happens
    # -------------------------------------------------------------------------------

    def step(self) -> None:
        self.world.clock.move(timedelta(minutes=1))
        before = self._offers()
        history = self._history(before)
        events = (
            self.publish, self.publish, self.table, self.postpone, self.postpone, self.turn,
            self.turn,
            self.stranger, self.person_sets, self.person_sets, self.person_says_none, self.as_read,
            self.drop,
            self.resume,
        )  # fmt: skip
        named = self.random.choice(events)()
        after = self._offers()
        for key, offer in before.items():
            assert key in after, f"{key} is lost: {self.trail}"
            if key not in named:
                assert after[key] == offer, (
                    f"{key} is another after words about {named}: {self.trail}"
                )
                assert self._statements(offer) == history[key], f"{key} was spoken of: {self.trail}"
        assert after.keys() == self.known.keys(), self.trail
        for key in named:
            self._agrees(key, after[key])

    def publish(self) -> set[Key]:
        """A copy of a county's notice that lists some of its parcels."""
        return self._list(tabular=False)

    def table(self) -> set[Key]:
        return self._list(tabular=True)

    def _list(self, *, tabular: bool) -> set[Key]:
        county = self.random.choice(_COUNTIES)
        listed = self.random.sample(_NUMBERS, self.random.randint(1, len(_NUMBERS)))
        kind = "table" if tabular else "notice"
        file = self._file(f"{county}-{kind}")
        published = None if tabular else self._day()
        times: dict[str, dict[MilestoneName, _Time]] = {}
        for number in listed:
            names = self.random.sample([_CLOSE, _BIDDING], self.random.randint(1, 2))
            times[number] = {name: self._time() for name in names}
        on_purpose = self.random.random() < 0.15
        self._note(f"{kind} {file} {published} on_purpose={on_purpose}", times)
        parcels = tuple(
            a_parcel(
                parcel_no=number,
                location=f"{county}{number}路",
                milestones={name: time.milestone for name, time in stated.items()},
            )
            for number, stated in times.items()
        )
        notice = a_notice(
            file=file, notice_no=_NOTICE_NO, authority=f"{county}自然资源局", city="",
            published=published,
            tabular=tabular, parcels=parcels,
        )  # fmt: skip
        self._store(notice, on_purpose=on_purpose)
        for number, stated in times.items():
            known = self.known.setdefault((county, number), _Known())
            if known.state is OfferState.DROPPED and on_purpose:
                known.state = OfferState.OPEN
            for name, time in stated.items():
                word = _Word(
                    by=kind, file=file, published=published, time=time, on_purpose=on_purpose
                )
                known.paper(name).hear(word)
        return {(county, number) for number in times}

    def postpone(self) -> set[Key]:
        county, named, words = self._about()
        name, time, published = self.random.choice([_CLOSE, _BIDDING]), self._time(), self._day()
        text = f"《挂牌出让公告》（{_NOTICE_NO}）中{words}的{_WORDS[name]}延期至{time.words}。"
        file = self._change(county, "延期公告", text, published)
        for key in named:
            self.known[key].paper(name).hear(
                _Word(by="change", file=file, published=published, time=time)
            )
        return named

    def turn(self) -> set[Key]:
        county, named, words = self._about()
        title, published = self.random.choice(sorted(_TURNS)), self._day()
        text, state = _TURNS[title]
        about = f"《挂牌出让公告》（{_NOTICE_NO}）中"
        self._change(county, title, text.format(about=about, names=words), published)
        for key in named:
            self.known[key].turn(state, published)
        return named

    def stranger(self) -> set[Key]:
        """A change of a parcel that nobody knows touches none."""
        county, title = self.random.choice(_COUNTIES), self.random.choice(sorted(_TURNS))
        about = f"《挂牌出让公告》（{_NOTICE_NO}）中"
        text = _TURNS[title][0].format(about=about, names=self.random.choice(_STRANGERS))
        self._change(county, title, text, self._day())
        return set()

    def person_sets(self) -> set[Key]:
        return self._person(self._time())

    def person_says_none(self) -> set[Key]:
        return self._person(None)

    def _person(self, time: _Time | None) -> set[Key]:
        key = self._any(dropped=False)
        if key is None:
            return set()
        name = self.random.choice([_CLOSE, _BIDDING])
        typed = None if time is None else time.typed
        self._note("set", key, name, typed)
        self.desk.set_time(self._typed(key), name.value, typed, by="张", now=self.world.clock.now())
        self.known[key].paper(name).hear(_Word(by="person", file="", published=None, time=time))
        return {key}

    def as_read(self) -> set[Key]:
        key = self._any(dropped=False)
        if key is None:
            return set()
        name = self.random.choice([_CLOSE, _BIDDING])
        self._note("as read", key, name)
        paper, now = self.known[key].paper(name), self.world.clock.now()
        if paper.stands is None or paper.stands.by != "person":
            with pytest.raises(UsageError, match="nobody has set this time"):
                self.desk.withdraw_time(self._typed(key), name.value, by="张", now=now)
            return set()
        self.desk.withdraw_time(self._typed(key), name.value, by="张", now=now)
        paper.forget_persons()
        return {key}

    def drop(self) -> set[Key]:
        key = self._any(dropped=False)
        if key is None or self.random.random() < 0.5:
            return set()
        self._note("drop", key)
        self.desk.drop(self._typed(key), by="张", now=self.world.clock.now())
        self.known[key].state, self.known[key].state_of = OfferState.DROPPED, None
        return {key}

    def resume(self) -> set[Key]:
        key = self._any(dropped=True)
        if key is None:
            return set()
        self._note("resume", key)
        offer = self.desk.parcel(self._typed(key), dropped=True)
        assert self.desk.resume(offer, by="张", now=self.world.clock.now()).undone == 1
        self.known[key].state, self.known[key].state_of = OfferState.OPEN, None
        return {key}

    # -- what they are made of
    # ------------------------------------------------------------------------

    def _about(self) -> tuple[str, set[Key], str]:
        """A county, the parcels of it that a notice of change names, and in which words."""
        county = self.random.choice(_COUNTIES)
        mine = [key for key in self.known if key[0] == county]
        going_on = [key for key in mine if self.known[key].state is not OfferState.DROPPED]
        if not going_on:
            return county, set(), self.random.choice(_STRANGERS)
        if len(mine) == len(_NUMBERS) and self.random.random() < 0.2:
            return county, set(going_on), "全部地块"
        some = sorted(
            self.random.sample(sorted(going_on), self.random.randint(1, min(2, len(going_on))))
        )
        form = self.random.choice(_FORMS) if len(some) == 1 else "{0}地块"
        return county, set(some), "、".join(form.format(number) for _, number in some)

    def _change(self, county: str, title: str, text: str, published: date) -> str:
        self.files += 1
        file = f"change-{self.files}.txt"
        day = f"{published.year}年{published.month}月{published.day}日"
        bureau = f"{county}自然资源局"
        self._note(file, county, title, text, published)
        data = f"{bureau}{title}\n\n{text}\n\n{bureau}\n\n{day}\n".encode()
        (notice,) = read_notice(Path(file), data, Limits())
        self._store(replace(notice, file=file))
        return file

    def _store(self, notice: Notice, *, on_purpose: bool = False) -> None:
        self.world.service.ingest.store([notice], self.world.clock.now(), on_purpose=on_purpose)

    def _file(self, stem: str) -> str:
        """A file of few, so that some speak again."""
        return f"{stem}-{self.random.randint(1, 3)}"

    def _day(self) -> date:
        return date(2031, 4, self.random.randint(1, 6))

    def _time(self) -> _Time:
        """A time of few, so that some are said twice."""
        day = datetime(2031, 6, self.random.randint(10, 13))  # noqa: DTZ001  # a day of the calendar
        is_day = self.random.random() < 0.25
        hour = 0 if is_day else self.random.choice([10, 16])
        at = utc(at_shanghai(day.date(), day.replace(hour=hour).time()))
        return _Time(at=at, is_day=is_day)

    def _any(self, *, dropped: bool) -> Key | None:
        found = [
            key
            for key, known in self.known.items()
            if (known.state is OfferState.DROPPED) is dropped
        ]
        return self.random.choice(sorted(found)) if found else None

    def _typed(self, key: Key) -> str:
        return f"{key[1]}@{key[0]}"

    def _note(self, *what: object) -> None:
        self.trail.append(" ".join(str(part) for part in what))

    # -- what is known
    # --------------------------------------------------------------------------------

    def _offers(self) -> dict[Key, Offer]:
        found = list(self.world.ledger.parcels.all())
        by_key = {
            (offer.authority.removesuffix("自然资源局"), offer.parcel.parcel_no): offer
            for offer in found
        }
        assert len(by_key) == len(found), f"a parcel is there twice: {self.trail}"
        return by_key

    def _history(self, offers: dict[Key, Offer]) -> dict[Key, dict[str, list[Statement]]]:
        return {key: self._statements(offer) for key, offer in offers.items()}

    def _statements(self, offer: Offer) -> dict[str, list[Statement]]:
        return self.world.ledger.statements.of_parcel(offer.id)

    def _agrees(self, key: Key, offer: Offer) -> None:
        known = self.known[key]
        assert offer.state is known.state, f"{key}: {offer.state}, not {known.state}: {self.trail}"
        if known.state is OfferState.DROPPED:
            return  # what is read of it counts when it is resumed
        found = {
            name: (statement.at, statement.day_only, statement.rival)
            for name, statement in offer.parcel.milestones.items()
        }
        wanted = {}
        for name, paper in known.papers.items():
            if paper.stands is not None and paper.stands.time is not None:
                rival = None if paper.rival is None else _at(paper.rival)
                wanted[name] = (paper.stands.time.at, paper.stands.time.is_day, rival)
        assert found == wanted, f"{key}: {found}, not {wanted}: {self.trail}"

    def nobody_is_silenced(self) -> None:
        """Reminders are planned of each parcel that goes on, at its times, and of no other."""
        self.world.service.planning.replan(self.world.clock.now())
        offers = self._offers()
        wanted = set()
        for key, known in self.known.items():
            standing = [paper.stands for paper in known.papers.values() if paper.stands is not None]
            if known.state is OfferState.OPEN:
                wanted |= {
                    (offers[key].id, word.time.at) for word in standing if word.time is not None
                }
        ahead = self.world.ledger.views.plan_ahead(self.world.clock.now())
        planned = {
            (line.offer_id, line.reminder.milestone_at) for line in ahead if line.reminder.milestone
        }
        assert planned == wanted, self.trail


def _run(folder: Path, seed: int) -> None:
    folder.mkdir()
    weeks = _Weeks(folder, seed)
    try:
        for _ in range(_STEPS):
            weeks.step()
        weeks.nobody_is_silenced()
    finally:
        weeks.close()


def test_words_about_a_parcel_move_silence_or_lose_no_other_and_the_newest_stands(
    tmp_path: Path,
) -> None:
    for seed in range(40):
        _run(tmp_path / str(seed), seed)


@pytest.mark.soak
@pytest.mark.timeout(3_000)
def test_a_thousand_random_orders_of_statements_leave_what_a_careful_person_has_on_paper(
    tmp_path: Path,
) -> None:
    runs = int(os.environ.get("RUNS", "1000"))
    for seed in range(1_000, 1_000 + runs):
        _run(tmp_path / str(seed), seed)
    print(f"{runs} runs of {_STEPS} statements")
