"""R6: 62 readers over TLS that take about a byte a second each, half of them without a word of their own: the agent's memory
stays bounded, the mute ones are cut, and a healthy reader gets its snapshots as soon as before. And R6's other half: a thousand
TCP connections that never begin TLS keep nobody out."""
import socket
import threading
import time

from client import PING
from fleet import Fleet, wait_until
from setting import Findings, TLSSession, View, addresses, enrolled, percentile, resident_mib, sockets

READERS, HALF_OPEN = 62, 1000  # an agent takes 64 sessions: one is healthy, one the operator
MOST_MIB = 64


class Slow(threading.Thread):
    """Takes a byte a second. `is_mute`: says nothing either, as a dashboard that hangs."""

    def __init__(self, fleet, address, is_mute):
        super().__init__(daemon=True)
        self.is_mute, self.is_over = is_mute, threading.Event()
        self.session = TLSSession(fleet.operator, address, buffer=2048)
        self.session.subscribe(1_000_000_000)
        self.start()

    def run(self):
        # The bytes of the connection itself, below TLS: its records are not to be read ahead.
        raw = socket.socket(fileno=socket.dup(self.session.socket.fileno()))
        raw.settimeout(1)
        spoken = 0
        while not self.is_over.wait(1):
            try:
                raw.recv(1)
                if not self.is_mute and time.monotonic() > spoken + 4:
                    self.session.send(PING, b"\0")
                    spoken = time.monotonic()
            except TimeoutError:
                continue
            except OSError:  # cut
                break
        raw.close()

    def close(self):
        self.is_over.set()
        self.join()
        self.session.close()


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        apps = 1 if short else 5
        for number in range(apps):
            fleet.workers(f"ingest{number}", "--workers", "100")
        agent = enrolled(fleet, "alpha", "--no-probe")
        address = addresses(fleet.operator)["alpha"]
        wait_until(lambda: len(fleet.listing("workers")["workers"]) == 100 * apps, 30, f"{100 * apps} workers")
        healthy = View(TLSSession(fleet.operator, address))
        wait_until(lambda: len(healthy.came) >= (5 if short else 20), 60, "samples without others")
        usual, memory, before = healthy.ages(), resident_mib(agent.pid), len(healthy.came)
        open_before = sockets(agent.pid)
        slow = [Slow(fleet, address, number % 2 == 0) for number in range(READERS)]
        open_then = sockets(agent.pid)
        began, most, cut = time.monotonic(), 0, None
        while time.monotonic() < began + (20 if short else 120):  # the load itself is what is tried
            most = max(most, resident_mib(agent.pid))
            if cut is None and sockets(agent.pid) <= open_then - READERS // 2:
                cut = time.monotonic() - began
            time.sleep(0.5)
        late, left = healthy.ages()[before:], sockets(agent.pid) - open_before
        print(f"{READERS} slow readers for {time.monotonic() - began:.0f} s: the agent had {memory:.0f} MiB before, {most:.0f} at most; "
              f"age of a healthy reader's snapshots p50 {percentile(usual, .5) * 1e3:.0f} and p99 {percentile(usual, .99) * 1e3:.0f} ms "
              f"before, {percentile(late, .5) * 1e3:.0f} and {percentile(late, .99) * 1e3:.0f} ms beside them ({len(late)} samples)")
        print(f"the agent gave back {READERS // 2} sockets, as many as there are mute ones, after {cut or -1:.0f} s; {left} of "
              f"{READERS} are open in the end")
        findings.expect(open_then - open_before >= READERS, "the readers' sockets were not seen: this says nothing")
        findings.expect(most <= MOST_MIB, f"the agent took {most:.0f} MiB with {READERS} slow readers")
        findings.expect(healthy.fault is None and len(late) >= 10, f"the healthy reader got {len(late)} samples: {healthy.fault}")
        findings.expect(percentile(late, .99) <= max(3 * percentile(usual, .99), 1), "a healthy reader waits for the slow ones")
        findings.expect(cut is not None, f"mute readers were not cut: {left} sockets are open")
        for one in slow:
            one.close()
        half_open(findings, fleet, agent, address, "from one address", 1, 0.5)
        if not short:
            half_open(findings, fleet, agent, address, "from 125 addresses", 125, None)
            half_open(findings, fleet, agent, address, "from 125 addresses, opened again when turned away", 125, 0.25)
        findings.expect(healthy.fault is None, f"the healthy reader was cut off: {healthy.fault}")
        healthy.session.close()
    return findings.counts


def half_open(findings, fleet, agent, address, what, sources, again):
    """Connections from other addresses of the loopback than the operator's. `again`: seconds until those that were turned away are
    opened again."""
    host, port = address.rsplit(":", 1)
    is_over, turned, opened = threading.Event(), [0], [0]

    def attack(number):
        mine = []
        while not is_over.is_set():
            for one in list(mine):
                try:
                    if not one.recv(1):
                        raise ConnectionError
                except BlockingIOError:
                    continue
                except OSError:
                    turned[0] += 1
                    mine.remove(one)
                    one.close()
            while len(mine) < HALF_OPEN // sources and (again is not None or opened[0] < HALF_OPEN):
                mine.append(socket.socket())
                mine[-1].setblocking(False)
                mine[-1].bind((f"127.0.1.{number + 1}", 0))
                mine[-1].connect_ex((host, int(port)))  # whether there is room for it is the agent's affair
                opened[0] += 1
            is_over.wait(again or 0.25)
        for one in mine:
            one.close()

    attackers = [threading.Thread(target=attack, args=(number,), daemon=True) for number in range(sources)]
    for attacker in attackers:
        attacker.start()
    wait_until(lambda: opened[0] >= HALF_OPEN, 30, "the connections")
    tries = []
    for _ in range(2):
        began = time.monotonic()
        done = fleet.looptop("ls", "hosts", "--host", address, "--retry", "--timeout", "30s", timeout=60)
        tries.append((done.returncode, time.monotonic() - began))
    is_over.set()
    for attacker in attackers:
        attacker.join(5)
    print(f"{HALF_OPEN} half-open connections {what}: {opened[0]} opened, {turned[0]} turned away; `looptop ls` meanwhile: "
          + ", ".join(f"code {code} after {seconds:.1f} s" for code, seconds in tries), flush=True)
    findings.expect(all(code == 0 for code, _ in tries), f"half-open connections {what} keep an operator out")
