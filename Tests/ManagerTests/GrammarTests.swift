import Control
import Testing

@testable import Agent

/// What is taken from a worker's environment or cgroup, and what of it is refused before anybody is asked.
@Suite struct GrammarTests {
    @Test(arguments: [
        ("unix:///run/supervisor.sock", SupervisordAddress.unix(path: "/run/supervisor.sock")),
        ("http://127.0.0.1:9001", .tcp([.version4([127, 0, 0, 1])], port: 9001)),
        ("http://127.8.0.3:9001/", .tcp([.version4([127, 8, 0, 3])], port: 9001)),
        ("http://localhost:9001/RPC2", .tcp([.loopback4, .loopback6], port: 9001)),
        ("http://0.0.0.0:80", .tcp([.loopback4, .loopback6], port: 80)),
        ("http://[::1]:9001", .tcp([.loopback6], port: 9001)),
    ])
    func addressesOfThisMachineAreTaken(_ url: String, _ address: SupervisordAddress) throws {
        #expect(try SupervisordAddress(url) == address)
    }

    @Test(arguments: [
        "", "http://", "http://:9001", "http://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:99999", "unix://",
        "unix://relative", "https://127.0.0.1:9001", "http://user:pass@127.0.0.1:9001", "http://10.0.0.1:9001",
        "http://169.254.169.254:80", "http://example.com:9001", "http://localhost.example.com:9001",
        "http://127.0.0.1.example.com:9001", "http://[::2]:9001", "http://[::ffff:10.0.0.1]:9001",
        "http://2130706433:9001", "http://127.1:9001", "http://0x7f000001:9001", "http://127.0.0.1:9001/other",
        "http://127.0.0.1:9001\r\nX: y", "unix:///run/a\u{0}b", "http://127.0.0.1:9001@evil:80",
    ])
    func noOtherAddressIsTaken(_ url: String) {
        #expect(throws: CallTrouble.self) { try SupervisordAddress(url) }
    }

    @Test func processesOfSupervisordAreNamedOneByOne() {
        for name in ["web", "web:web_00", "a b".replacing(" ", with: "-"), "größe:ä"] {
            #expect(SupervisordCall.isName(name), "\(name)")
        }
        for name in ["", ":", "web:", ":web", "web:*", "*", "a:b:c", "a b", "a\nb", String(repeating: "x", count: 256)]
        {
            #expect(!SupervisordCall.isName(name), "\(name)")
        }
    }

    @Test func unitsAreServicesByTheirFullName() {
        for unit in ["web.service", "web@3.service", "a\\x2db.service", "user@1000.service", "A_1:b.c.service"] {
            #expect(SystemctlCall.isUnit(unit), "\(unit)")
        }
        for unit in [
            "", ".service", "web", "-.service", "--help.service", "-H.service", "web*.service", "we?.service",
            "[ab].service", "a b.service", "a/b.service", "session-1.scope", "user.slice", "a.service\n", "ä.service",
            "a;b.service", "$(x).service", String(repeating: "x", count: 255) + ".service",
        ] {
            #expect(!SystemctlCall.isUnit(unit), "\(unit)")
        }
    }

    @Test func containersAreNamedInFull() {
        #expect(EngineCall.isID(String(repeating: "0123456789abcdef", count: 4)))
        for id in [
            "", "web", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "A", count: 64), String(repeating: "a", count: 62) + "/x",
            "../" + String(repeating: "a", count: 61),
        ] {
            #expect(!EngineCall.isID(id), "\(id)")
        }
    }

    @Test(arguments: ["", "all", "-1", "1 2", "1;2", "1234567890", "{}", "١"]) func idsOfPM2AreNumbers(_ id: String) {
        #expect(throws: CallTrouble.self) { try PM2Call(home: "/root/.pm2", owner: 0, id: id, neighbour: nil) }
    }

    @Test func pathsOfRequestsCannotBeginALine() {
        for path in ["/", "/health?full=1", "/a%20b"] { #expect(HTTPExchange.isTarget(path), "\(path)") }
        for path in ["", "health", "/a b", "/a\r\nX: y", "/ä", "/\u{7F}", "/" + String(repeating: "x", count: 1024)] {
            #expect(!HTTPExchange.isTarget(path), "\(path)")
        }
    }

    @Test func whatOthersSayIsOneShortLine() {
        #expect(excerpt("  a\n\tb\u{1B}[31m c  ") == "a b [31m c")
        #expect(excerpt([0xFF, 0x41]) == "\u{FFFD}A")
        #expect(excerpt(String(repeating: "ab", count: 300), limit: 5) == "ababa…")
        #expect(excerpt("") == "")
    }
}
