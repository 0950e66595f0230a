"""A foreign WebRTC stack: npm's prebuilt libwebrtc joins by WHEP, decodes, steers and leaves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from pages import Probe
    from served import Served

VIEWER = Path(__file__).with_name("libwebrtc_viewer.mjs")


def join(served: Served, frames: int, *kind: str) -> dict[str, Any]:
    """Run the viewer, and return what it saw."""
    command = ["node", str(VIEWER), served.origin, served.token, str(frames), *kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_player_that_knows_only_whep_sees_video(serve: Callable[..., Served]) -> None:
    served = serve("turning.py", options=("--size", "320x240"))
    seen = join(served, 30, "plain")
    assert seen["width"] / seen["height"] == 320 / 240
    assert seen["varied"], "the picture is blank"
    assert seen["codec"] in ("video/VP9", "video/AV1"), "it has no H.264, and VP8 comes last"
    assert seen["left"] == 200
    wait_until(lambda: served.metric("vizstream_viewers") == 0, 5, "the viewer is still counted")


def test_a_foreign_viewer_steers_by_the_documented_protocol(probe: Probe) -> None:
    probe.state()
    seen = join(probe.served, 2)
    assert seen["width"] / seen["height"] == 640 / 400
    assert seen["told"][0] == "hello"
    assert {"hello", "scene", "viewers"} <= set(seen["told"])
    probe.wait_for(lambda state: state["wireframe"])
