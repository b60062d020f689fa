"""WeCom's server of intelligent robots, as its document describes it.

One connection a robot, frames that are answered by their `req_id`, cards that can be exchanged by
the `req_id` of a press alone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.peers.http import WAIT

BOT_ID, SECRET = "aibTEST-0001", "wecom-secret-0123456789abcdef"
_MOST_CARDS_BUTTONS = 6
_UPDATE_WITHIN = 5.0  # seconds

Frame = dict[str, Any]


@dataclass
class Sent:
    """A message of the robot in a chat; `card` is empty for a text."""

    chat: str
    chat_type: int
    text: str = ""
    card: Frame = field(default_factory=dict)

    def key(self, words: str) -> str:
        buttons = self.card["button_list"]
        return next(str(b["key"]) for b in buttons if b["text"].startswith(words))

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.card.get("button_list", [])]


@dataclass
class WecomServer:
    """`answer`: what answers a frame instead, None for silence; `before_update`: called when a card
    is about to be exchanged; `holders`: the paths of the addresses at which robots came, in turn.
    """

    sent: list[Sent] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    updates: list[tuple[str, Frame]] = field(default_factory=list)
    subscribed: int = 0
    holders: list[str] = field(default_factory=list)
    answer: Callable[[Frame], Frame | None] | None = None
    before_update: Callable[[], None] | None = None
    url: str = ""
    _line: ServerConnection | None = None
    _pressed: dict[str, float] = field(default_factory=dict)
    _count: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def running(self) -> Iterator[WecomServer]:
        with serve(self._serve, "127.0.0.1", 0, ping_interval=None) as server:
            self.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                self._stop(server)
                thread.join(WAIT)

    def _stop(self, server: Server) -> None:
        server.shutdown()
        self.hang_up()

    @property
    def cards(self) -> list[Sent]:
        return [message for message in self.sent if message.card]

    @property
    def texts(self) -> list[Sent]:
        return [message for message in self.sent if message.text]

    def wait_until(self, come: Callable[[], bool], timeout: float = WAIT) -> None:
        with self._news:
            if not self._news.wait_for(come, timeout):
                raise AssertionError(f"not within {timeout} s: {self.sent} {self.updates}")

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        with self._news:
            self._news.wait_for(lambda: False, seconds)

    def is_shown(self, press: str) -> bool:
        """Return whether a card is exchanged for a press while that can be done."""
        with self._news:
            return self._news.wait_for(
                lambda: any(number == press for number, _ in self.updates), _UPDATE_WITHIN
            )

    def wait_for_line(self) -> None:
        self.wait_until(lambda: self._line is not None)

    def press(self, message: Sent, key: str, by: str, msgid: str = "") -> str:
        """Somebody presses a button of a card; return the `req_id` of the press."""
        with self._news:
            self._count += 1
            number = f"press-{self._count}"
        body = {
            "msgid": msgid or f"msg-{number}",
            "create_time": 1,
            "aibotid": BOT_ID,
            "chattype": "single" if message.chat_type == 1 else "group",
            "from": {"userid": by},
            "msgtype": "event",
            "event": {
                "eventtype": "template_card_event",
                "template_card_event": {
                    "card_type": "button_interaction",
                    "event_key": key,
                    "task_id": message.card.get("task_id", ""),
                },
            },
        }
        if message.chat_type == 2:
            body["chatid"] = message.chat
        with self._news:
            self._pressed[number] = time.monotonic()
        self.push(json.dumps(self.event(body, number)))
        return number

    def event(self, body: Frame, number: str) -> Frame:
        return {"cmd": "aibot_event_callback", "headers": {"req_id": number}, "body": body}

    def push(self, text: str | bytes) -> None:
        """Let a frame, or whatever it is, come in on the robot's connection."""
        self.wait_for_line()
        assert self._line is not None
        with suppress(ConnectionClosed):
            self._line.send(text)

    def push_text(self, content: bytes) -> None:
        """Let bytes come in as a text, whatever they are."""
        self.wait_for_line()
        assert self._line is not None
        with suppress(ConnectionClosed):
            self._line.send(content, text=True)

    @property
    def is_open(self) -> bool:
        return self._line is not None

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()

    def update_of(self, press: str) -> Frame:
        """What a card was exchanged for, as soon as it was."""
        self.wait_until(lambda: any(number == press for number, _ in self.updates))
        return next(body for number, body in self.updates if number == press)

    def displace(self) -> None:
        """Another program opens the connection of the robot."""
        self.wait_for_line()
        assert self._line is not None
        self._tell_displaced(self._line)

    def _tell_displaced(self, line: ServerConnection) -> None:
        event = {"msgid": "gone", "msgtype": "event", "event": {"eventtype": "disconnected_event"}}
        with suppress(ConnectionClosed):
            line.send(json.dumps(self.event(event, "gone")))
        # who stands still answers no end of a connection: nobody waits for it
        threading.Thread(target=line.close, daemon=True).start()

    def _serve(self, line: ServerConnection) -> None:
        try:
            for text in line:
                self._take(line, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            with self._news:
                if self._line is line:
                    self._line = None
                self._news.notify_all()

    def _take(self, line: ServerConnection, frame: Frame) -> None:
        if frame["cmd"] == "aibot_respond_update_msg" and self.before_update is not None:
            self.before_update()
            return
        answer = self.answer(frame) if self.answer is not None else self._answer(line, frame)
        if answer is not None:
            line.send(json.dumps({"headers": frame["headers"], **answer}))
        with self._news:
            self.frames.append(frame)
            self._news.notify_all()

    def _answer(self, line: ServerConnection, frame: Frame) -> Frame:
        body, command = frame.get("body", {}), frame["cmd"]
        if command == "aibot_subscribe":
            if (body["bot_id"], body["secret"]) != (BOT_ID, SECRET):
                return {"errcode": 853000, "errmsg": "invalid bot_id or secret"}
            with self._news:
                former, self._line = self._line, line
                self.subscribed += 1
                self.holders.append(line.request.path.strip("/") if line.request else "")
            if former is not None:
                self._tell_displaced(former)
        elif command == "aibot_send_msg":
            return self._send(body)
        elif command == "aibot_respond_update_msg":
            return self._update(frame["headers"]["req_id"], body)
        return {"errcode": 0, "errmsg": "ok"}

    def _send(self, body: Frame) -> Frame:
        card = body.get("template_card", {})
        if len(card.get("button_list", [])) > _MOST_CARDS_BUTTONS:
            return {"errcode": 40058, "errmsg": "invalid button_list"}
        text = body.get("markdown", {}).get("content", "")
        with self._news:
            self.sent.append(Sent(body["chatid"], body["chat_type"], text, card))
            self._news.notify_all()
        return {"errcode": 0, "errmsg": "ok"}

    def _update(self, number: str, body: Frame) -> Frame:
        at = self._pressed.pop(number, None)
        if at is None or time.monotonic() - at > _UPDATE_WITHIN:
            return {"errcode": 846605, "errmsg": "invalid req_id"}
        card = body["template_card"]
        with self._news:
            for message in self.sent:
                if message.card.get("task_id") == card["task_id"] and "userids" not in body:
                    message.card = card
            self.updates.append((number, body))
            self._news.notify_all()
        return {"errcode": 0, "errmsg": "ok"}
