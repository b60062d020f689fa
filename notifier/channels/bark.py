"""Bark, to iPhones.

bark.day.app/#/tutorial and github.com/Finb/bark-server: POST /push with `device_key`, `title` and
`body`; Apple takes at most 4,096 bytes with all keys. Answers: `code`; 200 is the yes, in an HTTP
200 or with the status of the code; else `message`: a device that is not known there, or what Apple
said.
"""

from __future__ import annotations

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
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import About, Outcome

_HOST = "https://api.day.app"
_ABOUT_ADDRESS = ("device token", "device key", "devicetoken", "unregistered")
_ABOUT_MESSAGE = ("payload", "too large")


def read_url(url: Url) -> dict[str, str]:
    """`barks://HOST/DEVICE_KEY/DEVICE_KEY`, with USER:PASSWORD@ if the server asks for them"""
    protocol = "https" if url.scheme == "barks" else "http"
    to = ",".join(filter(None, (*url.path, url.options.get("to"))))
    extras = {
        name: url.options[name] for name in ("sound", "group", "level") if name in url.options
    }
    return {
        "server": f"{protocol}://{url.server}",
        "to": to,
        "user": url.user,
        "password": url.password,
    } | extras


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    sign_in = (account["user"], account["password"]) if account["user"] else None
    extras = {name: account[name] for name in ("sound", "group", "level") if account[name]}

    def to_device(key: str) -> Outcome:
        body = {
            "device_key": key,
            "title": message.title,
            "body": body_below_title(message),
            **extras,
        }
        return judge(
            line.post(f"{account.at(account['server'] or _HOST)}/push", json=body, auth=sign_in)
        )

    return to_each(account.to, to_device)


def judge(reply: Reply) -> Outcome:
    code = reply.number("code")
    if code is None:
        return http_refusal(reply) or not_an_answer(reply, "Bark")
    if code == 200:
        return http_refusal(reply) or SENT
    words = f"code {code}: {reply.text('message')}"
    lower = words.lower()
    if any(part in lower for part in _ABOUT_ADDRESS):
        return rejected(words, About.ADDRESS)
    if any(part in lower for part in _ABOUT_MESSAGE):
        return rejected(words, About.MESSAGE)
    if code == 429 or code >= 500 or reply.status >= 500:
        return retry(words)
    return rejected(words)


SERVICE = ChannelService(
    name="bark",
    title="Bark",
    schemes=("bark", "barks"),
    fields=(
        Setting(
            name="server",
            pattern=r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?",
            expected="the server's address",
        ),
        Setting(name="to", needed=True, secret=True),
        Setting(name="user"),
        Setting(name="password", secret=True),
        Setting(name="sound"),
        Setting(name="group"),
        Setting(
            name="level",
            pattern="active|timeSensitive|passive|critical",
            expected="a level of Bark's",
        ),
    ),
    read_url=read_url,
    options=frozenset({"to", "sound", "group", "level"}),
    form=Form(limit=3_000, unit=Unit.BYTES),
    address=r"[A-Za-z0-9_-]{4,64}",
    address_words="the key of a device",
    send=send,
)
