"""Parity packets, and a receiver of our own that restores what was lost."""

from __future__ import annotations

import random

import pytest
from aiortc import sdp

from vizstream.server.parity import GROUP, ParityGroup, announce

SSRC = 0xCAFEBABE


def packet(sequence: int, payload: bytes, *, stamp: int = 90_000, marker: bool = False) -> bytes:
    head = bytes([0x90, 102 | 0x80 * marker]) + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big")
    return head + SSRC.to_bytes(4, "big") + b"\xbe\xde\0\1\x10\x30\0\0" + payload


def restored(parity: bytes, others: dict[int, bytes]) -> tuple[int, bytes]:
    """Restore the one packet that a parity packet protects and that did not come."""
    assert parity[8:12] == b"\1\0\0\0"
    assert not parity[0] & 0xC0
    base, mask = int.from_bytes(parity[16:18], "big"), int.from_bytes(parity[18:20], "big")
    assert mask & 0x8000
    protected = [(base + bit) & 0xFFFF for bit in range(15) if mask >> (14 - bit) & 1]
    (missing,) = set(protected) - set(others)
    head, body = bytearray(parity[:8]), bytearray(parity[20:])
    for sequence in protected:
        if sequence == missing:
            continue
        other = others[sequence]
        rest = other[12:]
        fields = other[:2] + len(rest).to_bytes(2, "big") + other[4:8]
        head = bytearray(a ^ b for a, b in zip(head, fields, strict=True))
        body = bytearray(a ^ b for a, b in zip(body, rest.ljust(len(body), b"\0"), strict=True))
    length = int.from_bytes(head[2:4], "big")
    first = bytes([0x80 | head[0] & 0x3F, head[1]])
    ssrc = parity[12:16]
    return missing, first + missing.to_bytes(2, "big") + bytes(head[4:8]) + ssrc + bytes(body[:length])


@pytest.mark.parametrize("lost", range(5))
def test_any_one_packet_of_a_group_is_restored(lost: int) -> None:
    rng = random.Random(lost)  # noqa: S311 - not a secret
    group = ParityGroup(SSRC)
    first = 0xFFFE  # the numbers wrap within the group
    packets = {
        (first + n) & 0xFFFF: packet(
            (first + n) & 0xFFFF, rng.randbytes(rng.randrange(1, 1150)), marker=n == 4
        )
        for n in range(5)
    }
    for sequence, data in packets.items():
        group.add(sequence, data)
    parity = group.take()
    gone = (first + lost) & 0xFFFF
    others = {sequence: data for sequence, data in packets.items() if sequence != gone}
    assert restored(parity, others) == (gone, packets[gone])


def test_each_group_stands_for_itself() -> None:
    group = ParityGroup(SSRC)
    for sequence in range(GROUP):
        group.add(sequence, packet(sequence, bytes([sequence])))
    group.take()
    assert group.packets == 0
    group.add(90, packet(90, b"alone"))
    assert restored(group.take(), {}) == (90, packet(90, b"alone"))
    with pytest.raises(ValueError, match="no packet"):
        group.take()


ANSWER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
m=video 9 UDP/TLS/RTP/SAVPF 102 103
c=IN IP4 0.0.0.0
a=sendonly
a=mid:0
a=ssrc-group:FID 7 8
a=ssrc:7 cname:me
a=ssrc:8 cname:me
a=rtcp-mux
a=rtpmap:102 H264/90000
a=fmtp:102 packetization-mode=1;profile-level-id=64001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=setup:active
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 AA:BB
"""


def test_the_answer_says_which_stream_protects_which() -> None:
    lines = announce(ANSWER, 49, 7, 9).splitlines()
    assert "m=video 9 UDP/TLS/RTP/SAVPF 102 103 49" in lines
    assert "a=rtpmap:49 flexfec-03/90000" in lines
    assert "a=fmtp:49 repair-window=10000000" in lines
    assert "a=ssrc-group:FEC-FR 7 9" in lines
    assert "a=ssrc:9 cname:me" in lines
    assert set(str(sdp.SessionDescription.parse(ANSWER)).splitlines()) - set(lines) == {
        "m=video 9 UDP/TLS/RTP/SAVPF 102 103"
    }, "and nothing else has changed"
