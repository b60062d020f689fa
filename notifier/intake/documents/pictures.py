"""Pictures of text in: scans, photographs, screenshots, and pages of a PDF without text.

Nothing is looked up and nothing leaves the machine: the models are part of the extra
`notifier[ocr]`. What is recognised is never certain by itself: see `notice/scanned.py`.
"""

from __future__ import annotations

import io
import math
import re
import statistics
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from notifier.errors import IntakeError, NeedsPictures
from notifier.intake.documents.aligned_tables import aligned_tables
from notifier.intake.documents.document import Document, Scan
from notifier.intake.documents.pdf import document_of
from notifier.intake.documents.pdf.lines import Char
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_layers import answer_of, page_of, ruled_cells
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

_DPI = 200
_POINTS = 72 / _DPI  # of a pixel; the page model counts in points
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 3_400  # pixels: A4 at 290 dpi; more costs time and memory and reads no better
_LEAST_SCORE = 0.5  # below it a box is a stamp, a stain or a signature
_TURNED = 1.5  # times as high as wide: a line of text that stands on its side
_UPSIDE_DOWN = 0.75  # a mean score below it
_SHORTEST_RULE = 40  # pixels
_REACH_OF_LETTERS = 0.1  # of the height of a piece: so far its letters may stand out of its box
_PADDING = 0.2  # of the height of a piece, at both ends
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) +| +(?=[\u3400-\u9fff])")
_FIGURES = re.compile(r"\d\D{0,2}\d")
_CUTOUT_WIDTH, _CUTOUT_QUALITY = 1_200, 60
_ABOVE, _BELOW = 0.5, 1.5  # heights of a line: a time may go on in the next one
_LONG_PIECE = 6  # characters: from here on its slope is that of its line
_LEAST_ANGLE, _MOST_ANGLE = 0.003, 0.3  # radians


def read_picture(data: bytes, file: str, limits: Limits) -> Document:
    """The document that a picture shows.

    NeedsPictures: the limits do not allow it. IntakeError: it shows no text.
    """
    check_possible(limits)
    pages: list[Page] = []
    scans: list[Scan] = []
    for number, image in enumerate(_frames(data, limits), 1):
        page, found = page_of_picture(number, image)
        pages.append(page)
        scans += found
    return document_of(answer_of(pages, ""), file, limits, scans=scans)


def check_possible(limits: Limits) -> None:
    """Make what recognises text.

    IntakeError if it is not installed, NeedsPictures if this process has not the memory for it.
    """
    from importlib.util import find_spec

    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        raise IntakeError(
            "it is a picture without text: get a version with text, or install what reads "
            "pictures: notifier[ocr]"
        )
    if not limits.pictures:
        raise NeedsPictures


def _frames(data: bytes, limits: Limits) -> Iterator[Image]:
    """The pictures in a file: one, or the pages of a .tif."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # an error from twice as many on, as Pillow counts
    if data[4:8] == b"ftyp":
        _know_heic()
    try:
        with Image.open(io.BytesIO(data)) as image:
            for number in range(getattr(image, "n_frames", 1)):
                if number >= limits.pages:
                    raise IntakeError(f"it has more than {limits.pages} pages: split the file")
                image.seek(number)
                upright = ImageOps.exif_transpose(image)
                yield upright.convert("RGB")
    except UnidentifiedImageError:
        raise IntakeError("this is not a readable picture: save it as .png or .jpg") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise IntakeError(f"it has more than {_MOST_PIXELS} pixels: save it smaller") from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as fault:
        raise IntakeError(f"this is not a readable picture: {str(fault)[:200]}") from None


def _know_heic() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise IntakeError("this is not a readable picture: save it as .png or .jpg") from None
    register_heif_opener()


def rendered(data: bytes, number: int) -> Image:
    """Page `number` of a PDF, from 1, as a picture. IntakeError if it cannot be drawn."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        page = document[number - 1]
        scale = min(_DPI / 72, _LONGEST_SIDE / max(page.get_size()))
        image: Image = page.render(scale=scale).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, IndexError, ZeroDivisionError) as fault:
        raise IntakeError(f"this is not a readable PDF: {str(fault)[:200]}") from None
    return image


def page_of_picture(number: int, image: Image) -> tuple[Page, list[Scan]]:
    """Return the page that a picture shows, and its pieces of text.

    Each with how surely it was recognised.
    """
    image = _smaller(image)
    boxes, turned = _level(*_upright(image))
    chars = [char for text, box, _ in boxes for char in _chars(text, box)]
    ruled = ruled_cells(_rules(turned, boxes))
    places = [_in_points(box) for _, box, _ in boxes]
    aligned = aligned_tables(places, ruled)
    scans = [
        Scan(
            text=text,
            score=0.0 if at in aligned.doubtful else score,
            page=number,
            cutout=_cutout(turned, box) if _FIGURES.search(text) else b"",
        )
        for at, (text, box, score) in enumerate(boxes)
    ]
    page = page_of(number, chars, [*ruled, *aligned.tables], has_pictures=True)
    page.free = []  # its tables without rules are found above
    return page, scans


Corner = tuple[float, float]  # x, y in pixels
Box = tuple[float, float, float, float]  # x0, top, x1, bottom in pixels
Piece = tuple[str, tuple[Corner, ...], float]  # text, its corners from the top left on, score
Found = tuple[str, Box, float]  # text, where, score


def _smaller(image: Image) -> Image:
    longest = max(image.size)
    if longest <= _LONGEST_SIDE:
        return image
    width, height = (max(round(side * _LONGEST_SIDE / longest), 1) for side in image.size)
    return image.resize((width, height))


def _upright(image: Image) -> tuple[list[Piece], Image]:
    """Return the text of the picture, and the picture turned so that its lines are level."""
    pieces = _recognised(image)
    best = pieces, image
    if _lies(pieces):
        for angle in (90, 270):
            turned = image.rotate(angle, expand=True)
            best = max(best, (_recognised(turned), turned), key=_worth)
            if not _lies(best[0]) and _is_sure(best[0]):
                break
    elif pieces and not _is_sure(pieces):
        turned = image.rotate(180)
        best = max(best, (_recognised(turned), turned), key=_worth)
    return best


def _lies(pieces: Sequence[Piece]) -> bool:
    long = [_box(corners) for text, corners, _ in pieces if len(text) > 1]
    return sum(bottom - top > _TURNED * (x1 - x0) for x0, top, x1, bottom in long) * 2 > len(long)


def _is_sure(pieces: Sequence[Piece]) -> bool:
    return statistics.mean(score for _, _, score in pieces) >= _UPSIDE_DOWN


def _box(corners: Sequence[Corner]) -> Box:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _level(pieces: Sequence[Piece], image: Image) -> tuple[list[Found], Image]:
    """The pieces and their picture, turned by the small angle at which the page was held."""
    slopes = [
        math.atan2(corners[1][1] - corners[0][1], corners[1][0] - corners[0][0])
        for text, corners, _ in pieces
        if len(text) >= _LONG_PIECE
    ]
    angle = statistics.median(slopes) if slopes else 0.0
    if not _LEAST_ANGLE < abs(angle) < _MOST_ANGLE:
        return [(text, _box(corners), score) for text, corners, score in pieces], image
    sine, cosine = math.sin(-angle), math.cos(-angle)
    middle_x, middle_y = image.width / 2, image.height / 2

    def turned(corner: Corner) -> Corner:
        x, y = corner[0] - middle_x, corner[1] - middle_y
        return middle_x + x * cosine - y * sine, middle_y + x * sine + y * cosine

    found = [
        (text, _box([turned(corner) for corner in corners]), score)
        for text, corners, score in pieces
    ]
    return found, image.rotate(math.degrees(angle), fillcolor="white")


def _worth(found: tuple[Sequence[Piece], Any]) -> float:
    return sum(score * len(text) for text, _, score in found[0])


def _recognised(image: Image) -> list[Piece]:
    import numpy

    answer = _engine()(numpy.asarray(image))
    if answer.boxes is None or answer.txts is None:
        return []
    found: list[Piece] = []
    for corners, text, score in zip(answer.boxes, answer.txts, answer.scores, strict=True):
        if text.strip() and score >= _LEAST_SCORE:
            whole = _BETWEEN_HAN.sub("", str(text))
            found.append((whole, tuple((float(x), float(y)) for x, y in corners), float(score)))
    return found


@cache
def _engine() -> Any:
    """Return the recogniser of text.

    Lines are not turned one by one: that turns good ones upside down.
    """
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "critical"})


def _chars(text: str, box: Box) -> Iterator[Char]:
    """Return the characters of a piece of text, spread over its box.

    One of Latin letters or figures is half as wide.

    The box is a little too narrow: two pieces side by side are one word unless a character would
    stand between them.
    """
    x0, top, x1, bottom = _in_points(box)
    x0, x1 = x0 - _PADDING * (bottom - top), x1 + _PADDING * (bottom - top)
    widths = [1.0 if ord(character) > 0x2E7F else 0.5 for character in text]
    unit = (x1 - x0) / sum(widths)
    for character, width in zip(text, widths, strict=True):
        yield Char(character, x0, x0 + width * unit, top, bottom, bottom - top)
        x0 += width * unit


def _cutout(image: Image, box: Box) -> bytes:
    """Return a JPEG of the line that a piece stands in, from edge to edge, and of the next one."""
    _, top, _, bottom = box
    height = bottom - top
    upper = max(round(top - _ABOVE * height), 0)
    lower = min(round(bottom + _BELOW * height), image.height, upper + image.width // 2)
    if lower <= upper:
        return b""
    line = image.crop((0, upper, image.width, lower)).convert("L")
    line.thumbnail((_CUTOUT_WIDTH, _CUTOUT_WIDTH))
    stream = io.BytesIO()
    line.save(stream, "JPEG", quality=_CUTOUT_QUALITY)
    return stream.getvalue()


def _in_points(box: Box) -> Box:
    x0, top, x1, bottom = (side * _POINTS for side in box)
    return x0, top, x1, bottom


def _rules(image: Image, pieces: Sequence[Found]) -> list[dict[str, Any]]:
    """The straight lines of a picture's tables, in points; not the long strokes of its letters."""
    import cv2
    import numpy

    grey = cv2.cvtColor(numpy.asarray(image), cv2.COLOR_RGB2GRAY)
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 10
    )
    found: list[dict[str, Any]] = []
    for orientation, size in (("h", (_SHORTEST_RULE, 1)), ("v", (1, _SHORTEST_RULE))):
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, size)
        lines = cv2.dilate(cv2.erode(ink, kernel), kernel)
        closed = cv2.morphologyEx(lines, cv2.MORPH_CLOSE, kernel)
        count, _, stats, _ = cv2.connectedComponentsWithStats(closed)
        for x, y, width, height, _ in stats[1 : min(count, 5_000)]:
            if any(_holds(piece, (x, y, x + width, y + height)) for _, piece, _ in pieces):
                continue
            middle_x, middle_y = (x + width / 2) * _POINTS, (y + height / 2) * _POINTS
            if orientation == "h" and width > 4 * height:
                x0, x1 = x * _POINTS, (x + width) * _POINTS
                found.append(
                    {"x0": x0, "x1": x1, "top": middle_y, "bottom": middle_y, "orientation": "h"}
                )
            elif orientation == "v" and height > 4 * width:
                top, bottom = y * _POINTS, (y + height) * _POINTS
                found.append(
                    {
                        "x0": middle_x,
                        "x1": middle_x,
                        "top": top,
                        "bottom": bottom,
                        "orientation": "v",
                    }
                )
    return found


def _holds(piece: Box, stroke: Box) -> bool:
    """Return whether the stroke is one of the letters of a piece of text."""
    x0, top, x1, bottom = piece
    reach = _REACH_OF_LETTERS * (bottom - top)
    return (
        x0 - reach <= stroke[0]
        and stroke[2] <= x1 + reach
        and top - reach <= stroke[1]
        and stroke[3] <= bottom + reach
    )
