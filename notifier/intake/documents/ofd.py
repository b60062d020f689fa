"""OFD in, China's fixed layout (GB/T 33190).

A zip of XML whose characters stand at places, read as the pages of a PDF are. Pictures, annotations
and what is embedded are never opened.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notifier.errors import IntakeError
from notifier.intake.bombs import refuse_bomb
from notifier.intake.documents.document import Document
from notifier.intake.documents.pdf import document_of
from notifier.intake.documents.pdf.lines import Char, mark_raised_and_struck
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_layers import answer_of, page_of, ruled_cells
from notifier.intake.documents.xml import parse_xml
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element

_POINTS = 72 / 25.4  # a millimetre; the page model counts in points
_THIN = 2.0  # points: a filled box no thicker is a line
_LOOSE = 1.4  # of the size: characters no further apart stand in one word
_MOST_CHARACTERS = 2_000_000
_MOST_STROKES = 20_000
_PATH = re.compile(r"[MLBQACS]|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

Matrix = tuple[float, float, float, float, float, float]
Stroke = dict[str, Any]


def read_ofd(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for a damaged file, a bomb, pages without text, too many pages."""
    from lxml import etree

    refuse_bomb(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            package = _Package(archive, limits)
            pages = list(package.pages())
    except (zipfile.BadZipFile, KeyError, ValueError, etree.LxmlError) as fault:
        raise IntakeError(f"this is not a readable .ofd: {str(fault)[:200]}") from None
    return document_of(answer_of(pages, ""), file, limits)


def _local(element: _Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _within(element: _Element, name: str) -> Iterator[_Element]:
    return (inner for inner in element.iter("{*}" + name))


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split()]


@dataclass(slots=True)
class _Drawn:
    """The text and the lines of one page."""

    chars: list[Char]
    strokes: list[Stroke]
    has_pictures: bool = False


class _Package:
    """The parts of one file."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.archive = archive
        self.limits = limits
        self._names = {name.casefold(): name for name in archive.namelist()}
        self._characters = 0

    def pages(self) -> Iterator[Page]:
        """Every page of every document in the file, in order."""
        number = 0
        for root in _within(self._xml("OFD.xml"), "DocRoot"):
            path = (root.text or "").strip().lstrip("/")
            document = self._xml(path)
            folder = posixpath.dirname(path)
            templates = {
                str(template.get("ID")): posixpath.join(folder, str(template.get("BaseLoc")))
                for template in _within(document, "TemplatePage")
            }
            for page in _within(document, "Page"):
                if page.get("BaseLoc") is None:
                    continue
                number += 1
                if number > self.limits.pages:
                    raise IntakeError(f"it has more than {self.limits.pages} pages: split the file")
                yield self._page(
                    number, posixpath.join(folder, str(page.get("BaseLoc"))), templates
                )

    def _page(self, number: int, path: str, templates: dict[str, str]) -> Page:
        drawn = _Drawn([], [])
        content = self._xml(path)
        for used in _within(content, "Template"):
            template = templates.get(str(used.get("TemplateID")))
            if template is not None:
                self._draw(self._xml(template), drawn)
        self._draw(content, drawn)
        mark_raised_and_struck(drawn.chars, drawn.strokes)
        return page_of(
            number, drawn.chars, ruled_cells(drawn.strokes), has_pictures=drawn.has_pictures
        )

    def _xml(self, path: str) -> _Element:
        name = self._names.get(posixpath.normpath(path.lstrip("/")).casefold())
        if name is None:
            raise IntakeError(f"this is not a readable .ofd: {path[:100]} is missing")
        data = self.archive.read(name)
        if len(data) > self.limits.file_bytes:
            raise IntakeError(
                f"its text would unpack to more than {self.limits.file_bytes} bytes: refused"
            )
        return parse_xml(data)

    def _draw(self, content: _Element, drawn: _Drawn) -> None:
        for element in content.iter():
            kind = _local(element)
            if kind == "TextObject":
                drawn.chars += self._text(element)
            elif kind == "PathObject" and len(drawn.strokes) < _MOST_STROKES:
                drawn.strokes += _strokes(element)
            elif kind == "ImageObject":
                drawn.has_pictures = True

    def _text(self, element: _Element) -> Iterator[Char]:
        box = _numbers(str(element.get("Boundary", "")))
        matrix = _matrix(element)
        size = float(element.get("Size", "4"))
        is_hidden = element.get("Visible") == "false"
        for code in _within(element, "TextCode"):
            text = code.text or ""
            self._characters += len(text)
            if self._characters > _MOST_CHARACTERS:
                raise IntakeError(f"it has more than {_MOST_CHARACTERS} characters: split the file")
            if len(box) != 4 or is_hidden:
                continue
            x, y = (float(code.get(axis, "0")) for axis in ("X", "Y"))
            rights, downs = (
                _steps(str(code.get(axis, "")), len(text)) for axis in ("DeltaX", "DeltaY")
            )
            for at, character in enumerate(text):
                step = rights[at] if at < len(rights) else 0.0
                width = step if 0 < step <= _LOOSE * size else 0.0
                yield _char(character, (x, y), size, width, matrix, box)
                x += step
                y += downs[at] if at < len(downs) else 0.0


def _matrix(element: _Element) -> Matrix:
    numbers = _numbers(str(element.get("CTM", "")))
    if len(numbers) != 6:
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def _moved(point: tuple[float, float], matrix: Matrix, box: Sequence[float]) -> tuple[float, float]:
    """Return the place on the page, in points, of a point of an object."""
    a, b, c, d, e, f = matrix
    x, y = point
    return (a * x + c * y + e + box[0]) * _POINTS, (b * x + d * y + f + box[1]) * _POINTS


def _char(
    text: str,
    base: tuple[float, float],
    size: float,
    width: float,
    matrix: Matrix,
    box: Sequence[float],
) -> Char:
    """Return a character whose base line begins at `base`.

    `width` 0: half of its size, the whole if it is East Asian.
    """
    width = width or (size if ord(text) > 0x2E7F else size / 2)
    x, y = base
    left, bottom = _moved((x, y + size * 0.15), matrix, box)
    right, top = _moved((x + width, y - size * 0.85), matrix, box)
    upright = abs(matrix[1]) < 0.01 and matrix[0] > 0
    height = abs(bottom - top)
    return Char(
        text,
        min(left, right),
        max(left, right),
        min(top, bottom),
        max(top, bottom),
        height,
        upright=upright,
    )


def _steps(text: str, most: int) -> list[float]:
    """Return the distance of each character from the one before it.

    `4.5 4.5 3`, or `g 2 4.5 3` for two times 4.5.
    """
    parts = text.split()
    steps: list[float] = []
    at = 0
    while at < len(parts) and len(steps) < most:
        if parts[at] == "g" and at + 2 < len(parts):
            steps += [float(parts[at + 2])] * min(int(parts[at + 1]), most)
            at += 3
        else:
            steps.append(float(parts[at]))
            at += 1
    return steps


def _strokes(element: _Element) -> Iterator[Stroke]:
    """The straight lines, across or down, of a drawing; a thin filled box is one."""
    box = _numbers(str(element.get("Boundary", "")))
    if len(box) != 4:
        return
    matrix = _matrix(element)
    for data in _within(element, "AbbreviatedData"):
        points: list[tuple[float, float]] = []
        for command, numbers in _commands(data.text or ""):
            if command in "MS":
                points = []
            if command == "C" and points:
                yield from _straight(points[-1], points[0])
                points = points[:1]
            elif len(numbers) >= 2:
                point = _moved((numbers[-2], numbers[-1]), matrix, box)
                if points and command == "L":
                    yield from _straight(points[-1], point)
                points.append(point)


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    command = ""
    numbers: list[float] = []
    for part in _PATH.findall(text):
        if part.isalpha():
            if command:
                yield command, numbers
            command, numbers = part, []
        else:
            numbers.append(float(part))
    if command:
        yield command, numbers


def _straight(begin: tuple[float, float], end: tuple[float, float]) -> Iterator[Stroke]:
    (x0, x1), (top, bottom) = sorted((begin[0], end[0])), sorted((begin[1], end[1]))
    across, down = bottom - top <= _THIN, x1 - x0 <= _THIN
    if across != down:
        yield {
            "x0": x0,
            "x1": x1,
            "top": top,
            "bottom": bottom,
            "orientation": "h" if across else "v",
        }
