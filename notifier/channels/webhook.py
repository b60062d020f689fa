"""A web address of your own that takes JSON, as Apprise's `json://` writes it.

The yes that this program understands is an answer from 200 to 299 whose JSON says so: `"ok": true`,
`"success": true`, or 0 under `errcode` or `code`; the same fields may say no. Whatever else comes
with such a status is HTTP's yes alone (ACCEPTED), but for a page of HTML, which is somebody else's
answer.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from notifier.channels.contract import ADDRESS, Account, ChannelService, Setting
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, http_refusal, not_an_answer, rejected
from notifier.domain.drafts import Message
from notifier.domain.outcomes import About, Outcome, Verdict

_ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, words="only HTTP's yes")


def read_url(url: Url) -> dict[str, str]:
    """`jsons://USER:PASSWORD@HOST/PATH`; options go with the request, `+NAME=` are headers"""
    protocol = "https" if url.scheme == "jsons" else "http"
    path = "/".join(quote(part, safe="{}@:+") for part in url.path)
    query = urlencode(
        {name.lstrip("-"): value for name, value in url.options.items() if name[:1] not in "+:"}
    )
    headers = "\n".join(
        f"{name[1:]}: {value}" for name, value in url.options.items() if name.startswith("+")
    )
    address = f"{protocol}://{url.server}/{path}" + (f"?{query}" if query else "")
    return {"url": address, "user": url.user, "password": url.password, "headers": headers}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    url = account["url"].replace(ADDRESS, quote(account.address, safe="@"))
    headers = dict(pair.split(": ", 1) for pair in account["headers"].split("\n") if ": " in pair)
    sign_in = (account["user"], account["password"]) if account["user"] else None
    body = {
        "version": "1.0",
        "title": message.title,
        "message": message.text,
        "attachments": [],
        "type": "info",
    }
    if account.address:
        body["to"] = account.address
    return judge(line.post(url, json=body, headers=headers, auth=sign_in))


def judge(reply: Reply) -> Outcome:
    if refused := http_refusal(
        reply, About.MESSAGE if reply.status in (400, 422) else About.CHANNEL
    ):
        return refused
    if reply.is_page:
        return not_an_answer(reply, "the webhook")
    words = reply.text("error", "errmsg", "msg", "message")
    for name in ("ok", "success"):
        if isinstance(reply.fields.get(name), bool):
            return SENT if reply.fields[name] else rejected(f"{name} false: {words}")
    for name in ("errcode", "code"):
        code = reply.number(name)
        if code is not None and (name == "errcode" or not 200 <= code < 300):
            return SENT if code == 0 else rejected(f"{name} {code}: {words}")
    return _ACCEPTED


SERVICE = ChannelService(
    name="webhook",
    title="Webhook",
    schemes=("json", "jsons"),
    fields=(
        Setting(
            name="url",
            needed=True,
            secret=True,
            pattern=r"https?://[^\s@#]+",
            expected="an address with https:",
        ),
        Setting(name="user"),
        Setting(name="password", secret=True),
        Setting(
            name="headers",
            secret=True,
            pattern=r"[^\x00-\x08\x0b-\x1f\x7f]*",
            expected="lines of NAME: VALUE",
        ),
    ),
    read_url=read_url,
    options=frozenset("+-:") | {"token", "key"},
    send=send,
)
