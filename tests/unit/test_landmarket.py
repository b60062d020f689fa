"""The land-market site's JSON, in payloads of our own."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.values import MilestoneName, Notice
from notifier.errors import IntakeError
from notifier.intake import read_bytes, read_data
from notifier.intake.limits import Limits
from notifier.testing import shanghai_time

_OPEN, _CLOSE = shanghai_time("2024-11-05 09:00"), shanghai_time("2024-11-15 09:00")
_HTML = (
    "<p>测试自然资源局公告，编号测土告〔2024〕7号。</p><table><tr><td>地块编号</td><td>挂牌截止时间</td></tr>"
    "<tr><td>测2024-7号</td><td>{close}</td></tr></table>"
)


def _payload(close: str = "2024年11月15日9:00", **row: Any) -> dict[str, Any]:
    fields = {
        "zdBh": "测2024-7号", "zdZl": "试验路1号", "mj": 15000, "tdYt": "住宅用地", "qsj": 99000,
        "crBzj": 19800,
        "minRjl": 1.0, "maxRjl": 2.2, "gpSjS": int(_OPEN.timestamp() * 1000),
        "gpSjE": "2024-11-15 09:00:00",
    }  # fmt: skip
    data = {
        "gyggBt": "国有建设用地使用权挂牌出让公告",
        "city": "测试市",
        "gyggNr": _HTML.format(close=close),
    }
    return {"code": 200, "data": data, "relate": [fields | row]}


def _read(folder: Path, payload: dict[str, Any]) -> Notice:
    file = folder / "answer.json"
    file.write_text(json.dumps(payload, ensure_ascii=False), encoding="utf-8")
    (notice,) = read_data(file.name, read_bytes(file, Limits()), Limits())
    return notice


def test_fields_and_text_make_one_parcel(tmp_path: Path) -> None:
    notice = _read(tmp_path, _payload())
    (parcel,) = notice.parcels
    assert (notice.city, notice.kind.value, notice.file) == ("测试", "listing", "answer.json")
    assert (parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan) == (
        Decimal(15000),
        Decimal(99000),
        Decimal(19800),
    )
    assert (parcel.location, parcel.use, parcel.far) == ("试验路1号", "住宅用地", "1.0-2.2")
    assert parcel.milestones[MilestoneName.BIDDING_OPEN].at == _OPEN
    assert parcel.milestones[MilestoneName.BIDDING_CLOSE].at == _CLOSE


def test_fields_without_a_text_are_read(tmp_path: Path) -> None:
    payload = _payload()
    del payload["data"]["gyggNr"]
    notice = _read(tmp_path, payload)
    (parcel,) = notice.parcels
    assert (notice.kind.value, parcel.parcel_no) == ("listing", "测2024-7号")
    assert parcel.milestones[MilestoneName.BIDDING_CLOSE].at == _CLOSE


def test_where_field_and_text_disagree_neither_is_taken_and_both_are_named(tmp_path: Path) -> None:
    notice = _read(tmp_path, _payload(close="2024年11月16日10:00"))
    (parcel,) = notice.parcels
    assert MilestoneName.BIDDING_CLOSE not in parcel.milestones
    (finding,) = [finding for finding in notice.findings if finding.code == "places-disagree"]
    assert finding.params["values"] == "2024-11-16 10:00 / 2024-11-15 09:00"


def test_a_time_that_is_none_is_reported(tmp_path: Path) -> None:
    notice = _read(tmp_path, _payload(gpSjS="soon"))
    assert MilestoneName.BIDDING_OPEN not in notice.parcels[0].milestones
    assert [
        finding.field for finding in notice.findings if finding.code == "time-not-understood"
    ] == ["bidding_open"]


def test_a_supplement_of_the_sister_site_names_the_earlier_notice(tmp_path: Path) -> None:
    affiche = {
        "afficheNo": "测补〔2024〕1号", "afficheName": "国有建设用地使用权挂牌出让延期公告",
        "oldGyggGuid": "guid-1",
        "afficheDate": int(_OPEN.timestamp() * 1000),
        "remiseBulletin": "<p>挂牌截止时间延期至2024年11月20日10:00。</p>",
    }  # fmt: skip
    notice = _read(tmp_path, {"affiche": affiche, "parcelList": []})
    assert notice.kind.value == "postponement"
    assert notice.refers_to
    assert str(notice.published) == "2024-11-05"


def _codes(notice: Notice) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in notice.findings]


def test_an_amount_that_is_none_is_reported_and_an_empty_one_is_not(tmp_path: Path) -> None:
    notice = _read(tmp_path, _payload(mj=float("nan"), qsj="1e9", crBzj=0))
    (parcel,) = notice.parcels
    assert (parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan) == (None, None, None)
    assert [field for code, field in _codes(notice) if code == "amount-not-understood"] == [
        "area_m2",
        "start_price_wan",
    ]


@pytest.mark.parametrize("rows", [{}, "none", [None], [{"mj": 5}], [{"zdBh": ["测2024-7号"]}]])
def test_rows_without_a_number_are_reported(tmp_path: Path, rows: Any) -> None:
    notice = _read(tmp_path, _payload() | {"relate": rows})
    assert [parcel.parcel_no for parcel in notice.parcels] == ["测2024-7号"]
    assert ("parcel-without-number", "parcel_no") in _codes(notice)


@pytest.mark.parametrize(
    "time", [int(_OPEN.timestamp()), 10**17, "9" * 13, [1], {"a": 1}, 1.7e12], ids=str
)
def test_a_time_far_from_now_or_of_no_kind_is_reported(tmp_path: Path, time: Any) -> None:
    notice = _read(tmp_path, _payload(gpSjS=time))
    assert MilestoneName.BIDDING_OPEN not in notice.parcels[0].milestones
    assert ("time-not-understood", "bidding_open") in _codes(notice)


def test_values_of_the_wrong_kind_are_no_words_of_the_notice(tmp_path: Path) -> None:
    payload = _payload(zdZl=["x"], tdYt={"a": 1}, minRjl=[1], maxRjl=True)
    payload["data"] |= {"gyggBt": ["x"], "city": {"a": 1}}
    notice = _read(tmp_path, payload)
    (parcel,) = notice.parcels
    assert (parcel.location, parcel.use, parcel.far, notice.city) == ("", "", "", "")


def _sister_payload(**row: Any) -> dict[str, Any]:
    affiche = {
        "afficheNo": "测土告〔2024〕7号",
        "afficheName": "国有建设用地使用权挂牌出让公告",
        "remiseBulletin": _HTML.format(close="2024年11月15日9:00"),
    }
    fields = {
        "dkBh": "测2024-7号", "parcelNo": "7", "landPosition": "试验路1号", "remiseArea": 15000.5,
        "startPrice": 99000, "bail": "19800", "tdYt": "住宅用地",
        "bidStarttime": int(_OPEN.timestamp() * 1000), "bidEndtime": int(_CLOSE.timestamp() * 1000),
    }  # fmt: skip
    return {"affiche": affiche, "parcelList": [fields | row]}


@pytest.mark.parametrize(
    "numbers",
    [{"dkBh": "测2024-7号", "parcelNo": "7"}, {"dkBh": "7", "parcelNo": "测2024-7号"}],
)
def test_the_rows_of_the_sister_site_are_joined_by_the_number_that_its_text_has(
    tmp_path: Path, numbers: dict[str, str]
) -> None:
    notice = _read(tmp_path, _sister_payload(**numbers))
    (parcel,) = notice.parcels
    assert (parcel.parcel_no, parcel.location, parcel.use) == (
        "测2024-7号",
        "试验路1号",
        "住宅用地",
    )
    assert (parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan) == (
        Decimal("15000.5"),
        Decimal(99000),
        Decimal(19800),
    )
    assert parcel.milestones[MilestoneName.BIDDING_OPEN].at == _OPEN
    assert parcel.milestones[MilestoneName.BIDDING_CLOSE].at == _CLOSE


def test_the_rows_of_the_sister_site_are_read_without_a_text(tmp_path: Path) -> None:
    payload = _sister_payload()
    del payload["affiche"]["remiseBulletin"]
    notice = _read(tmp_path, payload)
    (parcel,) = notice.parcels
    assert (notice.kind.value, parcel.parcel_no) == ("listing", "测2024-7号")
    assert parcel.milestones[MilestoneName.BIDDING_CLOSE].at == _CLOSE


def test_a_row_of_the_sister_site_that_differs_from_its_text_settles_nothing(
    tmp_path: Path,
) -> None:
    notice = _read(tmp_path, _sister_payload(bidEndtime="2024-11-16 09:00:00"))
    assert MilestoneName.BIDDING_CLOSE not in notice.parcels[0].milestones
    assert ("places-disagree", "bidding_close") in _codes(notice)


@pytest.mark.parametrize("is_escaped", [True, False])
@pytest.mark.parametrize("key", ["queryNoticeContent", "data"])
def test_a_notice_of_the_trading_system_is_read(
    tmp_path: Path, key: str, *, is_escaped: bool
) -> None:
    html = "<h1>国有建设用地使用权挂牌出让公告</h1>" + _HTML.format(close="2024年11月15日9:00")
    content = {"GGNR": escape(html) if is_escaped else html, "GGFBSJ": "2024-10-20 08:00:00"}
    notice = _read(tmp_path, {key: content})
    assert (notice.kind.value, str(notice.published)) == ("listing", "2024-10-20")
    (parcel,) = notice.parcels
    assert parcel.parcel_no == "测2024-7号"
    assert parcel.milestones[MilestoneName.BIDDING_CLOSE].at == _CLOSE


def test_its_notice_whose_title_stands_aside_is_read(tmp_path: Path) -> None:
    content = {
        "GGMC": "国有建设用地使用权挂牌出让公告",
        "GGNR": _HTML.format(close="2024年11月15日9:00"),
    }
    assert _read(tmp_path, {"queryNoticeContent": content}).kind.value == "listing"


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(_payload(), ensure_ascii=False).replace('"mj":', '"mj": 5, "mj":')
    with pytest.raises(IntakeError, match="stands twice"):
        read_data("answer.json", text.encode(), Limits())


_KEYS = st.sampled_from(
    ["data", "relate", "affiche", "parcelList", "queryNoticeContent", "gyggNr", "gyggBt", "GGNR",
     "remiseBulletin", "zdBh", "dkBh", "mj", "gpSjE", "qsj", "bidEndtime"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(_KEYS, _JSON, max_size=4))
def test_no_json_breaks_the_reader_of_notices(value: dict[str, Any]) -> None:
    with suppress(IntakeError):
        read_data("answer.json", json.dumps(value).encode(), Limits())
