"""Several people at one scene: what the server lets through, tried by clients that send what they like."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from serving import Rendering, Viewer, rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

TICKET = "ticket-of-22-characters-"


def run(scenario: Callable[[Rendering, aiohttp.ClientSession], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario over a server of its own, with a deadline."""

    async def start(running: Rendering) -> None:
        async with aiohttp.ClientSession() as http:
            await asyncio.wait_for(scenario(running, http), 60)

    with rendering(fps=10) as running:
        asyncio.run(start(running))


async def enter(running: Rendering, http: aiohttp.ClientSession, name: str, role: str = "control") -> Viewer:
    """Join and say who it is."""
    token = running.config.control_token if role == "control" else running.config.view_token
    viewer = Viewer(http, running.url, token)
    assert await viewer.join() == 201
    await viewer.until(lambda: viewer.told("hello") and viewer.input.readyState == "open", 20)
    send(viewer, "me", ticket=TICKET + name[:3], name=name)
    await viewer.until(lambda: any(known[:3] == name[:3] for known in names(viewer)), 20)
    return viewer


def names(viewer: Viewer) -> list[str]:
    """Return the names of those who are here, as this viewer was told last."""
    return [row[1] for message in viewer.told("people")[-1:] for row in message["rows"]]


def pointers(viewer: Viewer) -> list[list[int]]:
    """Return all places of others' pointers that this viewer was told."""
    return [row for message in viewer.told("pointers") for row in message["rows"]]


def send(who: Viewer, kind: str, /, **fields: Any) -> None:
    who.input.send(json.dumps({"type": kind, "id": 1, **fields}))


def press(viewer: Viewer, x: float = 5) -> None:
    send(viewer, "pointer_down", x=x, y=6, button=1, buttons=[1], modifiers=[])


def release(viewer: Viewer) -> None:
    send(viewer, "pointer_up", x=5, y=6, button=1, buttons=[], modifiers=[])


async def refused(running: Rendering, http: aiohttp.ClientSession, reason: str) -> float:
    """Return how many inputs were refused for a reason."""
    url = f"{running.url}/metrics?token={running.config.view_token}"
    async with http.get(url) as response:
        lines = (await response.text()).splitlines()
    name = f'vizstream_inputs_refused_total{{reason="{reason}"}} '
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)


async def until_refused(running: Rendering, http: aiohttp.ClientSession, reason: str, count: int) -> None:
    deadline = time.monotonic() + 20
    while await refused(running, http, reason) < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert await refused(running, http, reason) == count


def test_the_server_itself_says_who_steers() -> None:
    async def scenario(running: Rendering, http: aiohttp.ClientSession) -> None:
        anna = await enter(running, http, "Anna")
        ben = await enter(running, http, "Ben\u202e<b>")
        cleo = await enter(running, http, "Cleo", "view")
        await cleo.until(lambda: names(cleo) == ["Anna", "Ben<b>", "Cleo"], 20)
        assert [row[4] for row in cleo.told("people")[-1]["rows"]] == [True, False, False]

        press(anna, x=11)
        await ben.until(lambda: ben.told("helm")[-1]["viewer"] == 1, 20)
        press(ben)
        await until_refused(running, http, "helm", 1)
        # A hand-made client with the view link, which sends all that it must not.
        press(cleo)
        send(cleo, "wheel", x=1, y=1, buttons=[], modifiers=[], dx=0, dy=100)
        send(cleo, "key_down", key="w", modifiers=[])
        for kind, fields in (("lock", {"locked": True}), ("drop", {"viewer": 1}), ("helm", {"viewer": 3})):
            send(cleo, kind, **fields)
            send(ben, kind, **fields)
        await until_refused(running, http, "role", 9)
        send(cleo, "point", x=30, y=40, inside=True)
        await anna.until(lambda: [3, 30, 40] in pointers(anna), 20)
        await cleo.until(lambda: [1, 11, 6] in pointers(cleo), 20)

        assert [(event.type, event.viewer) for event in running.events] == [("pointer_down", 1)]
        release(anna)
        await anna.until(lambda: len(running.events) == 2, 20)
        # As soon as her gesture is over, whoever acts steers.
        await ben.until(lambda: press(ben) or running.events[-1].viewer == 2, 20)
        await cleo.until(lambda: cleo.told("helm")[-1]["viewer"] == 2, 20)
        for viewer in (anna, ben, cleo):
            await viewer.close()

    run(scenario)


def test_the_owner_locks_hands_over_and_drops() -> None:
    async def scenario(running: Rendering, http: aiohttp.ClientSession) -> None:
        anna = await enter(running, http, "Anna")
        ben = await enter(running, http, "Ben")
        send(anna, "lock", locked=True)
        await ben.until(lambda: ben.told("helm")[-1] == {"type": "helm", "viewer": 1, "locked": True}, 20)
        press(ben)
        await until_refused(running, http, "helm", 1)
        send(anna, "helm", viewer=2)
        await ben.until(lambda: ben.told("helm")[-1]["viewer"] == 2, 20)
        press(ben)
        await ben.until(lambda: running.events, 20)
        send(anna, "drop", viewer=2)
        await ben.until(lambda: ben.told("dropped"), 20)
        # What he held is let go, and his connection ends.
        await anna.until(lambda: running.events[-1].type == "pointer_up", 20)
        await anna.until(lambda: names(anna) == ["Anna"], 20)
        await ben.until(lambda: ben.state.readyState == "closed", 20)
        await ben.close()
        again = Viewer(http, running.url, running.config.control_token)
        assert await again.join() == 201
        await again.until(lambda: again.input.readyState == "open", 20)
        send(again, "me", ticket=TICKET + "Ben", name="Ben")
        await again.until(lambda: again.told("dropped"), 20)
        for viewer in (anna, again):
            await viewer.close()

    run(scenario)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL, which this system lacks (device: POSIX)")
def test_replaced_tokens_let_nobody_in_any_more_not_even_after_a_crash() -> None:
    async def scenario(running: Rendering, http: aiohttp.ClientSession) -> None:
        async def status(token: str) -> int:
            async with http.get(
                f"{running.url}/metrics", headers={"Authorization": f"Bearer {token}"}
            ) as answer:
                return answer.status

        config = running.config
        anna = await enter(running, http, "Anna")
        cleo = await enter(running, http, "Cleo", "view")
        assert anna.told("links") == [
            {"type": "links", "control": config.control_token, "view": config.view_token}
        ]
        send(anna, "rotate")
        await cleo.until(lambda: len(cleo.told("links")) == 2, 20)
        await anna.until(lambda: len(anna.told("links")) == 2, 20)
        new = anna.told("links")[-1]
        assert cleo.told("links")[-1] == {"type": "links", "control": "", "view": new["view"]}
        assert [await status(token) for token in (new["control"], new["view"])] == [200, 200]
        assert [await status(token) for token in (config.control_token, config.view_token)] == [401, 401]
        count = len(cleo.numbers)
        await cleo.until(lambda: len(cleo.numbers) > count, 20)
        pid = running.supervisor.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await anna.until(lambda: running.supervisor.pid not in (None, pid), 20)
        assert await status(config.control_token) == 401
        assert await status(new["control"]) == 200
        for viewer in (anna, cleo):
            await viewer.close()

    run(scenario)


def test_a_viewer_is_sent_what_it_prefers_and_the_others_what_they_do() -> None:
    async def scenario(running: Rendering, http: aiohttp.ClientSession) -> None:
        anna = await enter(running, http, "Anna")
        cleo = await enter(running, http, "Cleo", "view")
        send(cleo, "quality", quality="save")
        await cleo.until(lambda: cleo.size == (320, 180), 20)
        send(cleo, "quality", quality="sharp")
        await cleo.until(lambda: cleo.size == (640, 360), 20)
        assert anna.size == (640, 360)
        for viewer in (anna, cleo):
            await viewer.close()

    run(scenario)
