"""A page that only a TURN server reaches, in each browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from turn import SECRET, turn_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bidi import Browser
    from served import Served

#: Keeps the page's connections where the test can ask them.
KEEP = """() => {
  const kept = window.kept = [];
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...rest) {
    if (!kept.includes(this)) kept.push(this);
    return create.apply(this, rest);
  };
}"""

#: The kind of the local candidate over which the last connection goes.
KIND = """(async () => {
  const report = await kept.at(-1).getStats();
  const entries = [...report.values()];
  const pairs = entries.filter(({ type }) => type === 'candidate-pair');
  const pair = pairs.find(({ nominated, state }) => nominated && state === 'succeeded');
  return pair ? report.get(pair.localCandidateId).candidateType : '';
})()"""


def test_the_relay_carries_the_picture(
    browser: Browser, serve: Callable[..., Served], tmp_path: Path
) -> None:
    def relayed(kind: Any) -> bool:
        return kind == "relay"

    with turn_server(tmp_path) as turn:
        served = serve(
            "probe.py",
            str(tmp_path / "probe.json"),
            options=("--ice-server", f"turn:{turn}?transport=udp", "--turn-secret", SECRET),
        )
        page = browser.open(f"{served.origin}/?ice=relay#token={served.token}", (800, 500), KEEP)
        page.wait_for("document.body.dataset.state === 'live'", 40)
        page.wait_for(KIND, 20, relayed)
        page.wait_for("window.vizstream.stats().frames_decoded > 0", 20)
        page.close()
