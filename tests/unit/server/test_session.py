"""When a viewer counts as gone."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

from vizstream.server.session import HANDSHAKE_S, SILENCE_S, Session


def test_patience_with_a_viewer() -> None:
    async def scenario() -> None:
        session = Session(SimpleNamespace(rtp_offset=0, forget=lambda _s: None), 1, "view")  # type: ignore[arg-type]
        now = time.monotonic()
        assert not session.expired(now + HANDSHAKE_S - 1)
        assert session.expired(now + HANDSHAKE_S + 1), "a handshake has a deadline"
        session.connected = True
        assert not session.expired(now + SILENCE_S - 1)
        assert session.expired(now + SILENCE_S + 1), "a viewer who is never heard of is gone"
        session.forgive(30)
        assert not session.expired(now + SILENCE_S + 29), "what we slept through is not its silence"
        assert session.expired(now + SILENCE_S + 31)
        await session.close()

    asyncio.run(scenario())
