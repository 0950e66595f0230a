"""Colours and orientation after the conversion."""

from __future__ import annotations

import numpy as np
import pytest

from vizstream.media.convert import MATRIX_BT601, RANGE_LIMITED, Converter


def _picture(width: int, height: int) -> np.ndarray:
    """Red above, blue below, in OpenGL's order of rows, with alpha 0."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[: height // 2, :, :3] = (20, 40, 220)
    pixels[height // 2 :, :, :3] = (220, 30, 10)
    return pixels


@pytest.mark.parametrize("size", [(64, 64), (1280, 720), (642, 362), (100, 98)])
def test_the_picture_is_turned_and_keeps_its_colours(size: tuple[int, int]) -> None:
    width, height = size
    frame = Converter().convert(_picture(width, height))
    assert (frame.width, frame.height, frame.format.name) == (width, height, "yuv420p")
    rgb = frame.to_ndarray(format="rgb24").astype(int)
    assert np.abs(rgb[5, 5] - (220, 30, 10)).max() <= 3
    assert np.abs(rgb[-5, -5] - (20, 40, 220)).max() <= 3


def test_luma_is_bt601_limited_range() -> None:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[:, :, :3] = (0, 255, 0)
    frame = Converter().convert(pixels)
    luma = frame.to_ndarray()[10, 10]
    # ITU-R BT.601: Y = 16 + 219 * 0.587 = 144.6; BT.709 would give 172.6, full range 149.7.
    assert abs(int(luma) - 145) <= 1
    assert int(frame.color_range) == RANGE_LIMITED


def test_the_source_is_neither_changed_nor_kept() -> None:
    converter = Converter()
    pixels = _picture(64, 64)
    before = pixels.copy()
    frame = converter.convert(pixels)
    first = frame.to_ndarray()
    assert np.array_equal(pixels, before)
    pixels[:] = 0
    converter.convert(pixels)
    assert np.array_equal(frame.to_ndarray(), first), "a converted picture must own its bytes"


def test_the_size_may_change_at_any_time() -> None:
    converter = Converter()
    for width, height in ((64, 64), (128, 96), (64, 64)):
        assert converter.convert(_picture(width, height)).width == width


def test_the_matrix_is_the_one_that_encoders_tag() -> None:
    assert MATRIX_BT601 == 6
