import Model
import Testing

@testable import Trust

/// A fleet comes to another CA: two count, the other issues, one counts.
struct RotationTests: TwoMembers {
    let fleet: Fleet
    let directory: TemporaryDirectory

    init() throws {
        fleet = try Fleet()
        directory = try TemporaryDirectory()
    }

    private func tell(_ agent: Membership, _ list: DenyList) throws {
        #expect(try agent.accept(list.travelling))
        try agent.keep()
    }

    private func renew(_ agent: Membership, by keeper: Membership, now: WallTime) async throws {
        let request = try #require(try agent.renewalRequest(now: now))
        let leaf = try #require(try keeper.issue(csrDER: request, host: host, now: now))
        _ = try await agent.renew(with: leaf, now: now)
    }

    /// As each sees the other when a connection is opened.
    private func meet(_ agent: Membership, _ person: Membership, now: WallTime) async throws {
        let (ours, theirs) = (person.identity, agent.identity)
        let host = try await PeerVerifier(authorities: ours.authorities, fleet: ours.fleet)
            .verify(chain: [theirs.leaf], expecting: .agent(host), wall: now).get()
        if let revocation = person.denyList?.revocation(of: host) { throw revocation }
        let caller = try await PeerVerifier(authorities: theirs.authorities, fleet: theirs.fleet)
            .verify(chain: [ours.leaf], expecting: .person, wall: now).get()
        if let revocation = agent.denyList?.revocation(of: caller) { throw revocation }
    }

    @Test func thenEverybodyHasCertificatesOfTheOther() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        let now = later(days(1))
        let second = try keeper.rotateAuthority(now: now)
        #expect(keeper.identity.authorities == second.authorities && second.authorities.count == 2)
        #expect(second.authorities[0] == fleet.authority.certificate)
        try await meet(agent, keeper, now: now)
        #expect(try agent.renewalRequest(now: now) == nil, "nothing else changes")
        try tell(agent, second)
        #expect(try agent.renewalRequest(now: now) == nil)

        let switched = try keeper.switchAuthority(now: now)
        #expect(switched.authorities == second.authorities.reversed())
        try await meet(agent, keeper, now: now)
        try tell(agent, switched)
        try await renew(agent, by: keeper, now: now)
        #expect(agent.identity.isOfIssuer)
        #expect(try agent.renewalRequest(now: now) == nil)
        try await meet(agent, keeper, now: now)

        let retired = try keeper.retireAuthority(now: now)
        #expect(retired.authorities == [switched.authorities[0]])
        #expect(keeper.identity.isOfIssuer, "with a new certificate of one's own")
        try await meet(agent, keeper, now: now)
        try tell(agent, retired)
        try await meet(agent, keeper, now: now)
        // All of it is what the next start has.
        for store in [store, operators] {
            let member = try #require(try Membership(of: store))
            #expect(member.identity.authorities == retired.authorities)
            #expect(member.denyList == retired)
        }
        #expect(try operators.loadAuthorities().map(\.certificate) == retired.authorities)
        #expect(try operators.loadAuthority()?.certificate == retired.authorities[0])
        // And once more.
        let third = try keeper.rotateAuthority(now: now)
        try tell(agent, third)
        #expect(agent.identity.authorities.count == 2)
    }

    @Test func whoStillHasACertificateOfTheFirstIsRefusedWhenItIsRetired() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        let now = later(days(1))
        let bob = try fleet.authority.identity(forPerson: "bob", role: .viewer, key: SigningKey(), now: now)
        let verifier = try PeerVerifier(authorities: [fleet.authority.certificate], fleet: fleet.authority.fleet)
        let open = try await verifier.verify(chain: [bob.leaf], expecting: .person, wall: now).get()
        for step in [keeper.rotateAuthority, keeper.switchAuthority] {
            let list = try step(now)
            try tell(agent, list)
            #expect(list.revocation(of: open) == nil)
        }
        try await renew(agent, by: keeper, now: now)
        let retired = try keeper.retireAuthority(now: now)
        try tell(agent, retired)
        #expect(agent.denyList?.revocation(of: open) == .authorityRetired, "of a connection that is open")
        let theirs = agent.identity
        let again = try await PeerVerifier(authorities: theirs.authorities, fleet: theirs.fleet)
            .verify(chain: [bob.leaf], expecting: .person, wall: now)
        #expect(again == .failure(.unknownAuthority))
        #expect(retired.revocation(of: .local(uid: 0, pid: 1)) == nil)
    }

    @Test func whoseOwnCertificateWouldNotCountDoesNotTakeIt() throws {
        let (agent, keeper) = (try agent(), try keeper())
        let now = later(days(1))
        try tell(agent, try keeper.rotateAuthority(now: now))
        _ = try keeper.switchAuthority(now: now)
        let retired = try keeper.retireAuthority(now: now)
        #expect(
            throws: TrustError.denyListRefused(
                name: "the deny-list that was sent",
                reason: "the CA of this side's own certificate is not in it; a new certificate is needed first")
        ) { try agent.accept(retired.travelling) }
        #expect(agent.identity.authorities.count == 2)
        #expect(try Membership(of: store)?.identity.leaf == agent.identity.leaf)
    }

    @Test func whoMissedAStepTakesThemTogetherAndBelievesWhatTheFirstSigned() async throws {
        let (agent, keeper) = (try agent(), try keeper())
        let now = later(days(1))
        _ = try keeper.rotateAuthority(now: now)
        let switched = try keeper.switchAuthority(now: now)
        let revoking = try keeper.revoke([.person("eve")], by: try operators.loadAuthorities(), now: now)
        #expect(revoking.authorities == switched.authorities)
        try await meet(agent, keeper, now: now)
        try tell(agent, revoking)
        try await renew(agent, by: keeper, now: now)
        // A host that enrols now trusts the CA that issues, and with the list the other, too.
        let key = SigningKey()
        let granted = try keeper.grant(csrDER: try key.signingRequest(), host: HostID(high: 1, low: 2), now: now)
        let grant = try EnrolmentGrant(
            checking: granted, key: key.spkiHash, host: HostID(high: 1, low: 2), wall: now)
        #expect(grant.authorities == switched.authorities)
        #expect(grant.denyList == revoking)
        let listed = try keeper.revoke(
            [.agent(HostID(high: 1, low: 2))], by: try operators.loadAuthorities(), now: now)
        let stale = GrantedCertificate(
            leaf: granted.leaf, authority: granted.authority, denyList: listed.travelling.text)
        #expect(throws: TrustError.revoked(.agent(HostID(high: 1, low: 2)), now)) {
            try EnrolmentGrant(checking: stale, key: key.spkiHash, host: HostID(high: 1, low: 2), wall: now)
        }
    }

    @Test func aPersonWhoIsGrantedANewCertificateLearnsOfTheSecondCA() throws {
        let keeper = try keeper()
        let now = later(days(1))
        let bob = try fleet.authority.identity(forPerson: "bob", role: .viewer, key: SigningKey(), now: now)
        let list = try keeper.rotateAuthority(now: now)
        _ = try keeper.switchAuthority(now: now)
        let key = SigningKey()
        let leaf = try #require(try operators.loadAuthority()).issuePerson(
            csrDER: try key.signingRequest(), name: "bob", role: .viewer, now: now)
        let bare = PersonGrant(leaf: leaf, authorities: keeper.identity.authorities, hosts: HostBook())
        #expect(throws: TrustError.unknownAuthority) { try bare.identity(for: key, after: bob, now: now) }
        let text = try PersonGrant(
            leaf: leaf, authorities: keeper.identity.authorities, denyList: list.travelling.text, hosts: HostBook()
        ).pem()
        let grant = try PersonGrant(pem: Array(text.utf8), name: "grant.pem")
        #expect(try grant.identity(for: key, after: bob, now: now).authorities == keeper.identity.authorities)
        #expect(try grant.denyList(for: bob.authorities) == list)
    }

    @Test func aStepOutOfPlaceIsRefused() throws {
        let keeper = try keeper()
        let now = later(days(1))
        func reason(_ step: (WallTime) throws(TrustError) -> DenyList) -> String? {
            do throws(TrustError) { _ = try step(now) } catch { return error.sentence }
            return nil
        }
        #expect(
            reason(keeper.switchAuthority)
                == "The fleet has one CA: there is none to switch to. 'looptop ca' shows where the fleet is.")
        #expect(
            reason(keeper.retireAuthority)
                == "The fleet has one CA: there is none to retire. 'looptop ca' shows where the fleet is.")
        _ = try keeper.rotateAuthority(now: now)
        #expect(
            reason(keeper.rotateAuthority)
                == "The fleet is changing its CA already. 'looptop ca' shows where the fleet is.")
        #expect(
            reason(keeper.retireAuthority)
                == "The second CA does not issue yet: 'looptop ca switch' comes first, and 'looptop ca rotate --give-up' "
                + "gives it up. 'looptop ca' shows where the fleet is.")
        #expect(try keeper.giveUpAuthority(now: now).authorities == [fleet.authority.certificate])
        #expect(try operators.loadAuthorities().map(\.certificate) == [fleet.authority.certificate])
        #expect(
            reason(keeper.giveUpAuthority)
                == "The fleet has one CA: there is none to give up. 'looptop ca' shows where the fleet is.")
        // Said again it must not go back to the first.
        _ = try keeper.rotateAuthority(now: now)
        let switched = try keeper.switchAuthority(now: now)
        #expect(
            reason(keeper.switchAuthority)
                == "The second CA issues already. 'looptop ca' shows where the fleet is.")
        #expect(
            reason(keeper.giveUpAuthority)
                == "The second CA issues already, and is not given up any more. 'looptop ca' shows where the fleet is.")
        #expect(try Membership(of: operators)?.authorityStage() == .switched)
        #expect(try keeper.retireAuthority(now: now).authorities == [switched.authorities[0]])
        #expect(try Membership(of: operators)?.authorityStage() == .steady)
    }

    @Test func aCutBetweenTheListAndTheCAsOfItIsMadeGoodByTheNextStart() throws {
        let (agent, keeper) = (try agent(), try keeper())
        let list = try keeper.rotateAuthority(now: later(days(1)))
        try StateFile("deny-list", in: store.directory).write(list.travelling.text)
        #expect(try store.loadCertificates().count == 1)
        #expect(try Membership(of: store)?.identity.authorities == list.authorities)
        #expect(agent.identity.authorities.count == 1)
    }

    @Test func nothingButACAOfTheFleetIsTaken() throws {
        let keeper = try keeper()
        let stranger = try CertificateAuthority.create(now: start)
        for (authorities, reason) in [
            ([stranger.certificate], "a CA in it cannot be read"),
            (Array(repeating: fleet.authority.certificate, count: 5), "a CA in it cannot be read"),
        ] {
            let list = try DenyList.adding([], to: nil, counting: authorities, by: [fleet.authority], now: start)
            #expect(
                throws: TrustError.denyListRefused(name: "the deny-list that was sent", reason: reason)
            ) { try keeper.accept(list.travelling) }
        }
        let leaf = try DenyList.adding(
            [], to: nil, counting: [try fleet.agentLeaf()], by: [fleet.authority], now: start)
        #expect(throws: TrustError.self) { try keeper.accept(leaf.travelling) }
        #expect(keeper.denyList == nil)
    }
}
