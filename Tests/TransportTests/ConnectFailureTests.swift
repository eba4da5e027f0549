import Glibc
import Model
import NIOCore
import NIOPosix
import Testing

@testable import Transport

struct ConnectFailureTests {
    private func reason(
        _ connect: (Network, Recorder) throws -> Void
    ) async throws -> String {
        let network = Network()
        defer { network.shutdown() }
        let recorder = Recorder()
        try connect(network, recorder)
        let end = try await recorder.closing()
        #expect(!end.wasOpen)
        #expect(recorder.closings == 1)
        guard case .unreachable(let text) = end.reason else { throw Unexpected("\(end)") }
        return text
    }

    @Test func aPortOnWhichNobodyListens() async throws {
        let fleet = try TestFleet()
        let text = try await reason { network, recorder in
            let listener = try network.listen(tls: .loopback(0), identity: { fleet.agent }, accept: { Recorder() })
            let address = SocketName.loopback(listener.port)
            listener.close()
            network.perform {  // after the close
                network.connect(tls: address, identity: fleet.person, expecting: nil, delegate: recorder)
            }
        }
        #expect(text == "connection refused")
    }

    @Test func aNameThatCannotBeOne() async throws {
        let fleet = try TestFleet()
        let text = try await reason { network, recorder in
            // A label has at most 63 bytes, so the resolver needs to ask nobody.
            let name = SocketName(host: String(repeating: "x", count: 70) + ".invalid")
            network.connect(tls: name, identity: fleet.person, expecting: nil, delegate: recorder)
        }
        #expect(text == "no such host")
    }

    /// A listener whose queue is full drops what comes, as a host behind a firewall does.
    @Test func aHostThatDoesNotAnswer() async throws {
        let fleet = try TestFleet()
        let full = try FullListener()
        let text = try await reason { network, recorder in
            network.connect(
                tls: .loopback(full.port), identity: fleet.person, expecting: nil, timeout: .milliseconds(200),
                delegate: recorder)
        }
        #expect(text == "timed out after 200 ms")
    }

    @Test func aUnixSocketThatIsNotThere() async throws {
        let directory = try TemporaryDirectory()
        let text = try await reason { network, recorder in
            network.connect(unix: directory.file("agent.sock"), delegate: recorder)
        }
        #expect(text == "no such file or directory")
    }

    @Test func aUnixPathThatIsTooLong() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        let text = try await reason { network, recorder in network.connect(unix: path, delegate: recorder) }
        #expect(text == TransportError.pathTooLong(path: path, bytes: 108).text)
    }

    @Test(arguments: [
        (ECONNREFUSED, "connection refused"), (EHOSTUNREACH, "no route to host"), (ENETUNREACH, "network unreachable"),
        (ETIMEDOUT, "timed out after 5 s"),
    ]) func whatTheKernelSaysInWords(number: CInt, words: String) {
        let error = IOError(errnoCode: number, reason: "connect")
        #expect(ConnectFailure.text(error, timeout: .seconds(5)) == words)
    }

    @Test func aPortInUse() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        #expect(throws: TransportError.addressInUse(agent.address.description)) {
            try agent.network.listen(tls: agent.address, identity: { fleet.agent }, accept: { Recorder() })
        }
    }

    @Test(arguments: ["192.0.2.1", "not an address", String(repeating: "x", count: 70)])
    func anAddressThatIsNotOfThisMachine(host: String) throws {
        let fleet = try TestFleet()
        let network = Network()
        defer { network.shutdown() }
        let name = SocketName(host: host, port: 0)
        #expect(throws: TransportError.notAnAddress(name.description)) {
            try network.listen(tls: name, identity: { fleet.agent }, accept: { Recorder() })
        }
    }

    @Test func anEmptyHostListensEverywhere() async throws {
        let fleet = try TestFleet()
        let network = Network()
        defer { network.shutdown() }
        let listener = try network.listen(
            tls: SocketName(parsing: ":0"), identity: { fleet.agent }, accept: { Recorder() })
        let dashboard = Recorder()
        network.connect(tls: .loopback(listener.port), identity: fleet.person, expecting: nil, delegate: dashboard)
        _ = try await dashboard.opened()
    }
}

/// Listens on 127.0.0.1 with a queue of one that is taken.
private final class FullListener: Sendable {
    let port: UInt16
    private let descriptors: [CInt]

    init() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var descriptors = [listener]
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        guard address.withSockAddr({ bind(listener, $0, socklen_t($1)) }) == 0, listen(listener, 0) == 0 else {
            throw Unexpected("bind or listen: \(errno)")
        }
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        guard found == 0 else { throw Unexpected("getsockname: \(errno)") }
        port = withUnsafeBytes(of: name) { UInt16($0[2]) << 8 | UInt16($0[3]) }
        let target = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
        for _ in 0..<4 {
            let client = socket(
                AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = target.withSockAddr { connect(client, $0, socklen_t($1)) }  // EINPROGRESS
            descriptors.append(client)
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
