internal import Model

/// The proof that is asked of who comes with a token, on the side that made it, over all connections.
struct TokenGuard: Sendable {
    /// Why a connection ends, and what the other side is told.
    struct Refused: Error {
        let error: TrustError
        let telling: EnrolmentRefusal
    }

    /// Wrong proofs after which the token burns.
    static let allowedTries = 3
    /// After a wrong proof the next offer is not looked at before this.
    static let pauseAfterWrongProof = Duration.seconds(1)

    let token: EnrolmentToken
    private var wrongProofs = 0
    private var pausedUntil: MonotonicInstant?

    init(_ token: EnrolmentToken) { self.token = token }

    /// It was tried too often, and works no more.
    var isBurned: Bool { wrongProofs >= Self.allowedTries }

    /// `claimed` is the key's hash as the offer has it, `spki` that of the channel's certificate.
    func checkOffer(
        id: [UInt8], nonce: [UInt8], claimed: [UInt8], spki: [UInt8], now: MonotonicInstant
    ) throws(Refused) {
        // Whoever does not know the id cannot burn the token: this is no try.
        guard id == token.tokenID else { throw Refused(error: .tokenUsed, telling: .unknownToken) }
        if let pausedUntil, now < pausedUntil {
            throw Refused(error: .enrolmentRefused(.tooSoon), telling: .tooSoon)
        }
        guard nonce.count == EnrolmentProof.byteCount else {
            throw Refused(error: .unexpectedStep("offer"), telling: .unexpectedStep)
        }
        // Another key than the channel's: somebody stands between.
        guard claimed == spki else {
            throw Refused(error: .pinMismatch(expected: claimed, found: spki), telling: .wrongProof)
        }
    }

    func proof(connectorNonce: [UInt8], listenerNonce: [UInt8], connectorSPKI: [UInt8]) -> EnrolmentProof {
        EnrolmentProof(
            token: token, connectorNonce: connectorNonce, listenerNonce: listenerNonce, connectorSPKI: connectorSPKI,
            listenerSPKI: token.spkiHash)
    }

    /// The connector's proof with its nonce; the third wrong one burns the token.
    mutating func check(
        _ code: [UInt8], with nonce: [UInt8], against proof: EnrolmentProof, now: MonotonicInstant
    ) throws(Refused) {
        if nonce == proof.connectorNonce, proof.accepts(code, from: .connector) { return }
        wrongProofs += 1
        pausedUntil = now + Self.pauseAfterWrongProof
        if isBurned { throw Refused(error: .tokenBurned, telling: .tokenBurned) }
        throw Refused(error: .wrongSecret(triesLeft: Self.allowedTries - wrongProofs), telling: .wrongProof)
    }
}
