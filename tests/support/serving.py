"""A real server process over a fake renderer, and a viewer made of stock aiortc.

The fake renderer publishes pictures whose number can be read from their pixels, so that a test knows which
frame a decoder shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from vizstream.config import Config
from vizstream.ipc.link import Link
from vizstream.ipc.supervisor import Supervisor
from vizstream.listener import listen
from vizstream.protocol import decode_event
from vizstream.server.process import run_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    import av

    from vizstream.events import InputEvent
    from vizstream.ipc.frame_ring import FrameWriter

#: The picture holds its number in this many squares of black and white, lowest bit first.
BITS = 16
SQUARE_PX = 16
#: The numbers of the second window's pictures begin here.
SECOND = 1 << 15


#: Around the squares.
GROUND = (20, 120, 60)


def paint(pixels: np.ndarray, number: int) -> None:
    """Paint a number into the lowest rows of a bottom-up picture, on a green ground."""
    pixels[:, :, :3] = GROUND
    for bit in range(BITS):
        level = 235 if number >> bit & 1 else 16
        pixels[-SQUARE_PX:, bit * SQUARE_PX : (bit + 1) * SQUARE_PX, :3] = level


def number_of(frame: av.VideoFrame) -> int:
    """Read the number of a decoded frame; it may have been scaled from 640 pixels of width."""
    side = SQUARE_PX * frame.width / 640
    columns = [int((bit + 0.5) * side) for bit in range(BITS)]
    luma = frame.to_ndarray(format="gray")[int(side / 2), columns]
    return sum(1 << bit for bit, level in enumerate(luma) if level > 128)


def window_row(window: int, ring: int, title: str) -> dict[str, Any]:
    """Return what a renderer posts of a window."""
    size = {"width": 640, "height": 360, "pixel_ratio": 1.0}
    return {"window": window, "ring": ring, "title": title, "cursor": "default", **size}


class Rendering:
    """A server process, and a thread that publishes numbered pictures while `drawing` is set."""

    def __init__(
        self,
        size: tuple[int, int] = (640, 360),
        fps: float = 30.0,
        server: Callable[..., None] = run_server,
        **options: Any,
    ) -> None:
        self.config = Config(port=0, **options)
        self.listener = listen(self.config.host, 0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.link = Link.create(max_width=1920, max_height=1080)
        self.supervisor = Supervisor(server, (self.config, self.link, self.listener), first_delay_s=0.05)
        self.events: list[InputEvent] = []
        self.drawing = threading.Event()
        self.drawing.set()
        self.input_id = 0
        self.awake_since_ns = self.drawing_since_ns = 0
        self._size, self._fps = size, fps
        self._ended = threading.Event()
        self._writer = self.link.frames.writer()
        self._second: Any = None
        self._consumer = self.link.inputs.consumer()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def start(self) -> None:
        self.supervisor.start()
        self.link.scene.post({"phase": "live", "window": 1, "windows": [window_row(1, 0, "numbers")]})
        self._thread.start()

    def open_second(self, *, shown: int = 1) -> None:
        """Make a second window, whose pictures count from `SECOND` on."""
        if self._second is None:
            self._second = self.link.rings[1].writer()
        rows = [window_row(1, 0, "numbers"), window_row(2, 1, "more")]
        self.link.scene.post({"phase": "live", "window": shown, "windows": rows})
        self.supervisor.doorbell.ring()

    def close_second(self) -> None:
        """Close it again."""
        self.link.scene.post({"phase": "live", "window": 1, "windows": [window_row(1, 0, "numbers")]})
        self.supervisor.doorbell.ring()

    @property
    def seq(self) -> int:
        return self._writer.seq

    @property
    def wants(self) -> dict[str, Any]:
        return self.link.wants.read()[1]

    def wanted_width(self, window: int = 0) -> float:
        """Return the width that the viewers of a window ask for."""
        return next((row[3] for row in self.wants.get("windows", ()) if row[0] == window), 0)

    def publish(self) -> None:
        """Publish one picture of each window now."""
        self._publish(self._writer, 1, 0)
        if self._second is not None:
            self._publish(self._second, 2, SECOND)
        self.supervisor.doorbell.ring()

    def rest(self, pixels: np.ndarray) -> int:
        """Publish a picture (height, width, 4) of the first window at rest; return its seq."""
        self._size = (pixels.shape[1], pixels.shape[0])
        self._publish(self._writer, 1, 0, pixels)
        self.supervisor.doorbell.ring()
        return self._writer.seq

    def _publish(
        self, writer: FrameWriter, window: int, first: int, pixels: np.ndarray | None = None
    ) -> None:
        begin = time.monotonic_ns()
        slot = writer.acquire(*self._size)
        if pixels is None:
            paint(slot.pixels, first + writer.seq + 1)
        else:
            slot.pixels[:] = pixels
        end = time.monotonic_ns()
        writer.publish(
            slot,
            window_id=window,
            input_id=self.input_id,
            render_begin_ns=begin,
            render_end_ns=end,
            readback_end_ns=end,
            still=pixels is not None,
        )

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self.supervisor.stop()
        self.listener.close()
        self.link.close()

    def _draw(self) -> None:
        while not self._ended.is_set():
            for record in self._consumer.drain():
                event = decode_event(record)
                self.events.append(event)
                self.input_id = event.id
            self._consumer.note_awake(self.awake_since_ns)
            self._consumer.note_drawing(self.drawing_since_ns)
            if self.drawing.is_set():
                self.publish()
            self._ended.wait(1 / self._fps)


@contextlib.contextmanager
def rendering(**options: Any) -> Iterator[Rendering]:
    """Run a server over a fake renderer."""
    running = Rendering(**options)
    running.start()
    try:
        yield running
    finally:
        running.close()


class Viewer:
    """A viewer made of stock aiortc, which decodes H.264 and VP8."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, token: str, pc: RTCPeerConnection | None = None
    ) -> None:
        self.numbers: list[int] = []
        self.messages: list[dict[str, Any]] = []
        self.size = (0, 0)
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.last_frame: av.VideoFrame | None = None
        self._http, self._url = http, url
        self._bearer = {"Authorization": f"Bearer {token}"}
        self.pc = pc or RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.addTransceiver("video", direction="recvonly")
        self.input = self.pc.createDataChannel("input")
        self.state = self.pc.createDataChannel("state")
        self._task: asyncio.Future[None] | None = None

        @self.pc.on("track")
        def on_track(track: Any) -> None:
            self._task = asyncio.ensure_future(self._watch(track))

        @self.state.on("message")
        def on_message(text: str) -> None:
            import json

            self.messages.append(json.loads(text))

    async def join(self, change: Callable[[str], str] = lambda sdp: sdp, path: str = "/whep") -> int:
        """Send the offer; return the status of the answer."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = change(self.pc.localDescription.sdp)
        headers = {**self._bearer, "Content-Type": "application/sdp"}
        async with self._http.post(self._url + path, data=offer, headers=headers) as response:
            self.status, self.headers = response.status, response.headers
            answer = await response.text()
        if self.status == 201:
            await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        return self.status

    async def leave(self) -> int:
        """End the session as WHEP says."""
        location = self.headers["Location"]
        async with self._http.delete(self._url + location, headers=self._bearer) as response:
            return response.status

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Return the state messages of one type."""
        return [message for message in self.messages if message["type"] == kind]

    async def until(self, condition: Callable[[], Any], timeout: float = 10.0) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.numbers[-5:]=} {self.messages[-5:]=}")
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        await self.pc.close()
        if self._task is not None:
            # A track that never started does not end with its connection.
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.last_frame = frame
                self.size = (frame.width, frame.height)
                self.numbers.append(number_of(frame))


@contextlib.asynccontextmanager
async def viewers(running: Rendering, count: int = 1, role: str = "control") -> AsyncIterator[list[Viewer]]:
    """Join with `count` viewers and wait until each shows a picture."""
    token = running.config.control_token if role == "control" else running.config.view_token
    async with aiohttp.ClientSession() as http:
        crowd = [Viewer(http, running.url, token) for _viewer in range(count)]
        try:
            for viewer in crowd:
                assert await viewer.join() == 201
            for viewer in crowd:
                await viewer.until(lambda viewer=viewer: viewer.numbers)
            yield crowd
        finally:
            for viewer in crowd:
                await viewer.close()
