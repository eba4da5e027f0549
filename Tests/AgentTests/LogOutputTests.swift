import Logging
import Model
import Testing

@testable import Agent

@Suite struct LogOutputTests {
    private static let wall = WallTime(nanoseconds: 1_790_000_000_123_456_789)

    private static func line(
        _ message: String, _ format: LogOutput.Format, level: Logger.Level = .warning,
        metadata: Logger.Metadata = [:]
    ) -> String {
        LogOutput(level: .trace, format: format, environment: [:])
            .line(message, level: level, metadata: metadata, at: wall)
    }

    @Test func eachFormatHasItsForm() {
        #expect(Self.line("all well", .journal) == "<4>all well\n")
        #expect(Self.line("all well", .human) == "warning: all well\n")
        #expect(
            Self.line("all well", .logfmt) == "time=2026-09-21T14:13:20.123Z level=warning msg=\"all well\"\n")
    }

    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ])
    func theJournalIsToldTheSeverity(_ level: Logger.Level, _ number: Int) {
        #expect(Self.line("x", .journal, level: level) == "<\(number)>x\n")
    }

    @Test(arguments: LogOutput.Format.allCases) func oneRecordIsOneLineWithoutControls(_ format: LogOutput.Format) {
        let hostile = "a\nlevel=error\r\u{1b}[2J\u{7}\u{0}\u{85}\u{9b}\u{2028}\u{2029}\u{202e}b"
        let line = Self.line(hostile, format, metadata: ["peer": "x\ny\u{1b}"])
        #expect(line.unicodeScalars.count { $0 == "\n" } == 1)
        #expect(line.hasSuffix("\n"))
        for scalar in line.unicodeScalars.dropLast() {
            #expect(scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value), "\(scalar.value)")
            #expect(![0x2028, 0x2029, 0x202e].contains(scalar.value))
        }
        #expect(line.contains("\\u{1b}[2J"))
    }

    @Test func aTextCannotPassForFields() {
        let plain = Self.line("x\" level=error", .logfmt)
        #expect(plain.hasSuffix("msg=\"x\\\" level=error\"\n"))
        // Backslashes are doubled, or this one would take the escape of the quote after it.
        let clever = Self.line("x\\\" level=error", .logfmt)
        #expect(clever.hasSuffix("msg=\"x\\\\\\\" level=error\"\n"))
        #expect(Self.line("ends\\", .logfmt).hasSuffix("msg=\"ends\\\\\"\n"))
    }

    @Test func fieldsAreSortedAndQuotedWhereNeeded() {
        let line = Self.line("m", .human, metadata: ["peer": "uid/0", "app": "my app", "none": ""])
        #expect(line == "warning: m app=\"my app\" none=\"\" peer=uid/0\n")
    }

    @Test func textOfOtherLanguagesStays() {
        #expect(Self.line("Grüße 世界 🚀", .human) == "warning: Grüße 世界 🚀\n")
    }

    @Test func underTheJournalPrioritiesAreWrittenUnlessSomethingElseIsAsked() {
        let journal = ["JOURNAL_STREAM": "8:1"]
        #expect(LogOutput(level: .info, format: .auto, environment: journal).format == .journal)
        #expect(LogOutput(level: .info, format: .logfmt, environment: journal).format == .logfmt)
        #expect(LogOutput(level: .info, format: .auto, environment: [:]).format != .auto)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (999_999, "1970-01-01T00:00:00.000Z"),
        (1_000_000, "1970-01-01T00:00:00.001Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (1_790_000_000_987_000_000, "2026-09-21T14:13:20.987Z"),
    ])
    func timestampsAreUTCWithMilliseconds(_ nanoseconds: Int64, _ text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test(arguments: [Int64.min, -1, Int64.max]) func noClockIsTooWrongForATimestamp(_ nanoseconds: Int64) {
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339.hasSuffix("Z"))
    }
}
