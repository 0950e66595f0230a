"""What viewers of a window want together, whichever way they came to it."""

from vizstream.render.channel import Want, Wants


def test_a_board_is_read():
    wants = Wants.read(
        {"viewers": 3, "windows": [[0, 2, 1, 800.0, 600.0, 2.0], [3, 1, 4, 300.0, 200.0, 1.0]]}
    )
    assert wants.of(3, shown=False) == Want(1, 4, 300.0, 200.0, 1.0)
    assert wants.of(1, shown=True) == Want(2, 1, 800.0, 600.0, 2.0)
    assert wants.of(1, shown=False) == Want()
    assert Wants.read({}) == Wants()


def test_those_who_follow_and_those_who_chose_are_one_crowd():
    wants = Wants({0: Want(2, 5, 800, 600, 2), 3: Want(1, 4, 300, 200, 1)})
    assert wants.of(3, shown=True) == Want(3, 4, 300, 200, 1)
    wants = Wants({0: Want(2, 5, 800, 600, 2), 3: Want(1, 0, 0, 0, 1)})
    assert wants.of(3, shown=True) == Want(3, 5, 800, 600, 2), "who asked for no size sets none"
