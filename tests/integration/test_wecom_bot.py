"""WeCom's intelligent robot on a server that is played: what goes out, what is pressed, and
whatever can go wrong with the one connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.channels import open_channel
from notifier.channels.service_channel import ServiceChannel
from notifier.channels.wecom_line import WecomLine, line_of
from notifier.domain.drafts import Form, Markup, Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.errors import ChannelError, RepliesRefused
from tests.peers.wecom_server import BOT_ID, SECRET, Frame, WecomServer
from tests.wecom_world import GROUP, WecomWorld


@pytest.fixture(name="server")
def _server() -> Iterator[WecomServer]:
    with WecomServer().running() as server:
        yield server
        line_of(server.url, BOT_ID, SECRET).close()


@pytest.fixture(name="wecom")
def _wecom(tmp_path: Path, server: WecomServer) -> WecomWorld:
    return WecomWorld(tmp_path, server)


def test_a_reminder_is_a_text_in_full_and_its_buttons_in_a_card_below(wecom: WecomWorld) -> None:
    texts = [message for message in wecom.server.texts if message.chat == GROUP]
    assert texts[-1].chat_type == 2
    assert "报名" in texts[-1].text
    assert "/a/" not in texts[-1].text
    assert wecom.card(GROUP).labels == ["已办", "不参与", "处理中", "1小时后再提醒"]
    assert wecom.card("zhangsan").chat_type == 1
    assert wecom.server.subscribed == 1


def test_where_a_press_can_be_lost_the_links_stand_beside_the_buttons(
    tmp_path: Path, server: WecomServer
) -> None:
    board = '[web]\nurl = "https://board.example.com"\n'
    wecom = WecomWorld(tmp_path, server, board)
    texts = [message for message in server.texts if message.chat == GROUP]
    assert texts[-1].text.count("](https://board.example.com/a/") == 4
    assert wecom.card(GROUP).labels == ["已办", "不参与", "处理中", "1小时后再提醒"]


def test_of_several_nodes_the_leader_alone_sends_on_the_one_connection(wecom: WecomWorld) -> None:
    queues = {step.name: step.queue for step in wecom.service.steps()}
    assert queues["channel wecom"] == "leader"
    assert queues["channel console"] == "nodes"


def test_a_press_in_a_group_is_of_who_pressed_and_the_card_says_so(wecom: WecomWorld) -> None:
    body = wecom.press(GROUP, "已办", "ZHANGSAN")
    assert body["template_card"]["sub_title_text"] == "✔ 张三 已办 11-13 17:00"
    assert "userids" not in body
    assert wecom.states() == {"acknowledged"}
    assert len(wecom.card(GROUP).labels) == 1


def test_in_hand_leaves_the_buttons_that_answer_for_good(wecom: WecomWorld) -> None:
    wecom.press("zhangsan", "处理中", "zhangsan")
    assert wecom.card("zhangsan").labels[:2] == ["已办", "不参与"]
    assert wecom.press("zhangsan", "已办", "zhangsan")
    assert wecom.states() == {"acknowledged"}


def test_a_stranger_alone_is_told_so_and_nothing_happens(wecom: WecomWorld) -> None:
    body = wecom.press(GROUP, "已办", "lisi")
    assert body["userids"] == ["lisi"]
    assert "尚未登记" in body["template_card"]["sub_title_text"]
    assert wecom.states() == {"ahead"}
    assert len(wecom.card(GROUP).labels) == 4


def test_a_forged_key_and_a_button_of_others_do_nothing(wecom: WecomWorld) -> None:
    for key in ("forged", wecom.card("zhangsan").key("已办")):
        number = wecom.server.press(wecom.card(GROUP), key, "zhangsan")
        wecom.listen()
        assert wecom.server.update_of(number)["userids"] == ["zhangsan"]
    assert wecom.states() == {"ahead"}


def test_a_press_that_comes_twice_is_taken_once(wecom: WecomWorld) -> None:
    card = wecom.card(GROUP)
    key = card.key("已办")
    first = wecom.server.press(card, key, "zhangsan", msgid="same")
    second = wecom.server.press(card, key, "zhangsan", msgid="same")
    third = wecom.server.press(card, key, "zhangsan")
    wecom.listen()
    wecom.server.update_of(first)
    wecom.listen()
    wecom.server.update_of(third)
    assert [number for number, _ in wecom.server.updates] == [first, third]
    assert second not in dict(wecom.server.updates)


def test_garbage_and_a_huge_frame_stop_nothing(wecom: WecomWorld) -> None:
    for text in ("", "[]", "{", "null", b"\xff\x00", "[" * 5_000, '{"headers": 1}'):
        wecom.server.push(text)
    for body in ({}, {"event": 1}, {"msgid": 1, "event": {"eventtype": "template_card_event"}}):
        wecom.server.push(json.dumps(wecom.server.event(body, "x")))
    hollow = {"msgid": "hollow", "event": {"eventtype": "template_card_event"}}
    wecom.server.push(json.dumps(wecom.server.event(hollow, "x")))
    wecom.listen()
    wecom.server.push("x" * (2 << 20))  # ends the connection
    wecom.server.wait_until(lambda: not wecom.server.is_open)
    meets_the_end = _send(wecom.server)  # unknown, where this side has not seen it yet
    assert meets_the_end.verdict in (Verdict.SENT, Verdict.UNKNOWN)
    assert _send(wecom.server).verdict is Verdict.SENT
    assert wecom.server.subscribed == 2
    wecom.press(GROUP, "已办", "zhangsan")
    assert wecom.states() == {"acknowledged"}


def _channel(server: WecomServer, **other: str) -> ServiceChannel:
    fields = {"bot_id": BOT_ID, "secret": SECRET, "to": "@zhangsan", **other}
    channel = open_channel("it", service="wecom-bot", fields=fields, endpoint=server.url)
    assert isinstance(channel, ServiceChannel)
    return channel


def _send(server: WecomServer, **other: str) -> Outcome:
    form = Form(markup=Markup.MARKDOWN, buttons=True)
    message = Message(form=form, title="T", text="T\nx", markdown="**T**\nx")
    return _channel(server, **other).send(message)


@pytest.mark.parametrize(
    ("code", "verdict", "about"),
    [
        (45009, Verdict.RETRY, About.CHANNEL),
        (-1, Verdict.RETRY, About.CHANNEL),
        (40058, Verdict.REJECTED, About.MESSAGE),
        (60111, Verdict.REJECTED, About.ADDRESS),
        (93000, Verdict.REJECTED, About.CHANNEL),
        ("0", Verdict.UNKNOWN, About.CHANNEL),
        (None, Verdict.UNKNOWN, About.CHANNEL),
        (False, Verdict.UNKNOWN, About.CHANNEL),
    ],
)
def test_only_errcode_nought_is_a_yes(
    server: WecomServer, code: object, verdict: Verdict, about: About
) -> None:
    def answer(frame: Frame) -> Frame:
        return {"errcode": code if frame["cmd"] == "aibot_send_msg" else 0, "errmsg": "words"}

    server.answer = answer
    outcome = _send(server)
    assert (outcome.verdict, outcome.about) == (verdict, about)


def test_silence_leaves_open_whether_it_arrived(
    server: WecomServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.channels.wecom_bot._ANSWER", 0.2)
    server.answer = lambda frame: {"errcode": 0} if frame["cmd"] == "aibot_subscribe" else None
    assert _send(server).verdict is Verdict.UNKNOWN


def test_a_connection_that_ends_during_a_send_leaves_open_whether_it_arrived(
    server: WecomServer,
) -> None:
    def answer(frame: Frame) -> Frame | None:
        if frame["cmd"] == "aibot_subscribe":
            return {"errcode": 0}
        server.hang_up()
        return None

    assert _send(server).verdict is Verdict.SENT
    server.answer = answer
    assert _send(server).verdict is Verdict.UNKNOWN
    server.answer = None
    assert _send(server).verdict is Verdict.SENT


def test_a_wrong_secret_is_refused_in_words_that_do_not_hold_it(server: WecomServer) -> None:
    wrong = "wrong-secret-0123456789"
    outcome = _send(server, secret=wrong)
    assert outcome.verdict is Verdict.REJECTED
    assert "853000" in outcome.words
    replies = _channel(server, secret=wrong).replies
    assert replies is not None
    with pytest.raises(RepliesRefused, match="853000") as caught:
        replies.listen("")
    assert wrong not in str(caught.value) + outcome.words


def test_a_connection_that_another_program_takes_is_left_to_it(server: WecomServer) -> None:
    assert _send(server).verdict is Verdict.SENT
    server.displace()
    server.wait_until(lambda: not server.is_open)
    outcome = _until_taken(server)
    assert outcome.retry_after is not None
    assert timedelta(0) < outcome.retry_after <= timedelta(minutes=1)
    replies = _channel(server).replies
    assert replies is not None
    with pytest.raises(RepliesRefused, match="another program"):
        replies.listen("")
    assert server.subscribed == 1


def test_a_node_that_leads_anew_takes_its_connection_up_at_once(server: WecomServer) -> None:
    replies = _channel(server).replies
    assert replies is not None
    assert _send(server).verdict is Verdict.SENT
    server.displace()
    _until_taken(server)
    replies.release()
    assert _send(server).verdict is Verdict.SENT
    assert server.subscribed == 2


def _until_taken(server: WecomServer) -> Outcome:
    for _ in range(50):
        outcome = _send(server)
        if outcome.verdict is Verdict.RETRY:
            return outcome
    raise AssertionError(outcome)


def test_a_server_that_is_away_is_asked_again(server: WecomServer) -> None:
    line = WecomLine("ws://127.0.0.1:9", BOT_ID, SECRET)
    with pytest.raises(ChannelError, match="not reachable"):
        line.next_event(0.1)
    channel = open_channel(
        "it",
        service="wecom-bot",
        fields={"bot_id": BOT_ID, "secret": SECRET, "to": "@a"},
        endpoint="ws://127.0.0.1:9",
    )
    message = Message(form=Form.MARKDOWN, title="T", text="T", markdown="T")
    assert channel.send(message).verdict is Verdict.RETRY
    assert server.subscribed == 0


def test_the_connection_is_kept_by_pings(
    server: WecomServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.channels.wecom_line._PING", 0.05)
    assert _send(server).verdict is Verdict.SENT
    server.wait_until(lambda: sum(frame["cmd"] == "ping" for frame in server.frames) >= 3)
    assert server.subscribed == 1
