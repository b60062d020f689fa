"""The column of answers in the team's own sheet counts as the answer of whom the config names."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.findings import Code
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import Severity
from notifier.service import TakenIn
from notifier.service.desk import Desk
from notifier.testing import shanghai_time
from tests.services import CONSOLE, MakeWorld, World

_TEAM = (
    CONSOLE
    + '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
    + 'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }]\n'
)
_SHEETS = '[[sheets]]\nmatch = "跟进*.csv"\nanswers_by = "张三"\n'
_MINUTE = timedelta(minutes=1)


def _read(program: World, *states: str, name: str = "跟进表.csv") -> TakenIn:
    """Take in a sheet of parcels J1, J2, …, each with its word in the column of answers."""
    rows = [
        f"甲1号,J{number},{state},2024-11-14 17:00,2024-11-15 09:00"
        for number, state in enumerate(states, 1)
    ]
    head = "公告编号,地块编号,状态,报名截止时间,挂牌截止时间"
    text = "\n".join([head, *rows, ""])
    taken = program.service.ingest.take_in_data(name, text.encode(), program.clock.now())
    program.service.planning.replan(program.clock.now())
    return taken


def _answers(program: World) -> dict[str, dict[str, str]]:
    """Return who answered what of each parcel."""
    return {
        line.offer.parcel.parcel_no: {name: answer.by for name, answer in line.answers.items()}
        for line in program.ledger.board.lines()
    }


def test_a_word_in_the_sheet_counts_as_the_answer_of_whom_the_config_names(
    world: MakeWorld,
) -> None:
    program = world(_TEAM + _SHEETS, now="2024-11-14 09:00")
    taken = _read(program, "已报名", "不参加", "跟进中")
    assert _answers(program) == {
        "J1": {"registration_close": "张三"},
        "J2": {ALL_MILESTONES: "张三"},
        "J3": {},
    }
    codes = {finding.code for notice in taken.notices for finding in notice.findings}
    assert not codes & {Code.ANSWER_STATED, Code.ANSWER_NOT_UNDERSTOOD}
    program.go(shanghai_time("2024-11-14 14:05"))
    assert [title for title in program.titles() if "还剩" in title and "J3" in title]
    assert not [title for title in program.titles() if "还剩" in title and "J1" in title]


def test_the_column_of_another_file_stops_no_reminder(world: MakeWorld) -> None:
    program = world(_TEAM + _SHEETS, now="2024-11-14 09:00")
    taken = _read(program, "已报名", "天知道", name="别的.csv")
    assert _answers(program) == {"J1": {}, "J2": {}}
    (finding,) = [
        finding
        for notice in taken.notices
        for finding in notice.findings
        if finding.code in (Code.ANSWER_STATED, Code.ANSWER_NOT_UNDERSTOOD)
    ]
    assert finding.code == Code.ANSWER_STATED


def test_a_word_that_is_not_understood_is_a_finding(world: MakeWorld) -> None:
    program = world(_TEAM + _SHEETS, now="2024-11-14 09:00")
    taken = _read(program, "天知道")
    found = [
        finding
        for notice in taken.notices
        for finding in notice.findings
        if finding.code == Code.ANSWER_NOT_UNDERSTOOD
    ]
    assert [finding.severity for finding in found] == [Severity.WARNING]
    assert _answers(program) == {"J1": {}}


def test_a_cell_that_changes_back_is_said_once_and_undoes_nothing(world: MakeWorld) -> None:
    program = world(_TEAM + _SHEETS, now="2024-11-14 09:00")
    _read(program, "已报名", "不参加")
    program.clock.move(_MINUTE)
    _read(program, "", "已报名")
    program.clock.move(_MINUTE)
    program.restart()
    _read(program, "待定", "已报名")
    program.go(program.clock.now() + 5 * _MINUTE)
    texts = [text for text in program.said() if "表中不再写有" in text]
    assert len(texts) == 2
    assert "表中不再写有已报名" in texts[0]
    assert "notifier resume J1@1 报名" in texts[0]
    assert "表中不再写有不参加" in texts[1]
    assert _answers(program)["J1"] == {"registration_close": "张三"}
    assert ALL_MILESTONES in _answers(program)["J2"]


def test_what_a_person_took_back_stays_so_while_the_cell_is_as_it_was(world: MakeWorld) -> None:
    program = world(_TEAM + _SHEETS, now="2024-11-14 09:00")
    _read(program, "已报名", "")
    desk = Desk(program.ledger, lambda: program.settings)
    desk.resume("J1", "报名", by="李四", now=program.clock.now())
    program.clock.move(_MINUTE)
    _read(program, "已报名", "不参加")
    assert _answers(program) == {"J1": {}, "J2": {ALL_MILESTONES: "张三"}}
