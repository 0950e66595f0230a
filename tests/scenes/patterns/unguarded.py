"""The same without a guard."""

import sys
from pathlib import Path

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

with Path(sys.argv[1]).open("a") as file:
    file.write(f"{__name__} {sys.argv[2:]}\n")
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(cone()))
iren.Start()
with Path(sys.argv[1]).open("a") as file:
    file.write("after\n")
