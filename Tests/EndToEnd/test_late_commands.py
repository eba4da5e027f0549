"""A command that lay in the socket of a stopped agent for longer than its time to live is not carried out."""
import os
import signal
import sys
import time
import unittest

from fleet import Fleet, ROOT, alive, children, wait_until

sys.path += [os.path.join(ROOT, "Tests", "Masters"), os.path.join(ROOT, "Benchmarks")]
from commands import RESTART, Session, command  # noqa: E402


def states(pid):
    found = set()
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/stat") as file:
                found.add(file.read().rsplit(")", 1)[1].split()[0])
        except OSError:  # a thread that has ended meanwhile
            continue
    return found


class LateCommands(unittest.TestCase):
    def test_a_command_is_as_old_as_the_time_it_waited(self):
        with Fleet() as fleet:
            master = fleet.workers("ingest", "--workers", "1")
            agent = fleet.agent("alpha", "--under", str(master.pid))
            fleet.wait_for_socket("alpha")
            session = Session(fleet.socket("alpha"))
            self.addCleanup(session.close)
            pid = wait_until(lambda: children(master.pid), what="a worker")[0]
            worker = wait_until(lambda: session.group_of(pid)[1], what="the worker in a snapshot")[0]
            agent.send_signal(signal.SIGSTOP)
            wait_until(lambda: states(agent.pid) == {"T"}, what="the stop of all threads")
            late = session.issue(command(RESTART, session.worker_target(worker), warned=True, ttl=3.0))
            stopped = time.monotonic()
            wait_until(lambda: time.monotonic() > stopped + 5, what="the end of its time to live")
            agent.send_signal(signal.SIGCONT)
            self.assertEqual(session.outcome(late).get("refusal"), "expired", session.outcome(late))
            self.assertTrue(alive(worker["pid"]))


if __name__ == "__main__":
    unittest.main()
