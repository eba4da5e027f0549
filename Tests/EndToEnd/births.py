"""A master that does as it is told, and whether the kernel tells of its children."""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

from fleet import children

# Forks two workers; then for each line of its standard input so many more: `worker` stays, `short` lives 5 ms.
MASTER = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))

def fork(life):
    child = os.fork()
    if child == 0:
        time.sleep(life)
        os._exit(3)
    return child

for _ in range(2):
    fork(1000)
print("ready", flush=True)
for line in sys.stdin:
    what, count = line.split()
    for _ in range(int(count)):
        now = time.monotonic()
        if what == "worker":
            print(fork(1000), now, flush=True)
        else:
            os.waitpid(fork(0.005), 0)
    if what != "worker":
        print("done", time.monotonic() - now, flush=True)
"""


class Master:
    """Use `tell` as the script above says, and `end()` before the fleet does."""

    def __init__(self, fleet):
        script = fleet.path("server.py")
        with open(script, "w") as file:
            file.write(MASTER)
        self.process = fleet.start(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, what, count=1):
        """The last word of its answer: for a worker, when it was about to be forked."""
        self.process.stdin.write(f"{what} {count}\n")
        self.process.stdin.flush()
        return [float(word) if "." in word else word for word in self.process.stdout.readline().split()]

    def end(self):
        workers = children(self.process.pid)
        self.process.kill()
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        self.process.stdin.close()
        self.process.stdout.close()


def are_told():
    """Whether the kernel tells this process of births: asked as the agent does."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 11) as netlink:
            netlink.bind((0, 1))
            netlink.settimeout(1)
            connector = struct.pack("=IIIIHHI", 1, 1, 0, 0, 4, 0, 1)
            netlink.send(struct.pack("=IHHII", 16 + len(connector), 3, 0, 0, 0) + connector)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                what, _, _, error = struct.unpack_from("=IIQI", netlink.recv(256), 36)
                if what == 0:
                    return error == 0
    except OSError:
        pass
    return False
