"""Links in messages by which people answer: each does one thing, once, for one person, one
milestone, one instant."""

from __future__ import annotations

import random
import re
import stat
from datetime import timedelta
from functools import partial
from pathlib import Path
from string import ascii_letters, digits
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import app
from notifier.domain.answer_links import (
    AnswerLink,
    Deed,
    read_short_key,
    seal,
    short_key,
    unseal,
)
from notifier.domain.drafts import Message
from notifier.domain.offers import OfferState
from notifier.domain.values import MilestoneName
from notifier.service.answer_desk import answer_key
from notifier.service.self_check import SelfCheck
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import ONE_TEAM, READER

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_AT = shanghai_time("2024-11-14 17:00")


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = make_board(tmp_path)
    made.world.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-14 17:00"}),))
    )
    return made


def link(board: Board, deed: Deed = Deed.DONE, **other: object) -> str:
    (offer,) = board.world.ledger.parcels.all()
    values = {
        "deed": deed,
        "recipient": "team",
        "parcel_id": offer.id,
        "milestone": _CLOSE,
        "at": _AT,
        **other,
    }
    return seal(answer_key(board.world.settings.ledger.parent), AnswerLink(**values))  # type: ignore[arg-type]


def states(board: Board) -> set[str]:
    lines = board.world.ledger.views.agenda(
        board.world.clock.now(), board.world.clock.now() + timedelta(days=99)
    )
    return {line.state for line in lines}


def test_opening_a_link_changes_nothing_and_its_button_does_it_once(board: Board) -> None:
    browser = board.stranger()
    shown = browser.get(f"/a/{link(board)}")
    assert shown.status_code == 200
    assert "确认已办" in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert states(board) == {"ahead"}
    assert "已记下" in browser.post(f"/a/{link(board)}").text
    assert states(board) == {"acknowledged"}
    again = browser.post(f"/a/{link(board)}").text
    assert "team已在" in again
    assert "已记下" not in again


def test_not_bidding_is_said_of_the_whole_parcel(board: Board) -> None:
    assert "不参与" in board.stranger().post(f"/a/{link(board, Deed.SKIP)}").text
    assert states(board) == {"skipped"}


def test_a_link_of_a_deadline_that_was_moved_says_so_and_does_nothing(board: Board) -> None:
    old = link(board)
    (offer,) = board.world.ledger.parcels.all()
    board.site.desk.set_time(
        offer, "registration_close", "2024-11-20 17:00", now=board.world.clock.now()
    )
    answer = board.stranger().post(f"/a/{old}").text
    assert "截止时间已变更" in answer
    assert "2024-11-20 17:00" in answer
    assert states(board) == {"ahead"}


def test_a_link_ends_a_day_after_its_deadline(board: Board) -> None:
    old = link(board)
    board.world.clock.set(_AT + timedelta(hours=25))
    assert "早已过去" in board.stranger().post(f"/a/{old}").text


@pytest.mark.parametrize("deed", [Deed.DONE, Deed.SKIP, Deed.SEEN, Deed.SNOOZE])
@pytest.mark.parametrize("state", [OfferState.TERMINATED, OfferState.SOLD])
def test_a_link_of_a_parcel_that_is_on_offer_no_more_says_so_and_does_nothing(
    board: Board, state: OfferState, deed: Deed
) -> None:
    old = link(board, deed)
    (offer,) = board.world.ledger.parcels.all()
    now = board.world.clock.now()
    board.world.ledger.parcels.set_state(offer, state, by="", why="", now=now)
    shown, taken = board.stranger().get(f"/a/{old}").text, board.stranger().post(f"/a/{old}").text
    assert "已终止出让、成交或撤回" in shown
    assert "已终止出让、成交或撤回" in taken
    assert board.world.ledger.acknowledgements.own(offer.id, _CLOSE) == {}


def test_a_link_of_somebody_who_is_not_reminded_any_more_does_nothing(board: Board) -> None:
    assert (
        "没有这宗地块或这位接收人"
        in board.stranger().post(f"/a/{link(board, recipient='gone')}").text
    )
    assert (
        "没有这宗地块或这位接收人" in board.stranger().post(f"/a/{link(board, parcel_id=999)}").text
    )
    assert states(board) == {"ahead"}


def test_whoever_tries_out_links_is_refused_for_a_while(board: Board) -> None:
    browser = board.stranger()
    forged = seal(
        b"x" * 32,
        AnswerLink(deed=Deed.DONE, recipient="team", parcel_id=1, milestone=_CLOSE, at=_AT),
    )
    found = [browser.post(f"/a/{forged}").status_code for _ in range(15)]
    assert found[0] == 404
    assert found[-1] == 429
    assert browser.get(f"/a/{link(board)}").status_code == 429
    assert states(board) == {"ahead"}


def test_a_form_of_another_site_is_refused(board: Board) -> None:
    foreign = board.stranger(**{"sec-fetch-site": "cross-site", "origin": "https://evil.example"})
    assert foreign.post(f"/a/{link(board)}").status_code == 403
    assert states(board) == {"ahead"}


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    key = answer_key(tmp_path)
    assert answer_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "answer.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.key"]


@given(text=st.text(max_size=300) | st.binary(max_size=200).map(lambda data: data.hex()))
def test_whatever_nobody_made_says_nothing(text: str) -> None:
    assert unseal(b"k" * 32, text) is None


@given(
    recipient=st.text(max_size=40),
    parcel_id=st.integers(1, 10**9),
    milestone=st.sampled_from(MilestoneName),
    deed=st.sampled_from(Deed),
    spot=st.integers(0, 200),
)
def test_a_link_says_what_it_was_made_for_and_nothing_else_once_it_is_touched(
    recipient: str, parcel_id: int, milestone: MilestoneName, deed: Deed, spot: int
) -> None:
    made = AnswerLink(
        deed=deed, recipient=recipient, parcel_id=parcel_id, milestone=milestone, at=_AT
    )
    text = seal(b"k" * 32, made)
    assert unseal(b"k" * 32, text) == made
    assert unseal(b"j" * 32, text) is None
    spot %= len(text) - 1  # of the last character some bits mean nothing
    other = "A" if text[spot] != "A" else "B"
    assert unseal(b"k" * 32, text[:spot] + other + text[spot + 1 :]) is None


# -- in messages ----------------------------------------------------------------------------------

_LINK = re.compile(r"https://board\.example\.com(/a/[\w-]+)")


def reminded(folder: Path, count: int = 1) -> tuple[Board, Message]:
    """A board, and the reminder that its team got of so many parcels."""
    board = make_board(
        folder, ONE_TEAM + '[web]\nurl = "https://board.example.com"\n', "2024-11-14 13:00"
    )
    world = board.world
    parcels = tuple(
        a_parcel(
            parcel_no=f"测储出[2024]{number}号",
            milestones={"registration_close": "2024-11-14 17:00"},
        )
        for number in range(1, count + 1)
    )
    links = app.answer_links(world.settings)
    world.service = app.build(
        world.settings,
        world.ledger,
        world.clock,
        channels=world.channels,
        reader=READER,
        links=links,
    )
    world.save(a_notice(parcels=parcels))
    world.go(shanghai_time("2024-11-14 14:05"))
    message, _ = world.channels["console"].accepted[-1]
    return board, message


def test_a_reminder_carries_links_by_which_it_is_answered_from_the_phone(tmp_path: Path) -> None:
    board, message = reminded(tmp_path)
    assert "还剩3小时" in message.title
    done, skip, _seen = _LINK.findall(message.text)
    assert "确认不参与" in board.stranger().get(skip).text
    assert "已记下" in board.stranger().post(done).text
    board.world.go(shanghai_time("2024-11-14 18:00"))
    assert [text for text in board.world.said() if "已错过" in text] == []


def test_what_is_kept_of_a_message_holds_no_link_that_works(tmp_path: Path) -> None:
    board, message = reminded(tmp_path)
    (kept,) = [line.text for line in board.world.ledger.views.history() if line.kind == "reminder"]
    assert _LINK.findall(message.text)
    assert "https://board.example.com/a/…" in kept
    assert not re.search(r"/a/[\w-]{20,}", kept)


_WITH_OPERATORS = (
    ONE_TEAM
    + '[operators]\nchannels = ["console"]\n'
    + '[web]\nurl = "https://board.example.com"\n'
)


def test_operators_are_told_once_a_day_that_reminders_carry_no_links(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = make_board(tmp_path, _WITH_OPERATORS)
    world = board.world
    (tmp_path / "answer.key").write_bytes(b"short")
    for _ in range(2):
        app.reload(world.service, tmp_path / "config.toml", None, world.clock)
        world.work()
    shown = capsys.readouterr().out
    assert shown.count("提醒里没有答复链接") == 1
    assert "请删除" in shown
    (tmp_path / "answer.key").unlink()
    world.clock.move(timedelta(days=1))
    app.reload(world.service, tmp_path / "config.toml", None, world.clock)
    world.work()
    assert "答复链接" not in capsys.readouterr().out


def test_check_names_a_key_of_links_that_cannot_be_used_and_makes_none(tmp_path: Path) -> None:
    world = make_board(tmp_path, _WITH_OPERATORS).world

    def found() -> list[tuple[bool, str]]:
        checks = SelfCheck(world.settings, app.open_channel_of).run(world.clock.now())
        return [(check.ok, check.words) for check in checks if check.what == "answer links"]

    assert found() == [(True, "https://board.example.com")]
    assert not (tmp_path / "answer.key").exists()
    (tmp_path / "answer.key").write_bytes(b"short")
    ((is_usable, words),) = found()
    assert not is_usable
    assert "remove it" in words


def test_a_message_about_many_parcels_carries_no_links(tmp_path: Path) -> None:
    _, message = reminded(tmp_path, count=6)
    assert "/a/" not in message.text


def test_each_link_has_one_text() -> None:
    """Of the last letter not every bit counts, and + / stand for - _ in other alphabets."""
    made = AnswerLink(deed=Deed.DONE, recipient="team", parcel_id=1, milestone=_CLOSE, at=_AT)
    key = next(bytes([n]) * 32 for n in range(256) if "-" in seal(bytes([n]) * 32, made))

    def of_button(text: str) -> AnswerLink | None:
        return read_short_key(key, text, ["team"])

    for text, read in ((seal(key, made), partial(unseal, key)), (short_key(key, made), of_button)):
        others = [text[:-1] + letter for letter in ascii_letters + digits + "-_"]
        others += [text.replace("-", "+"), text.replace("_", "/"), text + "=", text + " "]
        assert read(text) == made
        assert [other for other in others if other != text and read(other) is not None] == []


def _random_token(chance: random.Random, board: Board) -> str:
    """Return a link that is touched, or that is made by another key, or no link at all."""
    (offer,) = board.world.ledger.parcels.all()
    made = AnswerLink(
        deed=chance.choice(list(Deed)),
        recipient=chance.choice(["team", "nobody", ""]),
        parcel_id=chance.choice([offer.id, 0, 2**40]),
        milestone=chance.choice(list(MilestoneName)),
        at=_AT + timedelta(minutes=chance.randrange(3)),
    )
    kind = chance.randrange(4)
    if kind == 0:
        return seal(chance.randbytes(32), made)
    own = link(board, chance.choice(list(Deed)))
    if kind == 1:
        spot = chance.randrange(len(own))
        letter = chance.choice("".join({*"ABCxyz019-_"} - {own[spot]}))
        return own[:spot] + letter + own[spot + 1 :]
    if kind == 2:
        return own[: chance.randrange(len(own) - 2)]
    return quote(chance.randbytes(chance.randrange(60)), safe="")


def _assert_random_bodies_do_nothing(board: Board, count: int) -> None:
    chance = random.Random(17)
    browser = board.stranger()
    for _ in range(count):
        board.world.clock.move(timedelta(seconds=7))  # within the limit of the rate
        name = chance.choice(["deed", "by", "token", "é"])
        body = chance.choice([chance.randbytes(60), f"{name}=done&team=team".encode()])
        kind = {"content-type": chance.choice(["application/x-www-form-urlencoded", "text/x"])}
        answer = browser.post(f"/a/{_random_token(chance, board)}", content=body, headers=kind)
        assert answer.status_code < 500
        assert answer.status_code != 429
    assert states(board) == {"ahead"}
    assert "已记下" in board.stranger().post(f"/a/{link(board)}").text


def test_random_links_and_bodies_do_nothing(board: Board) -> None:
    _assert_random_bodies_do_nothing(board, 200)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_random_links_and_bodies_do_nothing(board: Board) -> None:
    _assert_random_bodies_do_nothing(board, 10_000)
