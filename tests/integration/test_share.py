"""`vizstream serve --share`, with tunnel programs that really carry; and a tunnel that was there before."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import fake_tunnel
import pytest
from served import ROOT, Served, wait_until
from serving import Rendering, Viewer, rendering

from vizstream.sharing import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """Put the programs on PATH; return what tells where the one that runs listens."""
    folder, path = tmp_path / "bin", tmp_path / "state"
    folder.mkdir()
    fake_tunnel.install(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_TUNNEL_STATE", str(path))

    def read() -> dict[str, Any]:
        wait_until(path.exists, 30, "the tunnel has not started")
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    return read


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Callable[[str], Served]]:
    started = []

    def start(name: str) -> Served:
        scene = tmp_path / "scene.py"
        scene.write_text("import time\ntime.sleep(100)\n")  # what it draws makes no difference here
        served = Served(str(scene), log=tmp_path / "log", options=("--share", name))
        started.append(served)
        return served

    yield start
    for served in started:
        served.kill()


def get(state: dict[str, Any], path: str, **headers: str) -> int:
    """Ask through the tunnel, under its public name."""

    async def ask() -> int:
        async with (
            aiohttp.ClientSession() as http,
            http.get(
                f"http://127.0.0.1:{state['port']}{path}", headers={"Host": state["host"], **headers}
            ) as reply,
        ):
            return reply.status

    return asyncio.run(asyncio.wait_for(ask(), 30))


def lives(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("name", ["ngrok", "cloudflared"])
def test_the_tunnels_address_is_printed_leads_to_us_and_ends_with_us(
    name: str, state: Callable[[], dict[str, Any]], share: Callable[[str], Served]
) -> None:
    served = share(name)
    host = fake_tunnel.HOSTS[name]
    assert served.url.startswith(f"https://{host}/#token=")
    assert served.view_url.startswith(f"https://{host}/#token=")
    assert served.url != served.view_url
    tunnel = state()
    assert get(tunnel, "/") == 200
    assert get(tunnel, "/metrics", Authorization=f"Bearer {served.token}") == 200
    assert get(tunnel, "/metrics", Authorization="Bearer x", Origin=f"https://{host}") == 401
    assert "serving at http://127.0.0.1:" in served.log.read_text()
    assert lives(tunnel["pid"])
    served.check_end()
    assert not lives(tunnel["pid"])


def test_a_tunnel_does_not_outlive_a_kill(
    state: Callable[[], dict[str, Any]], share: Callable[[str], Served]
) -> None:
    served = share("ngrok")
    tunnel = state()
    os.kill(served.process.pid, signal.SIGKILL)
    wait_until(lambda: not lives(tunnel["pid"]), 20, "the tunnel outlives us")


def test_a_tunnel_that_breaks_is_told_of_and_the_scene_goes_on(
    state: Callable[[], dict[str, Any]], share: Callable[[str], Served]
) -> None:
    served = share("cloudflared")
    os.kill(state()["pid"], signal.SIGKILL)
    wait_until(lambda: "cloudflared has ended" in served.log.read_text(), 20, "nothing is said of it")
    assert served.process.poll() is None
    served.check_end()


@pytest.mark.parametrize(
    ("name", "trouble", "words", "remedy"),
    [
        (
            "ngrok",
            "not logged in",
            "ngrok is not logged in: authentication failed",
            "ngrok config add-authtoken",
        ),
        (
            "cloudflared",
            "offline",
            "cloudflared has ended: failed to request quick Tunnel",
            "--url http://127.0.0.1:",
        ),
        ("ngrok", "", "ngrok is not installed", "https://ngrok.com/download"),
    ],
)
def test_what_does_not_work_is_said_in_two_lines(
    name: str, trouble: str, words: str, remedy: str, state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble:
        monkeypatch.setenv("FAKE_TUNNEL", trouble)
    else:
        monkeypatch.setenv("PATH", "/nowhere")
    command = [sys.executable, "-m", "vizstream", "serve", "--port", "0", "--share", name, "scenes/flow.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 3
    assert found.stdout == ""
    said = [line for line in found.stderr.splitlines() if not line.startswith("vizstream: serving at")]
    assert len(said) == 2, found.stderr
    assert said[0].startswith(f"vizstream: {words}")
    assert remedy in said[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def bearer(running: Rendering) -> str:
    return f"Bearer {running.config.view_token}"


async def watch_through(running: Rendering, tunnel: dict[str, Any]) -> None:
    """Join through the tunnel; guess from there at tokens, which locks out only whoever does."""
    headers = {"Host": tunnel["host"], "Origin": f"https://{tunnel['host']}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        url = f"http://127.0.0.1:{tunnel['port']}"
        viewer = Viewer(http, url, running.config.view_token)
        assert await viewer.join() == 201
        await viewer.until(lambda: len(viewer.numbers) > 5, 30)
        await viewer.leave()
        await viewer.close()

        async def ask(token: str, source: str) -> int:
            bearer = {"Authorization": f"Bearer {token}", "X-Test-From": source}
            async with http.get(f"{url}/metrics", headers=bearer) as response:
                return response.status

        assert [await ask("wrong", "192.0.2.7") for _guess in range(21)] == [401] * 20 + [429]
        assert await ask(running.config.view_token, "192.0.2.7") == 429
        assert await ask(running.config.view_token, "192.0.2.8") == 200
        async with http.get(f"{url}/metrics", headers={"Authorization": bearer(running)}) as response:
            carried = float(
                re.findall(r"^vizstream_tunnel_bytes_total (\d+)$", await response.text(), re.MULTILINE)[0]
            )
        assert 20_000 < carried < 1e6
        for _request in range(500):
            async with http.get(f"{url}/metrics", headers={"Authorization": bearer(running)}) as response:
                await response.read()
            if response.status == 503:
                break
        assert response.status == 503, "the budget is used up"
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{running.url}/metrics", headers={"Authorization": bearer(running)}) as response:
            assert response.status == 200, "beside the tunnel all goes on"
        for host, status in (("other.tunnel.example", 403), (tunnel["host"], 503)):
            async with http.get(f"{running.url}/metrics", headers={"Host": host}) as response:
                assert response.status == status


def test_a_tunnel_that_runs_already_is_known_and_carries_no_more_than_it_may(
    state: Callable[[], dict[str, Any]],
) -> None:
    agent = int(programs.NGROK_API.rpartition(":")[2])
    wait_until(lambda: _is_free(agent), 60, "something sits on the port of ngrok's agent")
    with rendering(byte_budget=10**6) as running:
        environment = {**os.environ, "FAKE_TUNNEL_API": str(agent)}
        with subprocess.Popen(
            ["ngrok", "http", running.url], env=environment, stdout=subprocess.DEVNULL
        ) as ngrok:
            try:
                asyncio.run(asyncio.wait_for(watch_through(running, state()), 60))
            finally:
                ngrok.kill()
