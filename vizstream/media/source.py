"""The newest picture, converted for the encoders that want it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .convert import Converter
from .still import StillPicture, top_down_bgra

if TYPE_CHECKING:
    from collections.abc import Callable

    import av

    from vizstream.ipc.frame_ring import FrameInfo, FrameReader

    from .codecs import Codec


@dataclass(frozen=True)
class Picture:
    """A converted frame: YUV, rows top-down, with the facts of the frame it came from."""

    yuv: av.VideoFrame
    info: FrameInfo


class PictureSource:
    """Hand out the newest frame of the ring as YUV.

    Several encoder threads may ask at once, each for a scale and a codec of its own.  Two codecs on one scale
    do not share a frame: encoders write their time stamp and the kind of picture that they want into it.
    The slot is claimed only while a conversion runs, not while anything encodes.

    Parameters
    ----------
    reader : FrameReader
        The ring's reading end.
    wake : callable
        Wakes the renderer.
    window : int, optional
        The window whose frames are meant; others are passed over.  All of them where it is left out.
    lock : threading.Lock, optional
        Shared by all sources that read from this ring.
    """

    def __init__(
        self,
        reader: FrameReader,
        wake: Callable[[], None] = lambda: None,
        window: int | None = None,
        lock: threading.Lock | None = None,
    ) -> None:
        self._reader = reader
        self._wake = wake
        self._window = window
        self._converters: dict[tuple[float, Codec], Converter] = {}
        self._latest: dict[tuple[float, Codec], Picture] = {}
        self._lock = lock or threading.Lock()

    def ask(self) -> None:
        """Tell the renderer that a newer picture is welcome; until then it does not begin one.

        A picture drawn before it can be encoded only grows old, and on a machine without a GPU it takes the
        cores from the encoder: drawing after encoding instead of beside it gave the same 40 frames/s at 720p
        on 2 cores, with 34 ms from the beginning of a frame to its packets instead of 51.
        """
        self._reader.take()
        self._wake()

    def peek(self) -> FrameInfo | None:
        """Return what is known of the newest frame, in microseconds; None where there is none."""
        info = self._reader.peek()
        return info if info is not None and self._window in (None, info.window_id) else None

    def still(self, seq: int, *, or_newer: bool = False) -> StillPicture | None:
        """Return a picture as it was drawn, copied out of the ring; None where frame `seq` has gone.

        With `or_newer` any later one will do: that of a scene that moves is soon replaced.  Takes about 10 ms
        at 720p.
        """
        with self._lock:
            frame = self._reader.acquire(newer_than=seq - 1, take=False)
            if frame is None:
                return None
            with frame:
                if frame.info.seq != seq and not or_newer:
                    return None
                if self._window not in (None, frame.info.window_id):
                    return None
                bgra = top_down_bgra(frame.pixels)
                if not frame.valid():
                    return None
        return StillPicture(frame.info, bgra)

    def newest(self, codec: Codec, scale: float = 1.0) -> Picture | None:
        """Return the newest picture, converted for a codec at a scale; None before the first frame.

        Takes about 3 ms at 720p where there is something new, microseconds where not.
        """
        key = (scale, codec)
        with self._lock:
            latest = self._latest.get(key)
            seen = latest.info.seq if latest else 0
            # A frame that was overwritten under our hands fails `valid`; its successor is there already.
            # The writer would have to lap the ring during a claim, which `FrameRing` rules out.
            for _attempt in range(3):
                frame = self._reader.acquire(newer_than=seen, take=False)
                if frame is None:
                    break
                with frame:
                    if self._window not in (None, frame.info.window_id):
                        break
                    if key not in self._converters:
                        self._converters[key] = Converter(scale, codec.pixels, codec.max_pixels)
                    yuv = self._converters[key].convert(frame.pixels)
                    if frame.valid():
                        latest = self._latest[key] = Picture(yuv, frame.info)
                        break
            return latest
