import Glibc
import Synchronization
import Trust

/// The policy in force.
final class PolicyBox: Sendable {
    private let policy: Mutex<Policy>

    var current: Policy { policy.withLock { $0 } }

    /// Without a file nothing but reading is allowed over the network.
    init(file: String?) throws(TrustError) { policy = Mutex(try Self.load(file)) }

    /// Throws and keeps the old one where the file cannot be read or understood.
    func reload(file: String?) throws(TrustError) {
        let new = try Self.load(file)
        policy.withLock { $0 = new }
    }

    private static func load(_ file: String?) throws(TrustError) -> Policy {
        guard let file else { return .readOnly }
        guard let policy = try Policy.load(path: file) else {
            throw .io(path: file, operation: "open", errno: ENOENT)
        }
        return policy
    }
}
