"""Gotify (gotify.net/api-docs#/message/createMessage)."""

from __future__ import annotations

import pytest

from notifier.channels import open_channel
from notifier.domain.outcomes import About, Verdict
from notifier.testing import a_message
from tests.peers.http import Answer, HttpPeer, Reply, Request
from tests.peers.played import (
    answered,
    assert_gives_nothing_away,
    assert_no_other_answer_is_a_yes,
    assert_refused,
    opener,
)

TOKEN = "AplantedToken.01"
SERVER = opener(service="gotify", server="http://gotify.example.com", token=TOKEN)
YES = {
    "id": 25,
    "appid": 5,
    "message": "x",
    "title": "t",
    "priority": 5,
    "date": "2031-01-01T00:00:00Z",
}


def gotify(request: Request) -> Reply:
    if request.headers.get("x-gotify-key") != TOKEN:
        words = "you need to provide a valid access token or user credentials to access this api"
        return Answer(
            status=401, body={"error": "Unauthorized", "errorCode": 401, "errorDescription": words}
        )
    if not request.json["message"]:
        words = "Field 'message' is required"
        return Answer(
            status=400, body={"error": "Bad Request", "errorCode": 400, "errorDescription": words}
        )
    return Answer(body=YES)


@pytest.mark.parametrize("path", ["", "/behind/a/proxy"])
def test_a_message_is_sent_to_a_server_of_ones_own(path: str) -> None:
    with HttpPeer(gotify).running() as peer:
        url = f"gotify://127.0.0.1:{peer.port}{path}/{TOKEN}?priority=high"
        assert (
            open_channel("it", url, timeout=5).send(a_message(title="t", text="t\n正文")).verdict
            is Verdict.SENT
        )
    (request,) = peer.requests
    assert request.path == f"{path}/message"
    assert request.json == {"title": "t", "message": "正文", "priority": 8}


def test_a_wrong_token_is_refused_in_the_servers_words() -> None:
    wrong = opener(service="gotify", server="http://x", token="AnotherToken01")
    assert_refused(answered(wrong, play=gotify), About.CHANNEL, "HTTP 401", "valid access token")


def test_no_other_answer_is_a_yes() -> None:
    assert_no_other_answer_is_a_yes(
        SERVER, YES, [{"id": "25"}, {"id": 0}, {"id": True}, {"message": "x"}]
    )


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(SERVER, (TOKEN,), caplog, capfd)
