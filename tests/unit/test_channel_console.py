"""The console as a channel."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper

from notifier.channels import open_channel
from notifier.domain.drafts import Form
from notifier.domain.outcomes import Outcome, Verdict
from notifier.testing import a_message


def test_a_message_is_shown_whole_with_whom_it_is_for() -> None:
    stream = StringIO()
    channel = open_channel("console", "console://", stream=stream)
    assert channel.form is Form.TEXT
    assert channel.send(a_message(text="第一行\n第二行"), "张三") == Outcome(verdict=Verdict.SENT)
    assert stream.getvalue() == "\n  +-- console -> 张三\n  | 第一行\n  | 第二行\n  +--\n\n"


def test_a_console_that_is_gone_is_tried_again() -> None:
    stream = StringIO()
    stream.close()
    assert (
        open_channel("console", "console://", stream=stream).send(a_message()).verdict
        is Verdict.RETRY
    )


def test_a_console_that_knows_no_chinese_is_no_place_for_a_message() -> None:
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    assert (
        open_channel("console", "console://", stream=stream).send(a_message()).verdict
        is Verdict.RETRY
    )
