"""DingTalk's group robot (钉钉自定义机器人).

open.dingtalk.com/document/robots/custom-robot-access: at most 20,000 bytes, 20 messages a minute
(more are refused for ten minutes), `at.atMobiles` and `at.atUserIds` whose @ also stands in the
text. Answers: HTTP 200 with `errcode`; 0 is the yes. 310000 is the robot's safety setting: a
keyword that the text lacks, a wrong signature, a foreign address.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from datetime import timedelta
from typing import Any

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, Codes, http_refusal, not_an_answer, rejected
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import About, Outcome

_HOST = "https://oapi.dingtalk.com"
_MOBILE = re.compile(r"\+?[0-9]{6,15}")
_SAFETY = 310000
_CODES = Codes(
    limited=frozenset({130101, 130102, 410100, 90030}),
    wait=timedelta(minutes=1),
    for_now=frozenset({-1, 88888}),
    about_message=frozenset({40035, 43004, 400105, 430101, 430102, 430103, 430104, 460101}),
)


def read_url(url: Url) -> dict[str, str]:
    """Read `dingtalk://TOKEN` or `dingtalk://SECRET@TOKEN`.

    Behind it may stand mobile numbers that every message calls.
    """
    to = ",".join(filter(None, (*url.path, url.options.get("to"))))
    token = url.options.get("token") or url.place
    return {"token": token, "secret": url.options.get("secret") or url.user, "mentions": to}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    params: dict[str, Any] = {"access_token": account["token"]}
    if account["secret"]:
        moment = line.seconds() * 1_000
        params |= {"timestamp": moment, "sign": signature(account["secret"], moment)}
    url = f"{account.at(_HOST)}/robot/send"
    return judge(line.post(url, params=params, json=_body(account, message)))


def signature(secret: str, moment: int) -> str:
    """Sign a request at `moment`, in milliseconds.

    open.dingtalk.com/document/robots/customize-robot-security-settings
    """
    return b64encode(
        hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), "sha256")
    ).decode()


def _body(account: Account, message: Message) -> dict[str, Any]:
    mentions = list(dict.fromkeys([*split_addresses(account["mentions"]), *message.mentions]))
    mobiles = [mention for mention in mentions if _MOBILE.fullmatch(mention)]
    members = [mention for mention in mentions if mention not in mobiles]
    called = " ".join(f"@{mention}" for mention in mentions)
    content = f"{message.text}\n{called}" if called else message.text
    at = {"atMobiles": mobiles, "atUserIds": members, "isAtAll": False}
    return {"msgtype": "text", "text": {"content": content}, "at": at}


def judge(reply: Reply) -> Outcome:
    if refused := http_refusal(reply):
        return refused
    code = reply.number("errcode")
    if code is None:
        return not_an_answer(reply, "DingTalk")
    if code == 0:
        return SENT
    words = f"errcode {code}: {reply.text('errmsg')}"
    if code == _SAFETY and "keyword" in words.lower():
        return rejected(words, About.MESSAGE)
    return _CODES.refusal(code, words)


SERVICE = ChannelService(
    name="dingtalk",
    title="DingTalk robot",
    schemes=("dingtalk",),
    web_address=r"https://oapi\.dingtalk\.com/robot/send/?\?access_token=(?P<token>[A-Za-z0-9]+)",
    for_groups=True,
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9]{8,128}",
            expected="the access_token",
        ),
        Setting(
            name="secret",
            secret=True,
            pattern=r"[A-Za-z0-9]{8,128}",
            expected="the secret (SEC...)",
        ),
        Setting(
            name="mentions",
            pattern=r"\+?[A-Za-z0-9_.-]+",
            listed=True,
            expected="mobile numbers or member ids with commas between them",
        ),
    ),
    read_url=read_url,
    options=frozenset({"token", "secret", "to"}),
    form=Form(limit=18_000, unit=Unit.BYTES),
    tempo=Tempo(per_minute=20),
    send=send,
)
