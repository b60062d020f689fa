"""Whatever comes in on the connection of a WeCom robot: nothing crashes, nothing acts, and presses
are heard afterwards."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.channels.wecom_line import line_of
from tests.peers.wecom_server import BOT_ID, SECRET, Frame, WecomServer
from tests.wecom_world import GROUP, WecomWorld

_EACH = 20  # frames between two presses that are answered
_ENDING = 15  # of so many rounds one ends the connection
_NAMES = (
    *("cmd", "headers", "req_id", "body", "msgid", "chatid", "chattype", "from", "userid"),
    *("event", "eventtype", "template_card_event", "event_key", "task_id", "errcode"),
)
_EVENTS = ("enter_chat", "feedback_event", "template_card_event", "", "é")


@pytest.fixture(name="wecom")
def _wecom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WecomWorld]:
    monkeypatch.setattr("notifier.channels.wecom_line._STOOD_BACK", 0.01)
    monkeypatch.setattr("notifier.channels.wecom_line._LONGEST_BACK", 0.01)
    with WecomServer().running() as server:
        yield WecomWorld(tmp_path, server)
        line_of(server.url, BOT_ID, SECRET).close()


@contextmanager
def _listening(wecom: WecomWorld) -> Iterator[None]:
    """Listen as the daemon does, in a thread of its own, without its waits after a failure."""
    (step,) = (step for step in wecom.service.steps() if step.name.startswith("presses"))
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():
            again = step.run(wecom.world.clock.now())
            ended.wait(min(again.after, timedelta(milliseconds=20)).total_seconds())

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        line_of(wecom.server.url, BOT_ID, SECRET).close()
        thread.join()


def _random_value(chance: random.Random, depth: int) -> Any:
    words = chance.randbytes(chance.randrange(12)).decode("latin-1")
    plain = [None, True, -1, 10**30, 0.5, "", words, "\ud800", "\0", "x" * 5_000]
    if depth == 0 or chance.random() < 0.4:
        return chance.choice(plain)
    inner = [_random_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if chance.random() < 0.5 else {chance.choice(_NAMES): each for each in inner}


def _tables(value: object) -> list[Frame]:
    """Return the tables of a frame, itself and those inside."""
    if not isinstance(value, dict):
        return []
    return [value, *(table for inner in value.values() for table in _tables(inner))]


def _random_press(chance: random.Random, wecom: WecomWorld) -> Frame:
    """Return a press that must do nothing: another's, a stranger's, of a key that is touched, or
    one of which something is of another kind."""
    own = wecom.card("zhangsan").key("已办")
    in_group = wecom.card(GROUP).key("不参与")
    touched = own[:-2] + chance.choice("AZaz09-_é\0\ud800") + own[-1]
    key, by, chat = chance.choice(
        [
            (in_group, "lisi", GROUP),
            (own, "zhangsan", GROUP),
            (own, "lisi", ""),
            (in_group, "zhangsan", "wrANOTHERGROUP"),
            (touched if touched != own else own[1:], "zhangsan", ""),
            (chance.randbytes(chance.randrange(80)).decode("latin-1"), "zhangsan", ""),
        ]
    )
    body: Frame = {
        "msgid": f"random-{chance.random()}",
        "chattype": "group" if chat else "single",
        "from": {"userid": by},
        "msgtype": "event",
        "event": {
            "eventtype": "template_card_event",
            "template_card_event": {"event_key": key, "task_id": "task"},
        },
    }
    if chat:
        body["chatid"] = chat
    return wecom.server.event(body, f"random-{chance.random()}")


def _random_text(chance: random.Random, wecom: WecomWorld) -> str | bytes:
    frame = _random_press(chance, wecom)
    kind = chance.randrange(9)
    if kind == 0:  # half a frame
        text = json.dumps(frame)
        return text[: chance.randrange(len(text))]
    if kind == 1:  # something of it is of another kind, or missing
        frame["body"]["from"] = {"userid": "lisi"}  # nothing that is changed makes it a right one
        inside = chance.choice(_tables(frame))
        inside[chance.choice(list(inside))] = _random_value(chance, 3)
        if chance.random() < 0.3:
            del inside[chance.choice(list(inside))]
        return json.dumps(frame)
    if kind == 2:  # an id that is huge, or that no text can hold
        where = chance.choice([frame["headers"], frame["body"], frame["body"]["from"]])
        name = {3: "msgid", 4: "msgid"}.get(len(where), next(iter(where)))
        where[name] = chance.choice(["x" * 90_000, "\ud800", "a\0b", "a b\n", "-"])
        return json.dumps(frame)
    if kind == 3:
        depth = chance.randrange(2_000, 20_000)
        return chance.choice(["[" * depth, '{"body":' * depth, "[" * depth + "]" * depth])
    if kind == 4:
        return chance.randbytes(chance.randrange(60))
    if kind == 5:  # an answer to nothing that was asked
        headers = {"req_id": chance.choice(["aibot_send_msg_1", "", _random_value(chance, 1)])}
        return json.dumps({"headers": headers, "errcode": _random_value(chance, 1)})
    if kind == 6:
        frame["body"]["event"]["eventtype"] = chance.choice(_EVENTS)
        frame["cmd"] = chance.choice(["aibot_msg_callback", "aibot_event_callback", "ping", "é"])
        frame["body"]["event"]["template_card_event"]["event_key"] = "none"
        return json.dumps(frame)
    if kind == 7:
        return json.dumps(_random_value(chance, 5))
    return json.dumps(frame)


def _end_connection(chance: random.Random, wecom: WecomWorld) -> None:
    """Let something come in that no connection outlives, and wait for the next one."""
    opened = wecom.server.subscribed
    kind = chance.randrange(4)
    if kind == 0:
        wecom.server.push("x" * (2 << 20))
    elif kind == 1:
        wecom.server.push_text(b"\xff\xfe{")  # a text that is no text
    elif kind == 2:
        wecom.server.displace()
    else:
        wecom.server.hang_up()
    wecom.server.wait_until(lambda: wecom.server.subscribed > opened)


def _assert_random_frames_do_nothing(wecom: WecomWorld, count: int) -> None:
    chance = random.Random(17)
    card = wecom.card("zhangsan")
    with _listening(wecom):
        for number in range(count // _EACH):
            for _ in range(_EACH):
                wecom.server.push(_random_text(chance, wecom))
            wecom.server.update_of(wecom.server.press(card, "forged", "zhangsan"))
            if number % _ENDING == _ENDING - 1:
                _end_connection(chance, wecom)
        assert wecom.states() == {"ahead"}
        shown = wecom.server.update_of(wecom.server.press(card, card.key("已办"), "zhangsan"))
        assert shown["template_card"]["sub_title_text"].startswith("✔ 张三 已办")
    assert wecom.states() == {"acknowledged"}


def test_random_frames_do_nothing_and_presses_are_heard_after_them(
    wecom: WecomWorld, caplog: pytest.LogCaptureFixture
) -> None:
    _assert_random_frames_do_nothing(wecom, 600)
    assert "an error in the program" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_random_frames_do_nothing(
    wecom: WecomWorld, caplog: pytest.LogCaptureFixture
) -> None:
    _assert_random_frames_do_nothing(wecom, 10_000)
    assert "an error in the program" not in caplog.text
    assert SECRET not in caplog.text
