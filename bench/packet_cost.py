"""Measure what one packet costs the server's event loop: header, SRTP, books, and the call to the kernel.

Usage: python bench/packet_cost.py [--packets 14] [--frames 600]

A real sender and a real socket, fed with frames at uneven intervals as a rung delivers them, so that the
caches are as cold as they are then.  Prints microseconds of this thread's CPU time for each packet: the
median, and the tenth percentile, which is what is left when nothing else wants the cores.
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


def transports(address: tuple[str, int], datagrams: Any) -> SimpleNamespace:
    """Return what a sender needs of aiortc's transports."""
    policy = Policy(key=os.urandom(KEY_BYTES), ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILE)
    pair = SimpleNamespace(protocol=SimpleNamespace(transport=datagrams), remote_addr=address)
    connection = SimpleNamespace(_nominated={1: pair}, data_received=lambda _data, _component: None)
    return SimpleNamespace(
        _tx_srtp=Session(policy),
        _rx_srtp=SimpleNamespace(unprotect_rtcp=lambda data: data),
        _register_rtp_sender=lambda _sender, _parameters: None,
        _unregister_rtp_sender=lambda _sender: None,
        transport=SimpleNamespace(_connection=connection),
    )


async def measure(packets: int, frames: int) -> tuple[list[float], list[float]]:
    """Return for each frame the microseconds a packet of sending it, and of its feedback."""
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    sink.setblocking(False)
    datagrams, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    dtls: Any = transports(sink.getsockname(), datagrams)
    sender = VideoSender(dtls, 0, lambda **_how: None, lambda: None)
    sender.payload_types = {CODECS[0]: 102}
    uris = {1: MID_URI, 5: PLAYOUT_DELAY_URI, 6: TRANSPORT_CC_URI}
    await sender.send(
        RTCRtpSendParameters(
            codecs=[RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=102)],
            headerExtensions=[RTCRtpHeaderExtensionParameters(id=id_, uri=uri) for id_, uri in uris.items()],
            muxId="0",
            rtcp=RTCRtcpParameters(cname="bench"),
        )
    )
    sender.control._rate.bps = sender.control.max_bps
    payloads, info = [os.urandom(PAYLOAD_BYTES) for _packet in range(packets)], FrameInfo(*[1] * 8)
    sent, reported, first = [], [], 0
    for number in range(frames):
        frame = EncodedFrame(payloads, 3000 * (number + 1), True, info, 0, 0, CODECS[0])
        began_ns = time.thread_time_ns()
        sender.push(frame)
        sent.append((time.thread_time_ns() - began_ns) / 1000 / packets)
        while True:
            try:
                sink.recv(2048)
            except BlockingIOError:
                break
        if number % FEEDBACK_FRAMES:
            now_us, count = time.monotonic_ns() // 1000, sender._transport_sequence - first
            data = build_feedback(first, [now_us + 50 * index for index in range(count)], number)
            first += count
            began_ns = time.thread_time_ns()
            dtls.transport._connection.data_received(data, 1)
            reported.append((time.thread_time_ns() - began_ns) / 1000 / count)
        await asyncio.sleep(0.004 + 0.002 * (number % 3))
    await sender.stop()
    datagrams.close()
    sink.close()
    return sent, reported


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--packets", type=int, default=14)
    parser.add_argument("--frames", type=int, default=600)
    options = parser.parse_args()
    sent, reported = asyncio.run(measure(options.packets, options.frames))
    print("| µs a packet | median | 10 % |\n|---|--:|--:|")
    for name, costs in (("header, SRTP, send", sent), ("transport feedback", reported)):
        print(f"| {name} | {statistics.median(costs):.1f} | {statistics.quantiles(costs, n=10)[0]:.1f} |")


if __name__ == "__main__":
    main()
