"""Text from outside, made harmless."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.messages.clean import clip, harmless, tidy

ANY = st.text(st.characters())  # half surrogate pairs and control characters too


@given(ANY, st.integers(1, 40))
def test_any_text_becomes_one_short_line_that_can_be_encoded(text: str, most: int) -> None:
    for clean in (tidy, harmless):
        cleaned = clean(text, most)
        assert len(cleaned) <= most
        assert cleaned.isprintable()
        cleaned.encode()


@given(st.text(st.sampled_from("a地@< >all/b!?[](x)＠"), max_size=30))
def test_no_mention_tag_or_link_is_left(text: str) -> None:
    cleaned = harmless(text, 200)
    assert not re.search(r"<[A-Za-z/!?@]", cleaned)
    assert not re.search(r"(?<![A-Za-z0-9._-])@", cleaned)
    assert "](" not in cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("上城区  测试路\r\n12号", "上城区 测试路 12号"),
        ("容积率<2.2", "容积率<2.2"),
        ("A≤2.2", "A≤2.2"),
        ("land@example.com", "land@example.com"),
        ("<@all>地块", "＜＠all>地块"),
        ("@all", "＠all"),
        ("<b>急</b>", "＜b>急＜/b>"),
        ("[点此](http://evil.example)", "[点此] (http://evil.example)"),
        ("出[2024]1号", "出[2024]1号"),
        ("左\u202e右\u200b中", "左右中"),
    ],
)
def test_what_is_harmless_stays_and_what_is_not_stays_readable(text: str, cleaned: str) -> None:
    assert harmless(text, 100) == cleaned


def test_what_is_too_long_ends_in_an_ellipsis_and_keeps_its_accents_together() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abc", 3) == "abc"
    assert clip("abe\u0301d", 4) == "ab…"
