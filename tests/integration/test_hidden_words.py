"""What a file strikes out, hides or holds inside itself, in the rarer formats: never read as if it
stood there."""

from __future__ import annotations

import email.message
import email.policy
import io
import zipfile

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import Notice
from notifier.intake import read_data
from notifier.intake.formats import kind_of
from notifier.intake.limits import Limits
from tests.file_sources import HEAD, ROWS, TIMES, page
from tests.integration.test_formats import KNOWN, struck, times

CLOSE = "2031-05-20 17:00"
CLOSES = {"2031-1号": {"registration_close": "2031-05-20T17:00"}}

_URN = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{name}="{_URN}:{name}:1.0"' for name in ("office", "style", "table", "text")
)
_STRIKES = '<style:text-properties style:text-line-through-style="solid"/>'


def read(name: str, data: bytes) -> list[Notice]:
    return read_data(name, data, Limits())


def xml_sheet(cell: str, *, columns: str = "", row: str = "", options: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>'
        '<Style ss:ID="a"><Font ss:StrikeThrough="1"/></Style><Style ss:ID="b" '
        'ss:Parent="a"/></Styles>'
        f'<Worksheet ss:Name="一"><Table>{columns}'
        '<Row><Cell><Data ss:Type="String">地块编号</Data></Cell>'
        '<Cell><Data ss:Type="String">报名截止时间</Data></Cell></Row>'
        f'<Row{row}><Cell><Data ss:Type="String">2031-1号</Data></Cell>{cell}</Row>'
        f"</Table>{options}</Worksheet></Workbook>"
    ).encode()


def xml_cell(style: str = "", within: str = "") -> str:
    return f'<Cell{style}><Data ss:Type="DateTime">2031-05-20T17:00:00.000</Data>{within}</Cell>'


_RICH = '<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><S>{}</S></ss:Data></Cell>'


@pytest.mark.parametrize(
    "data",
    [
        xml_sheet(xml_cell(' ss:StyleID="b"')),
        xml_sheet(xml_cell(), columns='<Column/><Column ss:StyleID="a"/>'),
        xml_sheet(xml_cell(), row=' ss:StyleID="a"'),
        xml_sheet(_RICH.format(CLOSE)),
    ],
    ids=["style of a style", "column", "row", "words"],
)
def test_a_table_in_xml_strikes_out_in_every_way_of_the_format(data: bytes) -> None:
    (notice,) = read("导出.xls", data)
    assert not any(times(notice).values())
    assert any(text[:10] == CLOSE[:10] for text in struck(notice))


def test_a_comment_beside_a_cell_is_no_part_of_its_time() -> None:
    comment = "<Comment><ss:Data>2031-06-20 17:00</ss:Data></Comment>"
    (notice,) = read("导出.xls", xml_sheet(xml_cell(within=comment)))
    assert times(notice) == CLOSES


def test_a_hidden_sheet_of_a_table_in_xml_is_named() -> None:
    hides = "<x:Visible>SheetHidden</x:Visible>"
    options = (
        "<x:WorksheetOptions "
        f'xmlns:x="urn:schemas-microsoft-com:office:excel">{hides}</x:WorksheetOptions>'
    )
    (notice,) = read("导出.xls", xml_sheet(xml_cell(), options=options))
    assert Code.HIDDEN_CELLS in {finding.code for finding in notice.findings}


def open_document(kind: str, body: str) -> bytes:
    stream = io.BytesIO()
    style = f'<style:style style:name="ce1" style:family="table-cell">{_STRIKES}</style:style>'
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("META-INF/manifest.xml", "<m/>")
        archive.writestr(
            "content.xml",
            "<office:document-content "
            f"{_SPACES}><office:automatic-styles>{style}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
    return stream.getvalue()


def odf_row(*cells: str) -> str:
    inner = "".join(
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
    )
    return f"<table:table-row>{inner}</table:table-row>"


def test_a_column_that_is_struck_out_as_a_whole_leaves_the_time_beside_it() -> None:
    columns = (
        "<table:table-column/><table:table-column "
        'table:default-cell-style-name="ce1"/><table:table-column/>'
    )
    rows = odf_row("地块编号", "报名截止时间", "报名截止时间") + odf_row(
        "2031-1号", "2031-05-18 17:00", CLOSE
    )
    table = f'<table:table table:name="一">{columns}{rows}</table:table>'
    (notice,) = read("表.ods", open_document("spreadsheet", table))
    assert times(notice) == CLOSES
    assert "2031-05-18 17:00" in struck(notice)


@pytest.mark.parametrize(
    "hidden",
    [
        f'<text:section text:display="none"><text:p>{TIMES[0]}</text:p></text:section>',
        f'<text:p><text:hidden-paragraph text:is-hidden="true"/>{TIMES[0]}</text:p>',
    ],
    ids=["section", "paragraph"],
)
def test_what_a_text_document_hides_is_no_time_of_the_notice(hidden: str) -> None:
    table = "".join(odf_row(*row) for row in ROWS)
    shown = "".join(f"<text:p>{line}</text:p>" for line in (*HEAD, *TIMES[1:]))
    (notice,) = read(
        "公告.odt", open_document("text", f"{shown}<table:table>{table}</table:table>{hidden}")
    )
    assert set(times(notice)) == {"2031-1号", "2031-2号"}
    assert not any("registration_close" in known for known in times(notice).values())


@pytest.mark.parametrize("raw", ["{{{{", "}}}}"])
def test_raw_bytes_of_a_picture_hide_nothing_of_what_follows(raw: str) -> None:
    picture = f"{{\\pict\\pngblip\\bin4 {raw}}}"
    lines = "\\par ".join((*HEAD, "地块编号：2031-1号", TIMES[0]))
    data = f"{{\\rtf1\\ansi\\ansicpg936 {picture}{lines}\\par }}".encode("gb18030")
    (notice,) = read("公告.rtf", data)
    assert times(notice)["2031-1号"]["registration_close"] == "2031-05-20T17:00"


def test_a_mail_that_is_attached_to_a_mail_is_read() -> None:
    inner = email.message.EmailMessage(policy=email.policy.default)
    inner["From"], inner["To"], inner["Subject"] = "c@example.com", "a@example.com", "公告"
    inner.set_content(page().decode(), subtype="html")
    outer = email.message.EmailMessage(policy=email.policy.default)
    outer["From"], outer["To"], outer["Subject"] = "a@example.com", "b@example.com", "转发"
    outer.set_content("见附件。")
    outer.add_attachment(inner)
    found = {notice.file: times(notice) for notice in read("转发.eml", outer.as_bytes())}
    assert found["转发.eml/公告.eml/公告.html"] == {"2031-1号": KNOWN, "2031-2号": KNOWN}


def test_an_archive_that_holds_a_pdf_as_it_is_is_an_archive() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("一.pdf", b"%PDF-1.4\n" + b"x" * 500)
        archive.writestr("二.html", page())
    (notice,) = read("a.zip", stream.getvalue())
    assert times(notice) == {"2031-1号": KNOWN, "2031-2号": KNOWN}
    assert Code.MEMBER_NOT_READ in {finding.code for finding in notice.findings}


def test_a_table_whose_first_heading_begins_like_a_picture_is_a_table() -> None:
    assert kind_of("a.csv", "BMJZSJ,DKBH\n2031-05-20 17:00,2031-1号\n".encode()) == ".csv"
