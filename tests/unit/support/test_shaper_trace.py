"""The passage of frames, read from RTP headers."""

from __future__ import annotations

from shaper_trace import MEMORY, FrameTrace


def rtp(stamp: int, kind: int = 0xE0) -> bytes:
    return bytes([0x90, kind, 0, 1]) + stamp.to_bytes(4, "big") + bytes(20)


def test_a_frame_lasts_from_its_first_packet_to_its_last() -> None:
    trace = FrameTrace()
    trace.note(rtp(9000), 100, 1.0, 1.5)
    trace.note(rtp(9000), 60, 1.1, None)
    trace.note(rtp(12000), 50, 1.2, 1.9)
    trace.note(rtp(9000), 64, 1.3, 1.8)
    frame, other = trace.frames()
    assert (frame.stamp, frame.first_in_s, frame.last_in_s, frame.last_out_s) == (9000, 1.0, 1.3, 1.8)
    assert (frame.packets, frame.lost, frame.bytes) == (3, 1, 224)
    assert (other.stamp, other.packets) == (12000, 1)


def test_what_is_not_rtp_is_only_counted() -> None:
    trace = FrameTrace()
    trace.note(rtp(9000, kind=200), 80, 1.0, 1.1)  # a sender report
    trace.note(b"\x17\xfe\xfd" + bytes(30), 61, 1.0, 1.1)  # DTLS
    trace.note(b"\x00\x01" + bytes(30), 60, 1.0, 1.1)  # STUN
    assert trace.frames() == []
    assert trace.other_bytes == 201


def test_the_oldest_frames_are_forgotten() -> None:
    trace = FrameTrace()
    for number in range(MEMORY + 3):
        trace.note(rtp(number), 100, number, number)
    assert [trace.frames()[0].stamp, len(trace.frames())] == [3, MEMORY]
