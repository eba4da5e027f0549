import Console
import Model
import Testing

@testable import Dashboard

/// When open descriptors make a worker WARN or CRIT.
struct OpenFilesGradeTests {
    private static func instant(_ second: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(second + 1000) * 1_000_000_000)
    }

    /// A worker that had so many open, one count a second.
    private func track(_ counts: [UInt64?], of limit: UInt64? = 1000, limits: WorkerLimits = .init()) -> WorkerTrack {
        func entry(_ count: UInt64?) -> WorkerEntry {
            var info = DemoFleet.worker(0, slot: 1, at: 0)
            info.openFilesLimit = limit
            var row = WorkerRow()
            row[.openFiles] = count
            return WorkerEntry(info: info, row: row)
        }
        var track = WorkerTrack(
            entry(counts[0]), sampled: Self.instant(0), at: Self.instant(0), cores: 2, limits: limits)
        for (second, count) in counts.enumerated().dropFirst() {
            track.update(
                entry(count), sampled: Self.instant(second), at: Self.instant(second), interval: .seconds(1))
        }
        return track
    }

    @Test(arguments: [(700, Level.ok), (701, .warn), (900, .warn), (901, .crit)] as [(UInt64, Level)])
    func aShareOfTheLimitCountsAtOnce(_ count: UInt64, _ level: Level) {
        #expect(track([count]).grade.level == level)
    }

    @Test func theReasonSaysHowManyOfHowManyAndWhatToDo() {
        #expect(
            track([950]).grade.causes == [
                Grade.Cause(
                    rule: "fds", level: .crit,
                    reason: "950 of 1000 descriptors open, above 90%: raise its limit (LimitNOFILE), or look for a leak"
                )
            ])
    }

    @Test func itIsLeftOnlyWhenItSettled() {
        #expect(track([950, 850]).grade.level == .crit)
        #expect(
            track([750, 600]).grade.reasons == [
                "more than 70% of 1000 descriptors were open, and it has not settled yet"
            ])
        #expect(track([750] + Array(repeating: 500, count: 14)).grade.level == .warn)
        #expect(track([750] + Array(repeating: 500, count: 15)).grade.level == .ok)
        #expect(track([750] + Array(repeating: 600, count: 60)).grade.level == .warn, "it is not 20 % below")
    }

    @Test func whatIsNotKnownIsNoReason() {
        #expect(track([950], of: nil).grade.level == .ok)
        #expect(track([nil]).grade.level == .ok)
        #expect(track([950], of: 0).grade.level == .ok)
    }

    @Test func anAppCanHaveItsOwnLimits() {
        let own = AppLimits(app: Glob("api"), pairs: [.fds: .init(warn: 0.96, crit: 0.98)])
        #expect(track([950], limits: WorkerLimits(of: "api", among: [own])).grade.level == .ok)
        #expect(track([970], limits: WorkerLimits(of: "api", among: [own])).grade.level == .warn)
    }
}
