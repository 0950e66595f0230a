"""Send by itself: what one viewer's sender takes for a frame, from its packets to the kernel's socket.

The sender is the server's own, with its headers, pacer, history, congestion controller and SRTP; the line is
a UDP socket of this machine, wide enough never to make a packet wait.
"""

from __future__ import annotations

import asyncio
import os
import socket
from types import SimpleNamespace
from typing import Any

from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
    RTCRtpSendParameters,
)
from pylibsrtp import Policy, Session

from vizstream.congestion.controller import CongestionController
from vizstream.ipc.frame_ring import FrameInfo
from vizstream.media.codecs import CLOCK_RATE_HZ, Codec
from vizstream.media.rung import EncodedFrame
from vizstream.server.rtp_header import MID_URI, PLAYOUT_DELAY_URI, TRANSPORT_CC_URI
from vizstream.server.sender import VideoSender

from .clock import Stopwatch
from .results import Stage

#: What browsers and aiortc agree on; its key has 16 bytes and a salt of 12 (RFC 7714).
_PROFILE, _KEY_BYTES = Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28

_PAYLOAD_TYPE, _FPS = 97, 30


class _WideLine(CongestionController):
    """A line on which no packet ever waits."""

    @property
    def pacing_bps(self) -> int:
        return 100_000_000_000

    def next_probe(self, _now_ns: int) -> None:
        """Probe never: there is nothing to be found out."""


class _Transport:
    """What a sender needs of a DTLS transport."""

    def __init__(self, line: asyncio.DatagramTransport, address: Any) -> None:
        policy = Policy(key=os.urandom(_KEY_BYTES), ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=_PROFILE)
        self._tx_srtp = Session(policy)
        pair = SimpleNamespace(protocol=SimpleNamespace(transport=line), remote_addr=address)
        connection = SimpleNamespace(
            _nominated={1: pair}, data_received=lambda *_data: None
        )  # nobody answers
        self.transport = SimpleNamespace(_connection=connection)

    def _register_rtp_sender(self, sender: Any, parameters: Any) -> None: ...

    def _unregister_rtp_sender(self, sender: Any) -> None: ...


def send(codec: Codec, frames: list[tuple[list[bytes], bool]], size: tuple[int, int]) -> Stage:
    """Send frames to one viewer.

    Parameters
    ----------
    codec : Codec
        Of the frames.
    frames : list of (list of bytes, bool)
        Each frame's payloads, and whether it is a keyframe; the first one is.
    size : tuple of (int, int)
        Of the picture.
    """
    return asyncio.run(_send(codec, frames, size))


async def _send(codec: Codec, frames: list[tuple[list[bytes], bool]], size: tuple[int, int]) -> Stage:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        line, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        transport: Any = _Transport(line, sink.getsockname())
        sender = VideoSender(transport, 0, lambda **_reason: None, lambda: None)
        sender.stream.control = _WideLine()
        sender.payload_types = {codec: _PAYLOAD_TYPE}
        parameter = RTCRtpCodecParameters(codec.mime_type, CLOCK_RATE_HZ, payloadType=_PAYLOAD_TYPE)
        extensions = [
            RTCRtpHeaderExtensionParameters(id=number, uri=uri)
            for number, uri in ((1, MID_URI), (5, PLAYOUT_DELAY_URI), (6, TRANSPORT_CC_URI))
        ]
        await sender.send(
            RTCRtpSendParameters(
                codecs=[parameter],
                headerExtensions=extensions,
                muxId="0",
                rtcp=RTCRtcpParameters(cname="bench"),
            )
        )
        watch = Stopwatch()
        try:
            for number, (payloads, keyframe) in enumerate(frames):
                info = FrameInfo(number + 1, *size, 0, 0, 0, 0, 0)
                rtp_time = (number + 1) * CLOCK_RATE_HZ // _FPS
                frame = EncodedFrame(payloads, rtp_time, keyframe, info, 0, 0, codec)
                if watch.time(lambda: sender.push(frame)) is None:  # noqa: B023
                    raise RuntimeError("the sender left a frame out")
                if number == 0:
                    await _drained(sender, len(payloads))
                    watch = Stopwatch()  # the pacer began with next to nothing
        finally:
            await sender.stop()
            line.close()
    if sender.stats.packets != sum(len(payloads) for payloads, _keyframe in frames):
        raise RuntimeError("the sender held packets back")
    return Stage(*size, "send", watch.median_ms, watch.p95_ms, watch.cpu_ms)


async def _drained(sender: VideoSender, packets: int) -> None:
    for _round in range(2000):
        if sender.stats.packets >= packets:
            return
        await asyncio.sleep(0.001)
