"""A web address of one's own that takes JSON."""

from __future__ import annotations

import json

import pytest

from notifier.channels import open_channel
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import Answer, HttpPeer, Reply
from tests.peers.played import NEVER_A_YES, assert_gives_nothing_away, assert_refused

PASSWORD = "planted-hook:pa55/word"
NO_YES = (
    "a redirection",
    "a page of a hotel's network",
    "a closed line",
    "half an answer",
    "a broken server",
)


def after(answer: Reply, rest: str = "") -> Outcome:
    with HttpPeer(lambda _: answer).running() as peer:
        return open_channel("it", f"json://127.0.0.1:{peer.port}/hook{rest}", timeout=5).send(
            a_message()
        )


def test_what_arrives_is_what_apprise_writes() -> None:
    with HttpPeer(lambda _: Answer(body={"ok": True})).running() as peer:
        url = f"json://user:planted-hook%3Apa55%2Fword@127.0.0.1:{peer.port}/a/{{to}}?-room=1&+X-Land=yes&token=t1"
        assert (
            open_channel("it", url, timeout=5).send(a_message(text="地块"), "zhang san").verdict
            is Verdict.SENT
        )
    (request,) = peer.requests
    assert request.path in ("/a/zhang%20san?room=1&token=t1", "/a/zhang%20san?token=t1&room=1")
    assert request.headers["x-land"] == "yes"
    assert request.json["message"] == "地块"
    assert request.json["to"] == "zhang san"
    assert request.headers["authorization"].startswith("Basic ")


def test_the_fields_name_an_address_with_all_its_parts() -> None:
    with HttpPeer(lambda _: Answer(body={"errcode": 0})).running() as peer:
        fields = {"url": f"{peer.url}/hook?key=1&to={{to}}"}
        channel = open_channel("it", service="webhook", fields=fields, timeout=5)
        assert channel.send(a_message(), "li&x").verdict is Verdict.SENT
    assert peer.requests[0].path == "/hook?key=1&to=li%26x"


@pytest.mark.parametrize("body", [{"ok": True}, {"success": True}, {"errcode": 0}, {"code": 0}])
def test_a_yes_of_its_own_is_a_yes(body: dict[str, object]) -> None:
    assert after(Answer(body=body)).verdict is Verdict.SENT


@pytest.mark.parametrize("body", [
    {"ok": False, "error": "no room"}, {"success": False, "msg": "no room"}, {"errcode": 310000,
    "errmsg": "no room"},
    {"code": 19001, "msg": "no room"}, {"code": -1, "message": "no room"},
])  # fmt: skip
def test_a_no_of_its_own_is_a_no_with_its_words(body: dict[str, object]) -> None:
    assert_refused(after(Answer(body=body)), About.CHANNEL, "no room")


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b"{}", b'{"ok": "true"}', b'{"code": "0"}', b'{"code": 200}']
)
def test_whatever_else_comes_with_200_is_only_https_yes(body: bytes) -> None:
    assert after(Answer(body=body)).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NO_YES)
def test_a_page_a_broken_line_and_a_redirection_are_no_yes(name: str) -> None:
    outcome = after(NEVER_A_YES[name])
    assert outcome.verdict in (Verdict.RETRY, Verdict.UNKNOWN)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def at(endpoint: str) -> Channel:
        fields = {
            "url": f"{endpoint}/planted-path-key?key=planted-query",
            "user": "user",
            "password": PASSWORD,
        }
        return open_channel("it", service="webhook", fields=fields, timeout=5)

    secrets = (PASSWORD, f"user:{PASSWORD}", "planted-path-key", "planted-query")
    assert_gives_nothing_away(at, secrets, caplog, capfd)


def test_a_request_that_is_not_understood_is_about_the_message() -> None:
    assert_refused(
        after(Answer(status=422, body=json.dumps({"error": "no"}).encode())), About.MESSAGE
    )
