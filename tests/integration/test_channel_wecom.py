"""WeCom's group robot and application: what it answers is what became of the message."""

from __future__ import annotations

import socket
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from notifier.channels import open_channel
from notifier.domain.drafts import Attachment, Form, Markup, Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import (
    ACCESS_TOKEN,
    APP_SECRET,
    ROBOT_KEY,
    WECOM_OK,
    WECOM_TOO_OFTEN,
    Answer,
    Fault,
    HttpPeer,
    Reply,
    wecom,
)

SENT = Outcome(verdict=Verdict.SENT)
APPLICATION = f"wechat://corp0001:{APP_SECRET}@1000002/@zhangsan"


@pytest.fixture(name="peer")
def _peer() -> Iterator[HttpPeer]:
    with HttpPeer(wecom).running() as peer:
        yield peer


def robot(peer: HttpPeer, key: str = ROBOT_KEY, timeout: float = 10) -> Channel:
    return open_channel("wecom", f"wecombot://{key}", timeout=timeout, endpoint=peer.url)


def application(peer: HttpPeer, url: str = APPLICATION) -> Channel:
    return open_channel("wecom", url, timeout=10, endpoint=peer.url)


def a_short_message(text: str = "报名截止还有3小时\n杭政储出[2024]901号") -> Message:
    return a_message(form=Form.WECOM, text=text)


def after(peer: HttpPeer, reply: Reply, timeout: float = 10) -> Outcome:
    peer.script.append(reply)
    return robot(peer, timeout=timeout).send(a_short_message())


def test_a_robot_takes_the_text_as_it_is(peer: HttpPeer) -> None:
    text = "  报名截止 <b> & \\n *强调* 还有3小时\n\n\t杭政储出[2024]901号 🏗️ $HOME {to}  "
    assert robot(peer).send(a_short_message(text)) == SENT
    (request,) = peer.requests
    assert request.path == f"/cgi-bin/webhook/send?key={ROBOT_KEY}"
    sent = request.json["text"]["content"]
    assert sent.strip() == text.strip()
    assert request.json.keys() == {"msgtype", "text"}
    assert request.json["text"].keys() == {"content"}  # no mentioned_list


def test_the_address_of_a_robot_as_wecom_shows_it_is_understood(peer: HttpPeer) -> None:
    url = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT_KEY}"
    channel = open_channel("wecom", url, timeout=10, endpoint=peer.url)
    assert (channel.form.markup, channel.form.limit) == (Markup.MARKDOWN, 3_900)
    assert channel.send(a_short_message()) == SENT
    peer.script.append(Answer(body={"errcode": 93000, "errmsg": "invalid webhook url"}))
    assert channel.send(a_short_message()).verdict is Verdict.REJECTED


def test_a_wrong_key_is_refused_for_good_though_the_status_is_200(peer: HttpPeer) -> None:
    outcome = robot(peer, key="wrong-key-000000").send(a_short_message())
    assert outcome == Outcome(verdict=Verdict.REJECTED, words="errcode 93000: invalid webhook url")


@pytest.mark.parametrize("code", [45009, 45011, 45033])
def test_too_many_messages_pause_the_channel_for_a_minute(peer: HttpPeer, code: int) -> None:
    outcome = after(peer, Answer(body={"errcode": code, "errmsg": "api freq out of limit"}))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after == timedelta(minutes=1)
    assert f"errcode {code}" in outcome.words


def test_a_busy_service_is_tried_again(peer: HttpPeer) -> None:
    outcome = after(peer, Answer(body={"errcode": -1, "errmsg": "system busy"}))
    assert outcome == Outcome(verdict=Verdict.RETRY, words="errcode -1: system busy")


@pytest.mark.parametrize("code", [40008, 45002, 60020, 93004, 301002, 50001, 123456])
def test_whatever_does_not_pass_by_itself_is_refused_for_good(peer: HttpPeer, code: int) -> None:
    assert after(peer, Answer(body={"errcode": code, "errmsg": "no"})).verdict is Verdict.REJECTED


def test_a_text_beyond_the_limit_is_refused_and_never_counts_as_sent(peer: HttpPeer) -> None:
    assert robot(peer).send(a_short_message("截" * 682 + "xx")) == SENT  # 2,048 bytes
    outcome = robot(peer).send(a_short_message("截" * 682 + "xxx"))
    assert outcome.verdict is Verdict.REJECTED
    assert "errcode 45002" in outcome.words


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_broken_server_is_tried_again(peer: HttpPeer, status: int) -> None:
    outcome = after(peer, Answer(status=status, body=b"<html>bad gateway</html>"))
    assert outcome == Outcome(verdict=Verdict.RETRY, words=f"HTTP {status}")


def test_the_pause_that_a_gateway_asks_for_is_told(peer: HttpPeer) -> None:
    for status in (429, 503):
        outcome = after(peer, Answer(status=status, headers={"Retry-After": "35"}))
        assert (outcome.verdict, outcome.retry_after) == (Verdict.RETRY, timedelta(seconds=35))


@pytest.mark.parametrize(
    "pause", ["soon", "-5", "1e9", "Wed, 21 Oct 2099 07:28:00 GMT", "٣٥", "1" * 400]
)
def test_a_pause_that_makes_no_sense_is_a_day_at_most(peer: HttpPeer, pause: str) -> None:
    outcome = after(
        peer, Answer(status=429, headers={"Retry-After": pause.encode().decode("latin-1")})
    )
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is None or outcome.retry_after <= timedelta(days=1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_request_that_the_server_does_not_want_is_refused_for_good(
    peer: HttpPeer, status: int
) -> None:
    assert after(peer, Answer(status=status)).verdict is Verdict.REJECTED


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed_so_that_the_key_stays_here(
    peer: HttpPeer, status: int
) -> None:
    with HttpPeer(wecom).running() as elsewhere:
        target = f"{elsewhere.url}/cgi-bin/webhook/send?key={ROBOT_KEY}"
        outcome = after(peer, Answer(status=status, headers={"Location": target}))
        assert outcome == Outcome(verdict=Verdict.RETRY, words=f"HTTP {status}")
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"<html>please sign in to the network</html>",
        b"\xff\xfe\x00",
        b"[0]",
        b"[" * 100_000,
        b'{"errcode": "0"}',
        b'{"errcode": false}',
        b'{"errmsg": "ok"}',
        b"null",
    ],
)
def test_an_answer_that_is_not_wecoms_leaves_open_what_became_of_it(
    peer: HttpPeer, body: bytes
) -> None:
    outcome = after(peer, Answer(body=body))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "not WeCom's answer" in outcome.words or "no answer" in outcome.words


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET, Fault.NO_HTTP])
def test_a_line_that_breaks_before_the_answer_leaves_it_open(peer: HttpPeer, fault: str) -> None:
    outcome = after(peer, fault)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.words.startswith("no answer")


def test_half_an_answer_leaves_it_open(peer: HttpPeer) -> None:
    assert after(peer, Answer(body=b'{"errcode": 0, "er', promised=64)).verdict is Verdict.UNKNOWN


def test_half_a_refusal_is_a_refusal(peer: HttpPeer) -> None:
    assert after(peer, Answer(status=403, body=b"<html>", promised=64)).verdict is Verdict.REJECTED
    assert after(peer, Answer(status=502, body=b"<html>", promised=64)).verdict is Verdict.RETRY


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.DRIP_HEADERS, Fault.DRIP_BODY])
def test_an_answer_that_does_not_end_is_waited_for_no_longer_than_the_timeout(
    peer: HttpPeer, fault: str
) -> None:
    assert after(peer, fault, timeout=1.5).verdict is Verdict.UNKNOWN


def test_an_endless_answer_is_not_read_to_its_end(peer: HttpPeer) -> None:
    assert after(peer, Answer(body=WECOM_OK | {"more": "x" * 1_000_000})).verdict is Verdict.UNKNOWN


def test_a_server_that_is_not_there_is_tried_again(peer: HttpPeer) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        outcome = open_channel("wecom", f"wecombot://{ROBOT_KEY}", timeout=5, endpoint=url).send(
            a_short_message()
        )
    assert outcome.verdict is Verdict.RETRY
    assert outcome.words.startswith("not reachable")


def test_a_line_that_breaks_while_it_is_encrypted_carried_nothing(peer: HttpPeer) -> None:
    """What keeps Telegram out of reach in China looks like this: the connection is made, then
    reset."""
    secure = peer.url.replace("http://", "https://")  # the peer speaks no TLS
    outcome = open_channel("wecom", f"wecombot://{ROBOT_KEY}", timeout=5, endpoint=secure).send(
        a_short_message()
    )
    assert outcome.verdict is Verdict.RETRY


def test_an_application_sends_to_the_user_with_its_token(peer: HttpPeer) -> None:
    channel = application(peer)
    assert channel.send(a_short_message()) == SENT
    assert channel.send(a_short_message()) == SENT
    paths = [request.path.partition("?")[0] for request in peer.requests]
    assert paths == ["/cgi-bin/gettoken", "/cgi-bin/message/send", "/cgi-bin/message/send"]
    assert peer.requests[1].json["touser"] == "zhangsan"


def test_an_application_reaches_the_address_that_the_recipient_gives(peer: HttpPeer) -> None:
    channel = application(peer, f"wechat://corp0001:{APP_SECRET}@1000002/@{{to}}")
    channel.send(a_short_message(), "lisi")
    assert peer.requests[-1].json["touser"] == "lisi"


def test_a_token_that_ran_out_is_fetched_anew_at_the_next_attempt(peer: HttpPeer) -> None:
    channel = application(peer)
    assert channel.send(a_short_message()) == SENT
    peer.script.append(Answer(body={"errcode": 42001, "errmsg": "access_token expired"}))
    assert channel.send(a_short_message()).verdict is Verdict.RETRY
    assert channel.send(a_short_message()) == SENT
    assert [request.path.partition("?")[0] for request in peer.requests].count(
        "/cgi-bin/gettoken"
    ) == 2


def test_a_wrong_secret_of_an_application_is_refused_for_good(peer: HttpPeer) -> None:
    outcome = application(peer, "wechat://corp0001:wrong-secret-0001@1000002/@zhangsan").send(
        a_short_message()
    )
    assert outcome == Outcome(verdict=Verdict.REJECTED, words="errcode 40001: invalid credential")


def test_an_answer_without_a_token_does_not_count_as_sent(peer: HttpPeer) -> None:
    peer.script.append(Answer(body=WECOM_OK))
    assert application(peer).send(a_short_message()).verdict is Verdict.RETRY
    assert len(peer.requests) == 1


def test_a_token_that_cannot_be_fetched_carried_nothing(peer: HttpPeer) -> None:
    peer.script.append(Fault.CLOSE)
    assert application(peer).send(a_short_message()).verdict is Verdict.RETRY


def test_an_application_whose_line_breaks_after_the_message_leaves_it_open(peer: HttpPeer) -> None:
    peer.script += [Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN}), Fault.CLOSE]
    assert application(peer).send(a_short_message()).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("who", "name", "address"),
    [
        ("invaliduser", "zhangsan", "@zhangsan"),
        ("invaliduser", "ZhangSan", "zhangsan"),
        ("unlicenseduser", "zhangsan", "@zhangsan"),
        ("invalidparty", "7", "+7"),
        ("invalidtag", "9", "%239"),
    ],
)
def test_a_user_who_does_not_exist_there_is_refused_though_the_code_is_0(
    peer: HttpPeer, who: str, name: str, address: str
) -> None:
    peer.script += [
        Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN}),
        Answer(body=WECOM_OK | {who: name}),
    ]
    outcome = application(peer, APPLICATION.replace("@zhangsan", address)).send(a_short_message())
    assert outcome == Outcome(verdict=Verdict.REJECTED, words=f"{who} {name}", about=About.ADDRESS)


def test_a_frequency_limit_of_an_application_pauses_it(peer: HttpPeer) -> None:
    peer.script += [
        Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN}),
        Answer(body=WECOM_TOO_OFTEN),
    ]
    assert application(peer).send(a_short_message()).retry_after == timedelta(minutes=1)


# -- whom an urgent message calls by name, and the picture of a digest


def in_markdown(markdown: str = "**报名截止**", text: str = "报名截止", **fields: Any) -> Message:
    return a_message(form=Form.MARKDOWN, text=text, markdown=markdown, **fields)


def test_members_are_called_within_the_markdown(peer: HttpPeer) -> None:
    assert robot(peer).send(in_markdown(mentions=("zhangsan", "li.si"))) == SENT
    (request,) = peer.requests
    assert request.json == {
        "msgtype": "markdown",
        "markdown": {"content": "**报名截止**\n<@zhangsan>\n<@li.si>"},
    }


def test_mobile_numbers_are_called_by_a_plain_text_for_markdown_knows_none(peer: HttpPeer) -> None:
    assert robot(peer).send(in_markdown(mentions=("13800138000", "zhangsan"))) == SENT
    (request,) = peer.requests
    text = {
        "content": "报名截止",
        "mentioned_list": ["zhangsan"],
        "mentioned_mobile_list": ["13800138000"],
    }
    assert request.json == {"msgtype": "text", "text": text}


def test_a_message_too_long_for_a_plain_text_is_followed_by_its_title_that_calls_them(
    peer: HttpPeer,
) -> None:
    message = in_markdown(
        "**长**" * 300, "长" * 800, title="【急】报名截止", mentions=("13800138000",)
    )
    assert robot(peer).send(message) == SENT
    first, second = (request.json for request in peer.requests)
    assert first["msgtype"] == "markdown"
    assert second["text"] == {"content": "【急】报名截止", "mentioned_mobile_list": ["13800138000"]}


def test_a_message_whose_call_is_refused_has_been_sent(peer: HttpPeer) -> None:
    message = in_markdown("**长**" * 300, "长" * 800, mentions=("13800138000",))
    peer.script += [Answer(body=WECOM_OK), Answer(body=WECOM_TOO_OFTEN)]
    outcome = robot(peer).send(message)
    assert outcome.verdict is Verdict.SENT
    assert outcome.words.startswith("sent without its mentions: errcode 45009")


def test_a_digests_picture_follows_its_text(peer: HttpPeer) -> None:
    picture = Attachment(name="timeline.png", media_type="image/png", content=b"\x89PNG\r\n...")
    assert robot(peer).send(in_markdown(attachments=(picture,))) == SENT
    image = peer.requests[1].json
    assert (image["msgtype"], b64decode(image["image"]["base64"])) == ("image", picture.content)


def test_of_several_members_those_who_left_are_named_and_the_others_have_the_message(
    peer: HttpPeer,
) -> None:
    channel = application(peer, f"wechat://corp0001:{APP_SECRET}@1000002/?to=zhangsan，lisi;+7")
    peer.script += [
        Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN}),
        Answer(body=WECOM_OK | {"invaliduser": "lisi", "invalidparty": "7"}),
    ]
    outcome = channel.send(a_short_message())
    assert peer.requests[1].json["touser"] == "zhangsan|lisi"
    assert peer.requests[1].json["toparty"] == "7"
    assert outcome.verdict is Verdict.SENT
    assert [(refusal.address, refusal.verdict) for refusal in outcome.refusals] == [
        ("lisi", Verdict.REJECTED),
        ("+7", Verdict.REJECTED),
    ]


@pytest.mark.parametrize(
    ("code", "about"),
    [
        (81013, About.ADDRESS),
        (60111, About.ADDRESS),
        (45002, About.MESSAGE),
        (40001, About.CHANNEL),
        (1, About.CHANNEL),
    ],
)
def test_whom_a_refusal_of_an_application_is_about_is_told_by_its_code(
    peer: HttpPeer, code: int, about: About
) -> None:
    peer.script += [
        Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN}),
        Answer(body={"errcode": code, "errmsg": "x"}),
    ]
    outcome = application(peer).send(a_short_message())
    assert (outcome.verdict, outcome.about) == (Verdict.REJECTED, about)
