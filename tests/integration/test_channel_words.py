"""From a hostile notice through the real templates onto the wire: no mention, no mark-up, no limit
exceeded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.channels import open_channel
from notifier.domain.drafts import Draft, DraftKind, Form, Item, ItemKind
from notifier.domain.outcomes import Verdict
from notifier.domain.values import MilestoneName
from notifier.messages.render import Renderer
from notifier.ports import Channel
from notifier.testing import an_offer, shanghai_time
from tests.peers.http import BOT_TOKEN, ROBOT_KEY, HttpPeer, telegram, telegram_text, wecom
from tests.peers.smtp import MailServer, mail_server

NOW = shanghai_time("2024-11-14 14:00")
CLOSE = shanghai_time("2024-11-14 17:00")
RENDERER = Renderer()
HOSTILE = st.one_of(
    st.sampled_from(
        [
            "<@all>",
            "@all",
            "<@zhangsan>",
            "<b>",
            "</b><script>",
            "&lt;@all&gt;",
            "](http://evil.example)",
        ]
    ),
    st.text(alphabet="<>@&al;/b\"'[]()!\r\n\u202e地块＠", min_size=1, max_size=30),
    st.text(min_size=1, max_size=30),
)


@pytest.fixture(name="robot", scope="module")
def _robot() -> Iterator[tuple[Channel, HttpPeer]]:
    with HttpPeer(wecom).running() as peer:
        yield open_channel("wecom", f"wecombot://{ROBOT_KEY}", timeout=10, endpoint=peer.url), peer


@pytest.fixture(name="bot", scope="module")
def _bot() -> Iterator[tuple[Channel, HttpPeer]]:
    with HttpPeer(telegram).running() as peer:
        yield (
            open_channel("telegram", f"tgram://{BOT_TOKEN}/1", timeout=10, endpoint=peer.url),
            peer,
        )


@pytest.fixture(name="post", scope="module")
def _post() -> Iterator[tuple[Channel, MailServer]]:
    with mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?mode=insecure&from=notifier@example.com&to=zhang@example.com"
        yield open_channel("mail", url, timeout=10), server


def reminders(*numbers: str, note: str = "", **fields: str) -> Draft:
    items = tuple(
        Item(
            kind=ItemKind.REMINDER,
            offer=an_offer(parcel_no=number, **fields),
            milestone=MilestoneName.REGISTRATION_CLOSE,
            at=CLOSE,
            lead="3h",
            note=note,
        )
        for number in numbers
    )
    return Draft(recipient="张三", kind=DraftKind.REMINDER, items=items, now=NOW)


def hostile(text: str) -> Draft:
    return reminders(
        text,
        location=text,
        use=text,
        city=text,
        title=text,
        notice_no=text,
        authority=text,
        note=text,
    )


@given(HOSTILE)
def test_nothing_in_a_notice_mentions_anybody_in_wecom(
    robot: tuple[Channel, HttpPeer], text: str
) -> None:
    channel, peer = robot
    for form in (channel.form, Form.WECOM):
        assert channel.send(RENDERER.render(hostile(text), form)).verdict is Verdict.SENT
        message = peer.requests[-1].json
        kind = message["msgtype"]
        assert message.keys() == {"msgtype", kind}
        assert message[kind].keys() == {"content"}
        assert "<@" not in message[kind]["content"]
        assert "@all" not in message[kind]["content"]


@given(HOSTILE)
def test_nothing_in_a_notice_becomes_markup_in_wecoms_markdown(
    robot: tuple[Channel, HttpPeer], text: str
) -> None:
    """Of the same message with harmless words, the mark-up is the same: bold, colours, quotes,
    links, code."""
    channel, peer = robot
    found = []
    for words in (text, "地块"):
        assert channel.send(RENDERER.render(hostile(words), channel.form)).verdict is Verdict.SENT
        content = peer.requests[-1].json["markdown"]["content"]
        # what a text leaves out because it is empty takes its line with it
        found.append(set(re.findall(r"\*+|<[^>]*>|`|\]\(|(?m:^\s*[#>])", content)))
    assert found[0] <= found[1] | {'<font color="warning">', '<font color="comment">', "</font>"}


def test_the_deadline_stands_in_bold_in_wecoms_markdown(robot: tuple[Channel, HttpPeer]) -> None:
    channel, peer = robot
    assert (
        channel.send(RENDERER.render(reminders("杭政储出[2024]901号"), channel.form)).verdict
        is Verdict.SENT
    )
    bold = re.findall(r"(?m)^\*\*(.+)\*\*$", peer.requests[-1].json["markdown"]["content"])
    assert any("17:00" in line for line in bold)


@given(HOSTILE)
def test_nothing_in_a_notice_becomes_markup_or_a_mention_in_telegram(
    bot: tuple[Channel, HttpPeer], text: str
) -> None:
    channel, peer = bot
    assert channel.send(RENDERER.render(hostile(text), Form.TELEGRAM)).verdict is Verdict.SENT
    html = peer.requests[-1].json["text"]
    assert set(re.findall(r"</?([^>\s]+)", html)) <= {"b", "i"}
    assert not re.search(r"(?<![\w.])@[a-z]", telegram_text(html))


@settings(max_examples=50)
@given(HOSTILE)
def test_nothing_in_a_notice_becomes_markup_or_a_header_in_mail(
    post: tuple[Channel, MailServer], text: str
) -> None:
    channel, server = post
    message = RENDERER.render(hostile(text), Form.MAIL)
    assert channel.send(message).verdict is Verdict.SENT
    sent = server.mails.pop()
    assert sent.recipients == ("zhang@example.com",)
    assert sent.message["Bcc"] is None
    html = sent.message.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
    assert "<@" not in html.get_content()


@pytest.mark.parametrize("count", [1, 8, 60])
def test_every_part_of_a_long_message_is_within_wecoms_bytes(
    robot: tuple[Channel, HttpPeer], count: int
) -> None:
    channel, peer = robot
    numbers = [f"杭政储出[2024]{number}号" for number in range(count)]
    draft = reminders(*numbers, location="上城区" + "长" * 300, note="请准备材料" * 30)
    before = len(peer.requests)
    for part in RENDERER.split(draft, channel.form):
        # the peer refuses 4,097
        assert channel.send(RENDERER.render(part, channel.form)).verdict is Verdict.SENT
    seen = "".join(request.text for request in peer.requests[before:])
    assert all(number in seen for number in numbers)


@pytest.mark.parametrize("count", [1, 8, 120])
def test_every_part_of_a_long_message_is_within_telegrams_characters(
    bot: tuple[Channel, HttpPeer], count: int
) -> None:
    channel, peer = bot
    numbers = [f"杭政储出[2024]{number}号" for number in range(count)]
    draft = reminders(*numbers, location="上城区<&>" + "长" * 300, note="请准备材料🏗️" * 20)
    before = len(peer.requests)
    for part in RENDERER.split(draft, Form.TELEGRAM):
        # the peer refuses 4,097
        assert channel.send(RENDERER.render(part, Form.TELEGRAM)).verdict is Verdict.SENT
    seen = "".join(telegram_text(request.json["text"]) for request in peer.requests[before:])
    assert all(number in seen for number in numbers)


def test_the_calendar_of_a_reminder_arrives_as_it_left(post: tuple[Channel, MailServer]) -> None:
    from icalendar import Calendar

    channel, server = post
    message = RENDERER.render(reminders("杭政储出[2024]901号"), Form.MAIL)
    assert channel.send(message).verdict is Verdict.SENT
    arrived = server.mails.pop().message
    assert arrived["Subject"] == message.title
    (attached,) = arrived.iter_attachments()
    octets = attached.get_payload(decode=True)
    assert isinstance(octets, bytes)
    assert octets == message.attachments[0].content
    assert (attached.get_param("method"), attached.get_param("charset")) == ("PUBLISH", "utf-8")
    assert attached.get_content_type() == "text/calendar"
    (event,) = Calendar.from_ical(octets).walk("VEVENT")
    assert event.decoded("dtstart") == CLOSE
    assert "杭政储出[2024]901号" in str(event["summary"])
