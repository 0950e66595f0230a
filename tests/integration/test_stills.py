"""Stills over a real server process: told of, fetched, exact, shared, and dropped when something moves."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import numpy as np
import pytest
from serving import Rendering, Viewer, rendering, viewers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def run(scenario: Any) -> None:
    asyncio.run(asyncio.wait_for(scenario, 45))


def noise(width: int = 640, height: int = 360, seed: int = 1) -> np.ndarray:
    """Return a picture that hardly compresses; alpha is 0, as OpenGL leaves it."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    return pixels


def smooth(width: int = 640, height: int = 360) -> np.ndarray:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 0] = np.arange(width) // 4
    pixels[..., 1] = np.arange(height)[:, None] // 2
    return pixels


def strips(body: bytes) -> list[bytes]:
    found = []
    while body:
        length = int.from_bytes(body[:4], "big")
        assert len(body) >= 4 + length, "the body ends within a strip"
        found.append(body[4 : 4 + length])
        body = body[4 + length :]
    return found


def picture(body: bytes) -> np.ndarray:
    parts = []
    for strip in strips(body):
        with av.open(io.BytesIO(strip)) as container:
            parts.append(next(container.decode(video=0)).to_ndarray(format="rgb24"))
    return np.concatenate(parts)


async def told(viewer: Viewer, seq: int) -> dict[str, Any]:
    """Wait until a viewer is told of a still, and return the message."""
    await viewer.until(lambda: any(message["seq"] == seq for message in viewer.told("still")))
    return next(message for message in viewer.told("still") if message["seq"] == seq)


async def get(running: Rendering, url: str, token: str | None = None) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {running.config.view_token if token is None else token}"}
    async with aiohttp.ClientSession() as http, http.get(running.url + url, headers=headers) as response:
        return response.status, await response.read()


@contextlib.asynccontextmanager
async def transfer(running: Rendering, url: str, read: int) -> AsyncIterator[aiohttp.ClientResponse]:
    """Open a transfer, and read so many bytes of it."""
    headers = {"Authorization": f"Bearer {running.config.view_token}"}
    async with aiohttp.ClientSession() as http:
        response = await http.get(running.url + url, headers=headers)
        assert len(await response.content.readexactly(read)) == read
        yield response


async def metric(running: Rendering, name: str) -> float:
    _status, text = await get(running, "/metrics")
    return next(float(line.split()[-1]) for line in text.decode().splitlines() if line.startswith(f"{name} "))


async def stand_still(running: Rendering, crowd: list[Viewer]) -> None:
    """Stop drawing, and wait until everybody shows the last picture."""
    running.drawing.clear()
    for viewer in crowd:
        await viewer.until(lambda viewer=viewer: viewer.numbers[-1] == running.seq)


def test_a_still_is_exact_and_one_encoding_serves_everybody() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 3, role="view") as crowd:
            await stand_still(running, crowd)
            pixels = smooth()
            seq = running.rest(pixels)
            messages = [await told(viewer, seq) for viewer in crowd]
            assert len({message["url"] for message in messages}) == 3
            replies = await asyncio.gather(*(get(running, message["url"]) for message in messages))
            assert {status for status, _body in replies} == {200}
            assert len({body for _status, body in replies}) == 1
            shown = picture(replies[0][1])
            assert np.array_equal(shown, pixels[::-1, :, :3])
            for message in messages:
                assert message["sha256"] == hashlib.sha256(shown.tobytes()).hexdigest()
                assert (message["width"], message["height"], message["exact"]) == (640, 360, True)
                assert message["bytes"] in (0, len(replies[0][1]))
                assert 0 <= message["age_ms"] < 20_000
            assert await metric(running, "vizstream_stills_total") == 1
            # Told once, and not fetched again by anybody who shows it.
            await asyncio.sleep(0.5)
            assert [len(viewer.told("still")) for viewer in crowd] == [1, 1, 1]

    with rendering() as running:
        run(scenario(running))


def test_who_comes_later_is_told_at_once() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (one,):
            await stand_still(running, [one])
            seq = running.rest(smooth())
            await told(one, seq)
            deadline = time.monotonic() + 10
            while await metric(running, "vizstream_stills_total") < 1:
                assert time.monotonic() < deadline
            async with viewers(running) as (other,):
                message = await told(other, seq)
                status, body = await get(running, message["url"])
                assert status == 200
                assert len(body) == message["bytes"], "it was complete by then"
            assert await metric(running, "vizstream_stills_total") == 1

    with rendering() as running:
        run(scenario(running))


def test_a_still_takes_a_token_and_the_name_of_a_session() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            seq = running.rest(smooth())
            url = (await told(viewer, seq))["url"]
            assert (await get(running, url, "guessed"))[0] == 401
            assert (await get(running, f"/stills/guessed/{seq}"))[0] == 404
            assert (await get(running, url.replace(str(seq), str(seq + 1))))[0] == 404
            assert (await get(running, url + "/draft"))[0] == 404, "a line like this needs none"
            assert (await get(running, url))[0] == 200

    with rendering() as running:
        run(scenario(running))


def test_the_next_still_may_be_asked_for_before_there_is_one() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            url = f"/stills/{viewer.told('hello')[0]['session']}/next"
            headers = {"Authorization": f"Bearer {running.config.view_token}"}
            async with aiohttp.ClientSession() as http:
                asked = asyncio.create_task(http.get(running.url + url, headers=headers))
                await asyncio.sleep(0.3)
                assert not asked.done(), "there is no still"
                pixels = smooth()
                seq = running.rest(pixels)
                async with await asked as response:
                    assert response.status == 200
                    message = await told(viewer, seq)
                    assert response.headers["Content-Location"] == message["url"]
                    assert np.array_equal(picture(await response.read()), pixels[::-1, :, :3])
            # Where there is one, it is sent at once; where none comes, nothing is.
            assert (await get(running, url))[0] == 200
            running.publish()
            await viewer.until(lambda: viewer.told("moved"))
            assert await get(running, url) == (204, b"")
            assert (await get(running, "/stills/guessed/next"))[0] == 404
            assert (await get(running, url, "guessed"))[0] == 401

    with rendering() as running:
        run(scenario(running))


def test_who_leaves_waits_for_no_still_any_more() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 2) as (viewer, other):
            await stand_still(running, [viewer, other])
            asked = asyncio.create_task(get(running, f"/stills/{viewer.told('hello')[0]['session']}/next"))
            await asyncio.sleep(0.2)
            await viewer.leave()
            assert await asked == (204, b"")

    with rendering() as running:
        run(scenario(running))


def test_movement_ends_the_transfer_and_the_still() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 2) as crowd:
            await stand_still(running, crowd)
            seq = running.rest(noise(960, 540))  # 1.5 MB: seconds at the pace of this line
            messages = [await told(viewer, seq) for viewer in crowd]
            async with transfer(running, messages[0]["url"], 20_000) as response:
                running.publish()
                began = time.monotonic()
                with pytest.raises(aiohttp.ClientError):
                    await response.read()
                assert time.monotonic() - began < 1
            for viewer, message in zip(crowd, messages, strict=True):
                await viewer.until(lambda viewer=viewer: viewer.told("moved"))
                assert viewer.told("moved")[-1] == {"type": "moved", "seq": seq + 1}
                assert (await get(running, message["url"]))[0] == 404
            # And the next one is told of again.
            await told(crowd[0], running.rest(smooth()))

    with rendering() as running:
        run(scenario(running))


def test_transfers_wait_while_somebody_steers() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            message = await told(viewer, running.rest(noise()))
            async with transfer(running, message["url"], 20_000) as response:
                key = {"type": "key_down", "id": 1, "key": "x", "modifiers": []}
                viewer.input.send(json.dumps(key))
                await viewer.until(lambda: running.events)
                gaps, body, last = [0.0], 0, time.monotonic()
                async for chunk in response.content.iter_any():
                    now = time.monotonic()
                    gaps.append(now - last)
                    last, body = now, body + len(chunk)
                assert max(gaps) > 0.25, "it went on as if nothing had happened"
                assert body > 500_000, "nothing moved: it comes to its end"

    with rendering() as running:
        run(scenario(running))


def test_not_even_the_beginning_of_a_still_leaves_while_somebody_steers() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            message = await told(viewer, running.rest(noise()))
            viewer.input.send(json.dumps({"type": "key_down", "id": 1, "key": "x", "modifiers": []}))
            await viewer.until(lambda: running.events)
            began = time.monotonic()
            async with transfer(running, message["url"], 1) as response:
                assert time.monotonic() - began > 0.25
                response.close()

    with rendering() as running:
        run(scenario(running))


def test_the_newest_request_of_a_viewer_ends_the_one_before() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            message = await told(viewer, running.rest(noise()))
            async with transfer(running, message["url"], 10_000) as first:
                status, body = await get(running, message["url"])
                assert (status, len(strips(body))) == (200, 8)
                with pytest.raises(aiohttp.ClientError):
                    await first.read()

    with rendering() as running:
        run(scenario(running))


def test_nothing_is_encoded_for_nobody() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await stand_still(running, [viewer])
            await viewer.leave()
            await viewer.until(lambda: running.wants["viewers"] == 0)
        seq = running.rest(smooth())
        await asyncio.sleep(0.5)
        assert await metric(running, "vizstream_stills_total") == 0
        async with viewers(running) as (viewer,):
            status, _body = await get(running, (await told(viewer, seq))["url"])
            assert status == 200

    with rendering() as running:
        run(scenario(running))
