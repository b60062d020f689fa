"""Buttons below the messages of a Feishu application.

They stand in a card of their own, each with all that is on it: so it can be put together anew
without a memory. `PATCH im/v1/messages/:message_id` exchanges it for 14 days
(document/server-docs/im-v1/message-card/patch), for all who see it
(`update_multi`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import ADDRESS
from notifier.channels.deadline import deadline
from notifier.channels.feishu_api import FeishuApi, NoTokenError, judge
from notifier.channels.feishu_line import line_of
from notifier.channels.long_line import LineLostError, LineRefusedError, is_id, table
from notifier.channels.replies import ReplyLine, UnansweredError
from notifier.channels.verdicts import clean
from notifier.domain.drafts import Button
from notifier.domain.outcomes import Outcome, PostPlace, Verdict
from notifier.domain.presses import Heard, Press, Reaction, relabelled
from notifier.errors import ChannelError, RepliesRefused

log = logging.getLogger("notifier")

_LISTEN = 25.0  # seconds
_ATTEMPT = 10.0  # seconds for an answer
_LONGEST_WORDS = 200  # characters of what is shown for a press
_LONGEST_LABEL = 60

Rows = Sequence[Sequence[Button]]


def card(address: str, rows: Rows) -> dict[str, Any]:
    """Return the card that carries these buttons, below a message to `address`."""
    labels = [[(button.label[:_LONGEST_LABEL], button.key) for button in row] for row in rows]
    shown = [[list(pair) for pair in row] for row in labels]
    return {
        "config": {"wide_screen_mode": True, "update_multi": True, "enable_forward": False},
        "elements": [
            {"tag": "action", "actions": [_button(address, *pair, shown) for pair in row]}
            for row in labels
        ],
    }


def _button(address: str, label: str, key: str, shown: list[list[list[str]]]) -> dict[str, Any]:
    return {
        "tag": "button",
        "type": "default",
        "text": {"tag": "plain_text", "content": label},
        "value": {"key": key, "to": address, "rows": shown},
    }


class FeishuReplies:
    """The presses of one application."""

    service = "feishu-app"
    sends_alone = False

    def __init__(self, fields: Mapping[str, str], host: str) -> None:
        """`fields`: of the channel, sound; `host`: where Feishu's interface is."""
        self._fields = fields
        self._host = host
        self._line = line_of(host, fields["app_id"], fields["secret"])
        self._memory: dict[str, str] = {}

    @property
    def account(self) -> str:
        return f"feishu {self._fields['app_id']}"

    def chats(self, address: str) -> tuple[str, ...]:
        listed = self._fields.get("to", "")
        if address:
            listed = listed.replace(ADDRESS, address) if listed else address
        return tuple(part for part in split_addresses(listed) if part != ADDRESS)

    def is_personal(self, chat: str) -> bool:
        return chat.startswith("ou_")

    def listen(self, mark: str) -> Heard:
        try:
            if mark:
                self._line.drop_event(mark)
            found = self._line.next_event(_LISTEN)
        except LineRefusedError as fault:
            raise RepliesRefused(f"{self.account}: {fault}") from None
        except LineLostError as fault:
            raise ChannelError(f"{self.account}: {fault}") from None
        if found is None:
            return Heard(press=None, mark=mark)
        number, event = found
        return Heard(press=None if number == mark else _press(number, event["press"]), mark=number)

    def react(self, press: Press, reaction: Reaction) -> None:
        """Say it to who pressed and, if something was done, exchange the card for all."""
        kind = "success" if reaction.label else "warning"
        shown: dict[str, object] = {
            "toast": {"type": kind, "content": reaction.words[:_LONGEST_WORDS]}
        }
        rows = [[Button(*pair) for pair in row] for row in json.loads(press.handle["rows"])]
        if reaction.label and rows:
            whole = card(press.handle["to"], relabelled(rows, reaction))
            shown["card"] = {"type": "raw", "data": whole}
        try:
            self._line.answer(press.id, shown)
        except ChannelError as fault:  # 3 seconds later there is no way to show it any more
            log.warning("%s: a press was taken and could not be shown: %s", self.account, fault)

    def correct(self, place: PostPlace, rows: Rows) -> None:
        outcome = self._exchange(place.number, json.dumps(card(place.chat, rows)))
        words = clean(outcome.words, [self._fields["secret"], *self._memory.values()])
        if outcome.verdict is Verdict.REJECTED:
            log.info("%s: a card stays as it is: %s", self.account, words)
        elif outcome.verdict is not Verdict.SENT:
            raise ChannelError(f"{self.account}: {words}")

    def release(self) -> None:
        self._line.release()

    def _exchange(self, number: str, content: str) -> Outcome:
        try:
            with deadline(_ATTEMPT) as until:
                line = ReplyLine(until, memory=self._memory)
                api = FeishuApi(self._host, self._fields, line)
                return judge(api.patch(f"im/v1/messages/{number}", {"content": content}))
        except (NoTokenError, UnansweredError) as fault:
            return fault.outcome


def _press(number: str, event: Mapping[str, Any]) -> Press | None:
    """Return the press of an event; None if it is not understood.

    Feishu names a chat between two by an id that no address bears. What a button was sent to says
    which it is, as long as nobody else presses it there.
    """
    value = table(table(event.get("action")).get("value"))
    key, to = value.get("key"), value.get("to")
    presser = table(event.get("operator")).get("open_id")
    chat = table(event.get("context")).get("open_chat_id")
    if not is_id(key) or not is_id(to) or not is_id(presser):
        return None
    if to.startswith("ou_"):
        chats = (to,) if to == presser else ()
    else:
        chats = (chat,) if is_id(chat) else ()
    rows = json.dumps(_rows(value.get("rows")))
    return Press(id=number, key=key, presser=presser, chats=chats, handle={"to": to, "rows": rows})


def _rows(rows: object) -> list[list[list[str]]]:
    """Return the buttons of a card: rows of (words, key)."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        pairs = row if isinstance(row, list) else []
        found.append([pair for pair in pairs if _is_button(pair)])
    return [row for row in found if row]


def _is_button(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(is_id(text) for text in pair)
