import Glibc
import Transport

/// Where simulated hosts listen: a port for each from the first one on, or a unix socket for each in a directory.
enum Listening: Sendable {
    case ports(host: String, first: UInt16)
    case sockets(directory: String)

    init(_ text: String, hosts: Int) throws(Failed) {
        if text.hasPrefix("/") {
            self = .sockets(directory: text)
            return
        }
        let name: SocketName
        do { name = try SocketName(parsing: text) } catch { throw Failed(error.text) }
        guard !name.host.isEmpty, Int(name.port) + hosts <= 65_536 else {
            throw Failed("--listen \(text): the ports of \(hosts) hosts begin there, and the last would be above 65535")
        }
        self = .ports(host: name.host, first: name.port)
    }

    /// What a dashboard dials, by the host's number.
    func address(_ number: Int) -> String {
        switch self {
        case .ports(let host, let first): SocketName(host: host, port: first + UInt16(number)).description
        case .sockets(let directory): "\(directory)/\(number + 1).sock"
        }
    }

    func addresses(_ count: Int) -> [String] { (0..<count).map(address) }
}

/// A host that lets nobody hear anything. Nobody accepts on its socket: the kernel completes connections until its queue is
/// full, and lets those that come after that wait. So a long queue is a host that accepts and says nothing, and one that is
/// full from the beginning is a host whose packets vanish.
struct BlackHole: Sendable {
    private static let longQueue: CInt = 4096

    /// Open as long as the process.
    private let descriptors: [CInt]

    init(_ listening: Listening, _ number: Int, accepts: Bool) throws(Failed) {
        switch listening {
        case .sockets: descriptors = [try Self.listen(unix: listening.address(number))]
        case .ports(let host, let first):
            let address = try Self.address(host, first + UInt16(number))
            let socket = try Self.listen(tcp: address, queue: accepts ? Self.longQueue : 0)
            // A queue of length 0 holds one.
            descriptors = accepts ? [socket] : [socket, try Self.fill(address)]
        }
    }

    private static func address(_ host: String, _ port: UInt16) throws(Failed) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Failed("--listen \(host): black-holed hosts need an IPv4 address")
        }
        return address
    }

    private static func call(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private static func listen(tcp address: sockaddr_in, queue: CInt) throws(Failed) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard call(address, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, queue) == 0 else {
            throw Failed("cannot listen on port \(UInt16(bigEndian: address.sin_port)) (errno \(errno))")
        }
        return descriptor
    }

    private static func fill(_ address: sockaddr_in) throws(Failed) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard call(address, { connect(descriptor, $0, $1) }) == 0 else {
            throw Failed("cannot connect to port \(UInt16(bigEndian: address.sin_port)) (errno \(errno))")
        }
        return descriptor
    }

    /// On unix sockets a full queue is an error at once, and no silence: this one always has room.
    private static func listen(unix path: String) throws(Failed) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failed("\(path): too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, chmod(path, 0o600) == 0, Glibc.listen(descriptor, longQueue) == 0 else {
            throw Failed("\(path): cannot listen (errno \(errno))")
        }
        return descriptor
    }
}
