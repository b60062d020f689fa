"""A program that is told of events, signed as Standard Webhooks has it."""

from __future__ import annotations

import pytest

from notifier.channels import field_faults, open_channel, service_named
from notifier.channels.hook import signature
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.ports import Channel
from tests.peers.http import Answer, Fault, HttpPeer, Reply
from tests.peers.played import NEVER_A_YES, assert_gives_nothing_away, assert_refused

SECRET = "whsec_cGxhbnRlZC1ob29rLXNlY3JldC0wMDAxLTI0Yg=="


def _after(answer: Reply) -> Outcome:
    with HttpPeer(lambda _: answer).running() as peer:
        return _channel(f"{peer.url}/hook/planted-path-0001").send(_message())


def _channel(url: str) -> Channel:
    return open_channel("crm", service="hook", fields={"url": url, "secret": SECRET}, timeout=5)


def _message(text: str = '{"events": ["地块"]}') -> Message:
    return Message(form=Form.EVENTS, title="new", text=text, key="k1")


def test_the_signature_is_the_one_of_the_specification() -> None:
    found = signature(
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        "1731705121",
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert found == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_a_request_bears_its_key_the_time_and_a_signature_of_both() -> None:
    with HttpPeer(lambda _: Answer()).running() as peer:
        assert _channel(f"{peer.url}/hook").send(_message()).verdict is Verdict.SENT
    (request,) = peer.requests
    assert request.json == {"events": ["地块"]}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "k1"
    stamp = request.headers["webhook-timestamp"]
    assert abs(int(stamp) - request.at.timestamp()) < 60
    expected = signature(SECRET, "k1", stamp, request.body)
    assert request.headers["webhook-signature"] == expected
    assert signature(SECRET, "k1", stamp, request.body + b" ") != expected


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_yes_of_http_is_its_yes(status: int) -> None:
    assert _after(Answer(status=status)).verdict is Verdict.SENT


@pytest.mark.parametrize(
    "name",
    [
        "a redirection",
        "a page of a hotel's network",
        "a closed line",
        "half an answer",
        "another protocol",
        "a broken server",
        "a server that is busy",
    ],
)
def test_what_is_no_answer_is_tried_again(name: str) -> None:
    outcome = _after(NEVER_A_YES[name])
    assert outcome.verdict in (Verdict.RETRY, Verdict.UNKNOWN)


def test_a_refusal_is_about_the_events_or_about_the_program() -> None:
    for status in (400, 413, 422):
        assert_refused(_after(Answer(status=status)), About.MESSAGE)
    for status in (401, 403, 404, 410):
        assert_refused(_after(Answer(status=status)), About.CHANNEL)


def test_a_redirection_is_not_followed() -> None:
    with HttpPeer(lambda _: Answer()).running() as other:
        moved = Answer(status=307, headers={"Location": f"{other.url}/elsewhere"})
        assert _after(moved).verdict is Verdict.RETRY
    assert other.requests == []


def test_nothing_gives_the_secret_or_the_address_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = (SECRET, SECRET.removeprefix("whsec_"), "planted-path-0001")

    def at(endpoint: str) -> Channel:
        return _channel(f"{endpoint}/hook/planted-path-0001")

    assert_gives_nothing_away(at, secrets, caplog, capfd)


@pytest.mark.parametrize(
    "secret", ["", "short", "whsec_dG9vIHNob3J0", "x" * 33, "whsec_" + "ä" * 40]
)
def test_a_secret_that_is_none_is_refused_without_showing_it(secret: str) -> None:
    service = service_named("hook")
    assert service is not None
    fields = {"url": "https://crm.example.com/hook"} | ({"secret": secret} if secret else {})
    ((name, words),) = field_faults(service, fields)
    assert name == "secret"
    assert not secret or secret not in words


def test_a_line_that_breaks_after_the_request_may_have_told_it() -> None:
    assert _after(Fault.CLOSE).verdict is Verdict.UNKNOWN
