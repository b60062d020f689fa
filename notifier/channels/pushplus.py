"""PushPlus (推送加), to WeChat.

pushplus.plus/doc/guide/api.html: title at most 100 characters, content 20,000; to a person by
token, to a group by its code (`topic`). Answers: HTTP 200 with `code`; 200 is the yes, with a
serial number in `data` (pushplus.plus/doc/guide/code.html): 900 too many requests, asking on makes
it worse; 903 wrong token, 905 no verified name, 999 what `msg` says, 500 try again.
"""

from __future__ import annotations

from datetime import timedelta

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import (
    SENT,
    Codes,
    body_below_title,
    http_refusal,
    not_an_answer,
    to_each,
)
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome

_HOST = "https://www.pushplus.plus"
_LONGEST_TITLE = 100
_CODES = Codes(
    limited=frozenset({900}),
    wait=timedelta(hours=1),
    for_now=frozenset({500}),
    about_message=frozenset({600, 999}),
)


def read_url(url: Url) -> dict[str, str]:
    """`pushplus://TOKEN` or `pushplus://TOKEN/GROUP`"""
    to = ",".join(filter(None, (*url.path, url.options.get("to"), url.options.get("topic"))))
    return {"token": url.options.get("token") or url.place, "to": to}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    def to_group(group: str) -> Outcome:
        body = {
            "token": account["token"],
            "title": message.title[:_LONGEST_TITLE],
            "content": body_below_title(message),
            "template": "txt",
            **({"topic": group} if group else {}),
        }
        return judge(line.post(f"{account.at(_HOST)}/send", json=body))

    return to_each(account.to or ("",), to_group)


def judge(reply: Reply) -> Outcome:
    if refused := http_refusal(reply):
        return refused
    code = reply.number("code")
    if code is None:
        return not_an_answer(reply, "PushPlus")
    if code == 200:
        return SENT
    words = f"code {code}: {reply.text('msg')}"
    return _CODES.refusal(code, words)


SERVICE = ChannelService(
    name="pushplus",
    title="PushPlus",
    schemes=("pushplus",),
    web_address=r"https?://www\.pushplus\.plus/send/?\?token=(?P<token>[A-Za-z0-9]+)",
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9]{8,128}",
            expected="the token",
        ),
        Setting(name="to"),
    ),
    read_url=read_url,
    options=frozenset({"token", "to", "topic"}),
    form=Form(limit=20_000),
    tempo=Tempo(per_minute=20, seconds_apart=1),
    address=r"[A-Za-z0-9_-]{1,64}",
    address_words="the code of a group (topic)",
    send=send,
)
