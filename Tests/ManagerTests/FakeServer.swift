import CLinux
import Glibc
import Synchronization

@testable import Agent

/// A server in this process, which answers each connection as it is told. Ends with this object.
final class FakeServer: Sendable {
    /// What to do with a request: these bytes, then the end of the connection, or silence.
    enum Answer: Sendable {
        case bytes([UInt8])
        case silence

        static func text(_ text: String) -> Answer { .bytes(Array(text.utf8)) }
        static func json(_ status: Int, _ text: String) -> Answer {
            .text(
                "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
            )
        }
    }

    let path: String
    let port: UInt16
    private let listener: CInt
    private let stop: CInt
    private let seen = Mutex<[String]>([])

    /// The first line of each request; of one that is no HTTP, all of it.
    var requests: [String] { seen.withLock { $0 } }

    /// - Parameter path: of a unix socket; else it listens on a port of 127.0.0.1.
    init(at path: String? = nil, _ answer: @escaping @Sendable (String) -> Answer) throws {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        listener = socket(path == nil ? AF_INET : AF_UNIX, kind, 0)
        stop = eventfd(0, CInt(EFD_CLOEXEC))
        self.path = path ?? ""
        var bound: CInt = -1
        if let path {
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            bound = withUnsafePointer(to: &name) { [listener] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            port = 0
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            bound = withUnsafeMutablePointer(to: &name) { [listener] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size) == 0 ? getsockname(listener, $0, &size) : -1
                }
            }
            port = UInt16(bigEndian: name.sin_port)
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw Started.Strange(message: "cannot listen: \(errno)") }
        let (listener, stop) = (listener, stop)
        let note: @Sendable (String) -> Void = { [weak self] line in self?.seen.withLock { $0.append(line) } }
        _ = try NamedThread("fake") {
            pthread_detach(pthread_self())
            Self.serve(listener, until: stop, answer: answer, note: note)
            close(listener)
            close(stop)
        }
    }

    deinit {
        var one: UInt64 = 1
        write(stop, &one, 8)
        if !path.isEmpty { unlink(path) }
    }

    private static func serve(
        _ listener: CInt, until stop: CInt, answer: (String) -> Answer, note: (String) -> Void
    ) {
        var silent: [CInt] = []
        defer { for connection in silent { close(connection) } }
        while true {
            var entries = [
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            ]
            poll(&entries, 2, -1)
            if entries[1].revents != 0 { return }
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            guard let request = read(connection) else {
                close(connection)
                continue
            }
            note(
                request.hasPrefix("GET") || request.hasPrefix("POST")
                    ? String(request.prefix { $0 != "\r\n" }) : request)
            switch answer(request) {
            case .silence: silent.append(connection)
            case .bytes(let bytes):
                var sent = 0
                while sent < bytes.count {
                    let count = bytes[sent...].withUnsafeBytes {
                        send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                    }
                    if count <= 0 { break }
                    sent += count
                }
                close(connection)
            }
        }
    }

    /// A request with its body; what is no HTTP is taken as it comes first.
    private static func read(_ connection: CInt) -> String? {
        var bytes: [UInt8] = []
        while true {
            var room = [UInt8](repeating: 0, count: 8192)
            let count = recv(connection, &room, room.count, 0)
            guard count > 0 else { return nil }
            bytes += room.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.hasPrefix("GET") || text.hasPrefix("POST") else { return text }
            guard let head = text.firstRange(of: "\r\n\r\n") else { continue }
            let field = text.firstRange(of: "Content-Length: ").map { text[$0.upperBound...].prefix { $0.isNumber } }
            if text[head.upperBound...].utf8.count >= field.flatMap({ Int($0) }) ?? 0 { return text }
        }
    }
}
