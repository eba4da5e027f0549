import Testing

@testable import Dashboard

@Suite struct HostRangeTests {
    @Test(arguments: [
        ("web-1", ["web-1"]), ("web-[01-03]", ["web-01", "web-02", "web-03"]),
        ("[2001:db8::1]:7433", ["[2001:db8::1]:7433"]),
        ("web-[9-10].eu:70[1,3]", ["web-9.eu:701", "web-9.eu:703", "web-10.eu:701", "web-10.eu:703"]),
        ("a[1,3,5-6]", ["a1", "a3", "a5", "a6"]), ("a[007]", ["a007"]),
    ])
    func aRangeIsTakenApart(_ text: String, _ hosts: [String]) throws {
        #expect(try HostRange.expand(text) == hosts)
    }

    @Test(arguments: [
        ("a[3-1]", "the range 3-1 in \"a[3-1]\" goes backwards"),
        ("a[]", "\"[]\" in \"a[]\" is no range: write [01-16] or [1,3,5-7]"),
        ("a[x-z]", "\"[x-z]\" in \"a[x-z]\" is no range: write [01-16] or [1,3,5-7]"),
        ("a[1-]", "\"[1-]\" in \"a[1-]\" is no range: write [01-16] or [1,3,5-7]"),
        ("a[-1]", "\"[-1]\" in \"a[-1]\" is no range: write [01-16] or [1,3,5-7]"),
        ("a[1,]", "\"[1,]\" in \"a[1,]\" is no range: write [01-16] or [1,3,5-7]"),
        ("a[0-9999]", "\"a[0-9999]\" is more than 4096 hosts"),
        ("a[0-99]b[0-99]", "\"a[0-99]b[0-99]\" is more than 4096 hosts"),
        (
            "a[1-999999999999999999]",
            "\"[1-999999999999999999]\" in \"a[1-999999999999999999]\" is no range: write [01-16] or [1,3,5-7]"
        ),
        ("a[1-2-3]", "\"[1-2-3]\" in \"a[1-2-3]\" is no range: write [01-16] or [1,3,5-7]"),
    ])
    func whatIsNoRangeIsSaidSo(_ text: String, _ sentence: String) {
        #expect(throws: HostSource.Problem(sentence: sentence)) { try HostRange.expand(text) }
    }

    @Test(arguments: ["a b", "web-1:port", "[::1", "", "a[1", "host/1", "a\u{7}b"])
    func whatIsNoHostIsRefused(_ text: String) {
        let sentence = "\"\(text)\" is no host: write NAME, HOST:PORT or [IPV6]:PORT"
        #expect(throws: HostSource.Problem(sentence: sentence)) { try HostSource(parsing: text) }
    }

    @Test(arguments: [
        ("file:hosts", "\"file:hosts\": it must be an absolute path"),
        ("sd:targets", "\"sd:targets\": it must be an absolute path"),
        ("srv:a b", "\"srv:a b\" is no service: write srv:_looptop._tcp.example.com"),
        ("srv:", "\"srv:\" is no service: write srv:_looptop._tcp.example.com"),
        ("exec:", "\"exec:\": a command is missing"),
        ("exec:bin/hosts x", "\"exec:bin/hosts x\": it must be an absolute path, or a name without a slash"),
        (
            "ssh:web-1:22",
            "\"ssh:web-1:22\": write ssh:ALIAS or ssh:USER@HOST; a port is for ssh's own configuration"
        ),
        ("ssh:-o", "\"ssh:-o\": write ssh:ALIAS or ssh:USER@HOST; a port is for ssh's own configuration"),
    ])
    func whatIsNoSourceIsRefused(_ text: String, _ sentence: String) {
        #expect(throws: HostSource.Problem(sentence: sentence)) { try HostSource(parsing: text) }
    }

    @Test func wordsWithAColonAtTheirEndAreSources() throws {
        #expect(try HostSource(parsing: "enrolled:") == .enrolled)
        #expect(try HostSource(parsing: "local:") == .local)
        #expect(try HostSource(parsing: "local:7433") == .addresses(["local:7433"]))
    }
}
