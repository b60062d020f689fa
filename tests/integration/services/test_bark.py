"""Bark (bark.day.app/#/tutorial, github.com/Finb/bark-server)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from notifier.channels import open_channel
from notifier.domain.outcomes import About, Refusal, Verdict
from notifier.testing import a_message
from tests.peers.http import Answer, HttpPeer, Reply, Request
from tests.peers.played import (
    answered,
    assert_gives_nothing_away,
    assert_no_other_answer_is_a_yes,
    assert_refused,
    exchanged,
    opener,
)

DEVICE = "plantedDeviceKey01"
PASSWORD = "planted-bark-pass:word"
PHONE = opener(service="bark", to=DEVICE)
YES = {"code": 200, "message": "success", "timestamp": 1732000000}


def bark(request: Request) -> Reply:
    body = request.json
    if request.path != "/push":
        return Answer(status=404, body={"code": 404, "message": "Cannot POST"})
    if body["device_key"] != DEVICE:
        words = (
            f"failed to get device token: failed to get [{body['device_key']}] device token "
            "from database"
        )
        return Answer(body={"code": 400, "message": words, "timestamp": 1732000000})
    if len(request.body) > 4_096:
        return Answer(status=500, body={"code": 500, "message": "push failed: Payload Too Large"})
    return Answer(body=YES)


def test_a_message_is_sent_to_the_device() -> None:
    outcome, (request,) = exchanged(
        PHONE, play=bark, message=a_message(title="标题", text="标题\n正文")
    )
    assert outcome.verdict is Verdict.SENT
    assert request.json == {"device_key": DEVICE, "title": "标题", "body": "正文"}


def test_a_server_of_ones_own_is_spoken_to_with_its_sign_in() -> None:
    with HttpPeer(bark).running() as peer:
        url = f"bark://user:planted-bark-pass%3Aword@127.0.0.1:{peer.port}/{DEVICE}?sound=alarm&level=timeSensitive"
        assert open_channel("bark", url, timeout=5).send(a_message()).verdict is Verdict.SENT
    (request,) = peer.requests
    assert (
        request.headers["authorization"]
        == f"Basic {b64encode(f'user:{PASSWORD}'.encode()).decode()}"
    )
    assert (request.json["sound"], request.json["level"]) == ("alarm", "timeSensitive")


def test_a_device_that_is_not_known_is_about_the_address_and_the_others_have_the_message() -> None:
    phones = opener(service="bark", to=f"{DEVICE} strangeDevice02")
    outcome = answered(phones, play=bark)
    assert outcome.verdict is Verdict.SENT
    (refusal,) = outcome.refusals
    assert (refusal.address, refusal.verdict) == ("strangeDevice02", Verdict.REJECTED)
    assert isinstance(refusal, Refusal)
    assert_refused(
        answered(opener(service="bark", to="strangeDevice02"), play=bark), About.ADDRESS, "code 400"
    )


def test_what_apple_refuses_is_told_by_its_words() -> None:
    gone = Answer(
        status=500, body={"code": 500, "message": "push failed: BadDeviceToken: bad devicetoken"}
    )
    assert_refused(answered(PHONE, gone), About.ADDRESS)
    long = Answer(status=500, body={"code": 500, "message": "push failed: Payload Too Large"})
    assert_refused(answered(PHONE, long), About.MESSAGE)
    down = Answer(status=500, body={"code": 500, "message": "push failed: dial tcp: i/o timeout"})
    assert answered(PHONE, down).verdict is Verdict.RETRY


def test_no_other_answer_is_a_yes() -> None:
    near = [{"code": "200"}, {"code": True}, {"message": "success"}, {"code": 200.0}]
    assert_no_other_answer_is_a_yes(PHONE, YES, near)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    signed_in = opener(service="bark", to=DEVICE, user="user", password=PASSWORD)
    assert_gives_nothing_away(signed_in, (DEVICE, PASSWORD, f"user:{PASSWORD}"), caplog, capfd)
