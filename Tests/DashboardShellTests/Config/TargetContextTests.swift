import Model
import Testing
import Transport

@testable import Dashboard

/// What contexts say of hosts, however these are named.
@Suite struct TargetContextTests {
    private let book = [KnownHost(name: "web-1", address: "10.0.0.1:7433", id: HostID(high: 0, low: 1))]
    private let prod = HostContext(
        name: "prod",
        hosts: [
            HostEntry("web-1", labels: ["site": "eu-1"]),
            HostEntry("10.0.0.2", name: "web-2", labels: ["site": "eu-2"]), HostEntry("10.0.0.[3-4]"),
        ], isProtected: true, place: "f:1")
    private let lab = HostContext(
        name: "lab", hosts: [HostEntry("10.0.0.2", name: "guinea-pig", labels: ["owner": "ada", "site": "lab"])],
        isProtected: false, place: "f:2")

    private func list(chosen: HostContext? = nil) throws -> TargetList {
        var configuration = Configuration()
        configuration.contexts = [prod, lab]
        return try TargetList(configuration, chosen: chosen, book: book, local: [])
    }

    @Test func aContextIsAllItsHostsWithTheirNamesAndLabels() throws {
        let targets = try list().targets(of: prod.hosts, in: prod)
        #expect(targets.map(\.label) == ["web-1", "web-2", "10.0.0.3", "10.0.0.4"])
        #expect(targets.map(\.isNamed) == [true, true, false, false])
        #expect(targets[0].labels == ["site": "eu-1"])
        #expect(targets[0].endpoint == .tls(SocketName(host: "10.0.0.1", port: 7433), host: HostID(high: 0, low: 1)))
        #expect(targets.allSatisfy { $0.context == "prod" && $0.protectedBy == "prod" })
    }

    @Test func aHostIsInItsContextHoweverItIsNamed() throws {
        for written in ["web-1", "10.0.0.1", "10.0.0.1:7433", "10.0.0.4:7433"] {
            let targets = try list().targets(of: [HostEntry(written)])
            #expect(targets.map(\.context) == ["prod"] && targets.map(\.protectedBy) == ["prod"], "\(written)")
        }
        let enrolled = try list().targets(of: [HostEntry("enrolled:")])
        #expect(enrolled.map(\.context) == ["prod"] && enrolled.map(\.labels) == [["site": "eu-1"]])
        #expect(try list().targets(of: [HostEntry("10.0.0.9")]).map(\.context) == [nil])
    }

    @Test func aNameOfTheConfigurationLeadsToItsAddress() throws {
        let targets = try list().targets(of: [HostEntry("web-2")])
        #expect(targets.map(\.endpoint) == [.tls(SocketName(host: "10.0.0.2", port: 7433), host: nil)])
        #expect(targets.map(\.label) == ["web-2"])
    }

    /// Who chose a context means its names and labels; what protects the host anywhere protects it here.
    @Test func theChosenContextComesFirst() throws {
        let chosen = try list(chosen: lab).targets(of: [HostEntry("10.0.0.2")])
        #expect(chosen.map(\.label) == ["guinea-pig"] && chosen.map(\.context) == ["lab"])
        #expect(chosen.map(\.labels) == [["owner": "ada", "site": "lab"]])
        #expect(chosen.map(\.protectedBy) == ["prod"])
        let other = try list().targets(of: [HostEntry("10.0.0.2")])
        #expect(other.map(\.label) == ["web-2"] && other.map(\.labels) == [["owner": "ada", "site": "eu-2"]])
    }

    @Test func aPlaceThatIsNamedTwiceIsOneHostWithWhatBothSay() throws {
        let entries = [
            HostEntry("10.0.0.9", labels: ["a": "1"]),
            HostEntry("10.0.0.9:7433", name: "n", labels: ["a": "2", "b": "3"]),
        ]
        let targets = try list().targets(of: entries)
        #expect(targets.map(\.label) == ["n"] && targets.map(\.labels) == [["a": "1", "b": "3"]])
    }
}
