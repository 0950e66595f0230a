"""How near a screenshot comes to the pixels that VTK drew."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Rec. 601's share of red, green and blue in luma.
LUMA = np.array([0.299, 0.587, 0.114])


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """Return a PNG's pixels, top row first, with shape (height, width, 3)."""
    with av.open(io.BytesIO(data), format="png_pipe") as container:
        frame: Any = next(container.decode(video=0))
        pixels: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
        return pixels


def luma_psnr_db(shown: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio of luma: infinite for equal pictures.

    Parameters
    ----------
    shown, true : ndarray
        Pixels of shape (..., height, width, 3). Of a larger `shown` the upper left part counts; of several
        pictures, the mean error.

    Raises
    ------
    ValueError
        If less is shown than there is.
    """
    *_several, height, width, _channels = true.shape
    part = shown[..., :height, :width, :]
    if part.shape != true.shape:
        raise ValueError(f"shown are {part.shape} of {true.shape}")
    error = ((part.astype(float) - true) @ LUMA) ** 2
    mean = float(error.mean())
    return 10 * math.log10(255**2 / mean) if mean else math.inf
