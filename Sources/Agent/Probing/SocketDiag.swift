import CLinux
import Glibc
import Model
import ProcFS

/// What the kernel knows of TCP sockets, for all workers that one thread probes. sock_diag(7).
final class SocketDiag {
    private struct Entry {
        weak var channel: SocketChannel?
    }

    let reader: ProcReader
    /// By the inode of the network namespace. Weak: an open channel keeps a namespace alive that its last process left.
    private var channels: [UInt64: Entry] = [:]
    /// The agent's own; `nil` when it cannot be told.
    private let ownNamespace: UInt64?

    init(reader: ProcReader) {
        self.reader = reader
        do {
            ownNamespace = try reader.networkNamespace(of: try reader.processDirectory(Int32(getpid())))
        } catch {
            ownNamespace = nil  // then each namespace is entered, which needs a capability
        }
    }

    /// The channel into the network namespace of a process; `nil` where it may not be entered (setns(2): CAP_SYS_ADMIN)
    /// or the kernel has no sock_diag.
    func channel(of directory: borrowing OwnedFD) -> SocketChannel? {
        do {
            let namespace = try reader.networkNamespace(of: directory)
            if let channel = channels[namespace]?.channel, !channel.isBroken { return channel }
            let door: OwnedFD? = namespace == ownNamespace ? nil : try directory.open("ns/net")
            guard let channel = SocketChannel(door: door) else { return nil }
            channels = channels.filter { $0.value.channel != nil }
            channels[namespace] = Entry(channel: channel)
            return channel
        } catch {
            return nil  // gone, or not to be looked into: without evidence either way
        }
    }
}

/// The TCP sockets of one network namespace.
final class SocketChannel {
    enum Answer {
        case found(looptop_socket)
        /// There is no such socket any more, or another one has its addresses.
        case gone
        case failed
    }

    /// The last look at all sockets.
    struct Table {
        /// Connections that a process holds, by inode.
        var connections: [UInt64: looptop_socket] = [:]
        var listeners: [UInt64: looptop_socket] = [:]
        var listeningPorts: Set<UInt16> = []
        /// Cut at `maximumSockets`.
        var isComplete = true
    }

    /// One look at all sockets walks the kernel's whole table (0.2 to 0.4 ms for an empty one of 262,144 buckets), and takes
    /// 0.4 us more for each: at most twice a second, and never more than a hundredth of the time.
    static let pause = Duration.milliseconds(500)
    static let maximumShare = 100
    static let maximumSockets = 8192

    private(set) var table = Table()
    private(set) var isBroken = false
    /// How often it looked at all sockets.
    private(set) var looks = 0
    private var nextLook: MonotonicInstant?
    private var netlink: OwnedFD
    /// Leads into the namespace; `nil` for the agent's own.
    private let door: OwnedFD?
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 32 * 1024)
    /// Room for all that fits into `buffer`.
    private var answers = [looptop_socket](repeating: looptop_socket(), count: 32 * 1024 / 88)

    init?(door: consuming OwnedFD?) {
        guard let netlink = Self.open(door) else { return nil }
        self.netlink = netlink
        self.door = door
    }

    private static func open(_ door: borrowing OwnedFD?) -> OwnedFD? {
        let raw =
            switch door {
            case .some(let door): looptop_diag_open_in(door.raw)
            case .none: looptop_diag_open()
            }
        return raw >= 0 ? OwnedFD(adopting: raw) : nil
    }

    /// Looks at all sockets, unless that was done a moment ago; returns whether `table` is newer than before.
    func refresh(now: MonotonicInstant) -> Bool {
        guard !isBroken, now >= nextLook ?? now else { return false }
        let before = Clocks.monotonic()
        let next = list()
        let took = Clocks.monotonic() - before
        nextLook = now + max(Self.pause, took * Self.maximumShare)
        looks += 1
        guard let next else {
            isBroken = true
            return false
        }
        table = next
        return true
    }

    func look(at key: looptop_socket_key) -> Answer {
        guard !isBroken else { return .failed }
        sequence &+= 1
        var key = key
        var socket = looptop_socket()
        switch looptop_diag_get(netlink.raw, &key, sequence, &socket) {
        case 0: return .found(socket)
        case -ENOENT, -ESTALE: return .gone
        default:
            isBroken = true
            return .failed
        }
    }

    /// `nil` when the kernel refused or its answer made no sense.
    private func list() -> Table? {
        var table = Table()
        var seen = 0
        let isAnswered = visit { sockets in
            for socket in sockets { table.add(socket) }
            seen += sockets.count
            if seen >= Self.maximumSockets { table.isComplete = false }
            return table.isComplete
        }
        return isAnswered ? table : nil
    }

    /// Shows all connections that are established or were closed by their peer, and all listeners, a part at a time, until
    /// `body` returns false. Returns false when the kernel refused or its answer made no sense.
    private func visit(_ body: (UnsafeBufferPointer<looptop_socket>) -> Bool) -> Bool {
        let states: UInt32 =
            1 << LOOPTOP_TCP_ESTABLISHED.rawValue | 1 << LOOPTOP_TCP_CLOSE_WAIT.rawValue
            | 1 << LOOPTOP_TCP_LISTEN.rawValue
        sequence &+= 1
        guard looptop_diag_dump(netlink.raw, states, sequence) == 0 else { return false }
        var ended: CInt = 0
        while ended == 0 {
            let goesOn: Bool? = answers.withUnsafeMutableBufferPointer { answers in
                let count = buffer.withUnsafeMutableBytes {
                    looptop_diag_next(
                        netlink.raw, sequence, $0.baseAddress, $0.count, answers.baseAddress, answers.count, &ended)
                }
                return count >= 0 ? body(UnsafeBufferPointer(rebasing: answers[..<count])) : nil
            }
            guard let goesOn else { return false }
            if !goesOn, ended == 0 {
                // The kernel goes on with a list that was begun: a new socket is the only way out.
                guard let fresh = Self.open(door) else { return false }
                netlink = fresh
                return true
            }
        }
        return true
    }

    /// Shows `body` all of them, for who keeps what it needs: there is no bound. False: the channel is broken.
    func survey(_ body: (looptop_socket) -> Void) -> Bool {
        guard !isBroken else { return false }
        let isAnswered = visit { sockets in
            for socket in sockets { body(socket) }
            return true
        }
        isBroken = !isAnswered
        return isAnswered
    }
}

extension SocketChannel.Table {
    mutating func add(_ socket: looptop_socket) {
        guard socket.inode != 0 else { return }  // not accepted yet: nobody's
        if UInt32(socket.state) == LOOPTOP_TCP_LISTEN.rawValue {
            listeners[UInt64(socket.inode)] = socket
            listeningPorts.insert(socket.key.local_port)
        } else if socket.has_info != 0 {
            connections[UInt64(socket.inode)] = socket
        }
    }
}
