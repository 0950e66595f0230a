"""Many viewers in one process, as cheap as can be: they receive and report, and decode nothing.

Usage: python bench/crowd.py WHEP_URL TOKEN [PROFILE]     (run by bench/viewers.py and bench/lines.py)

Reads commands from stdin, a line each, and answers each with a line of JSON, for each viewer the frames and
packets that have come: ``join N`` lets viewers come or go until there are N, ``count`` does nothing more,
``end`` leaves.  Each reports the arrival of packets every 50 ms, as Chromium does at such rates, and what it
lost once a second; so a sender has all the work that browsers make.  The packets' payloads are not even
decrypted: all that counts stands in their headers.  With PROFILE, such as ``4d00``, they know that profile of
H.264 only, to be sent the very same packets as a browser that spells it so.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "congestion")]

from twcc import build_feedback  # noqa: E402 - found by the line above

from vizstream.server.offer import extend_aiortc  # noqa: E402
from vizstream.server.rtp_header import TRANSPORT_CC_URI  # noqa: E402

#: libwebrtc reports every 50 ms where that takes less than 5 % of the rate.
FEEDBACK_S = 0.05
#: Reports of loss come once a second.
FEEDBACKS_A_REPORT = 20
#: As many packets as one message reports on.
MAX_SPAN = 1000


class Viewer:
    """One viewer: counts the frames whose last packet has come, and reports."""

    def __init__(self, profile: str) -> None:
        self.stamps: set[int] = set()
        self.packets = 0
        self._arrivals: dict[int, int] = {}
        self._ssrc = self._highest = self._next = self._reports = 0
        self._id = 0
        self._dtls: Any = None
        self._task: asyncio.Task[None] | None = None
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver = self._pc.addTransceiver("video", direction="recvonly")
        known = RTCRtpReceiver.getCapabilities("video").codecs
        wanted = [codec for codec in known if codec.name.lower() in ("h264", "rtx")]
        wanted = [c for c in wanted if c.parameters.get("profile-level-id", profile).startswith(profile)]
        transceiver.setCodecPreferences(wanted)
        # Both servers have data channels to serve; ours tells what frames show.
        self._state = self._pc.createDataChannel("state")

    async def join(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Connect, and take over what comes."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        async with http.post(url, data=self._pc.localDescription.sdp, headers=headers) as response:
            if response.status != 201:
                raise SystemExit(f"{url}: {response.status}")
            answer = await response.text()
        # aiortc would look for the first spelling that it knows of the profile among those offered.
        self._pc.getTransceivers()[0].setCodecPreferences([])
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        receiver = self._pc.getTransceivers()[0].receiver
        numbered = [
            e.id for e in self._pc.getTransceivers()[0]._headerExtensions if e.uri == TRANSPORT_CC_URI
        ]
        self._id = numbered[0] if numbered else 0
        self._dtls = receiver.transport
        connection = self._dtls.transport._connection
        pass_on = connection.data_received

        def data_received(data: bytes, component: int) -> None:
            if 127 < data[0] < 192 and not 191 < data[1] < 224:
                self._receive(data)
            else:
                pass_on(data, component)

        connection.data_received = data_received
        self._task = asyncio.create_task(self._report())

    async def leave(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
        await self._pc.close()

    def _receive(self, data: bytes) -> None:
        self.packets += 1
        marked, sequence, stamp, self._ssrc = struct.unpack_from("!xBHLL", data)
        self._highest = sequence
        if marked & 0x80:
            self.stamps.add(stamp)
        number = self._number(data) if self._id else None
        if number is not None:
            # Unwrapped: the number closest to the one that is next.
            number = self._next - 0x8000 + ((number - self._next + 0x8000) & 0xFFFF)
            self._arrivals[number] = time.monotonic_ns() // 1000

    def _number(self, data: bytes) -> int | None:
        """Find the transport-wide sequence number among one-byte extensions."""
        if not data[0] & 0x10:
            return None
        position, end = 16, 16 + 4 * int.from_bytes(data[14:16], "big")
        while position < end:
            if data[position] >> 4 == self._id:
                return int.from_bytes(data[position + 1 : position + 3], "big")
            position += 2 + (data[position] & 0x0F) if data[position] else 1
        return None

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(FEEDBACK_S)
            self._reports += 1
            connection = self._dtls.transport._connection
            pair = connection._nominated.get(1)
            if pair is None or self._dtls._tx_srtp is None:
                continue
            reports = []
            while self._arrivals:
                arrivals, self._arrivals = self._arrivals, {}
                end = min(max(arrivals) + 1, self._next + MAX_SPAN)
                begin = min(self._next, *arrivals)
                reports.append(
                    build_feedback(begin, [arrivals.get(n) for n in range(begin, end)], self._reports)
                )
                self._next = end
                self._arrivals = {number: at for number, at in arrivals.items() if number >= end}
            if self._ssrc and not self._reports % FEEDBACKS_A_REPORT:
                row = struct.pack("!LBBHLLLL", self._ssrc, 0, 0, 0, self._highest, 0, 0, 0)
                reports.append(struct.pack("!BBHL", 0x81, 201, 7, 1) + row)
            for report in reports:
                data = self._dtls._tx_srtp.protect_rtcp(report)
                pair.protocol.transport.sendto(data, pair.remote_addr)


async def main() -> None:
    url, token, profile = (*sys.argv[1:], "")[:3]
    extend_aiortc()
    loop = asyncio.get_running_loop()
    crowd: list[Viewer] = []
    async with aiohttp.ClientSession() as http:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command, _space, number = line.strip().partition(" ")
            if command == "end":
                break
            if command == "join":
                while len(crowd) > int(number):
                    await crowd.pop().leave()
                while len(crowd) < int(number):
                    viewer = Viewer(profile)
                    await viewer.join(http, url, token)
                    crowd.append(viewer)
            print(json.dumps([[len(viewer.stamps), viewer.packets] for viewer in crowd]), flush=True)
        for viewer in crowd:
            await viewer.leave()


if __name__ == "__main__":
    asyncio.run(main())
