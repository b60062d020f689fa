"""What operators and recipients are told besides reminders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.domain.drafts import DraftKind, Form, Language
from notifier.messages.render import Renderer
from notifier.testing import FORMS
from tests.drafts import a_draft

RENDERER = Renderer()


def alert(code: str, form: Form = Form.TEXT, language: Language = "zh", **params: str) -> str:
    draft = a_draft(kind=DraftKind.ALERT, alert=code, params=params, language=language)
    return RENDERER.render(draft, form).text


def test_an_alert_has_a_title_and_a_sentence_that_says_what_to_do() -> None:
    text = alert(
        "channel-down",
        channel="wecom",
        words="errcode 45009",
        since="2024-11-14 13:40",
        failures="3",
    )
    assert text.splitlines() == [
        "渠道 wecom 发送失败",
        "渠道 wecom 发送失败：errcode 45009。请检查该渠道的设置和网络。",
        "自 2024-11-14 13:40 起连续发送失败 3 次；会继续重试，恢复后另行通知。",
    ]
    assert alert("channel-works", language="en", channel="wecom").startswith(
        "Channel wecom works again\n"
    )


def test_an_alert_says_of_those_concerned_only_what_is_true() -> None:
    alone = alert("channel-down", channel="wecom", words="x", fallback="", alone="张三")
    assert "备用" not in alone
    assert alone.endswith("收不到消息的：张三，请另行通知。")
    assert "team → sms" in alert(
        "channel-down", channel="wecom", words="x", fallback="team → sms", alone=""
    )


@pytest.mark.parametrize(("language", "title"), [("zh", "通知"), ("en", "Notice")])
def test_a_message_of_free_text_is_said_as_it_is(language: Language, title: str) -> None:
    assert alert("message", language=language, text="今晚停机维护") == f"{title}\n今晚停机维护"


def test_a_list_keeps_its_lines_and_says_where_it_is_cut() -> None:
    text = alert("file-errors", file="a.csv", words="a.csv:2: 时间\na.csv:3: 金额")
    assert text.endswith("\na.csv:2: 时间\na.csv:3: 金额")
    long = alert("file-errors", file="a.csv", words="\n".join(f"a.csv:{n}" for n in range(30)))
    assert long.endswith("\na.csv:19\n…")


def test_a_reason_is_said_in_the_recipients_language() -> None:
    words = "a .png file is neither a record nor a notice: expected one of .csv"
    assert (
        "a.png 未读入：不读 .png 文件，请另存为 .docx、.pdf（带文字）或 .xlsx 后重新放入"
        in alert("file-refused", file="a.png", words=words)
    )
    assert words in alert("file-refused", language="en", file="a.png", words=words)


def test_a_kind_of_notice_is_said_in_the_recipients_language() -> None:
    params = {"kind": "postponement", "title": "公告", "file": "a.md", "names": "R1号"}
    draft = a_draft(kind=DraftKind.ALERT, alert="unmatched-change", params=params)
    assert RENDERER.render(draft, Form.TEXT).title == "延期公告未能对应到已知地块"
    assert (
        RENDERER.render(replace(draft, language="en"), Form.TEXT).title
        == "A notice (Postponed) fits no known parcel"
    )


def test_an_alert_without_a_sentence_or_a_parameter_is_said_with_what_it_has() -> None:
    assert alert("brand-new", words="a") == "通知：brand-new\nbrand-new：words=a"
    assert alert("channel-down", channel="wecom").endswith("\nchannel-down：channel=wecom")


@pytest.mark.parametrize("form", FORMS)
def test_what_an_alert_quotes_mentions_nobody_and_is_no_markup(form: Form) -> None:
    draft = a_draft(
        kind=DraftKind.ALERT, alert="message", params={"text": "<@all> @all <b>x</b> {file}"}
    )
    message = RENDERER.render(draft, form)
    shown = message.html or message.text
    assert "<@all>" not in shown
    assert "<b>x" not in shown
    assert "{file}" in shown


@pytest.mark.parametrize("form", FORMS)
def test_an_alert_is_cut_rather_than_too_long_for_its_channel(form: Form) -> None:
    draft = a_draft(
        kind=DraftKind.ALERT,
        alert="file-errors",
        params={"file": "长" * 300, "words": "错误" * 900 + "\n" * 90},
    )
    message = RENDERER.render(draft, form)
    assert form is not Form.WECOM or len(message.text.encode()) <= 2048
    assert form is not Form.TELEGRAM or len(message.html) <= 4096
    assert RENDERER.split(draft, form) == [draft]
