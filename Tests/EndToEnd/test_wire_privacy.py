"""What somebody on the network could read between an agent and a dashboard."""
import os
import select
import socket
import subprocess
import threading
import unittest

from fleet import Fleet, LOOPTOP


class Relay:
    """Takes one connection after the other to `target`, and keeps every byte that passes."""

    def __init__(self, listener, connect):
        self.listener, self.connect, self.seen = listener, connect, bytearray()
        listener.listen()
        self.stop, self.stopping = os.pipe()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        pairs = {}
        while True:
            ready, _, _ = select.select([self.listener, self.stop, *pairs], [], [], 30)
            if self.stop in ready or not ready:
                break
            for item in ready:
                if item is self.listener:
                    near, _ = item.accept()
                    far = self.connect()
                    pairs[near], pairs[far] = far, near
                elif item in pairs:
                    data = item.recv(65536)
                    self.seen += data
                    if data:
                        pairs[item].sendall(data)
                    else:
                        other = pairs.pop(item)
                        pairs.pop(other)
                        item.close()
                        other.close()
        for item in [self.listener, *pairs]:
            item.close()

    def close(self):
        os.close(self.stopping)
        self.thread.join()
        os.close(self.stop)


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
            host, port = address.rsplit(":", 1)

            relay = Relay(socket.create_server(("127.0.0.1", 0)), lambda: socket.create_connection((host, int(port))))
            try:
                through = "127.0.0.1:%d" % relay.listener.getsockname()[1]
                listed = fleet.looptop("ls", "workers", "--host", through, "--timeout", "20s")
            finally:
                relay.close()
            self.assertIn("billing-engine", listed.stdout, listed.stderr)
            self.assertGreater(len(relay.seen), 1000)
            for secret in self.SECRETS:
                self.assertNotIn(secret, bytes(relay.seen))

            def to_agent():
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(fleet.socket("alpha"))
                return connection

            listener = socket.socket(socket.AF_UNIX)
            path = fleet.path("relay.sock")
            listener.bind(path)
            relay = Relay(listener, to_agent)
            try:
                listed = subprocess.run(
                    [LOOPTOP, "ls", "workers", "--socket", path], capture_output=True, text=True, timeout=60)
            finally:
                relay.close()
            self.assertIn("billing-engine", listed.stdout, listed.stderr)
            for secret in self.SECRETS:
                self.assertIn(secret, bytes(relay.seen))


if __name__ == "__main__":
    unittest.main()
