"""No English inside a Chinese message: every error, refusal, reason, finding and alert has its
Chinese."""

from __future__ import annotations

import re

import pytest

from notifier.channels import SERVICES
from notifier.errors import AmountNotUnderstood
from notifier.intake.amounts import read_m2, read_wan
from notifier.messages.sentences import _catalogue, phrase, place_words, reason
from tests.english import english_in, sentences
from tests.unit.test_messages_catalogue import flat

# what is raised within the program and never shown: it is caught, or a programmer's mistake
_INTERNAL = (
    "channels/capture.py", "channels/deadline.py", "domain/times.py", "ledger/upgrade.py",
    "testing.py",
    "engines/systemd.py", "ledger/backends/postgres_steps.py", "intake/transfer.py", "logs.py",
    "cli/",
)  # fmt: skip
_NAMES = {"words", "refused", "trouble", "Problem", "problem"}
# their words are given at run time: `1m to 7d`, `as in "3h"`
_AT_RUN_TIME = ("expected 甲1", "expected a text, one area")


def _raised() -> list[tuple[str, str]]:
    return [
        (where, text)
        for where, text in sentences(_NAMES)
        if not where.startswith(_INTERNAL) and not text.startswith(_AT_RUN_TIME)
    ]


def test_every_error_and_refusal_that_the_program_can_raise_has_its_chinese() -> None:
    found = _raised()
    assert len(found) > 150
    untold = [
        (where, text, reason(text, "zh")) for where, text in found if english_in(reason(text, "zh"))
    ]
    assert untold == []


def test_none_of_them_is_quoted_as_if_somebody_else_had_said_it() -> None:
    quoted = [
        (where, text)
        for where, text in _raised()
        if " " in text and reason(text, "zh").startswith("原话")
    ]
    assert quoted == []


def test_examples_of_an_amount_are_listed_in_chinese() -> None:
    for read in (read_wan, read_m2):
        with pytest.raises(AmountNotUnderstood) as caught:
            read("7200<")
        assert " or " in str(caught.value)
        assert " or " not in reason(str(caught.value), "zh")


def test_every_sentence_of_the_command_line_has_its_chinese() -> None:
    of_commands = [
        (where, text) for where, text in sentences({"phrase", "add"}) if where.startswith("cli/")
    ]
    words = [
        (where, text)
        for where, text in of_commands
        if text != text.upper() and not text.startswith("-")
    ]
    assert len(words) > 100
    assert [(where, text) for where, text in words if reason_or_phrase(text) == text] == []


def reason_or_phrase(english: str) -> str:
    known = phrase(english, "zh")
    return known if known != english else reason(english, "zh")


@pytest.mark.parametrize("english", _catalogue())
def test_a_sentence_keeps_its_parameters_and_holds_no_english(english: str) -> None:
    chinese = _catalogue()[english]
    assert set(re.findall(r"\{[a-z_]+\}", chinese)) <= set(re.findall(r"\{[a-z_]+\}", english))
    assert not english_in(re.sub(r"\{[a-z_]+\}", "甲1", chinese)), chinese


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("/a/notifier.db: disk I/O error", "/a/notifier.db：磁盘读写错误"),
        (
            "config.toml: recipients.2.rules.1.leads.1: '3x' is not a lead: write 30m, 3h, "
            "7d, 3wd, 3wd@09:00 or 0m",
            "config.toml：recipients.2.rules.1.leads.1：'3x' 不是提前量，请写 30m、3h、7d、"
            "3wd、3wd@09:00 或 0m",
        ),
        (
            "/b: the backup could not be written: No space left on device",
            "/b：备份无法写入（磁盘已满）",
        ),
        (
            "ConnectionRefusedError: [Errno 111] Connection refused",
            "对方拒绝连接",
        ),
        (
            "wecom.txt.j2:2: TemplateSyntaxError: unexpected '}'",
            "wecom.txt.j2:2：渲染出错（TemplateSyntaxError，原话“unexpected '}'”）",
        ),
        ("not reachable: ConnectTimeout", "无法连接（连接超时）"),
        ("no answer: SomethingNew", "没有回应（原话“SomethingNew”）"),
        ("gaierror: [Errno -2] Name or service not known", "查不到这个主机名"),
        (
            "it cannot be opened: Permission denied",
            "无法打开（没有权限），请检查文件和权限后重新放入",
        ),
        (
            "it cannot be read: ValueError: bad thing",
            "无法读取（原话“ValueError: bad thing”），请检查文件和权限后重新放入",
        ),
    ],
)
def test_a_sentence_is_known_behind_its_place_and_within_another(
    english: str, chinese: str
) -> None:
    assert reason(english, "zh") == chinese
    assert reason(english, "en") == english


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailbox unavailable", "原话“mailbox unavailable”"), ("KeyError: '杭州'",
        "原话“KeyError: '杭州'”"),
        ("errcode 45009", "errcode 45009"), ("HTTP 503", "HTTP 503"), ("17:00", "17:00"), ("", ""),
        ("a.csv:2: 报名截止未读入", "a.csv:2: 报名截止未读入"), ("notice.docx", "notice.docx"),
    ],
)  # fmt: skip
def test_what_is_not_the_programs_own_is_quoted_and_what_is_no_english_is_left_alone(
    text: str, shown: str
) -> None:
    assert reason(text, "zh") == shown


def test_what_every_service_expects_of_its_settings_and_addresses_has_its_chinese() -> None:
    expected = {field.expected for service in SERVICES for field in service.fields}
    expected |= {service.address_words for service in SERVICES if service.address_words}
    for words in expected:
        known = reason(f"channels.x.to: expected {words}", "zh")
        assert not english_in(known), known
    for service in SERVICES:
        assert "原话" not in reason(f"HTTP 200, but not {service.title}'s answer", "zh")


@pytest.mark.parametrize("name", ["zh.toml", "findings.zh.toml"])
def test_no_sentence_of_a_message_or_a_finding_holds_english(name: str) -> None:
    """Whatever is filled in stands for itself: a number, a name, a quotation."""
    english = {
        key: words
        for key, sentence in flat(name).items()
        if (words := english_in(re.sub(r"\{[a-z_]+\}", "甲1", sentence)))
    }
    assert english == {}


def test_a_long_text_is_quoted_without_being_searched() -> None:
    text = "expected " * 1_000
    assert reason(text, "zh") == f"原话“{text}”"


def test_each_line_of_several_is_said_by_itself() -> None:
    assert reason("it is empty\nit holds no text", "zh").count("\n") == 1


def test_a_place_is_written_as_people_write_it() -> None:
    assert place_words("sheet 甲, row 3, column 报名截止", "zh") == "工作表 甲, 行 3, 列 报名截止"
    assert place_words("a.csv:7: column 报名截止", "zh") == "a.csv:7: 列 报名截止"
    assert place_words("a.csv:7: column 报名截止", "en") == "a.csv:7: column 报名截止"


def test_a_sentence_with_parameters_is_filled_in_both_languages() -> None:
    template = "line {line}: more than {most} columns"
    assert phrase(template, "zh", line=3, most=400) == "第 3 行超过 400 列，请删去多余的列"
    assert phrase(template, "en", line=3, most=400) == "line 3: more than 400 columns"
