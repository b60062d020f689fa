"""Web pages in: a saved page with its menus, or the HTML inside an answer of the national site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids, is_data
from notifier.intake.documents.page_styles import PageStyles, is_hidden, is_left_out
from notifier.intake.documents.words import (
    LIKE_A_TIME,
    raised,
    report_aside,
    report_hidden_rows,
    report_struck_out,
    tidy,
)
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# the parser drops what follows them; browsers show it
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_DROPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "nav",
        "footer",
        "aside",
        "iframe",
        "frame",
        "object",
        "embed",
        "svg",
        "canvas",
        "audio",
        "video",
        "map",
        "select",
        "datalist",
        "button",
        "input",
        "textarea",
    }
)
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MENUS = frozenset({"ul", "ol", "dl", "div", "table", "section", "td", "p"})
# a page without any is no whole notice
_OF_A_DEADLINE = re.compile(
    r"(?:截[止至]|(?:报名|申请|挂牌|拍卖|投标|竞价)[^。,，:：]{0,6}(?:期限|时间|期))"
    rf"[^。]{{0,300}}?(?:{LIKE_A_TIME.pattern})"
)
_MENU_LINKS = 4
_MENU_SHARE = 0.85
_MOST_TAGS = 500_000


def read_html(data: bytes, file: str, limits: Limits) -> Document:
    """A saved page. IntakeError if it is no text, is nested too deep or has too many cells."""
    return read_html_text(text_of_page(data), file, limits)


def text_of_page(data: bytes) -> str:
    """The text of a saved page, by the charset that it declares. IntakeError if it is no text."""
    declared = _CHARSET.search(data[:4096])
    return decode(data, declared[1].decode("ascii") if declared else "")


def read_html_text(html: str, file: str, limits: Limits) -> Document:
    """HTML that is text already, such as a field of JSON. IntakeError as in `read_html`."""
    root = parse_page(html, limits)
    if root is None:
        return Document(file=file, blocks=())
    title = tidy(root.findtext(".//title") or "")
    menus, styles = _menus(root, limits), PageStyles(root)
    shown = _Page(limits, menus, styles, leaves_out=True).document(root, file, title)
    if not any(map(is_left_out, root.iter())):
        return shown
    whole = _Page(limits, menus, styles, leaves_out=False).document(root, file, title)
    sizes = [sum(map(len, document.texts())) for document in (shown, whole)]
    is_notice = _OF_A_DEADLINE.search(" ".join(shown.texts())) is not None
    # else a script would show the notice, or the half of it that a tab hides
    return shown if is_notice and 2 * sizes[0] >= sizes[1] else whole


def parse_page(html: str, limits: Limits) -> _Element | None:
    """Return the root of a page, None for one that is empty.

    IntakeError if it has too many tags or levels.
    """
    from lxml import etree

    text = _ENDS.sub("", _XML_DECLARATION.sub("", html)).replace("\x00", "")
    if not text.strip():
        return None
    if text.count("<") > _MOST_TAGS:
        raise IntakeError(f"the page has more than {_MOST_TAGS} tags: save its text alone")
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as fault:
        raise IntakeError(f"this is not a readable web page: {fault}") from None
    if any("depth" in entry.message.casefold() for entry in parser.error_log.filter_from_errors()):
        raise IntakeError(f"the page is nested deeper than {limits.depth} elements: refused")
    if root is not None:
        _give_rows(root)
    return root


def _give_rows(root: _Element) -> None:
    """Put the cells of a table that stand in no row into one, as browsers do."""
    row: _Element | None = None
    for cell in list(root.iter("td", "th")):
        around = next(cell.iterancestors("tr", "td", "th", "table"), None)
        if around is None or around.tag != "table":
            continue
        if row is None or cell.getprevious() is not row:
            row = cell.makeelement("tr")
            cell.addprevious(row)
            row.sourceline = cell.sourceline
        row.append(cell)


def _menus(root: _Element, limits: Limits) -> set[_Element]:
    """Lists that are nearly all links: menus, neighbouring notices.

    IntakeError if the page is nested too deep.
    """
    found: set[_Element] = set()
    depth = 0
    # characters, characters inside links, links; one entry an open element
    counts: list[list[int]] = [[0, 0, 0]]
    from lxml import etree

    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            if depth > limits.depth:
                raise IntakeError(
                    f"the page is nested deeper than {limits.depth} elements: refused"
                )
            counts.append([len((element.text or "").strip()), 0, 0])
            continue
        depth -= 1
        chars, linked, links = counts.pop()
        if element.tag == "a" and element.get("href") is not None:
            linked, links = chars, links + 1
        if element.tag in _MENUS and links >= _MENU_LINKS and linked >= _MENU_SHARE * chars:
            found.add(element)
        above = counts[-1]
        above[0] += chars + len((element.tail or "").strip())
        above[1] += linked
        above[2] += links
    return found


class _Page:
    """The walk over a page: text gathers until a block ends, tables become grids.

    `leaves_out`: what has no place on the page is not read.
    """

    def __init__(
        self, limits: Limits, menus: set[_Element], styles: PageStyles, *, leaves_out: bool
    ) -> None:
        self.leaves_out = leaves_out
        self.grids = Grids(limits)
        self.menus, self.styles = menus, styles
        self.blocks: list[Paragraph | Table] = []
        self.findings: list[Finding] = []
        self._text: list[str] = []
        self._line: int | None = None
        self._heading = False
        self._has_struck = False  # since a cell began

    def document(self, root: _Element, file: str, title: str) -> Document:
        self.flow(root)
        self.flush()
        blocks, findings = tuple(self.blocks), tuple(self.findings)
        return Document(file=file, blocks=blocks, title=title, findings=findings)

    def flush(self) -> None:
        """End the paragraph; each forced line break makes its own."""
        for text in tidy("".join(self._text)).split("\n"):
            if text:
                self.blocks.append(
                    Paragraph(text=text, place=Place(line=self._line), heading=self._heading)
                )
        self._text, self._line, self._heading = [], None, False

    def flow(self, element: _Element) -> None:
        """The text and the tables inside `element`, in reading order."""
        tag = element.tag
        if tag in _DROPPED or element in self.menus:
            return
        if self._is_off(element):
            return
        if tag == "br":
            self._break(element)
            return
        if tag == "table" and self._table(element):
            return
        block = tag in _BLOCKS
        if block:
            self.flush()
            self._heading = tag in _HEADINGS
        self._add(_inline(element, element.text), element)
        for child in element:
            self.flow(child)
            self._add(_inline(element, child.tail), child)
        if block:
            self.flush()

    def _break(self, element: _Element) -> None:
        heading = self._heading
        self.flush()
        self._heading, self._line = heading, _line(element)

    def _add(self, text: str, element: _Element) -> None:
        if not text:
            return
        if self._line is None and text.strip():
            self._line = _line(element)
        self._text.append(text)

    def _is_off(self, element: _Element) -> bool:
        """Return whether an element is struck out or has no place on the page; it is reported."""
        if self.styles.strikes_out(element):
            self._struck_out(element)
            return True
        if not (self.leaves_out and is_left_out(element)):
            return False
        report_aside(self.findings, " ".join(_words(element)), Place(line=_line(element)))
        return True

    def _struck_out(self, element: _Element) -> None:
        text = "".join(map(str, element.itertext()))
        self._has_struck = self._has_struck or bool(text.strip())
        report_struck_out(self.findings, text, Place(line=_line(element)))

    def _table(self, table: _Element) -> bool:
        """Return whether `table` is one of data; it is then added, its inner tables after it."""
        lines = list(_rows(table))
        rows = [list(_cells(row)) for row in lines]
        inner = [
            inner_table
            for inner_table in table.iterdescendants("table")
            if inner_table not in self.menus
        ]
        spans = [self._spans(line, row) for line, row in zip(lines, rows, strict=True)]
        if not is_data(spans, nested=bool(inner)):
            return False
        self.flush()
        hidden = {
            number: " ".join(cell.text for cell in row)
            for number, (line, row) in enumerate(zip(lines, spans, strict=True), 1)
            if is_hidden(line)
        }
        report_hidden_rows(self.findings, hidden, Place(line=_line(table)))
        for text in _strays(table):
            self._add(text, table)
            self.flush()
        grid = self.grids.table(spans)
        if grid is not None:
            self.blocks.append(grid)
        for inner_table in inner:
            if next(inner_table.iterancestors("table")) is table:
                self.flow(inner_table)
        return True

    def _spans(self, line: _Element, cells: Sequence[_Element]) -> list[CellSpan]:
        is_off = self.styles.strikes_out(line)
        is_whole = next(_strays(line), None) is None
        return [self._span(cell, is_off=is_off, is_whole=is_whole) for cell in cells]

    def _span(self, cell: _Element, *, is_off: bool, is_whole: bool) -> CellSpan:
        """`is_off`: its whole row is struck out. `is_whole`: none of its row's cells is broken."""
        self._has_struck = False
        if is_off:
            self._struck_out(cell)
        text = "" if is_off else tidy(self._cell_text(cell))
        return CellSpan(
            text=text,
            struck=self._has_struck and not text,
            certain=is_whole and not _has_swallowed_a_tag(cell),
            rowspan=_number(cell.get("rowspan"), lowest=0),
            colspan=_number(cell.get("colspan"), lowest=1),
            line=_line(cell),
        )

    def _cell_text(self, element: _Element) -> str:
        """The text of a cell; blocks and breaks inside it are line breaks."""
        tag = element.tag
        if tag in _DROPPED:
            return ""
        if self._is_off(element):
            return ""
        if tag == "br":
            return "\n"
        parts = [_inline(element, element.text)]
        for child in element:
            parts += [self._cell_text(child), _inline(element, child.tail)]
        text = "".join(parts)
        return f"\n{text}\n" if tag in _BLOCKS else text


def _has_swallowed_a_tag(cell: _Element) -> bool:
    """Return whether a tag lost its end: the next became a part of it, such as what strikes out."""
    return any(
        "<" in str(text)
        for element in cell.iter()
        for attribute in element.attrib.items()
        for text in attribute
    )


def _words(element: _Element) -> Iterator[str]:
    """Yield the texts inside an element, but for those that are none, such as scripts."""
    if element.tag in _DROPPED:
        return
    yield element.text or ""
    for child in element:
        yield from _words(child)
        yield child.tail or ""


def _line(element: _Element) -> int | None:
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def _inline(element: _Element, text: str | None) -> str:
    """Text as a browser shows it."""
    if not text:
        return ""
    if element.tag != "pre":
        text = text.replace("\n", " ")
    return raised(text) if element.tag == "sup" and _after_digit(element) else text


def _after_digit(element: _Element) -> bool:
    before = element.getprevious()
    parent = element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else ""
    return bool(text) and str(text).rstrip()[-1:].isdecimal()


def _rows(table: _Element) -> Iterator[_Element]:
    """The rows of `table` itself, not of tables inside it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag not in ("td", "th", "table", "caption"):
            yield from _rows(child)


def _cells(row: _Element) -> Iterator[_Element]:
    for child in row:
        if child.tag in ("td", "th"):
            yield child
        elif child.tag not in ("tr", "table"):
            yield from _cells(child)


def _strays(table: _Element) -> Iterator[str]:
    """Return the text of a table that stands in no cell.

    Its caption, and what damaged pages put between rows.
    """
    stack = [table]
    while stack:
        element = stack.pop()
        if (
            element.tag in ("td", "th")
            or element.tag in _DROPPED
            or (element.tag == "table" and element is not table)
        ):
            continue
        yield from (
            text
            for text in [element.text, *(child.tail for child in element)]
            if text and text.strip()
        )
        stack.extend(reversed(element))


def _number(text: str | None, *, lowest: int) -> int:
    """A span as written; what is no number counts as 1, as in browsers."""
    if text is None:
        return 1
    found = re.match(r"\s*\+?(\d{1,12})", text)
    return max(int(found[1]), lowest) if found else 1
