import Model
import Testing

@testable import Dashboard

/// The sample fleet: api#1 with 50 % of a core, api#2 with 5 %, and a worker of whose CPU nothing is known.
@Suite struct CheckReportTests {
    private func result(
        _ filter: String, warn: String? = nil, crit: String? = nil, silence: String? = nil,
        unreachable: CheckLevel = .critical, hostile: Bool = false
    ) throws -> (level: CheckLevel, line: String) {
        var report = try report(warn: warn, crit: crit)
        report.look(SampleFleet.listing(.workers, try Filter(parsing: filter), hostile: hostile).judged)
        return report.result(silence: silence, unreachable: unreachable)
    }

    private func report(warn: String?, crit: String?) throws -> CheckReport {
        CheckReport(
            .workers, warn: try warn.map { try Filter(parsing: $0) }, crit: try crit.map { try Filter(parsing: $0) })
    }

    @Test func theWorstRowDecides() throws {
        #expect(
            try result("app=api", warn: "cpu>10%", crit: "cpu>40%").line
                == "LOOPTOP CRITICAL - 1 of 2 workers cpu>40%: web-1/api#1 (cpu 50%) | "
                + "'cpu'=50%;10;40;0 'checked'=2;;;0 'warning'=0;;;0 'critical'=1;;;0 'unknown'=0;;;0\n")
        #expect(try result("app=api", warn: "cpu>10%", crit: "cpu>60%").level == .warning)
        #expect(
            try result("app=api", warn: "cpu>60%").line
                == "LOOPTOP OK - 2 workers checked | "
                + "'cpu'=50%;60;;0 'checked'=2;;;0 'warning'=0;;;0 'critical'=0;;;0 'unknown'=0;;;0\n")
    }

    @Test func whatIsNotKnownIsNeverOK() throws {
        let unknown = try result("app=app", crit: "cpu>40%")
        #expect(unknown.level == .unknown)
        #expect(unknown.line.contains("1 of 1 worker not known: web-1/app#1 (cpu -) | 'cpu'=U;;40;0"))
        #expect(try result("host=web-1", crit: "cpu>40%").level == .critical, "what is known to be bad is worse")
        #expect(try result("host=web-1", crit: "cpu>90%").level == .unknown)
        #expect(try result("app=nothing", crit: "cpu>90%").line.hasPrefix("LOOPTOP UNKNOWN - nothing matched |"))
    }

    @Test func aSilentHostIsAsBadAsIsSaid() throws {
        let silent = try result("app=api", crit: "cpu>90%", silence: "db-1: connection refused")
        #expect(silent.line.hasPrefix("LOOPTOP CRITICAL - not answering: db-1: connection refused |"))
        #expect(try result("app=api", crit: "cpu>90%", silence: "db-1", unreachable: .unknown).level == .unknown)
        #expect(try result("app=api", crit: "cpu>40%", silence: "db-1", unreachable: .ok).level == .critical)
    }

    @Test func onlyWhatHoldsEveryTimeCounts() throws {
        let busy = SampleFleet.listing(.workers, try Filter(parsing: "web-1/api#1")).judged
        var report = try report(warn: nil, crit: "cpu>40%")
        report.look(busy)
        report.look(busy)
        #expect(report.result(silence: nil, unreachable: .critical).level == .critical)
        // One snapshot has no rates: what was not known once did not hold all the time.
        let early = Listing(
            .workers, of: SampleFleet.early, filter: try Filter(parsing: "web-1/api#1"), now: SampleFleet.start,
            wall: SampleFleet.wall)
        report.look(early.judged)
        #expect(report.result(silence: nil, unreachable: .critical).level == .unknown)
        report.look(busy)
        #expect(report.result(silence: nil, unreachable: .critical).level == .unknown)
        report.look([])
        #expect(report.result(silence: nil, unreachable: .critical).line.contains("nothing matched"))
    }

    @Test func namesOfOthersBeginNoNumbersAndNoLines() throws {
        let line = try result("pid=300", crit: "cpu>90%", hostile: true).line
        #expect(line.filter { $0 == "\n" }.count == 1)
        #expect(!line.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        let silent = try result("app=api", crit: "cpu>90%", silence: "evil | 'x'=1\nLOOPTOP OK")
        #expect(silent.line.filter { $0 == "|" }.count == 1 && silent.line.filter { $0 == "\n" }.count == 1)
    }

    @Test func limitsAreWrittenAsRanges() throws {
        let line = try result("app=api", warn: "cpu<80%", crit: "cpu<40%").line
        #expect(line.contains("'cpu'=5%;80:;40:;0"), "the lowest is the worst")
        #expect(try result("app=api", warn: "not cpu>5%").line.contains("| 'checked'=2"), "a negation says no limit")
    }

    @Test func exitCodesAreThoseOfTheConvention() {
        #expect([CheckLevel.ok, .warning, .critical, .unknown].map(\.exitCode) == [0, 1, 2, 3])
    }
}

extension SampleFleet {
    /// After one snapshot of web-1.
    fileprivate static var early: Gathering {
        var gathering = Gathering(places: ["web-1:7433", "db-1:7433"], snapshots: 1)
        for (host, second, event) in events() where second < 2 {
            gathering.handle(event, from: host, now: start + .seconds(second), wall: wall)
        }
        return gathering
    }
}
