"""DingTalk's group robot (open.dingtalk.com/document/robots/custom-robot-access)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from notifier.channels.dingtalk import signature
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

TOKEN = "plantedtoken0123456789abcdef"
SECRET = "SECplanted0123456789"
ROBOT = opener(f"dingtalk://{SECRET}@{TOKEN}")
YES = {"errcode": 0, "errmsg": "ok"}


def dingtalk(request: Request) -> Reply:
    """A robot that wants signatures and the word 地块."""
    parts = urlsplit(request.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path != "/robot/send" or query.get("access_token") != TOKEN:
        return Answer(body={"errcode": 300001, "errmsg": "token is not exist"})
    if query.get("sign") != signature(SECRET, int(query.get("timestamp", "0"))):
        return Answer(
            body={
                "errcode": 310000,
                "errmsg": "sign not match, more: [https://ding-doc.dingtalk.com/]",
            }
        )
    content = request.json["text"]["content"]
    if "地块" not in content:
        return Answer(
            body={
                "errcode": 310000,
                "errmsg": "keywords not in content, more: [https://ding-doc.dingtalk.com/]",
            }
        )
    called = request.json["at"]["atMobiles"] + request.json["at"]["atUserIds"]
    assert all(f"@{who}" in content for who in called)
    return Answer(body=YES)


def test_a_signed_text_is_sent() -> None:
    outcome, (request,) = exchanged(ROBOT, play=dingtalk, message=a_message(text="地块 @所有人"))
    assert outcome.verdict is Verdict.SENT
    assert request.json["text"] == {"content": "地块 @所有人"}
    assert request.json["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": False}


def test_the_address_that_dingtalk_shows_is_understood() -> None:
    shown = opener(f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}")
    outcome, (request,) = exchanged(shown, Answer(body=YES))
    assert outcome.verdict is Verdict.SENT
    assert f"access_token={TOKEN}" in request.path


def test_the_fields_need_no_escaping() -> None:
    fields = opener(service="dingtalk", token=TOKEN, secret=SECRET)
    assert answered(fields, play=dingtalk, message=a_message(text="地块")).verdict is Verdict.SENT


def test_an_urgent_message_calls_members_by_mobile_and_by_id() -> None:
    message = a_message(text="地块", mentions=("13800138000", "zhangsan"))
    outcome, (request,) = exchanged(ROBOT, play=dingtalk, message=message)
    assert outcome.verdict is Verdict.SENT
    assert request.json["at"] == {
        "atMobiles": ["13800138000"],
        "atUserIds": ["zhangsan"],
        "isAtAll": False,
    }


def test_what_the_safety_settings_refuse_is_told_in_dingtalks_words() -> None:
    assert_refused(
        answered(ROBOT, play=dingtalk, message=a_message(text="x")),
        About.MESSAGE,
        "310000",
        "keywords",
    )
    unsigned = opener(f"dingtalk://{TOKEN}")
    outcome = answered(unsigned, play=dingtalk, message=a_message(text="地块"))
    assert_refused(outcome, About.CHANNEL, "310000", "sign not match")
    wrong = opener(f"dingtalk://{SECRET}@wrongtoken0001")
    assert_refused(answered(wrong, play=dingtalk), About.CHANNEL, "token is not exist")


@pytest.mark.parametrize("code", [430101, 430102, 430104, 460101])
def test_a_text_that_is_not_allowed_is_about_the_message(code: int) -> None:
    assert_refused(answered(ROBOT, Answer(body={"errcode": code, "errmsg": "no"})), About.MESSAGE)


@pytest.mark.parametrize("code", [130101, 410100])
def test_too_many_messages_pause_the_channel(code: int) -> None:
    outcome = answered(
        ROBOT, Answer(body={"errcode": code, "errmsg": "send too fast, exceed 20 times per minute"})
    )
    assert (outcome.verdict, outcome.retry_after) == (Verdict.RETRY, timedelta(minutes=1))


def test_a_busy_service_is_tried_again() -> None:
    assert (
        answered(ROBOT, Answer(body={"errcode": -1, "errmsg": "系统繁忙"})).verdict is Verdict.RETRY
    )


def test_no_other_answer_is_a_yes() -> None:
    near = [
        {"errcode": "0"},
        {"errcode": False},
        {"errcode": 0.0},
        {"errmsg": "ok"},
        {"code": 0},
        {"errcode": None},
    ]
    assert_no_other_answer_is_a_yes(ROBOT, YES, near)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(ROBOT, (TOKEN, SECRET), caplog, capfd)
