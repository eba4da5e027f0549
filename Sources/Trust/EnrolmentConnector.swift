public import Model

/// The dashboard's side of an enrolment: one connection, one host.
///
/// `idle` –opened, pin right→ `greeted` –their nonce→ `proving` –their proof→ `expectingRequest` –request→ `signing`
/// –issued→ `granted` –done→ `over`. Anything else, a refusal, a lost connection or the deadline ends it in `over`.
public struct EnrolmentConnector: Sendable {
    public enum Effect: Equatable, Sendable {
        case send(EnrolmentStep)
        /// Sign it with the CA (`CertificateAuthority.issueAgent`), then call `issued`.
        case issue(EnrolmentRequest)
        case close
        /// The end, once: the host has its certificate and has said so, or why not.
        case finished(Result<EnrolmentRequest, TrustError>)
    }

    private enum State: Equatable {
        case idle
        case greeted
        case proving(listenerNonce: [UInt8])
        case expectingRequest
        case signing(EnrolmentRequest)
        case granted(EnrolmentRequest)
        case over
    }

    private let token: EnrolmentToken
    private let spkiHash: [UInt8]
    private let authority: [UInt8]
    private let nonce: [UInt8]
    /// When to call `expire`; a person waits, so half a minute is much.
    public let deadline: MonotonicInstant
    private var state = State.idle

    /// `identity` is what the dashboard shows in TLS; `authority` the CA certificate that the host shall trust.
    /// `nonce` is for tests.
    public init(
        token: EnrolmentToken, identity: Identity, authority: CertificateAuthority, deadline: MonotonicInstant,
        nonce: [UInt8]? = nil
    ) throws(TrustError) {
        self.token = token
        self.spkiHash = try Trust.spkiHash(ofCertificate: identity.leaf)
        self.authority = authority.certificate
        self.nonce = nonce ?? Random.bytes(EnrolmentProof.byteCount)
        self.deadline = deadline
    }

    public var isOver: Bool { state == .over }

    /// TLS is up; the hash is of the certificate that the listener showed. Transport has refused any other than the
    /// token's; it is checked here again, as everything rests on it.
    public mutating func opened(listenerSPKIHash: [UInt8], wall: WallTime) -> [Effect] {
        guard state == .idle else { return [] }
        guard listenerSPKIHash == token.spkiHash else {
            return fail(.pinMismatch(expected: token.spkiHash, found: listenerSPKIHash), telling: nil)
        }
        do throws(TrustError) { try token.checkExpiry(wall: wall) } catch {
            return fail(error, telling: nil)
        }
        state = .greeted
        return [.send(.offer(tokenID: token.tokenID, nonce: nonce, spkiHash: spkiHash))]
    }

    public mutating func receive(_ step: EnrolmentStep, now: MonotonicInstant) -> [Effect] {
        if state == .over { return [] }
        if now >= deadline { return fail(.enrolmentTimedOut, telling: nil) }
        switch (state, step) {
        case (.greeted, .proof(let listenerNonce, _)) where listenerNonce.count == EnrolmentProof.byteCount:
            state = .proving(listenerNonce: listenerNonce)
            return [.send(.proof(nonce: nonce, code: proof(listenerNonce).code(.connector)))]
        case (.proving(let listenerNonce), .proof(let again, let code)):
            // The secret is right here, or the listener would have refused; so whoever answers does not have it.
            guard again == listenerNonce, proof(listenerNonce).accepts(code, from: .listener) else {
                return fail(.wrongSecret(triesLeft: 0), telling: .wrongProof)
            }
            state = .expectingRequest
            return []
        case (.expectingRequest, .request(let request)):
            guard request.isUsable else {
                return fail(.malformedRequest(reason: "its host name or addresses are too long"), telling: .badRequest)
            }
            state = .signing(request)
            return [.issue(request)]
        case (.granted(let request), .done):
            state = .over
            return [.close, .finished(.success(request))]
        case (_, .refusal(let refusal)):
            return fail(.enrolmentRefused(refusal), telling: nil)
        case (.idle, _), (.greeted, _), (.proving, _), (.expectingRequest, _), (.signing, _), (.granted, _), (.over, _):
            return fail(.unexpectedStep(step.word), telling: .unexpectedStep)
        }
    }

    /// The CA's answer to `issue`. The leaf must be of the key that the token pins: the request came over that very
    /// channel, so another key in it is a mistake or worse.
    public mutating func issued(_ result: Result<[UInt8], TrustError>) -> [Effect] {
        guard case .signing(let request) = state else { return [] }
        do throws(TrustError) {
            let leaf = try result.get()
            guard try Trust.spkiHash(ofCertificate: leaf) == token.spkiHash else { throw .keyMismatch }
            state = .granted(request)
            return [.send(.grant(leaf: leaf, authority: authority))]
        } catch { return fail(error, telling: .badRequest) }
    }

    public mutating func closed() -> [Effect] {
        state == .over ? [] : fail(.enrolmentInterrupted, telling: nil)
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        state == .over || now < deadline ? [] : fail(.enrolmentTimedOut, telling: nil)
    }

    private func proof(_ listenerNonce: [UInt8]) -> EnrolmentProof {
        EnrolmentProof(
            token: token, connectorNonce: nonce, listenerNonce: listenerNonce, connectorSPKI: spkiHash,
            listenerSPKI: token.spkiHash)
    }

    private mutating func fail(_ error: TrustError, telling refusal: EnrolmentRefusal?) -> [Effect] {
        state = .over
        return (refusal.map { [.send(.refusal($0))] } ?? []) + [.close, .finished(.failure(error))]
    }
}
