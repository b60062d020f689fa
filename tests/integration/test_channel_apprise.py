"""Apprise is the front door, not the keeper of promises: what it does on its own, and that we do
not rely on it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from notifier.channels import open_channel
from notifier.domain.drafts import Form, Markup
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.errors import ChannelError
from notifier.ports import Channel
from notifier.testing import a_message
from tests.peers.http import (
    BOT_TOKEN,
    ROBOT_KEY,
    WECOM_BAD_KEY,
    Answer,
    Fault,
    HttpPeer,
    Request,
    telegram,
    wecom,
)

SENT = Outcome(verdict=Verdict.SENT)


@pytest.fixture(name="peer")
def _peer() -> Iterator[HttpPeer]:
    with HttpPeer(wecom).running() as peer:
        yield peer


def robot(peer: HttpPeer, timeout: float = 10) -> Channel:
    return open_channel("wecom", f"wecombot://{ROBOT_KEY}", timeout=timeout, endpoint=peer.url)


def any_service(peer: HttpPeer, rest: str = "") -> Channel:
    return open_channel("any", f"form://127.0.0.1:{peer.port}/hook{rest}", timeout=10)


def message_of(request: Request) -> str:
    return parse_qs(request.body.decode())["message"][0]


def test_what_apprise_calls_a_success_is_a_refusal_if_wecom_says_so(
    peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.wecombot import NotifyWeComBot

    peer.script += [Answer(body=WECOM_BAD_KEY)] * 2
    monkeypatch.setattr(NotifyWeComBot, "notify_url", peer.url + "/cgi-bin/webhook/send?key={key}")
    monkeypatch.setattr(NotifyWeComBot, "request_rate_per_sec", 0)
    plugin: Any = NotifyWeComBot
    assert plugin(key=ROBOT_KEY).notify("x")  # if this fails, Apprise has learnt it
    assert robot(peer).send(a_message()).verdict is Verdict.REJECTED


@pytest.mark.parametrize("way", ["robot", "bot", "any"])
def test_apprise_never_sleeps_between_messages(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sleep(seconds: float) -> None:
        raise AssertionError(f"slept for {seconds} s")

    monkeypatch.setattr(time, "sleep", no_sleep)
    with HttpPeer(telegram if way == "bot" else wecom).running() as peer:
        if way == "bot":
            channel = open_channel("bot", f"tgram://{BOT_TOKEN}/1", timeout=10, endpoint=peer.url)
        else:
            channel = robot(peer) if way == "robot" else any_service(peer)
            peer.script += [Answer(body={"errcode": 0})] * 3
        for _ in range(3):
            form = Form.TELEGRAM if way == "bot" else Form.TEXT
            outcome = channel.send(a_message(form=form, html="x"))
            assert outcome.verdict is (Verdict.ACCEPTED if way == "any" else Verdict.SENT)


def test_a_dozen_hung_channels_do_not_hold_up_a_healthy_one(peer: HttpPeer) -> None:
    outcomes: list[Outcome] = []
    with HttpPeer(lambda _: Fault.SILENCE).running() as hung:
        channels = [robot(hung, timeout=60) for _ in range(12)]
        threads = [
            threading.Thread(
                target=lambda channel=channel: outcomes.append(channel.send(a_message()))
            )
            for channel in channels
        ]
        for thread in threads:
            thread.start()
        hung.wait_for(lambda requests: len(requests) == len(channels))
        assert robot(peer).send(a_message()) == SENT
        assert outcomes == []  # all of them still wait
    for thread in threads:
        thread.join()
    assert {outcome.verdict for outcome in outcomes} == {Verdict.UNKNOWN}


def test_what_is_captured_belongs_to_one_attempt_alone(peer: HttpPeer) -> None:
    """Two workers speak at once: neither sees the other's answer."""
    both = threading.Barrier(2)

    def refusing(_: object) -> Answer:
        both.wait()
        return Answer(status=403)

    def accepting(_: object) -> Answer:
        both.wait()
        return Answer(body={"errcode": 0})

    outcomes: dict[str, Outcome] = {}
    with HttpPeer(refusing).running() as refuser, HttpPeer(accepting).running() as accepter:
        jobs = {"refused": robot(refuser), "accepted": robot(accepter)}
        threads = [
            threading.Thread(
                target=lambda name=name, job=job: outcomes.update({name: job.send(a_message())})
            )
            for name, job in jobs.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes["refused"].verdict is Verdict.REJECTED
    assert outcomes["accepted"] == SENT


def test_whoever_else_uses_requests_is_left_alone(peer: HttpPeer) -> None:
    import requests

    robot(peer)
    peer.script.append(Answer(body=b"x" * 1_000_000))
    assert len(requests.get(peer.url, timeout=10).content) == 1_000_000
    with HttpPeer(lambda _: Answer(body=b"there")).running() as elsewhere:
        peer.script.append(Answer(status=302, headers={"Location": elsewhere.url}))
        assert requests.get(peer.url, timeout=10).text == "there"


def test_a_service_that_we_do_not_know_is_judged_by_its_status(peer: HttpPeer) -> None:
    channel = any_service(peer)
    assert channel.form.markup is Markup.PLAIN
    for status, verdict in {
        200: Verdict.ACCEPTED,
        403: Verdict.REJECTED,
        404: Verdict.REJECTED,
        429: Verdict.RETRY,
        500: Verdict.RETRY,
        302: Verdict.RETRY,
    }.items():
        peer.script.append(Answer(status=status))
        assert channel.send(a_message()).verdict is verdict
    peer.script.append(Fault.CLOSE)
    assert channel.send(a_message()).verdict is Verdict.UNKNOWN


def test_plain_text_stays_plain_text(peer: HttpPeer) -> None:
    text = "地块 <b>1</b> &amp; *2* \\n _3_ `4` [5](http://example.com) :smile: 🏗️"
    peer.script.append(Answer())
    assert any_service(peer).send(a_message(text=text)).verdict is Verdict.ACCEPTED
    assert message_of(peer.requests[0]) == text


def test_a_text_too_long_for_a_service_goes_in_parts_instead_of_being_refused(
    peer: HttpPeer,
) -> None:
    from apprise.plugins.custom_form import NotifyForm

    lines = [f"第{number}行" for number in range(20_000)]
    peer.script += [Answer()] * 100
    channel = any_service(peer)
    assert channel.send(a_message(text="\n".join(lines))).verdict is Verdict.ACCEPTED
    sent = [message_of(request) for request in peer.requests]
    assert all(len(text) <= NotifyForm.body_maxlen for text in sent)
    assert "".join("".join(sent).split()) == "".join(lines)


def test_a_text_of_which_only_a_part_was_taken_is_not_sent_again(peer: HttpPeer) -> None:
    peer.script += [Answer(), Answer(status=429)]
    outcome = any_service(peer).send(a_message(text="长" * 40_000))
    assert outcome == Outcome(
        verdict=Verdict.REJECTED, words="only a part was sent: HTTP 429", about=About.MESSAGE
    )


def test_a_fault_inside_a_plugin_does_not_stop_the_worker(peer: HttpPeer) -> None:
    peer.script.append(Answer(headers={"Content-Encoding": "gzip"}, body=b"this is not gzip"))
    assert any_service(peer).send(a_message()).verdict is Verdict.UNKNOWN


def in_a_fresh_process(code: str) -> set[str]:
    return set(
        subprocess.run(
            [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    )


def test_a_service_that_is_known_here_needs_nothing_of_apprise() -> None:
    code = (
        f"from notifier.channels import open_channel\nopen_channel('w', 'wecombot://{ROBOT_KEY}')"
    )
    assert not {name for name in in_a_fresh_process(code) if name.startswith("apprise")}


def test_the_console_needs_neither_apprise_nor_the_network() -> None:
    loaded = in_a_fresh_process(
        "from notifier.channels import open_channel\nopen_channel('c', 'console://')"
    )
    assert not loaded & {"apprise", "requests", "urllib3"}


def test_a_scheme_is_read_whatever_its_letters(peer: HttpPeer) -> None:
    channel = open_channel("wecom", f"WeComBot://{ROBOT_KEY}", timeout=10, endpoint=peer.url)
    assert channel.form.markup is Markup.MARKDOWN
    assert channel.send(a_message()) == SENT


def test_what_is_no_url_is_said_with_its_place() -> None:
    with pytest.raises(
        ChannelError, match=r"^channels\.wecom\.url: this is no URL: write SCHEME://"
    ):
        open_channel("wecom", "qyapi.weixin.qq.com")
