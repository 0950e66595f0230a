"""Serve the scene with trame's VtkRemoteView: adapters/serve_view.py PORT WIDTH HEIGHT."""

import asyncio
import sys
from pathlib import Path

PORT, WIDTH, HEIGHT = map(int, sys.argv[1:4])
sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from peers import scene  # noqa: E402
from trame.app import get_server  # noqa: E402
from trame.ui.html import DivLayout  # noqa: E402
from trame.widgets import vtk  # noqa: E402

FPS, QUALITY = 60, 60

window, interactor = scene.steered_window(WIDTH, HEIGHT)

server = get_server(client_type="vue3")
with DivLayout(server) as layout:
    layout.root.style = "position: fixed; inset: 0; overflow: hidden"
    view = vtk.VtkRemoteView(window)


async def animate():
    await asyncio.sleep(1)  # until the page has subscribed to the view
    view.start_animation(fps=FPS, quality=QUALITY)
    while not scene.still:
        view.update()  # says that there is something new; the animation draws and sends it
        await asyncio.sleep(1 / FPS)
    view.stop_animation()


tasks = []


def begin(**_state):
    if not tasks:
        tasks.append(asyncio.get_running_loop().create_task(animate()))


server.controller.on_client_connected.add(begin)
print(f"URL http://127.0.0.1:{PORT}/", flush=True)
server.start(port=PORT, host="127.0.0.1", open_browser=False, show_connection_info=False, timeout=0)
