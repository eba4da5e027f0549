"""A prefork server whose workers differ in descriptors, threads, memory and load, and report their own CPU time.

`counting_workers.py COUNT`: for each line on stdin every worker prints one line of JSON with its pid and its CPU seconds
by getrusage(2), all threads.
"""
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time


def run_worker(number, listener, questions, answers):
    kept = [open(os.devnull) for _ in range(number % 7)]
    memory = bytearray(os.urandom(1 << 12)) * (number * 64)
    for _ in range(number % 4):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    loop = select.epoll()
    loop.register(listener.fileno(), select.EPOLLIN)
    loop.register(questions, select.EPOLLIN)
    while True:
        for descriptor, _ in loop.poll(0.05):
            if descriptor == questions:
                if not os.read(questions, 1):
                    os._exit(0)
                used = resource.getrusage(resource.RUSAGE_SELF)
                line = json.dumps({"pid": os.getpid(), "cpu_seconds": used.ru_utime + used.ru_stime})
                os.write(answers, (line + "\n").encode())  # shorter than PIPE_BUF: lines never mix
        if number % 10 == 0:  # some are busy
            until = time.monotonic() + 0.01
            while time.monotonic() < until:
                pass
    del kept, memory


def main():
    count = int(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    to_workers = []
    for number in range(count):
        read, write = os.pipe()
        if os.fork() == 0:
            for other in to_workers:
                os.close(other)
            os.close(write)
            os.close(0)
            run_worker(number, listener, read, 1)
        os.close(read)
        to_workers.append(write)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # the pipes close, and the workers end
    for _ in sys.stdin:
        for pipe in to_workers:
            os.write(pipe, b"?")


main()
