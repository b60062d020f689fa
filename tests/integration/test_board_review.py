"""The review page: doubts with their candidates, one tap each, and parcels to compare with their
quotes."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import (
    Alternative,
    Cutout,
    Evidence,
    Finding,
    Kind,
    Milestone,
    MilestoneName,
    Precision,
    Severity,
    Source,
)
from notifier.service import kept_cutouts
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import CONSOLE, RULES, TEAM

_CONFIG = (
    CONSOLE
    + TEAM
    + RULES
    + '[confirmation]\nrequired = true\n[web]\nroles = { "boss" = "reader" }\n'
)
_QUOTE = "保证金须于<b>11月13日</b>17:00前到账"
_FINDING = Finding(
    code=Code.PLACES_DISAGREE,
    severity=Severity.ERROR,
    parcel_no="甲储出[2024]1号",
    field="deposit_close",
    candidates=(
        Evidence(at=shanghai_time("2024-11-13 17:00"), quote=_QUOTE),
        Evidence(at=shanghai_time("2024-11-14 12:00"), quote="14日12时"),
    ),
    params={"values": "2"},
)

_CLOSES_ON_14 = {"registration_close": "2024-11-14 17:00"}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, _CONFIG)
    parcel = a_parcel(
        parcel_no="甲储出[2024]1号", milestones={"registration_close": "2024-11-14 17:00"}
    )
    made.world.save(a_notice(parcels=(parcel,), findings=(_FINDING,)))
    yield made
    made.world.ledger.close()


def _doubt(text: str) -> str:
    found = re.search(r'name="doubt" value="(\w+)"', text)
    assert found is not None
    return found[1]


def _deposit(board: Board) -> object:
    (offer,) = board.world.ledger.parcels.all()
    found = offer.parcel.milestones.get(MilestoneName.DEPOSIT_CLOSE)
    return None if found is None else found.at


def test_one_tap_takes_a_candidate_and_the_doubt_is_gone(board: Board) -> None:
    browser = board.client()
    page = browser.get("/review").text
    assert "11月13日" in page
    assert "<b>11月13日</b>" not in page
    assert board.post(browser, "/review", doubt=_doubt(page), take="1") == 303
    assert _deposit(board) == shanghai_time("2024-11-13 17:00")
    assert "没有待决定的疑点" in browser.get("/review").text


def test_another_time_or_none_closes_a_doubt(board: Board) -> None:
    browser = board.client()
    doubt = _doubt(browser.get("/review").text)
    assert board.post(browser, "/review", doubt=doubt, enter="1", time="") == 400
    assert board.post(browser, "/review", doubt=doubt, enter="1", time="2024-11-12 16:00") == 303
    assert _deposit(board) == shanghai_time("2024-11-12 16:00")
    assert board.post(browser, "/review", doubt=doubt, none="1") == 400


def test_an_answer_names_the_parcel_and_both_times_and_is_taken_back_by_one_tap(
    board: Board,
) -> None:
    browser = board.client()
    doubt = _doubt(browser.get("/review").text)
    fields = {"token": board.token(browser), "doubt": doubt, "take": "1"}
    answer = browser.post("/review", data=fields)
    banner = browser.get(answer.headers["location"]).text.partition('role="status"')[2][:900]
    assert "甲储出[2024]1号" in banner
    assert "没有时间" in banner
    assert "11月13日 周三 17:00" in banner
    about = re.search(r'name="about" value="(\d+\.deposit_close)"', banner)
    assert about is not None
    assert board.post(browser, "/time", about=about[1], how="as-read", next="/review") == 303
    assert _deposit(board) is None
    assert _doubt(browser.get("/review").text) == doubt


def test_an_answer_for_a_group_is_taken_back_by_one_tap(tmp_path: Path) -> None:
    board = make_board(tmp_path, _CONFIG)
    numbers = [f"甲储出[2024]{number}号" for number in range(25)]
    parcels = tuple(a_parcel(parcel_no=number, milestones=_CLOSES_ON_14) for number in numbers)
    findings = tuple(replace(_FINDING, parcel_no=number) for number in numbers)
    board.world.save(a_notice(parcels=parcels, findings=findings))
    browser = board.client()
    doubt = _doubt(browser.get("/review").text)
    fields = {"token": board.token(browser), "doubt": doubt, "take": "1"}
    answer = browser.post("/review", data=fields)
    banner = browser.get(answer.headers["location"]).text.partition('role="status"')[2]
    banner = banner.partition("<section")[0]
    assert banner.count('value="as-read"') == 1
    assert "一并撤销（25个时间）" in banner
    # one line for what moved alike, in the order of the parcels
    assert re.sub("<[^>]+>", "", banner).count("没有时间 → 11月13日 周三 17:00") == 1
    assert "甲储出[2024]0号、甲储出[2024]1号、甲储出[2024]2号 (+22) " in re.sub(
        "<[^>]+>", "", banner
    )
    abouts = re.search(r'name="about" value="([\w.,]+)"', banner)
    assert abouts is not None
    offers = list(board.world.ledger.parcels.all())
    assert all(MilestoneName.DEPOSIT_CLOSE in offer.parcel.milestones for offer in offers)
    first = abouts[1].split(",")[0]
    assert board.post(browser, "/time", about=first, how="as-read", next="/review") == 303
    # somebody took one back meanwhile: the others follow
    assert board.post(browser, "/time", about=abouts[1], how="as-read", next="/review") == 303
    offers = list(board.world.ledger.parcels.all())
    assert not any(MilestoneName.DEPOSIT_CLOSE in offer.parcel.milestones for offer in offers)
    assert _doubt(browser.get("/review").text) == doubt
    assert board.post(browser, "/time", about=abouts[1], how="as-read", next="/review") == 400
    board.world.ledger.close()


def test_a_time_that_is_set_names_both_times_and_what_is_odd_about_their_order(
    board: Board,
) -> None:
    (offer,) = board.world.ledger.parcels.all()
    browser = board.client()
    page = browser.get(f"/parcel/{offer.id}").text
    assert re.search(rf'value="{offer.id}.registration_close.\d+" selected', page)
    fields = {"token": board.token(browser), "about": f"{offer.id}.bidding_close", "how": "time"}
    fields |= {"time": "2024-11-13 14:00", "next": f"/parcel/{offer.id}"}
    answer = browser.post("/time", data=fields)
    banner = browser.get(answer.headers["location"]).text.partition('role="status"')[2][:1500]
    assert "没有时间" in banner
    assert "11月13日 周三 14:00" in banner
    assert "报名截止晚于挂牌截止" in banner
    assert 'name="how" value="as-read"' in banner
    fields["how"] = "as-read"
    assert browser.post("/time", data=fields).status_code == 303
    refusal = browser.post("/time", data=fields)  # there is nothing to take back any more
    assert refusal.status_code == 400
    assert "没有人设定过" in refusal.text


def test_an_empty_answer_is_told_what_to_write_in_words_of_the_page(board: Board) -> None:
    browser = board.client()
    doubt = _doubt(browser.get("/review").text)
    fields = {"token": board.token(browser), "doubt": doubt}
    answer = browser.post("/review", data={**fields, "enter": "1", "time": ""})
    assert "请填写时间，例如 2026-12-02 17:00" in answer.text
    assert "--" not in answer.text.partition("<main")[2]
    answer = browser.post("/review", data={**fields, "same": ""})
    assert "请填写所指地块的编号" in answer.text


def test_a_parcel_is_confirmed_beside_its_quotes_in_one_tap(board: Board) -> None:
    browser = board.client()
    page = browser.get("/review").text
    assert "2024年11月14日17:00" in page
    about = re.search(
        r'name="about" value="(\d+)"><input type="hidden" name="mark" value="([^"]*)"', page
    )
    assert about is not None
    fields = {"about": about[1], "mark": about[2], "verdict": "right", "next": "/review"}
    assert board.post(browser, "/compared", **fields) == 303
    assert "待对照原公告核对" not in browser.get("/review").text


def test_the_original_is_beside_what_is_asked(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    link = f'href="/parcel/{offer.id}/original?as=text"'
    browser = board.client()
    assert link not in browser.get("/review").text  # the file lies in the inbox no more
    path = board.world.settings.inbox / offer.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("公告", "utf-8")
    assert browser.get("/review").text.count(link) == 2  # of the doubt, and of the comparison


def test_a_time_that_another_file_moved_names_that_file(board: Board) -> None:
    moved = a_notice(
        notice_no="杭告延[2024]1号",
        file="延期通知.txt",
        kind=Kind.POSTPONEMENT,
        parcels=(
            a_parcel(
                parcel_no="甲储出[2024]1号", milestones={"registration_close": "2024-11-15 17:00"}
            ),
        ),
    )
    board.world.save(moved)
    page = board.client().get("/review").text
    compared = page.partition('id="compare"')[2]
    assert "2024-11-15 17:00" in compared
    assert "来自另一个文件：延期通知.txt" in compared


def test_whoever_finds_something_wrong_says_what(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    browser = board.client()
    fields = {"token": board.token(browser), "about": str(offer.id), "verdict": "wrong"}
    answer = browser.post("/compared", data={**fields, "why": ""})
    assert answer.status_code == 400
    assert "请写明哪里有误，例如" in answer.text
    assert browser.post("/compared", data={**fields, "why": "应为16时"}).status_code == 303


def test_the_words_that_a_time_was_read_from_are_marked_in_the_original(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    quote = offer.parcel.milestones[MilestoneName.REGISTRATION_CLOSE].quote
    path = board.world.settings.inbox / offer.file
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = f"{quote[:4]}\n  {quote[4:]}"
    path.write_text(f"<b>报名</b>截止时间为{broken}。", "utf-8")
    page = board.client().get(f"/parcel/{offer.id}/original?as=text").text
    assert f"&lt;b&gt;报名&lt;/b&gt;截止时间为<mark>{broken}</mark>。" in page
    assert f'href="/parcel/{offer.id}"' in page


def test_a_reader_sees_what_is_doubted_and_settles_nothing(board: Board) -> None:
    reader = board.client("boss")
    page = reader.get("/review").text
    assert "11月13日" in page
    assert 'name="take"' not in page
    assert board.post(reader, "/review", doubt="x", take="1") == 403


def _with_inferred_year(board: Board, *numbers: str) -> None:
    """Two parcels whose close of registration has its year from the notice's number."""
    findings = tuple(
        Finding(
            code=Code.YEAR_FROM_CONTEXT,
            severity=Severity.INFO,
            parcel_no=number,
            field="registration_close",
            params={"year": "2024", "text": "11月15日17时"},
        )
        for number in numbers
    )
    close = Milestone(
        at=shanghai_time("2024-11-15 17:00"), source=Source.INFERRED, quote="11月15日17时"
    )
    parcels = tuple(
        replace(a_parcel(parcel_no=number), milestones={MilestoneName.REGISTRATION_CLOSE: close})
        for number in numbers
    )
    board.world.save(
        a_notice(file="b.md", notice_no="乙告[2024]2号", parcels=parcels, findings=findings)
    )


def _card(text: str, words: str) -> str:
    """The card of the review page that holds these words."""
    (card,) = [part for part in text.split("<article")[1:] if words in part.split("</article>")[0]]
    return card.split("</article>")[0]


def _closes(board: Board) -> dict[str, object]:
    found: dict[str, object] = {}
    for offer in board.world.ledger.parcels.all():
        close = offer.parcel.milestones.get(MilestoneName.REGISTRATION_CLOSE)
        found[offer.parcel.parcel_no] = None if close is None else close.at
    return found


def test_what_the_board_marks_is_settled_in_review_as_right_as_it_is(board: Board) -> None:
    _with_inferred_year(board, "乙1号", "乙2号")
    browser = board.client()
    assert "乙1号" in browser.get("/?state=doubtful").text
    card = _card(browser.get("/review").text.partition('id="compare"')[0], "乙1号")
    assert "年份按上下文取2024年" in card
    assert "2024-11-15 17:00" in card
    assert "年份按公告编号或表格推断" in card
    assert "合并单元格" not in card
    assert board.post(browser, "/review", doubt=_doubt(card), leave="1") == 303
    text = browser.get("/review").text
    assert "乙1号" not in text.partition('id="compare"')[0]
    assert "乙1号" not in browser.get("/?state=doubtful").text
    assert "乙1号" not in text  # compared, too: that was its only time


def test_a_marked_time_is_settled_by_another_time_or_by_none(board: Board) -> None:
    _with_inferred_year(board, "乙1号", "乙2号")
    browser = board.client()
    doubts = browser.get("/review").text.partition('id="compare"')[0]
    answer = {"doubt": _doubt(_card(doubts, "乙1号")), "enter": "1", "time": "2024-11-16 17:00"}
    assert board.post(browser, "/review", **answer) == 303
    closes = _closes(board)
    assert closes["乙1号"] == closes["乙2号"] == shanghai_time("2024-11-16 17:00")
    assert "乙1号" not in browser.get("/?state=doubtful").text


def test_who_compares_a_parcel_settles_what_was_doubted_of_its_times(board: Board) -> None:
    doubted = Finding(
        code=Code.TIMES_CONTRADICT,
        severity=Severity.WARNING,
        parcel_no="丙1号",
        field="registration_close",
        params={"values": "17:00"},
    )
    parcel = a_parcel(parcel_no="丙1号", milestones={"registration_close": "2024-11-18 17:00"})
    board.world.save(
        a_notice(file="c.md", notice_no="丙告", parcels=(parcel,), findings=(doubted,))
    )
    browser = board.client()
    card = _card(browser.get("/review").text.partition('id="compare"')[2], "丙1号")
    assert "互相矛盾" in card  # stands beside the time that is to be compared
    (offer,) = board.world.ledger.parcels.find("丙1号")
    board.site.comparison.confirm(offer, by="team", now=board.world.clock.now())
    assert "丙1号" not in browser.get("/review").text
    assert "丙1号" not in browser.get("/?state=doubtful").text


def test_that_there_is_no_time_is_asked_once_more_and_can_be_taken_back(board: Board) -> None:
    _with_inferred_year(board, "乙1号", "乙2号")
    browser = board.client()
    token = board.token(browser)
    doubt = _doubt(_card(browser.get("/review").text.partition('id="compare"')[0], "乙1号"))
    slip = browser.post("/review", data={"token": token, "doubt": doubt, "none": "1"})
    assert slip.status_code == 303
    assert _closes(board)["乙1号"] == shanghai_time("2024-11-15 17:00")
    question = browser.get(slip.headers["location"]).text
    for words in ("乙1号", "乙2号", "11月15日 周五 17:00", 'action="/review"', 'href="/review"'):
        assert words in question
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', question))
    answer = browser.post("/review", data=fields)
    assert answer.status_code == 303
    assert _closes(board)["乙1号"] is _closes(board)["乙2号"] is None
    banner = browser.get(answer.headers["location"]).text.partition('role="status"')[2][:1500]
    about = re.search(r'name="about" value="((?:\d+\.registration_close,?){2})"', banner)
    assert about is not None
    assert board.post(browser, "/time", about=about[1], how="as-read", next="/review") == 303
    assert _closes(board)["乙1号"] == shanghai_time("2024-11-15 17:00")
    assert _closes(board)["乙2号"] == shanghai_time("2024-11-15 17:00")


def test_a_parcels_page_asks_once_more_too_and_keeps_the_reason(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    browser = board.client()
    about, back = f"{offer.id}.registration_close", f"/parcel/{offer.id}"
    fields = {"about": about, "how": "none", "why": "电话问过", "next": back}
    slip = browser.post("/time", data={"token": board.token(browser), **fields})
    assert _closes(board)["甲储出[2024]1号"] is not None
    question = browser.get(slip.headers["location"]).text
    assert f'href="{back}"' in question
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', question))
    assert sent["why"] == "电话问过"
    assert browser.post("/time", data=sent).status_code == 303
    assert _closes(board)["甲储出[2024]1号"] is None
    story = board.site.board.story(offer.id)
    assert story is not None
    assert story.statements["registration_close"][-1].speaker.why == "电话问过"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/no-time?about=1", 400),
        ("/no-time?about=99.bidding_close", 404),
        ("/no-time?about=1.bidding_close&next=//evil.example", 200),
        ("/no-time/doubt?doubt=none", 400),
    ],
)
def test_the_question_is_about_what_there_is(board: Board, path: str, status: int) -> None:
    answer = board.client().get(path)
    assert answer.status_code == status
    assert 'href="//evil' not in answer.text
    assert board.client("boss").get(path).status_code == 403


def test_a_change_that_puts_times_out_of_order_is_asked_about(board: Board) -> None:
    number = "甲储出[2024]1号"
    browser = board.client()
    for name, at in (
        ("bidding_close", "2024-11-20 10:00"),
        ("registration_close", "2024-11-25 17:00"),
    ):
        board.world.clock.move(timedelta(hours=1))
        moved = a_parcel(parcel_no=number, milestones={name: at})
        board.world.save(a_notice(file=f"{name}.md", kind=Kind.POSTPONEMENT, parcels=(moved,)))
    doubts = browser.get("/review").text.partition('id="compare"')[0]
    assert "报名截止晚于挂牌截止" in _card(doubts, "11-25")
    answer = {"doubt": _doubt(_card(doubts, "11-25")), "enter": "1", "time": "2024-11-19 17:00"}
    assert board.post(browser, "/review", **answer) == 303
    assert "报名截止晚于挂牌截止" not in browser.get("/review").text


def test_a_time_that_holds_under_a_condition_names_it_wherever_it_stands(board: Board) -> None:
    later = Alternative(
        condition="报名不足三人的",
        milestones={
            MilestoneName.BIDDING_CLOSE: Milestone(
                at=shanghai_time("2024-11-05 10:00"), source=Source.INFERRED, quote="5日10时"
            )
        },
    )
    parcel = a_parcel(parcel_no="丁1号", milestones={"auction_start": "2024-11-20 10:00"})
    parcel = replace(parcel, alternatives=(later,))
    board.world.save(a_notice(file="d.md", notice_no="丁告", kind=Kind.AUCTION, parcels=(parcel,)))
    browser = board.client()
    text = browser.get("/").text
    in_hand = text.partition('class="in-hand"')[2].partition("</section>")[0]
    assert "报名不足三人的" in in_hand.partition("丁1号")[0]
    described = re.search(r'aria-label="([^"]*11月5日[^"]*)" focusable', text)
    assert described is not None
    assert "报名不足三人的" in described[1]
    (offer,) = board.world.ledger.parcels.find("丁1号")
    assert "报名不足三人的" in browser.get(f"/parcel/{offer.id}").text
    doubts, _, compare = browser.get("/review").text.partition('id="compare"')
    assert "报名不足三人的" in _card(doubts, "丁1号")
    assert "报名不足三人的" in _card(compare, "丁1号")


def test_a_start_after_a_wrong_end_is_taken_and_says_what_conflicts(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    browser = board.client()
    fields = {"token": board.token(browser), "next": f"/parcel/{offer.id}", "how": "time"}
    start = {"about": f"{offer.id}.registration_open", "time": "2024-11-20 09:00"}
    answer = browser.post("/time", data={**fields, **start})
    assert answer.status_code == 303
    assert "早于或等于对应的开始时间" in browser.get(answer.headers["location"]).text
    end = {"about": f"{offer.id}.registration_close", "time": "2024-11-28 17:00"}
    answer = browser.post("/time", data={**fields, **end})
    assert answer.status_code == 303
    assert "早于或等于对应的开始时间" not in browser.get(answer.headers["location"]).text


def test_a_page_of_many_parcels_asks_for_their_statements_at_once(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_inferred_year(board, *(f"乙{number}号" for number in range(60)))
    asked: list[int] = []
    history = board.world.ledger.statements
    monkeypatch.setattr(type(history), "of_parcel", lambda _, number: asked.append(number))
    assert board.client().get("/review").status_code == 200
    assert asked == []


def test_a_time_from_a_picture_is_compared_even_where_no_comparison_is_asked_for(
    tmp_path: Path,
) -> None:
    board = make_board(tmp_path, _CONFIG.replace("required = true", "required = false"))
    for number, source in ((1, Source.SCANNED), (2, Source.STATED)):
        parcel = a_parcel(
            parcel_no=f"甲储出[2024]{number}号",
            milestones={"registration_close": "2024-11-14 17:00"},
        )
        times = {
            name: replace(milestone, source=source) for name, milestone in parcel.milestones.items()
        }
        listed = replace(parcel, milestones=times)
        board.world.save(a_notice(notice_no=f"告{number}", file=f"{number}", parcels=(listed,)))
    text = board.client("team").get("/review").text
    assert "甲储出[2024]1号" in text
    assert "甲储出[2024]2号" not in text
    board.world.ledger.close()


_JPEG = b"\xff\xd8\xff" + b"a line" * 9


def _with_cutout(board: Board, picture: bytes) -> None:
    """A parcel whose close of registration was recognised in a picture, and one not surely."""
    close = Milestone(
        at=shanghai_time("2024-11-15 17:00"), source=Source.SCANNED, quote="11月15日17时"
    )
    badly = Finding(
        code=Code.TIME_SCANNED_BADLY,
        severity=Severity.ERROR,
        parcel_no="戊1号",
        field="deposit_close",
        params={"text": "11月14日17时", "score": "0.90"},
        candidates=(Evidence(at=shanghai_time("2024-11-14 17:00"), quote="11月14日17时"),),
    )
    parcel = replace(
        a_parcel(parcel_no="戊1号"), milestones={MilestoneName.REGISTRATION_CLOSE: close}
    )
    text = b64encode(picture).decode()
    notice = a_notice(
        file="扫描.pdf",
        notice_no="戊告",
        parcels=(parcel,),
        findings=(badly,),
        cutouts=tuple(Cutout(quote=quote, picture=text) for quote in (close.quote, "11月14日17时")),
    )
    board.world.service.ingest.store([notice], board.world.clock.now())


def test_the_line_of_the_picture_stands_beside_each_time_that_was_recognised_in_it(
    board: Board,
) -> None:
    _with_cutout(board, _JPEG)
    browser = board.client("team")
    text = browser.get("/review").text
    paths = re.findall(r'<img class="cutout" src="(/cutout/[0-9a-f]{64})"', text)
    assert len(paths) == len(set(paths)) == 2  # of the finding's candidate, and of the time
    for path in paths:
        answer = browser.get(path)
        assert (answer.content, answer.headers["content-type"]) == (_JPEG, "image/jpeg")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert board.stranger().get(path).content != _JPEG  # nobody signed in
    for key in ("0" * 64, "..%2Fconfig.toml", "x"):
        assert browser.get(f"/cutout/{key}").status_code == 404


@pytest.mark.parametrize("picture", [b"<svg onload=x>", b"\xff\xd8\xff" + b"x" * 60_000])
def test_what_is_no_small_picture_is_not_kept(board: Board, picture: bytes) -> None:
    _with_cutout(board, picture)
    assert "/cutout/" not in board.client("team").get("/review").text


def test_a_time_is_compared_without_its_picture_where_there_is_room_for_no_more(
    board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept_cutouts, "_MOST", 1)
    folder = board.world.settings.ledger.parent / "cutouts"
    folder.mkdir()
    (folder / "another.jpg").touch()
    _with_cutout(board, _JPEG)
    text = board.client("team").get("/review").text
    assert "11月14日" in text
    assert "/cutout/" not in text
    assert "is full" in caplog.text


def test_what_was_found_of_a_time_that_has_moved_says_nothing_of_the_new_one(board: Board) -> None:
    _with_inferred_year(board, "乙1号")
    browser = board.client()
    assert "年份按上下文取2024年" in browser.get("/review").text
    board.world.clock.move(timedelta(hours=1))
    moved = a_parcel(parcel_no="乙1号", milestones={"registration_close": "2024-11-18 17:00"})
    board.world.save(a_notice(file="b.md", notice_no="乙告[2024]2号", parcels=(moved,)))
    text = browser.get("/review").text
    assert "2024-11-18 17:00" in _card(text, "乙1号")
    assert "年份按上下文取" not in text
    (offer,) = board.world.ledger.parcels.find("乙1号")
    assert "年份按上下文取" not in browser.get(f"/parcel/{offer.id}").text
    assert "乙1号" not in browser.get("/?state=doubtful").text


def test_the_next_time_of_a_doubt_is_a_day_where_only_a_day_is_known(board: Board) -> None:
    day = Milestone(
        at=shanghai_time("2024-11-06 00:00"), precision=Precision.DAY, source=Source.INFERRED
    )
    parcel = replace(
        a_parcel(parcel_no="戊1号"), milestones={MilestoneName.REGISTRATION_CLOSE: day}
    )
    board.world.save(a_notice(file="e.md", notice_no="戊告", parcels=(parcel,)))
    doubts = board.client().get("/review").text.partition('id="compare"')[0]
    assert "最近的时间 2024-11-06</strong>" in _card(doubts, "戊1号")


def test_who_has_compared_is_named_and_asked_no_more_until_the_time_moves(tmp_path: Path) -> None:
    second = '[[recipients]]\nname = "second"\nchannels = ["console"]\n'
    two = _CONFIG.replace("required = true\n", "required = true\npeople = 2\n")
    made = make_board(tmp_path, two.replace("[confirmation]", second + "[confirmation]"))
    made.world.save(a_notice(parcels=(a_parcel(parcel_no="甲1号", milestones=_CLOSES_ON_14),)))
    first, other = made.client("team"), made.client("second")

    def compare() -> None:
        browser = first if "team" not in _compared(made) else other
        mark = re.search(r'name="mark" value="([^"]*)"', browser.get("/review").text)
        assert mark is not None
        fields = {"about": "1", "verdict": "right", "mark": mark[1]}
        assert made.post(browser, "/compared", **fields) == 303

    compare()
    for path in ("/review", "/parcel/1"):
        assert "team已核对，还需另一个人核对" in first.get(path).text
        assert 'value="right"' not in first.get(path).text
        assert 'value="right"' in other.get(path).text
    compare()
    assert "甲1号" not in other.get("/review").text
    made.world.clock.move(timedelta(hours=1))
    moved = a_parcel(parcel_no="甲1号", milestones={"registration_close": "2024-11-20 17:00"})
    made.world.save(a_notice(file="late.md", kind=Kind.POSTPONEMENT, parcels=(moved,)))
    assert 'value="right"' in first.get("/review").text
    assert "已核对，还需" not in first.get("/review").text
    made.world.ledger.close()


def _compared(board: Board) -> tuple[str, ...]:
    (offer,) = board.world.ledger.parcels.all()
    return board.site.comparison.of_parcel(offer, board.world.clock.now()).compared_by
