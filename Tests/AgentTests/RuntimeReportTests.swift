import TestSupport
import Testing

@testable import Agent

@Suite struct RuntimeReportTests {
    private func parse(_ text: String) throws -> RuntimeReport { try RuntimeReport(parsing: Array(text.utf8)) }

    @Test func aWholeReport() throws {
        let report = try parse(
            #"{"delay_max_us":102917,"utilization_permille":184,"heap_bytes":5100248,"gc_us":9222,"delay_p99_us":92901}"#
        )
        #expect(report.delayMaxMicroseconds == 102917)
        #expect(report.delayP99Microseconds == 92901)
        #expect(report.utilisationPermille == 184)
        #expect(report.heapBytes == 5_100_248)
        #expect(report.gcMicroseconds == 9222)
    }

    @Test func whatIsNotSaidIsUnknown() throws {
        #expect(try parse("{}") == RuntimeReport())
        let report = try parse(#"{"gc_us":0}"#)
        #expect(report.gcMicroseconds == 0)
        #expect(report.heapBytes == nil)
    }

    @Test func spaceAndUnknownKeysArePassedOver() throws {
        let report = try parse(" { \"v\" : 1 ,\t\"heap_bytes\": 7, \"later\":18446744073709551615 } ")
        #expect(report.heapBytes == 7)
    }

    @Test(arguments: [
        "", "{", "}", "[]", "{}x", "{,}", #"{"gc_us"}"#, #"{"gc_us":}"#, #"{"gc_us":1,}"#, #"{"gc_us":-1}"#,
        #"{"gc_us":1.5}"#, #"{"gc_us":1e9}"#, #"{"gc_us":"1"}"#, #"{"gc_us":null}"#, #"{"gc_us":1 2}"#,
        #"{"gc_us":1}{"gc_us":1}"#, #"{"gc_us":1"heap_bytes":1}"#, #"{gc_us:1}"#, #"{"gc\u005fus":1}"#,
        #"{"gc_us":1,"gc_us":2}"#, #"{"gc_us":9007199254740992}"#, #"{"x":18446744073709551616}"#,
        #"{"utilization_permille":1001}"#, "{\"gc\nus\":1}", "GET / HTTP/1.1",
    ]) func whatIsNoReportIsRefused(_ text: String) {
        #expect(throws: RuntimeReport.Malformed.self) { try parse(text) }
    }

    @Test func noBytesTrap() {
        let seed = printedSeed()
        var generator = SeededGenerator(seed: seed)
        let valid = Array(#"{"delay_max_us":102917,"utilization_permille":184,"heap_bytes":5100248,"gc_us":9222}"#.utf8)
        var refused = 0
        for round in 0..<20_000 {
            var line = valid
            if round % 2 == 0 {
                line = (0..<Int(generator.next() % 80)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            }
            for _ in 0..<Int(generator.next() % 4) where !line.isEmpty {
                line[Int(generator.next() % UInt64(line.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            if round % 5 == 0 { line = Array(line.prefix(Int(generator.next() % UInt64(line.count + 1)))) }
            do { _ = try RuntimeReport(parsing: line) } catch {
                refused += 1
                #expect((0...line.count).contains(error.offset), "seed \(seed)")
            }
        }
        #expect(refused > 10_000, "seed \(seed)")
    }
}

@Suite struct ReportLinesTests {
    private func take(_ lines: inout ReportLines, _ text: String) throws -> String? {
        try lines.take(Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aLineInPieces() throws {
        var lines = ReportLines()
        #expect(try take(&lines, "ab") == nil)
        #expect(try take(&lines, "c\nd") == "abc")
        #expect(try take(&lines, "\n") == "d")
        #expect(try take(&lines, "\n") == "")
    }

    @Test func theNewestOfManyCounts() throws {
        var lines = ReportLines()
        #expect(try take(&lines, "1\n2\n3\n4") == "3")
        #expect(lines.partial == Array("4".utf8))
        #expect(try take(&lines, "5\n6\n") == "6")
    }

    @Test func aLineThatDoesNotEndIsRefused() throws {
        var lines = ReportLines()
        let most = String(repeating: "x", count: ReportLines.maximumBytes)
        #expect(try take(&lines, most) == nil)
        #expect(throws: ReportLines.TooLong.self) { try take(&lines, "x") }
        var others = ReportLines()
        #expect(try take(&others, most + "\n") == most)
        #expect(throws: ReportLines.TooLong.self) { try take(&others, "x" + most + "\n") }
    }
}
