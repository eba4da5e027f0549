import Model
import Transport
import Trust

/// A fleet with one host and one person, made for one test.
struct TestFleet {
    let authority: CertificateAuthority
    let host = HostID.random()
    let agent: Identity
    let person: Identity

    init(now: WallTime = NetworkClock.system.wall()) throws {
        authority = try CertificateAuthority.create(now: now)
        let key = SigningKey()
        let leaf = try authority.issueAgent(csrDER: try key.signingRequest(), host: host, now: now)
        agent = try Identity(leaf: leaf, authorities: [authority.certificate], privateKeyPEM: key.pem)
        person = try authority.identity(forPerson: "ada", role: .operator, key: SigningKey(), now: now)
    }
}

extension SocketName {
    static func loopback(_ port: UInt16?) -> SocketName { SocketName(host: "127.0.0.1", port: port ?? 0) }
}
