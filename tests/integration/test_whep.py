"""The WHEP endpoint and the other routes: right status, right headers, nothing left behind."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from serving import Rendering, Viewer, rendering

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[Rendering]:
    with rendering(max_viewers=3, control_token="c" * 32, view_token="v" * 32) as server:
        yield server


def _ask(running: Rendering, method: str, path: str, **options: Any) -> tuple[int, dict[str, str], str]:
    async def ask() -> tuple[int, dict[str, str], str]:
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, running.url + path, allow_redirects=False, **options) as response,
        ):
            return response.status, dict(response.headers), await response.text()

    return asyncio.run(asyncio.wait_for(ask(), 20))


_CONTROL = {"Authorization": f"Bearer {'c' * 32}"}
_SDP = {**_CONTROL, "Content-Type": "application/sdp"}
_PACKED = {**_SDP, "Content-Encoding": "gzip"}
_FRAGMENT = {**_CONTROL, "Content-Type": "application/trickle-ice-sdpfrag"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "data", "status"),
    [
        ("GET", "/healthz", {}, None, 200),
        ("GET", "/metrics", {}, None, 401),
        ("GET", "/metrics?token=" + "v" * 32, {}, None, 200),
        ("GET", "/metrics?token=wrong", {}, None, 401),
        ("GET", "/nowhere", {}, None, 401),
        ("GET", "/nowhere", _CONTROL, None, 404),
        ("GET", "/web/nowhere.js", {}, None, 404),
        ("GET", "/web/../cli.py", {}, None, 401),
        ("GET", "/web/%2e%2e/cli.py", {}, None, 401),
        ("GET", "/web/..%2f..%2fpyproject.toml", {}, None, 404),
        ("POST", "/", _CONTROL, None, 405),
        ("GET", "/whep", _CONTROL, None, 405),
        ("OPTIONS", "/whep", {}, None, 204),
        ("POST", "/whep", {}, "v=0", 401),
        ("POST", "/whep", {"Authorization": "Bearer x", "Content-Type": "application/sdp"}, "v=0", 401),
        ("POST", "/whep", _CONTROL, "v=0", 415),
        ("POST", "/whep", _SDP, "", 400),
        ("POST", "/whep", _SDP, "v=0\r\n", 400),
        ("POST", "/whep", _SDP, b"\xff\xfe", 400),
        ("POST", "/whep", _SDP, "a" * 70_000, 413),
        ("POST", "/whep", _PACKED, gzip.compress(b"v=0\r\n"), 400),
        ("POST", "/whep", _PACKED, b"not gzip", 400),
        ("POST", "/whep", _PACKED, gzip.compress(b"v=0\r\n")[:-9], 400),
        ("POST", "/whep", _PACKED, gzip.compress(b"a" * 10_000_000), 400),
        ("POST", "/whep", {**_SDP, "Content-Encoding": "br"}, b"v=0\r\n", 400),
        ("POST", "/whep", {**_SDP, "Origin": "http://evil.example"}, "v=0", 403),
        ("POST", "/whep", {**_SDP, "Host": "evil.example"}, "v=0", 403),
        ("PATCH", "/whep/unknown", _FRAGMENT, "", 404),
        ("DELETE", "/whep/unknown", _CONTROL, None, 404),
        ("DELETE", "/whep/unknown", {}, None, 401),
    ],
)
def test_statuses(
    running: Rendering, method: str, path: str, headers: dict[str, str], data: Any, status: int
) -> None:
    found, given, text = _ask(running, method, path, headers=headers, data=data)
    assert found == status
    assert "default-src 'none'" in given["Content-Security-Policy"]
    assert given["Referrer-Policy"] == "no-referrer"
    assert given["X-Content-Type-Options"] == "nosniff"
    if status >= 400:
        assert given["Content-Type"].startswith("application/problem+json")
        assert json.loads(text)["status"] == status


def test_the_page_is_asked_for_each_time_and_its_parts_once(running: Rendering) -> None:
    status, given, page = _ask(running, "GET", "/", headers={"Accept-Encoding": "gzip"})
    assert (status, given["Cache-Control"], given["Content-Encoding"]) == (200, "no-cache", "gzip")
    assert given["Vary"] == "Accept-Encoding"
    again = {"Accept-Encoding": "gzip", "If-None-Match": given["Etag"]}
    assert _ask(running, "GET", "/", headers=again)[::2] == (304, "")
    plain = {"Accept-Encoding": "identity", "If-None-Match": given["Etag"]}
    status, other, text = _ask(running, "GET", "/", headers=plain)
    assert (status, text) == (200, page)
    assert "Content-Encoding" not in other
    asked = re.findall(r'(?:src|href)="(/web/[^"]+)"', page)
    assert asked
    for path in asked:
        status, given, _text = _ask(running, "GET", path)
        assert (status, given["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


def _whep(running: Rendering, scenario: Any) -> None:
    async def wrapped() -> None:
        async with aiohttp.ClientSession() as http:
            await scenario(http)

    asyncio.run(asyncio.wait_for(wrapped(), 30))


def test_a_session_from_offer_to_end(running: Rendering) -> None:
    async def scenario(http: aiohttp.ClientSession) -> None:
        viewer = Viewer(http, running.url, "v" * 32)
        assert await viewer.join() == 201
        location, etag = viewer.headers["Location"], viewer.headers["ETag"]
        assert viewer.headers["Content-Type"].startswith("application/sdp")
        assert location.startswith("/whep/")
        assert len(location) > len("/whep/") + 20, "the session's URL is a secret"
        answer = viewer.pc.remoteDescription.sdp
        assert "a=candidate:" in answer
        assert "a=sendonly" in answer
        line = "a=mid:0\r\na=candidate:9 1 udp 1 192.0.2.77 9 typ host\r\n"
        for match, body, status in (
            (None, line, 428),
            ('"stale"', line, 412),
            ("*", line, 422),
            (etag, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host", 400),
            (etag, "a=mid:0\r\na=candidate:1 1 udp x y z typ host w", 400),
            (etag, line, 204),
        ):
            headers = _FRAGMENT | ({} if match is None else {"If-Match": match})
            async with http.patch(running.url + location, data=body, headers=headers) as response:
                assert response.status == status, (match, body)
        await viewer.until(lambda: viewer.numbers)
        assert await viewer.leave() == 200
        await viewer.close()

    _whep(running, scenario)


def test_no_codec_in_common(running: Rendering) -> None:
    async def scenario(http: aiohttp.ClientSession) -> None:
        viewer = Viewer(http, running.url, "c" * 32)
        status = await viewer.join(
            lambda sdp: sdp.replace("H264/90000", "H266/90000").replace("VP8/90000", "VP7/90000")
        )
        assert status == 406
        await viewer.close()

    _whep(running, scenario)


def test_a_player_that_also_wants_sound_is_served(running: Rendering) -> None:
    async def scenario(http: aiohttp.ClientSession) -> None:
        viewer = Viewer(http, running.url, "c" * 32)
        viewer.pc.addTransceiver("audio", direction="recvonly")
        assert await viewer.join() == 201
        await viewer.until(lambda: viewer.numbers)
        await viewer.leave()
        await viewer.close()

    _whep(running, scenario)


def test_one_viewer_too_many_is_asked_to_come_back(running: Rendering) -> None:
    async def scenario(http: aiohttp.ClientSession) -> None:
        crowd = [Viewer(http, running.url, "c" * 32) for _viewer in range(4)]
        statuses = [await viewer.join() for viewer in crowd]
        assert statuses == [201, 201, 201, 503]
        assert int(crowd[3].headers["Retry-After"]) > 0
        await crowd[0].leave()
        late = Viewer(http, running.url, "c" * 32)
        assert await late.join() == 201
        for viewer in [*crowd, late]:
            if viewer.status == 201:
                await viewer.leave()
            await viewer.close()

    _whep(running, scenario)
