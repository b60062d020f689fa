"""One notice, one table, in every format that people have them in: the same milestones, or a reason
in words.

`tests/data/formats` was written by LibreOffice: `notice.*` from one text, `beside.*` from one whose
times stand beside it, `sheet.*` from one workbook.
"""

from __future__ import annotations

import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from notifier.domain.findings import Code
from notifier.domain.values import Notice, Source
from notifier.errors import IntakeError, NeedsPictures
from notifier.intake import read_data
from notifier.intake.child import FileReader
from notifier.intake.documents import read_document
from notifier.intake.documents.document import Paragraph, Scan
from notifier.intake.formats import kind_of
from notifier.intake.limits import Limits
from notifier.intake.notice import understand
from tests.damage import differing, with_lint
from tests.file_damage import damages_of
from tests.file_sources import (
    DATA,
    HEAD,
    ROWS,
    TIMES,
    file_sources,
    mail,
    packed,
    page,
    web_archive,
)
from tests.fixed_layout import ofd
from tests.plain_reading import states_alone, states_otherwise
from tests.scans import Look, pdf, png
from tests.scans import page as page_of_text
from tests.sheet_damage import joined

KNOWN = {
    "registration_close": "2031-05-20T17:00",
    "deposit_close": "2031-05-20T16:00",
    "bidding_open": "2031-05-12T09:00",
    "bidding_close": "2031-05-22T10:00",
}


def read(name: str, data: bytes | None = None, **limits: Any) -> list[Notice]:
    return read_data(name, (DATA / name).read_bytes() if data is None else data, Limits(**limits))


def times(notice: Notice) -> Mapping[str, Mapping[str, str]]:
    from notifier.domain.times import shanghai

    return {
        parcel.parcel_no: {
            name.value: f"{shanghai(milestone.at):%Y-%m-%dT%H:%M}"
            for name, milestone in parcel.milestones.items()
        }
        for parcel in notice.parcels
    }


def struck(notice: Notice) -> set[str]:
    return {
        finding.params["text"]
        for finding in notice.findings
        if finding.code == Code.STRUCK_OUT_TEXT
    }


# -- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["docx", "doc", "rtf", "odt"])
def test_a_text_document_reads_the_same_in_every_format(suffix: str) -> None:
    (notice,) = read(f"notice.{suffix}")
    assert notice.notice_no == "测自然资告字〔2031〕7号"
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}
    assert struck(notice) >= {
        "2031-3号",
        "2031年5月1日17时00分",
        "2031年5月11日9时至2031年5月21日10时",
    }
    assert not [finding for finding in notice.findings if finding.code == Code.WITNESS_DISAGREES]


def test_a_printed_page_keeps_its_table_and_the_sentences_that_its_margin_breaks() -> None:
    (notice,) = read("printed.pdf")
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}
    assert [parcel.area_m2 for parcel in notice.parcels] == [12_000, 8_000]
    document = read_document("printed.pdf", (DATA / "printed.pdf").read_bytes(), Limits())
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    assert texts[-3].startswith(TIMES[0][2:])
    assert texts[-3].endswith("一律不予受理。")


@pytest.mark.parametrize("suffix", ["docx", "doc", "rtf", "odt"])
def test_what_stands_beside_the_text_is_read_or_named(suffix: str) -> None:
    (notice,) = read(f"beside.{suffix}")
    assert notice.notice_no == "测自然资告字〔2031〕9号"  # stands in the header
    assert times(notice) == {"2031-9号": KNOWN}  # in a text box, a footnote and an endnote
    assert struck(notice) == {"报名截止时间：2031年5月19日17时00分。"}  # a tracked deletion
    asides = [finding for finding in notice.findings if finding.code == Code.TEXT_ASIDE]
    assert {finding.params["text"] for finding in asides} == {
        "领导说报名截止要改到5月25日",  # a comment
        "内部：5月18日17时前报领导",  # hidden
        "打印于2031年4月1日",  # the footer
    }
    assert len(asides) == 3


@pytest.mark.parametrize("begin", [r"{\footnote \pard ", r"{\shp{\*\shpinst{\shptxt \pard "])
def test_a_note_or_text_box_that_the_file_cuts_off_is_still_read(begin: str) -> None:
    lines = (*HEAD[:2], "决定出让1宗国有建设用地使用权。", "地块编号：2031-1号")
    head = "".join(rf"\pard {line}\par " for line in lines)
    text = r"{\rtf1\ansi " + head + begin + TIMES[0]
    data = "".join(sign if sign.isascii() else rf"\u{ord(sign)}?" for sign in text).encode()
    (notice,) = read("notice.rtf", data)
    assert times(notice) == {"2031-1号": {"registration_close": KNOWN["registration_close"]}}


@pytest.mark.parametrize("name", ["notice.wps", "公告.txt", "notice"])
def test_first_bytes_say_what_a_file_is_and_its_name_does_not(name: str) -> None:
    (notice,) = read(name, (DATA / "notice.doc").read_bytes())
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


@pytest.mark.parametrize("name", ["notice.doc", "notice.wps", "notice.md", "notice.html"])
def test_a_web_page_under_another_name_is_a_web_page(name: str) -> None:
    (notice,) = read(name, page())
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


def test_a_fixed_layout_is_read_like_a_pdf() -> None:
    gone = "报名截止时间：2031年5月1日17时00分。"
    (notice,) = read("notice.ofd", ofd((*HEAD, *TIMES, gone), ROWS, struck=gone))
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}
    assert struck(notice) == {gone}
    assert notice.parcels[0].area_m2 == 12_000


def test_a_time_that_the_conversion_of_an_old_word_file_loses_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from notifier.intake.documents import doc

    monkeypatch.setattr(
        doc, "_text_of", lambda _data: "报名截止时间：2031年6月1日9时 挂牌2031年5月12日9时00分"
    )
    (notice,) = read("notice.doc")
    disagree = {
        finding.params["text"]
        for finding in notice.findings
        if finding.code == Code.WITNESS_DISAGREES
    }
    assert "2031-6-1 9:00" in disagree
    assert "2031-5-20 17:00" in disagree
    assert "2031-5-12 9:00" not in disagree


# -- workbooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.xls", "sheet.ods", "sheet.et"])
def test_a_workbook_reads_the_same_in_every_format(name: str) -> None:
    source = "sheet.xls" if name == "sheet.et" else name
    (notice,) = read(name, (DATA / source).read_bytes())
    found = times(notice)
    assert found["2031-1号"] == {
        "registration_close": "2031-05-20T17:00",
        "deposit_close": "2031-05-20T16:00",
        "bidding_close": "2031-05-22T10:00",
    }
    assert found["2031-2号"] == found["2031-1号"]  # a merged cell, and a date that is text
    assert "registration_close" not in found["2031-3号"]
    assert struck(notice) == {"2031-05-01 17:00"}
    codes = [finding.code for finding in notice.findings]
    assert codes.count(Code.HIDDEN_CELLS) == 2  # a row, and a sheet
    assert Code.CELL_WITHOUT_VALUE in codes  # #REF!


def test_a_page_that_is_named_as_a_workbook_names_what_it_strikes_out() -> None:
    (notice,) = read("page.xls")
    assert times(notice)["2031-2号"]["registration_close"] == "2031-05-20T17:00"
    assert "registration_close" not in times(notice)["2031-3号"]
    assert struck(notice) == {"2031-05-01 17:00"}


def test_a_table_in_xml_under_the_name_of_a_workbook() -> None:
    def row(*cells: str, style: str = "") -> str:
        inner = "".join(
            f'<Cell{style}><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells
        )
        return f"<Row>{inner}</Row>"

    struck_out = ' ss:StyleID="s1"'
    data = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="s1">'
        '<Font ss:StrikeThrough="1"/></Style></Styles><Worksheet ss:Name="一"><Table>'
        f"{row('地块编号', '报名截止时间')}"
        '<Row><Cell><Data ss:Type="String">2031-1号</Data></Cell><Cell ss:MergeDown="1">'
        '<Data ss:Type="DateTime">2031-05-20T17:00:00.000</Data></Cell></Row>'
        '<Row><Cell><Data ss:Type="String">2031-2号</Data></Cell></Row>'
        f"{row('2031-3号', '2031-05-01 17:00', style=struck_out)}"
        "</Table></Worksheet></Workbook>"
    ).encode()
    (notice,) = read("导出.xls", data)
    closes = {"registration_close": "2031-05-20T17:00"}
    assert times(notice) == {"2031-1号": closes, "2031-2号": closes}
    assert struck(notice) == {"2031-3号 2031-05-01 17:00"}


def test_a_notice_that_is_kept_in_a_workbook_is_read_as_a_notice() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (*HEAD, *TIMES):
        sheet.append([line])
    stream = io.BytesIO()
    book.save(stream)
    (notice,) = read("公告.xlsx", stream.getvalue())
    assert notice.notice_no == "测自然资告字〔2031〕7号"


# -- what holds other files -----------------------------------------------------------------------


def test_a_notice_and_the_table_packed_beside_it_are_one_notice() -> None:
    text = "\n".join((*HEAD[:2], "出让地块见附件。", *TIMES)).encode()
    table = "\n".join(",".join(row) for row in ROWS)
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in table.splitlines():
        sheet.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    members = {"公告.txt": text, "附件1.xlsx": stream.getvalue(), "__MACOSX/._公告.txt": b"x"}
    (notice,) = read("公告.zip", packed(members))
    assert notice.file == "公告.zip/公告.txt"
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("name", ["公告.html", "公告书.html", "出让公告（二）.html"])
def test_the_names_in_an_archive_that_does_not_say_how_they_are_written_are_read(
    name: str, encoding: str
) -> None:
    (notice,) = read("a.zip", packed({name: page()}, encoding, is_marked=False))
    assert notice.file == f"a.zip/{name}"


def test_a_text_that_says_nothing_is_no_notice_beside_one_and_parts_none_from_its_table() -> None:
    members = {
        "公告.txt": "\n".join((*HEAD, *TIMES)).encode(),
        "说明.txt": "请查收。".encode(),
        "承诺书.html": "<html><body><p>我单位承诺：　　年　月　日</p></body></html>".encode(),
        "附件1.html": page(),
    }
    (notice,) = read("a.zip", packed(members))
    assert notice.file == "a.zip/公告.txt"
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


def test_names_in_an_archive_may_be_chinese_of_windows_and_lead_nowhere() -> None:
    notices = read(
        "a.zip",
        packed({"../../etc/甲公告.html": page("gb18030"), "乙公告.html": page()}, "gb18030"),
    )
    assert [notice.file for notice in notices] == ["a.zip/etc/甲公告.html", "a.zip/乙公告.html"]


def test_what_cannot_be_read_in_an_archive_is_named() -> None:
    (notice,) = read(
        "a.zip",
        packed({"公告.html": page(), "宗地图.jpg": b"\xff\xd8\xff" + b"x" * 50, "b.exe": b"MZ"}),
    )
    named = {
        finding.params["text"]: finding.severity.value
        for finding in notice.findings
        if finding.code == Code.MEMBER_NOT_READ
    }
    assert named == {"宗地图.jpg": "warning", "b.exe": "error"}


def test_an_archive_in_an_archive_is_opened_once() -> None:
    inner = packed({"公告.html": page()})
    (notice,) = read("a.zip", packed({"b.zip": inner}))
    assert notice.file == "a.zip/b.zip/公告.html"
    with pytest.raises(IntakeError, match="archive in an archive in an archive"):
        read("a.zip", packed({"b.zip": packed({"c.zip": inner})}))


def test_bombs_of_every_kind_are_refused() -> None:
    zeros = b"0" * 30_000_000
    with pytest.raises(IntakeError, match="unpack"):
        read("a.zip", packed({"公告.txt": zeros}))
    with pytest.raises(IntakeError, match="more than 200 files"):
        read("a.zip", packed({f"{number}.txt": b"x" for number in range(201)}))
    with pytest.raises(IntakeError, match="unpack"):
        read(
            "a.odt",
            packed(
                {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": zeros * 4}
            ),
        )


def test_a_mail_gives_its_body_and_what_is_attached() -> None:
    notices = read("转发.eml", mail())
    offered = [notice for notice in notices if notice.parcels]
    assert [notice.file for notice in offered] == ["转发.eml/公告.html"]
    assert times(offered[0]) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


@pytest.mark.parametrize("words", ["各位好，公告见附件，请张工跟进。电话0577-88888888", ""])
def test_a_mail_that_only_brings_a_notice_is_no_notice_itself(words: str) -> None:
    notices = read("转发.eml", mail(words))
    assert [notice.file for notice in notices] == ["转发.eml/公告.html"]
    assert not notices[0].findings


def test_a_mail_that_speaks_of_a_time_is_read_itself() -> None:
    notices = read("转发.eml", mail("报名截止延期至2031年5月25日17时，公告见附件。"))
    assert [notice.file for notice in notices] == [
        "转发.eml/转发：挂牌公告.txt",
        "转发.eml/公告.html",
    ]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_web_archive_is_its_page(charset: str) -> None:
    (notice,) = read("公告.mht", web_archive(charset))
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


# -- refusals and harm ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.rar", b"Rar!\x1a\x07\x00", "archive other than .zip"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "archive other than .zip"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage\0".encode("utf-16-le"),
            "password",
        ),
        ("a.exe", b"MZ\x90\x00\x03", "neither a record nor a notice"),
        ("a.odt", b"no zip", "first bytes"),
        ("a.odt", packed({"content.xml": b"<a/>", "META-INF/manifest.xml": b"<a/>"}), "what kind"),
        ("a.zip", b"PK\x03\x04" + b"x" * 30, "damaged"),
        ("a.eml", mail().partition(b"filename*=")[0] + b"filename*", "readable mail"),
        ("a.mht", b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n", "no web page"),
    ],
)
def test_a_refusal_says_what_it_is(name: str, data: bytes, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        read(name, data)


SOURCES = file_sources()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(SOURCES)),
    at=st.integers(0),
    bytes_=st.binary(min_size=1, max_size=4),
    cut=st.booleans(),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    name: str, at: int, bytes_: bytes, cut: bool
) -> None:
    whole = SOURCES[name]
    at %= len(whole)
    data = whole[:at] if cut else whole[:at] + bytes_ + whole[at + len(bytes_) :]
    with suppress(IntakeError):  # every other error is ours
        read(name, data)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(SOURCES)), seed=st.integers(0, 1_000_000), data=st.data())
def test_a_file_damaged_as_files_are_is_no_error_and_leads_nowhere(
    name: str, seed: int, data: st.DataObject
) -> None:
    damage = data.draw(st.sampled_from(damages_of(SOURCES[name])))
    notices: list[Notice] = []
    with suppress(IntakeError, NeedsPictures):
        notices = read(name, damage(SOURCES[name], Random(seed)))
    assert all(".." not in notice.file.split("/") for notice in notices)


_TABLES = {
    "notice.docx": ("word/document.xml", r"<w:tbl>.*</w:tbl>"),
    "notice.odt": ("content.xml", r"<table:table .*</table:table>"),
}


def _with_its_table_twice(name: str, change: Callable[[str], str]) -> bytes:
    """Return the file with a changed copy of its table right behind it."""
    part, table = _TABLES[name]
    with zipfile.ZipFile(DATA / name) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    text = members[part].decode()
    members[part] = re.sub(table, lambda found: found[0] + change(found[0]), text).encode()
    return packed(members)


@pytest.mark.parametrize("name", _TABLES)
def test_a_table_that_stands_twice_says_nothing_else(name: str) -> None:
    (notice,) = read(name, _with_its_table_twice(name, str))
    (whole,) = read(name)
    assert times(notice) == times(whole)
    assert {finding.code for finding in notice.findings} == {
        finding.code for finding in whole.findings
    }


@pytest.mark.parametrize("name", _TABLES)
def test_two_copies_of_a_table_that_differ_in_a_time_give_neither_and_say_so(name: str) -> None:
    data = _with_its_table_twice(name, lambda table: table.replace("20日17时", "19日17时"))
    (notice,) = read(name, data)
    (whole,) = read(name)
    of_whole = {
        number: {field: at for field, at in found.items() if field != "registration_close"}
        for number, found in times(whole).items()
    }
    assert times(notice) == of_whole
    named = {
        (finding.parcel_no, finding.field)
        for finding in notice.findings
        if finding.code is Code.PLACES_DISAGREE
    }
    assert named == {(number, "registration_close") for number in of_whole}


def _as_told(name: str, data: bytes) -> Notice:
    return joined([with_lint(notice) for notice in read(name, data)])


@pytest.mark.parametrize("name", sorted(set(SOURCES) - {"printed.pdf"}))
def test_no_damaged_file_states_another_time_that_it_does_not_state_itself(name: str) -> None:
    """A sample; `python -m bench.mutations` does it 10,000 times a format."""
    whole = SOURCES[name]
    truth = _as_told(name, whole)
    damages = damages_of(whole)
    for number in range(40):
        data = damages[number % len(damages)](whole, Random(f"{name} {number}"))
        try:
            found = _as_told(name, data)
        except (IntakeError, NeedsPictures, RecursionError):
            continue
        quotes = [milestone.quote for _, _, milestone in differing(truth, found)]
        assert all(
            states_alone(quote, whole, data) or states_otherwise(quote, whole, data)
            for quote in quotes
        ), (name, number)


def test_the_second_reader_takes_no_part_of_a_figure_for_the_whole() -> None:
    whole, damaged = b"<p>2031-05-22 10:00</p>", b"<p>2031-05-22 1 :00</p>"
    assert states_alone("2031-05-22 1 :00", whole, damaged)
    assert not states_alone("2031-05-22 10:00", whole, damaged)


def test_a_page_whose_headings_lost_one_names_the_times_of_its_rows() -> None:
    whole = (DATA / "page.xls").read_bytes()
    begin = whole.index("报名截止时间".encode()) + len("报名截止时间".encode())
    end = whole.index("保证金截止时间".encode())
    (notice,) = read("page.xls", whole[:begin] + whole[end:])
    named = {
        (finding.parcel_no, finding.field)
        for finding in notice.findings
        if finding.code is Code.CELL_MAY_HAVE_SLIPPED
    }
    read_times = {
        (parcel.parcel_no, name) for parcel in notice.parcels for name in parcel.milestones
    }
    assert read_times
    assert named >= read_times


def test_an_old_workbook_whose_sectors_lead_in_a_circle_is_refused_in_little_memory() -> None:
    whole = bytearray((DATA / "sheet.xls").read_bytes())
    whole[1396:1724] = bytes(328)  # the end of the table that says what follows what
    reader = FileReader()
    try:
        with pytest.raises(IntakeError, match=r"not a readable \.xls"):
            reader.read("sheet.xls", bytes(whole), Limits(memory_bytes=100_000_000))
    finally:
        reader.close()


def test_an_old_word_file_that_lost_how_its_letters_look_is_refused() -> None:
    whole = bytearray((DATA / "notice.doc").read_bytes())
    looks = whole.rindex(b"\x37\x08\x01")  # struck out
    whole[looks - 60 : looks + 8] = bytes(68)
    with pytest.raises(IntakeError, match="characters look"):
        read("notice.doc", bytes(whole))


def test_a_merged_cell_that_covers_another_value_gives_neither() -> None:
    from notifier.intake.documents.document import Cell
    from notifier.intake.documents.old_sheets import _sheet

    rows = {0: {0: Cell(text="2031-05-20 17:00")}, 1: {0: Cell(text="2031-06-01 17:00")}}
    sheet = _sheet("a", rows, [(0, 1, 0, 0)], Limits(), hidden=False)
    assert [row[0].fault for row in sheet.rows] == ["", "?"]


def test_kinds_are_told_by_what_is_read_only() -> None:
    assert kind_of("", b'{"parcel_no": 1}') == ".json"
    assert kind_of("", page()) == ".html"
    assert kind_of("", "地块编号,报名截止时间\n1,2031-05-20 17:00\n".encode()) == ".csv"
    assert kind_of("", b"x") == ".md"


# -- pictures -------------------------------------------------------------------------------------

READS_PICTURES = pytest.mark.skipif(
    find_spec("rapidocr") is None, reason="notifier[ocr] is not installed"
)


@READS_PICTURES
def test_a_scan_is_read_by_a_child_with_more_memory_and_nothing_of_it_is_certain() -> None:
    reader = FileReader()
    try:
        reading = reader.begin(
            "扫描.pdf", pdf([page_of_text((*HEAD, *TIMES), ROWS, Look())]), Limits()
        )
        while not reading.wait(5.0):
            pass
        (notice,) = reading.notices()
    finally:
        reader.close()
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}
    sources = {
        milestone.source for parcel in notice.parcels for milestone in parcel.milestones.values()
    }
    assert sources == {Source.SCANNED}
    quotes = {cutout.quote for cutout in notice.cutouts}
    assert quotes == {
        milestone.quote for parcel in notice.parcels for milestone in parcel.milestones.values()
    }
    for cutout in notice.cutouts:
        with Image.open(io.BytesIO(b64decode(cutout.picture))) as line:
            assert (line.format, line.width) == ("JPEG", 1_200)
            assert 20 < line.height < 150
    assert [finding.code for finding in notice.findings].count(Code.TIME_SCANNED) == 8


@READS_PICTURES
def test_a_photograph_that_lies_on_its_side_is_turned_and_levelled() -> None:
    look = Look(points=14, degradation="photograph", seed=3)
    picture = (
        page_of_text((*HEAD, *TIMES), ROWS, look).crop((0, 0, 1654, 1100)).rotate(270, expand=True)
    )
    (notice,) = read_data("a.png", png(picture), Limits().for_pictures())
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


@READS_PICTURES
def test_the_strokes_of_large_letters_rule_no_table() -> None:
    picture = page_of_text((*HEAD, *TIMES), ROWS, Look(points=16)).crop((0, 0, 1654, 1200))
    (notice,) = read_data("a.png", png(picture), Limits().for_pictures())
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}


@READS_PICTURES
def test_a_table_that_only_space_parts_is_read_by_its_columns() -> None:
    rows = (
        ("地块编号", "报名截止时间", "挂牌开始时间", "挂牌截止时间"),
        *(
            (
                f"2031-{number}号",
                f"2031年5月2{number}日17时00分",
                f"2031年5月1{number}日9时00分",
                f"2031年5月2{number + 2}日10时00分",
            )
            for number in (1, 2)
        ),
    )
    picture = page_of_text(HEAD, rows, Look(ruled=False, degradation="scan", seed=5))
    (notice,) = read_data("a.png", png(picture.crop((0, 0, 1654, 1100))), Limits().for_pictures())
    assert times(notice) == {
        f"2031-{number}号": {
            "registration_close": f"2031-05-2{number}T17:00",
            "bidding_open": f"2031-05-1{number}T09:00",
            "bidding_close": f"2031-05-2{number + 2}T10:00",
        }
        for number in (1, 2)
    }


def test_a_time_that_was_not_recognised_surely_is_a_finding_and_no_time() -> None:
    document = read_document("公告.html", page(), Limits())
    sure = {"2031年5月20日17时00分": 0.99, "2031年5月12日9时00分至2031年5月22日10时00分": 0.97}
    scans = tuple(Scan(text=text, score=score, page=1) for text, score in sure.items())
    notice = understand(
        replace(document, scans=(*scans, Scan(text="2031年5月20日16时00分", score=0.9, page=1)))
    )
    kept = {name for parcel in notice.parcels for name in parcel.milestones}
    assert {name.value for name in kept} == {"registration_close", "bidding_open", "bidding_close"}
    badly = [finding for finding in notice.findings if finding.code == Code.TIME_SCANNED_BADLY]
    assert {(finding.field, finding.parcel_no) for finding in badly} == {
        ("deposit_close", "2031-1号"),
        ("deposit_close", "2031-2号"),
    }
    assert all(finding.candidates for finding in badly)


_SCANNED = {
    "公告.zip": packed({"扫描公告.pdf": pdf([page_of_text(HEAD, ROWS, Look())])}),
    "转发.eml": mail("见附件。", {"截图.png": png(page_of_text(HEAD, ROWS, Look()))}),
}


@pytest.mark.parametrize("name", _SCANNED)
def test_a_bundle_whose_notice_is_a_picture_asks_for_what_reads_pictures(name: str) -> None:
    pytest.importorskip("rapidocr")
    with pytest.raises(NeedsPictures):
        read(name, _SCANNED[name])


def test_a_mailed_scan_is_read_by_a_child_with_more_memory() -> None:
    pytest.importorskip("rapidocr")
    lines = (*HEAD, *TIMES)
    data = mail("见附件。", {"扫描公告.pdf": pdf([page_of_text(lines, ROWS, Look())])})
    reader = FileReader()
    try:
        (notice,) = reader.read("转发.eml", data, Limits())  # the mail itself says nothing
    finally:
        reader.close()
    assert notice.file == "转发.eml/扫描公告.pdf"
    assert times(notice)["2031-1号"] == KNOWN


def test_a_picture_beside_a_notice_is_told_of_and_does_not_hold_the_notice_up() -> None:
    pytest.importorskip("rapidocr")
    members = {"公告.html": page(), "宗地图.png": png(page_of_text(HEAD, ROWS, Look()))}
    (notice,) = read("公告.zip", packed(members))
    assert times(notice)["2031-1号"] == KNOWN
    (finding,) = [found for found in notice.findings if found.code == Code.MEMBER_NOT_READ]
    assert "put it in by itself" in finding.params["words"]


def test_a_picture_is_refused_in_words_where_nothing_reads_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(IntakeError, match=r"notifier\[ocr\]"):
        read("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50)
