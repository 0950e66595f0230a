"""Viewers over ``/ws``: frames, state, input, roles, rest, slow ones, and who is not let in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
import pytest
from serving import Rendering, Viewer, rendering
from ws_viewer import WsViewer, ws_viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTROL, VIEW, OWNER = "c" * 32, "v" * 32, "o" * 32


@pytest.fixture(scope="module")
def running() -> Iterator[Rendering]:
    with rendering(control_token=CONTROL, view_token=VIEW, owner_token=OWNER, max_viewers=4) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(running: Rendering) -> None:
    """Begin without viewers, with a scene that moves."""
    running.drawing.set()
    running.events.clear()
    run(_until_nobody_watches(running))


def run(scenario: Any) -> None:
    """Run a coroutine with a deadline of its own."""
    asyncio.run(asyncio.wait_for(scenario, 45))


async def _metrics(running: Rendering) -> dict[str, float]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{running.url}/metrics", headers={"Authorization": f"Bearer {CONTROL}"}) as response,
    ):
        lines = (await response.text()).splitlines()
    return {
        name: float(value)
        for name, _space, value in (line.rpartition(" ") for line in lines)
        if name[0] != "#"
    }


async def _until(running: Rendering, condition: Callable[[dict[str, float]], Any]) -> None:
    """Wait until a condition holds for the metrics."""
    deadline = time.monotonic() + 20
    while not condition(metrics := await _metrics(running)):
        assert time.monotonic() < deadline, metrics
        await asyncio.sleep(0.05)


async def _until_nobody_watches(running: Rendering) -> None:
    await _until(running, lambda metrics: not metrics["vizstream_viewers"] + metrics["vizstream_handshakes"])


def _move(number: int, x: float = 1.0) -> dict[str, Any]:
    return {"type": "pointer_move", "id": number, "x": x, "y": 2, "buttons": [], "modifiers": []}


@pytest.mark.parametrize("codec", ["h264-high", "vp9", "jpeg"])
def test_the_newest_frames_come_with_state_and_input_goes_back(running: Rendering, codec: str) -> None:
    async def scenario() -> None:
        async with ws_viewer(running.url, CONTROL, codec) as viewer:
            await viewer.until(lambda: len(viewer.numbers) > 45)
            numbers = viewer.numbers
            # On its way to another rung video is some pictures behind for a moment, as many as are drawn
            # while a keyframe is encoded (3 were seen); JPEGs are left out then.
            back = sum(max(0, earlier - later) for earlier, later in pairwise(numbers))
            assert back <= (0 if codec == "jpeg" else 8)
            assert running.seq - numbers[-1] < 10, "the newest frame counts"
            assert viewer.codec == codec
            assert viewer.told("hello")[0]["role"] == "control"
            assert viewer.told("scene")[-1]["title"] == "numbers"
            await viewer.say(**_move(7, x=33))
            await viewer.until(lambda: running.events)
            assert running.events[0].x == 33
            await viewer.until(lambda: viewer.told("frames")[-1]["rows"][-1][2] == 7)
            rows = [row for message in viewer.told("frames") for row in message["rows"]]
            assert {row[0] for row in rows} <= set(viewer.stamps)
            metrics = await _metrics(running)
            kind = "jpeg" if codec == "jpeg" else "websocket"
            assert metrics[f'vizstream_transport_viewers{{transport="{kind}"}}'] == 1

    run(scenario())


def test_one_encoding_serves_both_ways_and_only_video_waits_for_keyframes(running: Rendering) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http, ws_viewer(running.url, CONTROL, "h264-baseline") as one:
            other = Viewer(http, running.url, CONTROL)
            assert await other.join() == 201
            await other.until(lambda: len(other.numbers) > 20)
            await one.until(lambda: len(one.numbers) > 20)
            assert other.told("viewers")[-1]["count"] == 2
            await other.leave()
            await other.close()

    run(scenario())


def test_who_may_only_watch_is_refused_by_the_server(running: Rendering) -> None:
    async def scenario() -> None:
        async with ws_viewer(running.url, VIEW) as viewer:
            await viewer.until(lambda: viewer.numbers)
            before = (await _metrics(running)).get('vizstream_inputs_refused_total{reason="role"}', 0)
            await viewer.say(**_move(1))
            await _until(
                running, lambda now: now.get('vizstream_inputs_refused_total{reason="role"}', 0) == before + 1
            )
            assert running.events == []

    run(scenario())


def test_at_rest_the_still_is_told_and_little_else_is_sent(running: Rendering) -> None:
    async def scenario() -> None:
        async with ws_viewer(running.url, CONTROL, "jpeg") as viewer:
            await viewer.until(lambda: len(viewer.numbers) > 5)
            running.drawing.clear()
            running.rest(np.full((360, 640, 4), 200, np.uint8))
            await viewer.until(lambda: viewer.told("still"))
            url = running.url + viewer.told("still")[-1]["url"]
            headers = {"Authorization": f"Bearer {VIEW}"}
            async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
                assert response.status == 200
            deadline = time.monotonic() + 20
            # The picture sharpens for a while; then only pings come.
            while True:
                before, frames, pings = viewer.bytes, len(viewer.stamps), viewer.pings
                await viewer.until(lambda pings=pings: viewer.pings > pings + 1)
                if len(viewer.stamps) == frames:
                    break
                assert time.monotonic() < deadline, "it is sent again and again"
            assert viewer.bytes - before < 200

    run(scenario())


def test_who_stops_acknowledging_is_sent_no_more_and_others_go_on(running: Rendering) -> None:
    async def scenario() -> None:
        async with (
            ws_viewer(running.url, CONTROL) as fast,
            ws_viewer(running.url, CONTROL) as stuck,
            ws_viewer(running.url, CONTROL) as dead,
        ):
            for viewer in (fast, stuck, dead):
                await viewer.until(lambda viewer=viewer: len(viewer.numbers) > 10)
            stuck.acknowledges = dead.acknowledges = False
            at, count = len(stuck.stamps), len(fast.numbers)

            async def fast_goes_on(frames: int) -> None:
                while len(fast.numbers) < count + frames:
                    await stuck.say(**_move(1))  # it is there, and only behind
                    await asyncio.sleep(0.1)

            await fast_goes_on(45)
            sent, keys = len(stuck.stamps), stuck.keys
            assert sent - at < 30, "what is not acknowledged is not piled up"
            await fast_goes_on(75)
            assert len(stuck.stamps) <= sent + 1
            stuck.acknowledges = True
            await stuck.acknowledge(2**32 - 1)  # what was never sent
            await stuck.acknowledge(stuck.number)
            await stuck.until(lambda: len(stuck.stamps) > sent + 10)
            assert stuck.keys > keys, "it goes on at a keyframe"
            assert running.seq - stuck.numbers[-1] < 10
            await dead.until(lambda: dead.close_code is not None)
            assert stuck.close_code is None, "only who is silent is gone"

    run(scenario())


def _opening(**changes: Any) -> str:
    return json.dumps({"type": "open", "session": "", "codecs": ["vp8"], **changes})


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("{", 4400),
        ("[]", 4400),
        (b"\0", 4400),
        ('{"type": "open"}', 4400),
        (_opening(codecs=[1]), 4400),
        (_opening(codecs=["vp8"] * 17), 4400),
        (_opening(codecs=["mpeg2"]), 4406),
        ("x" * 5000, 1009),
    ],
)
def test_a_bad_beginning_is_an_end(running: Rendering, first: str | bytes, code: int) -> None:
    async def scenario() -> None:
        protocols = ("vizstream", f"bearer.{CONTROL}")
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{running.url}/ws", protocols=protocols) as ws,
        ):
            assert ws.protocol == "vizstream", "the token is not repeated"
            await (ws.send_str(first) if isinstance(first, str) else ws.send_bytes(first))
            message = await ws.receive(20)
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
            assert ws.close_code == code

    run(scenario())


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"Origin": "http://evil.example"}, CONTROL, 403),
        ({"Host": "evil.example"}, CONTROL, 403),
        ({"Origin": "null"}, CONTROL, 403),
        ({}, "guessed", 401),
        ({}, "", 401),
    ],
)
def test_others_are_not_let_in(running: Rendering, headers: dict[str, str], token: str, status: int) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(
                    f"{running.url}/ws", headers=headers, protocols=("vizstream", f"bearer.{token}")
                )
            assert refused.value.status == status

    run(scenario())


def test_a_request_that_is_no_websocket_is_told_so(running: Rendering) -> None:
    async def scenario() -> None:
        headers = {"Authorization": f"Bearer {CONTROL}"}
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{running.url}/ws", headers=headers) as response,
        ):
            assert response.status == 426

    run(scenario())


def test_one_too_many_is_asked_to_come_back(running: Rendering) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
            crowd = [WsViewer(http, running.url, VIEW) for _viewer in range(5)]
            for viewer in crowd:
                await viewer.join()
                stack.push_async_callback(viewer.close)
            for viewer in crowd[:4]:
                await viewer.until(lambda viewer=viewer: viewer.numbers)
            await crowd[4].until(lambda: crowd[4].close_code is not None)
            assert crowd[4].close_code == 4503

    run(scenario())


def test_a_flood_is_cut_off(running: Rendering) -> None:
    async def scenario() -> None:
        async with ws_viewer(running.url, CONTROL) as viewer:
            await viewer.until(lambda: viewer.numbers)
            with contextlib.suppress(ConnectionError):
                for _message in range(20_000):
                    await viewer.ws.send_str("{}")
            await viewer.until(lambda: viewer.close_code is not None)

    run(scenario())


def test_a_viewer_goes_on_over_webrtc_and_stays_who_it_is(running: Rendering) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http, ws_viewer(running.url, CONTROL) as one:
            await one.until(lambda: one.numbers)
            session = one.told("hello")[0]["session"]
            press = {**_move(1), "type": "pointer_down", "button": 1, "buttons": [1]}
            await one.say(**press)
            await one.until(lambda: running.events)
            other = Viewer(http, running.url, CONTROL)
            assert await other.join(path=f"/whep/{session}") == 201
            await other.until(lambda: len(other.numbers) > 10)
            seen = len(one.numbers)
            await other.until(lambda: other.told("frames"))
            assert other.told("hello") == [], "it knows"
            other.input.send(json.dumps(_move(2, x=44) | {"buttons": [1]}))
            await one.until(lambda: running.events[-1].x == 44)
            assert {event.viewer for event in running.events} == {one.told("hello")[0]["viewer"]}
            assert "pointer_up" not in [event.type for event in running.events], "nothing was let go"
            metrics = await _metrics(running)
            assert metrics["vizstream_viewers"] == 1
            assert metrics['vizstream_transport_viewers{transport="webrtc"}'] == 1
            assert len(one.numbers) - seen < 30, "it is not sent everything twice"
            await other.until(lambda: other.numbers[-1] > running.seq - 10)
            await other.leave()
            await other.close()

    run(scenario())


@pytest.mark.parametrize(("session", "token", "status"), [("unknown", CONTROL, 404), ("", VIEW, 404)])
def test_only_the_viewer_itself_can_add_a_connection(
    running: Rendering, session: str, token: str, status: int
) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as http, ws_viewer(running.url, CONTROL) as one:
            await one.until(lambda: one.told("hello"))
            other = Viewer(http, running.url, token)
            wanted = session or one.told("hello")[0]["session"]
            assert await other.join(path=f"/whep/{wanted}") == status
            await other.close()

    run(scenario())


def test_the_owner_is_the_owner_here_too_and_goes_on_over_webrtc(running: Rendering) -> None:
    async def scenario() -> None:
        async with (
            aiohttp.ClientSession() as http,
            ws_viewer(running.url, OWNER) as one,
            ws_viewer(running.url, CONTROL) as two,
        ):
            for viewer in (one, two):
                await viewer.until(lambda viewer=viewer: viewer.told("people"))
            await two.say(type="lock", id=1, locked=True)
            await _until(running, lambda now: now.get('vizstream_inputs_refused_total{reason="role"}'))
            await one.say(type="lock", id=1, locked=True)
            await two.until(lambda: two.told("helm")[-1]["locked"])
            who = one.told("hello")[0]["viewer"]
            assert two.told("helm")[-1]["viewer"] == who
            await one.say(type="lock", id=2, locked=False)
            session = one.told("hello")[0]["session"]
            stranger = Viewer(http, running.url, CONTROL)
            assert await stranger.join(path=f"/whep/{session}") == 404
            await stranger.close()
            other = Viewer(http, running.url, OWNER)
            assert await other.join(path=f"/whep/{session}") == 201
            await other.until(lambda: len(other.numbers) > 5)
            await two.until(lambda: not two.told("helm")[-1]["locked"])
            assert [row[4] for row in two.told("people")[-1]["rows"]] == [True, False]
            await other.leave()
            await other.close()

    run(scenario())
