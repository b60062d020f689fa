"""A group whose reminder counts as answered only when each of its people has answered: by a
button, a link, a mail, the board, a sheet, the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from notifier import app
from notifier.channels import ADDRESS
from notifier.cli import main
from notifier.config import load_settings
from notifier.domain.answer_links import AnswerLink, Deed, seal, short_key
from notifier.errors import ConfigError
from notifier.service.answer_desk import answer_key
from notifier.service.json_shapes import status_json
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.peers.imap import PASSWORD, USER, imap_server
from tests.peers.smtp import mail_server
from tests.peers.telegram_bot import TelegramBot
from tests.services import MakeWorld, World
from tests.telegram_world import AT, CLOSE, GROUP, LI, ZHANG, TelegramWorld

_RULES = 'rules = [{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }]'
_EACH = 'answers = "each"\npeople = ["张三", "李四"]\n'
_ON_TELEGRAM = (
    """
[channels.tg]
url = "tgram://{token}/{{to}}"
endpoint = "{endpoint}"
seconds_apart = 0
[channels.console]
url = "console://"
[people."张三"]
telegram_id = {zhang}
[people."李四"]
telegram_id = 222222222
[[recipients]]
name = "拓展组"
channels = ["tg:{group}"]
escalate_to = "李总"
escalate_after = "1h"
"""
    + _RULES.replace("{", "{{").replace("}", "}}")
    + "\n"
    + _EACH
    + """
[[recipients]]
name = "李总"
channels = ["console"]
kinds = ["escalation"]
"""
)
_BOARD = (
    """
[channels.console]
url = "console://"
[[recipients]]
name = "team"
channels = ["console"]
digest = "08:45"
kinds = ["reminder", "answer", "digest"]
[[recipients]]
name = "张三"
channels = ["console"]
kinds = ["digest"]
digest = "09:00"
[[recipients]]
name = "李四"
channels = ["console"]
kinds = ["digest"]
digest = "09:00"
"""
).replace('name = "team"\n', 'name = "team"\n' + _EACH)


@pytest.fixture(name="telegram")
def _telegram(tmp_path: Path) -> Iterator[TelegramWorld]:
    with TelegramBot().running() as bot:
        yield TelegramWorld(tmp_path, bot, _ON_TELEGRAM)


def _go_on(telegram: TelegramWorld, at: str) -> None:
    telegram.world.clock.set(shanghai_time(at))
    telegram.world.work()


def test_a_group_hears_on_until_each_has_pressed(telegram: TelegramWorld) -> None:
    first = telegram.post(GROUP)
    assert "还缺答复：张三、李四" in first.text
    words = telegram.press(GROUP, "已办", ZHANG)
    assert words == "✔ 张三 已办 11-13 17:00 · 还缺答复：李四"
    assert telegram.states() == {"ahead"}
    assert first.labels[:2] == ["已办", "不参与"]
    assert telegram.press(GROUP, "已办", ZHANG).startswith("此前已答复：✔ 张三")
    _go_on(telegram, "2024-11-14 14:00")
    assert len(telegram.bot.posted) == 2
    assert "还缺答复：李四" in telegram.post(GROUP).text
    _go_on(telegram, "2024-11-14 15:00")
    (escalation,) = telegram.world.said()
    assert "还缺答复：李四" in escalation
    telegram.bot.press(first, first.key("已办"), LI)
    telegram.listen()
    telegram.world.work()
    assert telegram.states() == {"acknowledged"}
    (account,) = telegram.service.listening.accounts()
    for _ in range(5):
        telegram.service.corrections.step(account, telegram.world.clock.now())
    assert first.labels == ["✔ 张三、李四 已办 11-14 15:00"]


def test_nobody_is_escalated_when_each_has_answered_in_time(telegram: TelegramWorld) -> None:
    telegram.press(GROUP, "已办", ZHANG)
    telegram.press(GROUP, "已办", LI)
    assert telegram.states() == {"acknowledged"}
    _go_on(telegram, "2024-11-14 14:00")
    _go_on(telegram, "2024-11-14 16:59")
    assert telegram.world.said() == []
    assert len([post for post in telegram.bot.posted if post.rows]) == 1


def test_whoever_leaves_the_config_is_waited_for_no_more(telegram: TelegramWorld) -> None:
    telegram.press(GROUP, "已办", ZHANG)
    file = telegram.world.settings.file
    text = file.read_text("utf-8").replace('"张三", "李四"]', '"张三"]')
    telegram.world.restart(text)
    telegram.build()
    telegram.service.lifecycle.start(telegram.world.clock.now())
    assert telegram.states() == {"acknowledged"}


def test_who_has_a_reminder_of_their_own_answers_there_for_the_group_too(tmp_path: Path) -> None:
    """The first one's word does not take the second one's button away."""
    more = '[[recipients]]\nname = "李四"\nchannels = ["tg:222222222"]\n'
    config = _ON_TELEGRAM + more + _RULES.replace("{", "{{").replace("}", "}}") + "\n"
    with TelegramBot().running() as bot:
        telegram = TelegramWorld(tmp_path, bot, config)
        telegram.press(GROUP, "已办", ZHANG)
        words = telegram.press(LI, "已办", LI)
        assert words == "✔ 张三、李四 已办 11-13 17:00"
        assert telegram.states() == {"acknowledged"}


def test_the_word_of_somebody_else_is_kept_and_ends_nothing(tmp_path: Path) -> None:
    more = '[[recipients]]\nname = "王五"\nchannels = ["tg:333333333"]\n'
    config = _ON_TELEGRAM + more + _RULES.replace("{", "{{").replace("}", "}}") + "\n"
    with TelegramBot().running() as bot:
        telegram = TelegramWorld(tmp_path, bot, config)
        words = telegram.press(333333333, "已办", 333333333)
        assert words == "✔ 王五 已办 11-13 17:00 · 还缺答复：张三、李四"
        assert telegram.press(333333333, "已办", 333333333).startswith("此前已答复：✔ 王五")
        assert telegram.states() == {"ahead"}


def _board(folder: Path) -> Board:
    made = make_board(folder, _BOARD, "2024-11-13 09:00")
    close = {"registration_close": "2024-11-14 17:00"}
    made.world.save(a_notice(parcels=(a_parcel(milestones=close),)))
    made.world.work()
    return made


def _states(world: World) -> list[tuple[str, tuple[str, ...]]]:
    now = world.clock.now()
    lines = world.ledger.views.agenda(now, now + timedelta(days=99))
    return [(line.state, line.missing) for line in lines]


def test_a_link_asks_who_it_is(tmp_path: Path) -> None:
    board = _board(tmp_path)
    (offer,) = board.world.ledger.parcels.all()
    link = AnswerLink(deed=Deed.DONE, recipient="team", parcel_id=offer.id, milestone=CLOSE, at=AT)
    address = f"/a/{seal(answer_key(board.world.settings.ledger.parent), link)}"
    browser = board.stranger()
    page = browser.get(address).text
    assert "您是哪一位" in page
    assert "张三：确认已办" in page
    assert browser.post(address).status_code == 400
    assert browser.post(address, data={"by": "王五"}).status_code == 400
    assert _states(board.world) == [("ahead", ("张三", "李四"))]
    page = browser.post(address, data={"by": "张三"}).text
    assert "已记下：张三已办" in page
    assert "还缺答复：李四" in page
    assert _states(board.world) == [("ahead", ("李四",))]
    page = browser.get(address).text
    assert "张三：确认已办" not in page
    assert "李四：确认已办" in page
    assert "张三已在" in browser.post(address, data={"by": "张三"}).text
    assert "已记下" in browser.post(address, data={"by": "李四"}).text
    assert _states(board.world) == [("acknowledged", ())]
    assert "张三、李四已在" in browser.get(address).text


def test_the_board_says_who_is_missing(tmp_path: Path) -> None:
    board = _board(tmp_path)
    (offer,) = board.world.ledger.parcels.all()
    about = f"{offer.id}.registration_close.{round(AT.timestamp() * 1000)}"
    assert board.post(board.client("张三"), "/answer", done=about, next="/") == 303
    for path in ("/", f"/parcel/{offer.id}"):
        assert "还缺答复：李四" in board.client("李四").get(path).text
    assert board.post(board.client("李四"), "/answer", done=about, next="/") == 303
    for path in ("/", f"/parcel/{offer.id}"):
        page = board.client("李四").get(path).text
        assert "还缺答复" not in page
        assert "张三、李四" in page


def test_who_has_answered_and_who_has_not_is_told(tmp_path: Path) -> None:
    world = _board(tmp_path).world
    world.clock.set(shanghai_time("2024-11-14 14:00"))
    world.work()
    (offer,) = world.ledger.parcels.all()
    for person, end in (("张三", "；还缺答复：李四）"), ("李四", "17:00）")):
        world.ledger.acknowledgements.add(offer.id, CLOSE, person, world.clock.now())
        world.clock.move(timedelta(minutes=1))
        world.work()
        assert world.said()[-1].splitlines()[-1].startswith(f"{person}：报名截止已办")
        assert world.said()[-1].endswith(end)


def test_the_digest_and_the_status_say_who_is_missing(tmp_path: Path) -> None:
    board = _board(tmp_path)
    world = board.world
    (offer,) = world.ledger.parcels.all()
    world.ledger.acknowledgements.add(offer.id, CLOSE, "张三", world.clock.now())
    world.clock.set(shanghai_time("2024-11-14 08:45"))
    world.work()
    digest = next(text for text in world.said() if "还缺答复：李四" in text)
    assert "已办" not in digest.splitlines()[0]
    status = board.site.desk.status(world.clock.now())
    assert status.owing == {"李四": 1}
    assert status_json(status, "zh")["owing"] == {"李四": 1}


def test_the_command_line_says_who_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = _board(tmp_path)
    config = str(board.world.settings.file)
    (offer,) = board.world.ledger.parcels.all()
    number = offer.parcel.parcel_no
    assert main(["-c", config, "done", number, "registration", "--by", "张三"]) == 0
    assert "李四" in capsys.readouterr().out
    assert main(["-c", config, "done", number, "registration", "--by", "李四"]) == 0
    assert "李四" in capsys.readouterr().out  # by whom
    assert _states(board.world)[0][0] == "acknowledged"


def test_a_sheet_counts_as_the_answer_of_its_own_person_alone(world: MakeWorld) -> None:
    text = _BOARD + '[[sheets]]\nmatch = "跟进表*.csv"\nanswers_by = "张三"\n'
    program = world(text, now="2024-11-13 09:00")
    head = "公告编号,地块编号,状态,报名截止时间,挂牌截止时间"
    for state in ("跟进中", "已报名"):
        row = f"甲1号,J1,{state},2024-11-14 17:00,2024-11-15 09:00"
        program.clock.move(timedelta(minutes=1))
        program.service.ingest.take_in_data(
            "跟进表.csv", f"{head}\n{row}\n".encode(), program.clock.now()
        )
        program.service.planning.replan(program.clock.now())
    assert ("ahead", ("李四",)) in _states(program)
    program.ledger.acknowledgements.add(1, CLOSE, "李四", program.clock.now())
    assert ("acknowledged", ()) in _states(program)


def test_a_reply_by_mail_is_of_whose_address_it_comes_from(tmp_path: Path) -> None:
    with mail_server() as out, imap_server() as box:
        text = (
            f'[channels.mail]\ntype = "mail"\nhost = "127.0.0.1"\nport = {out.port}\n'
            f'security = "insecure"\nfrom = "n@example.com"\nto = "{ADDRESS}"\n'
            '[people."张三"]\nmail = "Zhang@example.com"\n'
            '[[recipients]]\nname = "拓展组"\n'
            'channels = ["mail:zhang@example.com", "mail:li@example.com"]\n'
            f"{_EACH}{_RULES}\n"
            '[[recipients]]\nname = "李四"\nchannels = ["mail:li@example.com"]\n'
            'kinds = ["digest"]\ndigest = "09:00"\n'
            f'[mail_in]\nurl = "imap://{USER.replace("@", "%40")}:{PASSWORD.replace("/", "%2F")}'
            f'@127.0.0.1:{box.port}/%E5%85%AC%E5%91%8A"\n'
            f'senders = ["@example.com"]\nanswer = "mail"\nreply_to = "{USER}"\n'
        )
        world = World(tmp_path, text, shanghai_time("2024-11-13 09:00"))
        world.channels["mail"] = app.open_channels(world.settings)["mail"]  # type: ignore[assignment]
        world.service = app.build(
            world.settings, world.ledger, world.clock, channels=world.channels
        )
        close = {"registration_close": "2024-11-14 17:00"}
        world.save(a_notice(parcels=(a_parcel(milestones=close),)))
        (offer,) = world.ledger.parcels.all()
        link = AnswerLink(
            deed=Deed.DONE, recipient="拓展组", parcel_id=offer.id, milestone=CLOSE, at=AT
        )
        key = short_key(answer_key(world.settings.ledger.parent), link)
        for sender, missing in (("zhang@example.com", ("李四",)), ("li@example.com", ())):
            mail = EmailMessage(policy.default.clone(max_line_length=998))
            mail["From"] = sender
            mail["In-Reply-To"] = f"<nr-{key}@example.com>"
            mail.set_content("已办\n")
            box.add(mail.as_bytes())
            world.service.mail_in.step(world.clock.now())
            assert world.ledger.acknowledgements.missing(offer.id, CLOSE) == missing
        world.ledger.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('answers = "each"\n', "say whose answers"),
        ('people = ["张三"]\n', 'write answers = "each"'),
        ('answers = "each"\npeople = ["赵六"]\n', "nobody is known as"),
    ],
)
def test_what_nobody_could_answer_is_refused(tmp_path: Path, more: str, words: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(_BOARD.replace(_EACH, more), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_settings(config)
