"""Draws the digest's picture: JSON of `timeline.what_to_draw` in, PNG out.

Run as a process of its own.

It is made for a phone that shows it 420 points wide: upright, with the time axis across, a block a
parcel below each other, and every close with its day and hour beside its bar.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable
from importlib.resources import as_file, files
from typing import Any, NamedTuple

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

_WIDTH, _DPI = 4.2, 200  # inches; 840 pixels, two for each point of the phone
_SIDE = 0.14  # inches, left and right
# inches: a line of the legend, the rest whole
_TITLE, _LEGEND, _DATES, _FOOT = 0.34, 0.21, 0.42, 0.3
# inches: a parcel's name, a bar or a mark, the room below a parcel
_LABEL, _LINE, _GAP = 0.27, 0.22, 0.12
_BIG, _MIDDLE, _SMALL = 12.5, 10.5, 9.0  # points of type: 17, 15 and 12.5 on the phone
_LEGEND_COLUMNS = 2
_MOST_DATES = 5  # named on the axis
_FULL, _FAINT = 0.9, 0.35  # faint: skipped, suspended, or only under a condition
_COLOURS = {
    "registration": "#2f7ed8",
    "bidding": "#d9722b",
    "deposit_close": "#b8132a",
    "auction_start": "#5b2a86",
}
_OTHER_COLOUR = "#3a7d44"  # of a milestone without a colour of its own
_SHAPES = {"deposit_close": "v", "auction_start": "D"}
_OTHER_SHAPE = "o"
_UNKNOWN_OPEN = -1.0  # days: before the left edge
_GREY, _DAY_OFF, _NOW = "#767676", "#e9e9e9", "#b8132a"
_DONE: dict[str, Any] = {"facecolor": "white", "edgecolor": _GREY, "linewidth": 1.0}
_NEAR = 0.05  # inches from a bar to its words
# inches of width for each point of type, of a Chinese character at 9 points: measured
_LETTER = 0.0085
_BAR = 0.155  # inches: a line of small type stands upon it

Text = Callable[[str], str]


class _Canvas(NamedTuple):
    """The axes and the font to draw with: `days` that the axis shows, inches of its `width`."""

    axes: Any
    font: FontProperties
    text: Text
    days: float
    width: float

    def days_of(self, inches: float) -> float:
        return inches / self.width * self.days

    def inches(self, days: float) -> float:
        return days / self.days * self.width

    def write(
        self, at: float, height: float, words: str, size: float, edge: str = "white", **style: Any
    ) -> None:
        """`at` in days. An `edge` around the letters keeps them readable upon a line."""
        edges = [withStroke(linewidth=2.4, foreground=edge)]
        self.axes.text(
            at,
            height,
            self.text(words),
            fontproperties=self.font,
            fontsize=size,
            path_effects=edges,
            parse_math=False,
            **style,
        )


def draw(spec: dict[str, Any], font: FontProperties, known: frozenset[int]) -> bytes:
    """The PNG. A character that the font does not have is a hollow square."""

    def text(words: str) -> str:
        return "".join(char if ord(char) in known or char == "\n" else "□" for char in words)

    rows = spec["rows"]
    height = sum(map(_height, rows))
    handles = _handles(spec, text)
    legend = _LEGEND * -(-len(handles) // _LEGEND_COLUMNS)
    top = _TITLE + legend + _DATES
    whole = top + height + _FOOT
    figure = Figure(figsize=(_WIDTH, whole), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(
        _SIDE / _WIDTH,
        1 - 0.08 / whole,
        text(spec["title"]),
        fontproperties=font,
        fontsize=_BIG,
        va="top",
        parse_math=False,
    )
    figure.legend(
        handles=handles,
        prop=font,
        loc="upper left",
        bbox_to_anchor=(_SIDE / _WIDTH, 1 - _TITLE / whole),
        frameon=False,
        ncols=_LEGEND_COLUMNS,
        fontsize=_SMALL,
        handlelength=1.2,
        columnspacing=1.0,
        handletextpad=0.5,
        borderaxespad=0,
        labelspacing=0.4,
    )
    width = _WIDTH - 2 * _SIDE
    axes = figure.add_axes((_SIDE / _WIDTH, _FOOT / whole, width / _WIDTH, height / whole))
    last = len(spec["days"]) - 1
    axes.set_xlim(0, last)
    axes.set_ylim(height, 0)
    canvas = _Canvas(axes, font, text, last, width)
    _draw_axis(canvas, spec)
    at = 0.0
    for row in rows:
        _draw_row(canvas, row, at)
        at += _height(row)
    if spec["more"]:
        canvas.write(0, height + 0.08, spec["more"], _SMALL, va="top", color=_GREY)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The bars and marks of a parcel that are not over, one below the other."""
    items = (*row["bars"], *row["marks"])
    return [item for item in items if item.get("to", item.get("at")) > 0]


def _height(row: dict[str, Any]) -> float:
    return _LABEL + _LINE * len(_lines(row)) + _GAP


def _draw_axis(canvas: _Canvas, spec: dict[str, Any]) -> None:
    axes = canvas.axes
    for day in spec["off"]:
        axes.axvspan(day, day + 1, color=_DAY_OFF, linewidth=0, zorder=0)
    axes.axvline(spec["now"]["at"], color=_NOW, linewidth=1.4, zorder=4)
    every = max(1, -(-len(spec["days"]) // _MOST_DATES))
    ticks = range(0, len(spec["days"]), every)
    axes.xaxis.tick_top()
    names = [canvas.text(spec["days"][day]) for day in ticks]
    labels = axes.set_xticks(ticks, names, fontproperties=canvas.font, parse_math=False)
    for number, label in enumerate(labels):
        label.label2.set_fontsize(_SMALL)
        label.label2.set_horizontalalignment("left" if number == 0 else "center")
    axes.set_yticks([])
    axes.grid(axis="x", color="#d5d5d5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=3)
    for side in ("left", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_row(canvas: _Canvas, row: dict[str, Any], top: float) -> None:
    colour = _GREY if row["pale"] else "black"
    canvas.write(0, top + _LABEL / 2, row["label"], _MIDDLE, va="center", color=colour, zorder=6)
    for number, item in enumerate(_lines(row)):
        middle = top + _LABEL + _LINE * (number + 0.5)
        if "window" in item:
            _draw_bar(canvas, item, row, middle)
        else:
            _draw_mark(canvas, item, row, middle)
    end = top + _height(row) - _GAP / 2
    canvas.axes.axhline(end, color="#bbbbbb", linewidth=0.8, zorder=1)


def _draw_bar(canvas: _Canvas, bar: dict[str, Any], row: dict[str, Any], middle: float) -> None:
    begin = _UNKNOWN_OPEN if bar["from"] is None else bar["from"]
    style = dict(_DONE) if bar["done"] else {"color": _colour(bar["window"]), "linewidth": 0}
    style["alpha"] = _FAINT if row["pale"] or bar["conditional"] else _FULL
    canvas.axes.barh(middle, bar["to"] - begin, left=begin, height=_BAR, zorder=3, **style)
    colour = _GREY if bar["done"] else _colour(bar["window"])
    end, begin = bar["to"], max(begin, 0)
    needed = _inches_of(bar["words"])
    if _is_room_behind(canvas, end, needed):
        canvas.write(
            end + canvas.days_of(_NEAR),
            middle,
            bar["words"],
            _SMALL,
            ha="left",
            va="center",
            color=colour,
        )
    elif canvas.inches(min(end, canvas.days) - begin) >= needed:
        is_strong = not (bar["done"] or row["pale"] or bar["conditional"])
        style = {"color": "white", "edge": colour} if is_strong else {"color": colour}
        at = min(end, canvas.days) - canvas.days_of(_NEAR)
        canvas.write(at, middle, bar["words"], _SMALL, ha="right", va="center", zorder=6, **style)
    else:
        canvas.write(
            begin - canvas.days_of(_NEAR),
            middle,
            bar["until"],
            _SMALL,
            ha="right",
            va="center",
            color=colour,
        )


def _draw_mark(canvas: _Canvas, mark: dict[str, Any], row: dict[str, Any], middle: float) -> None:
    shape, colour = _SHAPES.get(mark["milestone"], _OTHER_SHAPE), _colour(mark["milestone"])
    face, edge = ("white", _GREY) if mark["done"] else (colour, "white")
    alpha = _FAINT if row["pale"] else 1
    at = min(mark["at"], canvas.days)
    canvas.axes.plot(
        at,
        middle,
        shape,
        color=face,
        markersize=9,
        markeredgecolor=edge,
        alpha=alpha,
        zorder=5,
        clip_on=False,
    )
    is_behind = _is_room_behind(canvas, at, _inches_of(mark["words"]) + _NEAR)
    beside = canvas.days_of(2 * _NEAR)
    canvas.write(
        at + beside if is_behind else at - beside,
        middle,
        mark["words"],
        _SMALL,
        va="center",
        ha="left" if is_behind else "right",
        color=_GREY if mark["done"] else colour,
        zorder=6,
    )


def _inches_of(words: str) -> float:
    return len(words.encode("gb18030", "replace")) * _SMALL * _LETTER + _NEAR


def _is_room_behind(canvas: _Canvas, end: float, needed: float) -> bool:
    return end < canvas.days and canvas.inches(canvas.days - end) >= needed


def _handles(spec: dict[str, Any], text: Text) -> list[Any]:
    lines = [item for row in spec["rows"] for item in _lines(row)]
    windows = {item.get("window") for item in lines}
    marks = {item.get("milestone") for item in lines}
    handles: list[Any] = []
    for name, label in spec["legend"].items():
        if name in marks:
            shape = _SHAPES.get(name, _OTHER_SHAPE)
            style: dict[str, Any] = {"marker": shape, "markersize": 8, "linestyle": ""}
            handles.append(Line2D([], [], color=_colour(name), label=text(label), **style))
        elif name in windows:
            handles.append(Patch(color=_colour(name), alpha=_FULL, label=text(label)))
    if any(item["done"] for item in lines):
        handles.append(Patch(label=text(spec["legend"]["done"]), **_DONE))
    if any(item.get("conditional") for item in lines) or any(row["pale"] for row in spec["rows"]):
        handles.append(
            Patch(color=_COLOURS["registration"], alpha=_FAINT, label=text(spec["legend"]["pale"]))
        )
    if spec["off"]:
        handles.append(Patch(color=_DAY_OFF, label=text(spec["legend"]["off"])))
    handles.append(Line2D([], [], color=_NOW, linewidth=1.4, label=text(spec["now"]["words"])))
    return handles


def _colour(name: str) -> str:
    """The colour of a window or a milestone."""
    return _COLOURS.get(name, _OTHER_COLOUR)


def characters(path: str) -> frozenset[int]:
    """The code points that the font can show."""
    return frozenset(FT2Font(path).get_charmap())


def main(words: Iterable[bytes]) -> None:
    matplotlib.use("agg")
    with as_file(files("notifier.messages").joinpath("fonts/NotoSansSC-subset.otf")) as path:
        picture = draw(
            json.loads(b"".join(words)), FontProperties(fname=str(path)), characters(str(path))
        )
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main(sys.stdin.buffer)
