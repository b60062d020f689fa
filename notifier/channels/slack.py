"""Slack: an incoming webhook, or a bot that writes to channels.

api.slack.com/messaging/webhooks: the text `ok` is a webhook's yes, everything else its no
(`invalid_token`, `no_service`, `channel_is_archived`). api.slack.com/methods/chat.postMessage:
`{"ok": true}` is a bot's yes, else `error`. One message a second (api.slack.com/apis/rate-limits);
4,000 characters are advised, 40,000 the limit. `&`, `<` and `>` are escaped
(api.slack.com/reference/surfaces/formatting#escaping), so that no text mentions anybody.
"""

from __future__ import annotations

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import (
    SENT,
    http_refusal,
    not_an_answer,
    rejected,
    retry,
    to_each,
    wait_of,
)
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome

_TOKENS = r"xox[a-z.]+-[A-Za-z0-9-]{8,}|[A-Za-z0-9]+(?:/[A-Za-z0-9]+){2}"
_HOOKS = "https://hooks.slack.com"
_API = "https://slack.com"
_BOT = "xox"

_ABOUT_ADDRESS = frozenset(
    {"channel_not_found", "channel_is_archived", "is_archived", "not_in_channel", "user_not_found"}
)
_ABOUT_MESSAGE = frozenset(
    {"msg_too_long", "no_text", "invalid_payload", "invalid_blocks", "too_many_attachments"}
)
_FOR_NOW = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "rollup_error",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "message_limit_exceeded",
    }
)


def read_url(url: Url) -> dict[str, str]:
    """`slack://T.../B.../KEY` (a webhook) or `slack://xoxb-.../#CHANNEL/#CHANNEL` (a bot)"""
    token = url.options.get("token") or url.place
    path = list(url.path)
    if not token.startswith(_BOT) and "/" not in token:
        token, path = "/".join([token, *path[:2]]), path[2:]
        if path:
            raise ValueError(
                "names channels, but a webhook writes into its own: take them out, or use a "
                "bot's token"
            )
    return {"token": token, "to": ",".join(filter(None, (*path, url.options.get("to"))))}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = {"text": text, "mrkdwn": False, "unfurl_links": False}
    if not account["token"].startswith(_BOT):
        return judge_webhook(
            line.post(f"{account.at(_HOOKS)}/services/{account['token']}", json=body)
        )
    if not account.to:
        return rejected("a bot needs a channel to write to: give it as #NAME", About.CHANNEL)
    headers = {"Authorization": f"Bearer {account['token']}"}
    url = f"{account.at(_API)}/api/chat.postMessage"
    return to_each(
        account.to,
        lambda channel: judge_bot(
            line.post(url, json=body | {"channel": channel}, headers=headers)
        ),
    )


def judge_webhook(reply: Reply) -> Outcome:
    words = reply.body[:200].decode("utf-8", "replace").strip()
    if reply.status == 200 and words == "ok":
        return SENT
    is_code = bool(words) and words.replace("_", "").isalpha() and words.isascii()
    if is_code and reply.status < 500 and reply.status != 429:
        return _refused(words, reply)
    return http_refusal(reply) or not_an_answer(reply, "Slack")


def judge_bot(reply: Reply) -> Outcome:
    if refused := http_refusal(reply):
        return refused
    if reply.fields.get("ok") is True:
        return SENT
    error = reply.text("error")
    if reply.fields.get("ok") is not False or not error:
        return not_an_answer(reply, "Slack")
    return _refused(error, reply)


def _refused(error: str, reply: Reply) -> Outcome:
    if error in _FOR_NOW:
        return retry(error, wait_of(reply))
    about = (
        About.ADDRESS
        if error in _ABOUT_ADDRESS
        else About.MESSAGE
        if error in _ABOUT_MESSAGE
        else About.CHANNEL
    )
    return rejected(error, about)


SERVICE = ChannelService(
    name="slack",
    title="Slack",
    schemes=("slack",),
    web_address=r"https://hooks\.slack\.com/services/(?P<token>[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+)/?",
    for_groups=True,
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=_TOKENS,
            expected="T.../B.../KEY of a webhook, or a bot's token (xoxb-...)",
        ),
        Setting(name="to"),
    ),
    read_url=read_url,
    options=frozenset({"token", "to", "footer", "blocks"}),
    form=Form(limit=4_000),
    tempo=Tempo(seconds_apart=1),
    address=r"[#@]?[\w.-]{1,80}",
    address_words="a channel, as in #land",
    send=send,
)
