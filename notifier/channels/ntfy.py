"""ntfy, at ntfy.sh or on a server of your own.

docs.ntfy.sh/publish: JSON with `topic`, `title`, `message`; beyond 4,096 bytes a message becomes a
file (#limitations); 60 requests at once, then one every five seconds. Answers: the published event,
`"event": "message"` with its `id`, is the yes; else `code` (the HTTP status and two digits more)
and `error`: 42901 and others limits, 40101 sign-in, 40301.
"""

from __future__ import annotations

from notifier.channels.contract import Account, ChannelService, Setting, Tempo
from notifier.channels.replies import Reply, ReplyLine
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, body_below_title, http_refusal, not_an_answer, to_each
from notifier.domain.drafts import Form, Message, Unit
from notifier.domain.outcomes import About, Outcome

_HOST = "https://ntfy.sh"
_LONGEST_TITLE = 250
_PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5}
_TOPIC = r"[A-Za-z0-9_-]{1,64}"


def read_url(url: Url) -> dict[str, str]:
    """`ntfy://TOPIC` (at ntfy.sh), or `ntfys://HOST/TOPIC` with TOKEN@ or USER:PASSWORD@"""
    to = ",".join(filter(None, (*url.path, url.options.get("to"))))
    fields = {
        "to": to,
        "user": url.user,
        "password": url.password,
        "priority": url.options.get("priority", ""),
    }
    fields["token"] = url.options.get("token", "")
    if url.user and not url.password:
        fields |= {"token": fields["token"] or url.user, "user": ""}
    if not to:
        return fields | {"to": url.place}
    protocol = "https" if url.scheme == "ntfys" or url.server == "ntfy.sh" else "http"
    return fields | {"server": f"{protocol}://{url.server}"}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    sign_in = (account["user"], account["password"]) if account["user"] else None
    headers = {"Authorization": f"Bearer {account['token']}"} if account["token"] else {}
    priority = _PRIORITIES.get(account["priority"], account["priority"])
    extras = {"priority": int(priority)} if priority else {}

    def to_topic(topic: str) -> Outcome:
        body = {
            "topic": topic,
            "title": message.title[:_LONGEST_TITLE],
            "message": body_below_title(message),
            **extras,
        }
        return judge(
            line.post(
                account.at(account["server"] or _HOST), json=body, headers=headers, auth=sign_in
            )
        )

    return to_each(account.to, to_topic)


def judge(reply: Reply) -> Outcome:
    """A topic that is reserved (403) is an address; 400 is about the message."""
    about = {400: About.MESSAGE, 403: About.ADDRESS}.get(reply.status, About.CHANNEL)
    if refused := http_refusal(reply, about):
        return refused
    is_event = reply.fields.get("event") == "message" and bool(reply.text("id"))
    return SENT if is_event else not_an_answer(reply, "ntfy")


SERVICE = ChannelService(
    name="ntfy",
    title="ntfy",
    schemes=("ntfy", "ntfys"),
    fields=(
        Setting(
            name="server",
            pattern=r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?",
            expected="the server's address",
        ),
        Setting(name="to", needed=True, secret=True),
        Setting(name="token", secret=True),
        Setting(name="user"),
        Setting(name="password", secret=True),
        Setting(
            name="priority",
            pattern="min|low|default|high|max|[1-5]",
            expected="1 to 5, or min to max",
        ),
    ),
    read_url=read_url,
    options=frozenset({"to", "token", "priority"}),
    form=Form(limit=4_000, unit=Unit.BYTES),
    tempo=Tempo(per_minute=60),
    address=_TOPIC,
    address_words="a topic",
    send=send,
)
