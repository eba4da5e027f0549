import Model
import TestSupport
import Testing

@testable import Agent

@Suite struct LogTimeTests {
    static let noon: Int64 = 1_795_262_400_000_000_000  // 2026-11-21T12:00:00Z

    @Test(arguments: [
        ("2026-11-21T12:00:00Z up", 0), ("2026-11-21T12:00:00.123Z up", 123_000_000),
        ("2026-11-21 12:00:00,5 x", 500_000_000),
        ("[2026-11-21 12:00:00 +0000] [12] [INFO] Booting", 0), ("2026-11-21T13:00:00+01:00", 0),
        ("2026-11-21T06:30:00.1-0530", 100_000_000), ("2026/11/21 12:00:00 [error] 7#7: *1 open()", 0),
        ("2026-11-21t12:00:00z", 0), ("2026-11-21T12:00:00.1234567899Z", 123_456_789),
        (#"{"level":30,"time":1795262400000,"msg":"x"}"#, 0), (#"{"ts":1795262400.25,"msg":"x"}"#, 250_000_000),
        (#"{"msg":"x","timestamp":"2026-11-21T12:00:00.000Z"}"#, 0), (#"{"@timestamp": "2026-11-21T12:00:00Z"}"#, 0),
        (#"{"time":1795262400000000000}"#, 0),
    ])
    func isRead(_ line: String, _ after: Int64) {
        #expect(LogTime.find(in: Array(line.utf8)[...], zone: 0)?.nanoseconds == Self.noon + after)
    }

    @Test(arguments: [
        "", "x", "2026-11-21", "2026-13-21T12:00:00Z", "2026-11-21T25:00:00Z", "12:00:00 x", "{", "{}", #"{"time":7}"#,
        #"{"time":null}"#, #"{"time":99999999999999999999999}"#, "99999999-11-21T12:00:00Z", "1795262400 x",
        "2026-11/21 12:00:00", "10.0.0.1 - - [21/Nov/2026:12:00:00 +0000]",
    ])
    func isNotMadeUp(_ line: String) { #expect(LogTime.find(in: Array(line.utf8)[...], zone: 0) == nil) }

    @Test func aTimeWithoutAZoneIsTheHosts() {
        let line = Array("2026-11-21 13:00:00 x".utf8)
        #expect(LogTime.find(in: line[...], zone: 3600)?.nanoseconds == Self.noon)
    }

    @Test func nothingTraps() {
        var random = SeededGenerator(seed: printedSeed())
        let parts = Array(#"{"time":"@ts0123456789-/T: .,+Z[]}"#.utf8)
        for _ in 0..<5000 {
            let line = (0..<Int.random(in: 0...40, using: &random)).map { _ in parts.randomElement(using: &random) ?? 0
            }
            _ = LogTime.find(in: line[...], zone: 0)
            _ = LogTime.find(in: (Array(#"{"time":"#.utf8) + line)[...], zone: 0)
        }
    }
}
