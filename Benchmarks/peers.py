"""The programs that the agent is compared with, as somebody would run them who wants to see workers once a second."""
import os
import shutil
import subprocess
import sys

from contenders import Contender, Exporter, Lines
from fleet import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
# By name: the Debian package, its program, and what it shows of a worker's CPU time.
PEERS = {
    "top": ("procps", "top", "ticks"),
    "top -b": ("procps", "top", "ticks"),
    "htop": ("htop", "htop", "ticks"),
    "btop": ("btop", "btop", "ticks"),
    "atop": ("atop", "atop", "ticks"),
    "pidstat": ("sysstat", "pidstat", "ticks"),
    "glances": ("glances", "glances", "ticks"),
    "psutil": ("python3-psutil", None, "ticks"),
    "collectd": ("collectd-core", "collectd", "ticks, of all workers together"),
    "process-exporter": ("prometheus-process-exporter", "prometheus-process-exporter", "ticks"),
    "node-exporter": ("prometheus-node-exporter", "prometheus-node-exporter", "none: the host's only"),
}
# What an ordinary user's PATH may not have.
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])

BTOP = "update_ms = 1000\nshown_boxes = \"cpu mem net proc\"\n"
PROCESS_EXPORTER = """process_names:
  - name: "{{.PID}}"
    comm: [app]
"""
COLLECTD = """Interval 1
BaseDir "%(directory)s"
PIDFile "%(directory)s/collectd.pid"
LoadPlugin processes
LoadPlugin csv
<Plugin processes>
  CollectFileDescriptor true
  CollectContextSwitch true
  ProcessMatch "app" "app"
</Plugin>
<Plugin csv>
  DataDir "stdout"
</Plugin>
"""


def psutil_python():
    """The Python that has psutil, Debian's or this one."""
    for python in ("/usr/bin/python3", sys.executable):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import psutil"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def program(name):
    """Its path; `None` where it is not installed."""
    return psutil_python() if name == "psutil" else shutil.which(PEERS[name][1], path=SEARCH)


def missing(names):
    return [name for name in names if not program(name)]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def make(name, fleet, workers):
    """Ready to be started, with a home of its own and no configuration of anybody's."""
    path, home = program(name), fleet.path("home-" + name.replace(" ", ""))
    os.makedirs(home, exist_ok=True)
    # atop as root would switch on the accounting of the whole machine.
    own = {"environment": {"HOME": home, "XDG_CONFIG_HOME": os.path.join(home, ".config"), "ATOPACCT": ""}}
    on_terminal = {"top": ["-d", "1"], "htop": ["-d", "10"], "btop": ["--utf-force"], "atop": ["1"], "glances": ["-t", "1"]}
    if name == "btop":
        write(os.path.join(home, ".config", "btop", "btop.conf"), BTOP)
    if name in on_terminal:
        return Contender(name, [path, *on_terminal[name]], terminal=True, **own)
    if name == "top -b":
        return Contender(name, [path, "-b", "-d", "1"], **own)
    if name == "pidstat":
        return Contender(name, [path, "-rudwh", "-p", "ALL", "1"], **own)
    if name == "psutil":
        return Lines(name, [path, os.path.join(HERE, "psutil_loop.py"), "1", *map(str, workers.masters)], **own)
    if name == "collectd":
        file = write(os.path.join(home, "collectd.conf"), COLLECTD % {"directory": home})
        return Contender(name, [path, "-f", "-C", file], **own)
    port = free_port()
    address = f"127.0.0.1:{port}"
    if name == "process-exporter":
        file = write(os.path.join(home, "names.yml"), PROCESS_EXPORTER)
        return Exporter(name, [path, "-config.path", file, "-web.listen-address", address, "-threads=false",
                               "-gather-smaps=false"], port, **own)
    return Exporter(name, [path, "--collector.processes", "--web.listen-address", address], port, **own)
