"""WeCom's group robot (企业微信群机器人).

Limits, mentions and pictures: developer.work.weixin.qq.com/document/path/91770: markdown at most
4,096 bytes, text 2,048, 20 messages a minute; `<@userid>` in markdown, `mentioned_mobile_list` in
text. Answers: HTTP 200 with `errcode`, 0 is the yes; codes:
developer.work.weixin.qq.com/document/path/90313.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import Any

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, Codes, http_refusal, not_an_answer
from notifier.domain.drafts import Form, Markup, Message, Unit
from notifier.domain.outcomes import Outcome, Verdict

_HOST = "https://qyapi.weixin.qq.com"
_MARKDOWN_BYTES = 4_096
_TEXT_BYTES = 2_048
_ROOM_FOR_MENTIONS = 196  # bytes
_PICTURE_BYTES = 2 * 1024 * 1024
_MOBILE = re.compile(r"\+?[0-9]{6,15}")

_CODES = Codes(
    limited=frozenset({45009, 45011, 45033}),
    wait=timedelta(minutes=1),  # a robot may send 20 messages a minute
    for_now=frozenset({-1, 40014, 42001}),
    about_message=frozenset({40008, 40009, 40058, 44004, 45002, 45007, 45008}),
)


def read_url(url: Url) -> dict[str, str]:
    """`wecombot://KEY`"""
    if url.path or url.user:
        raise ValueError("holds more than a key: expected wecombot://KEY")
    return {"key": url.place}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    mobiles = [mention for mention in message.mentions if _MOBILE.fullmatch(mention)]
    members = [mention for mention in message.mentions if mention not in mobiles]
    body = _body(message, mobiles, members)
    outcome = _post(account, body, line)
    if outcome.verdict is Verdict.SENT:
        if message.mentions and not _mentions_all(body, message):
            # a short text behind a long message, for those whom its Markdown cannot call
            outcome = _follow(
                outcome, "mentions", account, _text(message.title, mobiles, members), line
            )
        for picture in message.attachments:
            if picture.media_type.startswith("image/") and len(picture.content) <= _PICTURE_BYTES:
                outcome = _follow(outcome, "picture", account, _picture(picture.content), line)
    return outcome


def _body(message: Message, mobiles: list[str], members: list[str]) -> dict[str, Any]:
    """Markdown, but for mobile numbers a text if it is short enough: only a text can call them."""
    if mobiles and len(message.text.encode()) <= _TEXT_BYTES:
        return _text(message.text, mobiles, members)
    if message.form.markup is not Markup.MARKDOWN:
        return _text(message.text, mobiles, members)
    content = message.markdown
    called = content + "".join(f"\n<@{member}>" for member in members)
    fits = not mobiles and len(called.encode()) <= _MARKDOWN_BYTES
    return {"msgtype": "markdown", "markdown": {"content": called if fits else content}}


def _text(content: str, mobiles: list[str], members: list[str]) -> dict[str, Any]:
    text: dict[str, Any] = {"content": content}
    if members:
        text["mentioned_list"] = members
    if mobiles:
        text["mentioned_mobile_list"] = mobiles
    return {"msgtype": "text", "text": text}


def _mentions_all(body: dict[str, Any], message: Message) -> bool:
    if body["msgtype"] == "text":
        return True
    content = body["markdown"]["content"]
    return all(f"\n<@{mention}>" in content for mention in message.mentions)


def _picture(content: bytes) -> dict[str, Any]:
    digest = md5(content, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": b64encode(content).decode(), "md5": digest}}


def _follow(
    outcome: Outcome, what: str, account: Account, body: dict[str, Any], line: ReplyLine
) -> Outcome:
    """Send what belongs to a text that is there already, and is not said again for its sake."""
    try:
        more = _post(account, body, line)
    except UnansweredError as fault:
        more = fault.outcome
    if more.verdict is Verdict.SENT:
        return outcome
    words = "; ".join(filter(None, (outcome.words, f"sent without its {what}: {more.words}")))
    return replace(outcome, words=words)


def _post(account: Account, body: dict[str, Any], line: ReplyLine) -> Outcome:
    url = f"{account.at(_HOST)}/cgi-bin/webhook/send"
    return judge(line.post(url, params={"key": account["key"]}, json=body))


def judge(reply: Reply) -> Outcome:
    """Return the outcome that an answer means.

    93000 and whatever else is unknown is about the channel: a wrong key, a robot that was removed.
    """
    if refused := http_refusal(reply):
        return refused
    code = reply.number("errcode")
    if code is None:
        return not_an_answer(reply, "WeCom")
    if code == 0:
        return SENT
    words = f"errcode {code}: {reply.text('errmsg')}"
    return _CODES.refusal(code, words)


SERVICE = ChannelService(
    name="wecom-robot",
    title="WeCom robot",
    schemes=("wecombot",),
    web_address=r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send/?\?key=(?P<key>[A-Za-z0-9_-]+)",
    for_groups=True,
    fields=(
        Setting(
            name="key",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the robot's key",
        ),
    ),
    read_url=read_url,
    form=Form(
        markup=Markup.MARKDOWN,
        limit=_MARKDOWN_BYTES - _ROOM_FOR_MENTIONS,
        unit=Unit.BYTES,
        pictures=True,
    ),
    tempo=Tempo(per_minute=20),
    send=send,
)
