"""The supervisor and real children: restarts, ends, and a user's script that runs exactly once."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from ipc_peers import (
    answer_rings,
    children,
    fail_at_once,
    ignore_everything,
    import_standard_module,
    is_running,
    list_descriptors,
    shared_memory_names,
    until,
)

from vizstream.ipc.board import Board
from vizstream.ipc.link import Link
from vizstream.ipc.supervisor import Supervisor

SUPPORT = Path(__file__).parents[1] / "support"
#: Seconds for a child to be there: an interpreter, numpy, and a machine with other things to do.
START_S = 20
#: What the architecture promises.
RESTART_S = 2
ORPHAN_S = 2


@pytest.fixture
def board():
    names, before = shared_memory_names(), children()
    board = Board()
    yield board
    board.close()
    assert shared_memory_names() == names
    until(lambda: children() == before, 10, "no child left")


@contextlib.contextmanager
def supervised(target, *args, **options):
    supervisor = Supervisor(target, args, **options)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def posted(board, key, seconds=START_S):
    return until(lambda: board.read()[1].get(key), seconds, f"{key} on the board")


def test_killed_child_is_restarted_and_the_doorbell_works_on(board):
    with supervised(answer_rings, board) as supervisor:
        bell = supervisor.doorbell
        pid = posted(board, "pid")
        assert pid == supervisor.pid != os.getpid()
        for failures in range(1, 4):
            bell.ring()
            assert bell.wait(5), "the child answers"
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            pid = until(
                lambda old=pid: (now := board.read()[1]["pid"]) != old and now, START_S, "a new child"
            )
            if failures == 1:  # the delay has doubled twice by the third
                assert time.monotonic() - killed < RESTART_S
            assert supervisor.pid == pid
            assert supervisor.failures == failures
            assert supervisor.doorbell is bell
            assert not bell.closed


def test_a_wait_on_the_doorbell_goes_on_across_a_restart(board):
    with supervised(answer_rings, board) as supervisor:
        pid = posted(board, "pid")
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(supervisor.doorbell.wait(START_S)))
        waiting.start()
        os.kill(pid, signal.SIGKILL)
        until(lambda: board.read()[1]["pid"] != pid, START_S, "a new child")
        assert waiting.is_alive(), "a death is no ring"
        supervisor.doorbell.ring()
        waiting.join(5)
        assert heard == [True]


def test_a_child_that_ends_by_itself_is_restarted_too(board):
    with supervised(import_standard_module, board, first_delay_s=0.01) as supervisor:
        pid = posted(board, "pid")
        os.kill(pid, signal.SIGTERM)
        until(lambda: board.read()[1]["pid"] != pid, START_S, "a new child")
        assert supervisor.failures == 1


def test_restarts_come_ever_later_up_to_a_limit(board, caplog):
    with supervised(fail_at_once, board, first_delay_s=0.2, max_delay_s=0.8) as supervisor:
        until(lambda: len(board.read()[1].get("times", [])) >= 5, 60, "five starts")
        assert supervisor.failures >= 4
    gaps = [later - earlier for earlier, later in pairwise(board.read()[1]["times"])]
    for gap, delay in zip(gaps, (0.2, 0.4, 0.8, 0.8), strict=False):
        assert delay <= gap < delay + 5
    said = [message for message in caplog.messages if "status 9" in message]
    assert "vizstream-server ended with status 9; starting it again in 0.2 s" in said[0]
    assert "in 0.4 s" in said[1]
    assert "in 0.8 s" in said[2]
    assert "in 0.8 s" in said[3]


def test_a_child_that_lived_for_long_starts_from_the_first_delay(board, caplog):
    with supervised(answer_rings, board, first_delay_s=0.01, steady_s=0) as supervisor:
        pid = posted(board, "pid")
        for _ in range(3):
            os.kill(pid, signal.SIGKILL)
            pid = until(
                lambda old=pid: (now := board.read()[1]["pid"]) != old and now, START_S, "a new child"
            )
        assert supervisor.failures == 3
    assert [message.rpartition("in ")[2] for message in caplog.messages] == ["0.0 s"] * 3
    assert "SIGKILL" in caplog.messages[0]


def test_restarts_leak_no_descriptor(board):
    def count():
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    with supervised(answer_rings, board, first_delay_s=0.01, max_delay_s=0.01):
        pid = posted(board, "pid")
        before = count()
        for _ in range(4):
            os.kill(pid, signal.SIGKILL)
            pid = until(
                lambda old=pid: (now := board.read()[1]["pid"]) != old and now, START_S, "a new child"
            )
        assert count() == before


def test_stop_asks_first(board):
    with supervised(answer_rings, board) as supervisor:
        pid = posted(board, "pid")
        begin = time.monotonic()
        supervisor.stop(timeout=30)
        assert time.monotonic() - begin < 10, "it went when asked, not when terminated"
        assert not is_running(pid)
        assert supervisor.failures == 0
        assert supervisor.pid is None
        supervisor.stop()


def test_stop_kills_what_neither_listens_nor_heeds_sigterm(board):
    with supervised(ignore_everything, board) as supervisor:
        pid = posted(board, "pid")
        begin = time.monotonic()
        supervisor.stop(timeout=0.9)
        assert 0.8 < time.monotonic() - begin < 5
        until(lambda: not is_running(pid), 5, "killed")


def test_stop_while_waiting_to_restart(board):
    with supervised(fail_at_once, board, first_delay_s=60) as supervisor:
        until(lambda: supervisor.failures == 1, START_S, "a failure")
        begin = time.monotonic()
        supervisor.stop()
        assert time.monotonic() - begin < 1


def test_stop_right_after_start(board):
    for _ in range(3):
        with supervised(answer_rings, board) as supervisor:
            pid = supervisor.pid
        until(lambda old=pid: not is_running(old), 5, "gone")


def test_start_twice_is_refused(board):
    with supervised(answer_rings, board) as supervisor, pytest.raises(RuntimeError, match="already"):
        supervisor.start()


def test_child_ignores_ctrl_c(board):
    with supervised(answer_rings, board) as supervisor:
        for _ in range(20):  # from its very first instant
            os.kill(supervisor.pid, signal.SIGINT)
            time.sleep(0.01)
        pid = posted(board, "pid")
        os.kill(pid, signal.SIGINT)
        supervisor.doorbell.ring()
        assert supervisor.doorbell.wait(5)
        assert supervisor.failures == 0
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_standard_modules_come_first_after_a_restart_too(board, tmp_path, monkeypatch):
    """A script's folder stands first in its ``sys.path``; the server must not import from there."""
    (tmp_path / "colorsys.py").write_text("raise RuntimeError('this is the wrong module')\n")
    with supervised(import_standard_module, board, first_delay_s=0.01) as supervisor:
        pid = posted(board, "pid")
        monkeypatch.syspath_prepend(tmp_path)
        os.kill(pid, signal.SIGKILL)
        until(lambda: board.read()[1]["pid"] != pid, START_S, "a new child")
        assert supervisor.failures == 1
    assert str(tmp_path) not in board.read()[1]["file"]


def test_child_keeps_link_and_socket_for_itself(board):
    """Neither is inherited by what the server starts, such as a tunnel: it would keep the port open."""
    link = Link.create(4, 64, 64)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with supervised(list_descriptors, link, listener, board):
            assert posted(board, "port") == listener.getsockname()[1]
        inheritable = board.read()[1]["inheritable"]
        assert not [name for name in inheritable if "vizstream" in name or "socket" in name]
    link.close()


# A main process of its own, as a script that the tests can kill or look at afterwards.

MAIN = """
import json, os, sys, time
sys.path.insert(0, {support!r})
from ipc_peers import answer_rings, ignore_everything, until
from vizstream.ipc.board import Board
from vizstream.ipc.supervisor import Supervisor
board = Board()
supervisor = Supervisor({target}, (board,), first_delay_s=0.01)
"""


@contextlib.contextmanager
def script(path, text, *, target="answer_rings"):
    path.write_text(MAIN.format(support=str(SUPPORT), target=target) + text)
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


ANNOUNCE = """
supervisor.start()
pid = until(lambda: board.read()[1].get("pid"), 20)
print(pid, flush=True)
"""


@pytest.mark.parametrize("target", ["answer_rings", "ignore_everything"])
@pytest.mark.parametrize("forks", [False, True])
def test_child_ends_when_its_parent_is_killed(tmp_path, target, forks):
    """Also when the parent has forked, and the fork keeps all pipes and sockets open."""
    fork = "fork = os.fork()\nif fork:\n    print(fork, flush=True)\n" if forks else ""
    with script(tmp_path / "main.py", ANNOUNCE + fork + "time.sleep(60)\n", target=target) as process:
        pid = int(process.stdout.readline())
        fork_pid = int(process.stdout.readline()) if forks else 0
        try:
            assert is_running(pid)
            process.kill()
            killed = time.monotonic()
            until(lambda: not is_running(pid), START_S, "the child's end")
            assert time.monotonic() - killed < ORPHAN_S
            assert not forks or is_running(fork_pid)
        finally:
            if forks:
                os.kill(fork_pid, signal.SIGKILL)


def test_main_that_ends_without_stop_ends_the_child(tmp_path):
    with script(tmp_path / "main.py", ANNOUNCE) as process:
        pid = int(process.stdout.readline())
        assert process.wait(10) == 0
        until(lambda: not is_running(pid), ORPHAN_S, "the child's end")


def test_the_first_child_of_all_ignores_ctrl_c_from_its_first_instant(tmp_path):
    """Before it, multiprocessing starts its resource tracker, which unblocks what we have blocked."""
    text = """
import signal
supervisor.start()
for _ in range(20):
    os.kill(supervisor.pid, signal.SIGINT)
    time.sleep(0.01)
until(lambda: board.read()[1].get("pid") == supervisor.pid, 20)
sys.exit(supervisor.failures)
"""
    with script(tmp_path / "main.py", text) as process:
        assert process.wait(START_S) == 0


def test_the_script_may_still_set_its_start_method(tmp_path):
    text = ANNOUNCE + "import multiprocessing\nmultiprocessing.set_start_method('forkserver')\n"
    with script(tmp_path / "main.py", text) as process:
        assert process.wait(START_S) == 0


BODY = """
import os
with open({count!r}, "a") as file:
    print("import", __name__, os.getpid(), file=file)
"""

RESTART = """
import signal
def run():
    os.kill(pid, signal.SIGKILL)
    again = until(lambda: (now := board.read()[1]["pid"]) != pid and now, 20)
    assert not os.path.exists({count!r} + ".mp")
    print(again, flush=True)
"""

CALL = {
    "guarded": "\nif __name__ == '__main__':\n    run()\n",
    "unguarded": "\nrun()\n",
}


def imports(path):
    return [line.split() for line in path.read_text().splitlines()]


@pytest.mark.parametrize("call", CALL)
def test_a_script_that_starts_the_supervisor_is_imported_once(tmp_path, call):
    """The main module at the start and at the restart is the user's file itself."""
    count = tmp_path / "count"
    text = BODY.format(count=str(count)) + ANNOUNCE + RESTART.format(count=str(count)) + CALL[call]
    with script(tmp_path / "main.py", text) as process:
        first, second = int(process.stdout.readline()), int(process.stdout.readline())
        assert process.wait(10) == 0
    assert first != second
    assert imports(count) == [["import", "__main__", str(process.pid)]]


@pytest.mark.parametrize("call", CALL)
def test_a_script_swapped_in_as_main_is_imported_once(tmp_path, call):
    """As ``vizstream serve`` does: start of the child, the script as ``__main__``, and then a restart."""
    count = tmp_path / "count"
    user = tmp_path / "user.py"
    share = "import __main__, builtins\nos, until, board, pid = builtins.shared\n"
    user.write_text(BODY.format(count=str(count)) + share + RESTART.format(count=str(count)) + CALL[call])
    run = f"""
import builtins, runpy
builtins.shared = os, until, board, pid
runpy.run_path({str(user)!r}, run_name="__main__")
"""
    with script(tmp_path / "main.py", ANNOUNCE + run) as process:
        first, second = int(process.stdout.readline()), int(process.stdout.readline())
        assert process.wait(10) == 0
    assert first != second
    assert imports(count) == [["import", "__main__", str(process.pid)]]


def test_a_script_with_its_own_children_gets_its_own_main(tmp_path):
    """The script's own spawned processes are its affair: they do re-import it, as they always did."""
    count = tmp_path / "count"
    user = tmp_path / "user.py"
    user.write_text(
        BODY.format(count=str(count))
        + "import multiprocessing, builtins\n"
        + "def work(x):\n    return x * x\n"
        + "if __name__ == '__main__':\n"
        + "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        + "        print(pool.apply(work, (7,)), flush=True)\n"
    )
    run = f"\nimport runpy\nrunpy.run_path({str(user)!r}, run_name='__main__')\n"
    main = MAIN.format(support=str(SUPPORT), target="answer_rings")
    guarded = (
        main
        + "if __name__ == '__main__':\n"
        + "".join(f"    {line}\n" for line in (ANNOUNCE + run).splitlines())
    )
    path = tmp_path / "main.py"
    path.write_text(guarded)
    result = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )
    assert result.stdout.split()[-1] == "49"
    assert sorted(line[1] for line in imports(count)) == ["__main__", "__mp_main__"]
