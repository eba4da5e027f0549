public import Model

/// The fleet's side of `looptop invite`: hosts come with one token, each on a connection of its own, and are given
/// certificates.
///
/// A connection is `greeting` –offer→ `proving` –right proof→ `expectingRequest` –request→ `issuing` –issued→ `granted`
/// –done→ gone. A use of the token is taken by a right proof, and given back only where nothing was signed. The shell
/// numbers its connections, performs effects in order, and calls `expire` at `deadline`.
public struct Invitation: Sendable {
    public enum Effect: Equatable, Sendable {
        case send(EnrolmentStep, to: Int)
        /// Sign it with the CA, or say why not: call `issued`.
        case issue(EnrolmentRequest, for: Int)
        case close(Int)
        /// The host has its certificate and has said so.
        case joined(EnrolmentRequest, over: Int)
        /// For the person who waits: a connection failed, and the token still works.
        case attemptFailed(TrustError)
        /// The last, once: nobody can come any more.
        case finished(Ending)
    }

    public enum Ending: Equatable, Sendable {
        case allCame
        case burned
        case timeOver
    }

    private enum State: Equatable {
        case greeting(spki: [UInt8])
        case proving(spki: [UInt8], connectorNonce: [UInt8], ownNonce: [UInt8])
        case expectingRequest(spki: [UInt8])
        case issuing(EnrolmentRequest, spki: [UInt8])
        case granted(EnrolmentRequest)
    }

    private struct Visit {
        var state: State
        var ends: MonotonicInstant
    }

    /// Others are closed at once, and come again.
    public static let maximumVisits = 16
    /// A connection that is silent must not keep others out.
    public static let visitDeadline = Duration.seconds(15)

    private var guardian: TokenGuard
    private let tokenDeadline: MonotonicInstant
    private let nonces: @Sendable () -> [UInt8]
    private var visits: [Int: Visit] = [:]
    /// How many more may come, less those who are being served.
    private var usesLeft: Int
    private var isOver = false

    /// `nonces` is for tests.
    public init(
        token: EnrolmentToken, uses: Int, deadline: MonotonicInstant,
        nonces: (@Sendable () -> [UInt8])? = nil
    ) {
        guardian = TokenGuard(token)
        tokenDeadline = deadline
        usesLeft = uses
        self.nonces = nonces ?? { Random.bytes(EnrolmentProof.byteCount) }
    }

    /// When to call `expire`.
    public var deadline: MonotonicInstant? {
        isOver ? nil : visits.values.map(\.ends).reduce(tokenDeadline, min)
    }

    /// TLS is up; the hash is of the certificate that the host showed.
    public mutating func opened(_ id: Int, connectorSPKIHash: [UInt8], now: MonotonicInstant) -> [Effect] {
        guard !isOver, visits.count < Self.maximumVisits else { return [.close(id)] }
        visits[id] = Visit(state: .greeting(spki: connectorSPKIHash), ends: now + Self.visitDeadline)
        return []
    }

    public mutating func receive(_ step: EnrolmentStep, from id: Int, now: MonotonicInstant) -> [Effect] {
        guard let visit = visits[id] else { return [] }
        switch (visit.state, step) {
        case (.greeting(let spki), .offer(let tokenID, let nonce, let claimed)):
            do throws(TokenGuard.Refused) {
                try guardian.checkOffer(id: tokenID, nonce: nonce, claimed: claimed, spki: spki, now: now)
            } catch { return drop(id, error.error, telling: error.telling) }
            let own = nonces()
            visits[id]?.state = .proving(spki: spki, connectorNonce: nonce, ownNonce: own)
            return [.send(.proof(nonce: own, code: EnrolmentProof.noProof), to: id)]
        case (.proving(let spki, let expected, let own), .proof(let nonce, let code)):
            let proof = guardian.proof(connectorNonce: expected, listenerNonce: own, connectorSPKI: spki)
            do throws(TokenGuard.Refused) {
                try guardian.check(code, with: nonce, against: proof, now: now)
            } catch {
                let dropped = drop(id, error.error, telling: error.telling)
                return guardian.isBurned ? dropped + finish(.burned) : dropped
            }
            guard usesLeft > 0 else { return drop(id, .tokenUsed, telling: .tokenUsed) }
            usesLeft -= 1
            visits[id]?.state = .expectingRequest(spki: spki)
            return [.send(.proof(nonce: own, code: proof.code(.listener)), to: id)]
        case (.expectingRequest(let spki), .request(let request)):
            guard request.isUsable else {
                let reason = "its host name or addresses are too long"
                return drop(id, .malformedRequest(reason: reason), telling: .badRequest)
            }
            visits[id]?.state = .issuing(request, spki: spki)
            return [.issue(request, for: id)]
        case (.granted(let request), .done):
            visits[id] = nil
            return [.joined(request, over: id), .close(id)] + finishIfAllCame()
        case (_, .refusal(let refusal)):
            return drop(id, .enrolmentRefused(refusal), telling: nil)
        case (.greeting, _), (.proving, _), (.expectingRequest, _), (.issuing, _), (.granted, _):
            return drop(id, .unexpectedStep(step.word), telling: .unexpectedStep)
        }
    }

    /// The answer to `issue`. The leaf must be of the key that the host showed in TLS.
    public mutating func issued(_ result: Result<GrantedCertificate, TrustError>, to id: Int) -> [Effect] {
        guard let visit = visits[id], case .issuing(let request, let spki) = visit.state else { return [] }
        do throws(TrustError) {
            let granted = try result.get()
            guard try spkiHash(ofCertificate: granted.leaf) == spki else { throw .keyMismatch }
            visits[id]?.state = .granted(request)
            return [.send(.grant(granted), to: id)]
        } catch {
            let refusal: EnrolmentRefusal =
                switch error {
                case .notInvited: .notInvited
                case .hostKnown: .hostKnown
                default: .badRequest
                }
            return drop(id, error, telling: refusal)
        }
    }

    public mutating func closed(_ id: Int) -> [Effect] {
        visits[id] == nil ? [] : drop(id, .enrolmentInterrupted, telling: nil)
    }

    /// The time of `deadline` has come.
    public mutating func expire(now: MonotonicInstant) -> [Effect] {
        if isOver { return [] }
        let isTokenOver = now >= tokenDeadline
        var effects: [Effect] = []
        for (id, visit) in visits.sorted(by: { $0.key < $1.key }) where isTokenOver || now >= visit.ends {
            effects += drop(id, .enrolmentTimedOut, telling: isTokenOver ? .tokenExpired : nil)
        }
        return isTokenOver && !isOver ? effects + finish(.timeOver) : effects
    }

    private mutating func drop(_ id: Int, _ error: TrustError, telling refusal: EnrolmentRefusal?) -> [Effect] {
        guard let visit = visits.removeValue(forKey: id) else { return [] }
        var isSigned = false
        switch visit.state {
        case .greeting, .proving: break
        case .expectingRequest, .issuing: usesLeft += 1
        case .granted: isSigned = true
        }
        let words = refusal.map { [Effect.send(.refusal($0), to: id)] } ?? []
        return words + [.close(id), .attemptFailed(error)] + (isSigned ? finishIfAllCame() : [])
    }

    private mutating func finishIfAllCame() -> [Effect] {
        let isServing = visits.values.contains {
            switch $0.state {
            case .greeting, .proving: false
            case .expectingRequest, .issuing, .granted: true
            }
        }
        return usesLeft == 0 && !isServing ? finish(.allCame) : []
    }

    private mutating func finish(_ ending: Ending) -> [Effect] {
        guard !isOver else { return [] }
        isOver = true
        let open = visits.keys.sorted()
        visits = [:]
        let refusal: EnrolmentRefusal =
            switch ending {
            case .allCame: .tokenUsed
            case .burned: .tokenBurned
            case .timeOver: .tokenExpired
            }
        return open.flatMap { [.send(.refusal(refusal), to: $0), .close($0)] } + [.finished(ending)]
    }
}
