"""Pushover (pushover.net/api)."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from notifier.domain.outcomes import About, Verdict
from notifier.testing import a_message
from tests.peers.http import Answer, Reply, Request
from tests.peers.played import (
    answered,
    assert_gives_nothing_away,
    assert_no_other_answer_is_a_yes,
    assert_refused,
    exchanged,
    opener,
)

TOKEN = "plantedAppToken0123456789abcde"
USER = "plantedUserKey0123456789abcdef"
PHONE = opener(f"pover://{USER}@{TOKEN}")
YES = {"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"}


def pushover(request: Request) -> Reply:
    fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    no = {"status": 0, "request": "5042853c"}
    if fields["token"] != TOKEN:
        return Answer(
            status=400, body=no | {"token": "invalid", "errors": ["application token is invalid"]}
        )
    if fields["user"] != USER:
        return Answer(
            status=400,
            body=no | {"user": "invalid", "errors": ["user identifier is not a valid user"]},
        )
    if len(fields["message"]) > 1_024:
        return Answer(
            status=400, body=no | {"message": "is too long", "errors": ["message is too long"]}
        )
    return Answer(body=YES)


def test_a_message_is_sent_to_the_person() -> None:
    outcome, (request,) = exchanged(
        PHONE, play=pushover, message=a_message(title="标题", text="标题\n正文")
    )
    assert outcome.verdict is Verdict.SENT
    assert request.path == "/1/messages.json"
    assert parse_qs(request.body.decode())["message"] == ["正文"]


def test_whom_a_refusal_is_about_is_told_by_the_field_that_is_wrong() -> None:
    assert_refused(
        answered(opener(f"pover://{USER}@wrongtoken000"), play=pushover),
        About.CHANNEL,
        "application token",
    )
    assert_refused(
        answered(opener(f"pover://stranger0001@{TOKEN}"), play=pushover),
        About.ADDRESS,
        "user identifier",
    )
    assert_refused(
        answered(PHONE, play=pushover, message=a_message(text="x" * 1_100)),
        About.MESSAGE,
        "too long",
    )


def test_a_month_that_is_used_up_pauses_the_channel() -> None:
    outcome = answered(PHONE, Answer(status=429, body={"status": 0, "errors": ["over its quota"]}))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is not None


def test_no_other_answer_is_a_yes() -> None:
    assert_no_other_answer_is_a_yes(
        PHONE, YES, [{"status": "1"}, {"status": True}, {"request": "x"}]
    )


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(PHONE, (TOKEN, USER), caplog, capfd)
