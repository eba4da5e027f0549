"""Starts a workload's worker with its load, its hogs and what happens to it, and brings its truth home."""
import json
import os
import random
import shutil
import socket
import subprocess
import threading
import time

import cgroups
import crew as crews
from crew import Skipped
from truth import Schedule, Ticks, Truth, find_loop, read_calls
from workloads import NGINX, NODE, PYTHON, REDIS

SCHEDULE_PERIOD_US = 4000
SPIN = "while :; do :; done"


class Stage:
    """One run of one workload. `monitored`: with the runtime's own delay monitor, which disturbs the loop."""

    def __init__(self, crew, workload, mode, seed, hogs=0):
        self.crew, self.workload, self.monitored = crew, workload, mode == "monitored"
        self.random = random.Random(f"{seed}/{mode}/{workload.name}/stage")
        self.directory = crew.fresh(workload.name)
        self.hogs = max(hogs, workload.hogs)
        self.interruptions, self.planned, self.acts = [], [], []
        self.ending = threading.Event()
        self.processes, self.cgroup, self.schedule_path = [], None, self.path("schedule")

    def path(self, name):
        return os.path.join(self.directory, name)

    def __enter__(self):
        try:
            self.prepare()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.acts:
            thread.join(10)
        for process in reversed(self.processes):
            self.crew.end(process)
        if self.cgroup:
            self.cgroup.remove()
            self.cgroup = None

    def start(self, arguments, **options):
        process = self.crew.start(arguments, **options)
        self.processes.append(process)
        return process

    def prepare(self):
        workload = self.workload
        if workload.act in ("freeze", "quota"):
            self.cgroup = cgroups.make("cpu" if workload.act == "quota" else "freezer")
        self.start_worker()
        if self.cgroup:
            self.cgroup.add(self.pid)
        if workload.load:
            load = workload.load
            self.start([self.crew.path("load"), self.port, load.connections, load.rate, load.burst, load.pause,
                        self.random.randrange(1 << 30), "ping" if workload.runtime == REDIS else "http"])
        for _ in range(self.hogs):
            self.start(["sh", "-c", SPIN])
        time.sleep(0.7)
        # Now, while it runs: at its end a process may wait on other descriptors.
        self.loop = self.find_loop()
        if self.loop:
            self.start([self.crew.path("schedwatch"), self.pid, self.loop[0], SCHEDULE_PERIOD_US, self.schedule_path],
                       uid=os.getuid())
        elif not workload.loopless:
            raise RuntimeError(f"{workload.name}: its loop made no call that was logged")
        self.begin_acts()

    # Workers

    def start_worker(self):
        runtime, environment = self.workload.runtime, dict(os.environ)
        environment.update(LD_PRELOAD=self.crew.path("ticklog.so"), LAG_TICKLOG=self.path("calls"))
        options = {**self.workload.options, "monitor": self.monitored, "seed": self.random.randrange(1 << 30),
                   "results": self.path("results"), "scratch": self.path("scratch")}
        if runtime in (NODE, PYTHON):
            self.make_scratch(options["scratch"])
            if options.get("loop") == "uvloop" and subprocess.run(
                    ["/usr/bin/python3", "-c", "import uvloop"], capture_output=True).returncode != 0:
                raise Skipped("python3-uvloop is not installed")
            program = ["node", self.crew.path("worker.js")] if runtime == NODE else [
                "/usr/bin/python3", self.crew.path("worker.py")]
            self.worker = self.start([*program, json.dumps(options)], env=environment, stdout=subprocess.PIPE)
            self.port = int(crews.read_line(self.worker, 20, self.workload.name).split()[1])
            self.pid = self.worker.pid
        elif runtime == REDIS:
            self.start_redis(environment)
        elif runtime == NGINX:
            self.start_nginx(environment)

    def make_scratch(self, path):
        with open(path, "wb") as file:
            file.write(os.urandom(1 << 20))
        os.chown(path, self.crew.uid, -1)

    def start_redis(self, environment):
        program = shutil.which("redis-server")
        if not program:
            # Debian's redis-tools has the program under another name, without the service that redis-server starts.
            tool = shutil.which("redis-check-rdb")
            if not tool:
                raise Skipped("redis-tools is not installed")
            program = self.path("redis-server")
            os.symlink(tool, program)
        self.port = crews.free_port()
        self.worker = self.start(
            [program, "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--enable-debug-command", "yes", "--dir", self.directory], env=environment, stdout=subprocess.DEVNULL)
        self.pid = self.worker.pid
        crews.wait_for_port(self.port)

    def start_nginx(self, environment):
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not program:
            raise Skipped("nginx is not installed")
        self.port = crews.free_port()
        temporary = "".join(f"{kind}_temp_path {self.path(kind)}; " for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # As root its worker would become somebody who may not write the log of its calls.
        user = "user root root; " if self.crew.uid == 0 else ""
        with open(self.path("nginx.conf"), "w") as file:
            file.write(
                f"{user}daemon off; worker_processes 1; error_log stderr crit; pid {self.path('nginx.pid')};\n"
                "events { worker_connections 512; }\n"
                f"http {{ access_log off; keepalive_requests 100000000; {temporary}\n"
                f"  server {{ listen 127.0.0.1:{self.port}; location / {{ return 200 'ok'; }} }} }}\n")
        self.worker = self.start([program, "-e", "stderr", "-p", self.directory, "-c", self.path("nginx.conf")],
                                 env=environment, stderr=subprocess.DEVNULL)
        crews.wait_for_port(self.port)
        with open(f"/proc/{self.worker.pid}/task/{self.worker.pid}/children") as file:
            self.pid = int(file.read().split()[0])

    def find_loop(self):
        path = f"{self.path('calls')}.{self.pid}"
        return find_loop(read_calls(path), self.pid) if os.path.exists(path) else None

    # What happens to it

    def begin_acts(self):
        acts = {"stop": self.stop_and_go, "freeze": self.freeze_and_thaw, "quota": self.limit}
        chosen = [acts[self.workload.act]] if self.workload.act else []
        if self.workload.runtime == REDIS:
            chosen.append(self.sleep_redis)
        for act in chosen:
            thread = threading.Thread(target=act, daemon=True)
            self.acts.append(thread)
            thread.start()

    def interrupt(self, begin, finish):
        """Both, again and again; an interruption lasts from after `begin` to before `finish`."""
        while not self.ending.wait(self.random.uniform(0.4, 1.4)):
            begin()
            started = time.monotonic_ns()
            self.ending.wait(self.random.uniform(0.08, 0.9))
            ended = time.monotonic_ns()
            finish()
            self.interruptions.append((started, ended, "stopped"))

    def stop_and_go(self):
        # The worker is a child of ours or of its master, which we hold: its pid stays its own while we run.
        import signal
        self.interrupt(lambda: os.kill(self.pid, signal.SIGSTOP), lambda: os.kill(self.pid, signal.SIGCONT))

    def freeze_and_thaw(self):
        self.interrupt(lambda: self.cgroup.freeze(True), lambda: self.cgroup.freeze(False))

    def limit(self):
        self.cgroup.set_quota(self.workload.options["quota"])
        last = self.cgroup.throttled_ns()
        while not self.ending.wait(0.005):
            now, throttled = time.monotonic_ns(), self.cgroup.throttled_ns()
            if throttled > last:
                self.interruptions.append((now - (throttled - last), now, "throttled"))
                last = throttled

    def sleep_redis(self):
        plan = self.workload.options["blocks"][0]
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            while not self.ending.wait(self.random.uniform(*plan["every"]) / 1000):
                seconds = self.random.uniform(plan["min"], plan["max"]) / 1000
                started = time.monotonic_ns()
                connection.sendall(b"DEBUG SLEEP %.4f\r\n" % seconds)
                if not connection.recv(100).startswith(b"+OK"):
                    raise RuntimeError("redis refuses DEBUG SLEEP")
                self.planned.append({"kind": "sleep", "start": started, "end": time.monotonic_ns(), "length": seconds * 1e9})

    # The truth

    def finish(self):
        """Ends all of it and returns what happened, `None` for a worker that has no loop."""
        loop_path = f"{self.path('calls')}.{self.pid}"
        alive = self.worker.poll() is None
        self.__exit__()
        if not alive:
            raise RuntimeError(f"{self.workload.name}: the worker ended with {self.worker.returncode}")
        if self.workload.loopless:
            return None
        calls = read_calls(loop_path)
        os.unlink(loop_path)
        results = {"windows": [], "blocks": self.planned}
        if os.path.exists(self.path("results")):
            with open(self.path("results")) as file:
                results = json.load(file)
        return Truth(Ticks(calls, self.loop), Schedule(self.schedule_path), self.interruptions, results["windows"],
                     results["blocks"])
