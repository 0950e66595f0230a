"""Programs that run beside us: what they say, and that they end."""

from __future__ import annotations

import subprocess
import sys
import time

from vizstream import beside

ECHO = "import sys\nfor line in sys.stdin: print(line.strip() * 2, flush=True)\nprint('end', flush=True)"


def run(code: str) -> subprocess.Popen[str]:
    return beside.start([sys.executable, "-c", code], stderr=subprocess.DEVNULL)


def test_it_is_spoken_to_and_ends_with_its_stdin() -> None:
    process = run(ECHO)
    assert process.stdin
    assert process.stdout
    print("ab", file=process.stdin, flush=True)
    assert process.stdout.readline() == "abab\n"
    beside.end(process, 20)
    assert process.returncode == 0
    assert process.stdout.read() == "end\n"
    process.stdout.close()
    beside.end(process, 20)


def test_what_does_not_end_is_told_or_killed() -> None:
    for terminate, code, status in (
        (True, "import time; time.sleep(60)", -15),
        (False, "while True: pass", -9),
    ):
        process = run(code)
        assert process.stdout
        began = time.monotonic()
        beside.end(process, 20 if terminate else 0.2, terminate=terminate)
        assert process.returncode == status
        assert time.monotonic() - began < 20
        process.stdout.close()
