import Model
import Testing

@testable import Dashboard

@Suite struct HostListTextTests {
    private func parse(_ text: String) throws -> [HostEntry] { try HostListText.parse(text, file: "hosts") }

    @Test func aLineIsAHostWithItsLabels() throws {
        let entries = try parse(
            """
            # the fleet
            web-[01-02]   site=eu-1 rack=b#2   # two of them

            192.0.2.7:7433 name=edge site=
            /run/agent.sock\r
            """)
        #expect(
            entries == [
                HostEntry("web-[01-02]", labels: ["site": "eu-1", "rack": "b#2"]),
                HostEntry("192.0.2.7:7433", name: "edge", labels: ["site": ""]), HostEntry("/run/agent.sock"),
            ])
        #expect(try parse("") == [])
    }

    @Test(arguments: [
        ("web-1\nweb-2 eu-1", "hosts:2: \"eu-1\" is no label: write KEY=VALUE"),
        ("web-[1-2] name=x", "hosts:1: \"name=x\": a name is for one host"),
        ("exec:/bin/true", "hosts:1: \"exec:/bin/true\": here is room for addresses only"),
        ("a b=1 9=2", "hosts:1: \"9=2\" is no label: write KEY=VALUE"),
        ("we b/1", "hosts:1: \"b/1\" is no label: write KEY=VALUE"),
        ("web/1", "hosts:1: \"web/1\" is no host: write NAME, HOST:PORT or [IPV6]:PORT"),
    ])
    func whatIsWrongIsToldWithItsLine(_ text: String, _ sentence: String) {
        #expect(throws: HostSource.Problem(sentence: sentence)) { try HostListText.parse(text, file: "hosts") }
    }
}

@Suite struct InventoryTests {
    private func targets(_ text: String) throws -> [HostEntry] { try Inventory.targets(Array(text.utf8), file: "sd") }
    private func output(_ text: String) throws -> [HostEntry] { try Inventory.output(Array(text.utf8), of: "inv") }

    @Test func fileSDHasGroupsOfTargetsWithLabels() throws {
        let text = """
            [{"targets": ["web-1:7433", "[2001:db8::1]:7433"], "labels": {"site": "eu-1", "__scheme__": "https"}},
             {"targets": ["db-1"]}, {"targets": []}]
            """
        #expect(
            try targets(text) == [
                HostEntry("web-1:7433", labels: ["site": "eu-1"]),
                HostEntry("[2001:db8::1]:7433", labels: ["site": "eu-1"]), HostEntry("db-1"),
            ])
        #expect(try output(text) == targets(text), "a program may print the same")
    }

    @Test func ansibleHasHostsInGroupsAndTheirVariables() throws {
        let text = """
            {"_meta": {"hostvars": {"web-1": {"ansible_host": "10.0.0.1", "looptop_port": 7000, "ansible_user": "x",
                "looptop_labels": {"site": "eu-1"}}, "db-1": {}}},
             "all": {"children": ["web", "ungrouped"]}, "web": {"hosts": ["web-1", "web-2"]}, "old": ["web-3", "db-1"]}
            """
        #expect(
            try output(text) == [
                HostEntry("10.0.0.1:7000", name: "web-1", labels: ["site": "eu-1"]), HostEntry("db-1", name: "db-1"),
                HostEntry("web-2", name: "web-2"), HostEntry("web-3", name: "web-3"),
            ])
    }

    @Test func anythingElseIsAHostALine() throws {
        #expect(try output("web-1 site=eu-1\n[::1]:7433\n").map(\.source) == ["web-1", "[::1]:7433"])
        #expect(try output("") == [])
    }

    @Test(arguments: [
        "{\"targets\": []}", "[{}]", "[{\"targets\": [1]}]", "[{\"targets\": [\"exec:/bin/sh\"]}]",
        "[{\"targets\": [\"a\"], \"labels\": {\"x\": 1}}]", "[{\"targets\": [\"web-[1-2]\"]}]", "[", "x",
    ])
    func aFileThatIsNoneIsTold(_ text: String) {
        #expect(throws: HostSource.Problem.self) { try targets(text) }
    }

    @Test(arguments: ["{\"web\": {\"hosts\": [1]}}", "{\"web\": 1}", "{\"web\": [\"a/b\"]}", "{", "{\"_meta\": []}"])
    func anInventoryThatIsNoneIsTold(_ text: String) { #expect(throws: HostSource.Problem.self) { try output(text) } }
}

@Suite struct HostFinderTests {
    private func expand(_ source: String, limit: Duration = .seconds(20)) throws -> (
        sources: [String], problems: [String]
    ) {
        var problems: [String] = []
        let entries = try HostFinder(limit: limit).expand([HostEntry(source, labels: ["site": "x"])]) {
            problems.append($0.sentence)
        }
        for entry in entries where entry.source != source { #expect(entry.labels["site"] != nil) }
        return (entries.map(\.source), problems)
    }

    @Test func whatNeedNotBeAskedStays() throws {
        for source in ["web-[1-2]", "enrolled:", "local:", "/run/a.sock"] {
            #expect(try expand(source).sources == [source])
        }
    }

    @Test func aProgramIsRunWithItsWords() throws {
        #expect(try expand("exec:printf web-%s\\n 1 2").sources == ["web-1", "web-2"])
        #expect(try expand("exec:/usr/bin/printf web-1").sources == ["web-1"])
    }

    @Test(arguments: [
        ("exec:false", "it ended with code 1"), ("exec:no-such-program-here", "there is no such program in PATH"),
        ("exec:/nowhere/x", "it cannot be run: No such file or directory"), ("exec:printf a/b", "\"a/b\" is no host"),
    ])
    func aProgramThatFailsIsToldAndTheRestGoesOn(_ source: String, _ reason: String) throws {
        let (sources, problems) = try expand(source)
        #expect(sources.isEmpty)
        #expect(problems.count == 1 && problems[0].contains(reason), "\(problems)")
    }

    @Test func aProgramThatHangsIsEnded() throws {
        let (sources, problems) = try expand("exec:sleep 1000", limit: .milliseconds(50))
        #expect(sources.isEmpty)
        #expect(problems == ["exec:sleep 1000: it did not end in time"])
    }

    @Test func aFileThatIsNotThereEndsIt() {
        for source in [
            "file:/nowhere/hosts", "sd:/nowhere/hosts.json", "file:/", "sd:relative", "srv:bad..name", "exec:",
            "exec:./here", "ssh:-web",
        ] {
            #expect(throws: HostSource.Problem.self, "\(source)") { try expand(source) }
        }
    }

    @Test func sourcesOfACommandLineAreMadeAbsolute() {
        #expect(HostSource.absolute("file:/a") == "file:/a")
        #expect(HostSource.absolute("file:-") == "file:-")
        #expect(HostSource.absolute("sd:a").hasPrefix("sd:/"))
        #expect(HostSource.absolute("web-1") == "web-1")
    }
}

@Suite struct ServiceAnswerTests {
    /// A name of a DNS message, without compression.
    private static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func record(_ data: [UInt8], lifetime: UInt8 = 60, type: UInt8 = 33) -> [UInt8] {
        // A pointer to the question's name.
        [0xC0, 12, 0, type, 0, 1, 0, 0, 0, lifetime, 0, UInt8(data.count)] + data
    }

    private static func answer(_ records: [[UInt8]]) -> [UInt8] {
        [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + name("_looptop._tcp.example.com") + [
            0, 33, 0, 1,
        ]
            + records.flatMap { $0 }
    }

    private static let web = record([0, 10, 0, 5, 0x1D, 0x09] + name("web-1.example.com"))

    @Test func placesAreReadWithTheShortestLifetime() throws {
        // The second target ends in a pointer to `example.com` of the question.
        let second = Self.record([0, 0, 0, 0, 0x1D, 0x0A, 5] + Array("web-2".utf8) + [0xC0, 26], lifetime: 30)
        let found = try ServiceAnswer(parsing: Self.answer([Self.web, second, Self.web]))
        #expect(
            found.places == [
                .init(host: "web-1.example.com", port: 7433), .init(host: "web-2.example.com", port: 7434),
            ])
        #expect(found.lifetime == 30)
    }

    @Test func recordsOfOtherKindsAndTheRootArePassedOver() throws {
        let alias = Self.record(Self.name("x.example.com"), type: 5)
        let none = Self.record([0, 0, 0, 0, 0, 0, 0])
        #expect(try ServiceAnswer(parsing: Self.answer([alias, none])).places == [])
        #expect(try ServiceAnswer(parsing: Self.answer([])).lifetime == nil)
    }

    /// Cut at every byte, and with every byte changed: it throws or reads, and ends.
    @Test func noBytesTrap() {
        let whole = Self.answer([Self.web, Self.web])
        for count in 0..<whole.count { _ = try? ServiceAnswer(parsing: Array(whole.prefix(count))) }
        for place in whole.indices {
            for value in [0, 1, 0x3F, 0x40, 0x7F, 0xC0, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[place] = value
                _ = try? ServiceAnswer(parsing: bytes)
            }
        }
    }

    @Test(arguments: [[UInt8]([0xC0, 12]), [0xC0, 0xFF], [0x40, 1]]) func aPointerThatGoesInCirclesIsRefused(
        _ name: [UInt8]
    ) {
        let message = [0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 33, 0, 1]
        #expect(throws: ServiceAnswer.Malformed.self) { try ServiceAnswer(parsing: message) }
    }
}
