"""Random offers and what is true of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from notifier.domain.times import SHANGHAI
from notifier.domain.values import Kind, MilestoneName

Times = Mapping[MilestoneName, datetime]
"""In the order of the milestones, in Shanghai."""

ENTRY = (
    MilestoneName.REGISTRATION_OPEN,
    MilestoneName.REGISTRATION_CLOSE,
    MilestoneName.DEPOSIT_CLOSE,
)
"""What a bidder must do before the last stage."""

_CITIES = ("临江市", "东陵市", "南浦市", "青石市")
_DISTRICTS = ("云溪县", "白鹤区", "长亭区", "高新区")
_ROADS = ("迎宾大道", "人民路", "滨河路", "学院街", "工业三路", "长兴路", "文昌街", "创业大道")
_USES = ("工业用地", "二类城镇住宅用地", "商业用地", "商务金融用地", "物流仓储用地", "科研用地")
_PATTERNS = (
    "{p}自然资告[{y}]{n:02d}号", "{y}-{n:02d}号", "{p}{y}-{n:02d}", "TD{y}(GY){n:02d}",
    "{p}储出[{y}]{n}号",
    "{p}土网挂{y}-{n:02d}号", "G{y}-{n:03d}", "{p}告字[{y}]{n}-A号", "No.{y}G{n:02d}",
    "{p}地块B{n:02d}-{n:02d}",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """One parcel of an offer. Area in m², money in 万元, `far` and `term` as they are printed."""

    number: str
    location: str
    area: float
    use: str
    far: str
    term: int | str
    price: float
    deposit: float
    times: Times
    days: frozenset[MilestoneName] = frozenset()
    """The times of which the notice states the day alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeOffer:
    kind: Kind
    number: str
    city: str
    authority: str
    published: datetime
    lots: tuple[Lot, ...]
    left_out: frozenset[str] = frozenset()
    """Fields that the notice does not state: what the lots hold there means nothing."""

    @property
    def has_common_times(self) -> bool:
        return all(lot.times == self.lots[0].times for lot in self.lots)

    @property
    def has_common_entry(self) -> bool:
        """Tell whether registration and deposit are the same for all lots."""
        entries = [{name: lot.times.get(name) for name in ENTRY} for lot in self.lots]
        return all(entry == entries[0] for entry in entries)


def random_offer(random: Random, *, most_lots: int = 5) -> MadeOffer:
    """An offer with one to `most_lots` parcels, all with the same times or some with closes of
    their own."""
    year = random.randint(2019, 2031)
    published = datetime(year, random.randint(1, 10), random.randint(1, 28), tzinfo=SHANGHAI)
    kind = random.choice((Kind.LISTING, Kind.LISTING, Kind.LISTING, Kind.AUCTION))
    district = random.choice(_DISTRICTS)
    count = random.choice((1, 1, 2, 3, most_lots))
    pattern, first, letter = (
        random.choice(_PATTERNS),
        random.randint(1, 60),
        random.choice("甲乙丙丁戊"),
    )
    common = _random_times(random, kind, published)
    is_common = count == 1 or random.random() < 0.6
    lots = []
    for position in range(count):
        price = random.choice((random.randint(300, 9_000), random.randint(3_000, 90_000)))
        share = random.choice((0.2, 0.3, 0.5, 1.0))
        area = random.choice(
            (random.randint(4_000, 90_000), round(random.uniform(4_000, 90_000), 2))
        )
        roads = random.sample(_ROADS, 2)
        lots.append(
            Lot(
                number=pattern.format(p=letter, y=year, n=first + position),
                location=f"{district}{roads[0]}以东、{roads[1]}以南",
                area=area,
                use=random.choice(_USES),
                far=random.choice(("≥1.0", "≤2.5", "1.2≤R≤2.0", "1.0-1.8", "不大于2.2")),
                term=random.choice((40, 50, 70)),
                price=price,
                deposit=max(int(price * share), 10),
                times=common if is_common else _shifted(common, position),
            )
        )
    return MadeOffer(
        kind=kind,
        number=f"{letter}自然资告字〔{year}〕{random.randint(1, 40)}号",
        city=random.choice(_CITIES),
        authority=f"{district}自然资源和规划局",
        published=published,
        lots=tuple(lots),
    )


def _random_times(random: Random, kind: Kind, published: datetime) -> Times:
    opens = published + timedelta(days=random.randint(20, 25), hours=random.choice((8, 9)))
    closes = opens.replace(hour=random.choice((16, 17)), minute=random.choice((0, 0, 30)))
    closes += timedelta(days=random.randint(10, 18))
    deposit = closes - timedelta(days=random.choice((0, 0, 1)))
    times = {
        MilestoneName.REGISTRATION_OPEN: opens,
        MilestoneName.REGISTRATION_CLOSE: closes,
        MilestoneName.DEPOSIT_CLOSE: deposit,
    }
    if kind is Kind.AUCTION:
        start = (closes + timedelta(days=random.randint(1, 4))).replace(
            hour=random.choice((9, 10, 15))
        )
        return times | {MilestoneName.AUCTION_START: start.replace(minute=random.choice((0, 30)))}
    bidding_close = (closes + timedelta(days=random.randint(2, 4))).replace(hour=10, minute=0)
    bidding_open = (opens + timedelta(days=random.choice((0, 3)))).replace(hour=9, minute=0)
    return times | {
        MilestoneName.BIDDING_OPEN: bidding_open,
        MilestoneName.BIDDING_CLOSE: bidding_close,
    }


def _shifted(times: Times, position: int) -> Times:
    """The last stage of each parcel half an hour after that of the parcel before."""
    last = max(times, key=lambda name: times[name])
    return {**times, last: times[last] + timedelta(minutes=30 * position)}
