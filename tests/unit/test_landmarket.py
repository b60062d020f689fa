"""The land-market site's JSON, in payloads of our own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from notifier.domain.values import MilestoneName, Notice
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
