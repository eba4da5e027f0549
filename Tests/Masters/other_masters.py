"""Managers, job servers, databases and Node, in their ordinary configuration."""
import glob
import os
import shutil

from master import PATH, Group, Master
from world import APPS, ROOT, children, descendants, title, wait_for_port, wait_until


class Redis(Master):
    needs = ("redis-server",)
    restart, roll = "refused", "refused"

    def start(self, world):
        self.process = world.start(
            ["redis-server", "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"], world.directory(self.name))
        wait_for_port(world, self.process, self.port)

    def workers(self):
        return [self.process.pid]

    def groups(self):
        return [Group("redis", "redis", self.workers, None, [self.port])]


class Supervisor(Master):
    """numprocs=3, and one whose processes exit 0 on SIGTERM with the default autorestart=unexpected."""
    needs = ("supervisord",)
    programs = {"mailer": 0, "polite": 1}

    def start(self, world):
        cwd = self.directory = world.directory(self.name, "mailer.py")
        text = f"""
[supervisord]
logfile={cwd}/supervisord.log
pidfile={cwd}/supervisord.pid
nodaemon=true
user=root
[unix_http_server]
file={cwd}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{cwd}/supervisor.sock
"""
        for name, offset in self.programs.items():
            option = " --polite" if name == "polite" else ""
            text += f"""
[program:{name}]
command=/usr/bin/python3 {cwd}/mailer.py {self.port + offset}{option}
process_name=%(program_name)s_%(process_num)02d
numprocs=3
autorestart=unexpected
startsecs=1
"""
        configuration = world.write(os.path.join(cwd, "supervisord.conf"), text)
        self.process = world.start(["supervisord", "-c", configuration], cwd)
        for offset in self.programs.values():
            wait_for_port(world, self.process, self.port + offset)
        self.wait_for(6)

    def of(self, name):
        port = self.port + self.programs[name]
        return [pid for pid in self.workers() if f"mailer.py {port}" in title(pid)]

    def settled(self):
        return all("mailer.py" in title(pid) for pid in self.workers())

    def groups(self):
        return [Group(name, "managed", lambda name=name: self.of(name), None, [self.port + offset],
                      manager="supervisord") for name, offset in self.programs.items()]


class Postgres(Master):
    """A worker is a backend that serves a client; two clients are connected."""
    restart, roll, warns = "not replaced", "refused", True

    def missing(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        self.bin = found[-1] if found else None
        return None if self.bin and os.path.exists(f"{self.bin}/psql") else "no postgresql"

    def start(self, world):
        cwd = world.directory(self.name)
        shutil.chown(cwd, "postgres")
        made = world.start(
            [f"{self.bin}/initdb", "-D", f"{cwd}/data", "--auth=trust", "-N"], cwd, user="postgres")
        assert made.wait(60) == 0, world.said(made)
        self.process = world.start(
            [f"{self.bin}/postgres", "-D", f"{cwd}/data", "-p", str(self.port), "-k", cwd, "-h", "127.0.0.1"], cwd,
            user="postgres")
        wait_for_port(world, self.process, self.port)
        self.clients = [world.start(
            [f"{self.bin}/psql", "-h", cwd, "-p", str(self.port), "-c", "select pg_sleep(100000)", "postgres"], cwd,
            user="postgres") for _ in range(2)]
        self.wait_for(2)

    def workers(self):
        return [pid for pid in children(self.process.pid) if "[local]" in title(pid) and "authent" not in title(pid)]

    def settled(self):
        return all("SELECT" in title(pid) for pid in self.workers())

    def groups(self):
        return [Group("postgres", "postgres", self.workers, self.master, [self.port], varies=True)]


class NodeCluster(Master):
    needs = ("node",)
    warns = True

    def __init__(self, name, port, reforks):
        super().__init__(name, port)
        self.reforks = reforks
        if not reforks:
            self.restart, self.roll = "not replaced", "refused"

    def start(self, world):
        cwd = world.directory(self.name)
        shutil.copy(os.path.join(APPS, "cluster.js"), os.path.join(cwd, self.name + ".js"))
        environment = {"PORT": str(self.port), **({"REFORK": "1"} if self.reforks else {})}
        self.process = world.start(["node", self.name + ".js"], cwd, environment)
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def groups(self):
        return [Group(self.name, "node cluster", self.workers, self.master, [self.port])]


class PM2(Master):
    """Shaped as PM2: title, environment, socket and answers; see Tests/ManagerTests/pm2-daemon.js."""
    needs = ("node",)

    def start(self, world):
        cwd = world.directory(self.name, "server.js")
        home = world.directory(self.name + "-home")
        daemon = os.path.join(ROOT, "Tests", "ManagerTests", "pm2-daemon.js")
        self.process = world.start(
            ["node", daemon, "x" * 80], cwd,
            {"PM2_HOME": home, "PM2_APP": os.path.join(cwd, "server.js"), "PM2_NAME": self.name, "PM2_PORT": str(self.port)})
        wait_until(lambda: os.path.exists(f"{home}/rpc.sock"), what=f"PM2's socket: {world.said(self.process)}")
        self.wait_for(3)
        wait_for_port(world, self.process, self.port)

    def slots(self):
        found = {}
        for pid in self.workers():
            with open(f"/proc/{pid}/environ", "rb") as file:
                entries = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
            found[pid] = int(entries[b"NODE_APP_INSTANCE"]) + 1
        return found

    def groups(self):
        ports = [self.port, self.port + 1, self.port + 2]
        return [Group(self.name, "pm2", self.workers, None, ports, self.slots, manager="pm2")]


class Npm(Master):
    """`npm start` where npm is, else the `sh -c` that it would run."""
    needs = ("node",)
    restart, roll = "refused", "refused"

    def start(self, world):
        cwd = world.directory(self.name, "server.js")
        world.write(os.path.join(cwd, "package.json"), '{"name": "%s", "scripts": {"start": "node server.js"}}' % self.name)
        has_npm = shutil.which("npm", path=PATH)
        command = ["npm", "start"] if has_npm else ["sh", "-c", "node server.js; true"]
        environment = {"PORT": str(self.port), "npm_package_name": self.name, "npm_lifecycle_event": "start"}
        self.process = world.start(command, cwd, environment)
        wait_for_port(world, self.process, self.port)

    def workers(self):
        return [pid for pid in descendants(self.process.pid) if title(pid) == "node server.js"]

    def groups(self):
        wrappers = ["npm start", "sh -c"] if title(self.process.pid).startswith("npm") else ["sh -c"]
        return [Group(self.name, "single", self.workers, None, [self.port], folded=wrappers)]


class Celery(Master):
    needs = ("celery",)
    warns = True

    def start(self, world):
        cwd = world.directory(self.name, "tasks.py")
        self.process = world.start(
            ["celery", "-A", "tasks", "worker", "-c", "3", "--without-mingle", "-l", "error"], cwd, {"C_FORCE_ROOT": "1"})
        self.wait_for(3)

    def settled(self):
        return all("ForkPoolWorker" in title(pid) or "celery" in title(pid) for pid in self.workers())

    def groups(self):
        return [Group("tasks", "celery", self.workers, self.master)]


class Sidekiq(Master):
    needs = ("sidekiq", "redis-server")
    restart, roll = "refused", "refused"

    def start(self, world):
        cwd = world.directory(self.name, "job.rb")
        self.redis = world.start(
            ["redis-server", "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"], cwd)
        wait_for_port(world, self.redis, self.port)
        self.process = world.start(
            ["sidekiq", "-r", "./job.rb", "-c", "2"], cwd, {"REDIS_URL": f"redis://127.0.0.1:{self.port}/0"})
        wait_until(lambda: title(self.process.pid).startswith("sidekiq "), what=f"sidekiq: {world.said(self.process)}")

    def workers(self):
        return [self.process.pid]

    def groups(self):
        return [Group(self.name, "sidekiq", self.workers),
                Group("redis", "redis", lambda: [self.redis.pid], None, [self.port])]
