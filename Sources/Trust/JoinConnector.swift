public import Model

/// A host's side of `looptop-agent join`: one connection to whoever has the fleet's CA key.
///
/// `idle` –opened, pin right→ `greeted` –their nonce→ `proving` –their proof→ `requesting` –a grant that is right→
/// `storing` –stored→ `over`. Anything else, a refusal, a lost connection or the deadline ends it in `over`.
public struct JoinConnector: Sendable {
    public enum Effect: Equatable, Sendable {
        case send(EnrolmentStep)
        /// Store it atomically, then call `stored`.
        case store(EnrolmentGrant)
        case close
        /// The end, once.
        case finished(Result<EnrolmentGrant, TrustError>)
    }

    private enum State: Equatable {
        case idle
        case greeted
        case proving(listenerNonce: [UInt8])
        case requesting
        case storing(EnrolmentGrant)
        case over
    }

    private let token: EnrolmentToken
    private let request: EnrolmentRequest
    private let spkiHash: [UInt8]
    private let nonce: [UInt8]
    /// When to call `expire`.
    public let deadline: MonotonicInstant
    private var state = State.idle

    /// `key` is the one that the request is for, and that we show in TLS. `nonce` is for tests.
    public init(
        token: EnrolmentToken, request: EnrolmentRequest, key: SigningKey, deadline: MonotonicInstant,
        nonce: [UInt8]? = nil
    ) {
        self.token = token
        self.request = request
        self.spkiHash = key.spkiHash
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

    public mutating func receive(_ step: EnrolmentStep, now: MonotonicInstant, wall: WallTime) -> [Effect] {
        if state == .over { return [] }
        if now >= deadline { return fail(.enrolmentTimedOut, telling: nil) }
        switch (state, step) {
        case (.greeted, .proof(let listenerNonce, _)) where listenerNonce.count == EnrolmentProof.byteCount:
            state = .proving(listenerNonce: listenerNonce)
            return [.send(.proof(nonce: nonce, code: proof(listenerNonce).code(.connector)))]
        case (.proving(let listenerNonce), .proof(let again, let code)):
            guard again == listenerNonce, proof(listenerNonce).accepts(code, from: .listener) else {
                return fail(.wrongSecret(triesLeft: 0), telling: .wrongProof)
            }
            state = .requesting
            return [.send(.request(request))]
        case (.requesting, .grant(let leaf, let authority)):
            do throws(TrustError) {
                let grant = try EnrolmentGrant(
                    checking: leaf, of: authority, key: spkiHash, host: request.host, wall: wall)
                state = .storing(grant)
                return [.store(grant)]
            } catch { return fail(error, telling: .badGrant) }
        case (_, .refusal(let refusal)):
            return fail(.enrolmentRefused(refusal), telling: nil)
        case (.idle, _), (.greeted, _), (.proving, _), (.requesting, _), (.storing, _), (.over, _):
            return fail(.unexpectedStep(step.word), telling: .unexpectedStep)
        }
    }

    /// The shell has stored the identity, or could not.
    public mutating func stored(_ failure: TrustError?) -> [Effect] {
        guard case .storing(let grant) = state else { return [] }
        if let failure { return fail(failure, telling: .storage) }
        state = .over
        return [.send(.done), .close, .finished(.success(grant))]
    }

    public mutating func closed() -> [Effect] {
        switch state {
        // Storing goes on without the connection: the grant is here and checked.
        case .over, .storing: []
        case .idle, .greeted, .proving, .requesting: fail(.enrolmentInterrupted, telling: nil)
        }
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        if case .storing = state { return [] }
        return state == .over || now < deadline ? [] : fail(.enrolmentTimedOut, telling: nil)
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
