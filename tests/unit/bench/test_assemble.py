from __future__ import annotations

from vizstream.bench.assemble import Assembler


def feed(assembler: Assembler, *packets: tuple[int, int, bool]):
    """Feed packets of (sequence, stamp, marker); return the pictures' stamps and sizes."""
    found = [
        assembler.add(sequence, stamp, 97, bytes([sequence % 256]), marker=marker)
        for sequence, stamp, marker in packets
    ]
    return [(picture.stamp, b"".join(picture.payloads)) for picture in found if picture]


def test_a_picture_is_whole_at_its_marked_packet():
    assembler = Assembler()
    assert feed(assembler, (65535, 10, False), (0, 10, True), (1, 20, True)) == [
        (10, b"\xff\x00"),
        (20, b"\x01"),
    ]
    assert assembler.lost == 0


def test_a_picture_that_misses_a_packet_is_left_out():
    assembler = Assembler()
    packets = [(1, 10, False), (3, 10, True), (4, 20, False), (5, 20, True)]
    assert feed(assembler, *packets) == [(20, b"\x04\x05")]
    assert assembler.lost == 1


def test_a_lost_end_spoils_the_next_picture():
    assembler = Assembler()
    assert feed(assembler, (1, 10, False), (3, 20, False), (4, 20, True), (5, 30, True)) == [(30, b"\x05")]
    assert assembler.lost == 1


def test_a_packet_that_comes_twice_is_dropped():
    assembler = Assembler()
    assert feed(assembler, (1, 10, True), (1, 10, True), (0, 5, True), (2, 20, True)) == [
        (10, b"\x01"),
        (20, b"\x02"),
    ]
    assert assembler.lost == 0
