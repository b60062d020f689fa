"""WeCom's intelligent robot (企业微信智能机器人, 长连接).

developer.work.weixin.qq.com/document/path/101463: `aibot_send_msg` to a member who has written to
the robot before, or a group that it is in; 30 messages a minute and 1,000 an hour a chat. A card
holds too little for a reminder: the text goes out as Markdown, and its buttons in a card below.
`errcode` 0 for the same `req_id` is the yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.long_line import LineLostError, LineRefusedError
from notifier.channels.replies import ReplyLine
from notifier.channels.verdicts import SENT, Codes, rejected, retry, to_each
from notifier.channels.wecom_line import (
    Frame,
    LineTakenError,
    WecomLine,
    line_of,
)
from notifier.channels.wecom_presses import HOST, WecomReplies, cards, cards_of
from notifier.domain.drafts import Form, Markup, Message, Unit
from notifier.domain.outcomes import Outcome, Verdict

_ANSWER = 8.0  # seconds
_BAD_SECRET = 853000  # "invalid bot_id or secret"

_CODES = Codes(
    limited=frozenset({45009, 45011, 45033}),
    wait=timedelta(minutes=1),
    for_now=frozenset({-1}),
    about_message=frozenset({40008, 40009, 40058, 44004, 45002, 45007, 45008}),
    about_address=frozenset({40003, 60111, 81013}),
)


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    del line  # that of HTTP
    own = line_of(account.at(HOST), account["bot_id"], account["secret"])

    def to_chat(address: str) -> Outcome:
        chat = {
            "chatid": address.removeprefix("@"),
            "chat_type": 1 if address.startswith("@") else 2,
        }
        text = {"msgtype": "markdown", "markdown": {"content": message.markdown}}
        outcome = _send(own, chat | text)
        if outcome.verdict is not Verdict.SENT:
            return outcome
        for card in cards_of(message.title, message.buttons):
            content = card.body(cards.keep(card))
            more = _send(own, chat | {"msgtype": "template_card", "template_card": content})
            if more.verdict is not Verdict.SENT:  # the text is there: it is not sent again for them
                return replace(outcome, words=f"sent without its buttons: {more.words}")
        return outcome

    return to_each(account.to, to_chat)


def _send(line: WecomLine, body: Mapping[str, Any]) -> Outcome:
    try:
        return judge(line.ask("aibot_send_msg", body, _ANSWER))
    except LineTakenError as fault:
        return retry(str(fault), timedelta(seconds=fault.seconds))
    except LineRefusedError as fault:
        return rejected(str(fault)) if fault.code == _BAD_SECRET else retry(str(fault))
    except LineLostError as fault:
        verdict = Verdict.UNKNOWN if fault.handed_over else Verdict.RETRY
        return Outcome(verdict=verdict, words=str(fault))


def judge(answer: Frame) -> Outcome:
    """Return the outcome of an answer; only `errcode` 0 is a yes."""
    code = answer.get("errcode")
    if type(code) is not int:
        return Outcome(verdict=Verdict.UNKNOWN, words="not WeCom's answer")
    return SENT if code == 0 else _CODES.refusal(code, f"errcode {code}: {answer.get('errmsg')}")


def replies(fields: Mapping[str, str], endpoint: str) -> WecomReplies:
    """Return the way in of a robot; `endpoint` stands in for WeCom's server."""
    return WecomReplies(fields, endpoint or HOST)


SERVICE = ChannelService(
    name="wecom-bot",
    title="WeCom intelligent robot",
    fields=(
        Setting(
            name="bot_id",
            needed=True,
            pattern=r"[A-Za-z0-9_-]{4,128}",
            expected="the robot's id (Bot ID)",
        ),
        Setting(
            name="secret",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,256}",
            expected="the robot's secret",
        ),
        Setting(name="to", needed=True),
    ),
    form=Form(
        markup=Markup.MARKDOWN,
        limit=4_096,
        unit=Unit.BYTES,
        buttons=True,
        forgets_presses=True,
    ),
    # a text and the card below it are two messages: 30 a minute would be 1,800 an hour
    tempo=Tempo(per_minute=8),
    address=r"@[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}|[A-Za-z0-9_-]{6,128}",
    address_words="@ and a member's id (@zhangsan), or the id of a group's chat",
    send=send,
    replies=replies,
)
