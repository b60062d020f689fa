"""Telegram's Bot API: what it answers is what became of the message."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.channels import open_channel
from notifier.domain.drafts import Attachment, Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict
from notifier.errors import ChannelError
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import (
    BOT_TOKEN,
    Answer,
    Fault,
    HttpPeer,
    Reply,
    telegram,
    telegram_error,
    telegram_text,
)

SENT = Outcome(verdict=Verdict.SENT)


@pytest.fixture(name="peer")
def _peer() -> Iterator[HttpPeer]:
    with HttpPeer(telegram).running() as peer:
        yield peer


def bot(peer: HttpPeer, rest: str = f"{BOT_TOKEN}/-1001234567890", timeout: float = 10) -> Channel:
    return open_channel("telegram", f"tgram://{rest}", timeout=timeout, endpoint=peer.url)


def in_html(html: str = "<b>报名截止还有3小时</b>\n杭政储出[2024]901号") -> Message:
    return a_message(form=Form.TELEGRAM, html=html)


def after(peer: HttpPeer, reply: Reply, timeout: float = 10) -> Outcome:
    peer.script.append(reply)
    return bot(peer, timeout=timeout).send(in_html())


def test_a_bot_sends_the_html_part_as_it_is(peer: HttpPeer) -> None:
    html = (
        "<b>报名截止</b> 还有3小时\n\n地块 1 &lt; 2 &amp;&amp; 3 &gt; 2\n<i>楼面价</i> *12* _x_ 🏗️"
    )
    assert bot(peer).send(in_html(html)) == SENT
    (request,) = peer.requests
    assert request.path == f"/bot{BOT_TOKEN}/sendMessage"
    assert request.json["chat_id"] == -1001234567890
    assert request.json["parse_mode"] == "HTML"
    assert telegram_text(request.json["text"]) == telegram_text(html)
    assert "&lt;" in request.json["text"]


def test_what_is_escaped_stays_escaped_and_never_becomes_markup(peer: HttpPeer) -> None:
    seen = (
        '<b>不是标记</b> <script>alert(1)</script> <a href="https://example.com">x</a> &lt; '
        "&amp; &nbsp; &quot;"
    )
    html = seen.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert bot(peer).send(in_html(html)) == SENT
    assert telegram_text(peer.requests[0].json["text"]) == seen


@pytest.mark.parametrize("chat", ["123456789", "-1001234567890", "@land_team"])
def test_the_chat_may_be_the_recipients_address(peer: HttpPeer, chat: str) -> None:
    assert bot(peer, f"{BOT_TOKEN}/{{to}}").send(in_html(), chat) == SENT
    assert str(peer.requests[0].json["chat_id"]) == chat


def test_an_address_that_is_no_chat_is_refused_for_good_and_nothing_is_sent(peer: HttpPeer) -> None:
    outcome = bot(peer, f"{BOT_TOKEN}/{{to}}").send(in_html(), "张三")
    assert outcome.verdict is Verdict.REJECTED
    assert "张三" in outcome.words
    assert peer.requests == []


def test_a_bot_without_a_chat_cannot_be_opened_instead_of_writing_to_whoever_wrote_to_it(
    peer: HttpPeer,
) -> None:
    with pytest.raises(
        ChannelError, match=r"channels\.telegram\.url: tgram://\*\*\*\* has nobody to send to"
    ) as fault:
        bot(peer, BOT_TOKEN)
    assert BOT_TOKEN not in str(fault.value)
    assert peer.requests == []


def test_too_many_messages_pause_the_channel_as_long_as_telegram_says(peer: HttpPeer) -> None:
    outcome = after(peer, telegram_error(429, "Too Many Requests: retry after 35", retry_after=35))
    assert outcome == Outcome(
        verdict=Verdict.RETRY,
        words="HTTP 429: Too Many Requests: retry after 35",
        retry_after=timedelta(seconds=35),
    )


@pytest.mark.parametrize("pause", [None, "35", True, -1, 1.5, 10**30, {"a": 1}])
def test_a_pause_that_makes_no_sense_does_not_stop_the_channel(
    peer: HttpPeer, pause: object
) -> None:
    outcome = after(
        peer, Answer(status=429, body={"ok": False, "parameters": {"retry_after": pause}})
    )
    assert outcome.verdict is Verdict.RETRY
    assert outcome.retry_after is None or outcome.retry_after <= timedelta(seconds=35)


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    ],
)
def test_a_chat_that_does_not_want_the_bot_is_refused_for_good(
    peer: HttpPeer, status: int, description: str
) -> None:
    outcome = after(peer, telegram_error(status, description))
    words = f"HTTP {status}: {description}"
    assert outcome == Outcome(verdict=Verdict.REJECTED, words=words, about=About.ADDRESS)


def test_a_wrong_token_is_refused_for_good(peer: HttpPeer) -> None:
    outcome = bot(peer, "123456789:another-token-that-is-wrong-0000000/1").send(in_html())
    assert outcome == Outcome(verdict=Verdict.REJECTED, words="HTTP 401: Unauthorized")


def test_markup_that_telegram_does_not_take_is_a_refusal_and_never_a_success(
    peer: HttpPeer,
) -> None:
    peer.script.append(
        telegram_error(400, "Bad Request: can't parse entities: Unsupported start tag")
    )
    outcome = bot(peer).send(in_html())
    assert (outcome.verdict, outcome.about) == (Verdict.REJECTED, About.MESSAGE)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_broken_server_is_tried_again(peer: HttpPeer, status: int) -> None:
    assert after(peer, Answer(status=status, body=b"<html>")).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "body", [b"", b"ok", b'{"ok": false}', b'{"ok": "true"}', b"[true]", b"<html>portal</html>"]
)
def test_an_answer_that_is_not_telegrams_leaves_open_what_became_of_it(
    peer: HttpPeer, body: bytes
) -> None:
    assert after(peer, Answer(body=body)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET, Fault.NO_HTTP])
def test_a_line_that_breaks_before_the_answer_leaves_it_open(peer: HttpPeer, fault: str) -> None:
    assert after(peer, fault).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.DRIP_HEADERS, Fault.DRIP_BODY])
def test_an_answer_that_does_not_end_is_waited_for_no_longer_than_the_timeout(
    peer: HttpPeer, fault: str
) -> None:
    assert after(peer, fault, timeout=1.5).verdict is Verdict.UNKNOWN


def test_a_redirection_is_not_followed_so_that_the_token_stays_here(peer: HttpPeer) -> None:
    with HttpPeer(telegram).running() as elsewhere:
        location = {"Location": f"{elsewhere.url}/bot{BOT_TOKEN}/sendMessage"}
        assert after(peer, Answer(status=307, headers=location)).verdict is Verdict.RETRY
        assert elsewhere.requests == []


def test_of_two_chats_the_one_that_was_reached_is_not_written_to_again(peer: HttpPeer) -> None:
    """The other one is a refusal of its own, so that a repeat can go to it alone."""
    peer.script += [telegram_error(403, "Forbidden: bot was blocked by the user")]
    outcome = bot(peer, f"{BOT_TOKEN}/1/2").send(in_html())
    assert [request.json["chat_id"] for request in peer.requests] == [1, 2]
    words = "HTTP 403: Forbidden: bot was blocked by the user"
    assert outcome == Outcome(
        verdict=Verdict.SENT,
        refusals=(Refusal(address="1", verdict=Verdict.REJECTED, words=words),),
    )


def test_two_chats_that_are_both_limited_are_both_tried_again(peer: HttpPeer) -> None:
    peer.script += [telegram_error(429, "Too Many Requests", retry_after=9)] * 2
    outcome = bot(peer, f"{BOT_TOKEN}/1/2").send(in_html())
    assert (outcome.verdict, outcome.retry_after) == (Verdict.RETRY, timedelta(seconds=9))


def test_a_proxy_of_the_environment_is_used(
    peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Telegram is blocked, this is how it is reached."""
    monkeypatch.setenv("HTTP_PROXY", peer.url)
    peer.script.append(Answer(body={"ok": True}))
    url = f"tgram://{BOT_TOKEN}/1"
    channel = open_channel("telegram", url, timeout=10, endpoint="http://api.telegram.example.com")
    assert channel.send(in_html()) == SENT
    assert peer.requests[0].path == f"http://api.telegram.example.com/bot{BOT_TOKEN}/sendMessage"


def test_a_proxy_that_is_not_there_carried_nothing(
    peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unheard.getsockname()[1]}")
        assert bot(peer).send(in_html()).verdict is Verdict.RETRY
    assert peer.requests == []


PICTURE = Attachment(name="timeline.png", media_type="image/png", content=b"\x89PNG\r\n...")


def test_a_digests_picture_follows_its_text_into_the_same_chat(peer: HttpPeer) -> None:
    assert bot(peer).send(replace(in_html(), attachments=(PICTURE,))) == SENT
    assert [request.path.rsplit("/")[-1] for request in peer.requests] == [
        "sendMessage",
        "sendPhoto",
    ]
    photo = peer.requests[1].body
    assert PICTURE.content in photo
    assert b"-1001234567890" in photo


@pytest.mark.parametrize(
    "reply",
    [
        telegram_error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        Answer(status=502, body=b"<html>"),
        Fault.RESET,
    ],
)
def test_a_picture_that_is_refused_does_not_make_its_text_be_sent_again(
    peer: HttpPeer, reply: Reply
) -> None:
    peer.script += [Answer(body={"ok": True, "result": {"message_id": 1}}), reply]
    outcome = bot(peer).send(replace(in_html(), attachments=(PICTURE,)))
    assert outcome.verdict is Verdict.SENT
    assert outcome.words.startswith("sent without its picture")
    assert BOT_TOKEN not in outcome.words


def test_a_text_that_is_not_sent_has_no_picture_sent_after_it(peer: HttpPeer) -> None:
    peer.script.append(telegram_error(403, "Forbidden: bot was blocked by the user"))
    assert bot(peer).send(replace(in_html(), attachments=(PICTURE,))).verdict is Verdict.REJECTED
    assert len(peer.requests) == 1
