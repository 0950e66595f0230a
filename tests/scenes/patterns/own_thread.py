"""A thread of the script's own turns the scene, and nobody calls Render()."""

import threading
import time

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

actor = cone()
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(actor))
iren.Initialize()
turning = threading.Event()
spins = 0


def turn():
    global spins  # noqa: PLW0603 - as such scripts are
    while True:
        spins += 1
        if turning.is_set():
            actor.RotateZ(1)
        time.sleep(0.005)


threading.Thread(target=turn, daemon=True).start()
iren.Start()
