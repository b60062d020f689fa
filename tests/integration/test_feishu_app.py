"""An application of Feishu's on a server that is played: what goes out, what is pressed, and
whatever can go wrong with its interface and its connection."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels import open_channel
from notifier.channels.feishu_frames import CONTROL, DATA, FeishuFrame, decode, encode
from notifier.channels.feishu_line import line_of
from notifier.channels.service_channel import ServiceChannel
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.values import MilestoneName
from notifier.errors import ChannelError, RepliesRefused
from tests.feishu_world import GROUP, LI, ZHANG, FeishuWorld
from tests.peers.feishu_server import APP_ID, SECRET, TOKEN, FeishuServer
from tests.peers.http import Answer, Fault, Request

_EVENT = (
    "0885808080802010ac0218f681801020012a0d0a047479706512056576656e742a110a0a6d6573736167655f6964"
    "12036d2d312a080a0373756d1201313204677a69703a046a736f6e420b7b2261223a22e6b58b227d4a026e31"
)
_PING = "08001000180320002a0c0a0474797065120470696e67"


@pytest.fixture(name="server")
def _server() -> Iterator[FeishuServer]:
    with FeishuServer().running() as server:
        yield server
        line_of(server.url, APP_ID, SECRET).release()


@pytest.fixture(name="feishu")
def _feishu(tmp_path: Path, server: FeishuServer) -> FeishuWorld:
    return FeishuWorld(tmp_path, server)


def test_frames_are_those_of_protocol_buffers() -> None:
    """The octets were made by Google's own library, of the message that Feishu's client has."""
    frame = FeishuFrame(
        seq_id=2**40 + 5,
        log_id=300,
        service=33554678,
        method=DATA,
        headers=(("type", "event"), ("message_id", "m-1"), ("sum", "1")),
        encoding="gzip",
        kind="json",
        payload='{"a":"测"}'.encode(),
        log_id_new="n1",
    )
    assert encode(frame).hex() == _EVENT
    assert decode(bytes.fromhex(_EVENT)) == frame
    ping = FeishuFrame(service=3, method=CONTROL, headers=(("type", "ping"),))
    assert encode(ping).hex() == _PING
    unknown = bytes.fromhex(_PING) + b"\x51" + bytes(8) + b"\x5d" + bytes(4) + b"\x60\x01"
    assert decode(unknown) == ping


@given(st.binary(max_size=200) | st.integers(0, 88).map(lambda at: bytes.fromhex(_EVENT)[:at]))
def test_octets_are_a_frame_or_are_refused(octets: bytes) -> None:
    try:
        frame = decode(octets)
    except ValueError:
        return
    assert decode(encode(frame)) == frame


def test_a_reminder_is_a_text_in_full_and_its_buttons_reply_to_it(feishu: FeishuWorld) -> None:
    texts = [message for message in feishu.server.texts if message.to == GROUP]
    assert "报名" in texts[-1].text
    assert feishu.card(GROUP).labels == ["已办", "不参与", "处理中", "1小时后再提醒"]
    assert feishu.card(ZHANG).labels[:2] == ["已办", "不参与"]
    assert feishu.server.tokens == 1


def test_where_a_press_can_be_lost_the_links_stand_beside_the_buttons(
    tmp_path: Path, server: FeishuServer
) -> None:
    FeishuWorld(tmp_path, server, '[web]\nurl = "https://board.example.com"\n')
    texts = [message for message in server.texts if message.to == GROUP]
    assert texts[-1].text.count("https://board.example.com/a/") == 4


def test_any_node_sends_and_the_leader_alone_hears(feishu: FeishuWorld) -> None:
    queues = {step.name: step.queue for step in feishu.service.steps()}
    assert queues["channel feishu"] == "nodes"
    feishu.open_line()
    (account,) = feishu.service.listening.accounts()
    feishu.service.listening.release(account, feishu.world.clock.now())
    feishu.server.wait_until(lambda: not feishu.server.is_open)


def test_a_press_in_a_group_is_of_who_pressed_and_the_card_says_so(feishu: FeishuWorld) -> None:
    shown = feishu.press(GROUP, "已办", ZHANG)
    assert shown["toast"] == {"type": "success", "content": "✔ 张三 已办 11-13 17:00"}
    assert feishu.card(GROUP).labels == ["✔ 张三 已办 11-13 17:00"]
    assert feishu.states() == {"acknowledged"}


def test_what_is_answered_elsewhere_is_set_right_below_each_message(feishu: FeishuWorld) -> None:
    feishu.press(GROUP, "已办", ZHANG)
    feishu.world.service.planning.replan(feishu.world.clock.now())
    feishu.correct()
    assert feishu.card(ZHANG).labels == ["✔ 张三 已办 11-13 17:00"]
    assert feishu.card(GROUP).labels == ["✔ 张三 已办 11-13 17:00"]


def test_a_deadline_that_moved_is_said_below_the_message(feishu: FeishuWorld) -> None:
    (offer,) = feishu.world.ledger.parcels.all()
    feishu.world.ledger.parcels.set_time(
        offer,
        MilestoneName.REGISTRATION_CLOSE,
        None,
        by="x",
        why="",
        now=feishu.world.clock.now(),
    )
    shown = feishu.press(ZHANG, "已办", ZHANG)
    assert shown["toast"]["content"] == "截止时间已变更，未作处理"
    assert feishu.card(ZHANG).labels == ["截止时间已变更"]


def test_in_hand_leaves_the_buttons_that_answer_for_good(feishu: FeishuWorld) -> None:
    feishu.press(ZHANG, "处理中", ZHANG)
    assert feishu.card(ZHANG).labels[:2] == ["已办", "不参与"]
    feishu.press(ZHANG, "已办", ZHANG)
    assert feishu.states() == {"acknowledged"}


def test_a_stranger_is_told_so_and_nothing_happens(feishu: FeishuWorld) -> None:
    shown = feishu.press(GROUP, "已办", LI)
    assert "尚未登记" in shown["toast"]["content"]
    assert LI in shown["toast"]["content"]
    assert "card" not in shown
    assert feishu.states() == {"ahead"}
    assert len(feishu.card(GROUP).labels) == 4


def test_anothers_button_does_nothing_wherever_it_is_pressed(feishu: FeishuWorld) -> None:
    own = feishu.card(ZHANG)
    assert "不是给您的" in feishu.press_value(own, own.value("已办"), LI)["toast"]["content"]
    value = own.value("已办") | {"to": GROUP}
    words = feishu.press_value(feishu.card(GROUP), value, ZHANG)["toast"]["content"]
    assert "不是给您的" in words
    assert feishu.states() == {"ahead"}


@pytest.mark.parametrize("value", [{"key": "forged", "to": ZHANG, "rows": []}])
def test_a_forged_key_does_nothing(feishu: FeishuWorld, value: object) -> None:
    shown = feishu.press_value(feishu.card(ZHANG), value, ZHANG)
    assert "无法识别" in shown["toast"]["content"]
    assert feishu.states() == {"ahead"}


def test_a_press_that_comes_twice_is_taken_once(feishu: FeishuWorld) -> None:
    card = feishu.card(GROUP)
    value = card.value("已办")
    feishu.press_value(card, value, ZHANG, number="same")
    feishu.server.press(card, value, ZHANG, "same")
    feishu.press_value(card, value, ZHANG, number="other")
    assert [number for number, _ in feishu.server.shown] == ["same", "other"]


def test_a_press_that_comes_in_parts_is_put_together(feishu: FeishuWorld) -> None:
    feishu.server.parts = 5
    feishu.press(GROUP, "已办", ZHANG)
    assert feishu.states() == {"acknowledged"}


def _random_value(chance: random.Random, depth: int) -> object:
    plain = [None, True, -1, 10**30, "", "\ud800", "\0", "x" * 5_000, LI, "card.action.trigger"]
    names = ("header", "event", "event_id", "event_type", "action", "value", "rows", "operator")
    if depth == 0 or chance.random() < 0.4:
        return chance.choice(plain)
    inner = [_random_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if chance.random() < 0.5 else {chance.choice(names): each for each in inner}


def _assert_random_frames_do_nothing(feishu: FeishuWorld, count: int) -> None:
    chance = random.Random(17)
    card = feishu.card(GROUP)
    feishu.open_line()
    for number in range(count):
        kind = chance.randrange(5)
        if kind == 0:
            feishu.server.push(chance.randbytes(chance.randrange(90)))
        elif kind == 1:
            feishu.server.push(bytes.fromhex(_EVENT)[: chance.randrange(90)])
        elif kind == 2:
            feishu.server.push_event(_random_value(chance, 5))
        elif kind == 3:
            feishu.server.push("[" * chance.randrange(20_000))
        else:  # a press of which a part is of another kind
            value = card.value("已办") | {"rows": _random_value(chance, 4)}
            value[chance.choice(["key", "to"])] = _random_value(chance, 2)
            feishu.server.press(card, value, LI, f"random-{number}")
        if number % 20 == 19:
            press = feishu.server.press(card, card.value("已办"), LI)
            while all(known != press for known, _ in feishu.server.shown):
                feishu.listen()
    assert feishu.states() == {"ahead"}
    feishu.press(GROUP, "已办", ZHANG)
    assert feishu.states() == {"acknowledged"}


def test_random_frames_do_nothing(feishu: FeishuWorld) -> None:
    _assert_random_frames_do_nothing(feishu, 200)
    assert feishu.server.opened == 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_random_frames_do_nothing(feishu: FeishuWorld) -> None:
    _assert_random_frames_do_nothing(feishu, 10_000)
    assert feishu.server.opened == 1


def _channel(server: FeishuServer, **other: str) -> ServiceChannel:
    fields = {"app_id": APP_ID, "secret": SECRET, "to": ZHANG, **other}
    channel = open_channel("it", service="feishu-app", fields=fields, endpoint=server.url)
    assert isinstance(channel, ServiceChannel)
    return channel


def _send(server: FeishuServer, **other: str) -> Outcome:
    message = Message(form=Form.TEXT, title="T", text='T\n<at user_id="all"></at>')
    return _channel(server, **other).send(message)


def test_nothing_in_a_text_calls_anybody(server: FeishuServer) -> None:
    assert _send(server).verdict is Verdict.SENT
    assert "<at" not in server.texts[0].text


@pytest.mark.parametrize(
    ("code", "verdict", "about"),
    [
        (230020, Verdict.RETRY, About.CHANNEL),
        (99991663, Verdict.RETRY, About.CHANNEL),
        (230028, Verdict.REJECTED, About.MESSAGE),
        (230013, Verdict.REJECTED, About.ADDRESS),
        (230027, Verdict.REJECTED, About.CHANNEL),
        ("0", Verdict.UNKNOWN, About.CHANNEL),
        (None, Verdict.UNKNOWN, About.CHANNEL),
        (False, Verdict.UNKNOWN, About.CHANNEL),
    ],
)
def test_only_code_nought_is_a_yes(
    server: FeishuServer, code: object, verdict: Verdict, about: About
) -> None:
    def answer(request: Request) -> Answer | None:
        is_message = request.path.startswith("/open-apis/im/")
        return Answer(body={"code": code, "msg": "words"}) if is_message else None

    server.answer = answer
    outcome = _send(server)
    assert (outcome.verdict, outcome.about) == (verdict, about)


def test_a_token_that_is_out_is_fetched_anew(server: FeishuServer) -> None:
    channel = _channel(server)
    channel._memory["tenant_access_token"] = "t-old"
    message = Message(form=Form.TEXT, title="T", text="T")
    assert channel.send(message).verdict is Verdict.RETRY
    assert channel.send(message).verdict is Verdict.SENT


def test_an_answer_that_is_lost_leaves_open_whether_it_arrived(server: FeishuServer) -> None:
    def answer(request: Request) -> str | None:
        return Fault.CLOSE if request.path.startswith("/open-apis/im/") else None

    server.answer = answer
    assert _send(server).verdict is Verdict.UNKNOWN


def test_a_wrong_secret_is_refused_in_words_that_do_not_hold_it(server: FeishuServer) -> None:
    wrong = "wrong-secret-0123456789"
    outcome = _send(server, secret=wrong)
    assert outcome.verdict is Verdict.REJECTED
    assert "10014" in outcome.words
    replies = _channel(server, secret=wrong).replies
    assert replies is not None
    with pytest.raises(RepliesRefused, match="10014") as caught:
        replies.listen("")
    assert wrong not in str(caught.value) + outcome.words
    assert TOKEN not in outcome.words


def test_a_connection_that_ends_is_opened_again_by_a_new_address(feishu: FeishuWorld) -> None:
    feishu.open_line()
    feishu.server.hang_up()
    line = line_of(feishu.server.url, APP_ID, SECRET)
    while feishu.server.opened < 2:  # until the end has come here, too
        with suppress(ChannelError):
            line.next_event(1)
    feishu.press(GROUP, "已办", ZHANG)
    assert feishu.states() == {"acknowledged"}


def test_the_connection_is_kept_by_pings(
    server: FeishuServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.channels.feishu_line._SHORTEST_PING", 0.05)
    server.ping_interval = 0
    line_of(server.url, APP_ID, SECRET).next_event(0)
    server.wait_until(lambda: server.pings >= 3)
    assert server.opened == 1


def test_an_address_that_is_none_is_asked_for_again(server: FeishuServer) -> None:
    def answer(request: Request) -> Answer | None:
        body = {"code": 0, "msg": "", "data": {"URL": "http://example.com"}}
        return Answer(body=body) if request.path.startswith("/callback") else None

    server.answer = answer
    replies = _channel(server).replies
    assert replies is not None
    with pytest.raises(ChannelError, match="no address"):
        replies.listen("")
