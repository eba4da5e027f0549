"""Managers that keep workers as their children or in containers, in their ordinary configuration: circus, Passenger, Apache,
docker, podman. Images are made here of empty directories, and the programs are this machine's: no registry is asked."""
import io
import os
import shutil
import subprocess
import tarfile

from master import PATH, Group, Master
from world import ROOT, SERVICES, children, fetch, title, wait_for_port, wait_until

CIRCUS = os.path.join(ROOT, ".build", "masters", "circus")
PASSENGER = "/usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini"
APACHE_MODULES = "/usr/lib/apache2/modules"


class Circus(Master):
    """Three of one watcher, one of another, and circus's own statistics beside them, which are no app."""
    # Without a word of its watcher's name anywhere in a process, whether circus starts a new one is only known once tried.
    warns = True

    def missing(self):
        if os.path.exists(f"{CIRCUS}/bin/circusd"):
            return None
        reason = CIRCUS + ".reason"
        return "no circus from PyPI" + (": " + open(reason).read().strip() if os.path.exists(reason) else "")

    def start(self, world):
        cwd = world.directory(self.name, "mailer.py")
        for app in ("web", "mail"):
            shutil.copy(os.path.join(cwd, "mailer.py"), os.path.join(cwd, app + ".py"))
        endpoints = "".join(
            f"{word} = tcp://127.0.0.1:{self.port + offset}\n"
            for word, offset in (("endpoint", 5), ("pubsub_endpoint", 6), ("stats_endpoint", 7)))
        configuration = world.write(os.path.join(cwd, "circus.ini"), f"""[circus]
{endpoints}statsd = True
check_delay = 1
[watcher:front]
cmd = /usr/bin/python3 web.py {self.port}
working_dir = {cwd}
numprocesses = 3
[watcher:letters]
cmd = /usr/bin/python3 mail.py {self.port + 1}
working_dir = {cwd}
""")
        self.process = world.start([f"{CIRCUS}/bin/circusd", configuration], cwd)
        for port in (self.port, self.port + 1, self.port + 7):
            wait_for_port(world, self.process, port)
        self.wait_for(5)

    def of(self, app):
        return [pid for pid in self.workers() if f"{app}.py" in title(pid)]

    def groups(self):
        return [Group(app, "managed", lambda app=app: self.of(app), None, [self.port + offset], manager="circus")
                for offset, app in enumerate(("web", "mail"))]


class Apache(Master):
    """The event MPM, whose workers heed no SIGTERM."""
    needs = ("apache2",)
    warns = True
    modules = {}
    more = ""

    def start(self, world):
        cwd = self.directory = world.directory(self.name)
        os.makedirs(f"{cwd}/public", exist_ok=True)
        modules = {"mpm_event": "mod_mpm_event.so", "authz_core": "mod_authz_core.so", **self.modules}
        lines = "".join(f"LoadModule {name}_module {APACHE_MODULES}/{file}\n" for name, file in modules.items())
        configuration = world.write(os.path.join(cwd, "httpd.conf"), f"""ServerName localhost
PidFile {cwd}/httpd.pid
ErrorLog {cwd}/error.log
{lines}User www-data
Group www-data
StartServers 3
MinSpareThreads 25
MaxSpareThreads 75
ThreadsPerChild 25
Listen 127.0.0.1:{self.port}
DocumentRoot {cwd}/public
<Directory />
Require all granted
</Directory>
{self.more.format(cwd=cwd)}""")
        self.process = world.start(["apache2", "-D", "FOREGROUND", "-f", configuration], cwd)
        wait_for_port(world, self.process, self.port)
        wait_until(lambda: len(self.servers()) == 3, what=f"three of Apache's: {world.said(self.process)}")

    def servers(self):
        return [pid for pid in children(self.process.pid) if title(pid).startswith("apache2 ")]

    workers = servers

    def groups(self):
        return [Group("apache2", "prefork", self.servers, self.master, [self.port])]


class Passenger(Apache):
    """A Python and a Ruby app, two processes each: the one by its directory, the other by its title."""
    needs = ("apache2", "passenger-status", "ruby")
    restart, roll, reason, warns = "refused", "refused", "passenger-config detach-process", False
    modules = {"alias": "mod_alias.so", "dir": "mod_dir.so", "passenger": "mod_passenger.so"}
    # An app for the whole site, and one below it.
    more = f"""PassengerRoot {PASSENGER}
PassengerDefaultRuby /usr/bin/ruby
PassengerPython /usr/bin/python3
PassengerInstanceRegistryDir {{cwd}}/instances
PassengerMinInstances 2
PassengerUserSwitching off
PassengerDefaultUser www-data
PassengerDisableSecurityUpdateCheck on
PassengerDisableAnonymousTelemetry on
DocumentRoot {{cwd}}/postcards/public
Alias /ruby {{cwd}}/stamps/public
<Location /ruby>
PassengerBaseURI /ruby
PassengerAppRoot {{cwd}}/stamps
</Location>
"""

    def missing(self):
        if not os.path.exists(f"{APACHE_MODULES}/mod_passenger.so"):
            return "no libapache2-mod-passenger"
        return super().missing()

    def start(self, world):
        cwd = world.directory(self.name)
        os.makedirs(f"{cwd}/instances")
        os.chmod(f"{cwd}/instances", 0o1777)  # its own processes are www-data's here
        for app, file, text in (
                ("postcards", "passenger_wsgi.py",
                 "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'ok']\n"),
                ("stamps", "config.ru", "run ->(env) { [200, {}, ['ok']] }\n")):
            os.makedirs(f"{cwd}/{app}/public", exist_ok=True)
            world.write(f"{cwd}/{app}/{file}", text)
        super().start(world)
        for path in ("/", "/ruby/"):
            wait_until(lambda: fetch(self.port, path), 60, f"an answer for {path}: {world.said(self.process)}")
        self.wait_for(4)

    def of(self, app):
        """The preloader of the Ruby app serves nobody."""
        found = []
        for parent in self.below(self.process.pid, "Passenger watchdog"):
            for core in self.below(parent, "Passenger core"):
                if app == "postcards":
                    found += self.below(core, "wsgi-loader.py")
                else:
                    found += [pid for loader in self.below(core, "AppPreloader") for pid in self.below(loader, "RubyApp")]
        return found

    @staticmethod
    def below(pid, words):
        return [child for child in children(pid) if words in title(child)]

    def workers(self):
        return self.of("postcards") + self.of("stamps")

    def groups(self):
        # Ruby's have a port each, which the kernel chose.
        return [Group("postcards", "passenger", lambda: self.of("postcards"), manager="passenger", varies=True),
                Group("stamps", "passenger", lambda: self.of("stamps"), None, ports(self.of("stamps")), manager="passenger",
                      varies=True),
                Group("apache2", "prefork", self.servers, self.master, [self.port])]


def ports(pids):
    """TCP ports of this network namespace that they listen on."""
    held = set()
    for pid in pids:
        for name in os.listdir(f"/proc/{pid}/fd"):
            held.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.read().splitlines()[1:]]
    return sorted({int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held})


def remove_cgroups(name):
    """What an engine leaves behind: empty ones only, others refuse."""
    with open("/proc/self/mountinfo") as file:
        mounts = [line.split()[4] for line in file if " - cgroup" in line]
    for mount in mounts:
        for folder, _, _ in os.walk(os.path.join(mount, name), topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass  # of containers of others


def thin_image():
    """Directories and links of a root, as a tar: /usr is this machine's, bound read-only."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as image:
        for name in ("usr", "etc", "tmp", "app", "proc", "sys", "dev", "run", "var", "var/tmp"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name.endswith("tmp") else 0o755
            image.addfile(entry)
        for name in ("bin", "lib", "lib64", "sbin"):
            if os.path.islink("/" + name):
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink("/" + name)
                image.addfile(entry)
        for path in ("/etc/passwd", "/etc/group", "/etc/ld.so.cache"):
            image.add(path, arcname=path[1:])
    return made.getvalue()


class Engine(Master):
    """A gunicorn in one container, a single server that minds SIGTERM in another."""
    # The single one: its container is restarted.
    apps = {"shop:app": ["gunicorn", "-w", "2", "shop:app", "-b"], "mailer": ["python3", "mailer.py", "--polite"]}

    def command(self, *words, **options):
        done = subprocess.run([*self.client, *words], capture_output=True, timeout=120, **options)
        assert done.returncode == 0, f"{self.client[0]} {' '.join(words[:2])}: {done.stderr.decode()[-500:]}"
        return done.stdout.decode().strip()

    def start(self, world):
        cwd = world.directory(self.name, "shop.py", "mailer.py")
        self.process = world.start(self.daemon, cwd)
        wait_until(lambda: self.process.poll() is not None or os.path.exists(self.socket), 30, f"{self.socket}")
        assert self.process.poll() is None, world.said(self.process)[-500:]
        # The engine's containers are not its children, and end with it or by this.
        world.processes.append(Removal(self))
        self.command("import", "-", "thin:1", input=thin_image())
        self.ids = {}
        for offset, (app, words) in enumerate(self.apps.items()):
            port = self.port + offset
            words = [*words, f"127.0.0.1:{port}"] if words[-1] == "-b" else [*words[:2], str(port), *words[2:]]
            self.ids[app] = self.command(
                "run", "--detach", "--network", "host", "--restart", "always", "--volume", "/usr:/usr:ro", "--volume",
                f"{cwd}:/app:ro", "--workdir", "/app", *self.options, "thin:1", *words).splitlines()[-1]
            wait_for_port(world, self.process, port)
        wait_until(lambda: len(self.of("shop:app")) == 2, what="two workers of gunicorn")

    def first(self, app):
        return int(self.command("inspect", "--format", "{{.State.Pid}}", self.ids[app]))

    def of(self, app):
        first = self.first(app)
        if not first:
            return []
        if app == "mailer":
            return [first]
        return [pid for pid in children(first) if title(pid).startswith("gunicorn: worker")]

    def workers(self):
        return self.of("mailer")

    def groups(self):
        return [Group("mailer", "single", self.workers, None, [self.port + 1], manager=self.word),
                Group("shop:app", "gunicorn", lambda: self.of("shop:app"), lambda: self.first("shop:app"), [self.port],
                      manager=self.word)]


class Removal:
    """Stands among the processes of a world: ends what the engine keeps, before the engine ends."""

    def __init__(self, engine):
        self.engine, self.pid, self.done = engine, engine.process.pid, False

    def poll(self):
        return 0 if self.done else None

    def terminate(self):
        self.done = True
        if self.engine.process.poll() is None:
            ids = self.engine.command("ps", "--all", "--quiet").split()
            if ids:
                self.engine.command("rm", "--force", *ids)
            remove_cgroups(self.engine.cgroup)

    def wait(self, _=None):
        return 0

    kill = terminate


class Docker(Engine):
    needs = ("dockerd", "docker", "gunicorn")
    word = cgroup = "docker"
    socket = "/run/docker.sock"
    options = []
    client = ["docker", "--host", f"unix://{socket}"]
    daemon = ["dockerd", "--data-root", f"{SERVICES}/docker-data", "--exec-root", "/run/docker", "--pidfile",
              "/run/docker.pid", "--host", f"unix://{socket}", "--storage-driver", "vfs", "--iptables=false",
              "--ip6tables=false", "--bridge=none", "--ip-forward=false", "--ip-masq=false"]


class Podman(Engine):
    needs = ("podman", "conmon", "gunicorn")
    word, cgroup = "podman", "libpod_parent"
    socket = "/run/podman/podman.sock"
    # crun, the usual one, takes no machine whose cgroups are both of version 1 and of version 2.
    runtime = [] if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else ["--runtime", "runc"]
    options = ["--ulimit", "host"]
    client = ["podman", *runtime, "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--root",
              f"{SERVICES}/podman-data", "--runroot", "/run/podman-run"]
    daemon = [*client, "system", "service", "--time=0", f"unix://{socket}"]

    def missing(self):
        if self.runtime and not shutil.which("runc", path=PATH):
            return "no runc"
        return super().missing()

    def start(self, world):
        os.makedirs(os.path.dirname(self.socket), exist_ok=True)
        super().start(world)
