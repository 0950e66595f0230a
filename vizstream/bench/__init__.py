"""``vizstream bench``: every stage measured by itself, and the whole, on the user's own machine.

::

    command ─► run ─┬─► copies    a process: ways to write a frame into shared memory       } VTK
                    ├─► stages    a process for each size: render … send, one by one        } VTK, av, aiortc
                    ├─► whole     `vizstream serve` as users run it, and
                    │             `viewer`, a process of WebRTC viewers that steer and decode
                    └─► results ─► bounds, compare ─► table (stdout), page (HTML), JSON

The process of the command imports nothing heavy: it starts the others one after the other, so that each
figure has the machine to itself, and ends them whatever happens.
"""
