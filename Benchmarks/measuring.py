"""One fleet after the other, with everybody who looks at it."""
import json
import os
import select
import signal
import statistics
import time

import client
import peers
from contenders import Agent, Contender, Reference
from fits import freest, lateness, percentile
from fleet import Fleet
from rounds import PATIENCE, Reading, Rounds
from workforce import Workers, births

DEADLINE_SECONDS = 30
# Beyond so many workers an agent may sweep seldom; then each has the fleet to itself, for it cannot be stopped so long.
MOST_AT_ONCE = 1000
LONG_PATIENCE = 45.0
# As configured; what is left without looking at loops; without keeping the past, too; and for who may not load its BPF program.
AGENTS = {
    "agent": [], "agent --no-probe": ["--no-probe"], "agent --no-probe --history 0": ["--no-probe", "--history", "0"],
    "agent --no-probe --no-bpf": ["--no-probe", "--no-bpf"]}
BARE = "agent --no-probe --history 0"
FLOORS = ["clock", "taskstats", "smart", "same", "kept", "naive"]
FAST = 0.1
FAST_FLOORS = ["smart", "naive"]
# An agent sweeps so long after whole multiples of its interval.
AGENT_PHASE = 0.02
# An agent looks at each process when it finds it and 0.2, 1, 3 and 8 s later: that is not in it.
SETTLED_SECONDS = 8.5
# Between two windows, in which all agents hear and say that they are there.
BREATH_SECONDS = 0.5
MISSED_SWEEPS, PLANNED_PAUSE_MS = 19, 28


class Wrong(Exception):
    """What cannot be measured at all. What is wrong with a number is noted beside it, and the run fails at its end."""


class Plan:
    """How long and how often."""

    def __init__(self, short, rounds=None, names=None, reference=None):
        self.short, self.reference = short, reference
        self.rounds = rounds or (1 if short else 2)
        self.seconds = 2 if short else 4
        self.settled = 0.5 if short else SETTLED_SECONDS
        self.agents = ["agent", BARE] if short else list(AGENTS)
        self.floors = ["smart", "same", "naive"] if short else FLOORS
        self.peers = names if names is not None else ["top -b"] if short else list(peers.PEERS)
        self.starts = 1 if short else 3
        self.exits = 8 if short else 30
        self.exact_seconds = 4 if short else 30
        self.schedule_seconds = 100

    def is_fast_measured(self, size):
        return 200 <= size <= MOST_AT_ONCE

    def peers_at(self, size):
        """Beyond 1,000 workers few of them keep up."""
        return self.peers if size <= MOST_AT_ONCE else []


class Field:
    """A fleet of one size and its observers."""

    def __init__(self, fleet, plan, size, say):
        self.fleet, self.plan, self.size, self.say = fleet, plan, size, say
        self.workers = Workers(fleet, size)
        self.reading = Reading()
        self.rounds = Rounds(self.reading)
        self.found, self.skipped, self.wire, self.wrong = {}, {}, {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Those that still run when something went wrong; their cgroups go with them."""
        for each in list(self.reading.contenders):
            self.finish(each)

    def begin(self, contender, kind, is_there=None):
        """Whether it runs and put something out; how long that took."""
        self.say(f"{self.size} workers: {contender.name}")
        contender.start()
        if hasattr(contender, "wait_for_start"):
            contender.wait_for_start()
        self.reading.add(contender)
        is_there = is_there or (lambda: contender.sweeps > 0)
        in_time = self.reading.until(lambda: is_there() or contender in self.reading.ended, DEADLINE_SECONDS)
        if contender in self.reading.ended or not contender.sweeps:
            self.finish(contender)
            return False
        if not in_time:
            self.wrong.append(f"{contender.name} saw {self.seen(contender)} of {self.size} workers at its start")
        seconds = (contender.last_byte if kind == "agent" else contender.first_byte) - contender.started
        facts = self.found.setdefault(contender.name, {"kind": kind, "hz": 1 / contender.period, "startup_ms": []})
        facts["startup_ms"].append(seconds * 1e3)
        return True

    def finish(self, contender):
        self.reading.remove(contender)
        contender.end()

    def start_agent(self, name, period=1.0):
        options = AGENTS[name]
        label = name if period == 1 else f"{name}, {1 / period:.0f} Hz"
        times = self.plan.starts if period == 1 and self.size <= MOST_AT_ONCE else 1
        for number in range(times):
            agent = Agent(label, self.fleet, self.workers, *options, period=period)
            if not self.begin(agent, "agent", agent.has_all):
                raise Wrong(f"{label} ended, or told nothing")
            if number + 1 < times:
                self.finish(agent)
        agent.settled = time.monotonic() + self.plan.settled
        self.found[label]["keyframe_bytes"] = agent.bytes
        return agent

    def start_floors(self, modes, period=1.0):
        """Each when the others, and the agents, do nothing."""
        phases, floors = [AGENT_PHASE], []
        for mode in modes:
            phases.append(freest(phases, period))
            floor = Reference(self.plan.reference, mode, self.workers, period=period, phase=phases[-1])
            if self.begin(floor, "floor"):
                floor.pause(True)
                floors.append(floor)
            else:
                self.skipped[floor.name] = f"not with {self.size} workers: descriptors, or CAP_NET_ADMIN"
        return floors

    def start_peers(self):
        started = []
        for name in self.plan.peers_at(self.size):
            if not peers.program(name):
                continue  # told once, before
            peer = peers.make(name, self.fleet, self.workers)
            try:
                runs = self.begin(peer, "peer")
            except OSError as error:
                self.finish_failed(peer)
                self.skipped[name] = str(error)
                continue
            if not runs:
                self.skipped[name] = "put nothing out"
                continue
            peer.pause(True)
            started.append(peer)
        return started

    def finish_failed(self, contender):
        if contender in self.reading.contenders:
            self.reading.remove(contender)
        contender.end()

    def compare(self, agents, floors):
        """Each agent with all floors at the same time, and the other agents not running: they sweep at one moment."""
        for agent in agents:
            for each in agents:
                each.pause(each is not agent)
            agent.read_messages()
            wire = len(agent.wire)
            patience = PATIENCE if len(agents) > 1 else LONG_PATIENCE
            self.rounds.measure([agent, *floors], self.plan.seconds, patience)
            for each in floors:
                each.pause(True)
            agent.read_messages()
            self.wire.setdefault(agent.name, []).extend(agent.wire[wire + 1:])
            for each in agents:
                each.pause(False)
            self.reading.rest(BREATH_SECONDS)

    def settle(self, agents):
        self.say(f"{self.size} workers: settling")
        self.reading.rest(max(0, max(each.settled for each in agents) - time.monotonic()))

    def measure_fast(self):
        agents = [self.start_agent(name, FAST) for name in ("agent", BARE)]
        floors = self.start_floors(FAST_FLOORS, FAST)
        self.settle(agents)
        for _ in range(self.plan.rounds):
            self.say(f"{self.size} workers: ten times a second")
            self.compare(agents, floors)
        for each in agents + floors:
            self.close(each)

    def measure(self):
        agents = [self.start_agent(name) for name in self.plan.agents]
        floors, others = self.start_floors(self.plan.floors), self.start_peers()
        self.settle(agents)
        for number in range(self.plan.rounds):
            self.say(f"{self.size} workers: round {number + 1} of {self.plan.rounds}")
            self.compare(agents, floors)
            for pair in zip(others[::2], others[1::2] + [None]):
                pair = [each for each in pair if each]
                self.rounds.measure(pair, self.plan.seconds)
                for each in pair:
                    each.pause(True)
        for each in floors + others:
            self.close(each)
        for agent in agents:
            self.note(agent)
        return agents

    def measure_one_by_one(self):
        """The last one, the agent as it is configured, goes on."""
        floors = self.start_floors(self.plan.floors)
        for name in reversed(self.plan.agents):
            agent = self.start_agent(name)
            self.settle([agent])
            for number in range(self.plan.rounds):
                self.say(f"{self.size} workers: {name}, round {number + 1} of {self.plan.rounds}")
                self.compare([agent], floors)
            if name != self.plan.agents[0]:
                self.note(agent)
                self.close(agent)
        for each in floors:
            self.close(each)
        self.note(agent)
        return [agent]

    def note(self, agent):
        agent.read_messages()
        self.found[agent.name]["json_bytes"] = json_bytes(agent)

    def close(self, contender):
        """Notes what it weighs, looks whether it saw all workers, ends it."""
        contender.pause(False)
        self.found[contender.name].update(contender.sizes())
        seen = self.seen(contender)
        if seen is not None and seen != self.size:
            self.wrong.append(f"{contender.name} saw {seen} of {self.size} workers")
        if isinstance(contender, Reference) and len(contender.reads()) > 1:
            later = contender.reads()[1:]
            self.found[contender.name]["read_share"] = statistics.mean(read / count for count, read in later)
        if isinstance(contender, Agent):
            self.found[contender.name]["shown"] = len(contender.feed.snapshot["workers"])
            self.found[contender.name]["missed_sweeps"] = contender.feed.snapshot["host"].get(MISSED_SWEEPS)
            self.found[contender.name]["planned_pause_ms"] = contender.feed.snapshot["host"].get(PLANNED_PAUSE_MS)
        self.finish(contender)

    def seen(self, contender):
        """How many workers it told of last; `None` where that cannot be read."""
        if isinstance(contender, Agent):
            return contender.seen()
        if isinstance(contender, Reference):
            return min((workers for workers, _ in contender.reads()), default=0)
        if contender.name == "psutil":
            return len(contender.lines[-1].split()) - 1
        if contender.name == "process-exporter":
            return contender.page.count(b"\nnamedprocess_namegroup_num_procs{") - len(self.workers.masters)
        return None

    def result(self):
        for name, samples in self.rounds.samples.items():
            self.found[name]["samples"] = samples
        for name, why in self.rounds.silent.items():
            if name not in self.rounds.samples:
                self.skipped[name] = why
        for name, messages in self.wire.items():
            if messages:
                self.found[name]["wire"] = {key: statistics.mean(each[key] for each in messages) for key in messages[0]}
        return {"workers": self.size, "contenders": self.found, "skipped": self.skipped, "wrong": self.wrong}


def json_bytes(agent):
    """What a worker's sample would take as a line of JSON."""
    return statistics.mean(
        len(json.dumps({"pid": worker["pid"], **{str(column): value for column, value in worker["row"].items()}})) + 1
        for worker in agent.feed.snapshot["workers"])


def measure_size(size, plan, say, is_last):
    """With what is measured of one size only: exits, and whether the schedule is kept."""
    with Fleet() as fleet, Field(fleet, plan, size, say) as field:
        more = {}
        if plan.is_fast_measured(size):
            field.measure_fast()
        born, begun = births(), time.monotonic()
        agents = field.measure() if size <= MOST_AT_ONCE else field.measure_one_by_one()
        rate = (births() - born) / (time.monotonic() - begun)
        for agent in agents[1:]:
            field.close(agent)
        if size == 200 or is_last and size < 200:
            say(f"{size} workers: exits")
            more["exits"] = {"workers": size, **measure_exits(agents[0], plan.exits)}
            if not field.reading.until(agents[0].has_all, DEADLINE_SECONDS):
                field.wrong.append(f"after exits the agent saw {agents[0].seen()} of {size} workers")
        if is_last and not plan.short:
            say(f"{size} workers: schedule")
            more["schedule"] = measure_schedule(field, agents[0], plan.schedule_seconds)
        field.close(agents[0])
        field.workers.stop()
        return {**field.result(), "births_per_second": rate}, more


def measure_schedule(field, agent, seconds):
    """When the sweeps were, by the stamps of the stream; nobody else looks at the fleet."""
    agent.read_messages()
    before = len(agent.stamps)
    field.reading.rest(seconds)
    agent.read_messages()
    found = lateness(agent.stamps[before:], agent.period * 1e9)
    late = [abs(each) / 1e6 for each in found["late"]]
    return {
        "workers": field.size, "seen": agent.seen(), "planned": found["planned"], "done": found["done"],
        "within_50_ms": sum(each <= 50 for each in late) / max(1, found["planned"]),
        "late_p50_ms": percentile(late, 0.5), "late_p99_ms": percentile(late, 0.99), "descriptors": agent.sizes()["descriptors"]}


def measure_exits(agent, times):
    """SIGKILL of a worker until its EVENT is here, beside a pidfd of our own. The next one when it was replaced."""
    latencies, floors = [], []
    for number in range(times):
        victim = agent.workers.pids()[number % agent.workers.count]
        waiting = {"exit", "pidfd", "replacement"}
        agent.events.clear()
        pidfd = os.pidfd_open(victim)
        ready = select.poll()
        for fd in (pidfd, agent.fd):
            ready.register(fd, select.POLLIN)
        killed = time.monotonic_ns()
        os.kill(victim, signal.SIGKILL)
        while waiting:
            if time.monotonic_ns() > killed + DEADLINE_SECONDS * 1_000_000_000:
                raise Wrong(f"after the end of {victim} no {' and no '.join(sorted(waiting))} within {DEADLINE_SECONDS} s")
            found = [fd for fd, _ in ready.poll(1000)]
            if pidfd in found:
                floors.append((time.monotonic_ns() - killed) / 1e6)
                ready.unregister(pidfd)
                waiting.discard("pidfd")
            if agent.fd in found:
                agent.take(time.monotonic())
            for body, arrived in agent.events:
                event, pid = client.read_event(body)
                if event == client.WORKER_EXITED and pid == victim and "exit" in waiting:
                    latencies.append((arrived - killed) / 1e6)
                    waiting.discard("exit")
                if event == client.WORKER_STARTED:
                    waiting.discard("replacement")
            agent.connection.keep_alive()
        os.close(pidfd)
    return {"agent_ms": sorted(latencies), "floor_ms": sorted(floors)}


def use_cgroups(is_used):
    Contender.by_cgroup = is_used
