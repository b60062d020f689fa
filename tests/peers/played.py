"""What holds for every service that answers over HTTP, played by a peer that says what it is told
to."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest

from notifier.channels import open_channel
from notifier.domain.drafts import Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import Answer, Fault, HttpPeer, Play, Reply, Request

Open = Callable[[str], Channel]
"""The channel whose service is played at that address."""

NEVER_A_YES: dict[str, Reply] = {
    "a redirection": Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "a page of a hotel's network": Answer(
        body=b"<!DOCTYPE html><html>sign in</html>", headers={"Content-Type": "text/html"}
    ),
    "nothing": Answer(body=b""),
    "nothing, with 204": Answer(status=204),
    "another list": Answer(body=b"[0]"),
    "null": Answer(body=b"null"),
    "true": Answer(body=b"true"),
    "an empty object": Answer(body=b"{}"),
    "no text": Answer(body=b"\xff\xfe\x00"),
    "deep nesting": Answer(body=b"[" * 50_000),
    "an endless answer": Answer(body=b'{"x": "' + b"x" * 200_000),
    "half an answer": Answer(body=b'{"errcode": 0, "code": 0, "ok": tr', promised=400),
    "a closed line": Fault.CLOSE,
    "a reset line": Fault.RESET,
    "another protocol": Fault.NO_HTTP,
    "a broken server": Answer(status=502, body=b"<html>bad gateway</html>"),
    "a server that is busy": Answer(status=503, headers={"Retry-After": "7"}),
    "too many requests": Answer(status=429, headers={"Retry-After": "9"}),
    "a wrong sign-in": Answer(status=401),
    "a wrong address": Answer(status=404),
}


def opener(url: str = "", **fields: str) -> Open:
    """Opens a channel by `url`, or by the fields of a service (`service` names it), with the peer
    as its endpoint."""
    service = fields.pop("service", "")

    def at(endpoint: str) -> Channel:
        return open_channel("it", url, service=service, fields=fields, timeout=5, endpoint=endpoint)

    return at


def answered(
    at: Open,
    *replies: Reply,
    play: Play | None = None,
    message: Message | None = None,
    to: str = "",
) -> Outcome:
    """What becomes of a message that is answered by `replies`."""
    return exchanged(at, *replies, play=play, message=message, to=to)[0]


def exchanged(
    at: Open,
    *replies: Reply,
    play: Play | None = None,
    message: Message | None = None,
    to: str = "",
) -> tuple[Outcome, list[Request]]:
    with HttpPeer(play or (lambda _: Answer(status=500))).running() as peer:
        peer.script += replies
        channel = at(peer.url)
        outcome = channel.send(
            message or a_message(form=channel.form, html="<b>x</b>", markdown="**x**"), to
        )
        return outcome, peer.requests


def assert_refused(outcome: Outcome, about: About, *words: str) -> None:
    assert (outcome.verdict, outcome.about) == (Verdict.REJECTED, about), outcome
    assert all(word in outcome.words for word in words), outcome


def assert_no_other_answer_is_a_yes(
    at: Open, yes: dict[str, Any], near: Iterable[object] = ()
) -> None:
    """`near`: answers that differ from the yes by a type, a letter or a missing field."""
    assert answered(at, Answer(body=yes)).verdict is Verdict.SENT
    for name, reply in NEVER_A_YES.items():
        outcome = answered(at, reply)
        assert outcome.verdict in (Verdict.RETRY, Verdict.UNKNOWN, Verdict.REJECTED), name
        if name in ("a wrong sign-in", "a wrong address"):
            assert_refused(outcome, About.CHANNEL)
        elif outcome.verdict is Verdict.REJECTED:
            raise AssertionError(f"{name} is no refusal: {outcome}")
        if reply == NEVER_A_YES["too many requests"]:
            assert outcome.retry_after is not None
    for wrong in near:
        outcome = answered(at, Answer(body=json.dumps(wrong).encode()))
        assert outcome.verdict is Verdict.UNKNOWN, (wrong, outcome)
    for status in (301, 400, 403, 500):
        assert answered(at, Answer(status=status, body=yes)).verdict is not Verdict.SENT, status


def assert_gives_nothing_away(
    at: Open,
    secrets: Iterable[str],
    logs: pytest.LogCaptureFixture,
    streams: pytest.CaptureFixture[str],
) -> None:
    """A service that quotes the whole request, in every field where words may stand, and every log
    line there is."""

    def quoting_answer(status: int, request: Request) -> Reply:
        return Answer(status=status, body=quoting(request))

    def quoting(request: Request) -> dict[str, Any]:
        body = request.body.decode("utf-8", "replace")
        signed_in = " ".join(
            request.headers.get(name, "") for name in ("authorization", "x-gotify-key")
        )
        words = f"no: {request.path} {unquote(request.path)} {signed_in} {body} {unquote(body)}"
        names = ("description", "error", "message", "msg", "errmsg", "errorDescription", "detail")
        return dict.fromkeys(names, words) | {
            "errors": [words],
            "errcode": 1,
            "code": 1,
            "ok": False,
            "status": 0,
        }

    with logs.at_level(logging.DEBUG):
        for status in (200, 400, 403, 429, 500):
            outcome = answered(at, play=partial(quoting_answer, status))
            out, err = streams.readouterr()
            for shown in (repr(outcome), logs.text, out, err):
                for secret in secrets:
                    forms = (secret, quote(secret, safe=""), b64encode(secret.encode()).decode())
                    assert not any(form in shown for form in forms), (status, outcome)
