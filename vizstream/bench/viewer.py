"""Viewers in a process of their own: WebRTC as browsers speak it, without a browser.

The first one steers and decodes.  The others take their packets and put pictures together, as far as a
viewer's work is done on this machine: theirs would be decoded elsewhere.

The parent says ``{"join": n}``, ``{"steer": bool}``, ``{"measure": [seconds, pictures]}`` and then
``{"report": true}``; each is answered by one message.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from vizstream.errors import VizstreamError
from vizstream.server.offer import extend_aiortc

from .assemble import Assembled
from .child import Parent
from .decode import Decoder
from .receiver import Receiver
from .watched import Notes, look

#: Moves a second of the hand that steers: what browsers send of a mouse on a screen of 60 Hz.
MOVES_HZ = 60

#: Seconds until a picture must be there.
JOIN_S = 20.0

#: How often a measurement that has seen too little goes on, each time for so many seconds.
PATIENCE_LOOKS, LOOK_S = 150, 0.1

#: Seconds after a measurement until the server's rows about its pictures have come; who steers is told four a
#: second.
ROWS_S = 0.5


class Viewer:
    """One viewer.

    Parameters
    ----------
    http : aiohttp.ClientSession
        For the handshake.
    url, token : str
        Of the scene.
    decodes : bool
        Whether pictures are decoded, or only put together.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, *, decodes: bool) -> None:
        self.notes = Notes()
        self.size = (0, 0)
        self.mime_type = ""
        self.picture_bytes = 0
        self.pictures = 0
        self._http, self._url = http, url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        self._loop = asyncio.get_running_loop()
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver: Any = self.pc.addTransceiver("video", direction="recvonly")
        self.receiver = Receiver(transceiver.receiver.transport, self._picture)
        self.receiver._set_rtcp_ssrc(transceiver.sender._ssrc)  # noqa: SLF001 - as aiortc does
        transceiver._RTCRtpTransceiver__receiver = self.receiver  # noqa: SLF001
        self.input = self.pc.createDataChannel("input")
        self.pc.createDataChannel("state").on("message", self._told)
        self._decoder = Decoder(self._decoded, self._lost) if decodes else None

    async def join(self) -> None:
        """Connect, and wait for a picture."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        async with self._http.post(
            f"{self._url}whep", data=self.pc.localDescription.sdp, headers=self._headers
        ) as response:
            answer = await response.text()
            if response.status != 201:
                raise VizstreamError(f"the server refused a viewer: {response.status} {answer}")
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        deadline = time.monotonic() + JOIN_S
        while not self.notes.shown_ns or self.input.readyState != "open":
            if time.monotonic() > deadline:
                raise VizstreamError(f"no picture within {JOIN_S:g} s ({self.pc.connectionState})")
            await asyncio.sleep(0.01)

    def send(self, **event: Any) -> None:
        """Send an input event, and note when."""
        self.notes.inputs_ns[event["id"]] = time.monotonic_ns()
        self.input.send(json.dumps(event))

    def _picture(self, mime_type: str, picture: Assembled) -> None:
        self.mime_type = mime_type
        self.pictures += 1
        self.picture_bytes += sum(map(len, picture.payloads))
        if self._decoder is not None:
            self._decoder.put(mime_type, picture)
        else:
            self.notes.shown_ns[picture.stamp] = time.monotonic_ns()

    def _decoded(self, stamp: int, at_ns: int, size: tuple[int, int]) -> None:
        self.notes.shown_ns[stamp] = at_ns
        self.size = size

    def _lost(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self.receiver.ask_keyframe()))

    def _told(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "frames":
            self.notes.rows += [tuple(row) for row in message["rows"]]

    def forget(self) -> None:
        """Forget what was noted so far."""
        self.notes = Notes(inputs_ns=self.notes.inputs_ns)
        self.pictures = self.picture_bytes = self.receiver.bytes = 0


class Hand:
    """The hand that steers: it drags in circles."""

    def __init__(self, viewer: Viewer, size: tuple[int, int]) -> None:
        self._viewer = viewer
        self._size = size
        self._id = 0
        self._task: asyncio.Task[None] | None = None

    def resize(self) -> None:
        """Ask for the window's size, as a page does when it opens."""
        width, height = self._size
        self._send("resize", width=width, height=height, pixel_ratio=1.0)

    async def steer(self, *, steers: bool) -> None:
        """Begin to drag, or let go."""
        if steers and self._task is None:
            self._pointer("pointer_down", 0.0, button=1)
            self._task = asyncio.ensure_future(self._drag())
        elif not steers and self._task is not None:
            self._task.cancel()
            self._task = None
            self._pointer("pointer_up", 0.0, button=1)

    async def _drag(self) -> None:
        began = time.monotonic()
        moves = 0
        while True:
            moves += 1
            await asyncio.sleep(began + moves / MOVES_HZ - time.monotonic())
            self._pointer("pointer_move", moves / MOVES_HZ)

    def _pointer(self, kind: str, at: float, **fields: int) -> None:
        # Two seconds a turn: a third of the window's height in radius is an unhurried drag.
        width, height = self._size
        x = width / 2 + height / 3 * math.cos(math.pi * at)
        y = height / 2 + height / 3 * math.sin(math.pi * at)
        buttons = [] if kind == "pointer_up" else [1]
        self._send(kind, x=x, y=y, buttons=buttons, modifiers=[], **fields)

    def _send(self, kind: str, **fields: Any) -> None:
        self._id += 1
        self._viewer.send(type=kind, id=self._id, **fields)


class Crowd:
    """All viewers, and what the parent asks of them."""

    def __init__(self, http: aiohttp.ClientSession, task: dict[str, Any]) -> None:
        self._http = http
        self._task = task
        self._viewers: list[Viewer] = []
        self._hand: Hand | None = None
        self._span = (0, 0)

    async def join(self, count: int) -> dict[str, Any]:
        """Let viewers join until there are so many."""
        while len(self._viewers) < count:
            first = not self._viewers
            token = self._task["control_token" if first else "view_token"]
            viewer = Viewer(self._http, self._task["url"], token, decodes=first)
            await viewer.join()
            self._viewers.append(viewer)
            if first:
                self._hand = Hand(viewer, tuple(self._task["size"]))
                self._hand.resize()
        return {"joined": len(self._viewers)}

    async def steer(self, steers: bool) -> dict[str, Any]:  # noqa: FBT001 - from JSON
        """Let the first viewer drag, or let go."""
        if self._hand is not None:
            await self._hand.steer(steers=steers)
        return {"steers": steers}

    async def measure(self, span: tuple[float, int]) -> dict[str, Any]:
        """Let so much time pass, and somewhat more until there were so many pictures; note what is seen."""
        seconds, pictures = span
        for viewer in self._viewers:
            viewer.forget()
        begin = time.monotonic_ns()
        await asyncio.sleep(seconds)
        await _patiently(lambda: self._viewers[0].pictures >= pictures)
        self._span = (begin, time.monotonic_ns())
        self._bytes = self._viewers[0].receiver.bytes
        return {"measured": (self._span[1] - begin) / 1e9}

    async def report(self, _wanted: object) -> dict[str, Any]:
        """Say what was seen while it was measured."""
        await asyncio.sleep(ROWS_S)
        # The first sender report comes up to 1.5 s after a viewer has joined.
        await _patiently(lambda: self._viewers[0].receiver.origin is not None)
        begin, end = self._span
        seen = []
        for viewer in self._viewers:
            viewer.notes.origin = viewer.receiver.origin
            seen.append(look(viewer.notes, begin, end))
        first = self._viewers[0]
        return {
            **asdict(seen[0]),
            "slowest_fps": min(one.fps for one in seen),
            "bytes": self._bytes,
            "frame_bytes": first.picture_bytes // max(1, first.pictures),
            "codec": first.mime_type.removeprefix("video/").lower(),
            "picture": f"{first.size[0]}x{first.size[1]}",
        }


async def _patiently(seen: Callable[[], bool]) -> None:
    """Wait until enough has been seen, or for as long as is reasonable."""
    for _look in range(PATIENCE_LOOKS):
        if seen():
            break
        await asyncio.sleep(LOOK_S)


async def _serve(parent: Parent) -> None:
    questions: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(questions.put_nowait, json.loads(line))
        os._exit(0)  # the parent has enough, or has died

    threading.Thread(target=listen, name="parent", daemon=True).start()
    async with aiohttp.ClientSession() as http:
        crowd = Crowd(http, parent.task)
        answers: dict[str, Callable[[Any], Any]] = {
            "join": crowd.join,
            "steer": crowd.steer,
            "measure": crowd.measure,
            "report": crowd.report,
        }
        while True:
            for name, value in (await questions.get()).items():
                parent.tell(**await answers[name](value))


def main() -> None:
    """Watch what the task says."""
    parent = Parent(listen=True)
    # As in the server: decoding releases the GIL, and would wait 5 ms to get it back.
    sys.setswitchinterval(1e-3)
    extend_aiortc()
    parent.run(lambda: asyncio.run(_serve(parent)))
