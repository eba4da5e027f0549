import Testing
import Transport

struct SocketNameTests {
    @Test(
        arguments: [
            ("db-1", "db-1", 7433), ("db-1:80", "db-1", 80), ("10.0.0.7:0", "10.0.0.7", 0), (":9000", "", 9000),
            ("::1", "::1", 7433), ("fe80::1:2", "fe80::1:2", 7433), ("[fe80::1]:65535", "fe80::1", 65535),
            ("[::1]", "::1", 7433),
        ] as [(String, String, UInt16)])
    func readsWhatPeopleWrite(text: String, host: String, port: UInt16) throws {
        #expect(try SocketName(parsing: text) == SocketName(host: host, port: port))
    }

    @Test(arguments: [
        "", "db-1:", "db-1:x", "db-1:65536", "db-1:+7", "db-1:-1", "[::1", "[]:80", "[::1]80", "a b", "a/b:80",
        "a\u{1b}b",
        "h\u{e4}:1", String(repeating: "x", count: 254),
    ])
    func refusesTheRest(text: String) {
        #expect(throws: TransportError.notAnAddress(text)) { try SocketName(parsing: text) }
    }

    @Test(arguments: ["db-1:80", "[fe80::1]:80", ":80"]) func writesWhatItReads(text: String) throws {
        #expect(try SocketName(parsing: text).description == text)
    }
}
