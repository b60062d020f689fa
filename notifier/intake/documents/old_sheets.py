"""Workbooks that are no .xlsx: .xls and .et of Excel and WPS, .xlsb.

Also the pages and XML that are named so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.bombs import refuse_bomb
from notifier.intake.documents.document import Cell, Table
from notifier.intake.documents.html import read_html
from notifier.intake.documents.number_formats import hides, lacks_year, shown_text
from notifier.intake.documents.odf import read_ods
from notifier.intake.documents.words import report_aside, tidy
from notifier.intake.documents.workbook import Sheet, number_shown, read_workbook
from notifier.intake.documents.xml import parse_xml
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet as OldSheet

_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_STRUCK_WORDS = frozenset(
    f"{{http://www.w3.org/TR/REC-html40}}{name}" for name in ("S", "Del", "Strike")
)
_XL_DATE = 3  # xlrd's number for a cell of a day
_COVERED = "?"  # the fault of a cell whose own value another one covers
_MOST_PARENTS = 30  # of a style
_MOST_CELLS = 1_000_000

# first row, last row, first column, last column; from 0, inclusive
Merge = tuple[int, int, int, int]


def read_sheets(suffix: str, data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of a workbook of that kind, in order.

    IntakeError if it is none, or beyond the limits.
    """
    readers = {
        ".xlsx": _read_xlsx,
        ".ods": read_ods,
        ".xls": _read_xls,
        ".et": _read_xls,
        ".xlsb": _read_xlsb,
        ".html": _read_page,
        ".xml": _read_xml,
    }
    return readers[suffix](data, limits)


def _read_xlsx(data: bytes, limits: Limits) -> list[Sheet]:
    refuse_bomb(data, limits)
    return read_workbook(data, limits)


def _read_page(data: bytes, limits: Limits) -> list[Sheet]:
    """The tables of a web page that is kept under a workbook's name."""
    page = read_html(data, "", limits)
    tables = [block for block in page.blocks if isinstance(block, Table)]
    sheets = [Sheet(name=f"{number}", rows=table.rows) for number, table in enumerate(tables, 1)]
    return [replace(sheets[0], findings=page.findings), *sheets[1:]] if sheets else []


def _sheet(
    name: str,
    rows: dict[int, dict[int, Cell]],
    merges: Sequence[Merge],
    limits: Limits,
    *,
    hidden: bool,
) -> Sheet:
    """Return the sheet of these cells, by row and column from 0.

    The first cell of a merge holds for all of it; where it covers another value, neither does.
    """
    last = max(rows, default=0)
    cells = sum(map(len, rows.values()))
    for top, bottom, left, right in merges:
        cell = rows.get(top, {}).get(left)
        if cell is None or right >= limits.columns:
            continue
        bottom = min(bottom, last)
        cells += (bottom - top + 1) * (right - left + 1)
        if cells > _MOST_CELLS:
            raise IntakeError(f"sheet {name}: more than {_MOST_CELLS} cells: split the file")
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    covered = rows.setdefault(row, {}).get(column, cell)
                    fault = "" if covered.text in ("", cell.text) else _COVERED
                    place = Place(row=row + 1, sheet=name)
                    rows[row][column] = replace(cell, own=False, fault=fault, place=place)
    width = max((max(found) + 1 for found in rows.values() if found), default=0)
    if len(rows) > limits.rows:
        raise IntakeError(f"sheet {name}: more than {limits.rows} rows: split the file")
    if width > limits.columns:
        raise IntakeError(f"sheet {name}: more than {limits.columns} columns: refused")
    grid = tuple(
        tuple(
            found.get(at) or Cell(text="", place=Place(row=row + 1, sheet=name))
            for at in range(width)
        )
        for row, found in sorted(rows.items())
        if found
    )
    return Sheet(name=name, rows=grid, hidden=hidden)


def _checked(text: str, limits: Limits) -> str:
    if len(text) > limits.cell_chars:
        raise IntakeError(
            f"a cell of a table holds more than {limits.cell_chars} characters: refused"
        )
    return tidy(text)


# Excel 97 to 2003, and WPS


def _read_xls(data: bytes, limits: Limits) -> list[Sheet]:
    import io

    import xlrd

    silent = io.StringIO()
    try:
        # a folder whose sectors lead in a circle takes all memory of xlrd's own reader of it
        records = _stream_of(data)
        with xlrd.open_workbook(
            file_contents=records, formatting_info=True, logfile=silent
        ) as book:
            return [_of_old_sheet(book, sheet, limits) for sheet in book.sheets()]
    except (IntakeError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001  # a damaged file raises whatever its bytes lead to
        words = str(fault)
        if "encrypted" in words or "password" in words.casefold():
            raise IntakeError("it is protected by a password: save it without one") from None
        raise IntakeError(f"this is not a readable .xls workbook: {words[:200]}") from None


def _stream_of(data: bytes) -> bytes:
    """Return the records of an old workbook, out of the container that holds them."""
    import io

    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        name = next((name for name in ("Workbook", "Book") if container.exists(name)), "Workbook")
        records: bytes = container.openstream(name).read()
    return records


def _of_old_sheet(book: Book, sheet: OldSheet, limits: Limits) -> Sheet:
    hidden_rows = {number for number, row in sheet.rowinfo_map.items() if row.hidden}
    hidden_columns = {number for number, column in sheet.colinfo_map.items() if column.hidden}
    if sheet.ncols > limits.columns or sheet.nrows > limits.rows:
        raise IntakeError(
            f"a table has more than {limits.columns} columns or {limits.rows} rows: refused"
        )
    rows: dict[int, dict[int, Cell]] = {}
    for number in range(sheet.nrows):
        place = Place(row=number + 1, sheet=sheet.name)
        for column in range(sheet.row_len(number)):
            form = book.xf_list[sheet.cell_xf_index(number, column)]
            code = book.format_map[form.format_key].format_str
            text, other, fault = _old_value(book, sheet, number, column, code)
            if not text and not fault:
                continue
            rows.setdefault(number, {})[column] = Cell(
                text=_checked(text, limits),
                fault=fault,
                other=other,
                yearless=sheet.cell_type(number, column) == _XL_DATE and lacks_year(code),
                struck=_is_struck(book, sheet, form, number, column),
                hidden=number in hidden_rows or column in hidden_columns or hides(code),
                place=place,
            )
    merges = [(top, below - 1, left, right - 1) for top, below, left, right in sheet.merged_cells]
    found = _sheet(sheet.name, rows, merges, limits, hidden=sheet.visibility != 0)
    asides: list[Finding] = []
    for (number, _), note in sorted(sheet.cell_note_map.items()):
        report_aside(asides, note.text, Place(row=number + 1, sheet=sheet.name))
    return replace(found, findings=tuple(asides))


def _is_struck(book: Book, sheet: OldSheet, form: Any, row: int, column: int) -> bool:
    """Return whether a cell's text is struck out as a whole, or begins so.

    What holds in the rest is not told apart.
    """
    fonts = [
        form.font_index,
        *(font for _, font in sheet.rich_text_runlist_map.get((row, column), ())),
    ]
    if max(fonts) >= len(book.font_list):
        raise IntakeError("this is not a readable .xls workbook: a font is missing")
    return any(book.font_list[font].struck_out for font in fonts)


def _old_value(
    book: Book, sheet: OldSheet, row: int, column: int, code: str
) -> tuple[str, str, str]:
    """(text as a person sees it, the other time of `number_shown`, fault)."""
    import xlrd

    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind == xlrd.XL_CELL_ERROR:
        return "", "", xlrd.error_text_from_code.get(value, "#ERROR")
    if kind in (xlrd.XL_CELL_DATE, xlrd.XL_CELL_NUMBER):
        return *number_shown(repr(value), code, bool(book.datemode)), ""
    if kind == xlrd.XL_CELL_BOOLEAN:
        return str(bool(value)), "", ""
    return shown_text(code, str(value)), "", ""


# binary workbooks of Excel 2007


def _read_xlsb(data: bytes, limits: Limits) -> list[Sheet]:
    """Read the sheets, with a finding of what their format hides.

    It does not show what is struck out or hidden within a sheet.
    """
    import io

    refuse_bomb(data, limits)
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    hides = Finding(code=Code.FORMAT_HIDES, severity=Severity.WARNING, params={"text": ".xlsb"})
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = {
            meta.name: meta.visible == SheetVisibleEnum.Visible for meta in book.sheets_metadata
        }
        sheets: list[Sheet] = []
        for name in book.sheet_names:
            grid = book.get_sheet_by_name(name).to_python(
                skip_empty_area=False, nrows=limits.rows + 1
            )
            rows = dict(_rows_of_values(name, grid, limits))
            sheet = _sheet(name, rows, (), limits, hidden=not shown.get(name, True))
            sheets.append(replace(sheet, findings=(hides,) if not sheets else ()))
    except (IntakeError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001  # a damaged file raises whatever its bytes lead to
        raise IntakeError(f"this is not a readable .xlsb workbook: {str(fault)[:200]}") from None
    return sheets


def _rows_of_values(
    name: str, grid: Sequence[Sequence[object]], limits: Limits
) -> Iterator[tuple[int, dict[int, Cell]]]:
    for number, values in enumerate(grid):
        place = Place(row=number + 1, sheet=name)
        texts = {column: _checked(_of_value(value), limits) for column, value in enumerate(values)}
        cells = {column: Cell(text=text, place=place) for column, text in texts.items() if text}
        if cells:
            yield number, cells


def _of_value(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.time() != time(0) else f"{value:%Y-%m-%d}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# tables in XML of Excel 2003, as web systems export them under the name .xls


def _read_xml(data: bytes, limits: Limits) -> list[Sheet]:
    from lxml import etree

    try:
        root = parse_xml(data)
    except etree.LxmlError as fault:
        raise IntakeError(f"this is not a readable .xls workbook: {str(fault)[:200]}") from None
    struck = _struck_styles(root)
    return [_of_xml(sheet, struck, limits) for sheet in root.iter(_SPREADSHEET + "Worksheet")]


def _struck_styles(root: Any) -> set[str]:
    """The names of the styles that strike out, those that only follow such a style included."""
    struck: set[str] = set()
    styles = list(root.iter(_SPREADSHEET + "Style"))
    for _ in range(_MOST_PARENTS):
        before = len(struck)
        for style in styles:
            fonts = list(style.iter(_SPREADSHEET + "Font"))
            strikes = [font.get(_SPREADSHEET + "StrikeThrough") for font in fonts]
            follows = style.get(_SPREADSHEET + "Parent") in struck and not any(strikes)
            if "1" in strikes or follows:
                struck.add(str(style.get(_SPREADSHEET + "ID")))
        if len(struck) == before:
            break
    return struck


def _has_struck_words(data: Any) -> bool:
    """Return whether words of a cell are struck out by a mark of their own."""
    return any(
        str(inner.tag) in _STRUCK_WORDS and "".join(inner.itertext()).strip()
        for inner in data.iter()
    )


def _of_xml(sheet: Any, struck: set[str], limits: Limits) -> Sheet:
    name = str(sheet.get(_SPREADSHEET + "Name", ""))
    rows: dict[int, dict[int, Cell]] = {}
    merges: list[Merge] = []
    asides: list[Finding] = []
    columns = _columns_in_xml(sheet, limits)
    number = -1
    for row in sheet.iter(_SPREADSHEET + "Row"):
        number = _index(row, number)
        hides = row.get(_SPREADSHEET + "Hidden") == "1"
        row_style = row.get(_SPREADSHEET + "StyleID")
        at = -1
        for cell in row.iter(_SPREADSHEET + "Cell"):
            at = _index(cell, at)
            for comment in cell.iterchildren(_SPREADSHEET + "Comment"):
                words = "".join(comment.itertext())
                report_aside(asides, words, Place(row=number + 1, sheet=name))
            across, down = (_count(cell, kind) for kind in ("MergeAcross", "MergeDown"))
            if across or down:
                merges.append((number, number + down, at, at + across))
            values = list(cell.iterchildren(_SPREADSHEET + "Data"))  # a comment holds another one
            text = "".join(part for data in values for part in data.itertext())
            fault = (
                text if any(data.get(_SPREADSHEET + "Type") == "Error" for data in values) else ""
            )
            column = columns.get(at, _Column())
            style = cell.get(_SPREADSHEET + "StyleID") or row_style or column.style
            if text.strip():
                rows.setdefault(number, {})[at] = Cell(
                    text="" if fault else _checked(text, limits),
                    fault=fault,
                    struck=style in struck or any(map(_has_struck_words, values)),
                    hidden=hides or column.hidden,
                    place=Place(row=number + 1, sheet=name),
                )
            at += across
    visible = next(sheet.iter(_EXCEL + "Visible"), None)
    is_hidden = visible is not None and (visible.text or "").strip() in (
        "SheetHidden",
        "SheetVeryHidden",
    )
    found = _sheet(name, rows, merges, limits, hidden=is_hidden)
    return replace(found, findings=tuple(asides))


@dataclass(frozen=True, slots=True)
class _Column:
    """The form that holds for the cells of a column."""

    hidden: bool = False
    style: str = ""


def _columns_in_xml(sheet: Any, limits: Limits) -> dict[int, _Column]:
    found: dict[int, _Column] = {}
    at = -1
    for column in sheet.iter(_SPREADSHEET + "Column"):
        at = _index(column, at)
        last = min(at + _count(column, "Span"), limits.columns)
        is_hidden = column.get(_SPREADSHEET + "Hidden") == "1"
        form = _Column(is_hidden, str(column.get(_SPREADSHEET + "StyleID", "")))
        found.update(dict.fromkeys(range(at, last + 1), form))
        at = last
    return found


def _index(element: Any, before: int) -> int:
    text = element.get(_SPREADSHEET + "Index", "")
    return min(int(text[:7]), 1_048_576) - 1 if text.isdecimal() else before + 1


def _count(element: Any, kind: str) -> int:
    text = element.get(_SPREADSHEET + kind, "")
    return min(int(text[:7]), 1_048_576) if text.isdecimal() else 0
