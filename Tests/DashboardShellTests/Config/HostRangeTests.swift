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
        ("a[3-1]", "the range 3-1 in \"a[3-1]\" goes backwards"), ("a[]", "\"[]\" in \"a[]\" is no range"),
        ("a[x-z]", "is no range: write [01-16] or [1,3,5-7]"), ("a[1-]", "is no range"), ("a[-1]", "is no range"),
        ("a[1,]", "is no range"), ("a[0-9999]", "is more than 4096 hosts"),
        ("a[0-99]b[0-99]", "is more than 4096 hosts"),
        ("a[1-999999999999999999]", "is no range"), ("a[1-2-3]", "is no range"),
    ])
    func whatIsNoRangeIsSaidSo(_ text: String, _ sentence: String) {
        #expect { try HostRange.expand(text) } throws: {
            ($0 as? HostSource.Problem)?.sentence.contains(sentence) == true
        }
    }

    @Test(arguments: ["a b", "web-1:port", "[::1", "", "a[1", "host/1", "a\u{7}b"])
    func whatIsNoHostIsRefused(_ text: String) {
        #expect(throws: HostSource.Problem.self) { try HostSource(parsing: text) }
    }

    @Test func wordsWithAColonAtTheirEndAreSources() throws {
        #expect(try HostSource(parsing: "enrolled:") == .enrolled)
        #expect(try HostSource(parsing: "local:") == .local)
        #expect(try HostSource(parsing: "local:7433") == .addresses(["local:7433"]))
    }
}
