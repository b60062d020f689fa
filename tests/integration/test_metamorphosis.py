"""The facts of a real notice, printed anew in another layout, are never read to other times in
silence."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench import damage, metamorphosis
from bench.papers import read_paper
from notifier.domain.values import MilestoneName
from tests.papers.formats import FORMATS
from tests.papers.layouts import LAYOUTS, Layout, fits
from tests.papers.offers import MadeOffer
from tests.papers.real_offers import offer_of
from tests.papers.scoring import Mark, score

_SILENT = {Mark.WRONG_SILENT, Mark.INVENTED, Mark.ABSENT_SILENT}


def _parcel(number: str | None, **facts: Any) -> dict[str, Any]:
    return {"parcel_no": number, "location": "人民路以东", "area_m2": 5947.96, **facts}


_TRUTHS: dict[str, dict[str, Any]] = {
    "days of a registration": {
        "kind": "listing",
        "parcels": [
            _parcel(
                f"KG-{number}",
                registration_open="2023-04-03",
                registration_close="2023-04-21",
                deposit_close="2023-04-21T16:00",
                bidding_open="2023-04-12",
                bidding_close="2023-04-24T10:00",
            )
            for number in (7, 8)
        ],
    },
    "closes of their own": {
        "kind": "listing",
        "parcels": [
            _parcel(f"G25-0{number}", deposit_wan=310.5, bidding_close=f"2025-03-0{number}T15:30")
            for number in (3, 4, 5)
        ],
    },
    "an auction alone": {
        "kind": "auction",
        "notice_no": "东自然资告字〔2024〕9号",
        "parcels": [_parcel("东储出[2024]9号", auction_start="2024-12-05T09:30")],
    },
}


def _offer(name: str) -> MadeOffer:
    offer = offer_of(_TRUTHS[name])
    assert offer is not None
    return offer


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", _TRUTHS)
def test_facts_printed_in_another_layout_are_read_to_no_other_time_in_silence(
    name: str, layout: Layout
) -> None:
    offer = _offer(name)
    assert fits(layout, offer)
    random = Random(f"{name} {layout.__name__}")
    for write in FORMATS:
        found = score(offer.lots, read_paper(*write(layout(offer, random))))
        assert not _SILENT & found.keys(), write.__name__


def test_an_offer_states_only_what_all_parcels_state() -> None:
    truth = json.loads(json.dumps(_TRUTHS["closes of their own"]))
    truth["parcels"][0]["registration_close"] = "2025-02-27T16:00"
    truth["parcels"][1]["deposit_wan"] = None
    offer = offer_of(truth)
    assert offer is not None
    assert [list(lot.times) for lot in offer.lots] == [[MilestoneName.BIDDING_CLOSE]] * 3
    assert {"deposit", "price", "use"} <= offer.left_out
    assert "area" not in offer.left_out


def test_an_hour_inferred_on_a_day_without_one_is_right_and_another_day_is_not() -> None:
    lots = _offer("days of a registration").lots
    paper = "甲市国有建设用地使用权挂牌出让公告\nKG-7、KG-8地块报名时间：2023年4月3日至{}。"
    found = score(lots, read_paper("notice.txt", paper.format("2023年4月21日").encode()))
    other = score(lots, read_paper("notice.txt", paper.format("2023年4月22日").encode()))
    assert found[Mark.RIGHT] == other[Mark.RIGHT] + 2
    assert other[Mark.WRONG_SILENT] == 2


_CLOSE = {"bidding_close": "2025-03-04T15:30"}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "result"},
        {"parcels": []},
        {"parcels": [_parcel(None, **_CLOSE)]},
        {"parcels": [_parcel("A-1", **_CLOSE), _parcel("A-1", **_CLOSE)]},
        {"parcels": [_parcel("A-1")]},
    ],
)
def test_a_truth_without_an_offer_to_print_gives_none(change: dict[str, Any]) -> None:
    assert offer_of(_TRUTHS["closes of their own"] | change) is None


def test_the_bench_counts_the_papers_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, truth in enumerate(_TRUTHS.values()):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "truth.json").write_text(json.dumps(truth), "utf-8")
    monkeypatch.setattr("sys.argv", ["metamorphosis", str(tmp_path)])
    metamorphosis.main()
    printed = capsys.readouterr().out
    assert printed.startswith("3 real notices, 3 with numbered parcels")
    assert f"{3 * len(LAYOUTS)} papers" in printed
    assert "other 0" in printed


def test_the_bench_of_damage_counts_as_many_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = ["--notices", "20", "--further", "20", "--sheets", "14"]
    monkeypatch.setattr("sys.argv", ["damage", *counts, str(tmp_path)])
    damage.main()
    printed = capsys.readouterr().out
    assert "20 damaged notices: " in printed
    assert "14 sheets: 0 silently different" in printed
