"""Tables that were flattened into a stream of cells: headings, then rows of values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.documents import Paragraph
from notifier.intake.headings import IGNORED
from notifier.intake.notice.cards import begins_with_date, read_card
from notifier.intake.notice.columns import (
    GROUP,
    TIMES,
    Column,
    align,
    column,
    fits,
    in_unit,
    is_heading,
    is_sub,
    is_time_label,
    is_unit,
)
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.text import dense, plain
from notifier.intake.times import tokens

_IDENTITY = {"parcel_no", "parcel_name", "location"}
_FACTS = {"area_m2", "start_price_wan", "deposit_wan", "use", "far", "term", "floor_area_m2"} | TIMES
_LONGEST_HEADING = 40
_FEWEST_STRONG = 4
_DISTANT = 10
_SERIAL = re.compile(r"\(?\d{1,3}\)?[.、]?|[一二三四五六七八九十]{1,3}")
_FOREIGN = re.compile(r"美[元金]|港[元币]")
_MONEY_COLUMN = re.compile(r"价|金|幅度|阶梯")
_VALUE = re.compile(r"\d{3,}|\d\.\d|号$|\*\*|[≤≥≦≧⩽⩾<>]|\d年")
_TOTAL = re.compile(r"\s*(?:合\s*计|小\s*计|总\s*计)")
_REMARK = re.compile(r"\s*(?:备注|注|说明)\s*[:：]?")


def read_stream(pieces: Sequence[Piece]) -> tuple[list[Row], list[Piece]]:
    """(rows, the pieces that belong to no table). A row whose values cannot be placed keeps what is certain."""
    rows: list[Row] = []
    left: list[Piece] = []
    at = part = 0
    while at < len(pieces):
        header = _header(pieces, at)
        if header is not None:
            columns, begin = header
            found, end = _values(pieces, begin, columns)
            if found:
                part += 1
                rows += [replace(row, part=part) for row in _with_rest(found, pieces, end)]
                at = end
                continue
        cards, end = read_card(pieces, at)
        if cards:
            rows += cards
            at = end
            continue
        left.append(pieces[at])
        at += 1
    return rows, left


_FEWEST_LEFT = 3


def _with_rest(rows: list[Row], pieces: Sequence[Piece], end: int) -> list[Row]:
    """The rows; the last knows the cells that stand behind it and were not read, for they may be other parcels."""
    left: list[str] = []
    for number, piece in enumerate(pieces[end:]):
        text = piece.text.strip()
        if piece.is_prose or text.endswith((":", "：", "。")) or "公告" in text or _header(pieces, end + number):
            break
        if read_card(pieces, end + number)[0] or len(left) > _LONGEST_HEADING:
            break
        if text:
            left.append(text)
    cells = sum(_VALUE.search(text) is not None and not is_heading(text) for text in left)
    if len(left) < _FEWEST_LEFT or cells < 2 or cells * 3 < len(left):
        return rows
    return [*rows[:-1], replace(rows[-1], behind=tuple(left))]


# headings, then rows


def _header(pieces: Sequence[Piece], at: int) -> tuple[list[Column], int] | None:
    """The columns of a row of headings that begins at `at`, and where the values begin."""
    if not _starts_header(pieces, at):
        return None
    found: list[tuple[Column, bool]] = []
    last, end = 0, at
    ends: list[int] = []
    while at < len(pieces):
        text, size = _heading_text(pieces, at)
        if not text.strip():
            at += 1
            continue
        one = column(text)
        known = bool(one.field) or is_sub(text) or is_time_label(text) or _is_masked_sub(pieces, at)
        if _SERIAL.fullmatch(text.strip()) or _is_value(text, pieces[at], known):
            break
        found.append((one, pieces[at].starts_row))
        at += size
        ends.append(at)
        if known:
            last, end = len(found), at
    if last < len(found) and at < len(pieces) and _begins_values(pieces, at, found[0][0]):
        last, end = len(found), ends[-1]  # unknown ones at the end of their row
    subs, begin = _distant_subs(pieces, end)
    if subs and any(one.field == GROUP for one, _ in found[:last]):
        found, last, end = [*found[:last], *subs], last + len(subs), begin
    units = next((size for size in range(last) if not is_unit(found[last - 1 - size][0].heading)), 0)
    columns = _with_units(_leaves(found[: last - units]), [one for one, _ in found[last - units : last]])
    known_fields = fields_of(columns)
    if len(columns) < 3 or not known_fields & _IDENTITY or not known_fields & _FACTS:
        return None
    return columns, end


def _is_value(text: str, piece: Piece, known: bool) -> bool:
    return not known and (len(text) > _LONGEST_HEADING or _VALUE.search(text) is not None or piece.is_prose)


def _begins_values(pieces: Sequence[Piece], at: int, first: Column) -> bool:
    """Whether the rows of values begin at `at` for certain: by the file's own marks, or with the first serial."""
    serial = dense(first.heading).endswith("序号") and _SERIAL.fullmatch(pieces[at].text.strip()) is not None
    return pieces[at].starts_row or not pieces[at - 1].text.strip() or serial


def _with_units(columns: list[Column], units: list[Column]) -> list[Column]:
    """The columns above a last row that names only units (`万元`, `人民币(万元)`, `美元(万元)`): each belongs to a
    column of money, in order; foreign money has a column of its own behind it."""
    own = [unit for unit in units if not _FOREIGN.search(unit.heading)]
    money = [place for place, one in enumerate(columns) if _MONEY_COLUMN.search(one.heading)]
    if not units or len(money) != len(own) or units[0] not in own:
        return columns + units
    below: dict[int, list[Column]] = {}
    place = iter(money)
    at = 0
    for unit in units:
        if _FOREIGN.search(unit.heading):
            below[at].append(Column(unit.heading, IGNORED))
        else:
            at = next(place)
            below[at] = [in_unit(columns[at], unit.heading)]
    return [leaf for number, one in enumerate(columns) for leaf in below.get(number, [one])]


def _is_masked_sub(pieces: Sequence[Piece], at: int) -> bool:
    """A masked heading at the beginning of a second row of headings."""
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return pieces[at].starts_row and re.fullmatch(r"\*+", pieces[at].text.strip()) is not None and is_sub(following)


def _distant_subs(pieces: Sequence[Piece], at: int) -> tuple[list[tuple[Column, bool]], int]:
    """A row of headings below `规划指标` that stands after the text of a cell that spans several rows."""
    begin = next((place for place in range(at, min(at + _DISTANT, len(pieces))) if is_sub(pieces[place].text)), at)
    end = begin
    while end < len(pieces) and is_sub(pieces[end].text):
        end += 1
    if end - begin < 2 or begin == at or not all(one.is_prose for one in pieces[at:begin]):
        return [], at
    return [(column(pieces[place].text), place == begin) for place in range(begin, end)], end


def _starts_header(pieces: Sequence[Piece], at: int) -> bool:
    text = pieces[at].text
    if not text.strip() or re.search(r"[:：]|\d{3}", text):
        return False
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return is_heading(text) or (len(text) <= 8 and column(following).field in _IDENTITY and not _VALUE.search(text))


def _heading_text(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    """The heading at `at`, with the next piece where only both together are one (`出让`, `年限(年)`)."""
    text = pieces[at].text
    if text.strip() and not is_heading(text) and at + 1 < len(pieces) and len(text) <= 8:
        joined = text + pieces[at + 1].text
        if column(joined).field and column(joined).exact:
            return joined, 2
    return text, 1


def _leaves(found: list[tuple[Column, bool]]) -> list[Column]:
    """The columns in the order of their values: those that stand below `规划指标` come in its place."""
    columns = [one for one, _ in found]
    groups = [place for place, one in enumerate(columns) if one.field == GROUP]
    if len(groups) != 1:
        return [one for one in columns if one.field != GROUP]
    group = groups[0]
    begin = len(columns)
    starts = [place for place, (_, starts_row) in enumerate(found) if starts_row and place > group]
    if starts and _stand_below(columns[starts[-1] :]):
        begin = starts[-1]
    else:
        while begin > group + 1 and is_sub(columns[begin - 1].heading):
            begin -= 1
    below = columns[begin:]
    if not below and not (group + 1 < len(columns) and is_sub(columns[group + 1].heading)):
        below = [Column(columns[group].heading, IGNORED)]  # its values stand in one cell
    return columns[:group] + below + columns[group + 1 : begin]


def _stand_below(columns: Sequence[Column]) -> bool:
    """Whether a row of headings is that below `规划指标`: one of its own among them, none of a parcel's main facts."""
    mains = fields_of(columns) & ({"parcel_no", "parcel_name", "location", "start_price_wan", "deposit_wan"} | TIMES)
    return not mains and any(is_sub(one.heading) for one in columns)


def _values(pieces: Sequence[Piece], at: int, columns: list[Column]) -> tuple[list[Row], int]:
    rows: list[Row] = []
    while at < len(pieces):
        while at < len(pieces) and not pieces[at].text.strip():
            at += 1
        if at >= len(pieces):
            break
        row, end = _row(pieces, at, columns)
        if row is None:
            remark = _remark(pieces, at, rows)
            if remark is None:
                break
            end = remark
        else:
            rows.append(_carried(row, rows, columns))
        at = end
    return rows, at


def _carried(row: Row, above: Sequence[Row], columns: Sequence[Column]) -> Row:
    """The row with the times of the row above where it has none: a cell that spanned both was written once."""
    own = {entry.column for entry in row.entries}
    before = {entry.column: entry for entry in above[-1].entries} if above else {}
    missing = [one for one in columns if one not in own and one in before and is_time_label(one.heading)]
    if row.unplaced or not missing:
        return row
    taken = tuple(replace(before[one], inherited=True, blank=True, place=row.place) for one in missing)
    return replace(row, entries=row.entries + taken)


def _remark(pieces: Sequence[Piece], at: int, rows: list[Row]) -> int | None:
    """Where to go on after a remark or a line of totals between rows; None if the table is over."""
    if rows and _REMARK.match(pieces[at].text) and any(one.starts_row for one in pieces[at + 1 : at + 2]):
        return at + 1
    if _TOTAL.match(pieces[at].text):
        following = (place for place in range(at + 1, len(pieces)) if pieces[place].starts_row)
        return next(following, None)
    return None


def _row(pieces: Sequence[Piece], at: int, columns: list[Column]) -> tuple[Row | None, int]:
    """The row that begins at `at` and where the next begins. The file's own marks of rows come first."""
    stop = next((place for place in range(at + 1, len(pieces)) if pieces[place].starts_row), None)
    if pieces[at].starts_row or (stop is not None and stop - at <= len(columns) + 3):
        stop = stop if stop is not None else len(pieces)
        if stop - at > len(columns) * 2:
            stop = at + len(columns)
        row = _placed(pieces[at:stop], columns)
        if row is not None:
            return row, stop
    for size in range(len(columns), max(2, len(columns) - 4), -1):
        values = pieces[at : at + size]
        body = values[:-1] if columns[-1].field == "note" and not values[-1].is_section else values
        if len(values) < size or any(one.is_prose for one in body) or not (row := _placed(values, columns)):
            continue
        if _runs_on(pieces, at, at + size, columns):
            continue
        if size == len(columns) or _ends_row(pieces, at, at + size):
            return row, at + size
    return None, at


def _runs_on(pieces: Sequence[Piece], at: int, end: int, columns: Sequence[Column]) -> bool:
    """Whether what would be the row's note is none: the number that begins the next row, or a sentence below the
    table that states a time."""
    if end - at < len(columns) or columns[-1].field != "note" or pieces[end - 1].starts_row:
        return False
    first, last = pieces[at].text.strip(), pieces[end - 1].text.strip()
    if _SERIAL.fullmatch(first) and first.isdigit():
        return last == str(int(first) + 1)
    if _shape(first) == _shape(last) and first != last and re.search(r"\d", first):
        return True
    below = end == len(pieces) or _shape(pieces[end].text) != _shape(first)
    return below and last.endswith("。") and any(token.has_date for token in tokens(plain(last)))


def _ends_row(pieces: Sequence[Piece], at: int, end: int) -> bool:
    """Whether a row that is shorter than the headings ends here: else its first value that is placed by force would
    take the place of another, and every row after it would begin too early."""
    following = next((piece for piece in pieces[end:] if piece.text.strip()), None)
    if following is None or following.starts_row or following.is_prose or _TOTAL.match(following.text):
        return True
    if _header(pieces, end) is not None or following.text.strip().endswith((":", "：", "。")):
        return True
    return _shape(following.text) == _shape(pieces[at].text)


def _shape(text: str) -> str:
    """What a serial or a number looks like: letters and characters as they are, figures as `0`."""
    return re.sub(r"\d+", "0", "".join(text.split()))


def _placed(values: Sequence[Piece], columns: list[Column]) -> Row | None:
    """The values under their columns: one each if they fit so, else wherever only one way to place them is best."""
    shown = list(values)
    while shown and not shown[-1].text.strip():
        shown.pop()
    if len(shown) > len(columns) + 1 or len(shown) < min(3, len(columns)):
        return None
    if any(piece.is_section or (piece.is_prose and columns[-1].field != "note") for piece in shown):
        return None
    if sum(is_heading(piece.text) for piece in shown if piece.text.strip()) >= 2:
        return None
    scores = [fits(one, piece.text) for one, piece in zip(columns, shown, strict=False)]
    if len(shown) == len(columns) and None not in scores:
        if not _enough(scores):
            return None
        return _entries(shown, columns, list(range(len(columns))))
    filled = [piece for piece in shown if piece.text.strip()]
    placed = align([piece.text for piece in filled], columns)
    if placed is None:
        return None
    sure = [fits(columns[j], piece.text) for piece, j in zip(filled, placed, strict=True) if j is not None]
    return _entries(filled, columns, placed) if _enough(sure) else None


def _enough(scores: Sequence[int | None]) -> bool:
    strong = sum(score == 2 for score in scores)
    return strong >= min(_FEWEST_STRONG, max(2, len(scores) - 1))


def _entries(values: Sequence[Piece], columns: list[Column], placed: Sequence[int | None]) -> Row:
    entries, unplaced = [], []
    for piece, j in zip(values, placed, strict=True):
        if j is None:
            unplaced.append(piece.text)
        elif columns[j].field or is_time_label(columns[j].heading):
            entries.append(Entry(column=columns[j], value=piece.text, place=piece.place))
    if any(begins_with_date(text) for text in unplaced):
        empty = [one for number, one in enumerate(columns) if number not in placed and is_time_label(one.heading)]
        entries += [uncertain(one, unplaced, values[0].place) for one in empty]
    return Row(entries=tuple(entries), place=values[0].place, unplaced=tuple(unplaced))


def leftover_paragraphs(pieces: Sequence[Piece]) -> list[Paragraph]:
    """The pieces of no table as running text again."""
    return [piece.source or Paragraph(text=piece.text, place=piece.place) for piece in pieces if piece.text.strip()]
