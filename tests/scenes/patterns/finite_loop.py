"""Renders a few times, then the script ends; its window lives in a function that has returned."""

from shapes import cone, window


def main():
    actor = cone()
    render_window = window(actor)
    for _ in range(5):
        actor.RotateZ(10)
        render_window.Render()


main()
