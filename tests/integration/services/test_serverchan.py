"""ServerChan Turbo and 3 (sct.ftqq.com/sendkey, doc.sc3.ft07.com/serverchan3)."""

from __future__ import annotations

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

KEY = "SCT123456TplantedKey0123456789"
TURBO = opener(f"schan://{KEY}")
YES = {
    "code": 0,
    "message": "",
    "data": {"pushid": "1", "readkey": "SCTx", "error": "SUCCESS", "errno": 0},
}


def serverchan(request: Request) -> Reply:
    if request.path != f"/{KEY}.send":
        return Answer(
            status=400,
            body={"message": "[AUTH]错误的Key", "code": 40001, "info": "错误的Key", "args": [None]},
        )
    if not 0 < len(request.json["title"]) <= 32:
        return Answer(status=400, body={"message": "title不能为空", "code": 40000})
    return Answer(body=YES)


def test_a_message_is_sent_as_it_is_though_the_service_shows_markdown() -> None:
    message = a_message(title="报名" * 30, text="报名" * 30 + "\n# 1 *2* [3](http://x) <b>\n第二行")
    outcome, (request,) = exchanged(TURBO, play=serverchan, message=message)
    assert outcome.verdict is Verdict.SENT
    assert request.json["desp"] == "\\# 1 \\*2\\* \\[3\\]\\(http://x\\) \\<b\\>  \n第二行"


def test_a_key_of_version_3_goes_to_its_own_path() -> None:
    _, (request,) = exchanged(opener("schan://sctp42tplanted0123"), Answer(body=YES))
    assert request.path == "/send/sctp42tplanted0123.send"


def test_a_wrong_key_is_refused_in_the_services_words() -> None:
    assert_refused(
        answered(opener("schan://SCTwrongkey01"), play=serverchan),
        About.CHANNEL,
        "40001",
        "错误的Key",
    )


def test_a_day_whose_messages_are_used_up_pauses_the_channel() -> None:
    words = "[AUTH]超过当天的发送次数限制[5]，请稍后再试"
    outcome = answered(TURBO, Answer(status=400, body={"message": words, "code": 40001}))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is not None


def test_no_other_answer_is_a_yes() -> None:
    near = [{"code": "0"}, {"code": False}, {"errno": 0}, {"data": {"errno": 0}}]
    assert_no_other_answer_is_a_yes(TURBO, YES, near)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(TURBO, (KEY,), caplog, capfd)
