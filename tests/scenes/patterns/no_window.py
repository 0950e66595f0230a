"""Computes, and shows nothing."""

from vtkmodules.vtkFiltersSources import vtkConeSource

cone = vtkConeSource()
cone.Update()
