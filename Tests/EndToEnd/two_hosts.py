"""Two hosts with an app each: what tests of more than one host begin with."""
import unittest

from fleet import Fleet, LOOPTOP, children, wait_until
from terminal import Terminal

WORKERS = 3


class TwoHosts(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.masters = {}
        self.agents = {}
        for host, app in [("alpha", "ingest"), ("beta", "render")]:
            self.masters[host] = self.fleet.workers(app, "--workers", str(WORKERS))
            self.agents[host] = self.fleet.agent(host, "--under", str(self.masters[host].pid))
            self.fleet.wait_for_socket(host)
            wait_until(lambda: len(children(self.masters[host].pid)) == WORKERS, what="workers")
        self.sockets = [word for host in self.masters for word in ["--socket", self.fleet.socket(host)]]

    def dashboard(self, rows, columns, *options):
        terminal = Terminal([LOOPTOP, *self.sockets, *options], rows, columns)
        self.addCleanup(terminal.close)
        for host in self.masters:
            terminal.wait_for(rf"{host} +(OK|WARN|CRIT)")
        return terminal
