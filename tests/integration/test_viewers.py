"""Viewers over a real server process: frames, state, input, comings and goings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from serving import Rendering, rendering, viewers


def run(scenario: Any) -> None:
    """Run a coroutine with a deadline of its own."""
    asyncio.run(asyncio.wait_for(scenario, 45))


def _move(number: int, x: float = 1.0) -> str:
    return json.dumps({"type": "pointer_move", "id": number, "x": x, "y": 2, "buttons": [], "modifiers": []})


def test_a_viewer_sees_the_newest_frames_and_knows_their_numbers() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await viewer.until(lambda: len(viewer.numbers) > 60)
            numbers = viewer.numbers
            assert numbers == sorted(numbers)
            assert running.seq - numbers[-1] < 10, "the newest frame counts"
            hello = viewer.told("hello")[0]
            assert (hello["role"], hello["viewer"]) == ("control", 1)
            assert viewer.told("scene")[-1] | {"message": ""} == {
                "type": "scene",
                "phase": "live",
                "title": "numbers",
                "message": "",
                "width": 640,
                "height": 360,
                "pixel_ratio": 1.0,
            }
            rows = [row for message in viewer.told("frames") for row in message["rows"]]
            seqs = [row[1] for row in rows]
            assert seqs == sorted(set(seqs))
            stamps = [(later[0] - earlier[0]) % 2**32 for earlier, later in pairwise(rows)]
            assert all(0 < step < 90_000 for step in stamps), "time stamps grow with the frames"
            assert len(viewer.told("frames")) < len(rows), "rows come in batches"

    with rendering() as running:
        run(scenario(running))


def test_three_viewers_all_get_every_frame_from_one_encoder() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 3) as crowd:
            first = max(viewer.numbers[-1] for viewer in crowd)
            for viewer in crowd:
                await viewer.until(lambda viewer=viewer: viewer.numbers[-1] > first + 60)
            seen = [{n for n in viewer.numbers if first < n <= first + 60} for viewer in crowd]
            assert len(seen[0]) > 20
            # One stream: nobody gets less because others watch, as with a relay that shares frames out.
            assert all(len(mine ^ seen[0]) <= 3 for mine in seen), [len(mine) for mine in seen]
            encoded = await _metric(running, "vizstream_frames_encoded_total")
            sent = await _metric(running, 'vizstream_viewer_frames_total{viewer="1"}')
            assert encoded < 1.3 * sent, "encoded once, whoever watches"
            assert crowd[0].told("viewers")[-1]["count"] == 3

    with rendering() as running:
        run(scenario(running))


def test_input_reaches_the_renderer_and_comes_back_as_seen() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 2) as (one, other):
            one.input.send(_move(5, x=11))
            other.input.send(_move(900, x=22))
            await one.until(lambda: len(running.events) == 2)
            assert {(event.viewer, event.x) for event in running.events} == {(1, 11), (2, 22)}
            for viewer, number in ((one, 5), (other, 900)):
                await viewer.until(
                    lambda viewer=viewer, number=number: viewer.told("frames")[-1]["rows"][-1][2] == number
                )

    with rendering() as running:
        run(scenario(running))


def test_viewers_of_a_program_that_goes_without_a_word_are_told_that_it_crashed() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await asyncio.to_thread(running.supervisor.stop)
            await viewer.until(lambda: viewer.told("scene")[-1]["phase"] == "error")
            assert "crashed, or was killed" in viewer.told("scene")[-1]["message"]

    with rendering() as running:
        run(scenario(running))


def test_viewers_are_told_while_the_script_keeps_the_scene_from_going_on() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            assert viewer.told("busy") == [{"type": "busy", "busy": False, "drawing": False}]
            running.awake_since_ns = time.monotonic_ns()
            await viewer.until(lambda: viewer.told("busy")[-1]["busy"])
            assert time.monotonic_ns() - running.awake_since_ns > 1e9
            running.awake_since_ns = 0
            await viewer.until(lambda: not viewer.told("busy")[-1]["busy"])
            assert [message["drawing"] for message in viewer.told("busy")] == [False] * 3
            running.drawing_since_ns = running.awake_since_ns = time.monotonic_ns()
            await viewer.until(lambda: viewer.told("busy")[-1]["drawing"])
            running.drawing_since_ns = running.awake_since_ns = 0
            await viewer.until(lambda: not viewer.told("busy")[-1]["busy"])

    with rendering() as running:
        run(scenario(running))


def test_sizes_stay_fixed_where_that_was_asked_for() -> None:
    size = {"type": "resize", "id": 1, "width": 800, "height": 400, "pixel_ratio": 2}

    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            viewer.input.send(json.dumps(size))
            viewer.input.send(_move(2))
            await viewer.until(lambda: running.events)
            assert running.wanted_width() == 0

    with rendering(fixed_size=True) as running:
        run(scenario(running))


def test_a_view_token_cannot_steer() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, role="view") as (viewer,):
            assert viewer.told("hello")[0]["role"] == "view"
            viewer.input.send(_move(1))
            deadline = time.monotonic() + 10
            while await _metric(running, 'vizstream_inputs_refused_total{reason="role"}') != 1:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
            assert not running.events

    with rendering() as running:
        run(scenario(running))


def test_whoever_leaves_lets_go_and_is_forgotten() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running, 2) as (one, other):
            press = {
                "type": "pointer_down",
                "id": 1,
                "x": 5,
                "y": 6,
                "button": 1,
                "buttons": [1],
                "modifiers": [],
            }
            one.input.send(json.dumps(press))
            await one.until(lambda: running.events)
            assert await one.leave() == 200
            assert await one.leave() == 404
            await other.until(lambda: len(running.events) == 2)
            assert [event.type for event in running.events] == ["pointer_down", "pointer_up"]
            await other.until(lambda: other.told("viewers")[-1]["count"] == 1)
            assert running.wants["viewers"] == 1
        # The second one did not say good-bye over HTTP: closing the connection is enough.
        await other.until(lambda: running.wants["viewers"] == 0)

    with rendering() as running:
        run(scenario(running))


def test_the_first_viewer_sets_the_size() -> None:
    def size(width: int) -> str:
        return json.dumps({"type": "resize", "id": 1, "width": width, "height": 400, "pixel_ratio": 2})

    async def scenario(running: Rendering) -> None:
        async with viewers(running, 2) as (one, other):
            one.input.send(size(800))
            await one.until(lambda: running.wanted_width() == 800)
            other.input.send(size(500))
            one.input.send(size(810))
            await one.until(lambda: running.wanted_width() == 810)
            await one.leave()
            await other.until(lambda: running.wanted_width() == 500)
            await other.leave()
            await other.until(lambda: running.wants["viewers"] == 0)
            assert running.wanted_width() == 500

    with rendering() as running:
        run(scenario(running))


def test_nobody_watches_nothing_is_encoded() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            await viewer.leave()
            await viewer.until(lambda: running.wants["viewers"] == 0)
        before = await _metric(running, "vizstream_frames_encoded_total")
        seq = running.seq
        while running.seq < seq + 30:
            await asyncio.sleep(0.02)
        assert await _metric(running, "vizstream_frames_encoded_total") <= before + 1

    with rendering() as running:
        run(scenario(running))


def test_a_still_scene_is_kept_alive_and_little_more() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            running.drawing.clear()
            await viewer.until(lambda: viewer.numbers[-1] == running.seq)
            await asyncio.sleep(1.5)  # the picture is sharpened
            packets = await _metric(running, 'vizstream_viewer_packets_total{viewer="1"}')
            size = await _metric(running, 'vizstream_viewer_bytes_total{viewer="1"}')
            began = time.monotonic()
            await viewer.until(lambda: time.monotonic() - began > 5)
            more = await _metric(running, 'vizstream_viewer_packets_total{viewer="1"}') - packets
            assert 2 <= more <= 4
            assert (await _metric(running, 'vizstream_viewer_bytes_total{viewer="1"}') - size) / 5 < 500
            running.publish()
            await viewer.until(lambda: viewer.numbers[-1] == running.seq, timeout=2)

    with rendering() as running:
        run(scenario(running))


def test_the_picture_may_change_its_size() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            running._size = (640, 480)
            await viewer.until(lambda: viewer.size == (640, 480))
            await viewer.until(lambda: running.seq - viewer.numbers[-1] < 10)

    with rendering() as running:
        run(scenario(running))


def test_the_end_of_the_scene_is_told() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            running.link.scene.post({"phase": "error", "message": "ZeroDivisionError: division by zero"})
            running.supervisor.doorbell.ring()
            await viewer.until(lambda: viewer.told("scene")[-1]["phase"] == "error")
            assert "division by zero" in viewer.told("scene")[-1]["message"]
            running.supervisor.stop()
            assert viewer.told("scene")[-1]["phase"] == "error", "the error is not overwritten by the end"

    with rendering() as running:
        run(scenario(running))


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL, which this system lacks (device: POSIX)")
def test_a_killed_server_comes_back_on_the_same_port() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            last = viewer.numbers[-1]
            pid = running.supervisor.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await viewer.until(lambda: running.supervisor.pid not in (None, pid))
        async with viewers(running) as (viewer,):
            assert viewer.numbers[0] > last, "frames go on being numbered"
            viewer.input.send(_move(1))
            await viewer.until(lambda: running.events)

    with rendering() as running:
        run(scenario(running))


def test_garbage_on_the_channels_is_counted_and_harmless() -> None:
    async def scenario(running: Rendering) -> None:
        async with viewers(running) as (viewer,):
            for junk in ("", "{", "[]", '{"type":"wheel"}', "x" * 5000, b"\0\xff\xfe"):
                viewer.input.send(junk)
            viewer.state.send("hello?")
            viewer.pc.createDataChannel("surprise").close()
            viewer.input.send(_move(3))
            await viewer.until(lambda: running.events)
            refused = sum(
                [
                    await _metric(running, f'vizstream_inputs_refused_total{{reason="{reason}"}}')
                    for reason in ("json", "missing", "size")
                ]
            )
            assert refused == 6
            count = len(viewer.numbers)
            await viewer.until(lambda: len(viewer.numbers) > count + 10)

    with rendering() as running:
        run(scenario(running))


async def _metric(running: Rendering, name: str) -> float:
    url = f"{running.url}/metrics?token={running.config.view_token}"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 200
        lines = (await response.text()).splitlines()
    if "viewer=" in name:
        assert any(line.startswith(f"{name} ") for line in lines), f"the viewer is gone: {name}"
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)
