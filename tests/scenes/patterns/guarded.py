"""Everything in functions, under a main guard; writes down that it ran, and its arguments."""

import sys
from pathlib import Path

from shapes import cone, window
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

with Path(sys.argv[1]).open("a") as file:
    file.write(f"{__name__} {sys.argv[2:]}\n")


def main():
    iren = vtkRenderWindowInteractor()
    iren.SetRenderWindow(window(cone()))
    iren.Initialize()
    iren.Start()
    with Path(sys.argv[1]).open("a") as file:
        file.write("after\n")


if __name__ == "__main__":
    main()
