"""From the peer's answer to an Outcome."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from notifier.channels.capture import Answer, Lost, Step
from notifier.domain.outcomes import Outcome, Verdict

_MOST_WORDS = 300
_LEAST_SECRET = 4  # characters; shorter ones are parts of any word
_LONGEST_WAIT = timedelta(days=1)

# WeCom's global error codes (developer.work.weixin.qq.com/document/path/90313): what passes by itself. A token that
# ran out is fetched anew by the next attempt.
_WECOM_LIMITED = {45009, 45011, 45033}
_WECOM_RETRY = {-1, 40014, 42001} | _WECOM_LIMITED
_WECOM_WAIT = timedelta(minutes=1)  # a robot may send 20 messages a minute
_WECOM_MISSED = ("invaliduser", "invalidparty", "invalidtag", "unlicenseduser")

_SENT = Outcome(verdict=Verdict.SENT)


def clean(words: str, secrets: Iterable[str]) -> str:
    """The peer's words without secrets, control characters and length."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _LEAST_SECRET:
            words = words.replace(secret, "****")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+", " ", words).strip()[:_MOST_WORDS]


def of_steps(scheme: str, steps: list[Step], ok: bool, secrets: Iterable[str]) -> Outcome:
    """The outcome of an attempt of one or more HTTP requests, which Apprise calls a success (`ok`) or not.

    Where some places were reached and others were not, trying again would say it twice to the first: REJECTED.
    """
    outcomes = [_of_step(scheme, step, secrets) for step in steps]
    if ok and (not outcomes or outcomes[-1] == _SENT):
        return _SENT
    bad = next((one for one in outcomes if one != _SENT), None)
    if bad is None:
        return Outcome(verdict=Verdict.RETRY, words="not sent: the service did not give what the next step needs")
    if _SENT in outcomes and scheme != "wechat":  # there, the first request only fetches a token
        return Outcome(verdict=Verdict.REJECTED, words=clean(f"only a part was sent: {bad.words}", ()))
    return bad


def _of_step(scheme: str, step: Step, secrets: Iterable[str]) -> Outcome:
    if isinstance(step, Lost):
        if step.handed_over:
            return Outcome(verdict=Verdict.UNKNOWN, words=f"no answer: {step.fault}")
        return Outcome(verdict=Verdict.RETRY, words=f"not reachable: {step.fault}")
    answer = _json(step.body)
    if step.status == 200 and scheme in ("wecombot", "wechat"):
        return _wecom(answer, secrets)
    if step.status == 200 and scheme == "tgram" and answer.get("ok") is not True:
        return Outcome(verdict=Verdict.UNKNOWN, words="HTTP 200, but not Telegram's answer")
    if 200 <= step.status < 300:
        return _SENT
    return _refusal(step, answer, secrets)


def _refusal(step: Answer, answer: dict[str, Any], secrets: Iterable[str]) -> Outcome:
    description = answer.get("description") or answer.get("error") or answer.get("message")
    words = clean(f"HTTP {step.status}" + (f": {description}" if description else ""), secrets)
    if step.status in (408, 425, 429) or step.status >= 500 or step.status < 400:
        return Outcome(verdict=Verdict.RETRY, words=words, retry_after=_wait(step, answer))
    return Outcome(verdict=Verdict.REJECTED, words=words)


def _wecom(answer: dict[str, Any], secrets: Iterable[str]) -> Outcome:
    code = answer.get("errcode")
    if type(code) is not int:  # False is an int, too
        return Outcome(verdict=Verdict.UNKNOWN, words="HTTP 200, but not WeCom's answer")
    if code == 0:
        missed = [f"{name} {answer[name]}" for name in _WECOM_MISSED if answer.get(name)]
        return Outcome(verdict=Verdict.REJECTED, words=clean("; ".join(missed), secrets)) if missed else _SENT
    words = clean(f"errcode {code}: {answer.get('errmsg', '')}", secrets)
    if code in _WECOM_RETRY:
        wait = _WECOM_WAIT if code in _WECOM_LIMITED else None
        return Outcome(verdict=Verdict.RETRY, words=words, retry_after=wait)
    return Outcome(verdict=Verdict.REJECTED, words=words)


def _wait(step: Answer, answer: dict[str, Any]) -> timedelta | None:
    """Telegram says it in the body (`parameters.retry_after`), others in the header; whole seconds."""
    parameters = answer.get("parameters")
    said = parameters.get("retry_after") if isinstance(parameters, dict) else None
    text = str(step.headers.get("retry-after", "") if said is None else said)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT)


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
