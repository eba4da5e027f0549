import Glibc
import Model
import NIOSSL
import Testing
import Trust
import Wire

@testable import Transport

/// A NIOSSL server hands out TLS 1.3 tickets, and a session resumed with one asks for no certificate. NIOSSL's client
/// cannot resume, so the client here is openssl.
@Suite(.enabled(if: OpenSSL.found != nil, "needs the openssl tool"))
struct ResumptionTests {
    /// What openssl needs in files.
    private struct Files {
        let directory: TemporaryDirectory
        let certificate: String
        let key: String
        let session: String

        init(_ fleet: TestFleet) throws {
            directory = try TemporaryDirectory()
            certificate = directory.file("leaf.der")
            key = directory.file("key.pem")
            session = directory.file("session.pem")
            try write(fleet.person.leaf, to: certificate)
            try write(Array(fleet.person.privateKeyPEM.utf8), to: key)
        }

        private func write(_ bytes: [UInt8], to path: String) throws {
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw OpenSSL.Failed(what: path, number: errno) }
            defer { close(file) }
            guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
                throw OpenSSL.Failed(what: path, number: errno)
            }
        }
    }

    private func arguments(_ port: UInt16?, _ more: [String]) -> [String] {
        ["s_client", "-connect", "127.0.0.1:\(port ?? 0)", "-tls1_3", "-alpn", "looptop/1", "-ign_eof"] + more
    }

    /// Tickets leave the server with its first message.
    private func greeting() -> Recorder {
        Recorder(onOpen: { connection in
            connection.send(.ping(Ping(nonce: 1)))
            connection.close()
        })
    }

    @Test func aTicketFromAnEarlierConnectionIsWorthNothing() async throws {
        let openssl = try #require(OpenSSL.found)
        let fleet = try TestFleet()
        let files = try Files(fleet)
        let network = Network()
        defer { network.shutdown() }
        let first = greeting()
        let second = greeting()
        let recorders = Recorders([first, second])
        let listener = try network.listen(
            tls: .loopback(0), identity: { fleet.agent }, accept: { recorders.next() })

        _ = try await openssl.run(
            network,
            arguments(
                listener.port,
                ["-cert", files.certificate, "-certform", "DER", "-key", files.key, "-sess_out", files.session]))
        _ = try await first.opened()
        try #require(access(files.session, R_OK) == 0, "openssl kept a session")

        let output = try await openssl.run(network, arguments(listener.port, ["-sess_in", files.session]))
        let end = try await second.closing()
        guard case .untrustedPeer(.noCertificate) = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        #expect(output.contains("certificate required"))
        #expect(!output.contains("Reused, TLSv1.3"))
    }

    /// The second line of defence, seen with the first one taken away: one context for both connections.
    @Test func aSessionThatWasResumedAllTheSameIsClosed() async throws {
        let openssl = try #require(OpenSSL.found)
        let fleet = try TestFleet()
        let files = try Files(fleet)
        let network = Network()
        defer { network.shutdown() }
        let first = greeting()
        let second = greeting()
        let recorders = Recorders([first, second])
        let verifier = try PeerVerifier(authorities: fleet.agent.authorities, fleet: fleet.agent.fleet)
        let shared = try TLSParty(identity: fleet.agent, kind: .session).makeContext()
        let listener = try network.listen(
            on: .loopback(0), accept: { recorders.next() },
            answer: { (shared, .session, .fleet(verifier, .person)) })

        _ = try await openssl.run(
            network,
            arguments(
                listener.port,
                ["-cert", files.certificate, "-certform", "DER", "-key", files.key, "-sess_out", files.session]))
        _ = try await first.opened()

        let output = try await openssl.run(network, arguments(listener.port, ["-sess_in", files.session]))
        #expect(output.contains("Reused, TLSv1.3"), "TLS itself let it in")
        let end = try await second.closing()
        guard case .other("resumed TLS session: the peer showed no certificate") = end.reason else {
            throw Unexpected("\(end)")
        }
        #expect(!end.wasOpen)
    }
}
