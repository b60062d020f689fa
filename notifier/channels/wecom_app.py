"""A corporation's own application in WeCom (企业微信应用消息).

Text, at most 2,048 bytes (developer.work.weixin.qq.com/document/path/90236): its Markdown is not
shown to those who read WeCom's messages in WeChat. Answers: HTTP 200 with `errcode`; 0 is the yes
for everybody who is not named in `invaliduser`, `invalidparty`, `invalidtag` or `unlicenseduser`;
codes:
developer.work.weixin.qq.com/document/path/90313.
"""

from __future__ import annotations

import re
from datetime import timedelta

from notifier.channels.contract import Account, ChannelService, Setting
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.channels.urls import Url
from notifier.channels.verdicts import SENT, Codes, http_refusal, not_an_answer, rejected, retry
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict

_HOST = "https://qyapi.weixin.qq.com"
_TOKEN = "access_token"  # noqa: S105  # the name of a field
_RECEIVERS = {"@": "touser", "+": "toparty", "#": "totag"}
_MISSED = {"invaliduser": "@", "unlicenseduser": "@", "invalidparty": "+", "invalidtag": "#"}

_TOKEN_OUT = frozenset({40014, 42001})  # the next attempt fetches a new one
_CODES = Codes(
    limited=frozenset({45009, 45011, 45033}),
    wait=timedelta(minutes=1),
    for_now=_TOKEN_OUT | {-1},
    about_message=frozenset({40008, 44004, 45002, 45007, 45008}),
    about_address=frozenset({40003, 40031, 40032, 60111, 81013}),
)


def read_url(url: Url) -> dict[str, str]:
    """`wechat://CORP_ID:SECRET@AGENT_ID/@USER/+DEPARTMENT/#TAG`"""
    to = ",".join(filter(None, (*url.path, url.options.get("to"))))
    return {"corp_id": url.user, "secret": url.password, "agent_id": url.place, "to": to}


def send(account: Account, message: Message, line: ReplyLine) -> Outcome:
    """One request for all addresses. A token that cannot be fetched carried nothing."""
    if _TOKEN not in line.memory:
        refused = _fetch_token(account, line)
        if refused is not None:
            return refused
    names = [
        (_RECEIVERS.get(address[0], "touser"), address.lstrip("@+#")) for address in account.to
    ]
    receivers = {
        kind: "|".join(name for other, name in names if other == kind)
        for kind in dict.fromkeys(kind for kind, _ in names)
    }
    body = {
        **receivers,
        "msgtype": "text",
        "agentid": int(account["agent_id"]),
        "text": {"content": message.text},
    }
    url = f"{account.at(_HOST)}/cgi-bin/message/send"
    reply = line.post(url, params={_TOKEN: line.memory[_TOKEN]}, json=body)
    if reply.number("errcode") in _TOKEN_OUT:
        del line.memory[_TOKEN]
    return judge(reply, account.to)


def _fetch_token(account: Account, line: ReplyLine) -> Outcome | None:
    """None if the line's memory holds a token now."""
    url = f"{account.at(_HOST)}/cgi-bin/gettoken"
    try:
        reply = line.get(
            url, params={"corpid": account["corp_id"], "corpsecret": account["secret"]}
        )
    except UnansweredError as fault:
        return retry(fault.outcome.words)
    outcome = judge(reply, ())
    if outcome.verdict is Verdict.UNKNOWN:
        return retry(outcome.words)
    if outcome.verdict is not Verdict.SENT:
        return outcome
    token = reply.text(_TOKEN)
    if not token:
        return retry("not sent: WeCom gave no access_token")
    line.memory[_TOKEN] = token
    return None


def judge(reply: Reply, to: tuple[str, ...]) -> Outcome:
    if refused := http_refusal(reply):
        return refused
    code = reply.number("errcode")
    if code is None:
        return not_an_answer(reply, "WeCom")
    if code == 0:
        return _but_for_the_missed(reply, to)
    words = f"errcode {code}: {reply.text('errmsg')}"
    return _CODES.refusal(code, words)


def _but_for_the_missed(reply: Reply, to: tuple[str, ...]) -> Outcome:
    """WeCom names in a yes whom it did not reach."""
    refusals = []
    for field, sign in _MISSED.items():
        for name in filter(None, reply.text(field).split("|")):
            address = next((known for known in to if _plain(known) == (sign, name.lower())), name)
            refusals.append(
                Refusal(address=address, verdict=Verdict.REJECTED, words=f"{field} {name}")
            )
    if not refusals:
        return SENT
    missed = {refusal.address for refusal in refusals}
    if all(address in missed for address in to):
        return rejected("; ".join(refusal.words for refusal in refusals), About.ADDRESS)
    return Outcome(verdict=Verdict.SENT, refusals=tuple(refusals))


def _plain(address: str) -> tuple[str, str]:
    """Its kind and its name; WeCom's ids do not depend on the size of letters."""
    found = re.fullmatch(r"([@+#]?)(.+)", address)
    return (found[1] or "@", found[2].lower()) if found else ("@", "")


SERVICE = ChannelService(
    name="wecom-app",
    title="WeCom application",
    schemes=("wechat",),
    fields=(
        Setting(
            name="corp_id",
            needed=True,
            pattern=r"[A-Za-z0-9_-]{4,64}",
            expected="the corporation's id",
        ),
        Setting(
            name="secret",
            needed=True,
            secret=True,
            pattern=r"[A-Za-z0-9_-]{8,128}",
            expected="the secret",
        ),
        Setting(
            name="agent_id",
            needed=True,
            pattern=r"[0-9]{1,12}",
            expected="the application's number (AgentId)",
        ),
        Setting(name="to", needed=True),
    ),
    read_url=read_url,
    options=frozenset({"to"}),
    form=Form.WECOM,
    address=r"[@+#]?[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}|@all",
    address_words="a member's id (zhangsan), +DEPARTMENT or #TAG",
    send=send,
)
