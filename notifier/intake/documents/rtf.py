"""Rich text in (.rtf): struck-out and deleted words are left out aloud, nothing embedded is
opened."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids, is_data
from notifier.intake.documents.words import raised, report_struck_out, tidy
from notifier.intake.limits import Limits

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
_CHARSETS = {134: "gb18030", 136: "big5", 128: "cp932", 129: "cp949", 0: "cp1252", 1: "gb18030"}
_SIGNS = {
    "tab": " ",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
}
_ESCAPED = {"~": " ", "-": "", "_": "-", "\n": "\n", "\r": "\n"}
_SKIPPED = frozenset(
    {
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "objdata",
        "header",
        "headerl",
        "headerr",
        "headerf",
        "footer",
        "footerl",
        "footerr",
        "footerf",
        "fldinst",
        "themedata",
        "datastore",
        "listtable",
        "listoverridetable",
        "latentstyles",
        "generator",
        "xmlnstbl",
        "rsidtbl",
        "bkmkstart",
        "bkmkend",
        "footnote",
        "annotation",
        "filetbl",
        "revtbl",
        "sp",
        "shpinst",
        "nonshppict",
        "nonesttables",
        "pgptbl",
        "private",
        "userprops",
    }
)
_MOST_DEPTH = 500


@dataclass(slots=True)
class _State:
    """The state that holds within a group."""

    skipped: bool = False
    struck: bool = False
    hidden: bool = False
    is_raised: bool = False
    font: int = 0
    after_unicode: int = 1  # characters that stand for programs without Unicode


@dataclass(slots=True)
class _CellForm:
    """The way in which a cell of the row that is being defined is merged."""

    continues_above: bool = False
    continues_left: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[str] = field(default_factory=list)
    forms: list[_CellForm] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)


def read_rtf(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError if it is nested too deep or holds too many cells."""
    reader = _Reader(data, limits)
    reader.read()
    return Document(file=file, blocks=tuple(reader.blocks), findings=tuple(reader.findings))


class _Reader:
    """The walk over the words of one file."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.blocks: list[Paragraph | Table] = []
        self.findings: list[Finding] = []
        self._grids = Grids(limits)
        self._state = _State()
        self._above: list[_State] = []
        self._codepage = "gb18030"
        self._fonts: dict[int, str] = {}
        self._font_defined: int | None = None
        self._bytes = bytearray()
        self._skip = 0  # characters that a Unicode one before them stands for
        self._words: list[str] = []
        self._struck: list[str] = []
        self._in_table = False
        self._row = _Row()
        self._form = _CellForm()
        self._rows: list[_Row] = []
        self._count = 0

    def read(self) -> None:
        at = 0
        while found := _TOKEN.match(self.data, at):
            at = found.end()
            code, word, number, sign, brace, text = found.groups()
            if code:
                self._byte(int(code, 16))
                continue
            if text:
                self._plain(text)
                continue
            self._end_bytes()
            if word == b"bin":
                at += max(int(number or 0), 0)  # raw bytes of a picture: braces among them are none
            elif word:
                self._control(word.decode("ascii"), int(number) if number else None)
            elif sign:
                self._sign(sign)
            elif brace:
                self._group(brace)
        self._end_bytes()
        self._end_paragraph()
        self._end_table()

    def _group(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._above) >= _MOST_DEPTH:
                raise IntakeError(f"the page is nested deeper than {_MOST_DEPTH} elements: refused")
            self._above.append(self._state)
            self._state = replace(self._state)
        elif self._above:
            self._state = self._above.pop()
        self._skip = 0

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._bytes.append(value)

    def _plain(self, text: bytes) -> None:
        cut = min(self._skip, len(text))
        self._skip -= cut
        if self._bytes and text[cut:]:
            # the second byte of a character may be a letter
            self._bytes += text[cut:]
            self._end_bytes()
        elif text[cut:]:
            self._bytes += text[cut:]
            self._end_bytes()

    def _end_bytes(self) -> None:
        if self._bytes:
            encoding = self._fonts.get(self._state.font, self._codepage)
            text = bytes(self._bytes).decode(encoding, "replace")
            self._bytes.clear()
            self._add(text)

    def _add(self, text: str) -> None:
        state = self._state
        if state.skipped or state.hidden:
            return
        before = next((word for word in reversed(self._words) if word.strip()), "")
        if state.is_raised and before.rstrip()[-1:].isdecimal():
            text = raised(text)
        (self._struck if state.struck else self._words).append(text)

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._state.skipped = True
            return
        text = sign.decode("latin-1")
        self._add(_ESCAPED.get(text, text))

    def _control(self, word: str, number: int | None) -> None:
        state = self._state
        if word in _SKIPPED:
            state.skipped = True
        if word == "f" and number is not None:
            state.font = number
            self._font_defined = number
        elif word == "fcharset" and self._font_defined is not None:
            self._fonts[self._font_defined] = _CHARSETS.get(number or 0, self._codepage)
        elif word == "ansicpg" and number:
            self._codepage = _codec(number)
        elif word == "uc":
            state.after_unicode = min(number if number is not None else 1, 16)
        elif word == "u" and number is not None:
            self._add(_character(number))
            self._skip = state.after_unicode
        elif word in ("strike", "striked", "deleted"):
            state.struck = number != 0
        elif word == "v":
            state.hidden = number != 0
        elif word in ("super", "nosupersub"):
            state.is_raised = word == "super"
        elif word == "plain":
            state.struck = state.hidden = state.is_raised = False
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        elif not state.skipped:
            self._layout(word, number)

    def _layout(self, word: str, number: int | None) -> None:
        """Paragraphs, and the cells and rows of tables."""
        if word == "intbl":
            self._in_table = True
        elif word == "pard":
            self._in_table = False
        elif word in ("par", "sect", "page"):
            if self._in_table:
                self._words.append("\n")
            else:
                self._end_table()
                self._end_paragraph()
        elif word == "trowd":
            self._row = replace(self._row, forms=[], edges=[])
            self._form = _CellForm()
        elif word in ("clvmrg", "clmrg"):
            above = word == "clvmrg"
            self._form = replace(
                self._form,
                continues_above=self._form.continues_above or above,
                continues_left=self._form.continues_left or not above,
            )
        elif word == "cellx":
            self._row.forms.append(self._form)
            self._row.edges.append(number or 0)
            self._form = _CellForm()
        elif word in ("cell", "nestcell"):
            self._row.cells.append(self._taken(Place(table=self._grids.tables + 1)))
        elif word == "row":
            self._end_row()

    def _taken(self, place: Place) -> str:
        """Return the words gathered so far, and report those that were struck out."""
        if self._struck:
            report_struck_out(self.findings, "".join(self._struck), place)
        text = tidy("".join(self._words))
        self._words, self._struck = [], []
        return text

    def _end_paragraph(self) -> None:
        self._count += 1
        place = Place(line=self._count)
        for text in self._taken(place).split("\n"):
            if text:
                self.blocks.append(Paragraph(text=text, place=place))

    def _end_row(self) -> None:
        if len(self._rows) > self.limits.rows:
            raise IntakeError(f"a table has more than {self.limits.rows} rows: split the file")
        self._rows.append(self._row)
        # the next row may be defined like this
        self._row = _Row(forms=self._row.forms, edges=self._row.edges)

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        spans = _spans(rows)
        if not is_data(spans, nested=False):
            for row in spans:
                for span in row:
                    self.blocks += [Paragraph(text=text) for text in span.text.split("\n") if text]
            return
        grid = self._grids.table(spans)
        if grid is not None:
            self.blocks.append(grid)


def _codec(page: int) -> str:
    if page == 936:
        return "gb18030"
    try:
        return codecs.lookup(f"cp{page}").name
    except LookupError:
        return "gb18030"


def _character(number: int) -> str:
    code = number & 0xFFFF
    return "" if 0xD800 <= code < 0xE000 else chr(code)


def _spans(rows: list[_Row]) -> list[list[CellSpan]]:
    """The cells of each row, placed by the right edges that its definition gives."""
    edges = sorted({edge for row in rows for edge in row.edges})
    columns = {edge: number for number, edge in enumerate(edges)}
    heights: dict[tuple[int, int], int] = {}
    open_at: dict[int, tuple[int, int]] = {}
    found: list[list[tuple[int, int, str]]] = []
    for number, row in enumerate(rows):
        line: list[tuple[int, int, str]] = []
        still: dict[int, tuple[int, int]] = {}
        begin = 0
        for at, text in enumerate(row.cells):
            form = row.forms[at] if at < len(row.forms) else _CellForm()
            end = columns[row.edges[at]] + 1 if at < len(row.edges) else begin + 1
            end = max(end, begin + 1)
            if form.continues_left and line:
                line[-1] = (line[-1][0], end - line[-1][0], line[-1][2])
            elif form.continues_above and begin in open_at:
                heights[open_at[begin]] += 1
                still[begin] = open_at[begin]
            else:
                line.append((begin, end - begin, text))
                heights[number, begin] = 1
                still[begin] = (number, begin)
            begin = end
        open_at = still
        found.append(line)
    return [
        [
            CellSpan(text=text, colspan=width, rowspan=heights[number, begin])
            for begin, width, text in line
        ]
        for number, line in enumerate(found)
    ]
