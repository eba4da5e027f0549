internal import Model

/// The proof that who comes with a token gives, and asks of who made it, on one connection. The other side is `TokenGuard`.
struct TokenBearer: Sendable {
    enum Step {
        case send(EnrolmentStep)
        /// Both sides have the secret.
        case proved
    }

    let token: EnrolmentToken
    /// Of the key that we show in TLS.
    let spkiHash: [UInt8]
    private let nonce: [UInt8]
    /// Once they sent it.
    private var listenerNonce: [UInt8]?

    /// `nonce` is for tests.
    init(_ token: EnrolmentToken, spkiHash: [UInt8], nonce: [UInt8]?) {
        self.token = token
        self.spkiHash = spkiHash
        self.nonce = nonce ?? Random.bytes(EnrolmentProof.byteCount)
    }

    /// What we begin with. Transport has refused any listener whose key is not the token's; it is checked here again, as
    /// everything rests on it.
    func offer(toListener found: [UInt8], wall: WallTime) throws(TrustError) -> EnrolmentStep {
        guard found == token.spkiHash else { throw .pinMismatch(expected: token.spkiHash, found: found) }
        try token.checkExpiry(wall: wall)
        return .offer(tokenID: token.tokenID, nonce: nonce, spkiHash: spkiHash)
    }

    /// Their nonce, and then their proof.
    mutating func receive(nonce theirs: [UInt8], code: [UInt8]) throws(TokenGuard.Refused) -> Step {
        guard let listenerNonce else {
            guard theirs.count == EnrolmentProof.byteCount else {
                throw TokenGuard.Refused(error: .unexpectedStep("proof"), telling: .unexpectedStep)
            }
            listenerNonce = theirs
            return .send(.proof(nonce: nonce, code: proof(theirs).code(.connector)))
        }
        // The secret is right here, or the listener would have refused; so whoever answers does not have it.
        guard theirs == listenerNonce, proof(listenerNonce).accepts(code, from: .listener) else {
            throw TokenGuard.Refused(error: .wrongSecret(triesLeft: 0), telling: .wrongProof)
        }
        return .proved
    }

    private func proof(_ listenerNonce: [UInt8]) -> EnrolmentProof {
        EnrolmentProof(
            token: token, connectorNonce: nonce, listenerNonce: listenerNonce, connectorSPKI: spkiHash,
            listenerSPKI: token.spkiHash)
    }
}
