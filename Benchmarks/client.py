"""A dashboard's side of the protocol, written from docs/PROTOCOL.md alone: no line of it knows the Swift sources.

Connect(path) greets an agent on its unix socket; next() returns its messages; a Feed keeps the snapshot of one subscription."""
import os
import socket
import struct
import time

HELLO, WELCOME, FAILURE, PING, PONG, SUBSCRIBE, KEYFRAME, DELTA, EVENT = 1, 2, 3, 4, 5, 6, 8, 9, 10
DRAIN = 14
WORKER_STARTED, WORKER_EXITED = 1, 2
CRITICAL = 1
ALL_WORKERS = 3
MAXIMUM_BYTES = 2 << 20
VERSION = 3
PING_SECONDS = 5
MASK = (1 << 64) - 1
# The one column that is told beyond another: worker column 8 beyond column 0.
LEADER, FOLLOWER = 0, 8
# Columns whose differences are told in hundreds: of the host, a group, a worker.
HOST_HUNDREDS, GROUP_HUNDREDS, WORKER_HUNDREDS = {21, 22}, {6, 7}, {11, 12, 13, 14, 17, 22}
BUCKETS = 68


class ProtocolError(Exception):
    pass


class Closed(ProtocolError):
    """The agent ended the session."""


class Writer:
    def __init__(self):
        self.bytes = bytearray()

    def varint(self, value):
        while value >= 0x80:
            self.bytes.append(value & 0x7F | 0x80)
            value >>= 7
        self.bytes.append(value)

    def signed(self, value):
        self.varint((value << 1 ^ value >> 63) & MASK)


class Reader:
    def __init__(self, body):
        self.bytes = body
        self.at = 0

    def raw(self, count):
        if self.at + count > len(self.bytes):
            raise ProtocolError("a field goes beyond its message")
        self.at += count
        return self.bytes[self.at - count:self.at]

    def byte(self):
        return self.raw(1)[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if value > MASK:
                    raise ProtocolError("a varint of more than 64 bits")
                return value
            if shift >= 70:
                raise ProtocolError("a varint of more than ten bytes")

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def text(self):
        return self.raw(self.varint()).decode("utf-8", "replace")

    def flag(self):
        value = self.byte()
        if value > 1:
            raise ProtocolError("a flag that is neither 0 nor 1")
        return value == 1

    def worker(self):
        """As (boot, pid, start ticks)."""
        return self.raw(16), self.varint(), self.varint()

    def columns(self):
        bits = self.varint()
        return [column for column in range(32) if bits >> column & 1]

    def row(self):
        return {column: self.varint() for column in self.columns()}

    def hundreds(self):
        value = self.varint()
        if value == 0:
            return self.signed()
        value -= 1
        return (value >> 1 ^ -(value & 1)) * 100

    def halves(self):
        while True:
            byte = self.byte()
            yield byte >> 4
            yield byte & 15

    def stretches(self, earlier):
        """The later histogram: counts by bucket, those that are not 0."""
        counts, bucket, halves = dict(earlier), 0, self.halves()
        while step := next(halves):
            if step >= 8:
                bucket += step - 7
                continue
            if step == 7:
                step = 0
                for _ in range(next(halves)):
                    step = step << 4 | next(halves)
            if bucket >= BUCKETS:
                raise ProtocolError("a bucket beyond the last")
            counts[bucket] = counts.get(bucket, 0) + step & 0xFFFFFFFF
            bucket += 1
        return {bucket: count for bucket, count in counts.items() if count}

    def values(self, row, changed, gained, lost, hundreds, has_follower):
        """Changes `row`: differences for what was known before, whole values for what was not."""
        lead = 0
        for column in sorted(changed + gained):
            if column in gained:
                row[column] = self.varint()
                continue
            difference = self.hundreds() if column in hundreds else self.signed()
            if has_follower and column == LEADER:
                lead = difference
            if has_follower and column == FOLLOWER:
                difference += lead
            row[column] = row[column] + difference & MASK
        for column in lost:
            del row[column]

    def process(self):
        """As (pid, start ticks)."""
        return self.varint(), self.varint()

    def manager(self):
        """As (kind, name)."""
        return self.byte(), self.text()

    def roll(self):
        roll = {"id": self.raw(16), "state": self.byte(), "issuer": self.text()}
        roll["total"], roll["replaced"] = self.varint(), self.varint()
        roll["under way"] = [self.varint() for _ in range(self.varint())]
        roll["reason"], roll["began"] = self.text(), self.varint()
        return roll

    def group(self, _boot, _groups):
        group = {"key": self.text(), "app": self.text(), "kind": self.byte()}
        group["ports"] = [self.varint() for _ in range(self.varint())]
        group["respawn"] = self.byte()
        known = self.byte()
        group["master"] = self.process() if known & 1 else None
        group["manager"] = self.manager() if known & 2 else None
        group["expected"] = self.varint() if known & 4 else None
        group["orphan"] = (*self.process(), self.varint()) if known & 8 else None
        group["roll"] = self.roll() if known & 16 else None
        group["missing since"] = self.signed() if known & 32 else None
        group["row"] = self.row()
        return group

    def trouble(self):
        trouble = {"subject": self.byte(), "level": self.byte()}
        known = self.byte()
        trouble["value"] = self.varint() if known & 1 else None
        trouble["app"] = self.text() if known & 2 else None
        trouble["expected"] = self.varint() if known & 4 else None
        trouble["since"] = self.signed() if known & 8 else None
        trouble["slot"] = self.varint() if known & 16 else None
        return trouble

    def worker_info(self, boot, groups):
        if self.flag():
            boot = self.raw(16)
        if boot is None:
            raise ProtocolError("a worker without a boot")
        info = {"boot": boot, "pid": self.varint(), "start": self.varint(), "parent": self.varint()}
        position = self.varint()
        info["group"] = groups[position - 1]["key"] if position else self.text()
        info["slot"], info["uid"], info["name"] = self.varint(), self.varint(), self.text()
        info["arguments"] = [self.text() for _ in range(self.varint())]
        info["started"] = self.signed()
        known = self.byte()
        info["manager"] = self.manager() if known & 1 else None
        info["open_files_limit"] = self.varint() if known & 2 else None
        info["folded"] = [(*self.process(), self.byte(), self.text()) for _ in range(self.varint())]
        return info

    def worker_entry(self, boot, groups):
        entry = self.worker_info(boot, groups)
        entry["row"] = self.row()
        entry["stretches"] = self.stretches({})
        return entry

    def list(self, element, groups):
        entries = []
        for _ in range(self.varint()):
            entries.append(element(entries[-1]["boot"] if entries and "boot" in entries[-1] else None, groups))
        return entries

    def edits(self, old, element, groups, hundreds, has_follower):
        """The later list, and how many of its rows changed or came."""
        new, recent, touched, at = [], [0, 0, 0], 0, 0
        old = list(old)
        boot = old[0].get("boot") if old else None
        while head := self.varint():
            kind, kept = head & 7, head >> 3
            if at + kept > len(old):
                raise ProtocolError("an edit beyond its list")
            new += old[at:at + kept]
            at += kept
            if kind == 2:
                new.append(element(boot, groups))
                boot = new[-1].get("boot", boot)
                touched += 1
                continue
            if kind == 0 or at == len(old):
                raise ProtocolError("an edit beyond its list")
            if kind == 1:
                at += 1
                continue
            entry = dict(old[at], row=dict(old[at]["row"]))
            if kind == 3:  # the entry stays the next one
                code = self.varint()
                if (code >> 1 in entry["row"]) == bool(code & 1):
                    raise ProtocolError("a column that becomes what it is")
                if code & 1:
                    entry["row"][code >> 1] = self.varint()
                else:
                    del entry["row"][code >> 1]
                old[at] = entry
                continue
            bits = self.varint() if kind == 4 else recent[kind - 5]
            recent.remove(bits) if bits in recent else recent.pop()
            recent.insert(0, bits)
            changed = [column for column in range(31) if bits >> column + 1 & 1]
            self.values(entry["row"], changed, [], [], hundreds, has_follower)
            if bits & 1:
                entry["stretches"] = self.stretches(entry["stretches"])
            new.append(entry)
            touched += 1
            at += 1
        return new + old[at:], touched

    def content(self, snapshot):
        snapshot["monotonic"], snapshot["wall"] = self.varint(), self.signed()
        snapshot["limitations"], snapshot["host"] = self.varint(), self.row()
        snapshot["troubles"] = [self.trouble() for _ in range(self.varint())]
        snapshot["groups"] = self.list(self.group, [])
        snapshot["workers"] = self.list(self.worker_entry, snapshot["groups"])

    def finish(self):
        if self.at != len(self.bytes):
            raise ProtocolError(f"{len(self.bytes) - self.at} bytes left over")


class Feed:
    """The snapshot of one subscription, brought up to date by its messages."""

    def __init__(self):
        self.snapshot = None
        # Of the last message: bytes with framing, bytes of its parts, and rows of workers that changed.
        self.bytes = self.host_bytes = self.groups_bytes = self.workers_bytes = self.changed_rows = 0

    def take(self, kind, body):
        reader = Reader(body)
        reader.varint()  # the subscription: there is one
        self.bytes = 8 + len(body)
        if kind == KEYFRAME:
            self.snapshot = {"sequence": reader.varint()}
            reader.content(self.snapshot)
            self.changed_rows = len(self.snapshot["workers"])
        else:
            self.apply(reader)
        reader.finish()

    def apply(self, reader):
        base, old = reader.varint(), self.snapshot
        if old is None or base != old["sequence"]:
            raise ProtocolError("a delta for another base")
        new = dict(old, sequence=base + reader.signed() & MASK)
        parts = reader.byte()
        self.snapshot = new
        self.host_bytes = self.groups_bytes = self.workers_bytes = self.changed_rows = 0
        if parts & 1:
            return reader.content(new)
        step = reader.signed()
        new["monotonic"] += step
        new["wall"] += step + reader.signed()
        if parts & 2:
            new["limitations"] = reader.varint()
        start = reader.at
        if parts & 4:
            gained, lost, changed = reader.columns(), reader.columns(), reader.columns()
            new["host"] = dict(old["host"])
            reader.values(new["host"], changed, gained, lost, HOST_HUNDREDS, False)
        if parts & 32:
            new["troubles"] = [reader.trouble() for _ in range(reader.varint())]
        self.host_bytes, start = reader.at - start, reader.at
        if parts & 8:
            new["groups"], _ = reader.edits(old["groups"], reader.group, [], GROUP_HUNDREDS, False)
        self.groups_bytes, start = reader.at - start, reader.at
        if parts & 16:
            new["workers"], self.changed_rows = reader.edits(
                old["workers"], reader.worker_entry, new["groups"], WORKER_HUNDREDS, True)
        self.workers_bytes = reader.at - start


class Connection:
    """A session with an agent; next() gives (type, body, when its last byte was there)."""

    def __init__(self, path, seconds=20):
        self.socket = self.connect(path, time.monotonic() + seconds)
        self.socket.settimeout(seconds)
        self.pending = bytearray()
        hello = Writer()
        for number in (VERSION, VERSION, 0, 1, 0):  # lowest and highest version, features, role dashboard, no host id
            hello.varint(number)
        hello.bytes += os.urandom(16)
        hello.signed(time.time_ns())
        hello.varint(time.monotonic_ns())
        self.send(HELLO, hello.bytes)
        kind, body, _ = self.next()
        while kind == HELLO:  # the agent's own, of which nothing is needed here
            kind, body, _ = self.next()
        if kind != WELCOME:
            raise ProtocolError(f"message {kind} where WELCOME was expected")
        self.welcome = self.read_welcome(Reader(body))

    @staticmethod
    def connect(path, deadline):
        while True:
            attempt = socket.socket(socket.AF_UNIX)
            try:
                attempt.connect(path)
                return attempt
            except OSError:
                attempt.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    @staticmethod
    def read_welcome(reader):
        welcome = {"version": reader.varint(), "features": reader.varint(), "host": reader.raw(16), "boot": reader.raw(16)}
        welcome["name"], welcome["kernel"] = reader.text(), reader.text()
        welcome["cores"], welcome["ticks"], welcome["agent"] = reader.varint(), reader.varint(), reader.text()
        welcome["interval"], welcome["role"], welcome["read only"] = reader.varint(), reader.byte(), reader.flag()
        welcome["run"], welcome["wall"], welcome["monotonic"] = reader.raw(16), reader.signed(), reader.varint()
        reader.finish()
        return welcome

    def send(self, kind, body):
        self.spoken = time.monotonic()
        self.socket.sendall(struct.pack(">IBBH", 4 + len(body), kind, CRITICAL, 0) + body)

    def subscribe(self, interval_ns, identifier=1):
        body = Writer()
        body.varint(identifier)
        body.varint(ALL_WORKERS)
        body.varint(interval_ns)
        self.send(SUBSCRIBE, body.bytes)

    def keep_alive(self):
        """15 s without a word from us end the session."""
        if time.monotonic() > self.spoken + PING_SECONDS:
            self.send(PING, b"\0")

    def has_message(self):
        return len(self.pending) >= 4 and len(self.pending) >= 4 + int.from_bytes(self.pending[:4], "big")

    def receive(self):
        """Takes what the socket has; waits when it has nothing."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise Closed("the agent closed the connection")
        self.pending += part

    def next(self):
        while True:
            while not self.has_message():
                self.receive()
            self.keep_alive()
            message = self.pop()
            if message:
                return message

    def pop(self):
        """The first message that is there; `None` for one that concerns the connection only."""
        arrived = time.monotonic_ns()
        length, kind, flags, reserved = struct.unpack(">IBBH", self.pending[:8])
        if length < 4 or length + 4 > MAXIMUM_BYTES or flags & ~CRITICAL or reserved:
            raise ProtocolError("a header that breaks the rules")
        body = bytes(self.pending[8:4 + length])
        del self.pending[:4 + length]
        if kind == PING:
            pong = Writer()
            pong.varint(Reader(body).varint())
            pong.signed(time.time_ns())
            pong.varint(time.monotonic_ns())
            self.send(PONG, pong.bytes)
        if kind in (PING, PONG):
            return None
        if kind == FAILURE:
            reader = Reader(body)
            raise Closed(f"the agent refuses: code {reader.varint()}, {reader.text()}")
        if kind == DRAIN:
            raise Closed("the agent is ending")
        return kind, body, arrived

    def close(self):
        self.socket.close()


def read_event(body):
    """(kind, pid) of WORKER_STARTED and WORKER_EXITED; other kinds have no pid."""
    reader = Reader(body)
    reader.varint(), reader.varint(), reader.signed()  # number, instant, wall
    kind = reader.byte()
    if kind == WORKER_STARTED:
        return kind, reader.worker_info(None, [])["pid"]
    if kind == WORKER_EXITED:
        return kind, reader.worker()[1]
    return kind, None
