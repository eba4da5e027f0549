import Model
import Testing

@testable import Trust

/// New certificates in time, for the same name.
struct RenewalTests: TwoMembers {
    let fleet: Fleet
    let directory: TemporaryDirectory

    init() throws {
        fleet = try Fleet()
        directory = try TemporaryDirectory()
    }

    @Test func anAgentAsksAfterAThirdOfItsLifeAndIsGivenWhatLastsLonger() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        #expect(try agent.renewalRequest(now: later(days(29))) == nil)
        let request = try #require(try agent.renewalRequest(now: later(days(31))))
        let leaf = try #require(try keeper.issue(csrDER: request, host: host, now: later(days(31))))
        #expect(try await agent.renew(with: leaf, now: later(days(31))) == later(days(121)))
        #expect(agent.certificateEnd == later(days(121)))
        #expect(try agent.renewalRequest(now: later(days(31))) == nil)
        // It is what the next start has, and what the next connection shows.
        #expect(try Membership(of: store)?.identity.leaf == leaf)
        #expect(agent.identity.leaf == leaf)
    }

    @Test func anAgentIsLateForThirtyDaysWhereTheAuthorityIs() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        #expect(keeper.holdsAuthority)
        #expect(!agent.holdsAuthority)
        let verifier = try PeerVerifier(
            authorities: [fleet.authority.certificate], fleet: fleet.authority.fleet, grace: Membership.grace)
        let leaf = agent.identity.leaf
        let end = agent.certificateEnd
        for (day, isTaken) in [(90, true), (91, true), (120, true), (121, false)] {
            let peer = await verifier.verify(chain: [leaf], expecting: .agent(host), wall: later(days(day)))
            switch peer {
            case .success(let peer):
                #expect(isTaken, "day \(day)")
                #expect(peer.certificate?.expired == (day > 90 ? end : nil), "day \(day)")
            case .failure: #expect(!isTaken, "day \(day)")
            }
        }
        let person = try fleet.person()
        let late = await verifier.verify(chain: [person.leaf], expecting: .person, wall: later(days(31)))
        #expect(late == .failure(.expired(notAfter: later(days(30)), now: later(days(31)))))
        let request = try #require(try agent.renewalRequest(now: later(days(119))))
        let new = try #require(try keeper.issue(csrDER: request, host: host, now: later(days(119))))
        #expect(try await agent.renew(with: new, now: later(days(119))) == later(days(209)))
    }

    @Test func nothingIsTakenThatIsNotForThisNameKeyAndCA() async throws {
        let agent = try agent()
        let now = later(days(40))
        let request = try #require(try agent.renewalRequest(now: now))
        let other = HostID(high: 1, low: 2)
        let strangers = [
            try fleet.authority.issueAgent(csrDER: request, host: other, now: now): "another host",
            try fleet.authority.issueAgent(csrDER: try SigningKey().signingRequest(), host: host, now: now):
                "another key",
            try CertificateAuthority.create(now: start).issueAgent(csrDER: request, host: host, now: now): "another CA",
            try fleet.person(now: now).leaf: "a person", [1, 2, 3]: "nothing",
        ]
        for (leaf, what) in strangers {
            await #expect(throws: TrustError.self, "\(what)") { try await agent.renew(with: leaf, now: now) }
        }
        #expect(agent.certificateEnd == later(days(90)))
        await #expect(throws: TrustError.noRenewal(until: later(days(90)))) {
            try await agent.renew(with: agent.identity.leaf, now: now)
        }
    }

    @Test func whoIsRevokedIsNotRenewed() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        let now = later(days(40))
        let request = try #require(try agent.renewalRequest(now: now))
        let leaf = try fleet.authority.issueAgent(csrDER: request, host: host, now: now)
        let list = try keeper.revoke([.agent(host)], by: [fleet.authority], now: now)
        #expect(try agent.accept(list.travelling))
        await #expect(throws: TrustError.revoked(.agent(host), now)) { try await agent.renew(with: leaf, now: now) }
    }

    @Test func aPersonIsRenewedWhereTheCAKeyIs() throws {
        let keeper = try keeper()
        let key = keeper.identity.privateKeyPEM
        #expect(try keeper.renewOwn(now: later(days(9))) == nil)
        #expect(try keeper.renewOwn(now: later(days(11))) == later(days(41)))
        #expect(keeper.identity.name == .person(name: "ada", role: .admin))
        #expect(keeper.identity.privateKeyPEM != key, "a new key, too")
        #expect(try Membership(of: operators)?.certificateEnd == later(days(41)))
        #expect(try keeper.renewOwn(now: later(days(11))) == nil)
        #expect(try keeper.renewOwn(asked: true, now: later(days(12))) == later(days(42)))
    }

    @Test func elsewhereNobodyIsRenewedOrIssuedAnything() throws {
        try operators.save(try fleet.person())
        let member = try #require(try Membership(of: operators))
        #expect(try member.renewOwn(asked: true, now: later(days(29))) == nil)
        let request = try fleet.agentKey.signingRequest()
        #expect(try member.issue(csrDER: request, host: host, now: start) == nil)
    }
}
