import Glibc
import Testing
import Transport

@testable import Agent

@Suite struct ConfigurationTests {
    static func parse(_ text: String) throws -> Configuration {
        try Configuration.parse(Array(text.utf8), file: "/etc/agent.json5")
    }

    /// The lines of what is wrong, without the file's name.
    static func problems(_ text: String) -> [String] {
        do throws(ConfigurationFault) {
            _ = try Configuration.parse(Array(text.utf8), file: "f")
            return []
        } catch {
            #expect(error.code == .configuration)
            return error.lines.map { String($0.dropFirst(2)) }
        }
    }

    /// That this alone is wrong. What the standard library says of an expression is its own: ours end with a colon.
    static func expect(_ problems: [String], _ wanted: String) {
        if wanted.hasSuffix(": ") {
            #expect(problems.count == 1 && problems.first?.hasPrefix(wanted) == true, "\(problems)")
        } else {
            #expect(problems == [wanted])
        }
    }

    @Test func json5IsTaken() throws {
        let configuration = try Self.parse(
            """
            // The web hosts.
            {
                hostName: 'web-1',
                interval: .5,
                under: 4312,
                "match": "gunicorn",
                listen: ["0.0.0.0:7433", "[::]:7433",],
                metricsListen: "127.0.0.1:9434",
                readOnly: true,  /* for now */
            }
            """)
        var expected = Configuration()
        expected.hostName = "web-1"
        expected.interval = 0.5
        expected.under = 4312
        expected.match = "gunicorn"
        expected.listen = ["0.0.0.0:7433", "[::]:7433"]
        expected.metricsListen = try SocketName(parsing: "127.0.0.1:9434")
        expected.readOnly = true
        #expect(configuration == expected)
    }

    @Test func anEmptyObjectSetsNothing() throws { #expect(try Self.parse("{}") == Configuration()) }

    @Test(arguments: [
        ("{ hostname: 'web-1' }", "1:3: hostname: unknown key; did you mean \"hostName\"?"),
        (
            "{\n  colour: 1 }",
            "2:3: colour: unknown key; known are hostName, interval, under, match, listen, metricsListen, readOnly, apps"
        ),
        ("{ interval: 'fast' }", "1:13: interval: it must be a number, not a text"),
        ("{ interval: 61 }", "1:13: interval: it must be 0.1 to 60 seconds"),
        ("{ interval: NaN }", "1:13: interval: it must be 0.1 to 60 seconds"),
        ("{ under: 1.5 }", "1:10: under: it must be a whole number from 1 to 2147483647"),
        ("{ under: 99999999999 }", "1:10: under: it must be a whole number from 1 to 2147483647"),
        ("{ readOnly: 1 }", "1:13: readOnly: it must be true or false, not a number"),
        ("{ listen: '0.0.0.0:1' }", "1:11: listen: it must be a list [ … ], not a text"),
        ("{ listen: [1] }", "1:12: listen[0]: it must be a text, not a number"),
        (
            "{ listen: ['a b'] }",
            "1:12: listen[0]: \"a b\" is not an address of this machine (write host:port, [ipv6]:port or :port)"
        ),
        (
            "{ metricsListen: '0.0.0.0:9434' }",
            "1:18: metricsListen: 0.0.0.0:9434: metrics are served without TLS, and so to this machine only; give "
                + "127.0.0.1:PORT or [::1]:PORT"
        ),
        ("{ match: {} }", "1:10: match: it must be a text, not an object"),
        ("{ match: '(' }", "1:10: match: it is no regular expression: "),
        (
            "{ hostName: 'a b' }",
            "1:13: hostName: it may be 1 to 64 letters, digits, dots, dashes and underscores: selectors go by it"
        ),
        ("{ hostName: null }", "1:13: hostName: it must be a text, not null"),
        ("{ interval: 1, interval: 2 }", "1:16: interval: it is there twice; the other is in line 1"),
        ("{ apps: [] }", "1:9: apps: it must be an object { … }, not a list"),
        ("", "1:1: it ends too early"),
        ("{", "1:2: it ends too early"),
        ("{ interval 1 }", "1:12: a ':' is missing before this"),
        ("not json", "1:1: a text needs quotes"),
        ("{} {}", "1:4: there is more after the end"),
        ("[]", "1:1: it must be an object { … }, not a list"),
        ("1", "1:1: it must be an object { … }, not a number"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, wanted: String) {
        Self.expect(Self.problems(text), wanted)
    }

    @Test func everythingWrongIsToldAtOnce() throws {
        let text = "{\n  hostname: 'a',\n  interval: 0,\n  apps: { web: { retsart: {}, expected: 0 } },\n}"
        #expect(
            Self.problems(text) == [
                "2:3: hostname: unknown key; did you mean \"hostName\"?",
                "3:13: interval: it must be 0.1 to 60 seconds",
                "4:18: apps.web.retsart: unknown key; did you mean \"restart\"?",
                "4:41: apps.web.expected: it must be a whole number from 1 to 10000",
            ])
        let directory = TemporaryDirectory()
        let file = try directory.write("agent.json5", text)
        let fatal = #expect(throws: Fatal.self) { try Configuration.load(named: file) }
        #expect(fatal?.code == .configuration)
        #expect(
            fatal?.sentence == "\(file):2:3: hostname: unknown key; did you mean \"hostName\"? "
                + "(and 3 more: looptop-agent check-config lists them)")
    }

    @Test func aFileThatWasNamedMustExistAndTheUsualOneNeedNot() throws {
        let missing = TemporaryDirectory().path + "/none.json5"
        let fatal = #expect(throws: Fatal.self) { try Configuration.load(named: missing) }
        #expect(fatal?.sentence == "cannot read \(missing): there is no such file")
        #expect(try Configuration.contents(of: missing, mustExist: false) == nil)
    }

    @Test func aFileIsReadWhole() throws {
        let directory = TemporaryDirectory()
        let file = try directory.write("agent.json5", String(repeating: "// x\n", count: 100_000) + "{ interval: 2 }")
        #expect(try Configuration.load(named: file).interval == 2)
        let large = try directory.write("large.json5", "{}" + String(repeating: " ", count: Configuration.largest))
        let fatal = #expect(throws: Fatal.self) { try Configuration.load(named: large) }
        #expect(fatal?.sentence == "\(large): it is larger than 1 MiB")
    }

    /// It names commands that the agent runs: who can write it can do what the agent can.
    @Test func aFileThatOthersCanWriteIsRefused() throws {
        let directory = TemporaryDirectory()
        let file = try directory.write("agent.json5", "{}")
        chmod(file, 0o664)
        let fatal = #expect(throws: Fatal.self) { try Configuration.load(named: file) }
        #expect(fatal?.code == .noPermission)
        #expect(fatal?.sentence.contains("chmod 644 '\(file)'") == true)
    }

    @Test func aDirectoryInPlaceOfAFileIsRefusedByName() throws {
        let directory = TemporaryDirectory()
        let fatal = #expect(throws: Fatal.self) { try Configuration.load(named: directory.path) }
        #expect(fatal?.sentence.contains(directory.path) == true)
    }
}
