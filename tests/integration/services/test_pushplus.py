"""PushPlus (pushplus.plus/doc/guide/api.html, its codes: pushplus.plus/doc/guide/code.html)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.domain.outcomes import About, Refusal, Verdict
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

TOKEN = "planted0123456789abcdef01234567"
PERSON = opener(f"pushplus://{TOKEN}")
YES = {"code": 200, "msg": "请求成功", "data": "0a1b2c3d", "count": 1}


def pushplus(request: Request) -> Reply:
    body = request.json
    if body["token"] != TOKEN:
        return Answer(body={"code": 903, "msg": "无效的用户token", "data": None})
    if not body["content"] or len(body["title"]) > 100:
        return Answer(body={"code": 999, "msg": "服务端验证错误", "data": None})
    if body.get("topic") not in (None, "land"):
        return Answer(body={"code": 999, "msg": "群组编码不存在", "data": None})
    return Answer(body=YES)


def test_a_message_is_sent_with_its_title_by_itself() -> None:
    message = a_message(title="报名截止还有3小时", text="报名截止还有3小时\n\n杭政储出[2024]901号")
    outcome, (request,) = exchanged(PERSON, play=pushplus, message=message)
    assert outcome.verdict is Verdict.SENT
    assert (request.path, request.json["title"]) == ("/send", "报名截止还有3小时")
    assert request.json["content"] == "杭政储出[2024]901号"
    assert request.json["template"] == "txt"


def test_of_two_groups_the_one_that_is_not_there_is_named() -> None:
    groups = opener(service="pushplus", token=TOKEN, to="land，nobody")
    outcome, requests = exchanged(groups, play=pushplus)
    assert [request.json["topic"] for request in requests] == ["land", "nobody"]
    assert outcome.verdict is Verdict.SENT
    assert outcome.refusals == (
        Refusal(address="nobody", verdict=Verdict.REJECTED, words="code 999: 群组编码不存在"),
    )


def test_a_wrong_token_is_refused_in_the_services_words() -> None:
    assert_refused(
        answered(opener("pushplus://wrongtoken01"), play=pushplus),
        About.CHANNEL,
        "903",
        "无效的用户token",
    )


@pytest.mark.parametrize(
    ("code", "about"),
    [(905, About.CHANNEL), (888, About.CHANNEL), (999, About.MESSAGE), (600, About.MESSAGE)],
)
def test_whom_a_refusal_is_about_is_told_by_its_code(code: int, about: About) -> None:
    assert_refused(answered(PERSON, Answer(body={"code": code, "msg": "no"})), about)


def test_an_account_with_too_many_requests_is_left_alone_for_long() -> None:
    outcome = answered(PERSON, Answer(body={"code": 900, "msg": "用户账号使用受限"}))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is not None
    assert outcome.retry_after >= timedelta(hours=1)


def test_a_broken_service_is_tried_again() -> None:
    assert (
        answered(PERSON, Answer(body={"code": 500, "msg": "系统异常，请稍后再试"})).verdict
        is Verdict.RETRY
    )


def test_no_other_answer_is_a_yes() -> None:
    assert_no_other_answer_is_a_yes(
        PERSON, YES, [{"code": "200"}, {"code": 200.0}, {"msg": "请求成功"}, {"code": True}]
    )


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(PERSON, (TOKEN,), caplog, capfd)
