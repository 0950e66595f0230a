"""The same pictures served with stock aiortc: a connection, a relayed track and an encoder for each viewer.

Usage: python bench/stock.py PICTURES.npy FPS     (run by bench/viewers.py)

Prints the URL to which offers are posted.  Colours are converted once for all viewers, which is more than
most programs do that are built like this.
"""

from __future__ import annotations

import asyncio
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.contrib.media import MediaRelay

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from vizstream.media.convert import Converter  # noqa: E402 - found by the line above

CLOCK_RATE_HZ = 90_000


class Pictures(VideoStreamTrack):
    """Play pictures in a circle."""

    def __init__(self, path: str, fps: float) -> None:
        super().__init__()
        self._pictures = np.load(path, mmap_mode="r")
        self._fps, self._converter, self._began_at, self._number = fps, Converter(), time.monotonic(), 0

    async def recv(self) -> av.VideoFrame:
        """Return the next picture when it is due."""
        self._number += 1
        await asyncio.sleep(max(0.0, self._began_at + self._number / self._fps - time.monotonic()))
        picture = self._pictures[self._number % len(self._pictures)]
        frame = self._converter.convert(np.ascontiguousarray(picture))
        frame.pts, frame.time_base = int(self._number * CLOCK_RATE_HZ / self._fps), Fraction(1, CLOCK_RATE_HZ)
        return frame


async def main() -> None:
    track, relay, connections = Pictures(sys.argv[1], float(sys.argv[2])), MediaRelay(), []

    async def offer(request: web.Request) -> web.Response:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(pc)
        pc.addTrack(relay.subscribe(track, buffered=False))
        await pc.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        return web.Response(status=201, text=pc.localDescription.sdp, content_type="application/sdp")

    app = web.Application()
    app.router.add_post("/whep", offer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"http://127.0.0.1:{port}/whep", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
