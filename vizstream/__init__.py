"""vizstream: see and steer any VTK scene in a browser, over WebRTC.

Importing this package loads none of VTK, aiortc, av or aiohttp.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
