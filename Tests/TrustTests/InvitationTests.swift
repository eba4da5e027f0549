import Model
import Testing

@testable import Trust

/// Both machines of `looptop invite` and `looptop-agent join`, and what their shells would do, without a network.
struct InvitationTests {
    let fleet: Fleet
    /// Of the one who invites.
    let ownKey = SigningKey()
    let token: EnrolmentToken
    let now = MonotonicInstant(nanoseconds: 5_000_000_000)
    let wall = later(.seconds(10))

    init() throws {
        fleet = try Fleet()
        token = try EnrolmentToken(
            kind: .fleet, addresses: ["ca:7434"], spkiHash: ownKey.spkiHash, notAfter: later(.seconds(900)))
    }

    private func invitation(uses: Int = 1) -> Invitation {
        Invitation(
            token: token, uses: uses, deadline: now + .seconds(900))
    }

    /// A host that comes, with the key that it shows.
    private struct Guest {
        let key = SigningKey()
        var connector: JoinConnector

        init(_ token: EnrolmentToken, host: HostID = HostID.random(), deadline: MonotonicInstant) throws {
            let request = EnrolmentRequest(
                csr: try key.signingRequest(), host: host, hostName: "web-1", addresses: ["web-1:7433"])
            connector = JoinConnector(token: token, request: request, key: key, deadline: deadline)
        }
    }

    private func guest(token other: EnrolmentToken? = nil, host: HostID = HostID.random()) throws -> Guest {
        try Guest(other ?? token, host: host, deadline: now + .seconds(30))
    }

    /// The same token as somebody has it who guesses the secret.
    private func guessed() throws -> EnrolmentToken {
        try EnrolmentToken(
            kind: .fleet, addresses: token.addresses, spkiHash: token.spkiHash, tokenID: token.tokenID,
            secret: Array(repeating: 7, count: 16), notAfter: token.notAfter)
    }

    /// What one visit came to.
    private struct Visit {
        var trace: [String] = []
        var host: Result<EnrolmentGrant, TrustError>?
        var joined: EnrolmentRequest?
        var failedAttempt: TrustError?
        var ending: Invitation.Ending?
    }

    /// Carries messages until nobody has anything to say. `issue` is the CA; `storage` breaks what the host writes.
    private func visit(
        _ number: Int, _ invitation: inout Invitation, _ guest: inout Guest, at time: MonotonicInstant? = nil,
        storeFails: TrustError? = nil, issue: ((EnrolmentRequest) -> Result<[UInt8], TrustError>)? = nil
    ) throws -> Visit {
        let now = time ?? self.now
        var visit = Visit()
        var toFleet: [EnrolmentStep] = []
        var toHost: [EnrolmentStep] = []
        var ours = invitation.opened(number, connectorSPKIHash: guest.key.spkiHash, now: now)
        var theirs = guest.connector.opened(listenerSPKIHash: ownKey.spkiHash, wall: wall)
        for _ in 0..<50 {
            if !ours.isEmpty {
                switch ours.removeFirst() {
                case .send(let step, let to):
                    #expect(to == number)
                    visit.trace.append("fleet sends \(step.word)")
                    toHost.append(step)
                case .issue(let request, let from):
                    #expect(from == number)
                    visit.trace.append("fleet signs")
                    let result = (issue?(request) ?? sign(request)).map {
                        GrantedCertificate(leaf: $0, authority: fleet.authority.certificate)
                    }
                    ours += invitation.issued(result, to: number)
                case .close: visit.trace.append("fleet closes")
                case .joined(let request, _): visit.joined = request
                case .attemptFailed(let error): visit.failedAttempt = error
                case .finished(let ending): visit.ending = ending
                }
            } else if !theirs.isEmpty {
                switch theirs.removeFirst() {
                case .send(let step):
                    visit.trace.append("host sends \(step.word)")
                    toFleet.append(step)
                case .store:
                    visit.trace.append("host stores")
                    theirs += guest.connector.stored(storeFails)
                case .close: visit.trace.append("host closes")
                case .finished(let result): visit.host = result
                }
            } else if !toFleet.isEmpty {
                ours = invitation.receive(toFleet.removeFirst(), from: number, now: now)
            } else if !toHost.isEmpty {
                theirs = guest.connector.receive(toHost.removeFirst(), now: now, wall: wall)
            } else {
                return visit
            }
        }
        Issue.record("the two sides never came to an end")
        return visit
    }

    private func sign(_ request: EnrolmentRequest) -> Result<[UInt8], TrustError> {
        Result { () throws(TrustError) in
            try fleet.authority.issueAgent(csrDER: request.csr, host: request.host, now: wall)
        }
    }

    @Test func takesAHostIn() async throws {
        var (invitation, guest) = (invitation(), try guest(host: host))
        let visit = try visit(1, &invitation, &guest)
        #expect(
            visit.trace == [
                "host sends offer", "fleet sends proof", "host sends proof", "fleet sends proof", "host sends request",
                "fleet signs", "fleet sends grant", "host stores", "host sends done", "host closes", "fleet closes",
            ])
        #expect(visit.joined?.host == host)
        #expect(visit.ending == .allCame)
        let grant = try #require(try visit.host?.get())
        #expect(grant.fleet == fleet.authority.fleet)
        let peer = await (try fleet.verifier).verify(chain: [grant.leaf], expecting: .agent(host), wall: wall)
        #expect(throws: Never.self) { try peer.get() }
        #expect(guest.connector.isOver)
        #expect(invitation.deadline == nil)
    }

    @Test func takesAsManyAsWereInvited() throws {
        var invitation = invitation(uses: 3)
        for number in 1...3 {
            var guest = try guest()
            let visit = try visit(number, &invitation, &guest)
            #expect(visit.joined != nil)
            #expect(visit.ending == (number == 3 ? .allCame : nil))
        }
        var late = try guest()
        #expect(try visit(4, &invitation, &late).trace.contains("fleet closes"))
        #expect(late.connector.isOver == false, "its shell sees the connection go")
    }

    @Test func aPlaceIsKeptForWhoProvedItAndGivenBackWhereNothingWasSigned() throws {
        var invitation = invitation()
        var first = try guest()
        let refused = try visit(1, &invitation, &first, issue: { _ in .failure(.notInvited) })
        #expect(refused.failedAttempt == .notInvited)
        #expect(refused.host == .failure(.enrolmentRefused(.notInvited)))
        #expect(refused.ending == nil)
        var second = try guest()
        #expect(try visit(2, &invitation, &second).ending == .allCame)
    }

    @Test func whoseHostIsKnownIsTold() throws {
        var (invitation, guest) = (invitation(), try guest(host: host))
        let visit = try visit(1, &invitation, &guest, issue: { .failure(.hostKnown($0.host)) })
        #expect(visit.failedAttempt == .hostKnown(host))
        #expect(visit.host == .failure(.enrolmentRefused(.hostKnown)))
    }

    @Test func aCertificateThatWasSignedIsAUseThoughTheHostCouldNotStoreIt() throws {
        var (invitation, guest) = (invitation(), try guest())
        let broken = TrustError.io(path: "/x", operation: "fsync", errno: 28)
        let visit = try visit(1, &invitation, &guest, storeFails: broken)
        #expect(visit.host == .failure(broken))
        #expect(visit.failedAttempt == .enrolmentRefused(.storage))
        #expect(visit.ending == .allCame)
    }

    @Test func threeWrongSecretsBurnTheToken() throws {
        var invitation = invitation(uses: 5)
        for number in 1...3 {
            var guest = try guest(token: try guessed())
            let time = now + .seconds(2 * number)
            let visit = try visit(number, &invitation, &guest, at: time)
            #expect(visit.joined == nil)
            #expect(visit.ending == (number == 3 ? .burned : nil))
            #expect(visit.host == .failure(.enrolmentRefused(number == 3 ? .tokenBurned : .wrongProof)))
        }
    }

    @Test func afterAWrongSecretTheNextWaits() throws {
        var invitation = invitation()
        var wrong = try guest(token: try guessed())
        _ = try visit(1, &invitation, &wrong)
        var hasty = try guest()
        #expect(try visit(2, &invitation, &hasty).host == .failure(.enrolmentRefused(.tooSoon)))
        var patient = try guest()
        #expect(try visit(3, &invitation, &patient, at: now + .seconds(1)).joined != nil)
    }

    @Test func anotherTokenIsNoTry() throws {
        var invitation = invitation()
        let other = try EnrolmentToken(
            kind: .fleet, addresses: token.addresses, spkiHash: token.spkiHash, notAfter: token.notAfter)
        for number in 1...5 {
            var guest = try guest(token: other)
            #expect(try visit(number, &invitation, &guest).host == .failure(.enrolmentRefused(.unknownToken)))
        }
        var right = try guest()
        #expect(try visit(6, &invitation, &right).joined != nil)
    }

    @Test func aCertificateOfAnotherKeyGoesToNobody() throws {
        var (invitation, guest) = (invitation(), try guest())
        let visit = try visit(
            1, &invitation, &guest,
            issue: { request in
                Result { () throws(TrustError) in
                    try fleet.authority.issueAgent(
                        csrDER: try SigningKey().signingRequest(), host: request.host, now: wall)
                }
            })
        #expect(visit.failedAttempt == .keyMismatch)
        #expect(visit.host == .failure(.enrolmentRefused(.badRequest)))
    }

    @Test func whoAnswersWithAnotherKeyHearsNothing() throws {
        var guest = try guest()
        let effects = guest.connector.opened(listenerSPKIHash: SigningKey().spkiHash, wall: wall)
        #expect(!effects.contains { if case .send = $0 { true } else { false } })
        #expect(guest.connector.isOver)
    }

    @Test func whoAnswersWithoutTheSecretGetsNoRequest() throws {
        var guest = try guest()
        _ = guest.connector.opened(listenerSPKIHash: ownKey.spkiHash, wall: wall)
        let nonce = [UInt8](repeating: 9, count: 32)
        _ = guest.connector.receive(.proof(nonce: nonce, code: EnrolmentProof.noProof), now: now, wall: wall)
        let effects = guest.connector.receive(
            .proof(nonce: nonce, code: [UInt8](repeating: 3, count: 32)), now: now, wall: wall)
        #expect(
            effects == [.send(.refusal(.wrongProof)), .close, .finished(.failure(.wrongSecret(triesLeft: 0)))])
    }

    @Test func aGrantForAnotherHostIsNotStored() throws {
        var (invitation, guest) = (invitation(), try guest())
        let visit = try visit(
            1, &invitation, &guest,
            issue: { request in
                Result { () throws(TrustError) in
                    try fleet.authority.issueAgent(csrDER: request.csr, host: HostID.random(), now: wall)
                }
            })
        #expect(!visit.trace.contains("host stores"))
        #expect(visit.failedAttempt == .enrolmentRefused(.badGrant))
    }

    @Test func whoIsSilentIsClosedAndOthersAreServedMeanwhile() throws {
        var invitation = invitation(uses: 2)
        #expect(invitation.opened(1, connectorSPKIHash: SigningKey().spkiHash, now: now) == [])
        var guest = try guest()
        #expect(try visit(2, &invitation, &guest).joined != nil)
        let deadline = try #require(invitation.deadline)
        #expect(deadline == now + Invitation.visitDeadline)
        #expect(invitation.expire(now: deadline) == [.close(1), .attemptFailed(.enrolmentTimedOut)])
    }

    @Test func noMoreThanSixteenAtATime() throws {
        var invitation = invitation(uses: 100)
        for number in 1...Invitation.maximumVisits {
            #expect(invitation.opened(number, connectorSPKIHash: ownKey.spkiHash, now: now) == [])
        }
        #expect(invitation.opened(99, connectorSPKIHash: ownKey.spkiHash, now: now) == [.close(99)])
        _ = invitation.closed(1)
        #expect(invitation.opened(100, connectorSPKIHash: ownKey.spkiHash, now: now) == [])
    }

    @Test func whenItsTimeIsOverAllGo() throws {
        var invitation = invitation(uses: 2)
        let end = now + .seconds(900)
        _ = invitation.opened(1, connectorSPKIHash: ownKey.spkiHash, now: end - .seconds(1))
        #expect(
            invitation.expire(now: end) == [
                .send(.refusal(.tokenExpired), to: 1), .close(1), .attemptFailed(.enrolmentTimedOut),
                .finished(.timeOver),
            ])
        #expect(invitation.opened(2, connectorSPKIHash: ownKey.spkiHash, now: end) == [.close(2)])
    }

    @Test func aStepOutOfPlaceEndsTheVisitOnly() throws {
        var invitation = invitation()
        for number in 1...3 {
            _ = invitation.opened(number, connectorSPKIHash: ownKey.spkiHash, now: now)
            #expect(
                invitation.receive(.done, from: number, now: now) == [
                    .send(.refusal(.unexpectedStep), to: number), .close(number),
                    .attemptFailed(.unexpectedStep("done")),
                ])
        }
        var guest = try guest()
        #expect(try visit(4, &invitation, &guest).joined != nil)
    }

    @Test func aTokenSaysWhoListens() throws {
        let parsed = try EnrolmentToken(parsing: token.text)
        #expect(parsed == token)
        #expect(parsed.kind == .fleet)
        #expect(throws: TrustError.tokenOfOtherKind(.fleet)) { try parsed.check(kind: .host) }
        #expect(throws: Never.self) { try parsed.check(kind: .fleet) }
    }
}
