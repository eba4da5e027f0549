"""That the proxy does what the other runs rely on: each fault against a server that keeps what it gets and sends it back."""
import socket
import threading
import time

from proxy import Faults, Plan, Proxy, dialler, drawn, listener
from setting import Findings

TEXT = bytes(range(256)) * 16


class Echo(threading.Thread):
    """Keeps the bytes of each connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener, self.got = listener(), []
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            one, _ = self.listener.accept()
            self.got.append(bytearray())
            threading.Thread(target=self.serve, args=(one, self.got[-1]), daemon=True).start()

    @staticmethod
    def serve(one, got):
        try:
            while part := one.recv(65536):
                got.extend(part)
                one.sendall(part)
        except OSError:
            pass
        one.close()


def exchange(proxy, seconds=10, most=len(TEXT)):
    """(what came back, how it ended, after how long)."""
    began, back = time.monotonic(), b""
    with socket.create_connection(proxy.listener.getsockname()) as near:
        near.settimeout(seconds)
        try:
            near.sendall(TEXT)
            while len(back) < most:
                if not (part := near.recv(65536)):
                    return back, "end", time.monotonic() - began
                back += part
            return back, "whole", time.monotonic() - began
        except TimeoutError:
            return back, "silence", time.monotonic() - began
        except OSError as error:
            return back, type(error).__name__, time.monotonic() - began


def main(short):
    findings, echo = Findings(), Echo()
    tries = {
        "nothing": (Plan(), lambda back, end, _: back == TEXT and end == "whole"),
        "delay": (Plan(up=Faults(delay=0.5), down=Faults(delay=0.5)), lambda back, _, took: back == TEXT and took >= 1),
        "jitter": (Plan(down=Faults(jitter=0.2)), lambda back, *_: back == TEXT),
        "rate": (Plan(down=Faults(rate=2048)), lambda back, _, took: back == TEXT and took >= 1.5),
        "stall": (Plan(down=Faults(stall=(1000, 1.5))), lambda back, _, took: back == TEXT and took >= 1.5),
        "cut up": (Plan(up=Faults(cut=1000)), lambda back, end, _: len(echo.got[-1]) == 1000 and end in ("end", "ConnectionResetError")),
        "cut down": (Plan(down=Faults(cut=777)), lambda back, end, _: len(back) == 777),
        "reset": (Plan(up=Faults(reset=500)), lambda _, end, __: end in ("ConnectionResetError", "BrokenPipeError")),
        "silent": (Plan(down=Faults(silent=300)), lambda back, end, _: len(back) == 300 and end == "silence"),
        "duplicate": (Plan(duplicate=True), lambda back, *_: back == TEXT and len(echo.got) - before == 2),
    }
    for name, (plan, is_right) in tries.items():
        before = len(echo.got)
        with Proxy(dialler(echo.address), listener(), lambda _: plan) as proxy:  # noqa: B023
            result = exchange(proxy, 1.5 if name == "silent" else 10)
            deadline = time.monotonic() + 5
            while not is_right(*result) and time.monotonic() < deadline:  # what went up may still be on its way
                time.sleep(0.02)
            findings.expect(is_right(*result), f"{name}: {len(result[0])} bytes, {result[1]} after {result[2]:.1f} s")
        if name == "duplicate":
            findings.expect(echo.got[-1] == echo.got[-2] == TEXT, "duplicate: the two did not get the same bytes")
    same = [str(drawn(7, number)) for number in range(200)]
    findings.expect(same == [str(drawn(7, number)) for number in range(200)], "the same seed draws other faults")
    findings.expect(same != [str(drawn(8, number)) for number in range(200)], "another seed draws the same faults")
    print(f"{len(tries)} faults against a server that sends back; of 200 drawn plans {len(set(same))} differ, "
          f"{same.count('nothing')} do nothing")
    return findings.counts
