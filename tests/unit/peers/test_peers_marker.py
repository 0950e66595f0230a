import pytest
from peers.marker import CELLS, cells, read


def code(white):
    return int("".join("1" if cell else "0" for cell in white), 2)


@pytest.mark.parametrize(("number", "clicks"), [(0, 0), (1, 0), (2047, 63), (4095, 1), (1365, 42)])
def test_marker_tells_what_it_was_given(number, clicks):
    assert read(code(cells(number, clicks))) == (number, clicks)


def test_numbers_go_round():
    assert read(code(cells(4096 + 7, 64 + 3))) == (7, 3)


def test_from_one_picture_to_the_next_two_cells_change():
    for number in range(5000):
        before, after = cells(number, 5), cells(number + 1, 5)
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 2


def test_any_cell_misread_is_noticed():
    right = code(cells(1234, 5))
    assert all(read(right ^ 1 << place) is None for place in range(CELLS))
