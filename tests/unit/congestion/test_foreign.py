"""A queue that does not answer belongs to somebody else."""

from __future__ import annotations

from results import result

from vizstream.congestion.foreign import QueueOwner

S = 1_000_000_000


def play(
    owner: QueueOwner, queue_ms: list[float], *, begin_s: float = 0.0, sent_bps: float = 500_000
) -> None:
    """One packet every 100 ms, each with the queue that it met."""
    for index, queue in enumerate(queue_ms):
        send_ms = 1000 * begin_s + 100 * index
        owner.update(
            [result(index, send_ms, send_ms + 25 + queue)],
            base_us=25_000,
            queue_ms=queue,
            sent_bps=sent_bps,
            now_ns=round((send_ms + 50 + queue) * 1e6),
        )


def test_a_queue_that_shrinks_is_ours() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [200 - 10 * index for index in range(20)])
    assert not owner.foreign
    assert not owner.waits


def test_a_queue_that_stays_is_not() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [200] * 20)
    assert owner.foreign


def test_it_is_put_to_the_test_again() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [200] * 20)
    play(owner, [200] * 60, begin_s=2)
    assert not owner.foreign
    assert not owner.waits, "one decrease is allowed"
    owner.decreased(0.85, 500_000, 8 * S)
    assert owner.waits, "and judged before the next"
    play(owner, [200] * 20, begin_s=8, sent_bps=400_000)
    assert owner.foreign


def test_it_ends_when_the_queue_is_gone_or_doubles() -> None:
    for queue_ms in (5.0, 600.0):
        owner = QueueOwner()
        owner.decreased(0.85, 1_000_000, 0)
        play(owner, [200] * 20)
        assert owner.foreign
        play(owner, [queue_ms], begin_s=2.1)
        assert not owner.foreign


def test_an_encoder_that_spends_too_much_proves_nothing() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [200] * 20, sent_bps=1_000_000)
    assert not owner.foreign


def test_a_short_queue_proves_nothing() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [30] * 20)
    assert not owner.foreign


def test_a_narrowing_starts_anew() -> None:
    owner = QueueOwner()
    owner.decreased(0.85, 1_000_000, 0)
    play(owner, [60] * 4)
    # Now the line narrows, and the queue that the next decrease has to empty is a long one.
    owner.decreased(0.1, 1_000_000, 4 * S // 10)
    play(owner, [900 - 50 * index for index in range(18)], begin_s=0.4)
    assert not owner.foreign
