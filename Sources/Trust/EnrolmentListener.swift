public import Model

/// The agent's side of an enrolment, over all connections that are made with one token.
///
/// - `waiting`: no connection. `opened` → `greeting`.
/// - `greeting`: the connector's offer → our nonce out, `proving`.
/// - `proving`: the connector's proof → right: `marking`; wrong: `waiting`, the third time `over`.
/// - `marking`: the shell writes the token down as used → our proof and the request out, `requesting`.
/// - `requesting`: the grant → checked, `storing`.
/// - `storing`: the shell stores the identity → `done` out, `over`.
/// - `over`: enrolled, burned, expired or spent; nothing moves any more.
///
/// From `marking` on the token is spent: whatever breaks then ends the enrolment. The shell serves one connection at a
/// time (`isBusy`), keeps its deadline by calling `expire` at `deadline`, and performs effects in order.
public struct EnrolmentListener: Sendable {
    public enum Effect: Equatable, Sendable {
        case send(EnrolmentStep)
        /// Write it down durably, then call `tokenMarked`. Before that nothing more leaves.
        case markTokenUsed(id: [UInt8])
        /// Store it atomically, then call `stored`.
        case store(EnrolmentGrant)
        /// Flush and close this connection.
        case close
        /// For the log: a connection failed, and the token still works.
        case attemptFailed(TrustError)
        /// The end, once: the agent is enrolled, or why not.
        case finished(Result<EnrolmentGrant, TrustError>)
    }

    private enum State: Equatable {
        case waiting
        case greeting(connectorSPKI: [UInt8])
        case proving(connectorSPKI: [UInt8], connectorNonce: [UInt8])
        case marking(proof: [UInt8])
        case requesting
        case storing(EnrolmentGrant)
        case over
    }

    /// A connection that is silent must not keep the operator out.
    public static let connectionDeadline = Duration.seconds(15)

    private let request: EnrolmentRequest
    private var guardian: TokenGuard
    /// End of the token's life on the monotonic clock: a wall clock may be set meanwhile.
    private let tokenDeadline: MonotonicInstant
    private let nonces: @Sendable () -> [UInt8]
    private var state = State.waiting
    private var nonce: [UInt8] = []
    private var connectionEnds: MonotonicInstant?

    /// `nonces` is for tests; the default draws 32 random bytes per connection.
    public init(
        token: EnrolmentToken, request: EnrolmentRequest, deadline: MonotonicInstant,
        nonces: (@Sendable () -> [UInt8])? = nil
    ) {
        guardian = TokenGuard(token)
        self.request = request
        self.tokenDeadline = deadline
        self.nonces = nonces ?? { Random.bytes(EnrolmentProof.byteCount) }
    }

    /// A connection is being served; others wait or are closed.
    public var isBusy: Bool { state != .waiting && state != .over }

    /// Nothing more will come of this token.
    public var isOver: Bool { state == .over }

    /// When to call `expire`.
    public var deadline: MonotonicInstant? {
        isOver ? nil : connectionEnds.map { min($0, tokenDeadline) } ?? tokenDeadline
    }

    /// TLS is up; the hash is of the certificate that the connector showed.
    public mutating func opened(connectorSPKIHash: [UInt8], now: MonotonicInstant) -> [Effect] {
        if let ended = endIfExpired(now) { return [.send(.refusal(.tokenExpired)), .close] + ended }
        guard state == .waiting else { return [.close] }
        state = .greeting(connectorSPKI: connectorSPKIHash)
        connectionEnds = now + Self.connectionDeadline
        return []
    }

    public mutating func receive(_ step: EnrolmentStep, now: MonotonicInstant, wall: WallTime) -> [Effect] {
        if state == .over { return [.close] }
        if !isSpent, let ended = endIfExpired(now) { return [.send(.refusal(.tokenExpired)), .close] + ended }
        switch (state, step) {
        case (.greeting(let spki), .offer(let id, let nonce, let claimed)):
            return greet(spki: spki, id: id, connectorNonce: nonce, claimedSPKI: claimed, now: now)
        case (.proving(let spki, let connectorNonce), .proof(let nonce, let code)):
            return prove(spki: spki, expected: connectorNonce, nonce: nonce, code: code, now: now)
        case (.requesting, .grant(let granted)):
            return accept(granted, wall: wall)
        case (_, .refusal(let refusal)):
            return drop(.enrolmentRefused(refusal), telling: nil)
        case (.waiting, _), (.over, _):
            return [.close]
        case (.greeting, _), (.proving, _), (.marking, _), (.requesting, _), (.storing, _):
            return drop(.unexpectedStep(step.word), telling: .unexpectedStep)
        }
    }

    /// The shell has written the token down as used, or could not.
    public mutating func tokenMarked(_ failure: TrustError?) -> [Effect] {
        guard case .marking(let proof) = state else { return [] }
        if let failure { return drop(failure, telling: .storage) }
        state = .requesting
        return [.send(.proof(nonce: nonce, code: proof)), .send(.request(request))]
    }

    /// The shell has stored the identity, or could not.
    public mutating func stored(_ failure: TrustError?) -> [Effect] {
        guard case .storing(let granted) = state else { return [] }
        if let failure { return drop(failure, telling: .storage) }
        finish()
        return [.send(.done), .close, .finished(.success(granted))]
    }

    /// The connection is gone.
    public mutating func closed() -> [Effect] {
        switch state {
        // Storing goes on without the connection: the grant is here and checked.
        case .waiting, .over, .storing: []
        case .greeting, .proving, .marking, .requesting: drop(.enrolmentInterrupted, telling: nil)
        }
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        if case .storing = state { return [] }
        if !isSpent, let ended = endIfExpired(now) {
            return connectionEnds == nil ? ended : [.send(.refusal(.tokenExpired)), .close] + ended
        }
        guard let ends = connectionEnds, now >= ends else { return [] }
        return drop(.enrolmentTimedOut, telling: nil)
    }

    private var isSpent: Bool {
        switch state {
        case .marking, .requesting, .storing: true
        case .waiting, .greeting, .proving, .over: false
        }
    }

    private mutating func greet(
        spki: [UInt8], id: [UInt8], connectorNonce: [UInt8], claimedSPKI: [UInt8], now: MonotonicInstant
    ) -> [Effect] {
        do throws(TokenGuard.Refused) {
            try guardian.checkOffer(id: id, nonce: connectorNonce, claimed: claimedSPKI, spki: spki, now: now)
        } catch { return drop(error.error, telling: error.telling) }
        nonce = nonces()
        state = .proving(connectorSPKI: spki, connectorNonce: connectorNonce)
        return [.send(.proof(nonce: nonce, code: EnrolmentProof.noProof))]
    }

    private mutating func prove(
        spki: [UInt8], expected: [UInt8], nonce connectorNonce: [UInt8], code: [UInt8], now: MonotonicInstant
    ) -> [Effect] {
        let proof = guardian.proof(connectorNonce: expected, listenerNonce: nonce, connectorSPKI: spki)
        do throws(TokenGuard.Refused) {
            try guardian.check(code, with: connectorNonce, against: proof, now: now)
        } catch {
            guard guardian.isBurned else { return drop(error.error, telling: error.telling) }
            finish()
            return [.send(.refusal(error.telling)), .close, .finished(.failure(error.error))]
        }
        state = .marking(proof: proof.code(.listener))
        return [.markTokenUsed(id: guardian.token.tokenID)]
    }

    private mutating func accept(_ granted: GrantedCertificate, wall: WallTime) -> [Effect] {
        do throws(TrustError) {
            let grant = try EnrolmentGrant(
                checking: granted, key: guardian.token.spkiHash, host: request.host, wall: wall)
            state = .storing(grant)
            return [.store(grant)]
        } catch { return drop(error, telling: .badGrant) }
    }

    /// Ends this connection; the token lives on unless it is spent.
    private mutating func drop(_ error: TrustError, telling refusal: EnrolmentRefusal?) -> [Effect] {
        let last: Effect = isSpent ? .finished(.failure(error)) : .attemptFailed(error)
        if isSpent { finish() } else { state = .waiting }
        connectionEnds = nil
        return (refusal.map { [.send(.refusal($0))] } ?? []) + [.close, last]
    }

    private mutating func endIfExpired(_ now: MonotonicInstant) -> [Effect]? {
        guard state != .over, now >= tokenDeadline else { return nil }
        finish()
        return [.finished(.failure(.enrolmentTimedOut))]
    }

    private mutating func finish() {
        state = .over
        connectionEnds = nil
    }
}

extension EnrolmentStep {
    /// For messages about a step out of place.
    var word: String {
        switch self {
        case .offer: "offer"
        case .proof: "proof"
        case .request: "request"
        case .grant: "grant"
        case .done: "done"
        case .refusal: "refusal"
        }
    }
}
