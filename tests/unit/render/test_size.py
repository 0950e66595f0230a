import itertools

import pytest

from vizstream.config import MAX_HEIGHT, MAX_WIDTH, MIN_SIDE
from vizstream.render.size import SOFTWARE_PIXELS, fit


def test_a_size_that_fits_is_kept():
    size = fit(1280, 720)
    assert (size.width, size.height, size.pixel_ratio, size.dpi) == (1280, 720, 1.0, 72)


def test_a_pixel_ratio_multiplies_and_text_keeps_its_size():
    size = fit(800, 600, 2.0)
    assert (size.width, size.height, size.dpi) == (1600, 1200, 144)
    assert (size.logical_width, size.logical_height) == (800, 600)


def test_the_cpu_draws_at_most_1080p_and_the_layout_stays():
    size = fit(1600, 900, 2.0, software=True)
    assert (size.width, size.height) == (1920, 1080)
    assert (size.logical_width, size.logical_height) == (1600, 900)
    assert size.pixel_ratio == pytest.approx(1.2)
    assert fit(1600, 900, 2.0).width == 3200, "a graphics card draws them all"


def test_every_size_is_even_and_within_bounds():
    sides = (1, 33, 64, 65, 301, 719, 1081, 1919, 2161, 3841, 16384)
    for width, height, ratio, software in itertools.product(
        sides, sides, (0.1, 1, 1.5, 3, 16), (False, True)
    ):
        size = fit(width, height, ratio, software=software)
        assert size.width % 2 == size.height % 2 == 0
        assert MIN_SIDE <= size.width <= MAX_WIDTH
        assert MIN_SIDE <= size.height <= MAX_HEIGHT
        if software and min(width, height) * 8 > max(width, height):
            assert size.width * size.height <= SOFTWARE_PIXELS * 1.01


def test_the_aspect_is_kept_when_the_picture_must_shrink():
    size = fit(2000, 3000, 1.0)
    assert size.height == MAX_HEIGHT
    assert size.width / size.height == pytest.approx(2 / 3, rel=0.002)


def test_positions_become_physical_ones():
    size = fit(800, 600, 2.0)
    assert size.to_physical(0, 0) == (0, 0)
    assert size.to_physical(400.5, 10) == (801, 20)
    assert size.to_physical(-3, 700) == (-6, 1400)
