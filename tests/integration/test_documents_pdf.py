"""PDF files: their text by line and page, and what is refused."""

from __future__ import annotations

import io

import pytest

from notifier.errors import IntakeError
from notifier.intake.documents import Paragraph, Table, read_document
from notifier.intake.limits import Limits


def _pdf(*pages: list[str], table: list[list[str]] | None = None) -> bytes:
    import matplotlib as mpl

    mpl.use("pdf")
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    out = io.BytesIO()
    with PdfPages(out) as file:
        for lines in pages:
            figure = Figure(figsize=(8, 11))
            for number, line in enumerate(lines):
                figure.text(0.1, 0.95 - 0.03 * number, line)
            if table is not None:
                axes = figure.add_axes((0.1, 0.3, 0.8, 0.3))
                axes.axis("off")
                axes.table(cellText=table, loc="center")
            file.savefig(figure)
    return out.getvalue()


def test_lines_are_read_with_their_page() -> None:
    document = read_document(
        "n.pdf", _pdf(["Notice 12", "2024-11-05 09:00"], ["second page"]), Limits()
    )
    assert [
        (block.text, block.place.page) for block in document.blocks if isinstance(block, Paragraph)
    ] == [
        ("Notice 12", 1),
        ("2024-11-05 09:00", 1),
        ("second page", 2),
    ]


def test_a_ruled_table_is_read_as_one_and_its_text_not_said_again() -> None:
    rows = [["Parcel", "Close"], ["A-1", "2024-11-14 17:00"], ["B-2", "2024-11-15 09:00"]]
    document = read_document("n.pdf", _pdf(["Title"], table=rows), Limits())
    (table,) = [block for block in document.blocks if isinstance(block, Table)]
    assert [[cell.text for cell in row] for row in table.rows] == rows
    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == ["Title"]


def test_a_page_without_text_is_refused_as_a_scan() -> None:
    with pytest.raises(IntakeError, match="no text"):
        read_document("n.pdf", _pdf([]), Limits())


def test_a_damaged_file_is_refused_in_one_sentence() -> None:
    for data in (b"not a pdf", b"%PDF-1.4\n" + b"garbage" * 100, _pdf(["x"])[:300]):
        with pytest.raises(IntakeError, match=r"not a readable|no text"):
            read_document("n.pdf", data, Limits())


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(IntakeError, match="more than 2 pages"):
        read_document("n.pdf", _pdf(["a"], ["b"], ["c"]), Limits(pages=2))


def test_a_table_without_rules_is_read_by_its_columns() -> None:
    rows = [
        ["Parcel", "Area", "Close"],
        ["A-1", "12000", "2024-11-14"],
        ["B-2", "80", "2024-11-15"],
    ]
    document = read_document("n.pdf", _set_out(rows), Limits())
    (table,) = [block for block in document.blocks if isinstance(block, Table)]
    assert [[cell.text for cell in row] for row in table.rows] == rows


def _set_out(rows: list[list[str]]) -> bytes:
    """A page on which each cell stands at a place of its own, and nothing is drawn."""
    import matplotlib as mpl

    mpl.use("pdf")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 11))
    figure.text(0.1, 0.95, "A sentence above the table, as long as the table is wide and more")
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            figure.text(0.1 + 0.25 * column, 0.85 - 0.03 * number, text)
    out = io.BytesIO()
    figure.savefig(out, format="pdf")
    return out.getvalue()
