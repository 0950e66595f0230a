"""HTTP through the shaper, without sockets; each case also comes one byte at a time."""

from __future__ import annotations

import pytest
from shaper_http import MAX_HEAD_BYTES, Exchange, HttpError

GET = b"GET /web/a.js HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"
OFFER = b"POST /whep HTTP/1.1\r\nHost: h\r\nContent-Type: application/sdp\r\nAccept-Encoding: gzip\r\n"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/sdp; charset=utf-8\r\nLocation: /whep/x\r\n"


class Line:
    """An exchange that is fed in pieces of one size."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.ended = []
        self.exchange = Exchange(
            lambda sdp: sdp.replace("candidate", ""),
            lambda sdp, location: f"{sdp}:{location}",
            self.ended.append,
        )

    def up(self, data: bytes) -> bytes:
        return self._feed(self.exchange.from_browser, data)

    def down(self, data: bytes) -> bytes:
        return self._feed(self.exchange.from_server, data)

    def _feed(self, take, data):
        return b"".join(take(data[at : at + self.step]) for at in range(0, len(data), self.step))


@pytest.fixture(params=[1, 7, 1 << 20])
def line(request) -> Line:
    return Line(request.param)


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n1;x=y\r\nc\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_what_is_no_sdp_passes_untouched_on_a_kept_connection(line, response) -> None:
    for _request in range(3):
        assert line.up(GET) == GET
        assert line.down(response) == response


def test_bodies_pass_as_they_come(line) -> None:
    chunks = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    fixed = b"PUT /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nPOST"
    assert line.up(chunks + fixed + GET) == chunks + fixed + GET
    assert line.up(b"PUT /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nPO").endswith(b"PO"), "not held back"


def test_the_answer_to_head_has_no_body(line) -> None:
    line.up(b"HEAD /big HTTP/1.1\r\n\r\n" + OFFER + b"Content-Length: 1\r\n\r\nx")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    assert line.down(head) == head
    assert line.down(CREATED + b"Content-Length: 6\r\n\r\nanswer").endswith(b"answer:/whep/x")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 13\r\n\r\na candidate b",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\na ca\r\n9\r\nndidate b\r\n0\r\n\r\n",
    ],
)
def test_an_offer_changes_and_so_does_its_length(line, body) -> None:
    changed = (
        b"POST /whep HTTP/1.1\r\nHost: h\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\na  b"
    )
    assert line.up(OFFER + body + GET) == changed + GET


def test_a_patch_changes_as_an_offer_does(line) -> None:
    patch = b"PATCH /whep/x HTTP/1.1\r\nIf-Match: e\r\nContent-Length: 9\r\n\r\ncandidate"
    assert line.up(patch) == b"PATCH /whep/x HTTP/1.1\r\nIf-Match: e\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 6\r\n\r\nanswer",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n5\r\nnswer\r\n0\r\n\r\n",
    ],
)
def test_an_answer_changes_and_so_does_its_length(line, body) -> None:
    line.up(OFFER + b"Content-Length: 1\r\n\r\nx" + GET)
    changed = line.down(CREATED + body)
    assert changed == CREATED + b"Content-Length: 14\r\n\r\nanswer:/whep/x"
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert line.down(page) == page


def test_an_answer_that_lasts_until_the_end_changes_too(line) -> None:
    line.up(OFFER + b"Content-Length: 1\r\n\r\nx")
    assert line.down(CREATED + b"Connection: close\r\n\r\nanswer") == b""
    assert line.exchange.server_ended().endswith(b"Content-Length: 14\r\n\r\nanswer:/whep/x")
    assert line.exchange.server_ended() == b""


def test_a_refusal_of_an_offer_passes_untouched(line) -> None:
    refused = b"HTTP/1.1 406 Not Acceptable\r\nContent-Type: application/sdp\r\nContent-Length: 2\r\n\r\nno"
    line.up(OFFER + b"Content-Length: 1\r\n\r\nx")
    assert line.down(refused) == refused


def test_a_session_ends_when_the_server_has_said_so(line) -> None:
    line.up(b"DELETE /whep/x HTTP/1.1\r\n\r\nDELETE /whep/y HTTP/1.1\r\n\r\n")
    assert line.ended == []
    line.down(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
    assert line.ended == ["/whep/x"]


def test_after_an_upgrade_bytes_pass_unread(line) -> None:
    line.up(b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05\r\n\r\nx"
    assert line.down(switched) == switched
    for noise in (b"\x00\xff\r\n\r\n", OFFER, bytes(range(256))):
        assert line.up(noise) == noise
        assert line.down(noise) == noise


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES,
        OFFER + b"Content-Length: 9999999\r\n\r\n" + b"x" * 2_000_000,
    ],
)
def test_what_is_not_http_ends_the_connection(request_bytes) -> None:
    with pytest.raises(HttpError):
        Line(1 << 16).up(request_bytes)


def test_a_response_that_nobody_asked_for_ends_the_connection(line) -> None:
    with pytest.raises(HttpError, match="nobody"):
        line.down(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
