import CLinux
import Glibc
import Model
import ProcFS

/// A connection to a manager or a worker; every step of it ends at a deadline.
struct PeerStream {
    private let socket: SharedFD

    /// To a unix socket that was opened with `O_PATH`: nobody can put another one in its place meanwhile.
    init(to place: borrowing OwnedFD, by deadline: Deadline) throws(CallTrouble) {
        let raw = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw .failed("cannot make a socket: \(reason(errno))") }
        socket = SharedFD(adopting: raw)
        // A unix socket with a full queue has no event that tells of room: connect(2) waits itself, for at most this long.
        let left = max(deadline.left, .milliseconds(1)).components
        var limit = timeval(tv_sec: Int(left.seconds), tv_usec: Int(left.attoseconds / 1_000_000_000_000))
        setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: "/proc/self/fd/\(place.raw)".utf8.prefix(room.count - 1))
        }
        let cause = Self.connect(raw, &address)
        if cause == EAGAIN || cause == EINTR { throw .timedOut }
        guard cause == 0 else { throw .failed("does not let us connect: \(reason(cause))") }
        guard fcntl(raw, F_SETFL, O_NONBLOCK) == 0 else { throw .failed("cannot use the socket: \(reason(errno))") }
    }

    /// To a TCP port of this machine, at the first of `addresses` that takes us.
    ///
    /// - Parameter network: the network it is in, where that is not our own.
    static func connect(
        toAny addresses: [HostAddress], port: UInt16, in network: SharedFD?, by deadline: Deadline
    ) throws(CallTrouble) -> PeerStream {
        var cause = ECONNREFUSED
        for address in addresses {
            do throws(NoConnection) {
                return try PeerStream(to: address, port: port, in: network, by: deadline)
            } catch {
                if error.errno == ETIMEDOUT, deadline.isOver { throw .timedOut }
                // A machine without IPv6 is no news.
                if error.errno != EADDRNOTAVAIL, error.errno != EAFNOSUPPORT { cause = error.errno }
            }
        }
        throw .failed("does not let us connect: \(reason(cause))")
    }

    /// Why an address took no connection.
    private struct NoConnection: Error {
        let errno: CInt
    }

    private init(
        to address: HostAddress, port: UInt16, in network: SharedFD?, by deadline: Deadline
    ) throws(NoConnection) {
        let kind = CInt(SOCK_STREAM.rawValue)
        let raw: CInt
        if let network {
            raw = looptop_socket_in(network.raw, address.family, kind)
        } else {
            let made = Glibc.socket(address.family, kind | CInt(SOCK_CLOEXEC.rawValue), 0)
            raw = made >= 0 ? made : -errno
        }
        guard raw >= 0 else { throw NoConnection(errno: -raw) }
        socket = SharedFD(adopting: raw)
        guard fcntl(raw, F_SETFL, O_NONBLOCK) == 0 else { throw NoConnection(errno: errno) }
        let cause: CInt
        switch address {
        case .version4(let bytes):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: bytes.prefix($0.count)) }
            cause = Self.connect(raw, &name)
        case .version6(let bytes):
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: bytes.prefix($0.count)) }
            cause = Self.connect(raw, &name)
        }
        if cause == 0 { return }
        guard cause == EINPROGRESS || cause == EINTR else { throw NoConnection(errno: cause) }
        do throws(CallTrouble) { try deadline.wait(raw, for: POLLOUT) } catch { throw NoConnection(errno: ETIMEDOUT) }
        var outcome: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(raw, SOL_SOCKET, SO_ERROR, &outcome, &size) == 0 else { throw NoConnection(errno: errno) }
        guard outcome == 0 else { throw NoConnection(errno: outcome) }
    }

    /// The process that called listen(2) on a unix socket; its pid is `nil` where it has none here.
    func peer() throws(CallTrouble) -> (pid: Int32?, uid: UInt32) {
        var pid: CInt = 0
        var uid: CUnsignedInt = 0
        let answer = looptop_peer(socket.raw, &pid, &uid)
        guard answer == 0 else { throw .failed("the kernel does not tell who answers: \(reason(-answer))") }
        return (pid > 0 ? pid : nil, uid)
    }

    func send(_ bytes: [UInt8], by deadline: Deadline) throws(CallTrouble) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket.raw, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
                continue
            }
            let cause = errno
            switch cause {
            case EINTR: continue
            case EAGAIN: try deadline.wait(socket.raw, for: POLLOUT)
            default: throw .failed("broke off: \(reason(cause))")
            }
        }
    }

    /// What came, at least a byte of it; empty at the end.
    func receive(by deadline: Deadline) throws(CallTrouble) -> [UInt8] {
        while true {
            try deadline.wait(socket.raw, for: POLLIN)
            var cause: CInt = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 8192) { room, count in
                let got = recv(socket.raw, room.baseAddress, room.count, 0)
                cause = got < 0 ? errno : 0
                count = max(0, got)
            }
            switch cause {
            case 0: return bytes
            case EINTR, EAGAIN: if deadline.isOver { throw .timedOut }
            default: throw .failed("broke off: \(reason(cause))")
            }
        }
    }

    private static func connect<Address>(_ socket: CInt, _ address: inout Address) -> CInt {
        let size = socklen_t(MemoryLayout<Address>.size)
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
        }
        return answer == 0 ? 0 : errno
    }
}
