"""From the peer's answer to an Outcome."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from notifier.channels.capture import Exchange
from notifier.domain.outcomes import Outcome, Verdict

_MOST_WORDS = 300

# WeCom global error codes (developer.work.weixin.qq.com, "全局错误码"): what passes by itself
_WECOM_RETRY = {-1, 40014, 42001, 45009, 45011, 45033, 50001, 301002, 60020}
_WECOM_LIMITED = {45009, 45011, 45033}
_WECOM_WAIT = timedelta(minutes=1)  # a robot may send 20 messages a minute


def clean(words: str, secrets: tuple[str, ...]) -> str:
    """The peer's words without secrets, control characters and length."""
    for secret in secrets:
        if secret:
            words = words.replace(secret, "****")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", " ", words).strip()[:_MOST_WORDS]


def of_exchange(scheme: str, done: Exchange, ok: bool, secrets: tuple[str, ...]) -> Outcome:
    """The outcome of one HTTP attempt."""
    if done.fault is not None:
        verdict = Verdict.UNKNOWN if done.handed_over else Verdict.RETRY
        words = "no answer" if done.handed_over else "not reachable"
        return Outcome(verdict=verdict, words=clean(f"{words}: {type(done.fault).__name__}", secrets))
    if not done.answers:
        return Outcome(verdict=Verdict.SENT if ok else Verdict.RETRY, words="" if ok else "not sent, no reason given")
    status, headers, body = done.answers[-1]
    answer = _json(body)
    if scheme in ("wecombot", "wechat") and status == 200:
        return _wecom(answer, secrets)
    words = f"HTTP {status}"
    description = answer.get("description") or answer.get("error") or answer.get("message")
    if description:
        words += f": {description}"
    words = clean(words, secrets)
    if 200 <= status < 300 and ok:
        if scheme == "tgram" and answer.get("ok") is not True:
            return Outcome(verdict=Verdict.UNKNOWN, words="HTTP 200, but not Telegram's answer")
        return Outcome(verdict=Verdict.SENT)
    if status == 429:
        return Outcome(verdict=Verdict.RETRY, words=words, retry_after=_wait(headers, answer))
    if status >= 500 or status in (408, 425) or 300 <= status < 400:
        return Outcome(verdict=Verdict.RETRY, words=words, retry_after=_wait(headers, answer))
    if 200 <= status < 300:
        return Outcome(verdict=Verdict.RETRY, words=words)
    return Outcome(verdict=Verdict.REJECTED, words=words)


def _wecom(answer: dict[str, Any], secrets: tuple[str, ...]) -> Outcome:
    code = answer.get("errcode")
    if not isinstance(code, int):
        return Outcome(verdict=Verdict.UNKNOWN, words="HTTP 200, but not WeCom's answer")
    words = clean(f"errcode {code}: {answer.get('errmsg', '')}", secrets)
    if code == 0:
        invalid = answer.get("invaliduser")
        if invalid:
            return Outcome(verdict=Verdict.REJECTED, words=clean(f"invaliduser {invalid}", secrets))
        return Outcome(verdict=Verdict.SENT)
    if code in _WECOM_LIMITED:
        return Outcome(verdict=Verdict.RETRY, words=words, retry_after=_WECOM_WAIT)
    return Outcome(verdict=Verdict.RETRY if code in _WECOM_RETRY else Verdict.REJECTED, words=words)


def _wait(headers: dict[str, str], answer: dict[str, Any]) -> timedelta | None:
    """Telegram says it in the body (`parameters.retry_after`), others in the header; whole seconds."""
    parameters = answer.get("parameters")
    said = parameters.get("retry_after") if isinstance(parameters, dict) else None
    text = str(said if said is not None else headers.get("retry-after", ""))
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
