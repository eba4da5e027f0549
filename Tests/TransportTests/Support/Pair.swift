import Model
import Synchronization
import Transport
import Trust

extension Deadlines {
    /// For tests of something else: on a busy machine a handshake can take longer than an operator's may.
    static let patient = Deadlines(handshake: .seconds(60), silence: .seconds(60))
}

/// An agent that listens and a recorder on its side; the dashboard's side is made by the test.
struct ListeningAgent {
    let network: Network
    let recorder: Recorder
    let listener: Listener

    /// Over TLS on a port of 127.0.0.1.
    init(
        _ fleet: TestFleet, identity: Identity? = nil, deadlines: Deadlines = .patient,
        recorder: Recorder = Recorder()
    ) throws {
        network = Network(deadlines: deadlines)
        self.recorder = recorder
        let identity = identity ?? fleet.agent
        listener = try network.listen(tls: .loopback(0), identity: { identity }, accept: { recorder })
    }

    /// Over a unix socket.
    init(unix path: String, deadlines: Deadlines = .patient, recorder: Recorder = Recorder()) throws {
        network = Network(deadlines: deadlines)
        self.recorder = recorder
        listener = try network.listen(unix: path, allow: { _ in true }, accept: { recorder })
    }

    var address: SocketName { .loopback(listener.port) }
}

/// Recorders for one connection after the other.
final class Recorders: Sendable {
    private let waiting: Mutex<[Recorder]>

    init(_ recorders: [Recorder]) { waiting = Mutex(recorders) }

    func next() -> Recorder { waiting.withLock { $0.isEmpty ? Recorder() : $0.removeFirst() } }
}
