"""Requests to Feishu's (飞书) or Lark's interface in the name of an application.

A request bears a token that the application's id and secret give for two hours
(document/server-docs/authentication-management/access-token). Answers: HTTP 200 or
400 with `code`, 0 is the yes; 230002 not in that group, 230013 not open to that person, 230020 too
often, 230028 words that its audit does not let pass, 99991663 a token that is out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from notifier.channels.long_line import is_id, table
from notifier.channels.replies import Reply, ReplyLine, UnansweredError
from notifier.channels.verdicts import SENT, Codes, http_refusal, not_an_answer, retry
from notifier.domain.outcomes import Outcome, Verdict

_TOKEN = "tenant_access_token"  # noqa: S105  # the name of a field
_TOKEN_OUT = frozenset({99991661, 99991663, 99991668})  # the next attempt fetches a new one
_CODES = Codes(
    limited=frozenset({230020, 99991400}),
    wait=timedelta(minutes=1),
    for_now=_TOKEN_OUT,
    about_message=frozenset({230025, 230028, 230099}),
    about_address=frozenset({230002, 230013, 230029, 230034, 230035, 230053}),
)


class NoTokenError(Exception):
    """No token could be had, so nothing was asked; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.words)
        self.outcome = outcome


class FeishuApi:
    """The interface for one attempt; its token stays in the memory of `line`."""

    def __init__(self, host: str, fields: Mapping[str, str], line: ReplyLine) -> None:
        """`fields`: of the channel, sound."""
        self._base = f"{host}/open-apis"
        self._fields = fields
        self._line = line

    def post(self, path: str, body: Mapping[str, object], **params: str) -> Reply:
        """Return the answer to a POST. NoTokenError, UnansweredError."""
        return self._ask("POST", path, body, params)

    def patch(self, path: str, body: Mapping[str, object]) -> Reply:
        """Return the answer to a PATCH. NoTokenError, UnansweredError."""
        return self._ask("PATCH", path, body, {})

    def _ask(
        self, method: str, path: str, body: Mapping[str, object], params: Mapping[str, str]
    ) -> Reply:
        token = self._line.memory.get(_TOKEN) or self._fetch_token()
        ask = self._line.post if method == "POST" else self._line.patch
        headers = {"Authorization": f"Bearer {token}"}
        reply = ask(f"{self._base}/{path}", json=dict(body), params=dict(params), headers=headers)
        if reply.number("code") in _TOKEN_OUT:
            self._line.memory.pop(_TOKEN, None)
        return reply

    def _fetch_token(self) -> str:
        body = {"app_id": self._fields["app_id"], "app_secret": self._fields["secret"]}
        url = f"{self._base}/auth/v3/tenant_access_token/internal"
        try:
            reply = self._line.post(url, json=body)
        except UnansweredError as fault:
            raise NoTokenError(retry(fault.outcome.words)) from None
        outcome = judge(reply)
        if outcome.verdict is Verdict.UNKNOWN:
            raise NoTokenError(retry(outcome.words))
        if outcome.verdict is not Verdict.SENT:
            raise NoTokenError(outcome)
        token = reply.text(_TOKEN)
        if not token:
            raise NoTokenError(retry("not sent: Feishu gave no tenant_access_token"))
        self._line.memory[_TOKEN] = token
        return token


def judge(reply: Reply) -> Outcome:
    """Return the outcome of an answer; only `code` 0 is a yes."""
    code = reply.number("code")
    if code is None or reply.status >= 500:
        return http_refusal(reply) or not_an_answer(reply, "Feishu")
    if code == 0:
        return http_refusal(reply) or SENT
    return _CODES.refusal(code, f"code {code}: {reply.text('msg')}")


def message_id(reply: Reply) -> str:
    """Return the id that an answer gives; empty if it gives none that can be part of a path."""
    number = table(reply.fields.get("data")).get("message_id")
    return number if is_id(number) and re.fullmatch(r"om_[A-Za-z0-9_-]+", number) else ""
