public import Model

/// A host's side of `looptop-agent join`: one connection to whoever has the fleet's CA key.
///
/// `idle` –opened, pin right→ `proving` –their nonce, their proof→ `requesting` –a grant that is right→ `storing` –stored→
/// `over`. Anything else, a refusal, a lost connection or the deadline ends it in `over`.
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
        case proving
        case requesting
        case storing(EnrolmentGrant)
        case over
    }

    private var bearer: TokenBearer
    private let request: EnrolmentRequest
    /// When to call `expire`.
    public let deadline: MonotonicInstant
    private var state = State.idle

    /// `key` is the one that the request is for, and that we show in TLS. `nonce` is for tests.
    public init(
        token: EnrolmentToken, request: EnrolmentRequest, key: SigningKey, deadline: MonotonicInstant,
        nonce: [UInt8]? = nil
    ) {
        bearer = TokenBearer(token, spkiHash: key.spkiHash, nonce: nonce)
        self.request = request
        self.deadline = deadline
    }

    public var isOver: Bool { state == .over }

    /// TLS is up; the hash is of the certificate that the listener showed.
    public mutating func opened(listenerSPKIHash: [UInt8], wall: WallTime) -> [Effect] {
        guard state == .idle else { return [] }
        do throws(TrustError) {
            let offer = try bearer.offer(toListener: listenerSPKIHash, wall: wall)
            state = .proving
            return [.send(offer)]
        } catch { return fail(error, telling: nil) }
    }

    public mutating func receive(_ step: EnrolmentStep, now: MonotonicInstant, wall: WallTime) -> [Effect] {
        if state == .over { return [] }
        if now >= deadline { return fail(.enrolmentTimedOut, telling: nil) }
        switch (state, step) {
        case (.proving, .proof(let nonce, let code)):
            do throws(TokenGuard.Refused) {
                switch try bearer.receive(nonce: nonce, code: code) {
                case .send(let step): return [.send(step)]
                case .proved:
                    state = .requesting
                    return [.send(.request(request))]
                }
            } catch { return fail(error.error, telling: error.telling) }
        case (.requesting, .grant(let granted)):
            do throws(TrustError) {
                let grant = try EnrolmentGrant(
                    checking: granted, key: bearer.spkiHash, host: request.host, wall: wall)
                state = .storing(grant)
                return [.store(grant)]
            } catch { return fail(error, telling: .badGrant) }
        case (_, .refusal(let refusal)):
            return fail(.enrolmentRefused(refusal), telling: nil)
        case (.idle, _), (.proving, _), (.requesting, _), (.storing, _), (.over, _):
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
        case .idle, .proving, .requesting: fail(.enrolmentInterrupted, telling: nil)
        }
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        if case .storing = state { return [] }
        return state == .over || now < deadline ? [] : fail(.enrolmentTimedOut, telling: nil)
    }

    private mutating func fail(_ error: TrustError, telling refusal: EnrolmentRefusal?) -> [Effect] {
        state = .over
        return (refusal.map { [.send(.refusal($0))] } ?? []) + [.close, .finished(.failure(error))]
    }
}
