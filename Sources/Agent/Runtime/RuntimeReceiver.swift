import CLinux
import Glibc
import Model
import ProcFS
import Transport

/// How much of the agent those who report may use.
struct RuntimeLimits: Sendable {
    /// Each costs a descriptor.
    var connections = 1024
    /// One user does not take the places of all others.
    var perUser: Int { max(1, connections * 3 / 4) }
    /// Read of one connection in one round; more waits in the kernel, and then at its sender.
    var bytesPerRound = 8192
    /// Between two rounds: however many report, and however fast, the thread wakes this often at most.
    var pause = Duration.milliseconds(200)
    /// After this long a silent connection gives way when there are too many.
    var patience = Duration.seconds(60)

    /// Of so many descriptors that the process may have.
    static func within(descriptors: UInt64) -> RuntimeLimits {
        RuntimeLimits(connections: Int(clamping: min(1024, descriptors / 8)))
    }
}

/// Takes the reports of runtimes from the socket to the board. Nothing is ever sent to them.
///
/// Whose report it is says the kernel alone: the process that connected, tied to its start ticks, so that a process can
/// say nothing but about itself. One thread owns this; it sleeps until somebody reports, and is bounded by `RuntimeLimits`.
final class RuntimeReceiver {
    private struct Connection {
        var descriptor: OwnedDescriptor
        var owner: RuntimeBoard.Owner
        var uid: UInt32
        var heard: MonotonicInstant
        var lines = ReportLines()
    }

    private static let bellMark = UInt64.max
    private static let socketMark = UInt64.max - 1
    private static let acceptsPerRound = 64

    private let socket: OpenSocket
    private let board: RuntimeBoard
    private let bell: Doorbell
    private let limits: RuntimeLimits
    private let warn: @Sendable (String) -> Void
    private let epoll: OwnedDescriptor
    private let reader = ProcReader()
    private var connections: [UInt64: Connection] = [:]
    private var marks: [RuntimeBoard.Owner: UInt64] = [:]
    private var perUser: [UInt32: Int] = [:]
    private var lastMark: UInt64 = 0
    private var turnedAway = TurnedAway()
    private var buffer: [UInt8]

    /// `bell` ends it.
    init(
        socket: OpenSocket, board: RuntimeBoard, bell: Doorbell, limits: RuntimeLimits = RuntimeLimits(),
        warn: @escaping @Sendable (String) -> Void
    ) throws(Fatal) {
        let raw = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard raw >= 0 else { throw Fatal(.osError, "epoll_create1: \(reason(errno))") }
        epoll = OwnedDescriptor(raw)
        self.socket = socket
        self.board = board
        self.bell = bell
        self.limits = limits
        self.warn = warn
        buffer = [UInt8](repeating: 0, count: limits.bytesPerRound)
        for (descriptor, mark) in [(bell.descriptor, Self.bellMark), (socket.descriptor, Self.socketMark)] {
            let failure = looptop_epoll_add(raw, descriptor, EPOLLIN.rawValue, mark)
            guard failure == 0 else { throw Fatal(.osError, "epoll_ctl: \(reason(-failure))") }
        }
    }

    /// Until the bell rings.
    func run() {
        while round(within: -1) { if bellRings(within: limits.pause) { return } }
    }

    /// Waits for news and takes it; false when the bell rang.
    func round(within milliseconds: CInt) -> Bool {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        let count = epoll_wait(epoll.raw, &events, CInt(events.count), milliseconds)
        let now = Clocks.monotonic()
        for event in events.prefix(max(0, Int(count))) {  // -1 is EINTR: nothing happened
            switch event.data.u64 {
            case Self.bellMark: return false
            case Self.socketMark: acceptSome(at: now)
            case let mark: receive(mark, at: now)
            }
        }
        return true
    }

    private func bellRings(within pause: Duration) -> Bool {
        var event = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&event, 1, CInt(clamping: pause.nanoseconds / 1_000_000)) > 0
    }

    // MARK: Who reports

    private func acceptSome(at now: MonotonicInstant) {
        for _ in 0..<Self.acceptsPerRound {
            guard let peer = socket.accept() else { return }
            take(peer, OwnedDescriptor(peer.descriptor), at: now)
        }
    }

    private func take(_ peer: OpenSocket.Peer, _ descriptor: OwnedDescriptor, at now: MonotonicInstant) {
        guard peer.pid > 0 else {
            return turnAway(peer, "its process is in a pid namespace that this agent does not see", at: now)
        }
        // In this order: who lived until after its ticks were read has had that number all the time.
        guard let startTicks = startTicks(of: peer.pid), OpenSocket.isAlive(peer) != false else { return }
        let owner = RuntimeBoard.Owner(pid: peer.pid, startTicks: startTicks)
        // A process reports once: after an exec, or twice loaded, the newest connection counts.
        if let old = marks[owner] { close(old) }
        if connections.count >= limits.connections { makeRoom(at: now) }
        guard connections.count < limits.connections else {
            return turnAway(peer, "\(connections.count) processes report already", at: now)
        }
        guard perUser[peer.uid, default: 0] < limits.perUser else {
            return turnAway(peer, "\(limits.perUser) processes of this user report already", at: now)
        }
        lastMark += 1
        guard looptop_epoll_add(epoll.raw, descriptor.raw, EPOLLIN.rawValue, lastMark) == 0 else { return }
        connections[lastMark] = Connection(descriptor: descriptor, owner: owner, uid: peer.uid, heard: now)
        marks[owner] = lastMark
        perUser[peer.uid, default: 0] += 1
    }

    private func startTicks(of pid: Int32) -> UInt64? {
        do {
            return try reader.processStat(of: try reader.processDirectory(pid)).startTicks
        } catch {
            return nil  // it ended, and with it what it has to say
        }
    }

    private func makeRoom(at now: MonotonicInstant) {
        guard let quietest = connections.min(by: { $0.value.heard < $1.value.heard }) else { return }
        if now - quietest.value.heard >= limits.patience { close(quietest.key) }
    }

    // MARK: What they say

    private func receive(_ mark: UInt64, at now: MonotonicInstant) {
        guard var connection = connections[mark] else { return }
        let count = read(connection.descriptor.raw, &buffer, buffer.count)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { close(mark) }
            return
        }
        do {
            if let line = try connection.lines.take(buffer[..<count]) {
                connection.heard = now
                board.note(try RuntimeReport(parsing: line), of: connection.owner, at: now)
            }
            connections[mark] = connection
        } catch {
            close(mark)
            let owner = connection.owner
            switch error {
            case let error as RuntimeReport.Malformed:
                say("it sends what is no report", connection.uid, owner.pid, " (byte \(error.offset))", at: now)
            default:
                say("a line of more than \(ReportLines.maximumBytes) bytes", connection.uid, owner.pid, at: now)
            }
        }
    }

    private func close(_ mark: UInt64) {
        // The descriptor leaves the epoll set when it is closed, with the last word on it here.
        guard let connection = connections.removeValue(forKey: mark) else { return }
        if marks[connection.owner] == mark {
            marks[connection.owner] = nil
            board.remove(connection.owner)
        }
        let left = (perUser[connection.uid] ?? 1) - 1
        perUser[connection.uid] = left > 0 ? left : nil
    }

    // MARK: Log

    private func turnAway(_ peer: OpenSocket.Peer, _ reason: String, at now: MonotonicInstant) {
        say(reason, peer.uid, peer.pid, at: now)
    }

    /// One line a minute for each user and reason: pids are cheap.
    private func say(_ reason: String, _ uid: UInt32, _ pid: Int32, _ detail: String = "", at now: MonotonicInstant) {
        guard let line = turnedAway.line(source: "user id \(uid)", reason: reason, now: now) else { return }
        warn("runtime socket: \(line); pid \(pid)\(detail)")
    }
}
