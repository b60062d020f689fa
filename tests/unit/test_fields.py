"""The table of fields and the table of milestones are the one place where a field or a milestone is
declared."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from notifier.domain.drafts import Language
from notifier.domain.plain import parcel_from_plain, parcel_to_plain
from notifier.domain.values import (
    MILESTONES,
    NOTICE_FIELDS,
    PARCEL_FIELDS,
    WINDOW_ENDS,
    MilestoneName,
    Window,
)
from notifier.intake.headings import field_of, vocabulary
from notifier.messages.catalogue import milestone_typed, words
from notifier.testing import a_parcel

PACKAGE = Path(__file__).resolve().parents[2] / "notifier"
LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_words(language: Language) -> None:
    entries = words(language)
    for field in (*PARCEL_FIELDS, *NOTICE_FIELDS):
        assert f"field.{field.name}" in entries
        assert field.group is None or f"fact.{field.name}" in entries


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_milestone_has_its_words(language: Language) -> None:
    for name in MilestoneName:
        assert f"milestone.{name}" in words(language)
        assert milestone_typed(words(language)(f"milestone.{name}")) is name


@pytest.mark.parametrize(
    "field", [*(field.name for field in (*PARCEL_FIELDS, *NOTICE_FIELDS)), *MilestoneName]
)
def test_every_field_and_milestone_can_be_the_heading_of_a_column(field: str) -> None:
    assert field_of(field) == field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("本宗土地净用地面积(平方米)", "area_m2"),
        ("挂牌出让地块起始总价", "start_price_wan"),
        ("国有建设用地使用权竞买保证金", "deposit_wan"),
        ("土地坐落", "location"),
        ("挂牌地址", None),
        ("竞买人", None),
        ("挂牌出让", None),
    ],
)
def test_a_heading_is_known_behind_the_words_that_say_whose_it_is(
    heading: str, field: str | None
) -> None:
    assert field_of(heading) == field


def test_every_milestone_has_its_row_and_every_full_window_both_ends() -> None:
    assert tuple(MILESTONES) == tuple(MilestoneName)
    assert set(WINDOW_ENDS) == {Window.REGISTRATION, Window.BIDDING}
    for window, (opens, closes) in WINDOW_ENDS.items():
        assert (opens, closes) == (f"{window}_open", f"{window}_close")


def test_every_field_of_a_parcel_survives_its_way_through_json() -> None:
    parcel = a_parcel()
    assert parcel_from_plain(parcel_to_plain(parcel)) == parcel


def test_no_module_takes_the_name_of_a_milestone_apart() -> None:
    """A milestone's window and end are looked up in the table, not cut out of its name."""
    cut = ["split", "partition", "rpartition", "removesuffix"]
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in cut
            ):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                assert not {"_", "_open", "_close", "_start"} & set(texts), module


def test_no_module_outside_the_reader_lists_the_figures_of_a_parcel() -> None:
    """Two figures named in one tuple or set are a second table of fields."""
    figures = {field.name for field in PARCEL_FIELDS if field.is_number}
    for module in PACKAGE.rglob("*.py"):
        if "notice" in module.parent.parts:
            continue  # the reader of notices says how each figure looks in a text
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                named = {each.value for each in node.elts if isinstance(each, ast.Constant)}
                assert len(named & figures) < 2, module


def test_headings_have_no_field_that_is_not_in_the_tables() -> None:
    known = {field.name for field in (*PARCEL_FIELDS, *NOTICE_FIELDS)} | set(MilestoneName)
    known |= {window.value for window in WINDOW_ENDS} | {"parcel_name", "ignored", "answer"}
    assert set(vocabulary().values()) <= known
