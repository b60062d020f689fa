"""Pages as a scanner, a fax or a telephone gives them, drawn for tests and benchmarks."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_DPI = 200
_WIDTH, _HEIGHT = 1654, 2339  # A4
_MARGIN = 130
DEGRADATIONS = ("clean", "scan", "fax", "photograph", "stamp")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a page is printed: `points` of its type, `ruled` tables, and what happened to it."""

    points: int = 12
    ruled: bool = True
    degradation: str = "clean"
    seed: int = 0
    font: str = ""


def page(lines: Sequence[str], rows: Sequence[Sequence[str]], look: Look) -> Image.Image:
    """The picture of one page: lines of text and a table below them."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    size = round(look.points * _DPI / 72)
    font = _font(look.font, size)
    y = float(_MARGIN)
    for line in lines:
        for part in _wrapped(line, _WIDTH - 2 * _MARGIN, font):
            draw.text((_MARGIN, y), part, font=font, fill="black")
            y += size * 1.7
    _table(draw, rows, font, size, y + size, ruled=look.ruled)
    return _degraded(image, look)


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def pdf(images: Sequence[Image.Image]) -> bytes:
    """A PDF of pictures alone, as a scanner writes it."""
    stream = io.BytesIO()
    images[0].save(stream, "PDF", save_all=True, append_images=list(images[1:]), resolution=_DPI)
    return stream.getvalue()


def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    if path:
        return ImageFont.truetype(path, size)
    folder = files("notifier.messages").joinpath("fonts")
    name = next(path for path in folder.iterdir() if path.name.endswith((".otf", ".ttf")))
    return ImageFont.truetype(io.BytesIO(name.read_bytes()), size)


def _wrapped(line: str, width: float, font: ImageFont.FreeTypeFont) -> list[str]:
    """The line in parts that are no wider than so many pixels."""
    parts = [""]
    for character in line:
        if font.getlength(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def _table(
    draw: ImageDraw.ImageDraw,
    rows: Sequence[Sequence[str]],
    font: ImageFont.FreeTypeFont,
    size: int,
    top: float,
    *,
    ruled: bool,
) -> None:
    if not rows:
        return
    columns = len(rows[0])
    width = (_WIDTH - 2 * _MARGIN) / columns
    gap = size * (0.8 if ruled else 2.0)  # without rules only space parts the columns
    y = top
    edges = [y]
    for row in rows:
        parts = [_wrapped(cell, width - gap, font) for cell in row]
        for at, cell in enumerate(parts):
            for number, part in enumerate(cell):
                place = (_MARGIN + at * width + size * 0.4, y + size * (0.4 + 1.3 * number))
                draw.text(place, part, font=font, fill="black")
        y += size * (0.9 + 1.3 * max(map(len, parts)))
        edges.append(y)
    if ruled:
        for edge in edges:
            draw.line((_MARGIN, edge, _WIDTH - _MARGIN, edge), fill="black", width=3)
        for at in range(columns + 1):
            x = _MARGIN + at * width
            draw.line((x, top, x, y), fill="black", width=3)


def _degraded(image: Image.Image, look: Look) -> Image.Image:
    dice = random.Random(look.seed)
    if look.degradation == "clean":
        return image
    if look.degradation == "stamp":
        draw = ImageDraw.Draw(image)
        x, y = dice.randint(300, 900), dice.randint(300, 1200)
        draw.ellipse((x, y, x + 380, y + 380), outline=(220, 40, 40), width=12)
        draw.text(
            (x + 60, y + 160), "测试市自然资源局", font=_font(look.font, 32), fill=(220, 40, 40)
        )
        return image
    if look.degradation == "scan":
        turned = image.rotate(
            dice.uniform(-0.8, 0.8), fillcolor="white", resample=Image.Resampling.BICUBIC
        )
        return _noisy(turned.filter(ImageFilter.GaussianBlur(0.8)), dice, 18)
    if look.degradation == "fax":
        small = image.convert("L").resize((_WIDTH * 204 // _DPI, _HEIGHT * 98 // _DPI * 2 // 2))
        return (
            small.point(lambda value: 255 if value > 150 else 0)
            .resize((_WIDTH, _HEIGHT))
            .convert("RGB")
        )
    turned = image.rotate(
        dice.uniform(-2.5, 2.5), fillcolor=(225, 220, 210), resample=Image.Resampling.BICUBIC
    )
    blurred = turned.filter(ImageFilter.GaussianBlur(1.3))
    shade = (
        Image.linear_gradient("L")
        .resize(blurred.size)
        .point(lambda value: 150 + value * 100 // 255)
    )
    return _noisy(
        Image.composite(blurred, Image.new("RGB", blurred.size, (90, 90, 90)), shade), dice, 24
    )


def _noisy(image: Image.Image, dice: random.Random, strength: int) -> Image.Image:
    noise = Image.frombytes("L", image.size, dice.randbytes(image.size[0] * image.size[1]))
    level = noise.point(lambda value: 128 + (value - 128) * strength // 128)
    return Image.blend(image, Image.merge("RGB", (level, level, level)), 0.12)
