"""Chunks that the data channels would send after the viewer's end of the line is gone."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection

from vizstream.server.acknowledge import delay_acknowledgements
from vizstream.server.late_chunks import drop_late_chunks


def test_nothing_is_raised_by_what_is_sent_after_the_viewers_end_closed() -> None:
    async def scenario() -> list[dict[str, Any]]:
        reported: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
        ours = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        theirs = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        opened = asyncio.Event()
        channels: list[Any] = []
        theirs.addTransceiver("video", direction="recvonly")
        theirs.createDataChannel("state").on("open", opened.set)
        ours.on("datachannel", channels.append)
        await theirs.setLocalDescription(await theirs.createOffer())
        await ours.setRemoteDescription(theirs.localDescription)
        await ours.setLocalDescription(await ours.createAnswer())
        sctp = ours.sctp
        assert sctp is not None
        drop_late_chunks(sctp)
        delay_acknowledgements(sctp)
        await theirs.setRemoteDescription(ours.localDescription)
        await asyncio.wait_for(opened.wait(), timeout=10)

        # Closing the connection first stops what it sends, which takes its time; SCTP goes on meanwhile.
        ended, sent = asyncio.Event(), asyncio.Event()
        ours.getTransceivers()[0].stop = sent.wait  # type: ignore[method-assign]

        def send_late() -> None:
            """Send all that can come between the end of DTLS and that of SCTP."""
            if sctp.transport.state == "closed" and sctp.state == "connected":
                channels[0].send("late")
                sctp._t3_expired()
                sctp._sack_duplicates.append(7)
                late.append(asyncio.ensure_future(sctp._send_sack()))
                ended.set()

        late: list[asyncio.Future[None]] = []
        sctp.transport.on("statechange", send_late)
        await theirs.sctp.transport.stop()  # type: ignore[union-attr]
        await asyncio.wait_for(ended.wait(), timeout=10)
        await asyncio.wait(late)
        late.clear()  # what nobody asks for is reported when it is collected
        assert sctp.state == "connected"
        sent.set()
        await ours.close()
        await theirs.close()
        gc.collect()
        return reported

    assert asyncio.run(scenario()) == []
