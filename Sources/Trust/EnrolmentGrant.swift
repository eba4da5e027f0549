public import Model

/// What a host that enrols is given. Nothing in it is secret, and nobody has looked at it yet.
public struct GrantedCertificate: Hashable, Sendable {
    /// DER.
    public var leaf: [UInt8]
    /// DER of the CA that signed it.
    public var authority: [UInt8]
    /// The fleet's deny-list; empty where it has none.
    public var denyList: [UInt8]

    public init(leaf: [UInt8], authority: [UInt8], denyList: [UInt8] = []) {
        self.leaf = leaf
        self.authority = authority
        self.denyList = denyList
    }
}

/// What a host was granted, after all checks.
public struct EnrolmentGrant: Hashable, Sendable {
    /// DER.
    public let leaf: [UInt8]
    /// DER of the CAs that count.
    public let authorities: [[UInt8]]
    public let denyList: DenyList?
    public let fleet: String
    public let host: HostID

    /// Refuses a certificate of another key or host, or one that this CA did not issue, and a deny-list that it did not sign
    /// or that has the host on it. `key` is the hash of ours.
    init(
        checking granted: GrantedCertificate, key: [UInt8], host: HostID, wall: WallTime
    ) throws(TrustError) {
        let leaf = granted.leaf
        let parsed = try ParsedCertificate(der: leaf, what: "certificate that was granted")
        let signer = try Authority(der: granted.authority)
        guard parsed.spkiHash == key else { throw .keyMismatch }
        guard signer.signed(parsed) else { throw .unknownAuthority }
        _ = try LeafRules(fleet: signer.fleet, expectation: .agent(host), wall: wall).check(parsed)
        (self.leaf, self.host, fleet) = (leaf, host, signer.fleet)
        guard !granted.denyList.isEmpty else {
            (authorities, denyList) = ([granted.authority], nil)
            return
        }
        let list = try DenyList(
            text: granted.denyList, authorities: [granted.authority], name: "the deny-list that was granted")
        let mark = parsed.mark(at: wall, signer: signer)
        if let revocation = list.revocation(of: .agent(host: host, certificate: mark)) { throw revocation }
        authorities = list.authorities.isEmpty ? [granted.authority] : list.authorities
        denyList = list
    }
}
