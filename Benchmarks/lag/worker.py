"""A Python server whose asyncio loop is blocked on purpose, and which knows when.

    python3 worker.py OPTIONS_AS_JSON

Options as those of worker.js: monitor (a timer every 1 ms that notes how late it is), seed, results, body, work, blocks
(kinds sleep and spin), and loop: asyncio, uvloop, poll, select, thread (asyncio beside a main thread that waits for it),
or none (a thread for each connection). Prints `ready PORT`. Times in its results are CLOCK_MONOTONIC in ns."""
import asyncio
import json
import os
import random
import selectors
import signal
import socketserver
import sys
import threading
import time

END = b"\r\n\r\n"


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


BLOCKS = {"sleep": time.sleep, "spin": spin}


class Server(asyncio.Protocol):
    def __init__(self, answer, work):
        self.answer, self.work, self.transport, self.kept = answer, work, None, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        parts = (self.kept + data).split(END)
        self.kept = parts.pop()
        for _ in parts:
            if self.work:
                spin(self.work)
            self.transport.write(self.answer)


class Blocked:
    """The loop's blocks and windows."""

    def __init__(self, options):
        self.options, self.random = options, random.Random(options["seed"])
        self.windows, self.blocks = [], []
        self.late = 0

    def begin(self, loop):
        self.loop = loop
        for plan in self.options.get("blocks", []):
            loop.call_later(self.random.uniform(0.05, plan["every"][1] / 1000), self.block, plan)
        if self.options["monitor"]:
            self.ticked = self.started = time.monotonic_ns()
            self.window = (self.started, 0)
            self.tick()

    def block(self, plan):
        length = (self.random.expovariate(1 / plan["mean"]) if plan.get("mean")
                  else self.random.uniform(plan["min"], plan["max"])) / 1000
        start = time.monotonic_ns()
        BLOCKS[plan["kind"]](length)
        self.blocks.append({"kind": plan["kind"], "start": start, "end": time.monotonic_ns()})
        self.loop.call_later(self.random.uniform(*plan["every"]) / 1000, self.block, plan)

    def tick(self):
        now = time.monotonic_ns()
        start, latest = self.window
        latest = max(latest, now - self.ticked - 1_000_000)
        self.ticked = now
        self.window = (start, latest)
        if now >= start + 1_000_000_000:
            self.windows.append({"start": start, "end": now, "max": latest})
            self.window = (now, 0)
        self.loop.call_later(0.001, self.tick)

    def save(self):
        with open(self.options["results"], "w") as file:
            json.dump({"windows": self.windows, "blocks": self.blocks}, file)


def new_loop(kind):
    if kind == "uvloop":
        import uvloop
        return uvloop.new_event_loop()
    if kind in ("poll", "select"):
        return asyncio.SelectorEventLoop(
            selectors.PollSelector() if kind == "poll" else selectors.SelectSelector())
    return asyncio.SelectorEventLoop(selectors.EpollSelector())


def serve_loop(options, blocked, started=None):
    loop = new_loop(options["loop"])
    asyncio.set_event_loop(loop)
    body = b"x" * options.get("body", 2)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    work = options.get("work", 0) / 1000
    server = loop.run_until_complete(loop.create_server(lambda: Server(answer, work), "127.0.0.1", 0, backlog=512))
    blocked.begin(loop)
    os.write(1, b"ready %d\n" % server.sockets[0].getsockname()[1])
    if started:
        started(loop)
    else:
        loop.add_signal_handler(signal.SIGTERM, loop.stop)
    loop.run_forever()


class Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 512


class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def serve_threads():
    server = Threaded(("127.0.0.1", 0), Answer)
    os.write(1, b"ready %d\n" % server.server_address[1])
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:  # accept(2) and nothing else, as small servers do
        server.process_request(*server.get_request())


def main():
    options = json.loads(sys.argv[1])
    if options["loop"] == "none":
        serve_threads()
    blocked = Blocked(options)
    if options["loop"] == "thread":
        loops = []
        thread = threading.Thread(target=serve_loop, args=(options, blocked, loops.append))
        signal.signal(signal.SIGTERM, lambda *_: loops[0].call_soon_threadsafe(loops[0].stop))
        thread.start()
        while thread.is_alive():  # a join without a limit would not let the signal's handler run
            thread.join(3600)
    else:
        serve_loop(options, blocked)
    blocked.save()


main()
