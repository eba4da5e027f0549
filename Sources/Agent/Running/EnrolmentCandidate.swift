import ArgumentParser
import Model
import Trust

/// What `init` and `join` are told of this host.
struct CandidateOptions: ParsableArguments {
    @Option(help: "Where identity, policy and audit log are kept.")
    var stateDir: String?
    @Option(help: "What this host is called. Default: what it was called when it was enrolled, else its node name.")
    var hostName: String?
    @Flag(help: "Replace the identity of an earlier enrolment; it stays until the new one is there.")
    var reset = false

    /// What is to be done next.
    func advice(enrolledIn fleet: String) -> String {
        let option = stateDir.map { " --state-dir \($0)" } ?? ""
        return "enrolled in fleet \(fleet); start the agent with: looptop-agent run\(option)"
    }
}

/// This host on its way into a fleet: where its identity will be kept, under a lock, and a key for it.
///
/// Until the fleet has signed nothing is stored: what is given up leaves everything as it was.
final class EnrolmentCandidate: Sendable {
    let host: HostInfo
    /// Stored with the certificate that it brings.
    let key = SigningKey()
    private let store: IdentityStore
    private let lock: StateLock

    /// Refuses a host that is enrolled, unless it is to leave its fleet.
    init(_ options: CandidateOptions) throws {
        store = IdentityStore(directory: options.stateDir ?? Surroundings.current().stateDirectory)
        try store.makeDirectory()
        lock = try StateLock(directory: store.directory)
        try Auditing.beginBeforeFirstRun(in: store.directory)
        let id = try store.hostID()
        if let identity = try store.loadIdentity(), !options.reset {
            throw Fatal(
                .configuration,
                "this host is enrolled in fleet \(identity.fleet) already; to leave it and join another: add --reset")
        }
        // Enrolled again it is called what it was called before.
        let name = try options.hostName ?? store.loadHostName()
        host = try Surroundings.host(id: id, name: name, interval: .zero)
    }

    /// What the fleet is asked to sign. `addresses`: where the host can be reached.
    func request(addresses: [String]) throws(TrustError) -> EnrolmentRequest {
        EnrolmentRequest(csr: try key.signingRequest(), host: host.id, hostName: host.name, addresses: addresses)
    }

    func markTokenUsed(_ id: [UInt8]) throws(TrustError) { try store.markTokenUsed(id) }

    /// The host is enrolled when it returns. `listen`: what `run` serves on.
    func keep(_ grant: EnrolmentGrant, listen: String) throws(TrustError) {
        let identity = try Identity(leaf: grant.leaf, authorities: grant.authorities, privateKeyPEM: key.pem)
        try store.save(listenAddresses: [listen])
        // So that `run` calls the host what the fleet was told.
        try store.save(hostName: host.name)
        try store.save(identity)
        if let list = grant.denyList { try store.save(list, authorities: identity.authorities) }
    }
}
