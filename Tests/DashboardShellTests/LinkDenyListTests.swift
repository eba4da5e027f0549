import Model
import Testing
import Trust
import Wire

@testable import Dashboard

/// Whom the fleet keeps out, as one link has it.
struct LinkDenyListTests {
    static let start = WallTime(nanoseconds: 1_793_491_200_000_000_000)
    let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority.create(now: Self.start) }

    func list(_ holders: CertificateHolder..., after old: DenyList? = nil) throws -> DenyList {
        try DenyList.adding(holders, to: old, by: [authority], now: Self.start)
    }

    static func lists(_ effects: [Link.Effect]) -> [DenyListText] {
        effects.sent.compactMap { if case .denyList(let list) = $0 { list } else { nil } }
    }

    static func judged(_ effects: [Link.Effect]) -> [DenyListText] {
        effects.compactMap { if case .judge(let list) = $0 { list } else { nil } }
    }

    static func untrusted(_ effects: [Link.Effect]) -> String? {
        if case .untrusted(let reason)? = effects.loss?.failure { reason } else { nil }
    }

    @Test func itIsAnnouncedAndTheNewerOneGoesWhereItIsMissing() throws {
        let first = try list(.person("bob"))
        let second = try list(.person("eve"), after: first)
        var link = LinkHarness.ready()
        #expect(Self.lists(link.feed(.received(.denyList(DenyListText(version: 0, text: []))))).isEmpty)
        #expect(Self.lists(link.feed(.denyList(first))) == [DenyListText(version: 1, text: [])])
        let asked = link.feed(.received(.denyList(DenyListText(version: 0, text: []))))
        #expect(Self.lists(asked) == [first.travelling])
        let confirmed = link.feed(.received(.denyList(DenyListText(version: 1, text: []))))
        #expect(confirmed.emitted.contains { if case .denyListVersion(1, _) = $0 { true } else { false } })
        #expect(Self.lists(confirmed).isEmpty)
        #expect(Self.judged(link.feed(.received(.denyList(second.travelling)))) == [second.travelling])
        #expect(Self.lists(link.feed(.denyList(second))) == [DenyListText(version: 2, text: [])])
        #expect(link.feed(.denyList(first)).isEmpty, "an older one changes nothing")
    }

    @Test func anAgentThatIsOnItIsLeftAtOnceAndNotDialledAsIfItCouldHelp() throws {
        var link = LinkHarness.ready()
        let effects = link.feed(.denyList(try list(.agent(LinkHarness.host))))
        #expect(effects.closes)
        #expect(Self.untrusted(effects)?.contains("were revoked at 2026-11-01 00:00 UTC") == true)
        #expect(effects.loss?.retryAt == nil)
        link.feed(.closed(.closed(reason: "")))
        link.feed(.dial)
        let again = link.feed(
            .opened(
                .agent(host: LinkHarness.host, certificate: PeerCertificate(serial: "1", issued: Self.start))))
        #expect(Self.untrusted(again) != nil)
        #expect(again.sent.isEmpty, "nothing is said to it")
        // Enrolled again, it has a certificate of later.
        link.feed(.closed(.closed(reason: "")))
        link.feed(.dial)
        let later = PeerCertificate(serial: "2", issued: WallTime(nanoseconds: Self.start.nanoseconds + 1_000_000_000))
        #expect(link.feed(.opened(.agent(host: LinkHarness.host, certificate: later))).sent.count == 1)
    }

    @Test func anAgentThatAsksForACertificateGetsItForTheNameThatItHas() {
        var link = LinkHarness.ready()
        let asked = link.feed(.received(.renewRequest([1, 2])))
        #expect(asked.contains { if case .issue([1, 2], LinkHarness.host) = $0 { true } else { false } })
        #expect(link.feed(.issued([3])).sent == [.renewGrant([3])])
        link.feed(.closed(.closed(reason: "")))
        #expect(link.feed(.issued([3])).sent.isEmpty, "it came too late")
    }

    /// A link to an agent whose certificate is over, which has said WELCOME.
    private func late() -> (LinkHarness, [Link.Effect]) {
        var link = LinkHarness()
        link.feed(.interest(.host))
        link.feed(.dial)
        let long = WallTime(nanoseconds: 0)
        let certificate = PeerCertificate(serial: "1", issued: long, expired: long)
        link.feed(.opened(.agent(host: LinkHarness.host, certificate: certificate)))
        let welcomed = link.feed(.received(.welcome(LinkHarness.welcome())))
        return (link, welcomed)
    }

    @Test func anAgentWhoseCertificateIsOverGetsANewOneAndIsBelievedNothing() {
        var (link, welcomed) = late()
        #expect(welcomed.emitted.isEmpty, "nobody is told that it is connected")
        #expect(welcomed.sent.isEmpty, "and it is asked nothing")
        #expect(link.feed(.received(.denyList(DenyListText(version: 0, text: [])))).isEmpty)
        let asked = link.feed(.received(.renewRequest([1, 2])))
        #expect(asked.contains { if case .issue([1, 2], LinkHarness.host) = $0 { true } else { false } })
        let given = link.feed(.issued([3]))
        #expect(given.sent == [.renewGrant([3])])
        #expect(given.closes)
        #expect(given.loss?.retryAt != nil, "it comes again with the new one")
    }

    @Test func anAgentWhoseCertificateIsOverAndWhoAsksForNoneIsUntrusted() {
        var (link, _) = late()
        let late = link.wait(Link.greetingLimit)
        #expect(Self.untrusted(late)?.hasPrefix("The certificate expired ") == true)
        var (other, _) = self.late()
        let snapshot = other.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        #expect(snapshot.closes, "what it says otherwise has no place there")
    }

    @Test func whatIsNoListEndsTheConnection() {
        var link = LinkHarness.ready()
        let effects = link.feed(.denyListRefused(reason: "not signed"))
        #expect(effects.farewell == Failure(code: .protocolViolation, text: "not signed"))
    }

    @Test func anAgentOfThisMachineIsToldNothing() throws {
        var link = LinkHarness(expecting: nil)
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let welcomed = link.feed(.received(.welcome(LinkHarness.welcome())))
        #expect(Self.lists(welcomed).isEmpty)
        #expect(Self.lists(link.feed(.denyList(try list(.person("bob"))))).isEmpty)
        #expect(link.feed(.received(.denyList(DenyListText(version: 9, text: [])))).farewell?.code == .state)
    }

    @Test func whoeverRevokesKnowsWhichHostsWereTold() {
        var spread = DenyListSpread(version: 2, hosts: 3)
        spread.handle(.denyListVersion(1, issuer: []), from: 0)
        spread.handle(.denyListVersion(2, issuer: []), from: 1)
        spread.handle(.lost(.silent, retryAt: nil), from: 1)
        spread.handle(.lost(.unreachable(reason: "connection refused"), retryAt: nil), from: 2)
        #expect(!spread.isComplete)
        #expect(spread.outcomes[0] == .waiting && spread.outcomes[1] == .told)
        #expect(spread.outcomes[2].text.contains("connection refused"))
        spread.handle(.denyListVersion(3, issuer: []), from: 0)
        #expect(spread.isComplete)
    }
}
