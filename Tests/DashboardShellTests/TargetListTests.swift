import Model
import Testing
import Transport

@testable import Dashboard

@Suite struct TargetListTests {
    private let book = [
        KnownHost(name: "web-1", address: "10.0.0.1:7433", id: HostID(high: 0, low: 1)),
        KnownHost(name: "db-1", address: "db.example.org:7000", id: HostID(high: 0, low: 2)),
    ]

    private func resolve(
        _ hosts: [String] = Settings.usualHosts, local: [String] = ["/run/looptop-agent/agent.sock"]
    ) throws -> [Target] {
        try TargetList(book: book, local: local).targets(of: hosts.map { HostEntry($0) })
    }

    @Test func withNothingNamedItIsTheBookAndThisMachine() throws {
        let targets = try resolve()
        #expect(targets.map(\.label) == ["web-1", "db-1", "unix:/run/looptop-agent/agent.sock"])
        #expect(targets[0].endpoint == .tls(SocketName(host: "10.0.0.1", port: 7433), host: HostID(high: 0, low: 1)))
        #expect(targets[2].endpoint == .unix(path: "/run/looptop-agent/agent.sock"))
    }

    @Test func aNameOrAddressOfTheBookSaysWhoMustAnswer() throws {
        for written in ["db-1", "db.example.org:7000"] {
            let targets = try resolve([written])
            #expect(targets.map(\.label) == [written])
            #expect(
                targets.map(\.endpoint) == [
                    .tls(SocketName(host: "db.example.org", port: 7000), host: HostID(high: 0, low: 2))
                ])
        }
    }

    @Test func anotherAddressIsTakenAsItIs() throws {
        #expect(try resolve(["web-9"]).map(\.endpoint) == [.tls(SocketName(host: "web-9", port: 7433), host: nil)])
        let local = SocketName(host: "fe80::1", port: 99)
        #expect(try resolve(["[fe80::1]:99"]).map(\.endpoint) == [.tls(local, host: nil)])
    }

    @Test func aPathIsASocketOfThisMachine() throws {
        for written in ["/tmp/a.sock", "unix:/tmp/a.sock"] {
            #expect(try resolve([written]).map(\.endpoint) == [.unix(path: "/tmp/a.sock")])
            #expect(try resolve([written]).map(\.label) == ["unix:/tmp/a.sock"])
        }
    }

    @Test func anAliasOfSSHIsAPlaceOfItsOwn() throws {
        let targets = try resolve(["ssh:web-[1-2]", "ssh:web-1", "web-1"])
        #expect(targets.map(\.label) == ["ssh:web-1", "ssh:web-2", "web-1"])
        #expect(targets[0].endpoint == .ssh(alias: "web-1"))
        #expect(targets[0].place.address == "ssh:web-1")
    }

    @Test func aRangeIsAllItsHosts() throws {
        #expect(try resolve(["web-[1-2]"]).map(\.label) == ["web-1", "web-2"])
        #expect(try resolve(["web-[1-2]"]).map(\.isNamed) == [true, false])
    }

    @Test func theSamePlaceIsDialledOnce() throws {
        #expect(try resolve(["web-1", "10.0.0.1", "10.0.0.1:7433"]).count == 1)
    }

    @Test func anAddressThatIsNoneIsAnError() {
        #expect(throws: HostSource.Problem.self) { try resolve(["web-1:port"]) }
    }

    @Test func theStateDirectoryFollowsOptionThenOwnVariableThenXDG() {
        func directory(option: String? = nil, _ variables: [String: String]) -> String? {
            Places.stateDirectory(option: option) { variables[$0] }
        }
        let all = ["LOOPTOP_STATE_DIR": "/own", "XDG_STATE_HOME": "/xdg", "HOME": "/home/ada"]
        #expect(directory(option: "here", all) == "here")
        #expect(directory(all) == "/own")
        #expect(directory(["XDG_STATE_HOME": "/xdg", "HOME": "/home/ada"]) == "/xdg/looptop")
        #expect(directory(["XDG_STATE_HOME": "relative", "HOME": "/home/ada"]) == "/home/ada/.local/state/looptop")
        #expect(directory([:]) == nil)
    }

    @Test func theAgentOfThisMachineIsLookedForWhereItWouldServe() {
        let paths = Places.localSockets(environment: { ["XDG_RUNTIME_DIR": "/run/user/1000"][$0] }, uid: 1000)
        #expect(paths.first == "/run/user/1000/looptop-agent/agent.sock")
        #expect(paths.last == "/run/looptop-agent/agent.sock")
        #expect(Set(paths).count == paths.count)
    }
}
