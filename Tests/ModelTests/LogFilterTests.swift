import Model
import Testing

@Suite struct LogFilterTests {
    @Test(arguments: [
        ("", "anything", true), ("", "", true), ("|", "x", true), ("err", "an Error", true), ("Err", "an error", false),
        ("Err", "an Error", true), ("warn|error", "ERROR 7", true), ("warn|error", "info", false),
        ("|error|", "info", false), (#"a\|b"#, "a|b", true), (#"a\|b"#, "a", false), (#"c:\\x"#, #"c:\x"#, true),
        (#"\d"#, #"7\d7"#, true), (#"end\"#, #"the end\"#, true), ("ünd", "Gründe", true), ("aab", "aaab", true),
        ("longer than it", "longer", false), ("x", "", false), ("é", "É", false),
    ])
    func wantsLinesThatHoldAText(_ filter: String, _ line: String, _ isWanted: Bool) {
        #expect(LogFilter(filter).matches(line) == isWanted)
    }

    @Test func aFilterOfNothingIsEmpty() {
        for text in ["", "|", "||"] { #expect(LogFilter(text).isEmpty) }
        #expect(!LogFilter("|a").isEmpty)
    }

    @Test func placesAreWhereTheTextsStand() {
        #expect(LogFilter("er|err").places(in: "an ERR or er") == [3..<6, 10..<12])
        #expect(LogFilter("aa").places(in: "aaaaa") == [0..<2, 2..<4])
        #expect(LogFilter("x").places(in: "éx") == [2..<3])
        #expect(LogFilter("").places(in: "x").isEmpty)
        #expect(LogFilter("y").places(in: "x").isEmpty)
    }

    /// In an array cut out of a longer one.
    @Test func onlyTheSliceCounts() {
        let bytes = Array("error info".utf8)
        #expect(!LogFilter("error").matches(bytes[1...]))
        #expect(LogFilter("info").matches(bytes[6...]))
        #expect(!LogFilter("info").matches(bytes[..<9]))
    }
}
