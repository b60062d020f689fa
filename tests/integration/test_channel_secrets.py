"""Keys, tokens and passwords never come out of a channel: not in an outcome, a log line, an error
or on a stream."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels import SERVICES, describe, open_channel
from notifier.domain.drafts import Form
from notifier.domain.outcomes import Outcome, Verdict
from notifier.errors import ChannelError
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import (
    ACCESS_TOKEN,
    APP_SECRET,
    BOT_TOKEN,
    ROBOT_KEY,
    WECOM_OK,
    Answer,
    Fault,
    HttpPeer,
    Reply,
    Request,
)
from tests.peers.smtp import PASSWORD, ScriptedMailServer

WEB_PASSWORD = "planted-Web:Pa55word/%"
SECRETS = (
    ROBOT_KEY,
    BOT_TOKEN,
    APP_SECRET,
    ACCESS_TOKEN,
    PASSWORD,
    WEB_PASSWORD,
    "planted-path-key",
)
WAYS = ("robot", "application", "bot", "any service")


def quoted(request: Request) -> str:
    """Whatever a peer could quote of a request, as it came and decoded."""
    signed_in = request.headers.get("authorization", "").partition(" ")[2]
    return f"no: {request.path} {unquote(request.path)} {signed_in} {b64decode(signed_in).decode()}"


def quoting_wecom(request: Request) -> Reply:
    if "gettoken" in request.path:
        return Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN})
    return Answer(body={"errcode": 93000, "errmsg": quoted(request)})


def quoting_refusal(request: Request) -> Reply:
    if "gettoken" in request.path:
        return Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN})
    return Answer(status=403, body={"ok": False, "description": quoted(request)})


def quoting_limit(request: Request) -> Reply:
    return Answer(
        status=429,
        body={"error": quoted(request)},
        headers={"Retry-After": ROBOT_KEY, "X-Key": BOT_TOKEN},
    )


def leading_elsewhere(request: Request) -> Reply:
    return Answer(
        status=302,
        headers={"Location": f"http://127.0.0.1:9/{request.path}"},
        body=quoted(request).encode(),
    )


def channel_at(way: str, peer: HttpPeer) -> Channel:
    if way == "any service":
        password = quote(WEB_PASSWORD, safe="")
        return open_channel(
            "any", f"json://user:{password}@127.0.0.1:{peer.port}/planted-path-key", timeout=5
        )
    url = {
        "robot": f"wecombot://{ROBOT_KEY}",
        "application": f"wechat://corp0001:{APP_SECRET}@1000002/@zhangsan",
        "bot": f"tgram://{BOT_TOKEN}/1",
    }[way]
    return open_channel("it", url, timeout=5, endpoint=peer.url)


@pytest.fixture(name="all_logs")
def _all_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What a person sees who asks for every log line that there is."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def assert_nothing_leaks(
    outcome: Outcome, logs: pytest.LogCaptureFixture, streams: pytest.CaptureFixture[str]
) -> None:
    out, err = streams.readouterr()
    for shown in (repr(outcome), logs.text, out, err):
        for secret in SECRETS:
            signed_in = (f"user:{secret}", f"\0user\0{secret}", secret)
            for form in (
                secret,
                quote(secret, safe=""),
                *(b64encode(pair.encode()).decode() for pair in signed_in),
            ):
                assert form not in shown


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("play", [quoting_wecom, quoting_refusal, quoting_limit, leading_elsewhere])
def test_a_peer_that_quotes_the_request_gives_nothing_away(
    way: str,
    play: Callable[[Request], Reply],
    all_logs: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with HttpPeer(play).running() as peer:
        outcome = channel_at(way, peer).send(a_message(html="<b>x</b>"))
    assert peer.requests
    assert_nothing_leaks(outcome, all_logs, capfd)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET, Fault.NO_HTTP])
def test_a_line_that_breaks_gives_nothing_away(
    way: str, fault: str, all_logs: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with HttpPeer(lambda _: fault).running() as peer:
        outcome = channel_at(way, peer).send(a_message(html="<b>x</b>"))
    assert outcome.verdict is not Verdict.SENT
    assert_nothing_leaks(outcome, all_logs, capfd)


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_is_not_there_gives_nothing_away(
    way: str, all_logs: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with HttpPeer(quoting_wecom).running() as peer:
        channel = channel_at(way, peer)
    outcome = channel.send(a_message(html="<b>x</b>"))
    assert outcome.verdict is Verdict.RETRY
    assert_nothing_leaks(outcome, all_logs, capfd)


def test_a_mail_server_that_quotes_the_sign_in_gives_nothing_away(
    all_logs: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def quoting(line: str) -> str:
        return f"535 {line} is not right: {PASSWORD} {b64encode(PASSWORD.encode()).decode()}"

    for mechanism in ("PLAIN", "LOGIN"):
        ehlo = f"250-mail.example.com\r\n250 AUTH {mechanism}"
        with ScriptedMailServer({"EHLO": ehlo, "AUTH": quoting}).running() as server:
            who = f"notifier%40example.com:{PASSWORD}@127.0.0.1:{server.port}"
            url = f"mailto://{who}?mode=insecure&from=notifier@example.com&to=zhang@example.com"
            outcome = open_channel("mail", url, timeout=5).send(a_message(form=Form.MAIL))
        assert outcome.verdict is Verdict.REJECTED
        assert (
            b64encode(f"\0notifier@example.com\0{PASSWORD}".encode()).decode() not in outcome.words
        )
        assert_nothing_leaks(outcome, all_logs, capfd)


MALFORMED = (
    f"wecombot://{ROBOT_KEY} with spaces/",
    f"wecombot://?token={ROBOT_KEY}",
    f"tgram://no-number-{ROBOT_KEY}/1",
    f"tgram://{BOT_TOKEN}",
    f"tgram://{BOT_TOKEN}/{{to}}/?content={ROBOT_KEY}",
    f"wechat://{APP_SECRET}",
    f"wechat://corp:{APP_SECRET}@not-a-number/@zhangsan",
    f"mailto://user:{PASSWORD}@",
    f"mailtos://user:{PASSWORD}@example.com?mode={PASSWORD}",
    f"unknown://{ROBOT_KEY}",
    f"slack://{ROBOT_KEY}",
    f"{ROBOT_KEY}",
    f"://{ROBOT_KEY}",
)


@pytest.mark.parametrize("url", MALFORMED)
def test_a_url_that_is_not_understood_is_said_without_its_secrets(
    url: str, all_logs: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ChannelError, match=r"^channels\.it\.url: ") as raised:
        open_channel("it", url)
    fault = raised.value
    assert fault.__cause__ is None
    assert fault.__suppress_context__ or fault.__context__ is None
    assert_nothing_leaks(Outcome(verdict=Verdict.REJECTED, words=str(fault)), all_logs, capfd)


@given(
    st.sampled_from(
        [*(scheme for service in SERVICES for scheme in service.schemes), "matrix", "nothing"]
    ),
    st.text(alphabet="ab1:/@?&=%#.,{}to \n\\", max_size=20),
    st.text(alphabet="ab1:/@?&=%#.,{}to \n\\", max_size=20),
)
def test_whatever_a_url_is_it_opens_or_is_refused_without_its_secrets(
    scheme: str, before: str, after: str
) -> None:
    try:
        channel = open_channel("it", f"{scheme}://{before}{ROBOT_KEY}{after}")
    except ChannelError as fault:
        shown = str(fault)
    else:
        shown = repr(channel) + str(channel)
        channel.close()
    assert ROBOT_KEY not in shown


def test_what_is_shown_of_a_url_is_its_scheme() -> None:
    assert describe(f"WeComBot://{ROBOT_KEY}") == "wecombot://****"
    assert describe(ROBOT_KEY) == "****"


def test_the_words_of_a_peer_are_one_short_line_without_control_characters() -> None:
    words = "no\r\nFrom: x\x1b[31m\u202e\u2028\x00" + "长" * 1_000
    with HttpPeer(lambda _: Answer(body={"errcode": 1, "errmsg": words})).running() as peer:
        outcome = channel_at("robot", peer).send(a_message())
    assert outcome.words.isprintable()
    assert len(outcome.words) <= 300
