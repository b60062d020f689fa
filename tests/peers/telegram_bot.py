"""A bot of Telegram's with a memory: what it sent, what people press, what was answered.

It behaves as the Bot API documents it: `getUpdates` holds an empty answer back, forgets what is
before `offset`, and is refused while a webhook is set; a press is answered once; a message is
edited only into another one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.peers.http import WAIT, Answer, Held, HttpPeer, Reply, Request, telegram, telegram_error

_MOST_DATA = 64  # bytes


@dataclass
class Posted:
    """A message of the bot in a chat: its text, and its buttons as rows of (words, key)."""

    chat: int
    number: int
    text: str
    markup: dict[str, Any]

    @property
    def rows(self) -> list[list[tuple[str, str]]]:
        rows = self.markup.get("inline_keyboard", [])
        return [[(button["text"], button["callback_data"]) for button in row] for row in rows]

    @property
    def labels(self) -> list[str]:
        return [words for row in self.rows for words, _ in row]

    def key(self, words: str) -> str:
        """The key of the button whose words begin so."""
        return next(key for row in self.rows for label, key in row if label.startswith(words))


@dataclass
class TelegramBot:
    """`before_answer`: called when a press is about to be answered, which is then not answered;
    `after_send`, `before_edit`: called when a message was taken, or its buttons are about to be
    exchanged; `refuse_edits`: answers whoever wants to exchange buttons."""

    posted: list[Posted] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    webhook: bool = False
    before_answer: Any = None
    after_send: Any = None
    before_edit: Any = None
    refuse_edits: Any = None
    peer: HttpPeer = field(init=False)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _pressed: int = 0

    def __post_init__(self) -> None:
        self.peer = HttpPeer(self._play)

    @contextmanager
    def running(self) -> Iterator[TelegramBot]:
        with self.peer.running():
            try:
                yield self
            finally:
                self.peer.stopping.set()
                with self._news:
                    self._news.notify_all()

    def press(
        self, message: Posted, key: str, by: int, other: Mapping[str, Any] | None = None
    ) -> str:
        """Somebody presses a button below a message; return the id of the press.

        `other`: what stands in the query in another way.
        """
        with self._news:
            self._pressed += 1
            number = f"query-{self._pressed}"
            shown = {
                "message_id": message.number,
                "date": 1,
                "chat": {"id": message.chat, "type": "private" if message.chat > 0 else "group"},
                "text": message.text,
                "reply_markup": message.markup,
            }
            pressed = {
                "id": number,
                "from": {"id": by, "is_bot": False, "first_name": "x"},
                "message": shown,
                "chat_instance": "1",
                "data": key,
            } | dict(other or {})
            self._add({"callback_query": pressed})
            return number

    def add(self, update: dict[str, Any]) -> None:
        """Let an update come in that is no press of a button of ours."""
        with self._news:
            self._add(update)

    def _add(self, update: dict[str, Any]) -> None:
        number = self.updates[-1]["update_id"] + 1 if self.updates else 700 + self._pressed
        self.updates.append({"update_id": number, **update})
        self._news.notify_all()

    def wait_for_post(self, count: int = 1) -> Posted:
        self.wait_until(lambda: len(self.posted) >= count)
        return self.posted[count - 1]

    def answer_to(self, press: str) -> str:
        """What was said to whoever pressed, as soon as it was said."""
        self.wait_until(lambda: any(number == press for number, _ in self.answers))
        return next(words for number, words in self.answers if number == press)

    def wait_until(self, come: Any) -> None:
        with self._news:
            if not self._news.wait_for(come, WAIT):
                raise AssertionError(f"not within {WAIT} s: {self.posted} {self.answers}")

    def _play(self, request: Request) -> Reply | Held:
        method = request.path.rpartition("/")[2]
        if method == "sendMessage":
            return self._send(request)
        if method == "getUpdates":
            return lambda: self._updates(request.json)
        if method == "answerCallbackQuery":
            return lambda: self._answer(request.json)
        if method == "editMessageReplyMarkup":
            return self._edit(request.json)
        return telegram(request)

    def _send(self, request: Request) -> Reply:
        reply = telegram(request)
        if not isinstance(reply, Answer) or reply.status != 200:
            return reply
        body = request.json
        markup = body.get("reply_markup", {})
        for row in markup.get("inline_keyboard", []):
            if not row or any(len(b["callback_data"].encode()) > _MOST_DATA for b in row):
                return telegram_error(400, "Bad Request: BUTTON_DATA_INVALID")
        with self._news:
            number = len(self.posted) + 1
            self.posted.append(Posted(int(body["chat_id"]), number, body["text"], markup))
            self._news.notify_all()
        if self.after_send is not None:
            self.after_send()
        return Answer(body={"ok": True, "result": {"message_id": number}})

    def _updates(self, body: dict[str, Any]) -> Answer:
        if self.webhook:
            return telegram_error(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset = body.get("offset", 0)
        with self._news:
            self.updates = [found for found in self.updates if found["update_id"] >= offset]
            self._news.wait_for(
                lambda: self.updates or self.peer.stopping.is_set(), body.get("timeout", 0)
            )
            found = self.updates[: body.get("limit", 100)]
        return Answer(body={"ok": True, "result": found})

    def _answer(self, body: dict[str, Any]) -> Answer:
        if self.before_answer is not None:
            self.before_answer()
            return telegram_error(500, "Internal Server Error: nobody waits for it any more")
        number = body["callback_query_id"]
        with self._news:
            if len(body.get("text", "")) > 200:
                return telegram_error(400, "Bad Request: MESSAGE_TOO_LONG")
            if any(known == number for known, _ in self.answers):
                return telegram_error(
                    400,
                    "Bad Request: query is too old and response timeout expired "
                    "or query ID is invalid",
                )
            self.answers.append((number, body.get("text", "")))
            self._news.notify_all()
        return Answer(body={"ok": True, "result": True})

    def _edit(self, body: dict[str, Any]) -> Answer:
        if self.before_edit is not None:
            self.before_edit(body)
        if self.refuse_edits is not None:
            refused: Answer = self.refuse_edits()
            return refused
        with self._news:
            for message in self.posted:
                if (message.chat, message.number) == (int(body["chat_id"]), body["message_id"]):
                    if message.markup == body["reply_markup"]:
                        return telegram_error(400, "Bad Request: message is not modified")
                    message.markup = body["reply_markup"]
                    self._news.notify_all()
                    return Answer(body={"ok": True, "result": {"message_id": message.number}})
        return telegram_error(400, "Bad Request: message to edit not found")


def busy() -> Answer:
    """What the Bot API answers whoever asks too often."""
    body = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    return Answer(status=429, body=body)
