"""A doorbell wakes the other process, and tells when it is gone.

It is a pair of connected sockets, which every platform has and every event loop can wait for.  A ring is
one byte; what it is about lies in shared memory, so rings that pile up are one ring.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import sys
from collections.abc import Callable

# Without it a ring to a dead process raises SIGPIPE where a script has set that to its default action.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
_DRAIN_BYTES = 4096


class Doorbell:
    """One end of a pair.

    It may be pickled only as an argument of a process that is being spawned; both processes have that end
    then, and the other end sees it closed once both have closed it.

    Parameters
    ----------
    sock : socket.socket
        A connected stream socket, owned from here on.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.set_inheritable(False)  # it was made inheritable to reach a child; its own children get none
        self._sock = sock
        self._closed = False

    def __reduce__(self) -> tuple[Callable[[socket.socket], Doorbell], tuple[socket.socket]]:
        # multiprocessing knows how to hand a socket to a child, and pickle refuses it otherwise.
        return Doorbell, (self._sock,)

    @property
    def closed(self) -> bool:
        """Whether the other side has been seen to be gone, or this end is closed."""
        return self._closed

    def fileno(self) -> int:
        """Return the file descriptor, readable when the bell has been rung; -1 once closed."""
        return self._sock.fileno()

    def ring(self) -> None:
        """Wake the other side.  Never blocks, never raises."""
        try:
            self._sock.send(b"\0", _NO_SIGNAL)
        except BlockingIOError:
            pass  # full of rings: it will wake up
        except OSError:
            pass  # it is gone, which wait() tells, or we are

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the other side rings, and forget its rings.

        Parameters
        ----------
        timeout : float or None
            In seconds; None waits for ever.

        Returns
        -------
        bool
            Whether it rang.  False after the timeout, and at once if `closed`.
        """
        if self._closed:
            return False
        _wait_readable(self._sock, timeout)
        try:
            return self._heard(self._sock.recv(_DRAIN_BYTES))
        except BlockingIOError:
            return False
        except OSError:
            return self._heard(b"")

    async def wait_async(self) -> bool:
        """Wait in an event loop until the other side rings.

        Returns
        -------
        bool
            False if the other side is gone.
        """
        if self._closed:
            return False
        try:
            return self._heard(await asyncio.get_running_loop().sock_recv(self._sock, _DRAIN_BYTES))
        except OSError:
            return self._heard(b"")

    def _heard(self, data: bytes) -> bool:
        if not data:
            self._closed = True
        return bool(data)

    def hang_up(self) -> None:
        """Tell the other side that nothing will come any more, whoever else has a copy of this end."""
        with contextlib.suppress(OSError):  # not connected any more, or closed
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close this end.  Idempotent.  Not while another thread waits on it."""
        self._closed = True
        self._sock.close()


if sys.platform == "win32":

    def _wait_readable(sock: socket.socket, timeout: float | None) -> None:
        select.select([sock], [], [], timeout)

else:

    def _wait_readable(sock: socket.socket, timeout: float | None) -> None:
        # Not select(): it refuses descriptors from 1024 on, and a script may have that many files open.
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        poll.poll(None if timeout is None else max(0.0, timeout) * 1000)


def doorbell_pair() -> tuple[Doorbell, Doorbell]:
    """Return two connected doorbells: ringing one wakes who waits on the other."""
    first, second = socket.socketpair()
    return Doorbell(first), Doorbell(second)
