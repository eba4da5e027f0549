"""Masters that serve HTTP, in their ordinary configuration."""
import glob
import os
import shutil

from master import Group, Master
from world import APPS, ROOT, children, title, wait_for_port

VENV = os.path.join(ROOT, ".build", "masters", "uvicorn")


class Gunicorn(Master):
    needs = ("gunicorn",)
    lossless = True

    def __init__(self, name, port, count, target="shop:app", titled=True, directory=None, options=()):
        super().__init__(name, port)
        self.count, self.target, self.titled, self.options = count, target, titled, list(options)
        self.directory = directory or name

    def missing(self):
        if self.titled and not glob.glob("/usr/lib/python3/dist-packages/setproctitle*"):
            return "no python3-setproctitle"
        return super().missing()

    def start(self, world):
        cwd = world.directory(self.directory)
        module = self.target.split(":")[0]
        shutil.copy(os.path.join(APPS, "shop.py"), os.path.join(cwd, module + ".py"))
        environment = {}
        if not self.titled:
            blind = world.directory("without-titles")
            world.write(os.path.join(blind, "setproctitle.py"), "raise ImportError('left out')\n")
            environment["PYTHONPATH"] = blind
        self.process = world.start(
            ["gunicorn", "-w", str(self.count), "-b", f"127.0.0.1:{self.port}", *self.options, self.target], cwd, environment)
        wait_for_port(world, self.process, self.port)
        self.wait_for(self.count)

    def groups(self):
        return [Group(self.target, "gunicorn", self.workers, self.master, [self.port])]

    def settled(self):
        return not self.titled or all(title(pid).startswith("gunicorn: worker") for pid in self.workers())


class OldUvicorn(Master):
    needs = ("uvicorn",)
    program = "uvicorn"
    restart, roll, reason = "refused", "refused", "0.17"
    module = "api"

    def start(self, world):
        cwd = world.directory(self.name)
        shutil.copy(os.path.join(APPS, "api.py"), os.path.join(cwd, self.module + ".py"))
        self.process = world.start(
            [self.program, f"{self.module}:app", "--workers", "3", "--port", str(self.port), "--log-level", "warning"], cwd)
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def workers(self):
        return [pid for pid in children(self.process.pid) if "resource_tracker" not in title(pid)]

    def settled(self):
        return all("spawn_main" in title(pid) for pid in self.workers())

    def groups(self):
        return [Group(f"{self.module}:app", "uvicorn", self.workers, self.master, [self.port])]


class NewUvicorn(OldUvicorn):
    needs = ()
    program = os.path.join(VENV, "bin", "uvicorn")
    restart, roll, reason = "replaced", "finished", ""
    module = "feed"

    def missing(self):
        if os.path.exists(self.program):
            return None
        return "no uvicorn 0.30 from PyPI: " + (read_reason(VENV + ".reason") or "not installed")


class Puma(Master):
    needs = ("puma",)

    def start(self, world):
        cwd = world.directory(self.name, "config.ru")
        self.process = world.start(
            ["puma", "-w", "3", "-t", "1:4", "-b", f"tcp://127.0.0.1:{self.port}"], cwd, {"RACK_ENV": "production"})
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def settled(self):
        return len(self.slots()) == len(self.workers())

    def slots(self):
        found = {}
        for pid in self.workers():
            words = title(pid).split()
            if words[:3] == ["puma:", "cluster", "worker"]:
                found[pid] = int(words[3].rstrip(":")) + 1
        return found

    def groups(self):
        return [Group(self.name, "puma", self.workers, self.master, [self.port], self.slots)]


class Unicorn(Master):
    needs = ("unicorn",)
    lossless = True

    def start(self, world):
        cwd = world.directory(self.name, "config.ru")
        world.write(os.path.join(cwd, "unicorn.rb"), f"worker_processes 3\nlisten '127.0.0.1:{self.port}'\n")
        self.process = world.start(["unicorn", "-E", "production", "-c", "unicorn.rb"], cwd)
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def settled(self):
        return len(self.slots()) == len(self.workers())

    def slots(self):
        return {pid: int(title(pid).split("worker[")[1].split("]")[0]) + 1
                for pid in self.workers() if "worker[" in title(pid)}

    def groups(self):
        return [Group(self.name, "unicorn", self.workers, self.master, [self.port], self.slots)]


class Nginx(Master):
    needs = ("nginx",)
    lossless = True
    app = "nginx"

    def start(self, world, location='return 200 "$pid\\n";'):
        self.directory = world.directory(self.name)
        configuration = world.write(os.path.join(self.directory, "nginx.conf"), f"""
user www-data;
worker_processes 3;
pid {self.directory}/nginx.pid;
error_log {self.directory}/error.log;
daemon off;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {self.directory}/body;
    proxy_temp_path {self.directory}/proxy;
    fastcgi_temp_path {self.directory}/fastcgi;
    uwsgi_temp_path {self.directory}/uwsgi;
    scgi_temp_path {self.directory}/scgi;
    server {{ listen 127.0.0.1:{self.port}; location / {{ {location} }} }}
}}
""")
        self.process = world.start(["nginx", "-c", configuration], self.directory)
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def settled(self):
        return all(title(pid) == "nginx: worker process" for pid in self.workers())

    def groups(self):
        return [Group(self.app, "nginx", self.workers, self.master, [self.port])]


class PHP(Master):
    """Two pools below one master; nginx in front of them where there is a load."""
    lossless = True
    pools = {"web": 9001, "admin": 9002}

    def missing(self):
        self.program = (sorted(glob.glob("/usr/sbin/php-fpm*")) or [None])[-1]
        return None if self.program else "no php-fpm"

    def start(self, world):
        cwd = world.directory(self.name)
        world.write(os.path.join(cwd, "index.php"), "<?php echo getmypid(), \"\\n\";\n")
        text = f"[global]\nerror_log = {cwd}/fpm.log\ndaemonize = no\nprocess_control_timeout = 10\n"
        for pool, port in self.pools.items():
            text += (f"[{pool}]\nuser = www-data\ngroup = www-data\nlisten = 127.0.0.1:{port}\npm = static\n"
                     "pm.max_children = 3\n")
        configuration = world.write(os.path.join(cwd, "fpm.conf"), text)
        self.process = world.start([self.program, "-y", configuration, "-F"], cwd)
        for port in self.pools.values():
            wait_for_port(world, self.process, port)
        self.wait_for(6)
        self.front = Nginx(self.name + "-front", self.port)
        if not self.front.missing():
            self.front.app = "nginx"
            self.front.start(world, f"fastcgi_pass 127.0.0.1:9001; fastcgi_param SCRIPT_FILENAME {cwd}/index.php;"
                                    " fastcgi_param REQUEST_METHOD GET;")

    def settled(self):
        return all(": pool " in title(pid) for pid in self.workers())

    def pool(self, name):
        return [pid for pid in self.workers() if title(pid) == f"php-fpm: pool {name}"]

    def groups(self):
        found = [Group(f"php-fpm {pool}", "php-fpm", lambda pool=pool: self.pool(pool), self.master, [port],
                       varies=True)
                 for pool, port in self.pools.items()]
        return found + (self.front.groups() if hasattr(self.front, "process") else [])


class UWSGI(Master):
    needs = ("uwsgi",)

    def missing(self):
        if not glob.glob("/usr/lib/uwsgi/plugins/python3*"):
            return "no uwsgi-plugin-python3"
        return super().missing()

    def start(self, world):
        cwd = world.directory(self.name, "shop.py")
        self.process = world.start(
            ["uwsgi", "--master", "--plugin", "python3", "--processes", "3", "--http-socket", f"127.0.0.1:{self.port}",
             "--wsgi-file", "shop.py", "--disable-logging", "--add-header", "Connection: close"], cwd)
        wait_for_port(world, self.process, self.port)
        self.wait_for(3)

    def groups(self):
        return [Group("shop", "uwsgi", self.workers, self.master, [self.port])]


def read_reason(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None
