"""The dashboard on fleets of many sizes: what a host more costs it, list by list."""
import os
import time

from fleet import BIN
from measured import Measured, cpu_ns, memory, percentile
from simulated import Simulated, press_around, with_numbers

ROWS, COLUMNS = 40, 120
# Below those of other benches and tests, which may run beside it.
PORT = 14000
# The key of a list, and how many words of a row name it. Behind them the dashboard asks each host for its row, for its
# groups, for all its workers (FleetTabs.swift).
LISTS = {"hosts": ("1", 1), "apps": ("2", 1), "workers": ("3", 3)}
STORM_LIMIT = 240
# A list that answers after a second gets fewer keys.
KEY_SECONDS = 20


def storm(terminal, simulated, hosts):
    """Until all hosts have numbers; what either side took for it."""
    began = time.monotonic()
    agents = cpu_ns(simulated.process.pid)
    first = None
    while (there := with_numbers(terminal)) < hosts:
        if there and first is None:
            first = time.monotonic() - began
        if time.monotonic() - began > STORM_LIMIT or not terminal.read(0.1):
            raise RuntimeError(f"{there} of {hosts} hosts after {time.monotonic() - began:.0f} s\n{terminal.text}")
    seconds = time.monotonic() - began
    return {
        "first_host_s": first or seconds, "storm_s": seconds, "handshakes_per_s": hosts / seconds,
        "storm_cpu_s": cpu_ns(terminal.pid) / 1e9, "storm_agents_cpu_s": (cpu_ns(simulated.process.pid) - agents) / 1e9}


def costs(terminal, simulated, words, seconds, keys):
    """Of the list that is on the screen: CPU while nobody types, then keys."""
    agents = cpu_ns(simulated.process.pid)
    watched = terminal.watch(seconds)
    taken = cpu_ns(simulated.process.pid) - agents
    times, until = [], time.monotonic() + KEY_SECONDS
    while len(times) < keys and time.monotonic() < until:
        times += press_around(terminal, min(10, keys - len(times)), words)
    rss, pss = memory(terminal.pid)
    return {
        "hosts_there": with_numbers(terminal), "cpu_share": watched["cpu_share"], "agents_cpu_share": taken / 1e9 / watched["seconds"],
        "refreshes_per_s": watched["refreshes"] / watched["seconds"], "key_p50_ms": percentile(times, 0.5),
        "key_p99_ms": percentile(times, 0.99), "keys": len(times), "rss_bytes": rss, "pss_bytes": pss,
        "descriptors": len(os.listdir(f"/proc/{terminal.pid}/fd")),
        "threads": len(os.listdir(f"/proc/{terminal.pid}/task"))}


def measure(directory, hosts, workers, lists, settle, seconds, keys):
    """One fleet, all hosts well: the storm, then each of these lists, `settle` seconds after it is asked for."""
    begun = time.monotonic()
    simulated = Simulated(directory, hosts, workers, 1, PORT, {})
    try:
        point = {"hosts": hosts, "workers": workers, "fleet_ready_s": time.monotonic() - begun}
        terminal = Measured(
            [os.path.join(BIN, "looptop"), "--state-dir", simulated.state], rows=ROWS, columns=COLUMNS)
        try:
            point.update(storm(terminal, simulated, hosts))
            point["lists"] = {}
            for name in lists:
                key, words = LISTS[name]
                terminal.type(key)
                terminal.watch(settle)
                point["lists"][name] = costs(terminal, simulated, words, seconds, keys)
            terminal.type("q")
            terminal.wait_for_end(30)
        finally:
            terminal.close()
        return point
    finally:
        simulated.end()
