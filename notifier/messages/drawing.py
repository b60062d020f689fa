"""Draws the digest's picture: JSON of `timeline.what_to_draw` in, PNG out. Run as a process of its own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from importlib.resources import as_file, files
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

_WIDTH, _ROW, _MARGINS = 9.0, 0.42, 1.5  # inches
_DPI = 120
_FULL, _FAINT = 0.85, 0.3  # faint: skipped, suspended, or only under a condition
_COLOURS = {"registration": "#2f7ed8", "bidding": "#e8833a", "deposit_close": "#b8132a", "auction_start": "#5b2a86"}
_LOWER = {"registration": 0.18, "bidding": -0.18}  # of a row: one bar above the other
_SHAPES = {"deposit_close": "v", "auction_start": "D"}
_UNKNOWN_OPEN = -1.0  # days: before the left edge
_MOST_DAYS_NAMED = 10
_GREY = "#8a8a8a"
_DONE: dict[str, Any] = {"facecolor": "white", "edgecolor": _GREY, "linewidth": 0.9}
_LABEL = 0.05  # of the width: a time's
_LABELLED = 0.93  # of the width: farther right a time would be cut


def draw(spec: dict[str, Any], font: FontProperties, known: frozenset[int]) -> bytes:
    """The PNG. A character that the font does not have is a hollow square."""

    def text(words: str) -> str:
        return "".join(char if ord(char) in known else "□" for char in words)

    rows = spec["rows"]
    last = len(spec["days"]) - 1
    figure = Figure(figsize=(_WIDTH, _MARGINS + _ROW * len(rows)), dpi=_DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_xlim(0, last)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for day in spec["off"]:
        axes.axvspan(day, day + 1, color="#000000", alpha=0.05, linewidth=0)
    for number, row in enumerate(rows):
        _draw_row(axes, number, row, font, last)
    axes.axvline(spec["now"]["at"], color="#b8132a", linewidth=1.2)
    axes.set_yticks(range(len(rows)), [text(row["label"]) for row in rows], fontproperties=font, parse_math=False)
    every = max(1, -(-len(spec["days"]) // _MOST_DAYS_NAMED))
    ticks = range(0, len(spec["days"]), every)
    axes.set_xticks(ticks, [text(spec["days"][day]) for day in ticks], fontproperties=font, parse_math=False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(text(spec["title"]), fontproperties=font, fontsize=13, loc="left", pad=28, parse_math=False)
    axes.legend(
        handles=_handles(spec, text), prop=font, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, frameon=False,
        borderaxespad=0.2, handlelength=1.4, columnspacing=1.2,
    )  # fmt: skip
    if spec["more"]:
        axes.set_xlabel(text(spec["more"]), fontproperties=font, loc="left", parse_math=False)
    out = io.BytesIO()
    figure.savefig(out, format="png", bbox_inches="tight", facecolor="white")
    return out.getvalue()


def _draw_row(axes: Any, number: int, row: dict[str, Any], font: FontProperties, last: float) -> None:
    for bar in row["bars"]:
        begin = _UNKNOWN_OPEN if bar["from"] is None else bar["from"]
        middle = number - _LOWER[bar["window"]]
        style = dict(_DONE) if bar["done"] else {"color": _COLOURS[bar["window"]], "linewidth": 0}
        style["alpha"] = _FAINT if row["pale"] or bar["conditional"] else _FULL
        axes.barh(middle, bar["to"] - begin, left=begin, height=0.3, **style)
        if 0 < bar["to"] < last * _LABELLED:
            colour = _GREY if bar["done"] else _COLOURS[bar["window"]]
            _label(axes, bar["to"] + last * 0.006, middle, bar["until"], colour, font)
    for mark in row["marks"]:
        shape, colour = _SHAPES[mark["milestone"]], _COLOURS[mark["milestone"]]
        face, edge = ("white", _GREY) if mark["done"] else (colour, "white")
        alpha = _FAINT if row["pale"] else 1
        axes.plot(mark["at"], number, shape, color=face, markersize=6, markeredgecolor=edge, alpha=alpha)
        if _has_room(mark, row, last):
            _label(axes, mark["at"] + last * 0.01, number, mark["clock"], _GREY if mark["done"] else colour, font)


def _label(axes: Any, at: float, height: float, words: str, colour: str, font: FontProperties) -> None:
    around = [withStroke(linewidth=2, foreground="white")]  # it may stand upon a bar
    axes.text(at, height, words, va="center", fontproperties=font, fontsize=7, color=colour, path_effects=around)


def _has_room(mark: dict[str, Any], row: dict[str, Any], last: float) -> bool:
    """Whether a mark's time touches neither another mark nor the time at the end of a bar."""
    begin, end = mark["at"], mark["at"] + last * _LABEL
    spans = [(bar["to"], bar["to"] + last * _LABEL) for bar in row["bars"] if bar["until"]]
    spans += [(other["at"] - last * 0.01, other["at"] + last * 0.01) for other in row["marks"] if other is not mark]
    return 0 < begin < last * _LABELLED and all(right <= begin or left >= end for left, right in spans)


def _handles(spec: dict[str, Any], text: Any) -> list[Any]:
    used = {bar["window"] for row in spec["rows"] for bar in row["bars"]}
    used |= {mark["milestone"] for row in spec["rows"] for mark in row["marks"]}
    handles: list[Any] = []
    for name, label in spec["legend"].items():
        if name in _SHAPES and name in used:
            handles.append(Line2D([], [], marker=_SHAPES[name], color=_COLOURS[name], linestyle="", label=text(label)))
        elif name in used:
            handles.append(Patch(color=_COLOURS[name], alpha=_FULL, label=text(label)))
    if any(one["done"] for row in spec["rows"] for one in (*row["bars"], *row["marks"])):
        handles.append(Patch(label=text(spec["legend"]["done"]), **_DONE))
    handles.append(Line2D([], [], color="#b8132a", linewidth=1.2, label=text(spec["now"]["words"])))
    return handles


def characters(path: str) -> frozenset[int]:
    """The code points that the font can show."""
    return frozenset(FT2Font(path).get_charmap())


def main(words: Iterable[bytes]) -> None:
    matplotlib.use("agg")
    with as_file(files("notifier.messages").joinpath("fonts/NotoSansSC-subset.otf")) as path:
        picture = draw(json.loads(b"".join(words)), FontProperties(fname=str(path)), characters(str(path)))
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main(sys.stdin.buffer)
