import Model
import TestSupport
import Testing

@testable import Trust

/// Whose certificates count no more.
struct DenyListTests {
    let fleet: Fleet
    let directory: TemporaryDirectory
    var store: IdentityStore { IdentityStore(directory: directory.path + "/state") }

    init() throws {
        fleet = try Fleet()
        directory = try TemporaryDirectory()
    }

    func list(_ holders: CertificateHolder..., after old: DenyList? = nil, now: WallTime = start) throws -> DenyList {
        try DenyList.adding(holders, to: old, by: [fleet.authority], now: now)
    }

    func read(_ text: [UInt8], of authorities: [[UInt8]]? = nil) throws -> DenyList {
        try DenyList(text: text, authorities: authorities ?? [fleet.authority.certificate], name: "deny-list")
    }

    func peer(_ der: [UInt8], _ expectation: PeerVerifier.Expectation) async throws -> Peer {
        try await fleet.verifier.verify(chain: [der], expecting: expectation, wall: later(days(1))).get()
    }

    @Test func whatWasIssuedUntilThenIsRefusedAndWhatComesLaterCounts() async throws {
        let ada = try await peer(try fleet.person().leaf, .person)
        let agent = try await peer(try fleet.agentLeaf(), .agent(host))
        let list = try list(.person("ada"), .agent(host), now: later(.milliseconds(300)))
        #expect(list.revocation(of: ada) == .revoked(.person("ada"), start))
        #expect(list.revocation(of: agent) == .revoked(.agent(host), start))
        #expect(list.revocation(of: .local(uid: 0, pid: 1)) == nil)
        #expect(try self.list(.person("bob")).revocation(of: ada) == nil)
        // Times of certificates have whole seconds: within this one a new certificate would not count.
        let known: DenyList? = list
        let moment = known.issuable(to: .person("ada"), now: later(.milliseconds(400)))
        #expect(moment == later(.seconds(1)))
        #expect(known.issuable(to: .person("bob"), now: start) == start)
        #expect(list.revocation(of: try await peer(try fleet.person(now: moment).leaf, .person)) == nil)
    }

    @Test func sentencesFitIntoAFailureAndSayWhatToDo() {
        #expect(
            TrustError.revoked(.person("ada"), start).sentence
                == "The certificates of user ada were revoked at 2026-11-01 00:00 UTC. "
                + "Whoever holds the fleet's CA key can grant a new one (looptop grant).")
        #expect(
            TrustError.revoked(.agent(host), start).sentence
                == "The certificates of agent \(host.hex) were revoked at 2026-11-01 00:00 UTC. "
                + "Enrol the host again (looptop-agent init --reset) if it is to be trusted.")
        let longest = String(repeating: "x", count: 64)
        #expect(TrustError.revoked(.person(longest), start).sentence.utf8.count <= 256)
    }

    @Test func itIsReadAsItWasWritten() throws {
        let first = try list(.person("ada"), .agent(host))
        let second = try list(.person("bob"), after: first, now: later(.seconds(9)))
        for list in [first, second] {
            #expect(try read(list.travelling.text) == list)
            #expect(list.travelling.version == list.version)
        }
        #expect(second.version == 2)
        #expect(second.entries == [.person("ada"): start, .agent(host): start, .person("bob"): later(.seconds(9))])
        let lines = String(decoding: second.travelling.text, as: UTF8.self).split(separator: "\n")
        #expect(
            lines.dropLast().joined(separator: "|").hasPrefix("looptop deny-list 1|fleet \(fleet.authority.fleet)|"))
        #expect(lines[3] == "agent/\(host.hex) 1793491200")
    }

    @Test func nothingThatWasChangedCounts() throws {
        let text = try list(.person("ada"), .agent(host)).travelling.text
        for index in text.indices {
            var changed = text
            changed[index] ^= 1
            #expect(throws: TrustError.self) { try read(changed) }
            #expect(throws: TrustError.self) { try read(Array(text[..<index])) }
        }
        let other = try Fleet()
        #expect(
            throws: TrustError.denyListRefused(name: "deny-list", reason: "the fleet's CA has not signed it")
        ) { try read(text, of: [other.authority.certificate]) }
        #expect(try read(text, of: [other.authority.certificate, fleet.authority.certificate]).version == 1)
    }

    @Test func whoseCertificatesHaveExpiredIsLeftOut() throws {
        let first = try list(.person("ada"))
        let second = try list(.person("bob"), after: first, now: later(days(90)))
        #expect(second.entries.keys.map(\.label).sorted() == ["user/ada", "user/bob"])
        #expect(try list(.person("eve"), after: second, now: later(days(122))).entries[.person("ada")] == nil)
    }

    @Test func itHasABound() throws {
        let many = (0..<DenyList.maximumEntries).map {
            CertificateHolder.person("\($0)" + String(repeating: "x", count: 60))
        }
        let full = try DenyList.adding(many, to: nil, by: [fleet.authority], now: start)
        #expect(try read(full.travelling.text) == full)
        #expect(throws: TrustError.denyListFull(limit: 400)) { try list(.person("one"), after: full) }
    }

    @Test(arguments: ["user/ada", "agent/0123456789abcdeffedcba9876543210"])
    func aHolderHasOneSpelling(_ label: String) { #expect(CertificateHolder(label: label)?.label == label) }

    @Test(arguments: ["", "ada", "user/", "user/Ada", "user/a b", "agent/", "agent/01", "rule/web", "user/ada/admin"])
    func whatIsNoHolder(_ label: String) { #expect(CertificateHolder(label: label) == nil) }

    // MARK: a member

    func member() throws -> Membership {
        try store.save(try fleet.person())
        return try #require(try Membership(of: store))
    }

    @Test func aMemberTakesWhatIsNewerAndSigned() throws {
        let member = try member()
        #expect(member.denyList == nil)
        let first = try list(.person("bob"))
        let second = try list(.person("eve"), after: first)
        #expect(try member.accept(second.travelling))
        #expect(try !member.accept(first.travelling))
        #expect(try !member.accept(second.travelling))
        #expect(member.denyList == second)
        var forged = second.travelling
        forged.version = 3
        let sent = "the deny-list that was sent"
        #expect(
            throws: TrustError.denyListRefused(name: sent, reason: "it has another version than was said")
        ) { try member.accept(forged) }
        let foreign = try DenyList.adding([.person("ada")], to: second, by: [try Fleet().authority], now: start)
        #expect(throws: TrustError.self) { try member.accept(foreign.travelling) }
        #expect(member.denyList == second)
    }

    @Test func whatIsKeptIsThereAgainAndNeverOlder() throws {
        let (one, other) = (try member(), try #require(try Membership(of: store)))
        let first = try list(.person("bob"))
        let second = try list(.person("eve"), after: first)
        #expect(try one.accept(second.travelling))
        #expect(try other.accept(first.travelling))
        try one.keep()
        try other.keep()
        #expect(try Membership(of: store)?.denyList == second)
    }

    @Test func aDamagedFileIsAnErrorAndNotNobody() throws {
        let member = try member()
        _ = try member.revoke([.person("bob")], by: [fleet.authority], now: start)
        let file = StateFile("deny-list", in: store.directory)
        var text = try #require(try file.read())
        text[text.count / 2] ^= 1
        try file.write(text)
        #expect(throws: TrustError.self) { try Membership(of: store) }
        do throws(TrustError) { _ = try Membership(of: store) } catch {
            #expect(error.sentence.contains("\(store.directory)/deny-list cannot be used"))
        }
    }
}
