"""Serve the scene with aiortc as its examples do: adapters/serve_stock.py PORT WIDTH HEIGHT.

One track draws when it is asked for a picture, a relay hands it to every connection, and each of these
encodes it. Presses come over a data channel.
"""

import asyncio
import json
import sys
import time
from fractions import Fraction
from pathlib import Path

PORT, WIDTH, HEIGHT = map(int, sys.argv[1:4])
sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from aiohttp import web  # noqa: E402
from aiortc import (  # noqa: E402
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.contrib.media import MediaRelay  # noqa: E402
from av import VideoFrame  # noqa: E402
from peers import scene  # noqa: E402
from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: E402
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray  # noqa: E402

FPS = 60
PAGE = """<!doctype html><style>body { margin: 0; overflow: hidden }</style>
<video autoplay muted playsinline></video>
<script type="module">
  const pc = new RTCPeerConnection();
  const input = pc.createDataChannel('input');
  const video = document.querySelector('video');
  pc.addTransceiver('video', { direction: 'recvonly' });
  pc.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete')
    await new Promise((resolve) => pc.addEventListener('icegatheringstatechange', resolve, { once: true }));
  const answer = await fetch('/offer', { method: 'POST', body: JSON.stringify(pc.localDescription) });
  await pc.setRemoteDescription(await answer.json());
  video.addEventListener('pointerdown', () => input.send('press'));
</script>"""


class Pictures(VideoStreamTrack):
    """Draw a picture for each request, 60 a second at most."""

    def __init__(self):
        super().__init__()
        self._window = scene.window(WIDTH, HEIGHT)
        self._pixels = vtkUnsignedCharArray()
        self._began_at = self._due = time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0.0, self._due - time.monotonic()))
        now = time.monotonic()
        self._due = max(self._due + 1 / FPS, now)
        scene.update(0)
        self._window.Render()
        self._window.GetPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 1, self._pixels, 0)
        picture = vtk_to_numpy(self._pixels).reshape(HEIGHT, WIDTH, 3)[::-1]
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = int((now - self._began_at) * 90_000), Fraction(1, 90_000)
        return frame


async def main():
    track, relay, connections = Pictures(), MediaRelay(), set()

    async def page(_request):
        return web.Response(text=PAGE, content_type="text/html")

    async def offer(request):
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.add(pc)

        @pc.on("datachannel")
        def on_channel(channel):
            channel.on("message", lambda _text: scene.press())

        pc.addTrack(relay.subscribe(track, buffered=False))
        codecs = RTCRtpSender.getCapabilities("video").codecs
        pc.getTransceivers()[0].setCodecPreferences([each for each in codecs if each.name == "H264"])
        await pc.setRemoteDescription(RTCSessionDescription(**json.loads(await request.text())))
        await pc.setLocalDescription(await pc.createAnswer())
        answer = pc.localDescription
        return web.json_response({"sdp": answer.sdp, "type": answer.type})

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/offer", offer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    print(f"URL http://127.0.0.1:{PORT}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
