"""A repeating timer, a one-shot timer, and one that its own callback destroys."""

from shapes import cone, window
from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_INT
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

fired = {}
actor = cone()
render_window = window(actor)
iren = vtkRenderWindowInteractor()
iren.SetRenderWindow(render_window)
iren.Initialize()


@calldata_type(VTK_INT)
def on_timer(interactor, _event, timer_id):
    fired[timer_id] = fired.get(timer_id, 0) + 1
    if timer_id == repeating:
        actor.RotateZ(1)
        interactor.GetRenderWindow().Render()
    if timer_id == destroyed and fired[timer_id] == 3:
        interactor.DestroyTimer(timer_id)


iren.AddObserver("TimerEvent", on_timer)
repeating = iren.CreateRepeatingTimer(50)
once = iren.CreateOneShotTimer(100)
destroyed = iren.CreateRepeatingTimer(20)
iren.Start()
