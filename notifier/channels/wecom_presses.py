"""Buttons below the messages of a WeCom intelligent robot.

They stand in a template card (`button_interaction`), at most 6 in one
(developer.work.weixin.qq.com/document/path/101032). A press is a `template_card_event`
(document/path/101027); its card can be exchanged within 5 seconds by the `req_id` of the press, and
in no other way (document/path/101463).
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import ADDRESS
from notifier.channels.long_line import LineLostError, LineRefusedError, is_id, table
from notifier.channels.verdicts import clean
from notifier.channels.wecom_line import (
    Frame,
    LineTakenError,
    line_of,
)
from notifier.domain.drafts import Button
from notifier.domain.outcomes import PostPlace
from notifier.domain.presses import Heard, Press, Reaction, relabelled
from notifier.errors import ChannelError, RepliesRefused

log = logging.getLogger("notifier")

HOST = "wss://openws.work.weixin.qq.com"
MOST_BUTTONS = 6  # of a card
_LISTEN = 25.0  # seconds
_UPDATE = 4.0  # seconds; a card can be exchanged for 5
_TITLE = 26  # characters, as the document suggests; so with those below
_WORDS = 112
_LABEL = 10
_MOST_CARDS = 1_000

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card: it can only be exchanged as a whole."""

    title: str
    rows: Rows

    def body(self, task: str, words: str = "") -> dict[str, Any]:
        """Return it as WeCom wants it. `words`: what was done."""
        buttons = [button for row in self.rows for button in row]
        body: dict[str, Any] = {
            "card_type": "button_interaction",
            "main_title": {"title": shortened(self.title, _TITLE)},
            "task_id": task,
            "button_list": [
                {"text": shortened(button.label, _LABEL), "style": 1, "key": button.key}
                for button in buttons[:MOST_BUTTONS]
            ],
        }
        return body | ({"sub_title_text": shortened(words, _WORDS)} if words else {})


class CardMemory:
    """The cards that this process sent, by their tasks; the oldest are forgotten."""

    def __init__(self) -> None:
        self._cards: OrderedDict[str, Card] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, card: Card, task: str = "") -> str:
        """Remember a card; return the name of its task, a new one if it has none."""
        task = task or uuid.uuid4().hex
        with self._guard:
            self._cards[task] = card
            self._cards.move_to_end(task)
            if len(self._cards) > _MOST_CARDS:
                self._cards.popitem(last=False)
        return task

    def find(self, task: str) -> Card | None:
        with self._guard:
            return self._cards.get(task)


cards = CardMemory()
"""One a process, like the line: what is sent by one thread is pressed in another's."""


def cards_of(title: str, rows: Sequence[Sequence[Button]]) -> list[Card]:
    """Return the cards that carry these buttons, a row never on two of them."""
    found: list[Card] = []
    waiting: list[tuple[Button, ...]] = []
    for row in rows:
        if waiting and sum(map(len, waiting)) + len(row) > MOST_BUTTONS:
            found.append(Card(title, tuple(waiting)))
            waiting = []
        waiting.append(tuple(row))
    return [*found, Card(title, tuple(waiting))] if waiting else found


class WecomReplies:
    """The presses of one robot."""

    service = "wecom"
    sends_alone = True

    def __init__(self, fields: Mapping[str, str], url: str) -> None:
        """`fields`: of the channel, sound; `url`: where WeCom's server is."""
        self._bot_id = fields["bot_id"]
        self._secret = fields["secret"]
        self._to = fields.get("to", "")
        self._line = line_of(url, self._bot_id, self._secret)

    @property
    def account(self) -> str:
        return f"wecom {self._bot_id}"

    def chats(self, address: str) -> tuple[str, ...]:
        if address:
            listed = self._to.replace(ADDRESS, address) if self._to else address
        else:
            listed = self._to
        parts = (part for part in split_addresses(listed) if part != ADDRESS)
        return tuple(member(part[1:]) if part.startswith("@") else part for part in parts)

    def is_personal(self, chat: str) -> bool:
        return chat.startswith("@")

    def listen(self, mark: str) -> Heard:
        try:
            if mark:
                self._line.drop_event(mark)
            frame = self._line.next_event(_LISTEN)
        except (LineRefusedError, LineTakenError) as fault:
            raise RepliesRefused(f"{self.account}: {fault}") from None
        except LineLostError as fault:
            raise ChannelError(f"{self.account}: {fault}") from None
        if frame is None:
            return Heard(press=None, mark=mark)
        msgid = frame["body"]["msgid"]
        return Heard(press=None if msgid == mark else _press(frame), mark=msgid)

    def react(self, press: Press, reaction: Reaction) -> None:
        """Exchange the card, for all who see it or, if nothing was done, for who pressed alone.

        After a restart it is not known what stood on it: then it carries the answer, and the one
        button that was pressed.
        """
        task = press.handle["task"]
        if not task:
            return
        card = cards.find(task)
        if card is None:
            label = reaction.label or reaction.words
            card = Card(reaction.words, ((Button(label, press.key),),))
        else:
            card = Card(card.title, relabelled(card.rows, reaction))
        body: dict[str, Any] = {
            "response_type": "update_template_card",
            "template_card": card.body(task, reaction.words),
        }
        if reaction.label:
            cards.keep(card, task)
        else:
            body["userids"] = [press.handle["userid"]]
        try:
            answer = self._line.ask(
                "aibot_respond_update_msg", body, _UPDATE, press.handle["req_id"]
            )
        except ChannelError as fault:  # 5 seconds later there is no way to show it any more
            log.warning("%s: a press was taken and could not be shown: %s", self.account, fault)
            return
        if answer.get("errcode") != 0:
            words = f"errcode {answer.get('errcode')}: {answer.get('errmsg')}"
            log.info("%s: a card stays as it is: %s", self.account, clean(words, [self._secret]))

    def release(self) -> None:
        self._line.release()

    def correct(self, place: PostPlace, rows: Sequence[Sequence[Button]]) -> None:
        """Do nothing: without a press WeCom has no way to exchange a card, so none is a place."""
        del place, rows


def member(userid: str) -> str:
    """Return a member's id as chats and people name it; WeCom does not mind the size of letters."""
    return f"@{userid.casefold()}"


def shortened(words: str, most: int) -> str:
    """Return `words` as a line of at most `most` characters, marked where some are left out."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _press(frame: Frame) -> Press | None:
    """Return the press of an event; None if it is not understood."""
    body = table(frame.get("body"))
    card = table(table(body.get("event")).get("template_card_event"))
    key, task = card.get("event_key"), card.get("task_id")
    userid = table(body.get("from")).get("userid")
    req_id = table(frame.get("headers")).get("req_id")
    if not is_id(key) or not is_id(userid) or not is_id(req_id):
        return None
    chat = body.get("chatid")
    is_group = body.get("chattype") == "group" or "chatid" in body
    if is_group and not is_id(chat):
        return None
    return Press(
        id=str(body["msgid"]),
        key=key,
        presser=member(userid),
        chats=(str(chat),) if is_group else (member(userid),),
        handle={
            "req_id": req_id,
            "task": task if is_id(task) else "",
            "userid": userid,
        },
    )
