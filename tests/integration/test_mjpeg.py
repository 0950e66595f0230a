"""The picture for whatever can show an image: JPEGs one after the other, and one PNG."""

from __future__ import annotations

import asyncio
import contextlib
import io
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import numpy as np
import pytest
from serving import Rendering, number_of, rendering
from ws_viewer import ws_viewer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

VIEW = "v" * 32


@pytest.fixture(scope="module")
def running() -> Iterator[Rendering]:
    with rendering(view_token=VIEW) as server:
        yield server


def run(scenario: Any) -> None:
    """Run a coroutine with a deadline of its own."""
    asyncio.run(asyncio.wait_for(scenario, 45))


@contextlib.asynccontextmanager
async def http_get(running: Rendering, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {"Authorization": f"Bearer {VIEW}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(running.url + path) as response:
        yield response


async def _pictures(response: aiohttp.ClientResponse, count: int) -> list[av.VideoFrame]:
    """Read so many parts."""
    reader = aiohttp.MultipartReader.from_response(response)
    found = []
    while len(found) < count:
        part = await reader.next()
        assert part is not None
        assert part.headers["Content-Type"] == "image/jpeg"
        decoder = av.CodecContext.create("mjpeg", "r")
        found += decoder.decode(av.Packet(bytes(await part.read())))
    return found


def test_a_stream_of_jpegs_shows_the_newest_frames(running: Rendering) -> None:
    async def scenario() -> None:
        url = f"{running.url}/stream.mjpeg?token={VIEW}"
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as response:
                assert response.status == 200
                assert response.headers["Content-Type"].startswith("multipart/x-mixed-replace")
                assert response.headers["Cache-Control"] == "no-store"
                numbers = [number_of(frame) for frame in await _pictures(response, 30)]
                assert numbers == sorted(numbers)
                assert len(set(numbers)) > 20
                assert running.seq - numbers[-1] < 15
                assert running.wants["viewers"] == 1
            while running.wants["viewers"]:
                await asyncio.sleep(0.05)

    run(scenario())


def test_pictures_apart_from_messages_are_one_viewers(running: Rendering) -> None:
    async def scenario() -> None:
        async with ws_viewer(running.url, VIEW, "mjpeg") as viewer:
            await viewer.until(lambda: viewer.told("hello"))
            session = viewer.told("hello")[0]["session"]
            async with http_get(running, f"/stream.mjpeg?session={session}") as response:
                reader = aiohttp.MultipartReader.from_response(response)
                stamps, numbers = [], []
                while len(numbers) < 30:
                    part = await reader.next()
                    assert part is not None
                    stamps.append(int(part.headers["X-Stamp"]))
                    decoder = av.CodecContext.create("mjpeg", "r")
                    numbers += map(number_of, decoder.decode(av.Packet(bytes(await part.read()))))
                    await viewer.acknowledge(int(part.headers["X-Number"]))
                assert numbers == sorted(numbers)
                assert len(set(numbers)) > 20
                assert running.seq - numbers[-1] < 15
                rows = [row for message in viewer.told("frames") for row in message["rows"]]
                assert {(row[0], row[1]) for row in rows} & set(zip(stamps, numbers, strict=True))
                assert viewer.numbers == [], "none over the WebSocket"
                assert running.wants["viewers"] == 1
                # Nothing is begun for who acknowledges nothing.
                seen = running.seq
                await viewer.until(lambda: running.seq > seen + 90)
                assert viewer.told("frames")[-1]["rows"][-1][1] < seen + 30
            async with http_get(running, "/stream.mjpeg?session=guessed") as response:
                assert response.status == 404

    run(scenario())


@pytest.mark.parametrize("path", ["/stream.mjpeg", "/snapshot.png", "/stream.mjpeg?token=guessed"])
def test_a_token_is_needed(running: Rendering, path: str) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http, http.get(running.url + path) as response:
            assert response.status == 401

    run(scenario())


def test_a_snapshot_is_the_framebuffer_to_the_last_bit_also_where_nobody_watches(running: Rendering) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (90, 160, 4), np.uint8)

    async def scenario() -> None:
        running.drawing.clear()
        running.rest(pixels)
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{running.url}/snapshot.png?token={VIEW}") as response,
        ):
            assert response.status == 200
            assert response.headers["Content-Type"] == "image/png"
            data = await response.read()
        with av.open(io.BytesIO(data)) as container:
            found = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert np.array_equal(found, pixels[::-1, :, :3])

    run(scenario())


def test_a_snapshot_takes_nobodys_place_and_makes_no_guest() -> None:
    async def scenario(running: Rendering) -> None:
        token = running.config.view_token
        async with aiohttp.ClientSession() as http, ws_viewer(running.url, token) as viewer:
            await viewer.until(lambda: viewer.numbers and viewer.told("people"))
            async with http.get(f"{running.url}/snapshot.png?token={token}") as response:
                assert response.status == 200
            async with http.get(f"{running.url}/stream.mjpeg?token={token}") as response:
                assert response.status == 503, "somebody who stays needs a place"
            seen = len(viewer.numbers)
            await viewer.until(lambda: len(viewer.numbers) > seen + 10)
            assert [message["count"] for message in viewer.told("viewers")] == [1]
            assert {len(message["rows"]) for message in viewer.told("people")} == {1}

    with rendering(max_viewers=1) as running:
        run(scenario(running))
