"""Buttons below a reminder on Telegram: each press does one thing, once, for one recipient, one
milestone, one instant; whoever may not is told so, and nothing happens."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier import app
from notifier.domain.answer_links import AnswerLink, Deed, read_short_key, short_key, unseal
from notifier.domain.pauses import PauseKind
from notifier.domain.values import MilestoneName
from notifier.testing import shanghai_time
from tests.peers.http import BOT_TOKEN, Answer
from tests.peers.telegram_bot import TelegramBot
from tests.telegram_world import AT, CLOSE, GROUP, LI, ZHANG, TelegramWorld


@pytest.fixture(name="telegram")
def _telegram(tmp_path: Path) -> Iterator[TelegramWorld]:
    with TelegramBot().running() as bot:
        yield TelegramWorld(tmp_path, bot)


def test_a_reminder_carries_buttons_and_no_links(telegram: TelegramWorld) -> None:
    message = telegram.post(ZHANG)
    assert message.labels == ["已办", "不参与", "处理中", "1小时后再提醒"]
    assert all(len(key.encode()) <= 64 for row in message.rows for _, key in row)
    assert "/a/" not in message.text


def test_a_press_in_a_group_is_of_who_pressed_and_stands_below_the_message(
    telegram: TelegramWorld,
) -> None:
    assert telegram.press(GROUP, "已办", ZHANG) == "✔ 张三 已办 11-13 17:00"
    assert telegram.states() == {"acknowledged"}
    assert telegram.answers() == [("registration_close", "张三")]
    assert telegram.post(GROUP).labels == ["✔ 张三 已办 11-13 17:00"]


def test_a_second_press_does_nothing_and_says_who_was_first(telegram: TelegramWorld) -> None:
    telegram.press(GROUP, "已办", ZHANG)
    telegram.world.clock.move(timedelta(minutes=5))
    words = telegram.press(ZHANG, "不参与", ZHANG)
    assert words == "此前已答复：✔ 张三 已办 11-13 17:00"
    assert telegram.states() == {"acknowledged"}
    assert telegram.post(ZHANG).labels == ["✔ 张三 已办 11-13 17:00"]


def test_not_bidding_is_said_of_the_whole_parcel(telegram: TelegramWorld) -> None:
    assert telegram.press(ZHANG, "不参与", ZHANG).startswith("✔ 张三 不参与")
    assert telegram.states() == {"skipped"}


def test_in_hand_leaves_the_buttons_that_answer_for_good(telegram: TelegramWorld) -> None:
    words = telegram.press(ZHANG, "处理中", ZHANG)
    assert words.startswith("张三 处理中，11-14 ")
    assert telegram.post(ZHANG).labels == ["已办", "不参与", words]
    (offer,) = telegram.world.ledger.parcels.all()
    (pause,) = telegram.world.ledger.pauses.of_parcel(offer.id)
    assert (pause.kind, pause.recipient, pause.by) == (PauseKind.SEEN, "张三", "张三")


def test_who_is_not_known_is_told_so_and_nothing_happens(telegram: TelegramWorld) -> None:
    words = telegram.press(GROUP, "已办", LI)
    assert str(LI) in words
    assert "尚未登记" in words
    assert telegram.states() == {"ahead"}
    assert len(telegram.post(GROUP).labels) == 4


def test_anothers_button_does_nothing_wherever_it_is_pressed(telegram: TelegramWorld) -> None:
    key = telegram.post(ZHANG).key("已办")
    assert "不是给您的" in telegram.press_key(key, chat=GROUP, by=LI)
    assert "不是给您的" in telegram.press_key(key, chat=GROUP, by=ZHANG)
    assert telegram.states() == {"ahead"}


def test_a_button_of_a_deadline_that_was_moved_says_so_and_does_nothing(
    telegram: TelegramWorld,
) -> None:
    (offer,) = telegram.world.ledger.parcels.all()
    telegram.world.ledger.parcels.set_time(
        offer,
        CLOSE,
        None,
        by="x",
        why="",
        now=telegram.world.clock.now(),
    )
    assert telegram.press(ZHANG, "已办", ZHANG) == "截止时间已变更，未作处理"
    assert telegram.answers() == []
    assert telegram.post(ZHANG).labels == ["截止时间已变更"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"at": AT + timedelta(days=1)}, "截止时间已变更为 11-14 17:00"),
        ({"at": AT - timedelta(days=9)}, "早已过去"),
        ({"parcel_id": 999}, "没有这宗地块"),
        ({"recipient": "gone"}, "无法识别"),
    ],
)
def test_what_does_not_stand_does_nothing(
    telegram: TelegramWorld, other: dict[str, Any], words: str
) -> None:
    assert words in telegram.press_key(telegram.key(**other))
    assert telegram.states() == {"ahead"}


def test_a_press_that_a_crash_interrupted_acts_once_even_if_its_pause_is_over(
    telegram: TelegramWorld,
) -> None:
    (account,) = telegram.service.listening.accounts()
    memory = telegram.world.ledger.memory
    telegram.press(ZHANG, "1小时后再提醒", ZHANG)
    mark = memory.get(f"replies:{account}:mark")
    assert mark is not None
    memory.put(f"replies:{account}:mark", "")  # as if the process had died before
    telegram.build()
    telegram.world.clock.move(timedelta(hours=2))
    telegram.listen()
    (offer,) = telegram.world.ledger.parcels.all()
    (pause,) = telegram.world.ledger.pauses.of_parcel(offer.id)
    assert pause.said_at == shanghai_time("2024-11-13 17:00")
    assert memory.get(f"replies:{account}:mark") == mark


def test_updates_that_are_no_press_are_passed_over(telegram: TelegramWorld) -> None:
    telegram.bot.add({"message": {"message_id": 5, "text": "hello"}})
    telegram.bot.add({"callback_query": {"id": 3, "from": None}})
    telegram.listen()
    telegram.listen()
    assert telegram.press(ZHANG, "已办", ZHANG).startswith("✔")


def test_a_webhook_on_the_bot_is_refused_in_words_once(telegram: TelegramWorld) -> None:
    telegram.bot.webhook = True
    for _ in range(5):
        telegram.listen()
    telegram.world.work()
    words = [text for text in telegram.world.said() if "按钮" in text]
    assert len(words) == 1
    assert "webhook is active" in words[0]
    assert BOT_TOKEN not in words[0]
    telegram.bot.webhook = False
    assert telegram.press(ZHANG, "已办", ZHANG).startswith("✔")


def test_without_anybody_known_a_group_gets_no_buttons(tmp_path: Path) -> None:
    with TelegramBot().running() as bot:
        folder = tmp_path / "world"
        folder.mkdir()
        made = TelegramWorld(folder, bot)
        assert made.world.settings.people
        setup = made.service.active.setup
        assert setup.can_press("tg", str(GROUP))
        text = (folder / "config.toml").read_text("utf-8")
        nobody = text.replace('[people."张三"]\n', "").replace(f"telegram_id = {ZHANG}\n", "")
        made.world.restart(nobody)
        made.world.channels["tg"] = app.open_channels(made.world.settings)["tg"]  # type: ignore[assignment]
        made.build()
        setup = made.service.active.setup
        assert not setup.can_press("tg", str(GROUP))
        assert setup.can_press("tg", str(ZHANG))


_bodies = st.text(max_size=90) | st.binary(max_size=60).map(lambda data: data.hex())
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(key=_bodies, query=st.dictionaries(st.sampled_from(["from", "message", "id"]), _json))
def test_whatever_is_pressed_nothing_crashes_and_nothing_acts(
    telegram: TelegramWorld, key: str, query: dict[str, object]
) -> None:
    telegram.bot.press(telegram.post(ZHANG), key, ZHANG, other=query)
    (account,) = telegram.service.listening.accounts()
    before = telegram.world.ledger.memory.get(f"replies:{account}:mark")
    telegram.listen()
    assert telegram.world.ledger.memory.get(f"replies:{account}:mark") != before
    assert telegram.answers() == []
    assert telegram.states() == {"ahead"}


def _random_update(chance: random.Random, telegram: TelegramWorld) -> dict[str, Any]:
    """Return an update that is none of ours, or a real key that somebody else has or that is
    touched."""
    own = telegram.key(chance.choice(list(Deed)))
    other = telegram.key(recipient="拓展组", deed=chance.choice(list(Deed)))
    touched = list(own)
    touched[chance.randrange(len(own))] = chance.choice("AZaz09-_é\0\ud800")
    query: dict[str, Any] = {
        "id": str(chance.random()),
        "from": {"id": ZHANG},
        "message": {"message_id": 1, "chat": {"id": ZHANG}},
        "data": "".join(touched) if touched != list(own) else own[1:],
    }
    kind = chance.randrange(6)
    if kind == 0:  # of a stranger, in the chat of somebody
        query |= {"data": other, "from": {"id": LI}}
    elif kind == 1:  # in a chat to which no message of that recipient goes
        query |= {"data": own, "message": {"message_id": 2, "chat": {"id": GROUP - 1}}}
    elif kind == 2:  # half of it is missing, or of another kind
        query |= {chance.choice(list(query)): _random_value(chance, 3)}
        query["data"] = chance.choice([query["data"], _random_value(chance, 2)])
        query["data"] = own[:-1] if query["data"] == own else query["data"]
    elif kind == 3:
        return {chance.choice(["callback_query", "message", "é"]): _random_value(chance, 4)}
    elif kind == 4:
        query["data"] = chance.randbytes(chance.randrange(80)).decode("latin-1")
    return {"callback_query": query}


def _random_value(chance: random.Random, depth: int) -> Any:
    words = chance.randbytes(chance.randrange(12)).decode("latin-1")
    plain = [None, True, -1, 10**30, 0.5, "", words, "data", "\ud800", "\0", ZHANG]
    if depth == 0 or chance.random() < 0.5:
        return chance.choice(plain)
    inner = [_random_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    names = ["id", "from", "message", "data", "chat", "reply_markup", "inline_keyboard", words]
    return inner if chance.random() < 0.5 else {chance.choice(names): each for each in inner}


def _assert_random_updates_do_nothing(telegram: TelegramWorld, count: int) -> None:
    chance = random.Random(17)
    for number in range(count):
        if number % 10 == 9:  # what is no answer of the Bot API at all
            body = chance.choice(
                [chance.randbytes(40), json.dumps(_random_value(chance, 5)).encode()]
            )
            telegram.bot.peer.script.append(Answer(body=body))
        else:
            telegram.bot.add(_random_update(chance, telegram))
        telegram.listen()
        telegram.bot.peer.script.clear()
        telegram.bot.peer.requests.clear()
    assert telegram.answers() == []
    assert telegram.states() == {"ahead"}
    telegram.bot.answers.clear()
    assert telegram.press(ZHANG, "已办", ZHANG).startswith("✔ 张三 已办")


def test_random_callback_bodies_do_nothing(telegram: TelegramWorld) -> None:
    _assert_random_updates_do_nothing(telegram, 200)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_random_callback_bodies_do_nothing(telegram: TelegramWorld) -> None:
    _assert_random_updates_do_nothing(telegram, 10_000)


@given(
    deed=st.sampled_from(list(Deed)),
    recipient=st.text(max_size=60),
    parcel_id=st.integers(1, 2**40),
    name=st.sampled_from(list(MilestoneName)),
    at=st.datetimes().map(lambda at: AT + timedelta(minutes=at.minute, days=at.day)),
    flipped=st.integers(0, 53),
)
def test_a_short_key_says_what_it_was_made_of_and_nothing_else_can_be_made_of_it(
    deed: Deed, recipient: str, parcel_id: int, name: MilestoneName, at: object, flipped: int
) -> None:
    link = AnswerLink(
        deed=deed,
        recipient=recipient,
        parcel_id=parcel_id,
        milestone=name,
        at=at,  # type: ignore[arg-type]
    )
    secret = b"k" * 32
    text = short_key(secret, link)
    assert len(text) <= 64
    assert read_short_key(secret, text, ["other", recipient]) == link
    assert read_short_key(secret, text, ["other"]) in (None, link)
    assert read_short_key(b"x" * 32, text, [recipient]) is None
    assert unseal(secret, text) is None
    other = "A" if text[flipped] != "A" else "B"
    changed = text[:flipped] + other + text[flipped + 1 :]
    found = read_short_key(secret, changed, [recipient])
    assert found is None or found == link  # the last letter carries two bits of nothing
