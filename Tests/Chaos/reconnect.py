"""R9: many agents go at once, and all of them are back on the screen within 20 s, dialled not more than 50 in a second. Once with real
agents that are killed and started again, once with simulated ones (real TLS) whose links are all reset by proxies that refuse for a
while."""
import json
import os
import re
import signal
import threading
import time
from subprocess import PIPE

from fleet import BIN, LOOPTOP, Fleet
from proxy import Proxy, dialler, listener
from setting import GREETED, Findings, cpu_seconds, enrolled
from terminal import Terminal

BACK = 20
REFUSED = 3  # seconds
MOST = 50  # handshakes begun in any second


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        if not short:
            of_real_agents(findings, fleet, 20)
        of_simulated_ones(findings, fleet, 60 if short else 200)
    return findings.counts


def of_real_agents(findings, fleet, count):
    master = fleet.workers("ingest", "--workers", "2")
    hosts = [f"host-{number:02}" for number in range(count)]
    options = ("--under", str(master.pid), "--no-probe", "--history", "0")
    agents = [enrolled(fleet, host, *options) for host in hosts]
    terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator], 50, 120)
    terminal.wait_for(lambda t: well(t) == count, 60, f"{count} hosts that are well")
    for agent in agents:
        agent.kill()
    for agent in agents:
        agent.wait()
    terminal.wait_for(lambda t: well(t) == 0, 20, "no host that is well")
    for host in hosts:
        fleet.agent(host, *options)
    began = time.monotonic()
    terminal.wait_for(lambda t: well(t) == count, 3 * BACK, f"{count} hosts back")
    seconds = time.monotonic() - began
    print(f"{count} real agents killed and started again: all back {seconds:.1f} s after the last was started", flush=True)
    findings.expect(seconds <= BACK, f"{count} agents are back after {seconds:.1f} s, not within {BACK}")
    terminal.close()


def well(terminal):
    return len(re.findall(r"(?m)^>? +host-\d\d +(OK|WARN|CRIT) ", terminal.text))


class Gate:
    """A proxy before each simulated host, and the moments of their connections."""

    def __init__(self, state):
        path = os.path.join(state, "hosts.json")
        with open(path) as file:
            book = json.load(file)
        self.dials, self.lock = [], threading.Lock()
        self.proxies = []
        for host in book["hosts"]:
            proxy = Proxy(dialler(host["address"]), listener())
            proxy.on_link = self.note
            host["address"] = proxy.address
            self.proxies.append(proxy)
        with open(path, "w") as file:
            json.dump(book, file)

    def note(self, *_):
        with self.lock:
            self.dials.append(time.monotonic())

    def close(self):
        for proxy in self.proxies:
            proxy.close()


def of_simulated_ones(findings, fleet, count):
    state = fleet.path("simulated")
    simulator = fleet.start([BIN + "/looptop-sim", "--hosts", str(count), "--workers", "5", "--listen", "127.0.0.1:21000",
                             "--state-dir", state, "--seed", "9"], stdout=PIPE, text=True)
    assert simulator.stdout.readline().startswith("ready"), "no simulated hosts"
    gate = Gate(state)
    terminal = Terminal([LOOPTOP, "--state-dir", state], 24, 120)
    all_open = lambda: sum(link.down.passed > GREETED for proxy in gate.proxies for link in list(proxy.links)) == count  # noqa: E731
    terminal.wait_for(lambda _: all_open(), 60, f"{count} sessions")
    gate.dials.clear()
    for proxy in gate.proxies:
        proxy.is_refusing = True
        proxy.reset()
    terminal.wait_for(lambda _: not any(proxy.links for proxy in gate.proxies), 20, "the end of all links")
    down = time.monotonic()
    terminal.wait_for(lambda _: time.monotonic() > down + REFUSED, 20, "the time that nobody listens")
    for proxy in gate.proxies:
        proxy.is_refusing = False
    began, used = time.monotonic(), cpu_seconds(terminal.pid)
    terminal.wait_for(lambda _: all_open(), 3 * BACK, f"{count} sessions again")
    seconds = time.monotonic() - began
    share = (cpu_seconds(terminal.pid) - used) / seconds
    busiest = max(sum(moment <= one < moment + 1 for one in gate.dials) for moment in gate.dials)
    print(f"{count} simulated hosts reset, refused for {REFUSED} s: all back {seconds:.1f} s later; {len(gate.dials)} handshakes, at "
          f"most {busiest} within a second; the dashboard took {share:.2f} of a core meanwhile", flush=True)
    findings.expect(seconds <= BACK, f"{count} hosts are back after {seconds:.1f} s, not within {BACK}")
    findings.expect(len(gate.dials) <= 2 * count, f"{len(gate.dials)} handshakes for {count} hosts")
    findings.expect(busiest <= MOST, f"{busiest} handshakes within a second, and {MOST} may be")
    simulator.send_signal(signal.SIGTERM)
    terminal.close()
    gate.close()
