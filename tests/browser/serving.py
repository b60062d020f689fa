"""The board as a real server on loopback, with a ledger of its own, for a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import uvicorn

from notifier.domain.values import Milestone, MilestoneName, Parcel, Precision, Source
from notifier.service.board_desk import BoardDesk
from notifier.service.comparison_desk import ComparisonDesk
from notifier.service.desk import Desk
from notifier.service.remembered import LAST_BEAT
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from notifier.web.server import config_of
from notifier.web.site import build_application, build_site
from notifier.web.visits import Site
from tests.services import World

NOW = shanghai_time("2026-11-25 10:20")
_STARTS_WITHIN = 60.0  # seconds

TEAMS = """
[channels.console]
url = "console://"
[[recipients]]
name = "张三"
channels = ["console"]
[[recipients]]
name = "李四"
channels = ["console"]
filter = { city = "宁波" }
[web]
roles = { "王总" = "reader" }
"""


@dataclass(frozen=True)
class Served:
    """A board that is being served at `address`."""

    world: World
    site: Site
    address: str
    stop: Callable[[], None]

    def link(self, name: str = "张三") -> str:
        return f"{self.address}/sign-in/{self.site.sign_in.make_link(name, self.world.clock.now())}"


@contextmanager
def served(world: World) -> Iterator[Served]:
    """Serve the board of `world` on a free port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    web = replace(world.settings.web, port=port)
    world.settings = replace(world.settings, web=web)
    site = build_site(world.ledger, lambda: world.settings, world.clock)
    server = uvicorn.Server(config_of(build_application(site), web))
    started = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, listener, started), daemon=True)
    thread.start()
    assert started.wait(_STARTS_WITHIN)

    def stop() -> None:
        server.should_exit = True
        thread.join(_STARTS_WITHIN)
        listener.close()

    try:
        yield Served(world, site, f"http://127.0.0.1:{port}", stop)
    finally:
        stop()


def _serve(server: uvicorn.Server, listener: socket.socket, started: threading.Event) -> None:
    started.set()  # the socket listens: whoever connects is answered when the server is up
    server.run(sockets=[listener])


def offered(
    number: str, location: str, now: datetime, days: Mapping[str, float], **fields: object
) -> Parcel:
    """A parcel whose milestones lie so many days after `now`."""
    milestones = {
        MilestoneName(name): a_milestone(_rounded(now + timedelta(days=day)))
        for name, day in days.items()
    }
    return a_parcel(parcel_no=number, location=location, milestones=milestones, **fields)


def _rounded(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 30, second=0, microsecond=0)


def fill(world: World) -> None:
    """Parcels of every kind that the board shows."""
    now = NOW
    usual = {
        "registration_open": -9, "registration_close": 1.15, "deposit_close": 1.15,
        "bidding_open": -6.05,
        "bidding_close": 4.95,
    }  # fmt: skip
    hangzhou = a_notice(
        notice_no="杭规划资源告[2026]R061号",
        file="hangzhou.txt",
        city="杭州",
        parcels=(
            offered("杭政储出[2026]91号", "上城区江河汇单元", now, usual, district="上城区",
            use="住宅用地"),
            offered(
                "杭政储出[2026]92号", "拱墅区运河新城", now, shifted(usual, 2.1), district="拱墅区",
                start_price_wan=Decimal(148_000), deposit_wan=Decimal(29_600),
            ),
            offered("杭政储出[2026]93号", "滨江区长河单元", now, shifted(usual, 4.2),
            district="滨江区"),
            day_only(offered("杭政储出[2026]95号", "萧山区世纪城", now, shifted(usual, 5),
            district="萧山区")),
        ),
    )  # fmt: skip
    ningbo = a_notice(
        notice_no="甬自然资告[2026]18号", file="ningbo.csv", city="宁波",
        authority="宁波市自然资源和规划局",
        parcels=(
            offered(
                "甬储出2026-058号", "鄞州区首南街道", now,
                {
                    "registration_open": -12, "registration_close": 0.09, "deposit_close": 0.09,
                    "bidding_open": -10,
                    "bidding_close": 0.98,
                },
                district="鄞州区",
            ),
            offered(
                "甬储出2026-059号", "江北区庄桥", now,
                shifted(usual, 7) | {"auction_start": 12.3}, district="江北区", use="工业用地",
            ),
            doubtful(offered("甬储出2026-060号", "北仑区小港", now, shifted(usual, 3),
            district="北仑区")),
        ),
    )  # fmt: skip
    suzhou = a_notice(
        notice_no="苏地网挂[2026]10号", file="suzhou.csv", city="苏州",
        authority="苏州市自然资源和规划局",
        parcels=tuple(
            offered(
                f"苏地2026-WG-{number}号",
                f"工业园区金鸡湖大道{number}号",
                now,
                shifted(usual, number - 50),
            )
            for number in (51, 54, 57, 62)
        ),
    )  # fmt: skip
    world.save(hangzhou, ningbo, suzhou)
    world.clock.set(NOW - timedelta(hours=20))
    moved = offered("苏地2026-WG-57号", "工业园区金鸡湖大道57号", now, shifted(usual, 5.4))
    world.save(
        a_notice(
            notice_no="苏地网挂[2026]10号", file="suzhou-2.csv", city="苏州",
            authority="苏州市自然资源和规划局",
            parcels=(moved,),
        )
    )  # fmt: skip
    desk = Desk(world.ledger, lambda: world.settings)
    board = BoardDesk(world.ledger)
    comparing = ComparisonDesk(world.ledger, desk, board, lambda: world.settings)
    for number in (
        "杭政储出[2026]91号",
        "甬储出2026-058号",
        "苏地2026-WG-51号",
        "杭政储出[2026]92号",
    ):
        comparing.confirm(number, by="张三", now=now)
    desk.acknowledge("杭政储出[2026]92号", "registration", by="张三", now=now)
    desk.skip("苏地2026-WG-54号", by="王总", now=now)
    world.service.planning.replan(world.clock.now())


def shifted(days: Mapping[str, float], by: float) -> dict[str, float]:
    return {name: day + by for name, day in days.items()}


def day_only(parcel: Parcel) -> Parcel:
    """The same parcel, of which the notice gives no time of day for the close of registration."""
    name = MilestoneName.REGISTRATION_CLOSE
    stated = parcel.milestones[name]
    day = stated.at.astimezone(NOW.tzinfo).replace(hour=0, minute=0)
    return with_milestone(parcel, name, replace(stated, at=day, precision=Precision.DAY))


def doubtful(parcel: Parcel) -> Parcel:
    name = MilestoneName.BIDDING_CLOSE
    return with_milestone(parcel, name, replace(parcel.milestones[name], source=Source.INFERRED))


def with_milestone(parcel: Parcel, name: MilestoneName, milestone: Milestone) -> Parcel:
    return replace(parcel, milestones={**parcel.milestones, name: milestone})


def make_world(folder: Path) -> World:
    world = World(folder, TEAMS, NOW - timedelta(days=3))
    fill(world)
    world.clock.set(NOW)
    world.service.planning.replan(NOW)
    world.ledger.upkeep.hold()  # as a daemon does, that has just kept house
    world.ledger.memory.put(LAST_BEAT, NOW.isoformat())
    return world
