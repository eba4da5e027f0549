"""The parts of a soak: hosts, each with a network, process ids and mounts of its own, dashboards in terminals, and who reads those."""
import os
import select
import shutil
import signal
import subprocess
import threading
import time

from fleet import AGENT, LOOPTOP, WORKER, children, wait_until
from proxy import Proxy, dialler, listener
from terminal import Terminal

WORKERS = 3
SIZE = (40, 120)
SMALL_DISK = "size=4m,mode=700"
WELL = r"{} +(OK|WARN|CRIT)\b"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_bridge():
    ip("link", "add", "fleet", "type", "bridge")
    ip("addr", "add", "10.77.0.1/16", "dev", "fleet")
    ip("link", "set", "fleet", "up")


class Host:
    """A machine as far as an agent can tell. `is_spared` from whatever ends its agent; without a past (`--history 0`) its memory has
    nothing to fill."""

    def __init__(self, fleet, number, is_spared, has_past, has_small_disk):
        self.fleet, self.number, self.is_spared, self.has_past = fleet, number, is_spared, has_past
        self.name, self.address = f"host-{number:02}", f"10.77.1.{number}:7433"
        self.life, self.is_meant_to_be_gone, self.has_small_disk = 0, False, has_small_disk
        self.make_world()
        self.enrol()
        self.start_workers()
        self.start()
        self.proxy = Proxy(dialler(self.address), listener()) if number % 3 == 0 else None

    @property
    def kind(self):
        return "agent" + ("" if self.is_spared else ", killed at times") + ("" if self.has_past else ", no past")

    @property
    def link(self):
        return f"veth{self.number}"

    def make_world(self):
        if self.has_small_disk:
            os.mkdir(self.fleet.path(self.name), 0o700)
            subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL_DISK, "none", self.fleet.path(self.name)], check=True)
        # The shell reaps whoever is left over.
        shell = self.spawn(["unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
                            "sleep infinity & wait"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.first = only_child(shell.pid, "bash")
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.first))
        ip("link", "set", self.link, "master", "fleet", "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "addr", "add", self.address.split(":")[0] + "/16", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    def inside(self, *arguments):
        return ["nsenter", "--target", str(self.first), "--net", "--pid", "--mount", "--", *arguments]

    def run(self, *arguments):
        subprocess.run(self.inside(*arguments), check=True)

    def spawn(self, arguments, **options):
        """Ends with the world, not with the thread that began it."""
        process = subprocess.Popen(arguments, **options)
        self.fleet.processes.append(process)
        return process

    def enrol(self):
        state = self.fleet.path(self.name)
        init = self.spawn(self.inside(AGENT, "init", "--listen", self.address, "--state-dir", state, "--host-name", self.name),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        done = self.fleet.looptop("enroll", "-", stdin=init.stdout.readline())
        assert done.returncode == 0, done.stderr
        assert init.wait(20) == 0
        init.stdout.close()
        self.fleet.processes.remove(init)
        self.fleet.allow_restarts(self.name)

    def start_workers(self):
        self.app = ("shop", "mail", "feed", "maps")[self.number % 4]
        program = self.fleet.path(self.app)
        if not os.path.exists(program):
            shutil.copy(WORKER, program)
        self.master = only_child(self.spawn(self.inside(program, "--workers", str(WORKERS)), stdout=subprocess.DEVNULL).pid, self.app)

    def workers(self):
        return children(self.master)

    def start(self):
        state = self.fleet.path(self.name)
        with open(self.fleet.path(self.name + ".log"), "ab") as log:
            self.agent = self.spawn(self.inside(
                AGENT, "run", "--state-dir", state, "--host-name", self.name, "--socket", os.path.join(state, "agent.sock"),
                *([] if self.has_past else ["--history", "0"])), stderr=log)
        self.pid = only_child(self.agent.pid, "looptop-agent")
        self.life += 1
        self.is_meant_to_be_gone = False

    def end(self, number):
        """Its agent, which is then waited for; the exit code."""
        self.is_meant_to_be_gone = True
        os.kill(self.pid, number)
        code = self.agent.wait(30)
        self.fleet.processes.remove(self.agent)
        return code

    def go_on(self):
        """After SIGSTOP; nsenter has stopped with its child."""
        os.kill(self.pid, signal.SIGCONT)
        self.agent.send_signal(signal.SIGCONT)


def only_child(pid, name):
    """The process that unshare or nsenter has made, once it runs that program."""
    def found():
        try:
            below = children(pid)
            with open(f"/proc/{below[0]}/comm") as file:
                return file.read().strip() == name[:15] and below[0]
        except (OSError, IndexError):
            return False
    return wait_until(found, 20, f"{name} below {pid}")


class Dashboard:
    """A program in a terminal. `home` are the keys that lead back to the list of hosts."""
    HOME = ["\x1b", "\x1b", "\x1b", "\x1b", ".", "1", "g"]

    def __init__(self, name, arguments, walk=(), is_live=True):
        self.name, self.walk, self.is_live, self.life = name, walk, is_live, 1
        self.terminal = Terminal([LOOPTOP, *arguments], *SIZE)
        self.pid, self.keys, self.is_at_home = self.terminal.pid, [], not walk

    @property
    def kind(self):
        return f"dashboard, {self.name}"


class Screens(threading.Thread):
    """Reads all terminals all the time; `lock` for who looks at a screen or changes its size."""

    def __init__(self, dashboards):
        super().__init__(daemon=True)
        self.dashboards, self.lock, self.is_over = dashboards, threading.Lock(), False
        self.ended = set()
        self.start()

    def run(self):
        while not self.is_over:
            living = {one.terminal.fd: one for one in self.dashboards if one not in self.ended}
            ready, _, _ = select.select(list(living), [], [], 0.5)
            for fd in ready:
                with self.lock:
                    if not living[fd].terminal.read(0):
                        self.ended.add(living[fd])
                    living[fd].terminal.raw.clear()
            time.sleep(0.05)  # several changes are read at a time

    def text(self, dashboard):
        with self.lock:
            return dashboard.terminal.text

    def resize(self, dashboard, rows, columns):
        with self.lock:
            dashboard.terminal.resize(rows, columns)

    def stop(self):
        self.is_over = True
        self.join()
