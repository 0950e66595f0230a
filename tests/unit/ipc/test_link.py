"""The link: everything at once, from nothing and back to nothing."""

import gc
import os
import pickle
import sys
from pathlib import Path

import pytest

from vizstream.ipc.link import Link


def resident_pages():
    return int(Path("/proc/self/statm").read_text().split()[1])


def test_all_parts_work():
    link = Link.create(4, 64, 32)
    writer = link.frames.writer()
    writer.publish(writer.acquire(64, 32))
    assert link.frames.reader().acquire().info.width == 64
    assert link.inputs.producer().put(b"x")
    assert link.inputs.consumer().drain() == [b"x"]
    link.scene.post({"phase": "live"})
    link.wants.post({"viewers": 2})
    assert link.scene.read() == (1, {"phase": "live"})
    assert link.wants.read() == (1, {"viewers": 2})
    link.close()
    link.close()


def test_size_limit_is_the_rings():
    link = Link.create(max_width=64, max_height=32)
    with pytest.raises(ValueError, match="65x32"):
        link.frames.writer().acquire(65, 32)
    link.close()


def test_the_largest_link_touches_next_to_no_memory():
    if sys.platform != "linux":
        return
    before = resident_pages()
    link = Link.create()
    link.frames.writer()
    link.frames.reader()
    pages = resident_pages() - before
    assert link.frames.memory.size > 130_000_000
    assert pages * os.sysconf("SC_PAGE_SIZE") < 1 << 20
    stat = os.fstat(link.frames.memory._handle)
    assert stat.st_blocks * 512 <= 2 << 20  # one page, or one huge page
    link.close()


def test_no_descriptor_leaks():
    def count():
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0

    before = count()
    for _ in range(10):
        link = Link.create(4, 64, 32)
        link.frames.writer()
        link.close()
    assert count() == before


def test_is_picklable_only_while_spawning():
    link = Link.create(4, 64, 32)
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(link)
    link.close()
