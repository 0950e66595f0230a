"""vtkAnimationScene.Play(): VTK's C++ loops, and renders through a Python observer."""

from shapes import cone, window
from vtkmodules.vtkCommonCore import vtkAnimationCue
from vtkmodules.vtkCommonDataModel import vtkAnimationScene

actor = cone()
render_window = window(actor)
scene = vtkAnimationScene()
scene.SetModeToSequence()
scene.SetFrameRate(30)
scene.SetStartTime(0)
scene.SetEndTime(2)
cue = vtkAnimationCue()
cue.SetTimeModeToNormalized()
cue.SetStartTime(0)
cue.SetEndTime(1)
scene.AddCue(cue)
ticks = []


def on_tick(_cue, _event):
    ticks.append(1)
    actor.RotateZ(1)
    render_window.Render()


cue.AddObserver("AnimationCueTickEvent", on_tick)
render_window.Render()
scene.Play()
after = True
