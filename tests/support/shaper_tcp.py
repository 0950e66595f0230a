"""One direction of a TCP connection over a shaped line.

The two real connections, browser to relay and relay to server, stay on this machine and lose nothing.  What
TCP would do on the line in between is modelled, as simply as NewReno allows: segments, slow start and
congestion avoidance, half the window on loss, a lost segment sent again after a round trip, and arrival in
order.  Without that a transfer would either ignore the video beside it or starve it: the window is what makes
a download and a video share a queue as they do on a real line.

Acknowledgements take the way back's delay, but neither its capacity nor its losses (1 to 2 % of the rate).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from shaper_wire import Wire

#: Payload of a segment on an Ethernet path, and the bytes of IPv4 and TCP headers with time stamps.
MSS_BYTES = 1448
HEADER_BYTES = 52

#: Segments: the initial window (RFC 6928), and what stands for the receiver's: 100 Mbit/s over 120 ms.
INITIAL_WINDOW = 10
MAX_WINDOW = 1024

#: Bytes taken in before the source is told to wait: what a sender's kernel holds on a slow line.
HIGH_WATER_BYTES = 32 * 1024


class TcpFlow:
    """Carry a byte stream in one direction.

    Starts closed: call `open` when its destination is connected.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Runs it.
    wire : Wire
        The way there.
    back : Wire
        The way of the acknowledgements.
    write : callable
        Called with bytes as they arrive, in order.
    finish : callable
        Called when the end of the stream has arrived.
    on_room : callable
        Called with False when no more should be fed for now, and with True when it may go on.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wire: Wire,
        back: Wire,
        write: Callable[[bytes], object],
        finish: Callable[[], object],
        on_room: Callable[[bool], object],
    ) -> None:
        self._loop = loop
        self._wire, self._back = wire, back
        self._write, self._finish, self._on_room = write, finish, on_room
        self._buffer = bytearray()
        self._ending = False
        self._ended = False
        self._room = True
        self._open = False
        self._closed = False
        self._window = float(INITIAL_WINDOW)
        self._threshold = float(MAX_WINDOW)
        self._in_flight = 0
        self._next = 0
        self._recovered = 0
        self._expected = 0
        self._early: dict[int, bytes | None] = {}

    def feed(self, data: bytes) -> None:
        """Take bytes from the source."""
        self._buffer += data
        self._pump()

    def end(self) -> None:
        """Take the end of the stream."""
        self._ending = True
        self._pump()

    def open(self, is_open: bool = True) -> None:
        """Let segments go out, or hold them while the destination does not read."""
        self._open = is_open
        self._pump()

    def close(self) -> None:
        """Stop at once; idempotent."""
        self._closed = True
        self._buffer.clear()
        self._early.clear()

    def round_trip_s(self) -> float:
        """Return how long a byte and its acknowledgement travel now."""
        now = self._loop.time()
        return self._wire.link.delay_s(now) + self._back.link.delay_s(now)

    def _pump(self) -> None:
        buffer = self._buffer
        while self._open and not self._closed and self._in_flight < self._window:
            if buffer:
                segment = bytes(buffer[:MSS_BYTES])
                del buffer[:MSS_BYTES]
            elif self._ending and not self._ended:
                self._ended = True
                segment = None
            else:
                break
            self._in_flight += 1
            self._next += 1
            self._transmit((self._next - 1, segment))
        room = len(buffer) < HIGH_WATER_BYTES
        if room != self._room and not self._closed:
            self._room = room
            self._on_room(room)

    def _transmit(self, packet: tuple[int, bytes | None]) -> None:
        size = len(packet[1] or b"") + HEADER_BYTES
        due = self._wire.send(size, self._arrive, packet)
        if due is None:
            # As fast as duplicate acknowledgements could tell.
            self._loop.call_later(max(0.01, self.round_trip_s()), self._resend, packet)
        else:
            self._loop.call_at(due + self._back.link.delay_s(self._loop.time()), self._acknowledge)

    def _resend(self, packet: tuple[int, bytes | None]) -> None:
        if self._closed:
            return
        if packet[0] >= self._recovered:
            # One loss event a window, however many segments it took.
            self._recovered = self._next
            self._threshold = self._window = max(2.0, self._window / 2)
        self._transmit(packet)

    def _acknowledge(self) -> None:
        self._in_flight -= 1
        if self._window < self._threshold:
            self._window = min(MAX_WINDOW, self._window + 1)
        else:
            self._window = min(MAX_WINDOW, self._window + 1 / self._window)
        self._pump()

    def _arrive(self, packet: tuple[int, bytes | None]) -> None:
        number, segment = packet
        self._early[number] = segment
        while not self._closed and self._expected in self._early:
            segment = self._early.pop(self._expected)
            self._expected += 1
            if segment is None:
                self._finish()
            else:
                self._write(segment)
