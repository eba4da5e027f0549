"""`crowd.py LOG COUNT`: keeps COUNT processes that each live for a moment and write down a signal they get. As many as fit."""
import os
import random
import signal
import sys
import time

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
limit = int(sys.argv[2])
is_over = False


def over(*_):
    global is_over
    is_over = True


signal.signal(signal.SIGTERM, over)
living, born = set(), 0
while not is_over:
    if len(living) < limit:
        try:
            pid = os.fork()
        except BlockingIOError:  # the pids are used up: somebody has to end first
            pid = None
        if pid == 0:
            for number in (1, 2, 3, 10, 12, 15, 20, 21, 22, 28):
                signal.signal(number, lambda number, _: os.write(log, f"signal {os.getpid()} {number}\n".encode()))
            end = time.monotonic() + 0.2 + random.random() * 0.6
            while (left := end - time.monotonic()) > 0:
                time.sleep(left)
            os._exit(0)
        if pid:
            living.add(pid)
            born += 1
            if born % 100 == 0:
                os.write(log, f"born {born}\n".encode())
            if len(living) < limit:
                continue
    try:
        pid, status = os.wait()
    except ChildProcessError:
        continue
    living.discard(pid)
    if os.WIFSIGNALED(status):
        os.write(log, f"signal {pid} {os.WTERMSIG(status)}\n".encode())
while living:
    pid, status = os.wait()
    living.discard(pid)
    if os.WIFSIGNALED(status):
        os.write(log, f"signal {pid} {os.WTERMSIG(status)}\n".encode())
