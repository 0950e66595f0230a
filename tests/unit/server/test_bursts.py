"""Bursts arrive whole and in order, whether the kernel takes them at once or not."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizstream.server import bursts
from vizstream.server.bursts import MAX_RUN, MAX_RUN_BYTES, BurstSender, runs

ADDRESS = ("192.0.2.1", 9)
EQUAL = [bytes([number]) * 1200 for number in range(20)]
MIXED = [b"a" * 40, b"b" * 1200, b"c" * 1200, b"d" * 7, b"e" * 7, b"f" * 1199, b"g" * 1200, b"h"]


@given(st.lists(st.sampled_from([0, 1, 40, 1199, 1200, 9000]), max_size=200))
def test_runs_hold_everything_once_and_in_order(sizes: list[int]) -> None:
    found = list(runs(sizes))
    assert [index for begin, end in found for index in range(begin, end)] == list(range(len(sizes)))
    for begin, end in found:
        run = sizes[begin:end]
        assert len(run) <= MAX_RUN
        assert len(run) == 1 or sum(run) <= MAX_RUN_BYTES
        assert set(run[:-1]) <= {run[0]}
        assert run[-1] <= run[0]
        assert len(run) == 1 or run[-1] > 0


def test_equal_datagrams_are_one_run_and_the_last_may_be_shorter() -> None:
    assert list(runs([1200, 1200, 1200, 700])) == [(0, 4)]
    assert list(runs([40, 1200, 1200])) == [(0, 1), (1, 3)]
    assert list(runs([1200, 700, 700])) == [(0, 2), (2, 3)]


class Line:
    """A real socket pair with asyncio's transport at one end."""

    def __init__(self) -> None:
        self.sender = BurstSender()
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(("127.0.0.1", 0))
        self.sink.settimeout(20)
        self.transport: Any = None

    async def __aenter__(self) -> Line:
        loop = asyncio.get_running_loop()
        self.transport, _protocol = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self.sender.close()
        self.transport.close()
        self.sink.close()

    def through(self, datagrams: list[bytes]) -> list[bytes]:
        self.sender.send(datagrams, self.transport, self.sink.getsockname())
        return [self.sink.recv(65536) for _datagram in datagrams]


@pytest.mark.parametrize("datagrams", [EQUAL, MIXED, EQUAL[:1], []])
def test_what_is_sent_arrives(datagrams: list[bytes]) -> None:
    async def scenario() -> None:
        async with Line() as line:
            assert line.through(datagrams) == datagrams
            assert line.through(MIXED) == MIXED

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="device: a Linux kernel, which takes bursts")
def test_a_burst_is_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with Line() as line:
            single: list[bytes] = []
            send = line.transport.sendto
            monkeypatch.setattr(
                line.transport, "sendto", lambda data, addr: (single.append(data), send(data, addr))
            )
            assert line.through(EQUAL) == EQUAL
            assert single == []
            assert line.through(MIXED) == MIXED
            assert [data[:1] for data in single] == [b"a", b"e", b"f"]

    asyncio.run(scenario())


class _Refusing:
    """A socket that takes no bursts."""

    def __init__(self, error: OSError) -> None:
        self.error, self.calls, self.closed = error, 0, False

    def sendmsg(self, *_given: Any) -> None:
        self.calls += 1
        raise self.error

    def setblocking(self, _flag: bool) -> None:
        pass

    def dup(self) -> _Refusing:
        return self

    def close(self) -> None:
        self.closed = True


class _Transport(asyncio.DatagramTransport):
    """asyncio's side, as far as it is used; `waiting` is what it holds back."""

    def __init__(self, own: _Refusing | None) -> None:
        super().__init__()
        self.own, self.sent, self.waiting = own, [], 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.own if name == "socket" else default

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def sendto(self, data: Any, addr: Any = None) -> None:
        assert addr == ADDRESS
        self.sent.append(data)


def _on_linux(monkeypatch: pytest.MonkeyPatch, platform: str = "linux") -> BurstSender:
    monkeypatch.setattr(bursts.sys, "platform", platform)
    return BurstSender()


def test_a_kernel_that_refuses_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, own = _on_linux(monkeypatch), _Refusing(OSError(errno.EIO, "no"))
    transport = _Transport(own)
    sender.send(EQUAL, transport, ADDRESS)
    sender.send(EQUAL, transport, ADDRESS)
    assert transport.sent == EQUAL * 2
    assert (own.calls, own.closed) == (1, True)


def test_a_full_buffer_is_left_to_the_transport_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, own = _on_linux(monkeypatch), _Refusing(BlockingIOError())
    transport = _Transport(own)
    sender.send(EQUAL, transport, ADDRESS)
    transport.waiting = 1200
    sender.send(EQUAL, transport, ADDRESS)
    assert own.calls == 1, "nothing overtakes what waits"
    transport.waiting = 0
    sender.send(EQUAL, transport, ADDRESS)
    assert (own.calls, own.closed) == (2, False)
    assert transport.sent == EQUAL * 3


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_send_one_by_one(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    sender, own = _on_linux(monkeypatch, platform), _Refusing(OSError())
    transport = _Transport(own)
    sender.send(EQUAL, transport, ADDRESS)
    assert (transport.sent, own.calls) == (EQUAL, 0)


def test_a_relayed_line_has_no_socket_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    relay = _Transport(None)
    _on_linux(monkeypatch).send(EQUAL, relay, ADDRESS)
    assert relay.sent == EQUAL


def test_it_follows_to_another_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, first, second = _on_linux(monkeypatch), _Refusing(OSError()), _Refusing(OSError())
    sender.send(EQUAL[:1], _Transport(first), ADDRESS)
    sender.send(EQUAL[:1], _Transport(second), ADDRESS)
    assert (first.closed, second.closed) == (True, False)
    sender.close()
    sender.close()
    assert second.closed
