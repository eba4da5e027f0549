"""An agent that root starts and that becomes another user: what is left to it, and what it can do all the same."""
import json
import os
import pwd
import subprocess
import unittest

from fleet import AGENT, Fleet, LOOPTOP, OrdinaryUser, WORKER, alive, wait_until

USER = "daemon"
FILTERED = "system calls (seccomp) that it has no use for are refused to it, and to what it starts"
# CAP_DAC_READ_SEARCH, CAP_KILL and CAP_SYS_PTRACE, as /proc/PID/status writes them.
KEPT = f"{1 << 2 | 1 << 5 | 1 << 19:016x}"
NONE = f"{0:016x}"

SUPERVISORD = "/usr/bin/supervisord"
SUPERVISED = """[supervisord]
nodaemon=true
logfile={directory}/supervisord.log
pidfile={directory}/supervisord.pid
[unix_http_server]
file={socket}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:kept]
command=/usr/bin/python3 -m http.server 0 --bind 127.0.0.1
user=nobody
directory=/
"""


def standing(pid, task=None):
    """What the kernel lets a thread do: lines of its status."""
    with open(f"/proc/{pid}/task/{task or pid}/status") as file:
        return {key: value.split() for key, value in (line.split(":", 1) for line in file)}


@unittest.skipUnless(os.getuid() == 0, "needs root")
class Confinement(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        os.chmod(self.fleet.directory, 0o755)  # as /var/lib and /run are
        self.user = pwd.getpwnam(USER)

    def looptop(self, *arguments):
        done = subprocess.run([LOOPTOP, *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, code, sentence, *arguments, environment=None, before=None):
        done = subprocess.run(
            [AGENT, "run", *arguments], capture_output=True, text=True, timeout=20, env=environment, preexec_fn=before)
        self.assertEqual((done.returncode, done.stderr), (code, f"looptop-agent: {sentence}\n"))

    def places(self):
        return ["--state-dir", self.fleet.path("alpha"), "--socket", self.fleet.socket("alpha")]

    def test_it_is_another_user_and_does_its_work(self):
        with OrdinaryUser() as other:
            other.start([other.program(WORKER, "ingest"), "--workers", "2"])
            agent = self.fleet.agent("alpha", "--user", USER, "--interval", "0.5")
            self.fleet.wait_for_socket("alpha")
            socket = ["--socket", self.fleet.socket("alpha")]

            def workers():
                rows = json.loads(self.looptop("ls", "workers", "-o", "json", *socket))["workers"]
                # Only CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH tell an agent what workers of others read, and their lag.
                whole = [row for row in rows if None not in (
                    row["cpu_cores"], row["resident_bytes"], row["read_bytes"], (row["lag"] or {}).get("p99_seconds"))]
                return rows if len(whole) == 2 else None

            before = {row["slot"]: row["pid"] for row in wait_until(workers, what="two workers and all of them")}
            self.looptop("restart", "app=ingest,slot=1", "--yes", "--accept-warnings", "--wait", *socket)
            after = {row["slot"]: row["pid"] for row in wait_until(workers, what="two workers again")}
            self.assertFalse(alive(before[1]))
            self.assertTrue(alive(after[1]))
            self.assertEqual(before[2], after[2])

            ids, group = [str(self.user.pw_uid)] * 4, [str(self.user.pw_gid)] * 4
            groups = {str(each) for each in os.getgrouplist(USER, self.user.pw_gid)}
            tasks = os.listdir(f"/proc/{agent.pid}/task")
            self.assertGreater(len(tasks), 4, "the network, the sampler, the prober ...")
            for task in tasks:
                found = standing(agent.pid, task)
                self.assertEqual((found["Uid"], found["Gid"], set(found["Groups"])), (ids, group, groups))
                for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                    self.assertEqual(found[key], [KEPT], key)
                self.assertEqual((found["NoNewPrivs"], found["Seccomp"]), (["1"], ["2"]))
            for path in ("alpha", "alpha/agent.lock", "alpha/agent.sock"):
                status = os.stat(self.fleet.path(path))
                self.assertEqual((status.st_uid, status.st_mode & 0o077), (self.user.pw_uid, 0), path)
            self.assertIn(
                f"running as {USER} with CAP_DAC_READ_SEARCH, CAP_KILL and CAP_SYS_PTRACE, and without all else of root: "
                "no command as another user, no sudo, no network of containers, and systemd and docker may refuse it",
                self.fleet.log("alpha"))
            self.assertNotIn("runtimes cannot report", self.fleet.log("alpha"))

    def test_what_only_root_could(self):
        """A command as another user, and the socket of a manager of root."""
        self.write("agent.json5", """{ apps: {
            lone: { match: { command: "sleep 7654" }, runAs: "nobody", restart: { command: ["true"] } },
        } }""")
        self.fleet.start(["sleep", "7654"])
        if os.path.exists(SUPERVISORD):
            socket = self.fleet.path("supervisor.sock")
            self.write("supervisord.conf", SUPERVISED.format(socket=socket, directory=self.fleet.directory))
            self.fleet.start([SUPERVISORD, "-c", self.fleet.path("supervisord.conf")], stdout=subprocess.DEVNULL)
            wait_until(lambda: os.path.exists(socket), what="the socket of supervisord")
        self.fleet.agent("alpha", "--user", USER, "--interval", "0.5", "--config", self.fleet.path("agent.json5"))
        self.fleet.wait_for_socket("alpha")
        said = self.restart("lone")
        self.assertIn("failed: cannot run true as another user: Operation not permitted", said)
        if not os.path.exists(SUPERVISORD):
            self.skipTest("no supervisord")
        said = self.restart("kept")
        self.assertIn(f"the supervisord at {socket}: does not let us connect: Permission denied", said)

    def restart(self, app):
        """What is said of a restart that fails, once the app is there."""
        socket = ["--socket", self.fleet.socket("alpha")]
        wait_until(lambda: app in self.looptop("ls", "apps", "-o", "name", *socket), what=f"app {app}")
        done = subprocess.run(
            [LOOPTOP, "restart", f"app={app},slot=1", "--yes", "--accept-warnings", "--wait", *socket], capture_output=True,
            text=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout

    def write(self, name, text):
        with open(os.open(self.fleet.path(name), os.O_WRONLY | os.O_CREAT, 0o644), "w") as file:
            file.write(text)

    def test_where_systemd_would_put_it(self):
        """Directories as the environment names them, that of runtimes open to all users."""
        directories = {name: self.fleet.path(name) for name in ("state", "run", "looptop-runtime")}
        environment = {
            "PATH": os.environ["PATH"], "STATE_DIRECTORY": directories["state"],
            "RUNTIME_DIRECTORY": f"{directories['run']}:{directories['looptop-runtime']}"}
        with open(self.fleet.path("log"), "w") as log:
            self.fleet.start([AGENT, "run", "--user", USER, "--under", str(os.getpid())], stderr=log, env=environment)
        runtime = self.fleet.path("looptop-runtime", "runtime.sock")
        wait_until(lambda: os.path.exists(runtime) and os.stat(runtime).st_mode & 0o777 == 0o666, what="its socket")
        self.looptop("ls", "--socket", self.fleet.path("run", "agent.sock"))
        for name, mode in (("state", 0o700), ("run", 0o700), ("looptop-runtime", 0o755)):
            status = os.stat(directories[name])
            self.assertEqual((status.st_uid, status.st_mode & 0o777), (self.user.pw_uid, mode), name)

    def test_root_alone_keeps_everything_and_says_so(self):
        agent = self.fleet.agent("alpha")
        self.fleet.wait_for_socket("alpha")
        self.assertEqual(standing(agent.pid)["CapEff"], standing(os.getpid())["CapEff"])
        # What its commands are may become somebody else, also by their file.
        self.assertEqual((standing(agent.pid)["NoNewPrivs"], standing(agent.pid)["Seccomp"]), (["0"], ["2"]))
        self.assertIn(f"{FILTERED}\"\n", self.fleet.log("alpha"))
        self.assertIn(
            "running as root with all privileges: --user NAME, or the unit for systemd, leaves it CAP_DAC_READ_SEARCH, CAP_KILL "
            "and CAP_SYS_PTRACE and nothing else", self.fleet.log("alpha"))

    def test_without_the_filter(self):
        agent = self.fleet.agent("alpha", "--no-seccomp")
        self.fleet.wait_for_socket("alpha")
        self.assertEqual(standing(agent.pid)["Seccomp"], standing(os.getpid())["Seccomp"])
        self.assertIn("no system call (seccomp) is refused to it: --no-seccomp", self.fleet.log("alpha"))

    @unittest.skipUnless(os.path.exists("/sys/kernel/btf/vmlinux"), "the kernel does not describe its types")
    def test_the_program_that_root_loads_outlives_what_it_gives_up(self):
        """Who becomes another user still reads what root loaded, and says the same of a worker as who reads files."""
        told = "a BPF program counts for all workers at once"
        begin = ["--log-level", "info", "--interval", "0.5", "--no-probe"]
        worker = self.fleet.start([WORKER, "--workers", "2"])
        columns = {}
        for name, words in [("alpha", ["--user", USER]), ("beta", ["--no-bpf"])]:
            self.fleet.agent(name, *begin, *words, "--under", str(worker.pid))
            self.fleet.wait_for_socket(name)

            def rows():
                rows = json.loads(self.looptop("ls", "workers", "-o", "json", "--socket", self.fleet.socket(name)))["workers"]
                whole = len(rows) == 2 and all(row["cpu_cores"] is not None for row in rows)
                return {row["pid"]: (row["threads"], row["open_files"]) for row in rows} if whole else None

            columns[name] = wait_until(rows, what=f"two workers of {name}")
        self.assertIn(told, self.fleet.log("alpha"))
        self.assertIn("each worker is read by itself: --no-bpf", self.fleet.log("beta"))
        self.assertEqual(columns["alpha"], columns["beta"])

    def test_an_agent_that_is_not_roots(self):
        """The kernel asks for no_new_privs, and the log says what that takes."""
        with OrdinaryUser() as other:
            log = other.path("log")
            with open(log, "w") as file:
                agent = other.start([other.program(AGENT), "--under", str(os.getpid())], stderr=file)
            wait_until(lambda: os.path.exists(os.path.join(other.runtime, "looptop-agent", "agent.sock")), what="the socket")
            found = standing(agent.pid)
            self.assertEqual((found["NoNewPrivs"], found["Seccomp"], found["CapEff"]), (["1"], ["2"], [NONE]))
            with open(log) as file:
                said = file.read()
        self.assertIn(f"{FILTERED}; its commands cannot use sudo", said)
        self.assertNotIn("running as", said)

    def test_what_root_does_not_have_nobody_keeps(self):
        """As in a container: one of the capabilities is missing from the start."""
        log = self.fleet.path("log")
        with open(log, "w") as file:
            agent = self.fleet.start(
                ["setpriv", "--bounding-set=-sys_ptrace", AGENT, "run", *self.places(), "--user", USER], stderr=file)
        wait_until(lambda: os.path.exists(self.fleet.socket("alpha")), what="the socket")
        self.assertEqual(standing(agent.pid)["CapEff"], [f"{1 << 2 | 1 << 5:016x}"])
        with open(log) as file:
            said = file.read()
        self.assertIn(f"running as {USER} with CAP_DAC_READ_SEARCH and CAP_KILL, and without all else of root", said)
        self.assertIn("root itself has no CAP_SYS_PTRACE here: see capabilities in OPERATING.md", said)

    def test_who_cannot_become_it(self):
        places = self.places()
        self.refused(
            64, "--user nowhere: there is no such user. To make one:  useradd --system nowhere", *places, "--user", "nowhere")
        self.refused(
            64, "--user root: that is root; name a user without privileges", *places, "--user", "root")
        with OrdinaryUser() as other:
            self.refused(
                77, f"--user {USER}: only root can become another user; start it as root, or as {USER} without --user",
                *places, "--user", USER, before=other.become)
        self.assertFalse(os.path.exists(self.fleet.path("alpha")))

    def test_directories_of_somebody_else(self):
        state = self.fleet.path("alpha")
        os.mkdir(state, 0o700)
        sentence = "{0} belongs to root, and the agent is to run as " + USER + ". If it is an agent's, run:  chown -R " + USER + ": '{0}'"
        self.refused(77, sentence.format(state), *self.places(), "--user", USER)
        os.chown(state, self.user.pw_uid, -1)
        socket = self.fleet.path("run", "agent.sock")
        os.mkdir(self.fleet.path("run"), 0o700)
        self.refused(77, sentence.format(self.fleet.path("run")), "--state-dir", state, "--socket", socket, "--user", USER)
        # Not the agent's by its mode: nobody is told to give it away.
        os.chmod(self.fleet.path("run"), 0o755)
        done = subprocess.run(
            [AGENT, "run", "--state-dir", state, "--socket", socket, "--user", USER], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 77)
        self.assertTrue(done.stderr.endswith(
            f"{self.fleet.path('run')}: belongs to user id 0, not {self.user.pw_uid}; to mend it: choose another path with --socket\n"),
            done.stderr)


if __name__ == "__main__":
    unittest.main()
