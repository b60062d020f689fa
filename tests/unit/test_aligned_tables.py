"""Tables without rules: pieces of text that stand below each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.intake.documents.aligned_tables import Box, aligned_tables

_COLUMNS = (0.0, 100.0, 200.0)
_HEIGHT = 10.0


def _piece(x: float, line: float, width: float = 60.0) -> Box:
    return x, line * 12, x + width, line * 12 + _HEIGHT


def _grid(*lines: float) -> list[Box]:
    return [_piece(x, line) for line in lines for x in _COLUMNS]


def _tops(table: list[Box]) -> list[float]:
    return sorted({cell[1] for cell in table})


def test_pieces_below_each_other_are_a_table_and_a_sentence_below_is_not() -> None:
    sentence = _piece(0, 5, 280)
    found = aligned_tables([_piece(0, 0, 280), *_grid(2, 3, 4), sentence], [])
    (table,) = found.tables
    assert len(table) == 9
    assert max(cell[3] for cell in table) < sentence[3]
    assert found.doubtful == set()


def test_lines_that_stand_closer_are_one_row() -> None:
    found = aligned_tables([*_grid(0), *_grid(3, 4)[:5], *_grid(6)], [])
    (table,) = found.tables
    assert len(_tops(table)) == 3


def test_a_name_in_the_middle_of_its_row_belongs_to_it() -> None:
    pieces = [*_grid(0)]
    for first in (3.0, 6.0):
        pieces += [
            _piece(0, first + 0.5),
            *(_piece(x, first + n) for x in (100, 200) for n in (0, 1)),
        ]
    (table,) = aligned_tables(pieces, []).tables
    assert len(_tops(table)) == 3


def test_a_piece_that_runs_through_two_columns_is_doubtful() -> None:
    pieces = [*_grid(0, 2), _piece(0, 4), _piece(100, 4, 160)]
    found = aligned_tables(pieces, [])
    assert found.doubtful == {7}
    assert len(found.tables) == 1


def test_what_stands_side_by_side_and_is_no_table_is_doubtful() -> None:
    pieces = [*_grid(0), *(_piece(x, 2) for x in (100, 200)), *(_piece(x, 4) for x in (100, 200))]
    found = aligned_tables(pieces, [])
    assert found.tables == []
    assert found.doubtful == set(range(len(pieces)))


def test_what_stands_in_a_ruled_table_is_left_to_it() -> None:
    found = aligned_tables(_grid(0, 2, 4), [[(-10, -10, 300, 300)]])
    assert (found.tables, found.doubtful) == ([], set())


_BOXES = st.builds(
    lambda x, y, width, height: (x, y, x + width, y + height),
    st.floats(0, 500),
    st.floats(0, 500),
    st.floats(1, 400),
    st.floats(1, 30),
)


@given(st.lists(_BOXES, max_size=25))
def test_whatever_stands_on_a_page_its_cells_lie_apart(boxes: list[Box]) -> None:
    found = aligned_tables(boxes, [])
    assert found.doubtful <= set(range(len(boxes)))
    for table in found.tables:
        assert all(cell[0] <= cell[2] and cell[1] <= cell[3] for cell in table)
