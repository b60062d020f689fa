"""Messages on Telegram that arrived are set right: what they tell was answered elsewhere, moved,
suspended; once, after whatever is new, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.offers import OfferState
from notifier.domain.presses import CORRECTED_FOR
from notifier.domain.values import Milestone, Precision, Source
from notifier.service import Again
from notifier.testing import shanghai_time
from tests.peers.http import BOT_TOKEN
from tests.peers.telegram_bot import TelegramBot, busy
from tests.telegram_world import AT, CLOSE, GROUP, ZHANG, TelegramWorld

_OFFERED = ["已办", "不参与", "处理中", "1小时后再提醒"]
_DONE = ["✔ 张三 已办 11-13 17:00"]


@pytest.fixture(name="telegram")
def _telegram(tmp_path: Path) -> Iterator[TelegramWorld]:
    with TelegramBot().running() as bot:
        yield TelegramWorld(tmp_path, bot)


def _step(telegram: TelegramWorld) -> Again:
    """Let what happened be planned, and one message be set right."""
    telegram.world.service.planning.replan(telegram.world.clock.now())
    (account,) = telegram.service.listening.accounts()
    return telegram.service.corrections.step(account, telegram.world.clock.now())


def _set_right(telegram: TelegramWorld, times: int = 4) -> None:
    for _ in range(times):
        _step(telegram)
        telegram.world.clock.move(timedelta(seconds=3))


def _edits(telegram: TelegramWorld) -> int:
    return sum(
        request.path.endswith("editMessageReplyMarkup") for request in telegram.bot.peer.requests
    )


def _answer(telegram: TelegramWorld, by: str = "张三") -> None:
    (offer,) = telegram.world.ledger.parcels.all()
    telegram.world.ledger.acknowledgements.add(offer.id, CLOSE, by, telegram.world.clock.now())


def _set(telegram: TelegramWorld, state: OfferState) -> None:
    (offer,) = telegram.world.ledger.parcels.all()
    now = telegram.world.clock.now()
    telegram.world.ledger.parcels.set_state(offer, state, by="x", why="", now=now)


def test_what_one_has_answered_stands_below_the_message_of_the_other(
    telegram: TelegramWorld,
) -> None:
    telegram.press(GROUP, "已办", ZHANG)
    _set_right(telegram)
    assert telegram.post(GROUP).labels == _DONE
    assert telegram.post(ZHANG).labels == _DONE


def test_what_is_answered_on_the_board_stands_below_both(telegram: TelegramWorld) -> None:
    before = [message.text for message in telegram.bot.posted]
    _answer(telegram)
    _set_right(telegram)
    assert (telegram.post(GROUP).labels, telegram.post(ZHANG).labels) == (_DONE, _DONE)
    assert [message.text for message in telegram.bot.posted] == before
    assert _edits(telegram) == 2
    _set_right(telegram)
    assert _edits(telegram) == 2


def test_nothing_is_edited_while_nothing_has_happened(telegram: TelegramWorld) -> None:
    _set_right(telegram)
    assert _edits(telegram) == 0
    assert telegram.post(ZHANG).labels == _OFFERED


def test_a_pause_is_said_below_the_own_message_alone(telegram: TelegramWorld) -> None:
    telegram.press(ZHANG, "处理中", ZHANG)
    words = telegram.post(ZHANG).labels
    _set_right(telegram)
    assert telegram.post(ZHANG).labels == words
    assert telegram.post(GROUP).labels == _OFFERED


def test_where_the_deadline_stands_now_is_said_and_no_button_is_left(
    telegram: TelegramWorld,
) -> None:
    (offer,) = telegram.world.ledger.parcels.all()
    moved = Milestone(
        at=AT + timedelta(days=2), precision=Precision.MINUTE, source=Source.SET, quote="x"
    )
    now = telegram.world.clock.now()
    telegram.world.ledger.parcels.set_time(offer, CLOSE, moved, by="x", why="", now=now)
    _set_right(telegram)
    assert telegram.post(ZHANG).labels == ["截止时间已变更为 11-16 17:00"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OfferState.SUSPENDED, "竞拍已中止，恢复后再提醒"),
        (OfferState.TERMINATED, "竞拍已终止"),
        (OfferState.SOLD, "已成交"),
        (OfferState.DROPPED, "这宗地块已撤回"),
    ],
)
def test_what_has_become_of_the_parcel_is_said(
    telegram: TelegramWorld, state: OfferState, words: str
) -> None:
    _set(telegram, state)
    _set_right(telegram)
    assert telegram.post(ZHANG).labels == [words]


def test_the_buttons_come_back_when_what_was_said_does_not_hold_any_more(
    telegram: TelegramWorld,
) -> None:
    _set(telegram, OfferState.SUSPENDED)
    _set_right(telegram)
    _set(telegram, OfferState.OPEN)
    _set_right(telegram)
    assert telegram.post(ZHANG).labels == _OFFERED
    assert telegram.press(ZHANG, "已办", ZHANG).startswith("✔ 张三 已办")


def test_what_is_new_goes_first(telegram: TelegramWorld) -> None:
    _step(telegram)
    telegram.world.clock.set(shanghai_time("2024-11-14 14:00"))
    telegram.service.dispatch.queue_due(telegram.world.clock.now())
    _answer(telegram)
    assert _step(telegram).after == timedelta(seconds=2)
    assert _edits(telegram) == 0
    telegram.world.work()
    _set_right(telegram)
    assert _edits(telegram) == 2


def test_corrections_keep_apart(telegram: TelegramWorld) -> None:
    _answer(telegram)
    assert _step(telegram).after == timedelta(seconds=3)
    assert _edits(telegram) == 1


def test_a_service_that_is_busy_is_asked_thrice_and_then_left_alone(
    telegram: TelegramWorld, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.bot.refuse_edits = busy
    _answer(telegram)
    for _ in range(40):
        assert _step(telegram).after >= timedelta(seconds=5)
        telegram.world.clock.move(timedelta(minutes=1))
    assert _edits(telegram) == 6  # two messages
    assert "is left as it is" in caplog.text
    assert BOT_TOKEN not in caplog.text
    telegram.bot.refuse_edits = None
    _set(telegram, OfferState.SUSPENDED)
    _set_right(telegram)
    assert telegram.post(ZHANG).labels == ["竞拍已中止，恢复后再提醒"]


def test_old_messages_are_left_as_they_are(telegram: TelegramWorld) -> None:
    telegram.world.clock.move(CORRECTED_FOR + timedelta(seconds=1))
    _answer(telegram)
    _set_right(telegram)
    assert _edits(telegram) == 0


def test_an_answer_that_came_while_the_message_was_under_way_is_found(
    telegram: TelegramWorld,
) -> None:
    """It is answered and planned before the message is recorded as sent."""

    def answer() -> None:
        _answer(telegram)
        telegram.world.service.planning.replan(telegram.world.clock.now())

    telegram.bot.after_send = answer
    telegram.world.clock.set(shanghai_time("2024-11-14 14:00"))
    telegram.world.work()
    telegram.bot.after_send = None
    assert telegram.post(ZHANG).labels[:1] == ["已办"]
    _set_right(telegram, 6)
    assert telegram.post(ZHANG).labels == ["✔ 张三 已办 11-14 14:00"]


def test_a_correction_that_a_crash_interrupted_is_made_again_and_does_no_harm(
    telegram: TelegramWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(telegram)
    with monkeypatch.context() as patch:
        patch.setattr(type(telegram.world.ledger.posts), "settle", _die)
        with pytest.raises(KeyboardInterrupt):
            _step(telegram)
    telegram.world.ledger.close()
    telegram.world.restart()
    telegram.build()
    _set_right(telegram)
    assert (telegram.post(GROUP).labels, telegram.post(ZHANG).labels) == (_DONE, _DONE)
    assert _edits(telegram) == 3


def _die(*_: object) -> None:
    raise KeyboardInterrupt
