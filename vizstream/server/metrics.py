"""The server's numbers in Prometheus' text format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .hub import Hub
    from .session import Session

#: https://prometheus.io/docs/instrumenting/exposition_formats/
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render(hub: Hub) -> str:
    """Return all metrics as text."""
    viewers = [session for session in hub.sessions.values() if session.connected]
    lines: list[str] = []
    add = _Writer(lines)
    add("vizstream_viewers", "gauge", "Connected viewers.", [("", len(viewers))])
    kinds = Counter(session.transport.kind for session in viewers)
    add(
        "vizstream_transport_viewers",
        "gauge",
        "Connected viewers, by how they are reached.",
        [(f'transport="{kind}"', count) for kind, count in sorted(kinds.items())],
    )
    add("vizstream_handshakes", "gauge", "Connections that do not stand yet.", [("", hub.handshakes)])
    add("vizstream_frames_encoded_total", "counter", "Pictures encoded.", [("", hub.rungs.frames)])
    add("vizstream_keyframes_encoded_total", "counter", "Of these, keyframes.", [("", hub.rungs.keyframes)])
    add("vizstream_bytes_encoded_total", "counter", "Bytes of payload encoded.", [("", hub.rungs.bytes)])
    add("vizstream_stills_total", "counter", "Lossless stills encoded.", [("", hub.stills.made)])
    add(
        "vizstream_stills_cancelled_total",
        "counter",
        "Stills given up half-way, because the scene moved.",
        [("", hub.stills.cancelled)],
    )
    add(
        "vizstream_still_bytes_total",
        "counter",
        "Bytes of stills delivered whole.",
        [("", hub.stills.bytes_sent)],
    )
    add("vizstream_tunnel_bytes_total", "counter", "Bytes through tunnels.", [("", hub.meter.carried)])
    add("vizstream_tunnel_budget_bytes", "gauge", "What they may be; 0: any.", [("", hub.meter.budget)])
    add("vizstream_inputs_total", "counter", "Input messages accepted.", [("", hub.inputs.accepted)])
    add(
        "vizstream_inputs_refused_total",
        "counter",
        "Input messages refused, by reason.",
        [(f'reason="{reason}"', count) for reason, count in sorted(hub.inputs.refused.items())],
    )
    add(
        "vizstream_stage_seconds_total",
        "counter",
        "Time that frames spent in each stage, summed over vizstream_staged_frames_total.",
        [(f'stage="{stage}"', spent / 1e9) for stage, spent in hub.rungs.stage_ns.items()],
    )
    add("vizstream_staged_frames_total", "counter", "Frames timed.", [("", hub.rungs.staged_frames)])
    for name, kind, text in (
        ("frames", "counter", "Frames sent to a viewer."),
        ("packets", "counter", "RTP packets sent to a viewer."),
        ("bytes", "counter", "RTP payload bytes sent to a viewer."),
        ("retransmitted", "counter", "RTP packets sent again to a viewer."),
        ("parity", "counter", "Packets that protect others, sent to a viewer whose line loses much."),
        ("keyframe_requests", "counter", "Keyframes that a viewer asked for."),
        ("padding", "counter", "RTP packets that only probed a viewer's line."),
        ("overflows", "counter", "Times a viewer's backlog was dropped."),
    ):
        samples = [(_label(session), getattr(session.transport.stats, name)) for session in viewers]
        add(f"vizstream_viewer_{name}_total", kind, text, samples)
    for name, text in (
        ("rtt_ms", "Round trip time to a viewer in milliseconds."),
        ("loss", "Share of packets that a viewer lost lately."),
        ("target_bps", "What a viewer's line is believed to carry."),
        ("queue_ms", "How long packets wait in the network before a viewer."),
    ):
        samples = [(_label(session), getattr(session.transport.control, name)) for session in viewers]
        add(f"vizstream_viewer_{name}", "gauge", text, samples)
    levels = [(_label(session), hub.rungs.level_of(session)) for session in viewers]
    add("vizstream_viewer_level", "gauge", "Level of the ladder that a viewer sees, 0 the best.", levels)
    return "\n".join(lines) + "\n"


def _label(session: Session) -> str:
    return f'viewer="{session.viewer}"'


class _Writer:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def __call__(self, name: str, kind: str, text: str, samples: Iterable[tuple[str, float]]) -> None:
        self._lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        for labels, value in samples:
            self._lines.append(f"{name}{{{labels}}} {value}" if labels else f"{name} {value}")
