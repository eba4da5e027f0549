"""What the benchmark does to its workers. All lengths, periods and mixtures are drawn from the run's seed, so that nothing
can be tuned to them; the letters are those of the groups in docs/LAG.md."""
import random
from dataclasses import dataclass, field

NODE, PYTHON, REDIS, NGINX = "node", "python", "redis", "nginx"


@dataclass
class Load:
    """`rate` requests a second, 0: as many as are answered; in bursts of `burst` ms after each `pause` ms."""
    connections: int
    rate: float = 0
    burst: int = 0
    pause: int = 0


@dataclass
class Workload:
    name: str
    about: str
    runtime: str = NODE
    options: dict = field(default_factory=dict)
    load: Load = None
    hogs: int = 0
    # What happens to the process from outside: "stop" (SIGSTOP), "freeze" (its cgroup), "quota" (of its cgroup).
    act: str = None
    # Healthy: no stall of 40 ms may be reported that is not real.
    healthy: bool = False
    # Has no event loop: no lag may be claimed.
    loopless: bool = False
    # Causes that are right whatever the scheduler says; by default they follow from it.
    causes: tuple = ()
    # The system calls a stall blocked in is right with.
    calls: tuple = ()
    # Whether it also runs with the runtime's own delay monitor.
    monitored: bool = True
    extra: bool = False


def blocks(kind, low, high, every, mean=None):
    return {"kind": kind, "min": low, "max": high, "every": list(every), **({"mean": mean} if mean else {})}


def span(pick, low, high, spread):
    """A range within [low, high] whose width is up to `spread` of its lower end."""
    start = pick.uniform(low, high / (1 + spread))
    return start, start * (1 + pick.uniform(0, spread))


def make(seed, mode):
    """All workloads, by name, drawn from this seed. The mode is part of the draw: the two modes differ in parameters."""
    found = {}

    def pick_for(name):
        return random.Random(f"{seed}/{mode}/{name}")

    def add(name, about, **more):
        found[name] = Workload(name, about, **more)

    def node(name, about, low, high, kind="spin", every=(500, 1500), rate=(100, 400), mean=None, more=None, **rest):
        """Blocks of one kind beside some requests; the range of lengths itself is drawn."""
        pick = pick_for(name)
        gap = pick.uniform(*every)
        plan = blocks(kind, *span(pick, low, high, 0.4), (gap * 0.6, gap * 1.4), mean and pick.uniform(*mean))
        load = Load(pick.randint(2, 12), pick.uniform(*rate)) if rate else None
        rest = {**{key: make_value(pick) if callable(make_value) else make_value for key, make_value in rest.items()}}
        add(name, about, options={"blocks": [plan], **(more or {})}, **{"load": load, **rest})

    def flood(pick):
        return Load(pick.randint(12, 128))

    pick = pick_for("a_idle")
    add("a_idle", "nothing to do", healthy=True)
    pick = pick_for("b_light")
    add("b_light", "some hundred requests a second", load=Load(pick.randint(2, 16), pick.uniform(150, 700)),
        options={"work": pick.uniform(0, 0.3)}, healthy=True)
    pick = pick_for("c_sat")
    add("c_sat", "as many requests as it answers", load=flood(pick),
        options={"work": pick.choice([0, 0, pick.uniform(0.05, 0.4)]), "body": pick.randint(2, 6000)}, healthy=True)

    node("d50", "short computations", 42, 85)
    node("d200", "longer computations", 110, 350)
    node("d1000", "long computations", 600, 1500, every=(500, 1100))
    node("d200q", "computations without requests", 100, 380, rate=None, kind=pick_for("q").choice(["spin", "json"]))
    node("e_exp", "computations of any length", 5, 50, every=(120, 350), mean=(18, 45))
    node("f_read", "files read synchronously", 80, 260, kind="read")
    node("f_copy", "files copied synchronously", 80, 260, kind="copy", causes=("cpu", "blocked"))
    node("f_atomics", "Atomics.wait", 60, 350, kind="atomics", calls=("futex",))
    node("f_exec", "execSync", 60, 350, kind="exec",
         calls=("epoll_wait", "epoll_pwait", "epoll_pwait2", "wait4", "waitid"), causes=("blocked", "cpu"))

    for name, rate in [("g_gc", None), ("g_gcload", (150, 400))]:
        pick = pick_for(name)
        add(name, "worker threads and pool busy, loop not", healthy=True,
            options={"threads": pick.randint(1, 2), "pool": pick.randint(0, 2)},
            load=rate and Load(pick.randint(2, 8), pick.uniform(*rate)))
    pick = pick_for("g_alloc")
    add("g_alloc", "garbage on the loop", options={"churn": pick.randint(3000, 12000)}, healthy=True,
        load=Load(4, pick.uniform(50, 200)))

    pick = pick_for("h_starve")
    add("h_starve", "four CPU hogs", hogs=4, load=Load(4, pick.uniform(50, 200)), healthy=True)
    node("h_starve50", "four CPU hogs and short computations", 30, 80, hogs=4)

    for name, kind, low, high, calls in [
            ("i_pysleep", "sleep", 60, 280, ("clock_nanosleep", "nanosleep", "select", "pselect6")),
            ("i_pyspin", "spin", 45, 250, ())]:
        pick = pick_for(name)
        gap = pick.uniform(250, 900)
        add(name, "asyncio, " + ("time.sleep" if calls else "computations"), runtime=PYTHON, calls=calls,
            options={"loop": "asyncio", "blocks": [blocks(kind, *span(pick, low, high, 0.5), (gap * 0.5, gap * 1.5))]},
            load=pick.choice([None, Load(4, pick.uniform(50, 200))]))
    pick = pick_for("i_pysat")
    add("i_pysat", "asyncio, as many requests as it answers", runtime=PYTHON, options={"loop": "asyncio"}, load=flood(pick),
        healthy=True)

    pick = pick_for("j_stop")
    add("j_stop", "SIGSTOP", act="stop", causes=("stopped",), load=pick.choice([None, Load(4, pick.uniform(50, 300))]))

    node("k_satblk", "saturated, and blocks", 80, 300, kind=pick_for("k").choice(["spin", "spin", "atomics", "json"]),
         load=flood)
    pick = pick_for("k_pysatblk")
    add("k_pysatblk", "asyncio saturated, and blocks", runtime=PYTHON, load=flood(pick),
        options={"loop": "asyncio", "blocks": [
            blocks(pick.choice(["spin", "sleep"]), *span(pick, 60, 260, 0.5), (500, 1500))]})

    pick = pick_for("m_mix")
    add("m_mix", "blocks of three kinds, bursts of requests",
        options={"blocks": [blocks(kind, *span(pick, 10, 220, 2), (400, 2200)) for kind in
                            pick.sample(["spin", "read", "atomics", "json", "exec"], 3)]},
        load=Load(pick.randint(8, 32), pick.uniform(50, 300), pick.randint(100, 900), pick.randint(300, 1200)))

    pick = pick_for("r_redis")
    low = pick.choice([50, 90, 200])
    add("r_redis", "redis saturated, and DEBUG SLEEP", runtime=REDIS, monitored=False, load=Load(pick.randint(8, 64)),
        options={"blocks": [blocks("sleep", low, low * pick.uniform(1.2, 2.5), (400, 1400))]},
        calls=("clock_nanosleep", "nanosleep"))
    add_extras(add, pick_for)
    return found


def add_extras(add, pick_for):
    """Programs and constraints that the design was not made on."""
    pick = pick_for("u_uvloop")
    add("u_uvloop", "uvloop, blocks, bursts of requests", runtime=PYTHON, extra=True, monitored=False,
        options={"loop": "uvloop", "blocks": [blocks(kind, *span(pick, 45, 200, 0.6), (600, 2000)) for kind in
                                              ("spin", "sleep")]},
        load=Load(pick.randint(8, 32), pick.uniform(50, 300), pick.randint(100, 900), pick.randint(300, 1200)))
    pick = pick_for("n_nginx")
    add("n_nginx", "nginx saturated, SIGSTOP", runtime=NGINX, extra=True, monitored=False, load=Load(pick.randint(8, 64)),
        act="stop", causes=("stopped",))
    for kind in ("poll", "select"):
        pick = pick_for("p_" + kind)
        plan = blocks(pick.choice(["spin", "sleep"]), *span(pick, 50, 250, 1), (400, 1500))
        add("p_" + kind, f"asyncio on {kind}(2)", runtime=PYTHON, extra=True, monitored=False,
            options={"loop": kind, "blocks": [plan]}, load=Load(6, pick.uniform(50, 300)))
    pick = pick_for("t_thread")
    add("t_thread", "asyncio beside the main thread", runtime=PYTHON, extra=True, monitored=False,
        options={"loop": "thread", "blocks": [blocks("sleep", *span(pick, 50, 250, 1), (400, 1500))]},
        load=Load(6, pick.uniform(50, 300)))
    pick = pick_for("q_quota")
    add("q_quota", "CPU quota of its cgroup", extra=True, monitored=False, act="quota",
        options={"quota": pick.uniform(0.2, 0.45), "work": pick.uniform(0.5, 1.5),
                 "blocks": [blocks("spin", *span(pick, 30, 90, 0.5), (400, 1000))]}, load=Load(8, pick.uniform(200, 400)))
    pick = pick_for("z_freeze")
    add("z_freeze", "its cgroup frozen", extra=True, monitored=False, act="freeze", causes=("stopped",),
        load=pick.choice([None, Load(4, pick.uniform(50, 300))]))
    pick = pick_for("x_threads")
    add("x_threads", "a thread for each connection", runtime=PYTHON, extra=True, monitored=False, loopless=True,
        options={"loop": "none"}, load=Load(6, pick.uniform(50, 300)))


SHORT = ("a_idle", "c_sat", "d200", "f_exec", "f_atomics", "i_pysleep", "j_stop", "k_satblk", "r_redis")
