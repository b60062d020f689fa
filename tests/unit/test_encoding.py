"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import IntakeError
from notifier.intake.encoding import decode

_NOTICE = "挂牌截止时间：2024年11月14日17:00，地块编号示政储出[2024]1号。" * 10


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb2312", "gb18030"])
@pytest.mark.parametrize("declared", ["", "utf-8", "gb2312", "iso-8859-1"])
def test_chinese_text_reads_whatever_the_file_says_of_itself(encoding: str, declared: str) -> None:
    assert decode(_NOTICE.encode(encoding), declared) == _NOTICE


def test_big5_is_read_where_the_page_declares_it() -> None:
    text = "掛牌截止時間：二○二四年十一月十四日，地塊編號。"
    assert decode(text.encode("big5"), "Big5") == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_damaged_byte_costs_one_character_not_the_file(encoding: str) -> None:
    data = _NOTICE.encode(encoding)
    for damaged in (data[:-1], data[:50] + b"\xff" + data[50:]):
        text = decode(damaged)
        assert "�" in text
        assert text.count("14日17:00") >= 9


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(128, 256)) * 3]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(IntakeError, match="no text"):
        decode(data)


@given(
    text=st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=200
    )
)
def test_any_text_in_utf_8_reads_back_as_itself(text: str) -> None:
    assert decode(text.encode("utf-8")) == text
