"""A server with puma's titles whose processes write down every signal they get: `recorder.py PORT WORKERS LOG [deaf]`.

Lines of LOG: `signal PID NUMBER` of a worker or the master, `ended PID STATUS` (status as waitpid has it) of a worker."""
import os
import selectors
import signal
import socket
import sys
import time

SCRIPT = os.path.abspath(__file__)
port, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
deaf = "deaf" in sys.argv
log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def note(text):
    os.write(log, (text + "\n").encode())


def record(number, _):
    note(f"signal {os.getpid()} {number}")
    if is_worker and (number == signal.SIGTERM and not deaf or number == signal.SIGUSR2):
        os._exit(0)


def be(title, *words):
    os.environ["RECORDER"] = "1"
    os.execv("/usr/bin/python3", [title, SCRIPT, *sys.argv[1:4], *(["deaf"] if deaf else []), *words])


is_worker = "worker" in sys.argv
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE,
                      signal.SIGILL):
        signal.signal(number, record)
name = f"[{os.path.basename(os.getcwd())}]"
if "RECORDER" not in os.environ:
    be(f"puma 5.6.5 (tcp://127.0.0.1:{port}) {name}")
if is_worker:
    waiting = selectors.EpollSelector()
    waiting.register(int(sys.argv[-1]), selectors.EVENT_READ)
    note(f"ready {os.getpid()}")
    while True:
        waiting.select()

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(16)
os.set_inheritable(listener.fileno(), True)
living = {}


def fork(index):
    while True:
        try:
            pid = os.fork()
            break
        except BlockingIOError:  # all pids are in use for a moment
            time.sleep(0.001)
    if pid:
        living[pid] = index
    else:
        be(f"puma: cluster worker {index}: {os.getppid()} {name}", "worker", str(listener.fileno()))


for index in range(count):
    fork(index)
while living:
    pid, status = os.wait()
    index = living.pop(pid)
    note(f"ended {pid} {status}")
    fork(index)
