"""Discord's webhooks (discord.com/developers/docs/resources/webhook#execute-webhook)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.discord import without_markup
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

TOKEN = "plantedWebhookToken_0123456789"
HOOK = opener(f"discord://123456789012345678/{TOKEN}")
YES = {"id": "1309000000000000000", "channel_id": "1", "content": "x"}


def discord(request: Request) -> Reply:
    parts = urlsplit(request.path)
    if parts.path != f"/api/webhooks/123456789012345678/{TOKEN}":
        return Answer(status=404, body={"message": "Unknown Webhook", "code": 10015})
    content = request.json["content"]
    if not 0 < len(content) <= 2_000:
        return Answer(
            status=400,
            body={"message": "Invalid Form Body", "code": 50035},
        )
    return Answer(body=YES) if parse_qs(parts.query).get("wait") == ["true"] else Answer(status=204)


def test_a_message_is_sent_and_its_id_asked_for() -> None:
    outcome, (request,) = exchanged(
        HOOK, play=discord, message=a_message(text="地块 @everyone **x**")
    )
    assert outcome.verdict is Verdict.SENT
    assert request.json["allowed_mentions"] == {"parse": []}
    assert request.json["content"] == "地块 @everyone \\*\\*x\\*\\*"


@given(st.text(alphabet="ab*_~`|[]()<>#-\\ \n地", max_size=1_900))
def test_whatever_the_text_is_it_is_within_the_limit_and_without_markup(text: str) -> None:
    shown = without_markup(text)
    assert len(shown) <= 2_000
    plain = shown.replace("\\\\", "")
    for mark in "*_~`|<>":
        assert plain.count(mark) == plain.count(f"\\{mark}")


def test_a_webhook_that_was_deleted_is_about_the_channel() -> None:
    gone = opener("discord://123456789012345678/another_token_01")
    assert_refused(answered(gone, play=discord), About.CHANNEL, "Unknown Webhook")


def test_a_text_that_is_not_taken_is_about_the_message() -> None:
    outcome = answered(HOOK, play=discord, message=a_message(text="x" * 2_001))
    assert_refused(outcome, About.MESSAGE, "Invalid Form Body")


def test_a_limit_pauses_as_long_as_discord_says() -> None:
    limit = Answer(
        status=429,
        body={"message": "You are being rate limited.", "retry_after": 64.57, "global": False},
    )
    outcome = answered(HOOK, limit)
    assert (outcome.verdict, outcome.retry_after) == (Verdict.RETRY, timedelta(seconds=64.57))


def test_no_other_answer_is_a_yes() -> None:
    assert_no_other_answer_is_a_yes(
        HOOK, YES, [{"id": 1}, {"id": ""}, {"id": None}, {"content": "x"}]
    )


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(HOOK, (TOKEN,), caplog, capfd)
