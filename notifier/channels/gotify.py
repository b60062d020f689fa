"""Gotify, on a server of your own.

gotify.net/api-docs#/message/createMessage: `X-Gotify-Key`, `title`, `message`, `priority`; the
message that was made, with its `id`, is the yes; else `error`, `errorCode` and `errorDescription`.
"""

from __future__ import annotations

from notifier.channels.contract import Account, ChannelService, Setting
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, body_below_title, http_refusal, not_an_answer, rejected
from notifier.domain.drafts import Message
from notifier.domain.outcomes import About, Outcome

_PRIORITIES = {"low": 1, "moderate": 3, "normal": 5, "high": 8, "emergency": 10}


def read_url(url: Url) -> dict[str, str]:
    """`gotifys://HOST/TOKEN`, or with a path before the token"""
    if not url.path:
        raise ValueError("expected gotifys://HOST/TOKEN")
    protocol = "https" if url.scheme == "gotifys" else "http"
    server = "/".join([f"{protocol}://{url.server}", *url.path[:-1]])
    return {"server": server, "token": url.path[-1], "priority": url.options.get("priority", "")}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    priority = str(_PRIORITIES.get(account["priority"], account["priority"] or 5))
    body = {"title": message.title, "message": body_below_title(message), "priority": int(priority)}
    url = f"{account.at(account['server'])}/message"
    return judge(line.post(url, json=body, headers={"X-Gotify-Key": account["token"]}))


def judge(reply: Reply) -> Outcome:
    refused = http_refusal(reply, About.MESSAGE if reply.status == 400 else About.CHANNEL)
    if refused is not None:
        details = reply.text("errorDescription")
        is_final = details and 400 <= reply.status < 500 and reply.status not in (408, 425, 429)
        return rejected(f"{refused.words}: {details}", refused.about) if is_final else refused
    return SENT if (reply.number("id") or 0) > 0 else not_an_answer(reply, "Gotify")


SERVICE = ChannelService(
    name="gotify",
    title="Gotify",
    schemes=("gotify", "gotifys"),
    fields=(
        Setting(
            name="server",
            needed=True,
            pattern=r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?",
            expected="the server's address",
        ),
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9._-]{8,128}",
            expected="the token",
        ),
        Setting(
            name="priority",
            pattern="[0-9]|10|low|moderate|normal|high|emergency",
            expected="0 to 10",
        ),
    ),
    read_url=read_url,
    options=frozenset({"priority"}),
    send=send,
)
