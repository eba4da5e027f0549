import Model
import Testing
import Wire

@testable import Dashboard

@Suite struct LinkTests {
    @Test func dialsWhenAskedAndSaysWhichTryItIs() {
        var link = LinkHarness()
        let effects = link.feed(.dial)
        #expect(effects.dials)
        #expect(effects.attempts == [1])
        #expect(link.link.state == .connecting)
        #expect(link.feed(.dial).isEmpty, "one dial at a time")
    }

    @Test func saysHelloWhenTheTransportIsUp() {
        var link = LinkHarness()
        link.feed(.dial)
        let effects = link.feed(
            .opened(
                .agent(
                    host: LinkHarness.host, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))
            ))
        let hello = Hello(
            role: .dashboard, host: nil, runID: LinkHarness.run, wall: link.wall, monotonic: link.now)
        #expect(effects.sent == [.hello(hello)])
        #expect(effects.emitted.isEmpty, "not connected before WELCOME")
        #expect(effects.armed == link.now + .seconds(10))
    }

    @Test func isConnectedByWelcomeAloneAndSubscribesThen() throws {
        var link = LinkHarness()
        link.feed(.interest(.groups))
        link.feed(.dial)
        link.feed(.opened(.local(uid: 1000, pid: 7)))
        let effects = link.feed(.received(.welcome(LinkHarness.welcome())))
        guard case .connected(let info, let role)? = effects.emitted.first else {
            Issue.record("no connected: \(effects)")
            return
        }
        #expect(info.name == "web-1")
        #expect(role == .operator)
        #expect(effects.sent.first == .subscribe(Subscription(id: 1, interest: .groups, interval: .seconds(1))))
        #expect(effects.sent.count == 2, "and a ping, to know the clocks")
        let establish = try #require(effects.firstIndex { if case .establish = $0 { true } else { false } })
        let send = try #require(effects.firstIndex { if case .send = $0 { true } else { false } })
        #expect(establish < send, "large messages may only follow")
    }

    @Test func aReadOnlyAgentMakesEverybodyAViewer() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let effects = link.feed(.received(.welcome(LinkHarness.welcome(role: .admin, readOnly: true))))
        guard case .connected(_, let role)? = effects.emitted.first else {
            Issue.record("no connected: \(effects)")
            return
        }
        #expect(role == .viewer)
    }

    @Test func refusesAnotherHostThanTheEnrolledOne() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let other = HostID(high: 0, low: 9)
        let effects = link.feed(.received(.welcome(LinkHarness.welcome(host: other))))
        #expect(effects.closes)
        #expect(effects.sent.isEmpty)
        let reason = "host \(other.hex) answered where \(LinkHarness.host.hex) was enrolled"
        #expect(effects.loss?.failure == .untrusted(reason: reason))
        #expect(effects.loss?.retryAt == nil)
    }

    @Test func refusesAHostThatItsCertificateDoesNotName() {
        var link = LinkHarness(expecting: nil)
        link.feed(.dial)
        let certified = HostID(high: 0, low: 9)
        link.feed(
            .opened(
                .agent(
                    host: certified, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))))
        let effects = link.feed(.received(.welcome(LinkHarness.welcome())))
        let reason = "it says it is host \(LinkHarness.host.hex), its certificate says \(certified.hex)"
        #expect(effects.loss?.failure == .untrusted(reason: reason))
    }

    @Test func refusesAPersonWhereAnAgentShouldBe() {
        var link = LinkHarness()
        link.feed(.dial)
        let effects = link.feed(
            .opened(
                .person(
                    name: "eve", role: .admin,
                    certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))))
        #expect(effects.closes)
        #expect(effects.loss?.failure == .untrusted(reason: "the other side is user eve, not an agent"))
        #expect(effects.sent.isEmpty, "nothing is told to whom it does not concern")
    }

    @Test func aHelloWithoutACommonVersionNamesBothRanges() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let hello = Hello(
            versions: 8...9, role: .agent, host: LinkHarness.host, runID: LinkHarness.agentRun, wall: link.wall,
            monotonic: link.now)
        let effects = link.feed(.received(.hello(hello)))
        #expect(effects.loss?.failure == .version(theirs: 8...9, ours: ProtocolVersion.supported))
        #expect(effects.farewell == Failure(code: .version, text: "dashboard speaks 3 to 3"))
    }

    @Test func aWelcomeInAForeignVersionIsRefused() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let effects = link.feed(.received(.welcome(LinkHarness.welcome(version: 9))))
        #expect(effects.loss?.failure == .version(theirs: 9...9, ours: ProtocolVersion.supported))
    }

    @Test func nothingButAGreetingMayComeBeforeWelcome() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let effects = link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        let text = "a message before WELCOME that does not belong there"
        #expect(effects.farewell == Failure(code: .state, text: text))
        #expect(effects.snapshots.isEmpty)
    }

    @Test func givesUpWithoutWelcomeAfterTenSeconds() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        #expect(link.wait(.milliseconds(9_999)).loss == nil)
        let effects = link.wait(.milliseconds(1))
        #expect(effects.loss?.failure == .silent)
        #expect(effects.closes)
    }

    @Test func aDenialIsPermanentAndTriedAgainQuietlyAfterFiveMinutes() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let effects = link.feed(.received(.failure(Failure(code: .denied, text: "unknown user"))))
        #expect(effects.loss?.failure == .authentication(reason: "unknown user"))
        #expect(effects.loss?.retryAt == nil)
        link.feed(.closed(.closed(reason: "")))
        #expect(!link.wait(.seconds(299)).dials)
        let retry = link.wait(.seconds(1))
        #expect(retry.dials)
        #expect(retry.attempts.isEmpty, "the reason stays on the screen")
    }

    @Test func aRefusedCertificateAfterTheHandshakeIsPermanentToo() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(
            .opened(
                .agent(
                    host: LinkHarness.host, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))
            ))
        let effects = link.feed(.closed(.authentication(reason: "unknown CA")))
        #expect(effects.loss?.retryAt == nil)
        #expect(!effects.closes, "it is closed already")
    }

    @Test func askingForAReconnectLiftsNotRetried() {
        var link = LinkHarness()
        link.feed(.dial)
        link.feed(.closed(.untrusted(reason: "expired")))
        let effects = link.feed(.dial)
        #expect(effects.dials)
        #expect(effects.attempts == [2])
    }

    @Test func neverDialsWhileTheOldConnectionIsStillGoingDown() {
        var link = LinkHarness.ready()
        let outOfPlace = link.feed(.received(.welcome(LinkHarness.welcome())))
        #expect(outOfPlace.farewell == Failure(code: .state, text: "a message that an agent does not send"))
        guard case .closing = link.link.state else {
            Issue.record("not closing: \(link.link.state)")
            return
        }
        #expect(!link.feed(.dial).dials)
        let closed = link.feed(.closed(.closed(reason: "")))
        #expect(closed.loss == nil, "said once")
        #expect(closed.armed == link.now, "and then at once, as asked")
        #expect(link.feed(.timer).dials)
    }

    @Test func lateMessagesOfAConnectionGivenUpAreDropped() {
        var link = LinkHarness.ready()
        link.feed(.received(.welcome(LinkHarness.welcome())))
        #expect(link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1)))).isEmpty)
    }

    @Test func anAnnouncedEndKeepsItsReason() {
        var link = LinkHarness.ready()
        let announced = link.feed(.received(.drain(reason: "upgrade")))
        guard case .draining(let reason)? = announced.emitted.first else {
            Issue.record("no draining: \(announced)")
            return
        }
        #expect(reason == "upgrade")
        #expect(link.feed(.closed(.closed(reason: ""))).loss?.failure == .closed(reason: "upgrade"))
    }
}
