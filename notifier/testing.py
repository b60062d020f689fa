"""The fakes and builders that tests need, ours and a user's.

A clock moved by hand, a channel that records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from notifier.domain.drafts import Form, Message
from notifier.domain.offers import Offer
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.times import SHANGHAI, aware, utc
from notifier.domain.values import Kind, Milestone, MilestoneName, Notice, Parcel, squash
from notifier.ports import Replies

SENT = Outcome(verdict=Verdict.SENT)
FORMS = (Form.TEXT, Form.WECOM, Form.MARKDOWN, Form.TELEGRAM, Form.MAIL)


class ManualClock:
    """A clock that stands still until it is moved, in either direction.

    Safe to read from any thread.
    """

    def __init__(self, now: datetime) -> None:
        """`now` is aware; ValueError if not."""
        self._now = utc(now)
        self._passed = 0.0

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._passed

    def move(self, step: timedelta) -> datetime:
        """Let `step` pass, and return the present; a negative one only sets the clock back."""
        self._now += step
        self._passed += max(step.total_seconds(), 0.0)
        return self._now

    def set(self, now: datetime) -> None:
        """Move to the instant `now`."""
        self.move(utc(now) - self._now)

    def jump(self, by: timedelta) -> datetime:
        """Set the clock forth or back, while no time passes, and return the present."""
        self._now += by
        return self._now


class FakeChannel:
    """A channel that keeps what it is given in `sent`, however it ended.

    `sent`: (message, address) of every attempt.

    `script` are the outcomes of the next attempts, in their order, each an Outcome or a function of
    (message, address) that returns one and may block or raise; when it is used up, every attempt is
    SENT. It may be extended at any time. `accepted` are the attempts that ended as SENT.
    """

    def __init__(
        self,
        name: str = "fake",
        form: Form = Form.TEXT,
        script: Iterable[Outcome | Callable[[Message, str], Outcome]] = (),
    ) -> None:
        self.name = name
        self.form = form
        self.script = list(script)
        self.sent: list[tuple[Message, str]] = []
        self.accepted: list[tuple[Message, str]] = []
        self.closed = False
        self.replies: Replies | None = None
        self._lock = threading.Lock()

    def send(self, message: Message, address: str = "") -> Outcome:
        with self._lock:
            self.sent.append((message, address))
            step = self.script.pop(0) if self.script else SENT
        outcome = step(message, address) if callable(step) else step
        if outcome.verdict is Verdict.SENT:
            with self._lock:
                self.accepted.append((message, address))
        return outcome

    def close(self) -> None:
        self.closed = True


def shanghai_time(text: str) -> datetime:
    """`2024-11-14 17:00` as clocks in China show it; an instant with its own zone keeps it."""
    at = datetime.fromisoformat(text)
    return aware(at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI))


def a_milestone(at: datetime | str, **fields: Any) -> Milestone:
    """A milestone stated to the minute, quoted as such notices write it."""
    instant = shanghai_time(at) if isinstance(at, str) else aware(at)
    local = instant.astimezone(SHANGHAI)
    quote = f"{local.year}年{local.month}月{local.day}日{local.hour}:{local.minute:02}"
    return Milestone(at=instant, **({"quote": quote} | fields))


def _milestones(at: Mapping[str | MilestoneName, Any]) -> dict[MilestoneName, Milestone]:
    return {
        MilestoneName(name): value if isinstance(value, Milestone) else a_milestone(value)
        for name, value in at.items()
    }


# ten days of listing, the application a day shorter, the deposit due with it: what most notices
# publish
_USUAL = {
    "registration_open": "2024-11-05 09:00",
    "registration_close": "2024-11-14 17:00",
    "deposit_close": "2024-11-14 17:00",
    "bidding_open": "2024-11-05 09:00",
    "bidding_close": "2024-11-15 09:00",
}


def a_parcel(**fields: Any) -> Parcel:
    """Return a parcel with every field filled.

    `milestones` maps names to instants, texts (Shanghai) or Milestones.
    """
    milestones = _milestones(fields.pop("milestones", _USUAL))
    usual = Parcel(
        parcel_no="杭政储出[2024]901号",
        location="上城区测试路与样例街交叉口东南角",
        district="上城区",
        use="住宅(设配套公建)用地",
        area_m2=Decimal(15000),
        floor_area_m2=Decimal(33000),
        far="1.0-2.2",
        start_price_wan=Decimal(99000),
        deposit_wan=Decimal(19800),
        term="70年",
    )
    return replace(usual, milestones=milestones, **fields)


def a_notice(**fields: Any) -> Notice:
    """A listing of one parcel; `parcels` replaces it."""
    usual = Notice(
        file="notice.csv",
        kind=Kind.LISTING,
        notice_no="杭测试告[2024]R901号",
        title="国有建设用地使用权挂牌出让公告",
        authority="杭州市规划和自然资源局",
        city="杭州",
        published=date(2024, 10, 16),
        platform="浙江省土地使用权网上交易系统",
        contacts=("0571-55501234",),
    )
    return replace(usual, **({"parcels": (a_parcel(),)} | fields))


def an_offer(**fields: Any) -> Offer:
    """Return the parcel of `a_notice` as the ledger keeps it.

    Fields of the offer, or of its parcel, as keywords.
    """
    of_offer = {
        name: fields.pop(name) for name in list(fields) if name in Offer.__dataclass_fields__
    }
    notice = a_notice()
    parcel = of_offer.pop("parcel", None) or a_parcel(**fields)
    usual = Offer(
        id=1,
        key=f"{squash(notice.notice_no)}|{squash(parcel.parcel_no)}",
        parcel=parcel,
        notice_no=notice.notice_no,
        kind=notice.kind,
        title=notice.title,
        authority=notice.authority,
        city=notice.city,
        published=notice.published,
        platform=notice.platform,
        contacts=notice.contacts,
    )
    return replace(usual, **of_offer)


def a_message(**fields: Any) -> Message:
    """A short reminder in the form TEXT."""
    usual = Message(
        form=Form.TEXT, title="报名截止还有3小时", text="报名截止还有3小时\n杭政储出[2024]901号"
    )
    return replace(usual, **fields)
