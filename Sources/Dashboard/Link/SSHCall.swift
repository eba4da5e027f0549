import CLinux
import Glibc
import Model
import Synchronization
import Transport
import Wire

/// One connection to an agent over ssh: the ssh that carries it, between the network and a link.
///
/// The link hears of the connection's end when ssh, too, has ended and is waited for: by itself, else by TERM, else by KILL.
/// Everything happens on the network's event loop; the mutex is there because the compiler cannot know that.
final class SSHCall: ConnectionDelegate, Sendable {
    fileprivate struct Content {
        var child: looptop_child
        var said: [UInt8] = []
        var hasOpened = false
        /// The connection's end: since when, and why.
        var closed: (connection: Connection?, reason: CloseReason, since: MonotonicInstant)?
        var signals = 0
    }

    /// How long ssh has for each: to end by itself when its connection did, to end after TERM.
    static let patience = Duration.seconds(1)
    private static let pause = Duration.milliseconds(10)

    private let alias: String
    private let network: Network
    private let link: any ConnectionDelegate
    private let content: Mutex<Content>

    private init(_ alias: String, child: looptop_child, network: Network, link: any ConnectionDelegate) {
        self.alias = alias
        self.network = network
        self.link = link
        content = Mutex(Content(child: child))
    }

    /// Starts ssh. `limit` is for its TCP; login and the agent's first word have as long again as a TLS handshake has.
    static func begin(
        to alias: String, by program: String = "ssh", network: Network, limit: Duration,
        delegate: any ConnectionDelegate
    ) {
        do throws(Trouble) {
            let (child, socket) = try start(program, SSHWords.arguments(to: alias, limit: limit))
            let call = SSHCall(alias, child: child, network: network, link: delegate)
            network.connect(
                through: socket, description: "ssh:\(alias)", timeout: limit + network.deadlines.handshake,
                delegate: call)
        } catch {
            delegate.connectionClosed(nil, reason: .unreachable("ssh \(alias): \(error.text)"))
        }
    }

    private struct Trouble: Error {
        var text: String

        init(_ text: String) { self.text = text }
        init(_ number: CInt) { text = String(cString: strerror(number)) }
    }

    private static func start(_ name: String, _ words: [String]) throws(Trouble) -> (child: looptop_child, socket: CInt)
    {
        guard let path = Places.program(named: name) else { throw Trouble("there is no \(name) in PATH") }
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Trouble(errno)
        }
        let far = fcntl(ends[1], F_DUPFD_CLOEXEC, 3)
        close(ends[1])
        defer { close(far) }
        var child = looptop_child()
        let answer = far < 0 ? -EMFILE : startProgram(path, words, &child) { $0.socket = far }
        guard answer == 0 else {
            close(ends[0])
            throw Trouble(-answer)
        }
        return (child, ends[0])
    }

    // From the event loop.

    func connectionOpened(_ connection: Connection) {
        content.withLock { $0.hasOpened = true }
        link.connectionOpened(connection)
    }

    func connection(_ connection: Connection, received message: Message) {
        content.withLock { $0.listen() }
        link.connection(connection, received: message)
    }

    func connectionBecameWritable(_ connection: Connection) { link.connectionBecameWritable(connection) }

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        content.withLock { $0.closed = (connection, reason, network.clock.monotonic()) }
        end()
    }

    /// Until ssh is gone: what it says belongs to the reason, and nothing of it may stay.
    private func end() {
        let now = network.clock.monotonic()
        let told = content.withLock { $0.end(alias, now: now) }
        guard let (connection, reason) = told else {
            network.schedule(after: Self.pause) { self.end() }
            return
        }
        link.connectionClosed(connection, reason: reason)
    }
}

extension SSHCall.Content {
    /// Takes what ssh said since, so that it never waits for us.
    fileprivate mutating func listen() {
        var room = [UInt8](repeating: 0, count: SSHWords.kept)
        // As much as a pipe holds; who says more meanwhile is listened to the next time.
        for _ in 0..<16 {
            let count = read(child.output, &room, room.count)
            guard count > 0 else { return }
            said = (said + room[..<count]).suffix(SSHWords.kept)
        }
    }

    /// Moves its end on; what to tell, once it is gone.
    fileprivate mutating func end(_ alias: String, now: MonotonicInstant) -> (Connection?, CloseReason)? {
        guard let closed else { return nil }
        // An end that came from there is ssh's own.
        var isPatient = false
        if case .peerClosed = closed.reason { isPatient = true }
        var entry = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
        let isOver = poll(&entry, 1, 0) > 0
        let late = closed.since + SSHCall.patience * (signals + (isPatient ? 1 : 0))
        // What it started may live on when it has ended: a ProxyCommand.
        if isOver || (signals < 2 && now >= late) {
            looptop_signal_child(&child, signals == 0 ? SIGTERM : SIGKILL)
            signals += 1
        }
        guard isOver else { return nil }
        var kind = LOOPTOP_EXIT_CODE
        var value: CInt = 0
        guard looptop_reap(&child, &kind, &value) != 0 else { return nil }
        listen()
        for descriptor in [child.output, child.report, child.pidfd] { close(descriptor) }
        return (closed.connection, reason(alias, closed.reason, kind, value))
    }

    private func reason(
        _ alias: String, _ reason: CloseReason, _ kind: looptop_exit_kind, _ value: CInt
    ) -> CloseReason {
        switch reason {
        case .peerClosed:
            // The agent ended it: its last message said why.
            if hasOpened, kind == LOOPTOP_EXIT_CODE, value == 0 { return reason }
            let text = SSHWords.reason(alias, said: said, kind, value)
            if hasOpened { return .other(text) }
            return SSHWords.isRefusal(text) ? .refusedCertificate(text) : .unreachable(text)
        case .unreachable(let text):
            return .unreachable("ssh \(alias): \(text)" + (SSHWords.lastLine(said).map { " (it said: \($0))" } ?? ""))
        default: return reason
        }
    }
}
