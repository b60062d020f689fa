"""Discord's webhooks.

discord.com/developers/docs/resources/webhook#execute-webhook: at most 2,000 characters; with
`wait=true` the message that was made, with its `id`, is the yes. 30 messages a minute into one
channel; 429 says `retry_after` in seconds (topics/rate-limits). Codes
(topics/opcodes-and-status-codes): 10015 unknown webhook, 50006 and 50035 about the message. Mark-up
is escaped, and `allowed_mentions` is empty, so that no text mentions anybody.
"""

from __future__ import annotations

import re

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, http_refusal, not_an_answer
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome

_HOST = "https://discord.com"
_MOST = 2_000  # characters
_ABOUT_MESSAGE = frozenset({50006, 50035, 50109, 160006, 200000, 200001, 240000})
_MARKS = re.compile(r"([\\*_~`|\[\]<>])|^(\s*)([#-])", re.MULTILINE)
_WIDE = str.maketrans("\\*_~`|[]<>", "＼＊＿～｀｜［］＜＞")


def read_url(url: Url) -> dict[str, str]:
    """`discord://WEBHOOK_ID/WEBHOOK_TOKEN`"""
    if len(url.path) != 1:
        raise ValueError("expected discord://WEBHOOK_ID/WEBHOOK_TOKEN")
    return {"id": url.place, "token": url.path[0], "thread": url.options.get("thread", "")}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    params = {"wait": "true", **({"thread_id": account["thread"]} if account["thread"] else {})}
    body = {"content": without_markup(message.text), "allowed_mentions": {"parse": []}, "flags": 4}
    url = f"{account.at(_HOST)}/api/webhooks/{account['id']}/{account['token']}"
    return judge(line.post(url, params=params, json=body))


def without_markup(text: str) -> str:
    """Return `text`; if its escapes make it too long, with wide characters for the marks."""
    escaped = _MARKS.sub(lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", text)
    return escaped if len(escaped) <= _MOST else text.translate(_WIDE)


def judge(reply: Reply) -> Outcome:
    about = About.MESSAGE if reply.number("code") in _ABOUT_MESSAGE else About.CHANNEL
    if refused := http_refusal(reply, about):
        return refused
    return SENT if reply.text("id") else not_an_answer(reply, "Discord")


SERVICE = ChannelService(
    name="discord",
    title="Discord",
    schemes=("discord",),
    web_address=r"https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/"
    r"(?P<id>[0-9]+)/(?P<token>[A-Za-z0-9_-]+)/?",
    for_groups=True,
    fields=(
        Setting(name="id", needed=True, pattern=r"[0-9]{5,25}", expected="the webhook's number"),
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the webhook's token",
        ),
        Setting(name="thread", pattern=r"[0-9]{5,25}", expected="the number of a thread"),
    ),
    read_url=read_url,
    options=frozenset({"thread", "footer", "avatar", "tts", "fields"}),
    form=Form(limit=1_900),
    tempo=Tempo(per_minute=30, seconds_apart=0.4),
    send=send,
)
