"""The words of messages in both languages, and the sentences of findings."""

from __future__ import annotations

import re
import string
import tomllib
from importlib.resources import files

import pytest

from notifier.domain.drafts import ItemKind, Language
from notifier.domain.findings import Code
from notifier.domain.offers import OfferState
from notifier.domain.values import Finding, Kind, MilestoneName, Severity
from notifier.errors import TimeNotUnderstood
from notifier.intake.written_times import read_instant
from notifier.messages import field_name, milestone_name, say
from notifier.messages.catalogue import words
from notifier.messages.clean import clip
from notifier.messages.sentences import reason

LANGUAGES: tuple[Language, ...] = ("zh", "en")
PACKAGE = files("notifier.messages")


def flat(name: str) -> dict[str, str]:
    """Every sentence of a catalogue by its dotted key."""

    def walk(table: dict[str, object], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in table.items():
            found |= (
                walk(value, f"{prefix}{key}.")
                if isinstance(value, dict)
                else {prefix + key: str(value)}
            )
        return found

    return walk(tomllib.loads(PACKAGE.joinpath(name).read_text(encoding="utf-8")), "")


def braces(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_findings_with_the_same_braces() -> None:
    zh, en = flat("findings.zh.toml"), flat("findings.en.toml")
    free = {"field", "parcel_no"}
    assert {key: braces(sentence) - free for key, sentence in zh.items()} == {
        key: braces(sentence) - free for key, sentence in en.items()
    }


def test_both_languages_have_the_same_words() -> None:
    zh, en = flat("zh.toml"), flat("en.toml")
    # a milestone of an auction may be called as in a listing in one of them
    special = {
        key for key in zh.keys() | en.keys() if re.match(r"milestone\.(auction|tender)\.", key)
    }
    assert zh.keys() - special == en.keys() - special
    # what a date is written with is the language's own
    dates = {key for key in zh if key.startswith("time.") or key in ("picture.at", "picture.date")}
    plain = zh.keys() - special - dates
    assert {key: braces(zh[key]) for key in plain} == {key: braces(en[key]) for key in plain}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_has_a_name_in_the_field_has_one_in_the_catalogue(
    language: Language,
) -> None:
    known = words(language)
    for name in MilestoneName:
        for kind in Kind:
            assert milestone_name(name, language, kind)
    assert all(f"kind.{kind}" in known for kind in Kind)
    assert all(f"state.{state}" in known for state in OfferState)
    assert all(f"block.after.{state}" in known for state in OfferState)
    assert all(f"section.{kind}" in known for kind in ItemKind)
    assert {"test", "message"} <= {
        key.split(".")[1] for key in flat(f"{language}.toml") if key.startswith("alert.")
    }
    assert len(known("time.weekdays").split()) == 7


def test_a_tenders_milestones_have_the_tenders_names() -> None:
    assert milestone_name(MilestoneName.BIDDING_CLOSE) == "挂牌截止"
    assert milestone_name(MilestoneName.BIDDING_CLOSE, "zh", Kind.TENDER) == "投标截止"
    assert milestone_name(MilestoneName.AUCTION_START, "en", Kind.TENDER) == "Tender opening"
    assert milestone_name(MilestoneName.AUCTION_START, "zh", Kind.AUCTION) == "拍卖开始"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_every_finding_has_a_sentence_that_says_what_to_do(language: Language, code: Code) -> None:
    sentence = flat(f"findings.{language}.toml")[code]
    params = dict.fromkeys(braces(sentence) - {"field", "parcel_no"}, "12")
    text_shown = say(
        Finding(code=code, field="deposit_close", parcel_no="1号", params=params), language
    )
    assert "{" not in text_shown
    assert text_shown.endswith(("。", "."))


def test_a_finding_without_a_sentence_is_said_with_its_code_and_parameters() -> None:
    assert say(Finding(code="new-code", params={"text": "1日\n2日"})) == "new-code: text=1日 2日"
    assert say(Finding(code="new-code")) == "new-code"


def test_a_finding_that_lacks_a_parameter_is_said_with_those_it_has() -> None:
    assert (
        say(Finding(code=Code.DEPOSIT_TOO_LOW, params={"ratio": "10"}))
        == "deposit-too-low: ratio=10"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_what_a_finding_concludes_and_asks_for_is_never_cut_off(
    language: Language, code: Code
) -> None:
    """A message shows 160 characters of a sentence at most: what is cut is what it quotes."""
    sentence = flat(f"findings.{language}.toml")[code]
    quoted = [
        name
        for name in ("text", "words", "values", "quote", "columns")
        if f"{{{name}}}" in sentence
    ]
    params = dict.fromkeys(braces(sentence) - {"field", "parcel_no"}, "12") | dict.fromkeys(
        quoted, "长" * 200
    )
    shown = clip(
        say(Finding(code=code, field="deposit_close", parcel_no="1号", params=params), language),
        160,
    )
    text_shown = shown.partition("长")[0]
    asks = "请" if language == "zh" else "look|check|add|use a heading|find out|Ask|act by"
    assert not quoted or re.search(asks, text_shown), text_shown
    concluded = "未读入" if language == "zh" else "not read"
    assert concluded not in sentence or concluded in text_shown


def test_a_pair_of_times_in_one_cell_is_called_by_its_name() -> None:
    words = "expected an open and a close joined by 至"
    finding = Finding(
        code=Code.TIME_NOT_UNDERSTOOD, field="registration", params={"text": "下周", "words": words}
    )
    assert (
        say(finding)
        == "报名时间未读入，请看原文后补录：“下周”无法确定时间（应写成“开始 至 结束”）。"
    )


@pytest.mark.parametrize(
    "words",
    [
        "a .png file is neither a record nor a notice: expected one of .csv",
        "a .exe file is neither a record nor a notice: expected one of .csv",
        "it is empty", "it takes more than 30 seconds to read: split the file",
        "it needs too much memory to be read: split the file",
        "what it says takes more than 99 bytes: split the file",
        "it broke the program that reads files (SIGABRT): save its text or table as a new file",
        "the program ended twice while it read this file: save its text or table as a new file",
        "two people changed this file at once, and this is one of two versions: "
        "keep the right one, renamed",
        "its folder stands too deep: put it higher up",
        "this folder cannot be listed: Permission denied",
        "it is larger than 200 bytes: refused",
        "no column holds a deadline: expected one such as registration_close or "
        "报名截止时间 (found: 编号, 备注)",
        "it cannot be opened: Permission denied", "the file is damaged or encrypted: 1",
        "/l: another process keeps the ledger locked: database is locked", "/l: disk I/O error",
        "/l: this ledger cannot be opened: unable to open database file",
        "/l: the ledger's file was removed or replaced while in use: "
        "put it back (or restore a backup) and restart",
        "/l: the backup could not be written: No space left on device",
    ],
)  # fmt: skip
def test_what_people_commonly_see_of_a_refusal_is_said_in_chinese(words: str) -> None:
    text_shown = reason(words, "zh")
    assert not re.search(r"(?<![./a-z`_])[a-z]{2}(?![a-z]*_| template)", text_shown), text_shown
    assert reason(words, "en") == words


def test_what_a_finding_quotes_cannot_fill_in_other_braces() -> None:
    text_shown = say(
        Finding(
            code=Code.TIME_NOT_UNDERSTOOD,
            field="deposit_close",
            params={"text": "{field}", "words": "{0}"},
        )
    )
    assert "“{field}”" in text_shown
    assert "{0}" in text_shown


def test_a_field_is_called_by_its_name_or_else_as_it_is() -> None:
    assert field_name("start_price_wan") == "起始价（万元）"
    assert field_name("registration_close", "en") == "Registration closes"
    assert field_name("colour\u202e") == "colour"


def test_a_reason_of_the_reader_is_said_in_chinese_in_a_chinese_sentence() -> None:
    words = "2025-12-02 is no 星期三; expected a time such as 2024-11-14 17:00"
    finding = Finding(
        code=Code.TIME_NOT_UNDERSTOOD,
        severity=Severity.ERROR,
        params={"text": "12月2日", "words": words},
    )
    assert "（2025-12-02 不是星期三）" in say(finding, "zh")
    assert words in say(finding, "en")


def test_every_reason_that_the_time_reader_gives_is_known_in_chinese() -> None:
    for written in (
        "13月1日",
        "2025年13月1日",
        "2025年2月30日",
        "2025年2月3日25时",
        "3025年1月1日",
        "什么",
    ):
        with pytest.raises(TimeNotUnderstood) as caught:
            read_instant(written)
        finding = Finding(
            code=Code.TIME_NOT_UNDERSTOOD,
            severity=Severity.ERROR,
            params={"text": "", "words": str(caught.value)},
        )
        assert not re.search("[a-z]{2}", say(finding, "zh")), written
