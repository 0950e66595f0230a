"""The tools that are compared: how each is installed, started, and looked at."""

from __future__ import annotations

from dataclasses import dataclass

#: VTK's release that all of trame-rca works with; FURY 0.12 draws with it as well.
_VTK = "vtk==9.6.2"
_TRAME = (
    "trame==4.0.0",
    "trame-vuetify==3.3.0",
    "trame-vtk==2.11.17",
    "trame-rca==2.11.8",
    # 2.0 wants a libjpeg-turbo that Debian 12 does not have yet.
    "PyTurboJPEG==1.8.3",
    "vtk-streaming==0.4.2",
    _VTK,
)
_AIORTC = ("aiortc==1.16.0", "aiohttp==3.14.5", "av==18.1.0", "numpy==2.4.6")


#: Without the STUN server on the Internet that the page names, which it would wait for; and with more room
#: than the 1280 pixels that it allows.
_BEGIN_FURY = """(() => {
  const Peer = RTCPeerConnection;
  window.RTCPeerConnection = function (config) { return new Peer({ ...config, iceServers: [] }); };
  document.getElementById('startBtn').addEventListener('click', () => {
    document.getElementById('media').style = 'max-width: none; position: fixed; inset: 0';
  });
})()"""


@dataclass(frozen=True)
class Tool:
    """A tool, served by `adapters/ADAPTER.py`; vizstream has none, and serves `scene.py` itself."""

    key: str
    #: As the table calls it.
    name: str
    #: The element of its page that shows the picture.
    selector: str
    #: What its page lays over that at rest; counts where it is shown.
    still: str = ""
    adapter: str = ""
    args: tuple[str, ...] = ()
    environment: str = ""
    packages: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    #: Run in the page as soon as it is loaded.
    begin: str = "null"
    #: The element that a user must click then.
    start: str = ""
    #: What was chosen for it, for the reader of the table.
    settings: str = ""


TOOLS = (
    Tool(
        "vizstream",
        "vizstream",
        "video",
        still="#still:not([hidden])",
        settings="`vizstream serve`, no options",
    ),
    Tool(
        "rca-jpeg",
        "trame-rca, turbo-jpeg",
        "img.image-display-area",
        adapter="serve_rca",
        args=("image", "30"),
        environment="trame",
        packages=_TRAME,
        settings="`encoder='turbo-jpeg'`, else its defaults: 30 frames/s, quality 60, at rest 90",
    ),
    Tool(
        "rca-video",
        "trame-rca, video",
        ".display-area canvas",
        adapter="serve_rca",
        args=("video-decoder", "30"),
        environment="trame",
        packages=_TRAME,
        settings="`display='video-decoder'`, else its defaults: 30 frames/s, VP9 of libvpx at 8 Mbit/s",
    ),
    Tool(
        "remote-view",
        "trame, VtkRemoteView",
        ".js-renderer img, img",
        adapter="serve_view",
        environment="trame",
        packages=_TRAME,
        settings="`start_animation(fps=60, quality=60)`, at rest its own quality",
    ),
    Tool(
        "stock",
        "stock aiortc",
        "video",
        adapter="serve_stock",
        environment="aiortc",
        packages=(*_AIORTC, "vtk==9.7.2"),
        settings="one track for all through `MediaRelay`, H.264, drawn as fast as it is asked for",
    ),
    Tool(
        "fury",
        "FURY 0.12, fury.stream",
        "#video",
        adapter="serve_fury",
        environment="fury",
        packages=("fury==0.12.0", "aiortc==1.16.0", "aiohttp==3.14.5", "av==18.1.0", "numpy==2.4.6"),
        # It asks for VTK below 9.4, which needs an X server; off screen it is quicker.
        alone=(_VTK,),
        begin=_BEGIN_FURY,
        start="#startBtn",
        settings="WebRTC, `RawArray`s, timers of asyncio at 16 ms, off screen without an X server",
    ),
)


def chosen(keys: str) -> list[Tool]:
    """Return the tools of a list of keys divided by commas, all for none.

    Raises
    ------
    SystemExit
        If there is no such tool.
    """
    known = {tool.key: tool for tool in TOOLS}
    wanted = keys.split(",") if keys else list(known)
    for key in wanted:
        if key not in known:
            raise SystemExit(f"no tool {key!r}; there are {', '.join(known)}")
    return [known[key] for key in wanted]
