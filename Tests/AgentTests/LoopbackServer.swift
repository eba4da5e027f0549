import CLinux
import Glibc
import ProcFS
import TestSupport

@testable import Agent

/// A server of this process on a loopback port of its own: a listener, connections with both ends, and an epoll set that
/// holds the server's. The test is the loop: nothing is read that it does not read.
final class LoopbackServer {
    struct Connection {
        let client: CInt
        let server: CInt
    }

    let listener: CInt
    let epoll: CInt
    private let port: in_port_t
    private var open: Set<CInt> = []

    init() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        port = address.sin_port
        open = [listener, epoll]
        guard isBound, looptop_epoll_add(epoll, listener, EPOLLIN.rawValue, 0) == 0 else {
            throw SystemError(call: "bind", errno: errno)
        }
    }

    deinit { for descriptor in open { Glibc.close(descriptor) } }

    private static func address(port: in_port_t) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }

    /// A client that is not accepted yet.
    func knock() throws -> CInt {
        let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(port: port)
        let isConnected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        open.insert(client)
        guard isConnected else { throw SystemError(call: "connect", errno: errno) }
        return client
    }

    func accept(registering: Bool = true) throws -> CInt {
        let server = Glibc.accept(listener, nil, nil)
        guard server >= 0 else { throw SystemError(call: "accept", errno: errno) }
        _ = fcntl(server, F_SETFD, FD_CLOEXEC)  // the C library's module has no accept4
        open.insert(server)
        if registering { _ = looptop_epoll_add(epoll, server, EPOLLIN.rawValue, 0) }
        return server
    }

    func connect(registering: Bool = true) throws -> Connection {
        Connection(client: try knock(), server: try accept(registering: registering))
    }

    func close(_ descriptor: CInt) {
        open.remove(descriptor)
        Glibc.close(descriptor)
    }

    /// Closes it so that the peer is told at once that nothing more will be read: a reset.
    func reset(_ descriptor: CInt) {
        var abrupt = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    func send(_ count: Int, on descriptor: CInt) {
        let bytes = [UInt8](repeating: 1, count: count)
        _ = Glibc.send(descriptor, bytes, count, CInt(MSG_NOSIGNAL))
    }

    func receive(_ count: Int, on descriptor: CInt) {
        var bytes = [UInt8](repeating: 0, count: count)
        _ = recv(descriptor, &bytes, count, CInt(MSG_WAITALL))
    }

    /// What looks at its loop, or at this whole process.
    func watch(diag: SocketDiag = SocketDiag(reader: ProcReader()), wholeProcess: Bool = false) throws -> SocketWatch {
        // Tests that run beside this one have children too: none of them may crowd out the one that holds a listener.
        let watch = SocketWatch(pid: getpid(), diag: diag, holders: ListenerHolders(maximumRelatives: 10_000))
        if !wholeProcess { watch.loopDescriptor = epoll }
        return watch
    }
}
