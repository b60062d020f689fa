"""Telegram's Bot API (core.telegram.org/bots/api).

At most 4,096 characters after parsing (#sendmessage); about one message a second in a chat, 20 a
minute in a group (core.telegram.org/bots/faq#my-bot-is-hitting-limits). Answers: `{"ok": true,
"result": ...}` is the yes; else `error_code` and `description`, and with 429
`parameters.retry_after` (#making-requests).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.channels.telegram_presses import TelegramReplies, keyboard
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, http_refusal, not_an_answer, to_each
from notifier.domain.drafts import Attachment, Form, Markup, Message
from notifier.domain.outcomes import About, Outcome, PostPlace, Verdict

_HOST = "https://api.telegram.org"
_TOKEN = re.compile(r"(?:bot)?([0-9]{5,15})(?::([A-Za-z0-9_-]{20,64}))?")
_ABOUT_MESSAGE = ("can't parse", "too long", "message text is empty", "message is empty")


def read_url(url: Url) -> dict[str, str]:
    """`tgram://BOT_TOKEN/CHAT/CHAT`; the token has a colon of its own."""
    token = url.place
    path = list(url.path)
    found = _TOKEN.fullmatch(token)
    if found and not found[2] and path:
        token = f"{token}:{path.pop(0)}"
    thread = url.options.get("thread") or url.options.get("topic") or ""
    to = ",".join(filter(None, (*path, url.options.get("to"))))
    return {
        "token": token.removeprefix("bot"),
        "to": to,
        "thread": thread,
        "silent": url.options.get("silent", ""),
    }


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    def to_chat(chat: str) -> Outcome:
        reply = _ask(account, line, "sendMessage", json=_body(account, message, chat))
        outcome = judge(reply)
        if outcome.verdict is Verdict.SENT:
            if message.buttons:
                outcome = replace(outcome, places=_places(chat, reply))
            for picture in message.attachments:
                if picture.media_type.startswith("image/"):
                    outcome = _picture(account, line, chat, picture, outcome)
        return outcome

    return to_each(account.to, to_chat)


def _places(chat: str, reply: Reply) -> tuple[PostPlace, ...]:
    """Return where a message stands by the answer to it, if that says so."""
    result = reply.fields.get("result")
    number = result.get("message_id") if isinstance(result, dict) else None
    return (PostPlace(chat=chat, number=str(number)),) if type(number) is int else ()


def _ask(account: Account, line: ReplyLine, method: str, **options: object) -> Reply:
    return line.post(f"{account.at(_HOST)}/bot{account['token']}/{method}", **options)


def _body(account: Account, message: Message, chat: str) -> dict[str, object]:
    body: dict[str, object] = {
        "chat_id": _chat(chat),
        "link_preview_options": {"is_disabled": True},
        **_manner(account),
    }
    if message.buttons:
        body["reply_markup"] = keyboard(message.buttons)
    if message.form.markup is Markup.TELEGRAM:
        return body | {"text": message.html, "parse_mode": "HTML"}
    return body | {"text": message.text}


def _chat(chat: str) -> int | str:
    return int(chat) if re.fullmatch(r"-?[0-9]+", chat) else chat


def _manner(account: Account) -> dict[str, object]:
    thread: dict[str, object] = (
        {"message_thread_id": int(account["thread"])} if account["thread"] else {}
    )
    silent = account["silent"].lower() in ("yes", "true", "1")
    return thread | ({"disable_notification": True} if silent else {})


def _picture(
    account: Account, line: ReplyLine, chat: str, picture: Attachment, outcome: Outcome
) -> Outcome:
    """Send a picture after the text that it belongs to, which is never sent again for it."""
    files = {"photo": (picture.name, picture.content, picture.media_type)}
    try:
        data = {"chat_id": chat, **_manner(account)}
        more = judge(_ask(account, line, "sendPhoto", data=data, files=files))
    except UnansweredError as fault:
        more = fault.outcome
    if more.verdict is Verdict.SENT:
        return outcome
    return replace(outcome, words=f"sent without its picture: {more.words}")


def replies(fields: Mapping[str, str], endpoint: str) -> TelegramReplies:
    """Return the way in of a bot; `endpoint` stands in for Telegram's host."""
    return TelegramReplies(fields, endpoint or _HOST)


def judge(reply: Reply) -> Outcome:
    """Return the outcome of an answer.

    400 and 403 are about the chat (not found, blocked by the user, kicked), unless the words are
    about the text.
    """
    description = reply.text("description").lower()
    about = About.CHANNEL
    if reply.status in (400, 403):
        about = (
            About.MESSAGE
            if any(words in description for words in _ABOUT_MESSAGE)
            else About.ADDRESS
        )
    if refused := http_refusal(reply, about):
        return refused
    return SENT if reply.fields.get("ok") is True else not_an_answer(reply, "Telegram")


SERVICE = ChannelService(
    name="telegram",
    title="Telegram",
    schemes=("tgram",),
    fields=(
        Setting(
            name="token",
            needed=True,
            secret=True,
            pattern=r"[0-9]{5,15}:[A-Za-z0-9_-]{20,64}",
            expected="the bot's token, as in 123456789:ABC...",
        ),
        Setting(name="to", needed=True),
        Setting(name="thread", pattern=r"[0-9]{1,12}", expected="the number of a topic"),
        Setting(name="silent", pattern=r"(?i)yes|no|true|false|1|0", expected="yes or no"),
    ),
    read_url=read_url,
    options=frozenset({"to", "thread", "topic", "silent", "preview"}),
    form=Form.TELEGRAM,
    tempo=Tempo(per_minute=20, seconds_apart=1),
    address=r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}",
    address_words="a chat's number or @name",
    send=send,
    replies=replies,
)
