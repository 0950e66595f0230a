"""Stills come back bit for bit."""

from __future__ import annotations

import hashlib
import io

import av
import numpy as np
import pytest

from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.still import (
    DRAFT_BYTES,
    EFFORTS,
    STRIP_ROWS,
    StillEffort,
    StillPicture,
    best_effort,
    encode_draft,
    encode_lossless,
    top_down_bgra,
)


def rendered(width: int, height: int, alpha: int = 0) -> np.ndarray:
    """Return bottom-up RGBA of smooth colours with edges and noise, as OpenGL leaves it."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[:height, :width]
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., 0] = x * 255 // width
    pixels[..., 1] = y * 255 // height
    pixels[..., 2] = np.where((x // 16 + y // 16) % 2, 250, random.integers(0, 7, (height, width)))
    pixels[..., 3] = alpha
    return pixels


def decoded(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def picture(pixels: np.ndarray) -> StillPicture:
    height, width = pixels.shape[:2]
    return StillPicture(FrameInfo(1, width, height, 0, 0, 0, 0, 0, 1), top_down_bgra(pixels))


@pytest.mark.parametrize("size", [(64, 64), (322, 130), (1280, 720)])
def test_what_opengl_drew_comes_back_to_the_last_bit(size: tuple[int, int]) -> None:
    pixels = rendered(*size)
    still = picture(pixels)
    parts = [decoded(encode_lossless(strip)) for strip in still.strips()]
    whole = np.concatenate(parts)
    assert [len(part) for part in parts[:-1]] == [STRIP_ROWS] * (len(parts) - 1)
    assert np.array_equal(whole, pixels[::-1, :, :3])
    assert hashlib.sha256(whole.tobytes()).hexdigest() == still.sha256()


@pytest.mark.parametrize("effort", EFFORTS)
def test_every_effort_is_exact(effort: StillEffort) -> None:
    bgra = top_down_bgra(rendered(320, 48))
    assert np.array_equal(decoded(encode_lossless(bgra, effort)), bgra[:, :, 2::-1])


def test_a_strip_takes_no_longer_than_the_line_is_busy() -> None:
    efforts = [best_effort(spare_s, 1280) for spare_s in (0, 0.03, 0.11, 0.2, 0.3, 9)]
    assert [EFFORTS.index(effort) for effort in efforts] == [0, 0, 1, 1, 2, 2]
    assert best_effort(0.3, 3840) is EFFORTS[0], "a wider strip takes longer"


def test_colours_without_alpha_are_not_cleared() -> None:
    """Behind the scene alpha is 0, where WebP encoders may write any colour they like."""
    bgra = top_down_bgra(rendered(64, 64, alpha=0))
    assert (bgra[..., 3] == 255).all()
    assert bgra.flags.c_contiguous


def test_the_picture_is_a_copy() -> None:
    pixels = rendered(64, 64)
    bgra = top_down_bgra(pixels)
    before = bgra.copy()
    pixels[:] = 0
    assert np.array_equal(bgra, before)


def test_another_picture_has_another_hash() -> None:
    pixels = rendered(64, 64)
    before = picture(pixels).sha256()
    pixels[63, 0, 2] ^= 1
    assert picture(pixels).sha256() != before


def test_a_draft_is_small_and_keeps_thin_coloured_lines() -> None:
    pixels = np.full((360, 640, 4), 255, np.uint8)
    pixels[:, 1::40, 1:3] = 0  # red lines of one pixel; 4:2:0 makes them pink at best
    draft = encode_draft(top_down_bgra(pixels))
    assert draft[:2] == b"\xff\xd8"
    assert len(draft) <= DRAFT_BYTES
    error = decoded(draft).astype(float) - pixels[::-1, :, :3]
    assert 10 * np.log10(255**2 / (error**2).mean()) > 38


def test_a_draft_of_much_detail_is_held_to_its_size() -> None:
    noise = np.random.default_rng(1).integers(64, 192, (360, 640, 4), dtype=np.uint8)
    best = decoded(encode_draft(top_down_bgra(np.full_like(noise, 90))))
    assert abs(best.astype(int) - 90).max() <= 2
    assert len(encode_draft(top_down_bgra(noise))) <= 2 * DRAFT_BYTES
