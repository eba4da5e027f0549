import Model
import Transport
import Trust

/// A fleet's certificates, made as `looptop init` and `looptop enroll` make them, and some that must not be taken.
struct SimulatedCertificates: Sendable {
    /// By the host's number; none where nobody would ask for one.
    private(set) var identities: [Int: Identity] = [:]

    /// Writes the operator's identity and host book to `directory`, which must not hold one yet.
    init(_ plan: FleetPlan, listening: Listening, directory: String, now: WallTime) throws(Failed) {
        do throws(TrustError) {
            let authority = try CertificateAuthority.create(now: now)
            let stranger = try CertificateAuthority.create(now: now)
            var entries: [HostBook.Entry] = []
            for host in plan.hosts {
                entries.append(
                    HostBook.Entry(
                        address: listening.address(host.number), host: host.id, name: host.name, enrolled: now))
                if case .blackHoled? = host.fault { continue }
                identities[host.number] = try Self.identity(host, authority, stranger: stranger, now: now)
            }
            let store = IdentityStore(directory: directory)
            try store.save(authority)
            try store.save(authority.identity(forPerson: "simulator", role: .admin, key: SigningKey(), now: now))
            try store.updateHosts { $0 = HostBook(entries: entries) }
        } catch {
            throw Failed(error.sentence)
        }
    }

    private static func identity(
        _ host: HostPlan, _ authority: CertificateAuthority, stranger: CertificateAuthority, now: WallTime
    ) throws(TrustError) -> Identity {
        var (authority, id, wall) = (authority, host.id, now)
        if case .badCertificate(let fault)? = host.fault {
            switch fault {
            case .ofAnotherFleet: authority = stranger
            case .ofAnotherHost: id = HostID(high: ~id.high, low: id.low)
            case .expired: wall = WallTime(nanoseconds: now.nanoseconds - Duration.seconds(100 * 86_400).nanoseconds)
            }
        }
        let key = SigningKey()
        let leaf = try authority.issueAgent(csrDER: try key.signingRequest(), host: id, now: wall)
        return try Identity(leaf: leaf, authorities: [authority.certificate], privateKeyPEM: key.pem)
    }
}
