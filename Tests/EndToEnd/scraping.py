"""What the tests of metrics share: asking over HTTP, reading the text, and Debian's Prometheus on a port of its own."""
import http.client
import json
import re
import shutil
import subprocess
import unittest
import urllib.parse
import urllib.request

from fleet import free_port, wait_until

SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed (Debian: prometheus)")


def ask(port, path="/metrics", method="GET", **headers):
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def serves(port, path="/readyz"):
    try:
        return ask(port, path)[0] == 200
    except OSError:
        return False


def read(text):
    """What a text says: by name, a list of labels and value."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            found.setdefault(name, []).append((dict(LABEL.findall(labels or "")), float(value)))
    return found


def check(text):
    """What `promtool check metrics` objects to."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).decode()


class Prometheus:
    """Debian's, which scrapes one port each 200 ms, with what it stores in the fleet's directory."""

    def __init__(self, fleet, target):
        self.port = free_port()
        config = fleet.path("prometheus.yml")
        with open(config, "w") as file:
            file.write(
                "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
                f"scrape_configs: [{{job_name: looptop, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n")
        log = open(fleet.path("prometheus.log"), "wb")
        self.process = fleet.start(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={fleet.path('tsdb')}",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log)
        log.close()
        wait_until(lambda: serves(self.port, "/-/ready"), 30, "Prometheus")

    def get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]

    def query(self, text):
        """Labels and value of each series."""
        return [(each["metric"], float(each["value"][1])) for each in self.get("query", query=text)["result"]]
