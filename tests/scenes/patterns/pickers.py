"""Every picker that VTK has, asked on each click; the style's own is asked with the key p."""

from shapes import cone, sphere, window
from vtkmodules import vtkRenderingCore
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkAreaPicker, vtkPropPicker, vtkRenderWindowInteractor

left, right = sphere(), cone()
left.SetPosition(-1, 0, 0)
right.SetPosition(1, 0, 0)
names = {left: "left", right: "right", None: None}
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(window(left, right, size=(400, 300)))
iren.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
iren.SetPicker(vtkPropPicker())
ren = iren.GetRenderWindow().GetRenderers().GetFirstRenderer()
iren.Initialize()
picked = []
PICKERS = ("PropPicker", "CellPicker", "PointPicker", "Picker", "AreaPicker")
ends = []


def on_press(interactor, _event):
    x, y = interactor.GetEventPosition()
    found = {}
    for name in PICKERS:
        picker = getattr(vtkRenderingCore, f"vtk{name}")()
        if name == "PointPicker":
            picker.SetTolerance(0.2)
        if isinstance(picker, vtkAreaPicker):
            picker.AreaPick(x - 2, y - 2, x + 2, y + 2, ren)
            props = picker.GetProp3Ds()
            found[name] = names[props.GetLastProp3D()] if props.GetNumberOfItems() else None
        else:
            picker.Pick(x, y, 0, ren)
            found[name] = names[picker.GetActor()]
    picked.append(found)


iren.AddObserver("LeftButtonPressEvent", on_press, 10)
iren.AddObserver("EndPickEvent", lambda *_: ends.append(names[iren.GetPicker().GetActor()]))
iren.Start()
