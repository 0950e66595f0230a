"""Decode one viewer's pictures, in a thread, as they come."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import av

from .assemble import Assembled
from .depacketize import JOINERS

#: libav's decoder of each MIME type, and how to make it give each picture out at once.
_DECODERS: dict[str, tuple[str, dict[str, str]]] = {
    "video/H264": ("h264", {}),
    "video/AV1": ("libdav1d", {"max_frame_delay": "1"}),
    "video/VP9": ("vp9", {}),
    "video/VP8": ("vp8", {}),
}

#: Pictures that may wait; a viewer that falls further behind starts again at a keyframe.
MAX_WAITING = 30


class Decoder:
    """Decode pictures one after the other.

    Parameters
    ----------
    on_picture : callable
        Called *in the decoder's thread* with the RTP time stamp, when it was decoded, and its size.
    on_lost : callable
        Called *in any thread* when nothing can be decoded before the next keyframe.
    """

    def __init__(
        self, on_picture: Callable[[int, int, tuple[int, int]], None], on_lost: Callable[[], None]
    ) -> None:
        self._on_picture = on_picture
        self._on_lost = on_lost
        self._waiting: queue.Queue[tuple[str, Assembled]] = queue.Queue(MAX_WAITING)
        self._needs_keyframe = True
        threading.Thread(target=self._run, name="decoder", daemon=True).start()

    def put(self, mime_type: str, picture: Assembled) -> None:
        """Take a picture; never blocks."""
        try:
            self._waiting.put_nowait((mime_type, picture))
        except queue.Full:
            self.lose()

    def lose(self) -> None:
        """Note that a picture is missing."""
        self._needs_keyframe = True
        self._on_lost()

    def _run(self) -> None:
        context: Any = None
        opened = ""
        while True:
            mime_type, picture = self._waiting.get()
            try:
                data, keyframe = JOINERS[mime_type](picture.payloads)
                if self._needs_keyframe and not keyframe:
                    continue
                self._needs_keyframe = False
                if mime_type != opened:
                    context, opened = _open(mime_type), mime_type
                for frame in context.decode(av.Packet(data)):
                    self._on_picture(picture.stamp, time.monotonic_ns(), (frame.width, frame.height))
            except (ValueError, av.FFmpegError):
                self.lose()


def _open(mime_type: str) -> Any:
    name, options = _DECODERS[mime_type]
    context: Any = av.CodecContext.create(name, "r")
    context.options = options
    # Threads over whole pictures would each keep one back.
    context.thread_type = "SLICE"
    context.thread_count = 2
    return context
