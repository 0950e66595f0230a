"""The doorbell: rings arrive, pile up into one, and the end of the other side is noticed."""

import asyncio
import pickle
import signal
import threading
import time

import pytest

from vizstream.ipc.doorbell import doorbell_pair


@pytest.fixture
def pair():
    pair = doorbell_pair()
    yield pair
    for bell in pair:
        bell.close()


def test_ring_wakes_the_other_side_once(pair):
    near, far = pair
    near.ring()
    assert far.wait(5)
    assert not far.wait(0)
    assert not near.wait(0)


def test_both_directions(pair):
    near, far = pair
    near.ring()
    far.ring()
    assert near.wait(5)
    assert far.wait(5)


def test_rings_pile_up_into_one(pair):
    near, far = pair
    for _ in range(100):
        near.ring()
    assert far.wait(5)
    assert not far.wait(0)


def test_wait_times_out(pair):
    begin = time.monotonic()
    assert not pair[0].wait(0.05)
    assert 0.04 < time.monotonic() - begin < 5
    assert not pair[0].closed


@pytest.mark.parametrize("timeout", [0, -1])
def test_wait_without_time_looks_once(pair, timeout):
    near, far = pair
    assert not far.wait(timeout)
    near.ring()
    assert far.wait(timeout)


def test_a_ring_during_the_wait_ends_it(pair):
    near, far = pair
    timer = threading.Timer(0.05, near.ring)
    timer.start()
    assert far.wait(10)
    timer.join()


def test_full_of_rings_neither_blocks_nor_raises(pair):
    near, far = pair
    begin = time.monotonic()
    for _ in range(20_000):  # a socket holds a few hundred
        near.ring()
    assert time.monotonic() - begin < 5
    while far.wait(0):
        pass
    near.ring()
    assert far.wait(5)


def test_other_side_gone(pair):
    near, far = pair
    near.ring()
    near.close()
    assert far.wait(5)  # the last ring still counts
    assert not far.closed
    assert not far.wait(5)
    assert far.closed
    assert not far.wait(None)
    for _ in range(3):
        far.ring()


def test_ringing_a_dead_process_raises_no_sigpipe(pair):
    near, far = pair
    near.close()
    old = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        far.ring()
        far.ring()
    finally:
        signal.signal(signal.SIGPIPE, old)


def test_hang_up_reaches_the_other_side_though_a_copy_is_open(pair):
    near, far = pair
    copy = near._sock.dup()
    near.hang_up()
    assert not far.wait(5)
    assert far.closed
    far.ring()  # the way back is still open
    assert near.wait(5)
    near.hang_up()
    copy.close()


def test_close_is_idempotent(pair):
    near = pair[0]
    near.close()
    near.close()
    assert near.closed
    assert near.fileno() == -1
    assert not near.wait(5)
    near.ring()
    near.hang_up()


def test_descriptors_from_1024_on(pair):
    """select() would refuse them."""
    import os
    import resource
    import socket

    from vizstream.ipc.doorbell import Doorbell

    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 1500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1600, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    first, second = socket.socketpair()
    os.dup2(second.fileno(), 1500, inheritable=False)
    second.close()
    near, far = Doorbell(first), Doorbell(socket.socket(fileno=1500))
    near.ring()
    assert far.wait(5)
    near.close()
    far.close()


def test_in_an_event_loop(pair):
    near, far = pair

    async def run():
        waiting = asyncio.create_task(far.wait_async())
        await asyncio.sleep(0)
        assert not waiting.done()
        near.ring()
        assert await asyncio.wait_for(waiting, 5)
        for _ in range(3):
            near.ring()
        assert await asyncio.wait_for(far.wait_async(), 5)
        waiting = asyncio.create_task(far.wait_async())
        await asyncio.sleep(0)
        near.close()
        assert not await asyncio.wait_for(waiting, 5)
        assert far.closed
        assert not await asyncio.wait_for(far.wait_async(), 5)

    asyncio.run(run())


def test_reset_by_the_other_side_is_its_end(pair, monkeypatch):
    """A peer that closes with unread rings resets the connection on some systems."""
    near, far = pair
    far.ring()
    near.close()
    assert not far.wait(5)
    assert far.closed


def test_is_picklable_only_while_spawning(pair):
    with pytest.raises(TypeError, match="socket"):
        pickle.dumps(pair[0])
