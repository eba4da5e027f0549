public import Model

/// The dashboard's side of an enrolment: one connection, one host.
///
/// `idle` –opened, pin right→ `proving` –their nonce, their proof→ `expectingRequest` –request→ `signing` –issued→
/// `granted` –done→ `over`. Anything else, a refusal, a lost connection or the deadline ends it in `over`.
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
        case proving
        case expectingRequest
        case signing(EnrolmentRequest)
        case granted(EnrolmentRequest)
        case over
    }

    private var bearer: TokenBearer
    /// When to call `expire`; a person waits, so half a minute is much.
    public let deadline: MonotonicInstant
    private var state = State.idle

    /// `identity` is what the dashboard shows in TLS. `nonce` is for tests.
    public init(
        token: EnrolmentToken, identity: Identity, deadline: MonotonicInstant, nonce: [UInt8]? = nil
    ) throws(TrustError) {
        bearer = TokenBearer(token, spkiHash: try spkiHash(ofCertificate: identity.leaf), nonce: nonce)
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

    public mutating func receive(_ step: EnrolmentStep, now: MonotonicInstant) -> [Effect] {
        if state == .over { return [] }
        if now >= deadline { return fail(.enrolmentTimedOut, telling: nil) }
        switch (state, step) {
        case (.proving, .proof(let nonce, let code)):
            do throws(TokenGuard.Refused) {
                switch try bearer.receive(nonce: nonce, code: code) {
                case .send(let step): return [.send(step)]
                case .proved:
                    state = .expectingRequest
                    return []
                }
            } catch { return fail(error.error, telling: error.telling) }
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
        case (.idle, _), (.proving, _), (.expectingRequest, _), (.signing, _), (.granted, _), (.over, _):
            return fail(.unexpectedStep(step.word), telling: .unexpectedStep)
        }
    }

    /// The CA's answer to `issue`. The leaf must be of the key that the token pins: the request came over that very
    /// channel, so another key in it is a mistake or worse.
    public mutating func issued(_ result: Result<GrantedCertificate, TrustError>) -> [Effect] {
        guard case .signing(let request) = state else { return [] }
        do throws(TrustError) {
            let granted = try result.get()
            guard try spkiHash(ofCertificate: granted.leaf) == bearer.token.spkiHash else { throw .keyMismatch }
            state = .granted(request)
            return [.send(.grant(granted))]
        } catch { return fail(error, telling: .badRequest) }
    }

    public mutating func closed() -> [Effect] {
        state == .over ? [] : fail(.enrolmentInterrupted, telling: nil)
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        state == .over || now < deadline ? [] : fail(.enrolmentTimedOut, telling: nil)
    }

    private mutating func fail(_ error: TrustError, telling refusal: EnrolmentRefusal?) -> [Effect] {
        state = .over
        return (refusal.map { [.send(.refusal($0))] } ?? []) + [.close, .finished(.failure(error))]
    }
}
