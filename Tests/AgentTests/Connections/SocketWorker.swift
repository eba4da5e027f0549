import Control
import Glibc
import Model
import ProcFS
import TestSupport

@testable import Agent

/// A process with real sockets that does what it is told, and nothing else: it neither accepts nor reads on its own.
final class SocketWorker {
    enum Trouble: Error { case noAnswer(String) }

    let child: Child
    let process: ProcessRef
    var pid: Int32 { process.pid }

    /// `prefix`: what the interpreter is started by, such as `unshare -n`.
    init(by prefix: [String] = []) throws {
        child = try Child(prefix + ["/usr/bin/python3", "-c", Self.program], isTalking: true)
        // It says so when its program runs: until then it may be another one's memory and namespace.
        guard let line = child.nextLine(), let pid = Int32(line) else { throw Trouble.noAnswer("start") }
        process = try Self.reference(pid)
    }

    static func reference(_ pid: Int32) throws -> ProcessRef {
        let reader = ProcReader()
        let directory = try reader.processDirectory(pid)
        return ProcessRef(pid: pid, startTicks: try reader.processStat(of: directory).startTicks)
    }

    /// Says it, and waits until it is done.
    @discardableResult
    func tell(_ words: String) throws -> Int {
        guard let answer = child.ask(words), let number = Int(answer) else { throw Trouble.noAnswer(words) }
        return number
    }

    /// A child that shares its sockets, and takes orders through it: `child N accept` and so on.
    func fork() throws -> ProcessRef { try Self.reference(Int32(truncatingIfNeeded: try tell("fork"))) }

    private static let program = """
        import fcntl, os, select, socket, struct, sys
        listeners, connections, children = [], [], []

        def address(host, port):
            return (socket.AF_INET6 if ':' in host else socket.AF_INET), (host, int(port))

        def perform(words):
            word, rest = words[0], words[1:]
            if word == 'up':
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                fcntl.ioctl(s, 0x8914, struct.pack('16sH14s', b'lo', 1, b''))
                s.close()
                return 0
            if word == 'listen':
                family, place = address(rest[0], rest[1])
                s = socket.socket(family, socket.SOCK_STREAM)
                if 'shared' in rest: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                if rest[0] == '::': s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                s.bind(place)
                s.listen(int(rest[2]))
                listeners.append(s)
                return s.getsockname()[1]
            if word == 'accept':
                for _ in range(int(rest[0])):
                    s, _ = listeners[-1].accept()
                    s.setblocking(False)
                    connections.append(s)
                return len(connections)
            if word == 'connect':
                family, place = address(rest[0], rest[1])
                for _ in range(int(rest[2])):
                    s = socket.socket(family, socket.SOCK_STREAM)
                    if len(rest) > 3: s.bind((rest[3], 0))
                    s.connect(place)
                    s.setblocking(False)
                    connections.append(s)
                return len(connections)
            if word == 'close':
                connections.pop(int(rest[0])).close()
                return len(connections)
            if word == 'deafen':
                for s in listeners: s.close()
                listeners.clear()
                return 0
            if word == 'send':
                left = int(rest[1])
                while left > 0:
                    try: left -= connections[int(rest[0])].send(b'x' * min(left, 65536))
                    except BlockingIOError: break
                return int(rest[1]) - left
            if word == 'read':
                left = int(rest[1])
                while left > 0:
                    try: got = len(connections[int(rest[0])].recv(min(left, 65536)))
                    except BlockingIOError: break
                    if got == 0: break
                    left -= got
                return int(rest[1]) - left
            if word == 'fork':
                ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                pid = os.fork()
                if pid == 0:
                    ours.close()
                    os.close(0)
                    os.close(1)
                    serve_child(its)
                its.close()
                children.append(ours)
                return pid
            if word == 'child':
                channel = children[int(rest[0])]
                channel.send(' '.join(rest[1:]).encode())
                return int(channel.recv(100))
            if word == 'hand':
                channel = children[int(rest[0])]
                s = connections.pop(int(rest[1]))
                socket.send_fds(channel, [b'take'], [s.fileno()])
                s.close()
                return int(channel.recv(100))
            return -1

        def serve_child(channel):
            while True:
                text, fds, _, _ = socket.recv_fds(channel, 1000, 1)
                if not text: os._exit(0)
                for fd in fds: connections.append(socket.socket(fileno=fd))
                result = len(connections) if fds else perform(text.decode().split())
                channel.send(str(result).encode())

        print(os.getpid(), flush=True)
        for line in sys.stdin:
            print(perform(line.split()), flush=True)
        """
}

/// A roster of real processes.
struct Crew {
    static let boot = BootID(high: 1, low: 2)

    static func id(_ process: ProcessRef) -> WorkerID {
        WorkerID(boot: boot, pid: process.pid, startTicks: process.startTicks)
    }

    var workers: [LiveWorker] = []
    var groups: [LiveGroup] = []

    /// Slots are from 1 on, in the order given.
    init(groups: [(key: String, ports: [UInt16], master: ProcessRef?, workers: [ProcessRef])]) {
        for group in groups {
            self.groups.append(
                LiveGroup(
                    info: GroupInfo(
                        key: group.key, app: group.key, kind: .prefork, master: group.master, ports: group.ports)))
            for (number, process) in group.workers.enumerated() {
                workers.append(
                    LiveWorker(
                        id: Self.id(process), groupKey: group.key, app: group.key,
                        slot: UInt32(truncatingIfNeeded: number + 1), seen: MonotonicInstant(nanoseconds: 0)))
            }
        }
    }

    init(_ workers: [ProcessRef], master: ProcessRef? = nil, ports: [UInt16] = []) {
        self.init(groups: [("web", ports, master, workers)])
    }

    var roster: ConnectionRoster { ConnectionRoster(workers: workers, groups: groups) }
}
