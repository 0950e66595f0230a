"""Requests that nobody means well, and the status that each must get.

Written to the socket byte by byte: a client library would mend most of them.  ``bench/hostile.py`` measures
what they cost an innocent viewer.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from dataclasses import dataclass, field

CONTROL, VIEW = "c" * 32, "v" * 32

#: Requests of the table that are under way at once: more would be refused at the door.
AT_ONCE = 48

#: The connection was closed without a word.
CLOSED = 0

BEARER = {"Authorization": f"Bearer {CONTROL}"}
SDP = {**BEARER, "Content-Type": "application/sdp"}
FRAGMENT = {**BEARER, "Content-Type": "application/trickle-ice-sdpfrag"}

#: Addresses of this machine from which the guesses come, so that only they are locked out.
GUESSER, INNOCENT = "127.0.0.9", "127.0.0.1"

_TRANSPORT = (
    "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\na=setup:actpass\r\n"
)
_HEAD = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
_VIDEO = (
    f"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{_TRANSPORT}a=mid:0\r\n"
    "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
)
OFFER = _HEAD + _VIDEO
CANDIDATE = "a=candidate:{0} 1 udp 1 192.0.2.77 {1} typ host\r\n"


@dataclass(frozen=True)
class Hostile:
    """One request, and what becomes of it.

    Parameters
    ----------
    name : str
        What it tries.
    status : int
        What it must get; `CLOSED` where it gets no answer.
    target : str
        As it stands in the request line; ``{session}`` is an innocent viewer's.
    headers : dict
        Beside Host and Content-Length; a value of None leaves one of those out.
    body : bytes
        Sent behind the head.
    raw : bytes
        Sent instead of everything above.
    """

    name: str
    status: int
    method: str = "GET"
    target: str = "/metrics"
    headers: dict[str, str | None] = field(default_factory=dict)
    body: bytes | str = b""
    raw: bytes = b""

    def encode(self, session: str, etag: str) -> bytes:
        """Return the bytes to send."""
        if self.raw:
            return self.raw
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers: dict[str, str | None] = {"Host": "127.0.0.1", "Connection": "close"}
        if body or self.method in ("POST", "PATCH"):
            headers["Content-Length"] = str(len(body))
        headers |= self.headers
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        head = "\r\n".join(lines).replace("{session}", session).replace("{etag}", etag)
        return head.encode("latin-1") + b"\r\n\r\n" + body


def _offer(name: str, status: int, body: bytes | str, **headers: str | None) -> Hostile:
    extra = {key.replace("_", "-"): value for key, value in headers.items()}
    return Hostile(name, status, "POST", "/whep", {**SDP, **extra}, body)


def _patch(name: str, status: int, body: bytes | str, **headers: str | None) -> Hostile:
    extra = {"If-Match": "{etag}"} | {key.replace("_", "-"): value for key, value in headers.items()}
    return Hostile(name, status, "PATCH", "{session}", {**FRAGMENT, **extra}, body)


def _path(target: str, status: int, method: str = "GET", **headers: str) -> Hostile:
    return Hostile(f"{method} {target[:60]}", status, method, target, {**BEARER, **headers})


def _bearer(value: str) -> dict[str, str | None]:
    return {"Authorization": value}


#: What makes a request the beginning of a WebSocket (RFC 6455, section 4.1).
UPGRADE: dict[str, str | None] = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def _frame(first: int, payload: bytes, length: bytes = b"") -> bytes:
    """Return a masked frame of a WebSocket (RFC 6455, section 5.2): a first byte and a length made up."""
    return bytes([first]) + (length or bytes([0x80 | len(payload)])) + bytes(4) + payload


def _socket(name: str, status: int, body: bytes = b"", **headers: str | None) -> Hostile:
    extra = {key.replace("_", "-"): value for key, value in headers.items()}
    return Hostile(name, status, "GET", "/ws", {**UPGRADE, "Content-Length": None, **extra}, body)


QUICK = (
    # Tokens
    Hostile("no token", 401),
    Hostile("a wrong token", 401, headers=_bearer("Bearer " + "x" * 32)),
    Hostile("a token short of one character", 401, headers=_bearer("Bearer " + CONTROL[1:])),
    Hostile("a scheme of another kind", 401, headers=_bearer("Basic " + CONTROL)),
    Hostile("a token beyond ASCII", 401, headers=_bearer("Bearer \xfc\xfc")),
    Hostile("a token of 7 kB", 401, headers=_bearer("Bearer " + "x" * 7000)),
    Hostile(
        "a wrong header before a right query", 401, "GET", f"/metrics?token={CONTROL}", _bearer("Bearer x")
    ),
    Hostile(
        "the token in the query of a handshake",
        401,
        "POST",
        f"/whep?token={CONTROL}",
        {**SDP, "Authorization": None},
        OFFER,
    ),
    Hostile("the token in the query of a still", 401, "GET", f"/stills/x/1?token={VIEW}"),
    Hostile("the token in the path", 401, "GET", f"/metrics/{CONTROL}"),
    Hostile("a viewer's session without a token", 401, "DELETE", "{session}"),
    # Names
    Hostile("a foreign Host", 403, headers={**BEARER, "Host": "evil.example"}),
    Hostile("a rebound Host", 403, headers={**BEARER, "Host": "127.0.0.1.evil.example"}),
    Hostile(
        "a Host with somebody's name before it", 403, headers={**BEARER, "Host": "localhost@evil.example"}
    ),
    Hostile("a tunnel's domain as a prefix", 403, headers={**BEARER, "Host": "x.ngrok.app.evil.example"}),
    Hostile("an empty Host", 403, headers={**BEARER, "Host": ""}),
    Hostile("no Host", 403, raw=f"GET /metrics HTTP/1.0\r\nAuthorization: Bearer {CONTROL}\r\n\r\n".encode()),
    Hostile(
        "a forwarded Host",
        403,
        headers={
            **BEARER,
            "Host": "evil.example",
            "X-Forwarded-Host": "localhost",
            "X-Forwarded-For": "127.0.0.1",
        },
    ),
    _offer("a foreign Origin", 403, OFFER, Origin="http://evil.example"),
    _offer("an opaque Origin", 403, OFFER, Origin="null"),
    _offer("an Origin that is none", 403, OFFER, Origin="http://[::1"),
    _offer("an Origin on another port", 403, OFFER, Origin="http://127.0.0.1:1"),
    Hostile(
        "a preflight from a foreign site",
        403,
        "OPTIONS",
        "/whep",
        {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    ),
    # WebSockets
    _socket("a WebSocket from a foreign site", 403, **BEARER, Origin="http://evil.example"),
    _socket("a WebSocket from nowhere", 403, **BEARER, Origin="null"),
    _socket("a WebSocket under a foreign Host", 403, **BEARER, Host="evil.example"),
    _socket("a WebSocket without a token", 401),
    _socket("a WebSocket with a wrong token", 401, Sec_WebSocket_Protocol="vizstream, bearer.guessed"),
    _socket("a WebSocket with two tokens", 401, Sec_WebSocket_Protocol=f"bearer.x, bearer.{CONTROL}"),
    Hostile("a WebSocket with its token in the query", 401, target=f"/ws?token={CONTROL}", headers=UPGRADE),
    _socket("a WebSocket of an old version", 426, **BEARER, Sec_WebSocket_Version="99"),
    _socket("a WebSocket without a key", 426, **BEARER, Sec_WebSocket_Key=None),
    _socket("a WebSocket with a key of nonsense", 426, **BEARER, Sec_WebSocket_Key="!"),
    _socket("a message of 4 exabytes", 101, _frame(0x81, b"x", b"\xff\x40" + bytes(7)), **BEARER),
    _socket("a first message in binary", 101, _frame(0x82, b"\x00\xff" * 50), **BEARER),
    _socket("a first message not UTF-8", 101, _frame(0x81, b"\xff\xfe"), **BEARER),
    _socket("frames of nonsense", 101, bytes(range(255, 0, -1)) * 20, **BEARER),
    _path("/ws", 426),
    _path("/ws", 405, "POST"),
    # Pictures
    Hostile("a picture without a token", 401, target="/snapshot.png"),
    Hostile("a picture with a wrong token", 401, target="/snapshot.png?token=guessed"),
    Hostile("a stream without a token", 401, target="/stream.mjpeg"),
    Hostile("a stream with a wrong token", 401, target="/stream.mjpeg?token=guessed"),
    Hostile(
        "a stream under a foreign Host",
        403,
        target=f"/stream.mjpeg?token={VIEW}",
        headers={"Host": "evil.example"},
    ),
    _path("/stream.mjpeg", 405, "POST"),
    _path("/snapshot.png", 405, "DELETE"),
    _path("/snapshot.png?window=" + "9" * 4000, 200),
    _path("/snapshot.png?window=-1", 200),
    # Offers
    _offer("64 kB and more", 413, "a" * 70_000),
    _offer(
        "64 kB and more in chunks",
        413,
        b"11170\r\n" + b"a" * 70_000 + b"\r\n0\r\n\r\n",
        Content_Length=None,
        Transfer_Encoding="chunked",
    ),
    _offer("a length of 10 GB, announced", 413, b"a" * 70_000, Content_Length=str(10**10)),
    _offer("nothing", 400, ""),
    _offer("no SDP", 400, "hello"),
    _offer("not UTF-8", 400, b"\xff\xfe\x00"),
    _offer("zeros", 400, b"\0" * 60_000),
    _offer("JSON", 400, '{"sdp": '),
    _offer("a media type of another kind", 415, OFFER, Content_Type="application/json"),
    _offer("thousands of media sections", 400, _HEAD + "m=video 9 X 96\r\n" * 4000),
    _offer("two videos", 400, _HEAD + _VIDEO * 2),
    _offer("a bomb of candidates", 400, OFFER + "".join(CANDIDATE.format(n, n + 1) for n in range(1200))),
    _offer("no fingerprint", 400, OFFER.replace("a=fingerprint", "a=nothing")),
    _offer("no ICE password", 400, OFFER.replace("a=ice-pwd", "a=nothing")),
    _offer("an ICE password of a few characters", 400, OFFER.replace("0123456789abcdef01234567", "a")),
    _offer("no codec in common", 406, OFFER.replace("VP8", "XYZ")),
    _offer("a number of 4000 digits", 400, OFFER.replace("rtpmap:96", "rtpmap:" + "9" * 4000)),
    _offer(
        "lines that no parser has seen",
        400,
        OFFER.replace("a=recvonly", "a=recvonly\r\na=extmap:x y\r\na=ssrc:\r\na=fmtp:z"),
    ),
    _offer("a bomb in gzip", 400, gzip.compress(b"\0" * 10_000_000), Content_Encoding="gzip"),
    # Candidates
    Hostile("candidates for nobody", 404, "PATCH", "/whep/unknown", {**FRAGMENT}),
    _patch("candidates without If-Match", 428, "", If_Match=None),
    _patch("candidates for an older session", 412, "", If_Match='"stale"'),
    _patch("a restart", 422, "", If_Match="*"),
    _patch(
        "a bomb of candidates in a patch",
        400,
        "a=mid:0\r\n" + "".join(CANDIDATE.format(n, n + 1) for n in range(1000)),
    ),
    _patch("a candidate before its section", 400, CANDIDATE.format(1, 9)),
    _patch("a candidate of nonsense", 400, "a=mid:0\r\na=candidate:1 1 udp x y z typ host w\r\n"),
    _patch("a candidate in binary", 400, b"a=mid:0\r\n\xff\xff"),
    _patch(
        "a candidate with a name to resolve",
        204,
        "a=mid:0\r\na=candidate:1 1 udp 1 evil.example 9 typ host\r\n",
    ),
    _patch(
        "a candidate that reaches everybody",
        204,
        "a=mid:0\r\na=candidate:1 1 udp 1 255.255.255.255 9 typ host\r\n",
    ),
    # Paths and heads
    _path("/web/../cli.py", 404),
    _path("/web/%2e%2e/%2e%2e/etc/passwd", 404),
    _path("/web/..%2f..%2fpyproject.toml", 404),
    _path("/web/..\\..\\config.py", 404),
    _path("/web/%00", 404),
    _path("/web//etc/passwd", 404),
    _path("//etc/passwd", 404),
    _path("/stills/x/" + "9" * 40, 404),
    _path("/stills/../../etc/1", 404),
    _path("http://evil.example/metrics", 200),  # a proxy's form; Host is what counts
    _path("/" + "a" * 9000, 400),
    _path("/metrics", 405, "TRACE"),
    _path("/whep", 405, "PUT"),
    _path("/metrics", 400, "GET", **{f"X-{n}": "x" for n in range(200)}),
    _path("/metrics", 400, "GET", X="x" * 10_000),
    Hostile("a header with a line's end in it", 400, headers={**BEARER, "X-Bad": "a\nb\x01"}),
    Hostile("a token with a zero in it", 400, headers=_bearer(f"Bearer {CONTROL}\0")),
    Hostile("a length below zero", 400, "POST", "/whep", {**SDP, "Content-Length": "-1"}),
    Hostile(
        "two ways to tell the length",
        400,
        "POST",
        "/whep",
        {**SDP, "Content-Length": "3", "Transfer-Encoding": "chunked"},
        b"0\r\n\r\n",
    ),
    _offer("a chunk of no size", 400, b"zz\r\nabc\r\n", Content_Length=None, Transfer_Encoding="chunked"),
    Hostile("TLS", 400, raw=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500 + b"\r\n\r\n"),
    Hostile("noise", 400, raw=bytes(range(256)) * 40 + b"\r\n\r\n"),
)

#: What the server waits for, in vain.
SLOW = (
    Hostile("a body that never comes", 408, "POST", "/whep", {**SDP, "Content-Length": "5000"}, b"v=0\r\n"),
    Hostile("a head that never ends", CLOSED, raw=b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "),
    Hostile("a connection that says nothing", CLOSED, raw=b"\r\n"),
)


TABLE = QUICK + SLOW


async def ask(port: int, data: bytes, source: str = INNOCENT, within: float = 25.0) -> tuple[int, bytes]:
    """Send some bytes; return the status and the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0), limit=2**20)
    try:
        writer.write(data)
        # The server may refuse while it reads, and close: what it said counts, not that we could not go on.
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        head = b""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), within)
        return (int(head.split(b" ", 2)[1]) if head else CLOSED), head
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def attack(
    port: int, session: str, etag: str, table: tuple[Hostile, ...] = TABLE, source: str = INNOCENT
) -> list[str]:
    """Send a table, many at once; return what got another status than it must.

    From one address a minute's second table would be locked out: it holds some 15 wrong tokens.
    """
    wrong = []
    places = asyncio.Semaphore(AT_ONCE)

    async def one(hostile: Hostile) -> None:
        async with places:
            status, _head = await ask(port, hostile.encode(session, etag), source)
        if status != hostile.status:
            wrong.append(f"{hostile.name}: {status}, not {hostile.status}")

    await asyncio.gather(*(one(hostile) for hostile in table))
    return wrong
