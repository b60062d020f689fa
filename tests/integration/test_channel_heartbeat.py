"""The heartbeat: a ping that says why it failed, gives nothing away and never holds anything up."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from notifier.channels import quiet_libraries
from notifier.channels.heartbeat import Beat, ping
from tests.peers.http import Answer, Fault, HttpPeer

SECRET = "00000000-planted-beat-0000"


@pytest.fixture(name="peer")
def _peer() -> Iterator[HttpPeer]:
    with HttpPeer(lambda _: Answer(body=b"OK")).running() as peer:
        yield peer


@pytest.mark.parametrize(
    ("beat", "end"), [(Beat.SUCCESS, ""), (Beat.START, "/start"), (Beat.FAIL, "/fail")]
)
def test_what_is_to_be_said_is_the_end_of_the_path(peer: HttpPeer, beat: Beat, end: str) -> None:
    assert ping(f"{peer.url}/{SECRET}", beat) == ""
    assert ping(f"{peer.url}/{SECRET}/?create=1", beat) == ""
    assert [request.path for request in peer.requests] == [
        f"/{SECRET}{end}",
        f"/{SECRET}{end}?create=1",
    ]


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_a_refusal_is_said_by_its_status_and_a_redirection_is_not_followed(
    peer: HttpPeer, status: int
) -> None:
    with HttpPeer(lambda _: Answer()).running() as elsewhere:
        peer.script.append(Answer(status=status, headers={"Location": elsewhere.url}))
        assert ping(f"{peer.url}/{SECRET}", Beat.SUCCESS) == f"HTTP {status}"
        assert elsewhere.requests == []


_GOOD = (
    b"OK", b"", b"Got it, thanks!", b'{"ok":true}',
    b'{"result":"PONG - Heartbeat received","errors":[]}',
    b'{"ok":true,"msg":"nothing unknown"}',
)  # fmt: skip
_BAD = (
    b"not found", b"OK (not found)", b"OK (rate limited)",
    b'{"ok":false,"msg":"Monitor not found or not active."}',
    b'{"message":"invalid token"}', b"<!DOCTYPE html><title>Sign in</title>",
    b"\n<html><body>portal</body></html>",
)  # fmt: skip


@pytest.mark.parametrize("body", _GOOD)
def test_an_answer_that_says_yes_or_nothing_is_proof(peer: HttpPeer, body: bytes) -> None:
    peer.script.append(Answer(body=body))
    assert ping(f"{peer.url}/{SECRET}", Beat.SUCCESS) == ""


@pytest.mark.parametrize("body", _BAD)
def test_a_200_that_says_no_or_is_a_web_page_is_no_proof(peer: HttpPeer, body: bytes) -> None:
    peer.script.append(Answer(body=body))
    assert ping(f"{peer.url}/{SECRET}", Beat.SUCCESS).startswith("HTTP 200")


def test_a_refusal_that_quotes_the_address_is_said_without_it(peer: HttpPeer) -> None:
    peer.script.append(Answer(body=f"check {SECRET} not found".encode()))
    assert (
        ping(f"{peer.url}/{SECRET}", Beat.SUCCESS)
        == "HTTP 200, but not noted: check **** not found"
    )


@pytest.mark.parametrize(
    "fault",
    [Fault.CLOSE, Fault.RESET, Fault.NO_HTTP, Fault.SILENCE, Fault.DRIP_HEADERS, Fault.DRIP_BODY],
)
def test_a_peer_that_breaks_or_does_not_end_is_left_and_said_without_the_url(
    peer: HttpPeer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    quiet_libraries()
    peer.script.append(fault)
    with caplog.at_level(logging.DEBUG):
        words = ping(f"{peer.url}/{SECRET}", Beat.SUCCESS, timeout=0.4)
    assert words.startswith("not reachable: ")
    assert SECRET not in words + caplog.text


def test_a_peer_that_is_not_there_is_said() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        words = ping(f"http://127.0.0.1:{unheard.getsockname()[1]}/{SECRET}", Beat.SUCCESS)
    assert words == "not reachable: ConnectionError"


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://", f"https://{'a' * 300}.example.com", "http://\u2603..x/"]
)
def test_what_is_no_address_is_said_and_never_raised(url: str) -> None:
    assert ping(url, Beat.SUCCESS).startswith("not reachable: ")
