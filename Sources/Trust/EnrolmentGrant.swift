public import Model

/// What a host was granted, after all checks.
public struct EnrolmentGrant: Hashable, Sendable {
    /// DER.
    public let leaf: [UInt8]
    /// DER.
    public let authority: [UInt8]
    public let fleet: String
    public let host: HostID

    /// Refuses a certificate of another key or host, or one that this CA did not issue. `key` is the hash of ours.
    init(
        checking leaf: [UInt8], of authority: [UInt8], key: [UInt8], host: HostID, wall: WallTime
    ) throws(TrustError) {
        let parsed = try ParsedCertificate(der: leaf, what: "certificate that was granted")
        let signer = try Authority(der: authority)
        guard parsed.spkiHash == key else { throw .keyMismatch }
        guard signer.signed(parsed) else { throw .unknownAuthority }
        _ = try LeafRules(fleet: signer.fleet, expectation: .agent(host), wall: wall).check(parsed)
        (self.leaf, self.authority, self.host) = (leaf, authority, host)
        fleet = signer.fleet
    }
}
