"""The group robot of Feishu (飞书) and of Lark, its twin abroad.

open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: a request of at most 20 KB, 100 messages
a minute and 5 a second; `<at user_id="...">` calls a member by id, never by mobile number. Answers:
HTTP 200 (or 400) with `code`; 0 is the yes (an older form: `StatusCode`). 19001 wrong token, 19021
wrong signature or time, 19022 foreign address, 19024 a keyword that the text lacks, 11232 too
often, 9499 a request that is not understood.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from datetime import timedelta
from html import escape
from typing import Any

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, Codes, http_refusal, not_an_answer, retry
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import Outcome

_FEISHU = "https://open.feishu.cn"
_LARK = "https://open.larksuite.com"
_MOBILE = re.compile(r"\+?[0-9]{6,15}")
_MENTION = re.compile(r"<(?=\s*/?\s*at\b)", re.IGNORECASE)
_CODES = Codes(
    limited=frozenset({11232, 11233, 99991400}),
    wait=timedelta(minutes=1),
    for_now=frozenset({11231, 19003}),
    about_message=frozenset({9499, 19002, 19024}),
)


def read_url(url: Url) -> dict[str, str]:
    """`feishu://TOKEN` or `lark://TOKEN`, with `?secret=` if the robot wants signatures."""
    if url.path:
        raise ValueError(f"holds more than a token: expected {url.scheme}://TOKEN")
    token = url.options.get("token") or url.place
    return {"token": token, "secret": url.options.get("secret", ""), "region": url.scheme}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": _text(message)}}
    if account["secret"]:
        moment = line.seconds()
        body = {"timestamp": str(moment), "sign": signature(account["secret"], moment)} | body
    host = account.at(_LARK if account["region"].startswith("lark") else _FEISHU)
    return judge(line.post(f"{host}/open-apis/bot/v2/hook/{account['token']}", json=body))


def signature(secret: str, moment: int) -> str:
    """`moment` in seconds; the document signs nothing with both as the key."""
    return b64encode(hmac.digest(f"{moment}\n{secret}".encode(), b"", "sha256")).decode()


def _text(message: Message) -> str:
    """Nothing in the text itself calls anybody."""
    members = [mention for mention in message.mentions if not _MOBILE.fullmatch(mention)]
    called = "".join(f'<at user_id="{escape(member)}"></at>' for member in members)
    text = _MENTION.sub("＜", message.text)
    return f"{text}\n{called}" if called else text


def judge(reply: Reply) -> Outcome:
    code = reply.number("code")
    if code is None and "code" not in reply.fields:
        code = reply.number("StatusCode")
    if code is None or reply.status >= 500:
        return http_refusal(reply) or not_an_answer(reply, "Feishu")
    if code == 0:
        return http_refusal(reply) or SENT
    words = f"code {code}: {reply.text('msg', 'StatusMessage')}"
    if reply.status == 429:
        return retry(words, _CODES.wait)
    return _CODES.refusal(code, words)


SERVICE = ChannelService(
    name="feishu",
    title="Feishu or Lark robot",
    schemes=("feishu", "lark"),
    web_address=r"https://open\.(?P<region>feishu|larksuite)\.c(?:n|om)/open-apis/bot/v2/hook/(?P<token>[A-Za-z0-9_-]+)/?",
    for_groups=True,
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the robot's token",
        ),
        Setting(
            name="secret",
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the secret of its signature",
        ),
        Setting(name="region", pattern=r"feishu|lark|larksuite", expected="feishu or lark"),
    ),
    read_url=read_url,
    options=frozenset({"token", "secret"}),
    form=Form(limit=16_000, unit=Unit.BYTES),
    tempo=Tempo(per_minute=100, seconds_apart=0.2),
    send=send,
)
