import os
import subprocess
import sys

import pytest
from peers.counters import cpu_ticks, family, received_bytes

DEVICES = """Inter-|   Receive                    |  Transmit
 face |bytes    packets errs drop     |bytes packets
    lo: 5036532122 12004081    0    0 5036532122 12004081
  eth0:       7       1    0    0       9        1
"""


def test_cpu_time_is_read_behind_a_name_with_spaces_and_brackets():
    assert cpu_ticks("42 (a) b (c) S 1 42 42 0 -1 4194560 9 8 7 6 150 25 1 2 20 0 3 0") == 175


def test_bytes_are_those_of_the_interface():
    assert received_bytes(DEVICES, "lo") == 5036532122
    assert received_bytes(DEVICES, "eth0") == 7
    with pytest.raises(LookupError):
        received_bytes(DEVICES, "wlan0")


def test_a_family_has_grandchildren():
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = family(process.pid)
        process.communicate(b"\n")
    assert found[0] == process.pid
    assert len(found) == 2
    assert os.getpid() not in found
