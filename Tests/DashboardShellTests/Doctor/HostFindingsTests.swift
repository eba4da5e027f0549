import Model
import Testing
import Transport
import Wire

@testable import Dashboard

@Suite struct HostFindingsTests {
    private static let now = SampleFleet.start
    private static let wall = SampleFleet.wall

    private static func host(_ events: [LinkEvent], address: HostPlace = "web-1:7433") -> FleetHost {
        var fleet = Fleet(places: [address])
        for event in events { fleet.handle(event, from: 0, now: now, wall: wall) }
        return fleet.hosts[0]
    }

    private static func findings(
        _ events: [LinkEvent], lookup: NameLookup.Outcome? = .found(["192.0.2.7"]),
        id: HostID? = HostID(high: 0, low: 1)
    ) -> [String] {
        let endpoint = Endpoint.tls(SocketName(host: "web-1", port: 7433), host: id)
        return HostFindings(host: host(events), endpoint: endpoint, lookup: lookup, limit: .seconds(5)).all.map {
            "\($0.verdict.rawValue) \($0.check.dropFirst(5)): \($0.text)"
        }
    }

    private static func snapshot(_ limitations: Limitations = []) -> LinkEvent {
        var snapshot = SampleFleet.snapshot(1)
        snapshot.limitations = limitations
        return .snapshot(snapshot)
    }

    private static let connected = LinkEvent.connected(SampleFleet.web, role: .operator)

    @Test func aHostThatIsWellIsWellInEveryStep() {
        let told = Self.findings([
            .connecting(attempt: 1), Self.connected, Self.snapshot(),
            .measured(roundTrip: .microseconds(800), clockOffset: .milliseconds(-3)),
        ])
        #expect(
            told == [
                "ok name: web-1 resolves to 192.0.2.7.", "ok tcp: TCP connects.",
                "ok tls: TLS 1.3 is agreed on, and its certificate is that of the host that was enrolled.",
                "ok version: It calls itself web-1, and runs agent 0.1.0 on Linux 6.1.0-18-amd64 x86_64; this is looptop "
                    + "0.1.0, and both speak protocol \(ProtocolVersion.supported.upperBound).",
                "ok role: Your role there is operator, within what the host's policy allows.",
                "ok clock: Its clock and this one agree within 3.0ms; a round trip takes 0.8ms.",
                "ok limits: The agent may read all that it needs.",
            ])
    }

    @Test func whatTheAgentMayNotReadIsAWarningEach() {
        let told = Self.findings([
            Self.connected, Self.snapshot([.ioDenied, .noPidfd]),
            .measured(roundTrip: .zero, clockOffset: .seconds(200)),
        ])
        #expect(told.filter { $0.hasPrefix("warn limits") }.count == 2)
        #expect(told.contains { $0.hasPrefix("warn clock: Its clock is 3m20s ahead of this one") })
    }

    @Test func aHostThatSendsNoSampleIsAWarning() {
        let told = Self.findings([Self.connected])
        #expect(told.contains("warn sample: No sample came from it within 5 s."))
        #expect(told.contains { $0.hasPrefix("warn clock: Its clock is not known") })
    }

    /// How far it came is said, and what failed; nothing behind that.
    @Test(arguments: [
        (LinkFailure.unreachable(reason: "connection refused"), ["ok name", "fail tcp"]),
        (.unreachable(reason: "timed out after 4 s"), ["ok name", "fail tcp"]),
        (.authentication(reason: LinkShell.noCertificate), ["ok name", "fail tls"]),
        (.authentication(reason: "the agent refused our certificate"), ["ok name", "ok tcp", "fail tls"]),
        (.untrusted(reason: "another host"), ["ok name", "ok tcp", "fail tls"]),
        (.closed(reason: "the agent does not speak TLS"), ["ok name", "ok tcp", "fail tls"]),
        (.silent, ["ok name", "ok tcp", "fail tls"]),
        (.protocolError(reason: "x"), ["ok name", "ok tcp", "fail tls"]),
        (.version(theirs: 7...9, ours: 1...1), ["ok name", "ok tcp", "fail version"]),
    ])
    func aFailureIsToldWhereItIs(_ failure: LinkFailure, _ expected: [String]) {
        let told = Self.findings([.connecting(attempt: 1), .lost(failure, retryAt: nil)])
        #expect(told.map { String($0.prefix { $0 != ":" }) } == expected)
    }

    @Test func silenceAfterTheConnectionIsNoTrouble() {
        let told = Self.findings([.connecting(attempt: 1)])
        #expect(told.last == "fail tls: It connects, but then nothing comes within 5 s.")
    }

    @Test func aNameThatIsNotKnownEndsTheWay() {
        #expect(
            Self.findings([.lost(.unreachable(reason: "no such host"), retryAt: nil)], lookup: .failed("Name unknown"))
                == ["fail name: web-1 cannot be resolved: Name unknown."])
        #expect(
            Self.findings([.connecting(attempt: 1)], lookup: nil) == ["fail name: web-1 was not resolved within 5 s."])
        #expect(Self.findings([Self.connected], lookup: nil).first == "ok tcp: TCP connects.")
    }

    @Test func everyFailureSaysWhatToDo() {
        let failures: [LinkFailure] = [
            .unreachable(reason: ""), .authentication(reason: ""), .untrusted(reason: ""), .closed(reason: ""), .silent,
            .protocolError(reason: ""), .version(theirs: 0...0, ours: 1...1),
        ]
        let endpoints: [Endpoint] = [.unix(path: "/run/x"), .ssh(alias: "a"), .tls(SocketName(host: "a"), host: nil)]
        for failure in failures {
            for endpoint in endpoints {
                let host = Self.host([.lost(failure, retryAt: nil)])
                let all = HostFindings(host: host, endpoint: endpoint, lookup: .address, limit: .seconds(1)).all
                #expect(all.contains { $0.verdict == .fail })
                #expect(all.allSatisfy { $0.verdict == .ok || $0.advice != nil })
                #expect(all.allSatisfy { $0.host == "web-1:7433" && $0.text.hasSuffix(".") })
            }
        }
    }

    @Test func aSocketOfThisMachineHasNoNameAndNoNetwork() {
        let host = Self.host([Self.connected, Self.snapshot()], address: "unix:/run/a.sock")
        let all = HostFindings(
            host: host, endpoint: .unix(path: "/run/a.sock"), lookup: nil, limit: .seconds(1), twin: "web-1"
        ).all.map(\.check)
        #expect(all == ["host.socket", "host.version", "host.twin", "host.role", "host.clock", "host.limits"])
    }

    @Test func addressesAreNotResolvedAndUnknownNamesFail() throws {
        #expect(NameLookup.resolve("192.0.2.7") == .address)
        #expect(NameLookup.resolve("::1") == .address)
        let lookup = try NameLookup(["127.0.0.1", "::1", "192.0.2.1"])
        lookup.wait(until: Clocks.monotonic() + .seconds(20))
        #expect(lookup.outcome(of: "::1") == .address)
        #expect(lookup.outcome(of: "other") == nil)
        let none = try NameLookup([])
        none.wait(until: Clocks.monotonic() + .seconds(20))
    }
}
