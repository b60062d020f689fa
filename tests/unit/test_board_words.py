"""Every word of the pages is there in both languages, and every word that a template asks for
exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import notifier.web
from notifier.messages.catalogue import _flat, _read
from notifier.web.wording import _entries, page_words
from tests.english import english_in

_TEMPLATES = sorted((Path(notifier.web.__file__).parent / "templates").glob("*.html"))


def test_both_languages_have_the_same_words_with_the_same_parameters() -> None:
    chinese, english = _entries("zh"), _entries("en")
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


def test_no_english_stands_in_a_chinese_page() -> None:
    allowed = {"site.other_language", "site.other_language_code"}
    found = {}
    for key, text in _entries("zh").items():
        words = english_in(re.sub(r"\{\w+\}", "甲1", text))
        if words and key not in allowed:
            found[key] = words
    assert found == {}


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda path: path.name)
def test_every_word_that_a_template_asks_for_is_known(template: Path) -> None:
    text = template.read_text("utf-8")
    keys = re.findall(r"say\(['\"]([\w.]+)['\"](?! [+~])", text)
    assert [key for key in keys if key not in page_words("zh")] == []
    prefixes = re.findall(r"say\(['\"]([\w.]+)['\"] [+~]", text)
    assert [
        prefix for prefix in prefixes if not any(key.startswith(prefix) for key in _known())
    ] == []


def _known() -> list[str]:
    return [*_entries("zh"), *(key for key, _ in _flat(_read("zh.toml")))]
