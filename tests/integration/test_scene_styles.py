"""Styles and widgets, steered by a viewer and by VTK alone: all that they move must end at the same place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hands import click, drag, key, play_natively, turn_wheel
from scene_stage import played_well

CAMERA = "*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp(), camera.GetParallelScale()"
ACTOR = "*(actor.GetMatrix().GetElement(row, column) for row in range(3) for column in range(4))"

#: What the styles are put through, one after the other.
HANDLING = [
    drag((200, 150), (240, 170)),
    drag((190, 160), (150, 180), modifiers=("Shift",)),
    drag((200, 150), (230, 160), modifiers=("Control",)),
    drag((200, 150), (190, 180), button=2),
    drag((200, 150), (230, 190), button=3),
    turn_wheel(200, 150, 2),
    turn_wheel(200, 150, -1),
    key("r"),
    drag((100, 80), (300, 240)),
    key("n"),
]

#: Those of styles.py that move with the hand; the rest go on by themselves while a button is held.
HANDMADE = 9

#: Unicam picks a point by the depths in the picture, which a window without multisampling has other ones of.
UNICAM = slice(4 * len(HANDLING), 5 * len(HANDLING))


def follow_arguments(end):
    import json
    import sys

    from hands import follow

    yield end.next_frame()
    end.watch()
    before = end.picture().copy()
    yield from follow(end, *map(json.loads, sys.argv[1:]))
    end.report["seen"] = bool((end.picture() != before).any())


def compare(scene, gestures, worth):
    """Return what `worth` was after each gesture: served, and natively."""
    natively = play_natively(scene, gestures, worth)
    served = played_well(scene, follow_arguments, json.dumps(gestures), json.dumps(worth), max_fps=240)
    assert served["seen"]
    return np.array(served["worth"], float), np.array(natively, float)


def test_styles_move_what_they_move_on_a_desktop():
    served, natively = compare("styles.py", HANDLING * HANDMADE, f"[{CAMERA}, {ACTOR}]")
    np.testing.assert_allclose(served[UNICAM], natively[UNICAM], atol=0.05)
    served[UNICAM] = natively[UNICAM]
    np.testing.assert_allclose(served, natively, atol=1e-6)
    moved = np.abs(np.diff(natively, axis=0)).max(axis=1) > 1e-3
    assert moved.sum() > 45, "the gestures do something"


@pytest.mark.parametrize(
    ("scene", "gestures", "worth"),
    [
        (
            "viewports.py",
            [
                drag((100, 220), (130, 230)),
                drag((300, 220), (330, 230)),
                drag((200, 80), (230, 90)),
                drag((360, 30), (390, 40)),
                turn_wheel(300, 220, 1),
                # A drag goes on in the renderer in which it began.
                drag((180, 200), (320, 60)),
            ],
            "[x for ren in renderers for x in ren.GetActiveCamera().GetPosition()]",
        ),
        (
            "camera_orientation.py",
            [drag((363, 30), (380, 50)), drag((200, 150), (230, 160))],
            "[*ren.GetActiveCamera().GetPosition()]",
        ),
        (
            "orientation_marker.py",
            [drag((60, 240), (200, 100)), drag((300, 250), (330, 260))],
            "[*widget.GetViewport(), *ren.GetActiveCamera().GetPosition()]",
        ),
        (
            "implicit_plane.py",
            [
                drag((155, 75), (175, 95)),
                drag((306, 117), (290, 150)),
                drag((200, 150), (210, 140), button=3),
            ],
            "[*look.GetNormal(), *look.GetOrigin(), *plane.GetNormal()]",
        ),
        (
            "line.py",
            [
                drag((75, 150), (110, 120)),
                drag((325, 150), (300, 200)),
                drag((205, 160), (220, 150), button=3),
            ],
            "places()",
        ),
        (
            "box.py",
            [
                drag((305, 150), (340, 140)),
                drag((200, 255), (210, 270)),
                drag((120, 60), (150, 80)),
                drag((200, 150), (220, 170), button=3),
            ],
            "[x for x in (actor.GetUserMatrix() or actor.GetMatrix()).GetData()]",
        ),
        (
            "text.py",
            [drag((80, 240), (200, 100)), drag((319, 71), (350, 50))],
            "[*look.GetPositionCoordinate().GetValue(), *look.GetPosition2Coordinate().GetValue()]",
        ),
        (
            "slider.py",
            [drag((207, 500), (407, 490))],
            "[look.GetValue(), source.GetResolution()]",
        ),
        (
            "contour.py",
            [
                click(100, 100) + click(300, 100) + click(280, 220) + click(100, 100),
                drag((300, 100), (330, 60)),
                key("Delete"),
            ],
            "[look.GetClosedLoop(), sum(nodes()), len(nodes())]",
        ),
    ],
)
def test_what_is_moved_ends_where_it_ends_on_a_desktop(scene, gestures, worth):
    served, natively = compare(scene, gestures, worth)
    np.testing.assert_allclose(served, natively, atol=2e-3)
    assert (np.abs(np.diff(natively, axis=0)).max(axis=1) > 1e-3).all(), "each gesture does something"
