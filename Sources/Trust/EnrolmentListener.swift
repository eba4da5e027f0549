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
        case store(Granted)
        /// Flush and close this connection.
        case close
        /// For the log: a connection failed, and the token still works.
        case attemptFailed(TrustError)
        /// The end, once: the agent is enrolled, or why not.
        case finished(Result<Granted, TrustError>)
    }

    /// A grant that passed all checks.
    public struct Granted: Hashable, Sendable {
        public let leaf: [UInt8]
        public let authority: [UInt8]
        public let fleet: String
        public let host: HostID
    }

    private enum State: Equatable {
        case waiting
        case greeting(connectorSPKI: [UInt8])
        case proving(connectorSPKI: [UInt8], connectorNonce: [UInt8])
        case marking(proof: [UInt8])
        case requesting
        case storing(Granted)
        case over
    }

    /// Wrong proofs after which the token burns.
    public static let allowedTries = 3
    /// After a wrong proof the next one is not looked at before this.
    public static let pauseAfterWrongProof = Duration.seconds(1)
    /// A connection that is silent must not keep the operator out.
    public static let connectionDeadline = Duration.seconds(15)

    private let token: EnrolmentToken
    private let request: EnrolmentRequest
    /// End of the token's life on the monotonic clock: a wall clock may be set meanwhile.
    private let tokenDeadline: MonotonicInstant
    private let nonces: @Sendable () -> [UInt8]
    private var state = State.waiting
    private var nonce: [UInt8] = []
    private var wrongProofs = 0
    private var pausedUntil: MonotonicInstant?
    private var connectionEnds: MonotonicInstant?

    /// `nonces` is for tests; the default draws 32 random bytes per connection.
    public init(
        token: EnrolmentToken, request: EnrolmentRequest, deadline: MonotonicInstant,
        nonces: (@Sendable () -> [UInt8])? = nil
    ) {
        self.token = token
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
        case (.requesting, .grant(let leaf, let authority)):
            return accept(leaf: leaf, authority: authority, wall: wall)
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
        // Whoever does not know the id cannot burn the token: this is no try.
        guard id == token.tokenID else { return drop(.tokenUsed, telling: .unknownToken) }
        if let pausedUntil, now < pausedUntil { return drop(.enrolmentRefused(.tooSoon), telling: .tooSoon) }
        guard connectorNonce.count == EnrolmentProof.byteCount else {
            return drop(.unexpectedStep("offer"), telling: .unexpectedStep)
        }
        // Another key than the channel's: somebody stands between.
        guard claimedSPKI == spki else {
            return drop(.pinMismatch(expected: claimedSPKI, found: spki), telling: .wrongProof)
        }
        nonce = nonces()
        state = .proving(connectorSPKI: spki, connectorNonce: connectorNonce)
        return [.send(.proof(nonce: nonce, code: EnrolmentProof.noProof))]
    }

    private mutating func prove(
        spki: [UInt8], expected: [UInt8], nonce connectorNonce: [UInt8], code: [UInt8], now: MonotonicInstant
    ) -> [Effect] {
        let proof = EnrolmentProof(
            token: token, connectorNonce: expected, listenerNonce: nonce, connectorSPKI: spki,
            listenerSPKI: token.spkiHash)
        guard connectorNonce == expected, proof.accepts(code, from: .connector) else {
            wrongProofs += 1
            pausedUntil = now + Self.pauseAfterWrongProof
            guard wrongProofs < Self.allowedTries else {
                finish()
                return [.send(.refusal(.tokenBurned)), .close, .finished(.failure(.tokenBurned))]
            }
            return drop(.wrongSecret(triesLeft: Self.allowedTries - wrongProofs), telling: .wrongProof)
        }
        state = .marking(proof: proof.code(.listener))
        return [.markTokenUsed(id: token.tokenID)]
    }

    private mutating func accept(leaf: [UInt8], authority: [UInt8], wall: WallTime) -> [Effect] {
        do throws(TrustError) {
            let parsed = try ParsedCertificate(der: leaf, what: "certificate that was granted")
            let signer = try Authority(der: authority)
            guard parsed.spkiHash == token.spkiHash else { throw .keyMismatch }
            guard signer.signed(parsed) else { throw .unknownAuthority }
            _ = try LeafRules(fleet: signer.fleet, expectation: .agent(request.host), wall: wall).check(parsed)
            let granted = Granted(leaf: leaf, authority: authority, fleet: signer.fleet, host: request.host)
            state = .storing(granted)
            return [.store(granted)]
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
