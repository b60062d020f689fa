"""The lists of trading platforms, and JSON that is none of them or means harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import IntakeError
from notifier.intake.foreign_json import is_json, load_json
from notifier.intake.limits import Limits
from notifier.intake.links import PageLinks
from notifier.intake.page_links import page_links
from notifier.intake.platform_lists import platform_list
from tests import platforms

_SITE = "https://land.example.gov.cn"


def links_of(value: Any, path: str = "/api/list") -> PageLinks:
    return page_links(platforms.as_bytes(value), _SITE + path, Limits())


def national(*items: Any) -> dict[str, Any]:
    return {"code": 200, "data": {"list": list(items)}}


def item(guid: Any = "gygg-1", title: Any = "挂牌出让公告") -> dict[str, Any]:
    return {"gyggGuid": guid, "gyggBt": title}


@pytest.mark.parametrize(
    ("path", "body", "of_notice"),
    [
        (platforms.NATIONAL_LIST, platforms.national_list((1, 2)), platforms.national_path),
        (platforms.SISTER_LIST, platforms.sister_list((1, 2)), platforms.sister_path),
        (platforms.TRADING_LIST, platforms.trading_list((1, 2)), platforms.trading_path),
    ],
    ids=["national", "Jiangsu", "Zhejiang"],
)
def test_a_platform_lists_its_notices(path: str, body: bytes, of_notice: Any) -> None:
    found = page_links(body, (_SITE + path).partition("#")[0], Limits())
    assert found.is_list
    assert [(link.url, link.text) for link in found.entries] == [
        (_SITE + of_notice(notice), platforms.title_of(notice)) for notice in (1, 2)
    ]
    assert found.faults == ()


def test_a_list_is_known_by_its_fields_wherever_it_stands() -> None:
    found = page_links(
        platforms.trading_list((1,)), "https://b.example:8553/x/queryNoticeInfoList?a=b", Limits()
    )
    (link,) = found.entries
    assert link.url == (
        "https://b.example:8553/x/queryNoticeLandContentDetails?noticeId=G1&transactionMode=GP"
    )


def test_results_are_left_out_and_any_other_title_is_followed() -> None:
    value = national(item("a", "测试市某号地块"), item("b", "测试市挂牌出让成交公示"))
    found = links_of(value)
    assert [link.text for link in found.entries] == ["测试市某号地块"]
    assert links_of(national(item("b", "测试市挂牌出让成交公示"))).is_list


def test_a_notice_whose_way_of_offering_is_not_stated_is_followed() -> None:
    value = {"data": [{"GGID": "1", "GGMC": "补充公告", "JYFS": None}]}
    (link,) = links_of(value).entries
    assert link.url.endswith("?noticeId=1&transactionMode=")


@pytest.mark.parametrize(
    "odd",
    [
        item(guid=None),
        item(guid=["gygg-1"]),
        item(guid={"a": 1}),
        item(guid="../../private"),
        item(guid="a#b"),
        item(guid="x" * 200),
        item(guid=float("nan"), title=7),
        item(title=None),
        item(title=" "),
        item(title=["挂牌出让公告"]),
        "挂牌出让公告",
        None,
        [[[]]],
    ],
    ids=str,
)
def test_an_entry_that_names_no_notice_is_said_and_the_others_are_followed(odd: Any) -> None:
    found = links_of(national(odd, item("good")))
    assert [link.url for link in found.entries] == [f'{_SITE}/api/detail#{{"gyggGuid":"good"}}']
    assert len(found.faults) == 1


def test_more_entries_than_are_looked_at_are_said() -> None:
    found = links_of(national(*(item(f"g{number}") for number in range(501))))
    assert len(found.entries) == 500
    (fault,) = found.faults
    assert "500" in fault


def test_one_notice_is_listed_once() -> None:
    assert len(links_of(national(item(), item())).entries) == 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "list",
        [],
        {},
        {"code": 500, "msg": "系统繁忙"},
        {"data": None},
        {"data": {"list": {}}},
        {"data": {"list": []}},
        {"list": [{"id": 1, "title": "挂牌出让公告"}]},
        [item()],
    ],
    ids=str,
)
def test_other_json_is_no_list(value: Any) -> None:
    assert platform_list(value) is None
    assert not page_links(platforms.as_bytes(value), _SITE, Limits()).is_list


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"data":' * 5_000 + "1" + "}" * 5_000,
        '{"data":{"list":[{"gyggGuid":' + "9" * 5_000 + "}]}}",
        '{"data":{"list":[{"gyggGuid":"a","gyggGuid":"b","gyggBt":"c"}]}}',
        '{"data":',
        '{"data":{"list":[]}} trailing',
        '{"a":"\x00"}',
    ],
    ids=["deep list", "deep object", "huge number", "a key twice", "cut", "more behind it", "nul"],
)
def test_json_that_cannot_be_taken_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(IntakeError):
        page_links(text.encode(), _SITE, Limits())


def test_numbers_are_kept_as_they_are_written() -> None:
    text = b'\xef\xbb\xbf {"a": 1e999, "b": 0.10, "c": NaN, "d": -Infinity, "e": 7}'
    assert is_json(text)
    assert load_json(text) == {"a": "1e999", "b": "0.10", "c": "NaN", "d": "-Infinity", "e": 7}


@pytest.mark.parametrize(
    "text", ["[2031]7号公告", "[a]", "{注}", "{{title}}", "<html>", "", "7", "【公告】"]
)
def test_a_text_in_brackets_is_no_json(text: str) -> None:
    assert not is_json(text.encode())


@pytest.mark.parametrize("text", ['{"a":1}', ' \n{ "a":1}', "{}", "[]", '["a"]', "[ [1]]", '[{"a"'])
def test_json_is_known_by_its_beginning(text: str) -> None:
    assert is_json(text.encode())


def test_an_answer_in_gb18030_is_read() -> None:
    assert load_json('{"a":"挂牌出让公告"}'.encode("gb18030")) == {"a": "挂牌出让公告"}


_NAMES = st.sampled_from(["data", "list", "gyggGuid", "gyggBt", "GGID", "GGMC", "JYFS", "x"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_no_json_breaks_the_reader_of_lists(value: Any) -> None:
    found = page_links(
        b"{}" if value is None else platforms.as_bytes({"data": value}), _SITE, Limits()
    )
    assert all(link.url.startswith(_SITE) for link in found.entries)
