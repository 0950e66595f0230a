"""No interactor at all: a loop over Render()."""

from shapes import cone, window

actor = cone()
render_window = window(actor)
frames = 0
while True:
    actor.RotateZ(2)
    render_window.Render()
    frames += 1
