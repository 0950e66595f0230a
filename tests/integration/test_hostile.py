"""A server among enemies: each request gets the status it must, and an innocent viewer goes on watching."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hostile import (
    BEARER,
    CANDIDATE,
    CONTROL,
    FRAGMENT,
    GUESSER,
    OFFER,
    QUICK,
    SDP,
    SLOW,
    TABLE,
    VIEW,
    Hostile,
    ask,
    attack,
)
from serving import Rendering, Viewer, rendering
from ws_viewer import ws_viewer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

#: What the process may have grown by at the end of everything, in bytes.  It grew by 6 MB when this was
#: written, for the encoder of a second codec and for what Python's allocator does not give back.
GROWTH_BYTES = 60e6


@contextlib.asynccontextmanager
async def joined(http: aiohttp.ClientSession, running: Rendering, token: str) -> AsyncIterator[Viewer]:
    """Join as one more viewer."""
    viewer = Viewer(http, running.url, token)
    try:
        assert await viewer.join() == 201
        await viewer.until(lambda: viewer.numbers)
        yield viewer
    finally:
        await viewer.close()


async def refused(http: aiohttp.ClientSession, running: Rendering) -> dict[str, int]:
    """Return how many messages were refused, by reason."""
    async with http.get(f"{running.url}/metrics", headers=BEARER) as response:
        lines = (await response.text()).splitlines()
    prefix = 'vizstream_inputs_refused_total{reason="'
    return {
        line[len(prefix) :].partition('"')[0]: int(line.split()[-1])
        for line in lines
        if line.startswith(prefix)
    }


async def wait_for(condition: Callable[[], Any], words: str, within: float = 25.0) -> None:
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, words
        await asyncio.sleep(0.05)


async def guess(port: int) -> None:
    """Guess at tokens until locked out; then not even the right one helps, nor another address claimed."""
    wrong = Hostile("", 0, headers={"Authorization": "Bearer guessed"}).encode("", "")
    statuses = [(await ask(port, wrong, GUESSER))[0] for _guess in range(25)]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 5
    for headers in (BEARER, {**BEARER, "X-Forwarded-For": "192.0.2.1"}):
        status, head = await ask(port, Hostile("", 0, headers=headers).encode("", ""), GUESSER)
        assert status == 429
        assert b"\r\nRetry-After: " in head


async def hold_connections(port: int, most: int) -> None:
    """Open more connections than there may be, and say nothing on them."""
    held = [await asyncio.open_connection("127.0.0.1", port, local_addr=(GUESSER, 0)) for _one in range(most)]
    try:
        answers = [asyncio.ensure_future(reader.read(20)) for reader, _writer in held]
        done, _waiting = await asyncio.wait(answers, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        assert b"503" in next(iter(done)).result()
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
    finally:
        for _reader, writer in held:
            writer.close()


async def trickle_without_end(port: int, viewer: Viewer) -> None:
    """Send candidates, a few at a time, more than a session may have."""
    headers = {**FRAGMENT, "If-Match": viewer.headers["ETag"]}
    for first in range(1, 99, 16):
        body = "a=mid:0\r\n" + "".join(CANDIDATE.format(first + n, first + n) for n in range(16))
        request = Hostile("", 0, "PATCH", viewer.headers["Location"], headers, body)
        status, _head = await ask(port, request.encode("", ""))
        if status != 204:
            break
    assert status == 429
    assert first == 65


async def offer_without_end(port: int) -> list[str]:
    """Begin handshakes that lead nowhere, more than there may be; return the sessions of those let in."""
    request = Hostile("", 0, "POST", "/whep", SDP, OFFER).encode("", "")
    answers = await asyncio.gather(*(ask(port, request) for _offer in range(12)))
    statuses = [status for status, _head in answers]
    assert set(statuses) == {201, 503}
    assert all(b"\r\nRetry-After: " in head for status, head in answers if status == 503)
    locations = [re.search(rb"\r\nLocation: (\S+)", head) for status, head in answers if status == 201]
    return [found[1].decode() for found in locations if found]


async def send_nonsense(
    http: aiohttp.ClientSession, running: Rendering, send: Callable[[Any], Any], more: Sequence[str | bytes]
) -> None:
    """Send what no page would as input, with the token that may only watch."""
    move = {"type": "pointer_move", "id": 1, "x": 1, "y": 2, "buttons": [], "modifiers": []}
    nonsense = ("{", "[]", "null", '{"type":[]}', "[" * 900, '{"type":"x"}', *more)
    before = await refused(http, running)
    for message in (*nonsense, json.dumps({**move, "x": 1e999}), json.dumps({**move, "x": "1"})):
        send(message)
    send(json.dumps(move))

    async def counted() -> bool:
        now = await refused(http, running)
        by_role = now.get("role", 0) - before.get("role", 0)
        return sum(now.values()) - sum(before.values()) == len(nonsense) + 3 and by_role == 1

    await wait_for(counted, "nonsense is refused and counted")
    assert not running.events


async def besiege_socket(http: aiohttp.ClientSession, running: Rendering) -> None:
    """Send nonsense over a WebSocket, then what ends it: a message too long, or far too many."""
    async with ws_viewer(running.url, VIEW) as viewer:
        await viewer.until(lambda: viewer.numbers)
        for garbage in (b"", b"\0\xff" * 400, b"\2\2", b"\1\0", b"\1\xff\xff\xff\xff"):
            await viewer.ws.send_bytes(garbage)
        waiting: list[asyncio.Task[None]] = []
        await send_nonsense(
            http,
            running,
            lambda message: waiting.append(asyncio.ensure_future(viewer.ws.send_str(message))),
            ("x" * 4000,),
        )
        await asyncio.gather(*waiting)
        seen = len(viewer.numbers)
        await viewer.until(lambda: len(viewer.numbers) > seen + 5)
        await viewer.ws.send_str("x" * 5000)
        await viewer.until(lambda: viewer.close_code is not None)
        assert viewer.close_code == 1009
    async with ws_viewer(running.url, VIEW) as viewer:
        await viewer.until(lambda: viewer.numbers)
        with contextlib.suppress(ConnectionError):
            while viewer.close_code is None:
                for _message in range(200):
                    await viewer.ws.send_bytes(b"\2")
                await asyncio.sleep(0)
        await viewer.until(lambda: viewer.close_code is not None)


async def flood(http: aiohttp.ClientSession, running: Rendering) -> None:
    """Send messages as fast as they go, until dropped."""
    async with joined(http, running, CONTROL) as viewer:
        location = viewer.headers["Location"]

        async def dropped() -> bool:
            # No faster than the channel carries it: the viewer, too, has to find the time for its checks.
            while viewer.input.readyState == "open" and viewer.input.bufferedAmount < 2000:
                viewer.input.send("x")
            request = Hostile("", 0, "PATCH", location, BEARER)
            return (await ask(int(running.url.rpartition(":")[2]), request.encode("", "")))[0] == 404

        await wait_for(dropped, "whoever floods is dropped", within=60)
        assert (await refused(http, running))["rate"] > 0


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def besiege(running: Rendering) -> None:
    port, pid = int(running.url.rpartition(":")[2]), running.supervisor.pid
    assert pid is not None
    async with (
        aiohttp.ClientSession() as http,
        joined(http, running, VIEW) as innocent,
        joined(http, running, VIEW) as nosy,
    ):
        before = resident_bytes(pid)

        async def meanwhile(doing: Any) -> Any:
            """Do something; frames of the innocent viewer must go on coming."""
            seen = len(innocent.numbers)
            result = await doing
            await innocent.until(lambda: len(innocent.numbers) > seen + 5, 25)
            return result

        assert len(TABLE) >= 40
        session, etag = innocent.headers["Location"], innocent.headers["ETag"]
        waiting = asyncio.create_task(attack(port, session, etag, SLOW))
        wrong, *_rest = await meanwhile(
            asyncio.gather(
                attack(port, session, etag, QUICK),
                guess(port),
                trickle_without_end(port, nosy),
                send_nonsense(http, running, nosy.input.send, (b"\0\xff" * 400, "x" * 5000)),
            )
        )
        assert wrong == []
        begun = await meanwhile(offer_without_end(port))
        assert len(begun) == 2, "the other two places are taken"
        assert await meanwhile(waiting) == []
        await meanwhile(hold_connections(port, 140))
        assert running.supervisor.pid == pid, "the server never died"

        async def quiet() -> bool:
            async with http.get(f"{running.url}/metrics", headers=BEARER) as response:
                return "vizstream_handshakes 0\n" in await response.text()

        await wait_for(quiet, "handshakes that lead nowhere are given up")
        for location in begun:
            request = Hostile("", 0, "DELETE", location, BEARER)
            assert (await ask(port, request.encode("", "")))[0] == 404
        await meanwhile(besiege_socket(http, running))
        assert resident_bytes(pid) - before < GROWTH_BYTES


def test_a_flood_of_messages_is_dropped_and_the_stream_goes_on() -> None:
    async def scenario(running: Rendering) -> None:
        async with aiohttp.ClientSession() as http, joined(http, running, VIEW) as innocent:
            await flood(http, running)
            seen = len(innocent.numbers)
            await innocent.until(lambda: len(innocent.numbers) > seen + 5, 25)

    with rendering(control_token=CONTROL, view_token=VIEW) as running:
        asyncio.run(asyncio.wait_for(scenario(running), 110))


def test_nothing_hostile_gets_through_and_the_stream_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    options = {"max_viewers": 4, "control_token": CONTROL, "view_token": VIEW, "verbose": 2}
    with rendering(**options) as running:
        asyncio.run(asyncio.wait_for(besiege(running), 110))
    out, log = capfd.readouterr()
    assert "DEBUG" in log
    assert "[secret]" in log, "a malformed request was quoted, without its token"
    for secret in (CONTROL, VIEW):
        assert secret not in log + out
