"""What a tunnel may carry, used up by JPEGs and over a WebSocket: counted, slowed down, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import fake_tunnel
import pytest
from served import wait_until
from serving import Rendering, rendering
from ws_viewer import WsViewer, ws_viewer

from vizstream.sharing import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUDGET = 250_000


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rendering]:
    """Serve with a budget, beside a tunnel program of which only its agent tells."""
    fake_tunnel.install(tmp_path)
    api = wait_until_free()
    monkeypatch.setenv("FAKE_TUNNEL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FAKE_TUNNEL_API", api)
    with rendering(byte_budget=BUDGET) as server:
        command = [str(tmp_path / "ngrok"), "http", server.url]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as ngrok:
            try:
                wait_until((tmp_path / "state").exists, 30, "the tunnel has not started")
                yield server
            finally:
                ngrok.kill()


def wait_until_free() -> str:
    """Return the port of ngrok's agent, once nobody has it any more."""
    host, _colon, port = programs.NGROK_API.rpartition(":")

    def is_free() -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, int(port)))
                return True
        return False

    wait_until(is_free, 60, "something sits on the port of ngrok's agent")
    return port


async def metrics(running: Rendering) -> dict[str, float]:
    """Ask beside the tunnel."""
    headers = {"Authorization": f"Bearer {running.config.view_token}"}
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}/metrics", headers=headers) as reply:
        lines = (await reply.text()).splitlines()
    return {
        name: float(value)
        for name, _space, value in (line.rpartition(" ") for line in lines)
        if name[0] != "#"
    }


async def until(running: Rendering, condition: Callable[[dict[str, float]], Any]) -> None:
    """Wait until a condition holds for the metrics."""
    deadline = time.monotonic() + 60
    while not condition(now := await metrics(running)):
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.05)


def used(share: float, viewer: int, rate_bps: float) -> Callable[[dict[str, float]], bool]:
    """Return the condition that so much has been carried, and a viewer gets no more than a rate."""

    def holds(now: dict[str, float]) -> bool:
        target = now.get(f'vizstream_viewer_target_bps{{viewer="{viewer}"}}', float("inf"))
        return now["vizstream_tunnel_bytes_total"] >= share * BUDGET and target <= rate_bps

    return holds


async def use_up(running: Rendering, tunnel: dict[str, Any]) -> None:
    url, token = f"http://127.0.0.1:{tunnel['port']}", running.config.view_token
    headers = {"Host": tunnel["host"], "Origin": f"https://{tunnel['host']}"}
    async with aiohttp.ClientSession(headers=headers) as http, ws_viewer(running.url, token) as beside:
        await beside.until(lambda: beside.numbers)

        async def watch_jpegs() -> None:
            async with http.get(f"{url}/stream.mjpeg?token={token}") as response:
                assert response.status == 200
                async for _chunk in response.content.iter_any():
                    pass

        watching = asyncio.create_task(watch_jpegs())
        try:
            await until(running, used(0.5, 2, 2_000_000))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        guest = WsViewer(http, url, token, ("jpeg",))
        await guest.join()
        await until(running, used(0.8, 3, 500_000))
        assert guest.told("tunnel")
        await guest.until(lambda: guest.close_code is not None, 60)
        await guest.close()
        assert (await metrics(running))["vizstream_tunnel_bytes_total"] >= BUDGET
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await WsViewer(http, url, token).join()
        assert refused.value.status == 503
        seen = len(beside.numbers)
        await beside.until(lambda: len(beside.numbers) > seen + 30)
        assert beside.told("tunnel") == [], "beside the tunnel all goes on"


def test_a_budget_counts_and_slows_down_websockets_and_jpegs_before_it_ends_them(
    running: Rendering, tmp_path: Path
) -> None:
    tunnel = json.loads((tmp_path / "state").read_text())
    asyncio.run(asyncio.wait_for(use_up(running, tunnel), 150))
