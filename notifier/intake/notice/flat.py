"""Tables that were flattened into a stream of cells: headings, then rows of values, or labels each with its value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.intake.documents import Paragraph
from notifier.intake.headings import IGNORED
from notifier.intake.notice.columns import GROUP, TIMES, Column, align, column, fits, is_heading, is_sub, is_time_label
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.text import plain
from notifier.intake.times import tokens

_IDENTITY = {"parcel_no", "parcel_name", "location"}
_FACTS = {"area_m2", "start_price_wan", "deposit_wan", "use", "far", "term", "floor_area_m2"} | TIMES
_LONGEST_HEADING = 40
_FEWEST_STRONG = 4
_DISTANT = 10
_VALUE = re.compile(r"\d{3,}|\d\.\d|号$|\*\*|[≤≥≦≧⩽⩾<>]|\d年")
_TOTAL = re.compile(r"\s*(?:合\s*计|小\s*计|总\s*计)")
_REMARK = re.compile(r"\s*(?:备注|注|说明)\s*[:：]?")


def read_stream(pieces: Sequence[Piece]) -> tuple[list[Row], list[Piece]]:
    """(rows, the pieces that belong to no table). A row whose values cannot be placed keeps what is certain."""
    rows: list[Row] = []
    left: list[Piece] = []
    at = 0
    while at < len(pieces):
        header = _header(pieces, at)
        if header is not None:
            columns, begin = header
            found, end = _values(pieces, begin, columns)
            if found:
                rows += found
                at = end
                continue
        cards, end = _card(pieces, at)
        if cards:
            rows += cards
            at = end
            continue
        left.append(pieces[at])
        at += 1
    return rows, left


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
        if not known and (len(text) > _LONGEST_HEADING or _VALUE.search(text) or pieces[at].is_prose):
            break
        found.append((one, pieces[at].starts_row))
        at += size
        ends.append(at)
        if known:
            last, end = len(found), at
    while last < len(found) and at < len(pieces) and pieces[at].starts_row:  # unknown ones at the end of their row
        last, end = last + 1, ends[last]
    subs, begin = _distant_subs(pieces, end)
    if subs and any(one.field == GROUP for one, _ in found[:last]):
        found, last, end = [*found[:last], *subs], last + len(subs), begin
    columns = _leaves(found[:last])
    known_fields = fields_of(columns)
    if len(columns) < 3 or not known_fields & _IDENTITY or not known_fields & _FACTS:
        return None
    return columns, end


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
    if starts and 2 * sum(is_sub(one.heading) for one in columns[starts[-1] :]) >= len(columns) - starts[-1]:
        begin = starts[-1]
    else:
        while begin > group + 1 and is_sub(columns[begin - 1].heading):
            begin -= 1
    below = columns[begin:]
    if not below and not (group + 1 < len(columns) and is_sub(columns[group + 1].heading)):
        below = [Column(columns[group].heading, IGNORED)]  # its values stand in one cell
    return columns[:group] + below + columns[group + 1 : begin]


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
            rows.append(row)
        at = end
    return rows, at


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
        if len(values) == size and not any(one.is_prose for one in body) and (row := _placed(values, columns)):
            return row, at + size
    return None, at


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
    if any(_begins_with_date(text) for text in unplaced):
        empty = [one for number, one in enumerate(columns) if number not in placed and is_time_label(one.heading)]
        entries += [uncertain(one, unplaced, values[0].place) for one in empty]
    return Row(entries=tuple(entries), place=values[0].place, unplaced=tuple(unplaced))


# labels, each with its value

_LINES_OF_A_VALUE = 2
_ONCE = {"parcel_no", "location", "start_price_wan", "deposit_wan", "bidding_open", "bidding_close"}


def _card(pieces: Sequence[Piece], at: int) -> tuple[list[Row], int]:
    """The parcels of cards that begin at `at`: a label, then its value, perhaps on the same line."""
    if not _is_card_label(pieces[at].text, first=True):
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
        text = pieces[at].text.strip()
        in_note = label is not None and label.field == "note"
        if pieces[at].is_section or (pieces[at].is_prose and not in_note):
            break
        if _is_card_label(text):
            close()
            one = column(text.rstrip(":："))
            if one.field in _ONCE and any(entry.column.field == one.field for entry in entries):
                rest = _since_number(entries)
                rows.append(Row(entries=tuple(entries[: -len(rest)] if rest else entries), place=pieces[begin].place))
                entries, begin = rest, at
            label, value, crowded = one, [], False
        elif text and label is not None and (not value or (len(value) < _LINES_OF_A_VALUE and text[0] in "(（")):
            value.append(pieces[at])
        elif text and not in_note and not _is_loose(text):
            crowded = _begins_with_date(text)
            if not crowded or not any(_is_card_label(one.text) for one in pieces[at + 1 : at + 2]):
                break
        at += 1
    close()
    rows.append(Row(entries=tuple(entries), place=pieces[begin].place))
    rows = [row for row in rows if row.has(*_IDENTITY) and len(row.entries) >= 2]
    enough = any(len(fields_of(entry.column for entry in row.entries)) >= 3 for row in rows)
    return (rows, at) if enough else ([], at)


def _since_number(entries: list[Entry]) -> list[Entry]:
    """What stands after the number of a parcel that does not come first: the number begins the next parcel."""
    at = next((place for place, entry in enumerate(entries) if entry.column.field == "parcel_no"), 0)
    return entries[at:] if at else []


def _begins_with_date(text: str) -> bool:
    return any(token.has_date and token.start == 0 for token in tokens(plain(text.strip())))


def _is_loose(text: str) -> bool:
    """Whether a card may hold this text under no label of ours: short, and no time that could be a deadline."""
    return len(text) <= 40 and "公告" not in text and not re.search(r"\d{4}年|\d月", text)


def _is_card_label(text: str, *, first: bool = False) -> bool:
    bare = text.strip()
    if not bare or len(bare) > 30:
        return False
    colon = bare.endswith((":", "："))
    one = column(bare.rstrip(":："))
    if first:
        return colon and one.field in _IDENTITY
    return colon or bool(one.field and one.exact and not re.search(r"\d", bare)) or is_sub(bare)


def leftover_paragraphs(pieces: Sequence[Piece]) -> list[Paragraph]:
    """The pieces of no table as running text again."""
    return [piece.source or Paragraph(text=piece.text, place=piece.place) for piece in pieces if piece.text.strip()]
