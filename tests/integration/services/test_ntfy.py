"""ntfy (docs.ntfy.sh/publish, its errors:
github.com/binwiederhier/ntfy/blob/main/server/errors.go)."""

from __future__ import annotations

import pytest

from notifier.channels import open_channel
from notifier.domain.drafts import Draft, DraftKind, ItemKind
from notifier.domain.outcomes import About, Verdict
from notifier.messages.render import Renderer
from notifier.testing import a_message, an_offer
from tests.drafts import NOW, an_item
from tests.peers.http import Answer, HttpPeer, Reply, Request
from tests.peers.played import (
    answered,
    assert_gives_nothing_away,
    assert_no_other_answer_is_a_yes,
    assert_refused,
    exchanged,
    opener,
)

TOPIC = "planted-topic-01"
TOKEN = "tk_planted0123456789abcdef01234"
TEAM = opener(service="ntfy", to=TOPIC)
YES = {
    "id": "hwQ2YpKdmg",
    "time": 1732000000,
    "expires": 1732043200,
    "event": "message",
    "topic": TOPIC,
    "message": "x",
}


def ntfy(request: Request) -> Reply:
    body = request.json
    if body["topic"] == "reserved":
        return Answer(status=403, body={"code": 40301, "http": 403, "error": "forbidden"})
    size = len(body["message"].encode())
    if size > 4_096:  # it becomes a file, which shows no text on a phone
        file = {
            "name": "attachment.txt",
            "type": "text/plain",
            "size": size,
            "url": "https://ntfy.sh/file/x.txt",
        }
        return Answer(
            body=YES | {"message": "You received a file: attachment.txt", "attachment": file}
        )
    return Answer(body=YES | {"topic": body["topic"], "message": body["message"]})


def test_a_message_is_published_with_its_title() -> None:
    outcome, (request,) = exchanged(
        TEAM, play=ntfy, message=a_message(title="标题", text="标题\n正文 & <b>")
    )
    assert outcome.verdict is Verdict.SENT
    assert (request.method, request.path) == ("POST", "/")
    assert request.json == {"topic": TOPIC, "title": "标题", "message": "正文 & <b>"}


def test_a_long_message_arrives_as_text_in_parts_and_never_as_a_file() -> None:
    """Today an empty file arrives."""
    numbers = [f"杭政储出[2024]{number}号" for number in range(90)]
    items = tuple(
        an_item(ItemKind.REMINDER, an_offer(parcel_no=number, location="长" * 60))
        for number in numbers
    )
    draft = Draft(recipient="张三", kind=DraftKind.REMINDER, items=items, now=NOW)
    renderer = Renderer()
    with HttpPeer(ntfy).running() as peer:
        channel = TEAM(peer.url)
        for part in renderer.split(draft, channel.form):
            assert channel.send(renderer.render(part, channel.form)).verdict is Verdict.SENT
    sent = [request.json["message"] for request in peer.requests]
    assert all(len(text.encode()) <= 4_096 for text in sent)
    assert all(number in "".join(sent) for number in numbers)


@pytest.mark.parametrize(
    ("url", "authorization"),
    [
        ("ntfy://{token}@127.0.0.1:{port}/{topic}", f"Bearer {TOKEN}"),
        (
            "ntfy://user:planted-pass@127.0.0.1:{port}/{topic}?priority=high",
            "Basic dXNlcjpwbGFudGVkLXBhc3M=",
        ),
    ],
)
def test_a_server_of_ones_own_is_spoken_to_with_its_sign_in(url: str, authorization: str) -> None:
    with HttpPeer(ntfy).running() as peer:
        address = url.format(token=TOKEN, port=peer.port, topic=TOPIC)
        assert open_channel("ntfy", address, timeout=5).send(a_message()).verdict is Verdict.SENT
    assert peer.requests[0].headers["authorization"] == authorization
    assert peer.requests[0].json.get("priority") == (4 if "priority" in url else None)


def test_a_topic_alone_is_one_of_ntfy_sh() -> None:
    _, (request,) = exchanged(opener(f"ntfy://{TOPIC}"), Answer(body=YES))
    assert request.json["topic"] == TOPIC


def test_a_topic_of_somebody_else_is_about_the_address() -> None:
    assert_refused(
        answered(opener(service="ntfy", to="reserved"), play=ntfy), About.ADDRESS, "forbidden"
    )


def test_a_message_that_is_too_large_is_about_the_message() -> None:
    large = Answer(status=413, body={"code": 41301, "http": 413, "error": "attachment too large"})
    assert_refused(answered(TEAM, large), About.MESSAGE)


def test_a_limit_is_tried_again() -> None:
    limit = Answer(
        status=429,
        body={"code": 42908, "http": 429, "error": "limit reached: daily message quota reached"},
    )
    assert answered(TEAM, limit).verdict is Verdict.RETRY


def test_no_other_answer_is_a_yes() -> None:
    near = [
        {"id": "x"},
        {"event": "message"},
        {"id": 1, "event": "message"},
        {"id": "x", "event": "open"},
    ]
    assert_no_other_answer_is_a_yes(TEAM, YES, near)


def test_nothing_is_given_away(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_gives_nothing_away(
        opener(service="ntfy", to=TOPIC, token=TOKEN), (TOPIC, TOKEN), caplog, capfd
    )
