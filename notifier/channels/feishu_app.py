"""An application of Feishu's own (飞书企业自建应用) or Lark's, below whose messages people press.

A text at most 150 KB, 5 messages a second to a person or a group
(open.feishu.cn/document/server-docs/im-v1/message/create). The buttons stand in a card that replies
to the text, so that it can be exchanged without the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.feishu_api import (
    FeishuApi,
    NoTokenError,
    judge,
    message_id,
)
from notifier.channels.feishu_presses import FeishuReplies, card
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.channels.verdicts import to_each
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import Outcome, PostPlace, Verdict

_HOSTS = {"": "https://open.feishu.cn", "larksuite": "https://open.larksuite.com"}
_MENTION = re.compile(r"<(?=\s*/?\s*at\b)", re.IGNORECASE)
_MEMBER = re.compile(r"ou_[A-Za-z0-9]+")


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    """Send a text to each, and below it the card with its buttons."""
    api = FeishuApi(_host(account.fields, account.endpoint), account.fields, line)

    def to_chat(address: str) -> Outcome:
        kind = "open_id" if address.startswith("ou_") else "chat_id"
        body = {"receive_id": address, "msg_type": "text", "content": _text(message)}
        try:
            reply = api.post("im/v1/messages", body, receive_id_type=kind)
        except NoTokenError as fault:
            return fault.outcome
        outcome = judge(reply)
        if outcome.verdict is not Verdict.SENT or not message.buttons:
            return outcome
        return _with_buttons(outcome, reply, api, address, message)

    return to_each(account.to, to_chat)


def _with_buttons(
    outcome: Outcome, reply: Reply, api: FeishuApi, address: str, message: Message
) -> Outcome:
    """Let the buttons follow a text that is there already, and is not sent again for them."""
    content = json.dumps(card(address, message.buttons))
    body = {"msg_type": "interactive", "content": content}
    try:
        more = api.post(f"im/v1/messages/{message_id(reply)}/reply", body)
        refusal = judge(more)
    except (NoTokenError, UnansweredError) as fault:
        refusal = fault.outcome
    if refusal.verdict is not Verdict.SENT:
        return replace(outcome, words=f"sent without its buttons: {refusal.words}")
    below = message_id(more)
    return replace(outcome, places=(PostPlace(chat=address, number=below),) if below else ())


def _text(message: Message) -> str:
    """Return the content of a text. Nothing in the text itself calls anybody."""
    members = [mention for mention in message.mentions if _MEMBER.fullmatch(mention)]
    called = "".join(f'\n<at user_id="{escape(member)}"></at>' for member in members)
    return json.dumps({"text": _MENTION.sub("＜", message.text) + called})


def replies(fields: Mapping[str, str], endpoint: str) -> FeishuReplies:
    """Return the way in of an application; `endpoint` stands in for Feishu's server."""
    return FeishuReplies(fields, _host(fields, endpoint))


def _host(fields: Mapping[str, str], endpoint: str) -> str:
    """Return where the interface is: in China, abroad, or where the channel says."""
    return (endpoint or _HOSTS.get(fields.get("region", ""), _HOSTS[""])).rstrip("/")


SERVICE = ChannelService(
    name="feishu-app",
    title="Feishu or Lark application",
    fields=(
        Setting(
            name="app_id",
            needed=True,
            pattern=r"[A-Za-z0-9_-]{4,64}",
            expected="the application's id (App ID)",
        ),
        Setting(
            name="secret",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the application's secret (App Secret)",
        ),
        Setting(name="region", pattern=r"feishu|larksuite", expected="feishu or larksuite"),
        Setting(name="to", needed=True),
    ),
    form=Form(limit=16_000, unit=Unit.BYTES, buttons=True, forgets_presses=True),
    # a text and the card below it are two messages, and a group is shared with other robots
    tempo=Tempo(per_minute=60, seconds_apart=0.5),
    address=r"(?:ou|oc)_[A-Za-z0-9]{4,64}",
    address_words="a member's open_id (ou_...) or a group's chat_id (oc_...)",
    send=send,
    replies=replies,
)
