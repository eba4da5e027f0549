"""Python asyncio workers under a small prefork master that replaces them."""
import asyncio
import ctypes
import os
import random
import signal
import socket
import sys
import time


async def serve(listener, slot):
    async def answer(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, sock=listener)
    kept = []
    while server.is_serving():
        await asyncio.sleep(1)
        if slot == 1:  # leaks about 256 KiB a second
            kept.append(bytearray(os.urandom(256 * 1024)))
        if slot == 2 and random.random() < 0.3:  # blocks its loop now and then
            time.sleep(random.uniform(0.05, 0.15))


def run_worker(listener, slot, master):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end with the master
    if os.getppid() != master:
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio.run(serve(listener, slot))


def main():
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", port))
    master, slots = os.getpid(), {}

    def start(slot):
        child = os.fork()
        if child == 0:
            run_worker(listener, slot, master)
            os._exit(0)
        slots[child] = slot

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for slot in range(1, workers + 1):
        start(slot)
    while slots:
        child, _ = os.wait()
        time.sleep(0.2)
        start(slots.pop(child))


main()
