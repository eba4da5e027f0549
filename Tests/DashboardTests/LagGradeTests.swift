import Console
import Model
import Testing

@testable import Dashboard

/// When lag makes a worker WARN, CRIT or HUNG, and why it says so.
struct LagGradeTests {
    private static func entry(
        _ change: (inout WorkerRow) -> Void, stretches: LagHistogram = LagHistogram()
    ) -> WorkerEntry {
        var row = WorkerRow()
        row[.lagMethod] = LagMethod(tier: .perf, quality: .exact, kind: .epoll).packed
        row[.lagMaxMicroseconds] = 400
        row[.lagP99Microseconds] = 0
        row[.openStallMicroseconds] = 0
        change(&row)
        return WorkerEntry(info: DemoFleet.worker(0, slot: 1, at: 0), row: row, stretches: stretches)
    }

    private static func instant(_ second: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(second + 1000) * 1_000_000_000)
    }

    /// A worker after one sample for each second.
    private func track(_ seconds: Int, _ change: (Int, inout WorkerRow) -> Void) -> WorkerTrack {
        var track = WorkerTrack(
            Self.entry { change(0, &$0) }, sampled: Self.instant(0), at: Self.instant(0), cores: 2)
        for second in 1..<max(seconds, 1) {
            track.update(
                Self.entry { change(second, &$0) }, sampled: Self.instant(second), at: Self.instant(second),
                interval: .seconds(1))
        }
        return track
    }

    @Test(arguments: [(900, Level.ok), (1100, .warn), (5000, .warn), (7200, .crit)])
    func anOpenStallCountsAtOnce(_ milliseconds: Int, _ level: Level) {
        let track = track(1) { _, row in
            row[.openStallMicroseconds] = UInt64(milliseconds) * 1000
            row[.stallCause] = StallCause.blocked(SystemCall(number: 202)).packed
        }
        #expect(track.grade.level == level)
        #expect((track.grade.reasons.first == nil) == (level == .ok))
        if milliseconds == 7200 { #expect(track.grade.reasons == ["loop blocked 7.2 s so far in futex"]) }
    }

    @Test func aBoundIsNoAlarmButEvidenceIs() {
        func bounded(hung: Bool) -> WorkerTrack {
            track(40) { _, row in
                row[.lagMethod] = LagMethod(tier: .nosys, quality: .bound, kind: .epoll, isHung: hung).packed
                row[.lagMaxMicroseconds] = 900_000
                row[.lagP99Microseconds] = 900_000
                row[.openStallMicroseconds] = 30_000_000
                row[.stallCause] = StallCause.cpu.packed
            }
        }
        #expect(bounded(hung: false).grade.level == .ok)
        #expect(bounded(hung: true).grade.reasons == ["loop ran at most 30 s so far"])
    }

    @Test func hungWithoutAnOpenStallSaysWhatTheEvidenceIs() {
        let track = track(1) { _, row in
            row[.lagMethod] = LagMethod(tier: .proc, quality: .exact, kind: .epoll, isHung: true).packed
        }
        #expect(track.grade.level == .crit)
        #expect(track.grade.reasons == ["data waits unread, and the loop does not come for it"])
        #expect(WorkerState.hung.rank < WorkerState.crit.rank)
    }

    @Test func lagHasToLast() {
        let high = { (_: Int, row: inout WorkerRow) in row[.lagP99Microseconds] = 300_000 }
        #expect(track(29, high).grade.level == .ok)
        #expect(track(30, high).grade.reasons == ["lag p99 300ms, above 250ms for 30 s"])
        let mild = { (_: Int, row: inout WorkerRow) in row[.lagP99Microseconds] = 150_000 }
        #expect(track(30, mild).grade.reasons == ["lag p99 150ms, above 100ms for 30 s"])
    }

    @Test func itIsLeftMoreSlowlyThanItIsReached() {
        func level(_ seconds: Int, after: UInt64) -> Level {
            track(30 + seconds) { second, row in row[.lagP99Microseconds] = second < 30 ? 300_000 : after }.grade.level
        }
        #expect(level(60, after: 220_000) == .crit, "within a fifth of the limit")
        #expect(level(14, after: 190_000) == .crit)
        #expect(level(16, after: 190_000) == .warn)
        #expect(level(14, after: 1000) == .crit)
        #expect(level(16, after: 1000) == .ok)
    }

    /// Each second looks fine on its own but for the one with the stall.
    @Test func aStallEveryFewSecondsIsLagThatLasts() {
        func grade(every period: Int) -> Level {
            var stretches = LagHistogram()
            var track: WorkerTrack?
            for second in 0..<60 {
                let hasStall = period == 0 ? second == 20 : second % period == 0
                if hasStall { stretches.add(.milliseconds(600)) }
                let entry = Self.entry({ $0[.lagMaxMicroseconds] = hasStall ? 600_000 : 400 }, stretches: stretches)
                let instant = Self.instant(second)
                if track == nil { track = WorkerTrack(entry, sampled: instant, at: instant, cores: 2) }
                track?.update(entry, sampled: instant, at: instant, interval: .seconds(1))
            }
            return track?.grade.level ?? .ok
        }
        #expect(grade(every: 4) == .crit)
        #expect(grade(every: 0) == .ok, "one alone is an event, not a state")
    }

    @Test func rowsSortByTheWorstWithTheOpenOneAndUnknownIsLast() {
        var demo = LagGoldenTests.Life.stuck.demo(Size(rows: 24, columns: 80))
        demo.press(.home, .character("/"))
        demo.type("web-17")
        demo.press(.enter, .enter)
        while case .host(_, let view, _) = demo.state.screen, view.order != "lag" { demo.press(.character("s")) }
        guard case .host(let number, let view, let folded) = demo.state.screen else { return }
        let rows = hostRows(demo.fleet, number, view, folded: folded, now: demo.now)
        let pids = rows.compactMap { if case .worker(let id) = $0 { id.pid } else { nil } }
        #expect(pids.first == 20_113)
        #expect(rows.firstIndex(of: .app("api")) == 0 && pids.suffix(2).sorted() == [20_115, 20_116])
    }

    @Test func hungWorkersAreFoundByTheirWord() {
        var demo = LagGoldenTests.Life.hung.demo(Size(rows: 24, columns: 80))
        demo.press(.home, .enter, .character("/"))
        demo.type("hung")
        demo.press(.enter)
        #expect(demo.frame().text.contains("20113") && !demo.frame().text.contains("20111"))
    }
}
