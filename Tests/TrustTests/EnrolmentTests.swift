import Model
import Testing

@testable import Trust

/// Both machines and what their shells would do, without a network.
struct EnrolmentTests {
    let fleet: Fleet
    let token: EnrolmentToken
    let request: EnrolmentRequest
    let person: Identity
    let now = MonotonicInstant(nanoseconds: 5_000_000_000)
    let wall = later(.seconds(10))

    init() throws {
        fleet = try Fleet()
        token = try EnrolmentToken(
            addresses: ["h:7433"], spkiHash: fleet.agentKey.spkiHash, notAfter: later(.seconds(900)))
        request = EnrolmentRequest(
            csr: try fleet.agentKey.signingRequest(), host: host, hostName: "web-1", addresses: ["h:7433"])
        person = try fleet.person(.admin)
    }

    private func listener() -> EnrolmentListener {
        EnrolmentListener(token: token, request: request, deadline: now + .seconds(900))
    }

    private func connector(token other: EnrolmentToken? = nil) throws -> EnrolmentConnector {
        try EnrolmentConnector(
            token: other ?? token, identity: person, deadline: now + .seconds(30))
    }

    /// The same token as somebody has it who guesses the secret.
    private func guessed() throws -> EnrolmentToken {
        try EnrolmentToken(
            addresses: token.addresses, spkiHash: token.spkiHash, tokenID: token.tokenID,
            secret: Array(repeating: 7, count: 16), notAfter: token.notAfter)
    }

    private func personSPKI() throws -> [UInt8] { try spkiHash(ofCertificate: person.leaf) }

    /// What one run of both sides came to; `trace` has the effects in the order in which they were performed.
    private struct Run {
        var trace: [String] = []
        var enrolled: Result<EnrolmentGrant, TrustError>?
        var known: Result<EnrolmentRequest, TrustError>?
        var failedAttempt: TrustError?
    }

    /// Carries messages until nobody has anything to say. `issue` is the CA; `storage` breaks what the agent writes.
    private func run(
        _ listener: inout EnrolmentListener, _ connector: inout EnrolmentConnector, at now: MonotonicInstant? = nil,
        markFails: TrustError? = nil, storeFails: TrustError? = nil,
        issue: ((EnrolmentRequest) -> Result<[UInt8], TrustError>)? = nil
    ) throws -> Run {
        let now = now ?? self.now
        var run = Run()
        var toListener: [EnrolmentStep] = []
        var toConnector: [EnrolmentStep] = []
        var agent = listener.opened(connectorSPKIHash: try personSPKI(), now: now)
        var dashboard = connector.opened(listenerSPKIHash: fleet.agentKey.spkiHash, wall: wall)
        for _ in 0..<50 {
            if !agent.isEmpty {
                switch agent.removeFirst() {
                case .send(let step):
                    run.trace.append("agent sends \(step.word)")
                    toConnector.append(step)
                case .markTokenUsed(let id):
                    #expect(id == token.tokenID)
                    run.trace.append("agent marks")
                    agent += listener.tokenMarked(markFails)
                case .store:
                    run.trace.append("agent stores")
                    agent += listener.stored(storeFails)
                case .close: run.trace.append("agent closes")
                case .attemptFailed(let error): run.failedAttempt = error
                case .finished(let result): run.enrolled = result
                }
            } else if !dashboard.isEmpty {
                switch dashboard.removeFirst() {
                case .send(let step):
                    run.trace.append("dashboard sends \(step.word)")
                    toListener.append(step)
                case .issue(let request):
                    run.trace.append("dashboard signs")
                    dashboard += connector.issued((issue?(request) ?? sign(request)).map(granted))
                case .close: run.trace.append("dashboard closes")
                case .finished(let result): run.known = result
                }
            } else if !toListener.isEmpty {
                agent = listener.receive(toListener.removeFirst(), now: now, wall: wall)
            } else if !toConnector.isEmpty {
                dashboard = connector.receive(toConnector.removeFirst(), now: now)
            } else {
                return run
            }
        }
        Issue.record("the two sides never came to an end")
        return run
    }

    private func granted(_ leaf: [UInt8]) -> GrantedCertificate {
        GrantedCertificate(leaf: leaf, authority: fleet.authority.certificate)
    }

    private func sign(_ request: EnrolmentRequest) -> Result<[UInt8], TrustError> {
        do throws(TrustError) {
            return .success(try fleet.authority.issueAgent(csrDER: request.csr, host: request.host, now: wall))
        } catch { return .failure(error) }
    }

    @Test func enrolsAHost() async throws {
        var (listener, connector) = (listener(), try connector())
        let run = try run(&listener, &connector)
        #expect(
            run.trace == [
                "dashboard sends offer", "agent sends proof", "dashboard sends proof", "agent marks",
                "agent sends proof", "agent sends request", "dashboard signs", "dashboard sends grant",
                "agent stores", "agent sends done", "agent closes", "dashboard closes",
            ])
        let granted = try #require(try run.enrolled?.get())
        #expect(try run.known?.get() == request)
        #expect(granted.fleet == fleet.authority.fleet)
        let peer = await (try fleet.verifier).verify(chain: [granted.leaf], expecting: .agent(host), wall: wall)
        #expect(throws: Never.self) { try peer.get() }
        #expect(listener.isOver)
        #expect(connector.isOver)
        #expect(listener.deadline == nil)
    }

    @Test func marksTheTokenUsedBeforeItProvesAnything() throws {
        var listener = listener()
        let connector = EnrolmentProof(
            token: token, connectorNonce: .init(repeating: 1, count: 32), listenerNonce: [],
            connectorSPKI: try personSPKI(), listenerSPKI: token.spkiHash)
        _ = listener.opened(connectorSPKIHash: connector.connectorSPKI, now: now)
        let offer = EnrolmentStep.offer(
            tokenID: token.tokenID, nonce: connector.connectorNonce, spkiHash: connector.connectorSPKI)
        guard case .send(.proof(let nonce, let code))? = listener.receive(offer, now: now, wall: wall).first else {
            Issue.record("no nonce")
            return
        }
        #expect(code == EnrolmentProof.noProof)
        var proof = connector
        proof.listenerNonce = nonce
        let step = EnrolmentStep.proof(nonce: proof.connectorNonce, code: proof.code(.connector))
        #expect(listener.receive(step, now: now, wall: wall) == [.markTokenUsed(id: token.tokenID)])
    }

    @Test func provesNothingWhenTheTokenCouldNotBeMarked() throws {
        var (listener, connector) = (listener(), try connector())
        let broken = TrustError.io(path: "/x", operation: "fsync", errno: 28)
        let run = try run(&listener, &connector, markFails: broken)
        #expect(run.enrolled == .failure(broken))
        #expect(run.known == .failure(.enrolmentRefused(.storage)))
        #expect(!run.trace.contains("agent sends request"))
        #expect(listener.isOver)
    }

    @Test func burnsTheTokenAfterThreeWrongSecrets() throws {
        var listener = listener()
        for (attempt, expected) in [
            TrustError.wrongSecret(triesLeft: 2), .wrongSecret(triesLeft: 1), nil,
        ].enumerated() {
            var connector = try connector(token: try guessed())
            let run = try run(&listener, &connector, at: now + .seconds(2 * attempt))
            #expect(run.failedAttempt == expected)
            #expect(run.enrolled == (expected == nil ? .failure(.tokenBurned) : nil))
            #expect(run.known == .failure(.enrolmentRefused(expected == nil ? .tokenBurned : .wrongProof)))
            #expect(!run.trace.contains("agent marks"))
        }
        // Burned for whoever has the right secret, too.
        var honest = try connector()
        let run = try run(&listener, &honest, at: now + .seconds(9))
        #expect(!run.trace.contains("agent sends proof"))
        #expect(listener.isOver)
    }

    @Test func stillEnrolsAfterTwoWrongSecrets() throws {
        var listener = listener()
        for attempt in 0..<2 {
            var connector = try connector(token: try guessed())
            _ = try run(&listener, &connector, at: now + .seconds(2 * attempt))
        }
        var honest = try connector()
        let run = try run(&listener, &honest, at: now + .seconds(5))
        #expect(throws: Never.self) { try run.enrolled?.get() }
        #expect(run.enrolled != nil)
    }

    @Test func looksAtOneProofASecondAfterAWrongOne() throws {
        var listener = listener()
        var wrong = try connector(token: try guessed())
        _ = try run(&listener, &wrong)
        var honest = try connector()
        let early = try run(&listener, &honest, at: now + .milliseconds(900))
        #expect(early.known == .failure(.enrolmentRefused(.tooSoon)))
        var again = try connector()
        #expect(try run(&listener, &again, at: now + .milliseconds(1001)).enrolled != nil)
    }

    @Test func doesNotBurnForAnUnknownTokenID() throws {
        var listener = listener()
        let other = try EnrolmentToken(addresses: ["h:7433"], spkiHash: token.spkiHash, notAfter: token.notAfter)
        for _ in 0..<10 {
            var connector = try connector(token: other)
            let run = try run(&listener, &connector)
            #expect(run.known == .failure(.enrolmentRefused(.unknownToken)))
        }
        var honest = try connector()
        #expect(try run(&listener, &honest).enrolled != nil)
    }

    @Test func sendsNothingToAListenerWithAnotherKey() throws {
        var connector = try connector()
        let other = SigningKey().spkiHash
        #expect(
            connector.opened(listenerSPKIHash: other, wall: wall)
                == [.close, .finished(.failure(.pinMismatch(expected: token.spkiHash, found: other)))])
    }

    @Test func refusesSomebodyInBetweenWhoRelaysTheProof() throws {
        // A relay with a key of its own: the offer names the dashboard's key, the channel has the relay's.
        var (listener, connector) = (listener(), try connector())
        _ = listener.opened(connectorSPKIHash: SigningKey().spkiHash, now: now)
        guard case .send(let offer)? = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall).first else {
            Issue.record("no offer")
            return
        }
        let effects = listener.receive(offer, now: now, wall: wall)
        #expect(effects.first == .send(.refusal(.wrongProof)))
        #expect(!listener.isBusy)
    }

    @Test func refusesARelayThatNamesItsOwnKey() throws {
        var (listener, connector) = (listener(), try connector())
        let relay = SigningKey().spkiHash
        _ = listener.opened(connectorSPKIHash: relay, now: now)
        guard
            case .send(.offer(let id, let nonce, _))? = connector.opened(
                listenerSPKIHash: token.spkiHash, wall: wall
            ).first,
            case .send(let hello)? = listener.receive(
                .offer(tokenID: id, nonce: nonce, spkiHash: relay), now: now, wall: wall
            ).first,
            case .send(let proof)? = connector.receive(hello, now: now).first
        else {
            Issue.record("no proof")
            return
        }
        let effects = listener.receive(proof, now: now, wall: wall)
        #expect(effects.contains(.attemptFailed(.wrongSecret(triesLeft: 2))))
    }

    @Test func signsNothingForAListenerWithoutTheSecret() throws {
        var connector = try connector()
        _ = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall)
        let nonce = [UInt8](repeating: 3, count: 32)
        _ = connector.receive(.proof(nonce: nonce, code: EnrolmentProof.noProof), now: now)
        let effects = connector.receive(.proof(nonce: nonce, code: .init(repeating: 9, count: 32)), now: now)
        #expect(effects.contains(.finished(.failure(.wrongSecret(triesLeft: 0)))))
        #expect(connector.receive(.request(request), now: now).isEmpty)
    }

    @Test func refusesTheConnectorsOwnProofSentBack() throws {
        var connector = try connector()
        _ = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall)
        let hello = EnrolmentStep.proof(nonce: .init(repeating: 3, count: 32), code: EnrolmentProof.noProof)
        guard case .send(.proof(_, let own))? = connector.receive(hello, now: now).first else {
            Issue.record("no proof")
            return
        }
        let effects = connector.receive(.proof(nonce: .init(repeating: 3, count: 32), code: own), now: now)
        #expect(effects.contains(.finished(.failure(.wrongSecret(triesLeft: 0)))))
    }

    @Test func refusesAReplayedConversation() throws {
        // All that the dashboard sent in a good run, sent again to a listener with the same token.
        var first = EnrolmentListener(token: token, request: request, deadline: now + .seconds(900))
        var connector = try connector()
        _ = first.opened(connectorSPKIHash: try personSPKI(), now: now)
        guard case .send(let offer)? = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall).first,
            case .send(let hello)? = first.receive(offer, now: now, wall: wall).first,
            case .send(let proof)? = connector.receive(hello, now: now).first
        else {
            Issue.record("no conversation")
            return
        }
        var second = listener()
        _ = second.opened(connectorSPKIHash: try personSPKI(), now: now)
        _ = second.receive(offer, now: now, wall: wall)
        let effects = second.receive(proof, now: now, wall: wall)
        #expect(effects.contains(.attemptFailed(.wrongSecret(triesLeft: 2))))
    }

    @Test func endsAtTheTokensDeadlineWhateverTheWallClockSays() throws {
        var listener = listener()
        #expect(listener.deadline == now + .seconds(900))
        #expect(listener.expire(now: now + .seconds(899)).isEmpty)
        #expect(listener.expire(now: now + .seconds(900)) == [.finished(.failure(.enrolmentTimedOut))])
        #expect(listener.expire(now: now + .seconds(901)).isEmpty)
    }

    @Test func tellsALateConnectorThatTheTokenHasExpired() throws {
        var (listener, connector) = (listener(), try connector())
        let run = try run(&listener, &connector, at: now + .seconds(901))
        #expect(run.enrolled == .failure(.enrolmentTimedOut))
        #expect(run.trace.contains("agent sends refusal"))
    }

    @Test func doesNotEvenOfferAnExpiredToken() throws {
        var connector = try connector()
        let late = later(.seconds(1000))
        #expect(
            connector.opened(listenerSPKIHash: token.spkiHash, wall: late)
                == [.close, .finished(.failure(.tokenExpired(notAfter: token.notAfter, now: late)))])
    }

    @Test func dropsAConnectionThatSaysNothingAndTakesTheNext() throws {
        var listener = listener()
        _ = listener.opened(connectorSPKIHash: try personSPKI(), now: now)
        #expect(listener.isBusy)
        #expect(listener.deadline == now + .seconds(15))
        #expect(listener.opened(connectorSPKIHash: try personSPKI(), now: now) == [.close])
        #expect(listener.expire(now: now + .seconds(15)) == [.close, .attemptFailed(.enrolmentTimedOut)])
        var connector = try connector()
        #expect(try run(&listener, &connector, at: now + .seconds(16)).enrolled != nil)
    }

    @Test func spendsTheTokenWhenTheConnectionBreaksAfterTheProof() throws {
        var (listener, connector) = (listener(), try connector())
        let run = try run(&listener, &connector, issue: { _ in .failure(.authorityExpired(notAfter: start)) })
        #expect(run.known == .failure(.authorityExpired(notAfter: start)))
        #expect(run.enrolled == .failure(.enrolmentRefused(.badRequest)))
        #expect(listener.isOver)
    }

    @Test func refusesARequestWithNamesThatAreTooLong() throws {
        let long = EnrolmentRequest(
            csr: request.csr, host: host, hostName: String(repeating: "x", count: 256), addresses: ["h:7433"])
        var listener = EnrolmentListener(token: token, request: long, deadline: now + .seconds(900))
        var connector = try connector()
        let run = try run(&listener, &connector)
        #expect(run.known == .failure(.malformedRequest(reason: "its host name or addresses are too long")))
    }

    @Test func keepsTheTokenWhenTheConnectionBreaksBeforeTheProof() throws {
        var listener = listener()
        _ = listener.opened(connectorSPKIHash: try personSPKI(), now: now)
        #expect(listener.closed() == [.close, .attemptFailed(.enrolmentInterrupted)])
        #expect(listener.closed().isEmpty)
        #expect(!listener.isOver)
    }

    @Test func refusesAGrantForAnotherKeyOrHostOrFromAnotherAuthority() throws {
        let other = try Fleet()
        let wrongKey = try fleet.authority.issueAgent(
            csrDER: try SigningKey().signingRequest(), host: host, now: wall)
        let wrongHost = try fleet.authority.issueAgent(
            csrDER: request.csr, host: HostID(high: 9, low: 9), now: wall)
        let wrongSigner = try other.authority.issueAgent(csrDER: request.csr, host: host, now: wall)
        let past = try fleet.authority.issueAgent(csrDER: request.csr, host: host, now: later(days(-92)))
        for (leaf, error) in [
            (wrongHost, TrustError.wrongHost(expected: host, found: HostID(high: 9, low: 9))),
            (wrongSigner, .unknownAuthority),
            (past, .expired(notAfter: later(days(-2)), now: wall)),
        ] {
            var (listener, connector) = (listener(), try connector())
            let run = try run(&listener, &connector, issue: { _ in .success(leaf) })
            #expect(run.enrolled == .failure(error))
            #expect(run.known == .failure(.enrolmentRefused(.badGrant)))
            #expect(!run.trace.contains("agent stores"))
        }
        // The dashboard itself does not hand out a certificate for a key that the token does not pin.
        var (listener, connector) = (listener(), try connector())
        let run = try run(&listener, &connector, issue: { _ in .success(wrongKey) })
        #expect(run.known == .failure(.keyMismatch))
    }

    @Test func saysSoWhenTheIdentityCouldNotBeStored() throws {
        var (listener, connector) = (listener(), try connector())
        let broken = TrustError.io(path: "/x", operation: "write", errno: 28)
        let run = try run(&listener, &connector, storeFails: broken)
        #expect(run.enrolled == .failure(broken))
        #expect(run.known == .failure(.enrolmentRefused(.storage)))
    }

    @Test func closesOnAStepOutOfPlace() throws {
        let steps: [EnrolmentStep] = [
            .proof(nonce: [], code: []), .request(request), .grant(GrantedCertificate(leaf: [], authority: [])), .done,
        ]
        for step in steps {
            var listener = listener()
            _ = listener.opened(connectorSPKIHash: try personSPKI(), now: now)
            #expect(
                listener.receive(step, now: now, wall: wall)
                    == [.send(.refusal(.unexpectedStep)), .close, .attemptFailed(.unexpectedStep(step.word))])
            #expect(!listener.isBusy)
        }
        for step in steps.dropFirst() + [.proof(nonce: [1], code: [])] {
            var connector = try connector()
            _ = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall)
            #expect(connector.receive(step, now: now).last == .finished(.failure(.unexpectedStep(step.word))))
        }
    }

    @Test func givesUpAtTheConnectorsDeadline() throws {
        var connector = try connector()
        _ = connector.opened(listenerSPKIHash: token.spkiHash, wall: wall)
        #expect(connector.expire(now: now + .seconds(29)).isEmpty)
        #expect(
            connector.expire(now: now + .seconds(30)) == [.close, .finished(.failure(.enrolmentTimedOut))])
        #expect(connector.closed().isEmpty)
    }
}
