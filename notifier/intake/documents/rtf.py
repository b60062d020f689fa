"""Rich text in (.rtf): headers first, text boxes behind their paragraph, notes last.

Struck-out and deleted words are left out aloud, nothing embedded is opened.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids, is_data
from notifier.intake.documents.words import raised, report_aside, report_struck_out, tidy
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
_ESCAPED = {
    **{sign: sign for sign in "\\{}"},
    **dict.fromkeys("-|:", ""),
    **dict.fromkeys("~\t", " "),
    **dict.fromkeys("\r\n", "\n"),
    "_": "-",
}
_NO_CHARACTER = "\ufffd"
_SKIPPED = frozenset(
    {
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "objdata",
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


class _Part(Enum):
    """A part of the file whose text stands by itself."""

    BODY = auto()
    HEADER = auto()
    BOX = auto()
    NOTE = auto()
    ASIDE = auto()  # is no part of what was published


_PARTS = {
    "header": _Part.HEADER,
    "headerl": _Part.HEADER,
    "headerr": _Part.HEADER,
    "headerf": _Part.HEADER,
    "shptxt": _Part.BOX,
    "dptxbxtext": _Part.BOX,
    "footnote": _Part.NOTE,
    "annotation": _Part.ASIDE,
    "footer": _Part.ASIDE,
    "footerl": _Part.ASIDE,
    "footerr": _Part.ASIDE,
    "footerf": _Part.ASIDE,
}
_SAID_AGAIN = "shprslt"  # a text box in older words


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


@dataclass(eq=False, slots=True)
class _Flow:
    """The text of one part, as far as it is gathered."""

    part: _Part
    blocks: list[Paragraph | Table] = field(default_factory=list)
    behind: list[Paragraph | Table] = field(default_factory=list)  # what is open: its text boxes
    words: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    in_table: bool = False
    row: _Row = field(default_factory=_Row)
    form: _CellForm = field(default_factory=_CellForm)
    rows: list[_Row] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """The state that holds within a group, and the flow that its text joins."""

    flow: _Flow
    skipped: bool = False
    said_again: bool = False
    struck: bool = False
    hidden: bool = False
    is_raised: bool = False
    font: int = 0
    after_unicode: int = 1  # characters that stand for programs without Unicode


def read_rtf(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError if it is nested too deep or holds too many cells."""
    reader = _Reader(data, limits)
    return Document(file=file, blocks=tuple(reader.read()), findings=tuple(reader.findings))


class _Reader:
    """The walk over the words of one file."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.findings: list[Finding] = []
        self._headers: list[Paragraph | Table] = []
        self._notes: list[Paragraph | Table] = []
        self._grids = Grids(limits)
        self._state = _State(_Flow(_Part.BODY))
        self._above: list[_State] = []
        self._codepage = "gb18030"
        self._fonts: dict[int, str] = {}
        self._font_defined: int | None = None
        self._bytes = bytearray()
        self._skip = 0  # characters that a Unicode one before them stands for
        self._count = 0

    def read(self) -> Iterable[Paragraph | Table]:
        """Return the blocks in reading order."""
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
        while self._above:  # the file ends too early
            self._group(b"}")
        body = self._state.flow
        self._end_flow(body)
        return self._headers + body.blocks + self._notes

    def _group(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._above) >= _MOST_DEPTH:
                raise IntakeError(f"the page is nested deeper than {_MOST_DEPTH} elements: refused")
            self._above.append(self._state)
            self._state = replace(self._state)
        elif self._above:
            inner = self._state.flow
            self._state = self._above.pop()
            if inner is not self._state.flow:
                self._end_flow(inner)
                self._place(inner)
        self._skip = 0

    def _begin_part(self, part: _Part) -> None:
        """Let the text of this group stand by itself, whatever holds around it."""
        self._state = replace(
            self._state, flow=_Flow(part), skipped=False, struck=False, hidden=False
        )

    def _place(self, flow: _Flow) -> None:
        """Put the text of a part that ended where it belongs."""
        if flow.part is _Part.HEADER:
            self._headers += [block for block in flow.blocks if block not in self._headers]
        elif flow.part is _Part.BOX:
            self._state.flow.behind += flow.blocks
        elif flow.part is _Part.NOTE:
            self._notes += flow.blocks
        else:
            texts = [block.text for block in flow.blocks if isinstance(block, Paragraph)]
            report_aside(self.findings, " ".join(texts), Place())

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
        if state.skipped:
            return
        flow = state.flow
        before = next((word for word in reversed(flow.words) if word.strip()), "")
        if state.is_raised and before.rstrip()[-1:].isdecimal():
            text = raised(text)
        if state.hidden:
            flow.hidden.append(text)
        elif state.struck:
            flow.struck.append(text)
        else:
            flow.words.append(text)

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._state.skipped = True
            return
        # a control word or a character that lost its beginning is none
        self._add(_ESCAPED.get(sign.decode("latin-1"), _NO_CHARACTER))

    def _control(self, word: str, number: int | None) -> None:
        state = self._state
        if word in _PARTS and not state.said_again:
            self._begin_part(_PARTS[word])
        elif word in _SKIPPED:
            state.skipped = True
        elif word == _SAID_AGAIN:
            state.skipped = state.said_again = True
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
        flow = self._state.flow
        if word == "intbl":
            flow.in_table = True
        elif word == "pard":
            flow.in_table = False
        elif word in ("par", "sect", "page"):
            if flow.in_table:
                flow.words.append("\n")
            else:
                self._end_table(flow)
                self._end_paragraph(flow)
        elif word == "trowd":
            flow.row = replace(flow.row, forms=[], edges=[])
            flow.form = _CellForm()
        elif word in ("clvmrg", "clmrg"):
            above = word == "clvmrg"
            flow.form = replace(
                flow.form,
                continues_above=flow.form.continues_above or above,
                continues_left=flow.form.continues_left or not above,
            )
        elif word == "cellx":
            flow.row.forms.append(flow.form)
            flow.row.edges.append(number or 0)
            flow.form = _CellForm()
        elif word in ("cell", "nestcell"):
            flow.row.cells.append(self._taken(flow, Place(table=self._grids.tables + 1)))
        elif word == "row":
            self._end_row(flow)

    def _taken(self, flow: _Flow, place: Place) -> str:
        """Return the words gathered so far; report those struck out, and hidden times."""
        if flow.struck:
            report_struck_out(self.findings, "".join(flow.struck), place)
        if flow.hidden:
            report_aside(self.findings, "".join(flow.hidden), place)
        text = tidy("".join(flow.words))
        flow.words, flow.struck, flow.hidden = [], [], []
        return text

    def _end_flow(self, flow: _Flow) -> None:
        if flow.row.cells:  # a row whose end is lost
            self._end_row(flow)
        self._end_table(flow)
        self._end_paragraph(flow)

    def _end_paragraph(self, flow: _Flow) -> None:
        self._count += 1
        place = Place(line=self._count)
        for text in self._taken(flow, place).split("\n"):
            if text:
                flow.blocks.append(Paragraph(text=text, place=place))
        self._end_boxes(flow)

    def _end_row(self, flow: _Flow) -> None:
        if len(flow.rows) > self.limits.rows:
            raise IntakeError(f"a table has more than {self.limits.rows} rows: split the file")
        flow.rows.append(flow.row)
        # the next row may be defined like this
        flow.row = _Row(forms=flow.row.forms, edges=flow.row.edges)

    def _end_table(self, flow: _Flow) -> None:
        rows, flow.rows = flow.rows, []
        if not rows:
            return
        spans = _spans(rows)
        if is_data(spans, nested=False):
            grid = self._grids.table(spans)
            if grid is not None:
                flow.blocks.append(grid)
        else:
            texts = (text for row in spans for span in row for text in span.text.split("\n"))
            flow.blocks += [Paragraph(text=text) for text in texts if text]
        self._end_boxes(flow)

    def _end_boxes(self, flow: _Flow) -> None:
        flow.blocks += flow.behind
        flow.behind = []


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
