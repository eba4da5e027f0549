"""Lies that an agent can tell (liar.py). Each is a generator of what to send next, or of seconds to wait; each connection gets a new
one, so that who is cut off lies again."""
import os
import struct
import time

from agent_side import (ANSWER, CRITICAL, DENY_LIST, GROUPS, HELLO, KEYFRAME, LARGEST, MASK, PING, RENEW_REQUEST, SECOND, SUBSCRIBE, WELCOME,
                        WORKERS, Text, content, group, message, worker)
from client import DRAIN, FAILURE

LONGEST_LIFE = (1 << 63) - 1
# What does harm where it is drawn as it came: escapes, a title, a bell, line ends, other directions, marks that pile up, wide ones.
POISON = ("\x1b[2J\x1b]0;owned\x07\r\n\t\u202eesrever\u0301\u0301\u0301\u0301\u200b\U0001f468\u200d\U0001f469\u200d\U0001f467"
          "全角\x9b31m\x00")


def largest(number, is_new, texts="x"):
    """As many workers and groups as there may be, with texts as long as one message takes; each time others where `is_new`."""
    boot = os.urandom(16) if is_new else bytes(15) + b"\1"
    mark = f"{number:06d}" if is_new else "000000"
    groups = [group(f"{mark}-{place:04d}" + texts * 80, texts * 90, ports=range(1, 33), row=dict.fromkeys(range(20), number))
              for place in range(GROUPS)]
    row = dict.fromkeys(range(31), 1000 + number)
    workers = [worker(boot, pid, slot=pid, position=(pid + 1) // 2, name=texts * 40, arguments=[texts * 500], row=row)
               for pid in range(1, WORKERS + 1)]
    return content(time.monotonic_ns(), time.time_ns(), groups, workers)


def full(talk):
    """The largest host there may be, others each second."""
    number = 0
    while True:
        number += 1
        yield talk.keyframe(largest(number, True))
        yield 1.0


def steady(talk):
    """The largest host there may be, and it stays: what that takes without a lie."""
    number = 0
    while True:
        number += 1
        yield talk.keyframe(largest(number, False))
        yield 1.0


def beyond(talk):
    """One worker too many, a group too many, and lists that say they are longer than their message."""
    workers = [worker(talk.boot, pid) for pid in range(1, WORKERS + 2)]
    groups = [group(f"{place:04d}") for place in range(GROUPS + 1)]
    for groups, workers, counts in [(groups[:1], workers, None), (groups, [], None), (groups[:1], workers[:3], (1, (1 << 64) - 1)),
                                    (groups[:1], workers[:3], ((1 << 31) - 1, 3))]:
        talk.liar.turn += 1
        if talk.liar.turn % 4 == 0:
            yield talk.keyframe(content(time.monotonic_ns(), time.time_ns(), groups, workers, counts=counts))
            yield 15.0


def strings(talk):
    """Every text as long as it may be and full of what harms a terminal; then texts that are too long."""
    short = POISON.encode()[:40].decode(errors="ignore")
    number = 0
    while number < 10:
        number += 1
        talk.liar.name = "strings" + POISON
        row = {0: 10 ** 9 * number, 1: 20 << 20, 10: 27}
        workers = [worker(talk.boot, pid, slot=pid, name=short, arguments=[POISON * 4, "\udcff".encode(errors="surrogateescape")] * 8, row=row)
                   for pid in range(1, 20)]
        yield talk.keyframe(content(time.monotonic_ns(), time.time_ns(), [group(short + POISON[:9], POISON[:30])], workers))
        yield talk.event(number, 11, bytes(Text().text(POISON * 5).bytes))
        yield 0.5
    yield talk.event(number, 11, bytes(Text().text("x" * 60_000).bytes))
    yield 15.0


def extremes(talk):
    """Times and counters at their ends, and from one end to the other."""
    while True:
        for value in (0, MASK, 1, LONGEST_LIFE, LONGEST_LIFE + 1, 10 ** 18):
            row = dict.fromkeys(range(31), value)
            workers = [worker(talk.boot, pid, start=min(value, MASK), slot=min(value, 0xFFFFFFFF), row=row, started=sign * LONGEST_LIFE,
                              stretches=b"\x78" + b"\xff" * 4 + b"\0")
                       for pid, sign in ((1, 1), (2, -1), (0x7FFFFFFF, 1))]
            trouble = Text()
            trouble.bytes += b"\4\2\x09"
            trouble.varint(value)
            trouble.signed(-LONGEST_LIFE - 1)
            for monotonic, wall in ((value, LONGEST_LIFE), (MASK - value, -LONGEST_LIFE - 1)):
                yield talk.keyframe(content(monotonic, wall, [group("app", row=dict.fromkeys(range(20), value), master=(1, value),
                                                                    expected=0xFFFFFFFF)],
                                            workers, host=dict.fromkeys(range(28), value), troubles=[bytes(trouble.bytes)]),
                                    sequence=value)
                yield talk.delta(step=LONGEST_LIFE, wall_step=-LONGEST_LIFE, forth=1)
                yield 0.2
                talk.sequence = 0


def order(talk):
    """Messages where they do not belong, one kind a connection."""
    talk.liar.turn += 1
    begin = talk.keyframe(talk.honest())
    answer = Text().numbers(0xFFFFFFFF)
    answer.bytes.append(5)
    kinds = [
        [talk.delta(base=77)] * 3,
        [begin, talk.delta(base=0), talk.delta(base=0)],
        [message(HELLO, b"\3\3\0\2\0" + bytes(16) + b"\0\0")],
        [message(WELCOME, b"\3\0" + bytes(32) + b"\0\0\0\0\0\0\3\0" + bytes(16) + b"\0\0")],
        [message(12, bytes(16))] * 50 + [message(ANSWER, bytes(answer.text("nobody asked").bytes))] * 50,
        [message(SUBSCRIBE, b"\1\3\0")],
        [message(DRAIN, b"\0"), begin, message(DRAIN, b"\0")],
        [talk.keyframe(talk.honest(), subscription=0xFFFFFFF0)] * 20,
        [begin, talk.delta(parts=16, rest=b"\1" * 40)],
        [message(FAILURE, b"\x0c\x05sorry"), begin],
    ]
    for data in kinds[talk.liar.turn % len(kinds)]:
        yield data
    yield 6.0


def flood(talk):
    """A sample each fraction of a millisecond, as changes."""
    yield talk.keyframe(talk.honest())
    while True:
        yield b"".join(talk.delta(step=1000) for _ in range(max(1, talk.rate // 100)))
        yield 0.01


def events(talk):
    """Large events, thousands a second, all of them new: plans as long as a message takes."""
    step = bytes(Text().numbers(0).text("r" * 96).bytes) + b"\2" + bytes(Text().text("c" * 512).text("w" * 256).bytes)
    outcome = bytes(16) + b"\1\1" + talk.boot + bytes(Text().numbers(1, 1).text("issuer").bytes) + b"\x10\0\0"
    outcome += bytes(Text().numbers(70).bytes) + step * 70 + b"\0"
    number = 0
    yield talk.keyframe(talk.honest())
    while True:
        for _ in range(max(1, talk.rate // 100)):
            number += 1
            body = number.to_bytes(16, "big") + outcome[16:]
            yield talk.event(number, 4, body)
        yield 0.01


def births(talk):
    """Births and ends of workers that nobody sees in a sample."""
    number = 0
    yield talk.keyframe(talk.honest())
    while True:
        batch = []
        for _ in range(max(1, talk.rate // 100)):
            number += 1
            info = worker(talk.boot, number & 0x7FFFFFFF, start=number, slot=number & 0xFFFF, position=0, key=f"key-{number}", name="x" * 48,
                          arguments=["a" * 1000] * 4)
            batch.append(talk.event(2 * number, 1, info[:-2] + bytes(Text().text("app").bytes)))
            place = talk.boot + bytes(Text().numbers(number & 0x7FFFFFFF, number).text("app").text(f"key-{number}").numbers(number & 0xFFFF).bytes)
            batch.append(talk.event(2 * number + 1, 2, place + b"\1\2\x09\0"))
        yield b"".join(batch)
        yield 0.01


def endless(talk):
    """A snapshot that never ends: as large as it may be, a byte at a time."""
    body = talk.keyframe(largest(1, False))
    body = struct.pack(">I", LARGEST - 4) + body[4:] + bytes(LARGEST - len(body))
    yield body[:-600]
    for byte in body[-600:-1]:
        yield bytes([byte])
        yield 1.0


def longest(talk):
    """A message that says it has 4 GiB."""
    yield talk.keyframe(talk.honest())
    yield struct.pack(">IBBH", 0xFFFFFFFF, KEYFRAME, CRITICAL, 0) + bytes(1 << 20)
    yield 15.0


def back_to_back(talk):
    """The largest snapshots, one behind the other."""
    bodies = [largest(number, True) for number in range(4)]
    while True:
        for body in bodies:
            fresh = Text().numbers(time.monotonic_ns())
            yield talk.keyframe(bytes(fresh.bytes) + body[instant_bytes(body):])
            yield 0.5 if talk.rate < 1000 else 0.02


def unknown(talk):
    """Messages that nobody knows: those that may be skipped, as large as may be, and in the end one that may not."""
    for _ in range(talk.rate // 15):
        yield message(200, bytes(LARGEST - 8), flags=0)
        yield 0.05
    yield message(201, b"")
    yield 15.0


def pings(talk):
    """PING without end, and it reads no PONG."""
    talk.is_deaf = True
    while True:
        yield message(PING, b"\1") * max(1, talk.rate // 10)
        yield 0.01


def renewals(talk):
    """Requests for certificates, each of which takes a signature."""
    request = talk.liar.request
    yield talk.keyframe(talk.honest())
    while True:
        yield message(RENEW_REQUEST, bytes(Text().text(request).bytes)) * max(1, talk.rate // 100)
        yield 0.01


def told_of_the_past(talk, number, kind, reader):
    """An answer about a past without end: always another page of events, and pieces as long as is believed, without a snapshot."""
    answer = Text().numbers(number)
    if kind == 4:
        after = reader.varint()
        answer.bytes.append(4)
        answer.varint(100)
        for later in range(after + 1, after + 101):
            answer.bytes += talk.event(later, 11, bytes(Text().text("x" * 512).bytes))[8:]
    elif kind == 5:
        answer.bytes += bytes([6, reader.byte()])
        answer.varint(256)
        for place in range(1, 257):
            answer.numbers(place, time.monotonic_ns() - SECOND, time.monotonic_ns(), 1000, 32 << 20)
    elif kind == 6:
        place, offset = reader.varint(), reader.varint()
        begin = struct.pack(">IBBH", LARGEST - 4, KEYFRAME, CRITICAL, 0) if offset == 0 else b""
        answer.bytes.append(7)
        answer.numbers(place, offset, 32 << 20).text(begin + bytes(61440 - len(begin)))
    else:
        answer.bytes.append(9)
        answer.text(POISON)
    return message(ANSWER, bytes(answer.bytes))


def past(talk):
    """A past without end, as fast as it is asked for."""
    yield talk.keyframe(talk.honest())
    while True:
        while talk.questions:
            yield told_of_the_past(talk, *talk.questions.pop(0))
        yield 0.005


def hoard(talk):
    """A past that takes its time, while the largest snapshots come that are kept until it is there."""
    bodies = [largest(number, True) for number in range(4)]
    while True:
        for body in bodies:
            fresh = Text().numbers(time.monotonic_ns())
            yield talk.keyframe(bytes(fresh.bytes) + body[instant_bytes(body):])
            while talk.questions:
                yield told_of_the_past(talk, *talk.questions.pop(0))
            yield 1.0


def instant_bytes(body):
    """How long the varint is that a content begins with."""
    return next(place + 1 for place, byte in enumerate(body) if byte < 0x80)


def denials(talk):
    """Deny-lists that nobody signed."""
    yield talk.keyframe(talk.honest())
    text = "looptop deny-list 1\nfleet " + "0" * 32 + "\nversion 9\n" + "".join(
        f"agent/{number:032x} 9999999999\n" for number in range(400)) + "signature " + "0" * 128 + "\n"
    while True:
        yield message(DENY_LIST, bytes(Text().numbers(9).text(text).bytes))
        yield 0.1


LIES = {
    "full": full, "steady": steady, "beyond": beyond, "strings": strings, "extremes": extremes, "order": order, "flood": flood,
    "events": events, "births": births, "endless": endless, "longest": longest, "back-to-back": back_to_back, "unknown": unknown,
    "pings": pings, "past": past, "hoard": hoard, "renewals": renewals, "denials": denials,
}
OVER_TLS = ("renewals", "denials")  # which only members of a fleet may send
