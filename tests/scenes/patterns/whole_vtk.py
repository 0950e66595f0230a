# ruff: noqa: N816
"""`import vtk`, the window's own interactor, and VTK's default style."""

import vtk

cone = vtk.vtkConeSource()
mapper = vtk.vtkPolyDataMapper()
mapper.SetInputConnection(cone.GetOutputPort())
actor = vtk.vtkActor()
actor.SetMapper(mapper)
ren = vtk.vtkRenderer()
ren.AddActor(actor)
renWin = vtk.vtkRenderWindow()
renWin.SetSize(400, 300)
renWin.AddRenderer(ren)
iren = renWin.MakeRenderWindowInteractor()
style = iren.GetInteractorStyle().GetClassName()
renWin.Render()
iren.Start()
