"""Read tables that were flattened into text.

A stream of cells becomes headings with rows, or cards, whatever fits best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from notifier.domain.values import Place
from notifier.intake.documents import Cell, Paragraph
from notifier.intake.documents.words import shape_of
from notifier.intake.headings import IGNORED, WINDOWS
from notifier.intake.notice.alignment import Alignment, begins_with_date
from notifier.intake.notice.columns import (
    FOREIGN,
    GROUP,
    SERIAL,
    TIMES,
    Column,
    are_two_times,
    column_of,
    fits,
    in_unit,
    is_code,
    is_heading,
    is_of_one_end,
    is_sub,
    is_time_label,
    is_unit,
    points,
    with_number,
)
from notifier.intake.notice.folded_text import states_date
from notifier.intake.notice.layouts import (
    IDENTITY,
    TOTAL,
    beside_headings,
    end_of_card,
    is_card_label,
    is_end,
    meaning,
)
from notifier.intake.notice.pieces import LONG, Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain

_NAMES = frozenset({"parcel_no", "parcel_name"})
_FACTS = (
    frozenset({"area_m2", "start_price_wan", "deposit_wan", "use", "far", "term", "floor_area_m2"})
    | TIMES
)
_TIED = frozenset({"area_m2", "start_price_wan", "deposit_wan"}) | TIMES
_NEAR_TIE, _NEAR_SHARE = 1.5, 0.03
_MAINS = (
    frozenset({"parcel_no", "parcel_name", "location", "start_price_wan", "deposit_wan"}) | TIMES
)
_VALUE = re.compile(r"\d{3,}|\d[.-]\d|[\dA-Za-z]号$|\*\*|[≤≥≦≧⩽⩾<>]|\d年")
_REMARK = re.compile(r"\s*(?:备注|注|说明)\s*[:：]?")
_MONEY_COLUMN = re.compile(r"价|金|幅度|阶梯")
_BOTH_ENDS = re.compile(r"起止|期限|期间")
_REST_OF_A_HEADING = re.compile(r"[及和与或][一-鿿]{1,6}$")  # `增价规则` `及幅度`
_LONGEST_HEADING = 40
_MOST_JOINED = 3
_MOST_ORDERS = 3  # of columns that are tried on more than the first row
_FEWEST_STRONG = 4
_FEWEST_LEFT = 3
_MOST_TURNS = 3  # of label and value, of which one label may not be known
_AHEAD = 4  # cells within which a card that goes on has a label
_FEWEST_LINES = 3  # of as many values as there are parcels
_DISTANT = 10  # cells of text between two rows of headings
_LEAST_A_CELL = 0.7
_GOES_ON = -4.0  # cells follow that begin no row
_OF_LOOSE = 2.0
_NEVER = float("-inf")


# reading


def read_stream(pieces: Sequence[Piece]) -> tuple[list[Row], list[Piece]]:
    """(rows, the pieces that belong to no table).

    A row whose values cannot be placed keeps what is certain.
    """
    rows: list[Row] = []
    left: list[Piece] = []
    at = part = 0
    while at < len(pieces):
        found, end = _layout(pieces, at)
        if not found:
            left.append(pieces[at])
            at += 1
            continue
        part += 1
        rows += [replace(row, part=part) for row in found]
        at = end
    return rows, left


def worth_of_rows(rows: Sequence[Row]) -> float:
    """Return how well the values of rows fit their headings.

    What could not be placed counts against them.
    """
    entries = [entry for row in rows for entry in row.entries if entry.certain]
    loose = sum(len(row.unplaced) + len(row.behind) for row in rows)
    return sum(points(entry.column, entry.value) for entry in entries) - _OF_LOOSE * loose


def _layout(pieces: Sequence[Piece], at: int) -> tuple[list[Row], int]:
    """(rows, where they end) of the layout that begins at `at`; no rows if none does."""
    table = _table(pieces, at)
    if table is not None:
        rows, end = table
        return _with_rest(rows, pieces, end), end
    beside = _beside(pieces, at)
    return beside if beside is not None else _card(pieces, at)


def _with_rest(rows: list[Row], pieces: Sequence[Piece], end: int) -> list[Row]:
    """Return the rows; the last knows the cells behind it that were not read.

    They may be other parcels.
    """
    left: list[str] = []
    for number in range(end, min(len(pieces), end + _LONGEST_HEADING)):
        piece = pieces[number]
        text = piece.text.strip()
        if (
            piece.is_prose
            or text.endswith((":", "：", "。"))
            or "公告" in text
            or _begins_headings(pieces, number)
        ):
            break
        if text:
            left.append(text)
    cells = sum(_VALUE.search(text) is not None and not is_heading(text) for text in left)
    if len(left) < _FEWEST_LEFT or cells < 2 or cells * 3 < len(left):
        return rows
    return [*rows[:-1], replace(rows[-1], behind=tuple(left))]


# headings, then rows


def _begins_headings(pieces: Sequence[Piece], at: int) -> bool:
    text = pieces[at].text
    if not text.strip() or re.search(r"[:：]|\d{3}", text):
        return False
    if is_heading(_heading(pieces, at)[0]):
        return _headings_ahead(pieces, at) >= 3
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return len(text) <= 8 and column_of(following).field in IDENTITY and not _VALUE.search(text)


def _headings_ahead(pieces: Sequence[Piece], at: int) -> int:
    """Return how many known headings stand within the next few cells, without values between."""
    count = seen = 0
    while at < len(pieces) and seen < 6:
        text, size = _heading(pieces, at)
        if is_heading(text):
            count += 1
        elif _is_value(text, pieces[at]):
            break
        at, seen = at + size, seen + 1
    return count


def _heading(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    """Return the heading at `at`, and how many pieces it takes.

    Lines of one cell, and what only together is a known one, are one heading.
    """
    text = pieces[at].text
    size = 1
    # text above the table
    above = pieces[at].is_section or len(text) > 20 or text.endswith((":", "：", "。"))
    while (
        not above and at + size < len(pieces) and pieces[at + size].same_cell and len(text) < LONG
    ):
        text += pieces[at + size].text
        size += 1
    while at + size < len(pieces) and _REST_OF_A_HEADING.match(pieces[at + size].text):
        text += pieces[at + size].text
        size += 1
    whole = column_of(text)
    is_whole = pieces[at].closed or whole.field or is_sub(text) or is_time_label(text)
    if size > 1 and not is_whole:
        text, size = pieces[at].text, 1
    for more in range(_MOST_JOINED - 1, 0, -1):
        following = pieces[at + size : at + size + more]
        if (
            len(following) < more
            or any(piece.apart or len(piece.text) > 12 for piece in following)
            or len(text) > 12
        ):
            continue
        joined = text + "".join(piece.text for piece in following)
        known = column_of(joined)
        if (
            known.field
            and known.exact
            and not (whole.exact and whole.field == known.field and len(following) > 1)
        ):
            bracket = all(piece.text.startswith(("(", "（")) for piece in following)
            alone = whole.field and all(is_heading(piece.text) for piece in following)
            if bracket or (not alone and not re.search(r"\d{3}", joined)):
                return joined, size + more
    return text, size


def _is_value(text: str, piece: Piece) -> bool:
    return len(text) > _LONGEST_HEADING or _VALUE.search(text) is not None or piece.is_prose


def _known(text: str) -> bool:
    return (
        bool(column_of(text).field)
        or is_sub(text)
        or is_time_label(text)
        or is_unit(text)
        or is_end(text)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A heading and the piece behind it."""

    column: Column
    starts_row: bool
    known: bool
    end: int


def _table(pieces: Sequence[Piece], at: int) -> tuple[list[Row], int] | None:
    """Return the rows below the headings at `at`, under the order of columns that fits best."""
    if not _begins_headings(pieces, at):
        return None
    ways: dict[tuple[Column, ...], int] = {}
    lost: dict[tuple[Column, ...], int] = {}
    for order, begin in _headings(pieces, at):
        columns = with_number(order, [piece.text for piece in pieces[begin : begin + len(order)]])
        fields = fields_of(columns)
        if len(columns) >= 3 and fields & IDENTITY and fields & _FACTS:
            ways.setdefault(columns, begin)
        lacks_names = not fields & _NAMES and not any("序" in column.heading for column in columns)
        first = pieces[begin].text if begin < len(pieces) else ""
        if lacks_names and fields & IDENTITY and fields & _FACTS and is_code(first):
            # the heading of the numbers was lost
            lost.setdefault((Column("", "parcel_no"), *columns), begin)
        if "location" not in fields and "parcel_no" in fields and fields & _FACTS:
            # that of the places was lost
            at_names = [column.field for column in columns].index("parcel_no") + 1
            places = (*columns[:at_names], Column("", "location"), *columns[at_names:])
            lost.setdefault(places, begin)
    best = max(
        filter(None, (_best_order(pieces, ways), _best_order(pieces, lost))),
        default=None,
        key=_score_of,
    )
    return best[1:] if best is not None else None


def _score_of(way: tuple[float, list[Row], int]) -> float:
    return way[0]


def _best_order(
    pieces: Sequence[Piece], ways: Mapping[tuple[Column, ...], int]
) -> tuple[float, list[Row], int] | None:
    firsts = [
        (ending.score, columns, begin)
        for columns, begin in ways.items()
        if (ending := _ending_of_row(pieces, begin, columns)) is not None
    ]
    read: list[tuple[float, list[Row], int]] = []
    for score, columns, begin in sorted(firsts, key=lambda first: -first[0]):
        if score <= 0 or len(read) == _MOST_ORDERS:
            break
        found = _rows(pieces, begin, columns)
        if found[1]:
            read.append(found)
    read.sort(key=_score_of, reverse=True)
    if not read:
        return None
    score, rows, end = read[0]
    for other, rivals, _ in read[1:]:
        if other >= score - max(_NEAR_TIE, score * _NEAR_SHARE) and len(rivals) == len(rows):
            rows = [_agreed(row, rival) for row, rival in zip(rows, rivals, strict=True)]
    return score, rows, end


def _agreed(row: Row, rival: Row) -> Row:
    """Return the row without amounts and times on which two orders of columns disagree.

    The other order fits nearly as well.
    """
    others = {(entry.column.field, entry.value) for entry in rival.entries}
    kept, loose = [], []
    for entry in row.entries:
        doubted = entry.column.field in _TIED and (entry.column.field, entry.value) not in others
        if not doubted:
            kept.append(entry)
        elif is_time_label(entry.column.heading):
            kept.append(uncertain(entry.column, [entry.value], entry.place))
        else:
            loose.append(entry.value)
    return replace(row, entries=tuple(kept), unplaced=(*row.unplaced, *loose))


def _headings(pieces: Sequence[Piece], at: int) -> Iterator[tuple[list[Column], int]]:
    """The columns that the run of headings at `at` may name, and where their values begin."""
    found = _run_of_headings(pieces, at)
    last = max((number for number, heading in enumerate(found, 1) if heading.known), default=0)
    for length in range(last, min(len(found), last + 3) + 1):
        if length < 3:
            continue
        run = found[:length]
        units = next(
            (size for size in range(length) if not is_unit(run[length - 1 - size].column.heading)),
            0,
        )
        below = [heading.column for heading in run[length - units :]]
        for columns in _orders(run[: length - units]):
            yield _with_units(columns, below), run[-1].end
        subs, begin = _distant_subs(pieces, run[-1].end)
        if subs and any(heading.column.field == GROUP for heading in run):
            for columns in _orders([*run, *subs]):
                yield columns, begin


def _run_of_headings(pieces: Sequence[Piece], at: int) -> list[_Found]:
    found: list[_Found] = []
    unknown = 0
    while at < len(pieces) and unknown < 4:
        text, size = _heading(pieces, at)
        known = _known(text) or _is_masked_sub(pieces, at)
        if SERIAL.fullmatch(text.strip()) or (not known and _is_value(text, pieces[at])):
            break
        unknown = 0 if known else unknown + 1
        found.append(_Found(column_of(text), pieces[at].starts_row, known, at + size))
        at += size
    return found


def _is_masked_sub(pieces: Sequence[Piece], at: int) -> bool:
    """A masked heading at the beginning of a second row of headings."""
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return (
        pieces[at].starts_row
        and re.fullmatch(r"\*+", pieces[at].text.strip()) is not None
        and is_sub(following)
    )


def _distant_subs(pieces: Sequence[Piece], at: int) -> tuple[list[_Found], int]:
    """Find a row of headings below `规划指标` that stands behind a cell over several rows."""
    begin = next(
        (
            place
            for place in range(at, min(at + _DISTANT, len(pieces)))
            if is_sub(pieces[place].text)
        ),
        at,
    )
    end = begin
    while end < len(pieces) and is_sub(pieces[end].text):
        end += 1
    if end - begin < 2 or begin == at or not all(piece.is_prose for piece in pieces[at:begin]):
        return [], at
    subs = [
        _Found(column_of(pieces[place].text), place == begin, True, place + 1)
        for place in range(begin, end)
    ]
    return subs, end


def _orders(run: Sequence[_Found]) -> Iterator[list[Column]]:
    """Return the orders in which the values may come.

    As the headings stand; or those of a second row, which came last, in the place of the heading
    above them, or shared out between two such. A group of headings has no values of its own unless
    none stand below it.
    """
    columns = [heading.column for heading in run]
    groups = [number for number, column in enumerate(columns) if column.field == GROUP]
    if not groups and not any(is_end(column.heading) for column in columns):
        yield columns
    for size in _sizes_of_second_row(run):
        upper, below = columns[: len(columns) - size], columns[len(columns) - size :]
        parted = _parted(upper, below)
        if parted is None:
            continue
        upper, below = parted
        places = [number for number in groups if number < len(upper)]
        for place in places or range(1, len(upper)):
            rest = [column for number, column in enumerate(upper) if number != place or not places]
            yield [*_leaves(rest[:place]), *below, *_leaves(rest[place:])]
        if len(places) == 2:
            first, second = places
            for share in range(1, len(below)):
                yield [
                    *upper[:first],
                    *below[:share],
                    *upper[first + 1 : second],
                    *below[share:],
                    *upper[second + 1 :],
                ]
    if groups and not any(is_end(column.heading) for column in columns):
        yield _leaves(columns)
        yield [
            Column(column.heading, IGNORED) if column.field == GROUP else column
            for column in columns
        ]


def _parted(upper: list[Column], below: list[Column]) -> tuple[list[Column], list[Column]] | None:
    """Part the windows of the upper row into the ends that the second row names.

    The ends are `开始`, `截止`. None where it is not clear which windows these are.
    """
    ends = [column for column in below if is_end(column.heading)]
    if not ends:
        return upper, below
    windows = [
        column
        for column in upper
        if column.field in WINDOWS and not _BOTH_ENDS.search(column.heading)
    ]
    if len(ends) != 2 * len(windows):
        return None
    pairs = {window: ends[2 * number : 2 * number + 2] for number, window in enumerate(windows)}
    whole: list[Column] = []
    for column in upper:
        whole += (
            [meaning([column.heading, end.heading]) for end in pairs[column]]
            if column in pairs
            else [column]
        )
    return whole, [column for column in below if column not in ends]


def _leaves(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.field != GROUP]


def _sizes_of_second_row(run: Sequence[_Found]) -> Iterator[int]:
    """Return how many of the last headings may stand in a second row.

    Those since a row began, or such as stand there.
    """
    starts = [number for number, heading in enumerate(run) if heading.starts_row and number]
    if starts:
        yield len(run) - starts[-1]
    most = 0
    for heading in reversed(run):
        field, words = heading.column.field, heading.column.heading
        if field == GROUP or (not is_end(words) and (field in _MAINS or is_time_label(words))):
            break
        most += 1
    grouped = any(
        heading.column.field == GROUP or is_end(heading.column.heading) for heading in run
    )
    lowest = [is_sub(heading.column.heading) or is_end(heading.column.heading) for heading in run]
    subs = next((size for size in range(most, 0, -1) if any(lowest[-size:])), 0)
    if grouped or subs >= 2:
        yield from (size for size in range(subs, 0, -1) if grouped or size >= 2)


def _with_units(columns: Sequence[Column], units: list[Column]) -> list[Column]:
    """Return the columns above a last row that names only units.

    Such as `万元`, `人民币(万元)`, `美元(万元)`: each belongs to a column of money, in order;
    foreign money has a column of its own behind it.
    """
    own = [unit for unit in units if not FOREIGN.search(unit.heading)]
    money = [place for place, column in enumerate(columns) if _MONEY_COLUMN.search(column.heading)]
    if not units or len(money) != len(own) or units[0] not in own:
        return [*columns, *units]
    below: dict[int, list[Column]] = {}
    place = iter(money)
    at = 0
    for unit in units:
        if FOREIGN.search(unit.heading):
            below[at].append(Column(unit.heading, IGNORED))
        else:
            at = next(place)
            below[at] = [in_unit(columns[at], unit.heading)]
    return [leaf for number, column in enumerate(columns) for leaf in below.get(number, [column])]


def _rows(
    pieces: Sequence[Piece], at: int, columns: Sequence[Column]
) -> tuple[float, list[Row], int]:
    rows: list[Row] = []
    total = 0.0
    while at < len(pieces):
        read = _row(pieces, at, columns)
        if read is None:
            after = _after_remark(pieces, at, rows)
            if after is None and rows:
                after = _after_rest_of_row(pieces, at, columns)
                if after is not None:
                    rest = tuple(piece.text for piece in pieces[at:after])
                    rows[-1] = replace(rows[-1], unplaced=(*rows[-1].unplaced, *rest))
            if after is None:
                break
            at = after
            continue
        score, row, at = read
        total += score
        is_cut = at == len(pieces) and pieces[-1].last
        rows.append(row if is_cut else _carried(row, rows, columns))
    return total, rows, at


def _after_remark(pieces: Sequence[Piece], at: int, rows: list[Row]) -> int | None:
    """Return where to go on after a remark or a line of totals between rows.

    None if the table is over.
    """
    if (
        rows
        and _REMARK.match(pieces[at].text)
        and any(piece.starts_row for piece in pieces[at + 1 : at + 2])
    ):
        return at + 1
    if TOTAL.match(pieces[at].text):
        return next(
            (place for place in range(at + 1, len(pieces)) if pieces[place].starts_row), None
        )
    return None


def _after_rest_of_row(pieces: Sequence[Piece], at: int, columns: Sequence[Column]) -> int | None:
    """Return where the next row begins behind the few cells of a row that the one before spans.

    A parcel of two uses has two rows in the columns of its uses, and one in the others.
    """
    end = min(len(pieces), at + 1 + len(columns) // 2)
    after = next((place for place in range(at + 1, end) if pieces[place].starts_row), None)
    if after is None or not pieces[at].starts_row or _row(pieces, after, columns) is None:
        return None
    rest = pieces[at:after]
    is_other = any(is_heading(piece.text) or states_date(piece.text) for piece in rest)
    return None if is_other else after


def _carried(row: Row, above: Sequence[Row], columns: Sequence[Column]) -> Row:
    """Return the row with the times of the row above where it has none.

    A cell that spanned both was written once.
    """
    own = {entry.column for entry in row.entries}
    before = {entry.column: entry for entry in above[-1].entries} if above else {}
    missing = [
        column
        for column in columns
        if column not in own and column in before and is_time_label(column.heading)
    ]
    if row.unplaced or not missing:
        return row
    taken = tuple(
        replace(before[column], inherited=True, blank=True, place=row.place) for column in missing
    )
    return replace(row, entries=row.entries + taken)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Where a row ends best, for it and for what follows: behind `size` of the cells."""

    alignment: Alignment
    size: int
    score: float
    goes_on: bool  # a cell too many follows: which of them all is it?


def _ending_of_row(pieces: Sequence[Piece], at: int, columns: Sequence[Column]) -> _Ending | None:
    """Return how the pieces from `at` on stand best under the columns; None if they do not."""
    end = _window_end(pieces, at, len(columns))
    if end - at < min(3, len(columns)):
        return None
    if sum(is_heading(piece.text) for piece in pieces[at : at + len(columns)]) >= 3:
        return None
    alignment = Alignment(pieces[at:end], columns)
    best = _Ending(alignment, 0, _NEVER, goes_on=False)
    for size in range(min(3, len(columns)), end - at + 1):
        own = alignment.score(size)
        if own == _NEVER:
            continue
        follows = _continuation(pieces, at, at + size)
        if own + follows >= best.score:
            best = _Ending(alignment, size, own + follows, goes_on=follows <= _GOES_ON)
    return best if best.score >= _LEAST_A_CELL * best.size else None


def _row(
    pieces: Sequence[Piece], at: int, columns: Sequence[Column]
) -> tuple[float, Row, int] | None:
    """Return the best way to place the pieces from `at` on under the columns.

    As (score, row, where the next begins).
    """
    ending = _ending_of_row(pieces, at, columns)
    if ending is None:
        return None
    cells = ending.alignment.placed(ending.size)
    if ending.goes_on:
        skipped = next((at for at, cell in enumerate(cells) if cell.column != at), len(cells))
        cells = [
            replace(cell, certain=cell.certain and number < skipped)
            for number, cell in enumerate(cells)
        ]
    if any(_are_two_in_one(columns[cell.column], cell.value.text) for cell in cells):
        cells = [
            replace(cell, certain=cell.certain and not is_time_label(columns[cell.column].heading))
            for cell in cells
        ]
    if not _enough([fits(columns[cell.column], cell.value.text) for cell in cells if cell.certain]):
        return None
    values = [cell.value for cell in cells]
    placed = [cell.column if cell.certain else None for cell in cells]
    return ending.score, _entries(values, columns, placed), at + ending.size


def _are_two_in_one(column: Column, value: str) -> bool:
    """Return whether two times stand where one belongs: a heading beside it was lost.

    Then any of the row's times may be its neighbour's.
    """
    return "\n" in value and is_of_one_end(column) and are_two_times(value)


def _window_end(pieces: Sequence[Piece], at: int, width: int) -> int:
    """Return the pieces that may belong to the row.

    Up to a section, to prose, or to the second row that begins.
    """
    end = at
    begun = 0
    while end < len(pieces) and end - at < width * 2 + 2:
        piece = pieces[end]
        if piece.is_section or (piece.is_prose and len(piece.text) > 2 * LONG):
            break
        begun += piece.starts_row and end > at
        if begun:
            break
        end += 1
    return end


def _continuation(pieces: Sequence[Piece], at: int, end: int) -> float:
    """Return how much the pieces at `end` count for a row that ends there."""
    if end >= len(pieces):
        return 1.0
    following = pieces[end]
    if following.same_cell:
        return -2.0
    if following.starts_row:
        return 2.0
    text = following.text.strip()
    if following.is_prose or TOTAL.match(text) or text.endswith((":", "：", "。")):
        return 1.0
    if _begin_alike(pieces[at].text, text):
        return 2.0
    if _begins_headings(pieces, end):
        return 1.0
    return _GOES_ON


def _begin_alike(first: str, second: str) -> bool:
    """Return whether two rows may begin so: with numbers of one form.

    A serial is not any figure.
    """
    serials = [SERIAL.fullmatch(text.strip()) is not None for text in (first, second)]
    return shape_of(first) == shape_of(second) and serials[0] == serials[1]


def _enough(scores: Sequence[int | None]) -> bool:
    strong = sum(score == 2 for score in scores)
    return strong >= min(_FEWEST_STRONG, max(2, len(scores) - 1))


def _entries(
    values: Sequence[Piece], columns: Sequence[Column], placed: Sequence[int | None]
) -> Row:
    entries, unplaced = [], []
    for piece, j in zip(values, placed, strict=True):
        if j is None:
            unplaced.append(piece.text)
        elif columns[j].field or is_time_label(columns[j].heading):
            entries.append(Entry(column=columns[j], value=piece.text, place=piece.place))
    if any(begins_with_date(text) for text in unplaced):
        empty = [
            column
            for number, column in enumerate(columns)
            if number not in placed and is_time_label(column.heading)
        ]
        entries += [uncertain(column, unplaced, values[0].place) for column in empty]
    return Row(entries=tuple(entries), place=values[0].place, unplaced=tuple(unplaced))


# headings, each with the values of all parcels behind it


def _beside(pieces: Sequence[Piece], begin: int) -> tuple[list[Row], int] | None:
    """Return the rows of a table with one column a parcel.

    It is a grid again, as every label has as many values behind it.
    """
    label, size = _heading(pieces, begin)
    if column_of(label).field not in _NAMES:
        return None
    count = _values_behind(pieces, begin + size)
    if count < 2 or not _are_alike(pieces[begin + size : begin + size + count]):
        return None
    lines: list[list[Cell]] = []
    whole = 0
    at = begin
    while at < len(pieces) and _may_be_label(pieces, at):
        label, size = _heading(pieces, at)
        values = pieces[at + size : at + size + min(_values_behind(pieces, at + size), count)]
        whole += len(values) == count
        lines.append(
            [Cell(text=label.rstrip(":："), place=pieces[at].place), *_spread(label, values, count)]
        )
        at += size + len(values)
    if whole < _FEWEST_LINES or whole * 2 < len(lines):
        return None
    layout = beside_headings(lines)
    return (layout.read()[0], at) if layout is not None and layout.score > 0 else None


def _are_alike(names: Sequence[Piece]) -> bool:
    """Return whether all of `names` hold a digit or none does.

    Of a row of headings whose first is the parcel's number, only the number of the row below it
    would.
    """
    return len({any(char.isdigit() for char in name.text) for name in names}) == 1


def _values_behind(pieces: Sequence[Piece], at: int) -> int:
    end = at
    while end < len(pieces) and not pieces[end].is_prose and not _may_be_label(pieces, end):
        end += 1
    return end - at


def _may_be_label(pieces: Sequence[Piece], at: int) -> bool:
    label, _ = _heading(pieces, at)
    return is_card_label(label) and is_heading(label.rstrip(":："))


def _spread(label: str, values: Sequence[Piece], count: int) -> list[Cell]:
    """Return the cells beside a label.

    Its values; the only value of all; or empty cells of which nothing is certain.
    """
    column = column_of(label.rstrip(":："))
    fitting = [fits(column, value.text) is not None for value in values]
    place = values[0].place if values else Place()
    if len(values) == count and all(fitting):
        return [Cell(text=value.text, place=value.place) for value in values]
    if fitting and fitting[0] and not any(fitting[1:]):
        text = values[0].text
        return [Cell(text=text, own=not number, place=place) for number in range(count)]
    text = "、".join(value.text for value in values)
    return [Cell(text=text, missing=True, place=place) for _ in range(count)]


# cards: labels, each with its value behind it, perhaps for several parcels one after the other


def _card(pieces: Sequence[Piece], at: int) -> tuple[list[Row], int]:
    if not _begins_card(pieces, at):
        return [], at
    rows: list[Row] = []
    entries: list[Entry] = []
    label: Column | None = None
    value: list[Piece] = []
    crowded = False  # a second time follows the value: which of them is the label's?
    begin = at

    def close() -> None:
        if label is not None and value and (label.field or is_time_label(label.heading)):
            text = "\n".join(piece.text for piece in value)
            certain = not crowded or not is_time_label(label.heading)
            entries.append(Entry(column=label, value=text, place=value[0].place, certain=certain))

    while at < len(pieces):
        in_note = label is not None and label.field == "note"
        if pieces[at].is_section or (pieces[at].is_prose and not in_note):
            break
        text, size = _heading(pieces, at)
        text = text.strip()
        if is_card_label(text):
            close()
            column = column_of(text.rstrip(":："))
            size_of_card = end_of_card(entries, column, rows)
            if size_of_card:
                rows.append(Row(entries=tuple(entries[:size_of_card]), place=pieces[begin].place))
                entries, begin = entries[size_of_card:], at
            label, value, crowded = column, [], False
            at += size
            continue
        text = pieces[at].text.strip()
        if label is not None and (
            not value or pieces[at].same_cell or (len(value) < 2 and text[:1] in ("(", "（"))
        ):
            value.append(pieces[at])
        elif not in_note and not _is_loose(pieces, at):
            crowded = begins_with_date(text)
            if not crowded or not any(
                is_card_label(following.text) for following in pieces[at + 1 : at + 2]
            ):
                break
        at += 1
    close()
    rows.append(Row(entries=tuple(entries), place=pieces[begin].place))
    rows = [row for row in rows if row.has(*IDENTITY) and len(row.entries) >= 2]
    enough = any(len(fields_of(entry.column for entry in row.entries)) >= 3 for row in rows)
    return (rows, at) if enough else ([], at)


def _is_loose(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a card may hold the text at `at` under no label of ours.

    It is short, or labels go on behind it; and no time that could be a deadline.
    """
    text = pieces[at].text.strip()
    goes_on = any(is_card_label(piece.text) for piece in pieces[at + 1 : at + 1 + _AHEAD])
    return (
        (goes_on or len(text) <= _LONGEST_HEADING) and "公告" not in text and not states_date(text)
    )


def _begins_card(pieces: Sequence[Piece], at: int) -> bool:
    """A label with a colon; or one without, where labels and values take turns."""
    text, size = _heading(pieces, at)
    text = text.strip()
    column = column_of(text.rstrip(":："))
    if not text or len(text) > 30 or column.field not in IDENTITY:
        return False
    if text.endswith((":", "：")):
        return True
    turns: list[bool] = []
    while at < len(pieces) and len(turns) < 2 * _MOST_TURNS:
        text, size = _heading(pieces, at)
        turns.append(is_card_label(text))
        at += size if turns[-1] else 1
        if turns in ([True, False, True, False], [True, False, False, False, True, False]):
            return column.exact and not is_heading(text)
    return False


def leftover_paragraphs(pieces: Sequence[Piece]) -> list[Paragraph]:
    """The pieces of no table as running text again."""
    found: list[Paragraph] = []
    for piece in pieces:
        paragraph = piece.source or Paragraph(text=piece.text, place=piece.place)
        if piece.text.strip() and not (found and found[-1] is paragraph):
            found.append(paragraph)
    return found
