public import Model

/// How a fleet comes to another CA, in three steps, each of which waits until all hosts know of the one before: a second CA
/// counts, too; the second issues; the first counts no more.
extension Membership {
    /// A second CA counts beside the one that issues: whoever trusts the first learns of it from the deny-list. To be called
    /// where the CA key is, like the others.
    public func rotateAuthority(now: WallTime) throws(TrustError) -> DenyList {
        let present = try authorities()
        guard identity.authorities.count == 1 else {
            throw .rotationStep(reason: "The fleet is changing its CA already")
        }
        let second = try CertificateAuthority.create(fleet: identity.fleet, now: now)
        // Before the list: without its key the second CA is of no use.
        try store.save(secondAuthorityKey: second.key)
        return try spread(
            counting: [present[0].certificate, second.certificate], by: [present[0], second], now: now)
    }

    /// The other of two CAs issues from now on. Hosts ask for certificates of it as soon as they know.
    public func switchAuthority(now: WallTime) throws(TrustError) -> DenyList {
        let present = try authorities()
        guard present.count == 2 else {
            throw .rotationStep(reason: "The fleet has one CA: there is none to switch to")
        }
        return try spread(counting: present.reversed().map(\.certificate), by: present, now: now)
    }

    /// The CA that does not issue counts no more, nor does any certificate of it; its key is removed here. Our own certificate
    /// is of the other one from now on, and not before: until then hosts that know only the first let us in.
    public func retireAuthority(now: WallTime) throws(TrustError) -> DenyList {
        let present = try authorities()
        guard present.count == 2 else { throw .rotationStep(reason: "The fleet has one CA: there is none to retire") }
        if !identity.isOfIssuer { _ = try renewOwn(asked: true, now: now) }
        let list = try spread(counting: [present[0].certificate], by: [present[0]], now: now)
        try store.keepOnlyKey(of: present[0])
        return list
    }

    /// With the keys that are here, the one that issues first.
    private func authorities() throws(TrustError) -> [CertificateAuthority] {
        let present = try store.loadAuthorities()
        guard present.count == identity.authorities.count, present.first?.certificate == identity.authorities[0] else {
            throw store.missingAuthorityKey
        }
        return present
    }
}
