"""Serve the scene with fury.stream: adapters/serve_fury.py PORT WIDTH HEIGHT.

As FURY's tutorials on streaming: a `ShowManager`, a client that copies its window into `RawArray`s, a queue
of interactions, and the web server in a process of its own. Its timers are asyncio's, as FURY does where the
event loop of VTK cannot run.
"""

import asyncio
import functools
import multiprocessing
import sys
from pathlib import Path

PORT, WIDTH, HEIGHT = map(int, sys.argv[1:4])
sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from aiortc import RTCConfiguration, RTCPeerConnection  # noqa: E402
from fury import window  # noqa: E402
from fury.stream.client import FuryStreamClient, FuryStreamInteraction  # noqa: E402
from fury.stream.server import async_app, web_server_raw_array  # noqa: E402
from peers import scene  # noqa: E402
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor  # noqa: E402

MS = 16


async def main():
    # Without a STUN server on the Internet: there is none, and each connection would wait for it.
    async_app.RTCPeerConnection = functools.partial(RTCPeerConnection, RTCConfiguration(iceServers=[]))
    # The other one needs an X server.
    window.RenderWindowInteractor = vtkGenericRenderWindowInteractor
    manager = window.ShowManager(
        scene=scene.renderer(), size=(WIDTH, HEIGHT), reset_camera=False, interactor_style="trackball"
    )
    manager.window.SetMultiSamples(0)
    manager.window.SetOffScreenRendering(True)
    # The client draws each picture itself, when it captures it.
    manager.window.AddObserver("StartEvent", lambda *_: scene.update(0))
    stream = FuryStreamClient(manager, whithout_iren_start=True)
    interaction = FuryStreamInteraction(manager, whithout_iren_start=True)
    queue = interaction.circular_queue
    server = multiprocessing.Process(
        target=web_server_raw_array,
        kwargs={
            "image_buffers": stream.img_manager.image_buffers,
            "info_buffer": stream.img_manager.info_buffer,
            "queue_head_tail_buffer": queue.head_tail_buffer,
            "queue_buffer": queue.buffer._buffer,
            "port": PORT,
            "host": "127.0.0.1",
        },
        daemon=True,
    )
    server.start()
    interaction.start(ms=MS, use_asyncio=True)
    stream.start(ms=MS, use_asyncio=True)
    print(f"URL http://127.0.0.1:{PORT}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
