public import Model

/// How a fleet comes to another CA, in three steps, each of which waits until all hosts know of the one before: a second CA
/// counts, too; the second issues; the first counts no more.
extension Membership {
    public enum AuthorityStage: Hashable, Sendable {
        /// One CA counts.
        case steady
        /// A second one counts, and the first issues.
        case begun
        /// The second issues, and the first counts.
        case switched
    }

    /// To be asked where the CA key is.
    public func authorityStage() throws(TrustError) -> AuthorityStage {
        guard identity.authorities.count > 1 else { return .steady }
        return try store.isSecondKey(of: identity.authorities[0]) ? .switched : .begun
    }

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

    /// The second CA issues from now on. Hosts ask for certificates of it as soon as they know.
    public func switchAuthority(now: WallTime) throws(TrustError) -> DenyList {
        let present = try authorities()
        switch try authorityStage() {
        case .steady: throw .rotationStep(reason: "The fleet has one CA: there is none to switch to")
        case .switched: throw .rotationStep(reason: "The second CA issues already")
        case .begun: break
        }
        return try spread(counting: present.reversed().map(\.certificate), by: present, now: now)
    }

    /// The first CA counts no more, nor does any certificate of it; its key is removed here. Our own certificate is of the
    /// second from now on, and not before: until then hosts that know only the first let us in.
    public func retireAuthority(now: WallTime) throws(TrustError) -> DenyList {
        switch try authorityStage() {
        case .steady: throw .rotationStep(reason: "The fleet has one CA: there is none to retire")
        case .begun:
            throw .rotationStep(
                reason: "The second CA does not issue yet: 'looptop ca switch' comes first, and 'looptop ca rotate "
                    + "--give-up' gives it up")
        case .switched: break
        }
        return try keepIssuing(now: now)
    }

    /// The second CA, which has not issued yet, counts no more.
    public func giveUpAuthority(now: WallTime) throws(TrustError) -> DenyList {
        switch try authorityStage() {
        case .steady: throw .rotationStep(reason: "The fleet has one CA: there is none to give up")
        case .switched: throw .rotationStep(reason: "The second CA issues already, and is not given up any more")
        case .begun: break
        }
        return try keepIssuing(now: now)
    }

    private func keepIssuing(now: WallTime) throws(TrustError) -> DenyList {
        let present = try authorities()
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
