"""Spreadsheets as people keep them: what a column means, what a row offers, what is said of
both."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, Notice, Severity
from notifier.errors import IntakeError
from notifier.intake.limits import Limits
from notifier.intake.records import read_records


def read(text: str) -> list[Notice]:
    return read_records(Path("parcels.csv"), text.strip().encode(), Limits())


def times(notice: Notice) -> list[tuple[str, dict[str, str]]]:
    return [
        (
            parcel.parcel_no,
            {
                name.value: f"{shanghai(milestone.at):%m-%d %H:%M}"
                for name, milestone in parcel.milestones.items()
            },
        )
        for parcel in notice.parcels
    ]


def found(notice: Notice, code: Code) -> list[tuple[Severity, dict[str, str]]]:
    return [
        (finding.severity, dict(finding.params))
        for finding in notice.findings
        if finding.code is code
    ]


def test_a_column_of_deadlines_under_an_unknown_heading_is_an_error_that_names_it() -> None:
    (notice,) = read("地块编号,报名截至曰期,挂牌截止时间\nJ1,2026-01-02 17:00,2026-01-05 10:00")
    ((severity, params),) = found(notice, Code.TIME_COLUMN_NOT_KNOWN)
    assert severity is Severity.ERROR
    assert params == {"column": "报名截至曰期", "text": "2026-01-02 17:00"}


@pytest.mark.parametrize(
    ("heading", "severity"),
    [
        ("初审意见", None),
        ("更新于", Severity.WARNING),
        # the file says when bidding ends: nothing need be missing
        ("挂牌公示时间", Severity.WARNING),
        ("最后截止", Severity.ERROR),
        ("保函提交期限", Severity.ERROR),
        ("registration may end", Severity.ERROR),
    ],
)
def test_how_loud_an_unknown_column_is_depends_on_what_it_may_hide(
    heading: str, severity: Severity | None
) -> None:
    value = "同意" if severity is None else "2026-01-03"
    (notice,) = read(f"地块编号,{heading},挂牌截止时间\nJ1,{value},2026-01-05 10:00")
    assert [severity_found for severity_found, _ in found(notice, Code.TIME_COLUMN_NOT_KNOWN)] == (
        [severity] if severity else []
    )


def test_the_sum_of_a_deposit_gives_no_deadline_for_an_unknown_column_about_its_time() -> None:
    (notice,) = read(
        "地块编号,竞买保证金,保函提交期限,挂牌截止时间\nJ1,200,2026-01-03,2026-01-05 10:00"
    )
    assert [severity for severity, _ in found(notice, Code.TIME_COLUMN_NOT_KNOWN)] == [
        Severity.ERROR
    ]


def test_every_notice_of_the_file_is_told_of_the_column_that_its_rows_fill() -> None:
    first, other, third = read(
        "公告号,地块编号,最后截止,挂牌截止时间\nN1,J1,2026-01-03,2026-01-05 10:00\n"
        "N2,J2,2026-01-03,2026-01-05 10:00\nN3,J3,,2026-01-05 10:00"
    )
    assert found(first, Code.TIME_COLUMN_NOT_KNOWN)
    assert found(other, Code.TIME_COLUMN_NOT_KNOWN)
    assert not found(third, Code.TIME_COLUMN_NOT_KNOWN)


@pytest.mark.parametrize(
    "heading", ["报名截至日期", "报名截止日期", "报名截至时间", "竞买申请截止日期"]
)
def test_close_spellings_of_a_deadline_are_the_deadline(heading: str) -> None:
    (notice,) = read(f"地块编号,{heading}\nJ1,2026-01-02 17:00")
    assert times(notice) == [("J1", {"registration_close": "01-02 17:00"})]


def test_each_row_keeps_its_own_kind() -> None:
    notices = read(
        "地块编号,出让方式,挂牌截止时间,拍卖时间\nJ1,挂牌,2026-01-02 17:00,\n"
        "J2,拍卖,,2026-01-05 10:00\n"
        "J3,招标,2026-01-02 17:00,\nJ4,挂牌,2026-01-02 17:00,"
    )
    assert [
        (notice.kind, [parcel.parcel_no for parcel in notice.parcels]) for notice in notices
    ] == [
        (Kind.LISTING, ["J1", "J4"]),
        (Kind.AUCTION, ["J2"]),
        (Kind.TENDER, ["J3"]),
    ]
    assert [notice.part for notice in notices] == [
        "",
        "auction",
        "tender",
    ]  # what is stored of a file of one kind stays


def test_what_is_done_to_an_offer_is_no_offer() -> None:
    offer, change = read(
        "地块编号,出让方式,挂牌截止时间\nJ1,挂牌,2026-01-02 17:00\nJ1,挂牌延期,2026-01-09 17:00"
    )
    assert (offer.kind, change.kind) == (Kind.LISTING, Kind.POSTPONEMENT)


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        ("报名截止时间,拍卖会", Kind.AUCTION),
        ("报名截止时间,开标时间", Kind.TENDER),
        ("报名截止时间,限时竞价时间", Kind.LISTING),
        ("挂牌截止时间,拍卖时间", Kind.LISTING),
    ],
)
def test_a_sheet_that_does_not_say_its_kind_is_taken_by_its_columns(
    headings: str, kind: Kind
) -> None:
    (notice,) = read(
        f"地块编号,{headings}\nJ1,2026-01-02 17:00,2026-01-05 10:00\n"
        "J2,2026-01-02 17:00,2026-01-05 10:00"
    )
    assert notice.kind is kind
    assert len(found(notice, Code.KIND_INFERRED)) == (kind is not Kind.LISTING)


def test_a_kind_in_words_that_are_not_known_is_said() -> None:
    (notice,) = read("地块编号,出让方式,报名截止时间\nJ1,网上,2026-01-02 17:00")
    assert found(notice, Code.KIND_INFERRED) == [
        (Severity.WARNING, {"kind": "listing", "text": "网上"})
    ]


def test_two_rows_of_one_parcel_are_named_and_both_kept_where_their_times_differ() -> None:
    (notice,) = read(
        "公告号,地块编号,报名截止时间,备注\nN1,J1,2026-01-02 17:00,\nN1,J1,2026-01-03 17:00,\n"
        "N1,J2,2026-01-02 17:00,甲\nN1,J2,2026-01-02 17:00,乙\nN1,J3,2026-01-02 17:00,\n"
        "N1,J3,2026-01-02 17:00,"
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == ["J1", "J1", "J2", "J3"]
    assert found(notice, Code.ROW_TWICE) == [
        (Severity.ERROR, {"rows": "2、3"}),
        (Severity.ERROR, {"rows": "4、5"}),
        (Severity.WARNING, {"rows": "6、7"}),
    ]


def test_a_date_and_a_time_of_day_in_two_columns_are_one_time() -> None:
    (notice,) = read("地块编号,报名截止日期,报名截止时间\nJ1,2026-01-02,17:00")
    assert times(notice) == [("J1", {"registration_close": "01-02 17:00"})]


@pytest.mark.parametrize("headings", ["报名截止时间,报名截止时间", "报名截止时间,竞买申请截止时间"])
def test_two_columns_of_one_meaning_that_disagree_give_no_time(headings: str) -> None:
    (notice,) = read(
        f"地块编号,{headings},挂牌截止时间\nJ1,2026-01-02 17:00,2026-01-03 17:00,2026-01-05 10:00"
    )
    assert times(notice) == [("J1", {"bidding_close": "01-05 10:00"})]
    assert found(notice, Code.PLACES_DISAGREE) == [
        (Severity.ERROR, {"values": "2026-01-02 17:00、2026-01-03 17:00"}),
    ]


def test_one_time_beside_a_close_is_the_open_of_the_window() -> None:
    (notice,) = read("地块编号,挂牌时间,挂牌截止时间\nJ1,2026-01-02 09:00,2026-01-13 17:00")
    assert times(notice) == [
        ("J1", {"bidding_close": "01-13 17:00", "bidding_open": "01-02 09:00"})
    ]


def test_an_area_in_mu_is_exact_to_a_tenth_of_a_square_centimetre() -> None:
    (notice,) = read("地块编号,面积(亩),报名截止时间\nJ1,23.24,2026-01-02 17:00")
    assert notice.parcels[0].area_m2 == Decimal("15493.3333")


@pytest.mark.parametrize("joint", ["至", " - ", "-", "~"])
def test_an_open_and_a_close_in_one_cell_are_joined_as_people_join_them(joint: str) -> None:
    (notice,) = read(f"地块编号,挂牌时间\nJ1,2026-01-02 09:00{joint}2026-01-13 17:00")
    assert times(notice) == [
        ("J1", {"bidding_open": "01-02 09:00", "bidding_close": "01-13 17:00"})
    ]


def test_a_name_beside_the_number_is_what_people_call_the_parcel() -> None:
    named = read(
        "地块编号,地块名称,报名截止时间\n杭政储出[2024]1号,钱江世纪城12地块,2024-11-14 17:00\n"
    )
    (parcel,) = named[0].parcels
    assert (parcel.parcel_no, parcel.aliases) == ("杭政储出[2024]1号", ("钱江世纪城12地块",))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("columns", ["地块编号,报名截止时间", "地块编号,报名截止时间,竞价截止时间"])
def test_the_last_cell_of_a_file_that_ends_within_its_row_is_doubted(
    encoding: str, line_end: str, columns: str
) -> None:
    close = "" if columns.count(",") == 1 else ",2026-12-25 10:00"
    text = line_end.join((columns, f"1号,2026-12-20 17:00{close}", "2号,2026-12-3"))
    notices = read_records(Path("parcels.csv"), text.encode(encoding), Limits())
    doubts = [finding for finding in notices[0].findings if finding.code == "row-may-be-cut"]
    found = [(finding.severity, finding.field, finding.params["text"]) for finding in doubts]
    assert found == [(Severity.WARNING, "registration_close", "2026-12-3")]
    whole = read_records(Path("parcels.csv"), (text + line_end).encode(encoding), Limits())
    assert "row-may-be-cut" not in [finding.code for finding in whole[0].findings]


@pytest.mark.parametrize(
    ("close", "severity"),
    [
        ("2026-12-3", Severity.WARNING), ("2026-12-30 17:0", Severity.WARNING), ("2026-12-30 17",
        Severity.WARNING),
        ("2026-12-30 17:00", Severity.INFO), ("2026-12-30 17：00", Severity.INFO),
    ],
)  # fmt: skip
def test_a_last_time_whose_minutes_are_whole_is_no_warning(close: str, severity: Severity) -> None:
    data = f"地块编号,报名截止时间\n1号,2026-12-20 17:00\n2号,{close}".encode()
    (notice,) = read_records(Path("parcels.csv"), data, Limits())
    assert [
        finding.severity for finding in notice.findings if finding.code == "row-may-be-cut"
    ] == [severity]


def test_an_item_of_a_list_that_is_no_record_is_refused_in_a_sentence() -> None:
    with pytest.raises(IntakeError, match="record 2 is not an object"):
        read_records(Path("parcels.json"), b'{"data": [{}, null]}', Limits())


def test_records_within_the_envelope_of_an_answer_are_found() -> None:
    record = '{"地块编号": "甲1号", "报名截止时间": "2031-01-05 17:00"}'
    text = f'{{"code": 0, "data": {{"total": 1, "list": [{record}]}}}}'
    (notice,) = read_records(Path("parcels.json"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["甲1号"]
