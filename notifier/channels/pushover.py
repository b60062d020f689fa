"""Pushover.

pushover.net/api: `token`, `user` (a person's or a group's key), message at most 1,024 characters,
title 250. Answers:
`{"status": 1, "request": ...}` is the yes; with 4xx `status` 0 and `errors`, and the field that is
wrong is `invalid` (`user`: no such person, `token`: no such application); 429 when the month's
messages are used up; 5xx try again.
"""

from __future__ import annotations

from datetime import timedelta

from notifier.channels.contract import Account, ChannelService, Setting
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import (
    SENT,
    body_below_title,
    http_refusal,
    not_an_answer,
    rejected,
    retry,
    to_each,
)
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome

_HOST = "https://api.pushover.net"
_LONGEST_TITLE = 250
_WAIT = timedelta(hours=1)  # 429 means that the month's messages are used up


def read_url(url: Url) -> dict[str, str]:
    """`pover://USER_KEY@TOKEN`, behind it the names of devices"""
    devices = ",".join(url.path)
    to = ",".join(filter(None, (url.user, url.options.get("to"))))
    extras = {name: url.options.get(name, "") for name in ("priority", "sound")}
    return {"token": url.place, "to": to, "devices": devices} | extras


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    extras = {
        name: account[field]
        for field, name in (("devices", "device"), ("priority", "priority"), ("sound", "sound"))
    }

    def to_user(key: str) -> Outcome:
        body = {
            "token": account["token"],
            "user": key,
            "title": message.title[:_LONGEST_TITLE],
            "message": body_below_title(message),
            **{name: value for name, value in extras.items() if value},
        }
        return judge(line.post(f"{account.at(_HOST)}/1/messages.json", data=body))

    return to_each(account.to, to_user)


def judge(reply: Reply) -> Outcome:
    status = reply.number("status")
    errors = reply.fields.get("errors")
    details = "; ".join(str(error) for error in errors) if isinstance(errors, list) else ""
    words = f"HTTP {reply.status}: {details}" if details else f"HTTP {reply.status}"
    if reply.status == 429:
        return retry(words, _WAIT)
    if status == 1:
        return http_refusal(reply) or SENT
    if status is None or reply.status >= 500:
        return http_refusal(reply) or not_an_answer(reply, "Pushover")
    if reply.text("token") == "invalid":
        return rejected(words)
    if reply.text("user") == "invalid" or reply.text("device"):
        return rejected(words, About.ADDRESS)
    return rejected(words, About.MESSAGE)


SERVICE = ChannelService(
    name="pushover",
    title="Pushover",
    schemes=("pover",),
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9]{8,64}",
            expected="an application's token",
        ),
        Setting(name="to", needed=True, secret=True),
        Setting(
            name="devices",
            pattern=r"[A-Za-z0-9_,-]{1,200}",
            expected="names of devices, with commas between them",
        ),
        Setting(name="priority", pattern="-2|-1|0|1", expected="-2 to 1"),
        Setting(name="sound"),
    ),
    read_url=read_url,
    options=frozenset({"to", "priority", "sound"}),
    form=Form(limit=1_000),
    address=r"[A-Za-z0-9]{8,64}",
    address_words="the key of a person or a group",
    send=send,
)
