import Model
import Testing
import Wire

@testable import Serving

@Suite struct SessionTests {
    /// How a session closed, if it did.
    private static func failure(_ effects: [Session.Effect]) -> FailureCode? {
        for case .close(let failure) in effects { return failure?.code }
        return nil
    }

    /// That the session ends with this, and says so.
    private static func refusal(_ code: FailureCode, _ text: String) -> [Session.Effect] {
        [.close(Failure(code: code, text: text))]
    }

    private static func closes(_ effects: [Session.Effect]) -> Bool {
        effects.contains { if case .close = $0 { true } else { false } }
    }

    // MARK: Greeting

    @Test func helloIsAnsweredWithWhoAndAsWhat() throws {
        var session = Session(host: Samples.host, runID: Samples.run, role: .operator, readOnly: true)
        let effects = session.handle(.message(.hello(Samples.hello())), writable: true, at: Samples.moment(3))
        let now = Samples.moment(3)
        let welcome = Welcome(
            version: ProtocolVersion.supported.upperBound, features: 0, host: Samples.host, role: .operator,
            readOnly: true, runID: Samples.run, wall: now.wall, monotonic: now.monotonic)
        // The larger limit first: the peer may send larger messages as soon as it read WELCOME.
        #expect(effects == [.establish, .send(.welcome(welcome))])
    }

    /// The policy's `defaults: { read }`.
    @Test func whoMayNotLookIsTurnedAwayBeforeWelcomeAndAlsoLater() throws {
        var session = Session(
            host: Samples.host, runID: Samples.run, role: .viewer, readOnly: false, objection: "viewers may not look")
        let effects = session.handle(.message(.hello(Samples.hello())), writable: true, at: Samples.moment(3))
        #expect(effects == [.close(Failure(code: .denied, text: "viewers may not look"))])
        var viewer = try Viewer.following(.host)
        #expect(
            try viewer.feed(.denied(reason: "no more"), at: 1) == [.close(Failure(code: .denied, text: "no more"))])
        #expect(try viewer.feed(.snapshot(Samples.snapshot(2)), at: 2).isEmpty)
    }

    /// Whether it was carried out before is not known where there is no room to look.
    @Test func aCommandWithoutRoomEndsTheSessionAndIsNotAnswered() throws {
        var viewer = try Viewer.following(.host)
        #expect(try viewer.feed(.crowded, at: 1) == Self.refusal(.busy, "too many commands wait here already"))
        #expect(try viewer.feed(.snapshot(Samples.snapshot(2)), at: 2).isEmpty)
    }

    @Test(arguments: 1..<Samples.messages.count)
    func nothingButHelloIsTakenBeforeIt(_ number: Int) throws {
        var viewer = Viewer()
        let effects = try viewer.feed(.message(Samples.messages[number]), at: 0)
        #expect(effects == Self.refusal(.state, "HELLO comes first"))
    }

    @Test func theHighestCommonVersionIsUsed() throws {
        let ours = ProtocolVersion.supported
        var viewer = Viewer()
        let effects = try viewer.feed(.message(.hello(Samples.hello(0...UInt16.max))), at: 0)
        guard case .send(.welcome(let welcome))? = effects.last else {
            Issue.record("no welcome: \(effects)")
            return
        }
        #expect(welcome.version == ours.upperBound)
    }

    @Test func withoutACommonVersionBothRangesAreToldAndTheSessionEnds() throws {
        let beyond = ProtocolVersion.supported.upperBound + 1
        var viewer = Viewer()
        let effects = try viewer.feed(.message(.hello(Samples.hello(beyond...beyond + 3))), at: 0)
        let ours = ProtocolVersion.supported
        #expect(
            effects == Self.refusal(.version, "agent speaks protocol \(ours.lowerBound) to \(ours.upperBound)"))
        #expect(try viewer.feed(.message(.hello(Samples.hello())), at: 1).isEmpty)
    }

    @Test func anAgentThatCallsAnAgentIsSentAway() throws {
        var viewer = Viewer()
        let effects = try viewer.feed(.message(.hello(Samples.hello(role: .agent))), at: 0)
        #expect(effects == Self.refusal(.state, "an agent answers here"))
    }

    @Test func whoDoesNotGreetInTimeIsClosedAndWhoDidIsNot() throws {
        var silent = Viewer()
        #expect(
            try silent.feed(.greetingOverdue, at: 10) == Self.refusal(.handshakeTimeout, "no HELLO within 10 s"))
        var ready = try Viewer.following(.host)
        #expect(try ready.feed(.greetingOverdue, at: 10).isEmpty)
    }

    @Test func nothingIsServedBeforeTheGreeting() throws {
        var viewer = Viewer()
        try viewer.sweep(1)
        try viewer.feed(.event(Samples.event(1)), at: 1)
        try viewer.feed(.reply(.outcome(Samples.outcome)), at: 1)
        #expect(try viewer.feed(.writable, at: 1).isEmpty)
        #expect(viewer.heard.isEmpty)
    }

    // MARK: Messages in ready

    @Test(arguments: Samples.messages.indices)
    func inReadyEachMessageIsServedOrEndsTheSession(_ number: Int) throws {
        var viewer = try Viewer.following(.workers)
        let message = Samples.messages[number]
        let effects = try viewer.feed(.message(message), at: 1)
        switch message {
        case .ping:
            let now = Samples.moment(1)
            #expect(effects == [.send(.pong(Pong(nonce: 7, wall: now.wall, monotonic: now.monotonic)))])
        case .pong, .unsubscribe: #expect(effects.isEmpty)
        case .subscribe: #expect(effects == [.wantSnapshot])
        case .command(let command): #expect(effects == [.submit(command)])
        case .query(let query): #expect(effects == [.ask(query)])
        case .failure, .drain: #expect(effects == [.close(nil)])
        default: #expect(Self.failure(effects) == .state, "\(message)")
        }
        #expect(Self.closes(effects) == ![4, 5, 6, 7, 11, 15].contains(Int(message.number)))
    }

    @Test func answersOfTheDeskAndEventsAreSentWithoutASubscription() throws {
        var viewer = Viewer()
        try viewer.feed(.message(.hello(Samples.hello())), at: 0)
        let id = Samples.command.id
        #expect(try viewer.feed(.reply(.accepted(id)), at: 1) == [.send(.accepted(id))])
        #expect(try viewer.feed(.reply(.outcome(Samples.outcome)), at: 1) == [.send(.outcome(Samples.outcome))])
        #expect(try viewer.feed(.event(Samples.event(4)), at: 1) == [.send(.event(Samples.event(4)))])
    }

    @Test func eightQuestionsAtATimeAreAsked() throws {
        var viewer = try Viewer.following(.host)
        func ask(_ id: UInt32) throws -> [Session.Effect] {
            try viewer.feed(.message(.query(Query(id: id, body: .events(after: 0)))), at: 1)
        }
        for id in 1...8 as ClosedRange<UInt32> {
            #expect(try ask(id) == [.ask(Query(id: id, body: .events(after: 0)))])
        }
        let full = Answer(id: 9, body: .unknown("too many questions"))
        #expect(try ask(9) == [.send(.answer(full))], "answered at once, and nobody is sent away for it")
        let answer = Answer(id: 3, body: .events([]))
        #expect(try viewer.feed(.answer(answer), at: 2) == [.send(.answer(answer))])
        #expect(try ask(10) == [.ask(Query(id: 10, body: .events(after: 0)))])
        #expect(try ask(11).count == 1)
    }

    // MARK: Liveness

    @Test func theAgentGreetsFirstAndOnce() throws {
        var viewer = Viewer()
        let effects = try viewer.feed(.opened, at: 2)
        guard case .send(.hello(let hello))? = effects.first, effects.count == 1 else {
            Issue.record("no HELLO: \(effects)")
            return
        }
        #expect(hello.role == .agent)
        #expect(hello.host == Samples.host.id)
        #expect(hello.versions == ProtocolVersion.supported)
        #expect(hello.monotonic == Samples.instant(2))
        try viewer.feed(.message(.hello(Samples.hello())), at: 2)
        #expect(try viewer.feed(.opened, at: 3).isEmpty)
    }

    @Test func aSilentPeerIsAskedOnceInAWhile() throws {
        var viewer = try Viewer.following(.host)
        let asked = try (1...16).filter { second in
            let effects = try viewer.feed(.tick, at: Double(second))
            #expect(effects.count <= 1)
            if case .send(.ping)? = effects.first { return true }
            return false
        }
        #expect(asked == [5, 10, 15])
    }

    @Test func aPeerThatSpeaksIsNotAsked() throws {
        var viewer = try Viewer.following(.host)
        for second in 1...16 {
            if second % 4 == 0 { try viewer.feed(.message(.ping(Ping(nonce: 1))), at: Double(second)) }
            #expect(try viewer.feed(.tick, at: Double(second)).isEmpty)
        }
    }

    @Test func beforeTheGreetingNobodyIsAsked() throws {
        var viewer = Viewer()
        #expect(try viewer.feed(.tick, at: 9).isEmpty)
    }

    // MARK: Ends

    @Test func drainSaysGoodbyeAndCloses() throws {
        for var viewer in [Viewer(), try Viewer.following(.workers)] {
            #expect(
                try viewer.feed(.drain(reason: "agent stops"), at: 1) == [
                    .send(.drain(reason: "agent stops")), .close(nil),
                ])
            #expect(try viewer.feed(.drain(reason: "again"), at: 2).isEmpty)
        }
    }

    @Test func closedIsFinal() throws {
        var viewer = try Viewer.following(.workers)
        #expect(try viewer.feed(.closed, at: 1).isEmpty)
        let inputs: [Session.Input] =
            Samples.messages.map { .message($0) } + [
                .snapshot(Samples.snapshot(2)), .event(Samples.event(1)), .reply(.accepted(Samples.command.id)),
                .answer(Answer(id: 1, body: .events([]))), .writable, .greetingOverdue, .drain(reason: ""), .opened,
                .tick, .closed,
            ]
        for input in inputs { #expect(try viewer.feed(input, at: 2).isEmpty, "\(input)") }
    }

    // MARK: Whom the fleet keeps out

    /// A session with a peer over TLS, past WELCOME.
    private static func member(has list: DenyListText?) -> (Session, [Session.Effect]) {
        var session = Session(
            host: Samples.host, runID: Samples.run, role: .operator, readOnly: false,
            denyLists: DenyListExchange(own: list))
        let effects = session.handle(.message(.hello(Samples.hello())), writable: true, at: Samples.moment(0))
        return (session, effects)
    }

    private static func list(_ version: UInt64) -> DenyListText { DenyListText(version: version, text: [1]) }

    @Test func theDenyListIsAnnouncedAfterWelcomeAndSentToWhoHasAnOlderOne() {
        var (session, effects) = Self.member(has: Self.list(3))
        #expect(effects.last == .send(.denyList(DenyListText(version: 3, text: []))))
        func answer(_ list: DenyListText) -> [Session.Effect] {
            session.handle(.message(.denyList(list)), writable: true, at: Samples.moment(1))
        }
        #expect(answer(DenyListText(version: 0, text: [])) == [.send(.denyList(Self.list(3)))])
        #expect(answer(DenyListText(version: 3, text: [])).isEmpty)
        #expect(answer(DenyListText(version: 4, text: [])) == [.send(.denyList(DenyListText(version: 3, text: [])))])
        #expect(answer(Self.list(4)) == [.judge(Self.list(4))])
        #expect(
            session.handle(.denyList(Self.list(4)), writable: true, at: Samples.moment(2))
                == [.send(.denyList(DenyListText(version: 4, text: [])))])
        #expect(answer(Self.list(4)).isEmpty)
    }

    @Test func aNewCertificateIsAskedOfMembersOnly() throws {
        var (session, _) = Self.member(has: nil)
        func feed(_ input: Session.Input) -> [Session.Effect] {
            session.handle(input, writable: true, at: Samples.moment(1))
        }
        #expect(feed(.renewalDue([1, 2])) == [.send(.renewRequest([1, 2]))])
        #expect(feed(.message(.renewGrant([3]))) == [.renew([3])])
        var viewer = try Viewer.following(.host)  // over a unix socket
        #expect(try viewer.feed(.renewalDue([1, 2]), at: 1).isEmpty)
        #expect(
            try viewer.feed(.message(.renewGrant([3])), at: 1)
                == Self.refusal(.state, "this message is not for an agent"))
    }

    @Test func aDenyListOfAStrangerEndsTheSession() throws {
        var viewer = try Viewer.following(.host)  // over a unix socket
        #expect(
            try viewer.feed(.message(.denyList(Self.list(1))), at: 1)
                == Self.refusal(.state, "this connection carries no deny-list"))
        var (session, _) = Self.member(has: nil)
        #expect(
            session.handle(.denied(reason: "not signed"), writable: true, at: Samples.moment(1))
                == [.close(Failure(code: .denied, text: "not signed"))])
    }
}

extension Message {
    /// Its number on the wire.
    fileprivate var number: UInt8 { encoded()[4] }
}
