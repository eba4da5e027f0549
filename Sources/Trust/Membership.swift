public import Model
internal import Synchronization

/// Who we are in a fleet, and whom it keeps out: what every connection over TLS needs.
public final class Membership: Sendable {
    private let store: IdentityStore
    private let own: Mutex<(identity: Identity, end: WallTime)>
    private let list: Mutex<DenyList?>
    /// The fleet's CA key is here.
    public let holdsAuthority: Bool

    public init(_ identity: Identity, denyList: DenyList?, store: IdentityStore) throws(TrustError) {
        own = Mutex((identity, try expiry(ofCertificate: identity.leaf)))
        self.store = store
        holdsAuthority = try store.holdsAuthority()
        list = Mutex(denyList)
    }

    /// `nil` where the store holds no identity. A deny-list that cannot be read is an error: without it somebody would be
    /// let in whom the fleet keeps out.
    public convenience init?(of store: IdentityStore) throws(TrustError) {
        guard let identity = try store.loadIdentity() else { return nil }
        try self.init(identity, denyList: try store.loadDenyList(authorities: identity.authorities), store: store)
    }

    /// As it is now: it may be renewed.
    public var identity: Identity { own.withLock { $0.identity } }

    /// When our certificate ends.
    public var certificateEnd: WallTime { own.withLock { $0.end } }

    /// The newest deny-list known; `nil` where nobody was ever revoked.
    public var denyList: DenyList? { list.withLock { $0 } }

    /// Takes what a peer offered, if it is signed and newer, and says whether it did; in force from here on. Call `keep`
    /// then, elsewhere: this one does not wait for a disk.
    public func accept(_ offered: DenyListText) throws(TrustError) -> Bool {
        guard offered.version > denyList?.version ?? 0 else { return false }
        let name = "the deny-list that was sent"
        let new = try DenyList(text: offered.text, authorities: identity.authorities, name: name)
        guard new.version == offered.version else {
            throw .denyListRefused(name: name, reason: "it has another version than was said")
        }
        return list.withLock { list in
            guard new.version > list?.version ?? 0 else { return false }
            list = new
            return true
        }
    }

    /// Durable when it returns, unless another program of the same store has kept a newer one meanwhile.
    public func keep() throws(TrustError) {
        guard let list = denyList else { return }
        try store.save(list, authorities: identity.authorities)
    }

    func loadAuthority() throws(TrustError) -> CertificateAuthority? { try store.loadAuthority() }

    /// Durable when it returns, and in use.
    func take(_ identity: Identity) throws(TrustError) {
        let end = try expiry(ofCertificate: identity.leaf)
        try store.save(identity)
        own.withLock { $0 = (identity, end) }
    }

    /// Refuses `holders` from now on: signed, in force, durable.
    public func revoke(
        _ holders: [CertificateHolder], by authority: CertificateAuthority, now: WallTime
    ) throws(TrustError) -> DenyList {
        let new = try DenyList.adding(holders, to: denyList, by: authority, now: now)
        try store.save(new, authorities: identity.authorities)
        list.withLock { $0 = new }
        return new
    }
}
