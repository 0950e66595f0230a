"""What `vizstream serve` is told about who may do what, and what it serves then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from served import Served
from ws_viewer import ws_viewer

if TYPE_CHECKING:
    from pathlib import Path

OWNER = "o" * 22


async def visit(served: Served) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{served.origin}/") as response:
        assert "frame-ancestors *" in response.headers["Content-Security-Policy"]
    async with ws_viewer(served.origin, served.token) as guest, ws_viewer(served.origin, OWNER) as owner:
        for viewer in (guest, owner):
            await viewer.until(lambda viewer=viewer: viewer.told("people"))
        await owner.until(lambda: len(owner.told("people")[-1]["rows"]) == 2)
        numbers = [viewer.told("hello")[0]["viewer"] for viewer in (guest, owner)]
        owns = {row[0]: row[4] for row in owner.told("people")[-1]["rows"]}
        assert [owns[number] for number in numbers] == [False, True]
        await guest.say(type="drop", id=1, viewer=numbers[1])
        await owner.say(type="drop", id=1, viewer=numbers[0])
        await guest.until(lambda: guest.told("dropped"))
        await owner.until(lambda: len(owner.told("people")[-1]["rows"]) == 1)


def test_the_owners_token_makes_the_owner_and_embedding_is_allowed_where_asked(tmp_path: Path) -> None:
    scene = tmp_path / "scene.py"
    scene.write_text("import time\ntime.sleep(100)\n")  # what it draws makes no difference here
    served = Served(
        str(scene), log=tmp_path / "log", options=("--owner-token", OWNER, "--allow-embed", "--verbose")
    )
    try:
        asyncio.run(asyncio.wait_for(visit(served), 60))
        assert OWNER not in {served.token, served.view_url}
        assert f"the owner's link: {served.origin}/#token={OWNER}" in served.log.read_text()
        served.check_end()
    finally:
        served.kill()
