internal import Model
internal import Trust

/// How the peer's certificate is judged.
enum Verification: Sendable {
    /// An ordinary connection: the fleet's CA and our rules.
    case fleet(PeerVerifier, PeerVerifier.Expectation)
    /// Enrolment, the side that has the token: this key and no other.
    case pinned(spkiHash: [UInt8])
    /// Enrolment, the side that made the token: any key; whoever holds it proves the secret bound to its hash.
    case anyKey

    struct Verified: Sendable {
        var peer: Peer?
        var spkiHash: [UInt8]?
    }

    /// `chain` is DER, leaf first, as the peer showed it.
    func verify(chain: [[UInt8]], wall: WallTime) async -> Result<Verified, TrustError> {
        switch self {
        case .fleet(let verifier, let expectation):
            return await verifier.verify(chain: chain, expecting: expectation, wall: wall).map { Verified(peer: $0) }
        case .pinned(let expected):
            return Self.leafHash(of: chain).flatMap { found in
                found == expected
                    ? .success(Verified(spkiHash: found))
                    : .failure(.pinMismatch(expected: expected, found: found))
            }
        case .anyKey:
            return Self.leafHash(of: chain).map { Verified(spkiHash: $0) }
        }
    }

    private static func leafHash(of chain: [[UInt8]]) -> Result<[UInt8], TrustError> {
        Result { () throws(TrustError) in
            guard let leaf = chain.first else { throw .noCertificate }
            return try spkiHash(ofCertificate: leaf)
        }
    }
}
