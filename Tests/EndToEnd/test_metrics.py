"""`looptop-agent run --metrics-listen` and `looptop serve`: what Debian's Prometheus makes of it, against the workers' own
/proc."""
import gzip
import json
import os
import signal
import socket
import subprocess
import unittest

from fleet import AGENT, LOOPTOP, Fleet, children, free_port, wait_until
from scraping import Prometheus, ask, check, needs, read, serves

OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"


def cpu_seconds(pid):
    """Of its only thread, to a nanosecond."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Metrics(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.port = free_port()

    def run_agent(self, *options, workers=("--workers", "3")):
        self.master = self.fleet.workers("shop", *workers)
        self.fleet.agent(
            "alpha", "--under", str(self.master.pid), "--interval", "0.2", "--metrics-listen",
            f"127.0.0.1:{self.port}", *options)
        wait_until(lambda: serves(self.port), 20, "readiness")
        wait_until(lambda: len(self.scrape().get("looptop_worker_info", [])) == 3, 20, "three workers")

    def scrape(self, **headers):
        return read(ask(self.port, **headers)[2].decode())

    def end_a_worker(self):
        pids = children(self.master.pid)
        os.kill(pids[0], signal.SIGKILL)
        wait_until(
            lambda: len({labels["pid"] for labels, _ in self.scrape()["looptop_worker_info"]} - set(map(str, pids))) == 1
            and len(self.scrape()["looptop_worker_info"]) == 3, 20, "a new worker")

    def test_the_text_is_as_it_should_be(self):
        self.run_agent("--no-probe")
        status, headers, plain = ask(self.port)
        self.assertEqual((status, headers["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        status, headers, packed = ask(self.port, accept_encoding="gzip", accept=OPEN_METRICS)
        self.assertEqual(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertEqual(headers["content-encoding"], "gzip")
        text = gzip.decompress(packed).decode()
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertLess(len(packed) * 4, len(text))
        self.assertEqual(set(read(text)), set(read(plain.decode())))
        status, headers, body = ask(self.port, method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["content-length"]), 1000)
        for path, code in [("/healthz", 200), ("/readyz", 200), ("/", 404)]:
            self.assertEqual(ask(self.port, path)[0], code, path)
        self.assertEqual(ask(self.port, accept="text/html")[0], 406)
        self.assertEqual(ask(self.port, method="POST")[0], 405)

    @needs("promtool")
    def test_promtool_has_no_objection(self):
        self.run_agent(workers=("--workers", "3", "--block", "1:30-60:200"))
        wait_until(
            lambda: any(value for _, value in self.scrape().get("looptop_eventloop_delay_seconds_count", [])), 20, "a stall")
        self.assertEqual(check(ask(self.port)[2]), (0, ""))

    def test_a_restart_keeps_the_series(self):
        self.run_agent(workers=("--workers", "3", "--block", "0:30-60:200"))

        def stalls():
            found = {}
            for labels, value in self.scrape().get("looptop_eventloop_delay_seconds_count", []):
                found[labels["worker"]] = value
            return found if len(found) == 3 and all(found.values()) else None

        before, names = wait_until(stalls, 30, "stalls of three workers"), set(self.series())
        self.end_a_worker()
        restarts = dict((labels["worker"], value) for labels, value in self.scrape()["looptop_worker_restarts_total"])
        self.assertEqual(sorted(restarts.values()), [0, 0, 1])
        after = wait_until(
            lambda: (now := stalls()) and all(now[slot] > count for slot, count in before.items()) and now, 30,
            "more stalls, in all slots")
        self.assertGreater(min(after.values()), 0)
        # But for the one that says which process it is: the same series.
        self.assertEqual(names, set(self.series()))

    def series(self):
        scraped = self.scrape()
        scraped.pop("looptop_worker_connections", None)  # counted each 15 s: of a new worker they are not known yet
        for name, samples in scraped.items():
            for labels, _ in samples:
                self.assertTrue("pid" not in labels or name == "looptop_worker_info", name)
                if name != "looptop_worker_info":
                    yield name, tuple(sorted(labels.items()))

    @needs("prometheus")
    def test_prometheus_agrees_with_the_workers_and_with_ls(self):
        self.run_agent(workers=("--workers", "3", "--busy", "1:20", "--leak", "2:100000"))
        prometheus = Prometheus(self.fleet, self.port)
        pids = {labels["worker"]: int(labels["pid"]) for labels, _ in self.scrape()["looptop_worker_info"]}
        wait_until(lambda: len(prometheus.query("process_cpu_time_seconds_total")) == 3, 30, "three series")

        # A counter that is read in between lies in between, but for the age of what was scraped: two sweeps and scrapes.
        before = {slot: cpu_seconds(pid) for slot, pid in pids.items()}
        sampled = max(value for _, value in prometheus.query("looptop_samples_total")) + 2
        wait_until(lambda: prometheus.query("looptop_samples_total")[0][1] >= sampled, 20, "two sweeps")
        series = prometheus.query("process_cpu_time_seconds_total")
        memory = {labels["worker"]: value for labels, value in prometheus.query("process_memory_usage_bytes")}
        listed = {str(row["slot"]): row for row in self.listed()}
        after = {slot: cpu_seconds(pid) for slot, pid in pids.items()}
        self.assertEqual({labels["worker"] for labels, _ in series}, set(pids))
        for labels, value in series:
            slot = labels["worker"]
            self.assertEqual((labels["host"], labels["app"]), ("alpha", "shop"))
            self.assertNotIn("pid", labels)
            self.assertGreaterEqual(value, before[slot] - 0.1)
            self.assertLessEqual(value, after[slot] + 0.1)
            self.assertLessEqual(abs(listed[slot]["cpu_seconds"] - value), 0.1 + after[slot] - before[slot])
            self.assertEqual(listed[slot]["pid"], pids[slot])
            # The kernel adds up resident counts in batches of 64 pages; the one that leaks gets 100 kB a second.
            self.assertLessEqual(abs(memory[slot] - resident(pids[slot])), 2 * 64 * 4096 + 500_000)
            self.assertLessEqual(abs(memory[slot] - listed[slot]["resident_bytes"]), 500_000)
        self.assertGreater(max(after.values()), 0.05, "idle workers prove little")
        # What it stored has no pid but in one series, and it lost none.
        for name in prometheus.get("label/__name__/values"):
            if name != "looptop_worker_info":
                self.assertFalse([1 for labels, _ in prometheus.query(f"{{__name__='{name}'}}") if "pid" in labels], name)
        self.assertEqual(prometheus.query("up"), [({"__name__": "up", "instance": f"127.0.0.1:{self.port}", "job": "looptop"}, 1)])
        targets = prometheus.get("targets")["activeTargets"]
        self.assertEqual([target["lastError"] for target in targets], [""])

        count = "looptop_worker_restarts_total"
        self.end_a_worker()
        wait_until(lambda: sum(value for _, value in prometheus.query(count)) == 1, 20, "the restart")
        self.assertEqual(len(prometheus.query("process_cpu_time_seconds_total")), 3)
        self.assertEqual(len(prometheus.get("series", **{"match[]": "process_cpu_time_seconds_total"})), 3)

    def listed(self):
        done = self.fleet.looptop("ls", "workers", "-o", "json", "--socket", self.fleet.socket("alpha"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["workers"]

    def test_refusals(self):
        def refused(*options, config=None):
            state = self.fleet.path("refused")
            arguments = [AGENT, "run", "--state-dir", state, "--socket", self.fleet.path("refused", "s"), *options]
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=20)
            return done.returncode, done.stderr

        code, words = refused("--metrics-listen", "0.0.0.0:9434")
        self.assertEqual(code, 78)
        self.assertIn("0.0.0.0:9434: metrics are served without TLS, and so to this machine only", words)
        code, words = refused("--metrics-listen", "127.0.0.1:99999")
        self.assertEqual(code, 64)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            code, words = refused("--metrics-listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertEqual(code, 69)
        self.assertIn("already in use by another process", words)


class OfAFleet(unittest.TestCase):
    """`looptop serve`, with two agents behind real TLS."""

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()
        master = self.fleet.workers("shop", "--workers", "2")
        for host in ["alpha", "beta"]:
            self.fleet.enrol(host)
            self.fleet.agent(host, "--under", str(master.pid), "--interval", "0.2", "--no-probe")

    def serve(self, *options):
        self.port = free_port()
        process = self.fleet.start(
            [LOOPTOP, "serve", "--state-dir", self.fleet.operator, "--metrics-listen", f"127.0.0.1:{self.port}", *options],
            stderr=subprocess.DEVNULL)
        wait_until(lambda: serves(self.port), 20, "readiness")
        wait_until(lambda: self.up() == {"alpha": 1, "beta": 1}, 20, "both hosts")
        return process

    def scrape(self):
        return read(ask(self.port)[2].decode())

    def up(self):
        return {labels["host"]: value for labels, value in self.scrape().get("looptop_host_up", [])}

    def told(self, host):
        return {name for name, samples in self.scrape().items() for labels, _ in samples if labels.get("host") == host}

    def test_a_host_that_is_down_is_told_as_down_and_nothing_else_of_it(self):
        process = self.serve()
        scraped = self.scrape()
        workers = {(labels["host"], labels["worker"]) for labels, _ in scraped["process_cpu_time_seconds_total"]}
        self.assertEqual(workers, {(host, slot) for host in ["alpha", "beta"] for slot in "12"})
        self.assertLess(max(age for _, age in scraped["looptop_host_sample_age_seconds"]), 3)

        self.fleet.agents["beta"].send_signal(signal.SIGSTOP)
        wait_until(lambda: self.up() == {"alpha": 1, "beta": 0}, 30, "beta stale")
        self.assertEqual(self.told("beta"), {"looptop_host_up", "looptop_host_sample_age_seconds"})
        self.fleet.agents["beta"].send_signal(signal.SIGCONT)
        wait_until(lambda: self.up() == {"alpha": 1, "beta": 1}, 60, "beta back")
        self.fleet.agents["beta"].kill()
        wait_until(lambda: self.up() == {"alpha": 1, "beta": 0}, 30, "beta down")
        self.assertEqual(self.told("beta"), {"looptop_host_up", "looptop_host_sample_age_seconds"})
        self.assertIn("process_cpu_time_seconds_total", self.told("alpha"))
        self.assertEqual(ask(self.port, "/readyz")[0], 200)

        process.terminate()
        self.assertEqual(process.wait(10), 0)

    @needs("prometheus")
    def test_one_scrape_covers_the_fleet(self):
        self.serve()
        self.assertEqual(check(ask(self.port)[2]), (0, ""))
        prometheus = Prometheus(self.fleet, self.port)
        wait_until(lambda: len(prometheus.query("process_memory_usage_bytes")) == 4, 30, "four series")
        self.assertEqual(sum(value for _, value in prometheus.query("looptop_app_workers")), 4)
        self.assertEqual([target["lastError"] for target in prometheus.get("targets")["activeTargets"]], [""])

    def test_refusals(self):
        done = self.fleet.looptop("serve", "--metrics-listen", "[::]:9435")
        self.assertEqual(done.returncode, 78)
        self.assertIn("[::]:9435: metrics are served without TLS, and so to this machine only", done.stderr)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = self.fleet.looptop("serve", "--metrics-listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertEqual(done.returncode, 69)
        self.assertIn("already in use by another process", done.stderr)


if __name__ == "__main__":
    unittest.main()
