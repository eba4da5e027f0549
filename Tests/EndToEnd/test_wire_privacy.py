"""What somebody on the network could read between an agent and a dashboard."""
import os
import subprocess
import sys
import unittest

from fleet import Fleet, LOOPTOP, ROOT

sys.path.append(os.path.join(ROOT, "Tests", "Chaos"))
from proxy import Proxy, dialler, listener  # noqa: E402


class WirePrivacy(unittest.TestCase):
    SECRETS = [b"billing-engine", b"--port"]

    def test_no_name_in_clear_over_tcp_and_the_test_would_see_one(self):
        with Fleet() as fleet:
            fleet.make_identity()
            master = fleet.workers("billing-engine", "--workers", "2", "--port", "0")
            fleet.enrol("alpha")
            fleet.agent("alpha", "--under", str(master.pid))
            rows = fleet.listing("workers")["workers"]
            self.assertEqual([row["app"] for row in rows], ["billing-engine"] * 2)
            address = fleet.listing("hosts")["hosts"][0]["address"]

            with Proxy(dialler(address), listener(), keep=True) as relay:
                listed = fleet.looptop("ls", "workers", "--host", relay.address, "--timeout", "20s")
            self.assertIn("billing-engine", listed.stdout, listed.stderr)
            self.assertGreater(len(relay.seen), 1000)
            for secret in self.SECRETS:
                self.assertNotIn(secret, bytes(relay.seen))

            path = fleet.path("relay.sock")
            with Proxy(dialler(fleet.socket("alpha")), listener(path), keep=True) as relay:
                listed = subprocess.run(
                    [LOOPTOP, "ls", "workers", "--socket", path], capture_output=True, text=True, timeout=60)
            self.assertIn("billing-engine", listed.stdout, listed.stderr)
            for secret in self.SECRETS:
                self.assertIn(secret, bytes(relay.seen))


if __name__ == "__main__":
    unittest.main()
