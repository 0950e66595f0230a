"""Measure what one packet costs the server's event loop: header, SRTP, books, and the call to the kernel.

Usage: python bench/packet_cost.py [--viewers 1,16] [--packets 14] [--frames 400]

Real senders and real sockets, fed with frames at uneven intervals as a rung delivers them, so that the caches
are as cold as they are then.  Prints microseconds of this thread's CPU time for each packet: the median, and
the tenth percentile, which is what is left when nothing else wants the cores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
    RTCRtpSendParameters,
)
from pylibsrtp import Policy, Session

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "congestion")]

from twcc import build_feedback  # noqa: E402 - found by the line above

from vizstream.ipc.frame_ring import FrameInfo  # noqa: E402
from vizstream.media.codecs import CODECS  # noqa: E402
from vizstream.media.rung import EncodedFrame  # noqa: E402
from vizstream.server.rtp_header import MID_URI, PLAYOUT_DELAY_URI, TRANSPORT_CC_URI  # noqa: E402
from vizstream.server.sender import VideoSender  # noqa: E402

#: AES-GCM with 256 bits, which browsers prefer: 32 bytes of key, 12 of salt.
PROFILE, KEY_BYTES = Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44
PAYLOAD_BYTES = 1140
#: Transport feedback comes with every second frame.
FEEDBACK_FRAMES = 2
#: Between two packets that arrive in one go.
ARRIVAL_US = 12


class Viewer:
    """One viewer's sender, and the socket that stands for its browser."""

    def __init__(self) -> None:
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(("127.0.0.1", 0))
        self.sink.setblocking(False)
        self._datagrams: Any = None
        self._connection = SimpleNamespace(data_received=lambda _data, _component: None)
        self._reported = 0

    async def start(self) -> None:
        """Connect."""
        loop = asyncio.get_running_loop()
        self._datagrams, _protocol = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        pair = SimpleNamespace(
            protocol=SimpleNamespace(transport=self._datagrams), remote_addr=self.sink.getsockname()
        )
        self._connection._nominated = {1: pair}
        policy = Policy(key=os.urandom(KEY_BYTES), ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILE)
        dtls: Any = SimpleNamespace(
            _tx_srtp=Session(policy),
            _rx_srtp=SimpleNamespace(unprotect_rtcp=lambda data: data),
            _register_rtp_sender=lambda _sender, _parameters: None,
            _unregister_rtp_sender=lambda _sender: None,
            transport=SimpleNamespace(_connection=self._connection),
        )
        self.sender = VideoSender(dtls, 0, lambda **_how: None, lambda: None)
        self.sender.payload_types = {CODECS[0]: 102}
        uris = {1: MID_URI, 5: PLAYOUT_DELAY_URI, 6: TRANSPORT_CC_URI}
        await self.sender.send(
            RTCRtpSendParameters(
                codecs=[RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=102)],
                headerExtensions=[
                    RTCRtpHeaderExtensionParameters(id=id_, uri=uri) for id_, uri in uris.items()
                ],
                muxId="0",
                rtcp=RTCRtcpParameters(cname="bench"),
            )
        )
        self.sender.control._rate.bps = self.sender.control.max_bps

    def drain(self) -> None:
        """Take what has come."""
        while True:
            try:
                self.sink.recv(2048)
            except BlockingIOError:
                break

    def report(self, number: int) -> float:
        """Report all that was sent as arrived; return the microseconds a packet that reading that took."""
        now_us, count = time.monotonic_ns() // 1000, self.sender.stream.transport_sequence - self._reported
        data = build_feedback(
            self._reported, [now_us + ARRIVAL_US * index for index in range(count)], number & 0xFF
        )
        self._reported += count
        began_ns = time.thread_time_ns()
        self._connection.data_received(data, 1)
        return (time.thread_time_ns() - began_ns) / 1000 / count

    async def stop(self) -> None:
        """Let go of everything."""
        await self.sender.stop()
        self._datagrams.close()
        self.sink.close()


async def measure(count: int, packets: int, frames: int) -> tuple[list[float], list[float]]:
    """Return the microseconds a packet of sending each frame, and of reading each report."""
    viewers = [Viewer() for _viewer in range(count)]
    for viewer in viewers:
        await viewer.start()
    payloads, info = [os.urandom(PAYLOAD_BYTES) for _packet in range(packets)], FrameInfo(*[1] * 8)
    sent, reported = [], []
    for number in range(frames):
        frame = EncodedFrame(payloads, 3000 * (number + 1), True, info, 0, 0, CODECS[0])
        began_ns = time.thread_time_ns()
        for viewer in viewers:
            viewer.sender.push(frame)
        sent.append((time.thread_time_ns() - began_ns) / 1000 / packets / count)
        for viewer in viewers:
            viewer.drain()
            if number % FEEDBACK_FRAMES:
                reported.append(viewer.report(number))
        await asyncio.sleep(0.004 + 0.002 * (number % 3))
    for viewer in viewers:
        await viewer.stop()
    return sent, reported


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", default="1,16")
    parser.add_argument("--packets", type=int, default=14)
    parser.add_argument("--frames", type=int, default=400)
    options = parser.parse_args()
    print("| µs a packet | viewers | median | 10 % |\n|---|--:|--:|--:|")
    for count in map(int, options.viewers.split(",")):
        sent, reported = asyncio.run(measure(count, options.packets, options.frames))
        for name, costs in (("header, SRTP, send", sent), ("transport feedback", reported)):
            tenth = statistics.quantiles(costs, n=10)[0]
            print(f"| {name} | {count} | {statistics.median(costs):.1f} | {tenth:.1f} |", flush=True)


if __name__ == "__main__":
    main()
