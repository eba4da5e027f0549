"""The agent's side of the protocol, written from docs/PROTOCOL.md alone: bytes of what an agent sends, true or not, and a Talk with one
dashboard."""
import os
import ssl
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "Benchmarks"))
from client import CRITICAL, DELTA, EVENT, FAILURE, HELLO, KEYFRAME, MASK, PING, PONG, SUBSCRIBE, VERSION, WELCOME, Reader, Writer  # noqa: E402

QUERY, ANSWER, DENY_LIST, RENEW_REQUEST = 15, 16, 17, 18
SECOND = 1_000_000_000
WORKERS, GROUPS, LARGEST = 2000, 1000, 2 << 20  # the protocol's limits


def message(kind, body, flags=CRITICAL):
    return struct.pack(">IBBH", 4 + len(body), kind, flags, 0) + body


class Text(Writer):
    """A Writer with the kinds of value that only an agent sends."""

    def text(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.varint(len(data))
        self.bytes += data
        return self

    def row(self, row):
        bits = 0
        for column in row:
            bits |= 1 << column
        self.varint(bits)
        for column in sorted(row):
            self.varint(row[column])
        return self

    def numbers(self, *numbers):
        for number in numbers:
            self.varint(number)
        return self


def group(key, app="app", kind=1, ports=(), row=None, master=None, expected=None, roll=None):
    body = Text().text(key).text(app)
    body.bytes.append(kind)
    body.numbers(len(ports), *ports)
    body.bytes += bytes([1, (master is not None) | (expected is not None) << 2 | (roll is not None) << 4])
    body.numbers(*(master or ()), *([] if expected is None else [expected]))
    body.bytes += roll or b""
    return bytes(body.row(row or {}).bytes)


def worker(boot, pid, start=1, slot=1, position=1, name="worker", arguments=(), started=0, row=None, stretches=b"\0", folded=b"\0",
           parent=1, key=None):
    body = Text()
    body.bytes += b"\1" + boot
    body.numbers(pid, start, parent, position)
    if not position:
        body.text(key)
    body.numbers(slot, 0).text(name).varint(len(arguments))
    for argument in arguments:
        body.text(argument)
    body.signed(started)
    body.bytes += b"\0" + folded
    body.row(row or {})
    body.bytes += stretches
    return bytes(body.bytes)


def content(monotonic, wall, groups, workers, host=None, troubles=(), counts=None):
    """`counts`: how many it says there are, where that is a lie."""
    body = Text().numbers(monotonic & MASK)
    body.signed(wall)
    body.varint(0)
    body.row({0: monotonic & MASK, 2: 16 << 30, 3: 8 << 30, 11: len(workers), 26: 1} if host is None else host)
    body.varint(len(troubles))
    body.bytes += b"".join(troubles)
    for number, entries in enumerate((groups, workers)):
        body.varint(counts[number] if counts else len(entries))
        body.bytes += b"".join(entries)
    return bytes(body.bytes)


class Talk:
    """One connection: what the dashboard asked for last, and what it gets."""

    def __init__(self, connection, liar):
        self.connection, self.liar, self.rate = connection, liar, liar.rate
        self.boot, self.subscription, self.sequence = liar.boot, None, 0
        self.questions, self.is_deaf, self.is_over = [], False, threading.Event()

    def keyframe(self, body, subscription=None, sequence=None):
        self.sequence = self.sequence + 1 if sequence is None else sequence
        head = Text().numbers(self.subscription if subscription is None else subscription, self.sequence)
        return message(KEYFRAME, bytes(head.bytes) + body)

    def delta(self, parts=0, rest=b"", base=None, step=SECOND, wall_step=0, forth=1):
        body = Text().numbers(self.subscription, self.sequence if base is None else base)
        body.signed(forth)
        self.sequence += forth
        body.bytes.append(parts)
        if not parts & 1:
            body.signed(step)
            body.signed(wall_step)
        return message(DELTA, bytes(body.bytes) + rest)

    def honest(self, name="worker"):
        workers = [worker(self.boot, 100 + number, slot=number + 1, name=name, row={0: 10 ** 9, 1: 20 << 20, 2: 1, 3: 10, 10: ord("S")})
                   for number in range(3)]
        return content(time.monotonic_ns(), time.time_ns(), [group("app", row={0: 3, 1: 3 * 10 ** 9})], workers)

    def event(self, number, kind, body):
        head = Text().numbers(number, time.monotonic_ns())
        head.signed(time.time_ns())
        return message(EVENT, bytes(head.bytes) + bytes([kind]) + body)

    def listen(self):
        """What the dashboard says. A deaf liar reads nothing."""
        pending = bytearray()
        while not self.is_over.is_set():
            if self.is_deaf:
                self.is_over.wait(0.2)
                continue
            try:
                part = self.connection.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError:
                part = b""
            if not part:
                break
            pending += part
            while len(pending) >= 8 and len(pending) >= (size := 4 + int.from_bytes(pending[:4], "big")):
                self.take(pending[4], Reader(bytes(pending[8:size])))
                del pending[:size]
        self.is_over.set()

    def take(self, kind, reader):
        if kind == SUBSCRIBE:
            self.subscription = reader.varint()
        elif kind == QUERY:
            self.questions.append((reader.varint(), reader.byte(), reader))
        elif kind == PING:
            self.send(self.pong(reader.varint()))
        elif kind == FAILURE:
            print(f"refused: code {reader.varint()}, {reader.text()}", flush=True)

    @staticmethod
    def pong(nonce):
        pong = Text().numbers(nonce)
        pong.signed(time.time_ns())
        pong.varint(time.monotonic_ns())
        return message(PONG, bytes(pong.bytes))

    def send(self, data):
        with self.liar.lock(self):
            view = memoryview(data)
            while view and not self.is_over.is_set():
                try:
                    view = view[self.connection.send(view):]
                except (TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    continue
                except OSError:
                    self.is_over.set()

    def run(self):
        hello = Text().numbers(VERSION, VERSION, 0)
        hello.bytes += b"\2\1" + self.liar.host + self.liar.run
        hello.signed(time.time_ns())
        hello.varint(time.monotonic_ns())
        welcome = Text().numbers(VERSION, 0)
        welcome.bytes += self.liar.host + self.boot
        welcome.text(self.liar.name).text("6.1").numbers(4, 100).text("0.1.0").varint(SECOND)
        welcome.bytes += b"\3\0" + self.liar.run
        welcome.signed(time.time_ns())
        welcome.varint(time.monotonic_ns())
        self.connection.settimeout(0.5)
        threading.Thread(target=self.listen, daemon=True).start()
        self.send(message(HELLO, bytes(hello.bytes)) + message(WELCOME, bytes(welcome.bytes)))
        while self.subscription is None and not self.is_over.wait(0.02):
            pass
        while not self.liar.lies.is_set() and not self.is_over.is_set():
            self.send(self.keyframe(self.honest()))
            self.liar.lies.wait(1)
        for next_one in self.liar.lie(self) if not self.is_over.is_set() else ():
            if isinstance(next_one, bytes):
                self.send(next_one)
            else:
                self.is_over.wait(next_one)
            if self.is_over.is_set():
                break
        self.is_over.set()
        self.connection.close()
