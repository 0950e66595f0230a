"""When a viewer counts as gone, and over which of its connections it is reached."""

from __future__ import annotations

import asyncio
import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from vizstream.server.session import HANDSHAKE_S, SILENCE_S, Session

if TYPE_CHECKING:
    from collections.abc import Callable


class Hub:
    """Notes what a session asks of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_options: self.calls.append(name)


class Transport:
    def __init__(self, kind: str, rank: int) -> None:
        self.kind, self.rank = kind, rank
        self.control = SimpleNamespace(target_bps=1_234_567)
        self.listens = False
        self.told: list[Any] = []
        self.began_at = 0
        self.ended = 0

    def tell(self, text: str) -> None:
        self.told.append(json.loads(text)["type"])

    def start_from(self, bps: int) -> None:
        self.began_at = bps

    async def close(self) -> None:
        self.ended += 1


class Bench:
    def __init__(self) -> None:
        self.hub = Hub()
        self.session = Session(self.hub, 1, "view")  # type: ignore[arg-type]
        self.webrtc, self.websocket = Transport("webrtc", 2), Transport("websocket", 1)

    def add(self, *transports: Transport) -> None:
        for transport in transports:
            self.session.add(transport)  # type: ignore[arg-type]

    def opens(self, transport: Transport, *, listens: bool = True) -> None:
        self.session.opened(transport)  # type: ignore[arg-type]
        if listens:
            transport.listens = True
            self.session.listening(transport)  # type: ignore[arg-type]


def run(scenario: Callable[[Bench], Any]) -> None:
    async def whole() -> None:
        bench = Bench()
        await scenario(bench)
        await bench.session.close()

    asyncio.run(whole())


def test_patience_with_a_viewer() -> None:
    async def scenario(bench: Bench) -> None:
        session = bench.session
        now = time.monotonic()
        assert not session.expired(now + HANDSHAKE_S - 1)
        assert session.expired(now + HANDSHAKE_S + 1), "a handshake has a deadline"
        bench.add(bench.webrtc)
        bench.opens(bench.webrtc, listens=False)
        assert not session.expired(now + SILENCE_S - 1)
        assert session.expired(now + SILENCE_S + 1), "a viewer who is never heard of is gone"
        session.forgive(30)
        assert not session.expired(now + SILENCE_S + 29), "what we slept through is not its silence"
        assert session.expired(now + SILENCE_S + 31)

    run(scenario)


def test_a_better_connection_takes_over_once_it_carries_state_too() -> None:
    async def scenario(bench: Bench) -> None:
        session, hub = bench.session, bench.hub
        bench.add(bench.webrtc, bench.websocket)
        assert session.handshakes == 2
        bench.opens(bench.websocket)
        assert hub.calls == ["connected", "tell_all", "watch_stills"]
        assert session.handshakes == 1
        bench.opens(bench.webrtc, listens=False)
        assert session.transport is bench.websocket, "state would be lost now"
        bench.opens(bench.webrtc)
        assert session.transport is bench.webrtc
        assert bench.webrtc.began_at == 1_234_567
        assert hub.calls[3:] == ["moved"], "nothing needs to be told again"
        assert (bench.websocket.told, bench.webrtc.told) == (["hello"], [])
        assert session.handshakes == 0
        session.tell({"type": "moved"})
        assert bench.webrtc.told == ["moved"]
        session.closed(bench.websocket)  # type: ignore[arg-type]
        assert "forget" not in hub.calls
        session.closed(bench.webrtc)  # type: ignore[arg-type]
        assert hub.calls[-1] == "forget"

    run(scenario)


def test_a_worse_connection_that_comes_late_is_closed() -> None:
    async def scenario(bench: Bench) -> None:
        bench.add(bench.webrtc, bench.websocket)
        bench.opens(bench.webrtc)
        bench.opens(bench.websocket)
        await asyncio.sleep(0)
        assert bench.session.transport is bench.webrtc
        assert (bench.webrtc.ended, bench.websocket.ended) == (0, 1)

    run(scenario)


def test_one_that_never_comes_to_stand_is_given_up_and_the_viewer_kept() -> None:
    async def scenario(bench: Bench) -> None:
        bench.add(bench.webrtc, bench.websocket)
        bench.opens(bench.websocket)
        now = time.monotonic()
        bench.session.give_up_late(now + HANDSHAKE_S - 1)
        await asyncio.sleep(0)
        assert bench.webrtc.ended == 0
        bench.session.give_up_late(now + HANDSHAKE_S + 1)
        await asyncio.sleep(0)
        assert (bench.webrtc.ended, bench.websocket.ended) == (1, 0)
        assert "forget" not in bench.hub.calls

    run(scenario)


def test_a_viewer_whose_only_attempt_fails_is_forgotten() -> None:
    async def scenario(bench: Bench) -> None:
        bench.add(bench.webrtc)
        bench.session.closed(bench.webrtc)  # type: ignore[arg-type]
        assert bench.hub.calls == ["forget"]

    run(scenario)


@pytest.mark.parametrize("of", ["owner", "control", "view"])
@pytest.mark.parametrize("token", ["owner", "control", "view"])
def test_a_session_is_that_of_one_token(of: str, token: str) -> None:
    session = Session(Hub(), 1, "view" if of == "view" else "control")  # type: ignore[arg-type]
    session.owner = of == "owner"
    assert session.belongs_to(token) == (of == token)
