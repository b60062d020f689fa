"""Buttons under Telegram's messages: heard by long polling, so that no public address is needed.

`getUpdates` gives what came after `offset` and forgets what is before it; it is refused with 409
while a webhook is set or another program polls (core.telegram.org/bots/api#getupdates). Each press
wants `answerCallbackQuery`, at most 200 characters (#answercallbackquery); a button carries at most
64 bytes (#inlinekeyboardbutton).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import ADDRESS
from notifier.channels.deadline import deadline
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.domain.drafts import Button
from notifier.domain.outcomes import PostPlace
from notifier.domain.presses import Heard, Press, Reaction, relabelled
from notifier.errors import ChannelError, RepliesRefused

log = logging.getLogger("notifier")

_POLL = 25  # seconds that Telegram holds an empty answer back
_ATTEMPT = 10.0  # seconds for an answer beside that
_LONGEST_WORDS = 200  # characters of the answer to a press
_LONGEST_LABEL = 60  # characters; a phone shows about half of it
_CONFLICT = 409
_PASSING = (429, 500, 502, 503, 504)


def keyboard(rows: Sequence[Sequence[Button]]) -> dict[str, object]:
    """Return rows of buttons as the Bot API wants them."""
    return {
        "inline_keyboard": [
            [{"text": button.label[:_LONGEST_LABEL], "callback_data": button.key} for button in row]
            for row in rows
        ]
    }


class TelegramReplies:
    """The presses of one bot."""

    service = "telegram"
    sends_alone = False

    def __init__(self, fields: Mapping[str, str], host: str) -> None:
        """`fields`: of the channel, sound; `host`: where the Bot API is."""
        self._token = fields["token"]
        self._to = fields.get("to", "")
        self._base = f"{host}/bot{self._token}"

    @property
    def account(self) -> str:
        return f"telegram {self._token.partition(':')[0]}"

    def chats(self, address: str) -> tuple[str, ...]:
        if address:
            return split_addresses(self._to.replace(ADDRESS, address) if self._to else address)
        return tuple(chat for chat in split_addresses(self._to) if chat != ADDRESS)

    def is_personal(self, chat: str) -> bool:
        return chat.isdecimal()  # groups have numbers below zero, channels a name

    def listen(self, mark: str) -> Heard:
        asked = {"timeout": _POLL, "limit": 1, "allowed_updates": ["callback_query"]}
        offset = {"offset": int(mark)} if mark else {}
        reply = self._ask("getUpdates", asked | offset, _POLL + _ATTEMPT)
        if reply.status == _CONFLICT:
            raise RepliesRefused(f"{self.account}: {self._words(reply)}")
        updates = reply.fields.get("result")
        if reply.fields.get("ok") is not True or not isinstance(updates, list):
            raise ChannelError(f"{self.account}: {self._words(reply)}")
        if not updates:
            return Heard(press=None, mark=mark)
        number = updates[0].get("update_id") if isinstance(updates[0], dict) else None
        if type(number) is not int:
            raise ChannelError(f"{self.account}: {self._words(reply)}")
        return Heard(press=_press(updates[0]), mark=str(number + 1))

    def react(self, press: Press, reaction: Reaction) -> None:
        answer = {
            "callback_query_id": press.handle["query"],
            "text": reaction.words[:_LONGEST_WORDS],
            "show_alert": not reaction.label,
        }
        self._tell("answerCallbackQuery", answer)
        rows = [[Button(*button) for button in row] for row in json.loads(press.handle["rows"])]
        number = press.handle["message"]
        if number and keyboard(relabelled(rows, reaction)) != keyboard(rows):
            self.correct(PostPlace(chat=press.chats[0], number=number), relabelled(rows, reaction))

    def release(self) -> None:
        """Do nothing: a poll holds no connection, and ends by itself."""

    def correct(self, place: PostPlace, rows: Sequence[Sequence[Button]]) -> None:
        which = {"chat_id": place.chat, "message_id": int(place.number)}
        self._tell("editMessageReplyMarkup", which | {"reply_markup": keyboard(rows)})

    def _tell(self, method: str, body: Mapping[str, object]) -> None:
        """Ask for something to be shown; a refusal for good changes nothing of what was done."""
        reply = self._ask(method, body, _ATTEMPT)
        if reply.status in _PASSING:
            raise ChannelError(f"{self.account}: {method}: {self._words(reply)}")
        if reply.fields.get("ok") is not True:
            log.info("%s: %s: %s", self.account, method, self._words(reply))

    def _ask(self, method: str, body: Mapping[str, object], seconds: float) -> Reply:
        try:
            with deadline(seconds) as until:
                return ReplyLine(until).post(f"{self._base}/{method}", json=dict(body))
        except UnansweredError as fault:
            raise ChannelError(f"{self.account}: {fault.outcome.words}") from None

    def _words(self, reply: Reply) -> str:
        words = f"HTTP {reply.status} {reply.text('description')[:200]}".strip()
        return words.replace(self._token, "****")


def _press(update: Mapping[str, Any]) -> Press | None:
    """Return the press of an update; None if it is about something else."""
    query = _table(update.get("callback_query"))
    data, number = query.get("data"), query.get("id")
    presser = _table(query.get("from")).get("id")
    if not isinstance(data, str) or not isinstance(number, str) or type(presser) is not int:
        return None
    message = _table(query.get("message"))
    chat, message_id = _table(message.get("chat")), message.get("message_id")
    chats = [str(chat["id"])] if type(chat.get("id")) is int else []
    if chats and isinstance(chat.get("username"), str):
        chats.append(f"@{chat['username']}")
    is_known = bool(chats) and type(message_id) is int
    return Press(
        id=str(update["update_id"]),
        key=data,
        presser=str(presser),
        chats=tuple(chats),
        handle={
            "query": number,
            "message": str(message_id) if is_known else "",
            "rows": json.dumps(_rows(message.get("reply_markup"))),
        },
    )


def _rows(markup: object) -> list[list[list[str]]]:
    """Return the buttons below a message: rows of (words, key)."""
    rows = _table(markup).get("inline_keyboard")
    found = []
    for row in rows if isinstance(rows, list) else ():
        buttons = [_table(button) for button in row] if isinstance(row, list) else []
        texts = [(button.get("text"), button.get("callback_data")) for button in buttons]
        found.append([[a, b] for a, b in texts if isinstance(a, str) and isinstance(b, str)])
    return found


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
