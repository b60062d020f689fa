"""Slack's webhooks and bots (api.slack.com/messaging/webhooks,
api.slack.com/methods/chat.postMessage)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.channels import open_channel
from notifier.domain.outcomes import About, Verdict
from notifier.errors import ChannelError
from notifier.testing import a_message
from tests.peers.http import Answer, Reply, Request
from tests.peers.played import (
    NEVER_A_YES,
    answered,
    assert_gives_nothing_away,
    assert_no_other_answer_is_a_yes,
    assert_refused,
    exchanged,
    opener,
)

HOOK = "T01PLANTED/B01PLANTED/plantedHookKey0123456789"
BOT = "xoxb-111111111111-planted0123456789"
WEBHOOK = opener(f"slack://{HOOK}")
ROOM = opener(f"slack://{BOT}/#land")
YES = {"ok": True, "channel": "C1", "ts": "1732000000.0001", "message": {"text": "x"}}


def slack(request: Request) -> Reply:
    text = request.json.get("text", "")
    if request.path == f"/services/{HOOK}":
        return Answer(body=b"ok") if text else Answer(status=400, body=b"no_text")
    if request.path.startswith("/services/"):
        return Answer(status=403, body=b"invalid_token")
    if request.headers.get("authorization") != f"Bearer {BOT}":
        return Answer(body={"ok": False, "error": "invalid_auth"})
    if request.json["channel"] != "#land":
        return Answer(body={"ok": False, "error": "channel_not_found"})
    return Answer(body=YES)


def test_a_webhook_takes_the_text_and_nothing_in_it_is_markup_or_a_mention() -> None:
    outcome, (request,) = exchanged(
        WEBHOOK, play=slack, message=a_message(text="<!channel> *a* & <http://x|y>")
    )
    assert outcome.verdict is Verdict.SENT
    assert request.json["text"] == "&lt;!channel&gt; *a* &amp; &lt;http://x|y&gt;"
    assert request.json["mrkdwn"] is False


def test_the_address_that_slack_shows_is_understood() -> None:
    assert (
        answered(opener(f"https://hooks.slack.com/services/{HOOK}"), play=slack).verdict
        is Verdict.SENT
    )


@pytest.mark.parametrize(("status", "words", "about"), [
    (403, "invalid_token", About.CHANNEL),
    (200, "invalid_token", About.CHANNEL),
    (404, "no_service", About.CHANNEL),
    (410, "channel_is_archived", About.ADDRESS),
    (400, "invalid_payload", About.MESSAGE),
])  # fmt: skip
def test_a_webhooks_no_keeps_slacks_words(status: int, words: str, about: About) -> None:
    assert_refused(answered(WEBHOOK, Answer(status=status, body=words.encode())), about, words)


@pytest.mark.parametrize("name", NEVER_A_YES)
def test_no_answer_of_a_webhook_but_its_ok_is_a_yes(name: str) -> None:
    assert answered(WEBHOOK, NEVER_A_YES[name]).verdict is not Verdict.SENT


@pytest.mark.parametrize("body", [b'"ok"', b"OK", b"ok!", b'{"ok": true}', b"<html>ok</html>"])
def test_what_looks_like_a_webhooks_yes_is_none(body: bytes) -> None:
    assert answered(WEBHOOK, Answer(body=body)).verdict is not Verdict.SENT


def test_a_bot_writes_to_each_channel() -> None:
    rooms = opener(service="slack", token=BOT, to="#land; #nowhere")
    outcome, requests = exchanged(rooms, play=slack)
    assert [request.path for request in requests] == ["/api/chat.postMessage"] * 2
    assert outcome.verdict is Verdict.SENT
    assert [(refusal.address, refusal.words) for refusal in outcome.refusals] == [
        ("#nowhere", "channel_not_found")
    ]
    assert_refused(answered(ROOM, play=slack, to="#nowhere"), About.ADDRESS, "channel_not_found")


def test_a_bots_wrong_token_is_about_the_channel() -> None:
    assert_refused(
        answered(opener("slack://xoxb-222222-wrong0000/#land"), play=slack),
        About.CHANNEL,
        "invalid_auth",
    )


def test_a_limit_pauses_as_long_as_slack_says() -> None:
    limit = {"ok": False, "error": "ratelimited"}
    outcome = answered(ROOM, Answer(status=429, body=limit, headers={"Retry-After": "30"}))
    assert (outcome.verdict, outcome.retry_after) == (Verdict.RETRY, timedelta(seconds=30))
    assert (
        answered(ROOM, Answer(body={"ok": False, "error": "ratelimited"})).verdict is Verdict.RETRY
    )


def test_no_other_answer_of_a_bot_is_a_yes() -> None:
    assert_no_other_answer_is_a_yes(
        ROOM, YES, [{"ok": "true"}, {"ok": 1}, {"ts": "1"}, {"ok": False}]
    )


def test_a_webhook_with_channels_behind_it_cannot_be_meant() -> None:
    with pytest.raises(ChannelError, match=r"channels\.it\.url: slack://\*\*\*\* names channels"):
        open_channel("it", f"slack://{HOOK}/#land")


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(WEBHOOK, (HOOK, "plantedHookKey0123456789"), caplog, capfd)
    assert_gives_nothing_away(ROOM, (BOT,), caplog, capfd)
