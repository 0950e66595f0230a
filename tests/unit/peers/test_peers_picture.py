import io
import math

import av
import numpy as np
import pytest
from peers.picture import decode_png, luma_psnr_db


def test_equal_pictures_are_exact_and_more_of_the_page_does_not_count():
    true = np.full((4, 6, 3), 90, np.uint8)
    shown = np.zeros((5, 8, 3), np.uint8)
    shown[:4, :6] = true
    assert luma_psnr_db(shown, true) == math.inf


def test_one_step_of_grey_is_48_db():
    true = np.full((4, 6, 3), 90, np.uint8)
    assert luma_psnr_db(true + 1, true) == pytest.approx(48.13, abs=0.01)


def test_colour_counts_as_far_as_it_is_bright():
    true = np.zeros((4, 6, 3), np.uint8)
    green, blue = true.copy(), true.copy()
    green[..., 1] = blue[..., 2] = 10
    assert luma_psnr_db(green, true) < luma_psnr_db(blue, true)


def test_of_several_pictures_the_mean_error_counts():
    true = np.full((2, 4, 6, 3), 90, np.uint8)
    shown = true.copy()
    shown[1] += 1
    assert luma_psnr_db(shown, true) == pytest.approx(48.13 + 3.01, abs=0.01)


def test_a_page_smaller_than_the_picture_is_no_match():
    with pytest.raises(ValueError, match="shown are"):
        luma_psnr_db(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 6, 3), np.uint8))


def test_a_screenshot_is_decoded_as_it_was():
    pixels = np.random.default_rng(3).integers(0, 256, (8, 12, 3), np.uint8)
    file = io.BytesIO()
    with av.open(file, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 12, 8, "rgb24"
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(pixels)), *stream.encode(None)]:
            container.mux(packet)
    assert (decode_png(file.getvalue()) == pixels).all()
