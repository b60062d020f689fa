"""ServerChan (Server酱), Turbo (keys SCT...) and 3 (keys sctp...), to WeChat and to its own app.

sct.ftqq.com/sendkey and doc.sc3.ft07.com/serverchan3: title at most 32 characters, text 32 KB as
Markdown, five messages a day without a fee. Answers: `code`; 0 is the yes; else `message` says why:
a wrong key, or the day's messages are used up.
"""

from __future__ import annotations

import re
from datetime import timedelta

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import (
    SENT,
    body_below_title,
    http_refusal,
    not_an_answer,
    rejected,
    retry,
)
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import About, Outcome

_TURBO = "https://sctapi.ftqq.com"
_THREE = re.compile(r"sctp([0-9]+)t", re.IGNORECASE)
_LONGEST_TITLE = 32
_LIMITED = re.compile(r"次数|频率|上限|too many|limit", re.IGNORECASE)
_WAIT = timedelta(hours=1)
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~-])")


def read_url(url: Url) -> dict[str, str]:
    """`schan://SENDKEY`"""
    if url.path:
        raise ValueError("holds more than a key: expected schan://SENDKEY")
    return {"key": url.place}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    key = account["key"]
    three = _THREE.match(key)
    url = (
        f"{account.at(f'https://{three[1]}.push.ft07.com')}/send/{key}.send"
        if three
        else _turbo(account, key)
    )
    body = {"title": message.title[:_LONGEST_TITLE], "desp": in_markdown(body_below_title(message))}
    return judge(line.post(url, json=body))


def _turbo(account: Account, key: str) -> str:
    return f"{account.at(_TURBO)}/{key}.send"


def in_markdown(text: str) -> str:
    """`text` as it is, in Markdown: nothing in it is mark-up, and its lines stay lines."""
    return _MARKS.sub(r"\\\1", text).replace("\n", "  \n")


def judge(reply: Reply) -> Outcome:
    code = reply.number("code")
    if code is None or reply.status >= 500:
        return http_refusal(reply) or not_an_answer(reply, "ServerChan")
    if code == 0:
        return http_refusal(reply) or SENT
    words = f"code {code}: {reply.text('message', 'info', 'msg')}"
    if _LIMITED.search(words):
        return retry(words, _WAIT)
    return rejected(
        words,
        About.MESSAGE if "title" in words.lower() or "desp" in words.lower() else About.CHANNEL,
    )


SERVICE = ChannelService(
    name="serverchan",
    title="ServerChan",
    schemes=("schan",),
    web_address=r"https://sctapi\.ftqq\.com/(?P<key>[A-Za-z0-9]+)\.send",
    fields=(
        Setting(
            name="key",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9]{8,128}",
            expected="the SendKey",
        ),
    ),
    read_url=read_url,
    form=Form(limit=12_000, unit=Unit.BYTES),
    tempo=Tempo(seconds_apart=1),
    send=send,
)
