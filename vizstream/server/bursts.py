"""Send many datagrams to one address with few calls to the kernel.

A frame at 4 Mbit/s is some 14 packets.  Sent one by one, each walks through the whole network stack and wakes
the receiver: with 16 viewers on one machine that was 60 % of what the server's event loop did.  Linux takes a
run of equal datagrams (the last one may be shorter) in one call and cuts it apart as late as it can
(``UDP_SEGMENT``, udp(7), since 4.18).  Where that does not work, and on other systems, they go one by one.
"""

from __future__ import annotations

import logging
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any

logger = logging.getLogger(__name__)

#: ``linux/udp.h``; Python's ``socket`` does not know it.
UDP_SEGMENT = 103

#: The kernel takes 64 segments (``UDP_MAX_SEGMENTS``), and what an IPv4 datagram may hold in all.
MAX_RUN = 64
MAX_RUN_BYTES = 60_000


def runs(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of datagrams that can go together, as pairs of first and behind-last index.

    Parameters
    ----------
    sizes : sequence of int
        Bytes of each datagram.
    """
    begin = 0
    while begin < len(sizes):
        size = sizes[begin]
        limit = min(len(sizes), begin + (min(MAX_RUN, max(1, MAX_RUN_BYTES // size)) if size else 1))
        end = begin + 1
        while end < limit and sizes[end] == size:
            end += 1
        if end < limit and 0 < sizes[end] < size:
            end += 1
        yield begin, end
        begin = end


class BurstSender:
    """Send bursts through an asyncio datagram transport, around it where the kernel takes a run at once."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._socket: socket.socket | None = None

    def send(self, datagrams: Sequence[bytes], transport: Any, address: tuple[str, int]) -> None:
        """Send datagrams in order; like UDP itself, without any promise.

        Parameters
        ----------
        datagrams : sequence of bytes
            What to send.
        transport : asyncio.DatagramTransport
            Or a relay's, which has no such socket of its own, and goes one by one.
        address : tuple of (str, int)
            Where to.
        """
        if transport is not self._transport:
            self._follow(transport)
        # Behind what the transport holds back while the kernel's buffer is full.
        if self._socket is None or len(datagrams) < 2 or transport.get_write_buffer_size():
            self._one_by_one(datagrams, address)
            return
        for begin, end in runs([len(datagram) for datagram in datagrams]):
            run = datagrams[begin:end]
            if len(run) == 1 or not self._at_once(run, address):
                self._one_by_one(run, address)

    def close(self) -> None:
        """Let go of the socket; idempotent."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._transport = None

    def _follow(self, transport: Any) -> None:
        self.close()
        self._transport = transport
        own = transport.get_extra_info("socket") if sys.platform == "linux" else None
        if own is not None:
            # What asyncio lends cannot send; the copy is ours to close.
            self._socket = own.dup()
            self._socket.setblocking(False)

    def _at_once(self, run: Sequence[bytes], address: tuple[str, int]) -> bool:
        """Send a run with one call; say whether the kernel took it."""
        if self._socket is None:
            return False
        segment = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("@H", len(run[0])))]
        try:
            self._socket.sendmsg(run, segment, 0, address)
        except BlockingIOError:
            return False  # the transport waits until there is room
        except OSError as error:
            # An old kernel, or a line (a tunnel, mostly) whose packets are smaller than ours.
            logger.debug("datagrams go one by one: %s", error)
            self._socket.close()
            self._socket = None
            return False
        return True

    def _one_by_one(self, datagrams: Sequence[bytes], address: tuple[str, int]) -> None:
        for datagram in datagrams:
            self._transport.sendto(datagram, address)
