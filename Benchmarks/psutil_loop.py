"""Reads all workers once a second with psutil, as its documentation advises: kept objects, one `oneshot` each.

    python3 psutil_loop.py PERIOD_SECONDS PARENT_PID...

A line after each sweep: seconds of the monotonic clock, then pid=CPU seconds of each worker."""
import sys
import time

import psutil

PERIOD = float(sys.argv[1])
processes = [child for parent in sys.argv[2:] for child in psutil.Process(int(parent)).children()]
while True:
    words = []
    for process in processes:
        try:
            with process.oneshot():
                used = process.cpu_times()
                process.memory_info(), process.num_threads(), process.num_ctx_switches(), process.io_counters()
                process.num_fds()
        except psutil.NoSuchProcess:
            continue
        words.append(f"{process.pid}={used.user + used.system:.3f}")
    print(f"{time.monotonic():.6f}", *words, flush=True)
    time.sleep(PERIOD - time.monotonic() % PERIOD)
