#!/usr/bin/python3
"""A TCP proxy that spoils links: every fault that tests need, drawn from a seed or given by hand.

    proxy.py --listen 127.0.0.1:7500 --to 127.0.0.1:7433 --seed 7            # a mix of faults, drawn for each connection
    proxy.py --listen 127.0.0.1:7500 --to agent.sock --down delay=0.2,cut=4000 --up rate=100

`up` is toward the agent, `down` toward the dashboard. Of each way:

    delay=S    every byte is late by so many seconds         rate=N     so many bytes a second
    jitter=S   and by up to so many more, drawn              stall=N:S  after N bytes nothing for S seconds; nothing is lost
    cut=N      after N bytes both connections are closed     reset=N    after N bytes both are reset (RST)
    silent=N   after N bytes all is swallowed, the end of the stream, too; the sockets stay open: half-open

`duplicate` opens a second connection to the agent, sends it the same bytes and throws its answers away."""
import argparse
import contextlib
import dataclasses
import os
import random
import select
import socket
import struct
import sys
import threading
import time

KEPT = 256 << 10  # bytes of a way under way; beyond it nothing more is read
PIECE = 64 << 10
RESET = struct.pack("ii", 1, 0)


@dataclasses.dataclass
class Faults:
    """What befalls one way of a link. Places are bytes from its beginning."""
    delay: float = 0
    jitter: float = 0
    rate: float = None
    stall: tuple = None  # (place, seconds)
    cut: int = None
    reset: int = None
    silent: int = None

    @classmethod
    def parse(cls, text):
        found = cls()
        for word in filter(None, text.split(",")):
            name, _, value = word.partition("=")
            if name == "stall":
                place, _, seconds = value.partition(":")
                found.stall = (int(place), float(seconds))
            elif name in ("cut", "reset", "silent"):
                setattr(found, name, int(value))
            elif name in ("delay", "jitter", "rate"):
                setattr(found, name, float(value))
            else:
                raise ValueError(f"no fault is called {name}")
        return found

    def __str__(self):
        given = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return ",".join(f"{name}={value[0]}:{value[1]:.2f}" if name == "stall" else f"{name}={round(value, 3)}"
                        for name, value in given if value not in (None, 0) or value == 0 and name in ("cut", "reset", "silent"))


@dataclasses.dataclass
class Plan:
    """What befalls one connection."""
    up: Faults = dataclasses.field(default_factory=Faults)
    down: Faults = dataclasses.field(default_factory=Faults)
    duplicate: bool = False

    def __str__(self):
        parts = [f"up {self.up}" if str(self.up) else "", f"down {self.down}" if str(self.down) else "",
                 "duplicate" if self.duplicate else ""]
        return "; ".join(filter(None, parts)) or "nothing"


def drawn(seed, number, within=6000):
    """The plan of the connection with this number: the same for the same seed. A fifth of all are left alone."""
    rng = random.Random(f"{seed}/{number}")
    plan = Plan()
    if rng.random() < 0.2:
        return plan
    for _ in range(rng.choice([1, 1, 2, 3])):
        faults = rng.choice([plan.up, plan.down])
        place = int(within * rng.random() ** 2)  # most of them early, where greetings and commands are
        kind = rng.choice(["delay", "jitter", "rate", "stall", "cut", "cut", "reset", "reset", "silent", "duplicate"])
        if kind == "duplicate":
            plan.duplicate = True
        else:
            value = {"delay": rng.uniform(0.01, 0.4), "jitter": rng.uniform(0.01, 0.3), "rate": rng.uniform(2e3, 5e4),
                     "stall": (place, rng.uniform(0.2, 4))}.get(kind, place)
            setattr(faults, kind, value)
    return plan


class Way:
    """Bytes from one socket to another."""

    def __init__(self, name, source, target, faults, rng):
        self.name, self.source, self.target, self.faults, self.rng = name, source, target, faults, rng
        self.queue, self.queued = [], 0  # of (when it is due, bytes)
        self.passed = 0  # bytes taken from the source
        self.seen = None  # a bytearray, where somebody wants to read along
        self.rest_until = self.free_at = 0  # when it takes again after a stall; when its rate allows the next bytes
        self.is_stalled = self.has_ended = self.has_shut = False
        self.ended = None  # when its source said that it ends

    def place(self):
        """How many bytes may still be taken before something happens; None for any number."""
        faults = self.faults
        places = [faults.cut, faults.reset, faults.silent, None if self.is_stalled or not faults.stall else faults.stall[0]]
        left = [place - self.passed for place in places if place is not None and place >= self.passed]
        return min(left) if left else None

    def is_silent(self):
        return self.faults.silent is not None and self.passed >= self.faults.silent

    def wants_bytes(self, now):
        is_full = self.faults.cut is not None and self.passed >= self.faults.cut
        return not self.has_ended and not is_full and self.queued < KEPT and now >= self.rest_until

    def take(self, now):
        left = None if self.is_silent() else self.place()
        try:
            part = self.source.recv(PIECE if not left else min(left, PIECE))
        except BlockingIOError:
            return
        if not part:
            self.has_ended, self.ended = True, self.ended or now
            return
        self.passed += len(part)
        if self.is_silent() and not left:
            return
        if self.seen is not None:
            self.seen += part
        due = now + self.faults.delay + self.faults.jitter * self.rng.random()
        due = max(due, self.queue[-1][0]) if self.queue else due  # a stream keeps its order
        self.queue.append((due, part))
        self.queued += len(part)
        stall = self.faults.stall
        if stall and not self.is_stalled and self.passed >= stall[0]:
            self.is_stalled, self.rest_until = True, now + stall[1]

    def next_due(self):
        return max(self.queue[0][0], self.free_at) if self.queue else None

    def give(self, now):
        due, part = self.queue[0]
        rate = self.faults.rate
        try:
            sent = self.target.send(part[:max(1, int(rate / 20))] if rate else part)
        except BlockingIOError:
            return
        self.queued -= sent
        if sent == len(part):
            self.queue.pop(0)
        else:
            self.queue[0] = (due, part[sent:])
        if rate:
            self.free_at = now + sent / rate

    def end(self):
        """Whether its link is to be closed by now, and how."""
        faults = self.faults
        if faults.reset is not None and self.passed >= faults.reset:
            return "reset"
        if faults.cut is not None and self.passed >= faults.cut and not self.queue:
            return "cut"
        return None


class Link:
    """A dashboard's connection and the one to the agent."""

    def __init__(self, near, far, plan, rng, twin=None):
        for one in (near, far, twin):
            if one:
                one.setblocking(False)
        self.near, self.far, self.twin, self.plan = near, far, twin, plan
        self.up, self.down = Way("up", near, far, plan.up, rng), Way("down", far, near, plan.down, rng)
        self.ways = (self.up, self.down)
        self.end = None  # why it was closed
        self.twin_bytes = 0  # of what went up, as far as the twin has it
        if twin:
            self.up.seen = bytearray()

    def cut_after(self, down):
        """Closes it when so many more bytes came down."""
        self.down.faults.cut = self.down.passed + down

    def silence(self, *ways):
        """Half-open from here on, this way or both."""
        for way in ways or self.ways:
            way.faults.silent = way.passed

    def close(self, why):
        if self.end:
            return
        self.end = why
        for one in filter(None, (self.near, self.far, self.twin)):
            if why == "reset":
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.close()


class Proxy(threading.Thread):
    """Hands on what comes to `listener` (or through `dial`) to what `connect` leads to. `plan(number)` says what befalls the
    connection with that number; without it nothing does. Use as `with Proxy(...) as proxy:`."""

    def __init__(self, connect, listener=None, plan=None, seed=0, keep=False):
        super().__init__(daemon=True)
        self.connect, self.listener, self.plan, self.seed, self.keep = connect, listener, plan, seed, keep
        self.links, self.count = [], 0  # those that are open; how many there ever were
        self.seen = bytearray()  # with `keep`: every byte that passed, of all links
        self.on_link = None  # told of each new link
        self.is_refusing = False
        self.lock = threading.RLock()
        self.wake, self.waking = socket.socketpair()
        if listener:
            listener.setblocking(False)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def address(self):
        host, port = self.listener.getsockname()[:2]
        return f"{host}:{port}"

    def dial(self, plan=None):
        """(a socket, the link it is the near end of), without a listener."""
        near, inner = socket.socketpair()
        return near, self.add(inner, plan)

    def add(self, inner, plan=None):
        with self.lock:
            number = self.count
            self.count += 1
        plan = plan or (self.plan(number) if self.plan else Plan())
        far = self.connect()
        link = Link(inner, far, plan, random.Random(f"{self.seed}/{number}/jitter"), self.connect() if plan.duplicate else None)
        if self.keep and not plan.duplicate:
            link.up.seen = link.down.seen = self.seen
        with self.lock:
            self.links.append(link)
            if self.on_link:
                self.on_link(number, link)
        self.awaken()
        return link

    def awaken(self):
        with contextlib.suppress(OSError):
            self.waking.send(b"x")

    def silence(self, *names):
        """All links of now become half-open, both ways or the named one."""
        with self.lock:
            for link in self.links:
                link.silence(*[getattr(link, name) for name in names])

    def reset(self):
        with self.lock:
            for link in self.links:
                link.down.faults.reset = 0
        self.awaken()

    def close(self):
        with contextlib.suppress(OSError):
            self.waking.close()
        self.join()
        self.wake.close()

    def run(self):
        try:
            while self.turn():
                pass
        finally:
            for link in self.links:
                link.close("end")
            if self.listener:
                self.listener.close()

    def turn(self):
        now = time.monotonic()
        readers, writers, moments = [self.wake], [], []
        if self.listener:
            readers.append(self.listener)
        with self.lock:
            links = list(self.links)
            for link in links:
                if why := next((end for way in link.ways if (end := way.end())), None):
                    link.close(why)
                elif not link.end:
                    self.look(link, now, readers, writers, moments)
            self.links = [link for link in self.links if not link.end]
        wait = max(0, min(moments) - now) if moments else None
        ready, writable, _ = select.select(readers, writers, [], wait)
        ready, writable = set(ready), set(writable)
        if self.wake in ready and not self.wake.recv(4096):
            return False
        if self.listener in ready:
            self.accept()
        now = time.monotonic()
        for link in links:
            if not link.end:
                self.move(link, ready, writable, now)
        return True

    @staticmethod
    def look(link, now, readers, writers, moments):
        for way in link.ways:
            if way.wants_bytes(now):
                readers.append(way.source)
            elif now < way.rest_until:
                moments.append(way.rest_until)
            due = way.next_due()
            if due is not None and due <= now:
                writers.append(way.target)
            elif due is not None:
                moments.append(due)
        if link.twin:
            readers.append(link.twin)
            if link.twin_bytes < len(link.up.seen):
                writers.append(link.twin)

    def accept(self):
        inner, _ = self.listener.accept()
        if self.is_refusing:
            inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            inner.close()
            return
        try:
            self.add(inner)
        except OSError:  # nobody is behind it
            inner.close()

    def move(self, link, ready, writable, now):
        try:
            for way in link.ways:
                if way.source in ready and way.wants_bytes(now) and not way.end():
                    way.take(now)
                if way.target in writable and (due := way.next_due()) is not None and due <= now:
                    way.give(now)
                if way.has_ended and not way.queue and not way.has_shut and not way.is_silent():
                    way.has_shut = True
                    way.target.shutdown(socket.SHUT_WR)
            if all(way.has_shut or way.has_ended for way in link.ways) and not any(way.queue for way in link.ways):
                link.close("end")
        except OSError as error:  # one side is gone
            link.close(type(error).__name__)
            return
        if link.twin:
            try:
                if link.twin in ready and not link.twin.recv(PIECE):
                    raise ConnectionError
                if link.twin_bytes < len(link.up.seen):  # at once, whether it is known to be writable or not
                    link.twin_bytes += link.twin.send(bytes(link.up.seen[link.twin_bytes:]))
            except BlockingIOError:
                pass
            except OSError:
                link.twin.close()
                link.twin = None


def dialler(address):
    """Connects to HOST:PORT, or to the path of a unix socket."""
    def connect():
        if "/" in address or ":" not in address:
            far = socket.socket(socket.AF_UNIX)
            far.connect(address)
            return far
        host, port = address.rsplit(":", 1)
        return socket.create_connection((host, int(port)))
    return connect


def listener(address="127.0.0.1:0"):
    if "/" in address or ":" not in address:
        near = socket.socket(socket.AF_UNIX)
        near.bind(address)
        os.chmod(address, 0o600)
        near.listen(64)
        return near
    host, port = address.rsplit(":", 1)
    return socket.create_server((host, int(port)), backlog=512)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS", help="HOST:PORT, or the path of a unix socket")
    parser.add_argument("--to", required=True, metavar="ADDRESS")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="what the faults are drawn from")
    parser.add_argument("--up", type=Faults.parse, metavar="FAULTS", help="for every connection, in place of drawn ones")
    parser.add_argument("--down", type=Faults.parse, metavar="FAULTS")
    parser.add_argument("--duplicate", action="store_true")
    given = parser.parse_args()
    is_given = given.up or given.down or given.duplicate

    def plan(number):
        if not is_given:
            return drawn(given.seed, number)
        return Plan(dataclasses.replace(given.up or Faults()), dataclasses.replace(given.down or Faults()), given.duplicate)

    proxy = Proxy(dialler(given.to), listener(given.listen), plan, given.seed)
    proxy.on_link = lambda number, link: print(f"connection {number}: {link.plan}", flush=True)
    print(f"seed {given.seed}: {given.listen if '/' in given.listen else proxy.address} to {given.to}", flush=True)
    try:
        proxy.join()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
