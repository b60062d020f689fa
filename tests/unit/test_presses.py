"""Buttons in whose place stands what was answered."""

from __future__ import annotations

from notifier.domain.drafts import Button
from notifier.domain.presses import Reaction, relabelled, row_labels

_ROWS = (
    (Button("已办 1号", "a"), Button("不参与 1号", "b")),
    (Button("处理中 1号", "c"),),
    (Button("已办 2号", "d"), Button("不参与 2号", "e")),
)


def test_the_label_stands_once_in_the_place_of_the_first_row_that_is_spent() -> None:
    reaction = Reaction(words="", label="✔ 张三", spent=frozenset("abc"))
    rows = relabelled(_ROWS, reaction)
    assert row_labels(rows) == ("✔ 张三", "已办 2号 | 不参与 2号")
    assert rows[0][0].key == "a"
    assert relabelled(rows, reaction) == rows


def test_a_row_of_which_one_is_spent_keeps_the_other_below_the_label() -> None:
    rows = relabelled(_ROWS, Reaction(words="", label="x", spent=frozenset("e")))
    assert row_labels(rows)[2:] == ("x", "已办 2号")


def test_without_a_label_or_spent_buttons_nothing_changes() -> None:
    assert relabelled(_ROWS, Reaction(words="w", spent=frozenset("ab"))) == _ROWS
    assert relabelled(_ROWS, Reaction(words="w", label="x", spent=frozenset("z"))) == _ROWS
