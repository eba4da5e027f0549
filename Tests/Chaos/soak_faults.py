"""The faults of a soak. Each is a function of the soak, its victim, how many seconds it lasts, and a generator of its own; when it returns,
all is mended. `soak.pause` ends early when the soak does."""
import contextlib
import os
import shutil
import signal
import subprocess

from fleet import wait_until
from proxy import Faults, Plan
from setting import compile_c
from soak_parts import SIZE, ip

CODES = {0, 1, 3, 4, 75, 77, 124}  # that `looptop restart` may end with


@contextlib.contextmanager
def spoilt(host, faults):
    """The links of its proxy, those that are there and those that come."""
    host.proxy.plan = lambda _: Plan(Faults(**vars(faults)), Faults(**vars(faults)))
    with host.proxy.lock:
        ways = [way for link in host.proxy.links for way in link.ways]
    for way in ways:
        way.faults.delay, way.faults.jitter, way.faults.rate = faults.delay, faults.jitter, faults.rate
    try:
        yield
    finally:
        host.proxy.plan = None
        with host.proxy.lock:
            ways = [way for link in host.proxy.links for way in link.ways]
        for way in ways:
            way.faults.delay, way.faults.jitter, way.faults.rate = 0, 0, None


def delay(soak, host, seconds, rng):
    with spoilt(host, Faults(delay=rng.uniform(0.1, 1.5), jitter=rng.uniform(0, 0.5))):
        soak.pause(seconds)


def narrow(soak, host, seconds, rng):
    with spoilt(host, Faults(rate=rng.uniform(500, 5000))):
        soak.pause(seconds)


def stall(soak, host, seconds, _):
    """Nothing passes, nothing is lost."""
    with host.proxy.lock:
        ways = [way for link in host.proxy.links for way in link.ways]
    until = soak.now() + seconds
    for way in ways:
        way.rest_until = until
    host.proxy.awaken()
    soak.pause(seconds)
    for way in ways:
        way.rest_until = 0
    host.proxy.awaken()


def cut(soak, host, seconds, rng):
    """Again and again, each time a little later."""
    until = soak.now() + seconds
    while soak.now() < until and not soak.is_over.is_set():
        with host.proxy.lock:
            for link in host.proxy.links:
                link.cut_after(rng.randrange(2000))
        soak.pause(rng.uniform(1, 4))
    with host.proxy.lock:
        for link in host.proxy.links:
            link.down.faults.cut = None


def half_open(soak, host, seconds, rng):
    host.proxy.silence(*rng.choice([("up",), ("down",), ("up", "down")]))
    soak.pause(max(seconds, 16))  # both sides see it in 15 s


def reset(soak, host, seconds, _):
    host.proxy.is_refusing = True
    host.proxy.reset()
    soak.pause(seconds)
    host.proxy.is_refusing = False


def link_down(soak, host, seconds, _):
    ip("link", "set", host.link, "down")
    soak.pause(seconds)
    ip("link", "set", host.link, "up")


def loss(soak, host, seconds, rng):
    share = rng.randrange(5, 40)
    rules = "add table inet soak\n" + "".join(
        f"add chain inet soak {way} {{ type filter hook {way} priority 0; }}\n"
        f"add rule inet soak {way} {name} != \"lo\" numgen random mod 100 < {share} drop\n"
        for way, name in (("input", "iifname"), ("output", "oifname")))
    subprocess.run(host.inside("nft", "-f", "-"), input=rules, text=True, check=True)
    soak.pause(seconds)
    host.run("nft", "delete", "table", "inet", "soak")


def agent_stopped(soak, host, seconds, _):
    os.kill(host.pid, signal.SIGSTOP)
    soak.pause(seconds)
    host.go_on()


def agent_killed(soak, host, seconds, rng):
    host.end(signal.SIGKILL)
    soak.pause(rng.choice([0, seconds]))
    host.start()


def agent_ended(soak, host, seconds, rng):
    code = host.end(signal.SIGTERM)
    soak.findings.expect(code == 0, f"{host.name}: after SIGTERM its agent ended with {code}")
    soak.pause(rng.choice([0, seconds]))
    host.start()


def worker_killed(soak, host, _, rng):
    victim = rng.choice(host.workers())
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in host.workers(), what="the end of a worker")


def crash_loop(soak, host, seconds, rng):
    """A worker each second; the master replaces it."""
    until = soak.now() + seconds
    while soak.now() < until and not soak.is_over.is_set():
        worker_killed(soak, host, 0, rng)
        soak.pause(1)


def disk_full(soak, host, seconds, _):
    filler = soak.fleet.path(host.name, "filler")
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    soak.pause(seconds)
    os.unlink(filler)


def fork_storm(soak, host, *_):
    subprocess.run(host.inside("timeout", "-s", "KILL", "5", soak.storm), check=False)


def policy_read_again(soak, host, _, rng):
    with open(soak.fleet.path(host.name, "policy.json5"), "a") as policy:
        policy.write(f"// {rng.randrange(1000)}\n")
    before = soak.fleet.log(host.name).count("\n")
    os.kill(host.pid, signal.SIGHUP)
    wait_until(lambda: soak.fleet.log(host.name).count("\n") > before, what=f"a word of {host.name} about its policy")


def one_shots(soak, host, *_):
    """Commands without a terminal, to all hosts at once."""
    for words in (["ls", "workers", "-o", "json"], ["ls", "apps"], ["events", "-n", "20"], ["history", "--metric", "cpu"],
                  ["why", f"{host.name}/{host.app}"], ["logs", f"{host.name}/{host.app}", "-n", "5"], ["doctor"]):
        done = soak.fleet.looptop(*words, timeout=120)
        soak.shots += 1
        soak.findings.expect(done.returncode in {0, 1, 2, 3, 4, 69, 75, 77, 124}, f"looptop {' '.join(words)} ended with {done.returncode}: "
                             f"{done.stderr[-300:]}")


def restart(soak, host, _, rng):
    """Of a worker, also of a host that has another fault."""
    slot = rng.randrange(1, len(host.workers()) + 1)
    soak.asked += 1
    done = soak.fleet.looptop("restart", f"{host.name}/{host.app}#{slot}", "--yes", "--accept-warnings", "--wait", "--timeout", "40s",
                              timeout=150)
    soak.told[done.returncode] += 1
    soak.findings.expect(done.returncode in CODES, f"restart of {host.name}: code {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")


def dashboard_stopped(soak, dashboard, seconds, _):
    os.kill(dashboard.pid, signal.SIGSTOP)
    soak.pause(seconds)
    os.kill(dashboard.pid, signal.SIGCONT)


def resized(soak, dashboard, _, rng):
    for _ in range(8):
        soak.screens.resize(dashboard, rng.randrange(1, 60), rng.randrange(1, 200))
        soak.pause(rng.uniform(0.1, 1))
    soak.screens.resize(dashboard, *SIZE)


OF_PROXIES = [delay, narrow, stall, cut, half_open, reset]
OF_HOSTS = [link_down, loss, agent_stopped, worker_killed, crash_loop, fork_storm, policy_read_again]
OF_MORTALS = [agent_killed, agent_ended]
OF_SMALL_DISKS = [disk_full]
OF_DASHBOARDS = [dashboard_stopped, resized]
OF_ANY = [restart, one_shots]  # whoever has a fault already, too


def drawn_from(soak):
    """What this machine can do."""
    kinds = OF_PROXIES + OF_HOSTS + OF_MORTALS + OF_SMALL_DISKS + OF_DASHBOARDS + OF_ANY + [restart]
    if not shutil.which("nft"):
        print("without loss of packets: no nft")
        kinds.remove(loss)
    soak.storm = soak.fleet.path("storm")
    if soak.short:
        kinds.remove(fork_storm)  # the other short forms run beside it
    elif shutil.which("cc"):
        compile_c("storm.c", soak.storm)
    else:
        print("without fork storms: no cc")
        kinds.remove(fork_storm)
    return kinds


def may_strike(kind, victim):
    """Whether a fault is for such a victim: a host, or a dashboard."""
    if kind in OF_DASHBOARDS:
        return hasattr(victim, "terminal")
    return not hasattr(victim, "terminal") and (
        victim.proxy is not None if kind in OF_PROXIES else not victim.is_spared if kind in OF_MORTALS
        else victim.has_small_disk if kind in OF_SMALL_DISKS else True)


