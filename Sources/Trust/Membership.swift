public import Model
internal import Synchronization

/// Who we are in a fleet, and whom it keeps out: what every connection over TLS needs.
public final class Membership: Sendable {
    private struct State {
        var identity: Identity
        var end: WallTime
        var list: DenyList?
    }

    let store: IdentityStore
    private let state: Mutex<State>
    /// The fleet's CA key is here.
    public let holdsAuthority: Bool

    public init(_ identity: Identity, denyList: DenyList?, store: IdentityStore) throws(TrustError) {
        let end = try expiry(ofCertificate: identity.leaf)
        state = Mutex(State(identity: identity, end: end, list: denyList))
        self.store = store
        holdsAuthority = try store.holdsAuthority()
    }

    /// `nil` where the store holds no identity. A deny-list that cannot be read is an error: without it somebody would be
    /// let in whom the fleet keeps out.
    public convenience init?(of store: IdentityStore) throws(TrustError) {
        guard let identity = try store.loadIdentity() else { return nil }
        let list = try store.loadDenyList(authorities: identity.authorities)
        // They differ where the power failed between the list and the CAs that it names.
        let member = if let list { try identity.counting(list) } else { identity }
        try self.init(member, denyList: list, store: store)
    }

    /// As it is now: it may be renewed.
    public var identity: Identity { state.withLock { $0.identity } }

    /// When our certificate ends.
    public var certificateEnd: WallTime { state.withLock { $0.end } }

    /// The newest deny-list known; `nil` where nobody was ever revoked, and the CA is the first.
    public var denyList: DenyList? { state.withLock { $0.list } }

    /// Takes what a peer offered, if it is signed and newer, and says whether it did; in force from here on. Call `keep`
    /// then, elsewhere: this one does not wait for a disk.
    public func accept(_ offered: DenyListText) throws(TrustError) -> Bool {
        guard offered.version > denyList?.version ?? 0 else { return false }
        let name = "the deny-list that was sent"
        let new = try DenyList(text: offered.text, authorities: identity.authorities, name: name)
        guard new.version == offered.version else {
            throw .denyListRefused(name: name, reason: "it has another version than was said")
        }
        return try putInForce(new, name: name)
    }

    /// Whether it is newer than what is in force. Refuses one after which our own certificate would not count.
    private func putInForce(_ new: DenyList, name: String) throws(TrustError) -> Bool {
        let result = state.withLock { state -> Result<Bool, TrustError> in
            guard new.version > state.list?.version ?? 0 else { return .success(false) }
            do throws(TrustError) { state.identity = try state.identity.counting(new) } catch {
                let reason = "the CA of this side's own certificate is not in it; a new certificate is needed first"
                return .failure(error == .unknownAuthority ? .denyListRefused(name: name, reason: reason) : error)
            }
            state.list = new
            return .success(true)
        }
        return try result.get()
    }

    /// Durable when it returns, unless another program of the same store has kept a newer one meanwhile.
    public func keep() throws(TrustError) {
        guard let list = denyList else { return }
        try store.save(list, authorities: identity.authorities)
    }

    /// Durable when it returns, and in use.
    func take(_ identity: Identity) throws(TrustError) {
        let end = try expiry(ofCertificate: identity.leaf)
        try store.renew(identity)
        state.withLock {
            $0.identity = identity
            $0.end = end
        }
    }

    /// Refuses `holders` from now on: signed, in force, durable.
    public func revoke(
        _ holders: [CertificateHolder], by signers: [CertificateAuthority], now: WallTime
    ) throws(TrustError) -> DenyList {
        try spread(holders, by: signers, now: now)
    }

    /// A new deny-list: signed, durable, in force.
    func spread(
        _ holders: [CertificateHolder] = [], counting authorities: [[UInt8]]? = nil, by signers: [CertificateAuthority],
        now: WallTime
    ) throws(TrustError) -> DenyList {
        let new = try DenyList.adding(holders, to: denyList, counting: authorities, by: signers, now: now)
        _ = try identity.counting(new)
        try store.save(new, authorities: identity.authorities)
        _ = try putInForce(new, name: "the deny-list")
        return new
    }
}

extension Identity {
    /// Who trusts the CAs that `list` names.
    fileprivate func counting(_ list: DenyList) throws(TrustError) -> Identity {
        list.authorities.isEmpty || list.authorities == authorities ? self : try trusting(list.authorities)
    }
}
