"""The WHEP endpoint (draft-ietf-wish-whep): one resource per viewer.

POST makes it from an SDP offer, PATCH trickles candidates into it, DELETE ends it.  Errors are
``application/problem+json`` (RFC 9457).
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from vizstream.errors import ProtocolError
from vizstream.sharing.ice import link_header

from .ice import IceServers
from .offer import MAX_SDP_BYTES, read_candidates, read_offer
from .problem import problem
from .webrtc import WebRtcTransport

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

logger = logging.getLogger(__name__)

#: Sessions that may be connecting at once: each costs a key, a certificate and a DTLS handshake.
MAX_HANDSHAKES = 8

#: Seconds for a body to arrive.  64 kB take 5 s at 100 kbit/s; a real offer has 6.
BODY_S = 10.0

_SDP = "application/sdp"
_FRAGMENT = "application/trickle-ice-sdpfrag"


class WhepEndpoint:
    """Handlers of ``/whep`` and ``/whep/{id}``; the role stands in the request under ``"role"``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._ice = IceServers(hub.config)

    async def options(self, _request: web.Request) -> web.Response:
        """Say what POST takes."""
        return web.Response(status=204, headers={"Accept-Post": _SDP, hdrs.ALLOW: "OPTIONS, POST"})

    async def create(self, request: web.Request) -> web.Response:
        """Take an offer, answer it, and start a session."""
        if request.content_type != _SDP:
            return problem(415, f"send the offer as {_SDP}", {"Accept-Post": _SDP})
        return await self._answer(request, None)

    async def join(self, request: web.Request) -> web.Response:
        """Take an offer for a session that is there: its viewer goes on over WebRTC once that stands."""
        session = self._session(request)
        if session is None or not session.belongs_to(request["role"]):
            return problem(404, "no such session")
        if request.content_type != _SDP:
            return problem(415, f"send the offer as {_SDP}", {"Accept-Post": _SDP})
        former = session.find("webrtc")
        if former is not None and session.connected and session.transport is former:
            return problem(409, "the session is reached over WebRTC already")
        if former is not None:
            session.drop(former)
        return await self._answer(request, session)

    async def _answer(self, request: web.Request, session: Session | None) -> web.Response:
        full = self._full(more=session is None)
        if full is not None:
            return full
        try:
            offer = read_offer(await _text(request), self._hub.config.codec)
        except ProtocolError as error:
            return problem(406 if error.reason == "codec" else 400, str(error))
        # Once more: others came while the body did.  From here to `join` nobody else has a turn.
        full = self._full(more=session is None)
        if full is not None:
            return full
        if session is None:
            session = self._hub.join(request["role"])
            session.tunnelled = request["tunnelled"]
        servers = self._ice.for_viewer(session.viewer, request["source"])
        stun = self._ice.to_ask(servers)
        transport = WebRtcTransport(session, self._hub.rtp_offset, stun)
        session.add(transport)
        try:
            answer = await transport.answer(offer)
        except ProtocolError as error:
            session.drop(transport)
            return problem(400, str(error))
        except BaseException:
            session.drop(transport)
            raise
        if stun:
            self._ice.note(answer)
        headers = {hdrs.LOCATION: f"/whep/{session.id}", hdrs.ETAG: transport.etag}
        response = web.Response(status=201, text=answer, content_type=_SDP, headers=headers)
        for server in servers:
            response.headers.add(hdrs.LINK, link_header(server))
        response.enable_compression()
        return response

    async def patch(self, request: web.Request) -> web.Response:
        """Take candidates that the viewer found after its offer (RFC 8840)."""
        session = self._session(request)
        if session is None:
            return problem(404, "no such session")
        if request.content_type != _FRAGMENT:
            return problem(415, f"send candidates as {_FRAGMENT}", {"Accept-Patch": _FRAGMENT})
        match = request.headers.get(hdrs.IF_MATCH)
        transport = session.find("webrtc")
        if not isinstance(transport, WebRtcTransport):
            return problem(409, "the session is not reached over WebRTC")
        if match is None:
            return problem(428, "If-Match is missing")
        if match == "*":
            return problem(422, "ICE restart is not supported; make a new session")
        if match != transport.etag:
            return problem(412, "If-Match names another ICE session")
        try:
            for mid, line in read_candidates(await _text(request)):
                await transport.peer.add_candidate(mid, line)
        except ProtocolError as error:
            return problem(429 if error.reason == "candidates" else 400, str(error))
        return web.Response(status=204, headers={hdrs.ETAG: transport.etag})

    async def delete(self, request: web.Request) -> web.Response:
        """End a session."""
        session = self._session(request)
        if session is None:
            return problem(404, "no such session")
        session.close()
        return web.Response(status=200)

    def _full(self, *, more: bool) -> web.Response | None:
        """Return the refusal for a viewer (`more`) or a handshake too many, or None."""
        if more and self._hub.full:
            return problem(503, "as many viewers as allowed are here already", {hdrs.RETRY_AFTER: "10"})
        if self._hub.handshakes >= MAX_HANDSHAKES:
            return problem(503, "too many viewers are just connecting", {hdrs.RETRY_AFTER: "1"})
        return None

    def _session(self, request: web.Request) -> Session | None:
        return self._hub.sessions.get(request.match_info["id"])


async def _text(request: web.Request) -> str:
    """Read a body as UTF-8 text; larger ones are refused (413, or 400 unpacked), slow ones given up (408)."""
    try:
        body = await asyncio.wait_for(request.read(), BODY_S)
    except asyncio.TimeoutError:
        raise web.HTTPRequestTimeout(headers={hdrs.CONNECTION: "close"}) from None
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower()
    if encoding == "gzip":
        body = _unpacked(body)
    elif encoding != "identity":
        raise ProtocolError("sdp", "neither gzip nor plain")
    if len(body) > MAX_SDP_BYTES:
        raise ProtocolError("sdp", f"more than {MAX_SDP_BYTES} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("sdp", "not UTF-8") from error


def _unpacked(body: bytes) -> bytes:
    """Unpack gzip, up to a byte more than is allowed."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, MAX_SDP_BYTES + 1)
    except zlib.error as error:
        raise ProtocolError("sdp", "not gzip") from error
    if len(unpacked) <= MAX_SDP_BYTES and not unpacker.eof:
        raise ProtocolError("sdp", "gzip that breaks off")
    return unpacked
