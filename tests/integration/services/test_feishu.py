"""The group robot of Feishu and Lark
(open.feishu.cn/document/client-docs/bot-v3/add-custom-bot)."""

from __future__ import annotations

import pytest

from notifier.channels.feishu import signature
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

TOKEN = "planted0-token-4a4b-8c8d-0123456789ab"
SECRET = "plantedSecret0123456789"
ROBOT = opener(f"feishu://{TOKEN}?secret={SECRET}")
YES = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


def feishu(request: Request) -> Reply:
    if request.path != f"/open-apis/bot/v2/hook/{TOKEN}":
        return Answer(
            body={
                "code": 19001,
                "data": {},
                "msg": "param invalid: incoming webhook access token invalid",
            }
        )
    body = request.json
    if body.get("sign") != signature(SECRET, int(body.get("timestamp", "0"))):
        return Answer(
            body={
                "code": 19021,
                "data": {},
                "msg": "sign match fail or timestamp is not within one hour",
            }
        )
    if body["msg_type"] != "text" or not body["content"]["text"]:
        return Answer(status=400, body={"code": 9499, "data": {}, "msg": "Bad Request"})
    return Answer(body=YES)


def test_a_signed_text_is_sent() -> None:
    outcome, (request,) = exchanged(ROBOT, play=feishu, message=a_message(text="地块 <b>"))
    assert outcome.verdict is Verdict.SENT
    assert request.json["content"] == {"text": "地块 <b>"}


def test_a_text_calls_nobody_by_itself() -> None:
    text = '<at user_id="all">所有人</at> < AT id=all></ at >'
    outcome, (request,) = exchanged(ROBOT, play=feishu, message=a_message(text=text))
    assert outcome.verdict is Verdict.SENT
    assert "<" not in request.json["content"]["text"]


def test_an_urgent_message_calls_members_by_id() -> None:
    """Not by mobile number, which such a robot does not know."""
    message = a_message(text="地块", mentions=("13800138000", "ou_planted01"))
    _, (request,) = exchanged(ROBOT, play=feishu, message=message)
    assert request.json["content"]["text"] == '地块\n<at user_id="ou_planted01"></at>'


@pytest.mark.parametrize(
    "url",
    [
        "https://open.feishu.cn/open-apis/bot/v2/hook/",
        "https://open.larksuite.com/open-apis/bot/v2/hook/",
    ],
)
def test_the_address_that_feishu_shows_is_understood(url: str) -> None:
    outcome, (request,) = exchanged(opener(url + TOKEN), Answer(body=YES))
    assert outcome.verdict is Verdict.SENT
    assert request.path.endswith(TOKEN)


def test_a_wrong_token_and_a_wrong_signature_are_about_the_channel() -> None:
    wrong = opener("feishu://wrong-token-0000")
    assert_refused(answered(wrong, play=feishu), About.CHANNEL, "19001", "access token invalid")
    assert_refused(answered(opener(f"feishu://{TOKEN}"), play=feishu), About.CHANNEL, "19021")
    assert_refused(
        answered(ROBOT, Answer(body={"code": 19022, "msg": "Ip Not Allowed"})),
        About.CHANNEL,
        "19022",
    )


@pytest.mark.parametrize("reply", [
    Answer(body={"code": 19024, "msg": "Key Words Not Found"}),
    Answer(status=400, body={"code": 9499, "msg": "Bad Request", "data": {}}),
])  # fmt: skip
def test_a_text_that_is_not_taken_is_about_the_message(reply: Answer) -> None:
    assert_refused(answered(ROBOT, reply), About.MESSAGE)


@pytest.mark.parametrize("status", [200, 400, 429])
def test_too_many_messages_pause_the_channel(status: int) -> None:
    outcome = answered(
        ROBOT, Answer(status=status, body={"code": 11232, "msg": "frequency limited"})
    )
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is not None


def test_the_yes_of_older_days_is_a_yes() -> None:
    older = Answer(body={"Extra": None, "StatusCode": 0, "StatusMessage": "success"})
    assert answered(ROBOT, older).verdict is Verdict.SENT


def test_no_other_answer_is_a_yes() -> None:
    near = [
        {"code": "0"},
        {"code": False},
        {"code": None, "StatusCode": 0},
        {"msg": "success"},
        {"errcode": 0},
    ]
    assert_no_other_answer_is_a_yes(ROBOT, YES, near)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(ROBOT, (TOKEN, SECRET), caplog, capfd)
