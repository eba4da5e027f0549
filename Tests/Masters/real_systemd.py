"""A real systemd as process 1 of namespaces of its own, with few units, and the agent as a service of it: what is found, and
what restarts, reloads, stops and starts come to. First as root, then by the unit of packaging/ as a user of its own."""
import os
import shutil
import subprocess

from commands import RELOAD, RESTART, ROLL, SIGNAL, START, STOP, Session
from world import AGENT, ROOT, World, alive, children, wait_until

SYSTEMD = "/lib/systemd/systemd"
UNITS = "/usr/lib/systemd/system"
TERM, QUIT = 15, 3
BARE = "[Unit]\nDefaultDependencies=no\n"
SERVERS = {
    "shop.service": "Type=notify\nExecStart=/usr/bin/gunicorn -w 3 -b 127.0.0.1:8601 shop:app\n"
                    "ExecReload=/bin/kill -HUP $MAINPID\nKillMode=mixed\n",
    "always.service": "ExecStart=/usr/bin/python3 mailer.py 8602\nRestart=always\n",
    "never.service": "ExecStart=/usr/bin/python3 mailer.py 8603\nRestart=no\n",
    "web@.service": "ExecStart=/usr/bin/python3 mailer.py 861%i\nRestart=always\n",
    "wrapped.service": "ExecStart=/bin/sh -c '/usr/bin/python3 mailer.py 8604; true'\n",
    "stubborn.service": "ExecStart=/usr/bin/python3 stubborn.py 8605\nTimeoutStopSec=2\n",
    "breaks.service": "ExecStart=/usr/bin/python3 breaks.py 8606\nRestart=always\nRestartSec=1\n",
    # It makes a scope below its own cgroup, as a service with Delegate= may.
    "deep.service": "ExecStart=/usr/bin/python3 deep.py 8607\nDelegate=yes\nRestart=always\n",
    "odd\\x2dname.service": "ExecStart=/usr/bin/python3 mailer.py 8608\nRestart=always\n",
}
APP = 'exec(open("mailer.py").read())\n'
PROGRAMS = {
    "stubborn.py": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + APP,
    "breaks.py": 'import os, sys\nif os.path.exists("/run/broken"): sys.exit("broken")\n'
                 'open("/run/broken", "w").close()\n' + APP,
    "deep.py": 'import os\ninner = "/sys/fs/cgroup/system.slice/deep.service/inner.scope"\nos.makedirs(inner, exist_ok=True)\n'
               'open(inner + "/cgroup.procs", "w").write(str(os.getpid()))\n' + APP,
}
AGENT_UNIT = "Type=notify\nExecStart={agent} run --state-dir {home}/state --host-name alpha --socket {home}/state/agent.sock\n"
RULES = """polkit.addRule(function (action, subject) {
    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "looptop-agent" &&
        ["always.service", "shop.service"].indexOf(action.lookup("unit")) >= 0) {
        return polkit.Result.YES;
    }
});
"""
FURNITURE = ["dbus.service", "dbus.socket", "polkit.service", "shutdown.target", "umount.target", "final.target"]
BOOT = """set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /run/state /run/users /run/rules /run/programs
mount -t tmpfs -o mode=755 none /etc/systemd
mount -t tmpfs -o mode=755 none /var/log
mount --bind /run/state /var/lib
cp "$1"/agent /run/programs/looptop-agent
mount --bind /run/programs /usr/local/bin
cp /etc/passwd /etc/group /run/users/
grep -q ^looptop-agent: /etc/passwd || echo looptop-agent:x:970:970::/nonexistent:/usr/sbin/nologin >> /run/users/passwd
grep -q ^looptop-agent: /etc/group || echo looptop-agent:x:970: >> /run/users/group
mount --bind /run/users/passwd /etc/passwd
mount --bind /run/users/group /etc/group
mount --bind "$1"/units /usr/lib/systemd/system
if [ -d /etc/polkit-1/rules.d ]; then mount --bind "$1"/rules /etc/polkit-1/rules.d; fi
exec env -i container=looptop PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=test.target \\
    --log-target=console --show-status=0
"""


def cgroup_root():
    with open("/proc/self/mountinfo") as file:
        for line in file:
            before, after = line.split(" - ")
            if after.startswith("cgroup2 "):
                return before.split()[4]
    return None


class Systemd:
    def __init__(self, world):
        self.world = world
        self.home = world.directory("systemd", "mailer.py", "shop.py")
        self.cgroup = f"{cgroup_root()}/looptop-masters-{os.getpid()}"

    @staticmethod
    def missing():
        if not os.path.exists(SYSTEMD):
            return "no systemd"
        for program in ("systemctl", "nsenter", "gunicorn"):
            if not shutil.which(program):
                return f"no {program}"
        root = cgroup_root()
        if root is None:
            return "no cgroups of version 2"
        try:
            os.mkdir(f"{root}/looptop-masters-try")
            os.rmdir(f"{root}/looptop-masters-try")
        except OSError as error:
            return f"no cgroup may be made: {error}"
        done = subprocess.run(
            ["unshare", "--pid", "--mount", "--cgroup", "--fork", "--mount-proc", "true"], capture_output=True)
        return None if done.returncode == 0 else f"no namespaces: {done.stderr.decode().strip()}"

    def start(self):
        home, write = self.home, self.world.write
        units, rules = self.world.directory("systemd/units"), self.world.directory("systemd/rules")
        for name, text in PROGRAMS.items():
            write(f"{home}/{name}", text)
        for name, text in SERVERS.items():
            write(f"{units}/{name}", f"[Service]\nWorkingDirectory={home}\n{text}")
        for name in ("sysinit", "basic", "sockets", "multi-user", "network-online"):
            write(f"{units}/{name}.target", BARE)
        for name in FURNITURE:
            if os.path.exists(f"{UNITS}/{name}"):
                shutil.copy(f"{UNITS}/{name}", units)
        wanted = [name for name in SERVERS if "@" not in name] + [f"web@{number}.service" for number in (1, 2, 3)]
        write(f"{units}/test.target", "[Unit]\nRequires=basic.target\nWants=" + " ".join(wanted) + "\n")
        shutil.copy(AGENT, f"{home}/agent")
        write(f"{units}/agent.service", "[Service]\n" + AGENT_UNIT.format(agent="/usr/local/bin/looptop-agent", home=home))
        with open(os.path.join(ROOT, "packaging", "looptop-agent.service")) as file:
            write(f"{units}/looptop-agent.service", file.read())
        write(f"{rules}/50-looptop-agent.rules", RULES)
        os.makedirs(f"{home}/state", mode=0o700)
        os.mkdir(self.cgroup)
        boot = write(f"{home}/boot", BOOT)
        self.process = self.world.start([
            "sh", "-c", f'echo $$ > {self.cgroup}/cgroup.procs; exec unshare --pid --mount --uts --ipc --cgroup --fork '
            f'--kill-child --mount-proc sh {boot} {home}'])
        self.first = wait_until(lambda: next(iter(children(self.process.pid)), None), what="systemd's process")
        wait_until(lambda: self.process.poll() is not None or self.control("is-active", "test.target") == "active", 30,
                   f"systemd's units: {self.world.said(self.process)}")
        assert self.process.poll() is None, self.world.said(self.process)

    def stop(self):
        self.process.kill()  # and with it, all of them
        self.process.wait()
        wait_until(lambda: not alive(self.first), what="systemd's end")
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            os.rmdir(folder)

    def inside(self, *words):
        enter = ["nsenter", "-t", str(self.first), "-p", "-m", "-u", "-i", "-C"]
        return subprocess.run([*enter, *words], capture_output=True, text=True)

    def control(self, *words):
        return self.inside("systemctl", "--no-pager", *words).stdout.strip()

    def main(self, unit):
        """Its main process, by the number that it has in there."""
        return int(self.control("show", "--property=MainPID", "--value", unit) or 0)


def found(session, app):
    snapshot = session.snapshot()
    for group in snapshot["groups"]:
        if group["app"] == app:
            return group, [worker for worker in snapshot["workers"] if worker["group"] == group["key"]]
    return None, []


def discovery(systemd, session):
    """(what, faults)"""
    wanted = {"shop:app": ("shop.service", 3), "always": ("always.service", 1), "never": ("never.service", 1),
              "web": ("web@.service", 3), "wrapped": ("wrapped.service", 1), "stubborn": ("stubborn.service", 1),
              "breaks": ("breaks.service", 1), "deep": ("deep.service", 1), "odd\\x2dname": ("odd\\x2dname.service", 1)}
    for app, (unit, count) in wanted.items():
        def settled():
            group, workers = found(session, app)
            return group and len(workers) == count and group
        try:
            group = wait_until(settled, 15, app)
        except AssertionError as error:
            yield f"found: {app}", [str(error)]
            continue
        faults = []
        if group["manager"] != (1, unit):
            faults.append(f"kept by {group['manager']}")
        pids = {worker["pid"] for worker in found(session, app)[1]}
        if app == "web":
            mains = {systemd.main(f"web@{number}.service"): number for number in (1, 2, 3)}
            slots = {worker["pid"]: worker["slot"] for worker in found(session, app)[1]}
            if slots != mains:
                faults.append(f"slots {slots}, systemd says {mains}")
        elif app == "shop:app":
            if group["master"][0] != systemd.main(unit):
                faults.append(f"master {group['master']}, systemd says {systemd.main(unit)}")
        elif app != "wrapped" and pids != {systemd.main(unit)}:
            faults.append(f"workers {pids}, systemd says {systemd.main(unit)}")
        yield f"found: {app}", faults
    names = {group["app"] for group in session.snapshot()["groups"]}
    yield "nothing else is found", [f"{names - set(wanted)}"] if names - set(wanted) else []


# app, action, what it comes to, a part of what is said, options
ROOT_CELLS = [
    ("always", RESTART, "replaced", "systemctl restart always.service: done", {}),
    ("never", RESTART, "replaced", "systemctl restart never.service: done", {}),
    ("odd\\x2dname", RESTART, "replaced", "", {}),
    ("deep", RESTART, "replaced", "systemctl restart deep.service: done", {}),
    ("wrapped", RESTART, "refused", "it restarts the whole of wrapped.service", {}),
    ("wrapped", RESTART, "replaced", "", {"warned": True}),
    ("stubborn", RESTART, "replaced", "", {}),
    ("web", RESTART, "replaced", "", {}),
    ("web", ROLL, "finished", "", {}),
    ("shop:app", RESTART, "replaced", "", {}),
    ("shop:app", RELOAD, "done", "", {"warned": True}),
    ("always", RELOAD, "failed", "Job type reload is not applicable", {}),
    ("always", STOP, "done", "", {}),
    ("always", START, "done", "", {}),
    ("shop:app", STOP, "done", "", {}),
    ("shop:app", START, "done", "", {}),
    ("never", SIGNAL, "refused", "Restart=no and Restart=on-failure do not bring it back", {"signal": TERM}),
    ("never", SIGNAL, "refused", "whether systemd starts it again depends on Restart=", {"signal": QUIT}),
    ("breaks", RESTART, "not replaced", "", {}),
    ("breaks", START, "failed", "0 of 1 live", {}),
    ("web", STOP, "done", "", {}),
    ("web", START, "refused", "systemctl start web@N.service", {}),
]
NAMES = {RESTART: "restart", ROLL: "roll", RELOAD: "reload", STOP: "stop", START: "start", SIGNAL: "signal"}


def act(session, app, action, options):
    group, workers = found(session, app)
    if group is None:
        return {"verdict": "no such app"}
    target = session.worker_target(workers[0]) if action in (RESTART, SIGNAL) else session.group_target(group)
    return session.ask(action, target, **options)


def words(outcome):
    if outcome["verdict"] == "rolled":
        return outcome["state"], outcome["reason"] or ""
    return outcome["verdict"], outcome.get("reason") or outcome.get("detail") or ""


def cell(systemd, session, app, action, wanted, part, options):
    """What it came to, and what is wrong with that; systemd itself is asked what is there."""
    unit = {"shop:app": "shop.service", "web": "web@1.service"}.get(app, app + ".service")
    before = systemd.main(unit)
    outcome = act(session, app, action, options)
    verdict, said = words(outcome)
    faults = []
    if verdict != wanted:
        faults.append(f"{verdict} instead of {wanted}")
    if part not in said:
        faults.append(f"nothing of {part!r}")
    after = systemd.main(unit)
    if wanted == "refused" and after != before:
        faults.append(f"systemd has {after} instead of {before} all the same")
    if wanted == "replaced" and app not in ("shop:app", "wrapped", "web"):
        new = outcome.get("replacement")
        if after == before or not new or new[1] != after:
            faults.append(f"systemd has {before} -> {after}, the replacement is {new and new[1]}")
    if action == STOP and wanted == "done" and after:
        faults.append(f"systemd has {after}")
    if action == START and wanted == "done" and not after:
        faults.append("systemd has none")
    return verdict, said, faults


def main(short):
    why = Systemd.missing()
    if why:
        print(f"skipped: systemd: {why}")
        return 0, 0
    passed = failed = 0

    def tell(what, verdict, said, faults):
        nonlocal passed, failed
        passed, failed = passed + (not faults), failed + bool(faults)
        ending = f"WRONG: {'; '.join(faults)} ({said})" if faults else f"ok ({said[:90]})" if said else "ok"
        print(f"{what:<34}{verdict:<15}{ending}", flush=True)

    with World() as world:
        systemd = Systemd(world)
        systemd.start()
        try:
            systemd.control("start", "agent.service")
            session = Session(f"{systemd.home}/state/agent.sock")
            for what, faults in discovery(systemd, session):
                tell(what, "", "", faults)
            for app, action, wanted, part, options in ROOT_CELLS:
                tell(f"{NAMES[action]} {app}", *cell(systemd, session, app, action, wanted, part, options))
            session.close()
            systemd.control("stop", "agent.service")
            for what, verdict, said, faults in packaged(systemd):
                tell(what, verdict, said, faults)
        finally:
            systemd.stop()
    return passed, failed


def packaged(systemd):
    """The unit of packaging/ as it is: it reports ready, sees other users' workers, and restarts what polkit allows it to."""
    systemd.control("start", "looptop-agent.service")
    state = systemd.control("is-active", "looptop-agent.service")
    yield "packaged unit", state, "", [] if state == "active" else [systemd.control("status", "looptop-agent.service")[-600:]]
    if state != "active":
        return
    session = Session(f"/proc/{systemd.first}/root/run/looptop-agent/agent.sock")
    wait_until(lambda: len(found(session, "shop:app")[1]) == 3, what="three workers of gunicorn")
    outcome = act(session, "shop:app", RESTART, {})
    verdict, said = words(outcome)
    yield "restart shop:app", verdict, said, [] if verdict == "replaced" else ["not replaced"]
    has_polkit = os.path.exists(f"{UNITS}/polkit.service") and os.path.isdir("/etc/polkit-1/rules.d")
    if has_polkit:
        systemd.control("start", "dbus.socket", "dbus.service", "polkit.service")
    for app, wanted in (("never", "manager failed"), ("always", "replaced" if has_polkit else "manager failed")):
        wait_until(lambda: len(found(session, app)[1]) == 1, what=f"a worker of {app}")
        verdict, said = words(act(session, app, RESTART, {}))
        faults = [] if verdict == wanted else [f"instead of {wanted}"]
        if has_polkit and wanted == "manager failed" and "polkit" not in said:
            faults.append("nothing of polkit")
        yield f"restart {app}", verdict, said, faults
    session.close()
