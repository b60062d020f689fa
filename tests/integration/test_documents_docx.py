"""Word files as documents."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from notifier.domain.findings import Code
from notifier.domain.values import Place
from notifier.errors import IntakeError
from notifier.intake.documents import Document, Paragraph, Table, read_document
from notifier.intake.limits import Limits

_MAIN = "word/document.xml"
NOT_STRUCK = '<w:strike w:val="0"/>'


def saved(word: WordDocument) -> bytes:
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def read(data: bytes, **limits: Any) -> Document:
    return read_document("notice.docx", data, Limits(**limits))


def with_body(xml: str) -> bytes:
    """A Word file whose body is `xml`, for what python-docx does not write."""
    word = docx.Document()
    body: Any = word.element.body
    wrapped = parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>")
    for child in reversed(list(wrapped)):
        body.insert(0, child)
    return saved(word)


def changed(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def paragraphs(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_paragraphs_and_tables_come_in_the_order_of_the_body() -> None:
    word = docx.Document()
    word.core_properties.title = "示例公告"
    word.add_heading("一、地块", level=1)
    table = word.add_table(rows=2, cols=2)
    for row, words in zip(table.rows, [("编号", "面积"), ("示1号", "15494")], strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    word.add_paragraph("报名截止：2024年11月").add_run("14日17:00").bold = True
    document = read(saved(word))
    assert document.title == "示例公告"
    assert document.blocks[0] == Paragraph(text="一、地块", place=Place(line=1), heading=True)
    assert texts(tables(document)[0]) == [["编号", "面积"], ["示1号", "15494"]]
    assert document.blocks[2] == Paragraph(
        text="报名截止：2024年11月14日17:00", place=Place(line=2)
    )
    assert tables(document)[0].rows[1][1].place == Place(table=1, row=2, column="2")


def test_merged_cells_are_carried_and_say_so() -> None:
    word = docx.Document()
    table = word.add_table(rows=4, cols=3)
    for number, words in enumerate(
        [("编号", "开始", "截止"), ("1", "5日", "15日"), ("2", "", "16日"), ("3", "另行", "")]
    ):
        for cell, text in zip(table.rows[number].cells, words, strict=True):
            cell.text = text
    table.cell(1, 1).merge(table.cell(2, 1))
    table.cell(3, 1).merge(table.cell(3, 2))
    (read_back,) = tables(read(saved(word)))
    assert texts(read_back) == [
        ["编号", "开始", "截止"],
        ["1", "5日", "15日"],
        ["2", "5日", "16日"],
        ["3", "另行", "另行"],
    ]
    assert [[cell.own for cell in row] for row in read_back.rows] == [
        [True] * 3,
        [True] * 3,
        [True, False, True],
        [True, True, False],
    ]


def test_a_row_that_begins_further_right_keeps_its_columns() -> None:
    def row(cells: str, before: str = "") -> str:
        return f"<w:tr><w:trPr>{before}</w:trPr>{cells}</w:tr>"

    def cell(text: str) -> str:
        return f"<w:tc><w:p>{run(text)}</w:p></w:tc>"

    xml = row(cell("编号") + cell("开始") + cell("截止")) + row(
        cell("5日") + cell("6日"), '<w:gridBefore w:val="1"/>'
    )
    (table,) = tables(read(with_body(f"<w:tbl>{xml}</w:tbl>")))
    assert texts(table) == [["编号", "开始", "截止"], ["", "5日", "6日"]]


def test_tracked_changes_read_as_accepted_and_struck_out_text_is_reported() -> None:
    xml = (
        f"<w:p>{run('截止：11月')}<w:del><w:r><w:delText>14</w:delText></w:r></w:del><w:ins>{run('15')}</w:ins>"
        f"{run('9:00', '<w:strike/>')}{run('日', NOT_STRUCK)}"
        f"{run('隐', '<w:vanish/>')}</w:p>"
    )
    document = read(with_body(xml))
    assert paragraphs(document) == ["截止：11月15日"]
    assert [(finding.code, finding.params["text"]) for finding in document.findings] == [
        (Code.STRUCK_OUT_TEXT, "14"),
        (Code.STRUCK_OUT_TEXT, "9:00"),
    ]


def test_fields_content_controls_and_breaks_show_what_word_shows() -> None:
    xml = (
        f"<w:sdt><w:sdtContent><w:p>{run('报名')}<w:hyperlink>{run('平台')}</w:hyperlink>"
        "<w:r><w:instrText>HYPERLINK "
        "x</w:instrText></w:r><w:r><w:br/></w:r><w:r><w:t>A</w:t><w:tab/><w:t>B</w:t></w:r>"
        "</w:p></w:sdtContent></w:sdt>"
    )
    assert paragraphs(read(with_body(xml))) == ["报名平台", "A B"]


def test_a_raised_figure_is_part_of_a_unit_but_never_of_a_number() -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    xml = f"<w:p>{run('15494m')}{run('2', raised)}{run('，15494')}{run('1', raised)}</w:p>"
    assert paragraphs(read(with_body(xml))) == ["15494m2，15494¹"]


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent><w:p>{run('框中截止')}</w:p></w:txbxContent>"
    xml = (
        '<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><mc:AlternateContent>'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>{run('正文')}</w:p>"
    )
    assert paragraphs(read(with_body(xml))) == ["正文", "框中截止"]


def test_the_words_above_each_page_come_first() -> None:
    word = docx.Document()
    word.add_paragraph("正文")
    word.sections[0].header.paragraphs[0].text = "示公告〔2024〕1号"
    assert paragraphs(read(saved(word))) == ["示公告〔2024〕1号", "正文"]


def test_a_page_laid_out_in_a_table_flows() -> None:
    word = docx.Document()
    outer = word.add_table(rows=1, cols=1).cell(0, 0)
    outer.text = "公告"
    inner = outer.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in inner.rows for cell in row.cells),
        ("编号", "面积", "1", "15494"),
        strict=True,
    ):
        cell.text = text
    document = read(saved(word))
    assert paragraphs(document) == ["公告"]
    assert texts(tables(document)[0]) == [["编号", "面积"], ["1", "15494"]]


def test_macros_are_never_looked_at_and_are_reported() -> None:
    word = docx.Document()
    word.add_paragraph("公告")
    document = read(
        changed(saved(word), lambda members: members.update({"word/vbaProject.bin": b"x"}))
    )
    assert paragraphs(document) == ["公告"]
    assert [finding.code for finding in document.findings] == [Code.MACROS_IGNORED]


def test_entities_are_never_opened() -> None:
    def hostile(members: dict[str, bytes]) -> None:
        xml = re.sub(
            rb"^(<\?xml[^>]*>)",
            rb'\1<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
            members[_MAIN],
        )
        members[_MAIN] = xml.replace(b"<w:body>", b"<w:body><w:p><w:r><w:t>a&x;b</w:t></w:r></w:p>")

    try:
        document = read(changed(saved(docx.Document()), hostile))
    except IntakeError:
        return
    assert paragraphs(document) == ["a"]


def test_a_billion_laughs_stay_small() -> None:
    def hostile(members: dict[str, bytes]) -> None:
        laughs = b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(9))
        head = b'<!DOCTYPE d [<!ENTITY a0 "ha">' + laughs + b"]>"
        xml = re.sub(rb"^(<\?xml[^>]*>)", lambda found: found[0] + head, members[_MAIN])
        members[_MAIN] = xml.replace(b"<w:body>", b"<w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p>")

    try:
        document = read(changed(saved(docx.Document()), hostile))
    except IntakeError:
        return
    assert sum(map(len, paragraphs(document))) < 1_000


def _bomb(members: dict[str, bytes]) -> None:
    members["word/media/image1.png"] = b"\0" * 3_000_000


def _long_text(members: dict[str, bytes]) -> None:
    members[_MAIN] = members[_MAIN].replace(b"<w:body>", b"<w:body>" + b"<w:p/>" * 200_000)


def _deep(members: dict[str, bytes]) -> None:
    members[_MAIN] = members[_MAIN].replace(
        b"<w:body>", b"<w:body>" + b"<w:sdt>" * 5_000 + b"</w:sdt>" * 5_000
    )


def _wide(members: dict[str, bytes]) -> None:
    table = (
        b"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan "
        b'w:val="1000000000"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>'
        b"<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    members[_MAIN] = members[_MAIN].replace(b"<w:body>", b"<w:body>" + table)


def _without_body(members: dict[str, bytes]) -> None:
    del members[_MAIN]


def _no_types(members: dict[str, bytes]) -> None:
    del members["[Content_Types].xml"]


@pytest.mark.parametrize("hostile", [_bomb, _long_text, _deep, _wide, _without_body, _no_types])
def test_a_hostile_or_broken_word_file_is_refused(
    hostile: Callable[[dict[str, bytes]], None],
) -> None:
    data = changed(saved(docx.Document()), hostile)
    with pytest.raises(IntakeError):
        read(data, unpacked_bytes=1_500_000, file_bytes=1_000_000)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old office file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage\0".encode("utf-16-le"),
            "password",
        ),
        (b"PK\x03\x04", "damaged"),
        (b"no such bytes", "its first bytes"),
        (b"", "empty"),
    ],
)
def test_what_is_no_word_file_is_refused_in_words_that_help(data: bytes, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        read(data)
