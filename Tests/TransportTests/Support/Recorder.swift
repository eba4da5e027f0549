import Model
import Synchronization
import Transport
import Wire

/// A delegate that writes down what it is told, and lets a test wait for it.
final class Recorder: ConnectionDelegate {
    enum Event: Sendable {
        case began(String)
        case opened(Connection)
        case received(Message)
        case writable
        case closed(CloseReason, wasOpen: Bool)
    }

    struct TimedOut: Error, CustomStringConvertible {
        var waitedFor: String
        var seen: [String]
        var description: String { "waited for \(waitedFor); seen: \(seen)" }
    }

    private struct State {
        var events: [Event] = []
        var waiters: [Int: @Sendable ([Event]) -> Bool] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())
    private let onOpen: @Sendable (Connection) -> Void
    private let onMessage: @Sendable (Connection, Message) -> Void

    init(
        onOpen: @escaping @Sendable (Connection) -> Void = { _ in },
        onMessage: @escaping @Sendable (Connection, Message) -> Void = { _, _ in }
    ) {
        self.onOpen = onOpen
        self.onMessage = onMessage
    }

    var events: [Event] { state.withLock { $0.events } }
    var messages: [Message] { events.compactMap { if case .received(let message) = $0 { message } else { nil } } }
    var closings: Int { events.count { if case .closed = $0 { true } else { false } } }

    func connectionBegan(from source: String) { add(.began(source)) }
    func connectionOpened(_ connection: Connection) {
        add(.opened(connection))
        onOpen(connection)
    }
    func connection(_ connection: Connection, received message: Message) {
        add(.received(message))
        onMessage(connection, message)
    }
    func connectionBecameWritable(_ connection: Connection) { add(.writable) }
    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        add(.closed(reason, wasOpen: connection != nil))
    }

    func opened() async throws -> Connection {
        try await wait("open") { events in
            for case .opened(let connection) in events { return connection }
            return nil
        }
    }

    func message() async throws -> Message {
        try await wait("a message") { events in
            for case .received(let message) in events { return message }
            return nil
        }
    }

    func closed() async throws -> CloseReason { try await closing().reason }

    func closing() async throws -> (reason: CloseReason, wasOpen: Bool) {
        try await wait("close") { events in
            for case .closed(let reason, let wasOpen) in events { return (reason, wasOpen) }
            return nil
        }
    }

    /// Waits until `pick` finds something in the events so far.
    func wait<T: Sendable>(_ what: String, _ pick: @escaping @Sendable ([Event]) -> T?) async throws -> T {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
            let once = Once(continuation)
            let id = state.withLock { state -> Int? in
                if let found = pick(state.events) {
                    once.finish(.success(found))
                    return nil
                }
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = { events in
                    guard let found = pick(events) else { return false }
                    once.finish(.success(found))
                    return true
                }
                return state.nextWaiter
            }
            guard let id else { return }
            Deadline.network.schedule(after: .seconds(60)) { [self] in
                let seen = state.withLock { state in
                    state.waiters[id] = nil
                    return state.events.map { "\($0)" }
                }
                once.finish(.failure(TimedOut(waitedFor: what, seen: seen)))
            }
        }
    }

    private func add(_ event: Event) {
        state.withLock { state in
            state.events.append(event)
            state.waiters = state.waiters.filter { !$0.value(state.events) }
        }
    }
}

/// Resumes a continuation once.
private final class Once<T: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<T, any Error>?>

    init(_ continuation: CheckedContinuation<T, any Error>) { self.continuation = Mutex(continuation) }

    func finish(_ result: Result<T, any Error>) {
        let taken = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        taken?.resume(with: result)
    }
}

/// A loop for the deadlines of waits, shared by all tests.
enum Deadline {
    static let network = Network()
}
