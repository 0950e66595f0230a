import pytest

from vizstream.server.hub import BUSY_AFTER_NS, busy_with

LONG = BUSY_AFTER_NS + 1
NOW = 100 * BUSY_AFTER_NS


@pytest.mark.parametrize(
    ("awake", "drawing", "expected"),
    [
        (0, 0, ""),
        (NOW - 5, 0, ""),
        (NOW - LONG, 0, "script"),
        (NOW - LONG, NOW - LONG, "drawing"),
        (NOW - 5 * LONG, NOW - LONG, "drawing"),
        (NOW - LONG, NOW - 5, ""),  # the script has only just begun to draw
    ],
)
def test_what_keeps_the_scene_from_going_on(awake, drawing, expected):
    assert busy_with(awake, drawing, NOW) == expected
