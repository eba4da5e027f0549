public import Model

/// New certificates in time, for the same name.
extension Membership {
    /// So long before the end of a certificate a new one is asked for, by kind: after a third of its life.
    public static let early = (agent: Duration.days(60), person: Duration.days(20))

    /// So long after its end an agent's certificate is still renewed, where the CA key is.
    public static let grace = Duration.days(30)

    /// What an agent asks with whoever has the fleet's CA key; `nil` while there is time.
    public func renewalRequest(now: WallTime) throws(TrustError) -> [UInt8]? {
        let identity = identity
        guard case .agent = identity.name, isRenewalDue(now: now) else { return nil }
        return try SigningKey(pem: identity.privateKeyPEM).signingRequest()
    }

    /// Before it ends, and when another CA issues than the one that signed it.
    private func isRenewalDue(now: WallTime) -> Bool {
        certificateEnd - now < Self.early.agent || !identity.isOfIssuer
    }

    /// What an agent is given for it: kept, and in use for connections to come. Refuses one of another key, name or CA, and one
    /// that does not last longer than the certificate it has, unless that one is of a CA that issues no more.
    ///
    /// - Returns: when it ends.
    public func renew(with leaf: [UInt8], now: WallTime) async throws(TrustError) -> WallTime {
        let old = identity
        // Of several who have the CA key the first has renewed it.
        guard isRenewalDue(now: now) else { throw .noRenewal(until: certificateEnd) }
        guard case .agent(let host) = old.name else { throw .wrongKind(expected: "an agent", found: old.name.kind) }
        let verifier = try PeerVerifier(authorities: old.authorities, fleet: old.fleet)
        let peer = try await verifier.verify(chain: [leaf], expecting: .agent(host), wall: now).get()
        if let revocation = denyList?.revocation(of: peer) { throw revocation }
        let new = try Identity(leaf: leaf, authorities: old.authorities, privateKeyPEM: old.privateKeyPEM)
        let lasts = try expiry(ofCertificate: leaf) > certificateEnd
        guard lasts || (new.isOfIssuer && !old.isOfIssuer) else { throw .noRenewal(until: certificateEnd) }
        try take(new)
        return certificateEnd
    }

    /// What a host is given that enrols, where the CA key is.
    public func grant(
        csrDER: [UInt8], host: HostID, now: WallTime
    ) throws(TrustError) -> GrantedCertificate {
        guard let granted = try grantWhereTheKeyIs(csrDER: csrDER, host: host, now: now) else {
            throw store.missingAuthorityKey
        }
        return granted
    }

    /// The certificate for an agent that asks; `nil` where the key of the CA that issues is not.
    public func issue(csrDER: [UInt8], host: HostID, now: WallTime) throws(TrustError) -> [UInt8]? {
        try grantWhereTheKeyIs(csrDER: csrDER, host: host, now: now)?.leaf
    }

    private func grantWhereTheKeyIs(
        csrDER: [UInt8], host: HostID, now: WallTime
    ) throws(TrustError) -> GrantedCertificate? {
        guard let authority = try store.loadAuthority() else { return nil }
        let list = denyList
        let moment = list.issuable(to: .agent(host), now: now)
        return GrantedCertificate(
            leaf: try authority.issueAgent(csrDER: csrDER, host: host, now: moment),
            authority: authority.certificate, denyList: list?.travelling.text ?? [])
    }

    /// A person's own certificate, and a new key with it, where the CA key is: when it is time, or asked for.
    ///
    /// - Returns: when the new one ends; `nil` where none was made.
    public func renewOwn(asked: Bool = false, now: WallTime) throws(TrustError) -> WallTime? {
        let old = identity
        guard case .person(let name, let role) = old.name,
            asked || certificateEnd - now < Self.early.person, let authority = try store.loadAuthority()
        else { return nil }
        let moment = denyList.issuable(to: .person(name), now: now)
        let key = SigningKey()
        let leaf = try authority.issuePerson(
            csrDER: try key.signingRequest(), name: name, role: role, now: moment)
        try take(try Identity(leaf: leaf, authorities: old.authorities, privateKeyPEM: key.pem))
        return certificateEnd
    }
}
