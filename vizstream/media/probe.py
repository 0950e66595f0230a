"""Which encoders work here.  Tried in other processes, because drivers crash and hang; imports no libav."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

#: H.264 encoders on hardware, as libav calls them, and files that must be there on Linux for one to work; on
#: macOS and Windows the system answers at once.
_NVIDIA, _RENDER = "/dev/nvidiactl", "/dev/dri/renderD128"
HARDWARE_ENCODERS = {
    "h264_nvenc": ("linux", _NVIDIA),
    "h264_videotoolbox": ("darwin", ""),
    "h264_qsv": ("linux", _RENDER),
    "h264_amf": ("linux", _RENDER),
}
_ON_WINDOWS = ("h264_nvenc", "h264_qsv", "h264_amf")

#: Seconds that one encoder may take for its first picture; a cold NVIDIA driver took 4.
ENCODER_LIMIT_S = 30


def plausible_encoders(platform: str = sys.platform, root: Path = Path("/")) -> tuple[str, ...]:
    """Return the hardware encoders that are worth trying, best first: none on a machine without devices.

    Trying costs half a second of one core, which a machine without them should not spend.
    """
    if platform == "win32":
        return _ON_WINDOWS
    return tuple(
        name
        for name, (system, device) in HARDWARE_ENCODERS.items()
        if platform == system and (not device or (root / device.lstrip("/")).exists())
    )


def try_encoders(names: tuple[str, ...]) -> dict[str, str]:
    """Try encoders in other processes.  Blocks until all have given their answer.

    Parameters
    ----------
    names : tuple of str
        Encoders as libav calls them.

    Returns
    -------
    dict
        Why each one failed; empty for those that work.
    """
    outcome: dict[str, str] = {}
    while left := [name for name in names if name not in outcome]:
        try:
            child = subprocess.run(
                [sys.executable, "-c", _ENCODE_ONE_PICTURE, *left],
                capture_output=True,
                text=True,
                timeout=ENCODER_LIMIT_S * len(left),
                check=False,
            )
            output, ending = child.stdout, f"its process ended with {child.returncode}"
        except subprocess.TimeoutExpired as error:
            # Bytes even though text was asked for: https://github.com/python/cpython/issues/87597
            output = (error.stdout or b"").decode()
            ending = "no picture in time"
        for line in output.splitlines():
            outcome.update(json.loads(line))
        # Where a driver took the process down, the first that is without an answer did it; the others get
        # another chance.
        for name in left:
            if name not in outcome:
                outcome[name] = ending
                break
    return outcome


# 320x240: nvenc refuses pictures below 145x49.  Intel's takes NV12 only.
_ENCODE_ONE_PICTURE = """
import json, sys
from fractions import Fraction
import av
from vizstream.media.scheduling import keep_scheduling
av.logging.set_level(None)
for name in sys.argv[1:]:
    try:
        context = av.CodecContext.create(name, "w")
        pixels = "nv12" if name.endswith(("_qsv", "_amf")) else "yuv420p"
        context.width, context.height, context.pix_fmt = 320, 240, pixels
        context.time_base = Fraction(1, 30)
        frame = av.VideoFrame(320, 240, pixels)
        frame.pts = 0
        with keep_scheduling():
            context.open()
        data = [*context.encode(frame), *context.encode(None)]
        reason = "" if sum(packet.size for packet in data) else "gave no data"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    print(json.dumps({name: reason}), flush=True)
"""
