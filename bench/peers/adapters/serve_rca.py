"""Serve the scene with trame-rca: adapters/serve_rca.py PORT WIDTH HEIGHT image|video-decoder FPS.

As `examples/01_vtk` of trame-rca: a `RemoteControlledArea` that fills the page, and a handler of the window.
"""

import asyncio
import sys
from pathlib import Path

PORT, WIDTH, HEIGHT = map(int, sys.argv[1:4])
DISPLAY, FPS = sys.argv[4], int(sys.argv[5])
sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

import vtkmodules.vtkRenderingUI  # noqa: E402, F401
from peers import scene  # noqa: E402
from trame.app import get_server  # noqa: E402
from trame.ui.html import DivLayout  # noqa: E402
from trame.widgets import rca  # noqa: E402

window, interactor = scene.steered_window(WIDTH, HEIGHT)

server = get_server(client_type="vue3")
with DivLayout(server) as layout:
    layout.root.style = "position: fixed; inset: 0; overflow: hidden"
    area = rca.RemoteControlledArea(name="view", display=DISPLAY, style="width: 100%; height: 100%")
    handler = area.create_view_handler(window, encoder="turbo-jpeg", target_fps=FPS)


async def animate(**_state):
    while not scene.still:
        handler.update()
        await asyncio.sleep(1 / FPS)


tasks = []


def begin(**_state):
    tasks.append(asyncio.get_running_loop().create_task(animate()))


server.controller.on_server_ready.add(begin)
print(f"URL http://127.0.0.1:{PORT}/", flush=True)
server.start(port=PORT, host="127.0.0.1", open_browser=False, show_connection_info=False, timeout=0)
