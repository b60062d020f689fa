"""A program of your own that is told of events, signed as Standard Webhooks has it.

`webhook-id` is the same at each attempt at the same deliveries, `webhook-timestamp` the seconds
since 1970 of the attempt, `webhook-signature` is `v1,` and Base64 of HMAC-SHA256 over
`ID.TIMESTAMP.BODY` by the secret's bytes. The specification is at standardwebhooks.com.

Its yes is any status from 200 to 299, but for a page of HTML, which is somebody else's answer. The
address is the config's own word, so that it may be on your own network; a redirection is not
followed.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode

from notifier.channels.contract import Account, ChannelService, Setting
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.verdicts import SENT, http_refusal, not_an_answer
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome

_PREFIX = "whsec_"
_SHORTEST = 32  # characters of Base64: 24 bytes, as the specification asks for
_OF_THE_EVENTS = (400, 413, 422)


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    body = message.text.encode()
    stamp = str(line.seconds())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.key,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(account["secret"], message.key, stamp, body),
    }
    return judge(line.post(account["url"], data=body, headers=headers))


def signature(secret: str, key: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body; `secret` is Base64, `whsec_` before it or not."""
    secret_bytes = b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((key.encode(), stamp.encode(), body))
    return "v1," + b64encode(hmac.digest(secret_bytes, signed, "sha256")).decode()


def judge(reply: Reply) -> Outcome:
    """Return the outcome of an answer: which events were refused, or the whole way."""
    about = About.MESSAGE if reply.status in _OF_THE_EVENTS else About.CHANNEL
    if refused := http_refusal(reply, about):
        return refused
    return not_an_answer(reply, "a program") if reply.is_page else SENT


SERVICE = ChannelService(
    name="hook",
    title="a program",
    fields=(
        Setting(
            name="url",
            needed=True,
            secret=True,
            pattern=r"https?://[^\s@#]+",
            expected="an address with https:",
        ),
        Setting(
            name="secret",
            needed=True,
            secret=True,
            pattern=rf"(?:{_PREFIX})?(?=.{{{_SHORTEST},}})(?:[A-Za-z0-9+/]{{4}})*"
            r"(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
            expected="whsec_ and 24 bytes or more in Base64",
        ),
    ),
    form=Form.EVENTS,
    send=send,
)
